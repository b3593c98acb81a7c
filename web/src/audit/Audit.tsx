/** The audit trail: asked by time, person, action and record; each entry with what it changed; exported; its chain to be verified. */
import { ChevronDown, Download, SearchX, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { askAt, type Schemas } from '@/api/client';
import { useMay, usePlants } from '@/api/session';
import { saveFile } from '@/records/download';
import { useListSearch } from '@/records/search';
import { Who } from '@/records/Who';
import { Badge, Button, Dialog, Empty, Field, Menu, MenuItem, Moment, Page, Panel, Rows, Select, TextInput, toast, toastError, useRows, type Tone } from '@/ui';
import { useWords } from '@/words';
import { auditWords } from './audit.words';
import { Chain } from './Chain';
import './audit.css';

type Event = Schemas['Event'];

const TONES: Record<string, Tone | undefined> = { refused: 'warn', failed: 'danger' };
const FILTERS = ['from', 'to', 'action', 'actor', 'kind', 'record', 'outcome', 'request', 'plant'];
/** Entries in an export at most. */
const MOST = 20_000;

function askedFor(search: Record<string, string>): URLSearchParams {
  const said = new URLSearchParams();
  for (const name of FILTERS) {
    const value = search[name];
    if (!value) continue;
    if (name === 'from') said.set(name, new Date(`${value}T00:00:00`).toISOString());
    else if (name === 'to') said.set(name, new Date(new Date(`${value}T00:00:00`).getTime() + 86_400_000).toISOString());
    else said.set(name, value);
  }
  return said;
}

export default function Audit() {
  const t = useWords(auditWords);
  const [search, change] = useListSearch();
  const [shown, setShown] = useState<Event | null>(null);
  const [chain, setChain] = useState(false);
  const [busy, setBusy] = useState(false);
  const said = askedFor(search);
  const events = useRows<Event>(['audit', said.toString()], `/api/v1/audit/events?limit=100&${said}`);
  const set = (name: string) => (value: string) => change({ [name]: value.trim() || null });
  const plants = usePlants();
  const mayExport = useMay()('audit.event.export');
  const filtered = FILTERS.some((name) => search[name]);
  const exportAll = async (form: 'csv' | 'jsonl') => {
    setBusy(true);
    try {
      const all = await everything(said);
      if (form === 'csv') saveFile(new Blob([csvOf(all)], { type: 'text/csv' }), 'audit.csv');
      else saveFile(new Blob([all.map((event) => `${JSON.stringify(event)}\n`).join('')], { type: 'application/jsonl' }), 'audit.jsonl');
      toast(all.length >= MOST ? t('tooMany', { n: MOST }) : t('exported', { n: all.length }));
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Page title={t('audit')} about={t('about')}
      actions={
        <>
          <Menu align="end" button={{ icon: <Download size={15} />, busy, children: <>{t('export')}<ChevronDown size={14} /></> }}>
            <MenuItem onSelect={() => void exportAll('csv')}>{t('asTable')}</MenuItem>
            <MenuItem onSelect={() => void exportAll('jsonl')}>{t('asLines')}</MenuItem>
          </Menu>
          <Button look="primary" icon={<ShieldCheck size={15} />} why={mayExport ? undefined : t('needsExport')} onClick={() => setChain(true)}>{t('verify')}</Button>
        </>
      }>
      <div className="form-grid audit-filters">
        <Field label={t('from')}><TextInput type="date" value={search.from ?? ''} onChange={set('from')} /></Field>
        <Field label={t('to')}><TextInput type="date" value={search.to ?? ''} onChange={set('to')} /></Field>
        <Field label={t('action')}><Typed key={`action ${search.action ?? ''}`} value={search.action ?? ''} placeholder={t('actionHelp')} onDone={set('action')} /></Field>
        <Field label={t('by')}><Typed key={`by ${search.actor ?? ''}`} value={search.actor ?? ''} placeholder={t('byHelp')} onDone={set('actor')} /></Field>
        <Field label={t('kind')}><Typed key={`kind ${search.kind ?? ''}`} value={search.kind ?? ''} placeholder="line" onDone={set('kind')} /></Field>
        <Field label={t('record')}><Typed key={`record ${search.record ?? ''}`} value={search.record ?? ''} placeholder="0199d1a0-…" onDone={set('record')} /></Field>
        <Field label={t('request')}><Typed key={`request ${search.request ?? ''}`} value={search.request ?? ''} placeholder="0199d1a0-…" onDone={set('request')} /></Field>
        <Field label={t('outcome')}><Select value={search.outcome ?? ''} onChange={set('outcome')} empty={t('all')} options={[{ value: 'success', label: t('success') }, { value: 'refused', label: t('denied') }, { value: 'failed', label: t('failure') }]} /></Field>
        {plants.length > 1 && <Field label={t('plant')}><Select value={search.plant ?? ''} onChange={set('plant')} empty={t('all')} options={plants.map((plant) => ({ value: plant.id, label: plant.name }))} /></Field>}
        {filtered && <Button className="clear" look="ghost" onClick={() => change(Object.fromEntries(FILTERS.map((name) => [name, null])))}>{t('clear')}</Button>}
      </div>
      <Panel flush>
        <Rows of={events} label={t('audit')} rowKey={(event) => event.id} empty={<Empty icon={<SearchX size={28} />} title={t('none')}>{t('noneText')}</Empty>}
          columns={[
            { title: t('when'), value: (event) => <Moment exact at={event.occurred_at} /> },
            { title: t('actor'), value: (event) => <button type="button" className="plain" onClick={() => change({ actor: event.actor })}><Who bare id={event.actor} /></button> },
            { title: t('action'), value: (event) => <button type="button" className="plain" onClick={() => setShown(event)}><code>{event.action}</code></button> },
            { title: t('record'), value: (event) => <span className="ellipsis" style={{ display: 'inline-block', maxWidth: 280 }}>{nameOf(event)}</span> },
            { title: t('outcome'), value: (event) => <Badge tone={TONES[event.outcome]}>{event.outcome === 'success' ? t('success') : event.outcome === 'refused' ? t('denied') : t('failure')}</Badge> },
            { title: t('address'), value: (event) => <span className="tabular faint">{event.ip ?? ''}</span> },
          ]} />
      </Panel>
      {shown && <Details event={shown} onClose={() => setShown(null)} />}
      {chain && <Chain onClose={() => setChain(false)} />}
    </Page>
  );
}

/** Asked when somebody has finished typing. */
function Typed({ value, onDone, ...rest }: { value: string; placeholder: string; onDone: (value: string) => void; id?: string }) {
  const [text, setText] = useState(value);
  return <TextInput {...rest} value={text} onChange={setText} onBlur={() => text !== value && onDone(text)} onKeyDown={(event) => event.key === 'Enter' && onDone(text)} />;
}

/** What the record is called, as far as the entry says so. */
function nameOf(event: Event): string {
  const record = (event.after ?? event.before) as Record<string, unknown> | null | undefined;
  const name = record?.name ?? record?.code ?? record?.title ?? record?.email;
  return typeof name === 'string' ? name : event.record_id ? `${event.kind ?? ''} …${event.record_id.slice(-6)}` : '';
}

function Details({ event, onClose }: { event: Event; onClose: () => void }) {
  const t = useWords(auditWords);
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  const rows: [string, unknown][] = [[t('detail'), event.detail], [t('before'), event.before], [t('after'), event.after]];
  return (
    <Dialog side wide title={event.action} onClose={onClose}>
      <dl className="facts">
        <dt>{t('when')}</dt><dd><Moment exact at={event.occurred_at} /></dd>
        <dt>{t('actor')}</dt><dd><Who bare id={event.actor} /> <code className="faint">{event.actor}</code></dd>
        {event.record_id && <><dt>{t('record')}</dt><dd>{event.kind} <code>{event.record_id}</code></dd></>}
        {event.request_id && <><dt>{t('request')}</dt><dd><code>{event.request_id}</code></dd></>}
        {event.ip && <><dt>{t('address')}</dt><dd>{event.ip}</dd></>}
      </dl>
      <div className="audit-detail stack">
        {rows.map(([title, value]) => value !== null && value !== undefined && Object.keys(value as object).length > 0 && (
          <div key={title} className="stack-s"><h3>{title}</h3><pre tabIndex={0}>{json(value)}</pre></div>
        ))}
      </div>
    </Dialog>
  );
}

async function everything(said: URLSearchParams): Promise<Event[]> {
  const all: Event[] = [];
  let cursor = '';
  do {
    const page = await askAt<{ items: Event[]; next_cursor: string | null }>('GET', `/api/v1/audit/events?limit=500&${said}${cursor ? `&cursor=${cursor}` : ''}`);
    all.push(...page.items);
    cursor = page.next_cursor ?? '';
  } while (cursor && all.length < MOST);
  return all;
}

/** A cell that begins like a formula is written as text, which spreadsheets then do not carry out. */
function cell(value: unknown): string {
  const text = value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvOf(events: Event[]): string {
  const columns = ['occurred_at', 'actor', 'action', 'outcome', 'kind', 'record_id', 'plant_id', 'ip', 'request_id', 'detail', 'before', 'after'] as const;
  return [columns.join(','), ...events.map((event) => columns.map((name) => cell(event[name as keyof Event])).join(','))].join('\r\n');
}
