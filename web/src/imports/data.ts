/** Import sessions as the server keeps them. */
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask, askAt, idempotencyKey, sendTo, type Schemas } from '@/api/client';
import { useRunBegan } from '@/api/runs';
import { ended, useRun } from '@/planning/run';
import type { Cell, Counts, Issue, Mapping, Sheet } from './model';

export type Session = Omit<Schemas['Import'], 'sheets' | 'counts' | 'mapping'> & { sheets: Sheet[]; counts: Counts; mapping: Mapping };
export type Run = Schemas['Run'];
export type Mode = Schemas['ImportMode'];
export type RecordChange = Omit<Schemas['ImportRecordChange'], 'fields'> & { fields: { field: string; before: unknown; after: unknown }[] };
export type { Issue };

export interface Meaning {
  meaning: string;
  columns: { meaning: string; required: boolean }[];
}

export interface Row {
  row: number;
  cells: Record<string, string>;
}

export const sessionQuery = (id: string) =>
  queryOptions({
    queryKey: ['import', id],
    queryFn: async () => (await ask(api.GET('/api/v1/imports/{id}', { params: { path: { id } } }))) as unknown as Session,
    // The end of its run asks again; this is for an answer that crossed it on the way.
    refetchInterval: (query) => ((query.state.data as Session | undefined)?.state === 'reading' ? 2_000 : false),
  });

export const meaningsQuery = queryOptions({
  queryKey: ['import-meanings'],
  queryFn: async () => (await ask(api.GET('/api/v1/import-meanings'))) as unknown as Meaning[],
  staleTime: Infinity,
});

/** Rows of a sheet with corrections included; `version` is that of the session, so that they are asked again after each reading. */
export const cellsQuery = (id: string, version: number, sheet: string, from: number, rows: number) =>
  queryOptions({
    queryKey: ['import', id, 'cells', version, sheet, from, rows],
    queryFn: ({ signal }) => askAt<Row[]>('GET', `/api/v1/imports/${id}/cells?${new URLSearchParams({ sheet, from: String(from), rows: String(rows) })}`, { signal }),
    staleTime: Infinity,
  });

const MOST_NAMES = 4;

/** What records are called that the file makes: others of the file refer to them before they are there. */
export const namesQuery = (id: string, version: number) =>
  queryOptions({
    queryKey: ['import', id, 'names', version],
    queryFn: async ({ signal }) => {
      const names = new Map<string, string>();
      let cursor: string | null | undefined;
      for (let page = 0; page < MOST_NAMES; page += 1) {
        const search = new URLSearchParams({ change: 'created', limit: '500', ...(cursor ? { cursor } : {}) });
        const answer = await askAt<{ items: RecordChange[]; next_cursor?: string | null }>('GET', `/api/v1/imports/${id}/changes?${search}`, { signal });
        for (const one of answer.items) names.set(one.record_id, one.label);
        cursor = answer.next_cursor;
        if (!cursor) break;
      }
      return names;
    },
    staleTime: Infinity,
  });

const OCTETS = 'application/octet-stream';

const asBytes = (file: File) => ({ body: file.slice(0, file.size, OCTETS), headers: { 'Content-Type': OCTETS, 'Idempotency-Key': idempotencyKey() } });

/** Brings a file into a plant. */
export function useBring(plantId: string) {
  const began = useRunBegan();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (file: File) => askAt<Session>('POST', `/api/v1/plants/${plantId}/imports?${new URLSearchParams({ name: file.name, mode: 'merge' })}`, asBytes(file)),
    onSuccess: (session) => {
      cache.setQueryData(['import', session.id], session);
      void cache.invalidateQueries({ queryKey: ['imports'] });
      began();
    },
  });
}

export interface Said {
  mode?: Mode;
  mapping?: Mapping;
  corrections?: Cell[];
  forget_corrections?: boolean;
}

/** Everything that is done with a session; each is sent for the version that was looked at. */
export function useSession(session: Session) {
  const cache = useQueryClient();
  const began = useRunBegan();
  const known = { 'If-Match': `"${session.version}"` };
  const path = `/api/v1/imports/${session.id}`;
  const keep = (next: Session) => {
    cache.setQueryData(['import', next.id], next);
    began();
  };
  const started = (run: Run) => {
    cache.setQueryData(['run', run.id], run);
    cache.setQueryData<Session>(['import', session.id], (before) => before && { ...before, run_id: run.id });
    again();
  };
  const again = () => {
    void cache.invalidateQueries({ queryKey: ['import', session.id], exact: true });
    began();
  };
  return {
    say: useMutation({ mutationFn: (said: Said) => askAt<Session>('PATCH', path, { body: said, headers: known }), onSuccess: keep, onError: again }),
    replace: useMutation({
      mutationFn: (file: File) => {
        const { body, headers } = asBytes(file);
        return askAt<Session>('PUT', `${path}/file?${new URLSearchParams({ name: file.name })}`, { body, headers: { ...headers, ...known } });
      },
      onSuccess: keep,
    }),
    commit: useMutation({ mutationFn: () => askAt<Run>('POST', `${path}/commit`, { headers: { ...known, 'Idempotency-Key': idempotencyKey() } }), onSuccess: started }),
    undo: useMutation({ mutationFn: () => askAt<Run>('POST', `${path}/undo`, { headers: { ...known, 'Idempotency-Key': idempotencyKey() } }), onSuccess: started }),
    forget: useMutation({ mutationFn: () => sendTo('DELETE', path), onSuccess: () => void cache.invalidateQueries({ queryKey: ['imports'] }) }),
  };
}

/** The run that works on a session or did last; the session is asked again when it ends. */
export function useSessionRun(session: Session): Run | undefined {
  const cache = useQueryClient();
  const run = useRun(session.run_id ?? null);
  const over = ended(run);
  useEffect(() => {
    if (!over || !run) return;
    void cache.invalidateQueries({ queryKey: ['import', session.id], exact: true });
    void cache.invalidateQueries({ queryKey: ['imports'] });
    if (run.kind !== 'planning.import') void cache.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === 'plant' || queryKey[0] === 'records' || queryKey[0] === 'label' });
    // Once for each run.
  }, [over, run?.id]);
  return run;
}
