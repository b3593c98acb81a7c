/** Everything that is wrong with a file, by sheet, row and column, mended in place. */
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, Empty, ErrorView, Field, Loading, Panel, Segmented, Select, TextInput, useRows } from '@/ui';
import { useWords } from '@/words';
import { cellsQuery, type Session } from './data';
import { importsWords } from './imports.words';
import { alike, cellKey, cellOf, headingOf, letterOf, proposalOf, textOf, type Cell, type Issue } from './model';

const ICONS = { error: CircleAlert, warning: TriangleAlert, note: Info };
type Severity = keyof typeof ICONS;

export interface ProblemsProps {
  session: Session;
  /** The version whose reading is shown. */
  version: number;
  staged: ReadonlyMap<string, Cell>;
  /** Stages corrections; null takes one back. Undefined where nothing is mended any more. */
  onStage: ((cells: { at: Omit<Cell, 'value'>; value: string | null }[]) => void) | undefined;
}

export function Problems({ session, version, staged, onStage }: ProblemsProps) {
  const t = useWords(importsWords);
  const counts = session.counts.issues ?? {};
  const of = (severity: Severity) => counts[severity] ?? 0;
  const first: Severity = of('error') > 0 ? 'error' : of('warning') > 0 ? 'warning' : 'note';
  const [chosen, setChosen] = useState<Severity | null>(null);
  const [sheet, setSheet] = useState('');
  // After mending, what is left is shown instead of nothing.
  useEffect(() => setChosen(null), [version]);
  const severity = chosen ?? first;
  const all = of('error') + of('warning') + of('note');
  const query = new URLSearchParams({ severity, limit: '200', ...(sheet ? { sheet } : {}) });
  const issues = useRows<Issue>(['import', session.id, 'issues', version, severity, sheet], `/api/v1/imports/${session.id}/issues?${query}`);
  if (all === 0) return <Panel title={t('problems')}><p className="row good"><CircleCheck size={16} />{t('noProblems')}</p></Panel>;
  return (
    <Panel title={t('problems')} flush>
      <div className="problems-tools">
        <Segmented<Severity>
          label={t('problems')} value={severity} onChange={setChosen}
          segments={[{ value: 'error', label: `${t('errors')} ${of('error')}` }, { value: 'warning', label: `${t('warningsTab')} ${of('warning')}` }, { value: 'note', label: `${t('notes')} ${of('note')}` }]}
        />
        {session.sheets.length > 1 && <Select aria-label={t('sheet')} value={sheet} empty={t('allSheets')} onChange={setSheet} options={session.sheets.map((one) => ({ value: one.sheet, label: one.sheet }))} />}
      </div>
      {issues.isPending ? <Loading lines={4} /> : issues.isError ? <ErrorView error={issues.error} onRetry={() => void issues.refetch()} /> : issues.rows.length === 0 ? (
        <Empty title={t('noneOfThese')} />
      ) : (
        <>
          <ul className="problems">
            {issues.rows.map((issue) => <Problem key={issue.number} issue={issue} others={issues.rows} session={session} version={version} staged={staged} onStage={onStage} />)}
          </ul>
          {issues.hasNextPage && <div style={{ padding: 10 }}><Button size="small" busy={issues.isFetchingNextPage} onClick={() => void issues.fetchNextPage()}>+</Button></div>}
        </>
      )}
    </Panel>
  );
}

