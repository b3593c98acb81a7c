/** A result as a report: looked at first, then taken away as a file or on paper. */
import { useQuery } from '@tanstack/react-query';
import { BookOpenText, Braces, FileChartColumn, FileSpreadsheet, FileText, Presentation, Printer } from 'lucide-react';
import { useState } from 'react';
import { useMay, usePlants } from '@/api/session';
import { usePeople } from '@/records/Who';
import { Button, Empty, ErrorView, Field, Loading, Select, toastError } from '@/ui';
import { LANGUAGES, useLanguage, useWords } from '@/words';
import { changesWords } from '../changes.words';
import { download, plantRecordsQuery, resultQuery, type Scenario } from '../data';
import { contentOf } from '../model/content';
import { describe } from '../model/describe';
import { bandSoft } from '../model/bands';
import { rankUnmet } from '../model/results';
import { useNames } from '../names';
import { formatOf } from '../numbers';
import { planningWords, type PlanningKey } from '../planning.words';
import { useStops } from '../results/Results';
import type { Result } from '../model/document';
import { reportWords } from './report.words';
import { fill } from '@/words';
import { Subscriptions } from './Subscriptions';

type Language = keyof typeof LANGUAGES;

/** Documents to read take the right to read, data to work on with the right to export. */
const FILES = [
  { word: 'pdfExecutive', format: 'pdf', report: 'executive', icon: FileChartColumn, right: 'read' },
  { word: 'pdfPlant', format: 'pdf', report: 'plant', icon: BookOpenText, right: 'read' },
  { word: 'slides', format: 'pptx', icon: Presentation, right: 'read' },
  { word: 'xlsx', format: 'xlsx', icon: FileSpreadsheet, right: 'export' },
  { word: 'csv', format: 'csv', icon: FileText, right: 'export' },
  { word: 'json', format: 'json', icon: Braces, right: 'export' },
] as const;
type ReportFile = (typeof FILES)[number];
/** What this build makes: PDF unless it was left out (`VITE_GEMBA_PDF=no` with cargo's `--no-default-features`). */
const OFFERED = FILES.filter((file) => file.format !== 'pdf' || import.meta.env['VITE_GEMBA_PDF'] !== 'no');

export default function Report({ scenario }: { scenario: Scenario }) {
  const t = useWords(reportWords);
  const here = useLanguage();
  const may = useMay();
  const [language, setLanguage] = useState<Language>(here);
  const [busy, setBusy] = useState('');
  const result = useQuery(resultQuery(scenario.id, language));
  if (result.isPending) return <Loading />;
  if (result.error) return <ErrorView error={result.error} onRetry={() => void result.refetch()} />;
  if (!result.data) return <div className="panel"><Empty icon={<FileText size={28} />} title={t('title')}>{t('noResult')}</Empty></div>;
  const take = async (file: ReportFile) => {
    setBusy(file.word);
    try {
      const asked = new URLSearchParams({ scenario: scenario.id, format: file.format, language, ...('report' in file ? { report: file.report } : {}) });
      await download(`/api/v1/reports/export?${asked.toString()}`, `${scenario.name}.${file.format}`);
    } catch (error) {
      toastError(error);
    } finally {
      setBusy('');
    }
  };
  const why = (right: ReportFile['right']) => (may(`planning.scenario.${right}`, scenario.plant_id) ? undefined : t('mayNot'));
  return (
    <div className="report">
      <aside className="report-tools stack">
        <Field label={t('language')}><Select value={language} onChange={(next) => setLanguage(next as Language)} options={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} /></Field>
        <div className="stack-s">
          {OFFERED.map((file, at) => (
            <Button key={file.word} look={at === 0 ? 'primary' : undefined} icon={<file.icon size={15} />} why={why(file.right)} busy={busy === file.word} onClick={() => void take(file)}>
              {t(file.word)}
            </Button>
          ))}
          <Button icon={<Printer size={15} />} onClick={() => window.print()}>{t('print')}</Button>
        </div>
        <p className="small muted">{t('noted')}</p>
        <Subscriptions scenario={scenario} />
      </aside>
      <Sheet scenario={scenario} result={result.data} language={language} />
    </div>
  );
}

