/** The operator's terminal as it is used: a job taken, the network gone, the tab killed, two tablets on one job, a clock that goes wrong; and nothing lost. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { api, barriers, closeBrowser, openPage, settled, signIn, URL_OF_SERVER } from './browser.mjs';
import { floorPlant } from './floor.mjs';
import { ADMIN, VIEWER } from './places.mjs';

after(closeBrowser);

const TABLET = { ...ADMIN, width: 1024, height: 768 };
const isBuilt = async () => (await fetch(`${URL_OF_SERVER}/`)).headers.get('content-security-policy') !== null;

async function installed(page) {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
  });
}

const withoutNetworkErrors = (errors) => errors.splice(0, errors.length, ...errors.filter((text) => !/ERR_INTERNET_DISCONNECTED|Failed to (load resource|fetch)|net::ERR_|the server does not answer|blocked by Playwright|error occurred when fetching the script/.test(text)));

/** Types a code as fast as a scanner does. */
const scan = (page, code) => page.evaluate((text) => {
  for (const key of [...text, 'Enter']) (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}, code);

const press = (page, name) => page.getByRole('button', { name, exact: typeof name === 'string' }).click();
const jobIn = (page, floor) => page.getByRole('navigation', { name: 'Jobs' }).getByRole('button', { name: new RegExp(floor.order.code) });
/** Waits until the terminal shows so many good pieces; a tab behind another one draws no frames, so it is asked by the clock. */
const showsGood = (page, pieces) => page.waitForFunction((text) => document.querySelector('.term-good b')?.textContent === text, String(pieces), { polling: 100 });
const unsent = (page) => page.locator('.term-reach').first();

async function enter(page, floor, pin = '4711') {
  await page.getByRole('main').getByRole('button', { name: /Inês Duarte/ }).click();
  for (const digit of pin) await page.getByRole('group', { name: 'PIN' }).getByRole('button', { name: digit, exact: true }).click();
  await press(page, 'Sign in');
  await jobIn(page, floor).waitFor();
}

async function open(page, floor) {
  await page.goto(`/terminal/${floor.terminal.id}`);
  await page.getByRole('heading', { name: 'Tap your name' }).waitFor();
}

/** Somebody at a plant of its own who has opened its job at the terminal; what the network's absence says in the console is no error there. */
async function atJob(name) {
  const floor = await floorPlant({ name });
  const { page, context, errors, close } = await openPage(TABLET);
  await open(page, floor);
  await enter(page, floor);
  await jobIn(page, floor).click();
  const leave = () => {
    withoutNetworkErrors(errors);
    return close();
  };
  return { floor, page, context, close: leave };
}

const counts = async (context, floor) => {
  const job = await api(context, 'GET', `/jobs/${floor.job.id}`);
  return { status: job.status, good: Number(job.good), scrapped: Number(job.scrapped), reworked: Number(job.reworked) };
};

/** What is sent arrives again, and the device notices at once, as it does when a network comes back. */
async function reaches(page) {
  await page.unroute('**/actions');
  await page.evaluate(() => dispatchEvent(new Event('online')));
}

/** Waits until everything is at the server. */
const sent = (page) => page.getByText('Everything is sent').waitFor({ timeout: 60_000 });

test('a job from start to end: counted, scrapped in two taps, material scanned, steps done, finished', { timeout: 180_000 }, async () => {
  const floor = await floorPlant({ name: 'Whole', quantity: '20', steps: true });
  const { page, context, close } = await openPage(TABLET);
  await open(page, floor);
  await enter(page, floor);
  await jobIn(page, floor).click();
  await press(page, 'Start job');
  await page.getByRole('main').getByText('Running').waitFor();
  await press(page, '+5 Good');
  await page.getByText('5 not sent yet').waitFor();
  await showsGood(page, 5);

  // Two taps: scrap, and why.
  await press(page, 'Scrap');
  await press(page, /Scratched/);
  await page.getByText(/Kept: .* 1 scrap/).waitFor();

  // Taken back before it was sent: it never happened.
  await press(page, '+10 Good');
  await press(page, 'Take back');
  await showsGood(page, 5);

  await press(page, /^Material/);
  await scan(page, floor.lotCode);
  await page.getByRole('heading', { name: /Lamp shade/ }).waitFor();
  for (const digit of '20') await page.getByRole('group', { name: 'Quantity' }).getByRole('button', { name: digit, exact: true }).click();
  await press(page, /Issue 20/);
  await page.getByText('20 of 20').waitFor();
  await press(page, 'Back');

  await press(page, /^Instructions/);
  await press(page, 'I have done this');
  for (const digit of ['1', '.', '3']) await page.getByRole('group', { name: 'Value' }).getByRole('button', { name: digit, exact: true }).click();
  await press(page, /I have done this: 1.3/);
  await page.setInputFiles('input[type=file]', { name: 'lamp.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') });
  await page.locator('.term-picture').waitFor();
  await press(page, 'I have done this');
  await press(page, 'Sign off as Inês Duarte');

  await press(page, 'Report pieces');
  await press(page, /All missing: 15/);
  await press(page, 'Report 15 good');
  await press(page, 'Finish job');
  await page.getByText('All pieces are made.').waitFor();
  await press(page, 'Finish job');
  await sent(page);
  assert.deepEqual(await counts(context, floor), { status: 'completed', good: 20, scrapped: 1, reworked: 0 });
  const stock = (await api(context, 'GET', `/stock?plant_id=${floor.plant.id}&lot_id=${floor.lot.id}`)).items;
  assert.equal(stock.reduce((sum, row) => sum + Number(row.quantity), 0), 480);
  await close();
});

