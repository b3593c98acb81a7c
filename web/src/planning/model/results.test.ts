import { describe, expect, it } from 'vitest';
import { areaRows, inputRows, summaryRows, unmetRows, type Beside } from './comparison';
import type { LineLoad, PlanDocument, Unmet } from './document';
import { constraintOf, limitingLines, matrixOf, tellingPeriod } from './matrix';
import { areaResult, prices, rankUnmet } from './results';
import { changesOf, firstDay, joined, questionOf } from './whatif';
import { NOTHING } from './content';

const line = (name: string, period: string, over: Partial<LineLoad> = {}): LineLoad => ({
  plant: 'P', area: 'Coat', line: name, period, hours_available: 100, hours_used: 80, changeover_hours: 0, overtime_hours: 0, utilization_pct: 80, hour_price: 0, constraint: false, ...over,
});
const load = (period: string, over = {}) => ({ plant: 'P', area: 'Coat', period, hours_available: 200, hours_used: 160, utilization_pct: 80, max_utilization_pct: 80, demand_units: 100, made_units: 90, unmet_units: 10, ...over });
const constraint = (period: string, over = {}) => ({ plant: 'P', area: 'Coat', period, lines: ['C-1'], models: ['M'], hours_needed: 120, hours_available: 100, utilization_pct: 120, short: true, explanation: '', ...over });
const unmet = (model: string, period: string, units: number, weight: number): Unmet => ({ plant: 'P', area: 'Coat', model, period, units, weight, reason: 'capacity', explanation: `${model} ${period}`, limiting_lines: ['C-1'] });

const plan = {
  model: 'finished', periods: [{ name: '2026', operating_days: 240 }, { name: '2027', operating_days: 240 }], areas: ['Coat'],
  area_loads: [load('2026'), load('2027', { made_units: 100, unmet_units: 0 })],
  lines: [line('C-10', '2026'), line('C-2', '2026'), line('C-1', '2026', { utilization_pct: 100, hour_price: 2 }), line('C-1', '2027', { utilization_pct: 96 })],
  allocations: [
    { plant: 'P', area: 'Coat', line: 'C-1', model: 'M', step: 'Top', period: '2026', units: 90, hours: 50 }, { plant: 'P', area: 'Coat', line: 'C-2', model: 'M', step: 'Bottom', period: '2026', units: 95, hours: 30 },
    { plant: 'P', area: 'Coat', line: 'C-1', model: 'M', step: 'Top', period: '2027', units: 100, hours: 50 }, { plant: 'P', area: 'Coat', line: 'C-2', model: 'M', step: 'Bottom', period: '2027', units: 100, hours: 30 },
  ],
  unmet: [unmet('M', '2026', 10, 5)], finished: [], constraints: [constraint('2026'), constraint('2027', { short: false, utilization_pct: 96 })],
} as unknown as PlanDocument;

describe('the matrix', () => {
  it('has lines by area in the order people count, and periods side by side', () => {
    const matrix = matrixOf(plan);
    expect(matrix.areas[0]!.lines.map((row) => row.line)).toEqual(['C-1', 'C-2', 'C-10']);
    expect(matrix.areas[0]!.lines[1]!.cells.map((cell) => cell?.utilizationPct)).toEqual([80, undefined]);
    expect(matrix.areas[0]!.cells[0]).toMatchObject({ utilizationPct: 80, unmetUnits: 10, band: 'good' });
  });

  it('marks as constraint what loses demand or is nearest to its limit, not every fullest set', () => {
    const more = { ...plan, constraints: [...plan.constraints, constraint('2027', { area: 'Other', lines: ['O-1'], short: false, utilization_pct: 80 })] };
    expect([...limitingLines(more)]).toEqual(['Coat\nC-1\n2026', 'Coat\nC-1\n2027']);
    expect(constraintOf(more.constraints, '2027')?.area).toBe('Coat');
  });

  it('begins where demand is lost first', () => {
    expect(tellingPeriod(plan)).toBe('2026');
    expect(tellingPeriod({ ...plan, unmet: [] })).toBe('2026');
  });
});

