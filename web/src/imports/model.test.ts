import { describe, expect, it } from 'vitest';
import { alike, cellOf, choiceOfColumn, choiceOfSheet, headingOf, letterOf, proposalOf, RECOGNISED, sameMapping, sayColumn, sayHeader, sayMeaning, stepOf, totals, UNUSED, written, yearsAround, type Issue, type Mapping, type Sheet } from './model';

const nothing: Mapping = { sheets: {} };
const issue = (said: Partial<Issue>): Issue => ({ number: 1, severity: 'error', code: 'unknown_line', sheet: 'Compatibilities', row: 7, column: 'B (Line)', found: 'SMT-O1', expected: 'a line', message: '', ...said });

describe('mapping', () => {
  it('keeps only what was said, and forgets it without a trace', () => {
    const said = sayColumn(sayMeaning(nothing, 'Liste', 'lines'), 'Liste', 'C', UNUSED);
    expect(said).toEqual({ sheets: { Liste: { meaning: 'lines', columns: { C: null } } } });
    expect([choiceOfSheet(said, 'Liste'), choiceOfColumn(said, 'Liste', 'C'), choiceOfColumn(said, 'Liste', 'A')]).toEqual(['lines', UNUSED, RECOGNISED]);
    expect(sayMeaning(said, 'Liste', RECOGNISED)).toEqual(nothing);
    expect(sayHeader(sayHeader(nothing, 'Liste', 3), 'Liste', null)).toEqual(nothing);
  });

  it('forgets columns when the sheet means something else', () => {
    const said = sayColumn(sayMeaning(nothing, 'Liste', 'lines'), 'Liste', 'C', 'area');
    expect(sayMeaning(said, 'Liste', UNUSED)).toEqual({ sheets: { Liste: { meaning: '', columns: {} } } });
  });

  it('leaves what it was given as it was', () => {
    const before = sayColumn(nothing, 'A', 'B', 'area');
    const copy = structuredClone(before);
    sayColumn(before, 'A', 'B', 'name');
    expect(before).toEqual(copy);
  });

  it('is the same in whatever order it was said', () => {
    const one = sayColumn(sayColumn(nothing, 'A', 'B', 'area'), 'A', 'C', 'name');
    const other = sayColumn(sayColumn(nothing, 'A', 'C', 'name'), 'A', 'B', 'area');
    expect([sameMapping(one, other), sameMapping(one, nothing)]).toEqual([true, false]);
  });
});

describe('issues', () => {
  it('tell the cell that they are about', () => {
    expect(cellOf(issue({}))).toEqual({ sheet: 'Compatibilities', row: 7, column: 'B' });
    expect([cellOf(issue({ row: null })), cellOf(issue({ column: null })), cellOf(issue({ sheet: '' }))]).toEqual([null, null, null]);
    expect([letterOf('AB'), letterOf('AB (x)'), letterOf('Line'), headingOf('C (Hours (per day))'), headingOf('C')]).toEqual(['AB', 'AB', null, 'Hours (per day)', '']);
  });

  it('tell what the server proposes', () => {
    expect(proposalOf("unknown line 'SMT-O1'; did you mean 'SMT-01'?")).toBe('SMT-01');
    expect(proposalOf("unknown line 'SMT-O1'")).toBeNull();
  });

  it('are alike where the same text stands in the same column', () => {
    const all = [issue({}), issue({ number: 2, row: 9 }), issue({ number: 3, row: 10, found: 'SMT-O2' }), issue({ number: 4, row: 11, column: 'C (Model)' }), issue({ number: 5, row: null })];
    expect(alike(all, all[0]!).map((one) => one.number)).toEqual([2]);
    expect(alike([issue({ found: 'an empty cell' }), issue({ number: 2, found: 'an empty cell' })], issue({ found: 'an empty cell' }))).toEqual([]);
  });
});

describe('where a session stands', () => {
  const at = (state: string, errors = 0) => ({ state, counts: { issues: { error: errors } } });
  const run = (kind: string, state: string) => ({ kind: `planning.${kind}`, state });
  it.each([
    ['reading', at('reading'), undefined],
    ['reading', at('reading'), run('import', 'running')],
    ['unread', at('reading'), run('import', 'failed')],
    ['unread', at('reading'), run('import', 'cancelled')],
    ['broken', at('ready', 2), run('import', 'succeeded')],
    ['ready', at('ready'), run('import', 'succeeded')],
    ['importing', at('ready'), run('import_commit', 'queued')],
    ['importing', at('ready'), run('import_commit', 'succeeded')],
    ['ready', at('ready'), run('import_commit', 'failed')],
    ['imported', at('committed'), run('import_commit', 'succeeded')],
    ['undoing', at('committed'), run('import_undo', 'running')],
    ['undoing', at('committed'), run('import_undo', 'succeeded')],
    ['imported', at('committed'), run('import_undo', 'failed')],
    ['undone', at('undone'), run('import_undo', 'succeeded')],
  ] as const)('%s', (step, session, by) => {
    expect(stepOf(session, by)).toBe(step);
  });
});

it('counts over all kinds', () => {
  const counts = { changes: { line: { created: 2, updated: 1 }, area: { unchanged: 3, left: 4, restored: 5 } } };
  expect(totals(counts)).toEqual({ created: 2, updated: 1, restored: 5, unchanged: 3, left: 4 });
  expect([written(counts), written({})]).toEqual([8, 0]);
});

it('offers the years of the file and those to come', () => {
  const sheet = { columns: [{ heading: '2024' }, { heading: 'FY 2031', meaning: 'volume of 2031' }] } as unknown as Sheet;
  expect(yearsAround([sheet], 2026)).toEqual(['2024', '2025', '2026', '2027', '2028', '2029', '2030', '2031', '2032']);
});
