import { describe, expect, it } from 'vitest';
import type { PlanDocument } from '@/planning/model/document';
import { aligned, around, arranged, beneath, completed, connected, disconnected, LINE, moved, routed, type Drawing } from './drawing';
import { loadsOf } from './loads';
import { drawingOf, EMPTY, recordOf, type LayoutRecord } from './record';
import { toSvg } from './svg';

const areas = [{ id: 'a', name: 'A', sequence: 1 }, { id: 'b', name: 'B', sequence: 2 }, { id: 'c', name: 'C', sequence: 2 }, { id: 'd', name: 'D', sequence: 3 }];
const lines = [{ id: 'l10', areaId: 'a', name: 'L-10' }, { id: 'l2', areaId: 'a', name: 'L-2' }, { id: 'm1', areaId: 'b', name: 'M-1' }];
const drawing: Drawing = { ...EMPTY, ...arranged(areas, lines) };

const overlap = (a: { x: number; y: number; width: number; height: number }, b: { x: number; y: number; width: number; height: number }) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe('arranging', () => {
  it('puts areas in their order, branches beneath each other, lines inside by name, nothing over anything', () => {
    const { a, b, c, d } = drawing.areas as Record<'a' | 'b' | 'c' | 'd', { x: number; y: number; width: number; height: number }>;
    expect(a.x < b.x && b.x === c.x && c.x < d.x).toBe(true);
    expect(b.y + b.height < c.y || c.y + c.height < b.y).toBe(true);
    expect(drawing.lines.l2!.y < drawing.lines.l10!.y).toBe(true);
    const boxes = Object.values(drawing.areas);
    for (const [index, box] of boxes.entries()) for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
  });

  it('holds 500 lines without one over another', () => {
    const many = Array.from({ length: 500 }, (_, index) => ({ id: `n${index}`, areaId: areas[index % 4]!.id, name: `N-${index}` }));
    const found = arranged(areas, many);
    for (const area of areas) {
      const own = many.filter((line) => line.areaId === area.id).map((line) => ({ ...found.lines[line.id]!, ...LINE }));
      expect(new Set(own.map((line) => `${line.x}/${line.y}`)).size).toBe(125);
      const box = found.areas[area.id]!;
      for (const line of own) expect(line.x >= box.x && line.y >= box.y && line.x + line.width <= box.x + box.width && line.y + line.height <= box.y + box.height).toBe(true);
    }
  });

  it('gives what is new a free place and leaves the rest where it was', () => {
    const before = moved(drawing, [{ id: 'a', to: { x: 400, y: 800 } }], lines);
    const after = completed(before, [...areas, { id: 'e', name: 'E', sequence: 9 }], [...lines, { id: 'l3', areaId: 'a', name: 'L-3' }]);
    expect([after.lines.l2, after.lines.l10, after.areas.b]).toEqual([before.lines.l2, before.lines.l10, before.areas.b]);
    expect(after.areas.e).toBeDefined();
    expect(overlap({ ...after.lines.l3!, ...LINE }, { ...after.lines.l2!, ...LINE })).toBe(false);
    expect(overlap({ ...after.lines.l3!, ...LINE }, { ...after.lines.l10!, ...LINE })).toBe(false);
  });
});

describe('moving', () => {
  it('an area takes its lines along, a line makes its area as large as needed, all on the grid', () => {
    const after = moved(drawing, [{ id: 'a', to: { x: drawing.areas.a!.x + 101, y: drawing.areas.a!.y } }], lines);
    const step = after.areas.a!.x - drawing.areas.a!.x;
    expect(step).toBe(104);
    expect(after.lines.l2!.x - drawing.lines.l2!.x).toBe(step);
    expect(after.lines.m1).toEqual(drawing.lines.m1);
    const wide = moved(drawing, [{ id: 'l2', to: { x: 2000, y: 1000 } }], lines);
    expect(wide.areas.a!.x + wide.areas.a!.width).toBeGreaterThanOrEqual(2000 + LINE.width);
    expect(drawing.areas.a!.width).toBeLessThan(400);
  });

  it('does not move a line twice when it is chosen with its area', () => {
    const to = { x: drawing.lines.l2!.x + 80, y: drawing.lines.l2!.y };
    const after = moved(drawing, [{ id: 'a', to: { x: drawing.areas.a!.x + 80, y: drawing.areas.a!.y } }, { id: 'l2', to }], lines);
    expect(after.lines.l2!.x).toBe(Math.round(to.x / 8) * 8);
  });

  it('sets chosen things in line', () => {
    const after = aligned(drawing, ['l2', 'l10', 'm1'], 'left', lines);
    expect(after.lines.m1!.x).toBe(after.lines.l2!.x);
    const row = aligned(drawing, ['l2', 'l10'], 'row', lines);
    expect(row.lines.l2!.y).toBe(row.lines.l10!.y);
    expect(Math.abs(row.lines.l2!.x - row.lines.l10!.x)).toBeGreaterThanOrEqual(LINE.width);
    expect(aligned(drawing, ['l2'], 'left', lines)).toBe(drawing);
  });

  it('an area holds its lines, and is left alone when it does', () => {
    expect(around(drawing.areas.a!, [drawing.lines.l2!])).toEqual(drawing.areas.a);
  });
});

