/** A plant's plan as a manager reads it: how much demand is met when, what limits it, when it becomes tight. */
import type { Schemas } from '@/api/client';
import type { Constraint, Finished, Gain, Unmet } from '@/planning/model/document';
import { between } from '@/planning/model/periods';

export type Dashboard = Omit<Schemas['Dashboard'], 'constraints' | 'unmet' | 'gains'> & { constraints: Constraint[]; unmet: Unmet[]; gains: Gain[] };

export interface PeriodFigures {
  period: string;
  demand: number;
  finished: number;
  /** Of the fullest area (%). */
  areaPct: number;
  area: string;
  /** Of the fullest line (%). */
  linePct: number;
}

export interface Figures {
  periods: PeriodFigures[];
  demand: number;
  finished: number;
  unmet: number;
  /** Of the demand (%); none where nothing is wanted. */
  metPct: number | undefined;
  /** The first period in which demand is lost. */
  firstLoss: string | undefined;
  /** The first period in which a line is full although nothing is lost yet. */
  firstFull: string | undefined;
  /** Utilisation of all hours in the last period less that in the first (percentage points). */
  trend: number;
  /** Where demand is lost first and most. */
  constraint: Constraint | undefined;
  used: number;
  available: number;
}

/** Units lost below this are rounding. */
const HALF = 0.5;
/** From here on (%) a line is called full. */
const FULL = 95;

export interface Range {
  from: string;
  to: string;
}

export function figuresOf(dashboard: Dashboard, finished: readonly Finished[], range: Range): Figures {
  const wanted = between(dashboard.periods, range.from || null, range.to || null);
  const periods = wanted.map((period): PeriodFigures => {
    const at = dashboard.periods.indexOf(period);
    const own = finished.filter((entry) => entry.period === period);
    const fullest = [...dashboard.areas].sort((a, b) => (b.utilization_pct[at] ?? 0) - (a.utilization_pct[at] ?? 0))[0];
    return {
      period, demand: own.reduce((sum, entry) => sum + entry.demand_units, 0), finished: own.reduce((sum, entry) => sum + entry.delivered_units, 0),
      areaPct: fullest?.utilization_pct[at] ?? 0, area: fullest?.area ?? '', linePct: Math.max(0, ...dashboard.lines.map((line) => line.utilization_pct[at] ?? 0)),
    };
  });
  const sum = (of: (one: PeriodFigures) => number) => periods.reduce((total, one) => total + of(one), 0);
  const [demand, made] = [sum((one) => one.demand), sum((one) => one.finished)];
  const hours = (period: string | undefined) => {
    const at = period ? dashboard.periods.indexOf(period) : -1;
    if (at < 0) return { used: 0, available: 0 };
    return dashboard.areas.reduce((total, area) => ({ used: total.used + (area.hours_used[at] ?? 0), available: total.available + (area.hours_available[at] ?? 0) }), { used: 0, available: 0 });
  };
  const share = (period: string | undefined) => { const own = hours(period); return own.available > 0 ? (100 * own.used) / own.available : 0; };
  const inRange = dashboard.constraints.filter((one) => wanted.includes(one.period));
  const whole = wanted.map(hours).reduce((total, one) => ({ used: total.used + one.used, available: total.available + one.available }), { used: 0, available: 0 });
  return {
    periods, demand, finished: made, unmet: Math.max(0, demand - made), metPct: demand > 0 ? (100 * made) / demand : undefined,
    firstLoss: periods.find((one) => one.demand - one.finished >= HALF)?.period, firstFull: periods.find((one) => one.linePct >= FULL)?.period,
    trend: share(wanted.at(-1)) - share(wanted[0]), constraint: inRange.find((one) => one.short) ?? [...inRange].sort((a, b) => b.utilization_pct - a.utilization_pct)[0], ...whole,
  };
}

export interface Group<T> {
  key: string;
  name: string;
  members: T[];
  demand: number;
  finished: number;
  metPct: number | undefined;
}

/** Plants rolled up, by region. */
export function rolledUp<T extends { figures: Figures | undefined }>(members: readonly T[], keyOf: (member: T) => { key: string; name: string }): Group<T>[] {
  const groups = new Map<string, Group<T>>();
  for (const member of members) {
    const { key, name } = keyOf(member);
    const group = groups.get(key) ?? { key, name, members: [], demand: 0, finished: 0, metPct: undefined };
    groups.set(key, group);
    group.members.push(member);
    group.demand += member.figures?.demand ?? 0;
    group.finished += member.figures?.finished ?? 0;
  }
  for (const group of groups.values()) group.metPct = group.demand > 0 ? (100 * group.finished) / group.demand : undefined;
  return [...groups.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** How worrying a plan is: demand is lost, a line is full, or there is room. */
export function riskOf(figures: Figures): 'loses' | 'full' | 'room' {
  return figures.firstLoss ? 'loses' : figures.firstFull ? 'full' : 'room';
}
