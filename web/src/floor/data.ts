/** What the pages about orders and jobs ask the server for. Quantities are exact decimals, so texts. */
import { queryOptions } from '@tanstack/react-query';
import { api, askAt, askWhole, idempotencyKey, type Schemas, type Told } from '@/api/client';
import { listAll } from '@/planning/data';

export type Order = Schemas['ManufacturingOrder'];
export type OrderStatus = Order['status'];
export type ProductionOrder = Schemas['ProductionOrder'];
export type Job = Told<Schemas['Job']>;
export type JobStatus = Job['status'];
export type Listed = Told<Schemas['DispatchListed']>;
export type Gantt = Told<Schemas['Gantt']>;
export type GanttLine = Told<Schemas['GanttLine']>;
export type LateOrder = Told<Schemas['LateOrder']>;
export type PlannedJob = Told<Schemas['PlannedJob']>;
export type Moved = Told<Schemas['JobMoved']>;
export type Dispatched = Told<Schemas['Dispatched']>;

export const RULES = ['due', 'priority', 'family', 'hand'] as const;
export type Rule = (typeof RULES)[number];

/** Where a job is to stand. */
export interface Target {
  line_id?: string;
  planned_start?: string;
  before_job_id?: string;
}

const once = () => ({ 'Idempotency-Key': idempotencyKey() });

export const move = (jobId: string, to: Target, how: { dry_run?: boolean; anyway?: boolean }): Promise<Moved> => askWhole(api.POST('/api/v1/jobs/{id}/move', { params: { path: { id: jobId }, header: once() }, body: { ...to, ...how } }));
export const dispatch = (plantId: string, rule: Rule, dryRun: boolean): Promise<Dispatched> => askWhole(api.POST('/api/v1/plants/{id}/dispatch', { params: { path: { id: plantId }, header: once() }, body: { rule, dry_run: dryRun } }));

export type OrderVerb = 'release' | 'hold' | 'resume' | 'close' | 'cancel';
const VERBS = {
  release: '/api/v1/manufacturing-orders/{id}/release', hold: '/api/v1/manufacturing-orders/{id}/hold', resume: '/api/v1/manufacturing-orders/{id}/resume', close: '/api/v1/manufacturing-orders/{id}/close', cancel: '/api/v1/manufacturing-orders/{id}/cancel',
} as const;
export const orderVerb = (id: string, verb: OrderVerb, body: Schemas['OrderNote'] = {}): Promise<unknown> => askWhole(api.POST(VERBS[verb] as (typeof VERBS)['hold'], { params: { path: { id }, header: once() }, body }));
export const mergeOrders = (into: string, others: string[]): Promise<unknown> => askWhole(api.POST('/api/v1/manufacturing-orders/{id}/merge', { params: { path: { id: into }, header: once() }, body: { order_ids: others } }));
export const splitOrder = (id: string, quantity: string): Promise<unknown> => askWhole(api.POST('/api/v1/manufacturing-orders/{id}/split', { params: { path: { id }, header: once() }, body: { quantity } }));
export const planOrder = (id: string): Promise<unknown[]> => askWhole(api.POST('/api/v1/production-orders/{id}/plan', { params: { path: { id }, header: once() }, body: {} }));

/** Makes the orders of an approved plan whose days lie between (both included, YYYY-MM-DD). */
export const releaseOrders = (scenarioId: string, asked: { from: string; to: string; release: boolean }): Promise<Told<Schemas['PlanReleased']>> => askWhole(api.POST('/api/v1/scenarios/{id}/release-orders', { params: { path: { id: scenarioId }, header: once() }, body: asked }));

/** Orders that are shown at once at most: a plant has some hundreds that are open. */
const MOST_ORDERS = 500;

export const OPEN: OrderStatus[] = ['planned', 'released', 'running', 'paused', 'completed'];

export const ordersQuery = (plantId: string, statuses: readonly OrderStatus[], q: string) =>
  queryOptions({
    queryKey: ['records', 'manufacturing_order', 'floor', plantId, statuses, q],
    queryFn: async ({ signal }) => {
      const asked = new URLSearchParams({ plant_id: plantId, sort: 'due_at', limit: String(MOST_ORDERS), 'status[in]': statuses.join(','), ...(q ? { q } : {}) });
      return askAt<{ items: Order[]; next_cursor: string | null }>('GET', `/api/v1/manufacturing-orders?${asked}`, { signal });
    },
  });

export const orderQuery = (id: string) => queryOptions({ queryKey: ['records', 'manufacturing_order', 'one', id], queryFn: ({ signal }) => askAt<Order>('GET', `/api/v1/manufacturing-orders/${id}`, { signal }) });

export const productionOrdersQuery = (plantId: string) =>
  queryOptions({ queryKey: ['records', 'production_order', 'floor', plantId], queryFn: ({ signal }) => listAll<ProductionOrder>('production-orders', { plant_id: plantId, sort: 'due_at', 'status[in]': 'open' }, signal) });

