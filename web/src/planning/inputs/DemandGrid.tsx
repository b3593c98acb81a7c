/** Demand: models × periods. A typed number holds in that cell only; percentages change families, customers or all. */
import { Percent } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button, Dialog, Field, NumberInput, Select } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { decimalMark, type Column } from '../grid/cells';
import { Grid } from '../grid/Grid';
import { readNumber } from '../model/clipboard';
import { decimal, demandAfter, editDemand, parametersOf, type DemandChange } from '../model/content';
import { planningWords } from '../planning.words';
import { GridTools, useGridFilter } from './GridTools';
import type { SectionProps } from './Inputs';
import { inputsWords } from './inputs.words';

interface Row {
  id: string;
  name: string;
  code: string;
  family: string;
  customer: string;
  keys: { family_id: string | null; customer_id: string | null };
}

export function DemandGrid({ records, base, draft, periods, onChange }: SectionProps) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const filter = useGridFilter();
  const [percent, setPercent] = useState(false);
  const source = parametersOf([...base, draft.content]).demand_source;
  const plant = useMemo(() => {
    const units = new Map<string, number>();
    for (const one of records.demand) {
      if (source && one.source !== source) continue;
      const key = `${one.item_id}\n${one.period}`;
      units.set(key, (units.get(key) ?? 0) + Number(one.units));
    }
    return units;
  }, [records.demand, source]);
  const inherited = useMemo(() => base.flatMap((content) => content.demand_changes), [base]);
  const own = draft.content.demand_changes;
  const all = useMemo<Row[]>(
    () => records.models.map((model) => {
      const item = records.items.get(model.id);
      return { id: model.id, name: model.name, code: model.code, family: model.family ?? '', customer: model.customer ?? '', keys: { family_id: item?.family_id ?? null, customer_id: item?.customer_id ?? null } };
    }),
    [records],
  );
  const before = useMemo(() => {
    const known = new Map<string, number | undefined>();
    for (const row of all) for (const period of periods) known.set(`${row.id}\n${period}`, demandAfter(plant.get(`${row.id}\n${period}`), inherited, row.id, period, row.keys));
    return known;
  }, [all, periods, plant, inherited]);
  const now = useMemo(() => {
    const known = new Map<string, number | undefined>();
    for (const row of all) for (const period of periods) known.set(`${row.id}\n${period}`, demandAfter(before.get(`${row.id}\n${period}`), own, row.id, period, row.keys));
    return known;
  }, [all, periods, before, own]);
  const rows = all.filter((row) => filter.matches(`${row.name} ${row.code} ${row.family} ${row.customer}`) && (!filter.only || periods.some((period) => now.get(`${row.id}\n${period}`) !== before.get(`${row.id}\n${period}`))));
  const columns = useMemo<Column<Row | null>[]>(
    () => [
      { key: 'model', title: p('model'), kind: 'text', width: 200, frozen: true, value: (row) => row?.name ?? t('total'), hint: (row) => row?.code },
      { key: 'family', title: t('family'), kind: 'text', width: 96, value: (row) => row?.family },
      { key: 'customer', title: t('customer'), kind: 'text', width: 140, value: (row) => row?.customer },
      ...periods.map((period): Column<Row | null> => {
        const sum = (of: Map<string, number | undefined>) => all.reduce((total, row) => total + (of.get(`${row.id}\n${period}`) ?? 0), 0);
        const [totalNow, totalBefore] = [sum(now), sum(before)];
        return {
          key: period, title: period, unit: t('units'), kind: 'number', width: 98, min: 0, decimals: 3,
          value: (row) => (row ? now.get(`${row.id}\n${period}`) : totalNow), was: (row) => (row ? before.get(`${row.id}\n${period}`) : totalBefore), editable: (row) => row !== null && onChange !== undefined,
        };
      }),
    ],
    [periods, now, before, all, onChange, p, t],
  );
  return (
    <div className="panel grid-panel">
      <GridTools>{onChange && <Button size="small" icon={<Percent size={14} />} onClick={() => setPercent(true)}>{t('percent')}</Button>}</GridTools>
      <Grid
        label={t('demand')} rows={[...rows, null]} columns={columns} rowKey={(row) => row?.id ?? 'total'} rowLook={(row) => (row ? '' : 'sum')} maxHeight={640}
        onEdit={onChange && ((edits) => onChange(editDemand(draft.content, periods, edits.flatMap((edit) => (edit.row ? [{ item: edit.row.id, period: edit.column, units: edit.value === undefined ? undefined : Number(edit.value) }] : [])))))}
      />
      {percent && onChange && <PercentDialog records={records} periods={periods} onClose={() => setPercent(false)} onAdd={(change) => onChange({ ...draft.content, demand_changes: [...own, change] })} />}
    </div>
  );
}

type Of = 'all' | 'family' | 'customer' | 'item';

function PercentDialog({ records, periods, onAdd, onClose }: Pick<SectionProps, 'records' | 'periods'> & { onAdd: (change: DemandChange) => void; onClose: () => void }) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const language = useLanguage();
  const [of, setOf] = useState<Of>('all');
  const [id, setId] = useState('');
  const [pct, setPct] = useState('10');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [tried, setTried] = useState(false);
  const read = readNumber(pct, decimalMark(language));
  const value = 'value' in read && read.value >= -100 ? read.value : undefined;
  const needsId = of !== 'all' && id === '';
  const choices = { all: [], family: records.families, customer: records.customers, item: records.models }[of];
  const submit = () => {
    setTried(true);
    if (value === undefined || needsId) return;
    onAdd({
      item_id: of === 'item' ? id : null, family_id: of === 'family' ? id : null, customer_id: of === 'customer' ? id : null,
      from_period: from || null, to_period: to || null, relative_pct: decimal(100 + value, 3), units: null,
    });
    onClose();
  };
  const named = periods.map((name) => ({ value: name, label: name }));
  return (
    <Dialog title={t('percentTitle')} onClose={onClose} onSubmit={submit} foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" onClick={undefined}>{t('add')}</Button></>}>
      <p className="muted">{t('percentHelp')}</p>
      <div className="form-grid">
        <Field label={t('percentOf')}>
          <Select value={of} onChange={(next) => { setOf(next as Of); setId(''); }} options={[{ value: 'all', label: t('everything') }, { value: 'family', label: t('oneFamily') }, { value: 'customer', label: t('oneCustomer') }, { value: 'item', label: t('oneModel') }]} />
        </Field>
        {of !== 'all' && (
          <Field label={t(of === 'family' ? 'oneFamily' : of === 'customer' ? 'oneCustomer' : 'oneModel')} error={tried && needsId ? t('required') : undefined}>
            <Select value={id} empty="" onChange={setId} options={choices.map((one) => ({ value: one.id, label: one.name }))} />
          </Field>
        )}
        <Field label={t('more')} error={tried && value === undefined ? t('required') : undefined}><NumberInput unit="%" value={pct} onChange={setPct} /></Field>
        <Field label={t('fromPeriod')}><Select value={from} empty={t('first')} onChange={setFrom} options={named} /></Field>
        <Field label={t('toPeriod')}><Select value={to} empty={t('last')} onChange={setTo} options={named} /></Field>
      </div>
    </Dialog>
  );
}
