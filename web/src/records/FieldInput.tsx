/** The control for one field, by its type. */
import { Plus, Trash2 } from 'lucide-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { askAt } from '@/api/client';
import { Button, IconButton, NumberInput, Select, TextArea, TextInput } from '@/ui';
import { useWords } from '@/words';
import { numberOf } from './form';
import { isNumeric, type Column, type KindField } from './kinds';
import { useKindWords } from './kind-words';
import { ReferenceInput } from './ReferenceInput';
import { recordsWords } from './records.words';

export interface FieldInputProps {
  column: Column;
  value: unknown;
  onChange: (value: unknown) => void;
  disabled?: boolean;
  within?: Record<string, string>;
  id?: string;
  'aria-describedby'?: string | undefined;
  'aria-invalid'?: boolean | undefined;
  'aria-label'?: string | undefined;
  autoFocus?: boolean;
}

export function FieldInput({ column, value, onChange, disabled, within, ...rest }: FieldInputProps) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const text = value === null || value === undefined ? '' : String(value);
  const off = disabled ?? false;
  if (column.type === 'reference' && column.reference) return <ReferenceInput {...rest} kind={column.reference} value={text || null} onChange={onChange} disabled={off} {...(within ? { within } : {})} />;
  if (column.type === 'choice') return <Select {...rest} disabled={off} value={text} onChange={(next) => onChange(next || null)} empty={column.required ? (text === '' ? '' : undefined) : t('none')} options={column.choices.map((one) => ({ value: one.value, label: words(one.title) }))} />;
  if (column.type === 'boolean') return <Select {...rest} disabled={off} value={text} onChange={(next) => onChange(next === '' ? null : next === 'true')} empty={column.required || text !== '' ? undefined : ''} options={[{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }]} />;
  if (column.type === 'date') return <TextInput {...rest} type="date" disabled={off} value={text} onChange={(next) => onChange(next || null)} />;
  if (column.type === 'instant') return <TextInput {...rest} type="datetime-local" disabled={off} value={localOf(text)} onChange={(next) => onChange(next ? new Date(next).toISOString() : null)} />;
  if (isNumeric(column)) return <NumberField {...rest} column={column} value={text} onChange={onChange} disabled={off} />;
  if (column.typeList) return <ListedInput {...rest} list={column.typeList} value={text} onChange={onChange} disabled={off} />;
  if (column.type === 'list') return <EntriesInput column={column} value={Array.isArray(value) ? value : []} onChange={onChange} disabled={off} />;
  if (column.type === 'object') return <GroupInput members={column.members} value={(value ?? {}) as Record<string, unknown>} onChange={onChange} />;
  if (column.key === 'description' || (column.maxLength ?? 0) > 500) return <TextArea {...rest} disabled={off} value={text} onChange={(next) => onChange(next === '' ? null : next)} />;
  return <TextInput {...rest} disabled={off} value={text} onChange={(next) => onChange(next === '' ? null : next)} />;
}

/** What is being typed stays as typed, until the field is left. */
function NumberField({ column, value, onChange, ...rest }: Omit<FieldInputProps, 'value'> & { value: string }) {
  const [typing, setTyping] = useState<string | null>(null);
  return (
    <NumberInput {...rest} unit={column.unit} value={typing ?? value} onBlur={() => setTyping(null)}
      onChange={(next) => {
        setTyping(next);
        onChange(numberOf(column, next));
      }} />
  );
}

function localOf(instant: string): string {
  if (!instant) return '';
  const date = new Date(instant);
  return Number.isNaN(date.getTime()) ? '' : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

interface TypeList {
  id: string;
  key: string;
  entries?: { value: string; label?: string }[];
}

/** A text whose values an organization keeps in a type list: they are offered, others can be typed where the server allows them. */
function ListedInput({ list, value, onChange, id = list, ...rest }: { list: string; value: string; onChange: (value: unknown) => void; id?: string; disabled?: boolean }) {
  const { data } = useQuery({
    queryKey: ['records', 'type_list', 'of', list],
    queryFn: async () => (await askAt<{ items: TypeList[] }>('GET', `/api/v1/type-lists?key=${encodeURIComponent(list)}`)).items[0] ?? null,
    staleTime: 300_000,
  });
  return (
    <>
      <TextInput {...rest} id={id} list={`${id}-values`} value={value} onChange={(next) => onChange(next === '' ? null : next)} />
      <datalist id={`${id}-values`}>
        {data?.entries?.map((entry) => <option key={entry.value} value={entry.value}>{entry.label ?? entry.value}</option>)}
      </datalist>
    </>
  );
}

const memberColumn = (member: KindField): Column => ({
  key: member.name, title: member.title, doc: member.doc, type: member.type, reference: member.reference ?? null, choices: member.choices ?? [], unit: member.unit ?? null,
  required: member.required, immutable: false, readOnly: false, custom: false, typeList: null, decimals: member.decimals ?? null, min: member.min, max: member.max,
  maxLength: member.max_length ?? null, pattern: null, default: member.default, members: member.members ?? [],
});

/** A list, entry by entry. */
function EntriesInput({ column, value, onChange, disabled }: { column: Column; value: unknown[]; onChange: (value: unknown) => void; disabled: boolean }) {
  const t = useWords(recordsWords);
  const member = column.members[0];
  if (!member) return <TextArea disabled value={JSON.stringify(value)} />;
  const entry = memberColumn(member);
  const set = (at: number, next: unknown) => onChange(value.map((one, index) => (index === at ? next : one)));
  const blank = entry.type === 'object' ? Object.fromEntries(entry.members.map((one) => [one.name, one.default ?? null])) : entry.type === 'choice' ? entry.choices[0]?.value ?? null : null;
  return (
    <div className="entries">
      {value.map((one, at) => (
        <div className="row" key={at}>
          <div className="entry">
            {entry.type === 'object' ? <GroupInput members={entry.members} value={(one ?? {}) as Record<string, unknown>} onChange={(next) => set(at, next)} /> : <FieldInput column={entry} value={one} onChange={(next) => set(at, next)} disabled={disabled} aria-label={`${column.title} ${at + 1}`} />}
          </div>
          <IconButton size="small" label={t('removeEntry')} icon={<Trash2 size={14} />} onClick={() => onChange(value.filter((_, index) => index !== at))} />
        </div>
      ))}
      <div><Button size="small" icon={<Plus size={14} />} disabled={disabled} onClick={() => onChange([...value, blank])}>{t('addEntry')}</Button></div>
    </div>
  );
}

function GroupInput({ members, value, onChange }: { members: KindField[]; value: Record<string, unknown>; onChange: (value: unknown) => void }) {
  const words = useKindWords();
  return (
    <div className="entry" style={{ display: 'flex', gap: 6, flexWrap: 'wrap' }}>
      {members.map((member) => (
        <label key={member.name} className="field" style={{ flex: '1 1 110px' }}>
          <span className="small muted">{words(member.title)}</span>
          <FieldInput column={memberColumn(member)} value={value[member.name]} onChange={(next) => onChange({ ...value, [member.name]: next })} />
        </label>
      ))}
    </div>
  );
}
