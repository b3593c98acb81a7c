import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, PASSWORD, settled, unique } from './browser.mjs';
import { totp } from './totp.mjs';

after(closeBrowser);

const OWN = 'seven kettles in the fog';

/** Somebody new, invited by the administrator, with their link. */
async function invited(name, grants = []) {
  const admin = await openPage({ as: 'admin@demo.gemba.local' });
  const email = `${name.toLowerCase().replace(/\W+/g, '.')}@demo.gemba.local`;
  const answer = await api(admin.context, 'POST', '/users', { name, email, locale: 'en', grants });
  await admin.close();
  return { email, link: answer.invitation.link, id: answer.user.id };
}

/** Sets the first password by the link, and signs in. */
async function firstSignIn(page, { email, link }) {
  await page.goto(link);
  await page.getByLabel('New password').fill(OWN);
  await page.getByLabel('Once more').fill(OWN);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('Your password is set').waitFor();
  assert.equal(await page.getByLabel('Email').inputValue(), email);
  await page.getByLabel('Password', { exact: true }).fill(OWN);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
}

test('a wrong password is refused in words, the right one opens the app where one wanted to go', async () => {
  const { page, close } = await openPage();
  await page.goto('/data/lines?sort=-name');
  await page.waitForURL('**/sign-in?next=*');
  await page.getByLabel('Email').fill('planner@demo.gemba.local');
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('Address or password is wrong.').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/data/lines?sort=-name');
  await page.getByRole('heading', { name: 'Lines', level: 1 }).waitFor();
  await close();
});

test('the sign-in page says what is missing, speaks three languages, and nobody is kept out of it', async () => {
  const { page, close } = await openPage();
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  assert.equal(await page.getByText('Please fill this in.').count(), 2);
  assert.deepEqual(await barriers(page), []);
  await page.getByLabel('Language').selectOption('de');
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  await page.getByLabel('Sprache').selectOption('es');
  await page.getByRole('heading', { name: 'Iniciar sesión' }).waitFor();
  await close();
});

test('where one wanted to go is an address of this app, or the start', async () => {
  const { page, close } = await openPage();
  for (const evil of ['//evil.example/', 'https://evil.example/', '/\\evil.example']) {
    await page.goto(`/sign-in?next=${encodeURIComponent(evil)}`);
    await page.getByLabel('Email').fill('viewer@demo.gemba.local');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
  }
  await close();
});

test('invited, first sign-in, permission refused', async () => {
  const admin = await openPage({ as: 'admin@demo.gemba.local' });
  const name = unique('Mira Solberg');
  await admin.page.goto('/admin/users');
  await admin.page.getByRole('button', { name: 'Invite somebody' }).first().click();
  await admin.page.getByLabel('Name').fill(name);
  await admin.page.getByLabel('Email').fill(`${name.replace(/\W+/g, '.').toLowerCase()}@demo.gemba.local`);
  await admin.page.getByRole('combobox', { name: 'Role' }).selectOption('viewer');
  await admin.page.getByRole('dialog').getByRole('button', { name: 'Invite somebody' }).click();
  const link = await admin.page.locator('.copy-text code').textContent();
  await admin.page.getByRole('button', { name: 'I have kept it' }).click();
  await admin.page.getByRole('link', { name }).waitFor();
  await admin.close();

  const { page, close } = await openPage();
  await firstSignIn(page, { email: `${name.replace(/\W+/g, '.').toLowerCase()}@demo.gemba.local`, link });
  // A viewer reads and does not change: the button says why, and the page of people does not open.
  await page.goto('/data/customers');
  const make = page.getByRole('button', { name: 'New Customer' }).first();
  assert.equal(await make.getAttribute('aria-disabled'), 'true');
  assert.match(await make.getAttribute('title'), /factory\.customer\.create/);
  await page.goto('/admin/users');
  await page.getByText('You may not open this page').waitFor();
  await page.getByText('identity.user.read').waitFor();
  assert.equal(await page.getByRole('link', { name: 'People' }).count(), 0);
  await close();
});

test('a link works once', async () => {
  const somebody = await invited(unique('Teo Haldane'));
  const first = await openPage();
  await firstSignIn(first.page, somebody);
  await first.close();
  const second = await openPage();
  await second.page.goto(somebody.link);
  await second.page.getByText('This link does not work any more').waitFor();
  await second.close();
});

test('an authenticator app is set up, asked for at the next sign-in, and a recovery code works in its place', async () => {
  const somebody = await invited(unique('Nora Ibsen'));
  const { page, close } = await openPage();
  await firstSignIn(page, somebody);
  await page.goto('/me');
  await page.getByRole('button', { name: 'Authenticator app' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Phone');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('img', { name: 'QR' }).waitFor();
  const seed = await page.locator('.copy-text code').first().textContent();
  await page.getByLabel('Code').fill(totp(seed));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).waitFor();
  const codes = (await page.locator('.copy-text code').textContent()).trim().split(/\s+/);
  assert.equal(codes.length, 10);
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('Phone').waitFor();

  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await page.getByLabel('Email').fill(somebody.email);
  await page.getByLabel('Password', { exact: true }).fill(OWN);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await page.getByRole('button', { name: 'Use a recovery code' }).click();
  await page.getByLabel('Recovery code').fill(codes[0]);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
  await close();
});

test('a passkey is set up and signs in alone', async () => {
  const somebody = await invited(unique('Ada Lindqvist'));
  const { page, context, close } = await openPage();
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  await firstSignIn(page, somebody);
  await page.goto('/me');
  await page.getByRole('button', { name: 'Passkey' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Laptop');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
  await close();
});

test('a session that ends while somebody types loses nothing', async () => {
  const somebody = await invited(unique('Jonas Weber'), [{ role: 'engineer' }]);
  const { page, close } = await openPage();
  await firstSignIn(page, somebody);
  await page.goto('/data/customers?new=yes');
  const name = unique('Fjord Motors');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Code', { exact: true }).fill(name.replace(/\W+/g, '-').toUpperCase().slice(0, 30));

  const admin = await openPage({ as: 'admin@demo.gemba.local' });
  await api(admin.context, 'DELETE', `/users/${somebody.id}/sessions`);
  await admin.close();

  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your session has ended').waitFor();
  await page.getByLabel(/Password of/).fill('wrong at first');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('The password is not right.').waitFor();
  await page.getByLabel(/Password of/).fill(OWN);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(`${name} created`).waitFor();
  await settled(page);
  await close();
});
