/** What was said at a terminal, as a sentence: for the operator at it, and for the supervisor who decides about it. */
import { ANDON_KINDS, type Said } from './model/said';
import type { TerminalKey } from './terminal.words';

export interface Called {
  job: (id: string) => string;
  line: (id: string | null) => string;
  item: (id: string) => string;
  who: string;
}

type Words = (key: TerminalKey, values?: Record<string, string | number>) => string;

export function sentenceOf(said: Said, t: Words, number: (value: number) => string, called: Called): string {
  switch (said.kind) {
    case 'job.report': {
      const counted = [said.good > 0 && t('goodN', { n: number(said.good) }), said.scrap > 0 && t('scrapN', { n: number(said.scrap) }), said.rework > 0 && t('reworkN', { n: number(said.rework) })].filter(Boolean);
      return t('said_report', { job: called.job(said.job_id), what: counted.join(', ') });
    }
    case 'material.issue': return t('said_issue', { n: number(said.quantity), what: said.code ?? called.item(said.item_id ?? ''), job: called.job(said.job_id) });
    case 'line.stop': return t('said_stop', { line: called.line(said.line_id) });
    case 'line.run': return t('said_run', { line: called.line(said.line_id) });
    case 'line.reason': return t('said_reason', { line: called.line(said.line_id) });
    case 'andon.call': return t('said_call', { line: called.line(said.line_id), what: t(`call_${said.call}`) });
    case 'andon.clear': return t('said_clear', { line: called.line(said.line_id) });
    case 'step.done': return t('said_step', { job: called.job(said.job_id) });
    case 'labour.on': return t('said_on', { who: called.who });
    case 'labour.off': return t('said_off', { who: called.who });
    default: return t(`said_${said.kind.slice('job.'.length)}` as TerminalKey, { job: called.job(said.job_id) });
  }
}

const JOB_VERBS = new Set(['job.start', 'job.pause', 'job.resume', 'job.finish', 'job.setup_start', 'job.setup_end']);
const LINE_KINDS = new Set(['line.stop', 'line.run', 'line.reason', 'andon.clear']);
const amount = (value: unknown): number => (value === undefined || value === null ? 0 : Number(value));
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** An action as the server keeps it, flat and perhaps from another version of the app; null where it cannot be told what it says. */
export function saidIn(body: Record<string, unknown> | null): Said | null {
  const [kind, job_id, line_id] = [text(body?.kind), text(body?.job_id), text(body?.line_id)];
  if (!body || !kind) return null;
  if (kind === 'labour.on' || kind === 'labour.off') return { kind, line_id };
  if (kind === 'andon.call') {
    const call = ANDON_KINDS.find((one) => one === body.call);
    return call && line_id ? { kind, line_id, call } : null;
  }
  if (LINE_KINDS.has(kind)) return line_id ? ({ ...body, kind, line_id } as Said) : null;
  if (!job_id) return null;
  if (JOB_VERBS.has(kind) || kind === 'step.done') return { ...body, kind, job_id, line_id } as Said;
  if (kind === 'job.report') return { kind, job_id, line_id, good: amount(body.good), scrap: amount(body.scrap), rework: amount(body.rework) };
  const code = text(body.code);
  const item_id = text(body.item_id);
  return kind === 'material.issue' ? { kind, job_id, line_id, quantity: amount(body.quantity), ...(code ? { code } : {}), ...(item_id ? { item_id } : {}) } : null;
}
