/** One manufacturing order: how far it is, its jobs, and what can be done with it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { FileText, ListChecks, TableProperties } from 'lucide-react';
import { useState } from 'react';
import { LabelButton } from '@/labels/LabelButton';
import { useLive } from '@/planning/live';
import { useFormat } from '@/planning/numbers';
import { downloadFrom } from '@/records/download';
import { Button, Empty, ErrorView, Figure, Loading, Moment, Notice, Page, Panel } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { jobLabel, jobsOfOrderQuery, orderQuery } from './data';
import { floorWords } from './floor.words';
import { Material } from './Material';
import { fits, useOrderVerbs, type Verb } from './OrderVerbs';
import { Due, ItemName, Progress, StatusBadge, useLineNames } from './parts';
import { ReportsDialog } from './Reports';

const VERBS: Verb[] = ['split', 'hold', 'close', 'cancel', 'resume', 'release'];

export default function OrderDetail() {
  const { plantId, orderId } = useParams({ strict: false }) as { plantId: string; orderId: string };
  const t = useWords(floorWords);
  const format = useFormat();
  const language = useLanguage();
  const cache = useQueryClient();
  const order = useQuery(orderQuery(orderId));
  const jobs = useQuery(jobsOfOrderQuery(plantId, orderId));
  const lineName = useLineNames(plantId);
  const verbs = useOrderVerbs(plantId);
  const [looking, setLooking] = useState<string | null>(null);
  useLive(['gemba.manufacturing_order.', 'gemba.job.'], () => {
    void cache.invalidateQueries({ queryKey: ['records', 'manufacturing_order', 'one', orderId] });
    void cache.invalidateQueries({ queryKey: ['jobs', 'order', orderId] });
  });
  if (order.isPending) return <Loading />;
  if (order.error) return <ErrorView error={order.error} onRetry={() => void order.refetch()} />;
  const one = order.data;
  const able = VERBS.filter((verb) => fits(verb, one));
  const looked = jobs.data?.find((job) => job.id === looking);
  const isOver = ['completed', 'closed', 'cancelled'].includes(one.status);
  return (
    <Page
      title={one.code} crumbs={[{ label: t('orders'), to: `/plants/${plantId}/orders` }]} beside={<StatusBadge status={one.status} />} about={<ItemName id={one.item_id} />}
      actions={
        <>
          <Button icon={<FileText size={15} />} onClick={() => void downloadFrom(`/api/v1/manufacturing-orders/${one.id}/traveller?language=${language}`, `${one.code}.pdf`)}>{t('traveller')}</Button>
          <LabelButton of={{ kind: 'manufacturing_order', id: one.id, name: one.code, plantId }} />
          <Link className="btn" to={`/data/manufacturing-orders/${one.id}` as string}><TableProperties size={15} />{t('openRecord')}</Link>
          {able.map((verb) => <Button key={verb} look={verb === 'release' || verb === 'resume' || (verb === 'close' && one.status === 'completed') ? 'primary' : verb === 'cancel' ? 'danger' : undefined} why={verbs.why(verb)} onClick={() => verbs.begin(verb, [one])}>{t(verb)}</Button>)}
        </>
      }
    >
      {one.status_note && <Notice tone={one.status === 'paused' ? 'warn' : 'info'}>{one.status_note}</Notice>}
      <section className="panel order-head">
        <Figure name={t('progress')} value={format.number(Number(one.good))} unit={`/ ${format.number(Number(one.quantity))}`} />
        <Figure name={t('missing')} value={format.number(Math.max(0, Number(one.quantity) - Number(one.good)))} />
        <Figure name={t('scrapped')} value={format.number(Number(one.scrapped))} />
        <Figure name={t('reworked')} value={format.number(Number(one.reworked))} />
        <div className="figure"><div className="name">{t('due')}</div><div><Due at={one.due_at} isOver={isOver} /></div></div>
        <Figure name={t('priority')} value={one.priority} />
      </section>
      <Panel title={t('jobs')} flush>
        {jobs.isPending ? <Loading /> : jobs.error ? <ErrorView error={jobs.error} onRetry={() => void jobs.refetch()} /> : jobs.data.length === 0 ? <Empty title={t('noJobs')} /> : (
          <div className="table-scroll">
            <table className="table" aria-label={t('jobs')}>
              <thead><tr><th scope="col" className="num">{t('operation')}</th><th scope="col">{t('job')}</th><th scope="col">{t('line')}</th><th scope="col">{t('status')}</th><th scope="col">{t('progress')}</th><th scope="col" className="num">{t('scrapped')}</th><th scope="col">{t('planned')}</th><th scope="col"><span className="sr-only">{t('actions')}</span></th></tr></thead>
              <tbody>
                {jobs.data.map((job) => (
                  <tr key={job.id}>
                    <td className="num">{job.number}{job.part > 1 && `.${job.part}`}</td><td>{job.name}</td><td>{job.line_id ? <Link to={`/plants/${plantId}/dispatch` as string} search={{ line: job.line_id } as never}>{lineName(job.line_id)}</Link> : '–'}</td><td><StatusBadge status={job.status} isJob /></td>
                    <td><Progress good={job.good} quantity={job.quantity} /></td><td className="num">{format.number(Number(job.scrapped))}</td><td><Moment at={job.started_at ?? job.planned_start} exact /></td>
                    <td className="actions"><Button size="small" icon={<ListChecks size={14} />} aria-label={`${t('reports')}: ${jobLabel(job)}`} onClick={() => setLooking(job.id)}>{t('reports')}</Button></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Panel>
      <Material plantId={plantId} order={one} />
      {verbs.dialog}
      {looked && <ReportsDialog plantId={plantId} job={looked} onClose={() => setLooking(null)} />}
    </Page>
  );
}
