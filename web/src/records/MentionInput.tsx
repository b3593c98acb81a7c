/** A text in which people are named: an `@` lists those who may see the record. */
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { askAt } from '@/api/client';
import { useWords } from '@/words';
import { askedAt, withName, type Asked, type Person } from './mentions';
import { recordsWords } from './records.words';

export interface MentionInputProps {
  /** The record: kind and identifier. */
  about: string;
  label: string;
  value: string;
  onChange: (text: string) => void;
  onChoose: (person: Person) => void;
  disabled?: boolean;
}

export function MentionInput({ about, label, value, onChange, onChoose, disabled }: MentionInputProps) {
  const t = useWords(recordsWords);
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [at, setAt] = useState(0);
  const [caret, setCaret] = useState<number | null>(null);
  const q = useDeferredValue(asked?.text ?? null);
  const { data } = useQuery({
    queryKey: ['people', about, q],
    queryFn: ({ signal }) => askAt<{ items: Person[] }>('GET', `/api/v1/people?${new URLSearchParams({ about, ...(q ? { q } : {}) })}`, { signal }),
    enabled: q !== null,
    staleTime: 60_000,
    placeholderData: (before) => before,
    retry: false,
  });
  // A choice moves the caret behind the name, once the text is there.
  useLayoutEffect(() => {
    if (caret === null) return;
    area.current?.setSelectionRange(caret, caret);
    setCaret(null);
  }, [caret]);
  const people = asked ? (data?.items ?? []).slice(0, 8) : [];
  const open = people.length > 0;
  const here = Math.min(at, people.length - 1);
  const look = () => {
    const element = area.current;
    setAsked(element && element.selectionStart === element.selectionEnd ? askedAt(element.value, element.selectionStart) : null);
    setAt(0);
  };
  const choose = (person: Person | undefined) => {
    if (!person || !asked || !area.current) return;
    const next = withName(value, asked, area.current.selectionStart, person.name);
    onChange(next.text);
    onChoose(person);
    setAsked(null);
    setCaret(next.caret);
    area.current.focus();
  };
  const keys = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === 'ArrowDown') setAt((here + 1) % people.length);
    else if (event.key === 'ArrowUp') setAt((here - 1 + people.length) % people.length);
    else if (event.key === 'Enter' || event.key === 'Tab') choose(people[here]);
    else if (event.key === 'Escape') setAsked(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="mention-input">
      <textarea
        ref={area} className="textarea" value={value} disabled={disabled} placeholder={label} aria-label={label} role="combobox" aria-autocomplete="list" aria-expanded={open} aria-controls={`${id}-list`}
        aria-activedescendant={open ? `${id}-${here}` : undefined} aria-describedby={`${id}-help`}
        onChange={(event) => { onChange(event.target.value); look(); }} onKeyDown={keys} onClick={look} onBlur={() => setAsked(null)}
        onKeyUp={(event) => (event.key === 'ArrowLeft' || event.key === 'ArrowRight') && look()}
      />
      <span id={`${id}-help`} className="small muted">{t('mentionHelp')}</span>
      <ul id={`${id}-list`} role="listbox" aria-label={t('people')} className="mention-list" hidden={!open}>
        {people.map((person, index) => (
          <li
            key={person.id} id={`${id}-${index}`} role="option" aria-selected={index === here}
            // The field keeps the focus.
            onPointerDown={(event) => { event.preventDefault(); choose(person); }}
          >
            {person.name}
          </li>
        ))}
      </ul>
    </div>
  );
}
