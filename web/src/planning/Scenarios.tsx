/** The scenarios of a plant: which there are, where they stand, what each would deliver. */
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Archive, ArchiveRestore, CopyPlus, EllipsisVertical, FileSpreadsheet, FlaskConical, GitCompareArrows, Plus, Search } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '@/api/session';
import { Problem } from '@/api/problem';
import { usePeople } from '@/records/Who';
import { Badge, Button, Checkbox, Dialog, Empty, ErrorView, Field, Loading, Menu, MenuItem, Page, Segmented, TextArea, TextInput, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { archivedScenariosQuery, figuresQuery, hasLinesQuery, scenariosQuery, useCreateScenario, useFreshScenarios, useVerb, versionsQuery, type Scenario } from './data';
import { contentOf, countOf } from './model/content';
import { useFormat } from './numbers';
import { CloneDialog, StatusBadge, UseBar } from './parts';
import { planningWords } from './planning.words';
import { scenariosWords } from './scenarios.words';
import { useUrl } from './url';
import './planning.css';

type Shown = 'open' | 'draft' | 'submitted' | 'approved' | 'archived';

export default function Scenarios() {
  const t = useWords(scenariosWords);
  const p = useWords(planningWords);
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  useFreshScenarios(plantId);
  const may = useMay();
  const navigate = useNavigate();
  const [url, setUrl] = useUrl();
  const shown = url('show', 'open') as Shown;
  const search = url('q');
  const list = useQuery(scenariosQuery(plantId));
  const archived = useQuery({ ...archivedScenariosQuery(plantId), enabled: shown === 'archived' });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [making, setMaking] = useState(false);
  const [cloning, setCloning] = useState<Scenario | null>(null);
  const mayMake = may('planning.scenario.create', plantId);
  const all = (shown === 'archived' ? archived.data : list.data) ?? [];
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (one: Scenario) => words.every((word) => [one.name, one.description ?? '', ...one.tags].join(' ').toLowerCase().includes(word));
  const rows = all.filter((one) => (shown === 'open' || shown === 'archived' || one.status === shown) && matches(one));
  const figures = useQueries({ queries: rows.map((one) => figuresQuery(one.id)) });
  const names = new Map((list.data ?? []).map((one) => [one.id, one.name]));
  // What the plant works by is what was approved last.
  const inForce = (list.data ?? []).filter((one) => one.status === 'approved').sort((a, b) => (b.decided_at ?? '').localeCompare(a.decided_at ?? ''))[0]?.id;
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const comparable = rows.filter((one, index) => chosen.has(one.id) && figures[index]?.data);
  const compare = () => void navigate({ to: '/plants/$plantId/compare' as string, params: { plantId } as never, search: { ids: comparable.map((one) => one.id).join(',') } as never });
  const whyNot = chosen.size < 2 ? t('compareNeeds') : comparable.length < 2 ? t('compareNeedsResults') : comparable.length > 6 ? t('compareMost') : undefined;

  return (
    <Page
      title={p('scenarios')} about={t('about')}
      actions={
        <>
          <Button icon={<GitCompareArrows size={15} />} why={whyNot} onClick={compare}>{chosen.size > 0 ? t('compareThese', { n: chosen.size }) : p('compare')}</Button>
          <Button look="primary" icon={<Plus size={15} />} why={mayMake ? undefined : p('mayNot', { permission: 'planning.scenario.create' })} onClick={() => setMaking(true)}>{t('new')}</Button>
        </>
      }
    >
      <div className="row wrap">
        <Segmented<Shown>
          label={t('show')} value={shown} onChange={(value) => setUrl({ show: value === 'open' ? '' : value })}
          segments={[
            { value: 'open', label: t('showOpen') }, { value: 'draft', label: p('draft') }, { value: 'submitted', label: p('submitted') }, { value: 'approved', label: p('approved') }, { value: 'archived', label: p('archived') },
          ]}
        />
        <span className="with-icon grow" style={{ maxWidth: 320 }}>
          <Search size={14} />
          <TextInput type="search" value={search} placeholder={t('search')} aria-label={t('search')} onChange={(value) => setUrl({ q: value })} />
        </span>
      </div>
      {list.isPending ? (
        <Loading />
      ) : list.error ? (
        <ErrorView error={list.error} onRetry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <div className="panel">
          {all.length === 0 && shown === 'open' && search === '' ? <None plantId={plantId} mayMake={mayMake} onMake={() => setMaking(true)} /> : (
            <Empty icon={<FlaskConical size={28} />} title={t('noMatch')}>{t('noMatchText')}</Empty>
          )}
        </div>
      ) : (
        <div className="panel table-scroll">
          <table className="table scenario-list">
            <thead>
              <tr>
                <th style={{ width: 36 }}><span className="sr-only">{t('choose')}</span></th>
                <th>{p('name')}</th>
                <th>{t('status')}</th>
                <th className="num narrow-out">{t('changes')}</th>
                <th className="num">{t('met')}</th>
                <th className="num">{p('unmet')} <small>{p('units')}</small></th>
                <th>{t('fullest')}</th>
                <th className="narrow-out">{p('constraint')}</th>
                <th className="narrow-out">{t('changed')}</th>
                <th><span className="sr-only">{t('actions')}</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((scenario, index) => (
                <ScenarioRow
                  key={scenario.id} scenario={scenario} figures={figures[index]?.data} waiting={figures[index]?.isPending ?? true} chosen={chosen.has(scenario.id)} inForce={scenario.id === inForce}
                  baseName={scenario.base_id ? names.get(scenario.base_id) : undefined} onChoose={() => toggle(scenario.id)} onClone={() => setCloning(scenario)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {making && <NewDialog plantId={plantId} onClose={() => setMaking(false)} />}
      {cloning && <CloneDialog scenario={cloning} onClose={() => setCloning(null)} />}
    </Page>
  );
}

/** No scenario yet: the first one is the plant as it is; a plant without lines needs its workbook first. */
function None({ plantId, mayMake, onMake }: { plantId: string; mayMake: boolean; onMake: () => void }) {
  const t = useWords(scenariosWords);
  const mayBring = useMay()('planning.import.create', plantId);
  const lines = useQuery(hasLinesQuery(plantId));
  if (lines.isPending) return <Loading lines={3} />;
  if (lines.data === false && mayBring) {
    return (
      <Empty
        icon={<FileSpreadsheet size={28} />} title={t('emptyTitle')}
        actions={<><Link className="btn primary" to={`/plants/${plantId}/import` as string}><FileSpreadsheet size={15} />{t('importIt')}</Link>{mayMake && <Button onClick={onMake}>{t('new')}</Button>}</>}
      >
        {t('emptyText')}
      </Empty>
    );
  }
  return <Empty icon={<FlaskConical size={28} />} title={t('noneTitle')} actions={mayMake && <Button look="primary" onClick={onMake}>{t('new')}</Button>}>{t('noneText')}</Empty>;
}

type Figures = Awaited<ReturnType<NonNullable<ReturnType<typeof figuresQuery>['queryFn']>>> | undefined;

function ScenarioRow({ scenario, figures, waiting, chosen, inForce, baseName, onChoose, onClone }: {
  scenario: Scenario; figures: Figures; waiting: boolean; chosen: boolean; inForce: boolean; baseName: string | undefined; onChoose: () => void; onClone: () => void;
}) {
  const t = useWords(scenariosWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const may = useMay();
  const verb = useVerb();
  const who = usePeople();
  const summary = figures?.plan.summary;
  const met = summary && summary.demand_units > 0 ? (100 * summary.finished_units) / summary.demand_units : undefined;
  // Not every change of a scenario is one of what it says: only its versions tell.
  const differs = figures != null && figures.scenario_version !== scenario.version && scenario.status === 'draft';
  const versions = useQuery({ ...versionsQuery(scenario.id), enabled: differs });
  const stale = differs && (versions.data?.some((one) => one.number > figures.scenario_version) ?? false);
  const short = figures?.plan.constraints?.find((one) => one.short) ?? figures?.plan.constraints?.[0];
  const mayArchive = may('planning.scenario.archive', scenario.plant_id);
  const act = (action: 'archive' | 'restore') =>
    verb.mutate({ scenario, verb: action }, { onSuccess: () => toast(t(action === 'archive' ? 'archivedNow' : 'restoredNow', { name: scenario.name })), onError: toastError });
  const dash = <span className="faint">{waiting ? '…' : '–'}</span>;
  return (
    <tr className={chosen ? 'chosen' : ''}>
      <td><Checkbox label={<span className="sr-only">{t('chooseOne', { name: scenario.name })}</span>} checked={chosen} onChange={onChoose} /></td>
      <td style={{ minWidth: 220 }}>
        <div className="row wrap" style={{ gap: '0 6px' }}>
          <Link className="name" to={`/plants/${scenario.plant_id}/scenarios/${scenario.id}` as string}>{scenario.name}</Link>
          {inForce && <Badge tone="accent">{t('inForce')}</Badge>}
        </div>
        <div className="small muted clamp-1">
          {baseName && <span>{t('from', { name: baseName, version: scenario.base_version ?? 1 })}{scenario.description ? ' · ' : ''}</span>}
          {scenario.description}
        </div>
      </td>
      <td><StatusBadge scenario={scenario} /></td>
      <td className="num narrow-out">{countOf(contentOf(scenario)) || <span className="faint">0</span>}</td>
      <td className="num strong">{met === undefined ? dash : `${format.number(met, 1)} %`}{stale && <span className="faint" title={t('stale', { version: figures.scenario_version })}> *</span>}</td>
      <td className="num">{summary ? format.whole(summary.unmet_units) : dash}</td>
      <td>{summary ? <UseBar pct={summary.max_utilization_pct} /> : dash}</td>
      <td className="small narrow-out">{short ? <span title={short.explanation}>{short.lines.slice(0, 3).join(', ')}{short.lines.length > 3 ? ` +${short.lines.length - 3}` : ''} <span className="muted">{short.period}</span></span> : dash}</td>
      <td className="small muted nowrap narrow-out" title={`${format.dateTime(scenario.updated_at)} · ${who(scenario.updated_by)}`}>{format.ago(scenario.updated_at)}</td>
      <td className="actions">
        <Menu align="end" button={{ look: 'ghost', size: 'small', icon: <EllipsisVertical size={15} />, label: t('actionsOf', { name: scenario.name }) }}>
          <MenuItem icon={<CopyPlus size={15} />} disabled={!may('planning.scenario.create', scenario.plant_id)} onSelect={onClone}>{p('clone')}</MenuItem>
          {scenario.archived_at ? (
            <MenuItem icon={<ArchiveRestore size={15} />} disabled={!mayArchive} onSelect={() => act('restore')}>{t('restore')}</MenuItem>
          ) : (
            <MenuItem icon={<Archive size={15} />} danger disabled={!mayArchive} onSelect={() => act('archive')}>{t('archive')}</MenuItem>
          )}
        </Menu>
      </td>
    </tr>
  );
}

function NewDialog({ plantId, onClose }: { plantId: string; onClose: () => void }) {
  const t = useWords(scenariosWords);
  const p = useWords(planningWords);
  const navigate = useNavigate();
  const create = useCreateScenario(plantId);
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const problem = create.error instanceof Problem ? create.error : undefined;
  const submit = () =>
    create.mutate(
      { name, description: description.trim() || null },
      { onSuccess: (made) => void navigate({ to: '/plants/$plantId/scenarios/$scenarioId' as string, params: { plantId, scenarioId: made.id } as never, search: { tab: 'inputs' } as never }) },
    );
  return (
    <Dialog title={t('new')} onClose={onClose} onSubmit={submit} foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" busy={create.isPending} onClick={undefined}>{t('make')}</Button></>}>
      <p className="muted">{t('newHelp')}</p>
      <Field label={p('name')} error={problem ? (problem.at('/name') ?? (problem.errors.length === 0 ? problem.message : undefined)) : create.error?.message}>
        <TextInput value={name} placeholder={t('nameExample')} onChange={setName} required autoFocus />
      </Field>
      <Field label={p('description')}><TextArea value={description} onChange={setDescription} /></Field>
    </Dialog>
  );
}
