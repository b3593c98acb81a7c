/** What boards and figures ask the server for. */
import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { askAt, idempotencyKey } from '@/api/client';
import { useStreamOpen } from '@/api/live';
import { useLive } from '@/planning/live';
import type { Range } from './model/range';

/** Key figures of ISO 22400-2 in percent; null where there is nothing to divide by. */
export interface Figures {
  oee_pct: number | null;
  availability_pct: number | null;
  effectiveness_pct: number | null;
  quality_pct: number | null;
  nee_pct: number | null;
  allocation_efficiency_pct: number | null;
  utilization_efficiency_pct: number | null;
  technical_efficiency_pct: number | null;
  setup_pct: number | null;
  scrap_pct: number | null;
  rework_pct: number | null;
  first_pass_yield_pct: number | null;
  worker_efficiency_pct: number | null;
  mtbf_s: number | null;
  mttf_s: number | null;
  mttr_s: number | null;
  pieces_per_hour: number | null;
}

/** Elements of the time model (s). */
export interface Times {
  planned_operation_s: number;
  planned_busy_s: number;
  production_s: number;
  setup_s: number;
  delay_s: number;
  failure_s: number;
  down_s: number;
  unreported_s: number;
  planned_down_s: number;
  micro_stop_s: number;
  stops: number;
  micro_stops: number;
  failures: number;
}

export interface Quantities {
  produced: number;
  good: number;
  scrapped: number;
  reworked: number;
  counted: number;
}

export interface KpiRow {
  id: string | null;
  name: string;
  day: string | null;
  from: string | null;
  to: string | null;
  figures: Figures;
  times: Times;
  quantities: Quantities;
}

export interface PlanActual {
  scenario_id: string;
  scenario: string;
  planned: number;
  actual: number;
  attainment_pct: number | null;
  planned_hours: number;
  actual_hours: number;
  rows: { id: string; name: string; planned: number; actual: number; attainment_pct: number | null }[];
}

export interface Kpis {
  plant_id: string;
  from: string;
  to: string;
  by: By;
  total: KpiRow;
  rows: KpiRow[];
  orders: { orders: number; completed: number; on_time: number; overdue: number; on_time_delivery_pct: number | null; lead_time_s: number | null; throughput_per_h: number | null };
  plan: PlanActual | null;
}

export const BYS = ['line', 'area', 'shift', 'item', 'order', 'hour', 'day'] as const;
export type By = (typeof BYS)[number];

export interface Loss {
  id: string | null;
  name: string;
  path: string[];
  planned: boolean;
  time_class: string | null;
  duration_s: number;
  stops: number;
  share_pct: number | null;
  cumulative_pct: number | null;
}

export interface Downtime {
  from: string;
  to: string;
  by: LossBy;
  total_s: number;
  stops: number;
  items: Loss[];
}

export const LOSS_BYS = ['reason', 'group', 'line', 'area', 'class'] as const;
export type LossBy = (typeof LOSS_BYS)[number];

export interface BoardJob {
  id: string;
  manufacturing_order_id: string;
  order_code: string;
  item_code: string;
  item: string;
  name: string;
  status: string;
  quantity: number;
  good: number;
  scrapped: number;
  reworked: number;
  progress_pct: number | null;
  started_at: string | null;
  planned_end: string | null;
  due_at: string;
  late: boolean;
}

export interface BoardCall {
  id: string;
  kind: string;
  text: string | null;
  called_at: string;
  acknowledged_at: string | null;
  level: number;
}

export interface LineCard {
  line_id: string;
  line: string;
  area_id: string;
  area: string;
  state: string | null;
  state_id: string | null;
  state_since: string | null;
  time_class: string | null;
  reason_id: string | null;
  reason: string | null;
  shift: { id: string | null; name: string; day: string; from: string; to: string } | null;
  job: BoardJob | null;
  figures: Figures;
  times: Times;
  quantities: Quantities;
  counted_at: string | null;
  calls: BoardCall[];
}

export interface PlantBoard {
  plant_id: string;
  plant: string;
  at: string;
  total: KpiRow;
  states: Record<string, number>;
  calls_waiting: number;
  lines: LineCard[];
}

export interface StateSpan {
  id: string;
  line_id: string;
  started_at: string;
  ended_at: string | null;
  state: string;
  time_class: string;
  reason: string | null;
  micro: boolean;
  order_code: string | null;
}

export interface LineBoardData {
  at: string;
  card: LineCard;
  from: string;
  states: StateSpan[];
  hours: KpiRow[];
  losses: Loss[];
  next: BoardJob[];
  plan: PlanActual | null;
}

export interface OrderProgress {
  id: string;
  code: string;
  item_code: string;
  item: string;
  status: string;
  priority: number;
  quantity: number;
  good: number;
  scrapped: number;
  finished_pct: number | null;
  work_pct: number | null;
  expected_at: string | null;
  due_at: string;
  late: boolean;
  jobs: { id: string; number: number; name: string; line: string | null; status: string; quantity: number; good: number; progress_pct: number | null }[];
}

