import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, settled, unique } from './browser.mjs';

after(closeBrowser);

const ADMIN = { as: 'admin@demo.gemba.local' };
const codeOf = (name) => name.replace(/\W+/g, '-').toUpperCase().slice(0, 30);

async function makeCustomer(page, name) {
  await page.goto('/data/customers');
  await page.getByRole('button', { name: 'New Customer' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Code', { exact: true }).fill(codeOf(name));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(`${name} created`).waitFor();
}

test('a record is made, changed, told about, archived and restored; its history says so', async () => {
  const { page, close } = await openPage(ADMIN);
  const name = unique('Halden Tools');
  await makeCustomer(page, name);
  await page.getByRole('searchbox').fill(name.split(' ').at(-1));
  await page.getByRole('row', { name: new RegExp(name) }).click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();

  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Contact').fill('Sofia Brandt');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Sofia Brandt').waitFor();

  await page.getByRole('tab', { name: 'Comments' }).click();
  await page.getByLabel('Write a comment').fill('Asks for weekly deliveries.');
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await page.locator('.said', { hasText: 'Asks for weekly deliveries.' }).waitFor();

  await page.getByRole('button', { name: 'Archive' }).click();
  await page.getByText('1 record archived').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('1 record restored').waitFor();

  await page.getByRole('tab', { name: 'History' }).click();
  for (const said of ['created it', 'changed it', 'archived it', 'restored it']) await page.getByText(said).first().waitFor();
  await page.locator('ins', { hasText: 'Sofia Brandt' }).waitFor();
  await close();
});

test('what is wrong stands at its field, from the rules of the server', async () => {
  const { page, close } = await openPage(ADMIN);
  const name = unique('Vento');
  await makeCustomer(page, name);
  await page.getByRole('button', { name: 'New Customer' }).first().click();
  await page.getByRole('button', { name: 'Save' }).click();
  assert.ok((await page.getByText('Please fill this in').count()) >= 2);
  assert.equal(await page.getByLabel('Code', { exact: true }).getAttribute('aria-invalid'), 'true');
  await page.getByLabel('Name', { exact: true }).fill('Another');
  await page.getByLabel('Code', { exact: true }).fill(codeOf(name));
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.dialog [role=alert]').first().waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.keyboard.press('Escape');
  await page.getByText('Discard what you entered?').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  assert.equal(await page.locator('.dialog').count(), 0);
  await close();
});

test('somebody else was quicker: their values are shown, mine are kept, and I decide', async () => {
  const { page, context, close } = await openPage(ADMIN);
  const name = unique('Kestrel');
  const made = await api(context, 'POST', '/customers', { name, code: codeOf(name) });
  await page.goto(`/data/customers/${made.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Contact').fill('Mine');
  await api(context, 'PATCH', `/customers/${made.id}`, { contact: 'Theirs' }, { 'If-Match': `"${made.version}"` });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else changed this record meanwhile.').waitFor();
  await page.getByText('now: Theirs').waitFor();
  assert.equal(await page.getByLabel('Contact').inputValue(), 'Mine');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(`${name} saved`).waitFor();
  await page.locator('dd', { hasText: 'Mine' }).waitFor();
  await close();
});

test('filters, order and columns are in the address and in a saved view', async () => {
  const { page, close } = await openPage(ADMIN);
  await page.goto('/data/items?sort=-name&category=product&columns=name,code');
  await page.getByRole('columnheader', { name: 'Code' }).waitFor();
  assert.equal(await page.getByRole('columnheader').count(), 3);
  assert.equal(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort'), 'descending');
  await page.getByText('Category : Product').waitFor();
  await page.getByRole('button', { name: 'Remove filter' }).click();
  await page.waitForURL((address) => !address.searchParams.has('category'));
  await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
  await page.waitForURL((address) => !address.searchParams.has('sort'));

  const view = unique('By code');
  await page.goto('/data/items?sort=code');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill(view);
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('View saved').waitFor();
  await page.goto('/data/items');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitemradio', { name: view }).click();
  await page.waitForURL((address) => address.searchParams.get('sort') === 'code');
  await close();
});

test('many at once: a field is changed, the file that was exported is corrected and imported again', async () => {
  const { page, context, close } = await openPage(ADMIN);
  const mark = unique('x').split(' ')[1];
  for (const part of ['One', 'Two', 'Three']) await api(context, 'POST', '/customers', { name: `Bulk ${part} ${mark}`, code: `BULK-${part}-${mark}` });
  await page.goto(`/data/customers?q=${mark}`);
  await page.getByRole('row', { name: /Bulk Three/ }).waitFor();
  await page.getByLabel('Select all shown').check();
  await page.getByRole('button', { name: 'Edit field' }).click();
  await page.getByLabel('Field').selectOption({ label: 'Contact' });
  await page.getByRole('textbox', { name: 'Value' }).fill('Told by many');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('3 records changed').waitFor();

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).first().click().then(() => page.getByRole('menuitem', { name: 'CSV' }).click())]);
  const text = readFileSync(await file.path(), 'utf8');
  assert.match(text, /Told by many/);
  const path = join(tmpdir(), `${mark}.csv`);
  const lines = text.trim().split(/\r?\n/);
  const wrong = lines.map((line, at) => (at === 1 ? line.replace(/Bulk \w+ \w+/, '') : line.replaceAll('Told by many', 'Corrected')));
  writeFileSync(path, wrong.join('\n'));
  await page.goto('/data/customers/import');
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByText('1 wrong').waitFor();
  await page.getByText(/row 2/).first().waitFor();
  assert.deepEqual(await barriers(page), []);
  writeFileSync(path, lines.map((line) => line.replaceAll('Told by many', 'Corrected')).join('\n'));
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByText('3 changed').waitFor();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByText('0 created, 3 changed').waitFor();
  await close();
});

test('a custom field appears in forms, lists and details as soon as it is defined', async () => {
  const { page, close } = await openPage(ADMIN);
  const key = `rating_${Date.now().toString(36)}`;
  const label = unique('Rating');
  await page.goto('/data/field-definitions?new=yes');
  await page.getByLabel('Kind', { exact: true }).fill('customer');
  await page.getByLabel('Key', { exact: true }).fill(key);
  await page.getByLabel('Label', { exact: true }).fill(label);
  await page.getByLabel('Value type').selectOption({ label: 'Number' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/created$/).waitFor();
  const name = unique('Rated');
  await page.goto('/data/customers?new=yes');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Code', { exact: true }).fill(codeOf(name));
  await page.getByLabel(label).fill('7.5');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(`${name} created`).waitFor();
  await page.goto(`/data/customers?columns=name,fields.${key}&fields.${key}[gte]=7`);
  await page.getByRole('row', { name: new RegExp(`${name}.*7\\.5`) }).click();
  await page.locator('dt', { hasText: label }).waitFor();
  await close();
});

test('a reference is found by typing, and the record it leads to lists what refers to it', async () => {
  const { page, context, close } = await openPage(ADMIN);
  const { items } = await (await context.request.get('/api/v1/families?limit=1&sort=name')).json();
  const family = items[0];
  const name = unique('Test item');
  await page.goto('/data/items?new=yes');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Code', { exact: true }).fill(codeOf(name));
  await page.getByRole('combobox', { name: 'Family' }).fill(family.name);
  await page.getByRole('option', { name: family.name }).click();
  await page.getByRole('combobox', { name: 'Unit' }).fill('Piece');
  await page.getByRole('option', { name: /Piece/ }).click();
  await page.getByLabel('Category').selectOption({ label: 'Product' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(`${name} created`).waitFor();
  await page.goto(`/data/families/${family.id}`);
  await page.getByRole('heading', { name: 'Items' }).waitFor();
  await close();
});

test('the keyboard does it all: palette, moving in a list, opening, editing', async () => {
  const { page, close } = await openPage(ADMIN);
  await page.goto('/');
  await settled(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Find or do anything' }).fill('customers');
  await page.getByRole('option', { name: 'Customers' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/data/customers');
  await page.locator('[data-at="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.getByText('1 selected').first().waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL(/customers\/[0-9a-f-]{36}/);
  await page.getByRole('button', { name: 'Edit', exact: true }).waitFor();
  await page.keyboard.press('e');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await close();
});

test('who may read a record learns by name who made and changed it, without the right to see accounts', async () => {
  const desk = await openPage(ADMIN);
  const me = await api(desk.context, 'GET', '/auth/me');
  const customer = await api(desk.context, 'POST', '/customers', { code: codeOf(unique('NAMES')), name: unique('Names') });
  await api(desk.context, 'PATCH', `/customers/${customer.id}`, { contact: 'Rui' }, { 'If-Match': '*', 'Content-Type': 'application/merge-patch+json' });
  await desk.close();
  const { page, context, close } = await openPage({ as: 'viewer@demo.gemba.local' });
  assert.equal((await context.request.get(`/api/v1/users/${me.id}`)).status(), 403);
  let asked = 0;
  page.on('request', (request) => (asked += request.url().includes('/people/names') ? 1 : 0));
  await page.goto(`/data/customers/${customer.id}?tab=history`);
  await page.getByRole('listitem').filter({ hasText: `${me.name} created it` }).waitFor();
  await page.getByRole('listitem').filter({ hasText: `${me.name} changed it` }).waitFor();
  assert.equal(asked, 1, 'all names of a page are asked for at once');
  await close();
});

test('a second organization sees nothing of the first', async () => {
  const first = await openPage(ADMIN);
  const { items } = await (await first.context.request.get('/api/v1/lines?limit=1')).json();
  await first.close();
  const { page, close } = await openPage({ as: 'admin@other.gemba.local' });
  await page.goto(`/data/lines/${items[0].id}`);
  await page.getByText('There is nothing here').waitFor();
  await page.goto('/data/customers');
  await settled(page);
  assert.equal(await page.getByText('Brisa Mobility').count(), 0);
  await page.goto('/admin/users');
  await settled(page);
  assert.equal(await page.getByText('demo.gemba.local').count(), 0);
  await close();
});
