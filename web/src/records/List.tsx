/** Records of any kind: found, filtered, ordered, chosen, changed together, exported. What is shown is in the address. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Archive, ArchiveRestore, ChevronDown, Columns3, Download, Inbox, Pencil, Plus, Search as SearchIcon, SearchX, Upload, X } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { askAt } from '@/api/client';
import { usePlant, usePlants } from '@/api/session';
import { Button, Empty, ErrorView, IconButton, Loading, Menu, MenuItem, Page, Segmented, TextInput } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { BulkEdit, useArchiveMany } from './BulkEdit';
import { download } from './download';
import { Filters } from './Filters';
import { Grid } from './Grid';
import { columnsOf, holds, isNumeric, permissionOf, useKindAt, type Column, type Kind, type RecordRow } from './kinds';
import { useKindWords, withinSentence } from './kind-words';
import { RecordForm } from './RecordForm';
import { recordsWords } from './records.words';
import { asked, filtersOf, useListSearch, type Search } from './search';
import { Views } from './Views';
import './records.css';

const PAGE = 200;

interface PageOfRecords {
  items: RecordRow[];
  next_cursor: string | null;
}

/** Columns shown where nobody chose: what tells records apart first, no long texts and groups. */
function usualColumns(kind: Kind, columns: Column[]): Column[] {
  const first = columns.filter((column) => column.key === kind.label);
  const rest = columns.filter((column) => column.key !== kind.label && column.key !== 'plant_id' && column.type !== 'object' && column.key !== 'description');
  return [...first, ...rest].slice(0, 9);
}

function useColumns(kind: Kind, search: Search): [Column[], Column[]] {
  return useMemo(() => {
    const all = columnsOf(kind);
    const chosen = search.columns?.split(',').flatMap((key) => all.find((column) => column.key === key) ?? []);
    return [all, chosen?.length ? chosen : usualColumns(kind, all)];
  }, [kind, search.columns]);
}

/** Of a plant's records, those of the plant that was chosen, unless all are wanted. */
export function useScope(kind: Kind, search: Search): Search {
  const plant = usePlant();
  const isOfPlant = kind.within === 'plant' || kind.within === 'parent';
  if (!isOfPlant || search.plant === 'all' || !plant || 'plant_id' in search) return {};
  return { plant_id: plant.id };
}

export default function List() {
  const { kind: path } = useParams({ strict: false }) as { kind: string };
  // A list of another kind begins anew.
  return <ListOf key={path} kind={useKindAt(path)} />;
}

