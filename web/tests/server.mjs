/** The server of a binary, with a database and a folder of its own, until it is stopped. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Below the ports that the system gives away, so that nobody takes it until the server does. */
async function freePort() {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const isFree = await new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false)).listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}

/** Where there is room for it the data of a server for tests is in memory: nobody needs it after a power cut. */
function place() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > 6e9) return '/dev/shm';
  } catch {
    // Not on this system.
  }
  return tmpdir();
}

async function answers(url) {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Resolves once the server answers; rejects when it ends or takes five minutes. */
async function ready(url, child) {
  for (let tries = 0; tries < 1_500; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    if (await answers(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('the server does not answer after five minutes');
}

/** The environment of a program of ours: what tells the tests of a server is no setting of its. */
export function surroundings() {
  const { GEMBA_URL: _url, GEMBA_PASSWORD: _password, GEMBA_BINARY: _binary, ...around } = process.env;
  return around;
}

/** `binary up` with the demo organization; `more` are further settings of its environment. */
export async function startServer(binary, more = {}) {
  const folder = mkdtempSync(join(place(), 'gemba-web-'));
  // PostgreSQL is another account's where the tests run as root, and has to get there.
  chmodSync(folder, 0o755);
  const url = `http://localhost:${await freePort()}`;
  const password = 'lantern walks at dawn';
  const environment = { ...surroundings(), ...more, GEMBA_DEMO_PASSWORD: password, GEMBA_REQUESTS_PER_HOUR: '1000000' };
  const child = spawn(binary, ['up', '--data-dir', join(folder, 'data'), '--port', new URL(url).port], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said = (said + text).slice(-20_000)));
  // Whoever is interrupted leaves nothing behind either.
  const leave = () => {
    child.kill('SIGINT');
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', leave);
  const stop = () => new Promise((resolve) => {
    const done = () => {
      process.removeListener('exit', leave);
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
