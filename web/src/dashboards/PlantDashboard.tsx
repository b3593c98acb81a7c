/** A plant on one page: what it can deliver, what limits it, what would help. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Gauge } from 'lucide-react';
import { useMemo } from 'react';
import { usePlants } from '@/api/session';
import { Badge, Empty, ErrorView, Figure, Loading, Page, Panel, Select } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { scenariosQuery } from '@/planning/data';
import { band } from '@/planning/model/bands';
import { constraintOf, type AreaCell, type Cell, type Matrix } from '@/planning/model/matrix';
import { between } from '@/planning/model/periods';
import { rankUnmet } from '@/planning/model/results';
import { useFormat } from '@/planning/numbers';
import { BandKey } from '@/planning/parts';
import { planningWords } from '@/planning/planning.words';
import { HeatMap } from '@/planning/results/HeatMap';
import { Periods } from '@/planning/results/Periods';
import { ValueStream } from '@/planning/results/ValueStream';
import { useUrl } from '@/planning/url';
import '@/planning/planning.css';
import { shownQuery } from './data';
import { figuresOf, type Dashboard } from './figures';
import { Kiosk, LiveDot, MetColumns, Tools, useLiveDashboards } from './parts';
import { dashboardWords } from './dashboards.words';

/** The dashboard's rows as the matrix that heat map and value stream draw. */
function matrixOf(dashboard: Dashboard, periods: readonly string[]): Matrix {
  const at = periods.map((period) => dashboard.periods.indexOf(period));
  const limits = new Set(dashboard.constraints.filter((one) => one.short).flatMap((one) => one.lines.map((line) => `${one.area}\n${line}\n${one.period}`)));
  return {
    periods: [...periods],
    areas: dashboard.areas.map((area) => ({
      area: area.area,
      cells: at.map((index): AreaCell => ({
        utilizationPct: area.utilization_pct[index] ?? 0, maxUtilizationPct: area.max_utilization_pct[index] ?? 0, hoursAvailable: area.hours_available[index] ?? 0, hoursUsed: area.hours_used[index] ?? 0, unmetUnits: area.unmet_units[index] ?? 0,
        demandUnits: 0, madeUnits: 0, band: band(area.utilization_pct[index], area.hours_available[index]),
      })),
      lines: dashboard.lines.filter((line) => line.area === area.area).map((line) => ({
        line: line.line, area: line.area, peakPct: Math.max(0, ...line.utilization_pct),
        cells: at.map((index, column): Cell => ({
          utilizationPct: line.utilization_pct[index] ?? 0, hoursAvailable: line.hours_available[index] ?? 0, hoursUsed: line.hours_used[index] ?? 0, overtimeHours: 0, changeoverHours: 0, hourPrice: line.hour_price[index] ?? 0,
          constraint: limits.has(`${line.area}\n${line.line}\n${periods[column]}`), band: band(line.utilization_pct[index], line.hours_available[index]),
        })),
      })),
    })),
  };
}

export default function PlantDashboard() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(dashboardWords);
  const p = useWords(planningWords);
  const language = useLanguage();
  const at = useLiveDashboards();
  const [url, setUrl] = useUrl();
  const plant = usePlants().find((one) => one.id === plantId);
  const scenarios = useQuery(scenariosQuery(plantId));
  const shown = useQuery(shownQuery(plantId, url('scenario'), language));
  const dashboard = shown.data?.dashboard;
  return (
    <Kiosk>
      <Page
        title={plant ? `${plant.name}` : t('glance')} crumbs={[{ label: t('all'), to: '/overview' }]}
        beside={<>{dashboard && <Badge tone={dashboard.scenario_status === 'approved' ? 'ok' : undefined}>{dashboard.scenario} · {p(dashboard.scenario_status as 'draft')}</Badge>}<LiveDot at={at} /></>}
        actions={
          <Tools periods={dashboard?.periods ?? []}>
            <Select className="select" style={{ width: 'auto', maxWidth: 240 }} aria-label={t('scenario')} value={url('scenario')} empty={t('inForce')} options={(scenarios.data ?? []).map((one) => ({ value: one.id, label: one.name }))} onChange={(value) => setUrl({ scenario: value })} />
          </Tools>
        }
      >
        {shown.isPending ? <Loading /> : shown.error ? <ErrorView error={shown.error} onRetry={() => void shown.refetch()} /> : shown.data ? <Shown plantId={plantId} {...shown.data} /> : (
          <div className="panel"><Empty icon={<Gauge size={28} />} title={t('noPlan')} actions={<Link className="btn primary" to={`/plants/${plantId}/scenarios` as string}>{t('toScenarios')}</Link>}>{t('noPlanText')}</Empty></div>
        )}
      </Page>
    </Kiosk>
  );
}