function Problem({ issue, others, session, version, staged, onStage }: ProblemsProps & { issue: Issue; others: readonly Issue[] }) {
  const t = useWords(importsWords);
  const [open, setOpen] = useState(false);
  const Icon = ICONS[issue.severity as Severity] ?? Info;
  const cell = cellOf(issue);
  const mine = cell ? staged.get(cellKey(cell)) : undefined;
  const proposal = proposalOf(issue.message);
  const heading = headingOf(issue.column);
  const place = issue.sheet === '' ? t('wholeFile') : [issue.sheet, issue.row ? t('row', { n: String(issue.row) }) : t('whole'), issue.column ? (heading ? `${heading} (${letterOf(issue.column)})` : issue.column) : ''].filter(Boolean).join(' · ');
  const same = mine ? alike(others, issue).filter((other) => !staged.has(cellKey(cellOf(other)!))) : [];
  const stage = (value: string | null) => cell && onStage?.([{ at: cell, value: value === textOf(issue) ? null : value }]);
  return (
    <li className={mine ? 'staged' : ''}>
      <Icon size={15} className={issue.severity} aria-label={t(issue.severity === 'error' ? 'errors' : issue.severity === 'warning' ? 'warningsTab' : 'notes')} />
      <div>
        <div className="place">{place}</div>
        <div>{issue.message.charAt(0).toUpperCase() + issue.message.slice(1)}</div>
        {issue.expected !== '' && !issue.message.includes(issue.expected) && <div className="small muted">{t('expected', { what: issue.expected })}</div>}
      </div>
      {cell && onStage && (
        <TextInput
          aria-label={t('correct', { place })} value={mine ? String(mine.value ?? '') : textOf(issue)} onChange={stage}
          onKeyDown={(event) => {
            if (event.key === 'Escape') stage(null);
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            // Down the list, as in a sheet.
            const inputs = [...document.querySelectorAll<HTMLInputElement>('.problems > li > .input')];
            inputs[inputs.indexOf(event.currentTarget) + 1]?.focus();
          }}
        />
      )}
      {cell && onStage && (
        <div className="more">
          {proposal !== null && mine?.value !== proposal && <Button size="small" onClick={() => stage(proposal)}>{t('use', { value: proposal })}</Button>}
          {same.length > 0 && <Button size="small" onClick={() => onStage(same.map((other) => ({ at: cellOf(other)!, value: String(mine?.value ?? '') })))}>{t('likewise', { n: same.length })}</Button>}
          {mine && <Button size="small" look="ghost" onClick={() => stage(null)}>{t('takeBack')}</Button>}
          <Button size="small" look="ghost" aria-expanded={open} onClick={() => setOpen(!open)}>{t(open ? 'hideRow' : 'showRow')}</Button>
        </div>
      )}
      {open && cell && onStage && <WholeRow session={session} version={version} at={cell} staged={staged} onStage={onStage} />}
    </li>
  );
}

/** The row that a problem is in, every cell of it to be corrected. */
function WholeRow({ session, version, at, staged, onStage }: ProblemsProps & { at: Omit<Cell, 'value'>; onStage: NonNullable<ProblemsProps['onStage']> }) {
  const t = useWords(importsWords);
  const cells = useQuery(cellsQuery(session.id, version, at.sheet, at.row, 1));
  if (cells.isPending) return <div className="problem-row"><Loading lines={2} /></div>;
  if (cells.isError) return <div className="problem-row"><ErrorView error={cells.error} /></div>;
  const row = cells.data.find((one) => one.row === at.row)?.cells ?? {};
  const columns = session.sheets.find((sheet) => sheet.sheet === at.sheet)?.columns ?? [];
  const headed = columns.length > 0 ? columns.map(({ letter, heading }) => ({ letter, heading })) : Object.keys(row).map((letter) => ({ letter, heading: letter }));
  return (
    <div className="problem-row">
      <h3>{t('rowOf', { n: String(at.row), sheet: at.sheet })}</h3>
      <div className="problem-cells">
        {headed.map(({ letter, heading }) => {
          const cell = { sheet: at.sheet, row: at.row, column: letter };
          const stored = row[letter] ?? '';
          return (
            <Field key={letter} label={heading || letter} note={letter} className={letter === at.column ? 'here' : ''}>
              <TextInput value={String(staged.get(cellKey(cell))?.value ?? stored)} onChange={(value) => onStage([{ at: cell, value: value === stored ? null : value }])} />
            </Field>
          );
        })}
      </div>
    </div>
  );
}
