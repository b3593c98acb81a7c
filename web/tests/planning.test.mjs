/** The plan of a plant, from the workbook to a decision: import → optimize → what if → compare → submit → approve → export; grids, versions, mentions; the canvas. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, settled, unique } from './browser.mjs';
import { EXAMPLE, emptyPlant, ENGINEER, PLANNER, VIEWER } from './places.mjs';

after(closeBrowser);

let plant;
let plan;

before(async () => {
  const { context, close } = await openPage(PLANNER);
  plant = (await api(context, 'GET', '/plants?code=HMO')).items[0];
  plan = (await api(context, 'GET', `/scenarios?plant_id=${plant.id}`)).items.find((one) => one.name === 'Plan 2026 to 2030');
  await close();
});

const bench = (id, query = '') => `/plants/${plant.id}/scenarios/${id}${query}`;
const idOf = (page) => new URL(page.url()).pathname.split('/').at(-1);

/** A clone of the demo plan, opened at its inputs. */
async function cloned(page, name) {
  await page.goto(bench(plan.id));
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Clone' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByRole('button', { name: 'Clone' }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  return idOf(page);
}

for (const [look, options] of Object.entries({ laptop: { width: 1440, height: 900 }, tablet: { width: 820, height: 1180 } })) {
  test(`from a workbook to an approved scenario with its report: ${look}`, { timeout: 300_000 }, async () => {
    const empty = await emptyPlant('From a workbook');
    const { page, context, errors, close } = await openPage({ ...ENGINEER, ...options });
    // What is not there yet is no mistake: nothing is asked that the browser would report.
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    // An empty plant leads to the import by itself.
    await page.goto(`/plants/${empty.id}/scenarios`);
    await page.getByRole('link', { name: 'Import a workbook' }).click();
    await page.locator('input[type=file]').first().setInputFiles(EXAMPLE);
    await page.getByRole('button', { name: /^Import \d+ records$/ }).click();
    await page.getByRole('heading', { name: /^Imported: / }).waitFor();
    await page.getByRole('button', { name: 'Plan with it' }).click();

    await page.getByRole('heading', { level: 1, name: /^Plan of / }).waitFor();
    await page.getByText('Not optimized yet').waitFor();
    const first = idOf(page);
    await page.getByRole('button', { name: 'Optimize' }).first().click();
    await page.getByText('of the demand can be finished').waitFor({ timeout: 90_000 });
    const summary = async (id) => (await api(context, 'GET', `/scenarios/${id}/results?sections=summary`)).plan.summary;
    const before = await summary(first);
    assert.ok(before.finished_units > 0 && before.unmet_units > 0);

    // Who keeps the factory's data may ask, and does not hand in.
    assert.match((await page.getByRole('button', { name: 'Submit' }).getAttribute('title')) ?? '', /planning\.scenario\.submit/);
    assert.deepEqual(errors, []);
    await close();
    await decided(empty, first, before, options);
  });
}

/** The best gain, tried and kept twice; the second compared with the plan, submitted, approved, taken away as a file. */
async function decided(empty, first, before, options) {
  const { page, context, close } = await openPage({ ...PLANNER, ...options });
  const at = (id, query = '') => `/plants/${empty.id}/scenarios/${id}${query}`;
  const kept = [];
  for (const _ of [1, 2]) {
    await page.goto(at(first));
    await page.getByRole('button', { name: 'Try it' }).first().click();
    const answer = page.getByRole('dialog');
    await answer.getByText(/more units can be finished/).waitFor({ timeout: 60_000 });
    await answer.getByRole('button', { name: 'Keep as a new scenario' }).click();
    await page.waitForURL((address) => address.pathname.split('/').at(-1) !== first);
    await page.getByText('Not optimized yet').waitFor();
    kept.push(await page.getByRole('heading', { level: 1 }).innerText());
  }
  assert.equal(kept[1], `${kept[0]} (2)`);
  const second = idOf(page);
  await page.getByRole('button', { name: 'Optimize' }).first().click();
  await page.getByText('of the demand can be finished').waitFor({ timeout: 90_000 });
  const { finished_units: finished } = (await api(context, 'GET', `/scenarios/${second}/results?sections=summary`)).plan.summary;
  const gained = Math.round(finished - before.finished_units);
  assert.ok(gained > 0);

  await page.getByRole('button', { name: 'More' }).click();
  await page.getByRole('menuitem', { name: 'Compare' }).click();
  await page.getByRole('heading', { level: 2, name: /^What caused what/ }).first().waitFor();
  assert.ok((await page.getByText(`+${gained.toLocaleString('en')}`).count()) >= 2, 'the gain is in the figures and in the causes');

  await page.goto(at(second));
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByLabel('Note').fill('Agreed in the capacity review');
  await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await page.getByText(/: “Agreed in the capacity review”/).waitFor();
  assert.equal((await api(context, 'GET', `/scenarios/${second}`)).status, 'approved');
  await page.getByRole('tab', { name: 'Report' }).click();
  for (const [name, begins] of [[/two pages to decide on/, '%PDF'], [/PowerPoint/, 'PK'], [/Excel/, 'PK']]) {
    const [file] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), page.getByRole('button', { name }).click()]);
    assert.equal(readFileSync(await file.path()).subarray(0, begins.length).toString(), begins, String(name));
  }
  await page.goto(`/plants/${empty.id}/dashboard`);
  await page.getByText(/Approved/).first().waitFor();
  await close();
}

