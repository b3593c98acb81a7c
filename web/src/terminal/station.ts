/**
 * A terminal at work: reads and keeps, sends when it can, and tells the screen.
 *
 * **Invariant:** the screen never waits for the network: it shows what this device has, and changes once an entry is on the disk.
 * **Invariant:** of all tabs one sends at a time (Web Locks), and one looks after the clock; when it is killed, another one does.
 */
import { useSyncExternalStore } from 'react';
import { sendTo } from '@/api/client';
import { begun, looked, UNKNOWN, type Clock, type Look } from './model/clock';
import { isNews, type Entry, type Said } from './model/said';
import { viewOf, type View } from './model/view';
import type { Work } from './model/work';
import { waitFor } from './queue/backoff';
import { barOf, CLOCK, HOLD_MS, Later, Queue, type Barred, type Ended, type Surroundings } from './queue/queue';
import type { Store } from './queue/store';

export interface StationState {
  /** Whether what is kept was read. */
  isRead: boolean;
  work: Work | null;
  view: View | null;
  entries: Entry[];
  /** Answers that somebody has to read; those to what was entered when this device was another terminal as well. */
  news: Entry[];
  /** Entries from when this device was another terminal, that the server does not have. */
  others: number;
  clock: Clock;
  reach: 'unknown' | 'here' | 'away' | Barred;
  /** When the server answered last, by this device's clock (ms). */
  heardAt: number | null;
  /** What keeps this device from keeping anything: no room, no permission. */
  broken: string | null;
}

/** Asked anew without anything happening (ms). */
const AGAIN_MS = 30_000;
/** After something happened elsewhere, at most so often (ms). */
const HEARD_MS = 12_000;
const LOOK_MS = 1_000;
const SEND_LOCK = 'gemba.terminal.send';
const CLOCK_LOCK = 'gemba.terminal.clock';
const fileKey = (id: string): string => `file.${id}`;
/** Pictures of instructions in this device at most. */
const MOST_FILES = 300;

const locked = <T>(name: string, work: () => Promise<T>): Promise<T> => (navigator.locks ? (navigator.locks.request(name, work) as Promise<T>) : work());

export class Station {
  readonly queue: Queue;
  readonly store: Store;
  private state: StationState = { isRead: false, work: null, view: null, entries: [], news: [], others: 0, clock: UNKNOWN, reach: 'unknown', heardAt: null, broken: null };
  private readonly listeners = new Set<() => void>();
  private readonly channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('gemba.terminal') : null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private again = false;
  private hurry = false;
  private failures = 0;
  private isOver = false;

