/**
 * What a planner types about uncertainty, and what the server is asked; the shapes that charts are drawn from.
 *
 * **Invariant:** nothing here knows a screen; a number that is not one is said with the JSON pointer that the server would name.
 */
import type { Schemas } from '@/api/client';

export type RiskStudy = Schemas['RiskStudy'];
export type RiskRow = Schemas['RiskRow'];
export type RiskAsked = Schemas['RiskAsked'];
export type UncertainInput = Schemas['UncertainInput'];
export type RiskBar = Schemas['RiskBar'];

export const QUANTITIES = ['volume', 'efficiency', 'cycle_time', 'availability'] as const;
export type Quantity = (typeof QUANTITIES)[number];

export const KINDS = ['normal', 'pert', 'triangular', 'uniform', 'lognormal', 'discrete', 'empirical', 'breakdowns'] as const;
export type Kind = (typeof KINDS)[number];

/** Lists of names that an input may be of. */
export const SCOPES = ['areas', 'lines', 'families', 'customers', 'models'] as const;
export type Scope = (typeof SCOPES)[number];

/** An input as it is typed: every number a text. */
export interface Draft {
  key: number;
  quantity: Quantity;
  /** `scope:name`, or empty for everything. */
  of: string;
  kind: Kind;
  /** What was typed, by member of the distribution; `within` is the half width of nine of ten normal draws. */
  typed: Record<string, string>;
  together: string;
  correlation: string;
  persistence: string;
}

export interface Setup {
  inputs: Draft[];
  samples: string;
  seed: string;
  target: string;
  tolerance: string;
}

/** The standard normal score that a twentieth lies above. */
const TWENTIETH = 1.6448536269514727;

/** The members of each kind, in the order of their fields. */
export const MEMBERS: Record<Kind, readonly string[]> = {
  normal: ['within', 'mean_pct'],
  pert: ['low_pct', 'mode_pct', 'high_pct'],
  triangular: ['low_pct', 'mode_pct', 'high_pct'],
  uniform: ['low_pct', 'high_pct'],
  lognormal: ['cv_pct', 'mean_pct'],
  discrete: ['values'],
  empirical: ['values_pct'],
  breakdowns: ['mtbf_h', 'mttr_h'],
};

let made = 0;

function draft(quantity: Quantity, kind: Kind, typed: Record<string, string>): Draft {
  made += 1;
  return { key: made, quantity, of: '', kind, typed, together: '', correlation: '', persistence: '' };
}

/** What a new input of a quantity is like. */
export function usualInput(quantity: Quantity): Draft {
  if (quantity === 'availability') return draft(quantity, 'pert', { low_pct: '-6', mode_pct: '-1', high_pct: '0' });
  return draft(quantity, 'normal', { within: quantity === 'volume' ? '10' : '3' });
}

export function usualSetup(): Setup {
  return { inputs: [usualInput('volume'), usualInput('efficiency'), usualInput('availability')], samples: '2000', seed: '1', target: '85', tolerance: '0.1' };
}

/** What each kind begins with when it is chosen. */
export function usualTyped(kind: Kind, quantity: Quantity): Record<string, string> {
  const down = quantity === 'availability';
  switch (kind) {
    case 'normal': return { within: down ? '3' : '10', ...(down ? { mean_pct: '-3' } : {}) };
    case 'lognormal': return { cv_pct: '10' };
    case 'uniform': return down ? { low_pct: '-6', high_pct: '0' } : { low_pct: '-10', high_pct: '10' };
    case 'discrete': return { values: down ? '-20 0.05\n0 0.95' : '-15 0.25\n0 0.5\n15 0.25' };
    case 'empirical': return { values_pct: down ? '-8 -3 -1 0 0' : '-12 -4 0 3 9' };
    case 'breakdowns': return { mtbf_h: '120', mttr_h: '3' };
    default: return down ? { low_pct: '-6', mode_pct: '-1', high_pct: '0' } : { low_pct: '-10', mode_pct: '0', high_pct: '10' };
  }
}

