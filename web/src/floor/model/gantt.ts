/**
 * Jobs over time, as they are drawn and dragged.
 *
 * **Invariant:** pure; a job's bar begins where the job does, and what is dropped is told in whole steps of time, so that it can be typed as well.
 */
import type { Gantt, GanttLine, Job, Target } from '../data';

export const HOUR = 3_600_000;
/** What is dragged comes to rest on it (ms). */
export const STEP = 5 * 60_000;
/** Widths of an hour to choose from (px). */
export const ZOOMS = { day: 4, shift: 12, hour: 48 } as const;
export type Zoom = keyof typeof ZOOMS;

export const ROW = 46;

export interface Bar {
  job: Job;
  from: number;
  to: number;
  /** Of several that lie on each other, the one this is drawn in. */
  lane: number;
  isLate: boolean;
  /** What is done of it, 0 to 1. */
  share: number;
}

export interface GanttRow {
  line: GanttLine;
  bars: Bar[];
  lanes: number;
  /** Begins so far below the first (px). */
  y: number;
  height: number;
}

const startOf = (job: Job): string | null => job.started_at ?? job.planned_start;
const endOf = (job: Job): string | null => job.ended_at ?? job.planned_end;

/** Shortest bar that can be seen and taken (ms). */
const SHORTEST = 15 * 60_000;

export function rowsOf(gantt: Gantt): GanttRow[] {
  let y = 0;
  const now = Date.parse(gantt.now);
  return gantt.lines.map((line) => {
    const bars: Bar[] = [];
    const ends: number[] = [];
    const timed = line.jobs.flatMap((job) => {
      const start = startOf(job);
      if (!start) return [];
      const from = Date.parse(start);
      const end = endOf(job);
      // A job that has begun and whose end nobody planned goes on until now at least.
      return [{ job, from, to: Math.max(end ? Date.parse(end) : now, from + SHORTEST) }];
    });
    for (const { job, from, to } of timed.sort((a, b) => a.from - b.from || a.job.id.localeCompare(b.job.id))) {
      const free = ends.findIndex((end) => end <= from);
      const lane = free < 0 ? ends.length : free;
      ends[lane] = to;
      const quantity = Number(job.quantity);
      bars.push({ job, from, to, lane, isLate: to > Date.parse(job.due_at) && job.status !== 'completed', share: quantity > 0 ? Math.min(1, Number(job.good) / quantity) : 0 });
    }
    const lanes = Math.max(1, ends.length);
    const row = { line, bars, lanes, y, height: lanes * ROW };
    y += row.height;
    return row;
  });
}

export const xOf = (at: number, from: number, zoom: Zoom): number => ((at - from) / HOUR) * ZOOMS[zoom];

/** The row at a height. */
export const rowAt = (rows: readonly GanttRow[], y: number): GanttRow | null => rows.find((row) => y >= row.y && y < row.y + row.height) ?? null;

/** Where a bar comes to rest that was dragged so far: its line and its start. Null where nothing changed. */
export function dropped(bar: Bar, own: GanttRow, rows: readonly GanttRow[], dx: number, dy: number, zoom: Zoom): Target | null {
  const row = rowAt(rows, own.y + bar.lane * ROW + ROW / 2 + dy) ?? own;
  const moved = Math.round(((dx / ZOOMS[zoom]) * HOUR) / STEP) * STEP;
  const start = Math.round((bar.from + moved) / STEP) * STEP;
  const isSameLine = row.line.id === own.line.id;
  if (isSameLine && moved === 0) return null;
  return { line_id: row.line.id, planned_start: new Date(start).toISOString() };
}

/** What takes a move back: where the job was. */
export function backOf(job: Job): Target | null {
  const start = job.pinned_start ?? job.planned_start;
  return job.line_id && start ? { line_id: job.line_id, planned_start: start } : null;
}

/** Days (or hours, when they are wide) between the ends, each with its place. */
export function ticksOf(from: number, to: number, zoom: Zoom): { at: number; isDay: boolean }[] {
  const ticks: { at: number; isDay: boolean }[] = [];
  const every = zoom === 'day' ? 24 : zoom === 'shift' ? 8 : 2;
  const first = new Date(from);
  first.setHours(0, 0, 0, 0);
  for (const at = first; at.getTime() < to; at.setHours(at.getHours() + every)) if (at.getTime() >= from) ticks.push({ at: at.getTime(), isDay: at.getHours() === 0 });
  return ticks;
}

/** The order of a line after one job was put before another (or last), as identifiers; null where it stays. */
export function reordered(ids: readonly string[], id: string, before: string | null): string[] | null {
  const rest = ids.filter((one) => one !== id);
  const at = before === null ? rest.length : rest.indexOf(before);
  if (at < 0) return null;
  const next = [...rest.slice(0, at), id, ...rest.slice(at)];
  return next.every((one, index) => one === ids[index]) ? null : next;
}
