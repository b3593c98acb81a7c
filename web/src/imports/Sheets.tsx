/** What each sheet and column was taken for; what is changed here is staged until it is checked. */
import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { Badge, Loading, NumberInput, Panel } from '@/ui';
import { useWords } from '@/words';
import { cellsQuery, meaningsQuery, type Meaning, type Session } from './data';
import { importsWords } from './imports.words';
import { useMeaning } from './meanings.words';
import { choiceOfColumn, choiceOfSheet, RECOGNISED, sayColumn, sayHeader, sayMeaning, sureness, UNUSED, yearsAround, type Mapping, type Sheet } from './model';

export interface SheetsProps {
  session: Session;
  /** The version whose reading is shown. */
  version: number;
  mapping: Mapping;
  /** Undefined where nothing may be said any more. */
  onSay: ((mapping: Mapping) => void) | undefined;
}

export function Sheets({ session, version, mapping, onSay }: SheetsProps) {
  const t = useWords(importsWords);
  const meanings = useQuery(meaningsQuery);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(session.sheets.length === 1 ? [session.sheets[0]!.sheet] : []));
  if (meanings.isPending) return <Panel title={t('sheets')}><Loading lines={4} /></Panel>;
  const toggle = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  const years = yearsAround(session.sheets, new Date().getFullYear());
  return (
    <Panel title={t('sheets')} flush>
      {onSay && <p className="import-help">{t('sheetsHelp')}</p>}
      <ul className="sheets">
        {session.sheets.map((sheet) => (
          <li key={sheet.sheet}>
            <SheetRow sheet={sheet} meanings={meanings.data ?? []} mapping={mapping} open={open.has(sheet.sheet)} onOpen={() => toggle(sheet.sheet)} onSay={onSay} />
            {open.has(sheet.sheet) && <Columns session={session} version={version} sheet={sheet} meanings={meanings.data ?? []} years={years} mapping={mapping} onSay={onSay} />}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Sure({ confidence, said }: { confidence: number | null; said: boolean }) {
  const t = useWords(importsWords);
  if (said) return <Badge tone="accent">{t('said')}</Badge>;
  if (confidence === null) return <span className="faint">–</span>;
  const word = sureness(confidence);
  return <span title={t('confidence', { pct: Math.round(100 * confidence) })}><Badge tone={word === 'sure' ? 'ok' : word === 'unsure' ? 'warn' : undefined}>{t(word)}</Badge></span>;
}

function SheetRow({ sheet, meanings, mapping, open, onOpen, onSay }: Omit<SheetsProps, 'session' | 'version'> & { sheet: Sheet; meanings: Meaning[]; open: boolean; onOpen: () => void }) {
  const t = useWords(importsWords);
  const m = useMeaning();
  const choice = choiceOfSheet(mapping, sheet.sheet);
  const unused = sheet.meaning === null && choice === RECOGNISED;
  return (
    <div className={`sheet-row ${unused ? 'unused' : ''}`}>
      <button type="button" className="opener" aria-expanded={open} title={sheet.ignored ?? t('columnsOf', { sheet: sheet.sheet })} onClick={onOpen}>
        <ChevronRight size={15} />
        <span className="ellipsis grow">
          <span className="strong">{sheet.sheet}</span> <span className="small muted tabular">{sheet.meaning === null ? (sheet.ignored ?? '') : `${sheet.rows.toLocaleString()} ${t('rows').toLowerCase()}`}</span>
        </span>
      </button>
      <select className="select" aria-label={t('holdsOf', { sheet: sheet.sheet })} value={choice} disabled={!onSay} onChange={(event) => onSay?.(sayMeaning(mapping, sheet.sheet, event.target.value))}>
        <option value={RECOGNISED}>{sheet.meaning !== null && choice === RECOGNISED ? m(sheet.meaning) : choice === RECOGNISED ? t('notUsed') : t('asRecognised')}</option>
        <optgroup label={t('holds')}>
          {meanings.map((one) => <option key={one.meaning} value={one.meaning}>{m(one.meaning)}</option>)}
        </optgroup>
        <option value={UNUSED}>{t('notUsed')}</option>
      </select>
      <span><Sure confidence={sheet.confidence} said={choice !== RECOGNISED} /></span>
    </div>
  );
}

const EXAMPLES = 3;

function Columns({ session, version, sheet, meanings, years, mapping, onSay }: SheetsProps & { sheet: Sheet; meanings: Meaning[]; years: string[] }) {
  const t = useWords(importsWords);
  const m = useMeaning();
  const header = mapping.sheets[sheet.sheet]?.header_row ?? sheet.header_row;
  const cells = useQuery({ ...cellsQuery(session.id, version, sheet.sheet, (header ?? 0) + 1, EXAMPLES), enabled: session.state === 'ready' || session.state === 'reading' });
  const choice = choiceOfSheet(mapping, sheet.sheet);
  const kind = choice === RECOGNISED || choice === UNUSED ? sheet.meaning : choice;
  const columns = meanings.find((one) => one.meaning === kind)?.columns ?? [];
  const taken = new Set(sheet.columns.map((column) => { const said = choiceOfColumn(mapping, sheet.sheet, column.letter); return said === RECOGNISED ? column.meaning : said; }));
  const missing = columns.filter((column) => column.required && !taken.has(column.meaning));
  const wide = kind === 'volumes' || kind === 'models' || kind === 'calendar';
  const example = (letter: string) => cells.data?.map((row) => row.cells[letter]).find((text) => text !== undefined && text !== '') ?? '';
  return (
    <div className="sheet-columns">
      {onSay && (
        <div className="header-row">
          <label htmlFor={`header-${sheet.sheet}`}>{t('headerRow')}</label>
          <NumberInput id={`header-${sheet.sheet}`} value={String(header ?? '')} onChange={(text) => /^\d{0,5}$/.test(text) && onSay(sayHeader(mapping, sheet.sheet, text === '' || Number(text) === sheet.header_row ? null : Number(text)))} />
          {missing.length > 0 && kind !== null && <span className="bad">{t('missing', { what: missing.map((one) => m(one.meaning)).join(', ') })}</span>}
        </div>
      )}
      {sheet.columns.length === 0 ? <p className="muted small" style={{ padding: '0 8px' }}>{t('noColumns')}</p> : (
        <div className="table-scroll">
          <table className="table">
            <thead><tr><th colSpan={2}>{t('column')}</th><th className="example">{t('example')}</th><th>{t('holds')}</th><th><span className="sr-only">{t('sure')}</span></th></tr></thead>
            <tbody>
              {sheet.columns.map((column) => {
                const said = choiceOfColumn(mapping, sheet.sheet, column.letter);
                return (
                  <tr key={column.letter}>
                    <td className="letter tabular">{column.letter}</td>
                    <td>{column.heading}</td>
                    <td className="example small muted"><span className="ellipsis" style={{ display: 'block' }} title={example(column.letter)}>{example(column.letter)}</span></td>
                    <td>
                      <select
                        className="select" aria-label={t('holdsOfColumn', { column: `${column.letter} (${column.heading})` })} value={said} disabled={!onSay}
                        onChange={(event) => onSay?.(sayColumn(mapping, sheet.sheet, column.letter, event.target.value))}
                      >
                        <option value={RECOGNISED}>{said !== RECOGNISED ? t('asRecognised') : column.meaning === null ? t('notUsed') : m(column.meaning)}</option>
                        {columns.length > 0 && (
                          <optgroup label={t('holds')}>
                            {columns.map((one) => <option key={one.meaning} value={one.meaning}>{m(one.meaning)}{one.required ? ` (${t('needed')})` : ''}</option>)}
                          </optgroup>
                        )}
                        {wide && <optgroup label={t('volumes')}>{years.map((year) => <option key={year} value={`volume of ${year}`}>{t('volumeOf', { period: year })}</option>)}</optgroup>}
                        {wide && <optgroup label={t('days')}>{years.map((year) => <option key={year} value={`operating days of ${year}`}>{t('daysOf', { period: year })}</option>)}</optgroup>}
                        <option value={UNUSED}>{t('notUsed')}</option>
                      </select>
                    </td>
                    <td><Sure confidence={column.confidence} said={said !== RECOGNISED} /></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
