import { describe, expect, it } from 'vitest';
import { band } from './bands';
import { between, ends, inOrder, shareOfYear, span, stretches } from './periods';

describe('periods', () => {
  it('are those of the calendar', () => {
    for (const there of ['2027', '2027-03', '2026-W53', '2028-02-29']) expect(span(there), there).toBeDefined();
    for (const absent of ['2027-13', '2027-W53', '2027-02-29', '2027-W00', '', 'soon']) expect(span(absent), absent).toBeUndefined();
  });

  it('overlap by days', () => {
    expect(between(['2026', '2027', '2028'], '2027-06', null)).toEqual(['2027', '2028']);
    expect(between(['2026-W01', '2026-W02'], '2026-01-05', '2026-01-11')).toEqual(['2026-W02']);
    expect(between(['2026'], null, null)).toEqual(['2026']);
  });

  it('stand in time order, whatever their length', () => {
    expect(inOrder(['2027-03', '2026', '2027-01', '2026'])).toEqual(['2026', '2027-01', '2027-03']);
  });

  it('join to stretches, whose ends are open at the edges', () => {
    const values: Record<string, number> = { '2026': 1, '2027': 1, '2029': 1 };
    const periods = ['2026', '2027', '2028', '2029'];
    const found = stretches(periods, (name) => values[name]);
    expect(found).toEqual([{ from: '2026', to: '2027', value: 1 }, { from: '2029', to: '2029', value: 1 }]);
    expect(ends(periods, found[0]!)).toEqual({ from_period: null, to_period: '2027' });
  });

  it('have their share of the year', () => {
    expect(shareOfYear('2028')).toBe(1);
    expect(shareOfYear('2027-02')).toBeCloseTo(28 / 365);
  });
});

describe('bands', () => {
  it('have the edges that the product states', () => {
    const cases: [number, string][] = [[0, 'low'], [69.99, 'low'], [70, 'good'], [84.99, 'good'], [85, 'high'], [94.99, 'high'], [95, 'full'], [100, 'full'], [100.00000000001, 'full'], [100.1, 'over']];
    for (const [pct, name] of cases) expect(band(pct), String(pct)).toBe(name);
    expect(band(0, 0)).toBe('none');
  });
});
