/** What can be done with manufacturing orders, one or many: released, held, split, merged, closed. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { plainNumber } from '@/planning/model/clipboard';
import { Button, Dialog, Field, messageOf, Notice, NumberInput, TextInput, toast, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { decimalMark } from '@/words/locale';
import { mergeOrders, orderVerb, splitOrder, type Order, type OrderStatus, type OrderVerb } from './data';
import { floorWords } from './floor.words';

export type Verb = OrderVerb | 'split' | 'merge';

/** In which states a verb means something; the server decides. */
const FITS: Record<Verb, OrderStatus[]> = {
  release: ['planned'], hold: ['released', 'running'], resume: ['paused'], split: ['planned', 'released', 'running', 'paused'], merge: ['planned', 'released', 'running', 'paused'], close: ['completed', 'running', 'released', 'paused'], cancel: ['planned', 'released', 'paused'],
};

export const fits = (verb: Verb, order: Pick<Order, 'status'>): boolean => FITS[verb].includes(order.status);

/** Verbs that ask for a word first. */
const ASKS: Verb[] = ['hold', 'cancel', 'close', 'split', 'merge'];

export function useOrderVerbs(plantId: string) {
  const t = useWords(floorWords);
  const may = useMay();
  const cache = useQueryClient();
  const [asking, setAsking] = useState<{ verb: Verb; orders: Order[] } | null>(null);
  const told = () => {
    void cache.invalidateQueries({ queryKey: ['records', 'manufacturing_order'] });
    void cache.invalidateQueries({ queryKey: ['jobs'] });
  };
  const all = async (verb: OrderVerb, orders: readonly Order[], body: Record<string, unknown> = {}) => {
    let done = 0;
    let refused: unknown = null;
    // One after the other: each is refused or done by itself, and says why.
    for (const order of orders) {
      try {
        await orderVerb(order.id, verb, body);
        done += 1;
      } catch (error) {
        refused ??= error;
      }
    }
    told();
    if (done > 0) toast(refused ? t('partly', { done, all: orders.length }) : t(`done_${verb}`));
    if (refused) toastError(refused);
  };
  const begin = (verb: Verb, orders: Order[]) => (ASKS.includes(verb) ? setAsking({ verb, orders }) : void all(verb as OrderVerb, orders));
  const why = (verb: Verb) => (may(`production.manufacturing_order.${verb === 'resume' ? 'hold' : verb === 'merge' ? 'split' : verb}`, plantId) ? undefined : t('mayNot'));
  const dialog = asking && <Asking {...asking} onClose={() => setAsking(null)} onDone={told} onAll={all} />;
  return { begin, why, dialog };
}

function Asking({ verb, orders, onClose, onDone, onAll }: { verb: Verb; orders: Order[]; onClose: () => void; onDone: () => void; onAll: (verb: OrderVerb, orders: readonly Order[], body: Record<string, unknown>) => Promise<void> }) {
  const t = useWords(floorWords);
  const mark = decimalMark(useLanguage());
  const [note, setNote] = useState('');
  const [quantity, setQuantity] = useState('');
  const first = orders[0];
  const code = orders.length === 1 ? (first?.code ?? '') : t('selected', { n: orders.length });
  const doing = useMutation({
    mutationFn: async () => {
      if (verb === 'split' && first) await splitOrder(first.id, plainNumber(quantity, mark) ?? quantity.trim());
      else if (verb === 'merge' && first) await mergeOrders(first.id, orders.slice(1).map((order) => order.id));
      else if (verb !== 'split' && verb !== 'merge') await onAll(verb, orders, verb === 'close' || note.trim() === '' ? {} : { note: note.trim() });
    },
    onSuccess: () => {
      if (verb === 'split' || verb === 'merge') {
        toast(t(`done_${verb}`));
        onDone();
      }
      onClose();
    },
  });
  const at = doing.error instanceof Problem ? doing.error.at('/quantity') : undefined;
  const title = verb === 'merge' ? t('askMerge', { n: orders.length }) : verb === 'split' ? `${t('split')}: ${code}` : t(verb === 'hold' ? 'askHold' : verb === 'close' ? 'askClose' : 'askCancel', { code });
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => doing.mutate()} foot={<><Button onClick={onClose}>{t('back')}</Button><Button type="submit" look={verb === 'cancel' ? 'danger' : 'primary'} busy={doing.isPending}>{t(verb)}</Button></>}>
      {doing.error && !at && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      {verb === 'split' ? <Field label={t('splitOff')} error={at}><NumberInput value={quantity} onChange={setQuantity} /></Field> : <p className="muted">{verb === 'merge' ? t('mergeText', { code: first?.code ?? '' }) : t(verb === 'hold' ? 'holdText' : verb === 'close' ? 'closeText' : 'cancelText')}</p>}
      {(verb === 'hold' || verb === 'cancel') && <Field label={t('note')} note={t('optional')} help={t('noteHelp')}><TextInput value={note} onChange={setNote} maxLength={1000} /></Field>}
    </Dialog>
  );
}
