/** What is asked of the server about risk. */
import { queryOptions, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { askAt, idempotencyKey } from '@/api/client';
import { Problem } from '@/api/problem';
import { toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { listAll, type Run, type Scenario } from '../data';
import { useLive } from '../live';
import { failureOf } from '../parts';
import { ended, useRun } from '../run';
import type { RiskAsked, RiskRow, RiskStudy } from './model';
import { riskWords } from './risk.words';

/** The newest study of a scenario, or one of its studies; null where there is none yet. */
export const studyQuery = (id: string, language: string, study?: string) =>
  queryOptions({
    queryKey: ['scenario', id, 'risk', study ?? 'newest', language],
    queryFn: async ({ signal }): Promise<RiskStudy | null> => {
      const search = new URLSearchParams({ language, if_any: 'true', ...(study ? { study } : {}) });
      return (await askAt<RiskStudy | undefined>('GET', `/api/v1/scenarios/${id}/risk?${search.toString()}`, { signal })) ?? null;
    },
  });

/** Its lines, areas, customers and models. A study never changes. */
export const rowsQuery = (id: string, language: string, study: string) =>
  queryOptions({
    queryKey: ['scenario', id, 'risk', 'rows', study, language],
    queryFn: ({ signal }) => listAll<RiskRow>(`scenarios/${id}/risk/rows`, { study, language }, signal),
    staleTime: Infinity,
  });

export interface StudyEntry {
  id: string;
  scenario_version: number;
  created_at: string;
  summary: { samples: number; seed: number; short_pct: number };
}

export const studiesQuery = (id: string) =>
  queryOptions({ queryKey: ['scenario', id, 'risk', 'studies'], queryFn: ({ signal }) => listAll<StudyEntry>(`scenarios/${id}/risk/studies`, {}, signal) });

/** Starts a study and follows it; `refused` is what the server said to what was asked. */
export function useStudy(scenario: Scenario, onDone: () => void) {
  const t = useWords(riskWords);
  const cache = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const [starting, setStarting] = useState(false);
  const [refused, setRefused] = useState<Problem | undefined>();
  const run = useRun(id);
  const over = ended(run);
  const forget = () => void cache.invalidateQueries({ queryKey: ['scenario', scenario.id, 'risk'] });
  useLive(['gemba.scenario_risk.'], forget);
  useEffect(() => {
    if (!over || !run) return;
    forget();
    if (run.state === 'succeeded') {
      // That a run is done, the tray says.
      if ((run.result as { from_cache?: boolean } | null)?.from_cache) toast(t('fromCache'));
      onDone();
    } else if (run.state === 'cancelled') {
      toast(t('cancelled'));
    } else {
      toastError(failureOf(run, t('failed')));
    }
    setId(null);
    // Once for each run: what else is used here is the same as when it began.
  }, [over, run?.id]);
  const start = async (asked: RiskAsked) => {
    if (starting || id) return;
    setStarting(true);
    setRefused(undefined);
    try {
      const made = await askAt<Run>('POST', `/api/v1/scenarios/${scenario.id}/risk`, { body: asked, headers: { 'Idempotency-Key': idempotencyKey() } });
      cache.setQueryData(['run', made.id], made);
      setId(made.id);
    } catch (error) {
      if (error instanceof Problem && error.errors.length > 0) setRefused(error);
      else toastError(error);
    } finally {
      setStarting(false);
    }
  };
  return { start, run: id ? run : undefined, busy: starting || (id !== null && !over), refused };
}
