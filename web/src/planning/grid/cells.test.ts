import { describe, expect, it } from 'vitest';
import { plainNumber, readCells, readNumber, spread, writeCells } from '../model/clipboard';
import { isChanged, pasted, take, type Column } from './cells';

describe('the clipboard', () => {
  it('reads what Excel copies, and writes what it reads', () => {
    const cells = [['Model', '2026'], ['A "big" one', '1,5'], ['two\nlines', 'tab\there'], ['', '']];
    expect(readCells(writeCells(cells))).toEqual(cells);
    expect(readCells('a\tb\r\nc\td\r\n')).toEqual([['a', 'b'], ['c', 'd']]);
    expect(readCells('')).toEqual([]);
  });

  it('repeats a block over a selection only where it fits', () => {
    expect(spread([['1']], 2, 2)).toEqual([['1', '1'], ['1', '1']]);
    expect(spread([['1', '2']], 3, 3)).toEqual([['1', '2'], ['1', '2'], ['1', '2']]);
    expect(spread([['1'], ['2']], 3, 1)).toEqual([['1'], ['2']]);
  });

  it.each([
    ['1,234.5', '.', 1234.5], ['1.234,5', ',', 1234.5], ['1,234.5', ',', 1234.5], ['1.234,5', '.', 1234.5], ['1,234', '.', 1234], ['1.234', ',', 1234], ['12,5', '.', 12.5], ['1,234,567', ',', 1_234_567], ['1 234', '.', 1234],
    ['-3', '.', -3], ['−3', '.', -3], ['(3)', '.', -3], ['12 %', '.', 12], ['0,000', ',', 0], ['0,125', '.', 0.125], ['0.125', ',', 0.125], ['1e3', '.', 1000],
  ] as const)('reads %s with decimal mark %s', (text, mark, value) => expect(readNumber(text, mark)).toEqual({ value }));

  it.each([['1,200', '.', '1200'], ['1.200', ',', '1200'], ['1.200', '.', '1.200'], ['0,100000', ',', '0.100000'], [' ', '.', ''], ['x', '.', null]] as const)('writes %s with decimal mark %s as programs do', (text, mark, plain) => expect(plainNumber(text, mark)).toBe(plain));

  it.each(['abc', '1.2.3,4,5', '12,34,56', '--1', '1-2'])('does not take %s for a number', (text) => expect(readNumber(text, '.')).toEqual({ wrong: true }));
});

interface Row { name: string; units: number | undefined; day: string | null }

const columns: Column<Row>[] = [
  { key: 'name', title: 'Name', kind: 'text', width: 100, value: (row) => row.name },
  { key: 'units', title: 'Units', kind: 'number', width: 100, min: 0, max: 1000, decimals: 0, value: (row) => row.units, was: () => 5, editable: () => true },
  { key: 'day', title: 'Day', kind: 'date', width: 100, value: (row) => row.day, editable: () => true },
];
const rows: Row[] = [{ name: 'a', units: 5, day: null }, { name: 'b', units: 6, day: null }];

describe('pasting', () => {
  it('takes a block, leaves out what cannot be changed, and goes back where a cell is empty', () => {
    const taken = pasted(rows, columns, { row: 0, column: 0 }, [['x', '7', '31.01.2028'], ['y', '', '2028-02-29']], '.');
    expect(taken.wrong).toEqual([]);
    expect(taken.skipped).toBe(2);
    expect(taken.edits.map((edit) => [edit.row.name, edit.column, edit.value])).toEqual([['a', 'units', 7], ['a', 'day', '2028-01-31'], ['b', 'units', undefined], ['b', 'day', '2028-02-29']]);
  });

  it('refuses the whole block and names every wrong cell', () => {
    const taken = pasted(rows, columns, { row: 0, column: 1 }, [['7', '2027-02-29'], ['1001', 'soon']], '.');
    expect(taken.edits).toEqual([]);
    expect(taken.wrong.map((one) => [one.row, one.column, one.code])).toEqual([[0, 2, 'date'], [1, 1, 'most'], [1, 2, 'date']]);
  });

  it('ends at the edge of the grid', () => {
    const taken = pasted(rows, columns, { row: 1, column: 2 }, [['2028-01-01', 'beyond'], ['2028-01-01']], '.');
    expect([taken.edits.length, taken.skipped]).toEqual([1, 2]);
  });
});

describe('cells', () => {
  it('say what keeps a text from being taken', () => {
    const [, units, day] = columns as [Column<Row>, Column<Row>, Column<Row>];
    expect([take(units, '-1', '.'), take(units, '1.5', '.'), take(units, 'x', '.'), take(day, '2027-13-01', '.')]).toEqual([{ code: 'least', limit: 0 }, { code: 'whole' }, { code: 'number' }, { code: 'date' }]);
    const yes: Column<Row> = { key: 'y', title: '', kind: 'yesno', width: 1, value: () => false };
    expect(['sí', 'Ja', 'x', 'no', ''].map((text) => take(yes, text, '.'))).toEqual([{ value: true }, { value: true }, { value: true }, { value: undefined }, { value: undefined }]);
  });

  it('are changed where they differ from what was, not by rounding', () => {
    expect([isChanged(columns[1]!, rows[0]!), isChanged(columns[1]!, rows[1]!), isChanged(columns[1]!, { ...rows[0]!, units: 5 + 1e-12 })]).toEqual([false, true, false]);
  });
});
