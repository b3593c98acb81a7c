/**
 * Measures the web app in a real browser, against a real server: how long until somebody can work, how smoothly the large views move, how much
 * travels. What each figure means stands in bench/README.md.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from '../../web/tests/browser.mjs';
import { startServer } from '../../web/tests/server.mjs';

const { chromium } = createRequire(new URL('../../web/package.json', import.meta.url))('playwright-core');

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const ROUNDS = Number(argument('rounds', '5'));
const ONLY = argument('only', 'start,grid,canvas,sizes').split(',');
const OUT = fileURLToPath(new URL('../out/', import.meta.url));
const README = fileURLToPath(new URL('../README.md', import.meta.url));

const FRAME = 1000 / 60;
/** Above this a frame has missed its turn: the browser's own clock is not exact. */
const MISSED = FRAME * 1.5;
/** Cells of the grid, nodes of the canvas. */
const MODELS = 2_000;
const PERIODS = 50;
const FILLED = 14;
const LINES = 480;
const AREAS = 20;

/** What a slow place is taken to be: a phone or an old tablet on a poor network (Lighthouse's slow 4G and a processor four times as slow). */
const SLOW = { latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8, offline: false };

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const percentile = (list, share) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
const say = (text) => process.stderr.write(`bench web: ${text}\n`);

const rows = [];
/** @param {number | null} limit */
function row(what, value, unit, limit = null, digits = 0) {
  const verdict = limit === null ? '' : value <= limit ? 'pass' : '**fail**';
  rows.push({ what, value, unit, limit, verdict, digits });
  say(`${what}: ${value.toFixed(digits)} ${unit} ${verdict}`);
}

async function openContext(browser, server, options = {}) {
  return browser.newContext({ baseURL: server.url, viewport: { width: 1440, height: 900 }, locale: 'en', ...options });
}

async function signedIn(browser, server, email = 'admin@demo.gemba.local') {
  const context = await openContext(browser, server);
  const answer = await context.request.post('/api/v1/auth/login', { data: { email, password: server.password } });
  if (!answer.ok()) throw new Error(`signing in: ${answer.status()} ${await answer.text()}`);
  const token = (await answer.json()).csrf_token;
  const ask = async (method, path, data, headers = {}) => {
    const said = await context.request.fetch(`/api/v1${path}`, { method, data, headers: { 'X-CSRF-Token': token, ...headers }, timeout: 600_000 });
    if (!said.ok()) throw new Error(`${method} ${path}: ${said.status()} ${(await said.text()).slice(0, 500)}`);
    return said.status() === 204 ? null : said.json();
  };
  return { context, ask };
}

/** Begins to note long tasks before anything of the page runs. */
const NOTE_TASKS = `globalThis.__tasks = []; new PerformanceObserver((list) => { for (const task of list.getEntries()) globalThis.__tasks.push(task.startTime + task.duration); }).observe({ type: 'longtask', buffered: true });`;

/** Milliseconds until what is wanted is there and no task longer than 50 ms runs any more (with a quiet second behind). */
async function interactive(page, address, there) {
  await page.addInitScript(NOTE_TASKS);
  await page.goto(address, { waitUntil: 'commit' });
  await there(page);
  const ready = await page.evaluate(() => performance.now());
  await page.waitForFunction(() => performance.now() - Math.max(0, ...globalThis.__tasks) > 1000);
  const { last, paint } = await page.evaluate(() => ({ last: Math.max(0, ...globalThis.__tasks), paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 }));
  return { paint, interactive: Math.max(ready, last) };
}

async function measureStart(browser, server) {
  const shell = (page) => page.getByRole('navigation', { name: 'Navigation' }).getByRole('link').first().waitFor();
  const cases = [
    ['sign-in page, empty cache', '/sign-in', null, (page) => page.getByLabel('Email').waitFor(), 1000],
    ['shell, empty cache', '/me', 'viewer@demo.gemba.local', shell, 2000],
    ['start page with its figures, empty cache', '/', 'planner@demo.gemba.local', async (page) => { await shell(page); await page.locator('.plant-card .figure').first().waitFor(); }, null],
  ];
  for (const [what, address, who, there, limit] of cases) {
    for (const slow of [false, true]) {
      const all = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const context = who ? (await signedIn(browser, server, who)).context : await openContext(browser, server);
        const page = await context.newPage();
        if (slow) {
          const devtools = await context.newCDPSession(page);
          await devtools.send('Network.enable');
          await devtools.send('Network.emulateNetworkConditions', SLOW);
          await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
        }
        all.push(await interactive(page, address, there));
        await context.close();
      }
      const name = slow ? `${what}, slow 4G and a quarter of the processor` : what;
      row(`${name}: first paint`, median(all.map((one) => one.paint)), 'ms');
      row(`${name}: interactive`, median(all.map((one) => one.interactive)), 'ms', slow ? (limit === null ? null : 5000) : limit);
    }
  }
}

