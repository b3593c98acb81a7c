/** All runs that somebody may see, and what runs by the clock. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Activity } from 'lucide-react';
import { useEffect } from 'react';
import { askAt, type Schemas } from '@/api/client';
import { onEvent } from '@/api/live';
import { useMay, useMe } from '@/api/session';
import { useListSearch } from '@/records/search';
import { Who } from '@/records/Who';
import { Badge, Button, Empty, Moment, Page, Panel, Progress, Rows, Segmented, Select, toast, toastError, useRows, type Tone } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { localeOf } from '@/words/locale';
import { runsWords } from './runs.words';

export type Run = Schemas['Run'];
type State = Run['state'];

const TONES: Record<State, Tone | undefined> = { queued: 'info', running: 'accent', succeeded: 'ok', failed: 'danger', cancelled: undefined };
const STATES: State[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled'];

export function StateBadge({ state }: { state: State }) {
  const t = useWords(runsWords);
  return <Badge tone={TONES[state]}>{t(state)}</Badge>;
}

/** From start to end, as people say it. */
export function tookOf(run: Run, language: string): string {
  if (!run.started_at) return '';
  const seconds = (new Date(run.finished_at ?? Date.now()).getTime() - new Date(run.started_at).getTime()) / 1000;
  if (seconds < 10) return `${seconds.toLocaleString(localeOf(language), { minimumFractionDigits: 1, maximumFractionDigits: 1 })} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

export default function Runs() {
  const t = useWords(runsWords);
  const language = useLanguage();
  const me = useMe();
  const may = useMay();
  const queries = useQueryClient();
  const [search, change] = useListSearch();
  const seesAll = may('work.run.read');
  const isMine = !seesAll || search.of === 'mine';
  const said = new URLSearchParams({ limit: '50', ...(search.state ? { state: search.state } : {}), ...(isMine ? { by: `user:${me.id}` } : {}) });
  const runs = useRows<Run>(['runs', 'list', said.toString()], `/api/v1/runs?${said}`);
  useEffect(() => onEvent((event) => {
    if (event.type.startsWith('gemba.run.') && event.type !== 'gemba.run.progressed') void queries.invalidateQueries({ queryKey: ['runs'] });
  }), [queries]);
  return (
    <Page title={t('runs')} about={t('about')}>
      <div className="row wrap">
        {seesAll && <Segmented label={t('by')} value={isMine ? 'mine' : 'all'} onChange={(of) => change({ of: of === 'mine' ? 'mine' : null })} segments={[{ value: 'all', label: t('all') }, { value: 'mine', label: t('mine') }]} />}
        <Select aria-label={t('state')} style={{ width: 160 }} value={search.state ?? ''} onChange={(state) => change({ state: state || null })} empty={t('anyState')} options={STATES.map((value) => ({ value, label: t(value) }))} />
      </div>
      <Panel flush>
        <Rows of={runs} label={t('runs')} rowKey={(run) => run.id} empty={<Empty icon={<Activity size={28} />} title={t('none')}>{t('noneText')}</Empty>}
          columns={[
            { title: t('title'), value: (run) => <Link className="name" to={`/runs/${run.id}`}>{run.title}</Link> },
            { title: t('state'), value: (run) => <StateBadge state={run.state} /> },
            { title: t('progress'), value: (run) => run.state === 'running' && <div style={{ width: 120 }}><Progress label={run.title} value={run.progress} /></div> },
            { title: t('by'), value: (run) => <Who bare id={run.created_by} /> },
            { title: t('began'), value: (run) => <Moment at={run.created_at} /> },
            { title: t('took'), num: true, value: (run) => <span className="tabular">{tookOf(run, language)}</span> },
          ]} />
      </Panel>
      {may('work.schedule.read') && <Schedules />}
    </Page>
  );
}

type Schedule = Schemas['Schedule'];

function Schedules() {
  const t = useWords(runsWords);
  const queries = useQueryClient();
  const schedules = useRows<Schedule>(['schedules'], '/api/v1/schedules?limit=100');
  const run = useMutation({
    mutationFn: (schedule: Schedule) => askAt('POST', `/api/v1/schedules/${schedule.id}/run`),
    onSuccess: () => { toast(t('runBegan')); void queries.invalidateQueries({ queryKey: ['runs'] }); },
    onError: toastError,
  });
  return (
    <Panel flush title={t('schedules')}>
      <Rows of={schedules} label={t('schedules')} rowKey={(schedule) => schedule.id} empty={<p className="muted" style={{ padding: 16 }}>{t('noSchedules')}</p>}
        columns={[
          { title: t('name'), value: (schedule) => schedule.name },
          { title: t('kind'), value: (schedule) => <code>{schedule.kind}</code> },
          { title: t('when'), value: (schedule) => <><code>{schedule.cron}</code> <span className="faint">{schedule.time_zone}</span></> },
          { title: t('next'), value: (schedule) => (schedule.paused ? <Badge tone="warn">{t('paused')}</Badge> : <Moment at={schedule.next_at} />) },
          { title: t('actions'), actions: true, value: (schedule) => <Button size="small" onClick={() => run.mutate(schedule)}>{t('runNow')}</Button> },
        ]} />
    </Panel>
  );
}