/** A number as people of either decimal sign type it. */
export function numberOf(typed: string | undefined): number | undefined {
  const text = (typed ?? '').trim().replace('−', '-').replace(/[\s_]/g, '').replace(',', '.');
  if (text === '' || !/^-?\d*\.?\d+$/.test(text)) return undefined;
  return Number(text);
}

const text = (value: number): string => String(Math.round(value * 1e6) / 1e6);

/** The setup that asked a study; sizes that were asked by the usual are shown as typed. */
export function setupOf(study: Pick<RiskStudy, 'inputs' | 'samples' | 'seed' | 'tolerance_pct' | 'targets'>): Setup {
  return {
    inputs: study.inputs.map(draftOf),
    samples: String(study.samples),
    seed: String(study.seed),
    target: text(study.targets[0]?.target_utilization_pct ?? 85),
    tolerance: text(study.tolerance_pct),
  };
}

function draftOf(input: UncertainInput): Draft {
  const { kind, ...members } = input.distribution as { kind: Kind } & Record<string, unknown>;
  const typed: Record<string, string> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value === null || value === undefined) continue;
    if (name === 'sd_pct') typed['within'] = text(Math.round((value as number) * TWENTIETH * 100) / 100);
    else if (name === 'values') typed[name] = (value as { value_pct: number; probability: number }[]).map((one) => `${one.value_pct} ${one.probability}`).join('\n');
    else if (name === 'values_pct') typed[name] = (value as number[]).join(' ');
    else if (!(name === 'mean_pct' && value === 0)) typed[name] = text(value as number);
  }
  const scope = SCOPES.find((one) => (input.of?.[one] ?? []).length > 0);
  return {
    ...draft(input.quantity, kind, typed),
    of: scope ? `${scope}:${(input.of?.[scope] ?? []).join('\n')}` : '',
    together: input.together ?? '',
    correlation: input.correlation == null ? '' : text(input.correlation),
    persistence: input.persistence == null ? '' : text(input.persistence),
  };
}

/** What is asked of the server; or where what was typed is no number, by JSON pointer. */
export function askedOf(setup: Setup): { asked: RiskAsked } | { wrong: Set<string> } {
  const wrong = new Set<string>();
  const number = (pointer: string, typed: string | undefined, needed = true): number | undefined => {
    const value = numberOf(typed);
    if (value === undefined && (needed || (typed ?? '').trim() !== '')) wrong.add(pointer);
    return value;
  };
  const inputs = setup.inputs.map((input, index): UncertainInput => {
    const place = `/inputs/${index}`;
    const correlation = number(`${place}/correlation`, input.correlation, false);
    const persistence = number(`${place}/persistence`, input.persistence, false);
    const cut = input.of.indexOf(':');
    return {
      quantity: input.quantity,
      ...(cut > 0 ? { of: { [input.of.slice(0, cut)]: input.of.slice(cut + 1).split('\n') } } : {}),
      distribution: distribution(input, `${place}/distribution`, number, wrong),
      ...(input.together ? { together: input.together as NonNullable<UncertainInput['together']> } : {}),
      ...(correlation === undefined ? {} : { correlation }),
      ...(persistence === undefined ? {} : { persistence }),
    };
  });
  const asked: RiskAsked = {
    inputs,
    samples: number('/samples', setup.samples) ?? 0,
    seed: number('/seed', setup.seed) ?? 0,
    target_utilization_pct: number('/target_utilization_pct', setup.target) ?? 0,
    tolerance_pct: number('/tolerance_pct', setup.tolerance) ?? 0,
  };
  return wrong.size > 0 ? { wrong } : { asked };
}

