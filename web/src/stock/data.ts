/** What the pages about materials ask the server for. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, askAt, askWhole, idempotencyKey, type Schemas, type Told } from '@/api/client';

export type Named = Schemas['Named'];
/** What lies at one place, of one lot or serial. Quantities are exact decimals, so texts. */
export type StockRow = Told<Schemas['Stock']>;
export type StockStatus = StockRow['status'];
export type MovementRow = Told<Schemas['MovementLine']>;
export type Reconciled = Told<Schemas['Reconciled']>;
export type TraceNode = Told<Omit<Schemas['TraceNode'], 'kind'>> & { kind: 'lot' | 'serial' };
export type TraceLink = Told<Schemas['TraceLink']>;
export type Direction = Schemas['Direction'];
export type Trace = Omit<Told<Schemas['Trace']>, 'nodes'> & { nodes: TraceNode[] };
type RecalledFacts = Pick<Told<Schemas['Recalled']>, 'in_stock' | 'locations' | 'gone_out' | 'gone_out_at' | 'gone_out_reference' | 'scrapped' | 'customer' | 'line' | 'made_at' | 'manufacturing_order' | 'manufacturing_order_id'>;
export type Recalled = TraceNode & RecalledFacts;
export type Recall = Omit<Told<Schemas['Recall']>, 'items'> & { items: Recalled[] };
export type HeldCount = Told<Schemas['HeldCount']>;
export type HeldLine = HeldCount['lines'][number];
/** What a code is: nothing, one thing, or several that are called so. */
export type Found = Told<Schemas['Found']>;

/** A verb of stock; which members it takes is its form's to know. */
export const verb = <T = unknown>(name: string, body: Record<string, unknown>): Promise<T> => askAt<T>('POST', `/api/v1/stock/${name}`, { body, headers: { 'Idempotency-Key': idempotencyKey() } });

export const pathOf = (kind: 'lot' | 'serial'): string => (kind === 'lot' ? 'lots' : 'serials');

/** Nodes of a trace at once at most. */
const MOST_NODES = 2000;
/** Entries of a recall's page. */
const RECALLED_AT_ONCE = 200;

export const traceQuery = (kind: 'lot' | 'serial', id: string, direction: Direction, depth: number) =>
  queryOptions({
    queryKey: ['stock', 'trace', kind, id, direction, depth],
    queryFn: async ({ signal }) => {
      const asked = { params: { path: { id }, query: { direction, depth, limit: MOST_NODES } }, signal };
      return (await askWhole(kind === 'lot' ? api.GET('/api/v1/lots/{id}/trace', asked) : api.GET('/api/v1/serials/{id}/trace', asked))) as Trace;
    },
    enabled: id !== '',
  });

/** The list of a recall, page by page. */
export const recallQuery = (kind: 'lot' | 'serial', id: string) =>
  infiniteQueryOptions({
    queryKey: ['stock', 'recall', kind, id],
    queryFn: async ({ pageParam, signal }) => {
      const asked = { params: { path: { id }, query: { limit: RECALLED_AT_ONCE, ...(pageParam ? { cursor: pageParam } : {}) } }, signal };
      return (await askWhole(kind === 'lot' ? api.GET('/api/v1/lots/{id}/recall', asked) : api.GET('/api/v1/serials/{id}/recall', asked))) as Recall;
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor,
  });

export const reconcileQuery = (plantId: string) =>
  queryOptions({ queryKey: ['stock', 'reconcile', plantId], queryFn: ({ signal }) => askWhole(api.GET('/api/v1/stock/reconcile', { params: { query: { plant_id: plantId } }, signal })), enabled: false });

/** What this code is at the plant. */
export const scan = async (plantId: string, code: string): Promise<Found[]> => (await askWhole(api.GET('/api/v1/scan', { params: { query: { code, plant_id: plantId } } }))).found;
