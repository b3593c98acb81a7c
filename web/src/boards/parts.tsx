/** What boards share: range and link, figures with their formula, states with their word. */
import { useQuery } from '@tanstack/react-query';
import { Link2, Maximize2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useStreamOpen } from '@/api/live';
import { linesQuery } from '@/floor/data';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { Button, IconButton, Select, TextInput, toast } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { boardsWords, type BoardsKey } from './boards.words';
import type { Figures, LineCard, StateSpan } from './data';
import { lasting, rangeOf, SPANS, type Range } from './model/range';
import { stripOf } from './model/strip';
import '@/dashboards/dashboards.css';
import './boards.css';

/** The range of the address. */
export function useRange(fallback = '24h'): Range {
  const [url] = useUrl();
  return rangeOf(url('range', fallback), new Date());
}

export function useLasting(): (seconds: number) => string {
  const t = useWords(boardsWords);
  return (seconds) => lasting(seconds, { h: t('h'), min: t('min'), s: t('s') });
}

const LOSSES: Record<string, BoardsKey> = {
  '': 'noReason', unexplained: 'noReason', idle: 'rest', micro_stops: 'microStops',
  delay: 'l_delay', failure: 'l_failure', setup: 'l_setup', down: 'l_down', planned_down: 'plannedDown', preventive: 'preventive',
};

/** The word for a loss: a reason as the plant calls it, or what the server's own names mean. */
export function useLossName(): (name: string) => string {
  const t = useWords(boardsWords);
  return (name) => (LOSSES[name] ? t(LOSSES[name]) : name);
}

/** Whether what is shown moves by itself, and as of when it is. */
export function LiveDot({ at }: { at: Date }) {
  const t = useWords(boardsWords);
  const language = useLanguage();
  const isOpen = useStreamOpen();
  return <span className={`live ${isOpen ? '' : 'late'}`}><i aria-hidden="true" />{t(isOpen ? 'live' : 'everySeconds')} <span className="faint tabular">{at.toLocaleTimeString(language)}</span></span>;
}