export interface ShiftReport {
  plant: string;
  time_zone: string;
  shift: string;
  day: string;
  from: string;
  to: string;
  ended: boolean;
  total: KpiRow;
  lines: KpiRow[];
  losses: Loss[];
  scrap: { reason: string | null; item: string; scrapped: number; reworked: number }[];
  orders: { code: string; item: string; good: number; scrapped: number; finished: number; quantity: number; due_at: string; status: string }[];
  calls: { line: string; kind: string; text: string | null; called_at: string; answered_after_s: number | null; settled_after_s: number | null }[];
  notes: { category: string; text: string; done: boolean }[];
}

const KEY = 'floor';

export const kpisQuery = (plantId: string, range: Range, by: By, line: string) =>
  queryOptions({
    queryKey: [KEY, 'kpis', plantId, range, by, line],
    queryFn: ({ signal }) => askAt<Kpis>('GET', `/api/v1/plants/${plantId}/kpis?${new URLSearchParams({ from: range.from, to: range.to, by, ...(line ? { line_id: line } : {}) })}`, { signal }),
    placeholderData: (before) => before,
  });

export const downtimeQuery = (plantId: string, range: Range, by: LossBy, line: string, planned: boolean) =>
  queryOptions({
    queryKey: [KEY, 'downtime', plantId, range, by, line, planned],
    queryFn: ({ signal }) => askAt<Downtime>('GET', `/api/v1/plants/${plantId}/downtime?${new URLSearchParams({ from: range.from, to: range.to, by, ...(line ? { line_id: line } : {}), ...(planned ? { planned: 'true' } : {}) })}`, { signal }),
    placeholderData: (before) => before,
  });

export const plantBoardQuery = (plantId: string) => queryOptions({ queryKey: [KEY, 'board', plantId], queryFn: ({ signal }) => askAt<PlantBoard>('GET', `/api/v1/plants/${plantId}/board`, { signal }) });
export const lineBoardQuery = (lineId: string) => queryOptions({ queryKey: [KEY, 'line-board', lineId], queryFn: ({ signal }) => askAt<LineBoardData>('GET', `/api/v1/lines/${lineId}/board`, { signal }) });
export const progressQuery = (plantId: string) => queryOptions({ queryKey: [KEY, 'progress', plantId], queryFn: async ({ signal }) => (await askAt<{ items: OrderProgress[] }>('GET', `/api/v1/orders/progress?plant_id=${plantId}&limit=200`, { signal })).items });
export const shiftReportQuery = (plantId: string, date: string, shift: string) =>
  queryOptions({ queryKey: [KEY, 'shift-report', plantId, date, shift], queryFn: ({ signal }) => askAt<ShiftReport>('GET', `/api/v1/plants/${plantId}/shift-report?${new URLSearchParams({ ...(date ? { date } : {}), ...(shift ? { shift } : {}) })}`, { signal }), retry: false });

export const answerCall = (id: string, verb: 'acknowledge' | 'clear'): Promise<unknown> => askAt('POST', `/api/v1/andon/${id}/${verb}`, { body: {}, headers: { 'Idempotency-Key': idempotencyKey() } });

/** What tells that a figure of the floor may have changed. */
const EVENTS = ['gemba.job.', 'gemba.job_report.', 'gemba.line_state.', 'gemba.line_count.', 'gemba.line.', 'gemba.andon.', 'gemba.andon_call.', 'gemba.manufacturing_order.', 'gemba.terminal.'];
/** Many events are answered once in so long (ms): a board is never older, and a busy floor does not ask more than a server gives. */
const TOGETHER_MS = 4_000;
/** Where nothing is heard, it is asked for so often (ms). */
const DEAF_MS = 5_000;
const QUIET_MS = 20_000;

/** Keeps what a board shows fresh; tells when it was asked for last. */
export function useFresh(): Date {
  const cache = useQueryClient();
  const isOpen = useStreamOpen();
  const [at, setAt] = useState(() => new Date());
  const state = useRef<{ last: number; timer: ReturnType<typeof setTimeout> | undefined }>({ last: 0, timer: undefined });
  const ask = () => {
    state.current.timer = undefined;
    state.current.last = Date.now();
    setAt(new Date());
    void cache.invalidateQueries({ queryKey: [KEY] });
  };
  useLive(EVENTS, () => {
    state.current.timer ??= setTimeout(ask, Math.max(150, TOGETHER_MS - (Date.now() - state.current.last)));
  });
  useEffect(() => {
    const every = setInterval(ask, isOpen ? QUIET_MS : DEAF_MS);
    return () => {
      clearInterval(every);
      clearTimeout(state.current.timer);
      state.current.timer = undefined;
    };
  }, [isOpen]);
  return at;
}
