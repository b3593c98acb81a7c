/** Whether the server answers, and if not, from when the oldest answer is that is shown in its place. */
import { useSyncExternalStore } from 'react';

export interface Reach {
  answers: boolean;
  /** The oldest kept answer that is shown. */
  since: Date | null;
}

const listeners = new Set<() => void>();
let reach: Reach = { answers: true, since: null };
let timer: ReturnType<typeof setInterval> | undefined;

function set(next: Reach): void {
  reach = next;
  for (const listener of listeners) listener();
}

/** Asks until the server answers again, or the browser says that there is a network. */
function look(): void {
  void fetch('/readyz', { cache: 'no-store' }).then((answer) => answer.ok && answered(), () => undefined);
}

export function answered(): void {
  if (reach.answers) return;
  clearInterval(timer);
  timer = undefined;
  set({ answers: true, since: null });
}

export function failed(): void {
  timer ??= setInterval(look, 15_000);
  if (reach.answers) set({ answers: false, since: null });
}

/** An answer from then is shown in place of a new one. */
export function shownFrom(at: Date): void {
  failed();
  if (!reach.since || at < reach.since) set({ answers: false, since: at });
}

if (typeof addEventListener === 'function') {
  addEventListener('online', look);
  addEventListener('offline', failed);
}

/** Tells when the server answers again after it did not. */
export function onReached(listener: () => void): () => void {
  let before = reach.answers;
  const hear = () => {
    if (reach.answers && !before) listener();
    before = reach.answers;
  };
  listeners.add(hear);
  return () => listeners.delete(hear);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useReach = (): Reach => useSyncExternalStore(subscribe, () => reach);
