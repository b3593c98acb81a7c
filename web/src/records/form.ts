/** What a form sends: texts as they were typed become values of the kind's types; what is plainly wrong is said before the server is asked. */
import { isNumeric, valueOf, type Column, type RecordRow } from './kinds';

export type Draft = Record<string, unknown>;

/** What the form begins with: the record's values, or what holds where nothing is said. */
export function draftOf(columns: Column[], record: RecordRow | null, given: Draft = {}): Draft {
  return Object.fromEntries(columns.map((column) => [column.key, column.key in given ? given[column.key] : record ? valueOf(record, column.key) ?? null : column.default ?? null]));
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The members that differ, as a change (RFC 7396); custom values under `fields`. */
export function changesOf(columns: Column[], before: Draft, after: Draft): Record<string, unknown> {
  const change: Record<string, unknown> = {};
  for (const column of columns) {
    if (same(before[column.key], after[column.key])) continue;
    put(change, column.key, after[column.key] ?? null);
  }
  return change;
}

/** All that was said, for a new record: what was left empty is not said, so that defaults hold. */
export function wholeOf(columns: Column[], draft: Draft): Record<string, unknown> {
  const whole: Record<string, unknown> = {};
  for (const column of columns) {
    const value = draft[column.key];
    if (value !== null && value !== undefined && value !== '') put(whole, column.key, value);
  }
  return whole;
}

function put(into: Record<string, unknown>, key: string, value: unknown): void {
  if (!key.startsWith('fields.')) {
    into[key] = value;
    return;
  }
  const fields = (into.fields ??= {}) as Record<string, unknown>;
  fields[key.slice('fields.'.length)] = value;
}

export type Wrong = { word: 'required' | 'notNumber' | 'badForm' } | { word: 'tooSmall' | 'tooLarge' | 'tooLong'; n: string | number };

/** What is plainly wrong with a value; the server knows the rest. */
export function wrongWith(column: Column, value: unknown): Wrong | null {
  const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
  if (empty) return column.required && column.type !== 'boolean' && column.type !== 'list' && (column.default === null || column.default === undefined) ? { word: 'required' } : null;
  if (isNumeric(column)) {
    const number = Number(value);
    if (!Number.isFinite(number) || (column.type === 'integer' && !Number.isInteger(number))) return { word: 'notNumber' };
    if (column.min !== null && column.min !== undefined && number < Number(column.min)) return { word: 'tooSmall', n: String(column.min) };
    if (column.max !== null && column.max !== undefined && number > Number(column.max)) return { word: 'tooLarge', n: String(column.max) };
  }
  if (column.type === 'text' && column.maxLength && String(value).length > column.maxLength) return { word: 'tooLong', n: column.maxLength };
  return null;
}

/** A typed number in JSON: integers as numbers, decimals as texts, which keep all their digits; what is none stays as typed. */
export function numberOf(column: Column, typed: string): unknown {
  const text = typed.trim().replace(/\s/g, '').replace(/,(?=\d+$)/, '.');
  if (text === '') return null;
  if (column.type === 'integer' && /^-?\d+$/.test(text)) return Number(text);
  return text;
}

/** `/fields/floor` ↔ `fields.floor`. */
export const pointerOf = (key: string): string => `/${key.replace(/\./g, '/')}`;
