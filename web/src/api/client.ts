/**
 * The one way to the server: a client typed by openapi.json. `ask` unwraps an answer or throws a `Problem`.
 *
 * **Invariant:** a session that ends while somebody works loses nothing: the request waits until they have signed in again, then goes out.
 * **Invariant:** what was kept is shown only where the server does not answer; nothing that changes anything is kept for later.
 */
import createClient from 'openapi-fetch';
import { keep, keptFor } from '@/offline/kept';
import { answered, failed, shownFrom } from '@/offline/reach';
import { Problem, problemOf, Unreachable } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** As the server writes it: every member is there, null where it has no value. The contract leaves it open whether such a member is left out. */
export type Told<T> = T extends readonly (infer U)[] ? Told<U>[] : T extends object ? { [K in keyof T]-?: Told<Exclude<T[K], undefined>> } : T;

/** Gets somebody back in, in place; resolves once requests may be sent again, rejects when they gave up. */
export type Regain = (problem: Problem) => Promise<void>;

const session: { csrf: string; regain: Regain | null; regaining: Promise<void> | null } = { csrf: '', regain: null, regaining: null };

export function setCsrfToken(token: string): void {
  session.csrf = token;
}

export function onSessionLost(regain: Regain): void {
  session.regain = regain;
}

const REGAINABLE = new Set(['step_up_required', 'second_factor_required', 'unauthenticated', 'session_expired', 'csrf']);

function regainable(problem: Problem): boolean {
  return problem.status === 401 || REGAINABLE.has(problem.code);
}

function regain(problem: Problem): Promise<void> {
  if (!session.regain) return Promise.reject(problem);
  session.regaining ??= session.regain(problem).finally(() => (session.regaining = null));
  return session.regaining;
}

async function once(request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD') request.headers.set('X-CSRF-Token', session.csrf);
  let response: Response | null = null;
  try {
    response = await fetch(request);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
  }
  if (response && !isOfAProxy(response)) {
    answered();
    keep(request, response);
    return response;
  }
  failed();
  const kept = await keptFor(request).catch(() => null);
  if (!kept) throw new Unreachable();
  shownFrom(kept.at);
  return kept.response;
}

/** What stands before the server says so while the server is away; its own refusals are problems. */
function isOfAProxy(response: Response): boolean {
  return response.status >= 502 && response.status <= 504 && !response.headers.get('Content-Type')?.includes('json');
}

/** Sends a request; what is no success is thrown as a `Problem`, after the person had the chance to sign in again (not where it is `quiet`). */
export async function send(request: Request, quiet = false): Promise<Response> {
  const again = request.clone();
  const response = await once(request);
  if (response.ok || response.status === 304) return response;
  const problem = await problemOf(response);
  if (quiet || !regainable(problem)) throw problem;
  await regain(problem);
  const second = await once(again);
  if (second.ok) return second;
  throw await problemOf(second);
}

export const api = createClient<paths>({ baseUrl: typeof location === 'undefined' ? '' : location.origin, fetch: (request) => send(request) });

/** The body of an answer; a refusal was thrown before. */
export async function ask<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** The same, of an operation whose answers have every member. */
export const askWhole = <T>(answer: Promise<{ data?: T }>): Promise<Told<T>> => ask(answer) as Promise<Told<T>>;

interface Options {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** A session that has ended is told to the caller, and nobody is asked to sign in. */
  quiet?: boolean;
}

/** Sends JSON to an address that is only known while running: records of any declared kind. */
export async function askAt<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await sendTo(method, path, options);
  if (!response.headers.get('Content-Type')?.includes('json')) return undefined as T;
  return (await response.json()) as T;
}

/** The same, for who needs headers (`ETag`) or a file. */
export function sendTo(
  method: string,
  path: string,
  options: Options = {},
): Promise<Response> {
  const headers = new Headers(options.headers);
  const raw = options.body instanceof Blob || options.body instanceof FormData || typeof options.body === 'string';
  if (options.body !== undefined && !raw && !headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
  const body = options.body === undefined ? null : raw ? (options.body as BodyInit) : JSON.stringify(options.body);
  return send(new Request(new URL(path, location.origin), { method, headers, body, signal: options.signal ?? null }), options.quiet);
}

/** A new key for `Idempotency-Key`: the same click sent twice happens once. */
export const idempotencyKey = (): string => crypto.randomUUID();
