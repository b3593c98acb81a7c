import { describe, expect, it } from 'vitest';
import { changesOf, draftOf, numberOf, wholeOf, wrongWith } from './form';
import type { Column, RecordRow } from './kinds';
import { asked, filtersOf, parameterOf } from './search';

const column = (key: string, more: Partial<Column> = {}): Column => ({
  key, title: key, doc: '', type: 'text', reference: null, choices: [], unit: null, required: false, immutable: false, readOnly: false, custom: key.startsWith('fields.'),
  typeList: null, decimals: null, min: null, max: null, maxLength: null, pattern: null, default: null, members: [], ...more,
});
const columns = [column('name', { required: true }), column('life', { type: 'integer', min: 1, max: 10 }), column('fields.floor')];
const record = { id: '1', version: 3, name: 'Line 4', life: 5, fields: { floor: 'west' } } as unknown as RecordRow;

describe('a change', () => {
  it('says only what differs, custom values under fields', () => {
    const before = draftOf(columns, record);
    expect(changesOf(columns, before, { ...before, life: 6, 'fields.floor': 'east' })).toEqual({ life: 6, fields: { floor: 'east' } });
    expect(changesOf(columns, before, { ...before })).toEqual({});
    expect(changesOf(columns, before, { ...before, 'fields.floor': null })).toEqual({ fields: { floor: null } });
  });

  it('of a new record says what was entered, so that defaults hold for the rest', () => {
    expect(wholeOf(columns, { name: 'New', life: null, 'fields.floor': '' })).toEqual({ name: 'New' });
  });
});

describe('what is plainly wrong', () => {
  it.each([
    [column('name', { required: true }), '', 'required'],
    [column('life', { type: 'integer', min: 1 }), 0, 'tooSmall'],
    [column('life', { type: 'integer', max: 10 }), 11, 'tooLarge'],
    [column('life', { type: 'integer' }), '1.5', 'notNumber'],
    [column('life', { type: 'decimal' }), 'many', 'notNumber'],
    [column('name', { maxLength: 3 }), 'abcd', 'tooLong'],
  ])('is said: %#', (of, value, word) => expect(wrongWith(of, value)?.word).toBe(word));

  it('and nothing else', () => {
    expect(wrongWith(column('life', { type: 'decimal', min: 0 }), '0.5')).toBeNull();
    expect(wrongWith(column('name', { required: true, default: 'x' }), null)).toBeNull();
  });
});

describe('a typed number', () => {
  it.each([
    ['1 234,5', 'decimal', '1234.5'],
    ['12', 'integer', 12],
    ['', 'integer', null],
    ['0.10', 'decimal', '0.10'],
    ['x', 'integer', 'x'],
  ])('%s', (typed, type, expected) => expect(numberOf(column('n', { type }), typed)).toEqual(expected));
});

describe('an address', () => {
  it('holds filters in the words of the API, and our own beside them', () => {
    const search = { q: 'smt', sort: '-name', 'name[contains]': 'x', area_id: '7', columns: 'name', 'fields.floor[ne]': 'w' };
    expect(filtersOf(search)).toEqual([
      { key: 'name', operator: 'contains', value: 'x' },
      { key: 'area_id', operator: 'eq', value: '7' },
      { key: 'fields.floor', operator: 'ne', value: 'w' },
    ]);
    expect(filtersOf(search).map(parameterOf)).toEqual(['name[contains]', 'area_id', 'fields.floor[ne]']);
    expect(asked(search)).not.toHaveProperty('columns');
  });
});
