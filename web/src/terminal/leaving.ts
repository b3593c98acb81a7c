/** What would be lost if the browser forgot this site: signing out makes it do so. */
import { IndexedStore, NAME } from './queue/indexed';

/** Entries of terminals on this device that the server does not have. */
export async function entriesHere(): Promise<number> {
  if (typeof indexedDB === 'undefined') return 0;
  // Looking must not make the database where there is none.
  const there = await indexedDB.databases?.().catch(() => null);
  if (there && !there.some((one) => one.name === NAME)) return 0;
  return (await new IndexedStore().entries()).filter((entry) => entry.state === 'waiting').length;
}
