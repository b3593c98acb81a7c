/** Names of records that others refer to: asked for together, once, and kept. */
import { queryOptions, useQueries, useQuery } from '@tanstack/react-query';
import { askAt } from '@/api/client';
import { cache } from '@/api/cache';
import { kindsQuery, labelOf, type Kind } from './kinds';

interface Waiting {
  ids: Set<string>;
  answers: Map<string, ((label: string | null) => void)[]>;
}

const waiting = new Map<string, Waiting>();
/** As many identifiers as an address may name. */
const TOGETHER = 100;

async function fetchLabels(kind: Kind, ids: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let at = 0; at < ids.length; at += TOGETHER) {
    const some = ids.slice(at, at + TOGETHER);
    const query = new URLSearchParams({ 'id[in]': some.join(','), fields: kind.label, limit: String(TOGETHER), archived: 'include' });
    const page = await askAt<{ items: Record<string, unknown>[] }>('GET', `/api/v1/${kind.path}?${query}`);
    for (const item of page.items) found.set(String(item.id), labelOf(kind, item));
  }
  return found;
}

async function flush(kind: Kind): Promise<void> {
  const batch = waiting.get(kind.name);
  waiting.delete(kind.name);
  if (!batch) return;
  const found = await fetchLabels(kind, [...batch.ids]).catch(() => new Map<string, string>());
  for (const [id, answers] of batch.answers) for (const answer of answers) answer(found.get(id) ?? null);
}

function ask(kind: Kind, id: string): Promise<string | null> {
  const begun = waiting.get(kind.name);
  const batch: Waiting = begun ?? { ids: new Set(), answers: new Map() };
  if (!begun) {
    waiting.set(kind.name, batch);
    setTimeout(() => void flush(kind), 4);
  }
  batch.ids.add(id);
  return new Promise((resolve) => batch.answers.set(id, [...(batch.answers.get(id) ?? []), resolve]));
}

const labelQuery = (kindName: string, id: string | null | undefined) =>
  queryOptions({
    queryKey: ['label', kindName, id],
    queryFn: async () => {
      const kinds = await cache.ensureQueryData(kindsQuery);
      const kind = kinds.find((one) => one.name === kindName);
      return kind && id ? ask(kind, id) : null;
    },
    enabled: Boolean(id),
    staleTime: 60_000,
  });

/** The name of a record of another kind; null while unknown or out of sight. */
export function useLabel(kindName: string, id: string | null | undefined): string | null {
  const { data } = useQuery(labelQuery(kindName, id));
  return data ?? null;
}

/** The names of records of another kind; nothing while unknown or out of sight. */
export function useLabels(kindName: string, ids: readonly string[]): (id: string) => string {
  const known = [...new Set(ids)];
  const asked = useQueries({ queries: known.map((id) => labelQuery(kindName, id)) });
  const named = new Map(known.map((id, at) => [id, asked[at]?.data ?? '']));
  return (id) => named.get(id) ?? '';
}