test('machine and program are shown, chosen without a network, and stand with the pieces; what cannot be is said', { timeout: 180_000 }, async () => {
  const floor = await floorPlant({ name: 'Machines', machines: true });
  const [first, second] = floor.placers;
  const { page, context, errors, close } = await openPage(TABLET);
  await open(page, floor);
  await enter(page, floor);
  await jobIn(page, floor).click();
  await press(page, 'Start job');
  const machine = page.getByRole('main').getByRole('button', { name: /^Machine/ });
  const shows = (text) => machine.getByText(text, { exact: true }).waitFor();
  await shows(`${first.code} · LAMP-TOP B`);
  await sent(page);

  await page.route('**/actions', (route) => route.abort());
  await machine.click();
  await press(page, new RegExp(second.code));
  // What was released for any machine, not what was for the other one.
  assert.equal(await page.getByLabel('Program as the machine shows it').inputValue(), 'LAMP-ANY A');
  await press(page, 'Run it so');
  await shows(`${second.code} · LAMP-ANY A`);
  await press(page, '+5 Good');
  await machine.click();
  await page.getByLabel('Program as the machine shows it').fill('LAMP-ANY C');
  await page.getByText('The order asks for another program. This one is kept and marked.').waitFor();
  await press(page, 'Run it so');
  await shows(`${second.code} · LAMP-ANY C`);
  await press(page, 'Scrap');
  await press(page, /Scratched/);
  await page.getByText(/Kept: .* 1 scrap/).waitFor();
  await reaches(page);
  await page.getByRole('button', { name: /1 message to read/ }).click({ timeout: 60_000 });
  await page.getByText('Taken, but changed').waitFor();
  await press(page, 'I have read all');
  // The scrap is sent after what could be taken back of it a moment longer.
  await sent(page);
  const job = await api(context, 'GET', `/jobs/${floor.job.id}`);
  assert.deepEqual([job.equipment, job.program], [second.code, 'LAMP-ANY C']);
  const reports = await api(context, 'GET', `/jobs/${floor.job.id}/report`);
  const made = reports.map((one) => [Number(one.good), Number(one.scrapped), one.equipment_id, one.program]).sort();
  assert.deepEqual(made, [[0, 1, second.id, 'LAMP-ANY C'], [5, 0, second.id, 'LAMP-ANY A']]);

  // Meanwhile the first machine is taken to another line.
  await page.route('**/actions', (route) => route.abort());
  await jobIn(page, floor).click();
  await machine.click();
  await press(page, new RegExp(first.code));
  await press(page, 'Run it so');
  await shows(`${first.code} · LAMP-TOP B`);
  await api(context, 'PATCH', `/equipment/${first.id}`, { line_id: floor.other.id }, { 'If-Match': '*' });
  await reaches(page);
  await page.getByRole('button', { name: /1 message to read/ }).click({ timeout: 60_000 });
  await page.getByText('Not taken').waitFor();
  await jobIn(page, floor).click();
  await shows(`${second.code} · LAMP-ANY C`);
  withoutNetworkErrors(errors);
  await close();
});

