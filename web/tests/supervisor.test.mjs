/** What a supervisor puts right: reports, refused entries, material of an order, lots that may not be used; read by the clock and in the language of whoever looks. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { api, closeBrowser, openPage } from './browser.mjs';
import { floorPlant } from './floor.mjs';
import { ADMIN } from './places.mjs';

after(closeBrowser);

const counts = async (context, floor) => {
  const job = await api(context, 'GET', `/jobs/${floor.job.id}`);
  return { good: Number(job.good), scrapped: Number(job.scrapped) };
};

/** What a terminal of the plant sends. */
const send = (context, floor, ...actions) => api(context, 'POST', `/terminals/${floor.terminal.id}/actions`, {
  device_id: 'tablet', device_now: new Date().toISOString(),
  actions: actions.map((action, at) => ({ id: randomUUID(), sequence: at + 1, at: new Date().toISOString(), operator_id: floor.operator.id, ...action })),
});

test('a report that was wrong is corrected: what it truly was is said, the difference is booked', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Correct' });
  const { page, context, close } = await openPage(ADMIN);
  await api(context, 'POST', `/jobs/${floor.job.id}/start`, {});
  await api(context, 'POST', `/jobs/${floor.job.id}/report`, { good: '12', scrap: '1', reason_id: floor.scrap.id, operator_id: floor.operator.id });
  await page.goto(`/plants/${floor.plant.id}/orders/${floor.order.id}`);
  await page.getByRole('button', { name: /^Reports:/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('row', { name: /12.*1.*Inês Duarte.*Scratched/ }).getByRole('button', { name: 'Correct' }).click();
  await dialog.getByLabel('Good, truly').fill('10');
  await dialog.getByLabel('Scrap, truly').fill('3');
  await dialog.getByRole('button', { name: 'Correct', exact: true }).click();
  await dialog.getByText('Correction', { exact: true }).waitFor();
  assert.deepEqual(await counts(context, floor), { good: 10, scrapped: 3 });
  // Corrected once more, it begins with what counts now.
  await dialog.getByRole('row', { name: /12.*1.*Inês Duarte/ }).getByRole('button', { name: 'Correct' }).click();
  assert.equal(await dialog.getByLabel('Good, truly').inputValue(), '10');
  await dialog.getByLabel('Good, truly').fill('11');
  await dialog.getByRole('button', { name: 'Correct', exact: true }).click();
  await dialog.getByText('Correction', { exact: true }).nth(1).waitFor();
  assert.deepEqual(await counts(context, floor), { good: 11, scrapped: 3 });
  await close();
});

test('an order says whether its material is there, and gives it back', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Material' });
  const { page, context, close } = await openPage(ADMIN);
  await page.goto(`/plants/${floor.plant.id}/orders/${floor.order.id}`);
  const table = page.getByRole('table', { name: 'Material' });
  await table.getByRole('row', { name: /Lamp shade 100 0 100 100 500/ }).waitFor();
  await page.getByRole('button', { name: 'Free what is promised' }).click();
  await table.getByRole('row', { name: /Lamp shade 100 0 100 – 500/ }).waitFor();
  await api(context, 'POST', '/stock/issue', { location_id: floor.lineSide.id, item_id: floor.part.id, quantity: '470' });
  await page.reload();
  await table.getByText('70 short').waitFor();
  await page.getByRole('button', { name: 'Promise the rest' }).click();
  await page.getByText(/Of 1 item there is less than needed/).waitFor();
  await table.getByRole('row', { name: /Lamp shade 100 0 100 30 30.*70 short/ }).waitFor();
  await close();
});

test('a lot that may not be used is blocked as a whole from its own page, and released', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Block' });
  const { page, context, close } = await openPage(ADMIN);
  await api(context, 'POST', '/stock/move', { location_id: floor.lineSide.id, to_location_id: floor.warehouse.id, item_id: floor.part.id, quantity: '50' });
  const statuses = async () => (await api(context, 'GET', `/stock?plant_id=${floor.plant.id}&lot_id=${floor.lot.id}`)).items.filter((row) => Number(row.quantity) > 0).map((row) => row.status);
  await page.goto(`/plants/${floor.plant.id}/trace/lot/${floor.lot.id}`);
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: 'Block', exact: true }).click();
  await dialog.getByRole('button', { name: 'Change status' }).click();
  await dialog.getByRole('alert').waitFor();
  await dialog.getByLabel('Reason').fill('Notice of the supplier');
  await dialog.getByRole('button', { name: 'Change status' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByText('Blocked', { exact: true }).waitFor();
  assert.deepEqual(await statuses(), ['blocked', 'blocked'], 'wherever it lies');
  await page.getByRole('button', { name: 'Change status' }).click();
  await dialog.getByLabel('Reason').fill('Inspected');
  await dialog.getByRole('button', { name: 'Change status' }).click();
  await page.getByText('Available', { exact: true }).waitFor();
  assert.deepEqual(await statuses(), ['available', 'available']);
  await close();
});

test('a refused entry is told whole, in the language of whoever decides', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Entries' });
  const { page, context, close } = await openPage({ ...ADMIN, language: 'es' });
  await api(context, 'POST', '/stock/set-status', { lot_id: floor.lot.id, status: 'blocked', reason: 'Inspection' });
  const issued = await send(context, floor, { kind: 'material.issue', job_id: floor.job.id, lot_id: floor.lot.id, item_id: floor.part.id, quantity: 7 });
  assert.equal(issued.results[0].rule, 'material_blocked');
  await api(context, 'POST', `/manufacturing-orders/${floor.order.id}/close`, {});
  await send(context, floor, { kind: 'job.report', job_id: floor.job.id, scrap: 2, reason_id: floor.scrap.id });
  await page.goto(`/plants/${floor.plant.id}/terminals`);
  await page.getByRole('row', { name: new RegExp(`2 de rechazo, Scratched.*La orden está cerrada`) }).waitFor();
  await page.getByRole('row', { name: new RegExp(`7 .*${floor.lotCode}.*El material está bloqueado`) }).waitFor();
  await close();
});

test('days are those of the calendar and numbers those of the language, wherever somebody reads or types them', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Written' });
  const { page, context, close } = await openPage({ ...ADMIN, language: 'de', zone: 'America/Hermosillo' });
  await api(context, 'POST', '/stock/receive', { location_id: floor.warehouse.id, item_id: floor.part.id, quantity: '900', lot_code: 'L-EXP', expires_on: '2031-10-31' });
  await page.goto(`/plants/${floor.plant.id}/stock`);
  const row = page.getByRole('row', { name: /L-EXP/ });
  await row.getByText('31.10.2031').waitFor();
  await row.getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Zählen' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Gezählt').fill('1.200');
  await dialog.getByText(/Unterschied: \+300/).waitFor();
  await dialog.getByRole('button', { name: 'Zählen' }).click();
  await page.getByRole('row', { name: /L-EXP.*1\.200/ }).waitFor();
  const there = (await api(context, 'GET', `/stock?plant_id=${floor.plant.id}`)).items.find((one) => one.lot?.code === 'L-EXP');
  assert.equal(Number(there.quantity), 1200);
  await close();
});
