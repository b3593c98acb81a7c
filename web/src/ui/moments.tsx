/** Instants and secrets as people need them. */
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useLanguage, useWords } from '@/words';
import { Button } from './controls';
import { uiWords } from './ui.words';

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3_600], ['minute', 60]];

/** "3 hours ago", with the exact instant on hovering. */
export function Moment({ at, exact }: { at: string | null | undefined; exact?: boolean }) {
  const language = useLanguage();
  if (!at) return <span className="faint">–</span>;
  const date = new Date(at);
  const full = date.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  if (exact) return <time dateTime={at} className="tabular">{full}</time>;
  const seconds = (date.getTime() - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['minute', 60];
  const said = new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(Math.round(seconds / size), unit);
  return <time dateTime={at} title={full}>{said}</time>;
}

/** A text that is to be copied: a link, a secret, an address. */
export function CopyText({ text }: { text: string }) {
  const t = useWords(uiWords);
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(text).then(() => {
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  });
  return (
    <div className="copy-text">
      <code>{text}</code>
      <Button size="small" icon={copied ? <Check size={14} /> : <Copy size={14} />} onClick={copy}>{t(copied ? 'copied' : 'copy')}</Button>
    </div>
  );
}
