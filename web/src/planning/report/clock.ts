/** The times a report is usually wanted at, as the five fields of cron. */
import type { reportWords } from './report.words';

export const DAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN', 'MON-FRI', 'first', 'last'] as const;
export type Day = (typeof DAYS)[number];

/** `0 7 * * MON`: on a weekday, on working days, on the first or last day of the month. */
export function cronOf(day: Day, time: string): string {
  const [hour = 7, minute = 0] = time.split(':').map(Number);
  const clock = `${Number.isFinite(minute) ? minute : 0} ${Number.isFinite(hour) ? hour : 7}`;
  if (day === 'first') return `${clock} 1 * *`;
  if (day === 'last') return `${clock} L * *`;
  return `${clock} * * ${day}`;
}

type Key = keyof (typeof reportWords)['en'];

/** What each of them is called. */
export function daysOf(t: (key: Key) => string): Record<Day, string> {
  const names = t('days').split(',');
  return Object.fromEntries(DAYS.map((day, index) => [day, names[index] ?? day])) as Record<Day, string>;
}
