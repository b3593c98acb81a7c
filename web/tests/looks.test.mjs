/** How somebody likes the app stays over signing out; an error says the number under which the server knows it. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeBrowser, openPage, PASSWORD, settled } from './browser.mjs';

after(closeBrowser);

test('theme, density and language stay when one signs out; where one was does not', async () => {
  const { page, close } = await openPage({ as: 'viewer@demo.gemba.local' });
  await page.goto('/data/lines');
  await page.getByRole('heading', { name: 'Lines', level: 1 }).waitFor();
  const choose = async (button, item) => {
    await page.getByRole('button', { name: button }).click();
    await page.getByRole('menuitemradio', { name: item }).click();
  };
  await choose('Account', 'Dark');
  await choose('Account', 'Comfortable');
  await choose('Account', 'Deutsch');
  await page.getByRole('button', { name: 'Konto' }).click();
  await page.getByRole('menuitem', { name: 'Abmelden' }).click();
  await page.waitForURL('**/sign-in');
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => !/theme|density|language|narrow|keep-plans/.test(key))), []);
  await page.getByLabel('E-Mail').fill('viewer@demo.gemba.local');
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
  assert.deepEqual(await page.evaluate(() => [document.documentElement.dataset.theme, document.documentElement.dataset.density, document.documentElement.lang]), ['dark', 'comfortable', 'de']);
  await close();
});

test('what was done is told on a ground of its own, above whatever the page shows there', async () => {
  const { page, context, close } = await openPage({ as: 'viewer@demo.gemba.local' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/overview');
  await page.getByRole('button', { name: 'Copy link' }).click();
  const told = page.locator('.toast', { hasText: 'Link copied' });
  await told.waitFor();
  const [ground, text] = await told.evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]);
  assert.doesNotMatch(ground, /, 0\)$|transparent/, ground);
  assert.notEqual(text, 'rgb(0, 0, 0)');
  await close();
});

test('a page that fails says so, with the number of the request, and tries again', async () => {
  const { page, close } = await openPage({ as: 'admin@demo.gemba.local' });
  await page.goto('/');
  await settled(page);
  let broken = true;
  const id = '0199d1a0-7f00-7000-8000-000000000042';
  await page.route('**/api/v1/webhooks?*', (route) => (broken
    ? route.fulfill({ status: 503, headers: { 'Content-Type': 'application/problem+json', 'X-Request-Id': id }, json: { title: 'Service Unavailable', status: 503, code: 'database_gone', detail: 'the database does not answer', errors: [] } })
    : route.continue()));
  await page.goto('/admin/webhooks');
  await page.getByText('This did not work').waitFor();
  await page.getByText('The database does not answer').waitFor();
  await page.getByText(`Request ${id}`).waitFor();
  broken = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('This did not work').waitFor({ state: 'hidden' });
  // A real refusal carries the number that the server gave it.
  await page.goto('/data/lines/0199d1a0-7f00-7000-8000-000000000042');
  await page.getByText('There is nothing here').waitFor();
  await page.getByText(/Request [0-9a-f-]{36}/).waitFor();
  await close();
});
