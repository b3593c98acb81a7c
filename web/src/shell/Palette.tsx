/** Ctrl+K: pages, records and actions, by typing; with nothing typed, where one was lately. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { CornerDownLeft, FileText, History, Plus, Search, Zap } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { askAt } from '@/api/client';
import { fillPlant, useMay, usePlant } from '@/api/session';
import { actions, recordAddress } from '@/pages/registry';
import { holds, kindsQuery, labelOf, type Kind, type RecordRow } from '@/records/kinds';
import { useKindWords } from '@/records/kind-words';
import { useWord, useWords } from '@/words';
import { useOffered } from './Navigation';
import { visits } from './recent';
import { shellWords } from './shell.words';

interface Hit {
  key: string;
  group: string;
  title: string;
  hint?: string;
  icon: ReactNode;
  go: () => void;
}

/** Letters in order, the closer to the beginning the better; null where they are not all there. */
function fits(text: string, wanted: string): number | null {
  const lower = text.toLowerCase();
  const at = lower.indexOf(wanted);
  if (at >= 0) return at === 0 ? 0 : lower[at - 1] === ' ' ? 1 : 2;
  const words = wanted.split(/\s+/);
  return words.length > 1 && words.every((word) => lower.includes(word)) ? 3 : null;
}

/** Kinds whose records people look for by name: those that say what search looks into. */
const isSearched = (kind: Kind): boolean => holds(kind, 'read') && kind.fields.some((field) => field.search && field.name === kind.label);
const FIRST = ['line', 'item', 'scenario', 'area', 'plant', 'customer', 'supplier', 'equipment'];
const rank = (kind: Kind): number => (FIRST.includes(kind.name) ? FIRST.indexOf(kind.name) : FIRST.length);
/** Kinds that are asked at once. */
const KINDS_AT_ONCE = 8;

function useRecordHits(text: string, kinds: Kind[], go: (to: string) => void): Hit[] {
  const words = useKindWords();
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 220);
    return () => clearTimeout(timer);
  }, [text]);
  const asked = kinds.filter(isSearched).sort((a, b) => rank(a) - rank(b)).slice(0, KINDS_AT_ONCE);
  const answers = useQueries({
    queries: asked.map((kind) => ({
      queryKey: ['records', kind.name, 'palette', settled],
      queryFn: ({ signal }: { signal: AbortSignal }) => askAt<{ items: RecordRow[] }>('GET', `/api/v1/${kind.path}?${new URLSearchParams({ q: settled, limit: '4', fields: kind.within === 'organization' ? kind.label : `${kind.label},plant_id` })}`, { signal }),
      enabled: settled.length > 1,
      staleTime: 60_000,
    })),
  });
  return answers.flatMap(({ data }, at) => {
    const kind = asked[at];
    if (!kind || settled !== text) return [];
    return (data?.items ?? []).map((row) => ({
      key: row.id, group: 'records', title: labelOf(kind, row), hint: words(kind.title), icon: <FileText size={15} />, go: () => go(recordAddress(kind, row.id, row.plant_id ?? null)),
    }));
  });
}

