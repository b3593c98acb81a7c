/** A store that lasts as long as it is held: what tests use, and a browser that keeps nothing. Tabs share one, as they share a database. */
import type { Entry } from '../model/said';
import type { Store } from './store';

export class MemoryStore implements Store {
  private readonly kept = new Map<string, unknown>();
  private list: Entry[] = [];
  private last = 0;

  entries(): Promise<Entry[]> {
    return Promise.resolve(structuredClone(this.list));
  }

  add(make: (sequence: number) => Entry): Promise<Entry> {
    this.last += 1;
    const entry = structuredClone(make(this.last));
    this.list.push(entry);
    return Promise.resolve(structuredClone(entry));
  }

  rewrite(change: (entry: Entry) => Entry | null, also: Record<string, unknown> = {}): Promise<boolean> {
    let changed = false;
    this.list = this.list.flatMap((before) => {
      const after = change(structuredClone(before));
      changed ||= JSON.stringify(after) !== JSON.stringify(before);
      return after ? [after] : [];
    });
    for (const [key, value] of Object.entries(also)) this.kept.set(key, structuredClone(value));
    return Promise.resolve(changed);
  }

  read<T>(key: string): Promise<T | undefined> {
    return Promise.resolve(structuredClone(this.kept.get(key)) as T | undefined);
  }

  async alter<T>(key: string, change: (before: T | undefined) => T): Promise<T> {
    const after = change(await this.read<T>(key));
    this.kept.set(key, structuredClone(after));
    return after;
  }

  write(key: string, value: unknown): Promise<void> {
    this.kept.set(key, value instanceof Blob ? value : structuredClone(value));
    return Promise.resolve();
  }

  forget(key: string): Promise<void> {
    this.kept.delete(key);
    return Promise.resolve();
  }

  keys(prefix: string): Promise<string[]> {
    return Promise.resolve([...this.kept.keys()].filter((key) => key.startsWith(prefix)).sort());
  }
}
