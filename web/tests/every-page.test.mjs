/** Every page: no error in the console, no barrier, nothing wider than the screen, and everything that can be clicked can be clicked. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { barriers, closeBrowser, openPage, settled } from './browser.mjs';

after(closeBrowser);

const ADMIN = { as: 'admin@demo.gemba.local' };

/** Addresses of all pages that the navigation offers, and of the first record of what they list. */
async function addresses(page) {
  await page.goto('/');
  const navigation = page.getByRole('navigation', { name: 'Navigation' });
  await navigation.getByRole('link').first().waitFor();
  const offered = await navigation.getByRole('link').evaluateAll((links) => links.map((link) => new URL(link.href).pathname));
  const first = async (path) => (await (await page.context().request.get(`/api/v1/${path}?limit=1`)).json()).items?.[0]?.id;
  const [line, item, user, run, template] = await Promise.all(['lines', 'items', 'users', 'runs', 'label-templates'].map(first));
  // What the floor has of its own: an order, a lot both ways, the board of a line.
  const record = async (path) => (await (await page.context().request.get(`/api/v1/${path}?limit=1`)).json()).items?.[0];
  const [order, lot] = await Promise.all(['manufacturing-orders', 'lots'].map(record));
  const [floorLine] = order ? (await (await page.context().request.get(`/api/v1/lines?plant_id=${order.plant_id}&limit=1`)).json()).items : [];
  const floor = [order && `/plants/${order.plant_id}/orders/${order.id}`, floorLine && `/plants/${order.plant_id}/lines/${floorLine.id}/board`, order && `/plants/${order.plant_id}/dispatch?tab=gantt`, lot && `/plants/${lot.plant_id}/trace/lot/${lot.id}`, lot && `/plants/${lot.plant_id}/trace/lot/${lot.id}?tab=recall`, template && `/data/label-templates/${template}`];
  const further = ['/me', '/data/plants', '/data/shifts', '/data/lines/import', `/data/lines/${line}`, `/data/items/${item}?tab=history`, `/data/lines/${line}?tab=comments`, `/admin/users/${user}`, run && `/runs/${run}`, ...floor, '/nowhere'];
  return [...new Set([...offered, ...further.filter(Boolean)])];
}

const widerThanScreen = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

for (const [look, options] of Object.entries({
  'light, 1440 px': { width: 1440 },
  'dark, 820 px': { width: 820, height: 1100, dark: true },
  // Barriers are those of the two looks above; here it is about room.
  'light, 360 px': { width: 360, height: 740, isRoomOnly: true },
  'dark, 4K': { width: 3840, height: 2160, dark: true, isRoomOnly: true },
})) {
  test(`every page is without error and barrier: ${look}`, { timeout: 600_000 }, async () => {
    const { page, close } = await openPage({ ...ADMIN, ...options });
    const wide = await openPage(ADMIN);
    const all = await addresses(wide.page);
    await wide.close();
    assert.ok(all.length > 15, `only ${all.length} pages`);
    const found = [];
    for (const address of all) {
      await page.goto(address);
      await settled(page);
      if (!options.isRoomOnly) for (const barrier of await barriers(page)) found.push(`${address}: ${barrier}`);
      const beyond = await widerThanScreen(page);
      if (beyond > 0) found.push(`${address}: ${beyond} px wider than the screen`);
    }
    assert.deepEqual(found, []);
    await close();
  });
}

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
      if (!(await control.isVisible().catch(() => false))) continue;
      await control.click({ timeout: 3_000 }).catch(() => {});
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