function ListOf({ kind }: { kind: Kind }) {
  const t = useWords(recordsWords);
  const language = useLanguage();
  const words = useKindWords();
  const [search, change] = useListSearch();
  const [all, columns] = useColumns(kind, search);
  const scope = useScope(kind, search);
  const plants = usePlants();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<'new' | 'bulk' | null>(search.new && holds(kind, 'create') ? 'new' : null);
  const parameters: Search = { sort: kind.label, ...scope, ...asked(search) };
  const query = useInfiniteQuery({
    queryKey: ['records', kind.name, 'list', parameters],
    queryFn: ({ pageParam, signal }) => {
      const said = new URLSearchParams({ ...parameters, limit: String(PAGE), ...(pageParam ? { cursor: pageParam } : {}) });
      return askAt<PageOfRecords>('GET', `/api/v1/${kind.path}?${said}`, { signal });
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: (before) => before,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const archiveMany = useArchiveMany(kind);
  const chosen = rows.filter((row) => picked.has(row.id));
  const plural = words(kind.plural);
  const within = withinSentence(plural, language);
  const one = words(kind.title);
  const isFiltered = filtersOf(search).length > 0 || Boolean(search.q) || Boolean(search.archived) || Boolean(search.view);
  const why = (verb: string) => (holds(kind, verb) ? undefined : t('whyNoPermission', { permission: permissionOf(kind, verb) }));
  const exportAs = (format: string) => void download(kind, { ...parameters, ...(picked.size > 0 && picked.size <= 200 ? { 'id[in]': [...picked].join(',') } : {}) }, format);
  const newButton = <Button data-key="n" look="primary" icon={<Plus size={16} />} why={why('create')} onClick={() => setDialog('new')}>{t('create', { one: withinSentence(one, language) })}</Button>;
  return (
    <Page
      fill title={plural} about={words(kind.doc)} crumbs={[{ label: t('data'), to: '/data' }]}
      actions={
        <>
          <Menu align="end" button={{ icon: <Download size={15} />, children: <>{t('export')}<ChevronDown size={14} /></>, why: why('export') }}>
            <MenuItem onSelect={() => exportAs('xlsx')}>{t('exportXlsx')}</MenuItem>
            <MenuItem onSelect={() => exportAs('csv')}>{t('exportCsv')}</MenuItem>
            <MenuItem onSelect={() => exportAs('json')}>{t('exportJson')}</MenuItem>
          </Menu>
          {holds(kind, 'import') && <Link className="btn" to={`/data/${kind.path}/import`}><Upload size={15} />{t('import')}</Link>}
          {newButton}
        </>
      }
    >
      <div className="stack-s">
        <div className="toolbar">
          <SearchBox key={search.q === undefined ? 'empty' : 'set'} label={t('search', { plural: within })} value={search.q ?? ''} onChange={(q) => change({ q: q || null })} />
          {(kind.within === 'plant' || kind.within === 'parent') && plants.length > 1 && (
            <Segmented label={t('places')} value={search.plant === 'all' ? 'all' : 'one'} onChange={(value) => change({ plant: value === 'all' ? 'all' : null })}
              segments={[{ value: 'one', label: <ThisPlant /> }, { value: 'all', label: t('showAllPlants') }]} />
          )}
          <Filters kind={kind} columns={all} search={search} change={change} />
          <span className="grow" />
          <Views kind={kind} />
          <Menu align="end" button={{ look: 'ghost', icon: <Archive size={15} />, label: t('archived'), children: search.archived ? t(search.archived === 'only' ? 'onlyArchived' : 'showAll') : undefined }}>
            <MenuItem checked={!search.archived} onSelect={() => change({ archived: null })}>{t('inUse')}</MenuItem>
            <MenuItem checked={search.archived === 'include'} onSelect={() => change({ archived: 'include' })}>{t('showAll')}</MenuItem>
            <MenuItem checked={search.archived === 'only'} onSelect={() => change({ archived: 'only' })}>{t('onlyArchived')}</MenuItem>
          </Menu>
          <ColumnMenu all={all} shown={columns} label={kind.label} change={change} />
        </div>
        {chosen.length > 0 && (
          <div className="bulk-bar" role="toolbar" aria-label={t('selected', { n: chosen.length })}>
            <strong>{t('selected', { n: chosen.length })}</strong>
            <Button size="small" icon={<Pencil size={14} />} why={why('import') ?? why('update')} onClick={() => setDialog('bulk')}>{t('bulkEdit')}</Button>
            {chosen.some((row) => !row.archived_at) && <Button size="small" icon={<Archive size={14} />} why={why('archive')} onClick={() => void archiveMany(chosen.filter((row) => !row.archived_at), true).then(() => setPicked(new Set()))}>{t('archive')}</Button>}
            {chosen.some((row) => row.archived_at) && <Button size="small" icon={<ArchiveRestore size={14} />} why={why('archive')} onClick={() => void archiveMany(chosen.filter((row) => row.archived_at), false).then(() => setPicked(new Set()))}>{t('restore')}</Button>}
            <Button size="small" icon={<Download size={14} />} why={why('export')} onClick={() => exportAs('xlsx')}>{t('export')}</Button>
            <IconButton className="end" size="small" label={t('unselect')} icon={<X size={15} />} onClick={() => setPicked(new Set())} />
          </div>
        )}
      </div>
      <div className="records">
        {query.isPending ? (
          <Loading lines={12} />
        ) : query.isError ? (
          <ErrorView error={query.error} onRetry={() => void query.refetch()} />
        ) : rows.length === 0 ? (
          isFiltered ? (
            <Empty icon={<SearchX size={28} />} title={t('noneMatch', { plural: within })} actions={<Button onClick={() => change(Object.fromEntries(Object.keys(search).map((key) => [key, null])))}>{t('clear')}</Button>}>{t('noneMatchText')}</Empty>
          ) : (
            <Empty icon={<Inbox size={28} />} title={t('noneYet', { plural: within })} actions={<>{newButton}{holds(kind, 'import') && <Link className="btn" to={`/data/${kind.path}/import`}>{t('import')}</Link>}</>}>
              {words(kind.doc)} {t('noneYetImport')}
            </Empty>
          )
        ) : (
          <>
            <Grid kind={kind} columns={columns} rows={rows} picked={picked} onPick={setPicked} sort={search.sort ?? ''} onSort={(sort) => change({ sort: sort || null })} search={search}
              onEnd={() => query.hasNextPage && !query.isFetchingNextPage && void query.fetchNextPage()} />
            <div className="records-foot">
              <span className="tabular" role="status">{t(query.hasNextPage ? 'countMore' : 'count', { n: rows.length })}</span>
              {query.isFetching && <span className="faint">{t('loadingMore')}…</span>}
            </div>
          </>
        )}
      </div>
      {dialog === 'new' && <RecordForm kind={kind} onClose={() => { setDialog(null); if (search.new) change({ new: null }); }} />}
      {dialog === 'bulk' && <BulkEdit kind={kind} rows={chosen} onClose={() => setDialog(null)} />}
    </Page>
  );
}

function ThisPlant() {
  const plant = usePlant();
  return <>{plant?.name}</>;
}

/** Typing waits for a moment before the server is asked. */
function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const settled = useDeferredValue(text);
  useEffect(() => {
    if (settled === value) return;
    const timer = setTimeout(() => onChange(settled), 250);
    return () => clearTimeout(timer);
  }, [settled]);
  return (
    <div className="with-icon find">
      <SearchIcon size={15} />
      <TextInput type="search" aria-label={label} placeholder={label} value={text} onChange={setText} />
    </div>
  );
}

function ColumnMenu({ all, shown, label, change }: { all: Column[]; shown: Column[]; label: string; change: (change: Record<string, string | null>) => void }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const keys = shown.map((column) => column.key);
  const toggle = (key: string) => change({ columns: (keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key]).join(',') || null });
  return (
    <Menu align="end" button={{ look: 'ghost', icon: <Columns3 size={15} />, label: t('columns') }}>
      <div className="heading">{t('columns')}</div>
      {all.map((column) => (
        <MenuItem key={column.key} checked={keys.includes(column.key)} disabled={column.key === label} hint={isNumeric(column) ? column.unit ?? '' : ''} icon={<input type="checkbox" checked={keys.includes(column.key)} readOnly tabIndex={-1} aria-hidden="true" />} onSelect={() => toggle(column.key)}>
          {words(column.title)}
        </MenuItem>
      ))}
    </Menu>
  );
}
