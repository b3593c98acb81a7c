/** Everything that has to be found when a lot is bad: where it lies, and what of it has left the house, to whom. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronDown, Download } from 'lucide-react';
import { useFormat } from '@/planning/numbers';
import { downloadFrom } from '@/records/download';
import { Badge, Button, ErrorView, Loading, Menu, MenuItem, Moment, Notice } from '@/ui';
import { useWords } from '@/words';
import { pathOf, recallQuery } from './data';
import { stockWords, type StockKey } from './stock.words';

const STATUSES = ['available', 'blocked', 'quarantine', 'consumed', 'scrapped'];

/** A status in words. */
export function useStatus(): (status: string) => string {
  const t = useWords(stockWords);
  return (status) => (STATUSES.includes(status) ? t(status as StockKey) : status);
}

export function RecallList({ kind, id }: { kind: 'lot' | 'serial'; id: string }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const said = useStatus();
  const recall = useInfiniteQuery(recallQuery(kind, id));
  if (recall.isPending) return <Loading />;
  if (recall.error) return <ErrorView error={recall.error} onRetry={() => void recall.refetch()} />;
  const items = recall.data.pages.flatMap((page) => page.items);
  const gone = items.filter((one) => Number(one.gone_out) > 0).length;
  const number = (text: string) => format.number(Number(text), 6);
  const save = (form: 'csv' | 'xlsx') => void downloadFrom(`/api/v1/${pathOf(kind)}/${id}/recall?format=${form}`, `recall.${form}`);
  return (
    <section className="panel">
      <div className="head">
        <h2 className="grow">{t('recallSum', recall.data.pages[0]!.totals)}</h2>
        <Menu align="end" button={{ size: 'small', icon: <Download size={14} />, children: <>{t('recallFile')}<ChevronDown size={14} /></> }}>
          <MenuItem onSelect={() => save('csv')}>{t('recallCsv')}</MenuItem>
          <MenuItem onSelect={() => save('xlsx')}>{t('recallXlsx')}</MenuItem>
        </Menu>
      </div>
      {gone > 0 && <Notice tone="warn">{t('recallGone', { n: gone })}</Notice>}
      <div className="table-scroll">
        <table className="table recall" aria-label={t('recall')}>
          <thead>
            <tr>
              <th scope="col" className="num">{t('step')}</th><th scope="col">{t('lot')} / {t('serial')}</th><th scope="col">{t('item')}</th><th scope="col">{t('status')}</th>
              <th scope="col" className="num">{t('quantity')}</th><th scope="col">{t('where')}</th><th scope="col" className="num" title={t('goneNote')}>{t('gone')}</th><th scope="col">{t('forWhom')}</th><th scope="col">{t('madeIn')}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id}>
                <td className="num">{one.level}</td><td><Link className="name" to={`/plants/${plantId}/trace/${one.kind}/${one.id}` as string}>{one.code}</Link></td><td>{one.item.code} <span className="muted">{one.item_name}</span></td>
                <td><Badge tone={one.status === 'available' ? 'ok' : one.status === 'blocked' || one.status === 'quarantine' ? 'warn' : undefined}>{said(one.status)}</Badge></td>
                <td className="num">{Number(one.in_stock) > 0 ? number(one.in_stock) : '–'}</td>
                <td>{one.locations.join(', ') || <span className="faint">{t('notInStock')}</span>}{Number(one.scrapped) > 0 && <div className="small muted">{t('thrownAway', { n: number(one.scrapped) })}</div>}</td>
                <td className="num">{Number(one.gone_out) > 0 ? <><b className="bad">{number(one.gone_out)}</b><div className="small muted">{one.gone_out_reference} {one.gone_out_at && <Moment at={one.gone_out_at} exact />}</div></> : '–'}</td>
                <td>{one.customer ?? <span className="faint">–</span>}</td>
                <td>
                  {one.manufacturing_order && one.manufacturing_order_id ? <Link to={`/plants/${plantId}/orders/${one.manufacturing_order_id}` as string}>{one.manufacturing_order}</Link> : <span className="faint">–</span>}
                  {(one.line ?? one.made_at) && <div className="small muted">{one.line} {one.made_at && <Moment at={one.made_at} exact />}</div>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {recall.hasNextPage && <div style={{ padding: 10 }}><Button size="small" busy={recall.isFetchingNextPage} onClick={() => void recall.fetchNextPage()}>{t('more')}</Button></div>}
    </section>
  );
}
