/** Demand that is not met, what costs most first, each with its reason. */
import { useMemo } from 'react';
import { Empty, Panel, Select } from '@/ui';
import { CircleCheck } from 'lucide-react';
import { useWords } from '@/words';
import type { PlanDocument } from '../model/document';
import { rankUnmet } from '../model/results';
import { useFormat } from '../numbers';
import { planningWords, type PlanningKey } from '../planning.words';
import { useUrl } from '../url';
import { resultsWords } from './results.words';

export function UnmetTable({ plan }: { plan: PlanDocument }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const [url, setUrl] = useUrl();
  const only = url('of');
  const rows = useMemo(() => rankUnmet(plan.unmet, { period: only || undefined }), [plan, only]);
  const periods = plan.periods.map((period) => period.name).filter((period) => (only ? period === only : rows.some((row) => row.byPeriod[period])));
  if (plan.unmet.length === 0) return <div className="panel"><Empty icon={<CircleCheck size={28} />} title={t('metAll')}>{t('nothingUnmet')}</Empty></div>;
  return (
    <Panel
      flush title={<>{t('unmetTab')} <span className="muted small" style={{ fontWeight: 400 }}>{t('unmetHelp', { unit: plan.weight_unit })}</span></>}
      actions={<Select className="select" style={{ width: 'auto' }} aria-label={p('period')} value={only} empty={t('allPeriods')} options={plan.periods.map((one) => ({ value: one.name, label: one.name }))} onChange={(value) => setUrl({ of: value })} />}
    >
      <div className="table-scroll">
        <table className="table unmet">
          <thead>
            <tr>
              <th className="num">{t('rank')}</th><th>{p('model')}</th><th>{p('area')}</th><th>{t('reason')}</th>
              {periods.map((period) => <th key={period} className="num">{period}</th>)}
              <th className="num">{t('unitsAll')}</th><th>{t('share')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={`${row.model}/${row.area}/${row.reason}`}>
                <td className="num muted">{index + 1}</td>
                <td><div className="strong">{row.model}</div><div className="small muted">{row.customer}</div></td>
                <td>{row.area}</td>
                <td style={{ maxWidth: 420 }}>
                  <div>{p(`reason_${row.reason}` as PlanningKey)}{row.limitingLines.length > 0 && <span className="muted"> · {row.limitingLines.join(', ')}</span>}</div>
                  <div className="small muted">{row.explanation}</div>
                </td>
                {periods.map((period) => <td key={period} className="num">{row.byPeriod[period] ? format.whole(row.byPeriod[period]) : <span className="faint">–</span>}</td>)}
                <td className="num strong">{format.whole(row.units)}</td>
                <td><span className="share" title={`${format.pct(100 * row.share)} %`}><i style={{ width: `${Math.max(2, 100 * row.share)}%` }} /></span> <span className="small tabular">{format.pct(100 * row.share)} %</span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
