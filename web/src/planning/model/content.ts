/**
 * What a scenario says would be different: types, what it amounts to for one cell of a grid, and edits of such cells.
 *
 * **Invariant:** an edit returns a new content and changes no other cell than those it names; setting a cell back takes its change away.
 * **Invariant:** what is shown here is what the optimizer will read: changes apply in the order of their list, those of the scenario that was
 * cloned first (crates/planning, question/changes.rs).
 */
import type { Schemas } from '@/api/client';
import { between, ends, span, stretches } from './periods';

type Scenario = Schemas['Scenario'];

export type OperatingDays = Scenario['operating_days'][number];
export type LineChange = Scenario['line_changes'][number];
export type NewLine = Scenario['new_lines'][number];
export type CapabilityChange = Scenario['capability_changes'][number];
export type NewCapability = Scenario['new_capabilities'][number];
export type DemandChange = Scenario['demand_changes'][number];
export type ChangeoverChange = Scenario['changeover_changes'][number];
export type Parameters = NonNullable<Scenario['parameters']>;

export interface Content {
  operating_days: OperatingDays[];
  line_changes: LineChange[];
  new_lines: NewLine[];
  capability_changes: CapabilityChange[];
  new_capabilities: NewCapability[];
  demand_changes: DemandChange[];
  changeover_changes: ChangeoverChange[];
  parameters: Parameters | null;
}

export const LISTS = [
  'operating_days',
  'line_changes',
  'new_lines',
  'capability_changes',
  'new_capabilities',
  'demand_changes',
  'changeover_changes',
] as const;

export type List = (typeof LISTS)[number];

export const NOTHING: Content = {
  operating_days: [],
  line_changes: [],
  new_lines: [],
  capability_changes: [],
  new_capabilities: [],
  demand_changes: [],
  changeover_changes: [],
  parameters: null,
};

/** The content within a scenario or a version; absent lists are empty. */
export function contentOf(said: Partial<Content> | null | undefined): Content {
  const content: Content = { ...NOTHING };
  for (const list of LISTS) (content as unknown as Record<List, unknown[]>)[list] = said?.[list] ?? [];
  content.parameters = said?.parameters ?? null;
  return content;
}

/** How many changes it makes; parameters that say something count each. */
export function countOf(content: Content): number {
  const parameters = Object.values(content.parameters ?? {}).filter((value) => value !== null && value !== undefined).length;
  return LISTS.reduce((sum, list) => sum + content[list].length, 0) + parameters;
}

/** A value with its members in one order, and without those that say nothing: the server answers both otherwise than it was told. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, member]) => [name, plain(member)]));
}

/** Whether two contents say the same. */
export function same(a: Content, b: Content): boolean {
  return JSON.stringify(plain(contentOf(a))) === JSON.stringify(plain(contentOf(b)));
}

/** Without one change. */
export function without(content: Content, list: List, index: number): Content {
  return { ...content, [list]: (content[list] as unknown[]).filter((_, at) => at !== index) };
}

// Changes that hold from one period to another.

interface Ranged {
  from_period?: string | null;
  to_period?: string | null;
}

function covers(change: Ranged, period: string): boolean {
  return between([period], change.from_period, change.to_period).length === 1;
}

/** The stretches that are left of a change when one period is taken out of it. */
function around<T extends Ranged>(change: T, periods: readonly string[], period: string): T[] {
  const covered = between(periods, change.from_period, change.to_period);
  const left = stretches(periods, (name) => (name !== period && covered.includes(name) ? true : undefined));
  return left.map((stretch) => {
    // An open end stays open: demand of later years may come.
    const bounds = ends(periods, stretch);
    return {
      ...change,
      from_period: bounds.from_period === null ? (change.from_period ?? null) : bounds.from_period,
      to_period: bounds.to_period === null ? (change.to_period ?? null) : bounds.to_period,
    };
  });
}

// Demand.

export interface ItemKeys {
  family_id?: string | null;
  customer_id?: string | null;
}

function concerns(change: DemandChange, item: string, keys: ItemKeys | undefined): boolean {
  if (change.item_id && change.item_id !== item) return false;
  if (change.family_id && change.family_id !== keys?.family_id) return false;
  return !(change.customer_id && change.customer_id !== keys?.customer_id);
}

