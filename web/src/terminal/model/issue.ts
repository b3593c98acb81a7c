/** What a scanned code means for the material of a job, as far as this device can tell. */
import { readCode } from './scan';
import type { ComponentFacts } from './work';

export interface Issue {
  /** As it was scanned: the server reads it again. */
  code: string | null;
  itemId: string | null;
  lotId: string | null;
  /** As the code says it; null where somebody has to. */
  quantity: number | null;
  /** Whether nothing here is called so. */
  isUnknown: boolean;
}

export function issueOf(raw: string, components: readonly ComponentFacts[]): Issue {
  const read = readCode(raw);
  const count = read.count && /^\d+$/.test(read.count) ? Number(read.count) : null;
  const lotCode = read.lot ?? read.code;
  const byLot = components.flatMap((one) => one.lots.filter((lot) => lot.code === lotCode).map((lot) => ({ one, lot })));
  // The code of an item beside a lot narrows what is called alike.
  const fits = byLot.find(({ one }) => read.item === undefined || read.item === one.item.code) ?? byLot[0];
  if (fits) return { code: read.code, itemId: fits.one.item.id, lotId: fits.lot.id, quantity: count, isUnknown: false };
  const byItem = components.find((one) => one.item.code === (read.item ?? read.code));
  if (byItem) return { code: read.code, itemId: byItem.item.id, lotId: null, quantity: count, isUnknown: false };
  // Of one component only, it can be meant for nothing else.
  return { code: read.code, itemId: components.length === 1 ? (components[0]?.item.id ?? null) : null, lotId: null, quantity: count, isUnknown: true };
}