describe('results of an area', () => {
  it('prove the sums from what is made, a unit being made when its slowest step is', () => {
    const result = areaResult(plan, 'Coat');
    const check = (name: string) => result.rows.find((row) => row.kind === 'check' && row.check === name)?.cells;
    expect([check('demand'), check('made'), check('unmet'), check('difference')]).toEqual([[100, 100], [90, 100], [10, 0], [0, 0]]);
    expect(result.balances).toBe(true);
  });

  it('show a plan that does not balance', () => {
    const wrong = { ...plan, allocations: plan.allocations.map((one) => (one.step === 'Top' && one.period === '2026' ? { ...one, units: 80 } : one)) };
    expect(areaResult(wrong, 'Coat').balances).toBe(false);
  });

  it('rank what is lost by what it costs, with the worst period’s sentence', () => {
    const ranked = rankUnmet([unmet('A', '2026', 100, 1), unmet('B', '2026', 5, 3), unmet('A', '2027', 50, 4)]);
    expect(ranked.map((row) => [row.model, row.units, row.explanation, row.share])).toEqual([['A', 150, 'A 2027', 5 / 8], ['B', 5, 'B 2026', 3 / 8]]);
    expect(rankUnmet([unmet('A', '2026', 1, 1), unmet('B', '2027', 1, 1)], { period: '2027' }).map((row) => row.model)).toEqual(['B']);
  });

  it('name only hours that are worth something, the dearest first', () => {
    expect(prices(plan).map((row) => [row.line, row.period, row.price])).toEqual([['C-1', '2026', 2]]);
  });
});

const beside = (name: string, over: object = {}): Beside => ({ scenario_id: name, scenario_version: 1, name, summary: { finished_units: 10, unmet_units: 4, hours_used: 7 }, ...over }) as unknown as Beside;
const compared = (after: number) => ({
  inputs: { lines: [{ line: 'L', period: '2026', hours_before: 10, hours_after: 12 }], capabilities: [], demand: [], options: [{ option: 'weight', before: 'hours', after: 'units' }], changeovers: false },
  outputs: { summary: [], areas: [{ area: 'Coat', period: '2026', utilization_pct_before: 80, utilization_pct_after: after, unmet_units_before: 4, unmet_units_after: 4 }], lines: [], unmet: [{ model: 'M', period: '2026', units_before: 4, units_after: 1 }], constraints_resolved: [], constraints_new: [] },
  causes: [],
});

describe('comparing', () => {
  const all = [beside('A'), beside('B', { summary: { finished_units: 13, unmet_units: 1, hours_used: 9 }, comparison: compared(90) }), beside('C', { comparison: { ...compared(70), outputs: { ...compared(70).outputs, unmet: [] } } })];

  it('says which way is good, and of hours nothing', () => {
    const rows = Object.fromEntries(summaryRows(all).map((row) => [row.key, row.values.map((value) => value.verdict)]));
    expect([rows.finished_units, rows.unmet_units, rows.hours_used]).toEqual([[null, 'better', 'same'], [null, 'better', 'same'], [null, null, 'same']]);
  });

  it('a scenario that does not mention a row is there as the first', () => {
    expect(unmetRows(all)[0]!.values.map((value) => value.value)).toEqual([4, 1, 4]);
    expect(areaRows(all)[0]!.values.map((value) => [value.value, value.delta])).toEqual([[80, null], [90, 10], [70, -10]]);
  });

  it('inputs stand beside each other', () => {
    expect(inputRows(all).map((row) => [row.kind, row.before, row.after])).toEqual([['line', 10, [undefined, 12, 12]], ['option', 'hours', [undefined, 'units', 'units']]]);
  });
});

describe('what if', () => {
  it('a gain becomes its question, and the question a change behind the others', () => {
    const gain = { kind: 'shift' as const, plant: 'P', area: 'Coat', line: 'C-1', model: null, period: '2027', hours: 1800, units: 5, weight: 1, explanation: '' };
    const question = questionOf(gain, { line: 'l', item: undefined, days: 240 })!;
    expect(question).toEqual({ kind: 'shift', line: 'l', hours: 7.5, since: '2027' });
    const content = joined({ ...NOTHING, line_changes: changesOf({ kind: 'shift', line: 'x', hours: 1, since: '' }).line_changes! }, changesOf(question));
    expect(content.line_changes.map((one) => [one.line_id, one.more_hours_per_day, one.from_period])).toEqual([['x', '1', null], ['l', '7.5', '2027']]);
    expect(questionOf({ ...gain, kind: 'approval', model: 'M' }, { line: 'l', item: undefined, days: 1 })).toBeUndefined();
  });

  it('an approval holds from the first day of its period', () => {
    expect([firstDay('2028'), firstDay('2028-W01'), firstDay('2028-03'), firstDay('?')]).toEqual(['2028-01-01', '2028-01-03', '2028-03-01', null]);
    expect(changesOf({ kind: 'approval', line: 'l', item: 'i', since: '2028' }).new_capabilities![0]).toMatchObject({ line_id: 'l', item_id: 'i', approved_from: '2028-01-01' });
    expect(changesOf({ kind: 'volume', of: 'family:f', pct: -10, since: '' }).demand_changes![0]).toMatchObject({ family_id: 'f', item_id: null, relative_pct: '90' });
  });
});
