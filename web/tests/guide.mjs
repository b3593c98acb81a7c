/**
 * Takes the pictures of docs/guide with a real browser and server: `GEMBA_BINARY=… node web/tests/guide.mjs`, or with GEMBA_URL and GEMBA_PASSWORD.
 * Arguments are names of pictures. What a picture shows is done first as a person would do it, so a page that changed its ways is noticed here.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startServer, surroundings } from './server.mjs';

const OUT = fileURLToPath(new URL('../../docs/guide/', import.meta.url));
const QUALITY = 76;

const server = process.env.GEMBA_URL ? { url: process.env.GEMBA_URL, password: process.env.GEMBA_PASSWORD, stop: async () => {} } : await startServer(process.env.GEMBA_BINARY);
process.env.GEMBA_URL = server.url;
process.env.GEMBA_PASSWORD = server.password;
// The browser's helpers read both when they are loaded.
const { api, closeBrowser, openPage, settled } = await import('./browser.mjs');

const planner = 'planner@demo.gemba.local';
const admin = 'admin@demo.gemba.local';

/** Lets a shift be played in the demo plant, so that there is something to see of the floor. */
function played({ dataDir }) {
  if (!dataDir) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const play = spawn(process.env.GEMBA_BINARY, ['demo', 'run', '--data-dir', dataDir, '--once', '--hours', '8', '--speed', '2000'], { env: surroundings(), stdio: ['ignore', 'ignore', 'inherit'] });
    play.once('error', reject);
    play.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the shift was not played: ${code}`))));
  });
}

/** The plant with a terminal, a job that runs at it, and the lot of which most is known. */
async function floorStory(context) {
  const [terminal] = (await api(context, 'GET', '/terminals?limit=1&sort=name')).items;
  if (!terminal) return null;
  const base = `/plants/${terminal.plant_id}`;
  const work = await api(context, 'GET', `/terminals/${terminal.id}/work`);
  const job = work.jobs.find((one) => one.status === 'running') ?? work.jobs[0];
  const lots = (await api(context, 'GET', `/lots?plant_id=${terminal.plant_id}&limit=60`)).items;
  let best = { nodes: 0 };
  for (const lot of lots) {
    for (const direction of ['forward', 'backward']) {
      const { nodes } = await api(context, 'GET', `/lots/${lot.id}/trace?direction=${direction}&depth=10&limit=200`);
      if (nodes.length > best.nodes) best = { lot, direction, nodes: nodes.length };
    }
  }
  const card = (await api(context, 'GET', `${base}/board`)).lines.find((line) => line.job) ?? null;
  return { base, terminal, work, job, lot: best.lot, direction: best.direction, line: card?.line_id ?? work.lines[0]?.id };
}

/** Signs somebody in at the terminal and opens the job that runs. */
async function atWork(page, { floor }) {
  await page.locator('.term-tile').first().click();
  for (const digit of '2468') await page.locator('.term-pad-keys button', { hasText: new RegExp(`^${digit}$`) }).click();
  await page.locator('.term-act.first').click();
  await page.locator('.term-job').first().click();
  await page.locator('.term-counts').waitFor();
}

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
  'plant-board': { as: admin, at: ({ floor }) => `${floor.base}/board`, height: 900 },
  'line-board': { as: admin, at: ({ floor }) => `${floor.base}/lines/${floor.line}/board`, height: 900 },
  orders: { as: admin, at: ({ floor }) => `${floor.base}/orders` },
  order: { as: admin, at: ({ floor }) => `${floor.base}/orders/${floor.job.manufacturing_order_id}` },
  dispatch: { as: admin, at: ({ floor }) => `${floor.base}/dispatch?line=${floor.line}` },
  gantt: { as: admin, at: ({ floor }) => `${floor.base}/dispatch?tab=gantt` },
  figures: { as: admin, at: ({ floor }) => `${floor.base}/kpis`, height: 900 },
  downtime: { as: admin, at: ({ floor }) => `${floor.base}/downtime` },
  'shift-report': { as: admin, at: ({ floor }) => `${floor.base}/shift-report`, height: 1000 },
  terminal: { as: admin, at: ({ floor }) => `/terminal/${floor.terminal.id}`, width: 1024, height: 768, then: atWork },
  scrap: { as: admin, at: ({ floor }) => `/terminal/${floor.terminal.id}`, width: 1024, height: 768, then: async (page, told) => {
    await atWork(page, told);
    const start = page.locator('.term-act.first');
    if (!(await page.locator('.term-tile.scrap-tile').count())) await start.click();
    await page.locator('.term-tile.scrap-tile').click();
  } },
  stock: { as: admin, at: ({ floor }) => `${floor.base}/stock` },
  genealogy: { as: admin, at: ({ floor }) => `${floor.base}/trace/lot/${floor.lot.id}?direction=${floor.direction}` },
  recall: { as: admin, at: ({ floor }) => `${floor.base}/trace/lot/${floor.lot.id}?tab=recall` },
  label: { as: admin, at: ({ floor }) => `${floor.base}/trace/lot/${floor.lot.id}`, then: async (page) => {
    await page.getByRole('button', { name: 'Label', exact: true }).click();
    await page.locator('.label-sheet img').waitFor();
  } },
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
  await played(server);
  const first = await openPage({ as: admin });
  const told = { ...(await story(first.context)), floor: await floorStory(first.context) };
  await first.close();
  for (const [name, { as, at, then, width = 1280, height = 800 }] of Object.entries(PICTURES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    try {
      const { page, close } = await openPage({ as, width, height });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(at(told));
      await settled(page);
      await then?.(page, told);
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
