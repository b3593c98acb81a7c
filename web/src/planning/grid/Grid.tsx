/**
 * A grid like a spreadsheet's: only what is visible is drawn, arrows move, typing edits, blocks are copied to and pasted from Excel.
 *
 * **Invariant:** the grid holds no values: it shows what its columns say and tells edits; whoever owns the values undoes and redoes.
 */
import { memo, useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type ClipboardEvent, type KeyboardEvent, type PointerEvent, type RefObject } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useLanguage, useWords } from '@/words';
import { toast } from '@/ui';
import { readCells, spread, writeCells } from '../model/clipboard';
import { decimalMark, isChanged, isEditable, numberText, pasted, take, written, type CellEdit, type Column, type Wrong } from './cells';
import { gridWords } from './grid.words';
import './grid.css';

export interface GridProps<R> {
  label: string;
  rows: readonly R[];
  columns: readonly Column<R>[];
  rowKey: (row: R, index: number) => string;
  onEdit?: ((edits: CellEdit<R>[]) => void) | undefined;
  /** What the owner or the server found wrong, by `${rowKey}/${column.key}`. */
  wrong?: ReadonlyMap<string, string>;
  /** Rows drawn heavier: sums, checks. */
  rowLook?: (row: R) => string;
  onOpen?: (row: R, column: Column<R>) => void;
  rowHeight?: number;
  /** As high as its rows, up to so many pixels; else as high as its place. */
  maxHeight?: number;
  /** Said where there are no rows. */
  empty?: string;
}

interface At {
  row: number;
  column: number;
}

const HEAD = 40;
const MOST_WIDER = 1.7;

/** The width inside an element, as it changes. */
function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

