/** All plants on one page: how much demand is met, which plant loses first and why, what comes. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowDownRight, ArrowRight, ArrowUpRight, Factory } from 'lucide-react';
import { usePlants, type Plant } from '@/api/session';
import { Badge, Empty, Loading, Page, Select, type Tone } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { inOrder } from '@/planning/model/periods';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import '@/planning/planning.css';
import { regionsQuery, shownQuery, type Shown } from './data';
import { figuresOf, riskOf, rolledUp, type Figures } from './figures';
import { HeatStrip, Kiosk, LiveDot, MetColumns, Tools, useLiveDashboards } from './parts';
import { dashboardWords } from './dashboards.words';

interface Row {
  plant: Plant;
  shown: Shown | null | undefined;
  figures: Figures | undefined;
}

const TONES: Record<ReturnType<typeof riskOf>, Tone> = { loses: 'danger', full: 'warn', room: 'ok' };

export default function Overview() {
  const t = useWords(dashboardWords);
  const format = useFormat();
  const language = useLanguage();
  const at = useLiveDashboards();
  const plants = usePlants();
  const regions = useQuery(regionsQuery);
  const [url, setUrl] = useUrl();
  const region = url('region');
  const seen = plants.filter((plant) => !plant.archived_at && (!region || plant.region_id === region));
  const asked = useQueries({ queries: seen.map((plant) => shownQuery(plant.id, '', language)) });
  const periods = inOrder(asked.flatMap((one) => one.data?.dashboard.periods ?? []));
  const range = { from: url('from'), to: url('to') };
  const rows: Row[] = seen.map((plant, index) => {
    const shown = asked[index]?.data;
    return { plant, shown, figures: shown ? figuresOf(shown.dashboard, shown.finished, range) : undefined };
  });
  const names = new Map((regions.data ?? []).map((one) => [one.id, one.name]));
  const groups = rolledUp(rows, ({ plant }) => ({ key: plant.region_id ?? '', name: plant.region_id ? (names.get(plant.region_id) ?? '') : t('noRegion') }));
  const demand = rows.reduce((sum, row) => sum + (row.figures?.demand ?? 0), 0);
  const finished = rows.reduce((sum, row) => sum + (row.figures?.finished ?? 0), 0);
  const met = demand > 0 ? (100 * finished) / demand : undefined;
  const losing = rows.filter((row) => row.figures?.firstLoss).sort((a, b) => a.figures!.firstLoss!.localeCompare(b.figures!.firstLoss!) || b.figures!.unmet - a.figures!.unmet)[0];
  const waiting = asked.some((one) => one.isPending);
  const shownPeriods = rows.find((row) => row.figures)?.figures?.periods ?? [];
  return (
    <Kiosk>
      <Page
        title={t('all')} beside={<LiveDot at={at} />}
        actions={
          <Tools periods={periods}>
            {(regions.data?.length ?? 0) > 1 && <Select className="select" style={{ width: 'auto' }} aria-label={t('region')} value={region} empty={t('allRegions')} options={(regions.data ?? []).map((one) => ({ value: one.id, label: one.name }))} onChange={(value) => setUrl({ region: value })} />}
          </Tools>
        }
      >
        {seen.length === 0 ? <div className="panel"><Empty icon={<Factory size={28} />} title={t('noPlants')}>{t('noPlantsText')}</Empty></div> : waiting ? <Loading /> : (
          <>
            <section className="headline panel">
              <div className="headline-top">
                <div className={`headline-number ${met !== undefined && met > 99.995 ? 'all' : ''}`}><span>{met === undefined ? '–' : format.number(met, met > 99 ? 2 : 1)}<small>%</small></span></div>
                <div className="headline-words">
                  <p className="first">{t('met', { plants: t('plants', { n: rows.filter((row) => row.figures).length }), from: shownPeriods[0]?.period ?? '', to: shownPeriods.at(-1)?.period ?? '' })}</p>
                  <p className="muted">
                    {losing ? t('lostFirst', { plant: losing.plant.name, period: losing.figures!.firstLoss!, area: losing.figures!.constraint?.area ?? '', lines: losing.figures!.constraint?.lines.join(', ') ?? '' }) : t('nothingLost')}
                    {' '}{format.whole(finished)} {t('of', { units: format.whole(demand) })}.
                  </p>
                </div>
              </div>
            </section>
            <div className="panel table-scroll">
              <table className="table overview">
                <thead>
                  <tr><th>{t('plant')}</th><th>{t('plan')}</th><th className="num">{t('demandMet')}</th><th><span className="sr-only">{t('byPeriod')}</span></th><th className="num">{t('unmet')} <small>{t('units')}</small></th><th>{t('fullestArea')} <small>%, {shownPeriods[0]?.period}–{shownPeriods.at(-1)?.period}</small></th><th>{t('constraint')}</th><th>{t('outlook')}</th><th title={t('trendHelp')}>{t('trend')}</th></tr>
                </thead>
                {groups.map((group) => (
                  <tbody key={group.key}>
                    {groups.length > 1 && (
                      <tr className="region"><th scope="rowgroup" colSpan={2}>{group.name}</th><td className="num">{group.metPct === undefined ? '–' : `${format.number(group.metPct, 1)} %`}</td><td /><td className="num">{group.metPct === undefined ? '–' : format.whole(group.demand - group.finished)}</td><td colSpan={4} /></tr>
                    )}
                    {group.members.map((row) => <PlantRow key={row.plant.id} {...row} />)}
                  </tbody>
                ))}
              </table>
            </div>
          </>
        )}
      </Page>
    </Kiosk>
  );
}

function PlantRow({ plant, shown, figures }: Row) {
  const t = useWords(dashboardWords);
  const format = useFormat();
  const link = <Link className="name" to={`/plants/${plant.id}/dashboard` as string}>{plant.name}</Link>;
  if (!shown || !figures) return <tr><td>{link}</td><td colSpan={8} className="muted">{t('noPlan')}. <Link to={`/plants/${plant.id}/scenarios` as string}>{t('toScenarios')}</Link></td></tr>;
  const risk = riskOf(figures);
  const Arrow = figures.trend > 1 ? ArrowUpRight : figures.trend < -1 ? ArrowDownRight : ArrowRight;
  const { dashboard } = shown;
  return (
    <tr>
      <td>{link}<div className="small muted">{plant.code}</div></td>
      <td className="small" style={{ minWidth: 130, maxWidth: 220 }}><Link className="clamp-1" to={`/plants/${plant.id}/scenarios/${dashboard.scenario_id}` as string}>{dashboard.scenario}</Link><span className="muted">{format.date(dashboard.optimized_at)}</span></td>
      <td className="num strong large">{figures.metPct === undefined ? '–' : `${format.number(figures.metPct, 1)} %`}</td>
      <td><MetColumns periods={figures.periods} /></td>
      <td className="num">{format.whole(figures.unmet)}</td>
      <td><HeatStrip periods={figures.periods} /></td>
      <td className="small" title={figures.constraint?.explanation}>{figures.constraint ? <>{figures.constraint.area} <span className="muted">{figures.constraint.lines.slice(0, 3).join(', ')}</span></> : '–'}</td>
      <td><Badge tone={TONES[risk]}>{t(risk, { period: figures.firstLoss ?? figures.firstFull ?? '' })}</Badge></td>
      <td className="nowrap small" title={t('trendHelp')}><span className="row" style={{ gap: 4 }}><Arrow size={15} aria-hidden="true" />{t('points', { points: format.signed(figures.trend, 1) })}</span></td>
    </tr>
  );
}
