/** A file that is being brought in: where it stands, what is wrong, what it was taken for, what it would change; then done, and taken back. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { FileUp, FlaskConical, RotateCcw, Trash2, Undo2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { cancelRun, useCreateScenario } from '@/planning/data';
import { createFreely } from '@/planning/naming';
import { useFormat } from '@/planning/numbers';
import { useWho } from '@/records/Who';
import { Badge, Button, Confirm, ErrorView, Loading, Notice, Page, Progress, Segmented, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { TONES } from './Bring';
import { sessionQuery, useSession, useSessionRun, type Mode, type Run, type Session as Of } from './data';
import { useFile } from './drop';
import { importsWords } from './imports.words';
import { cellKey, sameMapping, stepOf, totals, written, type Cell, type Mapping, type Step } from './model';
import { Preview } from './Preview';
import { Problems } from './Problems';
import { Sheets } from './Sheets';
import './imports.css';

export default function Session() {
  const { importId } = useParams({ strict: false }) as { importId: string };
  const session = useQuery(sessionQuery(importId));
  if (session.isPending) return <Loading />;
  if (session.error) return <ErrorView error={session.error} onRetry={() => void session.refetch()} />;
  return <Wizard key={session.data.id} session={session.data} />;
}

/** What is said but not checked yet. */
interface Staged {
  mapping: Mapping | null;
  cells: ReadonlyMap<string, Cell>;
}

const NOTHING: Staged = { mapping: null, cells: new Map() };

function useStaged(session: Of) {
  const [staged, setStaged] = useState<Staged>(NOTHING);
  const mapping = staged.mapping ?? session.mapping;
  const isSaid = staged.mapping !== null && !sameMapping(staged.mapping, session.mapping);
  const stage = (cells: { at: Omit<Cell, 'value'>; value: string | null }[]) =>
    setStaged((before) => {
      const next = new Map(before.cells);
      for (const { at, value } of cells) {
        if (value === null) next.delete(cellKey(at));
        else next.set(cellKey(at), { sheet: at.sheet, row: at.row, column: at.column, value });
      }
      return { ...before, cells: next };
    });
  return {
    cells: staged.cells, mapping, count: staged.cells.size + (isSaid ? 1 : 0), stage,
    say: (next: Mapping) => setStaged((before) => ({ ...before, mapping: next })),
    discard: () => setStaged(NOTHING),
    /** What is to be sent. */
    said: () => ({ ...(isSaid ? { mapping } : {}), corrections: [...staged.cells.values()] }),
  };
}

const CREATE = 'planning.import.create';
const COMMIT = 'planning.import.commit';

function Wizard({ session }: { session: Of }) {
  const t = useWords(importsWords);
  const may = useMay();
  const run = useSessionRun(session);
  const act = useSession(session);
  const staged = useStaged(session);
  const step = stepOf(session, run);
  const working = step === 'reading' || step === 'importing' || step === 'undoing';
  // While the file is read again, what was read before stays in sight.
  const shown = useRef(session.version);
  if (session.state !== 'reading') shown.current = session.version;
  const wasRead = session.sheets.length > 0 || session.state !== 'reading';
  const mayMend = may(CREATE, session.plant_id);
  const open = !working && step !== 'imported' && step !== 'undone';
  const mendable = open && mayMend;
  const check = () => act.say.mutate(staged.said(), { onSuccess: staged.discard, onError: toastError });
  const replace = (file: File) => act.replace.mutate(file, { onSuccess: staged.discard, onError: toastError });
  const { over, drop, chooser, choose } = useFile(mendable ? replace : undefined);
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || staged.count === 0 || !mendable) return;
      event.preventDefault();
      check();
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  });
  const closed = step === 'imported' || step === 'undone';
  const issues = session.counts.issues ?? {};
  const broken = (issues.error ?? 0) > 0;
  const hasIssues = (issues.error ?? 0) + (issues.warning ?? 0) + (issues.note ?? 0) > 0;
  const problems = <Problems session={session} version={shown.current} staged={staged.cells} onStage={mendable ? staged.stage : undefined} />;
  const preview = <Preview session={session} version={shown.current} done={closed} />;
  return (
    <Page
      title={session.file_name} crumbs={[{ label: t('import'), to: `/plants/${session.plant_id}/import` }]}
      beside={<><Badge tone={TONES[step]}>{t(`step_${step}`)}</Badge>{session.source && <span className="small muted">{t(`source_${session.source as 'workbook' | 'csv' | 'project'}`)}</span>}</>}
    >
      {chooser}
      <div className={`import-page ${over ? 'over' : ''}`} data-drop={t('dropAgain')} {...drop}>
        <Stands session={session} run={run} step={step} act={act} pending={staged.count} onChoose={choose} />
        {wasRead && step !== 'unread' && !closed && (
          <div className={`import-columns ${working ? 'busy' : ''}`}>
            <div className="stack">
              {(broken || hasIssues) && problems}
              {!broken && preview}
              {!broken && !hasIssues && problems}
            </div>
            <Sheets session={session} version={shown.current} mapping={staged.mapping} onSay={mendable ? staged.say : undefined} />
          </div>
        )}
        {closed && preview}
        {staged.count > 0 && mendable && (
          <div className="import-pending" role="status">
            <span className="grow strong">{t('pending', { n: staged.count })}</span>
            <Button size="small" look="ghost" onClick={staged.discard}>{t('discard')}</Button>
            <Button look="primary" busy={act.say.isPending} aria-keyshortcuts="Control+Enter" onClick={check}>{t('check')}</Button>
          </div>
        )}
      </div>
    </Page>
  );
}

