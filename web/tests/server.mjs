/** The server of a binary, with a database and a folder of its own, until it is stopped. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

/** The environment of a program of ours: what tells the tests of a server is no setting of its. */
export function surroundings() {
  const { GEMBA_URL: _url, GEMBA_PASSWORD: _password, GEMBA_BINARY: _binary, ...around } = process.env;
  return around;
}

/** `binary up` with the demo organization; `more` are further settings of its environment. */
export async function startServer(binary, more = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gemba-web-'));
  // PostgreSQL is another account's where the tests run as root, and has to get there.
  chmodSync(folder, 0o755);
  const url = `http://localhost:${await freePort()}`;
  const password = 'lantern walks at dawn';
  const environment = { ...surroundings(), ...more, GEMBA_DEMO_PASSWORD: password, GEMBA_REQUESTS_PER_HOUR: '1000000' };
  const child = spawn(binary, ['up', '--data-dir', join(folder, 'data'), '--port', new URL(url).port], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
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
  return { url, password, stop, pid: child.pid, dataDir: join(folder, 'data') };
}
