/** One record: what it is, what refers to it, what happened to it, what people say about it. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Archive, ArchiveRestore, ChevronLeft, ChevronRight, Pencil } from 'lucide-react';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { askAt, type Schemas } from '@/api/client';
import { cache } from '@/api/cache';
import { hasLabel } from '@/labels/kinds';
import { recordAction } from '@/pages/registry';
import { Badge, Button, Empty, ErrorView, IconButton, Loading, Page, Panel } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { useArchiveMany } from './BulkEdit';
import { columnsOf, holds, labelOf, permissionOf, useKindAt, useKinds, valueOf, type Column, type Kind, type RecordRow } from './kinds';
import { useKindWords } from './kind-words';
import { RecordForm } from './RecordForm';
import { recordsWords } from './records.words';
import { asked, useListSearch } from './search';
import { inHours, Value, written } from './Value';
import { useScope } from './List';
import { Attachments, useKeepsFiles } from './Attachments';
import { Watch } from './Watch';
import { Who } from './Who';
import { Comments } from './Comments';
import './records.css';

/** Few kinds have labels: it comes with them. */
const LabelButton = lazy(() => import('@/labels/LabelButton').then((there) => ({ default: there.LabelButton })));

export default function Detail() {
  const { kind: path, id } = useParams({ strict: false }) as { kind: string; id: string };
  const kind = useKindAt(path);
  const query = useQuery({ queryKey: ['records', kind.name, 'one', id], queryFn: () => askAt<RecordRow>('GET', `/api/v1/${kind.path}/${id}`) });
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return <Shown key={id} kind={kind} record={query.data} />;
}

const TABS = ['overview', 'history', 'comments', 'attachments'] as const;

function Shown({ kind, record }: { kind: Kind; record: RecordRow }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const [search, change] = useListSearch();
  const [editing, setEditing] = useState(false);
  const archiveMany = useArchiveMany(kind);
  const tab = TABS.find((one) => one === search.tab) ?? 'overview';
  const why = (verb: string) => (holds(kind, verb) ? undefined : t('whyNoPermission', { permission: permissionOf(kind, verb) }));
  const keepsFiles = useKeepsFiles();
  const listAddress = `/data/${kind.path}`;
  const Action = recordAction(kind.name);
  const about = { id: record.id, name: labelOf(kind, record), plantId: typeof record.plant_id === 'string' ? record.plant_id : null };
  return (
    <Page
      title={labelOf(kind, record)} crumbs={[{ label: t('data'), to: '/data' }, { label: words(kind.plural), to: listAddress }]}
      beside={<>{record.archived_at && <Badge tone="warn">{t('archived')}</Badge>}</>}
      actions={
        <>
          <Neighbours kind={kind} id={record.id} />
          <Watch kind={kind} id={record.id} />
          {hasLabel(kind.name) && <Suspense><LabelButton of={{ kind: kind.name, ...about }} /></Suspense>}
          {Action && !record.archived_at && <Suspense><Action {...about} /></Suspense>}
          <Button icon={record.archived_at ? <ArchiveRestore size={15} /> : <Archive size={15} />} why={why('archive')} onClick={() => void archiveMany([record], !record.archived_at)}>{t(record.archived_at ? 'restore' : 'archive')}</Button>
          <Button data-key="e" look="primary" icon={<Pencil size={15} />} why={record.archived_at ? t('archived') : why('update')} onClick={() => setEditing(true)}>{t('edit')}</Button>
        </>
      }
    >
      <div className="tabs" role="tablist">
        {TABS.filter((one) => one !== 'attachments' || keepsFiles).map((one) => (
          <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => change({ tab: one === 'overview' ? null : one })}>{t(one)}</button>
        ))}
      </div>
      {tab === 'overview' && <Overview kind={kind} record={record} />}
      {tab === 'history' && <History kind={kind} record={record} />}
      {tab === 'attachments' && <Attachments kind={kind} record={record} why={record.archived_at ? t('archived') : why('update')} />}
      {tab === 'comments' && <Comments kind={kind} record={record} why={why('comment')} />}
      {editing && <RecordForm kind={kind} record={record} onClose={() => setEditing(false)} />}
    </Page>
  );
}

