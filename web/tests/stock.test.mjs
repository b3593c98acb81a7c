/** Material as a warehouse has it: received, moved, counted, found by its code; and where a unit came from. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, unique } from './browser.mjs';
import { floorPlant } from './floor.mjs';
import { ADMIN, ENGINEER } from './places.mjs';

after(closeBrowser);

/** Chooses a record by what it is called. */
async function choose(scope, label, text) {
  const box = scope.getByLabel(label, { exact: true });
  await box.click();
  await box.fill(text);
  await scope.page().getByRole('option', { name: new RegExp(text) }).first().click();
}

test('material is received, moved and counted; the ledger tells it, and stock is what it adds up to', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Stock' });
  const { page, context, close } = await openPage(ADMIN);
  const lot = unique('L').replace(/ /g, '');
  await page.goto(`/plants/${floor.plant.id}/stock`);
  await page.getByRole('button', { name: 'Receive', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await choose(dialog, 'Item', 'Lamp shade');
  await choose(dialog, 'Place', 'WH');
  await dialog.getByLabel('Quantity').fill('-5');
  await dialog.getByLabel(/Lot number/).fill(lot);
  await dialog.getByRole('button', { name: 'Receive' }).click();
  await dialog.getByRole('alert').first().waitFor();
  await dialog.getByLabel('Quantity').fill('250');
  await dialog.getByRole('button', { name: 'Receive' }).click();
  await dialog.waitFor({ state: 'hidden' });
  const row = page.getByRole('row', { name: new RegExp(lot) });
  await row.waitFor();
  await row.getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Move' }).click();
  await choose(dialog, 'To', 'LS1');
  await dialog.getByLabel('Quantity').fill('100');
  await dialog.getByRole('button', { name: 'Move' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: new RegExp(`${lot}.*100`) }).waitFor();
  await page.getByRole('row', { name: new RegExp(`${lot}.*150`) }).getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Count' }).click();
  await dialog.getByLabel('Counted').fill('148');
  await dialog.getByText(/Difference: −2/).waitFor();
  await dialog.getByRole('button', { name: 'Count' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: new RegExp(`${lot}.*148`) }).waitFor();
  await page.getByRole('button', { name: 'Check against the ledger' }).click();
  await page.getByText(/Stock is what the ledger adds up to/).waitFor();
  await page.getByRole('tab', { name: 'Ledger' }).click();
  await page.getByRole('table', { name: 'Ledger' }).getByText('Counted').first().waitFor();
  const stock = (await api(context, 'GET', `/stock?plant_id=${floor.plant.id}`)).items.filter((one) => one.lot?.code === lot);
  assert.equal(stock.reduce((sum, one) => sum + Number(one.quantity), 0), 248);
  await close();
});

test('a code opens what it is; what nobody knows is said', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Scan' });
  const { page, close } = await openPage(ADMIN);
  await page.goto(`/plants/${floor.plant.id}/stock`);
  const box = page.getByLabel('Scan or type a code');
  await box.fill('NO-SUCH-THING');
  await box.press('Enter');
  await page.getByText(/is nothing that is known in this plant/).waitFor();
  await box.fill(floor.lotCode);
  await box.press('Enter');
  await page.getByRole('heading', { name: `Lot ${floor.lotCode}`, level: 1 }).waitFor();
  await page.goto(`/plants/${floor.plant.id}/stock`);
  await page.getByRole('heading', { name: 'Stock', level: 1 }).waitFor();
  // A scanner types by itself, wherever the focus is.
  await page.evaluate((text) => {
    for (const key of [...text, 'Enter']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  }, floor.order.code);
  await page.getByRole('heading', { name: floor.order.code, level: 1 }).waitFor();
  await close();
});

test('the label of a lot is seen before it is printed, and saved for a printer as it is seen', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Labels' });
  const { page, context, close } = await openPage(ADMIN);
  await page.goto(`/plants/${floor.plant.id}/trace/lot/${floor.lot.id}`);
  await page.getByRole('button', { name: 'Label', exact: true }).click();
  const dialog = page.getByRole('dialog');
  const picture = dialog.getByRole('img', { name: 'How it looks' });
  await picture.waitFor();
  assert.ok(await picture.evaluate((image) => image.decode().then(() => image.naturalWidth > 100)), 'it can be drawn');
  const label = await context.request.get(`/api/v1/lots/${floor.lot.id}/label?format=svg`);
  assert.ok((await label.text()).includes(floor.lotCode), 'the lot is on it');
  await dialog.getByLabel(/In the package/).fill('25');
  await page.waitForFunction((old) => document.querySelector('.label-sheet img')?.src !== old, await picture.getAttribute('src'));
  await dialog.getByLabel('Copies').fill('0');
  await dialog.getByText(/From 1 to 500 copies/).first().waitFor();
  await dialog.getByLabel('Copies').fill('3');
  const saved = async (name) => {
    const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name }).click()]);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    return Buffer.concat(chunks).toString('latin1');
  };
  assert.equal((await saved(/ZPL/)).match(/\^XA/g).length, 1);
  assert.match(await saved(/ZPL/), /\^PQ3/);
  assert.match(await saved('PDF'), /^%PDF-/);
  // Where a record of the kind is looked at among all data, it has its label as well.
  await page.goto(`/data/locations/${floor.warehouse.id}`);
  await page.getByRole('button', { name: 'Label', exact: true }).click();
  await dialog.getByRole('img', { name: 'How it looks' }).waitFor();
  await close();
});