test('a cell typed, a block pasted and refused, undone, saved as a version, restored', { timeout: 180_000 }, async () => {
  const { page, context, close } = await openPage(PLANNER);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const name = unique('Typed');
  const id = await cloned(page, name);
  await page.getByRole('navigation', { name: 'What can be changed' }).getByRole('button', { name: 'Demand' }).click();
  const grid = page.getByRole('grid', { name: 'Demand' });
  const cell = (row, column) => grid.locator(`[data-at="${row}/${column}"]`);
  const says = (row, column, text) => cell(row, column).filter({ hasText: text }).waitFor();
  await cell(0, 3).click();
  await page.keyboard.type('80000');
  await page.keyboard.press('Enter');
  await page.getByText('1 unsaved edit').waitFor();
  await says(0, 3, '80,000');

  const paste = async (text) => {
    await page.evaluate((said) => navigator.clipboard.writeText(said), text);
    await page.keyboard.press('Control+V');
  };
  const untouched = await cell(1, 3).innerText();
  await cell(1, 3).click();
  await paste('430000\tnothing\n71000\t-5');
  await page.getByText('2 values cannot be taken; nothing was pasted').waitFor();
  assert.equal(await cell(1, 3).innerText(), untouched);
  const corner = await cell(2, 4).innerText();
  await cell(1, 3).click();
  await paste('430,000\t490,000\n71,000\t86,000');
  await page.getByText('4 cells pasted').waitFor();
  await says(2, 4, '86,000');
  await page.keyboard.press('Control+z');
  await says(2, 4, corner);
  await page.keyboard.press('Control+y');
  await says(2, 4, '86,000');

  await page.keyboard.press('Control+s');
  await page.getByLabel('What this version is about').fill('Volumes of the March forecast');
  await page.getByRole('button', { name: 'Save version' }).click();
  await page.getByText('Saved as version 2').waitFor();
  await page.getByRole('tab', { name: 'Versions' }).click();
  await page.getByText('Version 2 against version 1').waitFor();
  await page.getByText(/: 80,000 units, in 2026/).waitFor();
  const saved = await api(context, 'GET', `/scenarios/${id}`);
  assert.deepEqual([saved.version, saved.message, saved.demand_changes.length], [2, 'Volumes of the March forecast', 5]);

  await page.getByRole('button', { name: 'Make it the present one' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make it the present one' }).click();
  await page.getByText('Version 3 against version 2').waitFor();
  assert.equal((await api(context, 'GET', `/scenarios/${id}`)).demand_changes.length, 0);
  await close();
});

test('a colleague is named in a comment, from suggestions, by keyboard', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage(PLANNER);
  await page.goto(bench(plan.id, '?tab=discussion'));
  const said = unique('Please look at the coating line');
  const field = page.getByLabel('Write a comment');
  await field.click();
  await page.keyboard.type(`${said}, @dan`);
  await page.getByRole('option', { name: 'Daniel Ochoa' }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.keyboard.press('Enter');
  assert.equal(await field.inputValue(), `${said}, @Daniel Ochoa `);
  await page.getByRole('button', { name: 'Comment', exact: true }).click();
  await page.locator('.said', { hasText: said }).locator('.mention', { hasText: '@Daniel Ochoa' }).waitFor();
  await close();
});

test('a scenario that was not studied offers its first study, and asks for nothing that is not there', { timeout: 180_000 }, async () => {
  const { page, errors, close } = await openPage(PLANNER);
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await cloned(page, unique('Studied'));
  await page.getByRole('tab', { name: 'Risk' }).click();
  const first = page.getByRole('button', { name: 'Study with the usual inputs' });
  await first.waitFor();
  await page.getByLabel('Samples').fill('20');
  // With other than the usual inputs, their own button is the one to press.
  await first.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Study the risk' }).click();
  await page.getByText('20 samples, seed 1').waitFor({ timeout: 90_000 });
  await close();
});

test('who may only look changes nothing, and is told what is missing', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage(VIEWER);
  await page.goto(bench(plan.id, '?tab=inputs&section=demand'));
  await page.getByRole('grid', { name: 'Demand' }).locator('[data-at="0/3"]').click();
  await page.keyboard.type('1');
  assert.equal(await page.getByText('unsaved').count(), 0);
  assert.match((await page.getByRole('button', { name: 'Optimize' }).getAttribute('title')) ?? '', /planning\.run\.create/);
  await close();
});

test('the canvas: a line moved by arrows, undone, the drawing as a file', { timeout: 180_000 }, async () => {
  const { page, close } = await openPage(ENGINEER);
  await page.goto(`/plants/${plant.id}/canvas?scenario=${plan.id}&period=2030`);
  const line = page.locator('.react-flow__node-line', { hasText: 'CC-01' });
  await page.locator('.react-flow__node-line[aria-label*="CC-01, 100 % used, Constraint"]').waitFor();
  await line.click();
  await page.getByRole('complementary', { name: 'Line' }).getByText('One more hour saves').waitFor();
  const before = await line.boundingBox();
  await line.press('ArrowDown');
  await line.press('ArrowDown');
  await page.waitForFunction(([top]) => Math.abs(document.querySelector('.react-flow__node-line.selected').getBoundingClientRect().top - top) > 4, [before.y]);
  const undo = page.getByRole('button', { name: /^Undo/ });
  await undo.click();
  await undo.click();
  await page.waitForFunction(([top]) => Math.abs(document.querySelector('.react-flow__node-line.selected').getBoundingClientRect().top - top) < 2, [before.y]);
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), page.getByRole('menuitem', { name: 'Drawing (SVG)' }).click()]);
  assert.match(readFileSync(await file.path(), 'utf8'), /Plan 2026 to 2030 · 2030[\s\S]*CC-01/);

  // A layout of the hall beneath it: chosen, cut off, kept, and in the files as well.
  const hall = await page.evaluate(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 200 });
    const context = canvas.getContext('2d');
    context.fillStyle = '#d8c9a8';
    context.fillRect(0, 0, 400, 200);
    return canvas.toDataURL('image/png').split(',')[1];
  });
  await page.getByRole('button', { name: 'Picture beneath' }).click();
  await page.setInputFiles('input[type=file]', { name: 'hall.png', mimeType: 'image/png', buffer: Buffer.from(hall, 'base64') });
  const picture = page.locator('.react-flow__node-picture img');
  await picture.waitFor();
  assert.equal(await picture.evaluate((image) => image.naturalWidth), 400);
  await page.getByLabel('Cut off left (%)').fill('25');
  await page.getByLabel('Cut off left (%)').press('Enter');
  await page.waitForFunction(() => document.querySelector('.react-flow__node-picture img')?.style.clipPath.includes('25%'));
  await page.getByText('Saving…').waitFor({ state: 'hidden' });
  await page.reload();
  await picture.waitFor();
  assert.match(await picture.evaluate((image) => image.style.clipPath), /25%/);
  await page.getByRole('button', { name: 'Export' }).click();
  const [drawn] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), page.getByRole('menuitem', { name: 'Picture (PNG)' }).click()]);
  const png = readFileSync(await drawn.path());
  assert.deepEqual([...png.subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join(''), 'PNG');
  await page.getByRole('button', { name: 'Export' }).click();
  const [sheet] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), page.getByRole('menuitem', { name: 'Drawing (SVG)' }).click()]);
  assert.match(readFileSync(await sheet.path(), 'utf8'), /<image href="data:image\/png;base64,/);
  await close();
});

for (const [look, options] of Object.entries({ light: { width: 1440 }, 'dark, tablet': { width: 820, height: 1180, dark: true } })) {
  test(`planning is without barrier: ${look}`, { timeout: 300_000 }, async () => {
    const { page, close } = await openPage({ ...PLANNER, ...options });
    const found = [];
    const pages = ['', '?view=areas', '?view=unmet', '?view=prices', '?view=why', '?tab=inputs', '?tab=inputs&section=demand', '?tab=inputs&section=capabilities', '?tab=parameters', '?tab=versions', '?tab=discussion', '?tab=report'].map((query) => bench(plan.id, query));
    for (const address of [...pages, `/plants/${plant.id}/scenarios`, `/plants/${plant.id}/compare`, `/plants/${plant.id}/canvas`, `/plants/${plant.id}/dashboard`, '/overview']) {
      await page.goto(address);
      await settled(page);
      for (const barrier of await barriers(page)) found.push(`${address}: ${barrier}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 0) found.push(`${address}: scrolls sideways by ${wide}`);
    }
    assert.deepEqual(found, []);
    await close();
  });
}
