/** The answer of a scenario: one number and a sentence first, then the evidence. */
import { useMemo, useState } from 'react';
import { CheckCircle2, TriangleAlert } from 'lucide-react';
import { usePeople } from '@/records/Who';
import { Button, Figure, Notice, Panel, Segmented } from '@/ui';
import { useWords } from '@/words';
import type { Schemas } from '@/api/client';
import type { Gain, PlanDocument, Result } from '../model/document';
import { constraintOf, matrixOf, tellingPeriod } from '../model/matrix';
import { rankUnmet } from '../model/results';
import { useFormat } from '../numbers';
import { BandKey } from '../parts';
import { planningWords } from '../planning.words';
import { useUrl } from '../url';
import { AreaGrid } from './AreaGrid';
import { HeatMap } from './HeatMap';
import { LineDetail } from './LineDetail';
import { Periods } from './Periods';
import { UnmetTable } from './UnmetTable';
import { Gains, Prices } from './Prices';
import { ValueStream, type Stop } from './ValueStream';
import { Why } from './Why';
import { resultsWords } from './results.words';

export type View = 'overview' | 'areas' | 'unmet' | 'prices' | 'why';

export interface ResultsProps {
  result: Result;
  /** The plant's areas, for their order; without them the order of the plan. */
  areas?: readonly Schemas['Area'][] | undefined;
  version?: number | undefined;
  onTry?: ((gain: Gain) => void) | undefined;
}

export function useStops(plan: PlanDocument, areas: readonly Schemas['Area'][] | undefined) {
  return useMemo(() => {
    const matrix = matrixOf(plan);
    const sequence = new Map((areas ?? []).flatMap((area) => [[area.name, area.sequence], [area.code, area.sequence]] as [string, number][]));
    const stops: Stop[] = matrix.areas.map((area, index) => ({ area, sequence: sequence.get(area.area) ?? 1_000_000 + index }));
    return { matrix, stops };
  }, [plan, areas]);
}

export function Results({ result, areas, version, onTry }: ResultsProps) {
  const t = useWords(resultsWords);
  const [url, setUrl] = useUrl();
  const view = url('view', 'overview') as View;
  return (
    <div className="stack">
      {view === 'overview' && <Headline result={result} version={version} />}
      <Segmented<View>
        label={t('show')} value={view} onChange={(value) => setUrl({ view: value === 'overview' ? '' : value })}
        segments={[
          { value: 'overview', label: t('overview') }, { value: 'areas', label: t('byArea') }, { value: 'unmet', label: t('unmetTab') },
          { value: 'prices', label: t('prices') }, { value: 'why', label: t('why') },
        ]}
      />
      {view === 'overview' && <Overview result={result} areas={areas} onTry={onTry} />}
      {view === 'areas' && <AreaGrid plan={result.plan} />}
      {view === 'unmet' && <UnmetTable plan={result.plan} />}
      {view === 'prices' && <><Gains plan={result.plan} onTry={onTry} /><Prices plan={result.plan} /></>}
      {view === 'why' && <Why result={result} />}
    </div>
  );
}

/** One number, one sentence, then the figures behind them. */
export function Headline({ result, version }: { result: Result; version?: number | undefined }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const who = usePeople();
  const { plan } = result;
  const { summary } = plan;
  const met = summary.demand_units > 0 ? (100 * summary.finished_units) / summary.demand_units : 100;
  const all = summary.unmet_units < 0.5;
  const fullest = [...plan.lines].sort((a, b) => b.utilization_pct - a.utilization_pct)[0];
  const proof = plan.status === 'limit_reached' ? p('limit_reached', { gap: format.number((plan.gap ?? 0) * 100, 2) }) : p(plan.status);
  return (
    <section className="headline panel" aria-label={t('overview')}>
      {version !== undefined && version !== result.scenario_version && (
        <Notice tone="warn">{t('otherVersion', { version: result.scenario_version, now: version })}</Notice>
      )}
      <div className="headline-top">
        <div className={`headline-number ${all ? 'all' : ''}`}>
          <span>{all ? '100' : format.number(Math.min(met, 99.99), met > 99 ? 2 : 1)}<small>%</small></span>
          <em>{all ? t('metAll') : t('metBig')}</em>
        </div>
        <div className="headline-words">
          {plan.explanations.slice(0, 2).map((sentence, index) => <p key={index} className={index === 0 ? 'first' : 'muted'}>{sentence}</p>)}
          <p className="small faint">
            {t('optimizedAt', { when: format.dateTime(result.created_at), who: who(result.created_by) })} · {t('solvedIn', { ms: format.number(result.solve_ms, 1) })}
          </p>
        </div>
      </div>
      <div className="headline-figures">
        <Figure name={t('finishedUnits')} value={format.short(summary.finished_units)} note={t('ofUnits', { units: format.whole(summary.demand_units) })} />
        <Figure name={t('unmetUnits')} value={format.short(summary.unmet_units)} unit={p('units')} />
        <Figure name={t('fullestLine')} value={format.pct(summary.max_utilization_pct)} unit="%" note={fullest ? `${fullest.line}, ${fullest.period}` : undefined} />
        {summary.overtime_hours > 0.05 && <Figure name={t('overtime')} value={format.short(summary.overtime_hours)} unit="h" />}
        {summary.changeover_hours > 0.05 && <Figure name={t('changeovers')} value={format.short(summary.changeover_hours)} unit="h" />}
        <Figure
          name={t('proof')} value={<span className="proof">{plan.verification.holds ? <CheckCircle2 size={17} className="good" /> : <TriangleAlert size={17} className="bad" />}{proof}</span>}
          note={plan.verification.holds ? t('verified') : t('notVerified')}
        />
      </div>
    </section>
  );
}

