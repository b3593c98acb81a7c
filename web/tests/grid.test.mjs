/** The grid like a spreadsheet's, with more cells than can be drawn: reached, typed into and copied by keyboard, and read without barrier. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, unique } from './browser.mjs';
import { ADMIN, emptyPlant } from './places.mjs';

after(closeBrowser);

/** Where the first test leaves it. */
let address = '';

const MODELS = 120;
const MONTHS = Array.from({ length: 24 }, (_, at) => `${2026 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`);

test('a grid of thousands of cells draws what is in sight, is edited at its far end by keyboard, and comes back', { timeout: 180_000 }, async () => {
  const plant = await emptyPlant('Grid');
  const { page, context, close } = await openPage(ADMIN);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { category, unit_id } = (await api(context, 'GET', '/items?limit=1')).items[0];
  const code = unique('GRID').replace(/ /g, '-').toUpperCase();
  const made = await api(context, 'POST', '/items/bulk', { rows: Array.from({ length: MODELS }, (_, at) => ({ code: `${code}-${at}`, name: `Model ${at}`, category, unit_id })) });
  await api(context, 'POST', '/demand/bulk', { rows: made.rows.flatMap(({ id: item_id }, at) => [0, 12].map((by) => ({ plant_id: plant.id, item_id, period: MONTHS[(at % 12) + by], units: '100' }))) });
  const scenario = await api(context, 'POST', '/scenarios', { name: unique('Grid'), plant_id: plant.id });
  address = `/plants/${plant.id}/scenarios/${scenario.id}?tab=inputs&section=demand`;
  await page.goto(address);
  const grid = page.getByRole('grid', { name: 'Demand' });
  const cell = (row, column) => grid.locator(`[data-at="${row}/${column}"]`);
  await cell(0, 3).click();
  const [rows, columns] = [Number(await grid.getAttribute('aria-rowcount')), Number(await grid.getAttribute('aria-colcount'))];
  assert.deepEqual([rows, columns], [MODELS + 2, MONTHS.length + 3]);
  assert.ok((await grid.getByRole('gridcell').count()) < (rows * columns) / 4, 'most cells are not in the page');
  assert.deepEqual(await barriers(page), []);

  // The cell that is active is always there, and in sight.
  const isAt = (at) => page.waitForFunction((wanted) => {
    const scroller = document.querySelector('.pg');
    const active = document.getElementById(scroller?.getAttribute('aria-activedescendant') ?? '');
    if (active?.dataset.at !== wanted) return false;
    const [one, all] = [active.getBoundingClientRect(), scroller.getBoundingClientRect()];
    return one.top >= all.top && one.bottom <= all.bottom + 1 && one.left >= all.left - 1 && one.right <= all.right + 1;
  }, at);
  await page.keyboard.press('Control+End');
  await isAt(`${MODELS}/${columns - 1}`);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.type('123');
  await page.keyboard.press('Enter');
  await cell(MODELS - 1, columns - 1).filter({ hasText: '123' }).waitFor();
  await page.getByText('1 unsaved edit').waitFor();
  await page.keyboard.press('Control+Home');
  await isAt('0/0');
  // Where nothing is scrolled the first columns are there again.
  await cell(0, 1).waitFor();
  await page.keyboard.press('PageDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Control+C');
  await page.getByText('2 cells copied').waitFor();
  await close();
});

test('on a phone the columns that stay leave room for those that scroll', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage({ ...ADMIN, width: 360, height: 740 });
  await page.goto(address);
  const grid = page.getByRole('grid').first();
  await grid.getByRole('gridcell').first().waitFor();
  const [stays, all] = await grid.evaluate((element) => [element.querySelector('.pg-rows.frozen')?.clientWidth ?? 0, element.clientWidth]);
  assert.ok(stays <= 0.6 * all, `${stays} of ${all} px stay`);
  await close();
});
