/** A supervisor's pages: orders released and held, jobs moved with the effect shown first, lines over time. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, settled, unique } from './browser.mjs';
import { floorPlant, soon } from './floor.mjs';
import { ADMIN } from './places.mjs';

after(closeBrowser);

const code = () => unique('MO').replace(/ /g, '-').toUpperCase();

async function another(context, floor, quantity, minutes) {
  const order = await api(context, 'POST', '/manufacturing-orders', { plant_id: floor.plant.id, code: code(), item_id: floor.item.id, quantity, due_at: soon(minutes) });
  return order;
}

test('an order is released, held with its reason, goes on, is split, and merged again', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Orders' });
  const { page, context, close } = await openPage(ADMIN);
  const order = await another(context, floor, '60', 24 * 60);
  await page.goto(`/plants/${floor.plant.id}/orders`);
  await page.getByRole('row', { name: new RegExp(order.code) }).getByText('Planned').waitFor();
  await page.getByRole('checkbox', { name: order.code }).check();
  await page.getByRole('button', { name: /^Release \(1\)/ }).click();
  await page.getByRole('row', { name: new RegExp(order.code) }).getByText('Released').waitFor();
  await page.getByRole('link', { name: order.code, exact: true }).click();
  await page.getByRole('heading', { name: order.code, level: 1 }).waitFor();
  await page.getByRole('table', { name: 'Jobs' }).getByText('Assemble').waitFor();
  await page.getByRole('button', { name: 'Hold', exact: true }).click();
  await page.getByLabel(/Why/).fill('Drawing is being changed');
  await page.getByRole('dialog').getByRole('button', { name: 'Hold' }).click();
  await page.getByText('Drawing is being changed').waitFor();
  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await page.getByText('Drawing is being changed').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Split', exact: true }).click();
  await page.getByLabel('How much becomes an order of its own').fill('20');
  await page.getByRole('dialog').getByRole('button', { name: 'Split' }).click();
  await page.getByText('/ 40').first().waitFor();
  const orders = (await api(context, 'GET', `/manufacturing-orders?plant_id=${floor.plant.id}&origin_id=${order.id}`)).items;
  assert.deepEqual(orders.map((one) => Number(one.quantity)), [20]);

  await page.goto(`/plants/${floor.plant.id}/orders`);
  await page.getByRole('checkbox', { name: order.code, exact: true }).check();
  await page.getByRole('checkbox', { name: orders[0].code, exact: true }).check();
  await page.getByRole('button', { name: 'Merge', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  const both = await Promise.all([order, orders[0]].map((one) => api(context, 'GET', `/manufacturing-orders/${one.id}`)));
  assert.deepEqual(both.map((one) => [Number(one.quantity), one.status]).sort().map(String), ['20,cancelled', '60,released']);
  await close();
});

test('a job is moved by hand: the effect is seen first, and it is taken back', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Dispatch' });
  const { page, context, close } = await openPage(ADMIN);
  const order = await another(context, floor, '60', 24 * 60);
  await api(context, 'POST', `/manufacturing-orders/${order.id}/release`, {});
  const jobs = (await api(context, 'GET', `/jobs?plant_id=${floor.plant.id}&limit=10`)).items;
  for (const job of jobs) if (job.line_id !== floor.line.id) await api(context, 'POST', `/jobs/${job.id}/assign`, { line_id: floor.line.id });
  await page.goto(`/plants/${floor.plant.id}/dispatch?line=${floor.line.id}`);
  const rows = page.getByRole('table', { name: 'Dispatch list' }).locator('tbody tr');
  await rows.nth(1).waitFor();
  const second = await rows.nth(1).getByRole('link').textContent();
  await rows.nth(1).getByRole('button', { name: /^Sooner/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('What this would do').waitFor();
  assert.equal(await rows.nth(1).getByRole('link').textContent(), second, 'nothing has moved yet');
  await dialog.getByRole('button', { name: /^Move/ }).click();
  await page.getByText(/is moved/).waitFor();
  await page.waitForFunction((first) => document.querySelector('.dispatch tbody tr a')?.textContent === first, second);

  // All lines forward: tried, then kept.
  await page.getByRole('button', { name: 'Plan forward' }).click();
  await dialog.getByText(/jobs? planned/).waitFor();
  await dialog.getByRole('button', { name: 'Keep this plan' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const planned = (await api(context, 'GET', `/jobs?plant_id=${floor.plant.id}&limit=10`)).items;
  assert.ok(planned.every((job) => job.planned_start), 'every job has its time');

  // Over time: dragged to another line, shown, done, and taken back.
  await page.getByRole('tab', { name: 'Over time' }).click();
  const row = (name) => page.locator('.gantt-row').filter({ has: page.locator('.gantt-name', { hasText: name }) });
  const bar = row('Line 1').locator('.gantt-bar').first();
  await bar.waitFor();
  const name = await bar.getAttribute('title');
  const box = await bar.boundingBox();
  const target = await row('Line 2').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 20, target.y + target.height / 2, { steps: 6 });
  await page.mouse.up();
  await dialog.getByText('What this would do').waitFor();
  await dialog.getByRole('button', { name: /^Move/ }).click();
  await page.getByText(/is moved/).waitFor();
  await row('Line 2').getByTitle(name).waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Moved back').waitFor();
  await row('Line 1').getByTitle(name).waitFor();

  // The same, typed.
  await row('Line 1').getByTitle(name).press('Enter');
  await dialog.getByLabel('Line', { exact: true }).selectOption({ label: 'Line 2' });
  await dialog.getByRole('button', { name: 'Show the effect' }).click();
  await dialog.getByText('What this would do').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await close();
});

test('the pages of the floor are without error and barrier, in every look', { timeout: 300_000 }, async () => {
  const floor = await floorPlant({ name: 'Looks' });
  const found = [];
  for (const options of [{ width: 1440 }, { width: 1024, height: 768, dark: true, language: 'de' }]) {
    const { page, close } = await openPage({ ...ADMIN, ...options });
    const at = `/plants/${floor.plant.id}`;
    for (const address of ['orders', 'orders?tab=wanted', `orders/${floor.order.id}`, `dispatch?line=${floor.line.id}`, 'dispatch?tab=gantt', 'terminals', 'stock', 'stock?tab=movements', `trace/lot/${floor.lot.id}`, `trace/lot/${floor.lot.id}?tab=recall`, 'board', `lines/${floor.line.id}/board`, 'kpis', 'downtime', 'progress', 'shift-report', 'board?kiosk=yes']) {
      await page.goto(`${at}/${address}`);
      await settled(page);
      for (const barrier of await barriers(page)) found.push(`${address} (${options.width}): ${barrier}`);
      if (await page.getByText(/This did not work|Das hat nicht geklappt/).count()) found.push(`${address}: failed`);
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (beyond > 0) found.push(`${address}: ${beyond} px wider than the screen`);
    }
    await page.goto('/terminal?choose=yes');
    await settled(page);
    for (const barrier of await barriers(page)) found.push(`terminals (${options.width}): ${barrier}`);
    await close();
  }
  assert.deepEqual(found, []);
});
