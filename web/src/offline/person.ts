/**
 * Whose session this browser has, as far as other tabs may change it: while somebody signs in elsewhere nothing is kept here, and a page of
 * another person than the one signed in is left.
 */
import { whoAmI } from '@/shell/who-am-i';
import { keepFor, pauseKeeping } from './kept';
import { onReached } from './reach';

/** The sign-in page says on it that it was opened. */
export const CHANNEL = 'gemba.person';

const AGAIN_MS = 10_000;

export function watchPerson(person: string): void {
  let doubtful: ReturnType<typeof setInterval> | undefined;
  const look = async () => {
    const now = await whoAmI();
    if (now && now.id !== person) return location.replace('/');
    if (!now) return;
    clearInterval(doubtful);
    doubtful = undefined;
    await keepFor(person);
  };
  const check = () => void look().catch(() => undefined);
  const doubt = () => {
    pauseKeeping();
    doubtful ??= setInterval(check, AGAIN_MS);
  };
  if ('BroadcastChannel' in window) new BroadcastChannel(CHANNEL).onmessage = doubt;
  addEventListener('focus', () => doubtful && check());
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    doubt();
    check();
  });
  onReached(check);
}
