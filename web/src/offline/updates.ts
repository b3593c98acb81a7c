/** Makes the app work without a connection, and tells when a newer version of it is ready. Only what was built: while developing there is no worker. */

const AGAIN_MS = 30 * 60_000;

/** `ready` is called with what takes the new version over; the page then loads anew. */
export function keepOffline(ready: (takeOver: () => void) => void): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  let accepted = false;
  let controlled = serviceWorker.controller !== null;
  serviceWorker.addEventListener('controllerchange', () => {
    // The first worker takes over without anything new; another tab's choice is this one's to follow when it suits.
    if (accepted) location.reload();
    else if (controlled) ready(() => location.reload());
    controlled = true;
  });
  const begin = async () => {
    const registration = await serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    const offer = () => {
      const waiting = registration.waiting;
      if (!waiting || !serviceWorker.controller) return;
      ready(() => {
        accepted = true;
        waiting.postMessage('take-over');
      });
    };
    offer();
    registration.addEventListener('updatefound', () => {
      const coming = registration.installing;
      coming?.addEventListener('statechange', () => coming.state === 'installed' && offer());
    });
    const look = () => void registration.update().catch(() => undefined);
    setInterval(look, AGAIN_MS);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look());
  };
  // Nothing of this is in the way of the first drawing.
  const soon = () => setTimeout(() => void begin().catch(() => undefined), 1_000);
  if (document.readyState === 'complete') soon();
  else addEventListener('load', soon, { once: true });
}
