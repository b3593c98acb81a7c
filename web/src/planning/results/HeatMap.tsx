/** How full each line is in each period: lines by area, periods side by side. Numbers in every cell, colours of the one palette. */
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { useWords } from '@/words';
import { Grid } from '../grid/Grid';
import type { Column } from '../grid/cells';
import { bandColor, bandSoft } from '../model/bands';
import type { AreaCell, Cell, Matrix } from '../model/matrix';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { resultsWords } from './results.words';

/** Beyond so many cells only what is visible is drawn. */
const MANY = 3_000;

export interface HeatMapProps {
  matrix: Matrix;
  period?: string | undefined;
  onPeriod?: (period: string) => void;
  onLine?: (area: string, line: string, period: string) => void;
}

export function HeatMap(props: HeatMapProps) {
  const cells = props.matrix.areas.reduce((sum, area) => sum + area.lines.length + 1, 0) * props.matrix.periods.length;
  return cells > MANY ? <LargeHeatMap {...props} /> : <SmallHeatMap {...props} />;
}

function SmallHeatMap({ matrix, period, onPeriod, onLine }: HeatMapProps) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const table = useRef<HTMLTableElement>(null);
  const [focus, setFocus] = useState('0/0');
  const lines = matrix.areas.flatMap((area) => area.lines);
  const keys = (event: KeyboardEvent<HTMLButtonElement>, row: number, column: number) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const to = `${Math.max(0, Math.min(lines.length - 1, row + step[0]!))}/${Math.max(0, Math.min(matrix.periods.length - 1, column + step[1]!))}`;
    setFocus(to);
    table.current?.querySelector<HTMLElement>(`[data-cell="${to}"]`)?.focus();
  };
  let row = -1;
  return (
    <div className="table-scroll">
      <table className="heat" ref={table}>
        <caption className="sr-only">{t('heatMap')}. {t('heatKeys')}</caption>
        <thead>
          <tr>
            <th scope="col">{p('line')}</th>
            {matrix.periods.map((name) => (
              <th key={name} scope="col" className={name === period ? 'here' : ''} aria-current={name === period ? 'true' : undefined}>
                {onPeriod ? <button type="button" title={t('showPeriod', { period: name })} onClick={() => onPeriod(name)}>{name}</button> : name}
              </th>
            ))}
          </tr>
        </thead>
        {matrix.areas.map((area) => (
          <tbody key={area.area}>
            <tr className="heat-area">
              <th scope="rowgroup">{area.area}</th>
              {area.cells.map((cell, index) => (
                <td key={index} className={matrix.periods[index] === period ? 'here' : ''}>{cell ? `${format.pct(cell.utilizationPct)}` : '–'}</td>
              ))}
            </tr>
            {area.lines.map((line) => {
              row += 1;
              const own = row;
              return (
                <tr key={line.line}>
                  <th scope="row">{line.line}</th>
                  {line.cells.map((cell, index) => (
                    <td key={index} className={matrix.periods[index] === period ? 'here' : ''}>
                      <button
                        type="button" className={`heat-cell ${cell?.constraint ? 'limits' : ''}`} data-cell={`${own}/${index}`} tabIndex={focus === `${own}/${index}` ? 0 : -1}
                        style={{ background: bandSoft(cell?.band ?? 'none'), '--bar': bandColor(cell?.band ?? 'none'), '--fill': `${Math.min(100, cell?.utilizationPct ?? 0)}%` } as React.CSSProperties}
                        title={cell && hint(cell, t, p, format)} onFocus={() => setFocus(`${own}/${index}`)} onKeyDown={(event) => keys(event, own, index)} onClick={() => onLine?.(area.area, line.line, matrix.periods[index]!)}
                      >
                        {cell?.constraint && <span className="mark" aria-hidden="true">◆</span>}
                        {cell && cell.band !== 'none' ? format.pct(cell.utilizationPct) : '–'}
                        {cell?.constraint && <span className="sr-only">, {p('constraint')}</span>}
                      </button>
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function hint(cell: Cell, t: (key: 'ofHours', values: Record<string, string>) => string, p: (key: 'constraint') => string, format: ReturnType<typeof useFormat>): string {
  const hours = t('ofHours', { used: format.whole(cell.hoursUsed), available: format.whole(cell.hoursAvailable) });
  return cell.constraint ? `${p('constraint')} · ${hours}` : hours;
}

interface LargeRow {
  name: string;
  area: string;
  isArea: boolean;
  cells: readonly (Cell | AreaCell | undefined)[];
}

function LargeHeatMap({ matrix, onLine }: HeatMapProps) {
  const t = useWords(resultsWords);
  const p = useWords(planningWords);
  const rows = useMemo<LargeRow[]>(
    () => matrix.areas.flatMap((area) => [
      { name: area.area, area: area.area, isArea: true, cells: area.cells },
      ...area.lines.map((line) => ({ name: line.line, area: area.area, isArea: false, cells: line.cells })),
    ]),
    [matrix],
  );
  const columns = useMemo<Column<LargeRow>[]>(
    () => [
      { key: 'name', title: p('line'), kind: 'text', width: 170, frozen: true, value: (row) => row.name, look: (row) => (row.isArea ? 'strong' : 'child') },
      ...matrix.periods.map((period, index): Column<LargeRow> => ({
        key: period, title: period, unit: '%', kind: 'number', width: 76, decimals: 1,
        value: (row) => row.cells[index]?.utilizationPct ?? null,
        paint: (row) => (row.isArea ? undefined : { background: bandSoft(row.cells[index]?.band ?? 'none') }),
        look: (row) => { const cell = row.cells[index]; return cell && 'constraint' in cell && cell.constraint ? 'strong' : ''; },
        hint: (row) => { const cell = row.cells[index]; return cell && 'constraint' in cell && cell.constraint ? p('constraint') : undefined; },
      })),
    ],
    [matrix, p],
  );
  return (
    <Grid
      label={t('heatMap')} rows={rows} columns={columns} rowKey={(row) => `${row.area}/${row.name}/${row.isArea}`} rowLook={(row) => (row.isArea ? 'sum' : '')} maxHeight={620}
      onOpen={(row, column) => !row.isArea && column.key !== 'name' && onLine?.(row.area, row.name, column.key)}
    />
  );
}
