/** What was said at a terminal, as a sentence: for the operator at it, and for the supervisor who decides about it. */
import { ANDON_KINDS, type Said } from './model/said';
import type { TerminalKey } from './terminal.words';

/** How what is only known by its identifier is called; nothing where nobody knows. */
export interface Called {
  job: (id: string) => string;
  line: (id: string | null) => string;
  item: (id: string) => string;
  lot: (id: string) => string;
  machine: (id: string) => string;
  reason: (id: string) => string;
  /** What a step of the instructions asks for. */
  step: (id: string) => string;
  who: string;
}

type Words = (key: TerminalKey, values?: Record<string, string | number>) => string;

/** A sentence, and what else was said, as far as it is known. */
const told = (sentence: string, ...more: (string | false | null | undefined)[]): string => {
  const known = more.filter(Boolean);
  return known.length > 0 ? `${sentence}: ${known.join(', ')}` : sentence;
};

export function sentenceOf(said: Said, t: Words, number: (value: number) => string, called: Called): string {
  const reason = (id: string | undefined) => id !== undefined && called.reason(id);
  switch (said.kind) {
    case 'job.report': {
      const counted = [said.good > 0 && t('goodN', { n: number(said.good) }), said.scrap > 0 && t('scrapN', { n: number(said.scrap) }), said.rework > 0 && t('reworkN', { n: number(said.rework) })];
      const made = [said.lot_code && `${t('lot')} ${said.lot_code}`, said.serials && said.serials.length > 0 && serialsOf(said.serials)];
      return t('said_report', { job: called.job(said.job_id), what: [...counted, reason(said.reason_id), ...made].filter(Boolean).join(', ') });
    }
    case 'material.issue': {
      const what = said.code ?? [said.item_id && called.item(said.item_id), said.lot_id && called.lot(said.lot_id)].filter(Boolean).join(' ');
      return t('said_issue', { n: number(said.quantity), what, job: called.job(said.job_id) }).replace(/ {2,}/g, ' ');
    }
    case 'job.machine': return t('said_machine', { job: called.job(said.job_id), what: [said.equipment_id && called.machine(said.equipment_id), said.program].filter(Boolean).join(', ') });
    case 'line.stop': return told(t('said_stop', { line: called.line(said.line_id) }), reason(said.reason_id));
    case 'line.run': return t('said_run', { line: called.line(said.line_id) });
    case 'line.reason': return told(t('said_reason', { line: called.line(said.line_id) }), reason(said.reason_id));
    case 'andon.call': return told(t('said_call', { line: called.line(said.line_id), what: t(`call_${said.call}`) }), said.text);
    case 'andon.clear': return t('said_clear', { line: called.line(said.line_id) });
    case 'step.done': return told(t('said_step', { job: called.job(said.job_id) }), called.step(said.step_id), said.value !== undefined && number(Number(said.value)));
    case 'labour.on': return t('said_on', { who: called.who });
    case 'labour.off': return t('said_off', { who: called.who });
    default: return t(`said_${said.kind.slice('job.'.length)}` as TerminalKey, { job: called.job(said.job_id) });
  }
}

/** Serials that a sentence names; of more it says how many more. */
const NAMED = 3;

const serialsOf = (serials: readonly string[]): string => serials.slice(0, NAMED).join(', ') + (serials.length > NAMED ? ` +${serials.length - NAMED}` : '');

const JOB_VERBS = new Set(['job.start', 'job.pause', 'job.resume', 'job.finish', 'job.setup_start', 'job.setup_end']);
const LINE_KINDS = new Set(['line.stop', 'line.run', 'line.reason', 'andon.clear']);
const amount = (value: unknown): number => (value === undefined || value === null ? 0 : Number(value));
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Those of these members that say something. */
const texts = <Name extends string>(body: Record<string, unknown>, ...names: Name[]): { [N in Name]?: string } => Object.fromEntries(names.flatMap((name) => (text(body[name]) ? [[name, text(body[name])]] : []))) as { [N in Name]?: string };

/** An action as the server keeps it, flat and perhaps from another version of the app; null where it cannot be told what it says. */
export function saidIn(body: Record<string, unknown> | null): Said | null {
  const [kind, job_id, line_id] = [text(body?.kind), text(body?.job_id), text(body?.line_id)];
  if (!body || !kind) return null;
  if (kind === 'labour.on' || kind === 'labour.off') return { kind, line_id };
  if (kind === 'andon.call') {
    const call = ANDON_KINDS.find((one) => one === body.call);
    const about = text(body.text);
    return call && line_id ? { kind, line_id, call, ...(about ? { text: about } : {}) } : null;
  }
  if (LINE_KINDS.has(kind)) return line_id ? ({ ...body, kind, line_id } as Said) : null;
  if (!job_id) return null;
  if (JOB_VERBS.has(kind) || kind === 'step.done') return { ...body, kind, job_id, line_id } as Said;
  if (kind === 'job.machine') return { kind, job_id, line_id, ...texts(body, 'equipment_id', 'program') };
  if (kind === 'job.report') {
    const serials = Array.isArray(body.serials) ? body.serials.filter((one): one is string => typeof one === 'string') : [];
    return { kind, job_id, line_id, good: amount(body.good), scrap: amount(body.scrap), rework: amount(body.rework), ...texts(body, 'reason_id', 'lot_code'), ...(serials.length > 0 ? { serials } : {}) };
  }
  return kind === 'material.issue' ? { kind, job_id, line_id, quantity: amount(body.quantity), ...texts(body, 'code', 'item_id', 'lot_id') } : null;
}
