/**
 * Starts servers with databases of their own (GEMBA_BINARY, with the web app inside), runs every test file against one of them in a real browser, and stops them.
 * With GEMBA_URL and GEMBA_PASSWORD they run against a server that is there already. Arguments are names of test files.
 *
 * Two files run at once, each lane with a server of its own: what one changes of the organization does not reach the other. GEMBA_TEST_LANES is another number.
 * With GEMBA_TEST_RETRIES=1 a file that fails is run once more, and named as flaky where it succeeds then; one that fails twice has failed.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from './browser.mjs';
import { startServer } from './server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** The longest come first, so that the lanes end together. */
const LONGEST = ['every-page', 'crawl', 'terminal', 'planning'];

function skip(why) {
  console.log(`SKIPPED: ${why}`);
  process.exit(77);
}

if (!process.env.GEMBA_URL && !process.env.GEMBA_BINARY) skip('neither GEMBA_BINARY nor GEMBA_URL is given');
if (!chromiumPath()) skip('no Chromium is installed (scripts/setup --test installs it)');
const wanted = process.argv.slice(2);
const names = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some((part) => name.includes(part))));
const rank = (name) => (LONGEST.indexOf(name.replace('.test.mjs', '')) + LONGEST.length + 1) % (LONGEST.length + 1);
const queue = names.sort((one, other) => rank(one) - rank(other) || one.localeCompare(other));
const lanes = process.env.GEMBA_URL ? 1 : Math.min(Number(process.env.GEMBA_TEST_LANES ?? Math.min(2, availableParallelism())), queue.length);

/** How the runner of Node ends its answer: `ℹ pass 5`. */
const COUNTED = /^\S+ (tests|suites|pass|fail|cancelled|skipped|todo) (\d+)$/;
const totals = { tests: 0, pass: 0, fail: 0, skipped: 0 };
const flaky = [];
let hasFailed = false;

/** Runs a file; what it said without its sums, the sums, and which tests failed. */
function run(name, server) {
  return new Promise((resolve) => {
    const environment = { ...process.env, GEMBA_URL: server.url, GEMBA_PASSWORD: server.password };
    const child = spawn(process.execPath, ['--test', '--test-timeout=1800000', '--test-reporter=spec', join(here, name)], { stdio: ['ignore', 'pipe', 'pipe'], env: environment });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    child.once('close', (code) => {
      const lines = said.split('\n');
      const counted = lines.map((line) => COUNTED.exec(line)).filter(Boolean);
      const failed = lines.map((line) => /^\s*✖ (.+) \([\d.]+ms\)$/.exec(line)?.[1]).filter(Boolean);
      resolve({
        code: code ?? 1,
        said: lines.filter((line) => !COUNTED.test(line) && !/^\S+ duration_ms /.test(line)).join('\n').trim(),
        sums: Object.fromEntries(counted.map(([, what, number]) => [what, Number(number)])),
        failed: [...new Set(failed)],
      });
    });
  });
}

/** What a file did before it failed is not there when it is run once more. */
async function afresh(doing, server) {
  if (process.env.GEMBA_URL) return doing(server);
  const other = await startServer(process.env.GEMBA_BINARY);
  try {
    return await doing(other);
  } finally {
    await other.stop();
  }
}

/** Runs one file after the other until none is left. */
async function lane(number, server) {
  for (let name = queue.shift(); name; name = queue.shift()) {
    const began = Date.now();
    let done = await run(name, server);
    console.log(`\n── ${name}: ${((Date.now() - began) / 1000).toFixed(0)} s in lane ${number}\n${done.said}`);
    if (done.code !== 0 && Number(process.env.GEMBA_TEST_RETRIES ?? 0) > 0) {
      const { failed } = done;
      done = await afresh((other) => run(name, other), server);
      console.log(`\n── ${name}, once more\n${done.said}`);
      if (done.code === 0) flaky.push(`FLAKY ${name}: ${failed.join('; ') || 'it ended by itself'}`);
    }
    hasFailed ||= done.code !== 0;
    for (const what of Object.keys(totals)) totals[what] += done.sums[what] ?? 0;
  }
}

/** With a server that stops when the lane ends, however it ends. */
async function withServer(number) {
  if (process.env.GEMBA_URL) return lane(number, { url: process.env.GEMBA_URL, password: process.env.GEMBA_PASSWORD });
  const server = await startServer(process.env.GEMBA_BINARY);
  try {
    await lane(number, server);
  } finally {
    await server.stop();
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
const began = Date.now();
const ended = await Promise.allSettled(Array.from({ length: lanes }, (_, at) => withServer(at + 1)));
for (const { reason } of ended.filter((one) => one.status === 'rejected')) {
  console.error(reason);
  hasFailed = true;
}
console.log('');
for (const [what, number] of Object.entries(totals)) console.log(`ℹ ${what} ${number}`);
console.log(`ℹ duration_ms ${Date.now() - began}`);
for (const line of flaky) console.log(line);
process.exit(hasFailed ? 1 : 0);
