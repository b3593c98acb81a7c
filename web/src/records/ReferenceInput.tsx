/** Chooses a record of another kind by typing its name. */
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { askAt } from '@/api/client';
import { IconButton } from '@/ui';
import { useWords } from '@/words';
import { labelOf, useKinds, type RecordRow } from './kinds';
import { useLabel } from './labels';
import { recordsWords } from './records.words';

export interface ReferenceInputProps {
  kind: string;
  value: string | null;
  onChange: (id: string | null) => void;
  /** Narrows what is offered: `{ plant_id: … }`. */
  within?: Record<string, string>;
  disabled?: boolean;
  id?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean | undefined;
}

export function ReferenceInput({ kind: name, value, onChange, within = {}, disabled, ...described }: ReferenceInputProps) {
  const t = useWords(recordsWords);
  const kind = useKinds().find((one) => one.name === name);
  const label = useLabel(name, value);
  const [text, setText] = useState<string | null>(null);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();
  const wanted = useSettled(text ?? '', 180);
  const { data, isFetching } = useQuery({
    queryKey: ['records', name, 'find', wanted, within],
    queryFn: ({ signal }) => {
      const said = new URLSearchParams({ ...within, ...(wanted.trim() ? { q: wanted.trim() } : {}), limit: '20', sort: kind?.label ?? 'id' });
      return askAt<{ items: RecordRow[] }>('GET', `/api/v1/${kind?.path}?${said}`, { signal });
    },
    enabled: open && Boolean(kind),
    placeholderData: (before) => before,
  });
  const options = data?.items ?? [];
  useLayoutEffect(() => {
    const options = list.current;
    const box = input.current?.getBoundingClientRect();
    if (!open || !options || !box) return;
    if (!options.matches(':popover-open')) options.showPopover();
    const below = innerHeight - box.bottom > 240;
    Object.assign(options.style, { left: `${box.left}px`, width: `${box.width}px`, top: below ? `${box.bottom + 3}px` : 'auto', bottom: below ? 'auto' : `${innerHeight - box.top + 3}px`, maxHeight: '240px' });
  });
  if (!kind) return null;
  const choose = (row: RecordRow | undefined) => {
    if (!row) return;
    onChange(row.id);
    setText(null);
    setOpen(false);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') {
      setOpen(true);
      setAt((now) => Math.min(now + 1, options.length - 1));
    } else if (event.key === 'ArrowUp') setAt((now) => Math.max(now - 1, 0));
    else if (event.key === 'Enter' && open) choose(options[at]);
    else if (event.key === 'Escape' && open) {
      setOpen(false);
      event.stopPropagation();
    } else return;
    event.preventDefault();
  };
  const active = open ? options[at] : undefined;
  return (
    <div className="combo">
      <input
        {...described} ref={input} className="input" role="combobox" aria-expanded={open} aria-controls={listId} aria-autocomplete="list" autoComplete="off" disabled={disabled}
        aria-activedescendant={active ? `${listId}-${active.id}` : undefined} placeholder={t('searchReference')} value={text ?? label ?? ''} style={{ paddingRight: 34 }}
        onFocus={(event) => event.target.select()} onClick={() => setOpen(true)} onKeyDown={keys}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
          setOpen(true);
        }}
        onBlur={() => {
          if (text === '') onChange(null);
          setText(null);
          setOpen(false);
        }}
      />
      {value && !disabled && (
        <span style={{ position: 'absolute', right: 2, top: '50%', transform: 'translateY(-50%)' }}>
          <IconButton size="small" label={t('none')} icon={<X size={14} />} onClick={() => onChange(null)} tabIndex={-1} />
        </span>
      )}
      {open && (
        <div ref={list} id={listId} className="menu options" role="listbox" popover="manual" aria-label={kind.plural}>
          {options.map((row, index) => (
            <div key={row.id} id={`${listId}-${row.id}`} role="option" aria-selected={index === at} className="item" onPointerDown={(event) => { event.preventDefault(); choose(row); }}>
              <span className="grow ellipsis">{labelOf(kind, row)}</span>
              {typeof row.code === 'string' && kind.label !== 'code' && <span className="hint">{row.code}</span>}
            </div>
          ))}
          {options.length === 0 && <div className="heading" role="option" aria-selected="false">{isFetching ? '…' : t('nothingFound')}</div>}
        </div>
      )}
    </div>
  );
}

function useSettled<V>(value: V, after: number): V {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