export function Grid<R>({ label, rows, columns, rowKey, onEdit, wrong, rowLook, onOpen, rowHeight = 30, maxHeight, empty }: GridProps<R>) {
  const t = useWords(gridWords);
  const language = useLanguage();
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<At>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<At>({ row: 0, column: 0 });
  const [editing, setEditing] = useState<{ text: string; error?: string } | null>(null);
  const [refused, setRefused] = useState<Wrong[]>([]);
  const dragging = useRef(false);

  const frozen = useMemo(() => columns.filter((column) => column.frozen), [columns]);
  const room = useWidth(scroller);
  // Where there is room, columns take it, up to a point: numbers far apart are hard to read across.
  const loose = useMemo(() => {
    const given = columns.filter((column) => !column.frozen);
    const rest = room - columns.reduce((sum, column) => sum + column.width, 0);
    const total = given.reduce((sum, column) => sum + column.width, 0);
    const factor = rest > 0 && total > 0 ? Math.min(MOST_WIDER, 1 + rest / total) : 1;
    return factor === 1 ? given : given.map((column) => ({ ...column, width: Math.floor(column.width * factor) }));
  }, [columns, room]);
  const ordered = useMemo(() => [...frozen, ...loose], [frozen, loose]);
  const frozenWidth = frozen.reduce((sum, column) => sum + column.width, 0);

  const down = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 8, scrollPaddingStart: HEAD, paddingStart: HEAD });
  const across = useVirtualizer({
    count: loose.length, horizontal: true, getScrollElement: () => scroller.current, estimateSize: (index) => loose[index]?.width ?? 100, overscan: 3,
    paddingStart: frozenWidth, scrollPaddingStart: frozenWidth,
  });
  useEffect(() => across.measure(), [across, loose, frozenWidth]);
  useEffect(() => down.measure(), [down, rowHeight]);

  const last: At = { row: Math.max(0, rows.length - 1), column: Math.max(0, ordered.length - 1) };
  const here: At = { row: Math.min(active.row, last.row), column: Math.min(active.column, last.column) };
  const from: At = { row: Math.min(anchor.row, last.row), column: Math.min(anchor.column, last.column) };
  const box = {
    top: Math.min(here.row, from.row), bottom: Math.max(here.row, from.row), left: Math.min(here.column, from.column), right: Math.max(here.column, from.column),
  };

  const show = useCallback((at: At) => {
    down.scrollToIndex(at.row);
    if (at.column >= frozen.length) across.scrollToIndex(at.column - frozen.length);
  }, [down, across, frozen.length]);

  const go = (at: At, extend: boolean) => {
    const to = { row: Math.max(0, Math.min(at.row, last.row)), column: Math.max(0, Math.min(at.column, last.column)) };
    setActive(to);
    if (!extend) setAnchor(to);
    setRefused([]);
    show(to);
  };

  const column = ordered[here.column];
  const row = rows[here.row];
  const canEdit = onEdit !== undefined && column !== undefined && row !== undefined && isEditable(column, row);

  const begin = (text?: string) => {
    if (!canEdit || !column || !row) return;
    if (column.kind === 'yesno') {
      onEdit([{ row, column: column.key, value: column.value(row) === true ? undefined : true }]);
      return;
    }
    const value = column.value(row);
    const plain = typeof value === 'number' ? numberText(value, language, column.decimals ?? 6).replace(/[\u00a0\u202f]/g, '') : String(value ?? '');
    setEditing({ text: text ?? plain });
  };

  const sentence = useCallback((one: { code: Wrong['code']; limit?: number }) => t(one.code, { limit: one.limit ?? 0 }), [t]);

  const finish = (move: 'down' | 'right' | 'left' | 'stay' | 'up'): boolean => {
    if (!editing || !column || !row) return true;
    const taken = take(column, editing.text, decimalMark(language));
    if ('code' in taken) {
      setEditing({ ...editing, error: sentence(taken) });
      return false;
    }
    setEditing(null);
    const unchanged = taken.value === (column.value(row) ?? undefined);
    if (!unchanged) onEdit?.([{ row, column: column.key, value: taken.value }]);
    const step = { down: [1, 0], up: [-1, 0], right: [0, 1], left: [0, -1], stay: [0, 0] }[move] as [number, number];
    go({ row: here.row + step[0], column: here.column + step[1] }, false);
    scroller.current?.focus({ preventScroll: true });
    return true;
  };

  const clear = () => {
    const edits: CellEdit<R>[] = [];
    for (let r = box.top; r <= box.bottom; r += 1) {
      for (let c = box.left; c <= box.right; c += 1) {
        const [inRow, inColumn] = [rows[r], ordered[c]];
        if (inRow !== undefined && inColumn && isEditable(inColumn, inRow)) edits.push({ row: inRow, column: inColumn.key, value: undefined });
      }
    }
    if (edits.length > 0) onEdit?.(edits);
  };

  const fillDown = () => {
    const edits: CellEdit<R>[] = [];
    for (let c = box.left; c <= box.right; c += 1) {
      const [inColumn, first] = [ordered[c], rows[box.top]];
      if (!inColumn || first === undefined) continue;
      for (let r = box.top + 1; r <= box.bottom; r += 1) {
        const inRow = rows[r];
        if (inRow !== undefined && isEditable(inColumn, inRow)) edits.push({ row: inRow, column: inColumn.key, value: inColumn.value(first) });
      }
    }
    if (edits.length > 0) onEdit?.(edits);
  };

  const keys = (event: KeyboardEvent) => {
    if (editing) return;
    const [ctrl, shift] = [event.ctrlKey || event.metaKey, event.shiftKey];
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 300) - HEAD) / rowHeight) - 1);
    const moves: Record<string, At> = {
      ArrowDown: { row: ctrl ? last.row : here.row + 1, column: here.column },
      ArrowUp: { row: ctrl ? 0 : here.row - 1, column: here.column },
      ArrowRight: { row: here.row, column: ctrl ? last.column : here.column + 1 },
      ArrowLeft: { row: here.row, column: ctrl ? 0 : here.column - 1 },
      PageDown: { row: here.row + page, column: here.column },
      PageUp: { row: here.row - page, column: here.column },
      Home: { row: ctrl ? 0 : here.row, column: 0 },
      End: { row: ctrl ? last.row : here.row, column: last.column },
    };
    const to = moves[event.key];
    if (to) go(to, shift);
    else if (event.key === 'Enter' && onOpen && !canEdit && row !== undefined && column) onOpen(row, column);
    else if (event.key === 'Enter' || event.key === 'F2') begin();
    else if (event.key === ' ' && column?.kind === 'yesno') begin();
    else if (event.key === 'Delete' || event.key === 'Backspace') clear();
    else if (ctrl && event.key.toLowerCase() === 'd') fillDown();
    else if (ctrl && event.key.toLowerCase() === 'a') {
      setAnchor({ row: 0, column: 0 });
      setActive(last);
    } else if (event.key.length === 1 && !ctrl && !event.altKey && canEdit && column?.kind !== 'yesno') begin(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const copy = (event: ClipboardEvent) => {
    if (editing) return;
    const plain = (value: unknown) => (typeof value === 'number' ? String(value).replace('.', decimalMark(language)) : value === null || value === undefined ? '' : String(value));
    const cells: string[][] = [];
    for (let r = box.top; r <= box.bottom; r += 1) {
      const inRow = rows[r];
      if (inRow !== undefined) cells.push(ordered.slice(box.left, box.right + 1).map((one) => plain(one.kind === 'choice' ? written(one, one.value(inRow), language) : one.value(inRow))));
    }
    event.clipboardData.setData('text/plain', writeCells(cells));
    event.preventDefault();
    toast(t('copied', { n: cells.length * (box.right - box.left + 1) }));
  };

  const paste = (event: ClipboardEvent) => {
    if (editing || !onEdit) return;
    event.preventDefault();
    const texts = spread(readCells(event.clipboardData.getData('text/plain')), box.bottom - box.top + 1, box.right - box.left + 1);
    if (texts.length === 0) return;
    const taken = pasted(rows, ordered, { row: box.top, column: box.left }, texts, decimalMark(language));
    setAnchor({ row: taken.block.top, column: taken.block.left });
    setActive({ row: taken.block.bottom, column: taken.block.right });
    setRefused(taken.wrong);
    if (taken.wrong.length > 0) return;
    if (taken.edits.length > 0) onEdit(taken.edits);
    toast(taken.skipped > 0 ? t('pastedSome', { n: taken.edits.length, skipped: taken.skipped }) : t('pasted', { n: taken.edits.length }));
  };

  const cellAt = (event: PointerEvent): At | null => {
    const cell = (event.target as HTMLElement).closest<HTMLElement>('[data-at]');
    if (!cell) return null;
    const [r, c] = cell.dataset.at!.split('/').map(Number) as [number, number];
    return { row: r, column: c };
  };

  const press = (event: PointerEvent) => {
    if (event.button !== 0 || (event.target as HTMLElement).closest('input, select, button, a')) return;
    const at = cellAt(event);
    if (!at) return;
    if (editing && !finish('stay')) return;
    dragging.current = event.pointerType === 'mouse';
    go(at, event.shiftKey);
  };
  const drag = (event: PointerEvent) => {
    if (!dragging.current || event.buttons !== 1) return;
    const at = cellAt(event);
    if (at && (at.row !== here.row || at.column !== here.column)) setActive(at);
  };

  const virtualRows = down.getVirtualItems();
  const virtualColumns = across.getVirtualItems();
  const width = across.getTotalSize();
  const height = down.getTotalSize();
  const refusedAt = useMemo(() => new Map(refused.map((one) => [`${one.row}/${one.column}`, sentence(one)])), [refused, sentence]);
  const firstColumn = virtualColumns[0]?.index ?? 0;
  const lastColumn = virtualColumns.at(-1)?.index ?? -1;
  const spans = useMemo(
    () => virtualColumns.map((item) => ({ index: item.index, start: item.start, size: item.size })),
    // The virtualiser makes new items on every scroll; what matters is which columns there are.
    [firstColumn, lastColumn, loose, frozenWidth],
  );
  const offsets = useMemo(() => frozen.map((_, index) => frozen.slice(0, index).reduce((sum, one) => sum + one.width, 0)), [frozen]);
  const cellId = (at: At) => `${id}-${at.row}-${at.column}`;

  return (
    <div className="pg-wrap">
      {refused.length > 0 && (
        <div className="pg-refused" role="alert">
          <strong>{t('refused', { n: refused.length })}</strong>
          <ul>
            {refused.slice(0, 5).map((one) => (
              <li key={`${one.row}/${one.column}`}>
                <button type="button" onClick={() => { show(one); setActive(one); setAnchor(one); scroller.current?.focus(); }}>
                  {ordered[one.column]?.title}, {t('rowNumber', { n: one.row + 1 })}
                </button>{' '}
                “{one.text}”: {sentence(one)}
              </li>
            ))}
            {refused.length > 5 && <li>{t('andMore', { n: refused.length - 5 })}</li>}
          </ul>
        </div>
      )}
      <div
        ref={scroller} className="pg" role="grid" aria-label={label} aria-rowcount={rows.length + 1} aria-colcount={ordered.length} aria-multiselectable="true"
        aria-readonly={onEdit === undefined} tabIndex={0} aria-activedescendant={rows.length > 0 ? cellId(here) : undefined}
        style={maxHeight === undefined ? undefined : { height: Math.min(maxHeight, HEAD + rows.length * rowHeight + 2), flex: 'none' }}
        onKeyDown={keys} onCopy={copy} onPaste={paste} onPointerDown={press} onPointerMove={drag} onPointerUp={() => (dragging.current = false)}
        onDoubleClick={() => (canEdit ? begin() : row !== undefined && column && onOpen?.(row, column))}
      >
        <div className="pg-size" style={{ width, height: Math.max(height, HEAD) }} role="presentation">
          <div className="pg-head" role="row" aria-rowindex={1} style={{ height: HEAD, width }}>
            {frozen.map((one, index) => (
              <div key={one.key} role="columnheader" aria-colindex={index + 1} className={`pg-th frozen ${one.kind} ${index === frozen.length - 1 ? 'edge' : ''}`} style={{ width: one.width, left: offsets[index] }}>
                <span className="ellipsis" title={one.title}>{one.title}</span>
                {one.unit && <small>{one.unit}</small>}
              </div>
            ))}
            {spans.map(({ index, start, size }) => {
              const one = loose[index];
              if (!one) return null;
              return (
                <div key={one.key} role="columnheader" aria-colindex={frozen.length + index + 1} className={`pg-th ${one.kind}`} style={{ width: size, position: 'absolute', left: start }}>
                  <span className="ellipsis" title={one.title}>{one.title}</span>
                  {one.unit && <small>{one.unit}</small>}
                </div>
              );
            })}
          </div>
          {virtualRows.map((item) => {
            const inRow = rows[item.index];
            if (inRow === undefined) return null;
            const inside = item.index >= box.top && item.index <= box.bottom;
            return (
              <GridRow
                key={rowKey(inRow, item.index)} row={inRow as unknown} index={item.index} name={rowKey(inRow, item.index)} top={item.start} height={item.size} width={width} id={id}
                frozen={frozen as unknown as readonly Column<unknown>[]} loose={loose as unknown as readonly Column<unknown>[]} spans={spans} offsets={offsets}
                selected={inside ? `${box.left}-${box.right}` : ''} activeColumn={item.index === here.row ? here.column : -1} language={language}
                look={rowLook?.(inRow) ?? ''} wrong={wrong} refused={refused.length > 0 ? refusedAt : undefined} changedWord={t('changedFrom')} editableGrid={onEdit !== undefined}
              />
            );
          })}
          {editing && column && (
            <Editor
              column={column as unknown as Column<unknown>} text={editing.text} error={editing.error} label={column.title}
              style={{ top: HEAD + here.row * rowHeight, left: here.column < frozen.length ? offsets[here.column]! : (spans.find((one) => one.index === here.column - frozen.length)?.start ?? frozenWidth), width: column.width, height: rowHeight }}
              onChange={(text) => setEditing({ text })} onFinish={finish}
              onCancel={() => {
                setEditing(null);
                scroller.current?.focus({ preventScroll: true });
              }}
            />
          )}
        </div>
        {rows.length === 0 && <div className="pg-empty">{empty ?? t('empty')}</div>}
      </div>
    </div>
  );
}