test('a shift without a network: everything is kept, shown right, outlives the tab, and arrives once', { timeout: 240_000 }, async (skip) => {
  if (!(await isBuilt())) return skip.skip('not the built app');
  const floor = await floorPlant({ name: 'Offline' });
  const { page, context, errors, close } = await openPage(TABLET);
  await open(page, floor);
  await installed(page);
  await enter(page, floor);
  await sent(page);

  await context.setOffline(true);
  await jobIn(page, floor).click();
  await press(page, 'Start job');
  for (let times = 0; times < 4; times += 1) await press(page, '+5 Good');
  await press(page, 'Rework');
  await press(page, /Loose screw/);
  await press(page, 'Line stopped');
  await press(page, 'It stands; reason later');
  await page.getByText(/Line 1 stands since/).waitFor();
  await press(page, 'Stopped');
  await press(page, 'Line runs again');
  await press(page, 'Give the reason');
  await press(page, /Machine/);
  await press(page, /Feeder jam/);
  await press(page, 'Help');
  await press(page, 'Quality');
  await press(page, 'Call for help');
  await page.getByText(/not sent: there is no network/).waitFor();
  await page.getByText('No network', { exact: true }).waitFor();

  // The tab is killed, and opened again without a network.
  await page.close({ runBeforeUnload: false });
  const again = await context.newPage();
  again.setDefaultTimeout(30_000);
  await again.goto(`/terminal/${floor.terminal.id}`);
  await jobIn(again, floor).click();
  await showsGood(again, 20);
  await again.getByRole('main').getByText('Running').waitFor();
  assert.match(await unsent(again).textContent(), /10 entries wait/);
  // Whoever's PIN was right here before is known without a network; a wrong one is not taken.
  await again.locator('.term-person').click();
  await again.getByRole('main').getByRole('button', { name: /Inês Duarte/ }).click();
  for (const digit of '0000') await again.getByRole('group', { name: 'PIN' }).getByRole('button', { name: digit, exact: true }).click();
  await press(again, 'Sign in');
  await again.getByText('That is not right. Please try again.').waitFor();
  for (const digit of '4711') await again.getByRole('group', { name: 'PIN' }).getByRole('button', { name: digit, exact: true }).click();
  await press(again, 'Sign in');
  await jobIn(again, floor).click();
  await press(again, '+1 Good');
  await showsGood(again, 21);

  await context.setOffline(false);
  await sent(again);
  assert.deepEqual(await counts(context, floor), { status: 'running', good: 21, scrapped: 0, reworked: 1 });
  await showsGood(again, 21);
  const calls = await api(context, 'GET', `/plants/${floor.plant.id}/andon`);
  assert.deepEqual(calls.map((call) => call.kind), ['quality']);
  const states = (await api(context, 'GET', `/lines/${floor.line.id}/states`)).items;
  assert.ok(states.some((state) => state.state === 'stopped' && state.reason === 'Feeder jam'), JSON.stringify(states));
  withoutNetworkErrors(errors);
  await close();
});

test('an answer that is lost on its way makes nothing count twice', { timeout: 120_000 }, async () => {
  const { floor, page, context, close } = await atJob('Lost');
  await press(page, 'Start job');
  await page.getByRole('main').getByText('Running').waitFor();
  await sent(page);
  let lost = 0;
  await page.route('**/actions', async (route) => {
    if (lost >= 2) return route.continue();
    lost += 1;
    const answer = await route.fetch();
    assert.equal(answer.status(), 200, await answer.text());
    return route.abort();
  });
  await press(page, '+5 Good');
  await page.waitForFunction(() => document.querySelector('.term-reach')?.textContent.includes('No network'));
  await showsGood(page, 5);
  assert.equal((await counts(context, floor)).good, 5, 'the server has it');
  await sent(page);
  assert.equal(lost, 2);
  assert.equal((await counts(context, floor)).good, 5);
  await showsGood(page, 5);
  await close();
});

