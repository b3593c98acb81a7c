/** Operating days by the year: areas × periods; the row of all areas sets them together. */
import { useCallback, useMemo } from 'react';
import { useWords } from '@/words';
import type { PlantRecords } from '../data';
import type { Column } from '../grid/cells';
import { Grid } from '../grid/Grid';
import { daysAfter, editDays } from '../model/content';
import { planningWords } from '../planning.words';
import type { SectionProps } from './Inputs';
import { inputsWords } from './inputs.words';

/** Days of the calendar of a line, its area, or the plant's only one. */
export function useCalendarDays(records: PlantRecords): (area: string, line?: string) => number | undefined {
  const known = useMemo(() => {
    const days = new Map(records.calendars.map((calendar) => [calendar.id, calendar.operating_days_per_year]));
    const plant = records.calendars.filter((calendar) => calendar.plant_id)[0] ?? records.calendars[0];
    return { days, plant: plant?.operating_days_per_year, areas: new Map(records.areas.map((area) => [area.id, area.calendar_id])), lines: new Map(records.lines.map((line) => [line.id, line.calendar_id])) };
  }, [records]);
  return useCallback(
    (area, line) => {
      const own = (line && known.lines.get(line)) || known.areas.get(area);
      return (own ? known.days.get(own) : undefined) ?? known.plant;
    },
    [known],
  );
}

interface Row {
  id: string | null;
  name: string;
}

export function DaysGrid({ records, base, draft, periods, onChange }: SectionProps) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const calendarDays = useCalendarDays(records);
  const inherited = useMemo(() => base.flatMap((content) => content.operating_days), [base]);
  const own = draft.content.operating_days;
  const rows = useMemo<Row[]>(() => [{ id: null, name: t('allAreas') }, ...records.areas.map((area) => ({ id: area.id, name: area.name }))], [records.areas, t]);
  const columns = useMemo<Column<Row>[]>(() => {
    const at = (row: Row, period: string, changes: typeof own) => {
      if (row.id !== null) return daysAfter(calendarDays(row.id), changes, row.id, period);
      // Of all areas only what all have alike.
      const each = new Set(records.areas.map((area) => daysAfter(calendarDays(area.id), changes, area.id, period)));
      return each.size === 1 ? [...each][0] : null;
    };
    return [
      { key: 'name', title: p('area'), kind: 'text', width: 180, frozen: true, value: (row) => row.name, look: () => 'strong' },
      ...periods.map((period): Column<Row> => ({
        key: period, title: period, unit: t('yearDays'), kind: 'number', width: 96, min: 0, max: 366, decimals: 0, editable: () => onChange !== undefined,
        value: (row) => at(row, period, [...inherited, ...own]), was: (row) => at(row, period, inherited),
      })),
    ];
  }, [periods, own, inherited, calendarDays, records.areas, onChange, p, t]);
  return (
    <div className="panel grid-panel">
      <Grid
        label={t('days')} rows={rows} columns={columns} rowKey={(row) => row.id ?? 'all'} rowLook={(row) => (row.id === null ? 'sum' : '')} maxHeight={640}
        onEdit={onChange && ((edits) => onChange(editDays(draft.content, periods, edits.map((edit) => ({ area: edit.row.id, period: edit.column, days: edit.value === undefined ? undefined : Number(edit.value) })))))}
      />
    </div>
  );
}
