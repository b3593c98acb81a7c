/** Which time is looked at: a name that stays true tomorrow, or two days. All in the browser's days. */

export interface Range {
  /** ISO 8601 */
  from: string;
  to: string;
}

export const SPANS = ['8h', '24h', 'today', 'yesterday', '7d', '30d'] as const;
export type Span = (typeof SPANS)[number];

const HOUR = 3_600_000;

const midnight = (at: Date, days = 0): Date => new Date(at.getFullYear(), at.getMonth(), at.getDate() + days);

/** `span` is one of the above, or `2026-11-01..2026-11-07` (both days whole). What is neither is the last 24 hours. Ends are whole minutes, so that the same minute asks the same. */
export function rangeOf(span: string, now: Date): Range {
  const end = new Date(Math.ceil(now.getTime() / 60_000) * 60_000);
  const of = (from: Date, to: Date): Range => ({ from: from.toISOString(), to: to.toISOString() });
  const days = /^(\d{4})-(\d{2})-(\d{2})\.\.(\d{4})-(\d{2})-(\d{2})$/.exec(span);
  if (days) {
    const [y1, m1, d1, y2, m2, d2] = days.slice(1).map(Number) as [number, number, number, number, number, number];
    const [from, to] = [new Date(y1, m1 - 1, d1), new Date(y2, m2 - 1, d2 + 1)];
    if (from < to) return of(from, to);
  }
  switch (span) {
    case '8h': return of(new Date(end.getTime() - 8 * HOUR), end);
    case 'today': return of(midnight(now), end);
    case 'yesterday': return of(midnight(now, -1), midnight(now));
    case '7d': return of(midnight(now, -6), end);
    case '30d': return of(midnight(now, -29), end);
    default: return of(new Date(end.getTime() - 24 * HOUR), end);
  }
}

/** A span of time as people say it: `2 h 05 min`, `45 s`. */
export function lasting(seconds: number, units: { h: string; min: string; s: string }): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} ${units.s}`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} ${units.min}`;
  const hours = Math.floor(minutes / 60);
  return hours >= 100 ? `${hours} ${units.h}` : `${hours} ${units.h} ${String(minutes % 60).padStart(2, '0')} ${units.min}`;
}
