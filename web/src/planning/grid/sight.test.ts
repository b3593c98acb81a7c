import { describe, expect, it } from 'vitest';
import { inSight, most, scrollFor, type Room, type Shape } from './sight';

const edges = (...widths: number[]) => widths.reduce((all, width) => [...all, all.at(-1)! + width], [0]);
const shape = (changes: Partial<Shape> = {}): Shape => ({ rows: 1000, rowHeight: 30, edges: edges(...Array.from({ length: 40 }, () => 100)), head: 40, frozen: 200, ...changes });
const room: Room = { width: 800, height: 640 };

describe('what of a grid is drawn', () => {
  it('is all that can be seen and some around it, and nothing that is not there', () => {
    expect(inSight(shape(), room, { top: 0, left: 0 })).toEqual({ top: 0, bottom: 26, left: 0, right: 8 });
    expect(inSight(shape(), room, { top: 3_000, left: 1_050 })).toEqual({ top: 94, bottom: 126, left: 8, right: 19 });
    expect(inSight(shape(), room, { top: 30_000 - 600, left: 3_400 })).toEqual({ top: 974, bottom: 1000, left: 32, right: 40 });
    expect(inSight(shape({ rows: 3 }), room, { top: 0, left: 0 })).toMatchObject({ top: 0, bottom: 3 });
    expect(inSight(shape({ rows: 0, edges: [0] }), room, { top: 0, left: 0 })).toEqual({ top: 0, bottom: 0, left: 0, right: 0 });
    // Rows were filtered away while one was far below.
    expect(inSight(shape({ rows: 5 }), room, { top: 20_000, left: 0 })).toMatchObject({ top: 5, bottom: 5 });
  });

  it('covers every pixel, wherever one is, and never holds more than is used again', () => {
    const wide = shape({ edges: edges(96, 140, ...Array.from({ length: 50 }, (_, at) => 98 + (at % 3) * 30)) });
    const pool = most(wide, room);
    for (let top = 0; top <= 29_400; top += 173) {
      for (let left = 0; left <= (wide.edges.at(-1) ?? 0) - 600; left += 211) {
        const seen = inSight(wide, room, { top, left });
        const edge = (at: number) => wide.edges[at] ?? NaN;
        const isCovered = seen.top * 30 <= top && seen.bottom * 30 >= Math.min(top + 600, 30_000) && edge(seen.left) <= left && edge(seen.right) >= left + 600;
        const isHeld = seen.bottom - seen.top <= pool.rows && seen.right - seen.left <= pool.columns;
        if (!isCovered || !isHeld) expect.fail(`${top}/${left}: ${JSON.stringify(seen)} of ${JSON.stringify(pool)}`);
      }
    }
  });

  it('a cell is brought into sight by the least that does it, and not at all where it is', () => {
    const here = { top: 3_000, left: 1_000 };
    expect(scrollFor(shape(), room, here, 105, 12)).toEqual(here);
    expect(scrollFor(shape(), room, here, 99, 9)).toEqual({ top: 2_970, left: 900 });
    expect(scrollFor(shape(), room, here, 120, 16)).toEqual({ top: 3_030, left: 1_100 });
    expect(scrollFor(shape(), room, here, 105, null)).toEqual(here);
  });
});
