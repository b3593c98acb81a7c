/** What the pages about orders and jobs ask the server for. Quantities are exact decimals, so texts. */
import { queryOptions } from '@tanstack/react-query';
import { askAt, idempotencyKey } from '@/api/client';
import { listAll } from '@/planning/data';

export type OrderStatus = 'planned' | 'released' | 'running' | 'paused' | 'completed' | 'closed' | 'cancelled';
export type JobStatus = 'waiting' | 'ready' | 'setup' | 'running' | 'paused' | 'completed' | 'cancelled';

export interface Order {
  id: string;
  version: number;
  plant_id: string;
  code: string;
  production_order_id: string | null;
  item_id: string;
  quantity: string;
  due_at: string;
  priority: number;
  type: 'make' | 'rework' | 'scrap';
  status: OrderStatus;
  issue_mode: 'backflush' | 'explicit';
  origin_id: string | null;
  lot_code: string | null;
  good: string;
  scrapped: string;
  reworked: string;
  released_at: string | null;
  started_at: string | null;
  completed_at: string | null;
  closed_at: string | null;
  status_note: string | null;
}

export interface ProductionOrder {
  id: string;
  version: number;
  plant_id: string;
  code: string;
  external_id: string | null;
  source: 'manual' | 'plan' | 'erp';
  item_id: string;
  quantity: string;
  due_at: string;
  priority: number;
  status: 'open' | 'closed' | 'cancelled';
}

export interface Job {
  id: string;
  plant_id: string;
  manufacturing_order_id: string;
  order_code: string;
  order_status: OrderStatus;
  item: { id: string; code: string; name: string; unit: string };
  number: number;
  part: number;
  name: string;
  area_id: string;
  line_id: string | null;
  sequence: number | null;
  status: JobStatus;
  quantity: string;
  good: string;
  scrapped: string;
  reworked: string;
  cycle_time_s: number | null;
  setup_min: number | null;
  pinned_start: string | null;
  planned_start: string | null;
  planned_end: string | null;
  started_at: string | null;
  ended_at: string | null;
  due_at: string;
  priority: number;
  family: string | null;
  version: number;
}

export interface Listed extends Job {
  position: number;
  waits_for: string[];
}

export interface GanttLine {
  id: string;
  name: string;
  area_id: string;
  area: string;
  working: { start: string; end: string }[];
  jobs: Job[];
}

export interface Gantt {
  from: string;
  to: string;
  now: string;
  lines: GanttLine[];
  unplanned: Job[];
}

export interface LateOrder {
  manufacturing_order_id: string;
  order_code: string;
  due_at: string;
  ready_at: string;
  late_h: number;
}

export interface PlannedJob {
  job_id: string;
  job: string;
  line_id: string;
  start: string;
  end: string;
  setup_min: number;
}

export interface Moved {
  done: boolean;
  checks: { of: string; ok: boolean; says: string }[];
  planned: PlannedJob | null;
  others: { job_id: string; job: string; from: string | null; to: string | null }[];
  later: LateOrder[];
  in_time: string[];
  says: string;
}

export interface Dispatched {
  rule: Rule;
  kept: boolean;
  jobs: PlannedJob[];
  left_out: { job_id: string; job: string; code: string; says: string }[];
  late: LateOrder[];
}

export const RULES = ['due', 'priority', 'family', 'hand'] as const;
export type Rule = (typeof RULES)[number];

/** Where a job is to stand. */
export interface Target {
  line_id?: string;
  planned_start?: string;
  before_job_id?: string;
}

const post = <T>(path: string, body: unknown = {}): Promise<T> => askAt<T>('POST', path, { body, headers: { 'Idempotency-Key': idempotencyKey() } });

export const move = (jobId: string, to: Target, how: { dry_run?: boolean; anyway?: boolean }): Promise<Moved> => post(`/api/v1/jobs/${jobId}/move`, { ...to, ...how });
export const dispatch = (plantId: string, rule: Rule, dryRun: boolean): Promise<Dispatched> => post(`/api/v1/plants/${plantId}/dispatch`, { rule, dry_run: dryRun });

export type OrderVerb = 'release' | 'hold' | 'resume' | 'close' | 'cancel';
export const orderVerb = (id: string, verb: OrderVerb, body: Record<string, unknown> = {}): Promise<unknown> => post(`/api/v1/manufacturing-orders/${id}/${verb}`, body);
export const mergeOrders = (into: string, others: string[]): Promise<unknown> => post(`/api/v1/manufacturing-orders/${into}/merge`, { order_ids: others });
export const splitOrder = (id: string, quantity: string): Promise<unknown> => post(`/api/v1/manufacturing-orders/${id}/split`, { quantity });
export const planOrder = (id: string): Promise<unknown> => post(`/api/v1/production-orders/${id}/plan`);
export interface PlanReleased {
  created: number;
  unchanged: number;
}

/** Makes the orders of an approved plan whose days lie between (both included, YYYY-MM-DD). */
export const releaseOrders = (scenarioId: string, asked: { from: string; to: string; release: boolean }): Promise<PlanReleased> => post(`/api/v1/scenarios/${scenarioId}/release-orders`, asked);

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

export const dispatchListQuery = (lineId: string, rule: string) =>
  queryOptions({
    queryKey: ['jobs', 'dispatch', lineId, rule],
    queryFn: async ({ signal }) => {
      const answer = await askAt<Listed[] | { items: Listed[] }>('GET', `/api/v1/lines/${lineId}/dispatch-list${rule ? `?rule=${rule}` : ''}`, { signal });
      return Array.isArray(answer) ? answer : answer.items;
    },
    enabled: lineId !== '',
  });

export const ganttQuery = (plantId: string, from: string, to: string) =>
  queryOptions({ queryKey: ['jobs', 'gantt', plantId, from, to], queryFn: ({ signal }) => askAt<Gantt>('GET', `/api/v1/plants/${plantId}/gantt?${new URLSearchParams({ from, to })}`, { signal }), placeholderData: (before) => before });

export interface LineRecord {
  id: string;
  name: string;
  area_id: string;
  active: boolean;
}

export const linesQuery = (plantId: string) => queryOptions({ queryKey: ['plant', plantId, 'lines'], queryFn: ({ signal }) => listAll<LineRecord>('lines', { plant_id: plantId, sort: 'name' }, signal), staleTime: 60_000 });

/** An entry of a terminal that was not taken, for a supervisor. */
export interface Conflict {
  id: string;
  device_id: string;
  kind: string;
  operator: string | null;
  job_id: string | null;
  body: Record<string, unknown> | null;
  at: string;
  rule: string | null;
  says: string | null;
  decision: 'applied' | 'dismissed' | null;
}

export const jobLabel = (job: Pick<Job, 'order_code' | 'number' | 'part'>): string => `${job.order_code} / ${job.number}${job.part > 1 ? `.${job.part}` : ''}`;
