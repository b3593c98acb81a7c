/** Installed, and without a connection: the app opens, plans that were opened can be read, and nobody sees another's. */
import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { after, test } from 'node:test';
import { api, closeBrowser, openPage, PASSWORD, settled, signIn, URL_OF_SERVER } from './browser.mjs';

after(closeBrowser);

const isBuilt = async () => (await fetch(`${URL_OF_SERVER}/`)).headers.get('content-security-policy') !== null;

/** Waits until the worker has all files and serves this page. */
async function installed(page) {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
}

const keptOn = (page) => page.evaluate(async () => {
  const kept = {};
  for (const name of await caches.keys()) kept[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
  return kept;
});

/** The plant and the scenario of the demo organization that has a result. */
async function optimized(context) {
  const plants = (await api(context, 'GET', '/plants?limit=10')).items;
  for (const plant of plants) {
    const answer = await context.request.get(`/api/v1/plants/${plant.id}/dashboard`);
    if (answer.ok()) return { plant, dashboard: await answer.json() };
  }
  throw new Error('no plant has a result');
}

/** Failed requests are what being without a connection is. */
const withoutNetworkErrors = (errors) => errors.splice(0, errors.length, ...errors.filter((text) => !/ERR_INTERNET_DISCONNECTED|Failed to (load resource|fetch)|net::ERR_|the server does not answer/.test(text)));

test('the app can be installed: a manifest, icons of its own drawing, a worker that begins at the root', async (context) => {
  if (!(await isBuilt())) return context.skip('not the built app');
  const html = await (await fetch(`${URL_OF_SERVER}/`)).text();
  assert.match(html, /<link rel="manifest" href="\/manifest\.webmanifest"/);
  const answer = await fetch(`${URL_OF_SERVER}/manifest.webmanifest`);
  assert.match(answer.headers.get('content-type'), /application\/manifest\+json/);
  const manifest = await answer.json();
  assert.equal(manifest.display, 'standalone');
  for (const { src, sizes, type } of manifest.icons) {
    const icon = await fetch(`${URL_OF_SERVER}${src}`);
    assert.equal(icon.status, 200, src);
    assert.equal(icon.headers.get('content-type'), type, src);
    const bytes = Buffer.from(await icon.arrayBuffer());
    if (type === 'image/png') assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
  }
  const worker = await fetch(`${URL_OF_SERVER}/sw.js`);
  assert.match(worker.headers.get('content-type'), /javascript/);
  assert.equal(worker.headers.get('cache-control'), 'no-cache');
  const code = await worker.text();
  assert.doesNotMatch(code, /__FILES__|__BUILD__/);
  for (const file of /"(\/assets[^"]*)"|'(\/assets[^']*)'|`(\/assets[^`]*)`/.exec(code).slice(1).find(Boolean).split(' ')) assert.equal((await fetch(`${URL_OF_SERVER}${file}`, { method: 'HEAD' })).status, 200, file);

  const { page, close } = await openPage({ as: 'viewer@demo.gemba.local' });
  const devtools = await page.context().newCDPSession(page);
  await page.goto('/');
  await installed(page);
  const { errors: found } = await devtools.send('Page.getAppManifest');
  assert.deepEqual(found, []);
  assert.deepEqual((await devtools.send('Page.getInstallabilityErrors')).installabilityErrors.map((one) => one.errorId).filter((id) => id !== 'in-incognito'), []);
  await close();
});

test('without a connection the app opens, shows the plan that was opened, says from when, and changes nothing', { timeout: 120_000 }, async (skip) => {
  if (!(await isBuilt())) return skip.skip('not the built app');
  const { page, context, errors, close } = await openPage({ as: 'planner@demo.gemba.local' });
  const { plant, dashboard } = await optimized(context);
  await page.goto('/');
  await installed(page);
  const address = `/plants/${plant.id}/scenarios/${dashboard.scenario_id}`;
  await page.goto(address);
  await page.getByRole('heading', { name: dashboard.scenario, level: 1 }).waitFor();
  await settled(page);
  await page.goto(`/plants/${plant.id}/dashboard`);
  await page.locator('.headline-number').waitFor();
  const number = await page.locator('.headline-number').first().textContent();
  await settled(page);

  await context.setOffline(true);
  await page.goto(`/plants/${plant.id}/dashboard`);
  await page.getByText(/No connection\. You see what was kept on this device/).waitFor();
  assert.equal(await page.locator('.headline-number').first().textContent(), number);
  await page.goto(address);
  await page.getByRole('heading', { name: dashboard.scenario, level: 1 }).waitFor();
  await page.getByText(/nothing can be changed/).waitFor();
  // What was never opened here says so in words, and nothing breaks.
  await page.goto('/data/customers');
  await page.getByText('The server does not answer').first().waitFor();

  await context.setOffline(false);
  await page.getByText(/No connection/).waitFor({ state: 'hidden', timeout: 30_000 });
  withoutNetworkErrors(errors);
  await close();
});

