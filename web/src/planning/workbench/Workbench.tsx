/** A scenario: what it changes, what it brings, who said what, where it stands. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Check, CopyPlus, EllipsisVertical, FileText, GitCompareArrows, Lightbulb, Pencil, Play, Redo2, Save, Send, Undo2, Archive, CornerUpLeft } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useMay } from '@/api/session';
import { Problem } from '@/api/problem';
import { usePeople } from '@/records/Who';
import { Button, Dialog, ErrorView, Field, IconButton, Loading, Menu, MenuItem, Notice, Page, TextArea, TextInput, toast, toastError, Empty } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { askAt } from '@/api/client';
import { baseChainQuery, etag, plantRecordsQuery, resultQuery, scenarioChanged, scenarioQuery, scenariosQuery, useFreshScenarios, useSaveScenario, useVerb, versionsQuery, type Scenario } from '../data';
import { countOf } from '../model/content';
import type { Gain } from '../model/document';
import { useFormat } from '../numbers';
import { CloneDialog, RunProgress, StatusBadge, useOptimize } from '../parts';
import { planningWords } from '../planning.words';
import { Results } from '../results/Results';
import { resultsWords } from '../results/results.words';
import { useUrl } from '../url';
import { useDraft, type Draft } from './draft';
import { workbenchWords } from './workbench.words';
import '../planning.css';

const Inputs = lazy(() => import('../inputs/Inputs'));
const ParametersForm = lazy(() => import('../inputs/Parameters'));
const Versions = lazy(() => import('./Versions'));
const Discussion = lazy(() => import('./Discussion'));
const Report = lazy(() => import('../report/Report'));
const Risk = lazy(() => import('../risk/Risk'));
const WhatIf = lazy(() => import('../whatif/WhatIf'));

const TABS = ['results', 'risk', 'inputs', 'parameters', 'versions', 'discussion', 'report'] as const;
type Tab = (typeof TABS)[number];

export default function Workbench() {
  const { scenarioId } = useParams({ strict: false }) as { scenarioId: string };
  const scenario = useQuery(scenarioQuery(scenarioId));
  if (scenario.isPending) return <Loading />;
  if (scenario.error) return <ErrorView error={scenario.error} onRetry={() => void scenario.refetch()} />;
  return <Bench key={scenario.data.id} scenario={scenario.data} />;
}

type Asking = 'save' | 'save-optimize' | 'submit' | 'approve' | 'send-back' | 'clone' | 'rename' | null;

function Bench({ scenario }: { scenario: Scenario }) {
  const t = useWords(workbenchWords);
  const p = useWords(planningWords);
  const r = useWords(resultsWords);
  const language = useLanguage();
  const may = useMay();
  const navigate = useNavigate();
  const [url, setUrl] = useUrl();
  const tab = (TABS.includes(url('tab') as Tab) ? url('tab') : 'results') as Tab;
  const plantId = scenario.plant_id;
  useFreshScenarios(plantId);
  const draft = useDraft(scenario);
  const result = useQuery(resultQuery(scenario.id, language));
  const records = useQuery({ ...plantRecordsQuery(plantId), enabled: tab !== 'versions' });
  const optimize = useOptimize(scenario, () => setUrl({ tab: '' }));
  const verb = useVerb();
  const [asking, setAsking] = useState<Asking>(null);
  const [whatIf, setWhatIf] = useState<{ gain?: Gain } | null>(null);

  const open = scenario.status === 'draft' && !scenario.archived_at;
  const mayChange = may('planning.scenario.update', plantId);
  const editable = open && mayChange;
  const lacks = (permission: string) => (may(permission, plantId) ? undefined : p('mayNot', { permission }));
  const whyNotOptimize = lacks('planning.run.create') ?? (draft.dirty ? t('saveFirst') : undefined);
  const busyWhy = optimize.busy ? t('waitForIt') : undefined;
  // A scenario counts what happens to it; its versions are those of what it says. A result holds until there is a newer one of these.
  const numbers = useQuery(versionsQuery(scenario.id)).data?.map((one) => one.number) ?? [];
  const newest = numbers.length > 0 ? Math.max(...numbers) : undefined;
  const answered = result.data ? Math.max(1, ...numbers.filter((number) => number <= result.data!.scenario_version)) : undefined;
  const isStale = answered !== undefined && newest !== undefined && newest > answered;

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const inField = (event.target as HTMLElement).closest('input, textarea, select, [contenteditable]') !== null;
      const pressed = event.key.toLowerCase();
      if (pressed === 's' && draft.dirty) setAsking('save');
      else if (pressed === 'z' && !inField && !event.shiftKey) draft.undo?.();
      else if ((pressed === 'y' || (pressed === 'z' && event.shiftKey)) && !inField) draft.redo?.();
      else if (event.key === 'Enter' && editable) draft.dirty ? setAsking('save-optimize') : whyNotOptimize === undefined && void optimize.start();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  });

  const tryGain = lacks('planning.run.create') === undefined ? (gain: Gain) => setWhatIf({ gain }) : undefined;
  return (
    <Page
      title={scenario.name} crumbs={[{ label: p('scenarios'), to: `/plants/${plantId}/scenarios` }]}
      beside={<><StatusBadge scenario={scenario} /><span className="small muted tabular">{t('version', { version: newest ?? scenario.version })}</span></>}
      about={scenario.description}
      actions={
        <>
          <Button icon={<Lightbulb size={15} />} why={lacks('planning.run.create')} onClick={() => setWhatIf({})}>{t('whatIf')}</Button>
          {open && <Button icon={<Send size={15} />} why={lacks('planning.scenario.submit') ?? (draft.dirty ? t('saveFirst') : !result.data ? t('submitNeedsResult') : busyWhy)} onClick={() => setAsking('submit')}>{t('submit')}</Button>}
          {scenario.status === 'submitted' && (
            <>
              <Button icon={<CornerUpLeft size={15} />} why={lacks('planning.scenario.approve')} onClick={() => setAsking('send-back')}>{t('sendBack')}</Button>
              <Button look="primary" icon={<Check size={15} />} why={lacks('planning.scenario.approve')} onClick={() => setAsking('approve')}>{t('approve')}</Button>
            </>
          )}
          {scenario.status === 'approved' && result.data && tab !== 'report' && <Button look="primary" icon={<FileText size={15} />} onClick={() => setUrl({ tab: 'report' }, { push: true })}>{t('report')}</Button>}
          {(open || (scenario.status === 'approved' && !result.isPending && !result.data)) && (
            draft.dirty && editable
              ? <Button look="primary" icon={<Play size={15} />} why={lacks('planning.run.create')} busy={optimize.busy} onClick={() => setAsking('save-optimize')}>{t('saveAndOptimize')}</Button>
              : <Button look="primary" icon={<Play size={15} />} why={whyNotOptimize} busy={optimize.busy} aria-keyshortcuts="Control+Enter" onClick={() => void optimize.start()}>{p(optimize.busy ? 'optimizing' : 'optimize')}</Button>
          )}
          <Menu align="end" button={{ icon: <EllipsisVertical size={15} />, label: t('more') }}>
            <MenuItem icon={<CopyPlus size={15} />} disabled={lacks('planning.scenario.create') !== undefined} onSelect={() => setAsking('clone')}>{p('clone')}</MenuItem>
            <MenuItem icon={<GitCompareArrows size={15} />} onSelect={() => void navigate({ to: `/plants/${plantId}/compare` as string, search: { ids: [scenario.base_id, scenario.id].filter(Boolean).join(',') } as never })}>{p('compare')}</MenuItem>
            <MenuItem icon={<Pencil size={15} />} disabled={!editable} onSelect={() => setAsking('rename')}>{t('rename')}</MenuItem>
            <MenuItem
              icon={<Archive size={15} />} danger disabled={lacks('planning.scenario.archive') !== undefined || scenario.archived_at !== null}
              onSelect={() => verb.mutate({ scenario, verb: 'archive' }, { onSuccess: () => { toast(t('archivedNow')); void navigate({ to: `/plants/${plantId}/scenarios` as string }); }, onError: toastError })}
            >
              {t('archive')}
            </MenuItem>
          </Menu>
        </>
      }
    >
      <SandboxBar scenario={scenario} draft={draft} editable={editable} mayChange={mayChange} onSave={() => setAsking('save')} stale={isStale ? answered : undefined} />
      {optimize.busy && <RunProgress run={optimize.run} />}
      <div className="tabs" role="tablist" aria-label={scenario.name}>
        {TABS.map((name) => (
          <button
            key={name} type="button" role="tab" id={`tab-${name}`} aria-selected={tab === name} aria-controls="tab-panel" tabIndex={tab === name ? 0 : -1} onClick={() => setUrl({ tab: name === 'results' ? '' : name }, { push: true })}
            onKeyDown={(event) => {
              const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
              if (step === 0) return;
              const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length]!;
              setUrl({ tab: next === 'results' ? '' : next });
              document.getElementById(`tab-${next}`)?.focus();
            }}
          >
            {t(name)}
            {name === 'inputs' && countOf(draft.content) > 0 && <span className="count">{countOf(draft.content)}</span>}
            {name === 'versions' && numbers.length > 1 && <span className="count">{numbers.length}</span>}
          </button>
        ))}
      </div>
      <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} className="stack">
        <Suspense fallback={<Loading />}>
          {tab === 'results' && (
            result.isPending ? <Loading /> : result.error ? <ErrorView error={result.error} onRetry={() => void result.refetch()} /> : result.data ? (
              <Results result={result.data} areas={records.data?.areas} version={isStale ? newest : undefined} onTry={tryGain} />
            ) : (
              <div className="panel">
                <Empty icon={<Play size={28} />} title={r('noResult')} actions={<Button look="primary" icon={<Play size={15} />} why={whyNotOptimize} busy={optimize.busy} onClick={() => void optimize.start()}>{p('optimize')}</Button>}>
                  {r('noResultText')}
                </Empty>
              </div>
            )
          )}
          {tab === 'risk' && <Risk scenario={scenario} records={records.data} why={whyNotOptimize} />}
          {tab === 'inputs' && <Inputs scenario={scenario} draft={draft} editable={editable} />}
          {tab === 'parameters' && <ParametersForm scenario={scenario} draft={draft} editable={editable} />}
          {tab === 'versions' && <Versions scenario={scenario} editable={editable && !draft.dirty} />}
          {tab === 'discussion' && <Discussion scenario={scenario} />}
          {tab === 'report' && <Report scenario={scenario} />}
        </Suspense>
      </div>
      {(asking === 'save' || asking === 'save-optimize') && (
        <SaveDialog scenario={scenario} draft={draft} optimize={asking === 'save-optimize'} onClose={() => setAsking(null)} onSaved={() => asking === 'save-optimize' && void optimize.start()} />
      )}
      {(asking === 'submit' || asking === 'approve' || asking === 'send-back') && <DecisionDialog scenario={scenario} verb={asking} onClose={() => setAsking(null)} />}
      {asking === 'clone' && <CloneDialog scenario={scenario} onClose={() => setAsking(null)} />}
      {asking === 'rename' && <RenameDialog scenario={scenario} onClose={() => setAsking(null)} />}
      {whatIf && <Suspense><WhatIf scenario={scenario} draft={draft} editable={editable} {...whatIf} onClose={() => setWhatIf(null)} /></Suspense>}
    </Page>
  );
}

/** Which sandbox this is, always in sight, in its own colour. */
function SandboxBar({ scenario, draft, editable, mayChange, onSave, stale }: { scenario: Scenario; draft: Draft; editable: boolean; mayChange: boolean; onSave: () => void; stale: number | undefined }) {
  const t = useWords(workbenchWords);
  const p = useWords(planningWords);
  const navigate = useNavigate();
  const format = useFormat();
  const who = usePeople();
  const others = useQuery(scenariosQuery(scenario.plant_id));
  const chain = useQuery(baseChainQuery(scenario));
  const last = chain.data?.names.at(-1);
  const base = last ? t('baseVersion', { name: last.name, version: last.version }) : t('plantAsIs');
  const count = countOf(draft.content);
  const locked = scenario.status === 'submitted' ? t('lockedSubmitted') : scenario.status === 'approved' ? t('lockedApproved') : !mayChange ? t('notYours', { permission: 'planning.scenario.update' }) : undefined;
  return (
    <div className={`sandbox ${scenario.status} ${draft.dirty ? 'dirty' : ''}`}>
      <span className="sandbox-word">{scenario.status === 'approved' ? p('approved') : t('sandbox')}</span>
      <select
        className="select sandbox-switch" aria-label={t('switchTo')} value={scenario.id}
        onChange={(event) => void navigate({ to: `/plants/${scenario.plant_id}/scenarios/${event.target.value}` as string, search: ((before: object) => before) as never })}
      >
        {(others.data ?? [scenario]).map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
      </select>
      <span className="grow small">
        {count > 0 ? t('sandboxText', { n: count, base }) : t('sandboxNone', { base })}
        {stale !== undefined && <span className="sandbox-stale"> · {t('stale', { version: stale })}</span>}
        {locked && <span> · {locked}</span>}
        {scenario.decided_at && (
          <span> · {t('decisionBy', { verb: scenario.status === 'approved' ? p('approved') : t('sentBack'), who: who(`user:${scenario.decided_by}`), when: format.date(scenario.decided_at) })}{scenario.decision && `: “${scenario.decision}”`}</span>
        )}
      </span>
      {editable && (
        <span className="row" style={{ gap: 4 }}>
          {draft.dirty && <span className="small strong" role="status">{t('unsaved', { n: draft.edits })}</span>}
          <IconButton size="small" label={`${t('undo')} (Ctrl+Z)`} icon={<Undo2 size={15} />} disabled={!draft.undo} onClick={() => draft.undo?.()} />
          <IconButton size="small" label={`${t('redo')} (Ctrl+Y)`} icon={<Redo2 size={15} />} disabled={!draft.redo} onClick={() => draft.redo?.()} />
          {draft.dirty && <Button size="small" onClick={draft.discard}>{t('discard')}</Button>}
          {draft.dirty && <Button size="small" icon={<Save size={14} />} aria-keyshortcuts="Control+S" onClick={onSave}>{t('saveShort')}</Button>}
        </span>
      )}
    </div>
  );
}

function SaveDialog({ scenario, draft, optimize, onClose, onSaved }: { scenario: Scenario; draft: Draft; optimize: boolean; onClose: () => void; onSaved: () => void }) {
  const t = useWords(workbenchWords);
  const p = useWords(planningWords);
  const [message, setMessage] = useState('');
  const save = useSaveScenario(scenario);
  const cache = useQueryClient();
  const moved = draft.version !== scenario.version || (save.error instanceof Problem && save.error.status === 412);
  const submit = () =>
    save.mutate(
      { content: draft.content, message, version: scenario.version },
      {
        onSuccess: (made) => {
          toast(t('saved', { version: made.version }));
          onClose();
          onSaved();
        },
        onError: (error) => error instanceof Problem && error.status === 412 && void cache.invalidateQueries({ queryKey: ['scenario', scenario.id] }),
      },
    );
  const problem = save.error instanceof Problem && save.error.status !== 412 ? save.error : undefined;
  return (
    <Dialog
      title={optimize ? t('saveAndOptimize') : t('save')} onClose={onClose} onSubmit={submit}
      foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" busy={save.isPending} onClick={undefined}>{moved ? t('conflictOn') : optimize ? t('saveAndOptimize') : t('save')}</Button></>}
    >
      {moved && <Notice tone="warn"><strong>{t('conflictTitle')}.</strong> {t('conflictText', { version: scenario.version })}</Notice>}
      {problem && (
        <Notice tone="danger">
          {problem.errors.length === 0 ? problem.message : <ul>{problem.errors.slice(0, 8).map((error) => <li key={error.pointer + error.code}><code>{error.pointer}</code> {error.detail}</li>)}</ul>}
        </Notice>
      )}
      <Field label={t('message')} help={t('messageHelp')}><TextArea value={message} onChange={setMessage} autoFocus maxLength={1000} /></Field>
    </Dialog>
  );
}

function DecisionDialog({ scenario, verb, onClose }: { scenario: Scenario; verb: 'submit' | 'approve' | 'send-back'; onClose: () => void }) {
  const t = useWords(workbenchWords);
  const p = useWords(planningWords);
  const act = useVerb();
  const [note, setNote] = useState('');
  const keys = { submit: ['submitTitle', 'submitText', 'submit', 'submittedNow'], approve: ['approveTitle', 'approveText', 'approve', 'approvedNow'], 'send-back': ['sendBackTitle', 'sendBackText', 'sendBack', 'sentBack'] } as const;
  const [title, text, action, done] = keys[verb];
  const submit = () => act.mutate({ scenario, verb, note }, { onSuccess: () => { toast(t(done)); onClose(); } });
  return (
    <Dialog title={t(title, { name: scenario.name })} onClose={onClose} onSubmit={submit} foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" busy={act.isPending} onClick={undefined}>{t(action)}</Button></>}>
      <p className="muted">{t(text)}</p>
      {act.error && <Notice tone="danger">{act.error.message}</Notice>}
      {verb !== 'submit' && <Field label={t('note')}><TextArea value={note} onChange={setNote} autoFocus maxLength={4000} /></Field>}
    </Dialog>
  );
}

function RenameDialog({ scenario, onClose }: { scenario: Scenario; onClose: () => void }) {
  const t = useWords(workbenchWords);
  const p = useWords(planningWords);
  const cache = useQueryClient();
  const [name, setName] = useState(scenario.name);
  const [description, setDescription] = useState(scenario.description ?? '');
  const [tags, setTags] = useState(scenario.tags.join(', '));
  const [error, setError] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    try {
      const body = { name, description: description.trim() || null, tags: tags.split(',').map((tag) => tag.trim()).filter(Boolean) };
      const saved = await askAt<Scenario>('PATCH', `/api/v1/scenarios/${scenario.id}`, { body, headers: { 'If-Match': etag(scenario.version), 'Content-Type': 'application/merge-patch+json' } });
      cache.setQueryData(['scenario', saved.id], saved);
      scenarioChanged(cache, saved);
      toast(t('renamed'));
      onClose();
    } catch (cause) {
      if (cause instanceof Problem) setError(cause);
      else toastError(cause);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('rename')} onClose={onClose} onSubmit={() => void submit()} foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" busy={busy} onClick={undefined}>{p('save')}</Button></>}>
      <Field label={p('name')} error={error ? (error.at('/name') ?? error.message) : undefined}><TextInput value={name} onChange={setName} required autoFocus /></Field>
      <Field label={p('description')}><TextArea value={description} onChange={setDescription} /></Field>
      <Field label={t('tags')} help={t('tagsHelp')}><TextInput value={tags} onChange={setTags} /></Field>
    </Dialog>
  );
}
