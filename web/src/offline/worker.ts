/**
 * The service worker: the app opens without a connection, from the files of its own version. It never touches the API.
 *
 * **Invariant:** pages come from the server whenever it answers, so nobody is kept on an old version; files under `/assets` are named by their
 * content and come from here. Another version's files go when this one takes over.
 */
interface Waits extends Event {
  waitUntil: (work: Promise<unknown>) => void;
}

interface Fetches extends Waits {
  request: Request;
  respondWith: (answer: Promise<Response>) => void;
}

interface Scope {
  addEventListener: ((type: 'install' | 'activate', listener: (event: Waits) => void) => void) & ((type: 'fetch', listener: (event: Fetches) => void) => void) & ((type: 'message', listener: (event: MessageEvent) => void) => void);
  skipWaiting: () => Promise<void>;
  clients: { claim: () => Promise<void> };
}

const scope = self as unknown as Scope;

/** Both are filled in by the build. */
const FILES = '__FILES__'.split(' ');
const NAME = 'gemba.app.';
const CACHE = `${NAME}__BUILD__`;

/** A page that takes longer is drawn from here. */
const PATIENCE_MS = 5_000;

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(file, file.endsWith('.html') ? { cache: 'reload' } : {})));
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(NAME) && name !== CACHE) await caches.delete(name);
  await scope.clients.claim();
}

const isGone = (answer: Response): boolean => answer.status >= 502 && answer.status <= 504;

/** The page from the server; ours where it does not answer. */
async function page(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const own = () => caches.match(pathname === '/sign-in' || pathname === '/set-password' ? '/sign-in.html' : '/index.html', { cacheName: CACHE });
  const asked = fetch(request);
  asked.catch(() => undefined);
  try {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
    const answer = await Promise.race([asked, late]);
    if (answer && !isGone(answer)) return answer;
    return (await own()) ?? answer ?? (await asked);
  } catch (error) {
    const kept = await own();
    if (kept) return kept;
    throw error;
  }
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.match(request, { cacheName: CACHE, ignoreVary: true });
  return kept ?? fetch(request);
}

scope.addEventListener('install', (event) => event.waitUntil(install()));
scope.addEventListener('activate', (event) => event.waitUntil(activate()));
scope.addEventListener('message', (event) => {
  if (event.data === 'take-over') void scope.skipWaiting();
});
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== location.origin || address.pathname === '/api' || address.pathname.startsWith('/api/')) return;
  if (request.mode === 'navigate') event.respondWith(page(request));
  else if (FILES.includes(address.pathname)) event.respondWith(file(request));
});

export {};
