/** Where a cell of a grid is typed into. */
import { useLayoutEffect, useRef, type CSSProperties, type KeyboardEvent } from 'react';
import type { Column } from './cells';

export function Editor({ column, text, error, label, style, onChange, onFinish, onCancel }: {
  column: Column<unknown>; text: string; error: string | undefined; label: string; style: CSSProperties; onChange: (text: string) => void;
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