test('what a unit was made of, and what became of a lot, both ways, with the recall list', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Trace', tracking: 'serial', issue: 'backflush' });
  const { page, context, close } = await openPage(ADMIN);
  await api(context, 'POST', `/jobs/${floor.job.id}/start`, {});
  const serials = Array.from({ length: 9 }, (_, at) => unique(`SN${at}`).replace(/ /g, '-'));
  await api(context, 'POST', `/jobs/${floor.job.id}/report`, { good: '9', scrap: '0', rework: '0', serials });
  await page.goto(`/plants/${floor.plant.id}/trace/lot/${floor.lot.id}?direction=forward`);
  await page.getByRole('heading', { name: `Lot ${floor.lotCode}` }).waitFor();
  await page.getByRole('button', { name: /9 of them/ }).click();
  await page.getByRole('button', { name: 'Show each' }).click();
  await page.getByRole('button', { name: new RegExp(serials[0]) }).click();
  await page.getByRole('button', { name: 'Start from here' }).click();
  await page.getByRole('heading', { name: `Serial ${serials[0]}` }).waitFor();
  await page.getByRole('radio', { name: 'Made of' }).click();
  await page.getByRole('button', { name: new RegExp(floor.lotCode) }).waitFor();
  await page.goto(`/plants/${floor.plant.id}/trace/lot/${floor.lot.id}?tab=recall`);
  await page.getByText(/9 units with serials/).waitFor();
  const list = page.getByRole('table', { name: 'Recall list' });
  assert.equal(await list.getByRole('row').count(), 11);
  // Each says by which order it was made, and where it lies.
  await list.getByRole('row', { name: new RegExp(serials[0]) }).getByRole('link', { name: floor.order.code }).waitFor();
  assert.equal(await page.getByText(/has left the house/).count(), 0);

  // What has left the house is said before all, with the paper it went by.
  const left = { location_id: floor.lineSide.id, item_id: floor.part.id, lot_id: floor.lot.id, quantity: '5', reference: 'DN 80114' };
  await api(context, 'POST', '/stock/issue', left);
  await page.reload();
  await page.getByText('Some of it has left the house: 1 entry of those shown.').waitFor();
  await list.getByRole('row', { name: new RegExp(floor.lotCode) }).getByText(/DN 80114/).waitFor();
  const [book] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'As a file' }).click().then(() => page.getByRole('menuitem', { name: 'As a workbook' }).click())]);
  assert.equal(book.suggestedFilename(), 'recall.xlsx');
  assert.deepEqual(await barriers(page), []);
  await close();
});

test('a count that differs too much waits, is told to who decides, and is approved or rejected by somebody else', { timeout: 180_000 }, async () => {
  const floor = await floorPlant({ name: 'Counts' });
  const { page, context, close } = await openPage(ADMIN);
  await api(context, 'PATCH', `/locations/${floor.lineSide.id}`, { count_tolerance_pct: '2' }, { 'If-Match': '*', 'Content-Type': 'application/merge-patch+json' });
  const engineer = (await api(context, 'GET', '/users?limit=200')).items.find((user) => user.email === ENGINEER.as);
  await api(context, 'POST', '/grants', { user_id: engineer.id, role: 'supervisor', plant_id: floor.plant.id });

  await page.goto(`/plants/${floor.plant.id}/stock`);
  await page.getByRole('row', { name: new RegExp(floor.lotCode) }).getByRole('button').click();
  await page.getByRole('menuitem', { name: 'Count' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Counted').fill('300');
  await dialog.getByRole('button', { name: 'Count' }).click();
  await dialog.getByText(/Nothing is booked until somebody else has looked at it/).waitFor();
  await dialog.getByRole('link', { name: 'Counts that wait' }).click();
  const card = page.getByRole('region', { name: 'LS1' });
  await card.getByRole('row', { name: new RegExp(`${floor.lotCode}.*500.*300.*−200.*40`) }).waitFor();
  // Nobody approves what they have counted themselves.
  await card.getByRole('button', { name: 'Decide' }).click();
  await dialog.getByText(/You counted this yourself/).first().waitFor();
  assert.equal(await dialog.getByRole('button', { name: 'Approve' }).getAttribute('aria-disabled'), 'true');
  await dialog.getByRole('button', { name: 'Cancel' }).click();

  const second = await openPage(ENGINEER);
  const other = second.page;
  await other.goto('/');
  await other.getByRole('button', { name: /unread notification/ }).click();
  await other.getByRole('link', { name: /counted LS1, and it differs/ }).first().click();
  await other.getByRole('heading', { name: 'Counts to decide', level: 1 }).waitFor();
  assert.deepEqual(await barriers(other), []);
  const waiting = other.getByRole('region', { name: 'LS1' });
  await waiting.getByRole('button', { name: 'Decide' }).click();
  const decision = other.getByRole('dialog');
  await decision.getByLabel(/Why/).fill('Counted again, it is right');
  assert.deepEqual(await barriers(other), []);
  await decision.getByRole('button', { name: 'Approve' }).click();
  await other.getByText('No count waits').waitFor();
  // Whoever counted sees it go without loading the page again.
  await page.getByText('No count waits').waitFor();
  await other.getByRole('radio', { name: 'Approved' }).click();
  await other.getByText('Counted again, it is right').waitFor();
  const lies = async () => Number((await api(context, 'GET', `/stock?lot_id=${floor.lot.id}`)).items[0].quantity);
  assert.equal(await lies(), 300);

  const count = { location_id: floor.lineSide.id, lines: [{ item_id: floor.part.id, lot_id: floor.lot.id, counted: '1' }] };
  const { waiting_id: id } = await api(context, 'POST', '/stock/count', count);
  assert.ok(id);
  await other.getByRole('radio', { name: 'Waiting' }).click();
  await waiting.getByRole('button', { name: 'Decide' }).click();
  await decision.getByRole('button', { name: 'Reject' }).click();
  await other.getByText('No count waits').waitFor();
  assert.equal(await lies(), 300);
  await second.close();
  await close();
});
