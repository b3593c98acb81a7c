/**
 * A genealogy as columns: what went in stands left, what came out right, so that time runs as one reads.
 *
 * **Invariant:** pure; every node that was given is in exactly one box, and every link between boxes is drawn once, with what it stands for counted.
 */
import type { Direction, TraceLink, TraceNode } from '../data';

/** One node, or many of one item at one level that are drawn as one. */
export interface Box {
  key: string;
  nodes: TraceNode[];
  column: number;
  x: number;
  y: number;
}

export interface Line {
  key: string;
  from: Box;
  to: Box;
  /** Links of the genealogy that it stands for. */
  links: TraceLink[];
}

export interface Graph {
  boxes: Box[];
  lines: Line[];
  width: number;
  height: number;
}

export const BOX = { width: 216, height: 62, gapX: 84, gapY: 12, pad: 16 };

/** So many alike at one level are drawn one by one; more are one box. */
export const MOST_ALIKE = 6;

/**
 * How far each node stands from what was asked for: by the longest way, so that what goes in at once and by way of something else stands
 * before both, and no link runs back. Of links in a circle, the one that closes it does not count.
 */
function distances(nodes: readonly TraceNode[], links: readonly TraceLink[], direction: Direction): Map<string, number> {
  const nearer = new Map<string, string[]>(nodes.map((node) => [node.id, []]));
  for (const link of links) {
    const [far, near] = direction === 'backward' ? [link.parent_id, link.child_id] : [link.child_id, link.parent_id];
    if (nearer.has(near)) nearer.get(far)?.push(near);
  }
  const known = new Map<string, number>();
  const levels = new Map(nodes.map((node) => [node.id, node.level]));
  const onTheWay = new Set<string>();
  const distance = (id: string): number => {
    const before = known.get(id);
    if (before !== undefined) return before;
    onTheWay.add(id);
    // A level is the shortest way, and all that is known where a genealogy is cut.
    const far = (nearer.get(id) ?? []).filter((near) => !onTheWay.has(near)).reduce((most, near) => Math.max(most, distance(near) + 1), levels.get(id) ?? 0);
    onTheWay.delete(id);
    known.set(id, far);
    return far;
  };
  for (const node of nodes) distance(node.id);
  return known;
}

/** `open` are keys of groups that somebody wants to see one by one. */
export function graphOf(nodes: readonly TraceNode[], links: readonly TraceLink[], direction: Direction, open: ReadonlySet<string>): Graph {
  const far = distances(nodes, links, direction);
  const groups = new Map<string, TraceNode[]>();
  for (const node of nodes) {
    const key = `${far.get(node.id)} ${node.kind} ${node.item.id}`;
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  const deepest = Math.max(0, ...far.values());
  const column = (node: TraceNode) => (direction === 'backward' ? deepest - (far.get(node.id) ?? 0) : (far.get(node.id) ?? 0));
  const boxes: Box[] = [];
  for (const [key, members] of groups) {
    const first = members[0];
    if (!first) continue;
    const isOne = members.length > MOST_ALIKE && !open.has(key);
    if (isOne) boxes.push({ key, nodes: members, column: column(first), x: 0, y: 0 });
    else for (const node of members) boxes.push({ key: node.id, nodes: [node], column: column(node), x: 0, y: 0 });
  }
  const boxOf = new Map(boxes.flatMap((box) => box.nodes.map((node) => [node.id, box] as const)));
  const lines = new Map<string, Line>();
  for (const link of links) {
    const [from, to] = [boxOf.get(link.parent_id), boxOf.get(link.child_id)];
    if (!from || !to || from === to) continue;
    const key = `${from.key} ${to.key}`;
    const line = lines.get(key);
    if (line) line.links.push(link);
    else lines.set(key, { key, from, to, links: [link] });
  }
  place(boxes, [...lines.values()], direction === 'backward' ? deepest : 0);
  const columns = boxes.length === 0 ? 0 : deepest + 1;
  return {
    boxes, lines: [...lines.values()], width: columns * (BOX.width + BOX.gapX) - (columns > 0 ? BOX.gapX : 0) + 2 * BOX.pad,
    height: Math.max(0, ...boxes.map((box) => box.y + BOX.height)) + BOX.pad,
  };
}

/** Columns from what was asked for outwards: each box near the middle of those it is linked with, so that lines cross little. */
function place(boxes: Box[], lines: readonly Line[], start: number): void {
  const columns = new Map<number, Box[]>();
  for (const box of boxes) columns.set(box.column, [...(columns.get(box.column) ?? []), box]);
  const order = new Map<Box, number>();
  const near = new Map<Box, Box[]>();
  for (const { from, to } of lines) {
    near.set(from, [...(near.get(from) ?? []), to]);
    near.set(to, [...(near.get(to) ?? []), from]);
  }
  const sorted = [...columns.keys()].sort((a, b) => Math.abs(a - start) - Math.abs(b - start));
  for (const column of sorted) {
    const members = columns.get(column) ?? [];
    const middle = (box: Box) => {
      const known = (near.get(box) ?? []).flatMap((other) => (order.has(other) && other.column !== box.column ? [order.get(other) ?? 0] : []));
      return known.length === 0 ? Infinity : known.reduce((sum, one) => sum + one, 0) / known.length;
    };
    const by = members.map((box) => ({ box, middle: middle(box), name: `${box.nodes[0]?.item.code} ${box.nodes[0]?.code}` }));
    by.sort((a, b) => (a.middle === b.middle ? 0 : a.middle - b.middle) || a.name.localeCompare(b.name, undefined, { numeric: true }));
    by.forEach(({ box }, at) => {
      order.set(box, at);
      box.x = BOX.pad + column * (BOX.width + BOX.gapX);
      box.y = BOX.pad + at * (BOX.height + BOX.gapY);
    });
  }
}

/** The line of a link, from the right of what went in to the left of what came out. */
export function pathOfLine({ from, to }: Line): string {
  const [x1, y1, x2, y2] = [from.x + BOX.width, from.y + BOX.height / 2, to.x, to.y + BOX.height / 2];
  const bend = Math.max(24, (x2 - x1) / 2);
  return `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
}

/** Sums of quantities by unit of item are only sums where all are of one item; null where some are not known. */
export function quantityOf(links: readonly TraceLink[]): number | null {
  if (links.some((link) => link.quantity === null)) return null;
  return Number(links.reduce((sum, link) => sum + Number(link.quantity), 0).toFixed(6));
}
