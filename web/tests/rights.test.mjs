/** Who may do what: policies tried before they count, keys of programs, and why somebody may not. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, unique, URL_OF_SERVER } from './browser.mjs';
import { floorPlant } from './floor.mjs';
import { ADMIN, ENGINEER, VIEWER } from './places.mjs';

after(closeBrowser);

test('a policy is written with its mistakes shown, tried on what was done, counts, refuses in its own words, and is retired', { timeout: 180_000 }, async () => {
  const { page, context, close } = await openPage(ADMIN);
  const code = () => unique('SUP').replace(/ /g, '-').toUpperCase();
  const supplier = () => ({ code: code(), name: 'Dry run' });
  // Something was done that the policy would have refused.
  await api(context, 'POST', '/suppliers', supplier());
  await page.goto('/admin/policies');
  await page.getByRole('button', { name: 'New version' }).first().click();
  const dialog = page.getByRole('dialog');
  const text = dialog.getByLabel('Policies in Cedar');
  await text.fill('forbid (principal, action, resource');
  await dialog.getByRole('alert').first().waitFor();
  await dialog.getByText('What policies can speak of').click();
  await dialog.getByText(/factory\.supplier\.create/).first().waitFor();
  await text.fill('@id("no-new-suppliers")\n@refusal("suppliers are added by purchasing")\nforbid (principal, action == Action::"factory.supplier.create", resource)\nwhen { context.minute_of_day >= 0 };\n');
  await dialog.getByText('1 policy understood').waitFor();
  assert.deepEqual(await barriers(page), []);
  const note = unique('Purchasing');
  await dialog.getByLabel('What it is for').fill(note);
  await dialog.getByRole('button', { name: 'Keep as a draft' }).click();
  await dialog.waitFor({ state: 'hidden' });

  const version = page.getByRole('navigation', { name: 'Policies' }).getByRole('button', { name: new RegExp(note) });
  await version.filter({ hasText: 'draft' }).waitFor();
  const activate = page.getByRole('button', { name: 'Let it count' });
  assert.match((await activate.getAttribute('title')) ?? '', /Try it first/);
  await page.getByRole('button', { name: 'Try on past decisions' }).click();
  await page.getByRole('status').getByText(/[1-9]\d* would be refused/).waitFor();
  await page.getByRole('table', { name: /./ }).getByText('no-new-suppliers').first().waitFor();
  assert.deepEqual(await barriers(page), []);
  const begun = await context.newPage();
  await begun.goto('/data/suppliers');
  await begun.locator('[data-key="n"]').click();
  await begun.getByRole('dialog').getByLabel(/^Code/).fill(code());
  await begun.getByRole('dialog').getByLabel(/^Name/).fill('Refused');
  await activate.click();
  await dialog.getByRole('button', { name: 'Let it count' }).click();
  await version.filter({ hasText: 'counts' }).waitFor();
  try {
    // Who had begun is refused in the policy's own words; who comes now is not let begin.
    await begun.getByRole('dialog').getByRole('button', { name: /^(Create|Save)/ }).first().click();
    await begun.getByText(/suppliers are added by purchasing/i).first().waitFor();
    await page.goto('/data/suppliers');
    await page.locator('[data-key="n"][aria-disabled="true"]').waitFor();
  } finally {
    await page.goto('/admin/policies');
    await page.getByRole('button', { name: 'Retire it' }).click();
    await dialog.getByRole('button', { name: 'Retire it' }).click();
    await version.filter({ hasText: 'retired' }).waitFor();
  }
  await api(context, 'POST', '/suppliers', supplier());
  await close();
});

test('a key is shown once, opens what its scopes say, gets another secret, and opens nothing once revoked', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage(ADMIN);
  const name = unique('MES connector');
  await page.goto('/admin/api-keys');
  await page.getByRole('button', { name: 'New key' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Scopes').fill('factory.*.read');
  await dialog.getByRole('button', { name: 'New key' }).click();
  await page.getByText('Keep this secret now. It is not shown again.').waitFor();
  const secretIn = async () => (await dialog.locator('code, input').first().evaluate((one) => one.value ?? one.textContent)).trim();
  const first = await secretIn();
  const answers = async (key, path, method = 'GET') => (await fetch(`${URL_OF_SERVER}/api/v1${path}`, { method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, ...(method === 'POST' ? { body: '{}' } : {}) })).status;
  assert.equal(await answers(first, '/lines?limit=1'), 200);
  assert.equal(await answers(first, '/users?limit=1'), 403);
  await dialog.getByRole('button').last().click();
  const row = page.getByRole('row', { name: new RegExp(name) });
  await row.waitFor();
  await row.getByRole('button', { name: 'New secret' }).click();
  await dialog.getByRole('button', { name: 'New secret' }).click();
  await page.getByText('Keep this secret now. It is not shown again.').waitFor();
  const second = await secretIn();
  assert.notEqual(second, first);
  assert.equal(await answers(second, '/lines?limit=1'), 200);
  await dialog.getByRole('button').last().click();
  await row.getByRole('button', { name: 'Revoke' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await row.getByText('Revoked').waitFor();
  for (const key of [first, second]) assert.equal(await answers(key, '/lines?limit=1'), 401);
  await close();
});

test('an administrator sees why somebody may do something, and why not', { timeout: 120_000 }, async () => {
  const { page, context, close } = await openPage(ADMIN);
  const viewer = (await api(context, 'GET', '/users?limit=200')).items.find((user) => user.email === VIEWER.as);
  await page.goto(`/admin/users/${viewer.id}`);
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'What may they do?' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Permission').fill('factory.line.update');
  await dialog.getByText('No, they may not').waitFor();
  await dialog.getByRole('table', { name: 'Their roles' }).getByText('Viewer').waitFor();
  await dialog.getByLabel('Permission').fill('factory.line.read');
  await dialog.getByText('Yes, they may').waitFor();
  assert.deepEqual(await barriers(page), []);
  await close();
});

test('the PIN of somebody of the floor is set, opens the terminal, and is taken away', { timeout: 120_000 }, async () => {
  const floor = await floorPlant({ name: 'Pins' });
  const { page, close } = await openPage(ADMIN);
  const dialog = page.getByRole('dialog');
  const set = async (pin, again = pin) => {
    await page.goto(`/data/operators/${floor.second.id}`);
    await page.getByRole('button', { name: 'PIN', exact: true }).click();
    await dialog.getByLabel('PIN', { exact: true }).fill(pin);
    await dialog.getByLabel('Once more').fill(again);
    await dialog.getByRole('button', { name: 'Set the PIN' }).click();
  };
  await set('12', '12');
  await dialog.getByRole('alert').getByText('Four to eight digits').waitFor();
  await set('2468', '2469');
  await dialog.getByText('Both have to be the same').waitFor();
  await set('2468');
  await page.getByText('Rui Carvalho has a new PIN').waitFor();
  await page.goto(`/terminal/${floor.terminal.id}`);
  await page.getByRole('main').getByRole('button', { name: /Rui Carvalho/ }).click();
  for (const digit of '2468') await page.getByRole('group', { name: 'PIN' }).getByRole('button', { name: digit, exact: true }).click();
  await page.getByRole('contentinfo').getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Jobs' }).waitFor();
  await page.goto(`/data/operators/${floor.second.id}`);
  await page.getByRole('button', { name: 'PIN', exact: true }).click();
  await dialog.getByRole('button', { name: 'Take it away' }).click();
  await page.getByText('Rui Carvalho has no PIN any more').waitFor();
  await close();
});

test('what one watches is listed on one’s own page, and no longer watched from there', { timeout: 120_000 }, async () => {
  const { page, context, close } = await openPage(ENGINEER);
  const line = (await api(context, 'GET', '/lines?limit=1')).items[0];
  await page.goto(`/data/lines/${line.id}`);
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await page.getByRole('button', { name: 'Stop watching' }).waitFor();
  await page.goto('/me');
  const watched = page.getByRole('table', { name: 'What you watch' });
  await watched.getByRole('link', { name: line.name }).waitFor();
  await watched.getByRole('row', { name: new RegExp(line.name) }).getByRole('button', { name: 'Watch it no more' }).click();
  await watched.getByRole('link', { name: line.name }).waitFor({ state: 'hidden' });
  await page.goto(`/data/lines/${line.id}`);
  await page.getByRole('button', { name: 'Watch', exact: true }).waitFor();
  await close();
});

test('every key that the page of shortcuts names does what it says', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage(ADMIN);
  const heading = (name) => page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.goto('/me');
  await heading('My account');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  for (const [key, name] of [['l', 'Lines'], ['i', 'Items'], ['r', 'Runs']]) {
    await page.keyboard.press('g');
    await page.keyboard.press(key);
    await heading(name);
  }
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await heading('Lines');
  await page.keyboard.press('/');
  await page.waitForFunction(() => document.activeElement?.tagName === 'INPUT');
  // Typing is no command.
  await page.keyboard.type('n?');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('n');
  await page.getByRole('dialog').waitFor();
  await close();
});
