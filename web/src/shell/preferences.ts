/** How somebody likes the app: dark or light, dense or comfortable. Kept in the browser. */
import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
export type Density = 'compact' | 'comfortable';

const listeners = new Set<() => void>();

const read = <V extends string>(key: string, allowed: V[], fallback: V): V => {
  const stored = localStorage.getItem(key) as V | null;
  return stored && allowed.includes(stored) ? stored : fallback;
};

let theme: Theme = read('gemba.theme', ['system', 'light', 'dark'], 'system');
let density: Density = read('gemba.density', ['compact', 'comfortable'], 'compact');

export function applyPreferences(): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
  root.dataset.density = density;
}

function changed(): void {
  applyPreferences();
  for (const listener of listeners) listener();
}

export function setTheme(next: Theme): void {
  theme = next;
  localStorage.setItem('gemba.theme', next);
  changed();
}

export function setDensity(next: Density): void {
  density = next;
  localStorage.setItem('gemba.density', next);
  changed();
}

const LOOKS = ['gemba.theme', 'gemba.density', 'gemba.language', 'gemba.narrow', 'gemba.keep-plans'];

/** How somebody likes the app, to be put back where the browser forgets what it kept of this site. */
export const looksKept = (): [string, string][] => LOOKS.flatMap((key) => {
  const value = localStorage.getItem(key);
  return value === null ? [] : [[key, value] as [string, string]];
});

export function keepLooks(looks: readonly [string, string][]): void {
  for (const [key, value] of looks) localStorage.setItem(key, value);
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useTheme = (): Theme => useSyncExternalStore(subscribe, () => theme);
export const useDensity = (): Density => useSyncExternalStore(subscribe, () => density);