/** Units of an item in a period after the changes of a list. Where there is no demand, a percentage of it is none. */
export function demandAfter(units: number | undefined, changes: readonly DemandChange[], item: string, period: string, keys?: ItemKeys): number | undefined {
  let now = units;
  for (const change of changes) {
    if (!concerns(change, item, keys) || !covers(change, period)) continue;
    if (change.units != null) {
      if (change.item_id === item) now = Number(change.units);
    } else if (change.relative_pct != null && now !== undefined) {
      now = (now * Number(change.relative_pct)) / 100;
    }
  }
  return now;
}

export interface DemandEdit {
  item: string;
  period: string;
  /** Units; none to take the change of this cell away. */
  units: number | undefined;
}

/** Demand of single cells; comes after all other changes of the scenario, so that what was typed is what counts. */
export function editDemand(content: Content, periods: readonly string[], edits: readonly DemandEdit[]): Content {
  let changes = content.demand_changes;
  for (const edit of edits) {
    const parted = changes.flatMap((change) =>
      change.item_id === edit.item && change.units != null && covers(change, edit.period) ? around(change, periods, edit.period) : [change],
    );
    changes = parted;
    if (edit.units !== undefined) {
      const bounds = { from_period: edit.period, to_period: edit.period };
      changes = [...changes, { item_id: edit.item, family_id: null, customer_id: null, ...bounds, relative_pct: null, units: decimal(edit.units) }];
    }
  }
  return { ...content, demand_changes: compactDemand(changes, periods) };
}

/** Neighbouring cells of an item with the same units become one change, where nothing stands between them in the list. */
function compactDemand(changes: readonly DemandChange[], periods: readonly string[]): DemandChange[] {
  const found: DemandChange[] = [];
  const mergeable = (change: DemandChange) => change.item_id && change.units != null && change.from_period && change.to_period;
  for (const change of changes) {
    const before = found[found.length - 1];
    const adjacent =
      before && mergeable(before) && mergeable(change) && before.item_id === change.item_id && before.units === change.units
        ? follows(periods, before.to_period!, change.from_period!)
        : false;
    if (adjacent) found[found.length - 1] = { ...before!, to_period: change.to_period };
    else found.push(change);
  }
  return found;
}

function follows(periods: readonly string[], before: string, after: string): boolean {
  const at = periods.indexOf(before);
  return at >= 0 && periods[at + 1] === after;
}

/** A decimal as the server reads it: digits, no exponent, no more than six places. */
export function decimal(value: number, places = 6): string {
  const fixed = value.toFixed(places);
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}

// Lines.

/** What of a line may differ by period. */
export type LineByPeriod = 'available_s_per_day' | 'days_per_year' | 'maintenance_h' | 'more_hours_per_day';
/** What of a line differs for all periods or not at all. */
export type LineWhole = 'overtime_s_per_day' | 'relative_efficiency_pct' | 'relative_cycle_time_pct';

const BY_PERIOD: readonly LineByPeriod[] = ['available_s_per_day', 'days_per_year', 'maintenance_h', 'more_hours_per_day'];
const WHOLE: readonly LineWhole[] = ['overtime_s_per_day', 'relative_efficiency_pct', 'relative_cycle_time_pct'];

export const NO_LINE_CHANGE: Omit<LineChange, 'line_id'> = {
  from_period: null,
  to_period: null,
  closed: false,
  available_s_per_day: null,
  overtime_s_per_day: null,
  shift_pattern_id: null,
  more_hours_per_day: null,
  days_per_year: null,
  relative_efficiency_pct: null,
  relative_cycle_time_pct: null,
  maintenance_h: null,
};

function saysNothing(change: LineChange): boolean {
  return !change.closed && !change.shift_pattern_id && [...BY_PERIOD, ...WHOLE].every((attribute) => change[attribute] == null);
}

/** Hours on an operating day of a line in a period; none where they come from shifts that nobody here counts. */
export function hoursAfter(hours: number | undefined, changes: readonly LineChange[], line: string, period: string): number | undefined {
  let now = hours;
  for (const change of changes) {
    if (change.line_id !== line || !covers(change, period)) continue;
    if (change.available_s_per_day != null) now = change.available_s_per_day / 3600;
    if (change.shift_pattern_id) now = undefined;
    if (change.more_hours_per_day != null && now !== undefined) now = Math.min(24, Math.max(0, now + Number(change.more_hours_per_day)));
  }
  return now;
}

