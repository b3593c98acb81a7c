/** What the steps of the terminal are made of: the two buttons at the bottom, tiles, the number pad, words about entries. */
import { Delete } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { useFormat } from '@/planning/numbers';
import { useLanguage, useWords } from '@/words';
import { localeOf } from '@/words/locale';
import { useTerminal } from './context';
import type { Entry } from './model/said';
import type { JobFacts, JobStatus } from './model/work';
import type { View } from './model/view';
import { sentenceOf } from './saying';
import { terminalWords } from './terminal.words';

export interface Act {
  label: string;
  icon?: ReactNode;
  onPress: () => void;
  /** Why it cannot be done now; pressing says it. */
  why?: string | null;
  tone?: 'stop';
}

/** The buttons of a step. They stand at the same place in every step, whatever they do. */
export function Acts({ primary, secondary }: { primary?: Act | null; secondary?: Act | null }) {
  const { slot, tell } = useTerminal();
  if (!slot) return null;
  const draw = (act: Act | null | undefined, look: string) =>
    act ? (
      <button type="button" className={`term-act ${look} ${act.tone ?? ''}`} aria-disabled={act.why ? true : undefined} title={act.why ?? undefined} onClick={() => (act.why ? tell(act.why, 'danger') : act.onPress())}>
        {act.icon}
        <span>{act.label}</span>
      </button>
    ) : <span className={`term-act ${look} none`} aria-hidden="true" />;
  return createPortal(<>{draw(secondary, 'second')}{draw(primary, 'first')}</>, slot);
}

export function Tile({ children, note, icon, onPress, tone = '', pressed, label, why }: { children: ReactNode; note?: ReactNode; icon?: ReactNode; onPress: () => void; tone?: string; pressed?: boolean | undefined; label?: string; why?: string | null | undefined }) {
  const { tell } = useTerminal();
  return (
    <button type="button" className={`term-tile ${tone}`} aria-pressed={pressed} aria-label={label} aria-disabled={why ? true : undefined} onClick={() => (why ? tell(why, 'danger') : onPress())}>
      {icon}
      <span className="grow">
        <b>{children}</b>
        {note !== undefined && note !== null && <small>{note}</small>}
      </span>
    </button>
  );
}

const KEYS = ['7', '8', '9', '4', '5', '6', '1', '2', '3'];

/** Digits for thumbs; a keyboard types into it as well. */
export function Pad({ value, onChange, decimals, secret, label, onEnter }: { value: string; onChange: (value: string) => void; decimals?: boolean; secret?: boolean; label: string; onEnter?: () => void }) {
  const t = useWords(terminalWords);
  const language = useLanguage();
  const comma = (1.5).toLocaleString(localeOf(language)).charAt(1);
  const latest = useRef({ value, onChange, onEnter });
  latest.current = { value, onChange, onEnter };
  // A PIN begins with zeros as it likes; a number does not.
  const press = (key: string) => onChange(value === '0' && key !== comma && !secret ? key : value + key);
  useEffect(() => {
    const typed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) || document.querySelector('dialog[open]')) return;
      const now = latest.current;
      if (/^\d$/.test(event.key) || (decimals && (event.key === '.' || event.key === ','))) now.onChange((now.value === '0' && /\d/.test(event.key) && !secret ? '' : now.value) + (/\d/.test(event.key) ? event.key : comma));
      else if (event.key === 'Backspace') now.onChange(now.value.slice(0, -1));
      else if (event.key === 'Enter' && !(event.target instanceof HTMLButtonElement)) now.onEnter?.();
    };
    addEventListener('keydown', typed);
    return () => removeEventListener('keydown', typed);
  }, [decimals, comma, secret]);
  return (
    <div className="term-pad" role="group" aria-label={label}>
      <output className="term-pad-value tabular" aria-live="polite">{secret ? '•'.repeat(value.length) : value || '0'}</output>
      <div className="term-pad-keys">
        {KEYS.map((key) => <button key={key} type="button" onClick={() => press(key)}>{key}</button>)}
        {decimals ? <button type="button" onClick={() => !value.includes(comma) && onChange(`${value || '0'}${comma}`)}>{comma}</button> : <button type="button" onClick={() => onChange('')} aria-label={t('clear')}>C</button>}
        <button type="button" onClick={() => press('0')}>0</button>
        <button type="button" onClick={() => onChange(value.slice(0, -1))} aria-label={t('erase')}><Delete size={26} /></button>
      </div>
    </div>
  );
}