interface RowProps {
  row: unknown;
  index: number;
  name: string;
  top: number;
  height: number;
  width: number;
  id: string;
  frozen: readonly Column<unknown>[];
  loose: readonly Column<unknown>[];
  spans: readonly { index: number; start: number; size: number }[];
  offsets: readonly number[];
  selected: string;
  activeColumn: number;
  language: string;
  look: string;
  wrong: ReadonlyMap<string, string> | undefined;
  refused: ReadonlyMap<string, string> | undefined;
  changedWord: string;
  editableGrid: boolean;
}

const GridRow = memo(function GridRow(props: RowProps) {
  const { row, index, name, top, height, width, frozen, loose, spans, offsets, look } = props;
  return (
    <div role="row" aria-rowindex={index + 2} className={`pg-row ${look}`} style={{ transform: `translateY(${top}px)`, height, width }}>
      {frozen.map((column, at) => (
        <GridCell key={column.key} {...props} column={column} at={at} style={{ width: column.width, left: offsets[at] }} more={`frozen ${at === frozen.length - 1 ? 'edge' : ''}`} row={row} name={name} />
      ))}
      {spans.map(({ index: at, start, size }) => {
        const column = loose[at];
        return column && <GridCell key={column.key} {...props} column={column} at={frozen.length + at} style={{ width: size, position: 'absolute', left: start }} more="" row={row} name={name} />;
      })}
    </div>
  );
});

