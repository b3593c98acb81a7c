/** One-click questions: the answer at once, nothing kept until somebody says so. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { Button, Dialog, Field, Loading, Notice, NumberInput, Progress, Select, TextInput, toast } from '@/ui';
import { Problem } from '@/api/problem';
import { useLanguage, useWords } from '@/words';
import { askAt } from '@/api/client';
import { askWhatIf, etag, plantRecordsQuery, resultQuery, useClone, type PlantRecords, type Scenario, type WhatIfAnswer } from '../data';
import { changesWords } from '../changes.words';
import { decimalMark } from '../grid/cells';
import { readNumber } from '../model/clipboard';
import { createFreely } from '../naming';
import { contentOf } from '../model/content';
import { describe } from '../model/describe';
import type { Gain } from '../model/document';
import { inOrder } from '../model/periods';
import { changesOf, joined, questionOf, type Question } from '../model/whatif';
import { nextName } from '../inputs/NewLines';
import { useNames } from '../names';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import type { Draft } from '../workbench/draft';
import { Answer } from './Answer';
import { whatIfWords } from './whatif.words';

export interface WhatIfProps {
  scenario: Scenario;
  draft: Draft;
  editable: boolean;
  gain?: Gain | undefined;
  onClose: () => void;
}

export default function WhatIf(props: WhatIfProps) {
  const t = useWords(whatIfWords);
  const language = useLanguage();
  const records = useQuery(plantRecordsQuery(props.scenario.plant_id));
  const result = useQuery(resultQuery(props.scenario.id, language));
  if (!records.data || result.isPending) return <Dialog title={t('title')} onClose={props.onClose} wide><Loading /></Dialog>;
  const plan = result.data;
  const prefilled = props.gain && plan
    ? questionOf(props.gain, {
        line: plan.records.lines[props.gain.line], item: props.gain.model ? plan.records.models[props.gain.model] : undefined,
        days: plan.plan.periods.find((period) => period.name === props.gain!.period)?.operating_days,
      })
    : undefined;
  return <Asking {...props} records={records.data} prefilled={prefilled} />;
}

type Kind = Question['kind'];
const KINDS: Kind[] = ['approval', 'shift', 'days', 'volume', 'line'];

function Asking({ scenario, draft, editable, records, prefilled, onClose }: WhatIfProps & { records: PlantRecords; prefilled: Question | undefined }) {
  const t = useWords(whatIfWords);
  const p = useWords(planningWords);
  const c = useWords(changesWords);
  const format = useFormat();
  const language = useLanguage();
  const navigate = useNavigate();
  const names = useNames(records);
  const mark = decimalMark(language);
  const [kind, setKind] = useState<Kind>(prefilled?.kind ?? 'approval');
  const [line, setLine] = useState(prefilled && 'line' in prefilled ? prefilled.line : '');
  const [item, setItem] = useState(prefilled?.kind === 'approval' ? prefilled.item : '');
  const [since, setSince] = useState(prefilled?.since ?? '');
  const [hours, setHours] = useState(prefilled?.kind === 'shift' ? format.number(prefilled.hours, 2) : format.number(7.5, 1));
  const [days, setDays] = useState('288');
  const [area, setArea] = useState('');
  const [of, setOf] = useState('');
  const [pct, setPct] = useState('10');
  const [like, setLike] = useState('');
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);

  const periods = useMemo(() => inOrder(records.demand.map((one) => one.period)), [records.demand]);
  const number = (text: string) => { const read = readNumber(text, mark); return 'value' in read ? read.value : undefined; };
  const there = useMemo(() => new Set(records.capabilities.filter((one) => one.line_id === line && one.active).map((one) => one.item_id)), [records.capabilities, line]);
  const question = ((): Question | undefined => {
    if (kind === 'approval') return line && item ? { kind, line, item, since } : undefined;
    if (kind === 'shift') return line && number(hours) !== undefined ? { kind, line, hours: number(hours)!, since } : undefined;
    if (kind === 'days') return number(days) !== undefined ? { kind, area, days: number(days)!, since } : undefined;
    if (kind === 'volume') return number(pct) !== undefined ? { kind, of, pct: number(pct)!, since } : undefined;
    const copied = records.lines.find((one) => one.id === like);
    return copied && name.trim() ? { kind, like, area: copied.area_id, name: name.trim(), since } : undefined;
  })();
  const ask = useMutation({
    mutationFn: (asked: Question): Promise<WhatIfAnswer> => {
      abort.current?.abort();
      abort.current = new AbortController();
      return askWhatIf(scenario.id, changesOf(asked), language, abort.current.signal);
    },
  });
  const clone = useClone();
  const submit = () => {
    setTried(true);
    if (question) ask.mutate(question);
  };
  // A question that came with its answer in view is asked at once.
  const askedFirst = useRef(false);
  useEffect(() => {
    if (!prefilled || askedFirst.current) return;
    askedFirst.current = true;
    ask.mutate(prefilled);
  }, [prefilled, ask]);
  const sentence = question ? (describe(contentOf(changesOf(question)), { t: c, names, format })[0]?.text ?? '') : '';
  const add = () => {
    if (!question) return;
    draft.change(joined(draft.content, changesOf(question)));
    toast(t('added'));
    onClose();
  };
  const keep = async () => {
    if (!question) return;
    const made = await createFreely(scenario.plant_id, t('newName', { name: scenario.name, what: sentence }), (free) => clone.mutateAsync({ scenario, name: free }));
    const content = joined(contentOf(made), changesOf(question));
    await askAt('PATCH', `/api/v1/scenarios/${made.id}`, { body: { ...content, message: sentence }, headers: { 'If-Match': etag(made.version), 'Content-Type': 'application/merge-patch+json' } });
    toast(t('kept', { name: made.name }));
    onClose();
    void navigate({ to: `/plants/${made.plant_id}/scenarios/${made.id}` as string, search: {} as never });
  };
  const need = (value: unknown) => (tried && !value ? t('required') : undefined);
  const lines = records.lines.map((one) => ({ value: one.id, label: one.name }));
  const problem = ask.error instanceof Problem ? ask.error : undefined;
  return (
    <Dialog
      title={t('title')} wide onClose={onClose} onSubmit={submit}
      foot={
        ask.data ? (
          <>
            <Button onClick={() => ask.reset()}>{t('again')}</Button>
            <Button busy={clone.isPending} onClick={() => void keep().catch(() => undefined)}>{t('keep')}</Button>
            <Button look="primary" why={editable ? undefined : t('addNot')} onClick={add}>{t('add')}</Button>
          </>
        ) : (
          <>
            <Button onClick={onClose}>{p('cancel')}</Button>
            <Button type="submit" look="primary" busy={ask.isPending} onClick={undefined}>{ask.isPending ? t('asking') : t('ask')}</Button>
          </>
        )
      }
    >
      {ask.data ? (
        <>
          <p className="strong">{sentence}</p>
          {draft.dirty && <Notice>{t('savedAnswers', { n: draft.edits })}</Notice>}
          {clone.error && <Notice tone="danger">{clone.error.message}</Notice>}
          <Answer answer={ask.data} />
        </>
      ) : (
        <>
          <p className="muted">{t('about', { name: scenario.name })}</p>
          <Field label={t('what')}><Select value={kind} onChange={(next) => { setKind(next as Kind); setTried(false); }} options={KINDS.map((one) => ({ value: one, label: t(one) }))} /></Field>
          <div className="form-grid">
            {(kind === 'approval' || kind === 'shift') && <Field label={t('onLine')} error={need(line)}><Select value={line} empty="" onChange={setLine} options={lines} /></Field>}
            {kind === 'approval' && (
              <Field label={t('model')} error={need(item) ?? (item && there.has(item) ? t('already', { line: names.line(line) ?? '', model: names.item(item) ?? '' }) : undefined)}>
                <Select value={item} empty="" onChange={setItem} options={records.models.map((one) => ({ value: one.id, label: one.name }))} />
              </Field>
            )}
            {kind === 'shift' && <Field label={t('moreHours')} error={need(number(hours) !== undefined)}><NumberInput unit="h/d" value={hours} onChange={setHours} /></Field>}
            {kind === 'days' && (
              <>
                <Field label={t('daysAre')} error={need(number(days) !== undefined)}>
                  <NumberInput unit="d/a" value={days} onChange={setDays} list="usual-days" />
                </Field>
                <datalist id="usual-days"><option value="240" /><option value="288" /></datalist>
                <Field label={t('inArea')}><Select value={area} empty={t('allAreas')} onChange={setArea} options={records.areas.map((one) => ({ value: one.id, label: one.name }))} /></Field>
              </>
            )}
            {kind === 'volume' && (
              <>
                <Field label={t('by')} error={need(number(pct) !== undefined)}><NumberInput unit="%" value={pct} onChange={setPct} /></Field>
                <Field label={t('of')}>
                  <Select
                    value={of} empty={t('all')} onChange={setOf}
                    options={[
                      ...records.families.map((one) => ({ value: `family:${one.id}`, label: `${p('family')}: ${one.name}` })), ...records.customers.map((one) => ({ value: `customer:${one.id}`, label: `${p('customer')}: ${one.name}` })),
                      ...records.models.map((one) => ({ value: `item:${one.id}`, label: one.name })),
                    ]}
                  />
                </Field>
              </>
            )}
            {kind === 'line' && (
              <>
                <Field label={t('like')} error={need(like)}>
                  <Select value={like} empty="" options={lines} onChange={(id) => { setLike(id); const copied = records.lines.find((one) => one.id === id); if (copied) setName(nextName(copied.name, new Set(records.lines.map((one) => one.name)))); }} />
                </Field>
                <Field label={t('name')} error={need(name.trim())}><TextInput value={name} onChange={setName} /></Field>
              </>
            )}
            <Field label={t('since')}><Select value={since} empty={t('first')} onChange={setSince} options={periods.map((one) => ({ value: one, label: one }))} /></Field>
          </div>
          {ask.isPending && <Progress />}
          {ask.error && (
            <Notice tone="danger">{problem && problem.errors.length > 0 ? <ul>{problem.errors.map((error) => <li key={error.pointer + error.code}>{error.detail}</li>)}</ul> : ask.error.message}</Notice>
          )}
        </>
      )}
    </Dialog>
  );
}
