/** Who is short, when: things by periods, the probability in every cell, one colour that deepens with it. */
import { useMemo, useState } from 'react';
import { Button, Segmented } from '@/ui';
import { useWords } from '@/words';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { band, bandSoft } from '../model/bands';
import { heatRows, isRisky, metricOf, type HeatRow, type Metric, type RiskRow, type RiskStudy } from './model';
import { riskWords } from './risk.words';

/** Rows that are drawn at first. */
const FEW = 40;

export function RiskHeat({ study, rows }: { study: RiskStudy; rows: readonly RiskRow[] }) {
  const t = useWords(riskWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const [of, setOf] = useState<RiskRow['of']>('line');
  const [metric, setMetric] = useState<Metric>('short');
  const [all, setAll] = useState(false);
  const every = useMemo(() => heatRows(rows, of, study.periods), [rows, of, study.periods]);
  const risky = every.filter(isRisky);
  const loaded = of === 'line' || of === 'area';
  const shown: Metric = loaded ? metric : 'short';
  // Of a small plant everything is shown; of a large one what is at risk, unless somebody wants all.
  const drawn = all || every.length <= FEW ? every : risky.slice(0, FEW);
  const names = { short: t('short'), over: t('overTarget'), level: t('level') };
  const paint = (row: RiskRow | undefined) => {
    const value = row ? metricOf(row, shown) : null;
    if (shown === 'level') return { background: bandSoft(band(value)) };
    return { background: value ? `color-mix(in srgb, var(--danger) ${Math.round(5 + 0.42 * value)}%, transparent)` : 'transparent' };
  };
  const told = (row: RiskRow | undefined) => {
    const value = row ? metricOf(row, shown) : null;
    return value === null ? (shown === 'short' ? '0' : '–') : value > 0 && value < 0.1 ? '< 0.1' : format.pct(value);
  };
  const hint = (row: RiskRow | undefined, name: string, period: string) => {
    if (!row) return undefined;
    const at = { name, period };
    if (shown === 'short') return t('cellShort', { ...at, pct: format.pct(row.short_pct), low: format.pct(row.short_low_pct), high: format.pct(row.short_high_pct), units: format.whole(row.unmet_units_mean) });
    if (shown === 'over') return t('cellOver', { ...at, pct: format.pct(row.over_target_pct ?? 0), low: format.pct(row.over_target_low_pct ?? 0), high: format.pct(row.over_target_high_pct ?? 0) });
    return t('cellLevel', { ...at, p5: format.pct(row.utilization_p5_pct ?? 0), p50: format.pct(row.utilization_p50_pct ?? 0), p95: format.pct(row.utilization_p95_pct ?? 0) });
  };
  const areas = of === 'line' ? [...new Set(drawn.map((row) => row.area ?? ''))] : [''];
  const line = (row: HeatRow) => (
    <tr key={`${row.area}/${row.name}`}>
      <th scope="row">{row.name}</th>
      <td><span className="heat-cell strong" style={paint(row.whole)} title={hint(row.whole, row.name, t('whole'))}>{told(row.whole)}</span></td>
      {row.cells.map((cell, index) => (
        <td key={study.periods[index]}><span className="heat-cell" style={paint(cell)} title={hint(cell, row.name, study.periods[index]!)}>{told(cell)}</span></td>
      ))}
      {loaded && <td className="risk-mover small muted">{row.whole.mover ?? ''}</td>}
    </tr>
  );
  return (
    <section className="panel">
      <div className="head">
        <h2 className="grow">{t('heat')} <small className="muted">{t('perPeriod', { of: names[shown] })}</small></h2>
        <Segmented
          label={t('who')} value={of} onChange={(next) => { setOf(next); setAll(false); }}
          segments={[{ value: 'line', label: p('lines') }, { value: 'area', label: p('areas') }, { value: 'customer', label: t('customers') }, { value: 'model', label: t('models') }]}
        />
        {loaded && <Segmented label={t('heat')} value={metric} onChange={setMetric} segments={[{ value: 'short', label: t('short') }, { value: 'over', label: t('overTarget') }, { value: 'level', label: t('level') }]} />}
      </div>
      {drawn.length === 0 ? <p className="body muted">{t('heatNone')}</p> : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t('heat')}>
          <table className="heat risk-heat">
            <thead>
              <tr>
                <th scope="col">{p(of === 'line' ? 'line' : of === 'area' ? 'area' : of === 'customer' ? 'customer' : 'model')}</th><th scope="col">{t('whole')}</th>
                {study.periods.map((period) => <th key={period} scope="col">{period}</th>)}
                {loaded && <th scope="col" className="risk-mover">{t('mover')}</th>}
              </tr>
            </thead>
            {areas.map((area) => (
              <tbody key={area}>
                {of === 'line' && <tr className="heat-area"><th scope="rowgroup" colSpan={study.periods.length + 3}>{area}</th></tr>}
                {drawn.filter((row) => of !== 'line' || (row.area ?? '') === area).map(line)}
              </tbody>
            ))}
          </table>
        </div>
      )}
      {drawn.length < every.length && <p className="body"><Button size="small" onClick={() => setAll(true)}>{t('showAll', { n: every.length })}</Button></p>}
      {all && every.length > FEW && <p className="body"><Button size="small" onClick={() => setAll(false)}>{t('onlyRisky')}</Button></p>}
    </section>
  );
}
