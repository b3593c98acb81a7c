/** Changeover times that come before the plant's. */
import { Timer } from 'lucide-react';
import { useMemo } from 'react';
import { Empty } from '@/ui';
import { useWords } from '@/words';
import type { Column } from '../grid/cells';
import { Grid } from '../grid/Grid';
import { changeoverKey, editChangeover, type ChangeoverKey } from '../model/content';
import { useNames } from '../names';
import { planningWords } from '../planning.words';
import { GridTools, useGridFilter } from './GridTools';
import type { SectionProps } from './Inputs';
import { inputsWords } from './inputs.words';

interface Row {
  key: string;
  of: ChangeoverKey;
  line: string;
  from: string;
  to: string;
  minutes: number | undefined;
}

export function ChangeoverGrid({ records, base, draft, onChange }: SectionProps) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const filter = useGridFilter();
  const names = useNames(records);
  const inherited = useMemo(() => new Map(base.flatMap((content) => content.changeover_changes.map((change) => [changeoverKey(change), Number(change.minutes)] as const))), [base]);
  const own = useMemo(() => new Map(draft.content.changeover_changes.map((change) => [changeoverKey(change), Number(change.minutes)] as const)), [draft.content.changeover_changes]);
  const all = useMemo<Row[]>(() => {
    const end = (family: string | null | undefined, item: string | null | undefined) => (item ? (names.item(item) ?? '') : family ? (names.family(family) ?? '') : t('anything'));
    const row = (of: ChangeoverKey, minutes: number | undefined): Row => ({
      key: changeoverKey(of), of, line: of.line_id ? (names.line(of.line_id) ?? '') : '', from: end(of.from_family_id, of.from_item_id), to: end(of.to_family_id, of.to_item_id), minutes,
    });
    // A time of an area cannot be said otherwise by a scenario, only one of a line or of the whole plant.
    const plant = records.changeovers.filter((one) => !one.area_id).map((one) => row(one, Number(one.minutes)));
    const keys = new Set(plant.map((one) => one.key));
    const added = [...base.flatMap((content) => content.changeover_changes), ...draft.content.changeover_changes].filter((change) => !keys.has(changeoverKey(change))).map((change) => row(change, undefined));
    return [...plant, ...added];
  }, [records.changeovers, base, draft.content.changeover_changes, names, t]);
  const columns = useMemo<Column<Row>[]>(() => [
    { key: 'from', title: t('from'), kind: 'text', width: 180, frozen: true, value: (row) => row.from },
    { key: 'to', title: t('to'), kind: 'text', width: 180, frozen: true, value: (row) => row.to },
    { key: 'line', title: p('line'), kind: 'text', width: 130, value: (row) => row.line },
    { key: 'minutes', title: t('time'), unit: 'min', kind: 'number', width: 110, min: 0, decimals: 2, value: (row) => own.get(row.key) ?? inherited.get(row.key) ?? row.minutes, was: (row) => inherited.get(row.key) ?? row.minutes, editable: () => onChange !== undefined },
  ], [own, inherited, onChange, p, t]);
  if (all.length === 0) return <div className="panel"><Empty icon={<Timer size={28} />} title={t('changeovers')}>{t('noChangeovers')}</Empty></div>;
  const rows = all.filter((row) => filter.matches(`${row.from} ${row.to} ${row.line}`) && (!filter.only || own.has(row.key)));
  return (
    <div className="panel grid-panel">
      <GridTools />
      <Grid
        label={t('changeovers')} rows={rows} columns={columns} rowKey={(row) => row.key} maxHeight={640}
        onEdit={onChange && ((edits) => onChange(edits.reduce((content, edit) => editChangeover(content, edit.row.of, edit.value === undefined ? undefined : Number(edit.value)), draft.content)))}
      />
    </div>
  );
}