export function Palette({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const t = useWords(shellWords);
  const say = useWord();
  const words = useKindWords();
  const may = useMay();
  const plant = usePlant();
  const navigate = useNavigate();
  const offered = useOffered();
  const { data: kinds = [] } = useQuery(kindsQuery);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  const go = (to: string) => {
    onClose();
    void navigate({ to });
  };
  const wanted = text.trim().toLowerCase();
  const known = useMemo<Hit[]>(() => {
    const toPages = offered.map((offer) => ({ key: offer.to, group: 'pages', title: say(offer.title), hint: offer.also ?? '', icon: <offer.nav.icon size={15} />, go: () => go(offer.to) }));
    const toKinds = kinds.filter((kind) => holds(kind, 'read') && !offered.some((offer) => offer.to === `/data/${kind.path}`)).map((kind) => ({ key: kind.name, group: 'pages', title: words(kind.plural), icon: <FileText size={15} />, go: () => go(`/data/${kind.path}`) }));
    const making = kinds.filter((kind) => holds(kind, 'create')).map((kind) => ({ key: `new ${kind.name}`, group: 'actions', title: t('newOne', { one: words(kind.title) }), icon: <Plus size={15} />, go: () => go(`/data/${kind.path}?new=yes`) }));
    const doing = actions.flatMap((action) => {
      const to = action.to ? fillPlant(action.to, plant) : null;
      if (!may(action.permission) || (action.to && !to)) return [];
      const Icon = action.icon ?? Zap;
      return [{ key: action.id, group: 'actions', title: say(action.title), icon: <Icon size={15} />, go: () => (to ? go(to) : (onClose(), action.run?.())) }];
    });
    const own = { key: 'shortcuts', group: 'actions', title: t('shortcuts'), icon: <Zap size={15} />, go: onShortcuts };
    return [...toPages, ...toKinds, ...doing, ...making, own];
  }, [offered, kinds, words, plant]);
  const records = useRecordHits(wanted, kinds, go);
  const recent: Hit[] = visits().map((visit) => ({ key: `recent ${visit.to}`, group: 'recent', title: visit.title, icon: <History size={15} />, go: () => go(visit.to) }));
  const hits = useMemo(() => {
    if (!wanted) return [...recent.slice(0, 6), ...known.filter((hit) => hit.group === 'pages').slice(0, 12)];
    const ranked = known.flatMap((hit) => {
      const fit = fits(`${hit.title} ${hit.hint ?? ''}`, wanted);
      return fit === null ? [] : [{ hit, fit }];
    });
    ranked.sort((a, b) => a.fit - b.fit);
    const of = (group: string) => ranked.filter(({ hit }) => hit.group === group).map(({ hit }) => hit);
    return [...of('pages').slice(0, 7), ...records, ...of('actions').slice(0, 7)];
  }, [wanted, known, records.map((hit) => hit.key).join()]);
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((now) => Math.min(now + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') setAt((now) => Math.max(now - 1, 0));
    else if (event.key === 'Enter') hits[at]?.go();
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, id]);
  const groupWords: Record<string, string> = { recent: t('recent'), pages: t('pages'), records: t('records'), actions: t('actions') };
  return (
    <dialog ref={dialog} className="dialog palette" aria-label={t('findAnything')} onCancel={onClose} onPointerDown={(event) => event.target === dialog.current && onClose()}>
      <div className="frame">
        <div className="palette-input">
          <Search size={17} aria-hidden="true" />
          <input autoFocus role="combobox" aria-expanded="true" aria-controls={`${id}-list`} aria-activedescendant={`${id}-${at}`} aria-label={t('findAnything')} placeholder={t('findAnything')} value={text} spellCheck={false}
            onChange={(event) => { setText(event.target.value); setAt(0); }} onKeyDown={keys} />
        </div>
        <div className="palette-list" id={`${id}-list`} role="listbox" aria-label={t('findAnything')}>
          {hits.map((hit, index) => (
            <div key={hit.key} role="presentation">
              {hits[index - 1]?.group !== hit.group && <div className="heading" role="presentation">{groupWords[hit.group]}</div>}
              <div id={`${id}-${index}`} role="option" aria-selected={index === at} className="hit" onPointerMove={() => setAt(index)} onClick={hit.go}>
                {hit.icon}
                <span className="grow ellipsis">{hit.title}</span>
                {hit.group === 'records' && <span className="faint small">{hit.hint}</span>}
                {index === at && <CornerDownLeft size={14} className="faint" />}
              </div>
            </div>
          ))}
          {hits.length === 0 && <div className="heading" role="option" aria-selected="false">{t('nothingFits')}</div>}
        </div>
      </div>
    </dialog>
  );
}
