/** The camera of a device: labels of the product itself are held before it and read, with and without a network; photos are taken with it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { api, closeBrowser, openBrowser, openBrowserWithCamera, openPage, unique, URL_OF_SERVER } from './browser.mjs';
import { floorPlant } from './floor.mjs';
import { ADMIN } from './places.mjs';

const films = mkdtempSync(join(tmpdir(), 'gemba-camera-'));
after(async () => {
  await closeBrowser();
  rmSync(films, { recursive: true, force: true });
});

const TABLET = { ...ADMIN, width: 1024, height: 768 };
const isBuilt = async () => (await fetch(`${URL_OF_SERVER}/`)).headers.get('content-security-policy') !== null;

/** A film of a label as somebody holds it before a camera: a little askew, in front of something dark, for as long as it is looked at. */
async function filmOf(svg, name) {
  const context = await (await openBrowser()).newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  await page.setContent(`<body style="margin:0;display:grid;place-items:center;height:100vh;background:#39434a"><img style="height:470px;background:#fff;transform:rotate(4deg)" src="data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}"></body>`);
  await page.waitForFunction(() => document.images[0].complete && document.images[0].naturalWidth > 0);
  const frame = await page.screenshot({ type: 'jpeg', quality: 85 });
  await context.close();
  const file = join(films, `${name}.mjpeg`);
  writeFileSync(file, Buffer.concat(Array.from({ length: 5 }, () => frame)));
  return file;
}

/** What the server prints for this lot, by a template with nothing but its code. */
async function labelOf(context, floor, symbology) {
  const { id } = await api(context, 'POST', '/label-templates', {
    plant_id: floor.plant.id, name: unique(symbology), subject: 'lot', width_mm: '90', height_mm: '45', dpi: 203,
    elements: [{ kind: 'code', symbology, x_mm: '10', y_mm: '8', module_mm: symbology === 'code128' ? '0.375' : '1', ...(symbology === 'code128' ? { height_mm: '25' } : {}), gs1: symbology === 'datamatrix', says: symbology === 'datamatrix' ? '(10){lot}' : '{lot}' }],
  });
  const answer = await context.request.get(`/api/v1/lots/${floor.lot.id}/label?format=svg&template_id=${id}`);
  assert.equal(answer.status(), 200, await answer.text());
  return answer.text();
}

const press = (page, name) => page.getByRole('button', { name, exact: typeof name === 'string' }).click();

async function enter(page, floor) {
  await page.goto(`/terminal/${floor.terminal.id}`);
  await page.getByRole('main').getByRole('button', { name: /Inês Duarte/ }).click();
  for (const digit of '4711') await page.getByRole('group', { name: 'PIN' }).getByRole('button', { name: digit, exact: true }).click();
  await press(page, 'Sign in');
  await page.getByRole('navigation', { name: 'Jobs' }).getByRole('button', { name: new RegExp(floor.order.code) }).click();
  await press(page, 'Start job');
  await page.getByRole('main').getByText('Running').waitFor();
}

const withoutNetworkErrors = (errors) => errors.splice(0, errors.length, ...errors.filter((text) => !/ERR_INTERNET_DISCONNECTED|Failed to (load resource|fetch)|net::ERR_|the server does not answer/.test(text)));

for (const symbology of ['datamatrix', 'qr', 'code128']) {
  test(`material is issued by holding its label before the camera: ${symbology}`, { timeout: 180_000 }, async (skip) => {
    if (!(await isBuilt())) return skip.skip('not the built app');
    const floor = await floorPlant({ name: `Camera ${symbology}` });
    const desk = await openPage(ADMIN);
    const browser = await openBrowserWithCamera(await filmOf(await labelOf(desk.context, floor, symbology), symbology));
    const { page, context, errors, close } = await openPage({ ...TABLET, within: browser });
    await enter(page, floor);
    await page.getByText('Everything is sent').waitFor({ timeout: 60_000 });
    // The reader is a part of the app that is kept in the device: no network is needed for it.
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
    });
    if (symbology === 'datamatrix') await context.setOffline(true);
    await press(page, /^Material/);
    await press(page, /^Scan a lot/);
    await page.getByRole('dialog').getByRole('button', { name: 'Camera', exact: true }).click();
    await page.getByRole('heading', { name: /Lamp shade/ }).waitFor({ timeout: 60_000 });
    assert.equal(await page.getByText(/is not known here/).count(), 0);
    for (const digit of '20') await page.getByRole('group', { name: 'Quantity' }).getByRole('button', { name: digit, exact: true }).click();
    await press(page, /Issue 20/);
    await page.getByText(/20 of 100/).waitFor();
    await context.setOffline(false);
    await page.getByText('Everything is sent').waitFor({ timeout: 60_000 });
    const stock = (await api(desk.context, 'GET', `/stock?plant_id=${floor.plant.id}&lot_id=${floor.lot.id}`)).items;
    assert.equal(stock.reduce((sum, row) => sum + Number(row.quantity), 0), 480);
    withoutNetworkErrors(errors);
    await close();
    await desk.close();
  });
}

test('the usual label of a lot opens it from the stock, by camera; a photo of a step is taken by it', { timeout: 180_000 }, async (skip) => {
  if (!(await isBuilt())) return skip.skip('not the built app');
  const floor = await floorPlant({ name: 'Camera', steps: true });
  const desk = await openPage(ADMIN);
  const label = await desk.context.request.get(`/api/v1/lots/${floor.lot.id}/label?format=svg`);
  const browser = await openBrowserWithCamera(await filmOf(await label.text(), 'usual'));
  const { page, context, close } = await openPage({ ...TABLET, within: browser });
  await page.goto(`/plants/${floor.plant.id}/stock`);
  await press(page, 'Scan with the camera');
  await page.getByRole('dialog').getByRole('button', { name: 'Camera', exact: true }).click();
  await page.getByRole('heading', { name: `Lot ${floor.lotCode}`, level: 1 }).waitFor({ timeout: 60_000 });

  await enter(page, floor);
  await press(page, /^Instructions/);
  await press(page, 'I have done this');
  for (const digit of ['1', '.', '3']) await page.getByRole('group', { name: 'Value' }).getByRole('button', { name: digit, exact: true }).click();
  await press(page, /I have done this: 1.3/);
  await press(page, 'Take a photo');
  await press(page, 'Take the photo');
  await page.locator('.term-picture').waitFor();
  assert.ok(await page.locator('.term-picture').evaluate((picture) => picture.complete && picture.naturalWidth > 300), 'the photo is what the camera saw');
  const sent = page.waitForResponse((answer) => answer.url().includes('/attachments') && answer.request().method() === 'POST', { timeout: 60_000 });
  await press(page, 'I have done this');
  assert.equal((await sent).status(), 201);
  const { items } = await api(context, 'GET', `/manufacturing-orders/${floor.order.id}/attachments?limit=10`);
  assert.equal(items.length, 1, JSON.stringify(items));
  assert.ok(items[0].size_bytes > 5_000, `${items[0].size_bytes} bytes`);
  await close();
  await desk.close();
});
