/** A real Chromium, people signed in, and what no page may do: say an error, or be unusable for somebody. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const URL_OF_SERVER = process.env.GEMBA_URL ?? '';
export const PASSWORD = process.env.GEMBA_PASSWORD ?? '';

export function chromiumPath() {
  const known = [process.env.GEMBA_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
  return known.find((path) => path && existsSync(path));
}

let browser;

const launch = (...more) => chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', ...more] });

export async function openBrowser() {
  browser ??= await launch();
  return browser;
}

const withCamera = [];

/** A browser of its own whose camera shows this film (Motion JPEG), and that lets every page use it. */
export async function openBrowserWithCamera(film) {
  const one = await launch('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${film}`);
  withCamera.push(one);
  return one;
}

export async function closeBrowser() {
  for (const one of withCamera.splice(0)) await one.close();
  await browser?.close();
  browser = undefined;
}

/** Answers that a test brings about on purpose are no errors of the page. */
const EXPECTED = /Failed to load resource: the server responded with a status of (4\d\d|50[34])/;

/**
 * A page of its own browser profile; `as` signs in by the API first. `errors` collects what no page may say.
 * @param {{ as?: string, password?: string, width?: number, height?: number, dark?: boolean, language?: string, zone?: string, server?: string, within?: import('playwright-core').Browser }} options
 */
export async function openPage({ as, password = PASSWORD, width = 1440, height = 900, dark = false, language = 'en', zone, server = URL_OF_SERVER, within } = {}) {
  const context = await (within ?? (await openBrowser())).newContext({ baseURL: server, viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: language, ...(zone ? { timezoneId: zone } : {}), acceptDownloads: true });
  context.on('page', listen);
  // What an account prefers comes before what the browser speaks, and what was chosen at this device before both.
  if (language !== 'en') await context.addInitScript((chosen) => localStorage.getItem('gemba.language') ?? localStorage.setItem('gemba.language', chosen), language);
  if (as) await signIn(context, as, password);
  const page = await context.newPage();
  const errors = [];
  page.on('console', (message) => message.type() === 'error' && !EXPECTED.test(message.text()) && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.stack ?? String(error)));
  page.setDefaultTimeout(30_000);
  const close = async () => {
    await context.close();
    assert.deepEqual(errors, [], 'what the console said');
  };
  return { page, context, errors, close };
}

export async function signIn(context, email, password = PASSWORD) {
  const answer = await context.request.post('/api/v1/auth/login', { data: { email, password }, timeout: 120_000 });
  assert.equal(answer.status(), 200, await answer.text());
  return answer.json();
}

/** A request of the signed-in person, with what a changing one needs. */
export async function api(context, method, path, data, headers = {}) {
  const { csrf_token: token } = await (await context.request.get('/api/v1/auth/me')).json();
  const answer = await context.request.fetch(`/api/v1${path}`, { method, data, timeout: 120_000, headers: { 'X-CSRF-Token': token, ...headers } });
  assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
  return answer.status() === 204 ? null : answer.json();
}

/** What each page has asked for and not got yet, and how often it has asked at all. The stream of events stays open for as long as the page. */
const traffic = new WeakMap();

function listen(page) {
  const open = new Set();
  const seen = { open, asked: 0 };
  traffic.set(page, seen);
  page.on('request', (request) => {
    if (request.resourceType() === 'eventsource') return;
    // What an address had asked for that is left now is nobody's any more.
    if (request.isNavigationRequest()) open.clear();
    seen.asked += 1;
    open.add(request);
  });
  for (const ended of ['requestfinished', 'requestfailed']) page.on(ended, (request) => open.delete(request));
}

/** Resolves when the page has nothing to do: whatever a request that has ended brings about has begun by then. */
const idle = (page) => page.evaluate(() => new Promise((resolve) => {
  const soon = { timeout: 2_000 };
  requestIdleCallback(() => requestIdleCallback(() => setTimeout(resolve, 50), soon), soon);
}));

/** Waits until nothing is loading any more. */
export async function settled(page) {
  await page.waitForLoadState('load');
  const seen = traffic.get(page);
  if (!seen) throw new Error('settled() knows the pages of openPage() only');
  const end = Date.now() + 30_000;
  let asked;
  do {
    while (seen.open.size > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    asked = seen.asked;
    // A page that is left meanwhile is looked at again.
    await idle(page).catch(() => page.waitForLoadState('load'));
  } while ((seen.asked !== asked || seen.open.size > 0) && Date.now() < end);
  await page.waitForFunction(() => !document.querySelector('.skeleton'), null, { polling: 100, timeout: 10_000 }).catch(() => {});
}

/** What keeps somebody from using the page, by WCAG 2.2 AA. */
export async function barriers(page) {
  // What fades in is judged when it is there; what turns for ever is not waited for.
  await page.evaluate(() => {
    const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    const ended = Promise.allSettled(ending.map((one) => one.finished));
    return Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2_000))]).then(() => undefined);
  });
  // Evaluated over the debugger, which the page's policy does not concern.
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
}

/** Words that no two runs share. */
export const unique = (word) => `${word} ${Date.now().toString(36)}${Math.random().toString(36).slice(2, 5)}`;
