/** Undo and redo over values that are never changed in place. */

export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
}

/** Steps that can be undone; older ones are forgotten. */
const MOST = 200;

export const begun = <T>(present: T): History<T> => ({ past: [], present, future: [] });

/** A step; an equal value is none. */
export function went<T>(history: History<T>, present: T): History<T> {
  if (Object.is(history.present, present)) return history;
  return { past: [...history.past, history.present].slice(-MOST), present, future: [] };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past[history.past.length - 1];
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future] };
}

export function redone<T>(history: History<T>): History<T> {
  const [after, ...rest] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.present], present: after, future: rest };
}
