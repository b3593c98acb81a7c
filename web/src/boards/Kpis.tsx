/** Key figures of the plant: one number, where the time went, then line by line. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Gauge } from 'lucide-react';
import { Kiosk } from '@/dashboards/parts';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import '@/planning/planning.css';
import { Empty, ErrorView, Figure, Loading, Page, Panel, Select } from '@/ui';
import { useWords } from '@/words';
import { boardsWords } from './boards.words';
import { BYS, kpisQuery, useFresh, type By, type KpiRow, type Kpis } from './data';
import { lossesOf } from './model/strip';
import { Bar, FIGURES, LiveDot, RangeTools, useFigure, useLasting, useRange } from './parts';

export default function KpisPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(boardsWords);
  const [url, setUrl] = useUrl();
  const at = useFresh();
  const range = useRange();
  const by = (BYS.find((one) => one === url('by')) ?? 'line') satisfies By;
  const kpis = useQuery({ ...kpisQuery(plantId, range, by, url('line')), placeholderData: keepPreviousData });
  const days = (Date.parse(range.to) - Date.parse(range.from)) / 86_400_000;
  // Hours of a day, days of a month: as many columns as one reads.
  const overTime: By = days <= 2.1 ? 'hour' : 'day';
  const course = useQuery({ ...kpisQuery(plantId, range, overTime, url('line')), placeholderData: keepPreviousData });
  return (
    <Kiosk>
      <Page
        title={t('kpis')} about={t('kpisAbout')} beside={<LiveDot at={at} />}
        actions={<RangeTools plantId={plantId}><Select style={{ width: 'auto' }} aria-label={t('by')} value={by} options={BYS.map((value) => ({ value, label: t(`by_${value}`) }))} onChange={(value) => setUrl({ by: value === 'line' ? '' : value })} /></RangeTools>}
      >
        {kpis.isPending ? <Loading /> : kpis.error ? <ErrorView error={kpis.error} onRetry={() => void kpis.refetch()} /> : kpis.data.total.times.planned_busy_s === 0 && kpis.data.total.quantities.produced === 0 ? (
          <div className="panel"><Empty icon={<Gauge size={28} />} title={t('noFigures')}>{t('noFiguresText')}</Empty></div>
        ) : <Shown kpis={kpis.data} course={course.data} by={by} plantId={plantId} />}
      </Page>
    </Kiosk>
  );
}

function Shown({ kpis, course, by, plantId }: { kpis: Kpis; course: Kpis | undefined; by: By; plantId: string }) {
  const t = useWords(boardsWords);
  const format = useFormat();
  const figure = useFigure();
  const last = useLasting();
  const { figures, times, quantities } = kpis.total;
  return (
    <>
      <section className="headline panel">
        <div className="headline-top">
          <div className="headline-number"><span>{figures.oee_pct === null ? '–' : format.number(figures.oee_pct, 1)}<small>%</small></span><em>{t('oee')}</em></div>
          <div className="headline-words">
            <p className="first">{quantities.produced > 0 || times.production_s > 0 ? t('sentence', { busy: last(times.planned_busy_s), produced: last(times.production_s), good: format.whole(quantities.good), scrap: format.whole(quantities.scrapped) }) : t('nothingMade')}</p>
            {times.micro_stops > 0 && <p className="muted">{t('micro', { n: times.micro_stops, time: last(times.micro_stop_s) })}</p>}
          </div>
        </div>
        <div className="headline-figures">
          <Figure name={t('availability')} value={figure(figures.availability_pct)} note={t('f_availability')} />
          <Figure name={t('effectiveness')} value={figure(figures.effectiveness_pct)} note={t('f_effectiveness')} />
          <Figure name={t('quality')} value={figure(figures.quality_pct)} note={t('f_quality')} />
          <Figure name={t('onTime')} value={figure(kpis.orders.on_time_delivery_pct)} note={t('f_onTime')} />
          <Figure name={t('rate')} value={figure(figures.pieces_per_hour, 'rate')} />
        </div>
      </section>
      <div className="grid-2">
        <Panel title={t('where')}>
          <ul className="loss-list">
            {lossesOf(times).map((one) => (
              <li key={one.name}><span>{t(`l_${one.name}`)}</span><Bar pct={100 * one.share} tone={one.name === 'production' ? '' : 'loss'} /><span className="num">{last(one.seconds)}</span><span className="num muted">{format.number(100 * one.share, 1)} %</span></li>
            ))}
          </ul>
        </Panel>
        <Panel title={t('overTime')}>{course && <Course rows={course.rows.filter((row) => row.from)} isHours={course.by === 'hour'} />}</Panel>
      </div>
      <section className="panel table-scroll">
        <table className="table" aria-label={t('kpis')}>
          <thead><tr><th scope="col">{t(`by_${by}`)}</th><th scope="col">{t('oee')}</th><th scope="col" className="num">{t('availability')}</th><th scope="col" className="num">{t('effectiveness')}</th><th scope="col" className="num">{t('quality')}</th><th scope="col" className="num">{t('goodPieces')}</th><th scope="col" className="num">{t('scrapPieces')}</th><th scope="col" className="num">{t('rate')}</th><th scope="col" className="num">{t('stops')}</th></tr></thead>
          <tbody>
            {kpis.rows.map((row, index) => (
              <tr key={`${row.id} ${row.from} ${index}`}>
                <td>{by === 'line' && row.id ? <Link className="name" to={`/plants/${plantId}/lines/${row.id}/board` as string}>{row.name}</Link> : <RowName row={row} by={by} />}</td>
                <td className="nowrap"><Bar pct={row.figures.oee_pct} /> <b className="tabular">{figure(row.figures.oee_pct)}</b></td>
                <td className="num">{figure(row.figures.availability_pct)}</td><td className="num">{figure(row.figures.effectiveness_pct)}</td><td className="num">{figure(row.figures.quality_pct)}</td>
                <td className="num">{format.whole(row.quantities.good)}</td><td className="num">{format.whole(row.quantities.scrapped)}</td><td className="num">{figure(row.figures.pieces_per_hour, 'rate')}</td><td className="num">{format.whole(row.times.stops)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className="grid-2">
        <Panel title={t('allFigures')}>
          <dl className="facts tight figures">
            {FIGURES.map((one) => <FigureRow key={one.name} name={t(one.name)} formula={t(one.formula)} value={figure(figures[one.of], one.as)} />)}
            <FigureRow name={t('onTime')} formula={t('f_onTime')} value={figure(kpis.orders.on_time_delivery_pct)} />
            <FigureRow name={t('leadTime')} formula={t('f_leadTime')} value={figure(kpis.orders.lead_time_s, 'seconds')} />
          </dl>
        </Panel>
        <Panel title={kpis.plan ? t('againstPlan', { plan: kpis.plan.scenario }) : t('attainment')}>
          {!kpis.plan ? <p className="muted">{t('noPlan')}</p> : (
            <>
              <Figure name={t('attainment')} value={figure(kpis.plan.attainment_pct)} note={`${format.whole(kpis.plan.actual)} / ${format.whole(kpis.plan.planned)}`} />
              <table className="table" aria-label={t('attainment')}>
                <thead><tr><th scope="col">{t(by === 'item' ? 'by_item' : 'by_line')}</th><th scope="col" className="num">{t('plannedPieces')}</th><th scope="col" className="num">{t('actualPieces')}</th><th scope="col" className="num">%</th></tr></thead>
                <tbody>{kpis.plan.rows.map((row) => <tr key={row.id}><td>{row.name}</td><td className="num">{format.whole(row.planned)}</td><td className="num">{format.whole(row.actual)}</td><td className="num">{row.attainment_pct === null ? '–' : format.number(row.attainment_pct, 0)}</td></tr>)}</tbody>
              </table>
            </>
          )}
        </Panel>
      </div>
    </>
  );
}

function FigureRow({ name, formula, value }: { name: string; formula: string; value: string }) {
  return <><dt>{name}<span className="small faint formula">{formula}</span></dt><dd className="num">{value}</dd></>;
}

function RowName({ row, by }: { row: KpiRow; by: By }) {
  const t = useWords(boardsWords);
  const format = useFormat();
  if (by === 'hour' || by === 'day') return <>{row.from ? (by === 'hour' ? format.dateTime(row.from) : format.date(row.from)) : '–'}</>;
  if (by === 'shift') return <>{row.name || t('outside')} {row.day && <span className="muted">{format.date(`${row.day}T12:00:00`)}</span>}</>;
  return <>{row.name || t('rest')}</>;
}

/** OEE as columns over time, each with its number on hovering and for who does not see it. */
function Course({ rows, isHours }: { rows: readonly KpiRow[]; isHours: boolean }) {
  const format = useFormat();
  const figure = useFigure();
  const name = (row: KpiRow) => (row.from ? (isHours ? format.dateTime(row.from) : format.date(row.from)) : '');
  const every = Math.max(1, Math.ceil(rows.length / 8));
  const short = (row: KpiRow) => (!row.from ? '' : isHours ? String(new Date(row.from).getHours()) : new Date(row.from).toLocaleString(document.documentElement.lang, { day: 'numeric', month: 'numeric' }));
  return (
    <div className="course" role="img" aria-label={rows.map((row) => `${name(row)}: ${figure(row.figures.oee_pct)}`).join(', ')}>
      {rows.map((row, index) => (
        <span key={row.from} title={`${name(row)}: ${figure(row.figures.oee_pct)}`}>
          <i><u style={{ height: `${Math.min(100, row.figures.oee_pct ?? 0)}%` }} /></i>
          <small className="tabular">{index % every === 0 ? short(row) : ''}</small>
        </span>
      ))}
    </div>
  );
}