/** The time between frames, while `move` runs. */
async function frames(page, move) {
  await page.evaluate(() => {
    globalThis.__frames = [];
    globalThis.__noting = true;
    let before = 0;
    const note = (now) => {
      if (before) globalThis.__frames.push(now - before);
      before = now;
      if (globalThis.__noting) requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  await move();
  return page.evaluate(() => {
    globalThis.__noting = false;
    return globalThis.__frames;
  });
}

function rowOfFrames(what, all) {
  const missed = all.filter((one) => one > MISSED).length;
  row(`${what}: frames`, all.length, '');
  row(`${what}: frames over 16.7 ms`, (100 * missed) / all.length, '%', 5, 1);
  row(`${what}: median, 95 %, longest`, median(all), `ms, ${percentile(all, 0.95).toFixed(1)} ms, ${Math.max(...all).toFixed(1)} ms`, null, 1);
}

/** A plant with as much as is wanted, made over the API. */
async function plantOf(ask, code, make) {
  const plant = await ask('POST', '/plants', { code, name: `Measured ${code}`, time_zone: 'Europe/Madrid' });
  await make(plant.id);
  return plant.id;
}

const pieces = (list, size) => Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));

async function bulk(ask, path, records) {
  const made = [];
  for (const some of pieces(records, 500)) {
    const answer = await ask('POST', `/${path}/bulk`, { rows: some });
    made.push(...answer.rows.map((row) => row.id));
  }
  return made;
}

async function measureGrid(browser, server) {
  const { context, ask } = await signedIn(browser, server);
  say(`a plant of ${MODELS} models and ${PERIODS} periods is made`);
  const plant = await plantOf(ask, `GRID${Date.now() % 100_000}`, async (plant_id) => {
    const { category, unit_id } = (await ask('GET', '/items?limit=1')).items[0];
    const items = await bulk(ask, 'items', Array.from({ length: MODELS }, (_, at) => ({ code: `GRID-${Date.now()}-${at}`, name: `Model ${at}`, category, unit_id })));
    const months = Array.from({ length: PERIODS }, (_, at) => `${2026 + Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`);
    await bulk(ask, 'demand', items.flatMap((item_id, row) => Array.from({ length: FILLED }, (_, at) => ({ plant_id, item_id, period: months[(row + at * 3) % PERIODS], units: String(100 + ((row * 7 + at * 13) % 900)) }))));
  });
  const scenario = await ask('POST', '/scenarios', { name: 'Grid', plant_id: plant });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  await page.goto(`/plants/${plant}/scenarios/${scenario.id}?tab=inputs&section=demand`);
  const grid = page.getByRole('grid').first();
  await grid.locator('[role=gridcell]').nth(50).waitFor();
  const total = await grid.evaluate((element) => Number(element.getAttribute('aria-rowcount')) * Number(element.getAttribute('aria-colcount')));
  row('grid of demand: cells', total, '');
  row('grid of demand: cells in the page at a time', await grid.locator('[role=gridcell]').count(), '');
  const box = await grid.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const all = await frames(page, async () => {
    for (let step = 0; step < 150; step += 1) {
      await page.mouse.wheel(step % 50 > 40 ? 240 : 0, 240);
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
    }
  });
  rowOfFrames('grid of demand, scrolling', all);
  await context.close();
}

async function measureCanvas(browser, server) {
  const { context, ask } = await signedIn(browser, server);
  say(`a plant of ${AREAS} areas and ${LINES} lines is made`);
  const plant = await plantOf(ask, `CANVAS${Date.now() % 100_000}`, async (plant_id) => {
    const areas = await bulk(ask, 'areas', Array.from({ length: AREAS }, (_, at) => ({ plant_id, code: `A${at}`, name: `Area ${at + 1}`, sequence: at + 1 })));
    await bulk(ask, 'lines', Array.from({ length: LINES }, (_, at) => ({ area_id: areas[at % AREAS], name: `Line ${at + 1}` })));
  });
  const page = await context.newPage();
  page.setDefaultTimeout(180_000);
  await page.goto(`/plants/${plant}/canvas`);
  await page.locator('.react-flow__node').nth(100).waitFor();
  row('canvas: nodes', AREAS + LINES, '');
  row('canvas: nodes in the page at a time', await page.locator('.react-flow__node').count(), '');
  const box = await page.locator('.react-flow__pane').boundingBox();
  const pan = async () => {
    const y = box.y + box.height - 30;
    for (let stroke = 0; stroke < 4; stroke += 1) {
      const [from, to] = stroke % 2 ? [box.x + 120, box.x + box.width - 120] : [box.x + box.width - 120, box.x + 120];
      await page.mouse.move(from, y);
      await page.mouse.down({ button: 'middle' });
      for (let step = 1; step <= 40; step += 1) {
        await page.mouse.move(from + ((to - from) * step) / 40, y - (stroke % 2 ? step : -step));
        await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
      }
      await page.mouse.up({ button: 'middle' });
    }
  };
  rowOfFrames('canvas of 500 nodes, panning', await frames(page, pan));
  await context.close();
}

function measureSizes() {
  const dist = fileURLToPath(new URL('../../web/dist/', import.meta.url));
  const sizes = JSON.parse(readFileSync(`${dist}.sizes.json`, 'utf8'));
  const kib = (bytes) => bytes / 1024;
  row('sign-in page, everything it begins with, Brotli', kib(sizes.start['sign-in.html']), 'KiB', 50, 1);
  row('shell, everything it begins with, Brotli', kib(sizes.start['index.html']), 'KiB', 150, 1);
  row('font, fetched behind the first drawing', kib(sizes.font), 'KiB', null, 1);
  row('largest part fetched for one page', kib(sizes.largest.bytes), `KiB (${sizes.largest.file.replace(/^assets\//, '').replace(/-[\w-]{8}\.js$/, '')})`, null, 1);
  row('all of the app, Brotli', kib(sizes.all), `KiB in ${sizes.files} files`, null, 0);
}

function table() {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  const load = loadavg()[0];
  const head = `Measured ${new Date().toISOString().slice(0, 10)} at commit ${commit} on ${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB, Chromium without a graphics card; median of ${ROUNDS} rounds. Load average: ${began.toFixed(1)} to ${load.toFixed(1)}.`;
  const busy = Math.max(began, load) > cpus().length * 1.25 ? '\n\n**Other work was running**: times and frames are too long by what it took; sizes hold.' : '';
  const lines = rows.map((one) => `| ${one.what} | ${one.value.toLocaleString('en', { maximumFractionDigits: one.digits, minimumFractionDigits: one.digits })} ${one.unit} | ${one.limit === null ? '' : `${one.limit} ${one.unit}`} | ${one.verdict} |`);
  return `${head}${busy}\n\n| what | measured | limit | verdict |\n|---|---:|---:|---|\n${lines.join('\n')}\n`;
}

const began = loadavg()[0];
const needsBrowser = ONLY.some((one) => one !== 'sizes');
let server;
let browser;
try {
  if (needsBrowser) {
    if (!chromiumPath()) throw new Error('no Chromium is installed (scripts/setup --test installs it)');
    server = await startServer(process.env.GEMBA_BENCH_BINARY);
    browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'] });
  }
  if (ONLY.includes('start')) await measureStart(browser, server);
  if (ONLY.includes('grid')) await measureGrid(browser, server);
  if (ONLY.includes('canvas')) await measureCanvas(browser, server);
  if (ONLY.includes('sizes')) measureSizes();
} finally {
  await browser?.close();
  await server?.stop();
}
const text = table();
mkdirSync(OUT, { recursive: true });
writeFileSync(`${OUT}web.md`, text);
process.stdout.write(text);
if (process.argv.includes('--publish')) {
  const readme = readFileSync(README, 'utf8');
  writeFileSync(README, readme.replace(/<!-- web: begin -->[\s\S]*<!-- web: end -->/, `<!-- web: begin -->\n${text}\n<!-- web: end -->`));
}
process.exit(rows.some((one) => one.verdict.includes('fail')) ? 1 : 0);
