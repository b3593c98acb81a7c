/** Small parts that several pages of planning are made of. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Badge, Button, Dialog, Field, Progress, TextArea, TextInput, toast, toastError, type Tone } from '@/ui';
import { Problem } from '@/api/problem';
import { useWords } from '@/words';
import { cancelRun, scenarioChanged, startOptimize, useClone, type Run, type Scenario } from './data';
import { freeName } from './model/free-name';
import { namesTaken } from './naming';
import { ended, useRun } from './run';
import { planningWords, type PlanningKey } from './planning.words';
import { band, bandColor, bandSoft } from './model/bands';
import { useFormat } from './numbers';

const TONES: Record<Scenario['status'], Tone | undefined> = { draft: undefined, submitted: 'warn', approved: 'ok' };

export function StatusBadge({ scenario }: { scenario: Pick<Scenario, 'status' | 'archived_at'> }) {
  const t = useWords(planningWords);
  if (scenario.archived_at) return <Badge>{t('archived')}</Badge>;
  return <Badge tone={TONES[scenario.status]}>{t(scenario.status)}</Badge>;
}

/** A utilisation as a bar with its number; the band is also said in words to who does not see it. */
export function UseBar({ pct, hours = 1, wide }: { pct: number; hours?: number; wide?: boolean }) {
  const t = useWords(planningWords);
  const format = useFormat();
  const of = band(pct, hours);
  return (
    <span className={`use-bar ${wide ? 'wide' : ''}`} title={t(of)}>
      <span className="track" aria-hidden="true"><span style={{ width: `${Math.min(100, pct)}%`, background: bandColor(of) }} /></span>
      <span className="tabular">{of === 'none' ? '–' : `${format.pct(pct)} %`}</span>
      <span className="sr-only">, {t(of)}</span>
    </span>
  );
}

/** What the colours mean, in words. */
export function BandKey() {
  const t = useWords(planningWords);
  return (
    <div className="band-key" aria-label={t('utilization')}>
      {(['low', 'good', 'high', 'full', 'over'] as const).map((of) => (
        <span key={of}>
          <i style={{ background: bandSoft(of), borderColor: bandColor(of) }} />
          {t(of)}
        </span>
      ))}
    </div>
  );
}

const PROGRESS: Record<string, PlanningKey> = { 'reading the plant': 'reading', optimizing: 'solving', 'keeping the result': 'keeping' };

/** Starts a run of a scenario and follows it; `run` is there from the first click to its end. */
export function useOptimize(scenario: Scenario | undefined, onDone?: () => void) {
  const t = useWords(planningWords);
  const cache = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const [starting, setStarting] = useState(false);
  const run = useRun(id);
  const over = ended(run);
  useEffect(() => {
    if (!over || !run || !scenario) return;
    scenarioChanged(cache, scenario);
    if (run.state === 'succeeded') {
      toast((run.result as { from_cache?: boolean } | null)?.from_cache ? t('fromCache') : t('done'));
      onDone?.();
    } else if (run.state === 'cancelled') {
      toast(t('cancelled'));
    } else {
      toastError(failureOf(run, t('failed')));
    }
    setId(null);
    // Once for each run: what else is used here is the same as when it began.
  }, [over, run?.id]);
  const start = async () => {
    if (!scenario || starting || id) return;
    setStarting(true);
    try {
      const asked = await startOptimize(scenario.id);
      cache.setQueryData(['run', asked.id], asked);
      setId(asked.id);
    } catch (error) {
      toastError(error);
    } finally {
      setStarting(false);
    }
  };
  return { start, run: id ? run : undefined, busy: starting || (id !== null && !over) };
}

export function failureOf(run: Run, fallback: string): Error {
  const error = run.error as ConstructorParameters<typeof Problem>[0] | null | undefined;
  return error?.detail ? new Problem(error) : new Error(fallback);
}

/** How far a run is, what it does (in the words of `say`, where it knows some), and a way to stop it. */
export function RunProgress({ run, say }: { run: Run | undefined; say?: (text: string) => string | undefined }) {
  const t = useWords(planningWords);
  const [stopping, setStopping] = useState(false);
  const known = run?.progress_text ? PROGRESS[run.progress_text] : undefined;
  const text = !run || run.state === 'queued' ? t('queued') : known ? t(known) : ((run.progress_text && say?.(run.progress_text)) || run.progress_text || t('optimizing'));
  const stop = async () => {
    if (!run) return;
    setStopping(true);
    try {
      await cancelRun(run.id);
    } catch (error) {
      setStopping(false);
      toastError(error);
    }
  };
  return (
    <div className="run-progress" role="status" aria-live="polite">
      <div className="grow">
        <div className="row small"><span className="grow">{text}</span>{run && run.state === 'running' && <span className="tabular muted">{Math.round(run.progress * 100)} %</span>}</div>
        <Progress value={run && run.state === 'running' ? run.progress : null} />
      </div>
      <Button size="small" busy={stopping} onClick={() => void stop()}>{t(stopping ? 'stopping' : 'stop')}</Button>
    </div>
  );
}

/** Asks for a name, and clones. */
export function CloneDialog({ scenario, version, onClose }: { scenario: Scenario; version?: number; onClose: () => void }) {
  const t = useWords(planningWords);
  const navigate = useNavigate();
  const clone = useClone();
  // A name that is free, until somebody types another.
  const { data: taken } = useQuery({ queryKey: ['scenarios', 'names', scenario.plant_id], queryFn: () => namesTaken(scenario.plant_id), staleTime: 0 });
  const [typed, setName] = useState<string | null>(null);
  const name = typed ?? freeName(t('cloneName', { name: scenario.name }), taken ?? []);
  const [description, setDescription] = useState('');
  const error = clone.error instanceof Problem ? clone.error : undefined;
  const submit = () =>
    clone.mutate(
      { scenario, name, description, version },
      {
        onSuccess: (made) => {
          onClose();
          toast(t('cloned', { name: made.name }));
          void navigate({ to: '/plants/$plantId/scenarios/$scenarioId' as string, params: { plantId: made.plant_id, scenarioId: made.id } as never, search: { tab: 'inputs' } as never });
        },
      },
    );
  return (
    <Dialog
      title={t('cloneTitle', { name: scenario.name })} onClose={onClose} onSubmit={submit}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={clone.isPending} onClick={undefined}>{t('clone')}</Button></>}
    >
      <p className="muted">{t('cloneHelp')}</p>
      <Field label={t('name')} error={error ? (error.at('/name') ?? (error.errors.length === 0 ? error.message : undefined)) : clone.error?.message}>
        <TextInput value={name} onChange={setName} required autoFocus />
      </Field>
      <Field label={t('description')}>
        <TextArea value={description} onChange={setDescription} />
      </Field>
    </Dialog>
  );
}
