/** What travels: budgets of the sign-in page and of the start of the app, as the server sends them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, openPage, settled, URL_OF_SERVER } from './browser.mjs';

after(closeBrowser);

const KIB = 1024;
const isBuilt = async () => (await fetch(`${URL_OF_SERVER}/`)).headers.get('content-security-policy') !== null;

/** Bytes of bodies as they travelled, by address, without the API's. */
async function weigh(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const requests = new Map();
  const weights = new Map();
  devtools.on('Network.requestWillBeSent', ({ requestId, request, initiator, type }) => requests.set(requestId, { url: request.url, kind: type, by: initiator.type, priority: request.initialPriority }));
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const known = requests.get(requestId);
    if (known && !known.url.includes('/api/')) weights.set(known.url, { ...known, bytes: encodedDataLength });
  });
  return weights;
}

const total = (weights) => [...weights].reduce((sum, [, { bytes }]) => sum + bytes, 0);

test('the sign-in page is at most 50 KiB, all in all, and fetches the app while one types', async (context) => {
  if (!(await isBuilt())) return context.skip('not the built app');
  const { page, close } = await openPage();
  const weights = await weigh(page);
  await page.goto('/sign-in');
  await page.waitForFunction(() => document.querySelectorAll('link[rel=prefetch]').length > 3);
  await settled(page);
  const fetchedAhead = await page.evaluate(() => [...document.querySelectorAll('link[rel=prefetch]')].map((link) => link.href));
  const own = new Map([...weights].filter(([url]) => !fetchedAhead.includes(url)));
  console.log(`sign-in page: ${(total(own) / KIB).toFixed(1)} KiB in ${own.size} files; ahead of time: ${fetchedAhead.length} files`);
  assert.ok(total(own) <= 50 * KIB, [...own].map(([url, { bytes }]) => `${bytes} ${url}`).join('\n'));
  await close();
});

test('the start of the app is at most 150 KiB, and its font 30', async (context) => {
  if (!(await isBuilt())) return context.skip('not the built app');
  const { page, close } = await openPage({ as: 'viewer@demo.gemba.local' });
  const weights = await weigh(page);
  // An address without a page: what comes is what comes before any page.
  await page.goto('/no-such-page');
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
  await page.getByText('There is nothing here').waitFor();
  await settled(page);
  const isFont = ([url]) => url.endsWith('.woff2');
  const shell = new Map([...weights].filter((one) => !isFont(one)));
  console.log(`the app begins with ${(total(shell) / KIB).toFixed(1)} KiB in ${shell.size} files`);
  assert.ok(total(new Map([...weights].filter(isFont))) <= 30 * KIB);
  assert.ok(total(shell) <= 150 * KIB, [...shell].map(([url, { bytes }]) => `${bytes} ${url}`).join('\n'));
  await close();
});

test('a page brings its own part when somebody goes there, and no other page’s', async (context) => {
  if (!(await isBuilt())) return context.skip('not the built app');
  const { page, close } = await openPage({ as: 'viewer@demo.gemba.local' });
  await page.goto('/no-such-page');
  await page.getByText('There is nothing here').waitFor();
  await settled(page);
  const weights = await weigh(page);
  await page.evaluate(() => history.pushState(null, '', '/me'));
  await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  await page.getByRole('heading', { name: 'My account', level: 1 }).waitFor();
  await settled(page);
  const files = [...weights.keys()].filter((url) => url.includes('/assets/'));
  console.log(`my account brings ${(total(weights) / KIB).toFixed(1)} KiB in ${files.length} files`);
  assert.ok(files.some((url) => /\/Me-/.test(url)), files.join('\n'));
  assert.ok(!files.some((url) => /\/(User|Users|Workbench|Canvas|List|Audit)-/.test(url)), files.join('\n'));
  await close();
});

test('pages may load nothing from elsewhere and run nothing inline; files are kept, pages are asked anew', async (context) => {
  if (!(await isBuilt())) return context.skip('not the built app');
  const page = await fetch(`${URL_OF_SERVER}/data/lines`);
  const policy = page.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const html = await page.text();
  assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|style=|onload=/);
  const script = /src="([^"]+\.js)"/.exec(html)[1];
  const file = await fetch(`${URL_OF_SERVER}${script}`);
  assert.match(file.headers.get('cache-control'), /immutable/);
  const again = await fetch(`${URL_OF_SERVER}/`, { headers: { 'If-None-Match': (await fetch(`${URL_OF_SERVER}/`)).headers.get('etag') } });
  assert.equal(again.status, 304);
});

test('the app never swallows an address of the API, nor a file that is not there', async () => {
  for (const address of ['/api/v1/nowhere', '/api/nowhere', '/api', '/assets/gone.js', '/robots.txt']) {
    const answer = await fetch(`${URL_OF_SERVER}${address}`, { headers: { Accept: 'text/html' } });
    assert.equal(answer.status, 404, address);
    assert.match(answer.headers.get('content-type'), /problem\+json/, address);
  }
  assert.equal((await fetch(`${URL_OF_SERVER}/data/lines`, { method: 'POST' })).status, 404);
});
