/**
 * What a list shows, as its address has it, in the API's own words: `?q=…&sort=-name&area_id=…&name[contains]=…&archived=only&columns=a,b`.
 */
import { useNavigate, useSearch } from '@tanstack/react-router';

export type Search = Record<string, string>;

/** Parameters of the screen, which the server does not know. */
const OURS = new Set(['columns', 'tab', 'plant', 'named', 'new']);
/** Parameters that are no filters. */
const MANNERS = new Set(['q', 'sort', 'archived', 'view', 'columns', 'tab', 'plant', 'named', 'new', 'limit', 'cursor', 'fields']);

export interface Filter {
  key: string;
  operator: string;
  value: string;
}

export function filtersOf(search: Search): Filter[] {
  return Object.entries(search).flatMap(([parameter, value]) => {
    const match = /^([\w.]+)(?:\[(\w+)\])?$/.exec(parameter);
    const key = match?.[1];
    if (!key || MANNERS.has(key)) return [];
    return [{ key, operator: match[2] ?? 'eq', value }];
  });
}

export const parameterOf = (filter: Pick<Filter, 'key' | 'operator'>): string => (filter.operator === 'eq' ? filter.key : `${filter.key}[${filter.operator}]`);

/** The parameters that the server is asked with. */
export function asked(search: Search): Search {
  return Object.fromEntries(Object.entries(search).filter(([name, value]) => !OURS.has(name) && value !== ''));
}

/** The search of this address, and how to change parts of it (`null` removes). */
export function useListSearch(): [Search, (change: Record<string, string | null>) => void, (next: Search) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const replace = (next: Search) => void navigate({ to: '.', search: next as never, replace: true });
  const change = (changes: Record<string, string | null>) => {
    const next: Search = { ...search };
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === '') delete next[name];
      else next[name] = value;
    }
    replace(next);
  };
  return [search, change, replace];
}
