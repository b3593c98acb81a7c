/**
 * Which rows and columns of a grid are in sight, and some around them: what is drawn.
 *
 * **Invariant:** scrolling asks the page for no layout and draws nothing as long as the same cells are in sight.
 */
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { flushSync } from 'react-dom';

/** Rows and columns from `top` and `left` to before `bottom` and `right`. */
export interface Sight {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** A grid as its scroller sees it: lengths in pixels. */
export interface Shape {
  rows: number;
  rowHeight: number;
  /** Where each column begins that scrolls sideways, and where the last one ends. */
  edges: readonly number[];
  /** Of the head, which stays above. */
  head: number;
  /** Of the columns that stay at the left. */
  frozen: number;
}

export interface Room {
  width: number;
  height: number;
}

/** Drawn beyond what is in sight, so that nothing is blank while one scrolls. */
const MORE_ROWS = 6;
const MORE_COLUMNS = 2;

export function inSight({ rows, rowHeight, edges, head, frozen }: Shape, room: Room, scrolled: { top: number; left: number }): Sight {
  const columns = edges.length - 1;
  const [from, to] = [scrolled.left, scrolled.left + Math.max(0, room.width - frozen)];
  let left = 0;
  while (left < columns - 1 && (edges[left + 1] ?? 0) <= from) left += 1;
  let right = left;
  while (right < columns && (edges[right] ?? 0) < to) right += 1;
  const first = Math.floor(scrolled.top / rowHeight);
  const last = Math.ceil((scrolled.top + Math.max(0, room.height - head)) / rowHeight);
  return {
    top: Math.max(0, Math.min(rows, first - MORE_ROWS)), bottom: Math.max(0, Math.min(rows, last + MORE_ROWS)),
    left: Math.max(0, left - MORE_COLUMNS), right: Math.min(columns, right + MORE_COLUMNS),
  };
}

/** As many rows and columns as are ever drawn at once: what leaves at one side is used again for what comes at the other. */
export function most({ rowHeight, edges, head }: Shape, room: Room): { rows: number; columns: number } {
  const narrowest = edges.reduce((least, edge, at) => (at === 0 ? least : Math.min(least, edge - (edges[at - 1] ?? 0))), Infinity);
  return {
    rows: Math.ceil(Math.max(0, room.height - head) / rowHeight) + 1 + 2 * MORE_ROWS,
    columns: Math.ceil(room.width / Math.max(1, Number.isFinite(narrowest) ? narrowest : 1)) + 1 + 2 * MORE_COLUMNS,
  };
}

const isSame = (a: Sight, b: Sight): boolean => a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;

/** The room inside a scroller, as it changes. */
export function useRoom(ref: RefObject<HTMLElement | null>): Room {
  const [room, setRoom] = useState<Room>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return room;
}

/** What is in sight, followed as one scrolls. `shape` is the same object as long as the grid has the same shape. */
export function useSight(ref: RefObject<HTMLElement | null>, shape: Shape, room: Room, onScroll: () => void): Sight {
  const [sight, setSight] = useState<Sight>({ top: 0, bottom: 0, left: 0, right: 0 });
  const drawn = useRef(sight);
  const scrolled = useRef(onScroll);
  scrolled.current = onScroll;
  const look = useCallback(() => {
    const element = ref.current;
    const next = inSight(shape, room, { top: element?.scrollTop ?? 0, left: element?.scrollLeft ?? 0 });
    if (isSame(next, drawn.current)) return false;
    drawn.current = next;
    setSight(next);
    return true;
  }, [ref, shape, room]);
  useLayoutEffect(() => void look(), [look]);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    // Drawn within the frame that shows it, or what comes would be blank for one.
    const follow = () => {
      scrolled.current();
      flushSync(look);
    };
    element.addEventListener('scroll', follow, { passive: true });
    return () => element.removeEventListener('scroll', follow);
  }, [ref, look]);
  return sight;
}

/** Where to scroll so that a cell is in sight; `column` is null for one that always is. */
export function scrollFor({ rowHeight, edges, head, frozen }: Shape, room: Room, scrolled: { top: number; left: number }, row: number, column: number | null): { top: number; left: number } {
  const within = (at: number, from: number, to: number, seen: number) => (from < at ? from : to > at + seen ? to - seen : at);
  return {
    top: within(scrolled.top, row * rowHeight, (row + 1) * rowHeight, Math.max(rowHeight, room.height - head)),
    left: column === null ? scrolled.left : within(scrolled.left, edges[column] ?? 0, edges[column + 1] ?? 0, Math.max(0, room.width - frozen)),
  };
}
