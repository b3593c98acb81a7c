/**
 * What somebody says about a file that is being brought in: what sheets and columns mean, and cells that are read otherwise.
 *
 * **Invariant:** what is not said stays as it was recognised: choosing "as recognised" leaves no trace in the mapping.
 */

/** How a column was understood; `confidence` is 0 to 1, absent where it is not used. */
export interface Column {
  letter: string;
  heading: string;
  meaning: string | null;
  confidence: number | null;
}

export interface Sheet {
  sheet: string;
  meaning: string | null;
  confidence: number | null;
  /** The row of its headings as Excel counts. */
  header_row: number | null;
  rows: number;
  columns: Column[];
  /** Why it was not used. */
  ignored: string | null;
}

export interface SheetMapping {
  /** What it holds; '' for nothing that is wanted; absent as recognised. */
  meaning?: string;
  header_row?: number;
  /** By letter; null for a column that is not wanted. */
  columns: Record<string, string | null>;
}

export interface Mapping {
  sheets: Record<string, SheetMapping>;
}

export interface Cell {
  sheet: string;
  row: number;
  column: string;
  value: string | number | boolean | null;
}

/** Choices of a select that are no meaning. */
export const RECOGNISED = '=';
export const UNUSED = '-';

const isEmpty = (of: SheetMapping): boolean => of.meaning === undefined && of.header_row === undefined && Object.keys(of.columns).length === 0;

function withSheet(mapping: Mapping, sheet: string, of: SheetMapping): Mapping {
  const sheets = { ...mapping.sheets };
  if (isEmpty(of)) delete sheets[sheet];
  else sheets[sheet] = of;
  return { sheets };
}

const saidOf = (mapping: Mapping, sheet: string): SheetMapping => ({ ...mapping.sheets[sheet], columns: { ...mapping.sheets[sheet]?.columns } });

/** Says what a sheet holds. Its columns mean something else then, so what was said of them goes. */
export function sayMeaning(mapping: Mapping, sheet: string, choice: string): Mapping {
  const { meaning: _, ...rest } = saidOf(mapping, sheet);
  if (choice === RECOGNISED) return withSheet(mapping, sheet, { ...rest, columns: {} });
  return withSheet(mapping, sheet, { ...rest, meaning: choice === UNUSED ? '' : choice, columns: {} });
}

/** Says what a column holds. A sheet that was not used before needs its own meaning first. */
export function sayColumn(mapping: Mapping, sheet: string, letter: string, choice: string): Mapping {
  const of = saidOf(mapping, sheet);
  if (choice === RECOGNISED) delete of.columns[letter];
  else of.columns[letter] = choice === UNUSED ? null : choice;
  return withSheet(mapping, sheet, of);
}

/** Says in which row the headings are; null as recognised. */
export function sayHeader(mapping: Mapping, sheet: string, row: number | null): Mapping {
  const { header_row: _, ...rest } = saidOf(mapping, sheet);
  return withSheet(mapping, sheet, row === null ? rest : { ...rest, header_row: row });
}

/** The choice that a select shows for a sheet. */
export function choiceOfSheet(mapping: Mapping, sheet: string): string {
  const said = mapping.sheets[sheet]?.meaning;
  return said === undefined ? RECOGNISED : said === '' ? UNUSED : said;
}

export function choiceOfColumn(mapping: Mapping, sheet: string, letter: string): string {
  const columns = mapping.sheets[sheet]?.columns ?? {};
  return letter in columns ? (columns[letter] ?? UNUSED) : RECOGNISED;
}

export const sameMapping = (a: Mapping, b: Mapping): boolean => {
  const plain = (of: Mapping) =>
    JSON.stringify(Object.entries(of.sheets).sort(([x], [y]) => x.localeCompare(y)).map(([sheet, said]) => [sheet, said.meaning, said.header_row, Object.entries(said.columns).sort(([x], [y]) => x.localeCompare(y))]));
  return plain(a) === plain(b);
};

export const cellKey = (of: { sheet: string; row: number; column: string }): string => `${of.sheet}\n${of.row}\n${of.column}`;

/** The letter in `C (Hours per day)`. */
export function letterOf(column: string | null | undefined): string | null {
  return /^([A-Z]{1,3})(?: |$)/.exec(column ?? '')?.[1] ?? null;
}

