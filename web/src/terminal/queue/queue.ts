/**
 * The queue of a terminal: what was said waits here until the server has answered, and stays until somebody has read what is not as it was said.
 *
 * **Invariant:** entries go out in the order in which they were said, at most 1,000 at once, and each counts once: the server knows it by its id.
 * **Invariant:** nothing leaves the queue without an answer of the server, but what is taken back before it was ever sent.
 * **Invariant:** a picture of the work is only taken when no entry is on its way: else an entry could count twice, in the picture and beside it.
 */
import { isNews, type Answer, type Entry, type Said } from '../model/said';
import { saidAt, tidied, told, offsetOf, UNKNOWN, type Clock } from '../model/clock';
import type { Work } from '../model/work';
import type { Store } from './store';

/** Entries in one request at most. */
export const MOST = 200;
/** As long an entry can be taken back (ms). */
export const HOLD_MS = 4_000;

export const CLOCK = 'clock';
export const DEVICE = 'device';
export const workKey = (terminalId: string): string => `work.${terminalId}`;
export const tokenKey = (operatorId: string): string => `token.${operatorId}`;
export const photoKey = (entryId: string): string => `photo.${entryId}`;

/** An entry as it is sent. */
export interface Sent {
  id: string;
  sequence: number;
  /** ISO 8601, by the clock of this device as it goes now. */
  at: string;
  operator_id: string | null;
  /** Shows that the operator signed in here; absent where that was without a network. */
  token?: string;
  said: Said;
}

export interface Told {
  /** ISO 8601 */
  server_now: string;
  results: Answer[];
}

/** The way to the server. What it throws is one of those below; everything else is a mistake of ours and is thrown on. */
export interface Wire {
  send: (terminalId: string, deviceId: string, deviceNow: string, actions: Sent[]) => Promise<Told>;
  work: (terminalId: string) => Promise<Work>;
  /** Brings a picture to the server; answers its id. */
  photo: (entry: Entry, picture: Blob) => Promise<string>;
}

/** No answer: no network, the server is busy or starts anew. Whether it was carried out is not known. */
export class Later extends Error {}
/** Nobody is signed in at this device any more; nothing was carried out. */
export class SignedOut extends Error {}
/** Who is signed in at this device may not do this, or may not see the terminal (any more); nothing was carried out. The message is the server's. */
export class NoRight extends Error {}
/** There is no such terminal, or this account may not see it; nothing was carried out. */
export class NoTerminal extends Error {}
/** The terminal was archived: what was entered at it is taken, but there is no work for it any more. */
export class Retired extends Error {}
/** What a photo belongs to is not there any more. */
export class NoPlace extends Error {}
/** The whole request was refused, so that nothing of it was carried out. */
export class Refused extends Error {}

export interface Surroundings {
  store: Store;
  wire: Wire;
  now: () => number;
  newId: () => string;
}

/** Why the server takes nothing, until somebody does something about it; nothing is lost meanwhile. */
export type Barred = 'signed-out' | 'no-right' | 'no-terminal' | 'retired';

export type Ended = 'all' | 'held' | 'later' | Barred;

/** What bars the way to the server; null where it is none of that. */
export function barOf(error: unknown): Barred | null {
  if (error instanceof SignedOut) return 'signed-out';
  if (error instanceof NoRight) return 'no-right';
  if (error instanceof NoTerminal) return 'no-terminal';
  return error instanceof Retired ? 'retired' : null;
}

export class Queue {
  constructor(
    readonly terminalId: string,
    private readonly around: Surroundings,
  ) {}

  /** Keeps something that was said. When this resolves it is on the disk. */
  async say(said: Said, operatorId: string | null, options: { hold?: boolean; photo?: Blob } = {}): Promise<Entry> {
    const { store, now, newId } = this.around;
    const id = newId();
    // The picture first: an entry never waits for one that is not there.
    if (options.photo) await store.write(photoKey(id), options.photo);
    const clock = await this.clock();
    const at = now();
    return store.add((sequence) => ({
      id, terminal_id: this.terminalId, sequence, at, epoch: clock.epoch, operator_id: operatorId, said, state: 'waiting', tried: 0, held: options.hold ? at + HOLD_MS : 0, ...(options.photo ? { photo: photoKey(id) } : {}),
    }));
  }

