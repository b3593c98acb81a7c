/** Scenarios side by side: what they ask differently, what comes of it, which difference causes what. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Copy, GitCompareArrows, X } from 'lucide-react';
import { useMemo } from 'react';
import { Button, Checkbox, Empty, ErrorView, IconButton, Loading, Menu, MenuItem, Page, Panel, toast } from '@/ui';
import { useLanguage, useWords } from '@/words';
import type { Schemas } from '@/api/client';
import { compareQuery, scenariosQuery } from '../data';
import { writeCells } from '../model/clipboard';
import { areaRows, areaUnmetRows, inputRows, lineRows, summaryRows, unmetRows, type Beside, type InputRow, type Row, type Value } from '../model/comparison';
import { useFormat, type Format } from '../numbers';
import { UseBar } from '../parts';
import { planningWords } from '../planning.words';
import { parameterWords, PARAMETER_VALUES } from '../parameter.words';
import { useUrl } from '../url';
import { compareWords } from './compare.words';
import '../planning.css';

const MOST = 6;

export default function Compare() {
  const t = useWords(compareWords);
  const p = useWords(planningWords);
  const language = useLanguage();
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const [url, setUrl] = useUrl();
  const ids = url('ids').split(',').filter(Boolean);
  const only = url('all') !== 'yes';
  const scenarios = useQuery(scenariosQuery(plantId));
  const compared = useQuery(compareQuery(ids, language));
  const choose = (next: string[]) => setUrl({ ids: next.join(',') });
  const bare = (id: string) => id.split('@')[0]!;
  const others = (scenarios.data ?? []).filter((one) => !ids.some((id) => bare(id) === one.id));
  const copy = () => compared.data && void navigator.clipboard.writeText(asTable(compared.data, t)).then(() => toast(t('copied')));
  return (
    <Page
      title={t('title')} about={t('about')} crumbs={[{ label: p('scenarios'), to: `/plants/${plantId}/scenarios` }]}
      actions={
        <>
          <Checkbox label={t('onlyDifferent')} checked={only} onChange={(checked) => setUrl({ all: checked ? '' : 'yes' })} />
          {compared.data && <Button icon={<Copy size={15} />} onClick={copy}>{t('exportIt')}</Button>}
          <Menu align="end" button={{ icon: <GitCompareArrows size={15} />, children: t('add'), why: ids.length >= MOST ? t('choose') : undefined }}>
            {others.map((one) => <MenuItem key={one.id} onSelect={() => choose([...ids, one.id])}>{one.name}</MenuItem>)}
          </Menu>
        </>
      }
    >
      {ids.length < 2 ? (
        <div className="panel">
          <Empty icon={<GitCompareArrows size={28} />} title={t('choose')}>{t('chooseText')}</Empty>
          <div className="compare-choices">
            {(scenarios.data ?? []).map((one) => (
              <Checkbox key={one.id} label={one.name} checked={ids.some((id) => bare(id) === one.id)} onChange={(checked) => choose(checked ? [...ids, one.id] : ids.filter((id) => bare(id) !== one.id))} />
            ))}
          </div>
        </div>
      ) : compared.isPending ? (
        <Loading />
      ) : compared.error ? (
        <ErrorView error={compared.error} onRetry={() => void compared.refetch()} />
      ) : (
        <Sides all={compared.data} ids={ids} only={only} plantId={plantId} onChoose={choose} />
      )}
    </Page>
  );
}

interface SidesProps {
  all: Beside[];
  ids: string[];
  only: boolean;
  plantId: string;
  onChoose: (ids: string[]) => void;
}

function Sides({ all, ids, only, plantId, onChoose }: SidesProps) {
  const t = useWords(compareWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const rows = useMemo(() => ({ figures: summaryRows(all), areas: areaRows(all), areaUnmet: areaUnmetRows(all), lines: lineRows(all), unmet: unmetRows(all), inputs: inputRows(all) }), [all]);
  const figures = only ? rows.figures.filter((row) => row.differs) : rows.figures;
  const head = (
    <tr>
      <th>{t('what')}</th>
      {all.map((one, index) => (
        <th key={one.scenario_id + String(one.scenario_version)} className="num compare-head">
          <span className="row" style={{ justifyContent: 'flex-end', gap: 4 }}>
            <Link className="name compare-name" to={`/plants/${plantId}/scenarios/${one.scenario_id}` as string} title={t('open', { name: one.name })}>{one.name}</Link>
            {all.length > 2 && <IconButton size="small" label={t('takeOut', { name: one.name })} icon={<X size={13} />} onClick={() => onChoose(ids.filter((_, at) => at !== index))} />}
          </span>
          <small className="muted">{t('version', { version: one.scenario_version })} · {index === 0 ? t('base') : <button type="button" className="link" title={t('makeFirst', { name: one.name })} onClick={() => onChoose([ids[index]!, ...ids.filter((_, at) => at !== index)])}>{t('asBase')}</button>}</small>
        </th>
      ))}
    </tr>
  );
  return (
    <div className="stack">
      <Panel title={t('figures')} flush>
        <div className="table-scroll">
          <table className="table compare">
            <thead>{head}</thead>
            <tbody>
              {figures.length === 0 && <tr><td colSpan={all.length + 1} className="muted">{t('nothing')}</td></tr>}
              {figures.map((row) => (
                <tr key={row.key}>
                  <th scope="row">{t(row.key as 'demand_units')} <small className="muted">{row.key.endsWith('pct') ? '%' : row.key.endsWith('hours') ? 'h' : row.key.endsWith('units') ? p('units') : ''}</small></th>
                  {row.values.map((value, index) => <td key={index} className="num"><Number_ value={value} digits={row.key.endsWith('units') ? 0 : 1} format={format} /></td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
      {all.slice(1).map((one) => <Causes key={one.scenario_id + String(one.scenario_version)} one={one} first={all[0]!} />)}
      <InputsTable rows={rows.inputs} all={all} />
      {all.slice(1).some((one) => one.comparison && (one.comparison.outputs.constraints_resolved.length > 0 || one.comparison.outputs.constraints_new.length > 0)) && (
        <div className="grid-2">
          {all.slice(1).flatMap((one) => ([['gone', one.comparison?.outputs.constraints_resolved ?? []], ['arisen', one.comparison?.outputs.constraints_new ?? []]] as const).map(([word, list]) => list.length > 0 && (
            <Panel key={one.scenario_id + word} title={`${t(word)} · ${one.name}`}><ul className="sentences">{list.map((text, index) => <li key={index}>{text}</li>)}</ul></Panel>
          )))}
        </div>
      )}
      <Differences title={`${t('unmet')} · ${p('units')}`} rows={rows.unmet} all={all} digits={0} only={only} />
      <Differences title={`${t('areas')} · ${p('unmet')} · ${p('units')}`} rows={rows.areaUnmet} all={all} digits={0} only={only} />
      <Differences title={`${t('areas')} · ${p('utilization')}`} rows={rows.areas} all={all} bars only={only} />
      <Differences title={`${t('lines')} · ${p('utilization')}`} rows={rows.lines} all={all} bars only={only} />
    </div>
  );
}

function Number_({ value, digits, format }: { value: Value; digits: number; format: Format }) {
  const t = useWords(compareWords);
  if (value.value === null) return <span className="faint">{t('none')}</span>;
  return (
    <>
      <span className="strong">{format.number(value.value, digits)}</span>
      {value.delta !== null && (
        <span className={`delta ${value.verdict ?? ''}`}>
          {value.verdict === 'same' ? '=' : format.signed(value.delta, digits)}
          {(value.verdict === 'better' || value.verdict === 'worse') && <span className="sr-only"> ({t(value.verdict)})</span>}
        </span>
      )}
    </>
  );
}

/** Each difference of the questions by itself, as bars to the left and right of nothing. */
function Causes({ one, first }: { one: Beside; first: Beside }) {
  const t = useWords(compareWords);
  const format = useFormat();
  const causes = [...(one.comparison?.causes ?? [])].filter((cause) => Math.abs(cause.finished_units) >= 0.5 || Math.abs(cause.unmet_units) >= 0.5).sort((a, b) => Math.abs(b.finished_units) - Math.abs(a.finished_units));
  const summary = (of: Beside) => of.summary as { finished_units?: number };
  const total = (summary(one).finished_units ?? 0) - (summary(first).finished_units ?? 0);
  const rest = total - causes.reduce((sum, cause) => sum + cause.finished_units, 0);
  const most = Math.max(1, ...causes.map((cause) => Math.abs(cause.finished_units)), Math.abs(rest), Math.abs(total));
  const words = (cause: Schemas['Cause']) => {
    const key = `cause_${cause.kind}` as 'cause_line_hours';
    return t(key in compareWords.en ? key : ('cause_rest' as 'cause_line_hours'), { name: cause.name });
  };
  return (
    <Panel title={`${t('causes')} · ${one.name}`}>
      {causes.length === 0 ? <p className="muted">{t('noCauses')}</p> : (
        <>
          <p className="muted small" style={{ marginBottom: 10 }}>{t('causesHelp', { first: first.name })}</p>
          <ul className="causes">
            {causes.map((cause) => <Bar key={cause.kind + cause.name} name={words(cause)} value={cause.finished_units} most={most} format={format} />)}
            {causes.length > 0 && Math.abs(rest) >= 0.5 && <Bar name={t('rest')} value={rest} most={most} format={format} look="rest" />}
            {causes.length > 1 && <Bar name={t('all')} value={total} most={most} format={format} look="total" />}
          </ul>
          <p className="small muted">{t('finishedMore')}</p>
        </>
      )}
    </Panel>
  );
}

