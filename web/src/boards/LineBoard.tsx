/** The board above a line: what it does now, how far the job is, what cost time, what comes next. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Kiosk } from '@/dashboards/parts';
import { useFormat } from '@/planning/numbers';
import '@/planning/planning.css';
import { ErrorView, Figure, Loading, Page, Panel } from '@/ui';
import { useWords } from '@/words';
import { boardsWords } from './boards.words';
import { Calls } from './Calls';
import { lineBoardQuery, useFresh } from './data';
import { Bar, LiveDot, settledFigures, Share, StateStrip, stateWord, useFigure, useLasting, useLossName } from './parts';

export default function LineBoardPage() {
  const { plantId, lineId } = useParams({ strict: false }) as { plantId: string; lineId: string };
  const t = useWords(boardsWords);
  const format = useFormat();
  const figure = useFigure();
  const last = useLasting();
  const lossName = useLossName();
  const at = useFresh();
  const board = useQuery(lineBoardQuery(lineId));
  if (board.isPending) return <Loading />;
  if (board.error) return <ErrorView error={board.error} onRetry={() => void board.refetch()} />;
  const { card, losses, next, hours, plan } = board.data;
  const job = card.job;
  const most = Math.max(1, ...losses.map((loss) => loss.duration_s));
  return (
    <Kiosk>
      <Page title={card.line} crumbs={[{ label: t('board'), to: `/plants/${plantId}/board` }]} beside={<><LiveDot at={at} /><span className="muted small">{card.shift ? `${t('shift')} ${card.shift.name}` : t('noShift')}</span></>} actions={<Share />}>
        <section className={`line-state panel ${card.state ?? 'offline'}`}>
          <div>
            <b>{t(stateWord(card.state))}</b>
            <span>{card.reason ?? (card.state === 'stopped' ? t('noReason') : '')}{card.state_since && ` ${last((Date.parse(board.data.at) - Date.parse(card.state_since)) / 1000)}`}</span>
          </div>
          <div className="line-numbers">
            <Figure name={t('oee')} value={figure(settledFigures(card).oee_pct)} />
            <Figure name={t('availability')} value={figure(card.figures.availability_pct)} />
            <Figure name={t('effectiveness')} value={figure(settledFigures(card).effectiveness_pct)} />
            <Figure name={t('quality')} value={figure(card.figures.quality_pct)} />
          </div>
        </section>
        {card.calls.length > 0 && <Calls plantId={plantId} calls={card.calls.map((call) => ({ ...call, line: card.line }))} />}
        <div className="line-grid">
          <section className="panel line-job">
            <h2>{t('now')}</h2>
            {job ? (
              <>
                <p className="line-item"><b>{job.item}</b> <span className="muted">{job.item_code} · {job.order_code} · {job.name}</span></p>
                <p className="line-count tabular"><b>{format.whole(job.good)}</b> / {format.whole(job.quantity)}</p>
                <Bar pct={job.progress_pct} />
                <p className="muted">{t('scrapPieces')} {format.whole(job.scrapped)} · {t('reworkPieces')} {format.whole(job.reworked)} · <span className={job.late ? 'bad' : ''}>{t('due')} {format.dateTime(job.due_at)}{job.late && ` (${t('lateOrder')})`}</span>{job.planned_end && ` · ${t('expected')} ${format.dateTime(job.planned_end)}`}</p>
              </>
            ) : <p className="muted">{t('noJob')}</p>}
            {plan && <p className="muted">{t('attainment')}: {figure(plan.attainment_pct)} ({format.whole(plan.actual)} / {format.whole(plan.planned)})</p>}
            {next.length > 0 && (
              <>
                <h2>{t('next')}</h2>
                <ol className="line-next">{next.slice(0, 4).map((one) => <li key={one.id}><b>{one.item_code}</b> <span className="muted">{one.order_code} · {one.name}</span><span className="end tabular">{format.whole(one.quantity - one.good)}</span></li>)}</ol>
              </>
            )}
          </section>
          <div className="stack">
            <Panel title={t('lastHours')}><StateStrip states={board.data.states} from={board.data.from} to={board.data.at} /></Panel>
            {hours.length > 0 && (
              <Panel title={t('goodPieces')}>
                <div className="course small-course" role="img" aria-label={hours.map((row) => `${row.from ? format.dateTime(row.from) : ''}: ${format.whole(row.quantities.good)}`).join(', ')}>
                  {hours.map((row) => <span key={row.from} title={`${row.from ? format.dateTime(row.from) : ''}: ${format.whole(row.quantities.good)}`}><b className="tabular">{format.whole(row.quantities.good)}</b><i><u style={{ height: `${(100 * row.quantities.good) / Math.max(1, ...hours.map((one) => one.quantities.good))}%` }} /></i><small className="tabular">{row.from ? new Date(row.from).getHours() : ''}</small></span>)}
                </div>
              </Panel>
            )}
            <Panel title={t('topLosses')}>
              {losses.length === 0 ? <p className="muted">{t('noStops')}</p> : (
                <ul className="loss-list">{losses.slice(0, 5).map((loss) => <li key={`${loss.id} ${loss.name}`}><span>{lossName(loss.name)}</span><Bar pct={(100 * loss.duration_s) / most} tone="loss" /><span className="num">{last(loss.duration_s)}</span><span className="num muted">{loss.stops}×</span></li>)}</ul>
              )}
            </Panel>
          </div>
        </div>
      </Page>
    </Kiosk>
  );
}
