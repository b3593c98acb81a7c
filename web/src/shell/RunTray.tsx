/** What runs for this person: how far it is, the way to stop it, and to what came of it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Activity, CircleCheck, CircleSlash, CircleX } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { api, ask } from '@/api/client';
import { isActive, useMyRuns, type Run } from '@/api/runs';
import { IconButton, MenuList, Progress, toast, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { resultOf } from './result';
import { shellWords } from './shell.words';

export function RunTray() {
  const t = useWords(shellWords);
  const runs = useMyRuns();
  const active = runs.filter(isActive);
  const anchor = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useTellEnds(runs);
  return (
    <div ref={anchor} style={{ position: 'relative', display: 'inline-flex' }}>
      <IconButton label={active.length > 0 ? t('runsActive', { n: active.length }) : t('runs')} icon={<Activity size={17} />} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)} />
      {active.length > 0 && <span className="dot" aria-hidden="true" />}
      {open && (
        <MenuList anchor={anchor} align="end" label={t('runs')} onClose={() => setOpen(false)}>
          <div className="tray">
            <div className="row" style={{ padding: '4px 10px 8px' }}>
              <strong className="grow">{t('runs')}</strong>
              <Link className="small" to="/runs" onClick={() => setOpen(false)}>{t('allRuns')}</Link>
            </div>
            {runs.length === 0 && <p className="muted" style={{ padding: '4px 10px 12px' }}>{t('noRuns')}</p>}
            <ul>{runs.slice(0, 8).map((run) => <Row key={run.id} run={run} onGo={() => setOpen(false)} />)}</ul>
          </div>
        </MenuList>
      )}
    </div>
  );
}

const ICONS = { succeeded: CircleCheck, failed: CircleX, cancelled: CircleSlash };

function Row({ run, onGo }: { run: Run; onGo: () => void }) {
  const t = useWords(shellWords);
  const language = useLanguage();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/runs/{id}/cancel', { params: { path: { id: run.id } } })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['runs'] }),
    onError: toastError,
  });
  const result = run.state === 'succeeded' ? resultOf(run) : null;
  const Icon = run.state in ICONS ? ICONS[run.state as keyof typeof ICONS] : null;
  const error = run.error as { detail?: string } | null | undefined;
  return (
    <li className={`run ${run.state}`}>
      <div className="row">
        {Icon && <Icon size={15} aria-hidden="true" />}
        <span className="grow ellipsis" title={run.title}>{run.title}</span>
        {isActive(run) && <button type="button" className="btn ghost small" disabled={Boolean(run.cancel_requested_at)} onClick={() => cancel.mutate()}>{t(run.cancel_requested_at ? 'cancelling' : 'cancelRun')}</button>}
        {result && <Link className="btn ghost small" to={result} onClick={onGo}>{t('openResult')}</Link>}
      </div>
      {isActive(run) && <Progress value={run.state === 'running' ? run.progress : null} label={run.title} />}
      <div className="small faint">
        {run.state === 'running' && `${Math.round(run.progress * 100)} % ${run.progress_text ?? ''}`}
        {run.state === 'queued' && t('queued')}
        {run.state === 'failed' && <span className="bad">{error?.detail ?? t('failed')}</span>}
        {(run.state === 'succeeded' || run.state === 'cancelled') && `${t(run.state)} · ${new Date(run.finished_at ?? run.created_at).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })}`}
      </div>
    </li>
  );
}

/** Says it when a run ends that was seen at work. */
function useTellEnds(runs: Run[]): void {
  const t = useWords(shellWords);
  const navigate = useNavigate();
  // Runs seen at work, and whether the page that shows their result was open meanwhile: it tells by itself.
  const seen = useRef(new Map<string, boolean>());
  useEffect(() => {
    for (const run of runs) {
      const result = resultOf(run);
      const here = result !== null && location.pathname.startsWith(result.split('?')[0]!);
      if (isActive(run)) seen.current.set(run.id, here || (seen.current.get(run.id) ?? false));
      else if (seen.current.has(run.id)) {
        const watched = here || seen.current.get(run.id);
        seen.current.delete(run.id);
        if (run.state === 'failed') toastError(new Error(t('runFailed', { title: run.title })));
        else if (run.state === 'succeeded' && !watched) toast(t('runDone', { title: run.title }), result ? { label: t('openResult'), run: () => void navigate({ to: result }) } : undefined);
      }
    }
  }, [runs]);
}

