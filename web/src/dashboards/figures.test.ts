import { describe, expect, it } from 'vitest';
import { figuresOf, riskOf, rolledUp, type Dashboard } from './figures';

const dashboard = {
  periods: ['2026', '2027'], areas: [{ area: 'Coat', utilization_pct: [80, 95], hours_used: [80, 95], hours_available: [100, 100] }, { area: 'SMT', utilization_pct: [85, 70], hours_used: [85, 70], hours_available: [100, 100] }],
  lines: [{ utilization_pct: [80, 100] }, { utilization_pct: [85, 70] }], constraints: [{ period: '2026', short: false, utilization_pct: 85 }, { period: '2027', short: true, utilization_pct: 120 }],
} as unknown as Dashboard;
const finished = [{ model: 'M', period: '2026', demand_units: 100, finished_units: 100, delivered_units: 100, stock_units: 0 }, { model: 'M', period: '2027', demand_units: 100, finished_units: 60, delivered_units: 60, stock_units: 0 }];

describe('figures of a plant', () => {
  it('tell how much is met, when it is lost first, and where it goes', () => {
    const whole = figuresOf(dashboard, finished, { from: '', to: '' });
    expect([whole.metPct, whole.unmet, whole.firstLoss, whole.firstFull, whole.constraint?.period]).toEqual([80, 40, '2027', '2027', '2027']);
    expect(whole.trend).toBeCloseTo(0);
    expect(whole.periods.map((one) => [one.area, one.areaPct])).toEqual([['SMT', 85], ['Coat', 95]]);
    expect(riskOf(whole)).toBe('loses');
  });

  it('are those of the range', () => {
    const early = figuresOf(dashboard, finished, { from: '', to: '2026' });
    expect([early.metPct, early.firstLoss, early.constraint?.period, riskOf(early)]).toEqual([100, undefined, '2026', 'room']);
  });

  it('add up by region, by units and not by plant', () => {
    const figures = figuresOf(dashboard, finished, { from: '', to: '' });
    const groups = rolledUp([{ at: 'x', figures }, { at: 'x', figures: { ...figures, demand: 800, finished: 800 } }, { at: 'y', figures: undefined }], (one) => ({ key: one.at, name: one.at }));
    expect(groups.map((group) => [group.name, group.members.length, group.metPct])).toEqual([['x', 2, 96], ['y', 1, undefined]]);
  });
});