function GridCell({ row, index, name, id, column, at, style, more, selected, activeColumn, language, wrong, refused, changedWord, editableGrid }: RowProps & { column: Column<unknown>; at: number; style: React.CSSProperties; more: string }) {
  const value = column.value(row);
  const changed = isChanged(column, row);
  const error = refused?.get(`${index}/${at}`) ?? wrong?.get(`${name}/${column.key}`);
  const [left, right] = selected === '' ? [1, 0] : (selected.split('-').map(Number) as [number, number]);
  const active = activeColumn === at;
  const locked = editableGrid && !isEditable(column, row);
  const classes = ['pg-td', column.kind, more, column.look?.(row) ?? '', changed ? 'changed' : '', error ? 'wrong' : '', at >= left && at <= right ? 'selected' : '', active ? 'active' : '', locked ? 'locked' : ''];
  const before = changed ? `${changedWord} ${written(column, column.was?.(row), language) || '–'}` : undefined;
  const title = error ?? [column.hint?.(row), before].filter(Boolean).join(' · ');
  return (
    <div
      role="gridcell" id={`${id}-${index}-${at}`} aria-colindex={at + 1} aria-selected={at >= left && at <= right} aria-invalid={error ? true : undefined} data-at={`${index}/${at}`}
      className={classes.join(' ')} style={{ ...style, ...column.paint?.(row) }} title={title || undefined}
    >
      {column.draw ? column.draw(row) : <span className="ellipsis">{written(column, value, language)}</span>}
      {changed && <span className="sr-only"> ({before})</span>}
    </div>
  );
}

