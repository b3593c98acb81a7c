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
