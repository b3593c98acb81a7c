/** Risk of a scenario: how likely demand is short when inputs turn out differently, who is, and what moves it. */
import { useQuery } from '@tanstack/react-query';
import { Dices, Download, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '@/api/session';
import { Button, Empty, ErrorView, Figure, Loading, Menu, MenuItem, Notice, Panel, Select, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { download, type PlantRecords, type Scenario } from '../data';
import { useFormat } from '../numbers';
import { RunProgress } from '../parts';
import { planningWords } from '../planning.words';
import { useUrl } from '../url';
import { AreaBands, Convergence, Tornado, UnmetHistogram } from './Charts';
import { rowsQuery, studiesQuery, studyQuery, useStudy } from './data';
import { RiskHeat } from './Heat';
import { progressOf, setupOf, usualSetup, type RiskStudy, type Setup as Typed } from './model';
import { riskWords } from './risk.words';
import { Setup } from './Setup';
import './risk.css';

export default function Risk({ scenario, records, why }: { scenario: Scenario; records: PlantRecords | undefined; why: string | undefined }) {
  const t = useWords(riskWords);
  const format = useFormat();
  const language = useLanguage();
  const [url, setUrl] = useUrl();
  const [setup, setSetup] = useState<Typed | null>(null);
  const chosen = url('study');
  const study = useQuery(studyQuery(scenario.id, language, chosen || undefined));
  const work = useStudy(scenario, () => { setSetup(null); setUrl({ study: '' }); });
  if (study.isPending) return <Loading />;
  if (study.error) return <ErrorView error={study.error} onRetry={() => void study.refetch()} />;
  const found = study.data;
  const say = (text: string) => {
    if (text === 'keeping the study') return t('keeping');
    const far = progressOf(text);
    return far && t('progress', { done: format.whole(far.done), samples: format.whole(far.samples), pct: format.pct(far.pct) });
  };
  const typed = setup ?? (found ? null : usualSetup());
  return (
    <div className="stack risk">
      {work.busy && <RunProgress run={work.run} say={say} />}
      {!found && !work.busy && <div className="panel"><Empty icon={<Dices size={28} />} title={t('none')} actions={setup === null && <Button type="submit" form="risk-setup" look="primary" icon={<Dices size={15} />} why={why}>{t('runUsual')}</Button>}>{t('noneText')}</Empty></div>}
      {typed && !(work.busy && found) && (
        <Setup
          typed={typed} onChange={setSetup} records={records} refused={work.refused} why={why} busy={work.busy} onRun={(asked) => { setSetup(typed); void work.start(asked); }}
          onCancel={found ? () => setSetup(null) : undefined}
        />
      )}
      {found && <Found scenario={scenario} study={found} editing={typed !== null} busy={work.busy} onChange={() => setSetup(setupOf(found))} />}
    </div>
  );
}

function Found({ scenario, study, editing, busy, onChange }: { scenario: Scenario; study: RiskStudy; editing: boolean; busy: boolean; onChange: () => void }) {
  const t = useWords(riskWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const language = useLanguage();
  const rows = useQuery(rowsQuery(scenario.id, language, study.id));
  const { short } = study;
  return (
    <>
      {study.scenario_version !== scenario.version && <Notice tone="warn">{t('stale', { version: study.scenario_version, now: scenario.version })}</Notice>}
      <section className="panel headline">
        <div className="row wrap">
          <span className="small muted grow">{t('studiedAt', { samples: format.whole(study.samples), seed: study.seed, when: format.dateTime(study.created_at) })}{study.simplified && ` · ${t('simplified')}`}</span>
          <OtherStudies scenario={scenario} study={study} />
          <Files scenario={scenario} study={study} />
          {!editing && <Button icon={<SlidersHorizontal size={15} />} busy={busy} onClick={onChange}>{t('change')}</Button>}
        </div>
        <div className="headline-top">
          <div className={`headline-number ${short.pct === 0 ? 'all' : ''}`}>
            <span>{short.pct > 0 && short.pct < 0.1 ? '< 0.1' : format.pct(short.pct)}<small>%</small></span>
            <em>{short.pct === 0 ? t('never') : t('likelyShort')}</em>
            <em className="small">{t('interval', { low: format.pct(short.low_pct), high: format.pct(short.high_pct) })}</em>
          </div>
          <ul className="headline-words" aria-label={t('sentences')}>{study.explanations.map((sentence, index) => <li key={sentence} className={index === 0 ? 'first' : ''}>{sentence}</li>)}</ul>
        </div>
        <div className="headline-figures">
          <Figure name={t('expected')} value={format.whole(study.unmet_units.mean)} unit={p('units')} />
          <Figure name={t('worst')} value={format.whole(study.unmet_units.cvar95)} unit={p('units')} />
          <Figure name={t('planned')} value={format.whole(study.planned.unmet_units)} unit={p('units')} />
          <Figure name={t('peak')} value={format.pct(study.peak_utilization_pct.p50)} unit="%" />
        </div>
      </section>
      {rows.isPending ? <div className="panel"><Loading /></div> : rows.error ? <ErrorView error={rows.error} onRetry={() => void rows.refetch()} /> : <RiskHeat study={study} rows={rows.data} />}
      <div className="risk-columns">
        <Panel title={t('histogram')}><UnmetHistogram study={study} /></Panel>
        <Panel title={t('tornado')}><Tornado study={study} /></Panel>
      </div>
      {rows.data && <Panel title={t('bands')}><AreaBands study={study} rows={rows.data} /></Panel>}
      <Panel title={t('sure')}>
        <Convergence study={study} />
        <p className="small muted" style={{ marginTop: 8 }}>
          {t('verifiedSamples', { n: format.whole(study.verification.samples), error: study.verification.worst_error.toExponential(1) })} {t('engine', { engine: study.engine })} · <span className="mono" title={study.question_hash}>{t('hash', { hash: study.question_hash.slice(0, 12) })}</span>
        </p>
      </Panel>
    </>
  );
}

/** Studies that were made before, to look at again. */
function OtherStudies({ scenario, study }: { scenario: Scenario; study: RiskStudy }) {
  const t = useWords(riskWords);
  const format = useFormat();
  const [url, setUrl] = useUrl();
  const studies = useQuery(studiesQuery(scenario.id));
  if (!studies.data || studies.data.length < 2) return null;
  const options = studies.data.map((one) => ({ value: one.id, label: `${format.dateTime(one.created_at)} · ${format.pct(one.summary.short_pct)} % · ${format.short(one.summary.samples)}` }));
  return <Select aria-label={t('studies')} className="risk-studies" value={url('study') || study.id} options={options} onChange={(value) => setUrl({ study: value === options[0]!.value ? '' : value })} />;
}

function Files({ scenario, study }: { scenario: Scenario; study: RiskStudy }) {
  const t = useWords(riskWords);
  const may = useMay();
  const allowed = may('planning.scenario.export', scenario.plant_id);
  const take = (part: 'rows' | 'tornado' | 'convergence') => void download(`/api/v1/scenarios/${scenario.id}/risk/export?study=${study.id}&part=${part}`, `${part}.csv`).catch(toastError);
  if (!allowed) return <Button icon={<Download size={15} />} why={t('whyExport', { permission: 'planning.scenario.export' })}>{t('csv')}</Button>;
  return (
    <Menu align="end" button={{ icon: <Download size={15} />, label: t('csv') }}>
      <MenuItem onSelect={() => take('rows')}>{t('csvRows')}</MenuItem>
      <MenuItem onSelect={() => take('tornado')}>{t('csvTornado')}</MenuItem>
      <MenuItem onSelect={() => take('convergence')}>{t('csvConvergence')}</MenuItem>
    </Menu>
  );
}