  constructor(
    readonly terminalId: string,
    private readonly around: Surroundings,
  ) {
    this.queue = new Queue(terminalId, around);
    this.store = around.store;
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly now = (): StationState => this.state;

  private set(change: Partial<StationState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Reads what is kept, and shows it. */
  async read(): Promise<void> {
    try {
      const [all, clock, work] = await Promise.all([this.store.entries(), this.queue.clock(), this.queue.work()]);
      const entries = all.filter((entry) => entry.terminal_id === this.terminalId);
      this.set({ isRead: true, entries, news: all.filter(isNews), others: all.filter((entry) => entry.state === 'waiting' && entry.terminal_id !== this.terminalId).length, clock, work: work ?? null, view: work ? viewOf(work, entries, clock) : null, broken: null });
    } catch (error) {
      this.set({ isRead: true, broken: error instanceof Error ? error.message : String(error) });
    }
  }

  private changed(): Promise<void> {
    this.channel?.postMessage('changed');
    return this.read();
  }

  /** Works until the answer is called. */
  begin(): () => void {
    this.isOver = false;
    const nudge = () => this.nudge();
    const seen = () => document.visibilityState === 'visible' && this.nudge();
    if (this.channel) this.channel.onmessage = () => void this.read();
    addEventListener('online', nudge);
    document.addEventListener('visibilitychange', seen);
    // The browser may throw away what it keeps when the disk is full, unless it was asked not to.
    void navigator.storage?.persist?.().catch(() => false);
    void this.read().then(nudge);
    const ended = this.watchClock();
    return () => {
      this.isOver = true;
      clearTimeout(this.timer);
      ended();
      removeEventListener('online', nudge);
      document.removeEventListener('visibilitychange', seen);
    };
  }

  /** Something was said: kept, shown, and sent when it can be. */
  async say(said: Said, operatorId: string | null, options: { hold?: boolean; photo?: Blob } = {}): Promise<Entry> {
    const entry = await this.queue.say(said, operatorId, options);
    await this.changed();
    // Somebody who waits for it is told at once; the rest may be taken back a moment.
    if (options.hold) this.soon(this.next());
    else this.nudge();
    return entry;
  }

  async takeBack(id: string): Promise<boolean> {
    const done = await this.queue.takeBack(id);
    await this.changed();
    return done;
  }

  async seen(ids: readonly string[]): Promise<void> {
    await this.queue.seen(ids);
    await this.changed();
  }

  /** Sends what waits, and asks for the work, as soon as possible. */
  nudge(hurry = false): void {
    if (this.isOver) return;
    this.hurry ||= hurry;
    if (this.running) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.running = locked(SEND_LOCK, () => this.synchronise())
      .catch((error: unknown) => {
        this.failures += 1;
        console.error(error);
      })
      .finally(() => {
        this.running = null;
        if (this.again) {
          this.again = false;
          this.nudge();
        } else this.soon(this.next());
      });
  }

  /** Something happened at the server: the picture is asked for, now or when the last is old enough. */
  heard(): void {
    this.soon(Math.min(this.next(), Math.max(0, HEARD_MS - (this.around.now() - (this.state.heardAt ?? 0)))));
  }

  /** How long until the next round: until something no longer can be taken back, or the usual time; longer where nobody answers. */
  private next(): number {
    if (this.failures > 0) return waitFor(this.failures - 1, Math.random());
    const now = this.around.now();
    const held = this.state.entries.filter((entry) => entry.state === 'waiting').map((entry) => Math.min(HOLD_MS, Math.max(0, entry.held - now)) + 50);
    return Math.min(AGAIN_MS, ...held);
  }

  private soon(after: number): void {
    // A round that is under way sees to the next one when it ends.
    if (this.isOver || this.running) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.nudge(), after);
  }

  private async synchronise(): Promise<void> {
    const hurry = this.hurry;
    this.hurry = false;
    await this.sendOthers();
    let ended: Ended | 'here' = await this.queue.send(hurry);
    if (ended === 'all' || ended === 'held') ended = await this.look();
    this.failures = ended === 'here' ? 0 : this.failures + 1;
    this.set({ reach: ended === 'all' || ended === 'held' || ended === 'later' ? 'away' : ended, ...(ended === 'here' ? { heardAt: this.around.now() } : {}) });
    await this.changed();
  }

  /** What was entered when this device was another terminal is sent by this one: nobody has to go back to it for that. */
  private async sendOthers(): Promise<void> {
    const waiting = (await this.store.entries()).filter((entry) => entry.state === 'waiting' && entry.terminal_id !== this.terminalId);
    // Whatever bars the other terminal does not bar this one.
    for (const terminalId of new Set(waiting.map((entry) => entry.terminal_id))) await new Queue(terminalId, this.around).send(true);
  }

  private async look(): Promise<Ended | 'here'> {
    if (await this.queue.isUncertain()) return 'later';
    try {
      const work = await this.queue.refresh();
      void this.keepFiles(work).catch(() => undefined);
      return 'here';
    } catch (error) {
      const bar = barOf(error);
      if (bar) return bar;
      if (error instanceof Later) return 'later';
      throw error;
    }
  }

  /** Pictures of the instructions, so that they can be looked at without a network; those that no instruction shows any more go. */
  private async keepFiles(work: Work): Promise<void> {
    const wanted = [...new Set(work.instructions.flatMap((one) => one.steps).flatMap((step) => (step.file_id ? [step.file_id] : [])))].slice(0, MOST_FILES);
    const there = new Set(await this.store.keys('file.'));
    for (const key of there) if (!wanted.includes(key.slice('file.'.length))) await this.store.forget(key);
    for (const id of wanted) {
      if (there.has(fileKey(id))) continue;
      const response = await sendTo('GET', `/api/v1/files/${id}/content`, { quiet: true });
      await this.store.write(fileKey(id), await response.blob());
    }
  }

  file(id: string): Promise<Blob | undefined> {
    return this.store.read<Blob>(fileKey(id));
  }

  /** One tab looks at the clock, as long as it lives. */
  private watchClock(): () => void {
    let timer: ReturnType<typeof setInterval> | undefined;
    let release: () => void = () => undefined;
    let over = false;
    const look = (): Look => ({ calendar: this.around.now(), steady: performance.now() });
    const watch = async () => {
      if (over) return;
      await this.store.alter<Clock>(CLOCK, (clock) => begun(clock ?? UNKNOWN));
      let before = look();
      timer = setInterval(() => {
        const after = look();
        const from = before;
        before = after;
        // Where nothing jumped there is nothing to write.
        if (looked(UNKNOWN, from, after) !== UNKNOWN) void this.store.alter<Clock>(CLOCK, (clock) => looked(clock ?? UNKNOWN, from, after)).then(() => this.changed()).then(() => this.nudge());
      }, LOOK_MS);
      await new Promise<void>((resolve) => (release = resolve));
    };
    void locked(CLOCK_LOCK, watch).catch(() => undefined);
    return () => {
      over = true;
      clearInterval(timer);
      release();
    };
  }
}

export const useStation = (station: Station): StationState => useSyncExternalStore(station.subscribe, station.now);