test('two tablets on one job, both without a network: both count', { timeout: 180_000 }, async (skip) => {
  if (!(await isBuilt())) return skip.skip('not the built app');
  const floor = await floorPlant({ name: 'Two' });
  const tablets = await Promise.all([openPage(TABLET), openPage(TABLET)]);
  for (const { page } of tablets) {
    await open(page, floor);
    await enter(page, floor);
    await sent(page);
  }
  for (const { context } of tablets) await context.setOffline(true);
  for (const { page } of tablets) {
    await jobIn(page, floor).click();
    await press(page, 'Start job');
    await press(page, '+10 Good');
    await press(page, 'Scrap');
    await press(page, /Scratched/);
    await showsGood(page, 10);
  }
  for (const { page, context } of tablets) {
    await context.setOffline(false);
    await sent(page);
  }
  assert.deepEqual(await counts(tablets[0].context, floor), { status: 'running', good: 20, scrapped: 2, reworked: 0 });
  // The first sees what the second did.
  await press(tablets[0].page, 'More');
  await tablets[0].page.getByRole('menuitem', { name: 'Ask the server again' }).click();
  await showsGood(tablets[0].page, 20);
  for (const { errors, close } of tablets) {
    withoutNetworkErrors(errors);
    await close();
  }
});

test('two tabs of one tablet show the same and send everything once', { timeout: 240_000 }, async () => {
  const floor = await floorPlant({ name: 'Tabs' });
  const { page, context, close } = await openPage(TABLET);
  await open(page, floor);
  await enter(page, floor);
  await jobIn(page, floor).click();
  await press(page, 'Start job');
  const other = await context.newPage();
  other.setDefaultTimeout(30_000);
  await other.goto(`/terminal/${floor.terminal.id}`);
  await jobIn(other, floor).click();
  for (const tab of [page, other, page, other]) {
    await tab.bringToFront();
    await press(tab, '+5 Good');
  }
  for (const tab of [page, other]) await showsGood(tab, 20);
  await sent(page);
  assert.equal((await counts(context, floor)).good, 20);
  const reports = await api(context, 'GET', `/jobs/${floor.job.id}/report`);
  assert.equal(reports.length, 4);
  await close();
});

test('a clock that is wrong, and one that is set while somebody works: times are the server’s', { timeout: 180_000 }, async () => {
  const floor = await floorPlant({ name: 'Clock' });
  const { page, context, errors, close } = await openPage(TABLET);
  // Two hours ahead from the beginning; the test sets it back by three later.
  await page.addInitScript(() => {
    const real = Date.now.bind(Date);
    globalThis.setClock = (ms) => sessionStorage.setItem('ahead', String(ms));
    Date.now = () => real() + Number(sessionStorage.getItem('ahead') ?? 7_200_000);
  });
  await open(page, floor);
  await page.getByText(/The clock of this device is wrong by 2 hours/).waitFor();
  await enter(page, floor);
  await jobIn(page, floor).click();
  await press(page, 'Start job');
  await page.getByRole('main').getByText('Running').waitFor();
  await sent(page);
  await page.route('**/actions', (route) => route.abort());
  const began = Date.now();
  await press(page, '+1 Good');
  await page.evaluate(() => globalThis.setClock(-3_600_000));
  // The page looks at its clock every second.
  await page.waitForTimeout(2_500);
  await press(page, '+5 Good');
  await reaches(page);
  await sent(page);
  const reports = await api(context, 'GET', `/jobs/${floor.job.id}/report`);
  assert.equal(reports.length, 2);
  for (const { at } of reports) assert.ok(Date.parse(at) >= began - 5_000 && Date.parse(at) <= Date.now() + 1_000, `${at} is not between ${new Date(began).toISOString()} and now`);
  withoutNetworkErrors(errors);
  await close();
});

