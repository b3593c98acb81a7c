/** Above every input grid: search, only what differs, and what else the section offers. */
import { Search } from 'lucide-react';
import type { ReactNode } from 'react';
import { Checkbox, TextInput } from '@/ui';
import { useWords } from '@/words';
import { useUrl } from '../url';
import { inputsWords } from './inputs.words';

export function useGridFilter(): { words: string[]; only: boolean; matches: (text: string) => boolean } {
  const [url] = useUrl();
  const words = url('find').toLowerCase().split(/\s+/).filter(Boolean);
  return { words, only: url('only') === 'yes', matches: (text) => words.every((word) => text.toLowerCase().includes(word)) };
}

export function GridTools({ children }: { children?: ReactNode }) {
  const t = useWords(inputsWords);
  const [url, setUrl] = useUrl();
  return (
    <div className="grid-tools">
      <span className="with-icon" style={{ width: 220 }}>
        <Search size={14} />
        <TextInput type="search" value={url('find')} placeholder={t('search')} aria-label={t('search')} onChange={(value) => setUrl({ find: value })} />
      </span>
      <Checkbox label={t('onlyChanged')} checked={url('only') === 'yes'} onChange={(checked) => setUrl({ only: checked ? 'yes' : '' })} />
      <span className="grow" />
      {children}
    </div>
  );
}
