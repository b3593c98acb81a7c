/** Every page: no error in the console, no barrier, and nothing wider than the screen. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addresses } from './addresses.mjs';
import { barriers, closeBrowser, openPage, settled } from './browser.mjs';
import { ADMIN } from './places.mjs';

after(closeBrowser);

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