test('what is kept is one person’s: signing out removes it, and another person begins with nothing', { timeout: 120_000 }, async (skip) => {
  if (!(await isBuilt())) return skip.skip('not the built app');
  const { page, context, errors, close } = await openPage({ as: 'planner@demo.gemba.local' });
  const { plant } = await optimized(context);
  const planner = await api(context, 'GET', '/auth/me');
  await page.goto(`/plants/${plant.id}/dashboard`);
  await page.locator('.headline-number').waitFor();
  await page.waitForFunction(async (name) => (await (await caches.open(name)).keys()).some((one) => one.url.includes('/dashboard')), `gemba.plans.${planner.id}`);
  const me = await page.evaluate(async (name) => (await (await caches.open(name)).match('/api/v1/auth/me')).json(), `gemba.plans.${planner.id}`);
  assert.equal(me.id, planner.id);
  assert.equal(me.csrf_token, undefined, 'no token is kept');

  // Somebody else signs in without the first having signed out: their page begins, and what was kept for the first is gone.
  await signIn(context, 'viewer@demo.gemba.local');
  const viewer = await api(context, 'GET', '/auth/me');
  await page.goto('/');
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
  await settled(page);
  const kept = Object.keys(await keptOn(page)).filter((name) => name.startsWith('gemba.plans.'));
  assert.deepEqual(kept, [`gemba.plans.${viewer.id}`]);

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  assert.deepEqual(Object.keys(await keptOn(page)).filter((name) => name.startsWith('gemba.plans.')), []);
  await context.setOffline(true);
  assert.equal(await page.evaluate(async () => (await caches.match('/api/v1/auth/me')) === undefined), true);
  await context.setOffline(false);
  withoutNetworkErrors(errors);
  await close();
});

test('while somebody signs in in another tab nothing is kept here, and a page of somebody else is left', { timeout: 120_000 }, async (skip) => {
  if (!(await isBuilt())) return skip.skip('not the built app');
  const { page, context, errors, close } = await openPage({ as: 'planner@demo.gemba.local' });
  const { plant } = await optimized(context);
  await page.goto(`/plants/${plant.id}/dashboard`);
  await page.locator('.headline-number').waitFor();
  await settled(page);
  const other = await context.newPage();
  await other.goto('/sign-in');
  await other.getByLabel('Email').fill('viewer@demo.gemba.local');
  await other.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await other.getByRole('button', { name: 'Sign in', exact: true }).click();
  await other.getByRole('navigation', { name: 'Navigation' }).waitFor();
  const viewer = await api(context, 'GET', '/auth/me');
  await page.bringToFront();
  await page.evaluate(() => dispatchEvent(new Event('focus')));
  await page.waitForURL((url) => url.pathname === '/');
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
  assert.deepEqual(Object.keys(await keptOn(page)).filter((name) => name.startsWith('gemba.plans.')), [`gemba.plans.${viewer.id}`]);
  withoutNetworkErrors(errors);
  await close();
});

/** The server under another address, with another service worker once it is told. */
async function behind(next) {
  const state = { updated: false };
  const server = createServer((asked, answer) => {
    if (state.updated && asked.url === '/sw.js') return void answer.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-cache' }).end(next);
    const { hostname, port } = new URL(URL_OF_SERVER);
    const onward = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (said) => {
      answer.writeHead(said.statusCode, said.headers);
      said.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://localhost:${server.address().port}`, update: () => (state.updated = true), stop: () => server.closeAllConnections() || server.close() };
}

test('a new version is offered, and loaded when the person wants it', { timeout: 120_000 }, async (skip) => {
  if (!(await isBuilt())) return skip.skip('not the built app');
  const { page, close } = await openPage({ as: 'viewer@demo.gemba.local' });
  // The same worker with another name of its version is another version.
  const code = await (await fetch(`${URL_OF_SERVER}/sw.js`)).text();
  const server = await behind(code.replace(/\b[0-9a-f]{16}\b/, 'next'));
  await page.goto(`${server.url}/me`);
  await installed(page);
  server.update();
  await page.evaluate(() => navigator.serviceWorker.getRegistration().then((one) => one.update()));
  await page.getByText('A new version of Gemba is ready').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Half written');
  await page.getByRole('button', { name: 'Load it' }).click();
  await page.waitForFunction(async () => (await caches.keys()).some((name) => name === 'gemba.app.next'));
  await page.waitForFunction(() => ![...document.querySelectorAll('input')].some((one) => one.value === 'Half written'));
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
  assert.ok(Object.keys(await keptOn(page)).every((name) => !name.startsWith('gemba.app.') || name === 'gemba.app.next'), 'the files of the version before are gone');
  await close();
  server.stop();
});
