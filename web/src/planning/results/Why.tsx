/** The plan in sentences, how it was decided, and what was noticed about the data. */
import { Copy } from 'lucide-react';
import { Button, Notice, Panel, toast } from '@/ui';
import { useWords } from '@/words';
import type { Result } from '../model/document';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { resultsWords } from './results.words';

export function Why({ result }: { result: Result }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const { plan } = result;
  const copy = () => void navigator.clipboard.writeText([...plan.explanations, ...plan.unmet.map((one) => one.explanation)].join('\n')).then(() => toast(t('copied')));
  const shorts = plan.constraints.filter((one) => one.short);
  return (
    <>
      <Panel title={t('whyTitle')} actions={<Button size="small" icon={<Copy size={14} />} onClick={copy}>{t('copyText')}</Button>}>
        <ol className="sentences">{plan.explanations.map((sentence, index) => <li key={index}>{sentence}</li>)}</ol>
      </Panel>
      {shorts.length > 0 && (
        <Panel title={`${p('constraint')} · ${t('worstFirst')}`} flush>
          <div className="table-scroll">
            <table className="table">
              <thead><tr><th>{p('period')}</th><th>{p('area')}</th><th>{p('lines')}</th><th className="num">{t('hoursNeeded')} <small>h</small></th><th className="num">{t('hoursAvailable')} <small>h</small></th><th className="num">%</th></tr></thead>
              <tbody>
                {shorts.map((one, index) => (
                  <tr key={index} title={one.explanation}>
                    <td className="tabular">{one.period}</td><td>{one.area}</td><td>{one.lines.join(', ')}</td><td className="num">{format.whole(one.hours_needed)}</td><td className="num">{format.whole(one.hours_available)}</td>
                    <td className="num strong">{format.pct(one.utilization_pct)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Panel>
      )}
      <Panel title={t('stages')} flush>
        <div className="table-scroll">
          <table className="table">
            <thead><tr><th>{t('stage')}</th><th className="num">{t('reached')}</th><th className="num">{t('bound')}</th></tr></thead>
            <tbody>{plan.stages.map((stage) => <tr key={stage.name}><td>{stage.name}</td><td className="num">{format.number(stage.value, 2)}</td><td className="num">{format.number(stage.bound, 2)}</td></tr>)}</tbody>
          </table>
        </div>
        <p className="small faint" style={{ padding: '8px 16px' }}>{t('engine', { engine: result.engine })} · {t('solvedIn', { ms: format.number(result.solve_ms, 1) })}</p>
      </Panel>
      {result.findings.length > 0 && (
        <Panel title={t('findings')}>
          <div className="stack-s">{result.findings.map((finding, index) => <Notice key={index} tone={finding.blocks ? 'danger' : 'info'}>{finding.message}</Notice>)}</div>
        </Panel>
      )}
    </>
  );
}
