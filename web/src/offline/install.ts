/** The browser's offer to install the app, kept until somebody wants it. */
import { useSyncExternalStore } from 'react';

interface Offer extends Event {
  prompt: () => Promise<unknown>;
}

let offer: Offer | null = null;
const listeners = new Set<() => void>();
const tell = (next: Offer | null) => {
  offer = next;
  for (const listener of listeners) listener();
};

if (typeof addEventListener === 'function') {
  addEventListener('beforeinstallprompt', (event) => tell(event as Offer));
  addEventListener('appinstalled', () => tell(null));
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Asks to install; null where the browser does not offer it, or it is installed. */
export function useInstall(): (() => void) | null {
  const now = useSyncExternalStore(subscribe, () => offer);
  return now ? () => void now.prompt() : null;
}