/** Range, line, link and kiosk; all of it in the address. */
export function RangeTools({ plantId, fallback = '24h', noLine, children }: { plantId: string; fallback?: string; noLine?: boolean; children?: ReactNode }) {
  const t = useWords(boardsWords);
  const [url, setUrl] = useUrl();
  const lines = useQuery(linesQuery(plantId));
  const range = url('range', fallback);
  const isDays = range.includes('..');
  const [from = '', to = ''] = isDays ? range.split('..') : [];
  const today = new Date();
  const day = (date: Date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
  return (
    <>
      {children}
      {!noLine && <Select style={{ width: 'auto', maxWidth: 180 }} aria-label={t('line')} value={url('line')} empty={t('allLines')} options={(lines.data ?? []).map((line) => ({ value: line.id, label: line.name }))} onChange={(value) => setUrl({ line: value })} />}
      <Select style={{ width: 'auto' }} aria-label={t('range')} value={isDays ? 'days' : range} options={[...SPANS.map((span) => ({ value: span as string, label: t(`span_${span}`) })), { value: 'days', label: t('days') }]} onChange={(value) => setUrl({ range: value === 'days' ? `${day(new Date(today.getTime() - 6 * 86_400_000))}..${day(today)}` : value })} />
      {isDays && (
        <span className="row">
          <TextInput type="date" aria-label={t('fromDay')} value={from} max={to} onChange={(value) => value && setUrl({ range: `${value}..${to < value ? value : to}` })} />
          <TextInput type="date" aria-label={t('toDay')} value={to} min={from} onChange={(value) => value && setUrl({ range: `${from > value ? value : from}..${value}` })} />
        </span>
      )}
      <Share />
    </>
  );
}

export function Share() {
  const t = useWords(boardsWords);
  const [, setUrl] = useUrl();
  return (
    <>
      <IconButton label={t('share')} icon={<Link2 size={15} />} onClick={() => void navigator.clipboard.writeText(location.href).then(() => toast(t('shared')))} />
      <Button icon={<Maximize2 size={15} />} onClick={() => setUrl({ kiosk: 'yes' })}>{t('kiosk')}</Button>
    </>
  );
}

export const STATES = ['running', 'stopped', 'setup', 'idle', 'offline'] as const;

export const stateWord = (state: string | null): BoardsKey => (STATES.find((one) => one === state) ? `st_${state as (typeof STATES)[number]}` : 'st_unknown');

export function StateName({ state }: { state: string | null }) {
  const t = useWords(boardsWords);
  return <span className={`state ${state ?? 'offline'}`}><i aria-hidden="true" />{t(stateWord(state))}</span>;
}

/** What a line did between two instants. */
export function StateStrip({ states, from, to }: { states: readonly StateSpan[]; from: string; to: string }) {
  const t = useWords(boardsWords);
  const format = useFormat();
  const last = useLasting();
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  const pieces = stripOf(states, begin, end);
  const sums = new Map<string, number>();
  for (const piece of pieces) sums.set(piece.state, (sums.get(piece.state) ?? 0) + (piece.share * (end - begin)) / 1000);
  return (
    <div className="strip-box">
      <div className="strip" role="img" aria-label={[...sums].map(([state, seconds]) => `${t(stateWord(state))} ${last(seconds)}`).join(', ') || t('st_unknown')}>
        {pieces.map((piece) => (
          <i key={piece.from} className={piece.state} style={{ left: `${100 * piece.from}%`, width: `${100 * piece.share}%` }} title={`${t(stateWord(piece.state))} ${format.dateTime(piece.of[0]?.started_at ?? from)}, ${last((piece.share * (end - begin)) / 1000)}${piece.of.find((one) => one.reason)?.reason ? ` · ${piece.of.find((one) => one.reason)?.reason}` : ''}`} />
        ))}
      </div>
      <div className="strip-key">{[...sums].sort((a, b) => b[1] - a[1]).map(([state, seconds]) => <span key={state}><StateName state={state} /> <b className="tabular">{last(seconds)}</b></span>)}</div>
    </div>
  );
}

/** The figures in the order in which one asks for them; seconds and rates are told so. */
export const FIGURES: { name: BoardsKey; formula: BoardsKey; of: keyof Figures; as: 'pct' | 'seconds' | 'rate' }[] = [
  { name: 'oee', formula: 'f_oee', of: 'oee_pct', as: 'pct' }, { name: 'availability', formula: 'f_availability', of: 'availability_pct', as: 'pct' }, { name: 'effectiveness', formula: 'f_effectiveness', of: 'effectiveness_pct', as: 'pct' }, { name: 'quality', formula: 'f_quality', of: 'quality_pct', as: 'pct' },
  { name: 'nee', formula: 'f_nee', of: 'nee_pct', as: 'pct' }, { name: 'allocation', formula: 'f_allocation', of: 'allocation_efficiency_pct', as: 'pct' }, { name: 'utilization', formula: 'f_utilization', of: 'utilization_efficiency_pct', as: 'pct' }, { name: 'technical', formula: 'f_technical', of: 'technical_efficiency_pct', as: 'pct' },
  { name: 'setupRatio', formula: 'f_setupRatio', of: 'setup_pct', as: 'pct' }, { name: 'scrapRatio', formula: 'f_scrapRatio', of: 'scrap_pct', as: 'pct' }, { name: 'reworkRatio', formula: 'f_reworkRatio', of: 'rework_pct', as: 'pct' }, { name: 'fpy', formula: 'f_fpy', of: 'first_pass_yield_pct', as: 'pct' },
  { name: 'worker', formula: 'f_worker', of: 'worker_efficiency_pct', as: 'pct' }, { name: 'mtbf', formula: 'f_mtbf', of: 'mtbf_s', as: 'seconds' }, { name: 'mttf', formula: 'f_mttf', of: 'mttf_s', as: 'seconds' }, { name: 'mttr', formula: 'f_mttr', of: 'mttr_s', as: 'seconds' }, { name: 'rate', formula: 'f_rate', of: 'pieces_per_hour', as: 'rate' },
];

/** A figure as people read it; a dash where there is nothing to divide by. */
export function useFigure(): (value: number | null | undefined, as?: 'pct' | 'seconds' | 'rate') => string {
  const format = useFormat();
  const last = useLasting();
  const t = useWords(boardsWords);
  return (value, as = 'pct') => (value === null || value === undefined ? '–' : as === 'pct' ? `${format.number(value, 1)} %` : as === 'seconds' ? last(value) : `${format.number(value, 1)} ${t('perHour')}`);
}

/** Planned time from which figures of a shift say something (s): before, pieces of the shift before are told in it. */
const TOLD_FROM_S = 900;

/** The figures of a line in its shift, each none where that has only begun. */
export const settledFigures = (card: Pick<LineCard, 'figures' | 'times' | 'shift'>): Pick<Figures, 'oee_pct' | 'effectiveness_pct'> => (card.shift && card.times.planned_busy_s < TOLD_FROM_S ? { oee_pct: null, effectiveness_pct: null } : card.figures);

/** A share as a bar with its number beside it. */
export function Bar({ pct, tone = '' }: { pct: number | null; tone?: string }) {
  return <span className={`kpi-bar ${tone}`} aria-hidden="true"><i style={{ width: `${Math.max(0, Math.min(100, pct ?? 0))}%` }} /></span>;
}
