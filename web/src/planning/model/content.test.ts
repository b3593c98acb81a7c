import { describe, expect, it } from 'vitest';
import { begun, redone, undone, went } from './history';
import {
  capabilitySays, contentOf, countOf, daysAfter, decimal, demandAfter, editCapabilities, editChangeover, editDays, editDemand, editLines, editParameter, hoursAfter, lineSays, NOTHING, parametersOf, relativeAfter, same,
  type Content, type DemandChange,
} from './content';

const YEARS = ['2026', '2027', '2028', '2029'];

const demand = (over: Partial<DemandChange>): DemandChange => ({ item_id: null, family_id: null, customer_id: null, from_period: null, to_period: null, relative_pct: null, units: null, ...over });

describe('demand', () => {
  const now = (content: Content, item = 'a', units = 100) => YEARS.map((year) => demandAfter(units, content.demand_changes, item, year, { family_id: 'f', customer_id: 'c' }));

  it('applies percentages in order, to families, customers and all, within their periods', () => {
    const content = { ...NOTHING, demand_changes: [demand({ relative_pct: '120' }), demand({ family_id: 'f', relative_pct: '50', from_period: '2028' }), demand({ customer_id: 'other', relative_pct: '0' })] };
    expect(now(content)).toEqual([120, 120, 60, 60]);
  });

  it('a typed cell is what was typed, whatever came before, and no other cell moves', () => {
    const before = { ...NOTHING, demand_changes: [demand({ relative_pct: '120' })] };
    const after = editDemand(before, YEARS, [{ item: 'a', period: '2027', units: 90 }]);
    expect(now(after)).toEqual([120, 90, 120, 120]);
    expect(now(after, 'b')).toEqual([120, 120, 120, 120]);
  });

  it('going back takes the change away, also out of the middle of a stretch', () => {
    const all = editDemand(NOTHING, YEARS, YEARS.map((period) => ({ item: 'a', period, units: 70 })));
    expect(all.demand_changes).toHaveLength(1);
    const back = editDemand(all, YEARS, [{ item: 'a', period: '2027', units: undefined }]);
    expect(now(back)).toEqual([70, 100, 70, 70]);
    expect(editDemand(back, YEARS, YEARS.map((period) => ({ item: 'a', period, units: undefined })))).toEqual(NOTHING);
  });

  it('an open end stays open when a period is taken out', () => {
    const open = { ...NOTHING, demand_changes: [demand({ item_id: 'a', units: '5' })] };
    const after = editDemand(open, YEARS, [{ item: 'a', period: '2027', units: undefined }]);
    expect(after.demand_changes.map((one) => [one.from_period, one.to_period])).toEqual([[null, '2026'], ['2028', null]]);
  });

  it('a percentage of nothing is nothing', () => {
    expect(demandAfter(undefined, [demand({ relative_pct: '200' })], 'a', '2026')).toBeUndefined();
  });
});

describe('lines', () => {
  const hours = (content: Content) => YEARS.map((year) => hoursAfter(20, content.line_changes, 'l', year));

  it('hours by period, compacted, set back', () => {
    const set = editLines(NOTHING, YEARS, ['2028', '2029'].map((period) => ({ line: 'l', period, attribute: 'available_s_per_day' as const, value: 22 * 3600 })));
    expect(hours(set)).toEqual([20, 20, 22, 22]);
    expect(set.line_changes).toHaveLength(1);
    const back = editLines(set, YEARS, [{ line: 'l', period: '2029', attribute: 'available_s_per_day', value: undefined }]);
    expect(hours(back)).toEqual([20, 20, 22, 20]);
  });

  it('what is said for all periods stays with all periods when one attribute is taken out of one', () => {
    const mixed = contentOf({ line_changes: [{ ...editLines(NOTHING, YEARS, [{ line: 'l', period: null, attribute: 'overtime_s_per_day', value: 3600 }]).line_changes[0]!, days_per_year: 288 }] });
    const after = editLines(mixed, YEARS, [{ line: 'l', period: '2027', attribute: 'days_per_year', value: 250 }]);
    expect(YEARS.map((year) => lineSays(after.line_changes, 'l', year, 'days_per_year'))).toEqual([288, 250, 288, 288]);
    const overtime = after.line_changes.filter((one) => one.overtime_s_per_day != null);
    expect(overtime.map((one) => [one.from_period, one.to_period])).toEqual([[null, null]]);
  });

  it('hours more are added and stay within a day', () => {
    const content = { ...NOTHING, line_changes: [{ ...editLines(NOTHING, YEARS, [{ line: 'l', period: '2027', attribute: 'more_hours_per_day', value: 7.5 }]).line_changes[0]! }] };
    expect(hours(content)).toEqual([20, 24, 20, 20]);
  });

  it('relative attributes multiply', () => {
    const twice = editLines(editLines(NOTHING, YEARS, [{ line: 'l', period: null, attribute: 'relative_cycle_time_pct', value: 90 }]), YEARS, []);
    expect(relativeAfter([...twice.line_changes, ...twice.line_changes], 'l', 'relative_cycle_time_pct')).toBeCloseTo(81);
  });
});

