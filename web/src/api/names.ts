/**
 * What colleagues and programs are called. Everything that a page shows is asked for at once, and each name once.
 *
 * **Invariant:** a page that shows a hundred entries of history asks once, not a hundred times.
 */
import { useSyncExternalStore } from 'react';
import { api, ask } from './client';

/** At once at most: addresses longer than 8 KiB do not pass everywhere. */
const MOST = 100;
/** What is shown in the same moment is asked for together (ms). */
const TOGETHER_MS = 15;
/** What could not be asked is asked again after so long (ms), when it is shown. */
const AGAIN_MS = 30_000;

interface Known {
  /** Null where nobody is known by it, or the answer is still to come. */
  name: string | null;
  /** When it may be asked again (ms since 1970). */
  until: number;
}

type Asking = (of: string[]) => Promise<{ who: string; name: string }[]>;

/** Knows names; learns those that it is asked for. */
export class Names {
  private readonly known = new Map<string, Known>();
  private readonly listeners = new Set<() => void>();
  private waiting: string[] = [];
  private version = 0;

  constructor(
    private readonly asking: Asking,
    private readonly after: (work: () => void) => void,
    private readonly now: () => number = Date.now,
  ) {}

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  readonly changes = (): number => this.version;

  /** The name behind `user:…` or `key:…`; null while it is asked for, and where it is not known. */
  readonly of = (who: string): string | null => {
    const before = this.known.get(who);
    if (before && before.until > this.now()) return before.name;
    this.known.set(who, { name: null, until: Infinity });
    if (this.waiting.length === 0) this.after(() => this.learn());
    this.waiting.push(who);
    return null;
  };

  private learn(): void {
    const these = this.waiting;
    this.waiting = [];
    for (let at = 0; at < these.length; at += MOST) void this.some(these.slice(at, at + MOST));
  }

  private async some(of: string[]): Promise<void> {
    try {
      for (const { who, name } of await this.asking(of)) this.known.set(who, { name, until: Infinity });
    } catch {
      // A name is no reason for a page to fail: the end of the identifier stands in its place.
      for (const who of of) this.known.set(who, { name: null, until: this.now() + AGAIN_MS });
    }
    this.version += 1;
    for (const listener of this.listeners) listener();
  }
}

const names = new Names((of) => ask(api.GET('/api/v1/people/names', { params: { query: { of: of.join(',') } } })), (work) => setTimeout(work, TOGETHER_MS));

/** Names by `user:…` and `key:…`; what is shown with it is drawn again once more of them are known. */
export function useNames(): (who: string) => string | null {
  useSyncExternalStore(names.subscribe, names.changes);
  return names.of;
}
