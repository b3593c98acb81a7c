/** The rows themselves: only those in sight are drawn, so that a hundred thousand scroll as ten do. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { useNavigate } from '@tanstack/react-router';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useRef, type KeyboardEvent } from 'react';
import { useDensity } from '@/shell/preferences';
import { Badge } from '@/ui';
import { useWords } from '@/words';
import { isNumeric, labelOf, valueOf, type Column, type Kind, type RecordRow } from './kinds';
import { useKindWords } from './kind-words';
import { recordsWords } from './records.words';
import type { Search } from './search';
import { Value } from './Value';

const WIDTHS: Record<string, string> = { integer: '104px', decimal: '104px', boolean: '80px', date: '116px', instant: '164px', choice: '116px', reference: '128px', list: '150px', object: '150px' };

const widthOf = (column: Column, isFirst: boolean): string => (isFirst ? 'minmax(150px, 1.6fr)' : WIDTHS[column.type] ? `minmax(${WIDTHS[column.type]}, 1fr)` : 'minmax(112px, 1.2fr)');

export interface GridProps {
  kind: Kind;
  columns: Column[];
  rows: RecordRow[];
  picked: ReadonlySet<string>;
  onPick: (picked: ReadonlySet<string>) => void;
  sort: string;
  onSort: (sort: string) => void;
  search: Search;
  onEnd: () => void;
}

export function Grid({ kind, columns, rows, picked, onPick, sort, onSort, search, onEnd }: GridProps) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const navigate = useNavigate();
  const scroller = useRef<HTMLDivElement>(null);
  const lastPicked = useRef<number>(-1);
  const density = useDensity();
  const height = useRowHeight(density);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => height, overscan: 12 });
  useEffect(() => {
    virtual.measure();
  }, [height]);
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastShown >= rows.length - 30) onEnd();
  }, [lastShown, rows.length]);

  const template = ['40px', ...columns.map((column, at) => widthOf(column, at === 0))].join(' ');
  const open = (row: RecordRow) => void navigate({ to: `/data/${kind.path}/${row.id}`, search: search as never });
  const pick = (at: number, range: boolean) => {
    const next = new Set(picked);
    const row = rows[at];
    if (!row) return;
    const add = !next.has(row.id);
    const [from, to] = range && lastPicked.current >= 0 ? [Math.min(at, lastPicked.current), Math.max(at, lastPicked.current)] : [at, at];
    for (const one of rows.slice(from, to + 1)) {
      if (add) next.add(one.id);
      else next.delete(one.id);
    }
    lastPicked.current = at;
    onPick(next);
  };
  const focusRow = (at: number) => {
    virtual.scrollToIndex(at);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${at}"]`)?.focus());
  };
  const keys = (event: KeyboardEvent, at: number) => {
    const row = rows[at];
    if (!row || event.target !== event.currentTarget) return;
    if (event.key === 'ArrowDown' && at < rows.length - 1) focusRow(at + 1);
    else if (event.key === 'ArrowUp' && at > 0) focusRow(at - 1);
    else if (event.key === 'Enter') open(row);
    else if (event.key === ' ') pick(at, event.shiftKey);
    else return;
    event.preventDefault();
  };
  const allPicked = rows.length > 0 && rows.every((row) => picked.has(row.id));
  return (
    <div className="records-scroll" ref={scroller}>
      <div className="records-table" role="table" aria-label={words(kind.plural)} aria-rowcount={rows.length + 1} aria-colcount={columns.length + 1}>
        <div role="rowgroup" style={{ position: 'sticky', top: 0, zIndex: 2 }}>
          <div className="records-head" role="row" style={{ gridTemplateColumns: template }}>
            <div className="records-cell pick" role="columnheader">
              <label>
                <span className="sr-only">{t('selectAll')}</span>
                <input type="checkbox" checked={allPicked} onChange={() => onPick(allPicked ? new Set() : new Set(rows.map((row) => row.id)))} />
              </label>
            </div>
            {columns.map((column, at) => (
              <Head key={column.key} column={column} isFirst={at === 0} sort={sort} onSort={onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const isPicked = picked.has(row.id);
            return (
              <div
                key={row.id} role="row" aria-rowindex={item.index + 2} data-at={item.index} tabIndex={0}
                className={`records-row ${isPicked ? 'picked' : ''} ${row.archived_at ? 'archived' : ''}`}
                style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)`, height }}
                onClick={() => open(row)} onKeyDown={(event) => keys(event, item.index)}
              >
                <div className="records-cell pick" role="cell" onClick={(event) => event.stopPropagation()}>
                  <label>
                    <span className="sr-only">{t('select', { name: labelOf(kind, row) })}</span>
                    <input type="checkbox" tabIndex={-1} checked={isPicked} onChange={() => {}} onClick={(event) => pick(item.index, event.shiftKey)} />
                  </label>
                </div>
                {columns.map((column, at) => (
                  <div key={column.key} role="cell" className={`records-cell ${isNumeric(column) ? 'num' : ''} ${at === 0 ? 'first' : ''}`}>
                    <span className="text"><Value value={valueOf(row, column.key)} column={column} plain /></span>
                    {at === 0 && row.archived_at && <span style={{ marginLeft: 8 }}><Badge>{t('archived')}</Badge></span>}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Head({ column, isFirst, sort, onSort }: { column: Column; isFirst: boolean; sort: string; onSort: (sort: string) => void }) {
  const words = useKindWords();
  const first = sort.split(',')[0] ?? '';
  const isSorted = first === column.key || first === `-${column.key}`;
  const isDescending = first.startsWith('-');
  const sortable = column.type !== 'list' && column.type !== 'object';
  const next = !isSorted ? column.key : isDescending ? '' : `-${column.key}`;
  const inside = (
    <>
      <span className="ellipsis">{words(column.title)}</span>
      {column.unit && <span className="unit">{column.unit}</span>}
      {isSorted && (isDescending ? <ArrowDown size={13} /> : <ArrowUp size={13} />)}
    </>
  );
  return (
    <div role="columnheader" aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'} title={words(column.doc)} className={`records-cell ${isNumeric(column) ? 'num' : ''} ${isFirst ? 'first' : ''}`}>
      {sortable ? <button type="button" onClick={() => onSort(next)}>{inside}</button> : inside}
    </div>
  );
}

/** As high as the tokens say, in pixels. */
function useRowHeight(density: string): number {
  const styles = getComputedStyle(document.documentElement);
  void density;
  return parseFloat(styles.getPropertyValue('--row')) || 34;
}