  /** Takes back what was not sent yet; false where it is too late. */
  async takeBack(id: string): Promise<boolean> {
    const there = await this.around.store.rewrite((entry) => (entry.id === id && entry.state === 'waiting' && entry.tried === 0 ? null : entry));
    if (there) await this.around.store.forget(photoKey(id));
    return there;
  }

  /** Somebody has read the answers to these. */
  async seen(ids: readonly string[]): Promise<void> {
    const read = new Set(ids);
    // What the picture does not show yet still counts beside it.
    await this.around.store.rewrite((entry) => (!read.has(entry.id) || !entry.answer ? entry : entry.state === 'told' || entry.answer.outcome === 'refused' ? null : { ...entry, seen: true }));
    for (const id of ids) await this.around.store.forget(photoKey(id));
  }

  async entries(): Promise<Entry[]> {
    return (await this.around.store.entries()).filter((entry) => entry.terminal_id === this.terminalId);
  }

  async clock(): Promise<Clock> {
    return (await this.around.store.read<Clock>(CLOCK)) ?? UNKNOWN;
  }

  async work(): Promise<Work | undefined> {
    const kept = await this.around.store.read<Work>(workKey(this.terminalId));
    // Kept by an app that knew no machines yet, and not asked for anew since.
    return kept && { ...kept, machines: kept.machines ?? [], programs: kept.programs ?? [] };
  }

  deviceId(): Promise<string> {
    return this.around.store.alter<string>(DEVICE, (before) => before ?? this.around.newId());
  }

  /**
   * Sends what waits, until nothing does. To be called by one tab at a time; two do no harm to the figures, but each would send all.
   * `hurry` sends what could still be taken back as well.
   */
  async send(hurry = false): Promise<Ended> {
    let most = MOST;
    for (;;) {
      const waiting = (await this.entries()).filter((entry) => entry.state === 'waiting');
      const batch = this.ready(waiting, hurry).slice(0, most);
      if (batch.length === 0) return waiting.length === 0 ? 'all' : 'held';
      try {
        await this.sendBatch(await this.withPhotographs(batch));
        most = MOST;
      } catch (error) {
        if (error instanceof Later) return 'later';
        const bar = barOf(error);
        if (bar) return bar;
        if (!(error instanceof Refused)) throw error;
        // One of them cannot be read by the server, and must not keep the others here: it is found by halves.
        if (batch.length > 1) most = Math.ceil(batch.length / 2);
        else {
          await this.settle([{ id: batch[0]!.id, outcome: 'refused', says: error.message, rule: 'unreadable' }]);
          most = MOST;
        }
      }
    }
  }

  /** Takes a new picture of the work; what it shows no longer counts beside it. Only after `send` ended with `all` or `held`. */
  async refresh(): Promise<Work> {
    const { store, wire, now } = this.around;
    const answered = new Set((await this.entries()).filter((entry) => entry.state === 'answered').map((entry) => entry.id));
    const asked = now();
    const work = await wire.work(this.terminalId);
    await this.heard(asked, now(), work.server_time);
    await store.rewrite((entry) => (answered.has(entry.id) ? shown(entry) : entry), { [workKey(this.terminalId)]: work });
    return work;
  }

  /** Whether an entry is on its way, and nobody knows whether it arrived. */
  async isUncertain(): Promise<boolean> {
    return (await this.entries()).some((entry) => entry.state === 'waiting' && entry.tried > 0);
  }

  private ready(waiting: Entry[], hurry: boolean): Entry[] {
    const now = this.around.now();
    // A clock that was set back must not hold anything for longer than meant.
    const holds = (entry: Entry) => !hurry && entry.held > now && entry.held - now <= HOLD_MS;
    const first = waiting.findIndex(holds);
    return first < 0 ? waiting : waiting.slice(0, first);
  }

