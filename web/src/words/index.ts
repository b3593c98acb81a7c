/**
 * The three languages. Each feature keeps its words beside its code, all languages in one place; the compiler refuses a word that one of
 * them lacks, and a test that placeholders differ.
 */
import { useCallback, useSyncExternalStore } from 'react';
import { currentLanguage, onLanguage, type Language } from './language';

export { currentLanguage, setLanguage, LANGUAGES, type Language } from './language';
export { fill, type Values } from './fill';
import { fill, type Values } from './fill';

/** One word in every language. */
export type Word = Record<Language, string>;

export interface Words<K extends string> {
  en: Record<K, string>;
  es: Record<K, string>;
  de: Record<K, string>;
}

export function defineWords<K extends string>(words: Words<K>): Words<K> {
  return words;
}

export type Say<K extends string> = (key: K, values?: Values) => string;

export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage);
}

/** `const t = useWords(words)`; `t('saved', { n: 3 })`. The same function until the language changes. */
export function useWords<K extends string>(words: Words<K>): Say<K> {
  const language = useLanguage();
  return useCallback((key, values) => fill(words[language][key], values, language), [words, language]);
}

/** A single word, such as a page's title, in the reader's language. */
export function useWord(): (word: Word) => string {
  const language = useLanguage();
  return useCallback((word) => word[language], [language]);
}
