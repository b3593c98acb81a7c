/** The jobs of the lines, the soonest first; always at the left, so that the way back is where it was. */
import { useFormat } from '@/planning/numbers';
import { useWords } from '@/words';
import { useTerminal } from './context';
import { jobsToDo } from './model/view';
import { Status, useClockTime } from './parts';
import { terminalWords } from './terminal.words';

export function Jobs() {
  const t = useWords(terminalWords);
  const format = useFormat();
  const time = useClockTime();
  const { view, lines, place, go } = useTerminal();
  const jobs = jobsToDo(view, lines);
  const here = 'job' in place ? place.job : null;
  const names = new Map(view.lines.map((line) => [line.id, line.name]));
  return (
    <nav className="term-jobs" aria-label={t('jobs')}>
      {jobs.length === 0 && <p className="muted">{t('noJobs')}</p>}
      {jobs.map((job) => {
        const isLate = job.due_at !== null && Date.parse(job.due_at) < Date.now();
        return (
          <button key={job.id} type="button" className={`term-job ${job.status}`} aria-current={job.id === here ? 'true' : undefined} onClick={() => go({ at: 'job', job: job.id })}>
            <span className="row"><b className="grow ellipsis">{job.item.name}</b><Status job={job} /></span>
            <span className="row small muted"><span className="grow ellipsis">{job.order} · {job.number} {job.name}</span><span className="tabular">{format.number(job.good)}/{format.number(job.quantity)}</span></span>
            <span className="row small"><span className="grow ellipsis muted">{lines.size > 1 && job.line_id ? names.get(job.line_id) : job.item.code}</span>{job.due_at && <span className={isLate ? 'bad' : 'muted'}>{t(isLate ? 'late' : 'due', { at: time(job.due_at) })}</span>}</span>
            <span className="term-bar thin"><span style={{ width: `${job.quantity > 0 ? Math.min(100, (100 * job.good) / job.quantity) : 0}%` }} /></span>
          </button>
        );
      })}
    </nav>
  );
}
