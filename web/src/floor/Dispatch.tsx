/** What each line does next: the list by rule or by hand, and all lines over time. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, CalendarClock, GripVertical, ListOrdered } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '@/api/session';
import { useLive } from '@/planning/live';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { Button, Dialog, Empty, ErrorView, Field, IconButton, Loading, messageOf, Notice, Page, Select } from '@/ui';
import { useWords } from '@/words';
import { dispatch, dispatchListQuery, jobLabel, linesQuery, RULES, type Listed, type Rule, type Target } from './data';
import { MoveDialog } from './Effect';
import { floorWords } from './floor.words';
import { GanttView } from './Gantt';
import { reordered } from './model/gantt';
import { Due, Progress, StatusBadge } from './parts';

export default function DispatchPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(floorWords);
  const may = useMay();
  const cache = useQueryClient();
  const [url, setUrl] = useUrl();
  const [planning, setPlanning] = useState(false);
  const tab = url('tab', 'list');
  const whyNot = may('production.job.assign', plantId) ? undefined : t('mayNot');
  useLive(['gemba.job.', 'gemba.manufacturing_order.', 'gemba.schedule.'], () => void cache.invalidateQueries({ queryKey: ['jobs'] }));
  return (
    <Page title={t('dispatch')} about={t('dispatchAbout')} fill={tab === 'gantt'} actions={<Button look="primary" icon={<CalendarClock size={15} />} why={whyNot} onClick={() => setPlanning(true)}>{t('schedule')}</Button>}>
      <div className="tabs" role="tablist">
        {(['list', 'gantt'] as const).map((one) => <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => setUrl({ tab: one === 'list' ? '' : one })}>{t(one)}</button>)}
      </div>
      {tab === 'gantt' ? <GanttView plantId={plantId} why={whyNot} /> : <List plantId={plantId} why={whyNot} />}
      {planning && <Forward plantId={plantId} onClose={() => setPlanning(false)} />}
    </Page>
  );
}

function List({ plantId, why }: { plantId: string; why: string | undefined }) {
  const t = useWords(floorWords);
  const [url, setUrl] = useUrl();
  const lines = useQuery(linesQuery(plantId));
  const active = (lines.data ?? []).filter((line) => line.active);
  const lineId = url('line') || (active[0]?.id ?? '');
  const rule = RULES.find((one) => one === url('rule')) ?? 'hand';
  const list = useQuery(dispatchListQuery(lineId, rule === 'hand' ? '' : rule));
  const [moving, setMoving] = useState<{ job: Listed; target: Target } | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const rows = list.data ?? [];
  const isHand = rule === 'hand';
  const put = (job: Listed, before: string | null) => {
    if (!reordered(rows.map((one) => one.id), job.id, before)) return;
    setMoving({ job, target: { line_id: lineId, ...(before ? { before_job_id: before } : {}) } });
  };
  if (lines.isPending) return <Loading />;
  if (active.length === 0) return <div className="panel"><Empty icon={<ListOrdered size={28} />} title={t('noLines')} /></div>;
  return (
    <>
      <div className="row wrap">
        <label className="row"><span className="muted small">{t('line')}</span><Select style={{ width: 'auto', minWidth: 160 }} value={lineId} options={active.map((line) => ({ value: line.id, label: line.name }))} onChange={(value) => setUrl({ line: value })} /></label>
        <label className="row"><span className="muted small">{t('rule')}</span><Select style={{ width: 'auto' }} value={rule} options={RULES.map((value) => ({ value, label: t(`rule_${value}`) }))} onChange={(value) => setUrl({ rule: value === 'hand' ? '' : value })} /></label>
        {isHand && <span className="small muted">{t('dragHelp')}</span>}
      </div>
      {list.isPending ? <Loading /> : list.error ? <ErrorView error={list.error} onRetry={() => void list.refetch()} /> : rows.length === 0 ? <div className="panel"><Empty icon={<ListOrdered size={28} />} title={t('nothing')}>{t('nothingText')}</Empty></div> : (
        <section className="panel table-scroll">
          <table className="table dispatch" aria-label={t('list')}>
            <thead><tr><th scope="col" className="num">{t('position')}</th><th scope="col">{t('job')}</th><th scope="col">{t('item')}</th><th scope="col">{t('status')}</th><th scope="col">{t('progress')}</th><th scope="col">{t('planned')}</th><th scope="col">{t('due')}</th><th scope="col" className="num">{t('priority')}</th><th scope="col"><span className="sr-only">{t('actions')}</span></th></tr></thead>
            <tbody>
              {rows.map((job, at) => (
                <tr
                  key={job.id} className={`${job.id === url('job') ? 'chosen' : ''} ${dragged && dragged !== job.id ? 'takes' : ''}`} draggable={isHand && !why}
                  onDragStart={() => setDragged(job.id)} onDragEnd={() => setDragged(null)} onDragOver={(event) => dragged && event.preventDefault()}
                  onDrop={(event) => {
                    event.preventDefault();
                    const own = rows.find((one) => one.id === dragged);
                    if (own && own.id !== job.id) put(own, job.id);
                  }}
                >
                  <td className="num">{isHand && !why && <GripVertical size={14} className="faint grip" aria-hidden="true" />}{job.position}</td>
                  <td><Link className="name nowrap" to={`/plants/${plantId}/orders/${job.manufacturing_order_id}` as string}>{jobLabel(job)}</Link> <span className="muted">{job.name}</span></td>
                  <td>{job.item.code} <span className="muted">{job.item.name}</span>{job.family && <span className="small muted"> · {job.family}</span>}</td>
                  <td><StatusBadge status={job.status} isJob />{job.waits_for.length > 0 && <div className="small muted">{t('waitsFor')}: {job.waits_for.join('; ')}</div>}</td>
                  <td><Progress good={job.good} quantity={job.quantity} /></td>
                  <td className="tabular small"><PlannedTime from={job.started_at ?? job.planned_start} to={job.planned_end} /></td>
                  <td><Due at={job.due_at} /></td>
                  <td className="num">{job.priority}</td>
                  <td className="actions">
                    {isHand && (
                      <>
                        <IconButton size="small" label={`${t('up')}: ${jobLabel(job)}`} icon={<ArrowUp size={14} />} why={why} disabled={at === 0} onClick={() => put(job, rows[at - 1]?.id ?? null)} />
                        <IconButton size="small" label={`${t('down')}: ${jobLabel(job)}`} icon={<ArrowDown size={14} />} why={why} disabled={at === rows.length - 1} onClick={() => put(job, rows[at + 2]?.id ?? null)} />
                      </>
                    )}
                    <IconButton size="small" label={t('moving', { job: jobLabel(job) })} icon={<CalendarClock size={14} />} why={why} onClick={() => setMoving({ job, target: {} })} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {moving && <MoveDialog key={moving.job.id} plantId={plantId} job={moving.job} target={Object.keys(moving.target).length === 0 ? null : moving.target} onClose={() => setMoving(null)} />}
    </>
  );
}

function PlannedTime({ from, to }: { from: string | null; to: string | null }) {
  const format = useFormat();
  if (!from) return <span className="faint">–</span>;
  return <>{format.dateTime(from)}{to && <span className="muted"> – {format.dateTime(to)}</span>}</>;
}

/** The simple schedule: tried first, kept when somebody likes it. */
function Forward({ plantId, onClose }: { plantId: string; onClose: () => void }) {
  const t = useWords(floorWords);
  const format = useFormat();
  const cache = useQueryClient();
  const [rule, setRule] = useState<Rule>('due');
  const tried = useQuery({ queryKey: ['jobs', 'forward', plantId, rule], queryFn: () => dispatch(plantId, rule, true), staleTime: 0, gcTime: 0, retry: false });
  const doing = useMutation({
    mutationFn: () => dispatch(plantId, rule, false),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['jobs'] });
      onClose();
    },
  });
  return (
    <Dialog title={t('scheduleTitle')} onClose={onClose} onSubmit={() => tried.data && doing.mutate()} foot={<><Button onClick={onClose}>{t('back')}</Button><Button type="submit" look="primary" busy={doing.isPending || tried.isFetching}>{t('keepIt')}</Button></>}>
      <p className="muted">{t('scheduleText')}</p>
      <Field label={t('rule')}><Select value={rule} onChange={(value) => setRule(value as Rule)} options={RULES.map((value) => ({ value, label: t(`rule_${value}`) }))} /></Field>
      {doing.error && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      {tried.isFetching ? <Loading lines={4} /> : tried.error ? <ErrorView error={tried.error} /> : tried.data && (
        <section className="effect">
          <h3>{t('effect')}</h3>
          <p>{t('plannedN', { n: tried.data.jobs.length })}, <span className={tried.data.late.length > 0 ? 'bad' : 'good'}>{t('lateN', { n: tried.data.late.length })}</span>{tried.data.left_out.length > 0 && <>, {t('leftOutN', { n: tried.data.left_out.length })}</>}</p>
          {tried.data.late.length > 0 && <ul className="small">{tried.data.late.slice(0, 12).map((one) => <li key={one.manufacturing_order_id}>{t('lateH', { order: one.order_code, h: format.number(one.late_h, 1) })}</li>)}</ul>}
          {tried.data.left_out.length > 0 && <><h3>{t('leftOut')}</h3><ul className="small">{tried.data.left_out.slice(0, 12).map((one) => <li key={one.job_id}>{one.job}: {one.says}</li>)}</ul></>}
        </section>
      )}
    </Dialog>
  );
}
