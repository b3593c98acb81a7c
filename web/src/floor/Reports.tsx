/** What was reported on a job, entry by entry; and what was reported wrongly, put right by a supervisor. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { listAll } from '@/planning/data';
import { useFormat } from '@/planning/numbers';
import { useLabels } from '@/records/labels';
import { Badge, Button, Dialog, Empty, ErrorView, Field, Loading, messageOf, Moment, Notice, NumberInput, Select, TextArea, TextInput, toast } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { decimalMark } from '@/words/locale';
import { correctReport, jobLabel, reportsQuery, type Job, type JobReport } from './data';
import { floorWords } from './floor.words';
import { correctionOf, effective, type Counted } from './model/correction';

const given = (texts: readonly (string | null | undefined)[]): string[] => texts.flatMap((text) => (text ? [text] : []));

export function ReportsDialog({ plantId, job, onClose }: { plantId: string; job: Job; onClose: () => void }) {
  const t = useWords(floorWords);
  const format = useFormat();
  const may = useMay();
  const reports = useQuery(reportsQuery(job.id));
  const rows = reports.data ?? [];
  const operator = useLabels('operator', given(rows.map((one) => one.operator_id)));
  const terminal = useLabels('terminal', given(rows.map((one) => one.terminal_id)));
  const reason = useLabels('reason', given(rows.map((one) => one.reason_id)));
  const lot = useLabels('lot', given(rows.map((one) => one.lot_id)));
  const [correcting, setCorrecting] = useState<JobReport | null>(null);
  const why = may('production.job.correct', plantId) ? undefined : t('mayNot');
  const number = (text: string) => format.number(Number(text), 6);
  const about = (one: JobReport) => [one.reason_id && reason(one.reason_id), one.lot_id && `${t('lot')} ${lot(one.lot_id)}`, one.program, one.note].filter(Boolean).join(' · ');
  if (correcting) return <Correct job={job} report={correcting} counted={effective(correcting, rows)} onClose={() => setCorrecting(null)} />;
  return (
    <Dialog title={t('reportsOf', { job: jobLabel(job) })} onClose={onClose} wide foot={<Button onClick={onClose}>{t('closeIt')}</Button>}>
      {reports.isPending ? <Loading lines={4} /> : reports.error ? <ErrorView error={reports.error} onRetry={() => void reports.refetch()} /> : rows.length === 0 ? <Empty title={t('noReports')} /> : (
        <div className="table-scroll">
          <table className="table" aria-label={t('reports')}>
            <thead><tr><th scope="col">{t('when')}</th><th scope="col" className="num">{t('good')}</th><th scope="col" className="num">{t('scrapped')}</th><th scope="col" className="num">{t('reworked')}</th><th scope="col">{t('who')}</th><th scope="col">{t('note')}</th><th scope="col"><span className="sr-only">{t('actions')}</span></th></tr></thead>
            <tbody>
              {rows.map((one) => (
                <tr key={one.id}>
                  <td className="nowrap"><Moment at={one.at} exact /></td><td className="num">{number(one.good)}</td><td className="num">{number(one.scrapped)}</td><td className="num">{number(one.reworked)}</td>
                  <td>{one.operator_id ? operator(one.operator_id) : '–'}{one.terminal_id && <div className="small muted">{terminal(one.terminal_id)}</div>}</td>
                  <td>{one.corrects_id && <Badge tone="info">{t('correction')}</Badge>} {one.late && <Badge tone="warn">{t('lateReport')}</Badge>} {about(one)}</td>
                  <td className="actions">{!one.corrects_id && <Button size="small" why={why} onClick={() => setCorrecting(one)}>{t('correct')}</Button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Dialog>
  );
}

/** Asks what it truly was, and reports the difference. */
function Correct({ job, report, counted, onClose }: { job: Job; report: JobReport; counted: Counted; onClose: () => void }) {
  const t = useWords(floorWords);
  const cache = useQueryClient();
  const mark = decimalMark(useLanguage());
  const shown = (value: number) => String(value).replace('.', mark);
  const [typed, setTyped] = useState({ good: shown(counted.good), scrap: shown(counted.scrap), rework: shown(counted.rework) });
  const [serials, setSerials] = useState('');
  const [reasonId, setReason] = useState('');
  const [note, setNote] = useState('');
  const correction = correctionOf(counted, typed, mark);
  const isMoreBad = correction !== null && (Number(correction.scrap) > 0 || Number(correction.rework) > 0);
  const reasons = useQuery({ queryKey: ['records', 'reason', 'bad', job.plant_id], queryFn: ({ signal }) => listAll<{ id: string; name: string; category: string; line_id: string | null }>('reasons', { plant_id: job.plant_id, 'category[in]': 'scrap,rework', sort: 'name' }, signal), enabled: isMoreBad });
  const fitting = (reasons.data ?? []).filter((one) => (one.category === 'scrap' ? Number(correction?.scrap) > 0 : Number(correction?.rework) > 0) && (!one.line_id || one.line_id === job.line_id));
  const doing = useMutation({
    mutationFn: () => {
      const named = serials.split('\n').map((one) => one.trim()).filter(Boolean);
      return correctReport(job.id, { ...correction!, corrects_id: report.id, ...(named.length > 0 ? { serials: named } : {}), ...(isMoreBad && reasonId ? { reason_id: reasonId } : {}), ...(note.trim() ? { note: note.trim() } : {}) });
    },
    onSuccess: () => {
      for (const queryKey of [['jobs'], ['records', 'manufacturing_order'], ['stock']]) void cache.invalidateQueries({ queryKey });
      toast(t('corrected'));
      onClose();
    },
  });
  const problem = doing.error instanceof Problem ? doing.error : null;
  const serialsWrong = problem?.errors.find((one) => one.pointer.startsWith('/serials'))?.detail;
  const field = (name: keyof typeof typed, label: string) => <Field label={label} error={problem?.at(`/${name}`)}><NumberInput value={typed[name]} onChange={(value) => setTyped({ ...typed, [name]: value })} /></Field>;
  const isOther = correction !== null && [correction.good, correction.scrap, correction.rework].some((one) => Number(one) !== 0);
  return (
    <Dialog
      title={t('correctTitle')} onClose={onClose} onSubmit={() => isOther && doing.mutate()}
      foot={<><Button onClick={onClose}>{t('back')}</Button><Button type="submit" look="primary" busy={doing.isPending} why={correction === null ? t('notNumbers') : isOther ? undefined : t('nothingOther')}>{t('correct')}</Button></>}
    >
      <p className="muted">{t('correctText')}</p>
      {doing.error && !serialsWrong && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      <div className="form-grid">{field('good', t('trulyGood'))}{field('scrap', t('trulyScrap'))}{field('rework', t('trulyRework'))}</div>
      {fitting.length > 0 && <Field label={t('reasonOf')} note={t('optional')}><Select value={reasonId} onChange={setReason} empty="–" options={fitting.map((one) => ({ value: one.id, label: one.name }))} /></Field>}
      {correction !== null && Number(correction.good) !== 0 && <Field label={t('serialsOf')} note={t('optional')} help={t('serialsOfHelp')} error={serialsWrong}><TextArea value={serials} onChange={setSerials} spellCheck={false} /></Field>}
      <Field label={t('note')} note={t('optional')}><TextInput value={note} onChange={setNote} maxLength={1000} /></Field>
    </Dialog>
  );
}
