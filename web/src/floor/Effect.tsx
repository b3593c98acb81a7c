/** Shows what a move would do before it is done, and takes it back after. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import { useState } from 'react';
import { useFormat } from '@/planning/numbers';
import { Button, Dialog, ErrorView, Field, Loading, messageOf, Notice, Select, TextInput, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { jobLabel, linesQuery, move, type Job, type Target } from './data';
import { floorWords, type FloorKey } from './floor.words';
import { backOf } from './model/gantt';

/** The instant in the browser's time, as an input takes it. */
const local = (iso: string): string => {
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

/** Where a job goes, typed or as it was dragged; with its effect, before it is confirmed. */
export function MoveDialog({ plantId, job, target, onClose }: { plantId: string; job: Job; target: Target | null; onClose: () => void }) {
  const t = useWords(floorWords);
  const format = useFormat();
  const cache = useQueryClient();
  const lines = useQuery(linesQuery(plantId));
  const [to, setTo] = useState<Target | null>(target);
  const [line, setLine] = useState(target?.line_id ?? job.line_id ?? '');
  const [start, setStart] = useState(local(target?.planned_start ?? job.started_at ?? job.planned_start ?? new Date().toISOString()));
  const typed: Target = { ...(line ? { line_id: line } : {}), ...(start ? { planned_start: new Date(start).toISOString() } : {}) };
  // What was dragged before another job stays so until something is typed.
  const isShown = to !== null && (to.before_job_id !== undefined || (to.line_id === typed.line_id && to.planned_start === typed.planned_start));
  const effect = useQuery({ queryKey: ['jobs', 'effect', job.id, to], queryFn: () => move(job.id, to ?? {}, { dry_run: true }), enabled: isShown, staleTime: 0, gcTime: 0, retry: false });
  const name = jobLabel(job);
  const told = () => void cache.invalidateQueries({ queryKey: ['jobs'] });
  const back = backOf(job);
  const doing = useMutation({
    mutationFn: (anyway: boolean) => move(job.id, to ?? typed, { anyway }),
    onSuccess: () => {
      told();
      onClose();
      const undo = () => void (back ? move(job.id, back, { anyway: true }) : Promise.resolve()).then(() => { told(); toast(t('movedBack')); }, toastError);
      toast(t('moved', { job: name }), back ? { label: t('undo'), run: undo } : undefined);
    },
  });
  const found = isShown ? effect.data : undefined;
  const wrong = found?.checks.filter((check) => !check.ok) ?? [];
  return (
    <Dialog
      title={t('moving', { job: name })} onClose={onClose} onSubmit={() => (isShown && found ? doing.mutate(wrong.length > 0) : setTo(typed))} side
      foot={<><Button onClick={onClose}>{t('back')}</Button><Button type="submit" look={wrong.length > 0 ? 'danger' : 'primary'} busy={doing.isPending || (isShown && effect.isFetching)}>{!isShown || !found ? t('showEffect') : t(wrong.length > 0 ? 'anyway' : 'doMove')}</Button></>}
    >
      <p><b>{job.item.code}</b> {job.item.name} <span className="muted">{job.name}</span></p>
      <Field label={t('toLine')}><Select value={line} onChange={(next) => { setLine(next); setTo(null); }} options={(lines.data ?? []).filter((one) => one.active).map((one) => ({ value: one.id, label: one.name }))} /></Field>
      <Field label={t('start')}><TextInput type="datetime-local" step={300} value={start} onChange={(next) => { setStart(next); setTo(null); }} /></Field>
      {doing.error && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      {isShown && effect.isFetching && <Loading lines={3} />}
      {isShown && effect.error && !effect.isFetching && <ErrorView error={effect.error} />}
      {found && !effect.isFetching && (
        <section className="effect">
          <h3>{t('effect')}</h3>
          <p>{found.says || t('noEffect')}</p>
          <ul className="checks">
            {found.checks.map((check) => (
              <li key={check.of + check.says}>{check.ok ? <CircleCheck size={15} className="good" /> : <CircleX size={15} className="bad" />}<span><b>{nameOfCheck(t, check.of)}</b> {check.says}</span></li>
            ))}
          </ul>
          {found.planned && <p className="tabular">{format.dateTime(found.planned.start)} – {format.dateTime(found.planned.end)}{found.planned.setup_min > 0 && ` · ${t('setup')} ${t('minutes', { n: found.planned.setup_min })}`}</p>}
          {found.others.length > 0 && (
            <details>
              <summary>{t('others', { n: found.others.length })}</summary>
              <ul className="small stack-s">{found.others.slice(0, 60).map((one) => <li key={one.job_id} className="tabular">{one.job}: {one.from ? format.dateTime(one.from) : '–'} → {one.to ? format.dateTime(one.to) : '–'}</li>)}</ul>
            </details>
          )}
          {found.later.length > 0 && <Notice tone="danger"><b>{t('laterOrders')}</b><ul>{found.later.map((one) => <li key={one.manufacturing_order_id}>{t('lateH', { order: one.order_code, h: format.number(one.late_h, 1) })}</li>)}</ul></Notice>}
          {found.in_time.length > 0 && <Notice tone="ok"><b>{t('inTimeOrders')}</b> {found.in_time.join(', ')}</Notice>}
        </section>
      )}
    </Dialog>
  );
}

const CHECKS = ['capability', 'tool', 'skill', 'time'];
const nameOfCheck = (t: (key: FloorKey) => string, of: string): string => (CHECKS.includes(of) ? t(`check_${of}` as FloorKey) : of);
