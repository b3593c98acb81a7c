/** Signing in at a company's identity server: a real one on loopback, set up on the pages of the administration. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeBrowser, openPage } from './browser.mjs';
import { startServer, surroundings } from './server.mjs';

const folder = fileURLToPath(new URL('../../crates/identity/tests/identity-server', import.meta.url));
const binary = process.env.GEMBA_BINARY;
const missing = !binary ? 'needs GEMBA_BINARY: the server is to be one that may call its neighbours' : !existsSync(`${folder}/node_modules/oidc-provider`) ? 'no identity server is installed (scripts/setup installs it)' : false;

after(closeBrowser);

/** The identity server, its address, and how to change it. */
async function identityServer() {
  const child = spawn(process.execPath, ['server.mjs'], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
  const address = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('http://') && resolve(line.trim()));
    child.once('exit', (code) => reject(new Error(`the identity server ended with ${code}`)));
  });
  const control = async (wanted) => assert.equal((await fetch(`${address}/control`, { method: 'POST', body: JSON.stringify(wanted) })).status, 204);
  return { address, control, stop: () => child.stdin.end() };
}

test('an administrator connects the company\'s identity server, and somebody of it signs in with their groups', { skip: missing }, async () => {
  const server = await startServer(binary, { GEMBA_OUTBOUND_ALLOW: '127.0.0.0/8' });
  const peer = await identityServer();
  try {
    const admin = await openPage({ as: 'admin@demo.gemba.local', password: server.password, server: server.url });
    await admin.page.goto('/admin/sign-in');
    await admin.page.getByRole('button', { name: 'Add a provider' }).first().click();
    const form = admin.page.getByRole('dialog');
    await form.getByLabel('Name', { exact: true }).fill('Werk Login');
    await form.getByLabel('Issuer').fill(peer.address);
    await form.getByLabel('Client ID').fill('gemba');
    await form.getByLabel('Client secret').fill('a secret that only both know');
    await form.getByLabel('Scopes').fill('profile email groups');
    await form.getByRole('button', { name: 'Save' }).click();
    await admin.page.getByRole('heading', { name: 'Werk Login' }).waitFor();
    await admin.page.getByRole('button', { name: 'Test', exact: true }).click();
    const callback = await admin.page.getByRole('status').getByText('/callback').first().innerText();
    await peer.control({
      clients: [{ client_id: 'gemba', client_secret: 'a secret that only both know', grant_types: ['authorization_code'], redirect_uris: [callback.trim()] }],
      accounts: [{ sub: 'ines@werk.example', email: 'ines@werk.example', email_verified: true, name: 'Ines Kowalski', groups: ['planning'] }],
    });

    // The group becomes a role at one plant.
    const groups = admin.page.locator('.panel', { hasText: 'Groups and the roles they give' }).last();
    await groups.getByRole('button', { name: 'Add' }).click();
    await admin.page.getByRole('dialog').getByLabel('Group').fill('planning');
    await admin.page.getByRole('dialog').getByLabel('Role').selectOption('planner');
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await admin.page.getByRole('cell', { name: 'planning', exact: true }).waitFor();

    // The domain is named here, and confirmed by whoever runs the installation.
    await admin.page.locator('.panel', { hasText: 'Mail domains' }).last().getByRole('button', { name: 'Add' }).click();
    await admin.page.getByRole('dialog').getByLabel('Domain').fill('werk.example');
    await admin.page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await admin.page.getByRole('cell', { name: 'werk.example' }).waitFor();
    execFileSync(binary, ['admin', 'confirm-domain', 'demo', 'werk.example', '--data-dir', server.dataDir], { stdio: 'pipe', env: surroundings() });
    await admin.close();

    // Somebody who wanted to see the scenarios' lines types their address and is sent to their company.
    const ines = await openPage({ server: server.url });
    await ines.page.goto('/data/lines?sort=-name');
    await ines.page.waitForURL('**/sign-in?next=*');
    await ines.page.getByLabel('Email').fill('ines@werk.example');
    await ines.page.getByLabel('Password', { exact: true }).focus();
    await ines.page.getByRole('link', { name: 'Werk Login' }).click();
    await ines.page.waitForURL('**/data/lines?sort=-name');
    await ines.page.getByRole('heading', { name: 'Lines', level: 1 }).waitFor();
    const me = await (await ines.context.request.get('/api/v1/auth/me')).json();
    assert.deepEqual([me.email, me.name], ['ines@werk.example', 'Ines Kowalski']);
    const may = await (await ines.context.request.get('/api/v1/me/permissions')).text();
    assert.ok(may.includes('planning.scenario.create'), 'the group made her a planner');
    assert.ok(!may.includes('identity.provider.create'), 'and no administrator');
    await ines.close();
  } finally {
    peer.stop();
    await closeBrowser();
    await server.stop();
  }
});
