/** What a shift was like: to be read at the hand-over, printed, or mailed at its end. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronDown, FileText, Mail, Printer } from 'lucide-react';
import { Problem } from '@/api/problem';
import { StatusBadge } from '@/floor/parts';
import type { OrderStatus } from '@/floor/data';
import { listAll } from '@/planning/data';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import '@/planning/planning.css';
import { downloadFrom } from '@/records/download';
import { Button, Empty, ErrorView, Figure, Loading, Menu, MenuItem, Notice, Page, Panel, Select, TextInput } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { boardsWords, type BoardsKey } from './boards.words';
import { shiftReportQuery, type ShiftReport } from './data';
import { useFigure, useLasting, useLossName } from './parts';

export default function ShiftReportPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(boardsWords);
  const language = useLanguage();
  const [url, setUrl] = useUrl();
  const [date, shift] = [url('date'), url('shift')];
  const report = useQuery(shiftReportQuery(plantId, date, shift));
  const save = (format: 'pdf' | 'html') => void downloadFrom(`/api/v1/plants/${plantId}/shift-report?${new URLSearchParams({ ...(date ? { date } : {}), ...(shift ? { shift } : {}), format, language })}`, `shift-report.${format}`);
  const shifts = useQuery({ queryKey: ['records', 'shift', 'names'], queryFn: ({ signal }) => listAll<{ id: string; name: string }>('shifts', { sort: 'name' }, signal), staleTime: 300_000, retry: false });
  const names = [...new Set((shifts.data ?? []).map((one) => one.name))];
  const isNone = report.error instanceof Problem && (report.error.status === 404 || report.error.status === 409 || report.error.status === 422);
  return (
    <Page
      title={t('shiftReport')} about={t('shiftAbout')}
      actions={
        <>
          <TextInput type="date" style={{ width: 150 }} aria-label={t('date')} value={date} onChange={(value) => setUrl({ date: value })} />
          <Select style={{ width: 'auto' }} aria-label={t('shift')} value={shift} empty={t('lastShift')} options={names.map((value) => ({ value, label: value }))} onChange={(value) => setUrl({ shift: value })} />
          <Link className="btn" to={'/data/shift-report-subscriptions' as string}><Mail size={15} />{t('subscribe')}</Link>
          <Menu align="end" button={{ icon: <FileText size={15} />, children: <>{t('asFile')}<ChevronDown size={14} /></> }}>
            <MenuItem onSelect={() => save('pdf')}>{t('asPdf')}</MenuItem>
            <MenuItem onSelect={() => save('html')}>{t('asPage')}</MenuItem>
          </Menu>
          <Button icon={<Printer size={15} />} onClick={() => window.print()}>{t('print')}</Button>
        </>
      }
    >
      {report.isPending ? <Loading /> : isNone ? <div className="panel"><Empty icon={<FileText size={28} />} title={t('noReport')}>{t('noReportText')}</Empty></div> : report.error ? <ErrorView error={report.error} onRetry={() => void report.refetch()} /> : <Sheet report={report.data} />}
    </Page>
  );
}

const KINDS = ['material', 'quality', 'maintenance', 'supervisor', 'safety'];
const NOTES = ['note', 'safety', 'quality', 'machine', 'material'];

function Sheet({ report }: { report: ShiftReport }) {
  const t = useWords(boardsWords);
  const format = useFormat();
  const figure = useFigure();
  const last = useLasting();
  const lossName = useLossName();
  const { figures, times, quantities } = report.total;
  const losses = report.losses.slice(0, 8);
  // A shift is told by the clock of its plant, wherever it is read.
  const zone = report.time_zone;
  return (
    <>
      {!report.ended && <Notice>{t('running')}</Notice>}
      <section className="headline panel">
        <div className="headline-top">
          <div className="headline-number"><span>{figures.oee_pct === null ? '–' : format.number(figures.oee_pct, 1)}<small>%</small></span><em>{t('oee')}</em></div>
          <div className="headline-words">
            <p className="first"><b>{report.plant}, {report.shift}</b> {format.dateTime(report.from, zone)} – {format.dateTime(report.to, zone)}</p>
            <p>{t('sentence', { busy: last(times.planned_busy_s), produced: last(times.production_s), good: format.whole(quantities.good), scrap: format.whole(quantities.scrapped) })}</p>
          </div>
        </div>
        <div className="headline-figures">
          <Figure name={t('availability')} value={figure(figures.availability_pct)} /><Figure name={t('effectiveness')} value={figure(figures.effectiveness_pct)} /><Figure name={t('quality')} value={figure(figures.quality_pct)} /><Figure name={t('fpy')} value={figure(figures.first_pass_yield_pct)} /><Figure name={t('stops')} value={format.whole(times.stops)} />
        </div>
      </section>
      <Panel title={t('notes')}>{report.notes.length === 0 ? <p className="muted">{t('none')}</p> : <ul className="sentences">{report.notes.map((note, at) => <li key={at}><b>{NOTES.includes(note.category) ? t(`about_${note.category}` as BoardsKey) : note.category}</b> {note.text} <span className="muted">({t(note.done ? 'noteDone' : 'note_open')})</span></li>)}</ul>}</Panel>
      <Panel title={t('lines')} flush>
        <div className="table-scroll">
          <table className="table" aria-label={t('lines')}>
            <thead><tr><th scope="col">{t('line')}</th><th scope="col" className="num">{t('oee')}</th><th scope="col" className="num">{t('availability')}</th><th scope="col" className="num">{t('effectiveness')}</th><th scope="col" className="num">{t('quality')}</th><th scope="col" className="num">{t('goodPieces')}</th><th scope="col" className="num">{t('scrapPieces')}</th><th scope="col" className="num">{t('stops')}</th></tr></thead>
            <tbody>{report.lines.map((row) => <tr key={row.id ?? row.name}><td>{row.name}</td><td className="num">{figure(row.figures.oee_pct)}</td><td className="num">{figure(row.figures.availability_pct)}</td><td className="num">{figure(row.figures.effectiveness_pct)}</td><td className="num">{figure(row.figures.quality_pct)}</td><td className="num">{format.whole(row.quantities.good)}</td><td className="num">{format.whole(row.quantities.scrapped)}</td><td className="num">{format.whole(row.times.stops)}</td></tr>)}</tbody>
          </table>
        </div>
      </Panel>
      <div className="grid-2">
        <Panel title={t('losses')}>{losses.length === 0 ? <p className="muted">{t('none')}</p> : <ul className="loss-list">{losses.map((loss) => <li key={`${loss.id} ${loss.name}`}><span>{lossName(loss.name)}</span><span className="num">{last(loss.duration_s)}</span><span className="num muted">{loss.stops}×</span></li>)}</ul>}</Panel>
        <Panel title={t('scrapReasons')}>{report.scrap.length === 0 ? <p className="muted">{t('none')}</p> : <ul className="loss-list">{report.scrap.map((one, at) => <li key={at}><span>{one.reason ?? t('noReason')} <span className="muted">{one.item}</span></span><span className="num">{t('scrapPieces')} {format.whole(one.scrapped)}</span><span className="num">{t('reworkPieces')} {format.whole(one.reworked)}</span></li>)}</ul>}</Panel>
      </div>
      <Panel title={t('orders')} flush>
        {report.orders.length === 0 ? <div className="body"><p className="muted">{t('none')}</p></div> : (
          <div className="table-scroll">
            <table className="table" aria-label={t('orders')}>
              <thead><tr><th scope="col">{t('order')}</th><th scope="col">{t('item')}</th><th scope="col" className="num">{t('goodPieces')}</th><th scope="col" className="num">{t('scrapPieces')}</th><th scope="col" className="num">{t('finished')}</th><th scope="col">{t('due')}</th><th scope="col">{t('status')}</th></tr></thead>
              <tbody>{report.orders.map((order) => <tr key={order.code}><td>{order.code}</td><td>{order.item}</td><td className="num">{format.whole(order.good)}</td><td className="num">{format.whole(order.scrapped)}</td><td className="num">{format.whole(order.finished)} / {format.whole(order.quantity)}</td><td>{format.date(order.due_at)}</td><td><StatusBadge status={order.status as OrderStatus} /></td></tr>)}</tbody>
            </table>
          </div>
        )}
      </Panel>
      <Panel title={t('calls')} flush>
        {report.calls.length === 0 ? <div className="body"><p className="muted">{t('none')}</p></div> : (
          <div className="table-scroll">
            <table className="table" aria-label={t('calls')}>
              <thead><tr><th scope="col">{t('line')}</th><th scope="col">{t('calls')}</th><th scope="col">{t('date')}</th><th scope="col" className="num">{t('answeredAfter')}</th><th scope="col" className="num">{t('settledAfter')}</th></tr></thead>
              <tbody>{report.calls.map((call, at) => <tr key={at}><td>{call.line}</td><td>{KINDS.includes(call.kind) ? t(`call_${call.kind}` as BoardsKey) : call.kind} <span className="muted">{call.text}</span></td><td>{format.dateTime(call.called_at, zone)}</td><td className="num">{call.answered_after_s === null ? '–' : last(call.answered_after_s)}</td><td className="num">{call.settled_after_s === null ? '–' : last(call.settled_after_s)}</td></tr>)}</tbody>
            </table>
          </div>
        )}
      </Panel>
    </>
  );
}
