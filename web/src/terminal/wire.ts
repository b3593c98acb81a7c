/**
 * What goes over the network, in the server's words; everything else here speaks its own. Requests of the queue go past the dialog that asks to sign in
 * again: work goes on, and the terminal says that somebody has to.
 */
import { askAt, idempotencyKey, setCsrfToken, type Schemas } from '@/api/client';
import { Problem, Unreachable } from '@/api/problem';
import { whoAmI } from '@/shell/who-am-i';
import type { Answer, Outcome, Said } from './model/said';
import { workOf } from './answer';
import { Later, NoPlace, NoRight, NoTerminal, Refused, Retired, SignedOut, type Sent, type Told, type Wire } from './queue/queue';

/** A request that is not answered by then is tried again (ms). */
const PATIENCE_MS = 30_000;

/** Refusals that pass by themselves. */
const PASSING = new Set([408, 409, 423, 425, 429]);

/** What a refusal means to the queue: whether it passes by itself, somebody has to do something first, or what was sent cannot be taken. */
export function meaning(error: unknown): Error {
  if (error instanceof Unreachable || (error instanceof DOMException && (error.name === 'TimeoutError' || error.name === 'AbortError'))) return new Later();
  if (!(error instanceof Problem)) return error instanceof Error ? error : new Error(String(error));
  if (error.status === 401 || error.code === 'csrf' || error.code === 'step_up_required') return new SignedOut(error.message);
  // A right that was taken away may be given again, and a terminal brought back; until then all waits.
  if (error.status === 403) return new NoRight(error.message);
  if (error.status === 410) return new Retired(error.message);
  if (error.status === 404) return new NoTerminal(error.message);
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

/** Of a duplicate, `was` says what became of it the first time. */
export type Result = Schemas['ActionResult'];

/** A repetition means what the first answer meant: that one may have been lost on its way. */
export function answerOf({ id, outcome, says, rule, was }: Result): Answer {
  const first = outcome !== 'duplicate' ? outcome : (was ?? (rule ? 'adjusted' : 'duplicate'));
  return { id: id ?? '', outcome: first as Outcome, says: says ?? '', rule: rule ?? '' };
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
    const answer = await asked<Schemas['TerminalTaken']>('POST', `/api/v1/terminals/${terminalId}/actions`, {
      body: { device_id: deviceId, device_now: deviceNow, actions: actions.map(bodyOf) } satisfies Schemas['TerminalSent'],
    });
    return { server_now: answer.server_now, results: answer.results.flatMap((one) => (one.id ? [answerOf(one)] : [])) } satisfies Told;
  },
  work: async (terminalId) => workOf(await asked<Schemas['TerminalWork']>('GET', `/api/v1/terminals/${terminalId}/work`)),
  photo: async (entry, picture) => {
    const job = (entry.said as Extract<Said, { kind: 'step.done' }>).job_id;
    try {
      const kept = await asked<{ id: string }>('POST', `/api/v1/jobs/${job}/attachments?name=${encodeURIComponent(`${entry.id}.jpg`)}`, { body: picture, headers: { 'Content-Type': picture.type || 'image/jpeg', 'Idempotency-Key': entry.id } });
      return kept.id;
    } catch (error) {
      // Here it is the job that is not there: the terminal's own calls say whether the terminal is.
      throw error instanceof NoTerminal ? new NoPlace(error.message) : error;
    }
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
  const answer = await quietly<Schemas['SignedInOperator']>('POST', `/api/v1/terminals/${terminalId}/sign-in`, { body: { ...who, ...(pin ? { pin } : {}) } satisfies Schemas['TerminalSignIn'], headers: { 'Idempotency-Key': idempotencyKey() } });
  return { operator_id: answer.operator.id, token: answer.token ?? null, expires_at: answer.expires_at ?? null };
}

export type TerminalRow = Schemas['Terminal'];

export const terminals = async (): Promise<TerminalRow[]> => (await askAt<Schemas['TerminalPage']>('GET', '/api/v1/terminals?limit=500&sort=name')).items as TerminalRow[];
