/** What boards and figures ask the server for. */
import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, askWhole, idempotencyKey, type Schemas, type Told } from '@/api/client';
import { useStreamOpen } from '@/api/live';
import { useLive } from '@/planning/live';
import type { Range } from './model/range';

/** Key figures of ISO 22400-2 in percent; null where there is nothing to divide by. */
export type Figures = Told<Schemas['KpiFigures']>;
/** Elements of the time model (s). */
export type Times = Told<Schemas['KpiTimes']>;
export type Quantities = Told<Schemas['KpiQuantities']>;
export type KpiRow = Told<Schemas['KpiRow']>;
export type PlanActual = Told<Schemas['PlanActual']>;
export type Kpis = Told<Schemas['Kpis']>;
export type Loss = Told<Schemas['Loss']>;
export type Downtime = Told<Schemas['Downtime']>;
export type BoardJob = Told<Schemas['BoardJob']>;
export type BoardCall = Told<Schemas['BoardCall']>;
export type LineCard = Told<Schemas['LineCard']>;
export type PlantBoard = Told<Schemas['PlantBoard']>;
export type StateSpan = Told<Schemas['LineState']>;
export type LineBoardData = Told<Schemas['LineBoard']>;
export type OrderProgress = Told<Schemas['OrderProgress']>;
export type ShiftReport = Told<Schemas['ShiftReport']>;

export const BYS = ['line', 'area', 'shift', 'item', 'order', 'hour', 'day'] as const;
export type By = (typeof BYS)[number];

export const LOSS_BYS = ['reason', 'group', 'line', 'area', 'class'] as const;
export type LossBy = (typeof LOSS_BYS)[number];

const KEY = 'floor';

export const kpisQuery = (plantId: string, { from, to }: Range, by: By, line: string) =>
  queryOptions({
    queryKey: [KEY, 'kpis', plantId, from, to, by, line],
    queryFn: ({ signal }) => askWhole(api.GET('/api/v1/plants/{id}/kpis', { params: { path: { id: plantId }, query: { from, to, by, ...(line ? { line_id: line } : {}) } }, signal })),
    placeholderData: (before) => before,
  });

export const downtimeQuery = (plantId: string, { from, to }: Range, by: LossBy, line: string, planned: boolean) =>
  queryOptions({
    queryKey: [KEY, 'downtime', plantId, from, to, by, line, planned],
    queryFn: ({ signal }) => askWhole(api.GET('/api/v1/plants/{id}/downtime', { params: { path: { id: plantId }, query: { from, to, by, ...(line ? { line_id: line } : {}), ...(planned ? { planned } : {}) } }, signal })),
    placeholderData: (before) => before,
  });

/** Orders of the page of progress at most. */
const MOST_ORDERS = 200;

export const plantBoardQuery = (plantId: string) => queryOptions({ queryKey: [KEY, 'board', plantId], queryFn: ({ signal }) => askWhole(api.GET('/api/v1/plants/{id}/board', { params: { path: { id: plantId } }, signal })) });
export const lineBoardQuery = (lineId: string) => queryOptions({ queryKey: [KEY, 'line-board', lineId], queryFn: ({ signal }) => askWhole(api.GET('/api/v1/lines/{id}/board', { params: { path: { id: lineId } }, signal })) });
export const progressQuery = (plantId: string) => queryOptions({ queryKey: [KEY, 'progress', plantId], queryFn: async ({ signal }) => (await askWhole(api.GET('/api/v1/orders/progress', { params: { query: { plant_id: plantId, limit: MOST_ORDERS } }, signal }))).items });
export const shiftReportQuery = (plantId: string, date: string, shift: string) =>
  queryOptions({
    queryKey: [KEY, 'shift-report', plantId, date, shift],
    queryFn: ({ signal }) => askWhole(api.GET('/api/v1/plants/{id}/shift-report', { params: { path: { id: plantId }, query: { ...(date ? { date } : {}), ...(shift ? { shift } : {}) } }, signal })),
    retry: false,
  });

export const answerCall = (id: string, verb: 'acknowledge' | 'clear'): Promise<unknown> => {
  const asked = { params: { path: { id }, header: { 'Idempotency-Key': idempotencyKey() } } };
  return verb === 'clear' ? askWhole(api.POST('/api/v1/andon/{id}/clear', asked)) : askWhole(api.POST('/api/v1/andon/{id}/acknowledge', asked));
};

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
