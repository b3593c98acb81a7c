/** The browser's own database as the store of a terminal: it outlives tabs, restarts and updates of the app. */
import type { Entry } from '../model/said';
import type { Store } from './store';

export const NAME = 'gemba.terminal';
const ENTRIES = 'entries';
const KEPT = 'kept';
const LAST = 'last-sequence';

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser kept nothing'));
  });

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(ENTRIES, { keyPath: 'sequence' });
    request.result.createObjectStore(KEPT);
  };
  return done(request);
}

export class IndexedStore implements Store {
  private opened: Promise<IDBDatabase> | null = null;

  private database(): Promise<IDBDatabase> {
    this.opened ??= open().then((database) => {
      // Another version of the app, in another tab, wants to change the database; or the browser cleared it.
      database.onversionchange = () => database.close();
      database.onclose = () => (this.opened = null);
      return database;
    });
    this.opened.catch(() => (this.opened = null));
    return this.opened;
  }

  /** One transaction; its result is there once it is on the disk and not before. */
  private async during<T>(mode: IDBTransactionMode, work: (of: (name: string) => IDBObjectStore) => Promise<T>): Promise<T> {
    const database = await this.database();
    const transaction = database.transaction([ENTRIES, KEPT], mode, { durability: mode === 'readwrite' ? 'strict' : 'default' });
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('the browser has no room left'));
      transaction.onerror = () => reject(transaction.error ?? new Error('the browser kept nothing'));
    });
    ended.catch(() => undefined);
    try {
      const result = await work((name) => transaction.objectStore(name));
      await ended;
      return result;
    } catch (error) {
      try {
        transaction.abort();
      } catch {
        // It has ended already.
      }
      throw error;
    }
  }

  entries(): Promise<Entry[]> {
    return this.during('readonly', (of) => done(of(ENTRIES).getAll() as IDBRequest<Entry[]>));
  }

  add(make: (sequence: number) => Entry): Promise<Entry> {
    return this.during('readwrite', async (of) => {
      const before = (await done(of(KEPT).get(LAST))) as number | undefined;
      const entry = make((before ?? 0) + 1);
      await done(of(KEPT).put(entry.sequence, LAST));
      await done(of(ENTRIES).add(entry));
      return entry;
    });
  }

  rewrite(change: (entry: Entry) => Entry | null, also: Record<string, unknown> = {}): Promise<boolean> {
    return this.during('readwrite', async (of) => {
      let changed = false;
      for (const before of await done(of(ENTRIES).getAll() as IDBRequest<Entry[]>)) {
        const after = change(structuredClone(before));
        if (after === null) await done(of(ENTRIES).delete(before.sequence));
        else if (JSON.stringify(after) !== JSON.stringify(before)) await done(of(ENTRIES).put(after));
        else continue;
        changed = true;
      }
      for (const [key, value] of Object.entries(also)) await done(of(KEPT).put(value, key));
      return changed;
    });
  }

  read<T>(key: string): Promise<T | undefined> {
    return this.during('readonly', (of) => done(of(KEPT).get(key) as IDBRequest<T | undefined>));
  }

  alter<T>(key: string, change: (before: T | undefined) => T): Promise<T> {
    return this.during('readwrite', async (of) => {
      const after = change((await done(of(KEPT).get(key))) as T | undefined);
      await done(of(KEPT).put(after, key));
      return after;
    });
  }

  async write(key: string, value: unknown): Promise<void> {
    await this.during('readwrite', (of) => done(of(KEPT).put(value, key)));
  }

  async forget(key: string): Promise<void> {
    await this.during('readwrite', (of) => done(of(KEPT).delete(key)));
  }

  keys(prefix: string): Promise<string[]> {
    return this.during('readonly', async (of) => ((await done(of(KEPT).getAllKeys(IDBKeyRange.bound(prefix, `${prefix}\uffff`)))) as string[]).map(String));
  }
}