interface StandsProps {
  session: Of;
  run: Run | undefined;
  step: Step;
  act: ReturnType<typeof useSession>;
  pending: number;
  onChoose: () => void;
}

/** First in words and one number where it stands, then what can be done. */
function Stands({ session, run, step, act, pending, onChoose }: StandsProps) {
  const t = useWords(importsWords);
  const format = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<'forget' | 'undo' | null>(null);
  const { created, updated, restored, left } = totals(session.counts);
  const count = written(session.counts);
  const errors = session.counts.issues?.error ?? 0;
  const warnings = session.counts.issues?.warning ?? 0;
  const lacks = (permission: string) => (may(permission, session.plant_id) ? undefined : t('noRight', { permission }));
  const changed = { created: format.whole(created), updated: format.whole(updated + restored) };
  const done = useWho(session.undone_by ?? session.committed_by ?? session.created_by);
  const title = {
    reading: t('title_reading'), unread: t('title_unread'), importing: t('title_importing'), undoing: t('title_undoing'), broken: t('title_broken', { n: errors }),
    ready: count > 0 ? t('title_ready', { n: count }) : t(left > 0 ? 'title_left' : 'title_nothing'), imported: t('title_imported', { n: count }), undone: t('title_undone'),
  }[step];
  const text = {
    reading: '', importing: '', undoing: '', unread: failureOf(run), broken: t('text_broken'), ready: count > 0 ? t('text_ready', changed) : left > 0 ? t('text_left', { n: left }) : t('text_nothing'),
    imported: session.committed_at ? t('text_imported', { ...changed, who: done, when: format.dateTime(session.committed_at), until: format.date(session.expires_at) }) : '',
    undone: session.undone_at ? t('text_undone', { who: done, when: format.dateTime(session.undone_at) }) : '',
  }[step];
  const failed = (step === 'ready' || step === 'imported') && run?.state === 'failed' && run.kind !== 'planning.import' ? run : undefined;
  const open = step === 'broken' || step === 'ready' || step === 'unread';
  const home = `/plants/${session.plant_id}/import`;
  const forget = () => act.forget.mutate(undefined, { onSuccess: () => { toast(t('forgotten')); void navigate({ to: home as string }); }, onError: toastError });
  const undo = () => act.undo.mutate(undefined, { onSettled: () => setAsking(null) });
  return (
    <section className={`panel import-stands ${step}`} aria-label={title}>
      <div>
        <h2 aria-live="polite">{title}</h2>
        {text && <p className="said">{text}</p>}
        {open && warnings > 0 && <p className="small muted">{t('warnings', { n: warnings })}</p>}
      </div>
      <div className="buttons">
        {open && <Button look="ghost" icon={<Trash2 size={15} />} why={lacks(CREATE)} onClick={() => setAsking('forget')}>{t('forget')}</Button>}
        {open && <Button icon={<FileUp size={15} />} why={lacks(CREATE)} busy={act.replace.isPending} onClick={onChoose}>{t('other')}</Button>}
        {step === 'unread' && <Button look="primary" icon={<RotateCcw size={15} />} why={lacks(CREATE)} busy={act.say.isPending} onClick={() => act.say.mutate({}, { onError: toastError })}>{t('again')}</Button>}
        {(step === 'ready' || step === 'broken') && (
          <Button
            look="primary" busy={act.commit.isPending} why={lacks(COMMIT) ?? (pending > 0 ? t('checkFirst') : errors > 0 ? t('fixFirst') : count === 0 ? t('nothingToDo') : undefined)}
            onClick={() => act.commit.mutate()}
          >
            {step === 'ready' && count > 0 ? t('importNow', { n: count }) : t('importNothing')}
          </Button>
        )}
        {step === 'imported' && <Button icon={<Undo2 size={15} />} why={lacks(COMMIT)} busy={act.undo.isPending} onClick={() => setAsking('undo')}>{t('undo')}</Button>}
        {(step === 'imported' || step === 'undone') && <Link className="btn" to={home as string}>{t('another')}</Link>}
        {step === 'imported' && <PlanIt session={session} />}
      </div>
      {(step === 'reading' || step === 'importing' || step === 'undoing') && <Working run={run} />}
      {open && step !== 'unread' && <Modes session={session} act={act} why={lacks(CREATE)} />}
      {open && session.corrections.length > 0 && (
        <p className="wide small muted row wrap">{t('corrected', { n: session.corrections.length })} <Button size="small" look="ghost" why={lacks(CREATE)} onClick={() => act.say.mutate({ forget_corrections: true }, { onError: toastError })}>{t('forgetCells')}</Button></p>
      )}
      <Refusals problem={act.commit.error ?? act.undo.error} failed={failed} onAgain={open ? () => act.say.mutate({}, { onSuccess: () => act.commit.reset(), onError: toastError }) : undefined} />
      {asking === 'forget' && <Confirm danger title={t('forgetTitle', { name: session.file_name })} action={t('forget')} busy={act.forget.isPending} onClose={() => setAsking(null)} onConfirm={forget}>{t('forgetText')}</Confirm>}
      {asking === 'undo' && <Confirm danger title={t('undoTitle', { name: session.file_name })} action={t('undo')} busy={act.undo.isPending} onClose={() => setAsking(null)} onConfirm={undo}>{t('undoText')}</Confirm>}
    </section>
  );
}