/** Walks the list that one came from, as it was filtered and ordered. */
function Neighbours({ kind, id }: { kind: Kind; id: string }) {
  const t = useWords(recordsWords);
  const [search] = useListSearch();
  const scope = useScope(kind, search);
  const navigate = useNavigate();
  const parameters = { sort: kind.label, ...scope, ...asked(search) };
  const list = cache.getQueryData<{ pages: { items: RecordRow[] }[] }>(['records', kind.name, 'list', parameters]);
  const rows = list?.pages.flatMap((page) => page.items) ?? [];
  const at = rows.findIndex((row) => row.id === id);
  if (at < 0) return null;
  const go = (row: RecordRow | undefined) => row && void navigate({ to: `/data/${kind.path}/${row.id}`, search: search as never });
  return (
    <span className="row" style={{ gap: 0 }}>
      <IconButton label={t('previous')} icon={<ChevronLeft size={17} />} disabled={at === 0} onClick={() => go(rows[at - 1])} />
      <span className="small faint tabular">{at + 1} / {rows.length}</span>
      <IconButton label={t('next')} icon={<ChevronRight size={17} />} disabled={at === rows.length - 1} onClick={() => go(rows[at + 1])} />
    </span>
  );
}

function Overview({ kind, record }: { kind: Kind; record: RecordRow }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const language = useLanguage();
  const columns = columnsOf(kind);
  const instant = (text: string) => written(text, { type: 'instant', choices: [] }, language);
  const own = columns.filter((column) => !column.custom);
  const custom = columns.filter((column) => column.custom);
  const facts = (list: Column[]) => (
    <dl className="facts">
      {list.map((column) => (
        <Fact key={column.key} name={words(column.title)} doc={words(column.doc)}>
          <Value value={valueOf(record, column.key)} column={column} />
          {column.unit && valueOf(record, column.key) !== null && <span className="faint"> {[column.unit, inHours(valueOf(record, column.key), column.unit, language)].filter(Boolean).join(' = ')}</span>}
        </Fact>
      ))}
    </dl>
  );
  return (
    <div className="grid-2">
      <div className="stack">
        <Panel title={words(kind.title)}>{facts(own)}</Panel>
        {custom.length > 0 && <Panel title={t('custom')}>{facts(custom)}</Panel>}
        <Panel title={t('record')}>
          <dl className="facts">
            <Fact name={t('createdAt')}>{instant(record.created_at)} <Who id={record.created_by} /></Fact>
            <Fact name={t('updatedAt')}>{instant(record.updated_at)} <Who id={record.updated_by} /></Fact>
            <Fact name={t('version')}><span className="tabular">{record.version}</span></Fact>
            <Fact name={t('id')}><code>{record.id}</code></Fact>
          </dl>
        </Panel>
      </div>
      <Related kind={kind} record={record} />
    </div>
  );
}

