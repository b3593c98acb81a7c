/**
 * What spreadsheets put on the clipboard, and numbers as people type them.
 *
 * **Invariant:** reading what was written gives the same cells, also where cells hold tabs, quotes or line breaks.
 */

/** Cells of a text with tabs between columns and breaks between rows, as Excel and LibreOffice copy them. */
export function readCells(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]!;
    if (quoted) {
      if (letter === '"' && text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else if (letter === '"') {
        quoted = false;
      } else {
        cell += letter;
      }
    } else if (letter === '"' && cell === '') {
      quoted = true;
    } else if (letter === '\t') {
      row.push(cell);
      cell = '';
    } else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && text[at + 1] === '\n') at += 1;
      row.push(cell);
      rows.push(row);
      row = [];
      cell = '';
    } else {
      cell += letter;
    }
  }
  if (cell !== '' || row.length > 0) {
    row.push(cell);
    rows.push(row);
  }
  return rows;
}

/** Cells as a text that spreadsheets paste. */
export function writeCells(cells: readonly (readonly string[])[]): string {
  const one = (cell: string) => (/[\t\n\r"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return cells.map((row) => row.map(one).join('\t')).join('\n');
}

/** Repeats copied cells over a larger selection, as spreadsheets do: only where it fits a whole number of times. */
export function spread(cells: readonly (readonly string[])[], rows: number, columns: number): string[][] {
  const height = cells.length;
  const width = Math.max(0, ...cells.map((row) => row.length));
  if (height === 0 || width === 0) return [];
  const tall = rows > height && rows % height === 0 ? rows : height;
  const wide = columns > width && columns % width === 0 ? columns : width;
  return Array.from({ length: tall }, (_, row) => Array.from({ length: wide }, (_, column) => cells[row % height]?.[column % width] ?? ''));
}

export type Parsed = { value: number } | { empty: true } | { wrong: true };

/**
 * A number as typed or pasted. Groups and decimal marks are those of the language; where a text can only be meant the other way
 * round (`1,234.5` in German), it is read that way. Currency signs, percent and non-breaking blanks are overlooked.
 */
export function readNumber(text: string, decimalMark: ',' | '.'): Parsed {
  const plain = plainNumber(text, decimalMark);
  return plain === null ? { wrong: true } : plain === '' ? { empty: true } : { value: Number(plain) };
}

/** The same, with all the digits that were typed, as programs write it; empty where nothing was typed, null where it is no number. */
export function plainNumber(text: string, decimalMark: ',' | '.'): string | null {
  const bare = text.replace(/[\s\u00a0\u202f'’%€$]/g, '').replace(/^\((.*)\)$/, '-$1').replace(/^[−–]/, '-');
  if (bare === '') return '';
  const lastComma = bare.lastIndexOf(',');
  const lastPoint = bare.lastIndexOf('.');
  let mark: ',' | '.' = decimalMark;
  if (lastComma >= 0 && lastPoint >= 0) {
    mark = lastComma > lastPoint ? ',' : '.';
  } else {
    const only = lastComma >= 0 ? ',' : '.';
    const parts = bare.split(only);
    // Several marks of one kind are groups; one mark that is not followed by three digits, or follows a nought, is decimal, whatever the language.
    if (parts.length > 2) mark = only === ',' ? '.' : ',';
    else if (parts.length === 2 && (parts[1]!.length !== 3 || /^[+-]?0*$/.test(parts[0]!))) mark = only;
  }
  const group = mark === ',' ? '.' : ',';
  const [whole, ...fractions] = bare.split(mark);
  if (fractions.length > 1) return null;
  const groups = whole!.replace(/^[+-]/, '').split(group);
  if (groups.length > 1 && groups.slice(1).some((digits) => digits.length !== 3)) return null;
  const plain = `${whole!.replaceAll(group, '')}${fractions.length === 1 ? `.${fractions[0]}` : ''}`;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? plain : null;
}