test('what is refused is said, stays until it is read, and waits for a supervisor', { timeout: 180_000 }, async () => {
  const { floor, page, context, close } = await atJob('Refused');
  await press(page, 'Start job');
  await press(page, '+5 Good');
  await showsGood(page, 5);
  await sent(page);
  await page.route('**/actions', (route) => route.abort());
  await press(page, '+10 Good');
  await showsGood(page, 15);
  // Meanwhile the order is closed at a desk.
  await api(context, 'POST', `/jobs/${floor.job.id}/finish`, {});
  await api(context, 'POST', `/manufacturing-orders/${floor.order.id}/close`, {});
  await reaches(page);
  await page.getByRole('button', { name: /1 message to read/ }).click();
  await page.getByText('Not taken').waitFor();
  await page.getByText('It does not count. A supervisor sees it and decides.').waitFor();
  await page.reload();
  await page.getByRole('button', { name: /1 message to read/ }).click();
  await press(page, 'I have read all');
  await page.getByText('Nothing to read.').waitFor();
  assert.equal((await counts(context, floor)).good, 5);

  await page.goto(`/plants/${floor.plant.id}/terminals`);
  await page.getByRole('row', { name: /: 10 good/ }).getByRole('button', { name: 'Decide' }).click();
  await page.getByLabel(/What was done about it/).fill('Counted again');
  await press(page, 'Leave it out');
  await page.getByText('Nothing to decide').waitFor();
  await close();
});

test('signing out waits for what is not sent', { timeout: 120_000 }, async () => {
  const { floor, page, close } = await atJob('Leaving');
  await page.route('**/actions', (route) => route.abort());
  await press(page, 'Start job');
  await page.getByText(/1 entry waits/).waitFor();
  await press(page, 'More');
  await page.getByRole('menuitem', { name: 'Leave the terminal' }).click();
  await press(page, 'Account');
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText(/1 entry of this terminal is not sent yet/).waitFor();
  assert.ok(!page.url().includes('sign-in'));
  await close();
});

test('a device that was signed out works on, says so, and sends when it is signed in again', { timeout: 120_000 }, async () => {
  const { floor, page, context, close } = await atJob('Session');
  await context.clearCookies();
  await press(page, 'Start job');
  await press(page, '+5 Good');
  await page.getByText(/Everything is kept here and sent once somebody has signed this device in again/).waitFor();
  await showsGood(page, 5);
  await signIn(context, ADMIN.as);
  await page.reload();
  await sent(page);
  assert.equal((await counts(context, floor)).good, 5);
  await close();
});

test('an account without the right is told apart from one that is signed out; what was entered waits for somebody who has it', { timeout: 120_000 }, async () => {
  const { floor, page, context, close } = await atJob('Right');
  await sent(page);
  // Somebody who only looks signs in on this device.
  await signIn(context, VIEWER.as);
  await press(page, 'Start job');
  await press(page, '+5 Good');
  await page.getByRole('alert').getByText('This account may not do this').waitFor();
  assert.equal(await page.getByText('This device is signed out').count(), 0);
  await showsGood(page, 5);
  await signIn(context, ADMIN.as);
  await page.reload();
  await sent(page);
  assert.equal((await counts(context, floor)).good, 5);
  await close();
});

test('a terminal that is retired says so, its last entries arrive, and the device becomes another one', { timeout: 120_000 }, async () => {
  const { floor, page, context, close } = await atJob('Retired');
  await sent(page);
  await page.route('**/actions', (route) => route.abort());
  await press(page, 'Start job');
  await press(page, '+5 Good');
  await page.getByText(/2 entries wait/).waitFor();
  // Meanwhile it is archived at a desk, and another one takes its place.
  for (const { id } of (await api(context, 'GET', `/terminal-lines?terminal_id=${floor.terminal.id}`)).items) await api(context, 'POST', `/terminal-lines/${id}/archive`, undefined, { 'If-Match': '*' });
  await api(context, 'POST', `/terminals/${floor.terminal.id}/archive`, undefined, { 'If-Match': '*' });
  const next = await api(context, 'POST', '/terminals', { plant_id: floor.plant.id, code: `${floor.terminal.code}-2`, name: 'Hall 1, new' });
  await api(context, 'POST', '/terminal-lines', { terminal_id: next.id, line_id: floor.line.id });
  await reaches(page);
  await page.getByRole('alert').getByText('This terminal is retired').waitFor({ timeout: 60_000 });
  await page.getByText('Everything is sent').waitFor();
  assert.equal((await counts(context, floor)).good, 5);
  await page.getByRole('alert').getByRole('button', { name: 'Be another terminal' }).click();
  await page.getByRole('link', { name: /Hall 1, new/ }).click();
  await page.getByRole('heading', { name: 'Tap your name' }).waitFor();
  await close();
});

