/** Dashboards: of all plants, by region and of one; what is chosen is in the address; on the wall; by itself when something happens. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, closeBrowser, openPage, settled } from './browser.mjs';

after(closeBrowser);

const PLANNER = { as: 'planner@demo.gemba.local' };

/** The plant whose plan has the most periods, and that plan. */
async function planned(context) {
  const plants = (await api(context, 'GET', '/plants?limit=50')).items;
  const found = [];
  for (const plant of plants) {
    const answer = await context.request.get(`/api/v1/plants/${plant.id}/dashboard`);
    if (answer.ok()) found.push({ plant, dashboard: await answer.json() });
  }
  assert.ok(found.length > 0, 'no plant has a result');
  return found.sort((a, b) => b.dashboard.periods.length - a.dashboard.periods.length)[0];
}

test('all plants: each with its figures and outlook, rolled up by region, each a way to its own page', async () => {
  const { page, context, close } = await openPage(PLANNER);
  const { plant } = await planned(context);
  await page.goto('/overview');
  await page.getByRole('heading', { name: 'All plants', level: 1 }).waitFor();
  const row = page.getByRole('row', { name: new RegExp(plant.name) });
  await row.getByText('%').first().waitFor();
  const regions = (await api(context, 'GET', '/regions?limit=10')).items;
  const withRegion = (await api(context, 'GET', '/plants?limit=50')).items.filter((one) => one.region_id);
  if (new Set(withRegion.map((one) => one.region_id)).size > 1) {
    await page.getByLabel('Region').selectOption({ index: 1 });
    await page.waitForURL(/region=/);
  }
  assert.ok(regions.length >= 0);
  await page.goto('/overview');
  await page.getByRole('link', { name: plant.name }).click();
  await page.waitForURL(`**/plants/${plant.id}/dashboard`);
  await page.locator('.headline-number').waitFor();
  await close();
});

test('start page, canvas and dashboards speak of one plan, one constraint and one number of lost units', async () => {
  const { page, context, close } = await openPage(PLANNER);
  const { plant, dashboard } = await planned(context);
  const worst = dashboard.constraints.find((one) => one.short);
  const lost = Math.round(dashboard.summary.unmet_units);
  assert.ok(worst && lost > 0, 'the demo plant loses demand');
  // The start page shows the plant where one was last first, and not every plant.
  await page.goto(`/plants/${plant.id}/dashboard`);
  await page.locator('.headline-number').waitFor();
  await page.goto('/');
  await page.getByRole('region', { name: plant.name }).getByText(`Constraint: ${worst.area} in ${worst.period} · ${lost.toLocaleString('en')} units unmet`).waitFor();
  await page.goto('/overview');
  await page.getByRole('row', { name: new RegExp(plant.name) }).getByText(lost.toLocaleString('en')).waitFor();
  // A scenario that nobody optimized is newer, and stands for nothing.
  const clone = await api(context, 'POST', `/scenarios/${dashboard.scenario_id}/clone`, { name: `Newer ${Date.now().toString(36)}` });
  await page.goto(`/plants/${plant.id}/canvas`);
  const chosen = page.getByRole('combobox', { name: 'Scenario' });
  await chosen.getByRole('option', { name: clone.name }).waitFor({ state: 'attached' });
  await page.waitForFunction((id) => document.querySelector('.cv-scenario')?.value === id, dashboard.scenario_id);
  await api(context, 'POST', `/scenarios/${clone.id}/archive`, undefined, { 'If-Match': '*' });
  await close();
});

test('the time range and the scenario are in the address; whoever opens the link sees the same', async () => {
  const { page, context, close } = await openPage(PLANNER);
  const { plant, dashboard } = await planned(context);
  const last = dashboard.periods.at(-1);
  await page.goto(`/plants/${plant.id}/dashboard`);
  await page.locator('.headline-number').waitFor();
  const columns = page.getByRole('columnheader', { name: last, exact: true });
  await columns.first().waitFor();
  await page.getByLabel('to', { exact: true }).selectOption(dashboard.periods[0]);
  await page.waitForURL(/to=/);
  await columns.first().waitFor({ state: 'hidden' });
  await page.getByLabel('Scenario').selectOption(dashboard.scenario_id);
  await page.waitForURL(new RegExp(`scenario=${dashboard.scenario_id}`));
  const shown = await page.locator('.headline-number').first().textContent();
  const other = await openPage({ as: 'viewer@demo.gemba.local' });
  await other.page.goto(page.url());
  await other.page.locator('.headline-number').waitFor();
  assert.equal(await other.page.locator('.headline-number').first().textContent(), shown);
  assert.equal(await other.page.getByRole('columnheader', { name: last, exact: true }).count(), 0);
  await other.close();
  await close();
});

test('on the wall: over everything, by the address, until Escape', async () => {
  const { page, close } = await openPage({ ...PLANNER, width: 1920, height: 1080, dark: true });
  await page.goto('/overview?kiosk=yes');
  await page.locator('.kiosk .headline-number').waitFor();
  assert.ok(await page.getByRole('navigation', { name: 'Navigation' }).evaluate((element) => {
    const box = element.getBoundingClientRect();
    return !element.contains(document.elementFromPoint(box.x + box.width / 2, box.y + 40));
  }), 'navigation is covered');
  await page.keyboard.press('Escape');
  await page.locator('.kiosk').waitFor({ state: 'detached' });
  assert.doesNotMatch(page.url(), /kiosk/);
  await close();
});

test('what happens is shown without anybody doing anything', { timeout: 60_000 }, async () => {
  const { page, context, close } = await openPage(PLANNER);
  const { plant, dashboard } = await planned(context);
  await page.goto(`/plants/${plant.id}/dashboard?scenario=${dashboard.scenario_id}`);
  await page.locator('.headline-number').waitFor();
  await page.locator('.live:not(.late)').waitFor();
  await settled(page);
  const asked = page.waitForResponse((answer) => answer.url().includes(`/plants/${plant.id}/dashboard`) && answer.ok());
  const scenario = await api(context, 'GET', `/scenarios/${dashboard.scenario_id}`);
  const clone = await api(context, 'POST', `/scenarios/${scenario.id}/clone`, { name: `Live ${Date.now().toString(36)}` });
  await asked;
  await api(context, 'POST', `/scenarios/${clone.id}/archive`, undefined, { 'If-Match': '*' });
  await close();
});
