/**
 * What happens, as it happens: one stream for all tabs of the browser, told on to each. Lists of what changed are asked anew, runs move by themselves.
 *
 * **Invariant:** the app works without it: who may not read events, or whose connection ends, sees the same a little later.
 */
import type { QueryClient } from '@tanstack/react-query';
import type { Schemas } from './client';

export type Told = Schemas['CloudEvent'];

const listeners = new Set<(event: Told) => void>();
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('gemba.live') : null;

/** Hears every event that this person may read. */
export function onEvent(listener: (event: Told) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(event: Told): void {
  for (const listener of listeners) listener(event);
}

function hear(data: string): void {
  try {
    const event = JSON.parse(data) as Told;
    tell(event);
    channel?.postMessage(event);
  } catch {
    // A line that is no event says nothing.
  }
}

/** Opens the stream and stays with it until the page goes; ends for good where it is refused. */
function stream(): Promise<void> {
  return new Promise((resolve) => {
    const source = new EventSource('/api/v1/stream');
    source.onmessage = (message) => hear(message.data as string);
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(resolve, 60_000);
    };
    addEventListener('pagehide', () => source.close(), { once: true });
  });
}

/** Keeps the cache fresh while somebody looks. */
export function goLive(cache: QueryClient): void {
  if (channel) channel.onmessage = (message) => tell(message.data as Told);
  onEvent((event) => {
    const kind = event.subject.split('/', 1)[0] ?? '';
    if (kind === 'run') return;
    void cache.invalidateQueries({ queryKey: ['records', kind] });
    if (kind === 'plant') void cache.invalidateQueries({ queryKey: ['plants'] });
    if (kind === 'field_definition') void cache.invalidateQueries({ queryKey: ['kinds'] });
  });
  const listen = async (): Promise<never> => {
    for (;;) await stream();
  };
  // Browsers open six connections to a server; of many tabs only one holds a stream.
  if (channel && navigator.locks) void navigator.locks.request('gemba.live', listen);
  else void listen();
}
