/** What would be: one sentence, figures before and after, what would limit then. */
import { useWords } from '@/words';
import { useFormat } from '../numbers';
import { UseBar } from '../parts';
import type { WhatIfAnswer } from '../data';
import { constraintOf } from '../model/matrix';
import { planningWords } from '../planning.words';
import { whatIfWords } from './whatif.words';

export function Answer({ answer }: { answer: WhatIfAnswer }) {
  const t = useWords(whatIfWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const { outputs } = answer.comparison;
  const figure = (name: string) => outputs.summary.find((one) => one.name === name);
  const finished = figure('finished_units');
  const gained = finished ? finished.after - finished.before : 0;
  const areas = [...outputs.areas].sort((a, b) => Math.abs(b.utilization_pct_after - b.utilization_pct_before) - Math.abs(a.utilization_pct_after - a.utilization_pct_before)).slice(0, 6);
  const shorts = (answer.plan.constraints ?? []).filter((one) => one.short).slice(0, 3);
  const limits = shorts.length > 0 ? shorts : (answer.plan.constraints ?? []).length > 0 ? [constraintOf(answer.plan.constraints, answer.plan.constraints[0]!.period)!] : [];
  const rows = (['finished_units', 'unmet_units', 'max_utilization_pct', 'overtime_hours'] as const).flatMap((name) => {
    const one = figure(name);
    return one ? [{ name, before: one.before, after: one.after }] : [];
  });
  const words = { finished_units: t('finished'), unmet_units: t('unmet'), max_utilization_pct: t('fullest'), overtime_hours: t('overtime') };
  const units = { finished_units: p('units'), unmet_units: p('units'), max_utilization_pct: '%', overtime_hours: 'h' };
  return (
    <div className="stack" aria-live="polite">
      <p className={`answer ${gained > 0.5 ? 'good' : gained < -0.5 ? 'bad' : ''}`}>
        {gained > 0.5 ? t('better', { units: format.whole(gained) }) : gained < -0.5 ? t('worse', { units: format.whole(-gained) }) : t('same')}
      </p>
      {rows.length > 0 && (
        <table className="table">
          <thead><tr><th /><th className="num">{t('before')}</th><th className="num">{t('after')}</th><th className="num">Δ</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <td>{words[row.name]} <span className="muted small">{units[row.name]}</span></td>
                <td className="num">{format.number(row.before, row.name.endsWith('units') ? 0 : 1)}</td><td className="num strong">{format.number(row.after, row.name.endsWith('units') ? 0 : 1)}</td>
                <td className="num">{format.signed(row.after - row.before, row.name.endsWith('units') ? 0 : 1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {outputs.constraints_resolved.length > 0 && <Sentences title={t('resolved')} all={outputs.constraints_resolved} />}
      {outputs.constraints_new.length > 0 && <Sentences title={t('arisen')} all={outputs.constraints_new} />}
      {areas.length > 0 && (
        <section>
          <h3>{t('areas')}</h3>
          <table className="table">
            <thead><tr><th>{p('area')}</th><th>{p('period')}</th><th>{t('before')}</th><th>{t('after')}</th></tr></thead>
            <tbody>
              {areas.map((one) => (
                <tr key={`${one.area}/${one.period}`}><td>{one.area}</td><td className="tabular">{one.period}</td><td><UseBar pct={one.utilization_pct_before} /></td><td><UseBar pct={one.utilization_pct_after} /></td></tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {limits.length > 0 && <Sentences title={t('nextLimit')} all={limits.map((one) => one.explanation)} />}
      {answer.findings.filter((one) => one.blocks).length > 0 && <Sentences title="" all={answer.findings.filter((one) => one.blocks).map((one) => one.message)} />}
    </div>
  );
}

function Sentences({ title, all }: { title: string; all: string[] }) {
  return <section><h3>{title}</h3><ul className="sentences">{all.map((one, index) => <li key={index}>{one}</li>)}</ul></section>;
}