function Editor({ column, text, error, label, style, onChange, onFinish, onCancel }: {
  column: Column<unknown>; text: string; error: string | undefined; label: string; style: React.CSSProperties; onChange: (text: string) => void;
  onFinish: (move: 'down' | 'right' | 'left' | 'stay' | 'up') => boolean; onCancel: () => void;
}) {
  const ref = useRef<HTMLInputElement & HTMLSelectElement>(null);
  const finished = useRef(false);
  useLayoutEffect(() => {
    ref.current?.focus({ preventScroll: true });
    if (ref.current && 'setSelectionRange' in ref.current && column.kind !== 'choice') ref.current.setSelectionRange(ref.current.value.length, ref.current.value.length);
  }, [column.kind]);
  const done = (move: 'down' | 'right' | 'left' | 'stay' | 'up') => {
    // Finishing moves the focus away, which must not finish a second time.
    finished.current = true;
    finished.current = onFinish(move);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter') done(event.shiftKey ? 'up' : 'down');
    else if (event.key === 'Tab') done(event.shiftKey ? 'left' : 'right');
    else if (event.key === 'Escape') {
      finished.current = true;
      onCancel();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shared = { ref, 'aria-label': label, 'aria-invalid': error ? true : undefined, className: `pg-editor ${error ? 'wrong' : ''}`, onKeyDown: keys, onBlur: () => !finished.current && done('stay') } as const;
  return (
    <div className="pg-edit" style={style}>
      {column.kind === 'choice' ? (
        <select {...shared} value={text} onChange={(event) => onChange(event.target.value)}>
          <option value="" />
          {column.choices?.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
        </select>
      ) : (
        <input {...shared} value={text} inputMode={column.kind === 'number' ? 'decimal' : undefined} autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.target.value)} />
      )}
      {error && <div className="pg-error" role="alert">{error}</div>}
    </div>
  );
}
