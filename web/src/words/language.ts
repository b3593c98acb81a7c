/** Which language is spoken: the person's choice, else the browser's, else English. */

export const LANGUAGES = { en: 'English', es: 'Español', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = 'gemba.language';
const listeners = new Set<() => void>();

const known = (tag: string | null | undefined): Language | undefined => {
  const base = tag?.slice(0, 2).toLowerCase();
  return base !== undefined && base in LANGUAGES ? (base as Language) : undefined;
};

let language: Language = known(localStorage.getItem(KEY)) ?? navigator.languages.map(known).find(Boolean) ?? 'en';
document.documentElement.lang = language;

export const currentLanguage = (): Language => language;

export function setLanguage(next: string): void {
  const chosen = known(next);
  if (!chosen || chosen === language) return;
  language = chosen;
  localStorage.setItem(KEY, chosen);
  document.documentElement.lang = chosen;
  for (const listener of listeners) listener();
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