function distribution(input: Draft, place: string, number: (pointer: string, typed: string | undefined, needed?: boolean) => number | undefined, wrong: Set<string>): UncertainInput['distribution'] {
  const { typed, kind } = input;
  const of = (member: string, needed = true) => number(`${place}/${member}`, typed[member], needed);
  switch (kind) {
    case 'normal': {
      const within = number(`${place}/sd_pct`, typed['within']);
      const [low, high, mean] = [of('low_pct', false), of('high_pct', false), of('mean_pct', false)];
      return { kind, sd_pct: Math.round(((within ?? 0) / TWENTIETH) * 1e6) / 1e6, mean_pct: mean ?? 0, ...(low === undefined ? {} : { low_pct: low }), ...(high === undefined ? {} : { high_pct: high }) };
    }
    case 'lognormal':
      return { kind, cv_pct: of('cv_pct') ?? 0, mean_pct: of('mean_pct', false) ?? 0 };
    case 'uniform':
      return { kind, low_pct: of('low_pct') ?? 0, high_pct: of('high_pct') ?? 0 };
    case 'breakdowns':
      return { kind, mtbf_h: of('mtbf_h') ?? 0, mttr_h: of('mttr_h') ?? 0 };
    case 'discrete': {
      const rows = (typed['values'] ?? '').split('\n').map((row) => row.trim()).filter(Boolean);
      const values = rows.map((row) => row.split(/[\s;:]+/).map(numberOf));
      if (values.length === 0 || values.some((pair) => pair.length !== 2 || pair[0] === undefined || pair[1] === undefined)) wrong.add(`${place}/values`);
      return { kind, values: values.map(([value, probability]) => ({ value_pct: value ?? 0, probability: probability ?? 0 })) };
    }
    case 'empirical': {
      const values = (typed['values_pct'] ?? '').split(/[\s;]+/).filter(Boolean).map(numberOf);
      if (values.length === 0 || values.includes(undefined)) wrong.add(`${place}/values_pct`);
      return { kind, values_pct: values.map((value) => value ?? 0) };
    }
    default:
      return { kind, low_pct: of('low_pct') ?? 0, mode_pct: of('mode_pct') ?? 0, high_pct: of('high_pct') ?? 0 };
  }
}

/** What the progress of a run says in numbers. */
export function progressOf(said: string | null | undefined): { done: number; samples: number; pct: number } | undefined {
  const found = /^(\d+) of (\d+) samples, demand short in ([\d.]+) %$/.exec(said ?? '');
  return found ? { done: Number(found[1]), samples: Number(found[2]), pct: Number(found[3]) } : undefined;
}

export const METRICS = ['short', 'over', 'level'] as const;
export type Metric = (typeof METRICS)[number];

export function metricOf(row: RiskRow, metric: Metric): number | null {
  return metric === 'short' ? row.short_pct : metric === 'over' ? (row.over_target_pct ?? null) : (row.utilization_p95_pct ?? null);
}

export interface HeatRow {
  name: string;
  area: string | null;
  /** Over all periods. */
  whole: RiskRow;
  /** By period, in order. */
  cells: (RiskRow | undefined)[];
}

/** Rows of one kind as a matrix of periods; in the server's order, that of the routing. */
export function heatRows(rows: readonly RiskRow[], of: RiskRow['of'], periods: readonly string[]): HeatRow[] {
  const at = new Map(periods.map((period, index) => [period, index]));
  const found = new Map<string, HeatRow>();
  for (const row of rows) {
    if (row.of !== of) continue;
    const key = `${row.area ?? ''}\n${row.name}`;
    const there = found.get(key) ?? { name: row.name, area: row.area ?? null, whole: row, cells: periods.map(() => undefined) };
    found.set(key, there);
    const place = row.period == null ? undefined : at.get(row.period);
    if (row.period == null) there.whole = row;
    else if (place !== undefined) there.cells[place] = row;
  }
  return [...found.values()];
}

/** Whether a row tells of anything that may go wrong. */
export const isRisky = (row: HeatRow): boolean => row.whole.short_pct > 0 || (row.whole.over_target_pct ?? 0) > 0;

/** Round numbers between the ends of a scale, both within it: about so many. */
export function ticks(from: number, to: number, about: number): number[] {
  if (!(to > from)) return [from];
  const rough = (to - from) / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? 10 * power;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

/** How long a bar of the tornado is. */
export function swing(bar: RiskBar, by: 'unmet' | 'peak'): number {
  return by === 'unmet' ? Math.abs(bar.high.unmet_units - bar.low.unmet_units) : Math.abs(bar.high.peak_utilization_pct - bar.low.peak_utilization_pct);
}
