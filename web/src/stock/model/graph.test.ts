import { describe, expect, it } from 'vitest';
import type { TraceLink, TraceNode } from '../data';
import { BOX, graphOf, MOST_ALIKE, quantityOf } from './graph';

const node = (id: string, level: number, item = 'i', kind: 'lot' | 'serial' = 'lot'): TraceNode => ({ id, kind, code: id, item: { id: item, code: item }, item_name: item, status: 'available', lot: null, expires_on: null, supplier: null, supplier_lot: null, level });
const link = (child: string, parent: string, quantity: string | null = '1'): TraceLink => ({ child_id: child, parent_id: parent, quantity, at: null, job_id: null, manufacturing_order_id: null, line: null, equipment: null, operator_id: null, job: null, manufacturing_order: null, operator: null, program: null });

describe('genealogy', () => {
  const nodes = [node('unit', 0, 'unit', 'serial'), node('board', 1, 'board'), node('housing', 1, 'housing'), node('paste', 2, 'paste'), node('pcb', 2, 'pcb')];
  const links = [link('unit', 'board'), link('unit', 'housing'), link('board', 'paste'), link('board', 'pcb')];

  it('what went in stands left of what came out, whichever way it was asked', () => {
    for (const direction of ['backward', 'forward'] as const) {
      const shown = direction === 'backward' ? nodes : nodes.map((one) => ({ ...one, level: 2 - one.level }));
      const graph = graphOf(shown, links, direction, new Set());
      expect(graph.lines).toHaveLength(4);
      for (const line of graph.lines) expect(line.from.x).toBeLessThan(line.to.x);
    }
  });

  it('what is reached in one step and in several stands where the longest way ends, so that no link runs back', () => {
    // Paste goes into the unit at once, and by way of the board; the same, one board further.
    const shown = [node('unit', 0, 'unit', 'serial'), node('panel', 1, 'panel'), node('paste', 1, 'paste'), node('board', 2, 'board')];
    const ways = [link('unit', 'panel'), link('unit', 'paste'), link('panel', 'board'), link('board', 'paste')];
    for (const direction of ['backward', 'forward'] as const) {
      const asked = direction === 'backward' ? ways : ways.map((one) => link(one.parent_id, one.child_id));
      const graph = graphOf(shown, asked, direction, new Set());
      for (const line of graph.lines) expect(line.from.x, `${direction}: ${line.key}`).toBeLessThan(line.to.x);
      expect(graph.boxes.map((box) => box.column).sort()).toEqual([0, 1, 2, 3]);
      for (const box of graph.boxes) expect(box.x + BOX.width).toBeLessThanOrEqual(graph.width);
    }
  });

  it('no link of any genealogy runs back, and groups stand in one column', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
    for (let round = 0; round < 60; round += 1) {
      const count = 3 + random(60);
      const ways = Array.from({ length: count - 1 }, (_, at) => at + 1).flatMap((child) => Array.from({ length: 1 + random(3) }, () => link(`n${random(child)}`, `n${child}`)));
      const level = new Map([['n0', 0]]);
      for (let again = 0; again < count; again += 1) for (const way of ways) level.set(way.parent_id, Math.min(level.get(way.parent_id) ?? Infinity, (level.get(way.child_id) ?? Infinity) + 1));
      const shown = Array.from({ length: count }, (_, at) => node(`n${at}`, level.get(`n${at}`) ?? 0, `item ${random(3)}`));
      const graph = graphOf(shown, ways, 'backward', new Set());
      for (const line of graph.lines) expect(line.from.column, `round ${round}: ${line.key}`).toBeLessThan(line.to.column);
      expect(graph.boxes.reduce((sum, box) => sum + box.nodes.length, 0)).toBe(count);
    }
  });

  it('a circle, which no plant makes and a wrong entry can, is drawn all the same', () => {
    const graph = graphOf([node('a', 0), node('b', 1), node('c', 2)], [link('a', 'b'), link('b', 'c'), link('c', 'b')], 'backward', new Set());
    expect(graph.boxes).toHaveLength(3);
    expect(graph.lines).toHaveLength(3);
  });

  it('each node is in one box, boxes do not lie on each other, and all lie inside', () => {
    const many = [...nodes, ...Array.from({ length: 40 }, (_, at) => node(`s${at}`, 2, 'screw', 'serial'))];
    const graph = graphOf(many, [...links, ...Array.from({ length: 40 }, (_, at) => link('housing', `s${at}`))], 'backward', new Set());
    expect(graph.boxes.flatMap((box) => box.nodes.map((one) => one.id)).sort()).toEqual(many.map((one) => one.id).sort());
    const places = graph.boxes.map((box) => `${box.x} ${box.y}`);
    expect(new Set(places).size).toBe(places.length);
    for (const box of graph.boxes) {
      expect(box.x + BOX.width).toBeLessThanOrEqual(graph.width);
      expect(box.y + BOX.height).toBeLessThanOrEqual(graph.height);
    }
  });

  it('many alike are one box and one line, until somebody opens them', () => {
    const screws = Array.from({ length: MOST_ALIKE + 1 }, (_, at) => node(`s${at}`, 1, 'screw'));
    const all = [node('unit', 0), ...screws];
    const closed = graphOf(all, screws.map((one) => link('unit', one.id, '2')), 'backward', new Set());
    expect(closed.boxes).toHaveLength(2);
    expect(closed.lines.map((line) => [line.links.length, quantityOf(line.links)])).toEqual([[MOST_ALIKE + 1, 2 * (MOST_ALIKE + 1)]]);
    const key = closed.boxes.find((box) => box.nodes.length > 1)?.key ?? '';
    expect(graphOf(all, [], 'backward', new Set([key])).boxes).toHaveLength(MOST_ALIKE + 2);
  });

  it('links to what is not there are left out, and a node linked with itself too', () => {
    expect(graphOf([node('a', 0)], [link('a', 'gone'), link('a', 'a')], 'forward', new Set()).lines).toEqual([]);
  });

  it('nothing is a graph as well', () => expect(graphOf([], [], 'forward', new Set())).toMatchObject({ boxes: [], lines: [] }));

  it('a quantity that is not known makes no sum', () => {
    expect(quantityOf([link('a', 'b', '0.1'), link('a', 'c', '0.2')])).toBe(0.3);
    expect(quantityOf([link('a', 'b', '1'), link('a', 'c', null)])).toBeNull();
  });
});
