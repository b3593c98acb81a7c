/** A button that shows the label of a record, where its kind has one. */
import { Tag } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/ui';
import { useWords } from '@/words';
import { LabelDialog, type LabelOf } from './LabelDialog';
import { labelWords } from './labels.words';

export function LabelButton({ of }: { of: LabelOf }) {
  const t = useWords(labelWords);
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<Tag size={15} />} onClick={() => setOpen(true)}>{t('label')}</Button>
      {open && <LabelDialog of={of} onClose={() => setOpen(false)} />}
    </>
  );
}
