/** The PIN with which somebody of the floor says who they are at a terminal. Nobody reads it again: it is set anew, or taken away. */
import { useMutation } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { api, ask, idempotencyKey } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import type { RecordActionProps } from '@/pages/registry';
import { Button, Dialog, Field, messageOf, Notice, TextInput, toast } from '@/ui';
import { useWords } from '@/words';
import { operatorWords } from './operator.words';

const RULE = /^\d{4,8}$/;

export default function OperatorPin({ id, name, plantId }: RecordActionProps) {
  const t = useWords(operatorWords);
  const may = useMay();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon={<KeyRound size={15} />} why={may('production.operator.set_pin', plantId) ? undefined : t('mayNot')} onClick={() => setOpen(true)}>{t('pin')}</Button>
      {open && <PinDialog id={id} name={name} onClose={() => setOpen(false)} />}
    </>
  );
}

function PinDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const t = useWords(operatorWords);
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const set = useMutation({
    mutationFn: (next: string | null) => ask(api.POST('/api/v1/operators/{id}/pin', { params: { path: { id }, header: { 'Idempotency-Key': idempotencyKey() } as never }, body: { pin: next } })),
    onSuccess: (_, next) => {
      toast(t(next === null ? 'pinGone' : 'pinSet', { name }));
      onClose();
    },
  });
  const problem = set.error instanceof Problem ? set.error : null;
  const wrong = tried && !RULE.test(pin) ? t('pinRule') : problem?.at('/pin');
  const differ = tried && RULE.test(pin) && pin !== again ? t('pinDiffer') : undefined;
  const submit = () => {
    setTried(true);
    if (RULE.test(pin) && pin === again) set.mutate(pin);
  };
  const digits = { type: 'password', inputMode: 'numeric', autoComplete: 'new-password', maxLength: 8 } as const;
  return (
    <Dialog
      title={t('pinOf', { name })} onClose={onClose} onSubmit={submit}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button look="danger" busy={set.isPending && set.variables === null} onClick={() => set.mutate(null)}>{t('takePin')}</Button><Button type="submit" look="primary" busy={set.isPending && set.variables !== null}>{t('setPin')}</Button></>}
    >
      {set.error && !problem?.errors.length && <Notice tone="danger">{messageOf(set.error)}</Notice>}
      <p className="muted">{t('pinText')}</p>
      <div className="form-grid">
        <Field label={t('pin')} error={wrong} help={t('pinRule')}><TextInput {...digits} value={pin} onChange={setPin} /></Field>
        <Field label={t('pinAgain')} error={differ}><TextInput {...digits} value={again} onChange={setAgain} /></Field>
      </div>
    </Dialog>
  );
}
