/** What goes into an order: how much was taken, how much is there for the rest, and what of it is promised. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMay } from '@/api/session';
import { useFormat } from '@/planning/numbers';
import { Badge, Button, ErrorView, Loading, Panel, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { freeMaterial, materialQuery, promiseMaterial, type Order } from './data';
import { floorWords } from './floor.words';

const OVER: Order['status'][] = ['completed', 'closed', 'cancelled'];

export function Material({ plantId, order }: { plantId: string; order: Order }) {
  const t = useWords(floorWords);
  const format = useFormat();
  const cache = useQueryClient();
  const may = useMay();
  const isOver = OVER.includes(order.status);
  const seesStock = may('inventory.stock.read', plantId);
  const found = useQuery({ ...materialQuery(order.id, seesStock), enabled: order.status !== 'planned' });
  const told = () => {
    void cache.invalidateQueries({ queryKey: ['jobs', 'material', order.id] });
    void cache.invalidateQueries({ queryKey: ['stock'] });
  };
  const promise = useMutation({
    mutationFn: () => promiseMaterial(plantId, order.id, (found.data?.rows ?? []).filter((row) => row.kind === 'input' && row.left > 0).map((row) => ({ item_id: row.item_id, quantity: String(row.left) }))),
    onSuccess: (answer) => {
      const short = answer.filter((one) => Number(one.short) > 0).length;
      toast(short > 0 ? t('promisedShort', { n: short }) : t('promisedAll'));
      told();
    },
    onError: toastError,
  });
  const free = useMutation({ mutationFn: () => freeMaterial(plantId, order.id), onSuccess: () => { toast(t('freed')); told(); }, onError: toastError });
  if (order.status === 'planned' || (found.data && found.data.rows.length === 0)) return null;
  const why = may('inventory.stock.reserve', plantId) ? undefined : t('mayNot');
  const number = (value: number) => format.number(value, 6);
  const isPromised = found.data?.rows.some((row) => row.promised > 0) ?? false;
  const isLeft = found.data?.rows.some((row) => row.left > row.promised) ?? false;
  return (
    <Panel title={t('materials')} flush actions={!isOver && seesStock && <>
      {isLeft && <Button size="small" why={why} busy={promise.isPending} onClick={() => promise.mutate()}>{t('promiseIt')}</Button>}
      {isPromised && <Button size="small" why={why} busy={free.isPending} onClick={() => free.mutate()}>{t('freeIt')}</Button>}
    </>}>
      {found.isPending ? <Loading lines={3} /> : found.error ? <ErrorView error={found.error} onRetry={() => void found.refetch()} /> : (
        <div className="table-scroll">
          <table className="table" aria-label={t('materials')}>
            <thead><tr><th scope="col">{t('item')}</th><th scope="col" className="num">{t('needed')}</th><th scope="col" className="num">{t('taken')}</th>{!isOver && <><th scope="col" className="num">{t('leftToTake')}</th><th scope="col" className="num">{t('promised')}</th><th scope="col" className="num">{t('availability')}</th></>}<th scope="col">{t('unit')}</th><th scope="col"><span className="sr-only">{t('status')}</span></th></tr></thead>
            <tbody>
              {found.data.rows.map((row) => (
                <tr key={row.id}>
                  <td>{row.item_code} <span className="muted">{row.item_name}</span></td>
                  <td className="num">{number(row.quantity)}</td><td className="num">{number(row.moved)}</td>
                  {!isOver && <><td className="num">{row.kind === 'input' ? number(row.left) : '–'}</td><td className="num">{row.promised > 0 ? number(row.promised) : '–'}</td><td className="num">{row.kind === 'input' ? number(row.available) : '–'}</td></>}
                  <td className="muted">{row.unit}</td>
                  <td>{row.kind !== 'input' ? <Badge>{t(row.kind === 'by_product' ? 'byProduct' : 'coProduct')}</Badge> : !isOver && row.short > 0 && <Badge tone="danger">{t('shortBy', { n: number(row.short) })}</Badge>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
