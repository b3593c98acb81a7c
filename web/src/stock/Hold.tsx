/** A whole lot or a piece is blocked, put into quarantine, or released: wherever it lies, and whatever of it comes later. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ShieldAlert } from 'lucide-react';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { Button, Dialog, Field, messageOf, Notice, Select, TextInput, toast } from '@/ui';
import { useWords } from '@/words';
import { verb, type StockStatus } from './data';
import { stockWords } from './stock.words';

const STATUSES: StockStatus[] = ['available', 'quarantine', 'blocked'];

interface Held {
  kind: 'lot' | 'serial';
  id: string;
  code: string;
  status: string;
}

export function HoldButton({ of, plantId }: { of: Held; plantId: string }) {
  const t = useWords(stockWords);
  const may = useMay();
  const [open, setOpen] = useState(false);
  // A piece that is used up or gone is not held any more.
  if (of.kind === 'serial' && !STATUSES.some((one) => one === of.status)) return null;
  return (
    <>
      <Button icon={<ShieldAlert size={15} />} why={may('inventory.stock.set_status', plantId) ? undefined : t('mayNot')} onClick={() => setOpen(true)}>{t(of.status === 'available' ? 'holdIt' : 'setStatus')}</Button>
      {open && <HoldDialog of={of} onClose={() => setOpen(false)} />}
    </>
  );
}

function HoldDialog({ of, onClose }: { of: Held; onClose: () => void }) {
  const t = useWords(stockWords);
  const cache = useQueryClient();
  const others = STATUSES.filter((one) => one !== of.status);
  const [status, setStatus] = useState<string>(of.status === 'available' ? 'blocked' : 'available');
  const [reason, setReason] = useState('');
  const doing = useMutation({
    mutationFn: () => verb('set-status', { [of.kind === 'lot' ? 'lot_id' : 'serial_id']: of.id, status, reason: reason.trim() }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['stock'] });
      toast(t('done_set-status'));
      onClose();
    },
  });
  const problem = doing.error instanceof Problem ? doing.error : null;
  const at = problem?.at('/reason');
  return (
    <Dialog
      title={`${t('setStatus')}: ${t(of.kind === 'lot' ? 'lotWord' : 'serialWord')} ${of.code}`} onClose={onClose} onSubmit={() => doing.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look={status === 'available' ? 'primary' : 'danger'} busy={doing.isPending}>{t('setStatus')}</Button></>}
    >
      <p className="muted">{t(of.kind === 'lot' ? 'holdLotText' : 'holdSerialText')}</p>
      {doing.error && !at && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      <Field label={t('newStatus')}><Select value={status} onChange={setStatus} options={others.map((one) => ({ value: one, label: t(one) }))} /></Field>
      <Field label={t('reason')} error={at}><TextInput value={reason} onChange={setReason} maxLength={500} /></Field>
    </Dialog>
  );
}
