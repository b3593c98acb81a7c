/** Stock in groups: by place, by item, by lot. Quantities of different items are never added. */
import type { StockRow } from '../data';

export const GROUPINGS = ['place', 'item', 'lot'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface StockGroup {
  key: string;
  title: string;
  note: string;
  rows: StockRow[];
  /** Where all are of one item. */
  total: { quantity: number; reserved: number; unit: string } | null;
}

const exact = (value: number): number => Number(value.toFixed(6));

export function grouped(rows: readonly StockRow[], by: Grouping): StockGroup[] {
  const groups = new Map<string, StockGroup>();
  for (const row of rows) {
    const [key, title, note] = by === 'place' ? [row.location.id, row.location.code, row.location_name] : by === 'item' ? [row.item.id, row.item.code, row.item_name] : [row.lot?.id ?? '', row.lot?.code ?? '', row.lot ? row.item_name : ''];
    const group = groups.get(key) ?? { key, title, note, rows: [], total: null };
    group.rows.push(row);
    groups.set(key, group);
  }
  const list = [...groups.values()].sort((a, b) => Number(a.key === '') - Number(b.key === '') || a.title.localeCompare(b.title, undefined, { numeric: true }));
  for (const group of list) {
    const first = group.rows[0];
    if (first && group.rows.every((row) => row.item.id === first.item.id)) group.total = { quantity: exact(group.rows.reduce((sum, row) => sum + Number(row.quantity), 0)), reserved: exact(group.rows.reduce((sum, row) => sum + Number(row.reserved), 0)), unit: first.unit };
  }
  return list;
}

export const free = (row: Pick<StockRow, 'quantity' | 'reserved'>): number => exact(Number(row.quantity) - Number(row.reserved));

/** Whole days from `today` (YYYY-MM-DD) until a lot may no longer be used; negative when it is over. */
export const daysLeft = (expiresOn: string, today: string): number => Math.round((Date.parse(`${expiresOn}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000);

/** The day that it is here (YYYY-MM-DD). */
export const dayOf = (now: Date): string => `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}-${String(now.getDate()).padStart(2, '0')}`;
