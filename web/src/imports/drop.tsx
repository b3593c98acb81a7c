/** A file that somebody drops or chooses. */
import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { toast } from '@/ui';
import { useWords } from '@/words';
import { importsWords } from './imports.words';
import { ACCEPTED } from './model';

/** What an element needs to take a dropped file, whether one hovers over it, and a way to choose one instead. */
export function useFile(onFile: ((file: File) => void) | undefined) {
  const t = useWords(importsWords);
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined) => {
    const [file, second] = [...(files ?? [])];
    if (second) toast(t('tooMany'));
    else if (file) onFile?.(file);
  };
  const holds = (event: DragEvent) => onFile !== undefined && event.dataTransfer.types.includes('Files');
  const drop = {
    onDragOver: (event: DragEvent) => {
      if (!holds(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!(event.currentTarget as HTMLElement).contains(event.relatedTarget as Node | null)) setOver(false);
    },
    onDrop: (event: DragEvent) => {
      if (!holds(event)) return;
      event.preventDefault();
      setOver(false);
      take(event.dataTransfer.files);
    },
  };
  const chooser: ReactNode = (
    <input
      ref={input} type="file" hidden accept={ACCEPTED} aria-label={t('browse')}
      onChange={(event) => {
        take(event.target.files);
        // The same file can be chosen again after it was mended.
        event.target.value = '';
      }}
    />
  );
  return { over, drop, chooser, choose: () => input.current?.click() };
}
