/** A value as people read it: numbers with their language's separators, references by name, instants in local time. */
import { Link } from '@tanstack/react-router';
import { Check } from 'lucide-react';
import { useLanguage } from '@/words';
import { localeOf } from '@/words/locale';
import { useKindWords } from './kind-words';
import { isNumeric, useKinds, type Column } from './kinds';
import { useLabel } from './labels';

export function Reference({ kind: name, id, plain }: { kind: string; id: string; plain?: boolean }) {
  const kind = useKinds().find((one) => one.name === name);
  const label = useLabel(name, id);
  if (!kind || plain) return <>{label ?? '…'}</>;
  return <Link to={`/data/${kind.path}/${id}`} onClick={(event) => event.stopPropagation()}>{label ?? '…'}</Link>;
}

/** A decimal of the server is a text, which keeps all its digits. */
export function writtenNumber(value: unknown, language: string): string {
  const text = String(value);
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  const decimals = /\.(\d*?)0*$/.exec(text)?.[1]?.length ?? 0;
  return number.toLocaleString(localeOf(language), { minimumFractionDigits: Math.min(decimals, 12), maximumFractionDigits: Math.min(Math.max(decimals, 0), 12) });
}

/** A length of time that is kept in seconds, as people say it: hours. Nothing for other units. */
export function inHours(value: unknown, unit: string | null | undefined, language: string): string | null {
  const hours = Number(value) / 3600;
  if (!(unit === 's/d' || unit === 's') || !Number.isFinite(hours) || hours < 0.5) return null;
  return `${hours.toLocaleString(localeOf(language), { maximumFractionDigits: 2 })} h${unit.slice(1)}`;
}

export function written(value: unknown, column: Pick<Column, 'type' | 'choices'>, language: string): string {
  if (value === null || value === undefined || value === '') return '';
  switch (column.type) {
    case 'integer':
    case 'decimal':
      return writtenNumber(value, language);
    case 'date':
      return new Date(`${String(value)}T00:00:00`).toLocaleDateString(language, { year: 'numeric', month: 'short', day: 'numeric' });
    case 'instant':
      return new Date(String(value)).toLocaleString(language, { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
    case 'choice':
      return column.choices.find((choice) => choice.value === value)?.title ?? String(value);
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}

export function Value({ value, column, plain }: { value: unknown; column: Column; plain?: boolean }) {
  const language = useLanguage();
  const words = useKindWords();
  if (value === null || value === undefined || value === '') return <span className="faint">–</span>;
  if (column.type === 'boolean') return value ? <Check size={15} aria-label={words('Yes')} /> : <span className="faint">{words('No')}</span>;
  if (column.type === 'reference' && column.reference) return <Reference kind={column.reference} id={String(value)} {...(plain ? { plain } : {})} />;
  if (column.type === 'choice') return <>{words(written(value, column, language))}</>;
  if (column.type === 'list' && Array.isArray(value)) return <ListValue value={value} column={column} />;
  if (isNumeric(column)) return <span className="tabular">{written(value, column, language)}</span>;
  return <>{written(value, column, language)}</>;
}

function ListValue({ value, column }: { value: unknown[]; column: Column }) {
  const language = useLanguage();
  const member = column.members[0];
  const texts = value.map((one) => {
    if (typeof one === 'object' && one !== null) return Object.values(one).filter((part) => part !== null).join(' ');
    return member ? written(one, { type: member.type, choices: member.choices ?? [] }, language) : String(one);
  });
  return <>{texts.join(', ')}</>;
}