describe('flows', () => {
  it('are drawn once, not to themselves, and taken away', () => {
    const one = connected(connected(connected(drawing, 'a', 'b'), 'a', 'b'), 'a', 'a');
    expect(one.flows).toEqual([{ from: 'a', to: 'b' }]);
    expect(disconnected(one, 'a', 'b').flows).toEqual([]);
  });

  it('come from routings, by links where there are some, by numbers else, by the areas’ order without any', () => {
    const step = (id: string, routing_id: string, number: number, area_id: string) => ({ id, routing_id, number, area_id });
    const steps = [step('1', 'r', 10, 'a'), step('2', 'r', 20, 'b'), step('3', 's', 10, 'a'), step('4', 's', 20, 'd'), step('5', 's', 30, 'b')];
    const found = routed(steps, [{ from_step_id: '3', to_step_id: '5', routing_id: 's' }], areas);
    expect(found).toEqual([{ from: 'a', to: 'b', items: 2 }]);
    expect(routed([], [], areas).map((one) => one.from + one.to).sort()).toEqual(['ab', 'ac', 'bd', 'cd']);
  });

  it('go beneath what stands in their way', () => {
    const straight = completed({ ...EMPTY, areas: { a: { x: 0, y: 0, width: 100, height: 100 }, b: { x: 200, y: 0, width: 100, height: 140 }, d: { x: 400, y: 0, width: 100, height: 100 } } }, areas.filter((area) => area.id !== 'c'), []);
    expect(beneath(straight, { from: 'a', to: 'b' })).toBeUndefined();
    expect(beneath(straight, { from: 'a', to: 'd' })).toBe(164);
  });
});

describe('kept and given away', () => {
  it('a record is the drawing, and the drawing the record', () => {
    const whole: Drawing = { ...connected(drawing, 'a', 'd'), picture: { fileId: 'f', x: 1, y: 2, width: 800, opacityPct: 40, crop: { left: 5, top: 0, right: 0, bottom: 10 } } };
    expect(drawingOf({ id: 'x', plant_id: 'p', name: 'n', version: 1, ...recordOf(whole) } as LayoutRecord)).toEqual(whole);
    expect(drawingOf(undefined)).toEqual(EMPTY);
  });

  it('an SVG names every line with its load, and no text of a record breaks it', () => {
    const plan = {
      periods: [{ name: '2026', operating_days: 1 }], constraints: [], lines: [{ plant: 'P', area: 'A', line: 'L-2', period: '2026', hours_available: 100, hours_used: 90, utilization_pct: 90, hour_price: 0 }],
      allocations: [{ plant: 'P', area: 'A', line: 'L-2', model: 'X<1>', period: '2026', units: 5, hours: 30 }, { plant: 'P', area: 'A', line: 'L-2', model: 'Y', period: '2026', units: 5, hours: 60 }, { plant: 'P', area: 'A', line: 'L-2', model: 'Y', step: 'B', period: '2026', units: 1, hours: 0 }],
    } as unknown as PlanDocument;
    const loads = loadsOf(plan).get('2026')!;
    expect(loads.get('L-2')!.parts.map((part) => [part.model, part.pct])).toEqual([['Y', 60], ['X<1>', 30]]);
    const svg = toSvg({
      drawing, areas, lines, flows: [{ from: 'a', to: 'b' }], loads, title: 'A & B', areaText: () => '', pct: (value) => value.toFixed(1), palette: { background: '#fff', surface: '#fff', line: '#ccc', text: '#000', muted: '#888', danger: '#c00', band: () => '#0a0' },
    });
    expect(svg).toContain('A &amp; B');
    expect(svg).toContain('X&lt;1&gt;: 30.0 %');
    for (const one of lines) expect(svg).toContain(`>${one.name}</text>`);
    expect(svg).not.toMatch(/NaN|undefined|<image/);
    const hall: Drawing = { ...drawing, picture: { fileId: 'f', x: 10, y: 20, width: 800, opacityPct: 40, crop: { left: 25, top: 0, right: 0, bottom: 50 } } };
    const above = toSvg({
      drawing: hall, areas, lines, flows: [], loads, title: '', areaText: () => '', pct: String, palette: { background: '#fff', surface: '#fff', line: '#ccc', text: '#000', muted: '#888', danger: '#c00', band: () => '#0a0' }, beneath: { address: 'data:image/png;base64,AA', ratio: 0.5 },
    });
    expect(above).toContain('<rect x="210" y="20" width="600" height="200"/></clipPath>');
    expect(above).toContain('<image href="data:image/png;base64,AA" x="10" y="20" width="800" height="400" opacity="0.4"');
  });
});
