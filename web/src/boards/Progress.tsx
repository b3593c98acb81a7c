/** How far the orders on the floor are, step by step, and which will be late. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ListChecks } from 'lucide-react';
import { Kiosk } from '@/dashboards/parts';
import { StatusBadge } from '@/floor/parts';
import type { OrderStatus } from '@/floor/data';
import { useFormat } from '@/planning/numbers';
import '@/planning/planning.css';
import { Badge, Empty, ErrorView, Loading, Page } from '@/ui';
import { useWords } from '@/words';
import { boardsWords } from './boards.words';
import { progressQuery, useFresh } from './data';
import { Bar, LiveDot, Share, useFigure } from './parts';

export default function ProgressPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(boardsWords);
  const format = useFormat();
  const figure = useFigure();
  const at = useFresh();
  const orders = useQuery(progressQuery(plantId));
  return (
    <Kiosk>
      <Page title={t('progress')} beside={<LiveDot at={at} />} actions={<Share />}>
        {orders.isPending ? <Loading /> : orders.error ? <ErrorView error={orders.error} onRetry={() => void orders.refetch()} /> : orders.data.length === 0 ? <div className="panel"><Empty icon={<ListChecks size={28} />} title={t('noFigures')}>{t('noFiguresText')}</Empty></div> : (
          <section className="panel table-scroll">
            <table className="table" aria-label={t('progress')}>
              <thead><tr><th scope="col">{t('order')}</th><th scope="col">{t('item')}</th><th scope="col">{t('status')}</th><th scope="col">{t('work')}</th><th scope="col" className="num">{t('made')}</th><th scope="col">{t('steps')}</th><th scope="col">{t('expected')}</th><th scope="col">{t('due')}</th></tr></thead>
              <tbody>
                {[...orders.data].sort((a, b) => Number(b.late) - Number(a.late)).map((order) => (
                  <tr key={order.id}>
                    <td className="nowrap"><Link className="name" to={`/plants/${plantId}/orders/${order.id}` as string}>{order.code}</Link></td><td>{order.item_code} <span className="muted">{order.item}</span></td><td><StatusBadge status={order.status as OrderStatus} /></td>
                    <td className="nowrap"><Bar pct={order.work_pct ?? order.finished_pct} /> {figure(order.work_pct ?? order.finished_pct)}</td><td className="num">{format.whole(order.good)} / {format.whole(order.quantity)}</td>
                    <td><span className="steps">{order.jobs.map((job) => <i key={job.id} className={job.status} title={`${job.number} ${job.name} ${job.line ?? ''}: ${figure(job.progress_pct)}`}><u style={{ width: `${Math.min(100, job.progress_pct ?? 0)}%` }} /><span className="sr-only">{job.name}: {figure(job.progress_pct)}</span></i>)}</span></td>
                    <td className="nowrap">{order.expected_at ? format.dateTime(order.expected_at) : '–'}</td><td className="nowrap">{format.date(order.due_at)} {order.late && <Badge tone="danger">{t('lateOrder')}</Badge>}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </Page>
    </Kiosk>
  );
}
