/**
 * Fills a sentence: `{name}` is a value, `{n|one line|# lines}` chooses by number (`#` is the number, as the language writes it).
 */
import { localeOf } from './locale';

export type Values = Record<string, string | number>;

export function fill(sentence: string, values: Values | undefined, language: string): string {
  if (!values) return sentence;
  return sentence.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, other?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    const written = typeof value === 'number' ? value.toLocaleString(localeOf(language)) : value;
    if (one === undefined || other === undefined) return written;
    const rule = new Intl.PluralRules(language).select(Number(value));
    return (rule === 'one' ? one : other).replace('#', written);
  });
}