/** What the last change of a list says of an attribute of a line in a period. */
export function lineSays(changes: readonly LineChange[], line: string, period: string | null, attribute: LineByPeriod | LineWhole): number | undefined {
  let said: number | undefined;
  for (const change of changes) {
    if (change.line_id !== line || change[attribute] == null) continue;
    if (period !== null && !covers(change, period)) continue;
    said = Number(change[attribute]);
  }
  return said;
}

/** The product of all that a list says of a relative attribute: 90 % and 90 % are 81 %. */
export function relativeAfter(changes: readonly LineChange[], line: string, attribute: 'relative_efficiency_pct' | 'relative_cycle_time_pct'): number {
  return changes
    .filter((change) => change.line_id === line && change[attribute] != null)
    .reduce((product, change) => (product * Number(change[attribute])) / 100, 100);
}

export function closedIn(changes: readonly LineChange[], line: string, period: string): boolean {
  return changes.some((change) => change.line_id === line && change.closed && covers(change, period));
}

export interface LineEdit {
  line: string;
  /** None for all periods. */
  period: string | null;
  attribute: LineByPeriod | LineWhole;
  value: number | undefined;
}

const WHOLE_NUMBERS = new Set<string>(['available_s_per_day', 'overtime_s_per_day', 'days_per_year']);

export function editLines(content: Content, periods: readonly string[], edits: readonly LineEdit[]): Content {
  let changes = content.line_changes;
  for (const { line, period, attribute, value } of edits) {
    changes = changes.flatMap((change) => {
      if (change.line_id !== line || change[attribute] == null) return [change];
      if (period === null) return drop(change, attribute);
      if (!covers(change, period)) return [change];
      return partLine(change, periods, period, attribute);
    });
    if (value !== undefined) {
      const said = WHOLE_NUMBERS.has(attribute) ? Math.round(value) : decimal(value, 3);
      changes = [...changes, { ...NO_LINE_CHANGE, line_id: line, from_period: period, to_period: period, [attribute]: said }];
    }
  }
  return { ...content, line_changes: compactLines(changes, periods) };
}

function drop(change: LineChange, attribute: LineByPeriod | LineWhole): LineChange[] {
  const rest = { ...change, [attribute]: null };
  return saysNothing(rest) ? [] : [rest];
}

/** A change without one attribute in one period; what it says for all periods stays with all periods. */
function partLine(change: LineChange, periods: readonly string[], period: string, attribute: LineByPeriod | LineWhole): LineChange[] {
  const only = { ...NO_LINE_CHANGE, line_id: change.line_id, from_period: change.from_period ?? null, to_period: change.to_period ?? null };
  const pieces = around({ ...only, [attribute]: change[attribute] } as LineChange, periods, period);
  return [...drop(change, attribute), ...pieces];
}

function compactLines(changes: readonly LineChange[], periods: readonly string[]): LineChange[] {
  const found: LineChange[] = [];
  const key = (change: LineChange) => JSON.stringify({ ...change, from_period: null, to_period: null });
  for (const change of changes) {
    const before = found[found.length - 1];
    const adjacent = before?.to_period && change.from_period && key(before) === key(change) && follows(periods, before.to_period, change.from_period);
    if (adjacent) found[found.length - 1] = { ...before!, to_period: change.to_period };
    else found.push(change);
  }
  return found;
}

// Operating days.

/** Operating days by the year of an area in a period. */
export function daysAfter(days: number | undefined, changes: readonly OperatingDays[], area: string, period: string): number | undefined {
  let now = days;
  for (const change of changes) if ((!change.area_id || change.area_id === area) && covers(change, period)) now = change.days_per_year;
  return now;
}

export interface DaysEdit {
  /** None for all areas. */
  area: string | null;
  period: string;
  days: number | undefined;
}

export function editDays(content: Content, periods: readonly string[], edits: readonly DaysEdit[]): Content {
  let changes = content.operating_days;
  for (const edit of edits) {
    const owned = (change: OperatingDays) => (change.area_id ?? null) === edit.area && covers(change, edit.period);
    changes = changes.flatMap((change) => (owned(change) ? around(change, periods, edit.period) : [change]));
    if (edit.days !== undefined) {
      changes = [...changes, { area_id: edit.area, from_period: edit.period, to_period: edit.period, days_per_year: Math.round(edit.days) }];
    }
  }
  const found: OperatingDays[] = [];
  for (const change of changes) {
    const before = found[found.length - 1];
    const alike = before && (before.area_id ?? null) === (change.area_id ?? null) && before.days_per_year === change.days_per_year;
    if (alike && before.to_period && change.from_period && follows(periods, before.to_period, change.from_period)) {
      found[found.length - 1] = { ...before, to_period: change.to_period };
    } else {
      found.push(change);
    }
  }
  return { ...content, operating_days: found };
}

