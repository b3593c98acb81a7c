/** What is shown this once: a link, a secret. It ends only by saying that it was kept. */
import { Button, CopyText, Dialog, Notice } from '@/ui';
import { useWords } from '@/words';
import { adminWords } from './admin.words';

export function Secret({ title, text, note, onClose }: { title: string; text: string; note: string; onClose: () => void }) {
  const t = useWords(adminWords);
  return (
    <Dialog firm title={title} onClose={onClose} foot={<Button look="primary" onClick={onClose}>{t('done')}</Button>}>
      <Notice tone="warn">{note}</Notice>
      <CopyText text={text} />
    </Dialog>
  );
}

/** A link of the server's answer as somebody can open it. */
export const linkOf = (path: string): string => new URL(path, location.origin).href;
