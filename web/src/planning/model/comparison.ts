/** Scenarios side by side: the answer of /scenarios/compare as rows, all of them or only those that differ. */
import type { Schemas } from '@/api/client';
import type { Summary } from './document';

export type Beside = Schemas['Beside'];

/** Which way is good: unmet units fall, finished units rise; hours and utilisation are neither. */
export const BETTER: Record<keyof Summary, 'up' | 'down' | null> = {
  demand_units: null,
  finished_units: 'up',
  unmet_units: 'down',
  unmet_weight: 'down',
  max_utilization_pct: null,
  overtime_hours: 'down',
  changeover_hours: 'down',
  hours_available: null,
  hours_used: null,
};

export const FIGURES = Object.keys(BETTER) as (keyof Summary)[];

export interface Value {
  value: number | null;
  /** Against the first scenario; none for the first itself. */
  delta: number | null;
  verdict: 'better' | 'worse' | 'same' | null;
}

export interface Row {
  key: string;
  /** Area, line, model… */
  name: string;
  /** Period, or area of a line. */
  detail: string;
  values: Value[];
  differs: boolean;
}

/** Below this, relative to the size of a number, nothing differs. */
const SAME = 1e-9;

export function differ(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a !== b;
  return Math.abs(a - b) > SAME * Math.max(1, Math.abs(a), Math.abs(b));
}

function valued(first: number | null, now: number | null, better: 'up' | 'down' | null, isFirst: boolean): Value {
  if (isFirst) return { value: now, delta: null, verdict: null };
  const delta = first !== null && now !== null ? now - first : null;
  if (!differ(first, now)) return { value: now, delta: 0, verdict: 'same' };
  if (delta === null || better === null) return { value: now, delta, verdict: null };
  return { value: now, delta, verdict: delta > 0 === (better === 'up') ? 'better' : 'worse' };
}

/** Totals of all scenarios. */
export function summaryRows(all: readonly Beside[]): Row[] {
  return FIGURES.map((figure) => {
    const numbers = all.map((one) => (one.summary as Partial<Summary>)[figure] ?? null);
    const values = numbers.map((number, index) => valued(numbers[0]!, number, BETTER[figure], index === 0));
    return { key: figure, name: figure, detail: '', values, differs: numbers.some((number) => differ(numbers[0]!, number)) };
  });
}

interface Pair {
  key: string;
  name: string;
  detail: string;
  before: number | null;
  after: number | null;
}

/**
 * The answer tells of each scenario only what differs from the first. A row that some scenario does not mention is equal to the first there,
 * and the first's own number is what any of them calls `before`.
 */
function joined(all: readonly Beside[], pairs: (one: Beside) => Pair[], better: 'up' | 'down' | null): Row[] {
  const rows = new Map<string, { name: string; detail: string; before: number | null; after: Map<number, number | null> }>();
  all.forEach((one, index) => {
    for (const pair of one.comparison ? pairs(one) : []) {
      const row = rows.get(pair.key) ?? { name: pair.name, detail: pair.detail, before: pair.before, after: new Map() };
      rows.set(pair.key, row);
      row.after.set(index, pair.after);
    }
  });
  return [...rows.entries()].map(([key, row]) => {
    const values = all.map((_, index) => valued(row.before, row.after.has(index) ? row.after.get(index)! : row.before, better, index === 0));
    return { key, name: row.name, detail: row.detail, values, differs: values.some((value) => value.verdict !== null ? value.verdict !== 'same' : value.delta !== null) };
  });
}

export const areaRows = (all: readonly Beside[]): Row[] =>
  joined(all, (one) => one.comparison!.outputs.areas.map((area) => ({
    key: `${area.area}\n${area.period}`, name: area.area, detail: area.period, before: area.utilization_pct_before, after: area.utilization_pct_after,
  })), null);

export const areaUnmetRows = (all: readonly Beside[]): Row[] =>
  joined(all, (one) => one.comparison!.outputs.areas
    .filter((area) => differ(area.unmet_units_before, area.unmet_units_after))
    .map((area) => ({ key: `${area.area}\n${area.period}`, name: area.area, detail: area.period, before: area.unmet_units_before, after: area.unmet_units_after })), 'down');

export const lineRows = (all: readonly Beside[]): Row[] =>
  joined(all, (one) => one.comparison!.outputs.lines.map((line) => ({
    key: `${line.area}\n${line.line}\n${line.period}`, name: line.line, detail: line.period, before: line.utilization_pct_before, after: line.utilization_pct_after,
  })), null);

export const unmetRows = (all: readonly Beside[]): Row[] =>
  joined(all, (one) => one.comparison!.outputs.unmet.map((entry) => ({
    key: `${entry.model}\n${entry.period}`, name: entry.model, detail: entry.period, before: entry.units_before, after: entry.units_after,
  })), 'down');

/** What the scenarios ask differently. */
export interface InputRow {
  key: string;
  kind: 'line' | 'capability' | 'demand' | 'option' | 'changeovers';
  name: string;
  detail: string;
  before: number | string | null;
  after: (number | string | null | undefined)[];
}

export function inputRows(all: readonly Beside[]): InputRow[] {
  const rows = new Map<string, InputRow>();
  const put = (index: number, row: Omit<InputRow, 'after'>, after: number | string | null) => {
    const key = `${row.kind}\n${row.key}`;
    const there = rows.get(key) ?? { ...row, key, after: all.map(() => undefined) };
    rows.set(key, there);
    there.after[index] = after;
  };
  all.forEach((one, index) => {
    const inputs = one.comparison?.inputs;
    if (!inputs) return;
    for (const line of inputs.lines) {
      put(index, { key: `${line.line}\n${line.period}`, kind: 'line', name: line.line, detail: line.period, before: line.hours_before ?? null }, line.hours_after ?? null);
    }
    for (const capability of inputs.capabilities) {
      const detail = [capability.model, capability.step].filter(Boolean).join(' · ');
      const key = `${capability.line}\n${detail}`;
      put(index, { key, kind: 'capability', name: capability.line, detail, before: capability.hours_per_unit_before ?? null }, capability.hours_per_unit_after ?? null);
    }
    for (const entry of inputs.demand) {
      put(index, { key: `${entry.model}\n${entry.period}`, kind: 'demand', name: entry.model, detail: entry.period, before: entry.units_before }, entry.units_after);
    }
    for (const option of inputs.options) {
      const text = (value: unknown) => (value === null || value === undefined ? null : typeof value === 'object' ? JSON.stringify(value) : String(value));
      put(index, { key: option.option, kind: 'option', name: option.option, detail: '', before: text(option.before) }, text(option.after));
    }
    if (inputs.changeovers) put(index, { key: 'changeovers', kind: 'changeovers', name: '', detail: '', before: null }, null);
  });
  return [...rows.values()];
}
