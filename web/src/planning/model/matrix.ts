/** A plan as a matrix of lines and periods, by area: what heat map, value stream and canvas are drawn from. */
import type { Constraint, PlanDocument } from './document';
import { band, type Band } from './bands';

export interface Cell {
  utilizationPct: number;
  hoursAvailable: number;
  hoursUsed: number;
  overtimeHours: number;
  changeoverHours: number;
  /** What one more hour would save in unmet weight. */
  hourPrice: number;
  /** Whether the line limits the plan: demand is lost there, or nothing in the period is nearer to its limit. */
  constraint: boolean;
  band: Band;
}

export interface LineRow {
  line: string;
  area: string;
  /** One per period; none where the line is not there. */
  cells: (Cell | undefined)[];
  /** Highest utilisation of all periods (%). */
  peakPct: number;
}

export interface AreaCell {
  utilizationPct: number;
  maxUtilizationPct: number;
  hoursAvailable: number;
  hoursUsed: number;
  unmetUnits: number;
  demandUnits: number;
  madeUnits: number;
  band: Band;
}

export interface AreaRows {
  area: string;
  cells: (AreaCell | undefined)[];
  lines: LineRow[];
}

export interface Matrix {
  periods: string[];
  areas: AreaRows[];
}

type Loads = Pick<PlanDocument, 'periods' | 'areas' | 'area_loads' | 'lines' | 'constraints'>;

export function matrixOf(plan: Loads): Matrix {
  const periods = plan.periods.map((period) => period.name);
  const at = new Map(periods.map((name, index) => [name, index]));
  const areas = new Map<string, AreaRows>(plan.areas.map((area) => [area, { area, cells: periods.map(() => undefined), lines: [] }]));
  for (const load of plan.area_loads) {
    const [row, index] = [areas.get(load.area), at.get(load.period)];
    if (!row || index === undefined) continue;
    const before = row.cells[index];
    const hoursAvailable = (before?.hoursAvailable ?? 0) + load.hours_available;
    const hoursUsed = (before?.hoursUsed ?? 0) + load.hours_used;
    const utilizationPct = hoursAvailable > 0 ? (100 * hoursUsed) / hoursAvailable : 0;
    row.cells[index] = {
      utilizationPct,
      maxUtilizationPct: Math.max(before?.maxUtilizationPct ?? 0, load.max_utilization_pct),
      hoursAvailable,
      hoursUsed,
      unmetUnits: (before?.unmetUnits ?? 0) + load.unmet_units,
      demandUnits: (before?.demandUnits ?? 0) + load.demand_units,
      madeUnits: (before?.madeUnits ?? 0) + load.made_units,
      band: band(utilizationPct, hoursAvailable),
    };
  }
  const limits = limitingLines(plan);
  const lines = new Map<string, LineRow>();
  for (const load of plan.lines) {
    const index = at.get(load.period);
    if (index === undefined) continue;
    const key = `${load.plant}\n${load.area}\n${load.line}`;
    let row = lines.get(key);
    if (!row) {
      row = { line: load.line, area: load.area, cells: periods.map(() => undefined), peakPct: 0 };
      lines.set(key, row);
      const home = areas.get(load.area) ?? { area: load.area, cells: periods.map(() => undefined), lines: [] };
      areas.set(load.area, home);
      home.lines.push(row);
    }
    row.peakPct = Math.max(row.peakPct, load.utilization_pct);
    row.cells[index] = {
      utilizationPct: load.utilization_pct,
      hoursAvailable: load.hours_available,
      hoursUsed: load.hours_used,
      overtimeHours: load.overtime_hours,
      changeoverHours: load.changeover_hours,
      hourPrice: load.hour_price,
      constraint: limits.has(`${load.area}\n${load.line}\n${load.period}`),
      band: band(load.utilization_pct, load.hours_available),
    };
  }
  for (const area of areas.values()) area.lines.sort((a, b) => a.line.localeCompare(b.line, undefined, { numeric: true }));
  return { periods, areas: [...areas.values()].filter((area) => area.lines.length > 0 || area.cells.some(Boolean)) };
}

/** From this utilisation on (%), what is nearest to its limit is called the constraint although nothing is lost there yet. */
const NEAR_PCT = 95;

/** Lines that limit the plan, by `area\nline\nperiod`. Every area has a fullest set; only those that lose demand, or nearly, are constraints. */
export function limitingLines(plan: Pick<PlanDocument, 'constraints' | 'periods'>): Set<string> {
  const found = new Set<string>();
  for (const period of plan.periods) {
    const worst = constraintOf(plan.constraints, period.name);
    for (const one of plan.constraints) {
      const limits = one.period === period.name && (one.short || (one === worst && one.utilization_pct >= NEAR_PCT));
      if (limits) for (const line of one.lines) found.add(`${one.area}\n${line}\n${one.period}`);
    }
  }
  return found;
}

/** The constraint that a period is limited by: where demand is lost, else the fullest; none where nothing is near its limit. */
export function constraintOf(constraints: readonly Constraint[], period: string): Constraint | undefined {
  const there = constraints.filter((one) => one.period === period);
  return [...there].sort((a, b) => Number(b.short) - Number(a.short) || b.utilization_pct - a.utilization_pct)[0];
}

/** The period that an engineer looks at first: the first in which demand is lost, else the fullest. */
export function tellingPeriod(plan: Pick<PlanDocument, 'periods' | 'unmet' | 'area_loads'>): string | undefined {
  const lost = new Set(plan.unmet.filter((entry) => entry.units > 0).map((entry) => entry.period));
  const first = plan.periods.find((period) => lost.has(period.name));
  if (first) return first.name;
  let fullest: { period: string; pct: number } | undefined;
  for (const load of plan.area_loads) if (!fullest || load.max_utilization_pct > fullest.pct) fullest = { period: load.period, pct: load.max_utilization_pct };
  return fullest?.period ?? plan.periods[0]?.name;
}
