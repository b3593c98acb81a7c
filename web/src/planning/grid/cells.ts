/**
 * What a grid knows of its cells, without drawing them: values, what may be typed, what a pasted block changes.
 *
 * **Invariant:** a pasted block is taken as a whole or refused as a whole with every wrong cell named.
 */
import { localeOf } from '@/words/locale';
import type { ReactNode } from 'react';
import { readNumber } from '../model/clipboard';

export { decimalMark } from '@/words/locale';

export type CellValue = string | number | boolean | null | undefined;

export interface Column<R> {
  key: string;
  title: string;
  unit?: string | undefined;
  width: number;
  kind: 'text' | 'number' | 'date' | 'yesno' | 'choice';
  /** Stays at the left while the others scroll. */
  frozen?: boolean;
  /** Digits after the decimal mark, shown and taken. */
  decimals?: number;
  min?: number;
  max?: number;
  choices?: readonly { value: string; label: string }[];
  value: (row: R) => CellValue;
  /** What it was before: where it differs, the cell is marked, and deleting goes back to it. */
  was?: (row: R) => CellValue;
  editable?: (row: R) => boolean;
  /** Drawn instead of the plain value. */
  draw?: (row: R) => ReactNode;
  /** Further classes of the cell. */
  look?: (row: R) => string;
  /** Background and such, for heat maps. */
  paint?: (row: R) => { background?: string; color?: string } | undefined;
  /** Said of the cell on hovering and to who does not see it. */
  hint?: (row: R) => string | undefined;
}

export interface CellEdit<R> {
  row: R;
  column: string;
  /** Undefined goes back to what it was. */
  value: CellValue;
}

export type WrongCode = 'number' | 'least' | 'most' | 'whole' | 'date' | 'choice' | 'yesno';

export interface Wrong {
  row: number;
  column: number;
  text: string;
  code: WrongCode;
  limit?: number;
}

const YES = new Set(['yes', 'y', 'true', '1', 'x', 'sí', 'si', 's', 'ja', 'j', 'wahr', 'verdadero', '✓']);
const NO = new Set(['no', 'n', 'false', '0', '', 'nein', 'falsch', 'falso', '-']);

export type Taken = { value: CellValue } | { code: WrongCode; limit?: number };

/** What a typed or pasted text means in a column; an empty one goes back to what was. */
export function take<R>(column: Column<R>, text: string, mark: ',' | '.'): Taken {
  const trimmed = text.trim();
  if (trimmed === '' && column.kind !== 'yesno') return { value: undefined };
  if (column.kind === 'number') return takeNumber(column, trimmed, mark);
  if (column.kind === 'date') return takeDate(trimmed);
  if (column.kind === 'yesno') {
    const word = trimmed.toLowerCase();
    if (YES.has(word)) return { value: true };
    return NO.has(word) ? { value: undefined } : { code: 'yesno' };
  }
  if (column.kind === 'choice') {
    const folded = trimmed.toLowerCase();
    const choice = column.choices?.find((one) => one.value === trimmed || one.label.toLowerCase() === folded);
    return choice ? { value: choice.value } : { code: 'choice' };
  }
  return { value: trimmed };
}

function takeNumber<R>(column: Column<R>, text: string, mark: ',' | '.'): Taken {
  const read = readNumber(text, mark);
  if (!('value' in read)) return { code: 'number' };
  if (column.min !== undefined && read.value < column.min) return { code: 'least', limit: column.min };
  if (column.max !== undefined && read.value > column.max) return { code: 'most', limit: column.max };
  if (column.decimals === 0 && !Number.isInteger(read.value)) return { code: 'whole' };
  return { value: read.value };
}

/** 2028-01-31, 31.01.2028, 31/01/2028. */
function takeDate(text: string): Taken {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const day = /^(\d{1,2})[./](\d{1,2})[./](\d{4})$/.exec(text);
  const parts = iso ? [iso[1], iso[2], iso[3]] : day ? [day[3], day[2], day[1]] : undefined;
  if (!parts) return { code: 'date' };
  const [year, month, date] = parts.map(Number) as [number, number, number];
  const at = new Date(Date.UTC(year, month - 1, date));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== date) return { code: 'date' };
  return { value: at.toISOString().slice(0, 10) };
}

export interface Block {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** What a block of pasted texts changes, or every cell that keeps it from being taken. */
export function pasted<R>(
  rows: readonly R[], columns: readonly Column<R>[], at: { row: number; column: number }, texts: readonly (readonly string[])[], mark: ',' | '.',
): { edits: CellEdit<R>[]; wrong: Wrong[]; skipped: number; block: Block } {
  const edits: CellEdit<R>[] = [];
  const wrong: Wrong[] = [];
  let skipped = 0;
  texts.forEach((line, down) => {
    line.forEach((text, across) => {
      const [row, column] = [rows[at.row + down], columns[at.column + across]];
      if (row === undefined || column === undefined || !isEditable(column, row)) {
        skipped += 1;
        return;
      }
      const taken = take(column, text, mark);
      if ('code' in taken) wrong.push({ row: at.row + down, column: at.column + across, text, ...taken });
      else edits.push({ row, column: column.key, value: taken.value });
    });
  });
  const width = Math.max(1, ...texts.map((line) => line.length));
  const block = {
    top: at.row, left: at.column,
    bottom: Math.min(rows.length - 1, at.row + texts.length - 1), right: Math.min(columns.length - 1, at.column + width - 1),
  };
  return { edits: wrong.length > 0 ? [] : edits, wrong, skipped, block };
}

export function isEditable<R>(column: Column<R>, row: R): boolean {
  return column.editable?.(row) ?? false;
}

/** Whether a cell differs from what it was. */
export function isChanged<R>(column: Column<R>, row: R): boolean {
  if (!column.was) return false;
  const [now, was] = [column.value(row) ?? null, column.was(row) ?? null];
  return typeof now === 'number' && typeof was === 'number' ? Math.abs(now - was) > 1e-9 * Math.max(1, Math.abs(was)) : now !== was;
}

/** A value as people read it. */
export function written<R>(column: Column<R>, value: CellValue, language: string, yes = '✓'): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'number') return numberText(value, language, column.decimals);
  if (typeof value === 'boolean') return value ? yes : '';
  if (column.kind === 'choice') return column.choices?.find((one) => one.value === value)?.label ?? value;
  return value;
}

const formats = new Map<string, Intl.NumberFormat>();

export function numberText(value: number, language: string, decimals?: number): string {
  const key = `${language}/${decimals ?? ''}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: decimals ?? 3 });
    formats.set(key, format);
  }
  return format.format(value);
}
