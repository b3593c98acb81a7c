/** Boards live: what is reported at a line is seen on the wall within seconds; figures, stops and calls are right. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, closeBrowser, openPage } from './browser.mjs';
import { floorPlant } from './floor.mjs';
import { ADMIN } from './places.mjs';

after(closeBrowser);

test('the plant board shows what a line does within five seconds, and calls for help are answered on it', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Board' });
  const { page, context, close } = await openPage(ADMIN);
  await page.goto(`/plants/${floor.plant.id}/board`);
  const card = page.getByRole('link', { name: /^Line 1/ });
  await card.waitFor();
  const seen = async (locator) => {
    const began = Date.now();
    await locator.waitFor({ timeout: 20_000 });
    return Date.now() - began;
  };
  await page.locator('.live:not(.late)').waitFor();
  await api(context, 'POST', `/jobs/${floor.job.id}/start`, {});
  const took = [await seen(card.getByText('Running'))];
  await api(context, 'POST', `/jobs/${floor.job.id}/report`, { good: '7', scrap: '0', rework: '0' });
  took.push(await seen(card.getByText('7 / 100')));
  await api(context, 'POST', `/lines/${floor.line.id}/states`, { state: 'stopped', reason_id: floor.jam.id });
  took.push(await seen(card.getByText('Feeder jam')));
  await api(context, 'POST', '/andon', { line_id: floor.line.id, kind: 'maintenance', text: 'Feeder 14' });
  took.push(await seen(page.getByText('Maintenance at Line 1')));
  console.log(`seen after ${took.join(', ')} ms`);
  assert.ok(took.every((ms) => ms <= 5_500), `seen after ${took.join(', ')} ms`);
  await page.getByRole('button', { name: 'I am coming' }).click();
  await page.getByText(/somebody is coming/).waitFor();
  await page.getByRole('button', { name: 'Solved' }).click();
  await page.getByText('Maintenance at Line 1').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Full screen' }).click();
  await page.locator('.kiosk').waitFor();
  assert.match(page.url(), /kiosk=yes/);
  await page.keyboard.press('Escape');
  await card.click();
  await page.getByRole('heading', { name: 'Line 1', level: 1 }).waitFor();
  await page.getByText('Stopped').first().waitFor();
  await close();
});

test('stops are ranked by what they cost, and the figures of the line tell the same', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Losses' });
  const { page, context, close } = await openPage(ADMIN);
  const at = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
  for (const [minutes, body] of [[180, { state: 'running' }], [120, { state: 'stopped', reason_id: floor.jam.id }], [80, { state: 'running' }], [60, { state: 'stopped' }], [50, { state: 'running' }]]) {
    await api(context, 'POST', `/lines/${floor.line.id}/states`, { ...body, at: at(minutes) });
  }
  await page.goto(`/plants/${floor.plant.id}/downtime?range=24h`);
  const rows = page.getByRole('table', { name: 'Downtime' }).locator('tbody tr');
  await rows.first().waitFor();
  const names = await rows.locator('th').allTextContents();
  assert.match(names[0], /Feeder jam/);
  assert.match(await rows.first().textContent(), /40 min/);
  await page.getByRole('radio', { name: 'Line', exact: true }).click();
  await page.getByRole('rowheader', { name: 'Line 1' }).waitFor();
  await page.goto(`/plants/${floor.plant.id}/kpis?range=24h`);
  await page.getByRole('table', { name: 'Key figures' }).getByRole('link', { name: 'Line 1' }).waitFor();
  await close();
});
