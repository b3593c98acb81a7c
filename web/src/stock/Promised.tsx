/** What is promised to which order, and where it lies; a promise is taken back here. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Boxes } from 'lucide-react';
import { useState } from 'react';
import type { Schemas, Told } from '@/api/client';
import { useMay } from '@/api/session';
import { useFormat } from '@/planning/numbers';
import { useLabel } from '@/records/labels';
import { Button, Confirm, Empty, Moment, Rows, toast, toastError, useRows } from '@/ui';
import { useWords } from '@/words';
import { verb } from './data';
import { stockWords } from './stock.words';

type Promised = Told<Schemas['Promise']>;

export function PromisedList({ plantId }: { plantId: string }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const may = useMay()('inventory.stock.reserve', plantId);
  const [freeing, setFreeing] = useState<Promised | null>(null);
  const rows = useRows<Promised>(['stock', 'reservations', plantId], `/api/v1/stock/reservations?plant_id=${plantId}&limit=100`);
  return (
    <section className="panel">
      <Rows
        of={rows} label={t('promised')} rowKey={(row) => row.id} empty={<Empty icon={<Boxes size={28} />} title={t('promisedNone')}>{t('promisedNoneText')}</Empty>}
        columns={[
          { title: t('order'), value: (row) => <Link className="name" to={`/plants/${plantId}/orders/${row.order_id}` as string}><OrderCode id={row.order_id} /></Link> },
          { title: t('item'), value: (row) => row.item.code },
          { title: t('lot'), value: (row) => (row.lot ? <Link to={`/plants/${plantId}/trace/lot/${row.lot.id}` as string}>{row.lot.code}</Link> : '–') },
          { title: t('place'), value: (row) => row.location.code },
          { title: t('quantity'), num: true, value: (row) => format.number(Number(row.quantity), 6) },
          { title: t('since'), value: (row) => <Moment at={row.created_at} exact /> },
          { title: t('actions'), actions: true, value: (row) => <Button size="small" why={may ? undefined : t('mayNot')} onClick={() => setFreeing(row)}>{t('free1')}</Button> },
        ]}
      />
      {freeing && <FreeDialog promised={freeing} onClose={() => setFreeing(null)} />}
    </section>
  );
}

function OrderCode({ id }: { id: string }) {
  return <>{useLabel('manufacturing_order', id) ?? `…${id.slice(-6)}`}</>;
}

function FreeDialog({ promised, onClose }: { promised: Promised; onClose: () => void }) {
  const t = useWords(stockWords);
  const cache = useQueryClient();
  const order = useLabel('manufacturing_order', promised.order_id) ?? '…';
  const free = useMutation({
    mutationFn: () => verb('unreserve', { plant_id: promised.plant_id, order_id: promised.order_id, item_id: promised.item.id }),
    onSuccess: () => {
      toast(t('done_free'));
      onClose();
    },
    onError: toastError,
    onSettled: () => void cache.invalidateQueries({ queryKey: ['stock'] }),
  });
  return <Confirm title={`${t('free1')}: ${promised.item.code}`} action={t('free1')} busy={free.isPending} onConfirm={() => free.mutate()} onClose={onClose}>{t('freeText', { order })}</Confirm>;
}
