/** What the server said about an entry, in the language of whoever reads it: its rule in words; the server's own sentence has the numbers. */
import { useLanguage, useWords } from '@/words';
import { ruleWords, type RuleKey } from './rules.words';

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

export function Says({ rule, says }: { rule: string | null | undefined; says: string | null | undefined }) {
  const t = useWords(ruleWords);
  const language = useLanguage();
  const known = rule && rule in ruleWords.en ? t(rule as RuleKey) : null;
  if (!says) return known;
  if (language === 'en' || !known) return sentence(says);
  return <>{known} <small className="muted" lang="en">{sentence(says)}</small></>;
}
