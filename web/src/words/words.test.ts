import { describe, expect, it } from 'vitest';
import { fill } from './fill';
import { LANGUAGES } from './language';

type Dictionary = Record<string, Record<string, string>>;

const modules = import.meta.glob<Record<string, unknown>>('../**/*.words.ts', { eager: true });
const dictionaries = Object.entries(modules).flatMap(([file, exports]) =>
  Object.entries(exports)
    .filter(([, value]) => typeof value === 'object' && value !== null && 'en' in value)
    .map(([name, value]) => [`${file} ${name}`, value as Dictionary] as const),
);

/** Names of values and of choices by number, in any order. */
const placeholders = (sentence: string): string => [...sentence.matchAll(/\{(\w+)(\|)?/g)].map((match) => match[1]).sort().join();

describe('words', () => {
  it('are found', () => expect(dictionaries.length).toBeGreaterThan(3));

  it.each(dictionaries)('%s: every language says everything, with the same values', (_, dictionary) => {
    const english = dictionary.en ?? {};
    for (const language of Object.keys(LANGUAGES)) {
      const words = dictionary[language] ?? {};
      expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
      for (const [key, sentence] of Object.entries(words)) {
        expect(sentence.trim(), `${language}.${key}`).not.toBe('');
        expect(sentence, `${language}.${key} has a value within a choice, which is not filled`).not.toMatch(/\{\w+\|[^}]*\{/);
        expect(placeholders(sentence), `${language}.${key}`).toBe(placeholders(english[key] ?? ''));
      }
    }
  });

  it('titles of pages and groups are said in every language', async () => {
    const { pages, links } = await import('../pages/registry');
    for (const { title } of [...pages, ...links]) for (const language of Object.keys(LANGUAGES)) expect(title[language as keyof typeof LANGUAGES]).toBeTruthy();
  });
});

describe('fill', () => {
  it.each([
    ['{n|# line|# lines}', { n: 1 }, 'en', '1 line'],
    ['{n|# line|# lines}', { n: 0 }, 'en', '0 lines'],
    ['{n|# Zeile|# Zeilen}', { n: 12345 }, 'de', '12.345 Zeilen'],
    ['{n|# línea|# líneas}', { n: 12345 }, 'es', '12,345 líneas'],
    ['{a} of {b}', { a: 1, b: 'x' }, 'en', '1 of x'],
    ['{unknown} stays', { a: 1 }, 'en', '{unknown} stays'],
  ])('%s', (sentence, values, language, expected) => expect(fill(sentence, values as unknown as Record<string, string | number>, language)).toBe(expected));
});
