/** A run that somebody waits for: how far it is, told by the stream of events, asked for where the stream is silent. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { askAt } from '@/api/client';
import { useLive } from './live';
import type { Run } from './data';

export const ended = (run: Pick<Run, 'state'> | undefined): boolean =>
  run !== undefined && (run.state === 'succeeded' || run.state === 'failed' || run.state === 'cancelled');

/** While it has not ended, it is asked for as often as this (ms), in case no event comes through. */
const ASK_EVERY = 1_500;

export function useRun(id: string | null): Run | undefined {
  const cache = useQueryClient();
  const key = ['run', id];
  const { data } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => askAt<Run>('GET', `/api/v1/runs/${id}`, { signal }),
    enabled: id !== null,
    refetchInterval: (query) => (ended(query.state.data as Run | undefined) ? false : ASK_EVERY),
  });
  useLive(['gemba.run.'], (event) => {
    if (!id || !event.subject.endsWith(id)) return;
    const said = event.data as { progress?: number; progress_text?: string } | null | undefined;
    if (event.type === 'gemba.run.progressed') {
      cache.setQueryData<Run>(key, (run) =>
        run && !ended(run)
          ? { ...run, state: 'running', progress: said?.progress ?? run.progress, progress_text: said?.progress_text ?? run.progress_text ?? null }
          : run,
      );
    } else {
      void cache.invalidateQueries({ queryKey: key });
    }
  });
  return data;
}