/** The heading in `C (Hours per day)`. */
export function headingOf(column: string | null | undefined): string {
  return /^[A-Z]{1,3} \((.*)\)$/s.exec(column ?? '')?.[1] ?? '';
}

/** What the server proposes instead: `…; did you mean 'SMT-01'?`. */
export function proposalOf(message: string): string | null {
  return /; did you mean '(.+)'\?$/s.exec(message)?.[1] ?? null;
}

export interface Issue {
  number: number;
  severity: string;
  code: string;
  sheet: string;
  row?: number | null;
  column?: string | null;
  found: string;
  expected: string;
  message: string;
}

/** The cell that an issue is about; null where it is about more or less than one. */
export function cellOf(issue: Issue): { sheet: string; row: number; column: string } | null {
  const column = letterOf(issue.column);
  return issue.row && column && issue.sheet ? { sheet: issue.sheet, row: issue.row, column } : null;
}

/** What the cell holds, to be corrected: the server calls an empty one so. */
export const textOf = (issue: Issue): string => (issue.found === 'an empty cell' ? '' : issue.found);

/** Other cells of the same column with the same mistake: one correction may hold for all of them. */
export function alike(issues: readonly Issue[], issue: Issue): Issue[] {
  if (textOf(issue) === '') return [];
  return issues.filter((other) => other.number !== issue.number && other.code === issue.code && other.sheet === issue.sheet && letterOf(other.column) === letterOf(issue.column) && other.found === issue.found && cellOf(other));
}

export interface Counts {
  issues?: { error?: number; warning?: number; note?: number };
  changes?: Record<string, Partial<Record<Change, number>>>;
  untouched?: Record<string, number>;
}

export type Change = 'created' | 'updated' | 'restored' | 'unchanged' | 'left';

/** Changes of all kinds together. */
export function totals(counts: Counts): Record<Change, number> {
  const sum: Record<Change, number> = { created: 0, updated: 0, restored: 0, unchanged: 0, left: 0 };
  for (const of of Object.values(counts.changes ?? {})) for (const change of Object.keys(sum) as Change[]) sum[change] += of[change] ?? 0;
  return sum;
}

/** What will be written: records that are made, changed or taken back into use. */
export const written = (counts: Counts): number => {
  const { created, updated, restored } = totals(counts);
  return created + updated + restored;
};

export type Step = 'reading' | 'unread' | 'broken' | 'ready' | 'importing' | 'imported' | 'undoing' | 'undone';

/** Where a session stands, from its state and the run that works on it or did last. */
export function stepOf(session: { state: string; counts: Counts }, run: { kind: string; state: string } | undefined): Step {
  const working = run !== undefined && (run.state === 'queued' || run.state === 'running');
  // A run that succeeded is told a moment before the session that it changed.
  const busy = working || run?.state === 'succeeded';
  if (busy && run.kind === 'planning.import_undo' && session.state === 'committed') return 'undoing';
  if (busy && run.kind === 'planning.import_commit' && session.state === 'ready') return 'importing';
  if (session.state === 'committed') return 'imported';
  if (session.state === 'undone') return 'undone';
  if (session.state === 'reading') return run !== undefined && !working && run.state !== 'succeeded' ? 'unread' : 'reading';
  return (session.counts.issues?.error ?? 0) > 0 ? 'broken' : 'ready';
}

/** Years that a column may be about: those that were found, and some around them. */
export function yearsAround(sheets: readonly Sheet[], now: number): string[] {
  const found = sheets.flatMap((sheet) => sheet.columns.flatMap((column) => [...`${column.heading} ${column.meaning ?? ''}`.matchAll(/\b(20\d\d)\b/g)].map((match) => Number(match[1]))));
  const [from, to] = [Math.min(now, ...found), Math.max(now + 6, ...found)];
  return Array.from({ length: Math.min(40, to - from + 1) }, (_, at) => String(from + at));
}

/** How sure a recognition is, in a word. */
export const sureness = (confidence: number): 'sure' | 'likely' | 'unsure' => (confidence >= 0.85 ? 'sure' : confidence >= 0.6 ? 'likely' : 'unsure');

export const ACCEPTED = '.xlsx,.xlsm,.csv,.txt,.db,.sqlite,.sqlite3';
