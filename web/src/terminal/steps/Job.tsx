/** One job: what it is, how far it is, and what can be done about it now. */
import { CircleCheckBig, ClipboardList, Cpu, Layers, Pause, Play, Plus, Recycle, Trash2, UserMinus, UserPlus, Wrench } from 'lucide-react';
import { useFormat } from '@/planning/numbers';
import { useWords } from '@/words';
import { useJob, useTerminal } from '../context';
import { instructionsOf, mayStart, stepsLeft, trackingOf, type WhyNot } from '../model/rules';
import { madeOn, missing } from '../model/view';
import { Acts, Counts, Status, Tile, useClockTime, type Act } from '../parts';
import { terminalWords } from '../terminal.words';

/** Pieces at one tap. */
const AT_ONCE = [1, 5, 10];

export function useWhyNot(): (why: WhyNot | null, values?: { name?: string; why?: string | null }) => string | null {
  const t = useWords(terminalWords);
  return (why, values = {}) => (why === null ? null : t(why, { name: values.name ?? '', why: values.why ?? t('waitsNoReason') }));
}

export function Job({ id }: { id: string }) {
  const t = useWords(terminalWords);
  const format = useFormat();
  const time = useClockTime();
  const whyNot = useWhyNot();
  const { work, view, operator, say, go } = useTerminal();
  const job = useJob(id);
  if (!job) return <NoJob />;
  const lacks = whyNot(mayStart(job, operator), { name: operator?.name ?? '', why: job.waits_for });
  const verb = (kind: 'job.start' | 'job.pause' | 'job.resume' | 'job.setup_start' | 'job.setup_end') => say({ kind, job_id: job.id, line_id: job.line_id });
  const left = missing(job);
  const isRunning = job.status === 'running';
  const components = view.components.filter((one) => one.job_id === job.id);
  const machines = work.machines.filter((one) => one.line_id === job.line_id);
  const steps = instructionsOf(job, work.instructions).flatMap((one) => one.steps);
  const undone = stepsLeft(job, view, work.instructions).length;
  const here = [...view.labour].filter(([, at]) => at === job.id).map(([who]) => work.operators.find((one) => one.id === who)?.name ?? '–');
  const isHere = operator !== null && view.labour.get(operator.id) === job.id;
  const finish: Act = { label: t('finish'), icon: <CircleCheckBig size={24} />, onPress: () => go({ at: 'finish', job: job.id }) };
  const primary: Act | null = isRunning
    ? left > 0 ? { label: t('reportPieces'), icon: <Plus size={26} />, onPress: () => go({ at: 'count', job: job.id }) } : finish
    : job.status === 'paused' ? { label: t('resume'), icon: <Play size={26} />, onPress: () => void verb('job.resume'), why: lacks }
    : job.status === 'setup' ? { label: t('endSetupAndStart'), icon: <Play size={26} />, onPress: () => void verb('job.setup_end').then((kept) => kept && verb('job.start')), why: lacks }
    : job.status === 'completed' || job.status === 'cancelled' ? null
    : { label: t('start'), icon: <Play size={26} />, onPress: () => void verb('job.start'), why: lacks };
  const secondary: Act | null = isRunning || job.status === 'setup' ? { label: t('pause'), icon: <Pause size={22} />, onPress: () => void verb('job.pause') }
    : job.status === 'ready' ? { label: t('setup'), icon: <Wrench size={22} />, onPress: () => void verb('job.setup_start'), why: lacks }
    : job.status === 'paused' ? finish : null;
  // A piece with a number of its own is never counted blind.
  const tracking = trackingOf(job);
  const isCounted = tracking === 'none' || (tracking === 'lot' && job.lot_code !== null);
  return (
    <div className="term-step">
      <header className="term-job-head">
        <div className="grow">
          <h2>{job.item.name}</h2>
          <p className="muted">{job.item.code} · {t('order')} {job.order} · {t('operation', { number: job.number })} {job.name}</p>
        </div>
        <div className="end">
          <Status job={job} />
          {job.due_at && <p className={`small ${Date.parse(job.due_at) < Date.now() ? 'bad' : 'muted'}`}>{t(Date.parse(job.due_at) < Date.now() ? 'late' : 'due', { at: time(job.due_at) })}</p>}
        </div>
      </header>
      {job.waits_for && job.status === 'waiting' && <p className="notice warn">{t('notReady', { why: job.waits_for })}</p>}
      <Counts job={job} />
      {isRunning && (
        <div className="term-tiles counts">
          {isCounted && AT_ONCE.map((n) => <Tile key={n} tone="good-tile" label={`+${n} ${t('good')}`} onPress={() => void say({ kind: 'job.report', job_id: job.id, line_id: job.line_id, good: n, scrap: 0, rework: 0, ...madeOn(job), ...(job.lot_code ? { lot_code: job.lot_code } : {}) }, { hold: true })}>+{format.whole(n)}</Tile>)}
          <Tile tone="scrap-tile" icon={<Trash2 size={24} />} onPress={() => go({ at: 'reason', job: job.id, category: 'scrap' })}>{t('scrap')}</Tile>
          <Tile tone="rework-tile" icon={<Recycle size={24} />} onPress={() => go({ at: 'reason', job: job.id, category: 'rework' })}>{t('rework')}</Tile>
        </div>
      )}
      <div className="term-tiles ways">
        <Tile icon={<Layers size={22} />} note={components.length === 0 ? t('noMaterial') : components.map((one) => `${one.item.code} ${format.number(one.issued)}/${format.number(one.needed)}`).slice(0, 2).join(' · ')} onPress={() => go({ at: 'material', job: job.id })}>{t('material')}</Tile>
        <Tile icon={<ClipboardList size={22} />} note={steps.length === 0 ? t('noInstructions') : undone > 0 ? t('stepsLeft', { n: undone }) : t('done')} onPress={() => go({ at: 'steps', job: job.id })}>{t('instructions')}</Tile>
        {(machines.length > 0 || job.program) && <Tile icon={<Cpu size={22} />} note={[machines.find((one) => one.id === job.equipment_id)?.code ?? t('noMachine'), job.program].filter(Boolean).join(' · ')} onPress={() => go({ at: 'machine', job: job.id })}>{t('machine')}</Tile>}
        {operator && isRunning && (
          <Tile icon={isHere ? <UserMinus size={22} /> : <UserPlus size={22} />} note={here.join(', ') || undefined} onPress={() => void say({ kind: isHere ? 'labour.off' : 'labour.on', line_id: job.line_id, job_id: job.id })}>{t(isHere ? 'leaveJob' : 'workHere')}</Tile>
        )}
        {isRunning && left > 0 && <Tile icon={<CircleCheckBig size={22} />} onPress={finish.onPress}>{t('finish')}</Tile>}
      </div>
      <Acts primary={primary} secondary={secondary} />
    </div>
  );
}

