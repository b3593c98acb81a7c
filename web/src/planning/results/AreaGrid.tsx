/** An area as planners know it from their workbook: lines × models × periods, with rows that prove the sums. */
import { useMemo } from 'react';
import { CheckCircle2, TriangleAlert } from 'lucide-react';
import { Segmented } from '@/ui';
import { useWords } from '@/words';
import { Grid } from '../grid/Grid';
import type { Column } from '../grid/cells';
import { band, bandSoft } from '../model/bands';
import type { PlanDocument } from '../model/document';
import { areaResult, type ResultRow } from '../model/results';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { useUrl } from '../url';
import { resultsWords } from './results.words';

type Measure = 'units' | 'hours' | 'share';

const CHECKS = { demand: 'checkDemand', made: 'checkMade', unmet: 'checkUnmet', difference: 'checkDifference' } as const;

export function AreaGrid({ plan }: { plan: PlanDocument }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const [url, setUrl] = useUrl();
  const area = plan.areas.includes(url('area')) ? url('area') : (plan.areas[0] ?? '');
  const measure = url('measure', 'units') as Measure;
  const result = useMemo(() => areaResult(plan, area), [plan, area]);
  const columns = useMemo<Column<ResultRow>[]>(() => {
    const available = new Map(result.rows.flatMap((row) => (row.kind === 'line' ? [[row.line, row.cells] as const] : [])));
    const cell = (row: ResultRow, index: number): number | null => {
      if (row.kind === 'check') return measure === 'units' ? row.cells[index]! : null;
      if (row.kind === 'line') {
        const own = row.cells[index]!;
        if (measure === 'hours') return own.hours;
        if (measure === 'share') return own.utilizationPct;
        return null;
      }
      const own = row.cells[index];
      if (!own) return null;
      if (measure === 'units') return own.units;
      if (measure === 'hours') return own.hours;
      const hours = available.get(row.line)?.[index]?.available ?? 0;
      return hours > 0 ? (100 * own.hours) / hours : null;
    };
    return [
      { key: 'line', title: p('line'), kind: 'text', width: 170, frozen: true, value: (row) => (row.kind === 'check' ? t(CHECKS[row.check]) : row.kind === 'line' ? row.line : ''), look: (row) => (row.kind === 'line' ? 'strong' : '') },
      { key: 'model', title: p('model'), kind: 'text', width: 210, frozen: true, value: (row) => (row.kind === 'model' ? [row.model, row.step].filter(Boolean).join(' · ') : '') },
      ...result.periods.map((period, index): Column<ResultRow> => ({
        key: period, title: period, unit: measure === 'units' ? p('units') : measure === 'hours' ? 'h' : '%', kind: 'number', width: 116, decimals: measure === 'units' ? 0 : 1,
        value: (row) => cell(row, index),
        hint: (row) => (row.kind === 'line' ? t('hoursOf', { used: format.whole(row.cells[index]!.hours), available: format.whole(row.cells[index]!.available) }) : undefined),
        paint: (row) => (row.kind === 'line' ? { background: bandSoft(band(row.cells[index]!.utilizationPct, row.cells[index]!.available)) } : undefined),
        draw: (row) => {
          if (row.kind === 'line' && measure === 'units') return <span className="tabular">{row.cells[index]!.available > 0 ? `${format.pct(row.cells[index]!.utilizationPct)} %` : '–'}</span>;
          const value = cell(row, index);
          return <span>{value === null ? '' : measure === 'units' ? format.whole(value) : format.number(value, 1)}</span>;
        },
      })),
    ];
  }, [result, measure, p, t, format]);
  return (
    <div className="panel grid-panel">
      <div className="grid-tools">
        <select className="select" style={{ width: 'auto', minWidth: 160 }} aria-label={p('area')} value={area} onChange={(event) => setUrl({ area: event.target.value })}>
          {plan.areas.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
        <Segmented<Measure>
          label={t('show')} value={measure} onChange={(value) => setUrl({ measure: value === 'units' ? '' : value })}
          segments={[{ value: 'units', label: t('unitsView') }, { value: 'hours', label: t('hoursView') }, { value: 'share', label: t('shareView') }]}
        />
        <span className={`small row ${result.balances ? 'good' : 'bad'}`} style={{ gap: 5 }}>
          {result.balances ? <CheckCircle2 size={14} /> : <TriangleAlert size={14} />}
          {result.balances ? t('balances') : t('balancesNot')}
        </span>
      </div>
      <Grid
        label={`${t('byArea')}: ${area}`} rows={result.rows} columns={columns} maxHeight={680}
        rowKey={(row) => (row.kind === 'check' ? row.check : row.kind === 'line' ? `line/${row.line}` : `${row.line}/${row.model}/${row.step}`)}
        rowLook={(row) => (row.kind === 'line' ? 'sum' : row.kind === 'check' ? `check ${row.check === 'demand' ? 'first' : ''} ${row.check === 'difference' && !result.balances ? 'bad' : ''}` : '')}
      />
    </div>
  );
}
