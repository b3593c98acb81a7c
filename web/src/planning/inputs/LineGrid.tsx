/** Lines: hours, days or maintenance by period; overtime, efficiency and cycle times for all periods. */
import { useMemo } from 'react';
import { Segmented } from '@/ui';
import { useWords } from '@/words';
import type { Column } from '../grid/cells';
import { Grid } from '../grid/Grid';
import { closedIn, daysAfter, editLines, hoursAfter, lineSays, relativeAfter, type LineByPeriod, type LineEdit, type LineWhole } from '../model/content';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { useUrl } from '../url';
import { GridTools, useGridFilter } from './GridTools';
import type { SectionProps } from './Inputs';
import { inputsWords } from './inputs.words';
import { useCalendarDays } from './DaysGrid';

interface Row {
  id: string;
  name: string;
  area: string;
  areaId: string;
  hours: number | undefined;
  overtime: number;
}

type Measure = 'hours' | 'days' | 'maintenance';

const ATTRIBUTE: Record<Measure, LineByPeriod> = { hours: 'available_s_per_day', days: 'days_per_year', maintenance: 'maintenance_h' };
const WHOLE: Record<string, LineWhole> = { overtime: 'overtime_s_per_day', efficiency: 'relative_efficiency_pct', cycle: 'relative_cycle_time_pct' };

export function LineGrid({ records, base, draft, periods, onChange }: SectionProps) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const filter = useGridFilter();
  const [url, setUrl] = useUrl();
  const measure = url('measure', 'hours') as Measure;
  const calendarDays = useCalendarDays(records);
  const inherited = useMemo(() => base.flatMap((content) => content.line_changes), [base]);
  const inheritedDays = useMemo(() => base.flatMap((content) => content.operating_days), [base]);
  const own = draft.content.line_changes;
  const both = useMemo(() => [...inherited, ...own], [inherited, own]);
  const bothDays = useMemo(() => [...inheritedDays, ...draft.content.operating_days], [inheritedDays, draft.content.operating_days]);
  const areas = useMemo(() => new Map(records.areas.map((area) => [area.id, area])), [records.areas]);
  const all = useMemo<Row[]>(
    () => records.lines.filter((line) => line.active).map((line) => ({
      id: line.id, name: line.name, area: areas.get(line.area_id)?.name ?? '', areaId: line.area_id,
      hours: line.available_s_per_day > 0 ? line.available_s_per_day / 3600 : undefined, overtime: line.overtime_s_per_day / 3600,
    })).sort((a, b) => (areas.get(a.areaId)?.sequence ?? 0) - (areas.get(b.areaId)?.sequence ?? 0) || a.name.localeCompare(b.name, undefined, { numeric: true })),
    [records.lines, areas],
  );
  const columns = useMemo<Column<Row>[]>(() => {
    const at = (row: Row, period: string, changes: typeof both, days: typeof bothDays) => {
      if (measure === 'hours') return hoursAfter(row.hours, changes, row.id, period);
      if (measure === 'maintenance') return lineSays(changes, row.id, period, 'maintenance_h') ?? 0;
      return lineSays(changes, row.id, period, 'days_per_year') ?? daysAfter(calendarDays(row.areaId, row.id), days, row.areaId, period);
    };
    const editable = () => onChange !== undefined;
    const limits = { hours: { min: 0, max: 24, decimals: 3 }, days: { min: 0, max: 366, decimals: 0 }, maintenance: { min: 0, decimals: 3 } }[measure];
    const whole = t('wholeHorizon');
    return [
      { key: 'name', title: p('line'), kind: 'text', width: 130, frozen: true, value: (row) => row.name, look: () => 'strong' },
      { key: 'area', title: p('area'), kind: 'text', width: 120, frozen: true, value: (row) => row.area },
      ...periods.map((period): Column<Row> => ({
        key: period, title: period, unit: { hours: t('dayHours'), days: t('yearDays'), maintenance: 'h' }[measure], kind: 'number', width: 92, ...limits, editable,
        value: (row) => at(row, period, both, bothDays), was: (row) => at(row, period, inherited, inheritedDays),
        draw: (row) => {
          if (closedIn(both, row.id, period)) return <span className="faint">{t('closed')}</span>;
          const value = at(row, period, both, bothDays);
          return value === undefined ? <span className="faint">{t('byShifts')}</span> : <span>{format.number(value, 3)}</span>;
        },
      })),
      { key: 'overtime', title: t('overtime'), unit: `${t('dayHours')}, ${whole}`, kind: 'number', width: 140, min: 0, max: 24, decimals: 3, editable, value: (row) => seconds(lineSays(both, row.id, null, 'overtime_s_per_day')) ?? row.overtime, was: (row) => seconds(lineSays(inherited, row.id, null, 'overtime_s_per_day')) ?? row.overtime },
      { key: 'efficiency', title: t('efficiency'), unit: t('relative'), kind: 'number', width: 110, min: 1, max: 1000, decimals: 3, editable, value: (row) => relativeAfter(both, row.id, 'relative_efficiency_pct'), was: (row) => relativeAfter(inherited, row.id, 'relative_efficiency_pct') },
      { key: 'cycle', title: t('cycle'), unit: t('relative'), kind: 'number', width: 110, min: 1, max: 1000, decimals: 3, editable, value: (row) => relativeAfter(both, row.id, 'relative_cycle_time_pct'), was: (row) => relativeAfter(inherited, row.id, 'relative_cycle_time_pct') },
    ];
  }, [measure, periods, both, bothDays, inherited, inheritedDays, calendarDays, onChange, p, t, format]);
  const rows = all.filter((row) => filter.matches(`${row.name} ${row.area}`) && (!filter.only || own.some((change) => change.line_id === row.id)));
  const edited = (row: Row, column: string, value: unknown): LineEdit => {
    const given = value === undefined ? undefined : Number(value);
    const whole = WHOLE[column];
    if (whole === 'overtime_s_per_day') return { line: row.id, period: null, attribute: whole, value: given === undefined ? undefined : given * 3600 };
    // What is typed is relative to today: what the base says of it is taken out.
    if (whole) return { line: row.id, period: null, attribute: whole, value: given === undefined ? undefined : (given * 100) / relativeAfter(inherited, row.id, whole) };
    return { line: row.id, period: column, attribute: ATTRIBUTE[measure], value: given === undefined ? undefined : measure === 'hours' ? given * 3600 : given };
  };
  return (
    <div className="panel grid-panel">
      <GridTools>
        <Segmented<Measure> label={t('measure')} value={measure} onChange={(value) => setUrl({ measure: value === 'hours' ? '' : value })} segments={[{ value: 'hours', label: t('hoursPerDay') }, { value: 'days', label: t('daysPerYear') }, { value: 'maintenance', label: t('maintenance') }]} />
      </GridTools>
      <Grid label={t('hours')} rows={rows} columns={columns} rowKey={(row) => row.id} maxHeight={640} onEdit={onChange && ((edits) => onChange(editLines(draft.content, periods, edits.map((edit) => edited(edit.row, edit.column, edit.value)))))} />
    </div>
  );
}

const seconds = (value: number | undefined): number | undefined => (value === undefined ? undefined : value / 3600);
