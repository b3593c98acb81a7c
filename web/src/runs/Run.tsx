/** One run: how far it is, what it said, and what came of it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useEffect } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { onEvent } from '@/api/live';
import { isActive } from '@/api/runs';
import { useMay } from '@/api/session';
import { Who } from '@/records/Who';
import { resultOf } from '@/shell/result';
import { Button, ErrorView, Loading, Moment, Notice, Page, Panel, Progress, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { runsWords } from './runs.words';
import { StateBadge, tookOf, type Run } from './Runs';

type LogLine = Schemas['LogLine'];

export default function RunPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const t = useWords(runsWords);
  const language = useLanguage();
  const may = useMay();
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['runs', 'one', id],
    queryFn: () => ask(api.GET('/api/v1/runs/{id}', { params: { path: { id } } })),
    refetchInterval: (one) => (one.state.data && isActive(one.state.data) ? 4_000 : false),
  });
  useEffect(() => onEvent((event) => {
    if (event.subject !== `run/${id}`) return;
    const data = event.data as Partial<Run>;
    if (event.type === 'gemba.run.progressed') queries.setQueryData<Run>(['runs', 'one', id], (old) => old && { ...old, state: 'running', progress: data.progress ?? old.progress, progress_text: data.progress_text ?? null });
    else void queries.invalidateQueries({ queryKey: ['runs', 'one', id] });
  }), [id, queries]);
  const act = useMutation({
    mutationFn: (verb: 'cancel' | 'redrive') => askAt('POST', `/api/v1/runs/${id}/${verb}`),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['runs'] }),
    onError: toastError,
  });
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  const run = query.data;
  if (!run) return <Loading />;
  const error = run.error as { detail?: string } | null | undefined;
  const result = run.state === 'succeeded' ? resultOf(run) : null;
  return (
    <Page title={run.title} beside={<StateBadge state={run.state} />} crumbs={[{ label: t('runs'), to: '/runs' }]}
      actions={
        <>
          {isActive(run) && <Button busy={act.isPending} onClick={() => act.mutate('cancel')}>{t('cancel')}</Button>}
          {run.state === 'failed' && may('work.run.redrive') && <Button busy={act.isPending} onClick={() => act.mutate('redrive')}>{t('redrive')}</Button>}
          {result && <Link className="btn primary" to={result}>{t('openResult')}</Link>}
        </>
      }
    >
      {isActive(run) && <div className="stack-s"><Progress label={run.title} value={run.state === 'running' ? run.progress : null} /><span className="muted">{run.progress_text}</span></div>}
      {error && <Notice tone={run.state === 'failed' ? 'danger' : 'warn'}>{run.state === 'failed' ? t('error') : t('again')}: {error.detail}</Notice>}
      <div className="grid-2">
        <div className="stack">
          <Panel>
            <dl className="facts">
              <dt>{t('kind')}</dt><dd><code>{run.kind}</code></dd>
              <dt>{t('by')}</dt><dd><Who bare id={run.created_by} /></dd>
              <dt>{t('began')}</dt><dd><Moment exact at={run.created_at} /></dd>
              <dt>{t('started')}</dt><dd><Moment exact at={run.started_at} /></dd>
              <dt>{t('finished')}</dt><dd><Moment exact at={run.finished_at} /></dd>
              <dt>{t('took')}</dt><dd className="tabular">{tookOf(run, language)}</dd>
              <dt>{t('attempts')}</dt><dd className="tabular">{run.attempt} / {run.attempts_max}</dd>
            </dl>
          </Panel>
          <Panel title={t('payload')}><pre className="log">{JSON.stringify(run.payload, null, 2)}</pre></Panel>
          {Boolean(run.result) && <Panel title={t('result')}><pre className="log">{JSON.stringify(run.result, null, 2)}</pre></Panel>}
        </div>
        <Log run={run} />
      </div>
    </Page>
  );
}

function Log({ run }: { run: Run }) {
  const t = useWords(runsWords);
  const { data } = useQuery({ queryKey: ['runs', 'log', run.id, run.state, run.progress], queryFn: () => askAt<{ items: LogLine[] }>('GET', `/api/v1/runs/${run.id}/log?limit=500`), placeholderData: (before) => before });
  return (
    <Panel title={t('log')}>
      {data?.items.length === 0 && <p className="muted">{t('noLog')}</p>}
      {data && data.items.length > 0 && <div className="log" tabIndex={0} role="log" aria-label={t('log')}>{data.items.map((line) => <div key={line.number} className={line.level}>{line.at.slice(11, 19)} {line.text}</div>)}</div>}
    </Panel>
  );
}
