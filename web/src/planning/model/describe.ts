/** Changes of a scenario as sentences, and what differs between two contents. */
import type { Say } from '@/words';
import type { Format } from '../numbers';
import type { changesWords } from '../changes.words';
import {
  LISTS, type CapabilityChange, type ChangeoverChange, type Content, type DemandChange, type LineChange, type List, type NewCapability, type NewLine, type OperatingDays, type Parameters,
} from './content';

export type ChangesSay = Say<keyof (typeof changesWords)['en']>;

/** What records are called; undefined where they are not known. */
export interface Names {
  area: (id: string) => string | undefined;
  line: (id: string) => string | undefined;
  item: (id: string) => string | undefined;
  family: (id: string) => string | undefined;
  customer: (id: string) => string | undefined;
  pattern: (id: string) => string | undefined;
  /** Line and item of a capability. */
  capability: (id: string) => { line: string; model: string } | undefined;
  parameter: (name: keyof Parameters) => string;
  parameterValue: (name: keyof Parameters, value: unknown) => string;
}

interface With {
  t: ChangesSay;
  names: Names;
  format: Format;
}

export interface Described {
  list: List | 'parameters';
  /** Its place in the list; none for a parameter. */
  index: number;
  text: string;
  /** Two changes with one key say the same. */
  key: string;
}

export function describe(content: Content, by: With): Described[] {
  const all: Described[] = [];
  for (const list of LISTS) {
    (content[list] as unknown[]).forEach((change, index) => all.push({ list, index, text: sentence(list, change, by), key: `${list}:${JSON.stringify(change)}` }));
  }
  for (const [name, value] of Object.entries(content.parameters ?? {})) {
    if (value === null || value === undefined) continue;
    const known = name as keyof Parameters;
    all.push({ list: 'parameters', index: -1, text: by.t('parameter', { name: by.names.parameter(known), value: by.names.parameterValue(known, value) }), key: `parameters:${name}:${JSON.stringify(value)}` });
  }
  return all;
}

export interface Diff {
  added: Described[];
  removed: Described[];
  kept: number;
}

/** What is said in one and not in the other. */
export function diff(before: Content, after: Content, by: With): Diff {
  const [old, now] = [describe(before, by), describe(after, by)];
  const left = new Map<string, number>();
  for (const one of old) left.set(one.key, (left.get(one.key) ?? 0) + 1);
  const added = now.filter((one) => {
    const count = left.get(one.key) ?? 0;
    if (count > 0) left.set(one.key, count - 1);
    return count === 0;
  });
  const removed: Described[] = [];
  for (const one of [...old].reverse()) {
    const count = left.get(one.key) ?? 0;
    if (count > 0) {
      left.set(one.key, count - 1);
      removed.unshift(one);
    }
  }
  return { added, removed, kept: now.length - added.length };
}

function sentence(list: List, change: unknown, by: With): string {
  switch (list) {
    case 'operating_days': return ofDays(change as OperatingDays, by);
    case 'line_changes': return ofLine(change as LineChange, by);
    case 'new_lines': return ofNewLine(change as NewLine, by);
    case 'capability_changes': return ofCapability(change as CapabilityChange, by);
    case 'new_capabilities': return ofNewCapability(change as NewCapability, by);
    case 'demand_changes': return ofDemand(change as DemandChange, by);
    case 'changeover_changes': return ofChangeover(change as ChangeoverChange, by);
  }
}

export function when(range: { from_period?: string | null; to_period?: string | null }, t: ChangesSay): string {
  const [from, to] = [range.from_period, range.to_period];
  if (from && to) return from === to ? t('only', { from }) : t('fromTo', { from, to });
  if (from) return t('since', { from });
  return to ? t('until', { to }) : t('always');
}

const number = (by: With, value: unknown) => by.format.number(Number(value), 3);

function ofDays(change: OperatingDays, { t, names }: With): string {
  const values = { days: change.days_per_year, when: when(change, t) };
  return change.area_id ? t('daysArea', { ...values, area: names.area(change.area_id) ?? t('gone') }) : t('daysAll', values);
}

