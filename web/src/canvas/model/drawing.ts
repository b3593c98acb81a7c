/**
 * Where the areas and lines of a plant stand on its drawing, and how that is changed.
 *
 * **Invariant:** a drawing is never changed in place, so that undoing is going back to the one before.
 * **Invariant:** lines stand within their area: moving an area moves them, and an area is as large as its lines need.
 */

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Flow {
  from: string;
  to: string;
}

export interface Picture {
  fileId: string;
  x: number;
  y: number;
  width: number;
  opacityPct: number;
  /** Cut off at each side (%). */
  crop: { left: number; top: number; right: number; bottom: number };
}

export interface Drawing {
  /** By area. */
  areas: Readonly<Record<string, Box>>;
  /** By line; absolute, like those of areas. */
  lines: Readonly<Record<string, Point>>;
  /** Drawn by hand. */
  flows: readonly Flow[];
  picture: Picture | null;
}

export interface AreaOf {
  id: string;
  sequence: number;
  name: string;
}

export interface LineOf {
  id: string;
  areaId: string;
  name: string;
}

export const LINE = { width: 152, height: 56 };
const GRID = 8;
const PAD = 10;
const HEADER = 40;
const GAP = 8;
const BETWEEN_AREAS = 64;
const BETWEEN_BRANCHES = 40;
/** Lines beneath each other before the next column begins. */
const TALL = 9;

export const snapped = (value: number): number => Math.round(value / GRID) * GRID;

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name, undefined, { numeric: true });

/** How large an area must be for so many lines. */
export function areaSize(lines: number): { width: number; height: number } {
  const columns = Math.max(1, Math.ceil(lines / TALL));
  const rows = Math.max(1, Math.min(TALL, Math.ceil(lines / columns)));
  return { width: PAD * 2 + columns * LINE.width + (columns - 1) * GAP, height: HEADER + rows * LINE.height + (rows - 1) * GAP + PAD };
}

function slots(area: Point, count: number): Point[] {
  const columns = Math.max(1, Math.ceil(count / TALL));
  const rows = Math.max(1, Math.ceil(count / columns));
  return Array.from({ length: count }, (_, index) => ({
    x: area.x + PAD + Math.floor(index / rows) * (LINE.width + GAP), y: area.y + HEADER + (index % rows) * (LINE.height + GAP),
  }));
}

/** Areas from left to right in their order, branches of one order beneath each other, lines inside by name. */
export function arranged(areas: readonly AreaOf[], lines: readonly LineOf[]): Pick<Drawing, 'areas' | 'lines'> {
  const inside = new Map<string, LineOf[]>();
  for (const line of lines) inside.set(line.areaId, [...(inside.get(line.areaId) ?? []), line]);
  const columns = new Map<number, AreaOf[]>();
  for (const area of areas) columns.set(area.sequence, [...(columns.get(area.sequence) ?? []), area]);
  const found: { areas: Record<string, Box>; lines: Record<string, Point> } = { areas: {}, lines: {} };
  const heights = [...columns.values()].map((stack) => stack.reduce((sum, area) => sum + areaSize(inside.get(area.id)?.length ?? 0).height, 0) + (stack.length - 1) * BETWEEN_BRANCHES);
  const tallest = Math.max(0, ...heights);
  let x = 0;
  [...columns.entries()].sort((a, b) => a[0] - b[0]).forEach(([, stack]) => {
    const sizes = stack.map((area) => areaSize(inside.get(area.id)?.length ?? 0));
    const height = sizes.reduce((sum, size) => sum + size.height, 0) + (stack.length - 1) * BETWEEN_BRANCHES;
    let y = snapped((tallest - height) / 2);
    [...stack].sort(byName).forEach((area) => {
      const own = [...(inside.get(area.id) ?? [])].sort(byName);
      const size = areaSize(own.length);
      found.areas[area.id] = { x, y, ...size };
      slots({ x, y }, own.length).forEach((slot, index) => (found.lines[own[index]!.id] = slot));
      y += size.height + BETWEEN_BRANCHES;
    });
    x += Math.max(...sizes.map((size) => size.width)) + BETWEEN_AREAS;
  });
  return found;
}