const TONES: Record<JobStatus, string> = { running: 'ok', setup: 'info', paused: 'warn', ready: 'accent', waiting: '', completed: 'ok', cancelled: '' };

export function Status({ job }: { job: JobFacts }) {
  const t = useWords(terminalWords);
  return <span className={`badge ${TONES[job.status]}`}>{t(`status_${job.status}`)}</span>;
}

/** Hours and minutes of an instant, with the day where it is another one. */
export function useClockTime(): (iso: string) => string {
  const language = useLanguage();
  return (iso) => {
    const date = new Date(iso);
    const isToday = date.toDateString() === new Date().toDateString();
    return date.toLocaleString(language, isToday ? { timeStyle: 'short' } : { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  };
}

/** A span of time in its largest unit. */
export function useSpan(): (ms: number) => string {
  const t = useWords(terminalWords);
  return (ms) => {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return t('seconds', { n: seconds });
    return seconds < 5_400 ? t('minutes', { n: Math.round(seconds / 60) }) : t('hours', { n: Math.round(seconds / 3_600) });
  };
}

/** What was said, in words. */
export function useSaying(): (entry: Pick<Entry, 'said' | 'operator_id'>) => string {
  const t = useWords(terminalWords);
  const format = useFormat();
  const { work } = useTerminal();
  return ({ said, operator_id }) =>
    sentenceOf(said, t, format.number, {
      job: (id) => work.jobs.find((job) => job.id === id)?.code ?? id.slice(0, 8),
      line: (id) => work.lines.find((line) => line.id === id)?.name ?? '–',
      item: (id) => work.components.find((one) => one.item.id === id)?.item.code ?? '',
      lot: (id) => work.components.flatMap((one) => one.lots).find((lot) => lot.id === id)?.code ?? '',
      machine: (id) => work.machines.find((one) => one.id === id)?.code ?? '',
      reason: (id) => work.reasons.find((one) => one.id === id)?.name ?? '',
      step: (id) => work.instructions.flatMap((one) => one.steps).find((step) => step.id === id)?.text ?? '',
      who: work.operators.find((one) => one.id === operator_id)?.name ?? '–',
    });
}

/** Good, scrap, rework and what is missing, as far as this device knows. */
export function Counts({ job }: { job: View['jobs'][number] }) {
  const t = useWords(terminalWords);
  const format = useFormat();
  const share = job.quantity > 0 ? Math.min(1, job.good / job.quantity) : 0;
  return (
    <div className="term-counts">
      <div className="term-good">
        <span className="muted">{t('good')}</span>
        <b className="tabular">{format.number(job.good)}</b>
        <span className="muted">{t('of', { n: format.number(job.quantity) })} {job.item.unit}</span>
        {job.unsent > 0 && <span className="badge warn">{t('notSentN', { n: format.number(job.unsent) })}</span>}
      </div>
      <div className="term-bar" role="img" aria-label={`${format.pct(100 * share)} %`}><span style={{ width: `${100 * share}%` }} /></div>
      <dl className="term-facts">
        <div><dt>{t('missing')}</dt><dd className="tabular">{format.number(Math.max(0, job.quantity - job.good))}</dd></div>
        <div><dt>{t('scrap')}</dt><dd className="tabular">{format.number(job.scrapped)}</dd></div>
        <div><dt>{t('rework')}</dt><dd className="tabular">{format.number(job.reworked)}</dd></div>
      </dl>
    </div>
  );
}