describe('days, capabilities, changeovers, parameters', () => {
  it('all areas set all, later than the area alone', () => {
    const one = editDays(NOTHING, YEARS, [{ area: 'a', period: '2027', days: 250 }]);
    const all = editDays(one, YEARS, YEARS.map((period) => ({ area: null, period, days: 288 })));
    expect(YEARS.map((year) => daysAfter(240, all.operating_days, 'a', year))).toEqual([288, 288, 288, 288]);
    expect(YEARS.map((year) => daysAfter(240, one.operating_days, 'b', year))).toEqual([240, 240, 240, 240]);
  });

  it('a capability has one change, which goes when it says nothing any more', () => {
    const set = editCapabilities(NOTHING, [{ capability: 'k', attribute: 'cycle_time_s', value: 12.5 }, { capability: 'k', attribute: 'removed', value: true }]);
    expect(set.capability_changes).toHaveLength(1);
    expect(capabilitySays(set.capability_changes, 'k')).toMatchObject({ cycle_time_s: '12.5', removed: true });
    const back = editCapabilities(set, [{ capability: 'k', attribute: 'cycle_time_s', value: undefined }, { capability: 'k', attribute: 'removed', value: undefined }]);
    expect(back).toEqual(NOTHING);
  });

  it('a changeover time is one per pair', () => {
    const of = { line_id: null, from_family_id: 'f', to_family_id: 'g', from_item_id: null, to_item_id: null };
    const twice = editChangeover(editChangeover(NOTHING, of, 30), of, 25);
    expect(twice.changeover_changes).toEqual([{ ...of, minutes: '25' }]);
    expect(editChangeover(twice, of, undefined)).toEqual(NOTHING);
  });

  it('parameters: the last that says something counts, and nothing said is no change', () => {
    const base = editParameter(NOTHING, 'balance', 'max');
    const own = editParameter(editParameter(NOTHING, 'weight', 'units'), 'balance', null);
    expect(parametersOf([base, own])).toEqual({ balance: 'max', weight: 'units' });
    expect(countOf(own)).toBe(1);
    expect(same(editParameter(own, 'weight', null), NOTHING)).toBe(true);
  });

  it('writes decimals as the server reads them', () => {
    expect([decimal(1e-7), decimal(12.5), decimal(1_000_000), decimal(0.1 + 0.2)]).toEqual(['0', '12.5', '1000000', '0.3']);
  });
});

it('is the same in whatever order its members come back, with or without those that say nothing', () => {
  const sent = contentOf({ demand_changes: [{ item_id: 'a', units: '80000', from_period: '2026', to_period: '2026', family_id: null, customer_id: null, relative_pct: null }] });
  const stored = contentOf({ demand_changes: [{ units: '80000', to_period: '2026', from_period: '2026', item_id: 'a' } as never] });
  expect([same(sent, stored), same(sent, NOTHING), same(sent, contentOf({ demand_changes: [{ ...sent.demand_changes[0]!, units: '80001' }] }))]).toEqual([true, false, false]);
});

describe('history', () => {
  it('goes back and forth, and a new step forgets what was undone', () => {
    const three = went(went(begun(1), 2), 3);
    expect(undone(three).present).toBe(2);
    expect(redone(undone(three))).toEqual(three);
    expect(went(undone(three), 9).future).toEqual([]);
    expect(undone(begun(1)).present).toBe(1);
  });
});