function failureOf(run: Run | undefined): string {
  const error = run?.error as { detail?: string } | null | undefined;
  return error?.detail ?? '';
}

/** Why it was not done, and what was changed since where something was. */
function Refusals({ problem, failed, onAgain }: { problem: unknown; failed: Run | undefined; onAgain: (() => void) | undefined }) {
  const t = useWords(importsWords);
  const error = failed?.error as { detail?: string; code?: string; errors?: { detail: string }[] } | null | undefined;
  const refused = problem instanceof Problem ? problem : undefined;
  const sentence = refused?.message ?? error?.detail ?? (problem instanceof Error ? problem.message : undefined);
  if (sentence === undefined) return null;
  const list = refused?.errors ?? error?.errors ?? [];
  const outdated = (refused?.code ?? error?.code) === 'import_outdated';
  return (
    <div className="wide">
      <Notice tone="danger" action={onAgain && <Button size="small" icon={<RotateCcw size={14} />} onClick={onAgain}>{t('again')}</Button>}>
        {outdated ? t('outdated') : sentence.charAt(0).toUpperCase() + sentence.slice(1)}
        {list.length > 0 && <ul className="sentences">{list.slice(0, 12).map((one, at) => <li key={at}>{one.detail}</li>)}</ul>}
      </Notice>
    </div>
  );
}

const DOING: [RegExp, 'progress_plant' | 'progress_file' | 'progress_compare' | 'progress_keep' | 'progress_write' | 'progress_before' | 'progress_look' | 'progress_back'][] = [
  [/^reading the plant/, 'progress_plant'], [/^reading the file/, 'progress_file'], [/^comparing/, 'progress_compare'], [/^keeping the preview/, 'progress_keep'], [/^writing/, 'progress_write'],
  [/^keeping what/, 'progress_before'], [/^looking/, 'progress_look'], [/^putting back/, 'progress_back'],
];

/** How far a run is, what it does, and a way to stop it. */
function Working({ run }: { run: Run | undefined }) {
  const t = useWords(importsWords);
  const [stopping, setStopping] = useState(false);
  const doing = DOING.find(([text]) => text.test(run?.progress_text ?? ''))?.[1];
  const text = !run || run.state === 'queued' ? t('progress_queued') : doing ? t(doing) : (run.progress_text ?? '');
  const stop = () => {
    if (!run) return;
    setStopping(true);
    cancelRun(run.id).catch((error: unknown) => { setStopping(false); toastError(error); });
  };
  return (
    <div className="wide row" role="status">
      <div className="grow stack-s">
        <span className="small">{text}{run?.state === 'running' ? ` · ${Math.round(run.progress * 100)} %` : ''}</span>
        <Progress value={run?.state === 'running' ? run.progress : null} label={text} />
      </div>
      <Button size="small" busy={stopping} onClick={stop}>{t('stop')}</Button>
    </div>
  );
}

function Modes({ session, act, why }: { session: Of; act: ReturnType<typeof useSession>; why: string | undefined }) {
  const t = useWords(importsWords);
  const choose = (mode: Mode) => mode !== session.mode && why === undefined && act.say.mutate({ mode }, { onError: toastError });
  return (
    <div className="wide import-modes">
      <Segmented<Mode> label={t('modeLabel')} value={session.mode} onChange={choose} segments={(['merge', 'create', 'update'] as const).map((mode) => ({ value: mode, label: t(`mode_${mode}`) }))} />
      <span className="small muted">{t(`mode_${session.mode}Text`)}</span>
    </div>
  );
}

/** The one next step: a plan of what was brought. */
function PlanIt({ session }: { session: Of }) {
  const t = useWords(importsWords);
  const format = useFormat();
  const may = useMay();
  const navigate = useNavigate();
  const create = useCreateScenario(session.plant_id);
  const permission = 'planning.scenario.create';
  const begin = async () => {
    try {
      const made = await createFreely(session.plant_id, t('planName', { date: format.date(new Date().toISOString()) }), (name) => create.mutateAsync({ name }));
      void navigate({ to: `/plants/${session.plant_id}/scenarios/${made.id}` as string });
    } catch (error) {
      toastError(error);
    }
  };
  return <Button look="primary" icon={<FlaskConical size={15} />} title={t('planText')} why={may(permission, session.plant_id) ? undefined : t('noRight', { permission })} busy={create.isPending} onClick={() => void begin()}>{t('plan')}</Button>;
}
