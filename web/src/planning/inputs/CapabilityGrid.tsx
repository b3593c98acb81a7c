/** What lines can make and how fast: the plant's capabilities, their changes, and new ones. */
import { Plus, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { Button, IconButton, Panel } from '@/ui';
import { useWords } from '@/words';
import type { Schemas } from '@/api/client';
import { changesWords } from '../changes.words';
import type { Column } from '../grid/cells';
import { Grid } from '../grid/Grid';
import { capabilitySays, editCapabilities, without, type CapabilityAttribute, type CapabilityChange } from '../model/content';
import { describe } from '../model/describe';
import { useNames } from '../names';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { NewCapabilityDialog } from './NewCapability';
import { GridTools, useGridFilter } from './GridTools';
import type { SectionProps } from './Inputs';
import { inputsWords } from './inputs.words';

interface Row {
  capability: Schemas['Capability'];
  line: string;
  area: string;
  model: string;
  efficiency: number | null;
  before: CapabilityChange | undefined;
  now: CapabilityChange | undefined;
}

export function CapabilityGrid(props: SectionProps) {
  const { records, base, draft, onChange } = props;
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const c = useWords(changesWords);
  const format = useFormat();
  const filter = useGridFilter();
  const names = useNames(records);
  const [adding, setAdding] = useState(false);
  const inherited = useMemo(() => base.flatMap((content) => content.capability_changes), [base]);
  const own = draft.content.capability_changes;
  const all = useMemo<Row[]>(() => {
    const lines = new Map(records.lines.map((line) => [line.id, line]));
    const areas = new Map(records.areas.map((area) => [area.id, area]));
    const touched = new Set([...inherited, ...own].map((change) => change.capability_id));
    return records.capabilities
      .filter((capability) => capability.active)
      .map((capability) => {
        const line = lines.get(capability.line_id);
        const is = touched.has(capability.id);
        return {
          capability, line: line?.name ?? '', area: areas.get(line?.area_id ?? '')?.name ?? '', model: names.item(capability.item_id) ?? '',
          efficiency: capability.efficiency_pct === null ? (line ? Number(line.efficiency_pct) : null) : Number(capability.efficiency_pct),
          before: is ? capabilitySays(inherited, capability.id) : undefined, now: is ? capabilitySays([...inherited, ...own], capability.id) : undefined,
        };
      })
      .sort((a, b) => a.line.localeCompare(b.line, undefined, { numeric: true }) || a.model.localeCompare(b.model));
  }, [records, inherited, own, names]);
  const columns = useMemo<Column<Row>[]>(() => {
    const editable = (row: Row) => onChange !== undefined && !row.now?.removed;
    const number = (of: string | number | null | undefined) => (of === null || of === undefined ? undefined : Number(of));
    const pair = (key: 'cycle_time_s' | 'efficiency_pct' | 'first_pass_yield_pct' | 'priority', record: (row: Row) => number | null | undefined) => ({
      value: (row: Row) => number(row.now?.[key]) ?? record(row), was: (row: Row) => number(row.before?.[key]) ?? record(row), editable,
    });
    const day = (key: 'approved_from' | 'approved_to') => ({
      value: (row: Row) => row.now?.[key] ?? row.capability[key], was: (row: Row) => row.before?.[key] ?? row.capability[key], editable,
    });
    return [
      { key: 'line', title: p('line'), kind: 'text', width: 110, frozen: true, value: (row) => row.line, look: (row) => (row.now?.removed ? 'faded' : 'strong') },
      { key: 'model', title: p('model'), kind: 'text', width: 190, frozen: true, value: (row) => [row.model, row.capability.step].filter(Boolean).join(' · '), look: (row) => (row.now?.removed ? 'faded' : '') },
      { key: 'area', title: p('area'), kind: 'text', width: 120, value: (row) => row.area },
      { key: 'cycle_time_s', title: t('cycleTime'), unit: 's', kind: 'number', width: 96, min: 0.000001, decimals: 6, ...pair('cycle_time_s', (row) => Number(row.capability.cycle_time_s)) },
      { key: 'efficiency_pct', title: t('efficiency'), unit: '%', kind: 'number', width: 92, min: 0.001, max: 100, decimals: 3, ...pair('efficiency_pct', (row) => row.efficiency) },
      { key: 'first_pass_yield_pct', title: t('yield'), unit: '%', kind: 'number', width: 88, min: 0.001, max: 100, decimals: 3, ...pair('first_pass_yield_pct', (row) => Number(row.capability.first_pass_yield_pct)) },
      { key: 'priority', title: t('priority'), kind: 'number', width: 80, min: 1, max: 99, decimals: 0, ...pair('priority', (row) => row.capability.priority) },
      { key: 'approved_from', title: t('approvedFrom'), kind: 'date', width: 120, ...day('approved_from') },
      { key: 'approved_to', title: t('approvedTo'), kind: 'date', width: 120, ...day('approved_to') },
      { key: 'removed', title: t('removed'), kind: 'yesno', width: 84, value: (row) => row.now?.removed ?? false, was: (row) => row.before?.removed ?? false, editable: () => onChange !== undefined },
    ];
  }, [onChange, p, t]);
  const rows = all.filter((row) => filter.matches(`${row.line} ${row.area} ${row.model}`) && (!filter.only || row.now));
  const news = describe({ ...draft.content, operating_days: [], line_changes: [], new_lines: [], capability_changes: [], demand_changes: [], changeover_changes: [], parameters: null }, { t: c, names, format });
  return (
    <div className="stack">
      {news.length > 0 && (
        <Panel title={t('newOnes')}>
          <ul className="change-list">
            {news.map((one) => (
              <li key={one.key}><span className="grow">{one.text}</span>{onChange && <IconButton size="small" label={`${t('take')}: ${one.text}`} icon={<X size={14} />} onClick={() => onChange(without(draft.content, 'new_capabilities', one.index))} />}</li>
            ))}
          </ul>
        </Panel>
      )}
      <div className="panel grid-panel">
        <GridTools>{onChange && <Button size="small" icon={<Plus size={14} />} onClick={() => setAdding(true)}>{t('newCapability')}</Button>}</GridTools>
        <Grid
          label={t('capabilities')} rows={rows} columns={columns} rowKey={(row) => row.capability.id} maxHeight={640} rowLook={(row) => (row.now?.removed ? 'gone' : '')}
          onEdit={onChange && ((edits) => onChange(editCapabilities(draft.content, edits.map((edit) => ({ capability: edit.row.capability.id, attribute: edit.column as CapabilityAttribute, value: edit.value ?? undefined })))))}
        />
      </div>
      {adding && onChange && <NewCapabilityDialog {...props} onClose={() => setAdding(false)} onAdd={(one) => onChange({ ...draft.content, new_capabilities: [...draft.content.new_capabilities, one] })} />}
    </div>
  );
}
