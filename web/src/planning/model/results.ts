/**
 * Results as planners know them from their workbook: for an area, lines × models × periods, with rows beneath that prove the sums.
 *
 * **Invariant:** validation rows are summed here from the allocations, not copied from the optimizer: they would show a plan that does not balance.
 */
import type { PlanDocument, Unmet } from './document';

export interface Entry {
  units: number;
  hours: number;
}

export interface ModelRow {
  kind: 'model';
  line: string;
  model: string;
  step: string;
  /** By period. */
  cells: (Entry | undefined)[];
}

export interface LineSum {
  kind: 'line';
  line: string;
  cells: { hours: number; available: number; utilizationPct: number; constraint: boolean; changeovers: number }[];
}

export interface CheckRow {
  kind: 'check';
  check: 'demand' | 'made' | 'unmet' | 'difference';
  cells: number[];
}

export type ResultRow = ModelRow | LineSum | CheckRow;

export interface AreaResult {
  area: string;
  periods: string[];
  rows: ResultRow[];
  /** Whether made plus unmet is what was wanted, in every period, to a unit. */
  balances: boolean;
}

type Parts = Pick<PlanDocument, 'model' | 'periods' | 'allocations' | 'lines' | 'area_loads' | 'unmet' | 'finished'>;

/** Below this a difference of units is rounding: relative to what was wanted, as the verifier has it. */
const ROUNDING = 1e-6;

export function areaResult(plan: Parts, area: string): AreaResult {
  const periods = plan.periods.map((period) => period.name);
  const at = new Map(periods.map((name, index) => [name, index]));
  const models = new Map<string, ModelRow>();
  for (const entry of plan.allocations) {
    const index = at.get(entry.period);
    if (entry.area !== area || index === undefined) continue;
    const step = entry.step ?? '';
    const key = `${entry.line}\n${entry.model}\n${step}`;
    const row = models.get(key) ?? { kind: 'model', line: entry.line, model: entry.model, step, cells: periods.map(() => undefined) };
    models.set(key, row);
    const before = row.cells[index];
    row.cells[index] = { units: (before?.units ?? 0) + entry.units, hours: (before?.hours ?? 0) + entry.hours };
  }
  const lines = new Map<string, LineSum>();
  for (const load of plan.lines) {
    const index = at.get(load.period);
    if (load.area !== area || index === undefined) continue;
    const none = () => ({ hours: 0, available: 0, utilizationPct: 0, constraint: false, changeovers: 0 });
    const row = lines.get(load.line) ?? { kind: 'line', line: load.line, cells: periods.map(none) };
    lines.set(load.line, row);
    row.cells[index] = {
      hours: load.hours_used, available: load.hours_available, utilizationPct: load.utilization_pct, constraint: load.constraint, changeovers: load.changeover_hours,
    };
  }
  const names = [...new Set([...lines.keys(), ...[...models.values()].map((row) => row.line)])].sort(byName);
  const rows: ResultRow[] = [];
  for (const name of names) {
    const own = [...models.values()].filter((row) => row.line === name).sort((a, b) => byName(a.model, b.model) || byName(a.step, b.step));
    const sum = lines.get(name);
    if (sum) rows.push(sum);
    rows.push(...own);
  }
  const checks = checksOf(plan, area, periods, [...models.values()]);
  rows.push(...checks);
  const difference = checks.find((row) => row.check === 'difference')!.cells;
  const demand = checks.find((row) => row.check === 'demand')!.cells;
  const balances = difference.every((units, index) => Math.abs(units) <= Math.max(0.5, ROUNDING * demand[index]!));
  return { area, periods, rows, balances };
}

const byName = (a: string, b: string) => a.localeCompare(b, undefined, { numeric: true });

function checksOf(plan: Parts, area: string, periods: string[], models: ModelRow[]): CheckRow[] {
  const demand = periods.map((period) =>
    plan.area_loads.filter((load) => load.area === area && load.period === period).reduce((sum, load) => sum + load.demand_units, 0),
  );
  // A unit needs every step of the area: what is made of it is the least over its steps.
  const made = periods.map((_, index) => {
    const bySteps = new Map<string, Map<string, number>>();
    for (const row of models) {
      const steps = bySteps.get(row.model) ?? new Map<string, number>();
      bySteps.set(row.model, steps);
      steps.set(row.step, (steps.get(row.step) ?? 0) + (row.cells[index]?.units ?? 0));
    }
    return [...bySteps.values()].reduce((sum, steps) => sum + Math.min(...steps.values()), 0);
  });
  const stated = periods.map((period) =>
    plan.area_loads.filter((load) => load.area === area && load.period === period).reduce((sum, load) => sum + load.made_units, 0),
  );
  const short = periods.map((_, index) => Math.max(0, demand[index]! - stated[index]!));
  const difference = periods.map((_, index) => demand[index]! - made[index]! - short[index]!);
  return [
    { kind: 'check', check: 'demand', cells: demand },
    { kind: 'check', check: 'made', cells: made },
    { kind: 'check', check: 'unmet', cells: short },
    { kind: 'check', check: 'difference', cells: difference },
  ];
}

export interface Ranked {
  model: string;
  customer: string;
  area: string;
  plant: string;
  reason: Unmet['reason'];
  limitingLines: string[];
  units: number;
  weight: number;
  /** Units by period. */
  byPeriod: Record<string, number>;
  /** The sentence of the period in which most is lost. */
  explanation: string;
  /** Share of all that is lost, by weight. */
  share: number;
}

/** Unmet demand by model, area and reason over all periods, what costs most first. */
export function rankUnmet(unmet: readonly Unmet[], only?: { period?: string | undefined }): Ranked[] {
  const found = new Map<string, Ranked & { most: number }>();
  let total = 0;
  for (const entry of unmet) {
    if (only?.period && entry.period !== only.period) continue;
    total += entry.weight;
    const key = `${entry.model}\n${entry.area}\n${entry.reason}`;
    const row = found.get(key) ?? {
      model: entry.model, customer: entry.customer ?? '', area: entry.area, plant: entry.plant, reason: entry.reason, limitingLines: entry.limiting_lines,
      units: 0, weight: 0, byPeriod: {}, explanation: entry.explanation, share: 0, most: -1,
    };
    found.set(key, row);
    row.units += entry.units;
    row.weight += entry.weight;
    row.byPeriod[entry.period] = (row.byPeriod[entry.period] ?? 0) + entry.units;
    if (entry.weight > row.most) {
      row.most = entry.weight;
      row.explanation = entry.explanation;
      row.limitingLines = entry.limiting_lines;
    }
  }
  const rows = [...found.values()].sort((a, b) => b.weight - a.weight || b.units - a.units);
  return rows.map(({ most: _, ...row }) => ({ ...row, share: total > 0 ? row.weight / total : 0 }));
}

export interface Price {
  line: string;
  area: string;
  period: string;
  price: number;
  /** Price times the hours of a shift more (7.5 h on every operating day). */
  utilizationPct: number;
}

/** What one more hour is worth, line by line and period by period, the dearest first. */
export function prices(plan: Pick<PlanDocument, 'lines'>): Price[] {
  return plan.lines
    .filter((load) => load.hour_price > 1e-9)
    .map((load) => ({ line: load.line, area: load.area, period: load.period, price: load.hour_price, utilizationPct: load.utilization_pct }))
    .sort((a, b) => b.price - a.price || byName(a.line, b.line));
}
