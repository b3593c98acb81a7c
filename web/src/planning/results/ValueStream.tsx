/** The areas of a plant as linked boxes: how full each is in a period, and which one limits the plan. */
import { ChevronRight } from 'lucide-react';
import { Fragment } from 'react';
import { useWords } from '@/words';
import { bandColor, bandSoft } from '../model/bands';
import type { Constraint } from '../model/document';
import type { AreaRows } from '../model/matrix';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { resultsWords } from './results.words';

export interface Stop {
  area: AreaRows;
  /** Areas with one sequence stand in parallel. */
  sequence: number;
}

/** Areas in columns: one behind another, those of one sequence beneath each other. */
export function inColumns(stops: readonly Stop[]): AreaRows[][] {
  const columns = new Map<number, AreaRows[]>();
  for (const stop of stops) columns.set(stop.sequence, [...(columns.get(stop.sequence) ?? []), stop.area]);
  return [...columns.entries()].sort((a, b) => a[0] - b[0]).map(([, areas]) => areas);
}

export function ValueStream({ stops, at, constraint, period, onArea }: { stops: readonly Stop[]; at: number; constraint: Constraint | undefined; period: string; onArea?: (area: string) => void }) {
  const t = useWords(resultsWords);
  const columns = inColumns(stops);
  return (
    <ol className="stream" aria-label={`${t('valueStream')}, ${period}`}>
      {columns.map((areas, index) => (
        <Fragment key={areas[0]!.area}>
          {index > 0 && <li className="stream-link" aria-hidden="true"><span /><ChevronRight size={14} /></li>}
          <li className="stream-column">
            {areas.map((area) => <AreaBox key={area.area} area={area} at={at} limits={constraint?.area === area.area ? constraint : undefined} {...(onArea ? { onArea } : {})} />)}
          </li>
        </Fragment>
      ))}
    </ol>
  );
}

function AreaBox({ area, at, limits, onArea }: { area: AreaRows; at: number; limits: Constraint | undefined; onArea?: (area: string) => void }) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const cell = area.cells[at];
  const of = cell?.band ?? 'none';
  const limiting = area.lines.filter((line) => line.cells[at]?.constraint);
  const fullest = [...area.lines].sort((a, b) => (b.cells[at]?.utilizationPct ?? 0) - (a.cells[at]?.utilizationPct ?? 0))[0];
  const isConstraint = limits !== undefined && (limits.short || limits.utilization_pct >= 95);
  return (
    <button type="button" className={`stream-box ${isConstraint ? 'limits' : ''}`} onClick={() => onArea?.(area.area)} title={limits?.explanation}>
      <span className="stream-name">
        <strong>{area.area}</strong>
        {isConstraint && <span className="limit-word">{p('constraint')}</span>}
      </span>
      <span className="stream-number" style={{ color: of === 'none' ? 'var(--text-3)' : undefined }}>
        {cell ? format.pct(cell.utilizationPct) : '–'}<small>%</small>
      </span>
      <span className="stream-lines" aria-hidden="true">
        {area.lines.map((line) => {
          const own = line.cells[at];
          return (
            <i key={line.line} style={{ background: bandSoft(own?.band ?? 'none') }}>
              <b style={{ height: `${Math.min(100, own?.utilizationPct ?? 0)}%`, background: bandColor(own?.band ?? 'none') }} />
            </i>
          );
        })}
      </span>
      <span className="small muted">
        {limiting.length > 0 ? t('linesLimit', { n: limiting.length, all: area.lines.length }) : t('linesCount', { n: area.lines.length })}
        {fullest?.cells[at] && <><br />{t('fullestOf', { line: fullest.line, pct: format.pct(fullest.cells[at].utilizationPct) }).replaceAll(' %', '\u00a0%')}</>}
      </span>
      <span className="small stream-lost">{(cell?.unmetUnits ?? 0) >= 0.5 ? t('lost', { units: format.whole(cell!.unmetUnits) }) : '\u00a0'}</span>
    </button>
  );
}