function Bar({ name, value, most, format, look = '' }: { name: string; value: number; most: number; format: Format; look?: string }) {
  const width = (50 * Math.abs(value)) / most;
  return (
    <li className={look}>
      <span className="ellipsis" title={name}>{name}</span>
      <span className="cause-track" aria-hidden="true"><i className={value < 0 ? 'down' : 'up'} style={{ width: `${width}%`, [value < 0 ? 'right' : 'left']: '50%' }} /></span>
      <span className="num strong">{format.signed(value, 0)}</span>
    </li>
  );
}

const SHOWN_AT_FIRST = 60;

function InputsTable({ rows, all }: { rows: InputRow[]; all: Beside[] }) {
  const t = useWords(compareWords);
  const q = useWords(parameterWords);
  const format = useFormat();
  const [url, setUrl] = useUrl();
  const more = url('more') === 'inputs';
  const option = (name: string, value: string): string => {
    const key = PARAMETER_VALUES[`${name}_${value}`];
    return key ? q(key) : value;
  };
  const write = (row: InputRow, value: number | string | null | undefined) => {
    if (value === undefined) return <span className="faint">{t('same')}</span>;
    if (row.kind === 'changeovers') return t('differ');
    if (value === null) return <span className="faint">{row.kind === 'capability' ? t('cannotMake') : t('none')}</span>;
    if (typeof value === 'string') return option(row.name, value);
    return format.number(value, row.kind === 'capability' ? 5 : row.kind === 'demand' ? 0 : 1);
  };
  const unit = (row: InputRow) => (row.kind === 'line' ? 'h' : row.kind === 'capability' ? t('hoursPerUnit') : '');
  return (
    <Panel title={t('inputs')} flush>
      {rows.length === 0 ? <p className="muted" style={{ padding: 16 }}>{t('nothing')}</p> : (
        <div className="table-scroll">
          <table className="table compare">
            <thead><tr><th>{t('what')}</th><th>{t('where')}</th>{all.map((one) => <th key={one.scenario_id + String(one.scenario_version)} className="num"><span className="compare-name" title={one.name}>{one.name}</span></th>)}</tr></thead>
            <tbody>
              {rows.slice(0, more ? rows.length : SHOWN_AT_FIRST).map((row) => (
                <tr key={row.key}>
                  <td>{t(`kind_${row.kind}`)} <small className="muted">{unit(row)}</small></td>
                  <td>{row.kind === 'option' && row.name in parameterWords.en ? q(row.name as 'model') : row.name} {row.detail && <span className="muted">{row.detail}</span>}</td>
                  {all.map((_, index) => <td key={index} className="num">{index === 0 ? write(row, row.before) : <strong>{write(row, row.after[index])}</strong>}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length > SHOWN_AT_FIRST && !more && <div style={{ padding: 12 }}><Button size="small" onClick={() => setUrl({ more: 'inputs' })}>+{rows.length - SHOWN_AT_FIRST}</Button></div>}
        </div>
      )}
    </Panel>
  );
}

function Differences({ title, rows, all, digits = 1, bars, only }: { title: string; rows: Row[]; all: Beside[]; digits?: number; bars?: boolean; only: boolean }) {
  const t = useWords(compareWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const shown = only ? rows.filter((row) => row.differs) : rows;
  if (shown.length === 0 && only) return null;
  return (
    <Panel title={<>{title} <span className="faint tabular">({shown.length})</span></>} flush>
      <div className="table-scroll" style={{ maxHeight: 460, overflowY: 'auto' }}>
        <table className="table compare">
          <thead className="sticky"><tr><th>{t('where')}</th><th>{p('period')}</th>{all.map((one) => <th key={one.scenario_id + String(one.scenario_version)} className="num"><span className="compare-name" title={one.name}>{one.name}</span></th>)}</tr></thead>
          <tbody>
            {shown.map((row) => (
              <tr key={row.key}>
                <th scope="row">{row.name}</th><td className="tabular">{row.detail}</td>
                {row.values.map((value, index) => (
                  <td key={index} className="num">
                    {bars && value.value !== null ? <span className="row" style={{ justifyContent: 'flex-end' }}><UseBar pct={value.value} />{value.delta !== null && Math.abs(value.delta) > 0.05 && <span className="delta">{format.signed(value.delta, 1)}</span>}</span> : <Number_ value={value} digits={digits} format={format} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

/** The whole comparison as cells for a spreadsheet. */
function asTable(all: readonly Beside[], t: (key: 'figures' | 'unmet' | 'areas' | 'lines') => string): string {
  const head = (title: string) => [title, '', ...all.map((one) => one.name)];
  const lines = (rows: Row[]) => rows.map((row) => [row.name, row.detail, ...row.values.map((value) => (value.value === null ? '' : String(value.value)))]);
  return writeCells([
    head(t('figures')), ...lines(summaryRows(all)), [], head(t('unmet')), ...lines(unmetRows(all)), [], head(t('areas')), ...lines(areaRows(all)), [], head(t('lines')), ...lines(lineRows(all)),
  ]);
}
