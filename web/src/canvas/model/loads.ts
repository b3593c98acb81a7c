/** How full lines and areas are in a period, stacked by model. */
import { band, type Band } from '@/planning/model/bands';
import type { PlanDocument } from '@/planning/model/document';
import { limitingLines } from '@/planning/model/matrix';

export interface Part {
  model: string;
  /** Of the available hours (%). */
  pct: number;
  hours: number;
  units: number;
}

export interface LineLoad {
  pct: number;
  band: Band;
  constraint: boolean;
  hoursAvailable: number;
  hoursUsed: number;
  hourPrice: number;
  /** The largest first; changeovers are the rest. */
  parts: Part[];
}

/** By period, then by line. */
export type Loads = ReadonlyMap<string, ReadonlyMap<string, LineLoad>>;

/** Reads a plan once; every period is then at hand. */
export function loadsOf(plan: Pick<PlanDocument, 'periods' | 'lines' | 'allocations' | 'constraints'>): Loads {
  const limits = limitingLines(plan);
  const found = new Map<string, Map<string, LineLoad>>(plan.periods.map((period) => [period.name, new Map()]));
  for (const load of plan.lines) {
    found.get(load.period)?.set(load.line, {
      pct: load.utilization_pct, band: band(load.utilization_pct, load.hours_available), constraint: limits.has(`${load.area}\n${load.line}\n${load.period}`), hoursAvailable: load.hours_available, hoursUsed: load.hours_used,
      hourPrice: load.hour_price, parts: [],
    });
  }
  for (const made of plan.allocations) {
    const load = found.get(made.period)?.get(made.line);
    if (!load) continue;
    const pct = load.hoursAvailable > 0 ? (100 * made.hours) / load.hoursAvailable : 0;
    const same = load.parts.find((part) => part.model === made.model);
    if (same) {
      same.pct += pct;
      same.hours += made.hours;
      same.units += made.units;
    } else {
      load.parts.push({ model: made.model, pct, hours: made.hours, units: made.units });
    }
  }
  for (const lines of found.values()) for (const load of lines.values()) load.parts.sort((a, b) => b.hours - a.hours);
  return found;
}
