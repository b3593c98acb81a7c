/**
 * A grid like a spreadsheet's: only what is visible is drawn, arrows move, typing edits, blocks are copied to and pasted from Excel.
 *
 * **Invariant:** the grid holds no values: it shows what its columns say and tells edits; whoever owns the values undoes and redoes.
 */
import { useCallback, useId, useMemo, useRef, useState, type ClipboardEvent, type KeyboardEvent, type PointerEvent } from 'react';
import { useLanguage, useWords } from '@/words';
import { toast } from '@/ui';
import { readCells, spread, writeCells } from '../model/clipboard';
import { decimalMark, isEditable, numberText, pasted, take, written, type CellEdit, type Column, type Wrong } from './cells';
import { Editor } from './Editor';
import { gridWords } from './grid.words';
import { GridRow } from './GridRow';
import { most, scrollFor, useRoom, useSight, type Shape } from './sight';
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
/** Of the width, for columns that stay at the left. */
const MOST_FROZEN = 0.6;

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

  const room = useRoom(scroller);
  // On a phone, what stays would hide what scrolls.
  const frozen = useMemo(() => {
    let taken = 0;
    return columns.filter((column) => column.frozen && (room.width === 0 || (taken += column.width) <= room.width * MOST_FROZEN));
  }, [columns, room.width]);
  // Where there is room, columns take it, up to a point: numbers far apart are hard to read across.
  const loose = useMemo(() => {
    const given = columns.filter((column) => !frozen.includes(column));
    const rest = room.width - columns.reduce((sum, column) => sum + column.width, 0);
    const total = given.reduce((sum, column) => sum + column.width, 0);
    const factor = rest > 0 && total > 0 ? Math.min(MOST_WIDER, 1 + rest / total) : 1;
    return factor === 1 ? given : given.map((column) => ({ ...column, width: Math.floor(column.width * factor) }));
  }, [columns, frozen, room.width]);
  const ordered = useMemo(() => [...frozen, ...loose], [frozen, loose]);
  const frozenWidth = frozen.reduce((sum, column) => sum + column.width, 0);

  const shape = useMemo<Shape>(
    () => ({ rows: rows.length, rowHeight, edges: loose.reduce((edges, column) => [...edges, (edges.at(-1) ?? 0) + column.width], [0]), head: HEAD, frozen: frozenWidth }),
    [rows.length, rowHeight, loose, frozenWidth],
  );
  const under = useRef<HTMLDivElement>(null);
  const point = (row: number | null) => {
    if (under.current) Object.assign(under.current.style, row === null ? { visibility: 'hidden' } : { visibility: 'visible', transform: `translateY(${row * rowHeight}px)` });
  };
  const sight = useSight(scroller, shape, room, () => point(null));
  const pool = useMemo(() => most(shape, room), [shape, room]);

  const last: At = { row: Math.max(0, rows.length - 1), column: Math.max(0, ordered.length - 1) };
  const here: At = { row: Math.min(active.row, last.row), column: Math.min(active.column, last.column) };
  const from: At = { row: Math.min(anchor.row, last.row), column: Math.min(anchor.column, last.column) };
  const box = {
    top: Math.min(here.row, from.row), bottom: Math.max(here.row, from.row), left: Math.min(here.column, from.column), right: Math.max(here.column, from.column),
  };

  const show = useCallback((at: At) => {
    const element = scroller.current;
    if (!element) return;
    const to = scrollFor(shape, room, { top: element.scrollTop, left: element.scrollLeft }, at.row, at.column < frozen.length ? null : at.column - frozen.length);
    element.scrollTo(to);
  }, [shape, room, frozen.length]);

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
    if (to) {
      go(to, shift);
      // What stays at the left is in sight wherever one is: the beginning is where nothing is scrolled.
      if (event.key === 'Home') scroller.current?.scrollTo({ left: 0 });
    } else if (event.key === 'Enter' && onOpen && !canEdit && row !== undefined && column) onOpen(row, column);
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
  const hover = (event: PointerEvent) => {
    if (event.pointerType === 'mouse') point(cellAt(event)?.row ?? null);
    drag(event);
  };

  const width = frozenWidth + (shape.edges.at(-1) ?? 0);
  const refusedAt = useMemo(() => new Map(refused.map((one) => [`${one.row}/${one.column}`, sentence(one)])), [refused, sentence]);
  const spans = useMemo(
    () => Array.from({ length: Math.max(0, sight.right - sight.left) }, (_, at) => sight.left + at).map((index) => ({ index, start: shape.edges[index] ?? 0, size: loose[index]?.width ?? 0, slot: index % pool.columns })),
    [sight.left, sight.right, shape, loose, pool.columns],
  );
  const offsets = useMemo(() => frozen.map((_, index) => frozen.slice(0, index).reduce((sum, one) => sum + one.width, 0)), [frozen]);
  const isInSight = here.row >= sight.top && here.row < sight.bottom && (here.column < frozen.length || (here.column - frozen.length >= sight.left && here.column - frozen.length < sight.right));
  const cellId = (at: At) => `${id}-${at.row}-${at.column}`;

  const drawn = Array.from({ length: Math.max(0, sight.bottom - sight.top) }, (_, at) => sight.top + at).flatMap((index) => {
    const inRow = rows[index];
    if (inRow === undefined) return [];
    const inside = index >= box.top && index <= box.bottom;
    return [{
      slot: index % pool.rows, row: inRow as unknown, index, name: rowKey(inRow, index), height: rowHeight, id,
      frozen: frozen as unknown as readonly Column<unknown>[], loose: loose as unknown as readonly Column<unknown>[], spans, offsets,
      selectedFrom: inside ? box.left : 1, selectedTo: inside ? box.right : 0, activeColumn: index === here.row ? here.column : -1, language,
      look: rowLook?.(inRow) ?? '', wrong, refused: refused.length > 0 ? refusedAt : undefined, changedWord: t('changedFrom'), editableGrid: onEdit !== undefined,
    }];
  });

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
        aria-readonly={onEdit === undefined} tabIndex={0} aria-activedescendant={rows.length > 0 && isInSight ? cellId(here) : undefined}
        style={maxHeight === undefined ? undefined : { height: Math.min(maxHeight, HEAD + rows.length * rowHeight + 2), flex: 'none' }}
        onKeyDown={keys} onCopy={copy} onPaste={paste} onPointerDown={press} onPointerMove={hover} onPointerLeave={() => point(null)} onPointerUp={() => (dragging.current = false)}
        onDoubleClick={() => (canEdit ? begin() : row !== undefined && column && onOpen?.(row, column))}
      >
        <div className="pg-size" style={{ width, height: HEAD + rows.length * rowHeight }} role="presentation">
          <div className="pg-head" role="row" aria-rowindex={1} style={{ height: HEAD, width }}>
            <div className="pg-frozen" role="presentation" style={{ width: frozenWidth }}>
              {frozen.map((one, index) => <Head key={one.key} column={one as unknown as Column<unknown>} at={index} start={offsets[index] ?? 0} size={one.width} />)}
            </div>
            {spans.map(({ index, start, size, slot }) => loose[index] && <Head key={slot} column={loose[index] as unknown as Column<unknown>} at={frozen.length + index} start={frozenWidth + start} size={size} />)}
          </div>
          {/* What stays at the left is one part for all rows: as a part of each row, every row would be a layer of its own to the browser. */}
          {frozen.length > 0 && <div className="pg-rows frozen" role="rowgroup" style={{ width: frozenWidth, height: rows.length * rowHeight }}>{drawn.map((row) => <GridRow {...row} key={row.slot} part="frozen" />)}</div>}
          <div className="pg-rows" role="rowgroup" style={{ left: frozenWidth, top: HEAD, width: width - frozenWidth, height: rows.length * rowHeight }}>{drawn.map((row) => <GridRow {...row} key={row.slot} part="loose" />)}</div>
          <div ref={under} className="pg-under" aria-hidden="true" style={{ top: HEAD, height: rowHeight, width, visibility: 'hidden' }} />
          {editing && column && (
            <Editor
              column={column as unknown as Column<unknown>} text={editing.text} error={editing.error} label={column.title}
              style={{ top: HEAD + here.row * rowHeight, left: here.column < frozen.length ? offsets[here.column]! : frozenWidth + (shape.edges[here.column - frozen.length] ?? 0), width: column.width, height: rowHeight }}
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

function Head({ column, at, start, size }: { column: Column<unknown>; at: number; start: number; size: number }) {
  return (
    <div role="columnheader" aria-colindex={at + 1} className={`pg-th ${column.kind}`} style={{ width: size, left: start }}>
      <span className="ellipsis" title={column.title}>{column.title}</span>
      {column.unit && <small>{column.unit}</small>}
    </div>
  );
}
