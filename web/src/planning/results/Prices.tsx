/** What one more hour of a line is worth, and what one more approval or shift would bring. */
import { useMemo } from 'react';
import { Button, Panel } from '@/ui';
import { useWords } from '@/words';
import type { Gain, PlanDocument } from '../model/document';
import { prices } from '../model/results';
import { useFormat } from '../numbers';
import { UseBar } from '../parts';
import { planningWords } from '../planning.words';
import { resultsWords } from './results.words';

export function Gains({ plan, onTry }: { plan: PlanDocument; onTry?: ((gain: Gain) => void) | undefined }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const most = Math.max(1, ...plan.gains.map((gain) => gain.units));
  return (
    <Panel title={<>{t('gainsTitle')} {plan.gains.length > 0 && <span className="muted small" style={{ fontWeight: 400 }}>{t('gainsHelp', { unit: plan.weight_unit })}</span>}</>} flush>
      {plan.gains.length === 0 ? <p className="muted" style={{ padding: 16 }}>{t('noGains')}</p> : (
        <div className="table-scroll">
          <table className="table">
            <thead><tr><th>{t('what')}</th><th>{p('area')}</th><th>{p('period')}</th><th className="num">{t('gainHours')} <small>h</small></th><th className="num">{t('gainUnits')}</th><th style={{ width: 140 }} /><th /></tr></thead>
            <tbody>
              {plan.gains.map((gain, index) => (
                <tr key={index} title={gain.explanation}>
                  <td className="strong">{gain.kind === 'approval' ? t('gainApproval', { model: gain.model ?? '', line: gain.line }) : t('gainShift', { line: gain.line })}</td>
                  <td>{gain.area}</td><td className="tabular">{gain.period}</td>
                  <td className="num">{gain.hours === null ? <span className="faint">–</span> : format.whole(gain.hours)}</td>
                  <td className="num strong">{format.whole(gain.units)}</td>
                  <td><span className="share" aria-hidden="true"><i className="gain" style={{ width: `${(100 * gain.units) / most}%` }} /></span></td>
                  <td className="actions">{onTry && <Button size="small" onClick={() => onTry(gain)}>{t('tryIt')}</Button>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

export function Prices({ plan }: { plan: PlanDocument }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const rows = useMemo(() => prices(plan), [plan]);
  const most = Math.max(1e-9, ...rows.map((row) => row.price));
  return (
    <Panel title={t('priceTitle')} flush>
      <p className="muted" style={{ padding: '12px 16px', maxWidth: '80ch' }}>{rows.length === 0 ? t('noPrice') : t('priceHelp', { unit: plan.weight_unit })}</p>
      {rows.length > 0 && (
        <div className="table-scroll">
          <table className="table">
            <thead><tr><th>{p('line')}</th><th>{p('area')}</th><th>{p('period')}</th><th>{p('utilization')}</th><th className="num">{plan.weight_unit}/h</th><th style={{ width: 180 }} /></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.line}/${row.period}`}>
                  <td className="strong">{row.line}</td><td>{row.area}</td><td className="tabular">{row.period}</td><td><UseBar pct={row.utilizationPct} /></td>
                  <td className="num">{format.number(row.price, 3)}</td><td><span className="share" aria-hidden="true"><i style={{ width: `${(100 * row.price) / most}%` }} /></span></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
