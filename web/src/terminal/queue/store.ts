/**
 * Where a terminal keeps what was said until the server has it. Two are there: the browser's database, and memory for tests.
 *
 * **Invariant:** each call is one transaction, over all tabs of the device: what it promised is there after the tab was killed, and never half.
 */
import type { Entry } from '../model/said';

export interface Store {
  /** All entries, by their sequence. */
  entries: () => Promise<Entry[]>;
  /** Keeps a new entry under the next number of this device. */
  add: (make: (sequence: number) => Entry) => Promise<Entry>;
  /** Changes entries (null removes one), and with them what else is kept. Answers whether anything changed. */
  rewrite: (change: (entry: Entry) => Entry | null, also?: Record<string, unknown>) => Promise<boolean>;
  read: <T>(key: string) => Promise<T | undefined>;
  /** Changes something that is kept; answers what it is then. */
  alter: <T>(key: string, change: (before: T | undefined) => T) => Promise<T>;
  write: (key: string, value: unknown) => Promise<void>;
  forget: (key: string) => Promise<void>;
  /** Names under which something is kept that begin so. */
  keys: (prefix: string) => Promise<string[]>;
}
