/** Numbers, days and times as people read them. */
import { useMemo } from 'react';
import { useLanguage } from '@/words';
import { localeOf } from '@/words/locale';

export interface Format {
  /** A whole number: units. */
  whole: (value: number) => string;
  /** With as many decimals as tell something: hours, prices. */
  number: (value: number, digits?: number) => string;
  /** A percentage, without its sign. */
  pct: (value: number) => string;
  /** A difference, with its sign. */
  signed: (value: number, digits?: number) => string;
  /** Shortened for narrow places: 21.6 M. */
  short: (value: number) => string;
  /** A day, of an instant or by itself (YYYY-MM-DD); that is the same day in every time zone. */
  date: (iso: string) => string;
  /** By the clock of whoever reads it, or of a place (`America/Hermosillo`). */
  dateTime: (iso: string, zone?: string) => string;
  /** How long ago: 3 minutes ago. */
  ago: (iso: string, now?: number) => string;
}

const made = new Map<string, Format>();

export function formatOf(language: string): Format {
  const known = made.get(language);
  if (known) return known;
  const locale = localeOf(language);
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumSignificantDigits: 3 });
  const byDigits = new Map<number, Intl.NumberFormat>();
  const digits = (count: number) => {
    const there = byDigits.get(count) ?? new Intl.NumberFormat(locale, { maximumFractionDigits: count });
    byDigits.set(count, there);
    return there;
  };
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const byZone = new Map<string | undefined, Intl.DateTimeFormat>();
  const clockOf = (zone: string | undefined) => {
    const there = byZone.get(zone) ?? new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone });
    byZone.set(zone, there);
    return there;
  };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const usual = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
  const minus = (text: string) => text.replace('-', '−');
  const format: Format = {
    whole: (value) => minus(whole.format(Math.round(value) || 0)),
    number: (value, count) => minus(digits(count ?? usual(value)).format(value)),
    pct: (value) => minus((Math.abs(value) >= 99.95 && Math.abs(value) < 100.05) || Math.abs(value) < 0.05 ? whole.format(value) : tenth.format(value)),
    signed: (value, count) => (value > 0 ? '+' : '') + minus(digits(count ?? usual(value)).format(value)),
    short: (value) => minus(Math.abs(value) < 10_000 ? whole.format(value) : short.format(value)),
    date: (iso) => date.format(new Date(/^\d{4}-\d{2}-\d{2}$/.test(iso) ? `${iso}T12:00:00` : iso)),
    dateTime: (iso, zone) => clockOf(zone).format(new Date(iso)),
    ago: (iso, now = Date.now()) => {
      const seconds = (new Date(iso).getTime() - now) / 1000;
      const steps: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60]];
      for (const [unit, size] of steps) if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
      return relative.format(0, 'minute');
    },
  };
  made.set(language, format);
  return format;
}

export function useFormat(): Format {
  const language = useLanguage();
  return useMemo(() => formatOf(language), [language]);
}
