/** Runs of this person: asked for once, then moved by what the server tells; asked again now and then where it tells nothing. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, ask, type Schemas } from './client';
import { onEvent, type Told } from './live';
import { useMe } from './session';

export type Run = Schemas['Run'];

export const isActive = (run: Run): boolean => run.state === 'queued' || run.state === 'running';

const KEY = ['runs', 'mine'];

function moved(runs: Run[], event: Told): Run[] {
  const id = event.subject.slice('run/'.length);
  const data = event.data as { progress?: number; progress_text?: string | null };
  return runs.map((run) => (run.id === id ? { ...run, state: 'running', progress: data.progress ?? run.progress, progress_text: data.progress_text ?? run.progress_text ?? null } : run));
}

/** The newest runs that this person asked for. */
export function useMyRuns(): Run[] {
  const me = useMe();
  const cache = useQueryClient();
  const { data: runs = [] } = useQuery({
    queryKey: KEY,
    queryFn: async () => (await ask(api.GET('/api/v1/runs', { params: { query: { by: `user:${me.id}`, limit: 20 } } }))).items,
    refetchInterval: (query) => (query.state.data?.some(isActive) ? 5_000 : false),
    staleTime: 10_000,
  });
  useEffect(
    () =>
      onEvent((event) => {
        if (!event.type.startsWith('gemba.run.')) return;
        if (event.type === 'gemba.run.progressed') cache.setQueryData<Run[]>(KEY, (old) => old && moved(old, event));
        else void cache.invalidateQueries({ queryKey: ['runs'] });
      }),
    [cache],
  );
  return runs;
}

/** To be called after something was asked for that runs: the tray shows it at once. */
export function useRunBegan(): () => void {
  const cache = useQueryClient();
  return () => void cache.invalidateQueries({ queryKey: ['runs'] });
}