function Fact({ name, doc, children }: { name: string; doc?: string; children: ReactNode }) {
  return (
    <>
      <dt title={doc}>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** Records of other kinds that refer to this one, with the way to all of them. */
function Related({ kind, record }: { kind: Kind; record: RecordRow }) {
  const kinds = useKinds();
  const referring = kinds.flatMap((other) =>
    holds(other, 'read') ? columnsOf(other).filter((column) => column.reference === kind.name && column.type === 'reference' && other.name !== kind.name).map((column) => ({ other, column })) : [],
  );
  return (
    <div className="stack">
      {referring.map(({ other, column }) => (
        <RelatedKind key={`${other.name}.${column.key}`} kind={other} column={column} id={record.id} />
      ))}
    </div>
  );
}

const SHOWN = 6;

function RelatedKind({ kind, column, id }: { kind: Kind; column: Column; id: string }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const filter = new URLSearchParams({ [column.key]: id });
  const { data } = useQuery({
    queryKey: ['records', kind.name, 'referring', column.key, id],
    queryFn: () => askAt<{ items: RecordRow[]; next_cursor: string | null }>('GET', `/api/v1/${kind.path}?${filter}&limit=${SHOWN}`),
  });
  if (!data || data.items.length === 0) return null;
  const shown = columnsOf(kind).filter((one) => one.key !== column.key && one.key !== 'plant_id' && one.type !== 'object' && one.type !== 'list' && one.key !== 'description').slice(0, 4);
  return (
    <Panel flush title={<>{words(kind.plural)}{kind.fields.filter((one) => one.reference === column.reference).length > 1 && <span className="faint"> · {words(column.title)}</span>}</>}
      actions={<Link className="small" to={`/data/${kind.path}`} search={{ [column.key]: id, plant: 'all' } as never}>{t('seeAll')}</Link>}>
      <div className="table-scroll">
        <table className="table">
          <thead><tr>{shown.map((one) => <th key={one.key} className={one.type === 'integer' || one.type === 'decimal' ? 'num' : ''}>{words(one.title)}{one.unit && <span className="faint"> {one.unit}</span>}</th>)}</tr></thead>
          <tbody>
            {data.items.map((row) => (
              <tr key={row.id}>
                {shown.map((one, at) => (
                  <td key={one.key} className={one.type === 'integer' || one.type === 'decimal' ? 'num' : ''}>
                    {at === 0 ? <Link className="name" to={`/data/${kind.path}/${row.id}`}><Value value={valueOf(row, one.key)} column={one} plain /></Link> : <Value value={valueOf(row, one.key)} column={one} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

type Entry = Schemas['Entry'];

function History({ kind, record }: { kind: Kind; record: RecordRow }) {
  const t = useWords(recordsWords);
  const language = useLanguage();
  const query = useInfiniteQuery({
    queryKey: ['records', kind.name, 'history', record.id, record.version],
    queryFn: ({ pageParam }) => askAt<{ items: Entry[]; next_cursor: string | null }>('GET', `/api/v1/${kind.path}/${record.id}/history?limit=50${pageParam ? `&cursor=${pageParam}` : ''}`),
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor,
  });
  const entries = query.data?.pages.flatMap((page) => page.items) ?? [];
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  if (query.isPending) return <Loading />;
  if (entries.length === 0) return <Empty title={t('noHistory')} />;
  return (
    <Panel>
      <ol className="history">
        {entries.map((entry) => (
          <li key={entry.id}>
            <time className="muted small tabular" dateTime={entry.at}>{written(entry.at, { type: 'instant', choices: [] }, language)}</time>
            <div>
              <div><strong><Who id={entry.by} bare /></strong> {saidOf(entry.action, t)}</div>
              {!entry.action.endsWith('.created') && <Diff kind={kind} entry={entry} />}
            </div>
          </li>
        ))}
      </ol>
      {query.hasNextPage && <Button size="small" onClick={() => void query.fetchNextPage()}>{t('more')}</Button>}
    </Panel>
  );
}

function saidOf(action: string, t: ReturnType<typeof useWords<keyof typeof recordsWords.en>>): string {
  const verb = action.split('.').at(-1);
  const known = { created: 'actionCreated', updated: 'actionUpdated', archived: 'actionArchived', restored: 'actionRestored', imported: 'actionImported' } as const;
  return verb && verb in known ? t(known[verb as keyof typeof known]) : action;
}

function Diff({ kind, entry }: { kind: Kind; entry: Entry }) {
  const words = useKindWords();
  const columns = columnsOf(kind);
  const changes = entry.changes.filter((change) => change.member !== 'archived_at');
  if (changes.length === 0) return null;
  return (
    <dl className="diff">
      {changes.map((change) => {
        const column = columns.find((one) => one.key === change.member);
        return (
          <Fact key={change.member} name={column ? words(column.title) : change.member}>
            {change.before !== null && <del>{column ? <Value value={change.before} column={column} /> : String(change.before)}</del>} {change.after !== null && <ins>{column ? <Value value={change.after} column={column} /> : String(change.after)}</ins>}
          </Fact>
        );
      })}
    </dl>
  );
}