  private async sendBatch(batch: Entry[]): Promise<void> {
    const { store, wire, now } = this.around;
    const going = new Set(batch.map((entry) => entry.id));
    await store.rewrite((entry) => (going.has(entry.id) ? { ...entry, tried: entry.tried + 1 } : entry));
    // Taken back by another tab in between: what is no longer there is not sent.
    const there = new Set((await this.entries()).map((entry) => entry.id));
    const clock = await this.clock();
    const tokens = await this.tokens(batch);
    const asked = now();
    const actions = batch.filter((entry) => there.has(entry.id)).map((entry): Sent => {
      const said = entry.file && entry.said.kind === 'step.done' ? { ...entry.said, file_id: entry.file } : entry.said;
      return { id: entry.id, sequence: entry.sequence, at: new Date(saidAt(entry, clock)).toISOString(), operator_id: entry.operator_id, ...(tokens.get(entry.operator_id ?? '') ? { token: tokens.get(entry.operator_id ?? '') as string } : {}), said };
    });
    if (actions.length === 0) return;
    const answer = await wire.send(this.terminalId, await this.deviceId(), new Date(asked).toISOString(), actions);
    await this.heard(asked, now(), answer.server_now);
    const answered = new Set(answer.results.map((one) => one.id));
    await this.settle(answer.results);
    if (!actions.some((action) => answered.has(action.id))) throw new Later('the server answered about none of them');
  }

  private async tokens(batch: readonly Entry[]): Promise<Map<string, string>> {
    const tokens = new Map<string, string>();
    for (const operator of new Set(batch.flatMap((entry) => (entry.operator_id ? [entry.operator_id] : [])))) {
      const token = await this.around.store.read<string>(tokenKey(operator));
      if (token) tokens.set(operator, token);
    }
    return tokens;
  }

  /** Pictures go before the entries that name them. */
  private async withPhotographs(batch: Entry[]): Promise<Entry[]> {
    const { store, wire } = this.around;
    const ready: Entry[] = [];
    for (const entry of batch) {
      const picture = entry.photo && !entry.file ? await store.read<Blob>(entry.photo) : undefined;
      if (!picture) {
        ready.push(entry);
        continue;
      }
      let file: string;
      try {
        file = await wire.photo(entry, picture);
      } catch (error) {
        if (!(error instanceof NoPlace) && !(error instanceof Refused)) throw error;
        // The step goes without it: the server says what that means, and where it is refused a supervisor sees it.
        ready.push(entry);
        continue;
      }
      await store.rewrite((one) => (one.id === entry.id ? { ...one, file } : one));
      ready.push({ ...entry, file });
    }
    return ready;
  }

  private async settle(results: readonly Answer[]): Promise<void> {
    const answers = new Map(results.map((one) => [one.id, one]));
    await this.around.store.rewrite((entry) => {
      const answer = answers.get(entry.id);
      return answer && entry.state === 'waiting' ? { ...entry, state: 'answered', answer } : entry;
    });
    // What was refused keeps its picture until somebody has read why.
    for (const answer of results) if (answer.outcome !== 'refused') await this.around.store.forget(photoKey(answer.id));
  }

  private async heard(asked: number, answered: number, serverNow: string): Promise<void> {
    const at = Date.parse(serverNow);
    if (Number.isNaN(at)) return;
    const oldest = Math.min(Infinity, ...(await this.entries()).filter((entry) => entry.state === 'waiting').map((entry) => entry.epoch));
    await this.around.store.alter<Clock>(CLOCK, (clock) => tidied(told(clock ?? UNKNOWN, offsetOf(asked, answered, at)), oldest));
  }
}

/** An entry that the picture shows: it is gone, unless somebody has to read its answer. */
function shown(entry: Entry): Entry | null {
  return isNews(entry) ? { ...entry, state: 'told' } : null;
}
