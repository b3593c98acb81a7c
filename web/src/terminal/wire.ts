/**
 * What goes over the network, in the server's words; everything else here speaks its own. Requests of the queue go past the dialog that asks to sign in
 * again: work goes on, and the terminal says that somebody has to.
 */
import { askAt, idempotencyKey, setCsrfToken } from '@/api/client';
import { Problem, Unreachable } from '@/api/problem';
import { whoAmI } from '@/shell/who-am-i';
import type { Answer, Outcome, Said } from './model/said';
import { workOf, type WorkAnswer } from './answer';
import { Later, Refused, SignedOut, type Sent, type Told, type Wire } from './queue/queue';

/** A request that is not answered by then is tried again (ms). */
const PATIENCE_MS = 30_000;

/** Refusals that pass by themselves. */
const PASSING = new Set([408, 409, 423, 425, 429]);

function meaning(error: unknown): Error {
  if (error instanceof Unreachable || (error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError'))) return new Later();
  if (!(error instanceof Problem)) return error instanceof Error ? error : new Error(String(error));
  if (error.status === 401 || error.code === 'csrf' || error.code === 'step_up_required') return new SignedOut(error.message);
  // A right that was taken away may be given again; until then all waits.
  if (error.status === 403 || error.status === 404) return new SignedOut(error.message);
  if (error.status >= 500 || PASSING.has(error.status)) return new Later(error.message);
  return new Refused(error.errors[0] ? `${error.errors[0].pointer}: ${error.errors[0].detail}` : error.message);
}

interface Asking {
  body?: unknown;
  headers?: Record<string, string>;
}

/** Asks without anybody being asked to sign in. A page that was opened without a network has no token yet: who is signed in says it. */
async function quietly<T>(method: string, path: string, options: Asking = {}): Promise<T> {
  const ask = () => askAt<T>(method, path, { ...options, signal: AbortSignal.timeout(PATIENCE_MS), quiet: true });
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'csrf') throw error;
    setCsrfToken((await whoAmI())?.csrf_token ?? '');
    return ask();
  }
}

async function asked<T>(method: string, path: string, options: Asking = {}): Promise<T> {
  try {
    return await quietly<T>(method, path, options);
  } catch (error) {
    throw meaning(error);
  }
}

export interface Result {
  id: string | null;
  outcome: Outcome;
  says?: string | null;
  rule?: string | null;
  /** Of a duplicate, what became of it the first time. */
  was?: Outcome | null;
}

/** A repetition means what the first answer meant: that one may have been lost on its way. */
export function answerOf({ id, outcome, says, rule, was }: Result): Answer {
  const first = outcome !== 'duplicate' ? outcome : (was ?? (rule ? 'adjusted' : 'duplicate'));
  return { id: id ?? '', outcome: first, says: says ?? '', rule: rule ?? '' };
}

/** One thing that was said, flat, as the server reads it. */
export function bodyOf({ id, sequence, at, operator_id, token, said }: Sent): Record<string, unknown> {
  const head = { id, sequence, at, operator_id, kind: said.kind, ...(token ? { token } : {}) };
  switch (said.kind) {
    // `kind` is what is done; which help is called stands beside it.
    case 'andon.call': return { ...head, line_id: said.line_id, job_id: said.job_id, call: said.call, text: said.text };
    case 'andon.clear': return { ...head, line_id: said.line_id, call_id: said.call_id };
    default: return { ...said, ...head };
  }
}

export const wire: Wire = {
  send: async (terminalId, deviceId, deviceNow, actions) => {
    const answer = await asked<{ server_now: string; results: Result[] }>('POST', `/api/v1/terminals/${terminalId}/actions`, {
      body: { device_id: deviceId, device_now: deviceNow, actions: actions.map(bodyOf) },
    });
    return { server_now: answer.server_now, results: answer.results.flatMap((one) => (one.id ? [answerOf(one)] : [])) } satisfies Told;
  },
  work: async (terminalId) => workOf(await asked<WorkAnswer>('GET', `/api/v1/terminals/${terminalId}/work`)),
  photo: async (entry, picture) => {
    const job = (entry.said as Extract<Said, { kind: 'step.done' }>).job_id;
    const kept = await asked<{ id: string }>('POST', `/api/v1/jobs/${job}/attachments?name=${encodeURIComponent(`${entry.id}.jpg`)}`, { body: picture, headers: { 'Content-Type': picture.type || 'image/jpeg', 'Idempotency-Key': entry.id } });
    return kept.id;
  },
};

/** What shows that an operator signed in here, and until when (ISO 8601). */
export interface SignedIn {
  operator_id: string;
  token: string | null;
  expires_at: string | null;
}

/** Asks the server who this is. What it refuses is thrown as a `Problem`. */
export async function signIn(terminalId: string, who: { badge: string } | { operator_id: string }, pin: string): Promise<SignedIn> {
  const answer = await quietly<{ operator: { id: string }; token?: string | null; expires_at?: string | null }>('POST', `/api/v1/terminals/${terminalId}/sign-in`, { body: { ...who, ...(pin ? { pin } : {}) }, headers: { 'Idempotency-Key': idempotencyKey() } });
  return { operator_id: answer.operator.id, token: answer.token ?? null, expires_at: answer.expires_at ?? null };
}

export interface TerminalRow {
  id: string;
  code: string;
  name: string;
  plant_id: string;
}

export const terminals = async (): Promise<TerminalRow[]> => (await askAt<{ items: TerminalRow[] }>('GET', '/api/v1/terminals?limit=500&sort=name')).items;
