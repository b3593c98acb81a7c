import { describe, expect, it } from 'vitest';
import { viewOf } from '../model/view';
import type { Answer, Entry, Said } from '../model/said';
import type { Work } from '../model/work';
import { waitFor } from './backoff';
import { MemoryStore } from './memory';
import { HOLD_MS, Later, MOST, NoPlace, NoRight, NoTerminal, photoKey, Queue, Refused, Retired, SignedOut, type Sent, type Told, type Wire } from './queue';

const JOB = 'job-1';
const LINE = 'line-1';

const WORK: Work = {
  terminal: { id: 't1', code: 'T1', name: 'Terminal 1', plant_id: 'p1' },
  lines: [{ id: LINE, name: 'Line 1', state: 'running', since: null, open_stops: [] }],
  operators: [], reasons: [], instructions: [], calls: [], steps_done: [], labour: [], server_time: '2026-11-02T06:00:00Z',
  jobs: [{
    id: JOB, code: 'J1', order: 'M1', order_id: 'm1', number: 10, name: 'Assemble', line_id: LINE, item: { id: 'i1', code: 'A-1', name: 'Lamp', unit: 'pcs', tracking: 'none' }, status: 'running', sequence: null, quantity: 500, good: 0, scrapped: 0, reworked: 0,
    cycle_time_s: 20, setup_min: 0, planned_start: null, due_at: null, priority: 50, started_at: null, is_last: true, lot_code: null, skills: [], waits_for: null, equipment_id: null, program: null,
  }],
  components: [],
  machines: [],
  programs: [],
};

/** Numbers that look like chance and are the same in every run (mulberry32). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A server that keeps the contract: each id counts once, in the order it comes. */
class Server implements Wire {
  readonly ledger = new Map<string, { sent: Sent; device: string }>();
  good = 0;
  scrapped = 0;
  now = Date.parse('2026-11-02T06:00:00Z');
  /** What becomes of a request: arrives; is lost; its answer is lost. */
  weather: () => 'fine' | 'lost' | 'answer-lost' = () => 'fine';
  judge: (sent: Sent) => Pick<Answer, 'outcome' | 'says' | 'rule'> = () => ({ outcome: 'applied', says: '', rule: '' });
  batches: number[] = [];

  send(_terminal: string, device: string, _now: string, actions: Sent[]): Promise<Told> {
    const weather = this.weather();
    if (weather === 'lost') return Promise.reject(new Later());
    this.batches.push(actions.length);
    const results = actions.map((sent): Answer => {
      if (this.ledger.has(sent.id)) return { id: sent.id, outcome: 'duplicate', says: '', rule: 'client_id' };
      this.ledger.set(sent.id, { sent, device });
      const said = this.judge(sent);
      if (said.outcome !== 'refused' && sent.said.kind === 'job.report') {
        this.good += sent.said.good;
        this.scrapped += sent.said.scrap;
      }
      return { id: sent.id, ...said };
    });
    if (weather === 'answer-lost') return Promise.reject(new Later());
    return Promise.resolve({ server_now: new Date(this.now).toISOString(), results });
  }

  work(): Promise<Work> {
    if (this.weather() !== 'fine') return Promise.reject(new Later());
    return Promise.resolve({ ...WORK, jobs: [{ ...WORK.jobs[0]!, good: this.good, scrapped: this.scrapped }], server_time: new Date(this.now).toISOString() });
  }

  photo(entry: Entry): Promise<string> {
    return this.weather() === 'fine' ? Promise.resolve(`file-of-${entry.id}`) : Promise.reject(new Later());
  }
}

const report = (good: number, scrap = 0): Said => ({ kind: 'job.report', job_id: JOB, line_id: LINE, good, scrap, rework: 0, ...(scrap > 0 ? { reason_id: 'r1' } : {}) });

