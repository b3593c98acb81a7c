import { describe, expect, it } from 'vitest';
import type { Gantt, Job } from '../data';
import { backOf, dropped, HOUR, reordered, ROW, rowsOf, STEP, ticksOf, xOf, ZOOMS, type Zoom } from './gantt';

const at = (hour: number): string => new Date(Date.UTC(2026, 10, 2, 0, 0) + hour * HOUR).toISOString();
const job = (id: string, from: number | null, to: number | null, changes: Partial<Job> = {}): Job => ({
  id, batch_id: null, line_fixed: false, lot_code: null, setup_started_at: null, plant_id: 'p', manufacturing_order_id: 'm', order_code: 'M', order_status: 'released', item: { id: 'i', code: 'i', name: 'i', unit: 'pcs', tracking: 'none' }, number: 10, part: 1, name: 'Place', area_id: 'a', equipment: null, equipment_id: null, program: null, line_id: 'l1', sequence: null, status: 'ready', quantity: '100', good: '25',
  scrapped: '0', reworked: '0', cycle_time_s: 10, setup_min: 0, pinned_start: null, planned_start: from === null ? null : at(from), planned_end: to === null ? null : at(to), started_at: null, ended_at: null, due_at: at(100), priority: 50, family: null, version: 1, ...changes,
});
const gantt = (...lines: Job[][]): Gantt => ({ from: at(0), to: at(48), now: at(6), unplanned: [], lines: lines.map((jobs, index) => ({ id: `l${index + 1}`, name: `L${index + 1}`, area_id: 'a', area: 'A', working: [], jobs })) });

describe('gantt', () => {
  it('bars of one lane never lie on each other, and every job with a time has one', () => {
    const jobs = Array.from({ length: 40 }, (_, index) => job(`j${index}`, (index * 7) % 31, ((index * 7) % 31) + 1 + (index % 5)));
    const [row] = rowsOf(gantt(jobs));
    expect(row?.bars).toHaveLength(40);
    for (const one of row?.bars ?? []) for (const other of row?.bars ?? []) if (one !== other && one.lane === other.lane) expect(one.to <= other.from || other.to <= one.from).toBe(true);
    expect(row?.height).toBe(ROW * (row?.lanes ?? 0));
  });

  it('rows stand below each other, a row without jobs too', () => {
    const rows = rowsOf(gantt([job('a', 1, 3), job('b', 2, 4)], [], [job('c', 1, 2)]));
    expect(rows.map((row) => [row.y, row.height])).toEqual([[0, 2 * ROW], [2 * ROW, ROW], [3 * ROW, ROW]]);
  });

  it('what really began counts before what was planned; what has no time is not drawn', () => {
    const [row] = rowsOf(gantt([job('a', 1, 3, { started_at: at(2) }), job('b', null, null)]));
    expect(row?.bars.map((bar) => [bar.job.id, bar.from, bar.share])).toEqual([['a', Date.parse(at(2)), 0.25]]);
  });

  it('what ends after it is due is late', () => {
    const [row] = rowsOf(gantt([job('a', 1, 3, { due_at: at(2) }), job('b', 4, 5, { due_at: at(5) })]));
    expect(row?.bars.map((bar) => bar.isLate)).toEqual([true, false]);
  });

  it.each(Object.keys(ZOOMS) as Zoom[])('dragging comes to rest on whole steps, at the line below the pointer (%s)', (zoom) => {
    const rows = rowsOf(gantt([job('a', 1, 3)], []));
    const [own] = rows;
    const bar = own!.bars[0]!;
    for (let dx = -200; dx <= 200; dx += 17) {
      const target = dropped(bar, own!, rows, dx, ROW, zoom);
      expect(target?.line_id).toBe('l2');
      expect(Date.parse(target?.planned_start ?? '') % STEP).toBe(0);
      expect(Math.abs(Date.parse(target?.planned_start ?? '') - (bar.from + (dx / ZOOMS[zoom]) * HOUR))).toBeLessThanOrEqual(STEP / 2);
    }
  });

  it('a bar that was only touched does not move, and one dropped outside stays at its line', () => {
    const rows = rowsOf(gantt([job('a', 1, 3)]));
    const own = rows[0]!;
    expect(dropped(own.bars[0]!, own, rows, 0, 0, 'shift')).toBeNull();
    expect(dropped(own.bars[0]!, own, rows, 0, 999, 'shift')).toBeNull();
    expect(dropped(own.bars[0]!, own, rows, ZOOMS.shift, 999, 'shift')).toEqual({ line_id: 'l1', planned_start: at(2) });
  });

  it('a move is taken back to where the job was', () => {
    expect(backOf(job('a', 1, 3))).toEqual({ line_id: 'l1', planned_start: at(1) });
    expect(backOf(job('a', null, null))).toBeNull();
  });

  it('places of time grow with it', () => {
    const from = Date.parse(at(0));
    expect([0, 1, 24].map((hour) => xOf(Date.parse(at(hour)), from, 'hour'))).toEqual([0, 48, 1152]);
    const ticks = ticksOf(from, Date.parse(at(72)), 'shift');
    expect(ticks.length).toBe(9);
    expect(ticks.filter((tick) => tick.isDay)).toHaveLength(3);
  });

  it('a job is put before another, or last', () => {
    expect(reordered(['a', 'b', 'c'], 'c', 'a')).toEqual(['c', 'a', 'b']);
    expect(reordered(['a', 'b', 'c'], 'a', null)).toEqual(['b', 'c', 'a']);
    expect(reordered(['a', 'b', 'c'], 'a', 'b')).toBeNull();
    expect(reordered(['a', 'b'], 'a', 'gone')).toBeNull();
  });
});