test('what was entered when the device was another terminal is sent by the one it is now, and its refusals are read there', { timeout: 120_000 }, async () => {
  const { floor, page, context, close } = await atJob('Others');
  // That everything is sent may still be said of what was before.
  const told = page.waitForResponse((answer) => answer.url().endsWith('/actions') && answer.ok());
  await press(page, 'Start job');
  await told;
  await sent(page);
  const next = await api(context, 'POST', '/terminals', { plant_id: floor.plant.id, code: `${floor.terminal.code}-2`, name: 'Hall 2' });
  await api(context, 'POST', '/terminal-lines', { terminal_id: next.id, line_id: floor.other.id });
  await page.route('**/actions', (route) => route.abort());
  await press(page, '+5 Good');
  await page.getByText(/1 entry waits/).waitFor();
  await api(context, 'POST', `/jobs/${floor.job.id}/finish`, {});
  await api(context, 'POST', `/manufacturing-orders/${floor.order.id}/close`, {});
  await page.goto(`/terminal/${next.id}`);
  await page.getByText(/1 entry waits/).waitFor();
  await reaches(page);
  await page.getByRole('button', { name: /1 message to read/ }).click({ timeout: 60_000 });
  await page.getByText('Not taken').waitFor();
  await press(page, 'I have read all');
  await page.getByText('Nothing to read.').waitFor();
  await close();
});

for (const [look, options] of Object.entries({ light: {}, 'dark, Spanish': { dark: true, language: 'es' } })) {
  test(`every step of the terminal has no barrier, targets for gloves, and its buttons at the same place: ${look}`, { timeout: 240_000 }, async () => {
    const floor = await floorPlant({ name: 'Steps', steps: true, machines: true });
    const { page, close } = await openPage({ ...TABLET, ...options });
    await page.goto(`/terminal/${floor.terminal.id}`);
    await page.locator('.term-tile').first().waitFor();
    const found = [];
    let foot = '';
    const look_ = async (where) => {
      await settled(page);
      for (const barrier of await barriers(page)) found.push(`${where}: ${barrier}`);
      const small = await page.evaluate(() => [...document.querySelectorAll('.term button, .term a, .term input:not(.sr-only)')].filter((one) => one.checkVisibility() && (one.getBoundingClientRect().height < 47.5 || one.getBoundingClientRect().width < 47.5)).map((one) => `${one.className} ${one.textContent}`));
      for (const one of small) found.push(`${where}: smaller than 48 px: ${one}`);
      const beyond = await page.evaluate(() => document.querySelector('.term').scrollWidth - document.querySelector('.term').clientWidth);
      if (beyond > 0) found.push(`${where}: ${beyond} px wider than the screen`);
      const now = await page.evaluate(() => [...document.querySelectorAll('.term-foot .term-act, .term-foot .term-more')].map((one) => { const { x, y, width, height } = one.getBoundingClientRect(); return [x, y, width, height].map(Math.round).join(); }).join(' '));
      foot ||= now;
      if (now !== foot) found.push(`${where}: buttons at ${now}, not ${foot}`);
    };
    await look_('people');
    await page.locator('.term-tile', { hasText: 'Inês' }).click();
    await look_('pin');
    for (const digit of '4711') await page.locator('.term-pad-keys button', { hasText: new RegExp(`^${digit}$`) }).click();
    await page.locator('.term-act.first').click();
    await page.locator('.term-job').first().click();
    await look_('job');
    await page.locator('.term-act.first').click();
    await page.locator('.term-tile.good-tile').first().waitFor();
    await look_('running');
    await page.locator('.term-tile.scrap-tile').click();
    await look_('reasons');
    await page.locator('.term-act.second').click();
    await page.locator('.term-act.first').click();
    await look_('count');
    await page.locator('.term-act.second').click();
    await page.locator('.ways .term-tile').nth(0).click();
    await look_('material');
    await page.locator('.term-act.second').click();
    await page.locator('.ways .term-tile').nth(1).click();
    await look_('steps');
    await page.locator('.term-act.second').click();
    await page.locator('.ways .term-tile').nth(2).click();
    await look_('machine');
    await page.locator('.term-act.second').click();
    await page.locator('.term-act.help').click();
    await look_('help');
    await page.locator('.term-foot .term-act').nth(1).click();
    await look_('stop');
    await page.locator('.term-reach').first().click();
    await look_('news');
    assert.deepEqual(found, []);
    await close();
  });
}
