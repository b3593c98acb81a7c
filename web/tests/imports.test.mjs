/** The import wizard: brought, mended in place, seen before it is done, committed, taken back; mapping, modes, keyboard, tablet. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, settled } from './browser.mjs';
import { EXAMPLE, emptyPlant, ENGINEER, VIEWER } from './places.mjs';

after(closeBrowser);

let plant;
before(async () => {
  plant = await emptyPlant('Import');
});

const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
const chooser = (page) => page.locator('input[type=file]').first();

async function bring(page, file) {
  await page.goto(`/plants/${plant.id}/import`);
  await chooser(page).setInputFiles(file);
  await page.waitForURL(/\/import\/[0-9a-f-]{36}/);
}

const WRONG = 'Line;Area;Hours per day\nL-1;Assembly;twenty\nL-1;Assembly;20\nL-3;Assembly;30\n;Assembly;8\n';

test('every error is told with its row, mended in place by keyboard, checked again, imported and taken back', { timeout: 120_000 }, async () => {
  const { page, context, close } = await openPage(ENGINEER);
  await bring(page, csv('Lines.csv', WRONG));
  await page.getByRole('heading', { name: '4 errors keep this file from being imported' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Import', exact: true }).getAttribute('title'), 'Mend the errors first');
  const problems = page.locator('.problems > li');
  assert.equal(await problems.count(), 4);
  assert.deepEqual(await page.locator('.problems .place').allInnerTexts(), ['Lines · row 2 · Hours per day (C)', 'Lines · row 3 · Line (A)', 'Lines · row 4 · Hours per day (C)', 'Lines · row 5 · Line (A)']);
  assert.deepEqual(await barriers(page), []);

  // Enter goes down the list, as in a sheet.
  await page.getByLabel('Correct value of Lines · row 2 · Hours per day (C)').fill('20');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('L-2');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('19.5');
  await page.getByText('3 corrections are not checked yet').waitFor();
  await problems.nth(3).getByRole('button', { name: 'Show the row' }).click();
  const row = page.locator('.problem-row');
  await row.getByLabel('Area').fill('');
  await row.getByLabel('Hours per day').fill('');
  await page.getByText('5 corrections are not checked yet').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: '4 records will be written' }).waitFor();
  await page.getByText('5 cells are read otherwise than the file has it').waitFor();
  assert.equal((await api(context, 'GET', `/lines?plant_id=${plant.id}`)).items.length, 0, 'nothing is written by looking');

  await page.getByRole('button', { name: 'Lines: Made: 3' }).click();
  await page.getByRole('row', { name: /L-3.*Lines · row 4.*70,200/ }).waitFor();
  await page.getByRole('button', { name: 'Import 4 records' }).click();
  await page.getByRole('heading', { name: 'Imported: 4 records' }).waitFor();
  assert.equal((await api(context, 'GET', `/lines?plant_id=${plant.id}`)).items.length, 3);
  assert.deepEqual(await barriers(page), []);

  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('heading', { name: 'Taken back', exact: true }).waitFor();
  assert.equal((await api(context, 'GET', `/lines?plant_id=${plant.id}`)).items.length, 0);
  await page.getByRole('link', { name: 'Bring another file' }).click();
  await page.getByRole('row', { name: /Lines\.csv.*Taken back/ }).first().waitFor();
  await close();
});

test('one correction holds for every row with the same mistake; the mended file can be brought instead', { timeout: 120_000 }, async () => {
  const { page, context, close } = await openPage(ENGINEER);
  await bring(page, csv('Lines.csv', 'Line,Area,Hours per day\nK-1,Coating,day\nK-2,Coating,day\nK-3,Coating,day\n'));
  await page.getByRole('heading', { name: '3 errors keep this file from being imported' }).waitFor();
  await page.locator('.problems > li').first().getByRole('textbox').fill('19');
  await page.getByRole('button', { name: 'The same in 2 other rows' }).click();
  await page.getByText('3 corrections are not checked yet').waitFor();
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByRole('heading', { name: '4 records will be written' }).waitFor();

  await chooser(page).setInputFiles(csv('Lines mended.csv', 'Line,Area,Hours per day\nK-1,Coating,18\n'));
  await page.getByRole('heading', { level: 1, name: 'Lines mended.csv' }).waitFor();
  await page.getByRole('heading', { name: '2 records will be written' }).waitFor();
  await page.getByRole('button', { name: 'Forget it' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget it' }).click();
  await page.waitForURL(`**/plants/${plant.id}/import`);
  assert.equal((await api(context, 'GET', `/lines?plant_id=${plant.id}&name=K-1`)).items.length, 0);
  await close();
});

test('columns with unknown headings are mapped, and known again the next time', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage(ENGINEER);
  const mark = Date.now().toString(36);
  await bring(page, csv('Liste.csv', `Kennung ${mark};Halle ${mark};Laufzeit ${mark}\nM-1;Montage;20\n`));
  await page.getByRole('heading', { name: /keeps this file from being imported/ }).waitFor();
  await page.getByLabel('What Liste holds').selectOption({ label: 'Lines' });
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByText('Missing: Name, Area, Hours per day').waitFor();
  await page.getByLabel(`What column A (Kennung ${mark}) holds`).selectOption({ label: 'Name (needed)' });
  await page.getByLabel(`What column B (Halle ${mark}) holds`).selectOption({ label: 'Area (needed)' });
  await page.getByLabel(`What column C (Laufzeit ${mark}) holds`).selectOption({ label: 'Hours per day (needed)' });
  assert.equal(await page.getByText('M-1').count(), 1, 'an example of the column');
  await page.getByRole('button', { name: 'Check again' }).click();
  await page.getByRole('heading', { name: '2 records will be written' }).waitFor();
  await page.getByRole('button', { name: 'Import 2 records' }).click();
  await page.getByRole('heading', { name: 'Imported: 2 records' }).waitFor();
  await bring(page, csv('Neue Liste.csv', `Halle ${mark};Laufzeit ${mark};KENNUNG ${mark}\nMontage;19;M-2\n`));
  await page.getByRole('heading', { name: '1 record will be written' }).waitFor();
  await close();
});

test('a mode leaves what it is not about; who may only look is told what is missing', { timeout: 120_000 }, async () => {
  const { page, close } = await openPage(ENGINEER);
  await bring(page, csv('Lines.csv', 'Line,Area,Hours per day\nN-1,Packing,20\n'));
  await page.getByRole('heading', { name: '2 records will be written' }).waitFor();
  await page.getByRole('radio', { name: 'Changes only' }).click();
  await page.getByRole('heading', { name: 'Nothing of this file will be written' }).waitFor();
  await page.getByRole('button', { name: 'Lines: Left out: 1' }).click();
  await page.getByText(/only changes are wanted/).waitFor();
  const address = page.url();
  await close();
  const other = await openPage(VIEWER);
  await other.page.goto(address);
  const bringButton = other.page.getByRole('button', { name: 'Bring the mended file' });
  await bringButton.waitFor();
  assert.match((await bringButton.getAttribute('title')) ?? '', /planning\.import\.create/);
  assert.equal(await other.page.getByLabel('What Lines holds').isDisabled(), true);
  await other.close();
});

test('a file that is none says so, and what can be done', { timeout: 60_000 }, async () => {
  const { page, close } = await openPage(ENGINEER);
  await bring(page, { name: 'photo.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4]) });
  await page.getByRole('heading', { name: /keeps this file from being imported|could not be read/ }).waitFor();
  await page.getByRole('button', { name: 'Bring the mended file' }).waitFor();
  assert.deepEqual(await barriers(page), []);
  await close();
});

for (const [look, options] of Object.entries({ laptop: { width: 1440 }, 'tablet, dark': { width: 820, height: 1180, dark: true }, 'phone, German': { width: 390, height: 844, language: 'de' } })) {
  test(`the wizard is without barrier and without sideways scrolling: ${look}`, { timeout: 120_000 }, async () => {
    const { page, close } = await openPage({ ...ENGINEER, ...options });
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    await page.goto(`/plants/${plant.id}/import`);
    await settled(page);
    assert.deepEqual([await barriers(page), await wide()], [[], 0]);
    await bring(page, EXAMPLE);
    await page.locator('.import-stands.ready').waitFor();
    await page.locator('.sheets .opener').first().click();
    await page.locator('.preview-table button').first().click();
    await settled(page);
    assert.deepEqual([await barriers(page), await wide()], [[], 0]);
    await bring(page, csv('Lines.csv', WRONG));
    await page.locator('.import-stands.broken').waitFor();
    await settled(page);
    assert.deepEqual([await barriers(page), await wide()], [[], 0]);
    await close();
  });
}
