/**
 * Rows and cells of a grid, as few boxes as there can be: one a row and part, one a cell.
 *
 * **Invariant:** a row in sight is drawn again only where something of it changed; what scrolls out of sight is used again for what comes.
 */
import { memo, type CSSProperties } from 'react';
import { isChanged, isEditable, written, type Column } from './cells';

export interface Span {
  index: number;
  start: number;
  size: number;
  slot: number;
}

export interface RowProps {
  part: 'frozen' | 'loose';
  row: unknown;
  index: number;
  name: string;
  height: number;
  id: string;
  frozen: readonly Column<unknown>[];
  loose: readonly Column<unknown>[];
  spans: readonly Span[];
  offsets: readonly number[];
  selectedFrom: number;
  selectedTo: number;
  activeColumn: number;
  language: string;
  look: string;
  wrong: ReadonlyMap<string, string> | undefined;
  refused: ReadonlyMap<string, string> | undefined;
  changedWord: string;
  editableGrid: boolean;
}

/** The part of a row that stays at the left, or the part that scrolls. */
export const GridRow = memo(function GridRow({ part, row, index, name, height, id, frozen, loose, spans, offsets, look, selectedFrom, selectedTo, activeColumn, language, wrong, refused, changedWord, editableGrid }: RowProps) {
  const cell = (column: Column<unknown>, at: number, slot: number, start: number, size: number) => (
    <GridCell
      key={slot} row={row} column={column} id={`${id}-${index}-${at}`} at={at} place={`${index}/${at}`} start={start} size={size} language={language}
      error={refused?.get(`${index}/${at}`) ?? wrong?.get(`${name}/${column.key}`)} isSelected={at >= selectedFrom && at <= selectedTo} isActive={activeColumn === at} changedWord={changedWord} editableGrid={editableGrid}
    />
  );
  const style = { transform: `translateY(${index * height}px)`, height, lineHeight: `${height - 1}px` };
  // Two parts of a row are two rows of one number to who listens; the one that scrolls is called as the other says.
  const partId = `${id}-${index}`;
  if (part === 'frozen') return <div role="row" id={partId} aria-rowindex={index + 2} className={`pg-row ${look}`} style={style}>{frozen.map((column, at) => cell(column, at, at, offsets[at] ?? 0, column.width))}</div>;
  return <div role="row" aria-labelledby={frozen.length > 0 ? partId : undefined} aria-rowindex={index + 2} className={`pg-row ${look}`} style={style}>{spans.map(({ index: at, start, size, slot }) => loose[at] && cell(loose[at], frozen.length + at, slot, start, size))}</div>;
});

interface CellProps {
  row: unknown;
  column: Column<unknown>;
  id: string;
  at: number;
  /** `row/column`, by which a pointer finds it. */
  place: string;
  start: number;
  size: number;
  language: string;
  error: string | undefined;
  isSelected: boolean;
  isActive: boolean;
  changedWord: string;
  editableGrid: boolean;
}

const GridCell = memo(function GridCell({ row, column, id, at, place, start, size, language, error, isSelected, isActive, changedWord, editableGrid }: CellProps) {
  const value = column.value(row);
  const changed = isChanged(column, row);
  const look = column.look?.(row);
  const before = changed ? `${changedWord} ${written(column, column.was?.(row), language) || '–'}` : undefined;
  const title = error ?? [column.hint?.(row), before].filter(Boolean).join(' · ');
  let classes = `pg-td ${column.kind}`;
  if (look) classes += ` ${look}`;
  if (changed) classes += ' changed';
  if (error) classes += ' wrong';
  if (isSelected) classes += ' selected';
  if (isActive) classes += ' active';
  if (editableGrid && !isEditable(column, row)) classes += ' locked';
  const style: CSSProperties = { left: start, width: size, ...column.paint?.(row) };
  return (
    <div role="gridcell" id={id} aria-colindex={at + 1} aria-selected={isSelected} aria-invalid={error ? true : undefined} data-at={place} className={classes} style={style} title={title || undefined}>
      {column.draw ? column.draw(row) : written(column, value, language)}
      {changed && <span className="sr-only"> ({before})</span>}
    </div>
  );
});