function ofLine(change: LineChange, by: With): string {
  const { t, names } = by;
  const line = names.line(change.line_id) ?? t('gone');
  const said: string[] = [];
  const values = { line, when: when(change, t) };
  if (change.closed) said.push(t('lineClosed', values));
  if (change.available_s_per_day != null) said.push(t('lineHours', { ...values, hours: number(by, change.available_s_per_day / 3600) }));
  if (change.overtime_s_per_day != null) said.push(t('lineOvertime', { line, hours: number(by, change.overtime_s_per_day / 3600) }));
  if (change.shift_pattern_id) said.push(t('linePattern', { ...values, pattern: names.pattern(change.shift_pattern_id) ?? t('gone') }));
  if (change.more_hours_per_day != null) {
    const hours = Number(change.more_hours_per_day);
    said.push(t(hours < 0 ? 'lineLess' : 'lineMore', { ...values, hours: number(by, Math.abs(hours)) }));
  }
  if (change.days_per_year != null) said.push(t('lineDays', { ...values, days: change.days_per_year }));
  if (change.relative_efficiency_pct != null) said.push(t('lineEfficiency', { line, pct: number(by, change.relative_efficiency_pct) }));
  if (change.relative_cycle_time_pct != null) said.push(t('lineCycle', { line, pct: number(by, change.relative_cycle_time_pct) }));
  if (change.maintenance_h != null) said.push(t('lineMaintenance', { ...values, hours: number(by, change.maintenance_h) }));
  return said.join('; ');
}

function ofNewLine(change: NewLine, { t, names }: With): string {
  const values = { name: change.name, area: names.area(change.area_id) ?? t('gone'), when: when({ from_period: change.from_period ?? null }, t) };
  return change.like_line_id ? t('newLineLike', { ...values, like: names.line(change.like_line_id) ?? t('gone') }) : t('newLine', values);
}

interface Terms {
  cycle_time_s?: string | null;
  efficiency_pct?: string | null;
  first_pass_yield_pct?: string | null;
  priority?: number | null;
  approved?: boolean | null;
  approved_from?: string | null;
  approved_to?: string | null;
}

function terms(change: Terms, by: With): string[] {
  const { t } = by;
  const said: string[] = [];
  if (change.cycle_time_s != null) said.push(t('cycle', { value: number(by, change.cycle_time_s) }));
  if (change.efficiency_pct != null) said.push(t('efficiency', { value: number(by, change.efficiency_pct) }));
  if (change.first_pass_yield_pct != null && Number(change.first_pass_yield_pct) !== 100) said.push(t('yield', { value: number(by, change.first_pass_yield_pct) }));
  if (change.priority != null && change.priority !== 1) said.push(t('priority', { value: change.priority }));
  if (change.approved != null) said.push(t(change.approved ? 'approved' : 'notApproved'));
  if (change.approved_from) said.push(t('approvedFrom', { value: change.approved_from }));
  if (change.approved_to) said.push(t('approvedTo', { value: change.approved_to }));
  return said;
}

function ofCapability(change: CapabilityChange, by: With): string {
  const known = by.names.capability(change.capability_id) ?? { line: by.t('gone'), model: by.t('gone') };
  if (change.removed) return by.t('capabilityRemoved', known);
  return by.t('capabilityChanged', { ...known, what: terms(change, by).join(', ') });
}

function ofNewCapability(change: NewCapability, by: With): string {
  const { t, names } = by;
  const line = change.new_line ?? names.line(change.line_id ?? '') ?? t('gone');
  const model = [names.item(change.item_id) ?? t('gone'), change.step].filter(Boolean).join(' · ');
  const main = change.approved_from ? t('newCapabilityFrom', { line, model, from: change.approved_from }) : t('newCapability', { line, model });
  const more = terms({ ...change, approved_from: null }, by);
  return more.length > 0 ? main + t('newCapabilityWith', { what: more.join(', ') }) : main;
}

function ofDemand(change: DemandChange, by: With): string {
  const { t, names } = by;
  const whats = [
    change.item_id ? (names.item(change.item_id) ?? t('gone')) : '',
    change.family_id ? t('family', { name: names.family(change.family_id) ?? t('gone') }) : '',
    change.customer_id ? t('customer', { name: names.customer(change.customer_id) ?? t('gone') }) : '',
  ].filter(Boolean);
  const what = whats.length > 0 ? whats.join(', ') : t('everything');
  const capital = what.charAt(0).toUpperCase() + what.slice(1);
  const values = { what: capital, when: when(change, t) };
  if (change.units != null) return t('demandUnits', { ...values, units: by.format.number(Number(change.units), 3) });
  const pct = Number(change.relative_pct ?? 100) - 100;
  return t(pct < 0 ? 'demandLess' : 'demandMore', { ...values, pct: number(by, Math.abs(pct)) });
}

function ofChangeover(change: ChangeoverChange, by: With): string {
  const { t, names } = by;
  const end = (family: string | null | undefined, item: string | null | undefined) =>
    item ? (names.item(item) ?? t('gone')) : family ? (names.family(family) ?? t('gone')) : t('any');
  const values = { from: end(change.from_family_id, change.from_item_id), to: end(change.to_family_id, change.to_item_id), minutes: number(by, change.minutes) };
  return change.line_id ? t('changeoverAt', { ...values, line: names.line(change.line_id) ?? t('gone') }) : t('changeover', values);
}
