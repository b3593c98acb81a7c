/** What dashboards ask the server for. */
import { queryOptions } from '@tanstack/react-query';
import { askAt, type Schemas } from '@/api/client';
import { listAll } from '@/planning/data';
import type { Finished } from '@/planning/model/document';
import type { Dashboard } from './figures';

export interface Shown {
  dashboard: Dashboard;
  finished: Finished[];
}

/** The plant's plan: of the approved scenario, else of the one optimized last; null where there is none. */
export const shownQuery = (plantId: string, scenario: string, language: string) =>
  queryOptions({
    queryKey: ['plant', plantId, 'dashboard', scenario, language],
    queryFn: async ({ signal }): Promise<Shown | null> => {
      const search = new URLSearchParams({ language, if_any: 'true', ...(scenario ? { scenario } : {}) });
      const dashboard = await askAt<Dashboard | undefined>('GET', `/api/v1/plants/${plantId}/dashboard?${search.toString()}`, { signal });
      if (!dashboard) return null;
      const result = await askAt<{ plan: { finished: Finished[] } }>('GET', `/api/v1/scenarios/${dashboard.scenario_id}/results?sections=finished&version=${dashboard.scenario_version}`, { signal });
      return { dashboard, finished: result.plan.finished };
    },
    staleTime: 60_000,
    // A screen on the wall that hears no events is never older than this.
    refetchInterval: 5 * 60_000,
  });

export const regionsQuery = queryOptions({ queryKey: ['regions', 'all'], queryFn: ({ signal }) => listAll<Schemas['Region']>('regions', { sort: 'name' }, signal), staleTime: 5 * 60_000, retry: false });