let ids = 0;
function device(server: Wire, options: { clock?: () => number; store?: MemoryStore } = {}) {
  const store = options.store ?? new MemoryStore();
  const around = { store, wire: server, now: options.clock ?? (() => (server as Server).now), newId: () => `id-${(ids += 1)}` };
  return { store, queue: () => new Queue('t1', around) };
}

const shown = async (queue: Queue) => viewOf((await queue.work()) ?? WORK, await queue.entries(), await queue.clock()).jobs[0]!;

/** As the station does it: send, and where nothing is on its way, a new picture. */
async function synchronise(queue: Queue): Promise<void> {
  const ended = await queue.send(true);
  if ((ended === 'all' || ended === 'held') && !(await queue.isUncertain())) await queue.refresh().catch(() => undefined);
}

describe('queue', () => {
  it('sends in the order in which things were said, at most a thousand at once', async () => {
    const server = new Server();
    const queue = device(server).queue();
    for (let at = 0; at < MOST + 7; at += 1) await queue.say(report(1), 'o1');
    expect(await queue.send()).toBe('all');
    expect(server.batches).toEqual([MOST, 7]);
    const order = [...server.ledger.values()].map(({ sent }) => sent.sequence);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(server.good).toBe(MOST + 7);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('whatever the network does, each report counts once and the operator sees the right number (weather %s)', async (seed) => {
    const chance = chances(seed);
    const server = new Server();
    const { store, queue } = device(server);
    let [tab, said, scrapped] = [queue(), 0, 0];
    for (let at = 0; at < 120; at += 1) {
      server.now += 10_000;
      server.weather = () => (chance() < 0.35 ? 'lost' : chance() < 0.35 ? 'answer-lost' : 'fine');
      const good = 1 + Math.floor(chance() * 9);
      const scrap = chance() < 0.2 ? 1 : 0;
      await tab.say(report(good, scrap), 'o1');
      said += good;
      scrapped += scrap;
      // The tab is killed, now and then in the middle of things; another begins with what was kept.
      if (chance() < 0.2) {
        const abandoned = synchronise(tab);
        tab = queue();
        await abandoned;
      } else if (chance() < 0.6) await synchronise(tab);
      const job = await shown(tab);
      expect([job.good, job.scrapped]).toEqual([said, scrapped]);
    }
    server.weather = () => 'fine';
    await synchronise(tab);
    expect([server.good, server.scrapped]).toEqual([said, scrapped]);
    expect(server.ledger.size).toBe(120);
    expect(await tab.entries()).toEqual([]);
    expect(await shown(tab)).toMatchObject({ good: said, scrapped, unsent: 0 });
    expect(await store.keys('photo.')).toEqual([]);
  });

  it('two tabs of one device number through, and send nothing twice', async () => {
    const server = new Server();
    const { queue } = device(server);
    const [one, two] = [queue(), queue()];
    const entries = await Promise.all(Array.from({ length: 50 }, (_, at) => (at % 2 ? one : two).say(report(2), 'o1')));
    expect(new Set(entries.map((entry) => entry.sequence)).size).toBe(50);
    await Promise.all([one.send(), two.send()]);
    expect(server.good).toBe(100);
    expect(server.ledger.size).toBe(50);
    expect(await one.deviceId()).toBe(await two.deviceId());
  });

  it('two tablets on one job both count, and each sees both after the next picture', async () => {
    const server = new Server();
    const [one, two] = [device(server).queue(), device(server).queue()];
    await one.say(report(10), 'o1');
    await two.say(report(5, 2), 'o2');
    expect((await shown(one)).good).toBe(10);
    await synchronise(one);
    await synchronise(two);
    await synchronise(one);
    expect(await shown(one)).toMatchObject({ good: 15, scrapped: 2 });
    expect(await shown(two)).toMatchObject({ good: 15, scrapped: 2 });
  });

  it('what was answered counts until the next picture shows it, never twice and never not at all', async () => {
    const server = new Server();
    const queue = device(server).queue();
    await queue.say(report(4), 'o1');
    await queue.send();
    expect((await shown(queue)).good).toBe(4);
    await queue.refresh();
    expect((await shown(queue)).good).toBe(4);
    expect(await queue.entries()).toEqual([]);
  });

  it('refused and adjusted are kept until somebody has read them; refused does not count', async () => {
    const server = new Server();
    const queue = device(server).queue();
    server.judge = (sent) => (sent.said.kind === 'job.report' && sent.said.good === 3 ? { outcome: 'refused', says: 'the order is closed', rule: 'closed' } : { outcome: 'adjusted', says: 'late report', rule: 'late' });
    const [bad, late] = [await queue.say(report(3), 'o1'), await queue.say(report(5), 'o1')];
    await synchronise(queue);
    expect((await shown(queue)).good).toBe(5);
    await synchronise(queue);
    expect((await queue.entries()).map((entry) => [entry.id, entry.answer?.outcome, entry.state])).toEqual([[bad.id, 'refused', 'told'], [late.id, 'adjusted', 'told']]);
    await queue.seen([bad.id]);
    expect((await queue.entries()).map((entry) => entry.id)).toEqual([late.id]);
    await queue.seen([late.id]);
    expect(await queue.entries()).toEqual([]);
  });

  it('an adjusted entry that is read before the next picture still counts until then', async () => {
    const server = new Server();
    const queue = device(server).queue();
    server.judge = () => ({ outcome: 'adjusted', says: 'late report', rule: 'late' });
    const entry = await queue.say(report(5), 'o1');
    await queue.send();
    await queue.seen([entry.id]);
    expect((await shown(queue)).good).toBe(5);
    await queue.refresh();
    expect((await shown(queue)).good).toBe(5);
    expect(await queue.entries()).toEqual([]);
  });

  it('an entry can be taken back until it was sent, and not after', async () => {
    const server = new Server();
    const queue = device(server).queue();
    const first = await queue.say(report(1), 'o1', { hold: true });
    expect(await queue.send()).toBe('held');
    expect(server.ledger.size).toBe(0);
    expect(await queue.takeBack(first.id)).toBe(true);
    const second = await queue.say(report(2), 'o1', { hold: true });
    server.now += HOLD_MS;
    server.weather = () => 'answer-lost';
    expect(await queue.send()).toBe('later');
    expect(await queue.takeBack(second.id)).toBe(false);
    server.weather = () => 'fine';
    expect(await queue.send()).toBe('all');
    expect(server.good).toBe(2);
  });

  it('a clock that is set back holds nothing for longer than meant', async () => {
    const server = new Server();
    const queue = device(server).queue();
    await queue.say(report(1), 'o1', { hold: true });
    server.now -= 3_600_000;
    expect(await queue.send()).toBe('all');
  });

  it('an entry that the server cannot read holds up nobody', async () => {
    class Strict extends Server {
      override send(terminal: string, deviceId: string, now: string, actions: Sent[]): Promise<Told> {
        if (actions.some((one) => one.said.kind === 'job.report' && one.said.good === 13)) return Promise.reject(new Refused('/actions: cannot be read'));
        return super.send(terminal, deviceId, now, actions);
      }
    }
    const server = new Strict();
    const queue = device(server).queue();
    for (let good = 1; good <= 20; good += 1) await queue.say(report(good), 'o1');
    expect(await queue.send()).toBe('all');
    expect(server.good).toBe(210 - 13);
    expect((await queue.entries()).filter((entry) => entry.answer?.outcome === 'refused').map((entry) => entry.said)).toEqual([report(13)]);
  });

  it.each([['signed-out', SignedOut], ['no-right', NoRight], ['no-terminal', NoTerminal], ['retired', Retired]] as const)('what bars the way is told (%s), and nothing is lost meanwhile', async (bar, Refusal) => {
    const server = new Server();
    const queue = device(server).queue();
    await queue.say(report(7), 'o1');
    const send = server.send.bind(server);
    server.send = () => Promise.reject(new Refusal());
    expect(await queue.send()).toBe(bar);
    expect((await shown(queue)).good).toBe(7);
    server.send = send;
    expect(await queue.send()).toBe('all');
    expect(server.good).toBe(7);
  });

  it('a photo whose job is gone keeps no other entry here: its step goes without it, and the photo stays until the answer is read', async () => {
    const server = new Server();
    server.photo = () => Promise.reject(new NoPlace());
    server.judge = ({ said }) => (said.kind === 'step.done' ? { outcome: 'refused', says: 'the job is gone', rule: 'not_found' } : { outcome: 'applied', says: '', rule: '' });
    const { store, queue } = device(server);
    const tab = queue();
    const step: Said = { kind: 'step.done', job_id: JOB, step_id: 's1' };
    const entry = await tab.say(step, 'o1', { photo: new Blob(['picture']) });
    await tab.say(report(3), 'o1');
    expect(await tab.send()).toBe('all');
    expect(server.good).toBe(3);
    expect(server.ledger.get(entry.id)?.sent.said).toEqual(step);
    expect(await store.keys('photo.')).toEqual([photoKey(entry.id)]);
    await tab.seen([entry.id]);
    expect(await store.keys('photo.')).toEqual([]);
  });

  it('no picture is taken while an entry may have arrived: it would count twice', async () => {
    const server = new Server();
    const queue = device(server).queue();
    await queue.say(report(6), 'o1');
    server.weather = () => 'answer-lost';
    await queue.send();
    server.weather = () => 'fine';
    expect(await queue.isUncertain()).toBe(true);
    expect(server.good).toBe(6);
    expect((await shown(queue)).good).toBe(6);
    await synchronise(queue);
    expect((await shown(queue)).good).toBe(6);
  });

  it('a server that answers about nothing is asked later, not for ever', async () => {
    const server = new Server();
    server.send = () => Promise.resolve({ server_now: new Date(server.now).toISOString(), results: [] });
    const queue = device(server).queue();
    await queue.say(report(1), 'o1');
    expect(await queue.send()).toBe('later');
    expect(await queue.entries()).toHaveLength(1);
  });

  it('a photo goes before the step that shows it, once, and is kept while it waits', async () => {
    const server = new Server();
    const { store, queue } = device(server);
    const tab = queue();
    const step: Said = { kind: 'step.done', job_id: JOB, step_id: 's1' };
    const entry = await tab.say(step, 'o1', { photo: new Blob(['picture']) });
    server.weather = () => 'lost';
    expect(await tab.send()).toBe('later');
    expect(await store.keys('photo.')).toEqual([photoKey(entry.id)]);
    server.weather = () => 'fine';
    expect(await tab.send()).toBe('all');
    expect(server.ledger.get(entry.id)?.sent.said).toEqual({ ...step, file_id: `file-of-${entry.id}` });
    expect(await store.keys('photo.')).toEqual([]);
  });

  it('times are sent by the clock as it goes now: a clock set by an hour in between moves none of them', async () => {
    const server = new Server();
    let wrong = 0;
    const { queue } = device(server, { clock: () => server.now + wrong });
    const tab = queue();
    await tab.refresh();
    const when = server.now;
    await tab.say(report(1), 'o1');
    server.now += 60_000;
    // Somebody sets the clock forward; the next answer of the server tells.
    wrong = 3_600_000;
    await tab.refresh();
    server.now += 1_000;
    await tab.send();
    const { sent } = [...server.ledger.values()][0]!;
    expect(Date.parse(sent.at) - wrong).toBe(when);
  });
});

describe('waiting between attempts', () => {
  it('grows, is spread, and ends at a minute', () => {
    expect(waitFor(0, 0)).toBe(500);
    expect(waitFor(0, 1)).toBe(1_000);
    expect(waitFor(3, 1)).toBe(8_000);
    for (const failures of [6, 20, 1_000]) expect(waitFor(failures, 1)).toBe(60_000);
    for (let at = 0; at < 10; at += 1) expect(waitFor(at, 0)).toBeLessThanOrEqual(waitFor(at, 1));
  });
});