// Capabilities.

export type CapabilityAttribute = 'cycle_time_s' | 'efficiency_pct' | 'first_pass_yield_pct' | 'priority' | 'approved_from' | 'approved_to' | 'removed';

export interface CapabilityEdit {
  capability: string;
  attribute: CapabilityAttribute;
  value: number | string | boolean | undefined;
}

export const NO_CAPABILITY_CHANGE: Omit<CapabilityChange, 'capability_id'> = {
  removed: false,
  cycle_time_s: null,
  efficiency_pct: null,
  first_pass_yield_pct: null,
  priority: null,
  approved: null,
  approved_from: null,
  approved_to: null,
};

/** What lists of changes say of a capability together: the last one that says something of a member. */
export function capabilitySays(changes: readonly CapabilityChange[], capability: string): CapabilityChange | undefined {
  let said: CapabilityChange | undefined;
  for (const change of changes) {
    if (change.capability_id !== capability) continue;
    const values = Object.entries(change).filter(([, value]) => value !== null && value !== undefined && value !== false);
    said = { ...(said ?? { ...NO_CAPABILITY_CHANGE, capability_id: capability }), ...Object.fromEntries(values) };
  }
  return said;
}

export function editCapabilities(content: Content, edits: readonly CapabilityEdit[]): Content {
  const order: string[] = [];
  const byId = new Map<string, CapabilityChange>();
  for (const change of content.capability_changes) {
    if (!byId.has(change.capability_id)) order.push(change.capability_id);
    byId.set(change.capability_id, capabilitySays(content.capability_changes, change.capability_id)!);
  }
  for (const { capability, attribute, value } of edits) {
    if (!byId.has(capability)) order.push(capability);
    const before = byId.get(capability) ?? { ...NO_CAPABILITY_CHANGE, capability_id: capability };
    byId.set(capability, { ...before, [attribute]: written(attribute, value) });
  }
  const says = (change: CapabilityChange) =>
    Object.entries(change).some(([name, value]) => name !== 'capability_id' && value !== null && value !== undefined && value !== false);
  return { ...content, capability_changes: order.map((id) => byId.get(id)!).filter(says) };
}

function written(attribute: CapabilityAttribute, value: number | string | boolean | undefined): unknown {
  if (attribute === 'removed') return value === true;
  if (value === undefined) return null;
  if (attribute === 'priority') return Math.round(Number(value));
  return typeof value === 'number' ? decimal(value, attribute === 'cycle_time_s' ? 6 : 3) : value;
}

// Changeovers.

export type ChangeoverKey = Pick<ChangeoverChange, 'line_id' | 'from_family_id' | 'to_family_id' | 'from_item_id' | 'to_item_id'>;

export function changeoverKey(of: ChangeoverKey): string {
  return [of.line_id, of.from_family_id, of.to_family_id, of.from_item_id, of.to_item_id].map((id) => id ?? '').join('|');
}

export function editChangeover(content: Content, of: ChangeoverKey, minutes: number | undefined): Content {
  const rest = content.changeover_changes.filter((change) => changeoverKey(change) !== changeoverKey(of));
  if (minutes === undefined) return { ...content, changeover_changes: rest };
  const { line_id, from_family_id, to_family_id, from_item_id, to_item_id } = of;
  const change = { line_id, from_family_id, to_family_id, from_item_id, to_item_id, minutes: decimal(minutes, 2) };
  return { ...content, changeover_changes: [...rest, change] };
}

// Parameters.

/** Parameters of a chain: of each the last that says something. */
export function parametersOf(chain: readonly Content[]): Partial<Parameters> {
  const merged: Record<string, unknown> = {};
  for (const content of chain) {
    for (const [name, value] of Object.entries(content.parameters ?? {})) if (value !== null && value !== undefined) merged[name] = value;
  }
  return merged as Partial<Parameters>;
}

export function editParameter(content: Content, name: keyof Parameters, value: unknown): Content {
  const parameters = { ...(content.parameters ?? {}), [name]: value ?? null } as Parameters;
  const says = Object.values(parameters).some((one) => one !== null && one !== undefined);
  return { ...content, parameters: says ? parameters : null };
}

/** Whether a text names a period of the calendar. */
export const isPeriod = (name: string): boolean => span(name) !== undefined;
