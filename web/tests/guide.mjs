/**
 * Takes the pictures of docs/guide with a real browser and server: `GEMBA_BINARY=… node web/tests/guide.mjs`, or with GEMBA_URL and GEMBA_PASSWORD.
 * Arguments are names of pictures. What a picture shows is done first as a person would do it, so a page that changed its ways is noticed here.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startServer } from './server.mjs';

const OUT = fileURLToPath(new URL('../../docs/guide/', import.meta.url));
const QUALITY = 76;

const server = process.env.GEMBA_URL ? { url: process.env.GEMBA_URL, password: process.env.GEMBA_PASSWORD, stop: async () => {} } : await startServer(process.env.GEMBA_BINARY);
process.env.GEMBA_URL = server.url;
process.env.GEMBA_PASSWORD = server.password;
// The browser's helpers read both when they are loaded.
const { api, closeBrowser, openPage, settled } = await import('./browser.mjs');

const planner = 'planner@demo.gemba.local';
const admin = 'admin@demo.gemba.local';

/** Waits until a scenario has a result, which comparing needs. */
async function optimized(context, scenario) {
  const has = async () => (await context.request.get(`/api/v1/scenarios/${scenario.id}/results?sections=summary`)).ok();
  if (await has()) return;
  await api(context, 'POST', `/scenarios/${scenario.id}/optimize`);
  for (let tries = 0; tries < 60 && !(await has()); tries += 1) await new Promise((resolve) => setTimeout(resolve, 500));
}

/** The plant with the longest plan, its scenario and another one to compare with. */
async function story(context) {
  const plants = (await api(context, 'GET', '/plants?limit=50')).items;
  const found = [];
  for (const plant of plants) {
    const answer = await context.request.get(`/api/v1/plants/${plant.id}/dashboard`);
    if (answer.ok()) found.push({ plant, dashboard: await answer.json() });
  }
  const { plant, dashboard } = found.sort((a, b) => b.dashboard.periods.length - a.dashboard.periods.length)[0];
  const all = (await api(context, 'GET', `/scenarios?plant_id=${plant.id}&limit=100&sort=created_at`)).items;
  const scenarios = [all.find((one) => one.id === dashboard.scenario_id), ...all.filter((one) => one.id !== dashboard.scenario_id)];
  await optimized(context, scenarios[1]);
  const [line] = (await api(context, 'GET', `/lines?plant_id=${plant.id}&limit=1&sort=name`)).items;
  // Something to see in a line's history.
  for (const efficiency_pct of ['85', '88']) await api(context, 'PATCH', `/lines/${line.id}`, { efficiency_pct }, { 'If-Match': '*', 'Content-Type': 'application/merge-patch+json' });
  return { plant, dashboard, scenarios, line, base: `/plants/${plant.id}` };
}

/** By name: who looks, and what they do until the picture is taken. */
const PICTURES = {
  'sign-in': { at: () => '/sign-in', height: 640 },
  start: { as: planner, at: () => '/' },
  scenarios: { as: planner, at: ({ base }) => `${base}/scenarios` },
  result: { as: planner, at: ({ base, dashboard }) => `${base}/scenarios/${dashboard.scenario_id}`, height: 1000 },
  inputs: { as: planner, at: ({ base, dashboard }) => `${base}/scenarios/${dashboard.scenario_id}?tab=inputs&section=demand` },
  compare: { as: planner, at: ({ base, scenarios }) => `${base}/compare?ids=${scenarios.slice(0, 2).map((one) => one.id).join(',')}`, height: 900 },
  plants: { as: planner, at: () => '/overview', height: 640 },
  plant: { as: planner, at: ({ base }) => `${base}/dashboard`, height: 1000 },
  canvas: { as: planner, at: ({ base }) => `${base}/canvas` },
  import: { as: planner, at: ({ base }) => `${base}/import`, height: 640 },
  lines: { as: planner, at: () => '/data/lines' },
  line: { as: planner, at: ({ line }) => `/data/lines/${line.id}?tab=history` },
  palette: { as: planner, at: () => '/', height: 640, then: async (page) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill('lin');
    await page.getByRole('option').first().waitFor();
  } },
  people: { as: admin, at: () => '/admin/users', height: 560 },
  roles: { as: admin, at: () => '/admin/roles' },
  audit: { as: admin, at: () => '/admin/audit' },
  verify: { as: admin, at: () => '/admin/audit', then: async (page) => {
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('Nothing was changed, removed or put in').waitFor({ timeout: 60_000 });
  } },
  retention: { as: admin, at: () => '/admin/retention', height: 760 },
  organization: { as: admin, at: () => '/admin/organization' },
  branding: { as: admin, at: () => '/admin/branding', height: 640 },
  health: { as: admin, at: () => '/admin/system', height: 480 },
  account: { as: planner, at: () => '/me', height: 1000 },
  phone: { as: planner, at: () => '/', width: 390, height: 760 },
};

/** As WebP: a tenth of the size of a PNG. */
async function take(page, name) {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  const bytes = Buffer.from(data, 'base64');
  writeFileSync(`${OUT}${name}.webp`, bytes);
  console.log(`${name}.webp ${(bytes.length / 1024).toFixed(0)} KiB`);
}

mkdirSync(OUT, { recursive: true });
const wanted = process.argv.slice(2);
let failed = 0;
try {
  const first = await openPage({ as: admin });
  const told = await story(first.context);
  await first.close();
  for (const [name, { as, at, then, width = 1280, height = 800 }] of Object.entries(PICTURES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    try {
      const { page, close } = await openPage({ as, width, height });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(at(told));
      await settled(page);
      await then?.(page);
      await page.evaluate(() => document.fonts.ready);
      await take(page, name);
      await close();
    } catch (error) {
      failed += 1;
      console.error(`${name}: ${error.message}`);
    }
  }
} finally {
  await closeBrowser();
  await server.stop();
}
process.exit(failed > 0 ? 1 : 0);