function Shown({ plantId, dashboard, finished }: { plantId: string; dashboard: Dashboard; finished: Parameters<typeof figuresOf>[1] }) {
  const t = useWords(dashboardWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const [url, setUrl] = useUrl();
  const range = { from: url('from'), to: url('to') };
  const figures = figuresOf(dashboard, finished, range);
  const periods = between(dashboard.periods, range.from || null, range.to || null);
  const matrix = useMemo(() => matrixOf(dashboard, between(dashboard.periods, range.from || null, range.to || null)), [dashboard, range.from, range.to]);
  const period = periods.includes(url('period')) ? url('period') : (figures.firstLoss ?? figures.firstFull ?? periods.at(-1) ?? '');
  const ranked = rankUnmet(dashboard.unmet.filter((one) => periods.includes(one.period)));
  const gains = dashboard.gains.filter((one) => periods.includes(one.period));
  return (
    <>
      <section className="headline panel">
        <div className="headline-top">
          <div className={`headline-number ${figures.unmet < 0.5 ? 'all' : ''}`}><span>{figures.metPct === undefined ? '–' : format.number(figures.metPct, figures.metPct > 99 ? 2 : 1)}<small>%</small></span></div>
          <div className="headline-words">
            {dashboard.explanations.slice(0, 2).map((sentence, index) => <p key={index} className={index === 0 ? 'first' : 'muted'}>{sentence}</p>)}
            <p className="small"><Link to={`/plants/${plantId}/scenarios/${dashboard.scenario_id}` as string}>{t('open')}</Link> · <Link to={`/plants/${plantId}/canvas` as string} search={{ scenario: dashboard.scenario_id, period } as never}>{t('canvas')}</Link></p>
          </div>
        </div>
        <div className="headline-figures">
          <Figure name={p('finished')} value={format.short(figures.finished)} note={t('of', { units: format.whole(figures.demand) })} />
          <Figure name={t('unmet')} value={format.short(figures.unmet)} unit={t('units')} />
          <Figure name={p('utilization')} value={figures.available > 0 ? format.pct((100 * figures.used) / figures.available) : '–'} unit="%" note={periods.length > 1 ? t('pointsOver', { points: format.signed(figures.trend, 1), from: periods[0] ?? '', to: periods.at(-1) ?? '' }) : undefined} />
          <div className="grow"><div className="figure"><div className="name">{t('byPeriod')}</div></div><MetColumns periods={figures.periods} large /></div>
        </div>
      </section>
      <Panel title={t('limitNow')} actions={<Periods periods={periods} value={period} onChange={(name) => setUrl({ period: name })} />}>
        <ValueStream stops={matrix.areas.map((area, index) => ({ area, sequence: index }))} at={Math.max(0, periods.indexOf(period))} constraint={constraintOf(dashboard.constraints, period)} period={period} />
        <p className="stream-sentence">{constraintOf(dashboard.constraints, period)?.explanation}</p>
      </Panel>
      <div className="results-columns">
        <Panel title={t('utilization')} actions={<BandKey />} flush><HeatMap matrix={matrix} period={period} onPeriod={(name) => setUrl({ period: name })} /></Panel>
        <div className="stack">
          <Panel title={<>{t('lost')} {ranked.length > 0 && <small className="muted" style={{ fontWeight: 400 }}>{t('costFirst')}</small>}</>}>
            {ranked.length === 0 ? <p className="muted">{t('nothing')}</p> : (
              <ol className="short-list">{ranked.slice(0, 6).map((row) => <li key={row.model + row.area} title={row.explanation}><span className="grow ellipsis">{row.model} <span className="muted">{row.area}</span></span><span className="tabular strong">{format.short(row.units)}</span><span className="share" aria-hidden="true"><i style={{ width: `${Math.max(2, 100 * row.share)}%` }} /></span></li>)}</ol>
            )}
          </Panel>
          <Panel title={t('help')}>
            {gains.length === 0 ? <p className="muted">{t('nothing')}</p> : <ol className="sentences">{gains.slice(0, 5).map((gain, index) => <li key={index}><span>{gain.explanation}</span></li>)}</ol>}
          </Panel>
        </div>
      </div>
    </>
  );
}