function Overview({ result, areas, onTry }: { result: Result; areas: readonly Schemas['Area'][] | undefined; onTry: ((gain: Gain) => void) | undefined }) {
  const t = useWords(resultsWords);
  const format = useFormat();
  const [url, setUrl] = useUrl();
  const { plan } = result;
  const { matrix, stops } = useStops(plan, areas);
  const [detail, setDetail] = useState<{ area: string; line: string; period: string } | null>(null);
  const period = matrix.periods.includes(url('period')) ? url('period') : (tellingPeriod(plan) ?? matrix.periods[0] ?? '');
  const at = Math.max(0, matrix.periods.indexOf(period));
  const ranked = rankUnmet(plan.unmet);
  const choose = (name: string) => setUrl({ period: name });
  return (
    <>
      <Panel title={t('valueStream')} actions={<Periods periods={matrix.periods} value={period} onChange={choose} />}>
        <ValueStream stops={stops} at={at} constraint={constraintOf(plan.constraints, period)} period={period} onArea={(area) => setUrl({ view: 'areas', area }, { push: true })} />
        <p className="stream-sentence">{constraintOf(plan.constraints, period)?.explanation}</p>
      </Panel>
      <div className="results-columns">
        <Panel title={t('heatMap')} actions={<BandKey />} flush>
          <HeatMap matrix={matrix} period={period} onPeriod={choose} onLine={(area, line, of) => setDetail({ area, line, period: of })} />
        </Panel>
        <div className="stack">
          <Panel title={<>{t('topUnmet')} {ranked.length > 0 && <small className="muted" style={{ fontWeight: 400 }}>{t('costFirst')}</small>}</>} actions={ranked.length > 0 && <Button size="small" look="ghost" onClick={() => setUrl({ view: 'unmet' }, { push: true })}>{t('seeAll')}</Button>}>
            {ranked.length === 0 ? <p className="muted">{t('nothingUnmet')}</p> : (
              <ol className="short-list">
                {ranked.slice(0, 5).map((row) => (
                  <li key={`${row.model}/${row.area}/${row.reason}`} title={row.explanation}>
                    <span className="grow ellipsis">{row.model} <span className="muted">{row.area}</span></span>
                    <span className="tabular strong">{format.short(row.units)}</span>
                    <span className="share" aria-hidden="true"><i style={{ width: `${Math.max(2, 100 * row.share)}%` }} /></span>
                  </li>
                ))}
              </ol>
            )}
          </Panel>
          <Panel title={t('topGains')} actions={plan.gains.length > 0 && <Button size="small" look="ghost" onClick={() => setUrl({ view: 'prices' }, { push: true })}>{t('seeAll')}</Button>}>
            {plan.gains.length === 0 ? <p className="muted">{t('noGains')}</p> : (
              <ol className="short-list two">
                {plan.gains.slice(0, 4).map((gain, index) => (
                  <li key={index}>
                    <span className="grow">{gain.explanation}</span>
                    {onTry && <Button size="small" onClick={() => onTry(gain)}>{t('tryIt')}</Button>}
                  </li>
                ))}
              </ol>
            )}
          </Panel>
        </div>
      </div>
      {detail && <LineDetail plan={plan} {...detail} onClose={() => setDetail(null)} />}
    </>
  );
}
