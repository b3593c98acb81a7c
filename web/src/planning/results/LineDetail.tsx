/** What one line makes in a period, and what an hour more of it is worth. */
import { Dialog } from '@/ui';
import { useWords } from '@/words';
import type { PlanDocument } from '../model/document';
import { useFormat } from '../numbers';
import { UseBar } from '../parts';
import { planningWords } from '../planning.words';
import { resultsWords } from './results.words';

export function LineDetail({ plan, area, line, period, onClose }: { plan: PlanDocument; area: string; line: string; period: string; onClose: () => void }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const load = plan.lines.find((one) => one.area === area && one.line === line && one.period === period);
  const made = plan.allocations.filter((one) => one.area === area && one.line === line && one.period === period).sort((a, b) => b.hours - a.hours);
  const constraint = plan.constraints.find((one) => one.area === area && one.period === period && one.lines.includes(line));
  const all = plan.periods.map((one) => plan.lines.find((other) => other.area === area && other.line === line && other.period === one.name));
  return (
    <Dialog side title={t('lineDetail', { line, period })} onClose={onClose}>
      <div className="row wrap" style={{ gap: 16 }}>
        <UseBar pct={load?.utilization_pct ?? 0} hours={load?.hours_available ?? 0} wide />
        <span className="muted">{t('ofHours', { used: format.whole(load?.hours_used ?? 0), available: format.whole(load?.hours_available ?? 0) })}</span>
      </div>
      {(load?.hour_price ?? 0) > 1e-9 && <p>{t('pricePerHour', { price: format.number(load!.hour_price), unit: plan.weight_unit })}</p>}
      {constraint?.short && <p>{constraint.explanation}</p>}
      <table className="table">
        <thead><tr>{plan.periods.map((one) => <th key={one.name} className="num">{one.name}</th>)}</tr></thead>
        <tbody><tr>{all.map((one, index) => <td key={index} className="num">{one ? `${format.pct(one.utilization_pct)} %` : '–'}</td>)}</tr></tbody>
      </table>
      <h3>{t('mix')}</h3>
      <table className="table">
        <thead><tr><th>{p('model')}</th><th className="num">{p('units')}</th><th className="num">h</th><th className="num">%</th></tr></thead>
        <tbody>
          {made.map((one) => (
            <tr key={`${one.model}/${one.step ?? ''}`}>
              <td>{one.model}{one.step && <span className="muted"> · {one.step}</span>}</td>
              <td className="num">{format.whole(one.units)}</td>
              <td className="num">{format.number(one.hours)}</td>
              <td className="num">{load && load.hours_available > 0 ? format.pct((100 * one.hours) / load.hours_available) : '–'}</td>
            </tr>
          ))}
          {load && load.changeover_hours > 0.005 && (
            <tr><td className="muted">{t('changeovers')}</td><td /><td className="num">{format.number(load.changeover_hours)}</td><td className="num">{format.pct((100 * load.changeover_hours) / load.hours_available)}</td></tr>
          )}
        </tbody>
      </table>
    </Dialog>
  );
}
