/** Filters by column: each a chip that can be changed and taken away. */
import { ListFilter, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button, Dialog, Field, Menu, MenuItem, Select, TextInput } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { isNumeric, type Column, type Kind } from './kinds';
import { useKindWords } from './kind-words';
import { ReferenceInput } from './ReferenceInput';
import { recordsWords } from './records.words';
import { filtersOf, parameterOf, type Filter, type Search } from './search';
import { Reference, written } from './Value';

type Change = (change: Record<string, string | null>) => void;

const OPERATORS: Record<string, string[]> = {
  text: ['contains', 'eq', 'ne', 'starts', 'null'],
  number: ['gte', 'lte', 'eq', 'ne', 'gt', 'lt', 'null'],
  date: ['gte', 'lte', 'eq', 'null'],
  choice: ['eq', 'ne', 'null'],
  boolean: ['eq'],
};

const WORD = { eq: 'opEq', ne: 'opNe', contains: 'opContains', starts: 'opStarts', gte: 'opGte', lte: 'opLte', gt: 'opGt', lt: 'opLt', in: 'opIn', null: 'opNull' } as const;

function operatorsOf(column: Column): string[] {
  if (isNumeric(column)) return OPERATORS.number ?? [];
  if (column.type === 'date' || column.type === 'instant') return OPERATORS.date ?? [];
  if (column.type === 'choice' || column.type === 'reference') return OPERATORS.choice ?? [];
  return OPERATORS[column.type] ?? OPERATORS.text ?? [];
}

export function Filters({ columns, search, change }: { kind: Kind; columns: Column[]; search: Search; change: Change }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const [editing, setEditing] = useState<Filter | null>(null);
  const editingBefore = useRef<Filter | null>(null);
  const filters = filtersOf(search);
  const can = columns.filter((column) => column.type !== 'object' && column.type !== 'list');
  const begin = (filter: Filter, before: Filter | null) => {
    editingBefore.current = before;
    setEditing(filter);
  };
  const column = editing && columns.find((one) => one.key === editing.key);
  return (
    <div className="chips">
      {filters.map((filter) => (
        <span className="chip" key={parameterOf(filter)}>
          <button type="button" className="text" onClick={() => columns.some((one) => one.key === filter.key) && begin(filter, filter)}>
            <Said filter={filter} column={columns.find((one) => one.key === filter.key)} />
          </button>
          <button type="button" aria-label={t('removeFilter')} onClick={() => change({ [parameterOf(filter)]: null })}><X size={13} /></button>
        </span>
      ))}
      <Menu button={{ look: 'ghost', icon: <ListFilter size={15} />, children: t('filter') }}>
        <div className="heading">{t('addFilter')}</div>
        {can.map((one) => (
          <MenuItem key={one.key} onSelect={() => begin({ key: one.key, operator: operatorsOf(one)[0] ?? 'eq', value: '' }, null)}>{words(one.title)}</MenuItem>
        ))}
      </Menu>
      {editing && column && (
        <FilterDialog column={column} filter={editing} onClose={() => setEditing(null)}
          onApply={(next) => {
            const before = editingBefore.current;
            change({ ...(before ? { [parameterOf(before)]: null } : {}), [parameterOf(next)]: next.value });
            setEditing(null);
          }} />
      )}
    </div>
  );
}

function Said({ filter, column }: { filter: Filter; column: Column | undefined }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const language = useLanguage();
  const title = column ? words(column.title) : filter.key;
  const operator = filter.operator as keyof typeof WORD;
  if (operator === 'null') return <>{title} {filter.value === 'true' ? t('opNull') : `≠ ${t('empty')}`}</>;
  const symbol = { eq: ':', gte: '≥', lte: '≤', gt: '>', lt: '<', ne: '≠' }[operator as string] ?? t(WORD[operator] ?? 'opEq');
  const value =
    column?.type === 'reference' && column.reference ? <Reference kind={column.reference} id={filter.value} plain />
    : column?.type === 'boolean' ? t(filter.value === 'true' ? 'yes' : 'no')
    : column ? words(written(filter.value, column, language)) : filter.value;
  return <>{title} {symbol} {value}</>;
}

function FilterDialog({ column, filter, onApply, onClose }: { column: Column; filter: Filter; onApply: (filter: Filter) => void; onClose: () => void }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const [operator, setOperator] = useState(filter.operator);
  const [value, setValue] = useState(filter.value);
  const operators = operatorsOf(column);
  const apply = () => {
    const wanted = operator === 'null' ? 'true' : value.trim();
    if (wanted !== '') onApply({ key: column.key, operator, value: wanted });
  };
  const yesNo = [{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }];
  return (
    <Dialog title={words(column.title)} onClose={onClose} onSubmit={apply}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary">{t('apply')}</Button></>}>
      {operators.length > 1 && (
        <Select aria-label={words(column.title)} value={operator} onChange={setOperator} options={operators.map((one) => ({ value: one, label: t(WORD[one as keyof typeof WORD]) }))} />
      )}
      {operator !== 'null' && (
        <Field label={t('value')} help={words(column.doc)}>
          {column.type === 'choice' ? <Select autoFocus value={value} onChange={setValue} empty="" options={column.choices.map((one) => ({ value: one.value, label: words(one.title) }))} />
          : column.type === 'boolean' ? <Select autoFocus value={value} onChange={setValue} empty="" options={yesNo} />
          : column.type === 'reference' && column.reference ? <ReferenceInput kind={column.reference} value={value || null} onChange={(id) => setValue(id ?? '')} />
          : <TextInput autoFocus type={column.type === 'date' ? 'date' : 'text'} inputMode={isNumeric(column) ? 'decimal' : 'text'} unit={column.unit} value={value} onChange={setValue} />}
        </Field>
      )}
    </Dialog>
  );
}
