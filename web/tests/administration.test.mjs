/** What administrators do: each on its page, as they would. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, closeBrowser, openPage, settled, unique } from './browser.mjs';

after(closeBrowser);

const ADMIN = { as: 'admin@demo.gemba.local' };
const slug = (text) => text.toLowerCase().replace(/\W+/g, '.');

/** What the server does in the background is there at some time: looked for again until then. */
async function shown(page, wanted) {
  for (let tries = 0; tries < 20; tries += 1) {
    await settled(page);
    if (await wanted.waitFor({ timeout: 2_000 }).then(() => true, () => false)) return;
    await page.reload();
  }
  throw new Error(`never shown: ${wanted}`);
}

/** Somebody new with roles, without a first sign-in. */
async function somebody(context, name, grants = []) {
  return (await api(context, 'POST', '/users', { name, email: `${slug(name)}@demo.gemba.local`, locale: 'en', grants })).user;
}

test('an invitation goes by mail; the link is shown to nobody', async () => {
  const { page, close } = await openPage(ADMIN);
  const name = unique('Runa Falk');
  await page.goto('/admin/users');
  await page.getByRole('button', { name: 'Invite somebody' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Email').fill(`${slug(name)}@demo.gemba.local`);
  await dialog.getByRole('radio', { name: 'By mail, from Gemba' }).click();
  await dialog.getByRole('button', { name: 'Invite somebody' }).click();
  await page.getByText(`The link was sent to ${slug(name)}@demo.gemba.local`).waitFor();
  assert.equal(await page.locator('.copy-text').count(), 0);
  await page.getByRole('searchbox', { name: 'Search' }).fill(name);
  await page.getByRole('row', { name }).getByText('Invited').waitFor();
  await close();
});

test('a role is taken only after it was asked; one’s own says what it means', async () => {
  const { page, context, close } = await openPage(ADMIN);
  const name = unique('Pelle Strand');
  const user = await somebody(context, name, [{ role: 'viewer' }]);
  const roles = page.getByRole('table', { name: 'Roles' });
  await page.goto(`/admin/users/${user.id}`);
  await roles.getByRole('button', { name: 'Take this role' }).click();
  await page.getByText(`${name} may then no longer do what this role allows`).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await roles.getByRole('button', { name: 'Take this role' }).count(), 1);
  await roles.getByRole('button', { name: 'Take this role' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take this role' }).click();
  await page.getByText('No role yet').waitFor();

  const me = await api(context, 'GET', '/auth/me');
  await page.goto(`/admin/users/${me.id}`);
  await roles.getByRole('button', { name: 'Take this role' }).first().click();
  await page.getByText('This is your own role').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await close();
});

test('the audit trail is filtered, exported, and its chain verified in the browser', { timeout: 120_000 }, async () => {
  const { page, context, close } = await openPage(ADMIN);
  const name = unique('Audited');
  const made = await api(context, 'POST', '/customers', { name, code: slug(name).toUpperCase().slice(0, 30) });
  await api(context, 'POST', `/customers/${made.id}/archive`, undefined, { 'If-Match': '*' });
  await page.goto(`/admin/audit?record=${made.id}`);
  const entries = page.getByRole('table', { name: 'Audit trail' });
  await entries.getByRole('button', { name: 'customer.archived' }).waitFor();
  await entries.getByRole('button', { name: 'customer.created' }).click();
  await page.getByRole('dialog').getByText(name).first().waitFor();
  await page.keyboard.press('Escape');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click().then(() => page.getByRole('menuitem', { name: 'As a table (CSV)' }).click()),
  ]);
  assert.equal(download.suggestedFilename(), 'audit.csv');
  await page.getByText('2 entries exported').waitFor();

  await page.getByRole('button', { name: 'Verify' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify' });
  await dialog.getByRole('button', { name: 'Verify now' }).click();
  await dialog.getByText('Nothing was changed, removed or put in').waitFor({ timeout: 60_000 });
  const [head] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Save the last seal' }).click()]);
  const stream = await head.createReadStream();
  let line = '';
  for await (const piece of stream) line += piece;
  const { head: now } = await api(context, 'GET', '/audit/head');
  assert.ok(now.number >= JSON.parse(line).number);
  assert.equal(now.key, JSON.parse(line).key);

  // Held against what was kept outside, and against a key that never signed.
  await dialog.getByLabel('A seal kept outside').fill(line);
  await dialog.getByLabel('Key of the operator').fill('0'.repeat(64));
  await dialog.getByRole('button', { name: 'Verify again' }).click();
  await dialog.getByText('Signed with a key that is not trusted').first().waitFor({ timeout: 60_000 });
  await dialog.getByLabel('Key of the operator').fill(now.key);
  await dialog.getByRole('button', { name: 'Verify again' }).click();
  await dialog.getByText('Nothing was changed, removed or put in').waitFor({ timeout: 60_000 });
  // A seal from the future of another chain: this one's end was cut off.
  await dialog.getByLabel('A seal kept outside').fill(JSON.stringify({ number: 999_999_999, hash: 'a'.repeat(64) }));
  await dialog.getByRole('button', { name: 'Verify again' }).click();
  await dialog.getByText('The chain ends before the seal kept outside').waitFor({ timeout: 60_000 });
  await close();
});

test('a changed entry on its way to the browser is found', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage(ADMIN);
  await page.route('**/api/v1/audit/evidence?after=0', async (route) => {
    const answer = await route.fetch();
    const said = await answer.json();
    said.seals.find((one) => one.entries.length > 0).entries[0].actor = 'user:somebody-else';
    await route.fulfill({ response: answer, json: said });
  });
  await page.goto('/admin/audit');
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByRole('button', { name: 'Verify now' }).click();
  await page.getByText('is not what was sealed: it was changed or replaced').waitFor({ timeout: 60_000 });
  await close();
});

test('how long the trail is kept is changed after a warning, and a legal hold is placed and released', async () => {
  const { page, close } = await openPage(ADMIN);
  await page.goto('/admin/retention');
  const rules = page.getByRole('table', { name: 'How long entries stay' });
  const reading = rules.getByRole('row', { name: /Reads of sensitive data/ });
  const before = /([\d,]+) days/.exec(await reading.textContent())[1];
  await reading.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reads of sensitive data').fill('400');
  await dialog.getByText('Entries older than 400 days are removed').waitFor();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await reading.getByText('400 days').waitFor();
  await reading.getByRole('button', { name: 'Change' }).click();
  await dialog.getByLabel('Reads of sensitive data').fill(before);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await reading.getByText(`${before} days`).waitFor();

  const reason = unique('Recall 2026-114');
  await page.getByRole('button', { name: 'Place a hold' }).click();
  await dialog.getByRole('button', { name: 'Place a hold' }).click();
  await dialog.getByText('Please fill this in').waitFor();
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByLabel('Kind of record').fill('line');
  await dialog.getByRole('button', { name: 'Place a hold' }).click();
  const hold = page.getByRole('row', { name: new RegExp(reason) });
  await hold.getByText('holds', { exact: true }).waitFor();
  await hold.getByRole('button', { name: 'Release' }).click();
  await dialog.getByRole('button', { name: 'Release' }).click();
  await hold.getByText('released', { exact: true }).waitFor();
  await close();
});

test('an identity provider is set up, and its test says what is missing', { timeout: 60_000 }, async () => {
  const { page, close } = await openPage(ADMIN);
  const name = unique('Acme login');
  await page.goto('/admin/sign-in');
  await page.getByRole('button', { name: 'Add a provider' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Issuer').fill(`https://login-${Date.now().toString(36)}.acme.invalid`);
  await dialog.getByLabel('Client ID').fill('gemba');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Provider saved').waitFor();
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await page.getByText('People cannot sign in here yet').waitFor({ timeout: 30_000 });
  await page.getByText('Allow this address at the provider').waitFor();
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await page.getByRole('button', { name: 'Restore', exact: true }).waitFor();
  await close();
});

test('a webhook shows what it was told and how that went, and is told again', { timeout: 90_000 }, async () => {
  const { page, context, close } = await openPage(ADMIN);
  const name = unique('Ledger');
  await page.goto('/admin/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Address').fill(`https://hooks-${Date.now().toString(36)}.acme.invalid/in`);
  await dialog.getByLabel('Events').fill('gemba.customer.*');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('link', { name }).click();
  await page.getByText('Nothing was told yet.').waitFor();
  const code = unique('T').replace(/\W+/g, '-').toUpperCase();
  await api(context, 'POST', '/customers', { name: code, code });
  const log = page.getByRole('table', { name: 'Deliveries' });
  await shown(page, log.getByText('gemba.customer.created').first());
  await page.getByRole('button', { name: 'Tell again' }).first().click();
  await page.getByText('told again').waitFor();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'New secret' }).click();
  await dialog.getByText('signed with the new secret').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.waitForURL('**/admin/webhooks');
  assert.equal(await page.getByRole('link', { name }).count(), 0);
  await close();
});

test('the organization’s colour and logo are tried before they count, and colour the app', async (skip) => {
  const { page, context, close } = await openPage(ADMIN);
  const before = await api(context, 'GET', '/organization');
  if (!before.branding) {
    await close();
    return skip.skip('this server keeps no branding');
  }
  await page.goto('/admin/branding');
  await page.getByLabel('Colour').last().fill('blue');
  await page.getByText('Expected a colour such as #0b5c8a').waitFor();
  await page.getByLabel('Colour').last().fill('#7a1f5c');
  const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');
  await page.locator('input[type=file]').setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: png });
  await page.getByRole('img', { name: 'Logo' }).first().waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Reports made from now on show it').waitFor();
  const after = await api(context, 'GET', '/organization');
  assert.equal(after.branding.colour, '#7a1f5c');
  await page.goto('/');
  await page.waitForFunction(() => getComputedStyle(document.querySelector('.btn.primary, a') ?? document.body) && document.documentElement.style.getPropertyValue('--accent').includes('#7a1f5c'));
  await api(context, 'PATCH', '/organization', { branding: before.branding }, { 'If-Match': '*' });
  await close();
});

test('rules of the organization: sessions, second factors, who approves; what is no number is said', async () => {
  const { page, context, close } = await openPage(ADMIN);
  await page.goto('/admin/organization');
  await page.getByLabel('End without a request after').fill('soon');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Expected a number').waitFor();
  await page.getByLabel('End without a request after').fill('9');
  const box = page.getByLabel('Who submitted a scenario may not approve it');
  const was = await box.isChecked();
  await box.setChecked(!was);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').waitFor();
  const organization = await api(context, 'GET', '/organization');
  assert.equal(organization.sessions.idle_s, 9 * 3600);
  assert.equal(organization.planning.four_eyes, !was);
  await api(context, 'PATCH', '/organization', { planning: { four_eyes: was } }, { 'If-Match': '*' });
  await close();
});

test('system health tells what works, and a mail can be tried', async () => {
  const { page, close } = await openPage(ADMIN);
  await page.goto('/admin/system');
  await page.getByText('The server answers and reaches its database').waitFor();
  await page.getByText('The audit trail is sealed').waitFor();
  await page.getByRole('button', { name: 'Send me a mail' }).click();
  await page.getByText(/^Sent to /).waitFor();
  await close();
});