export function NoJob() {
  const t = useWords(terminalWords);
  const { view, lines } = useTerminal();
  const some = view.jobs.some((job) => job.line_id && lines.has(job.line_id));
  return (
    <div className="term-step center">
      <h2>{t(some ? 'chooseJob' : 'noJobs')}</h2>
      <p className="muted">{t(some ? 'chooseJobText' : 'noJobsText')}</p>
      <Acts />
    </div>
  );
}

/** Asks once more, and says what would be missing. */
export function Finish({ id }: { id: string }) {
  const t = useWords(terminalWords);
  const format = useFormat();
  const { work, view, say, go } = useTerminal();
  const job = useJob(id);
  if (!job) return <NoJob />;
  const left = job.quantity - job.good;
  const undone = stepsLeft(job, view, work.instructions).length;
  const back = { label: t('back'), onPress: () => go({ at: 'job', job: job.id }) };
  return (
    <div className="term-step">
      <h2>{t('finishAsk')}</h2>
      <p className="large">{left > 0 ? t('finishMissing', { n: format.number(left) }) : left < 0 ? t('finishMore', { n: format.number(-left) }) : t('finishAll')}</p>
      <Counts job={job} />
      {undone > 0 && <p className="notice warn">{t('stepsLeft', { n: undone })}</p>}
      {undone > 0
        ? <Acts secondary={back} primary={{ label: t('toSteps'), icon: <ClipboardList size={24} />, onPress: () => go({ at: 'steps', job: job.id }) }} />
        : <Acts secondary={back} primary={{ label: t('finish'), icon: <CircleCheckBig size={24} />, onPress: () => void say({ kind: 'job.finish', job_id: job.id, line_id: job.line_id }).then((kept) => kept && go({ at: 'jobs' })) }} />}
    </div>
  );
}
