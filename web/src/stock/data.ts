/** What the pages about materials ask the server for. */
import { queryOptions } from '@tanstack/react-query';
import { askAt, idempotencyKey } from '@/api/client';

export interface Named {
  id: string;
  code: string;
}

export type StockStatus = 'available' | 'blocked' | 'quarantine';

/** What lies at one place, of one lot or serial. Quantities are exact decimals, so texts. */
export interface StockRow {
  id: string;
  plant_id: string;
  item: Named;
  item_name: string;
  unit: string;
  location: Named;
  location_name: string;
  location_type: string;
  lot: Named | null;
  expires_on: string | null;
  serial: Named | null;
  license_plate: Named | null;
  status: StockStatus;
  quantity: string;
  reserved: string;
  updated_at: string;
}

export interface MovementRow {
  id: string;
  document_id: string;
  kind: string;
  at: string;
  item: Named;
  unit: string;
  location: Named;
  lot: Named | null;
  serial: Named | null;
  status: StockStatus;
  quantity: string;
  reason: string | null;
  reference: string | null;
  manufacturing_order_id: string | null;
  actor: string;
}

export interface Reconciled {
  movements: number;
  stocks: number;
  differences: { item_id: string; location_id: string; ledger: string; stock: string; of: string }[];
}

export interface TraceNode {
  id: string;
  kind: 'lot' | 'serial';
  code: string;
  item: Named;
  item_name: string;
  status: string;
  lot: Named | null;
  expires_on: string | null;
  supplier: string | null;
  supplier_lot: string | null;
  level: number;
}

export interface TraceLink {
  child_id: string;
  parent_id: string;
  quantity: string | null;
  at: string | null;
  job_id: string | null;
  manufacturing_order_id: string | null;
  line: Named | null;
  equipment: Named | null;
  operator_id: string | null;
  program: string | null;
}

export type Direction = 'backward' | 'forward';

export interface Trace {
  direction: Direction;
  nodes: TraceNode[];
  links: TraceLink[];
  is_cut: boolean;
}

export interface Recall {
  totals: { lots: number; serials: number; levels: number };
  items: (TraceNode & { in_stock: string; locations: string[] })[];
  next_cursor: string | null;
}

/** What a code is: nothing, one thing, or several that are called so. */
export interface Found {
  /** The kind of record; `job` as well. */
  kind: string;
  id: string;
  plant_id: string | null;
  code: string;
  name: string;
  item: Named | null;
  status: string | null;
}

export const verb = <T = unknown>(name: string, body: Record<string, unknown>): Promise<T> => askAt<T>('POST', `/api/v1/stock/${name}`, { body, headers: { 'Idempotency-Key': idempotencyKey() } });

export const pathOf = (kind: 'lot' | 'serial'): string => (kind === 'lot' ? 'lots' : 'serials');

export const traceQuery = (kind: 'lot' | 'serial', id: string, direction: Direction, depth: number) =>
  queryOptions({
    queryKey: ['stock', 'trace', kind, id, direction, depth],
    queryFn: ({ signal }) => askAt<Trace>('GET', `/api/v1/${pathOf(kind)}/${id}/trace?direction=${direction}&depth=${depth}&limit=2000`, { signal }),
    enabled: id !== '',
  });

export const reconcileQuery = (plantId: string) =>
  queryOptions({ queryKey: ['stock', 'reconcile', plantId], queryFn: ({ signal }) => askAt<Reconciled>('GET', `/api/v1/stock/reconcile?plant_id=${plantId}`, { signal }), enabled: false });

/** What this code is at the plant. */
export const scan = async (plantId: string, code: string): Promise<Found[]> => (await askAt<{ found: Found[] }>('GET', `/api/v1/scan?${new URLSearchParams({ code, plant_id: plantId })}`)).found;
