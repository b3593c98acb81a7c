/** Kinds of record as the server describes them. Nothing here knows any kind by name. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { api, ask, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';

export type Kind = Schemas['Described'];
export type KindField = Schemas['DescribedField'];
export type CustomField = Schemas['DescribedCustom'];

export interface RecordRow extends Record<string, unknown> {
  id: string;
  version: number;
  plant_id?: string | null;
  fields: Record<string, unknown>;
  created_at: string;
  created_by: string;
  updated_at: string;
  updated_by: string;
  archived_at: string | null;
}

export const kindsQuery = queryOptions({
  queryKey: ['kinds'],
  queryFn: async () => (await ask(api.GET('/api/v1/kinds'))).items as Kind[],
  staleTime: 60_000,
});

export const useKinds = (): Kind[] => useSuspenseQuery(kindsQuery).data;

/** The kind at an address such as `shift-patterns`. */
export function useKindAt(path: string): Kind {
  const kind = useKinds().find((one) => one.path === path);
  if (!kind) throw new Problem({ title: 'Not Found', status: 404, code: 'unknown_address', detail: path });
  return kind;
}

/** Whether the caller may do this with records of the kind anywhere. */
export const holds = (kind: Kind, verb: string): boolean => kind.verbs.some((one) => one.name === verb && one.held);

export const permissionOf = (kind: Kind, verb: string): string => kind.verbs.find((one) => one.name === verb)?.permission ?? '';

/** What people call this record. */
export function labelOf(kind: Kind, record: Record<string, unknown>): string {
  const label = record[kind.label];
  return typeof label === 'string' && label !== '' ? label : String(label ?? record.id ?? '');
}

/** A field of a kind or one that the organization added, the same to lists and forms. */
export interface Column {
  /** In JSON and in addresses: `name`, `fields.floor`. */
  key: string;
  title: string;
  doc: string;
  type: string;
  reference: string | null;
  choices: { value: string; title: string }[];
  unit: string | null;
  required: boolean;
  immutable: boolean;
  readOnly: boolean;
  custom: boolean;
  typeList: string | null;
  decimals: number | null;
  min: unknown;
  max: unknown;
  maxLength: number | null;
  pattern: string | null;
  default: unknown;
  members: KindField[];
}

const own = (field: KindField): Column => ({
  key: field.name, title: field.title, doc: field.doc, type: field.type, reference: field.reference ?? null, choices: field.choices ?? [], unit: field.unit ?? null,
  required: field.required, immutable: field.immutable, readOnly: field.read_only, custom: false, typeList: field.type_list ?? null, decimals: field.decimals ?? null,
  min: field.min, max: field.max, maxLength: field.max_length ?? null, pattern: field.pattern ?? null, default: field.default, members: field.members ?? [],
});

const added = (field: CustomField): Column => ({
  key: `fields.${field.key}`, title: field.label, doc: field.description ?? '', type: field.type === 'number' ? 'decimal' : field.type, reference: field.reference ?? null,
  choices: field.choices, unit: field.unit ?? null, required: field.required, immutable: false, readOnly: field.retired, custom: true, typeList: null, decimals: null,
  min: field.min, max: field.max, maxLength: null, pattern: null, default: field.default, members: [],
});

export function columnsOf(kind: Kind): Column[] {
  return [...kind.fields.map(own), ...kind.custom.map(added)];
}

/** The value of a column in a record. */
export function valueOf(record: Record<string, unknown>, key: string): unknown {
  if (!key.startsWith('fields.')) return record[key];
  return (record.fields as Record<string, unknown> | undefined)?.[key.slice('fields.'.length)];
}

export const isNumeric = (column: Column): boolean => column.type === 'integer' || column.type === 'decimal';
