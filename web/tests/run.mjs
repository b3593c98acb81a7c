/**
 * Starts the server with a database of its own (GEMBA_BINARY, with the web app inside), runs every test against it in a real browser, and stops it.
 * With GEMBA_URL and GEMBA_PASSWORD they run against a server that is there already. Arguments are names of test files.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromiumPath } from './browser.mjs';
import { startServer } from './server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

function skip(why) {
  console.log(`SKIPPED: ${why}`);
  process.exit(77);
}

if (!process.env.GEMBA_URL && !process.env.GEMBA_BINARY) skip('neither GEMBA_BINARY nor GEMBA_URL is given');
if (!chromiumPath()) skip('no Chromium is installed (scripts/setup --test installs it)');
const server = process.env.GEMBA_URL ? { url: process.env.GEMBA_URL, password: process.env.GEMBA_PASSWORD, stop: async () => {} } : await startServer(process.env.GEMBA_BINARY);
const wanted = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some((part) => name.includes(part))));
const tests = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-timeout=900000', '--test-reporter=spec', ...files.map((name) => join(here, name))], { stdio: 'inherit', env: { ...process.env, GEMBA_URL: server.url, GEMBA_PASSWORD: server.password } });
tests.once('exit', (code) => void server.stop().then(() => process.exit(code ?? 1)));
