/** Everything that can be clicked is clicked, on every page. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addresses } from './addresses.mjs';
import { closeBrowser, openPage, settled } from './browser.mjs';
import { ADMIN } from './places.mjs';

after(closeBrowser);

/** Not clicked: what changes data for the tests after this one, leaves the app, or opens the system's own windows. */
const LEFT_ALONE = /sign out|archive|restore|deactivate|remove|delete|stop|save|export|import|download|template|csv|xlsx|json|new password|revoke|rotate|optimi[sz]e|approve|submit|api explorer|run now|try it|test|clone|choose a|spanish|español|deutsch|everywhere|passkey|take|invite|copy|pdf|powerpoint/i;

test('a crawl that clicks everything meets no error', { timeout: 900_000 }, async () => {
  const { page, close } = await openPage(ADMIN);
  const all = await addresses(page);
  const broken = [];
  for (const address of all.filter((one) => one !== '/nowhere')) {
    await page.goto(address);
    await settled(page);
    const controls = page.locator('main').locator('button:visible, a.btn:visible, [role=tab]:visible');
    const names = await controls.evaluateAll((list) => list.map((one) => one.getAttribute('aria-label') ?? one.textContent ?? ''));
    for (const [at, name] of [...names.entries()].slice(0, 25)) {
      if (LEFT_ALONE.test(name)) continue;
      const control = controls.nth(at);
      // What went meanwhile, or may not be clicked now, is not waited for; everything else gets the time that a busy machine takes.
      if (!(await control.isVisible().catch(() => false)) || !(await control.isEnabled({ timeout: 1_000 }).catch(() => false))) continue;
      await control.click({ timeout: 10_000 }).catch(() => {});
      if (await page.getByText('This did not work').count()) broken.push(`${address}: ${name}`);
      // Whatever has opened is closed again; where the click led elsewhere, back.
      for (let tries = 0; tries < 3 && (await page.locator('dialog[open], [popover]:popover-open:not(.toasts)').count()); tries += 1) {
        await page.keyboard.press('Escape');
        const discard = page.getByRole('button', { name: 'Discard' });
        if (await discard.count()) await discard.click().catch(() => {});
      }
      if (new URL(page.url()).pathname !== address.split('?')[0]) {
        await page.goto(address);
        await settled(page);
      }
    }
  }
  assert.deepEqual(broken, []);
  await close();
});