export const jobsOfOrderQuery = (plantId: string, orderId: string) =>
  queryOptions({
    queryKey: ['jobs', 'order', orderId],
    queryFn: async ({ signal }) => (await listAll<Job>('jobs', { plant_id: plantId, manufacturing_order_id: orderId }, signal)).filter((job) => job.manufacturing_order_id === orderId).sort((a, b) => a.number - b.number || a.part - b.part),
  });

export const dispatchListQuery = (lineId: string, rule: Rule | '') =>
  queryOptions({
    queryKey: ['jobs', 'dispatch', lineId, rule],
    queryFn: ({ signal }) => askWhole(api.GET('/api/v1/lines/{id}/dispatch-list', { params: { path: { id: lineId }, query: rule ? { rule } : {} }, signal })),
    enabled: lineId !== '',
  });

export const ganttQuery = (plantId: string, from: string, to: string) =>
  queryOptions({ queryKey: ['jobs', 'gantt', plantId, from, to], queryFn: ({ signal }) => askWhole(api.GET('/api/v1/plants/{id}/gantt', { params: { path: { id: plantId }, query: { from, to } }, signal })), placeholderData: (before) => before });

export type LineRecord = Schemas['Line'];

export const linesQuery = (plantId: string) => queryOptions({ queryKey: ['plant', plantId, 'lines'], queryFn: ({ signal }) => listAll<LineRecord>('lines', { plant_id: plantId, sort: 'name' }, signal), staleTime: 60_000 });

export type JobReport = Told<Schemas['JobReport']>;
/** What was reported on a job, the newest first. */
export const reportsQuery = (jobId: string) => queryOptions({ queryKey: ['jobs', 'reports', jobId], queryFn: ({ signal }) => askWhole(api.GET('/api/v1/jobs/{id}/report', { params: { path: { id: jobId } }, signal })) });
export const correctReport = (jobId: string, body: Schemas['NewJobReport']): Promise<unknown> => askWhole(api.POST('/api/v1/jobs/{id}/report', { params: { path: { id: jobId }, header: once() }, body }));

/** What goes into an order, with what is there for it; what is promised only where the stock may be seen. An item that stands there twice is looked at as one. */
export const materialQuery = (orderId: string, seesStock: boolean) =>
  queryOptions({
    queryKey: ['jobs', 'material', orderId, seesStock],
    queryFn: async ({ signal }) => {
      const path = { params: { path: { id: orderId } }, signal };
      const [components, available, promises] = await Promise.all([
        askWhole(api.GET('/api/v1/manufacturing-orders/{id}/components', path)),
        askWhole(api.GET('/api/v1/manufacturing-orders/{id}/availability', path)),
        seesStock ? listAll<{ id: string; item: { id: string }; quantity: string }>('stock/reservations', { order_id: orderId }, signal) : [],
      ]);
      const seen = new Set<string>();
      const rows = components.map((one) => {
        const isFirst = one.kind === 'input' && !seen.has(one.item_id);
        seen.add(one.item_id);
        const standing = available.find((other) => other.item_id === one.item_id);
        const promised = isFirst ? promises.filter((other) => other.item.id === one.item_id).reduce((sum, other) => sum + Number(other.quantity), 0) : 0;
        const [quantity, moved] = [Number(one.quantity), Number(one.moved)];
        return { ...one, quantity, moved, left: Math.max(0, Number((quantity - moved).toFixed(6))), promised, available: Number(standing?.available ?? 0), short: isFirst ? Number(standing?.short ?? 0) : 0 };
      });
      return { rows };
    },
  });
export const promiseMaterial = (plantId: string, orderId: string, needs: { item_id: string; quantity: string }[]): Promise<Told<Schemas['Available']>[]> => askWhole(api.POST('/api/v1/stock/reserve', { params: { header: once() }, body: { plant_id: plantId, order_id: orderId, needs } }));
export const freeMaterial = (plantId: string, orderId: string): Promise<unknown> => askWhole(api.POST('/api/v1/stock/unreserve', { params: { header: once() }, body: { plant_id: plantId, order_id: orderId } }));

/** An entry of a terminal that was not taken, for a supervisor. */
export type Conflict = Told<Schemas['RefusedAction']>;
export const conflictsOf = (terminalId: string): Promise<Conflict[]> => askWhole(api.GET('/api/v1/terminals/{id}/conflicts', { params: { path: { id: terminalId } } }));
export const settleConflict = (terminalId: string, body: Schemas['TerminalResolve']): Promise<unknown> => askWhole(api.POST('/api/v1/terminals/{id}/conflicts/resolve', { params: { path: { id: terminalId }, header: once() }, body }));

export const jobLabel = (job: Pick<Job, 'order_code' | 'number' | 'part'>): string => `${job.order_code} / ${job.number}${job.part > 1 ? `.${job.part}` : ''}`;
