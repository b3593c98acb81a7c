/**
 * Plans that somebody opened stay readable without a connection: answers about plans are kept in the browser, and given again while the server
 * cannot be asked.
 *
 * **Invariant:** what is kept is given to the person it was for and to nobody else: it lies under their account, only one account's is ever there,
 * and signing out, another account and a session that ended remove it. While another sign-in is under way in some tab, nothing is kept.
 */
const NAME = 'gemba.plans.';

/** What is worth keeping: who it is, what they may do, plants, scenarios with their results, and the records that plans are made of. */
const WORTH =
  /^\/api\/v1\/(auth\/me$|me\/permissions$|kinds$|plants($|\/[^/]+\/(dashboard|models|scenarios)$)|(regions|areas|lines|items|demand|capabilities|calendars|families|customers|changeovers|layouts|routing-steps|routing-links)$|scenarios($|\/))/;

/** Answers, bytes and days at most; what was opened longest ago goes first. */
const MOST = { answers: 400, bytes: 60_000_000, days: 14 };

const KEPT_AT = 'x-kept-at';
const KEPT_BYTES = 'x-kept-bytes';
const OFF = 'gemba.keep-plans';

const isThere = typeof caches !== 'undefined';
/** What came before it was known who is signed in. */
type Early = { address: URL; copy: Response };
const MOST_EARLY = 12;

const state: { person: string | null; paused: boolean; tidying: boolean; early: Early[] } = { person: null, paused: false, tidying: false, early: [] };

export const keepsPlans = (): boolean => isThere && localStorage.getItem(OFF) !== 'no';

/** Whether plans are kept on this device; not to keep them removes what is there. */
export async function setKeepsPlans(on: boolean): Promise<void> {
  localStorage.setItem(OFF, on ? 'yes' : 'no');
  if (!on) await forgetPlans();
}

const ours = async (): Promise<string[]> => (isThere ? (await caches.keys()).filter((name) => name.startsWith(NAME)) : []);

/** Removes all that is kept, whoever it is for. */
export async function forgetPlans(): Promise<void> {
  for (const name of await ours()) await caches.delete(name);
}

/** From here on what this person opens is kept; what was kept for another is removed first. */
export async function keepFor(person: string): Promise<void> {
  for (const name of await ours()) if (name !== NAME + person) await caches.delete(name);
  state.person = person;
  state.paused = false;
  for (const { address, copy } of state.early.splice(0)) await put(person, address, copy);
}

/** Nothing is kept until it is known again who is signed in. */
export function pauseKeeping(): void {
  state.paused = true;
}

const addressOf = (request: Request): URL => new URL(request.url);

/** The CSRF token of a session is not kept: without a connection there is nothing to send it to. */
async function bodyOf(address: URL, response: Response): Promise<Blob> {
  if (address.pathname !== '/api/v1/auth/me') return response.blob();
  const { csrf_token: _, ...me } = (await response.json()) as Record<string, unknown>;
  return new Blob([JSON.stringify(me)]);
}

/** Keeps an answer that is worth it. Whatever fails here (no room, no permission of the browser) costs nobody the answer itself. */
export function keep(request: Request, response: Response): void {
  const address = addressOf(request);
  if (state.paused || request.method !== 'GET' || !response.ok || !WORTH.test(address.pathname) || !keepsPlans()) return;
  const copy = response.clone();
  if (state.person) void put(state.person, address, copy).catch(() => undefined);
  else if (state.early.length < MOST_EARLY) state.early.push({ address, copy });
}

async function put(person: string, address: URL, copy: Response): Promise<void> {
  const body = await bodyOf(address, copy);
  const headers = { 'Content-Type': copy.headers.get('Content-Type') ?? 'application/json', [KEPT_AT]: new Date().toISOString(), [KEPT_BYTES]: String(body.size), ...etagOf(copy) };
  const cache = await caches.open(NAME + person);
  // Who signed in may have changed while the body was read.
  if (state.person !== person || state.paused) return;
  await cache.put(address.href, new Response(body, { headers }));
  await tidy(cache);
}

const etagOf = (response: Response): Record<string, string> => {
  const etag = response.headers.get('ETag');
  return etag ? { ETag: etag } : {};
};

const ageOf = (response: Response): number => Date.now() - new Date(response.headers.get(KEPT_AT) ?? 0).getTime();
const isOld = (response: Response): boolean => ageOf(response) > MOST.days * 86_400_000;

async function tidy(cache: Cache): Promise<void> {
  if (state.tidying) return;
  state.tidying = true;
  try {
    const all = await Promise.all((await cache.keys()).map(async (request) => ({ request, response: await cache.match(request) })));
    const newest = all.flatMap(({ request, response }) => (response ? [{ request, age: ageOf(response), bytes: Number(response.headers.get(KEPT_BYTES)), old: isOld(response) }] : [])).sort((a, b) => a.age - b.age);
    let bytes = 0;
    for (const [at, one] of newest.entries()) {
      bytes += one.bytes;
      if (one.old || at >= MOST.answers || bytes > MOST.bytes) await cache.delete(one.request);
    }
  } finally {
    state.tidying = false;
  }
}

export interface Kept {
  response: Response;
  at: Date;
}

/** What was kept for this request; null where nothing was. Before anybody is known, it is the one person's whose plans are here. */
export async function keptFor(request: Request): Promise<Kept | null> {
  const address = addressOf(request);
  if (request.method !== 'GET' || !WORTH.test(address.pathname) || !keepsPlans()) return null;
  const names = await ours();
  const name = state.person ? NAME + state.person : names.length === 1 ? names[0] : undefined;
  if (!name || !names.includes(name)) return null;
  const response = await (await caches.open(name)).match(address.href);
  if (!response || isOld(response)) return null;
  state.person ??= name.slice(NAME.length);
  return { response, at: new Date(response.headers.get(KEPT_AT) ?? 0) };
}

/** How much is kept, for who wants to know. */
export async function keptNow(): Promise<{ answers: number; bytes: number }> {
  let [answers, bytes] = [0, 0];
  for (const name of await ours()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      answers += 1;
      bytes += Number((await cache.match(request))?.headers.get(KEPT_BYTES) ?? 0);
    }
  }
  return { answers, bytes };
}
