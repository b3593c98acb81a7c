/** The first page: how each plant stands, in one number and a picture, and what to do next. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Factory, FileSpreadsheet, FlaskConical, History, Lock, UserPlus } from 'lucide-react';
import type { ReactNode } from 'react';
import { api, ask, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { hasLookedAtPlants, useMay, useMe, usePlant, usePlants, type Plant } from '@/api/session';
import { pages } from '@/pages/registry';
import { visits } from '@/shell/recent';
import { Badge, Empty, Figure, Loading, Page, Panel, utilisation } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { peakOf, unmetOf } from './standing';
import { startWords } from './start.words';
import './start.css';

type Dashboard = Schemas['Dashboard'];

/** Plants whose state is asked for at once; the others are a click away. */
const SHOWN = 6;

export default function Start() {
  const t = useWords(startWords);
  const me = useMe();
  const may = useMay();
  const plants = usePlants();
  const last = usePlant();
  const isNew = !hasLookedAtPlants();
  // Who has looked at no plant yet begins at one that has something to show, not at whichever name comes first.
  const overview = useQuery({ queryKey: ['overview', 'standing'], queryFn: () => ask(api.GET('/api/v1/overview')), enabled: isNew && plants.length > 1 && may('planning.scenario.read'), retry: false });
  const planned = overview.data?.plants.find((one) => one.plan)?.plant_id;
  const plant = (isNew && plants.find((one) => one.id === planned)) || last;
  const ordered = [...plants].sort((a, b) => Number(b.id === plant?.id) - Number(a.id === plant?.id));
  return (
    <Page title={t('hello', { name: me.name.split(' ')[0] ?? me.name })} about={t('about')}>
      {plants.length === 0 && (may('identity.plant.create')
        ? <Panel><Empty icon={<Factory size={28} />} title={t('noPlants')} actions={<Link className="btn primary" to="/data/plants" search={{ new: 'yes' } as never}>{t('makePlant')}</Link>}>{t('noPlantsText')}</Empty></Panel>
        : <Panel><Empty icon={<Lock size={28} />} title={t('noRole')}>{t('noRoleText')}</Empty></Panel>)}
      {may('planning.scenario.read') && <div className="plants">{ordered.slice(0, SHOWN).map((one) => <PlantCard key={one.id} plant={one} />)}</div>}
      <div className="grid-2">
        <NextSteps plant={plant} />
        <Lately />
      </div>
    </Page>
  );
}

function PlantCard({ plant }: { plant: Plant }) {
  const t = useWords(startWords);
  const query = useQuery({
    queryKey: ['plants', plant.id, 'dashboard'],
    queryFn: async () => (await ask(api.GET('/api/v1/plants/{id}/dashboard', { params: { path: { id: plant.id }, query: { if_any: true } } })).catch((error: unknown) => {
      if (error instanceof Problem && (error.status === 404 || error.status === 403 || error.status === 409)) return null;
      throw error;
    })) ?? null,
  });
  const scenarios = `/plants/${plant.id}/scenarios`;
  return (
    <section className="panel plant-card" aria-label={plant.name}>
      <div className="row">
        <h2 className="grow ellipsis">{plant.name}</h2>
        {query.data && <Standing status={query.data.scenario_status} />}
      </div>
      {query.isPending ? <Loading lines={4} /> : query.data ? <Stands plan={query.data} /> : <p className="muted">{t('noPlan')}</p>}
      <div className="foot">
        {query.data && <Link className="btn small" to={`${scenarios}/${query.data.scenario_id}`}>{t('open')}</Link>}
        <Link className={`btn small ${query.data ? 'ghost' : ''}`} to={scenarios}>{query.data ? t('scenarios') : t('planNow')}</Link>
      </div>
    </section>
  );
}

function Standing({ status }: { status: string }) {
  const t = useWords(startWords);
  const said = status === 'draft' || status === 'submitted' || status === 'approved' ? t(status) : status;
  return <Badge tone={status === 'approved' ? 'ok' : status === 'submitted' ? 'info' : undefined}>{said}</Badge>;
}

const HEADS = 8;

function Stands({ plan }: { plan: Dashboard }) {
  const t = useWords(startWords);
  const language = useLanguage();
  const peak = peakOf(plan);
  const unmet = unmetOf(plan);
  const periods = plan.periods.slice(0, HEADS);
  const percent = (share: number) => Math.round(share * 100).toLocaleString(language);
  return (
    <>
      {peak && <Figure name={plan.scenario} value={percent(peak.share)} unit="%" note={<>{t('constraint', { area: peak.area, period: peak.period })} · {unmet > 0 ? t('unmet', { n: unmet }) : t('allMet')}</>} />}
      <div className="heat" role="img" aria-label={t('utilisationOf')} style={{ gridTemplateColumns: `minmax(70px, 1fr) repeat(${periods.length}, minmax(34px, 1fr))` }}>
        <span />
        {periods.map((period) => <span key={period} className="period">{period}</span>)}
        {plan.areas.map((area) => <HeatRow key={area.area} name={area.area} cells={area.max_utilization_pct.slice(0, HEADS).map((value, at) => ({ share: value / 100, isTop: peak?.area === area.area && peak.period === periods[at] }))} percent={percent} />)}
      </div>
    </>
  );
}

function HeatRow({ name, cells, percent }: { name: string; cells: { share: number; isTop: boolean }[]; percent: (share: number) => string }): ReactNode {
  return (
    <>
      <span className="area" title={name}>{name}</span>
      {cells.map(({ share, isTop }, at) => <span key={at} className={`cell ${isTop ? 'top' : ''}`} style={{ background: utilisation(share).soft }}>{percent(share)}</span>)}
    </>
  );
}

function NextSteps({ plant }: { plant: Plant | null }) {
  const t = useWords(startWords);
  const may = useMay();
  const has = (path: string) => pages.some((page) => page.path === path);
  const steps: { to: string; name: string; text: string; icon: ReactNode }[] = [];
  if (plant && has('/plants/$plantId/import') && may('planning.import.create', plant.id)) steps.push({ to: `/plants/${plant.id}/import`, name: t('importWorkbook'), text: t('importText'), icon: <FileSpreadsheet size={16} /> });
  if (plant && may('planning.scenario.create', plant.id)) steps.push({ to: `/plants/${plant.id}/scenarios`, name: t('seeScenarios'), text: t('seeScenariosText'), icon: <FlaskConical size={16} /> });
  if (may('identity.user.invite')) steps.push({ to: '/admin/users', name: t('invite'), text: t('inviteText'), icon: <UserPlus size={16} /> });
  if (steps.length === 0) return null;
  return (
    <Panel flush title={t('next')}>
      <ul className="steps">{steps.map((step) => <li key={step.to}><Link to={step.to}>{step.icon}<span><span className="name">{step.name}</span><span className="text">{step.text}</span></span></Link></li>)}</ul>
    </Panel>
  );
}

function Lately() {
  const t = useWords(startWords);
  const seen = visits().slice(0, 5);
  return (
    <Panel flush title={t('lately')}>
      {seen.length === 0 ? <p className="muted" style={{ padding: 16 }}>{t('nothingLately')}</p> : (
        <ul className="steps">{seen.map((visit) => <li key={visit.to}><Link to={visit.to}><History size={16} /><span className="name">{visit.title}</span></Link></li>)}</ul>
      )}
    </Panel>
  );
}
