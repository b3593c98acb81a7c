/**
 * What happens, as it happens: one stream for all tabs of the browser, told on to each. Lists of what changed are asked anew, runs move by themselves.
 *
 * **Invariant:** the app works without it: who may not read events, or whose connection ends, sees the same a little later.
 */
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { Schemas } from './client';

export type Told = Schemas['CloudEvent'];

/** What tabs say to each other: an event, whether the stream is open, or the question whether it is. */
type Word = { event: Told } | { open: boolean } | { asks: true };

const listeners = new Set<(event: Told) => void>();
const watchers = new Set<() => void>();
/** Whether the stream is open, and whether it is this tab that holds it. */
const state = { open: false, holds: false };
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('gemba.live') : null;

/** Hears every event that this person may read. */
export function onEvent(listener: (event: Told) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const say = (word: Word) => channel?.postMessage(word);

function setOpen(open: boolean): void {
  if (state.holds) say({ open });
  if (state.open === open) return;
  state.open = open;
  for (const watcher of watchers) watcher();
}

const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

/** Whether what happens is heard at once, in this tab or through another. */
export const useStreamOpen = (): boolean => useSyncExternalStore(watch, () => state.open);

function heard(word: Word): void {
  if ('event' in word) tell(word.event);
  else if ('open' in word) setOpen(word.open);
  else if (state.holds) say({ open: state.open });
}

function tell(event: Told): void {
  for (const listener of listeners) listener(event);
}

function hear(data: string): void {
  try {
    const event = JSON.parse(data) as Told;
    tell(event);
    say({ event });
  } catch {
    // A line that is no event says nothing.
  }
}

/** Opens the stream and stays with it until the page goes; ends for good where it is refused. */
function stream(): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource('/api/v1/stream');
    source.onopen = () => setOpen(true);
    source.onmessage = (message) => hear(message.data as string);
    source.onerror = () => {
      setOpen(false);
      if (source.readyState === EventSource.CLOSED) setTimeout(resolve, 60_000);
    };
    addEventListener('pagehide', () => source.close(), { once: true });
  });
}

/** Keeps the cache fresh while somebody looks. */
export function goLive(cache: QueryClient): void {
  if (channel) channel.onmessage = (message) => heard(message.data as Word);
  say({ asks: true });
  onEvent((event) => {
    const kind = event.subject.split('/', 1)[0] ?? '';
    if (kind === 'run') return;
    void cache.invalidateQueries({ queryKey: ['records', kind] });
    if (kind === 'plant') void cache.invalidateQueries({ queryKey: ['plants'] });
    if (kind === 'field_definition') void cache.invalidateQueries({ queryKey: ['kinds'] });
  });
  const listen = async (): Promise<never> => {
    state.holds = true;
    for (;;) await stream();
  };
  // Browsers open six connections to a server; of many tabs only one holds a stream.
  if (channel && navigator.locks) void navigator.locks.request('gemba.live', listen);
  else void listen();
}