/** A drawing in which everything stands somewhere: what has no place gets one beside what has. */
export function completed(drawing: Drawing, areas: readonly AreaOf[], lines: readonly LineOf[]): Drawing {
  const known = areas.filter((area) => drawing.areas[area.id]);
  if (known.length === 0 && Object.keys(drawing.lines).length === 0) return { ...drawing, ...arranged(areas, lines) };
  const fresh = arranged(areas.filter((area) => !drawing.areas[area.id]), lines);
  const right = Math.max(0, ...known.map((area) => drawing.areas[area.id]!.x + drawing.areas[area.id]!.width));
  const placed: Record<string, Box> = {};
  const points: Record<string, Point> = {};
  for (const area of areas) {
    const there = drawing.areas[area.id];
    const box = there ?? { ...fresh.areas[area.id]!, x: fresh.areas[area.id]!.x + right + BETWEEN_AREAS };
    const own = lines.filter((line) => line.areaId === area.id).sort(byName);
    const free = slots(box, own.length + own.length);
    const taken = own.map((line) => drawing.lines[line.id]).filter((point): point is Point => point !== undefined);
    let next = 0;
    for (const line of own) {
      const at = drawing.lines[line.id];
      if (at) {
        points[line.id] = at;
        continue;
      }
      while (next < free.length - 1 && taken.some((point) => Math.abs(point.x - free[next]!.x) < LINE.width && Math.abs(point.y - free[next]!.y) < LINE.height)) next += 1;
      points[line.id] = free[next]!;
      next += 1;
    }
    placed[area.id] = around(box, own.map((line) => points[line.id]!));
  }
  return { ...drawing, areas: placed, lines: points };
}

