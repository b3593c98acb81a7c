/**
 * What the server calls kinds and fields, in the reader's language. The server speaks English; a word that is missing here is shown in English,
 * so that a kind declared tomorrow works today.
 */
import { useQuery } from '@tanstack/react-query';
import { useLanguage, type Language } from '@/words';

type Translations = Record<string, string>;

const load: Record<Language, () => Promise<{ default: Translations }>> = {
  en: () => import('./kind-words.en'),
  es: () => import('./kind-words.es'),
  de: () => import('./kind-words.de'),
};

/** `words('Available')`. */
export function useKindWords(): (english: string) => string {
  const language = useLanguage();
  const { data } = useQuery({
    queryKey: ['kind-words', language],
    queryFn: async () => (await load[language]()).default,
    staleTime: Infinity,
  });
  return (english) => data?.[english] ?? english;
}

/** A kind's name as it stands within a sentence: small where the language writes it so, and no abbreviation. */
export function withinSentence(name: string, language: Language): string {
  const isWord = /^\p{Lu}\p{Ll}/u.test(name);
  return language === 'de' || !isWord ? name : name.charAt(0).toLocaleLowerCase(language) + name.slice(1);
}