/** The report as it is printed, in its own language. */
function Sheet({ scenario, result, language }: { scenario: Scenario; result: Result; language: Language }) {
  const t = (key: keyof (typeof reportWords)['en']) => reportWords[language][key];
  const p = (key: PlanningKey) => planningWords[language][key];
  const format = formatOf(language);
  const who = usePeople();
  const plants = usePlants();
  const records = useQuery(plantRecordsQuery(scenario.plant_id));
  const names = useNames(records.data);
  const { plan } = result;
  const { matrix } = useStops(plan, records.data?.areas);
  const say = (key: keyof (typeof changesWords)['en'], values?: Record<string, string | number>) => fill(changesWords[language][key], values, language);
  const changes = describe(contentOf(scenario), { t: say, names, format });
  const ranked = rankUnmet(plan.unmet);
  const { summary } = plan;
  const met = summary.demand_units > 0 ? (100 * summary.finished_units) / summary.demand_units : 100;
  return (
    <article className="sheet" lang={language} aria-label={t('preview')}>
      <header>
        <p className="sheet-kind">{t('title')}</p>
        <h1>{scenario.name}</h1>
        {scenario.description && <p className="muted">{scenario.description}</p>}
        <dl>
          <div><dt>{t('plant')}</dt><dd>{plants.find((plant) => plant.id === scenario.plant_id)?.name}</dd></div>
          <div><dt>{t('version')}</dt><dd>{result.scenario_version}</dd></div>
          <div><dt>{t('status')}</dt><dd>{p(scenario.status)}</dd></div>
          <div><dt>{t('optimized')}</dt><dd>{format.dateTime(result.created_at)}</dd></div>
          {scenario.status === 'approved' && <div><dt>{t('decision')}</dt><dd>{who(`user:${scenario.decided_by}`)}, {format.date(scenario.decided_at ?? result.created_at)}{scenario.decision && ` – ${scenario.decision}`}</dd></div>}
        </dl>
      </header>
      <section>
        <h2>{t('summary')}</h2>
        <p className="sheet-number">{format.number(met, 1)} % <span>{format.whole(summary.finished_units)} / {format.whole(summary.demand_units)} {p('units')}</span></p>
        {plan.explanations.slice(0, 4).map((sentence, index) => <p key={index}>{sentence}</p>)}
      </section>
      <section>
        <h2>{t('changes')}</h2>
        {changes.length === 0 ? <p>{t('changesNone')}</p> : <ul>{changes.slice(0, 40).map((one) => <li key={one.key}>{one.text}</li>)}</ul>}
      </section>
      <section>
        <h2>{t('utilization')}</h2>
        <table>
          <thead><tr><th>{p('area')}</th>{matrix.periods.map((period) => <th key={period} className="num">{period}</th>)}</tr></thead>
          <tbody>{matrix.areas.map((area) => <tr key={area.area}><th scope="row">{area.area}</th>{area.cells.map((cell, index) => <td key={index} className="num" style={{ background: bandSoft(cell?.band ?? 'none') }}>{cell ? format.pct(cell.utilizationPct) : '–'}</td>)}</tr>)}</tbody>
        </table>
      </section>
      {ranked.length > 0 && (
        <section>
          <h2>{t('unmet')}</h2>
          <table>
            <thead><tr><th>{p('model')}</th><th>{p('area')}</th><th>{p('customer')}</th><th className="num">{p('units')}</th></tr></thead>
            <tbody>{ranked.slice(0, 20).map((row) => <tr key={row.model + row.area + row.reason}><td>{row.model}<br /><small>{p(`reason_${row.reason}` as PlanningKey)}{row.limitingLines.length > 0 && `: ${row.limitingLines.join(', ')}`}</small></td><td>{row.area}</td><td>{row.customer}</td><td className="num">{format.whole(row.units)}</td></tr>)}</tbody>
          </table>
        </section>
      )}
      {plan.gains.length > 0 && <section><h2>{t('gains')}</h2><ol>{plan.gains.slice(0, 6).map((gain, index) => <li key={index}>{gain.explanation}</li>)}</ol></section>}
      <section>
        <h2>{t('lines')}</h2>
        <table className="dense">
          <thead><tr><th>{p('line')}</th><th>{p('area')}</th>{matrix.periods.map((period) => <th key={period} className="num">{period}</th>)}</tr></thead>
          <tbody>{matrix.areas.flatMap((area) => area.lines.map((line) => <tr key={area.area + line.line}><th scope="row">{line.line}</th><td>{area.area}</td>{line.cells.map((cell, index) => <td key={index} className="num" style={{ background: bandSoft(cell?.band ?? 'none'), fontWeight: cell?.constraint ? 700 : undefined }}>{cell && cell.band !== 'none' ? format.pct(cell.utilizationPct) : '–'}</td>)}</tr>))}</tbody>
        </table>
        {plan.verification.holds && <p className="small">{t('checked')}</p>}
      </section>
      <footer>Gemba · {result.engine} · {format.dateTime(result.created_at)}</footer>
    </article>
  );
}
