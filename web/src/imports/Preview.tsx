/** What a file would change, kind by kind, and record by record with what it was before. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Panel, Rows, useRows } from '@/ui';
import { useWords } from '@/words';
import { useKindWords } from '@/records/kind-words';
import { columnsOf, useKinds, type Kind } from '@/records/kinds';
import { Value } from '@/records/Value';
import { namesQuery, type RecordChange, type Session } from './data';
import { importsWords } from './imports.words';
import { totals, type Change } from './model';

const CHANGES: Change[] = ['created', 'updated', 'restored', 'unchanged', 'left'];

export function Preview({ session, version, done }: { session: Session; version: number; done: boolean }) {
  const t = useWords(importsWords);
  const words = useKindWords();
  const kinds = useKinds();
  const [shown, setShown] = useState<{ kind: string; change: Change } | null>(null);
  const changes = session.counts.changes ?? {};
  const untouched = session.counts.untouched ?? {};
  const all = totals(session.counts);
  const columns = CHANGES.filter((change) => change === 'created' || change === 'updated' || all[change] > 0);
  // Kinds in the order in which each refers to earlier ones, as the server lists them.
  const rows = kinds.filter((kind) => kind.name in changes || kind.name in untouched);
  const named = (kind: Kind) => words(kind.plural);
  const kind = kinds.find((one) => one.name === shown?.kind);
  if (Object.keys(changes).length === 0) return null;
  return (
    <>
      <Panel title={t(session.state === 'undone' ? 'previewUndone' : done ? 'previewDone' : 'preview')} flush>
        <div className="table-scroll">
          <table className="table preview-table">
            <thead>
              <tr><th>{t('kind')}</th>{columns.map((change) => <th key={change} className="num">{t(change)}</th>)}<th className="num" title={t('untouchedHelp')}>{t('untouched')}</th></tr>
            </thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.name}>
                  <td>{named(one)}</td>
                  {columns.map((change) => {
                    const count = changes[one.name]?.[change] ?? 0;
                    const isShown = shown?.kind === one.name && shown.change === change;
                    return (
                      <td key={change} className="num">
                        {count === 0 ? <span className="faint">–</span> : (
                          <button type="button" aria-pressed={isShown} aria-label={`${t('list', { kind: named(one), change: t(change) })}: ${count}`} onClick={() => setShown(isShown ? null : { kind: one.name, change })}>{count.toLocaleString()}</button>
                        )}
                      </td>
                    );
                  })}
                  <td className="num muted">{untouched[one.name]?.toLocaleString() ?? <span className="faint">–</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      {shown && kind && <Records key={`${shown.kind}/${shown.change}`} session={session} version={version} kind={kind} change={shown.change} done={done} />}
    </>
  );
}

function Records({ session, version, kind, change, done }: { session: Session; version: number; kind: Kind; change: Change; done: boolean }) {
  const t = useWords(importsWords);
  const words = useKindWords();
  const rows = useRows<RecordChange>(['import', session.id, 'changes', version, kind.name, change], `/api/v1/imports/${session.id}/changes?${new URLSearchParams({ kind: kind.name, change, limit: '100' })}`);
  const names = useQuery(namesQuery(session.id, version));
  const isThere = done || change !== 'created';
  return (
    <Panel title={t('list', { kind: words(kind.plural), change: t(change) })} flush>
      <div className="preview-list">
        <Rows
          of={rows} label={t('list', { kind: words(kind.plural), change: t(change) })} rowKey={(one) => String(one.number)} empty={<p className="muted" style={{ padding: 16 }}>{t('nothingHere')}</p>}
          columns={[
            { title: t('record'), value: (one) => (isThere ? <Link className="name" to={`/data/${kind.path}/${one.record_id}`}>{one.label}</Link> : <span className="strong">{one.label}</span>) },
            { title: t('place'), value: (one) => <span className="small muted nowrap tabular">{one.sheet}{one.row ? ` · ${t('row', { n: String(one.row) })}` : ''}</span> },
            ...(change === 'unchanged' ? [] : [{ title: t(change === 'left' ? 'because' : 'changeOf'), value: (one: RecordChange) => (one.left_because ? <span className="small">{one.left_because}</span> : <What kind={kind} one={one} names={names.data} />) }]),
          ]}
        />
      </div>
    </Panel>
  );
}

const SHOWN_FIELDS = 8;

function What({ kind, one, names }: { kind: Kind; one: RecordChange; names: ReadonlyMap<string, string> | undefined }) {
  const t = useWords(importsWords);
  const words = useKindWords();
  const columns = columnsOf(kind);
  const isNew = one.change === 'created';
  const fields = one.fields.filter(({ field, after }) => field !== 'plant_id' && !(isNew && (after === null || after === '' || field === kind.label)));
  const show = (field: string, value: unknown) => {
    const column = columns.find((of) => of.key === field);
    // A record that the file makes has a name here before it is there.
    const name = typeof value === 'string' ? names?.get(value) : undefined;
    if (name !== undefined) return name;
    return column ? <Value value={value} column={column} plain /> : <>{typeof value === 'object' ? JSON.stringify(value) : String(value ?? '–')}</>;
  };
  return (
    <div className="what">
      {fields.slice(0, SHOWN_FIELDS).map(({ field, before, after }) => {
        const column = columns.find((of) => of.key === field);
        return (
          <span key={field}>
            <span className="field-name">{words(column?.title ?? field)}{column?.unit ? ` (${column.unit})` : ''}</span>{' '}
            {!isNew && <><del><span className="sr-only">{t('from', { value: '' })}</span>{show(field, before)}</del> → </>}
            <span className={isNew ? '' : 'strong'}>{show(field, after)}</span>
          </span>
        );
      })}
      {fields.length > SHOWN_FIELDS && <span className="faint">+{fields.length - SHOWN_FIELDS}</span>}
    </div>
  );
}
