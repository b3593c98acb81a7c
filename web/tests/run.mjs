/**
 * Starts the server with a database of its own (GEMBA_BINARY, with the web app inside), runs every test against it in a real browser, and stops it.
 * With GEMBA_URL and GEMBA_PASSWORD they run against a server that is there already. Arguments are names of test files.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from './browser.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

function skip(why) {
  console.log(`SKIPPED: ${why}`);
  process.exit(77);
}

const freePort = () => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});

async function answers(url) {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Resolves once the server answers; rejects when it ends or takes two minutes. */
async function ready(url, child) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if (await answers(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the server does not answer after two minutes');
}

async function startServer() {
  if (!process.env.GEMBA_BINARY) skip('neither GEMBA_BINARY nor GEMBA_URL is given');
  const folder = mkdtempSync(join(tmpdir(), 'gemba-web-'));
  // PostgreSQL is another account's where the tests run as root, and has to get there.
  chmodSync(folder, 0o755);
  const url = `http://localhost:${await freePort()}`;
  const password = 'lantern walks at dawn';
  const environment = { ...process.env, GEMBA_DEMO_PASSWORD: password, GEMBA_REQUESTS_PER_HOUR: '1000000' };
  const child = spawn(process.env.GEMBA_BINARY, ['up', '--data-dir', join(folder, 'data'), '--port', new URL(url).port], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said = (said + text).slice(-20_000)));
  const stop = () => new Promise((resolve) => {
    const done = () => {
      rmSync(folder, { recursive: true, force: true });
      resolve();
    };
    if (child.exitCode !== null) return done();
    child.once('exit', done);
    child.kill('SIGINT');
  });
  try {
    await ready(url, child);
  } catch (error) {
    console.error(said);
    await stop();
    throw error;
  }
  return { url, password, stop };
}

if (!chromiumPath()) skip('no Chromium is installed (scripts/setup --test installs it)');
const server = process.env.GEMBA_URL ? { url: process.env.GEMBA_URL, password: process.env.GEMBA_PASSWORD, stop: async () => {} } : await startServer();
const wanted = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some((part) => name.includes(part))));
const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files.map((name) => join(here, name))], { stdio: 'inherit', env: { ...process.env, GEMBA_URL: server.url, GEMBA_PASSWORD: server.password } });
tests.once('exit', (code) => void server.stop().then(() => process.exit(code ?? 1)));
