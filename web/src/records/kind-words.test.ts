import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import de from './kind-words.de';
import es from './kind-words.es';

interface Property {
  description?: string;
  readOnly?: boolean;
}

interface Document {
  paths: Record<string, Record<string, { 'x-kind'?: string }>>;
  components: { schemas: Record<string, { properties?: Record<string, Property> }> };
}

const document = JSON.parse(readFileSync(new URL('../../../openapi.json', import.meta.url), 'utf8')) as Document;

const camel = (name: string): string => name.split('_').map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join('');

/** What the fields of every kind mean, as its forms show it. Groups of a scenario have a workbench of their own. */
const meanings = Object.values(document.paths)
  .flatMap((operations) => Object.values(operations).map((operation) => operation['x-kind']))
  .filter((name): name is string => name !== undefined && name !== 'scenario')
  .flatMap((name) => Object.entries(document.components.schemas[camel(name)]?.properties ?? {}))
  .filter(([name, property]) => name !== 'fields' && !property.readOnly && property.description)
  .map(([, property]) => property.description as string);

describe('kinds and fields', () => {
  it('are found in the document of the API', () => expect(new Set(meanings).size).toBeGreaterThan(80));

  it('are said in both languages alike', () => expect(Object.keys(es).sort()).toEqual(Object.keys(de).sort()));

  it.each([['de', de], ['es', es]] as const)('what every field means is said in %s', (_, words) => {
    expect([...new Set(meanings)].filter((meaning) => !(meaning in words))).toEqual([]);
  });
});
