import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ruleWords } from './rules.words';

it('every rule of the page about the shop floor is told in the words of whoever works there', () => {
  const page = readFileSync(new URL('../../../docs/shop-floor.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('| what happened | becomes |'), page.indexOf('Instants of the device'));
  const rules = [...table.matchAll(/\| `?(?:adjusted|refused)`?(.*)\|/g)].flatMap((row) => [...(row[1] ?? '').matchAll(/`([a-z_]+)`/g)].map((code) => code[1]!));
  expect(rules.length).toBeGreaterThan(25);
  expect(rules.filter((rule) => !(rule in ruleWords.en))).toEqual([]);
});