/** The box, grown until it holds the lines. */
export function around(box: Box, lines: readonly Point[]): Box {
  if (lines.length === 0) return box;
  const left = Math.min(box.x, ...lines.map((line) => line.x - PAD));
  const top = Math.min(box.y, ...lines.map((line) => line.y - HEADER));
  const right = Math.max(box.x + box.width, ...lines.map((line) => line.x + LINE.width + PAD));
  const bottom = Math.max(box.y + box.height, ...lines.map((line) => line.y + LINE.height + PAD));
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export interface Move {
  id: string;
  /** Absolute. */
  to: Point;
}

/** Moves areas (with their lines) and lines. */
export function moved(drawing: Drawing, moves: readonly Move[], lines: readonly LineOf[]): Drawing {
  const areas = { ...drawing.areas };
  const points = { ...drawing.lines };
  const moving = new Set(moves.map((move) => move.id));
  for (const { id, to } of moves) {
    const box = areas[id];
    if (box) {
      const step = { x: snapped(to.x) - box.x, y: snapped(to.y) - box.y };
      areas[id] = { ...box, x: box.x + step.x, y: box.y + step.y };
      for (const line of lines) {
        const at = points[line.id];
        if (line.areaId === id && at && !moving.has(line.id)) points[line.id] = { x: at.x + step.x, y: at.y + step.y };
      }
    } else if (points[id]) {
      points[id] = { x: snapped(to.x), y: snapped(to.y) };
    }
  }
  for (const areaId of new Set(lines.filter((line) => moving.has(line.id)).map((line) => line.areaId))) {
    const box = areas[areaId];
    if (box) areas[areaId] = around(box, lines.filter((line) => line.areaId === areaId).flatMap((line) => points[line.id] ?? []));
  }
  return { ...drawing, areas, lines: points };
}

export type Alignment = 'left' | 'top' | 'row' | 'column';

/** Sets chosen things in line with each other. */
export function aligned(drawing: Drawing, ids: readonly string[], how: Alignment, lines: readonly LineOf[]): Drawing {
  const boxes = ids.flatMap((id) => {
    const box = drawing.areas[id] ?? (drawing.lines[id] && { ...drawing.lines[id], ...LINE });
    return box ? [{ id, ...box }] : [];
  });
  if (boxes.length < 2) return drawing;
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  let at = how === 'row' ? left : top;
  const ordered = [...boxes].sort((a, b) => (how === 'row' || how === 'top' ? a.x - b.x : a.y - b.y));
  const moves = ordered.map((box): Move => {
    if (how === 'left') return { id: box.id, to: { x: left, y: box.y } };
    if (how === 'top') return { id: box.id, to: { x: box.x, y: top } };
    const to = how === 'row' ? { x: at, y: top } : { x: left, y: at };
    at += (how === 'row' ? box.width : box.height) + GAP * (drawing.areas[box.id] ? 4 : 1);
    return { id: box.id, to };
  });
  return moved(drawing, moves, lines);
}

/** Adds a flow; one that is there already, or leads nowhere else, changes nothing. */
export function connected(drawing: Drawing, from: string, to: string): Drawing {
  if (from === to || drawing.flows.some((flow) => flow.from === from && flow.to === to)) return drawing;
  return { ...drawing, flows: [...drawing.flows, { from, to }] };
}

export function disconnected(drawing: Drawing, from: string, to: string): Drawing {
  return { ...drawing, flows: drawing.flows.filter((flow) => flow.from !== from || flow.to !== to) };
}

/** The areas that a flow would run through: it goes beneath them. Undefined where nothing is in its way. */
export function beneath(drawing: Drawing, flow: Flow): number | undefined {
  const [from, to] = [drawing.areas[flow.from], drawing.areas[flow.to]];
  if (!from || !to) return undefined;
  const [left, right] = [from.x + from.width, to.x];
  const [high, low] = [Math.min(from.y + from.height / 2, to.y + to.height / 2), Math.max(from.y + from.height / 2, to.y + to.height / 2)];
  const between = Object.entries(drawing.areas).filter(([id, box]) => id !== flow.from && id !== flow.to && box.x < right && box.x + box.width > left && box.y < low + 1 && box.y + box.height > high - 1);
  return between.length === 0 ? undefined : Math.max(...between.map(([, box]) => box.y + box.height)) + 24;
}

/** A way from one point to another that dips down to `y` between them. */
export function dipping(x1: number, y1: number, x2: number, y2: number, y: number): string {
  const reach = Math.min(64, Math.max(16, (x2 - x1) / 4));
  return `M${x1},${y1} C${x1 + reach},${y1} ${x1 + reach / 4},${y} ${x1 + reach * 1.4},${y} L${x2 - reach * 1.4},${y} C${x2 - reach / 4},${y} ${x2 - reach},${y2} ${x2},${y2}`;
}

/** All that is drawn. */
export function extent(drawing: Drawing): Box {
  const boxes = Object.values(drawing.areas);
  if (boxes.length === 0) return { x: 0, y: 0, width: 400, height: 300 };
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  return { x: left, y: top, width: Math.max(...boxes.map((box) => box.x + box.width)) - left, height: Math.max(...boxes.map((box) => box.y + box.height)) - top };
}

/**
 * Flows that the routings make: from each step's area to the next one's, counted by items. Without links a routing goes by the numbers of its
 * steps; without routings the areas' order says what follows what.
 */
export function routed(
  steps: readonly { id: string; routing_id: string; number: number; area_id: string }[], links: readonly { from_step_id: string; to_step_id: string; routing_id: string }[], areas: readonly AreaOf[],
): { from: string; to: string; items: number }[] {
  const count = new Map<string, number>();
  const add = (from: string | undefined, to: string | undefined) => {
    if (from && to && from !== to) count.set(`${from}\n${to}`, (count.get(`${from}\n${to}`) ?? 0) + 1);
  };
  const areaOf = new Map(steps.map((step) => [step.id, step.area_id]));
  const linked = new Set(links.map((link) => link.routing_id));
  for (const link of links) add(areaOf.get(link.from_step_id), areaOf.get(link.to_step_id));
  const byRouting = new Map<string, { number: number; area_id: string }[]>();
  for (const step of steps) if (!linked.has(step.routing_id)) byRouting.set(step.routing_id, [...(byRouting.get(step.routing_id) ?? []), step]);
  for (const own of byRouting.values()) {
    const inOrder = [...own].sort((a, b) => a.number - b.number);
    inOrder.forEach((step, index) => index > 0 && add(inOrder[index - 1]!.area_id, step.area_id));
  }
  if (count.size === 0) {
    const orders = [...new Set(areas.map((area) => area.sequence))].sort((a, b) => a - b);
    orders.forEach((order, index) => {
      if (index === 0) return;
      for (const from of areas.filter((area) => area.sequence === orders[index - 1])) for (const to of areas.filter((area) => area.sequence === order)) add(from.id, to.id);
    });
  }
  return [...count.entries()].map(([key, items]) => {
    const [from, to] = key.split('\n') as [string, string];
    return { from, to, items };
  });
}
