/**
 * Periods by name: a year, a month, an ISO 8601 week, a day, as the server spells them.
 *
 * **Invariant:** which periods lie between two others is decided by days, exactly as the server does it (any overlap counts).
 */

export interface Span {
  /** First day, counted from 1970-01-01. */
  first: number;
  /** Last day. */
  last: number;
}

const DAY_MS = 86_400_000;

function day(year: number, month: number, date: number): number {
  return Math.round(Date.UTC(year, month - 1, date) / DAY_MS);
}

/** Monday of ISO week 1 is the Monday of the week with 4 January. */
function mondayOfWeekOne(year: number): number {
  const fourth = day(year, 1, 4);
  const weekday = (new Date(fourth * DAY_MS).getUTCDay() + 6) % 7;
  return fourth - weekday;
}

/** The days of a period; none where the calendar has no such period. */
export function span(name: string): Span | undefined {
  const week = /^(\d{4})-W(\d{2})$/.exec(name);
  if (week) {
    const [year, number] = [Number(week[1]), Number(week[2])];
    const first = mondayOfWeekOne(year) + (number - 1) * 7;
    return number >= 1 && first < mondayOfWeekOne(year + 1) ? { first, last: first + 6 } : undefined;
  }
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(name);
  if (!parts) return undefined;
  const year = Number(parts[1]);
  if (parts[2] === undefined) return { first: day(year, 1, 1), last: day(year, 12, 31) };
  const month = Number(parts[2]);
  if (month < 1 || month > 12) return undefined;
  if (parts[3] === undefined) return { first: day(year, month, 1), last: day(year, month + 1, 1) - 1 };
  const date = Number(parts[3]);
  const at = day(year, month, date);
  return new Date(at * DAY_MS).getUTCDate() === date && date >= 1 ? { first: at, last: at } : undefined;
}

/** Names in time order; names that are none of the calendar last. */
export function inOrder(names: Iterable<string>): string[] {
  const key = (name: string) => span(name)?.first ?? Number.POSITIVE_INFINITY;
  return [...new Set(names)].sort((a, b) => key(a) - key(b) || a.localeCompare(b));
}

/** Those of `periods` that overlap what lies from one name to another; open ends are unlimited. */
export function between(periods: readonly string[], from: string | null | undefined, to: string | null | undefined): string[] {
  const first = from ? span(from)?.first : undefined;
  const last = to ? span(to)?.last : undefined;
  return periods.filter((name) => {
    const days = span(name);
    return days !== undefined && (first === undefined || days.last >= first) && (last === undefined || days.first <= last);
  });
}

/** Share of a year's operating days that a period has: days of the period over days of its year. */
export function shareOfYear(name: string): number {
  const days = span(name);
  if (!days) return 0;
  const year = Number(name.slice(0, 4));
  return (days.last - days.first + 1) / (day(year + 1, 1, 1) - day(year, 1, 1));
}

/** A stretch of neighbouring periods with one value. */
export interface Stretch<T> {
  from: string;
  to: string;
  value: T;
}

/** Neighbouring periods with equal values become one stretch. */
export function stretches<T>(periods: readonly string[], value: (period: string) => T | undefined): Stretch<T>[] {
  const found: Stretch<T>[] = [];
  let open: Stretch<T> | undefined;
  for (const period of periods) {
    const at = value(period);
    if (at === undefined) {
      open = undefined;
    } else if (open && Object.is(open.value, at)) {
      open.to = period;
    } else {
      open = { from: period, to: period, value: at };
      found.push(open);
    }
  }
  return found;
}

/** From, to as a scenario stores them: a stretch over all periods leaves both ends open. */
export function ends(periods: readonly string[], stretch: { from: string; to: string }): { from_period: string | null; to_period: string | null } {
  return {
    from_period: stretch.from === periods[0] ? null : stretch.from,
    to_period: stretch.to === periods[periods.length - 1] ? null : stretch.to,
  };
}
