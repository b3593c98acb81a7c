/** What the planning pages ask the server for, and how long the answers are kept. */
import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, ask, askAt, idempotencyKey, sendTo, type Schemas } from '@/api/client';
import { useLive } from './live';
import { contentOf, type Content } from './model/content';
import type { Beside } from './model/comparison';
import type { Result } from './model/document';

export type Scenario = Schemas['Scenario'];
export type Run = Schemas['Run'];
export type Version = Schemas['Version'];
export type WhatIfAnswer = Omit<Schemas['WhatIfAnswer'], 'plan' | 'findings'> & { plan: Result['plan']; findings: Result['findings'] };

/** The ETag of a record is its version. */
export const etag = (version: number): string => `"${version}"`;

interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

/** Pages of a list that are read at most: 500 records each. */
const MOST_PAGES = 60;

/** A whole list of records, page by page. */
export async function listAll<T>(path: string, query: Record<string, string>, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const search = new URLSearchParams({ ...query, limit: '500', ...(cursor ? { cursor } : {}) });
    const answer: Page<T> = await askAt('GET', `/api/v1/${path}?${search.toString()}`, signal ? { signal } : {});
    items.push(...answer.items);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return items;
}

export const scenariosQuery = (plantId: string) =>
  queryOptions({
    queryKey: ['scenarios', 'of', plantId],
    queryFn: ({ signal }) => listAll<Scenario>('scenarios', { plant_id: plantId, sort: '-updated_at' }, signal),
  });

export const archivedScenariosQuery = (plantId: string) =>
  queryOptions({
    queryKey: ['scenarios', 'archived', plantId],
    queryFn: ({ signal }) => listAll<Scenario>('scenarios', { plant_id: plantId, sort: '-updated_at', archived: 'only' }, signal),
  });

export const scenarioQuery = (id: string) =>
  queryOptions({ queryKey: ['scenario', id], queryFn: () => ask(api.GET('/api/v1/scenarios/{id}', { params: { path: { id } } })), enabled: id !== '' });

/** The newest result of a scenario, or of a version; null where it was not optimized yet. */
export const resultQuery = (id: string, language: string, version?: number) =>
  queryOptions({
    queryKey: ['scenario', id, 'result', version ?? 'newest', language],
    queryFn: async ({ signal }): Promise<Result | null> => {
      const search = new URLSearchParams({ language, if_any: 'true', ...(version ? { version: String(version) } : {}) });
      return (await askAt<Result | undefined>('GET', `/api/v1/scenarios/${id}/results?${search.toString()}`, { signal })) ?? null;
    },
    enabled: id !== '',
  });

/** Figures only, for lists: small, and asked once per scenario. */
export const figuresQuery = (id: string) =>
  queryOptions({
    queryKey: ['scenario', id, 'figures'],
    queryFn: async ({ signal }): Promise<Pick<Result, 'scenario_version' | 'created_at' | 'plan'> | null> => {
      type Figures = Pick<Result, 'scenario_version' | 'created_at' | 'plan'>;
      return (await askAt<Figures | undefined>('GET', `/api/v1/scenarios/${id}/results?sections=summary,area_loads,constraints&if_any=true`, { signal })) ?? null;
    },
    staleTime: 60_000,
  });

export const versionsQuery = (id: string) =>
  queryOptions({ queryKey: ['scenario', id, 'versions'], queryFn: ({ signal }) => listAll<Version>(`scenarios/${id}/versions`, {}, signal) });

export const versionQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ['scenario', id, 'version', number],
    queryFn: () => ask(api.GET('/api/v1/scenarios/{id}/versions/{number}', { params: { path: { id, number } } })),
    staleTime: Infinity,
  });

/** The contents of all that a scenario is cloned from, the first one first; its own is not among them. */
export const baseChainQuery = (scenario: Pick<Scenario, 'id' | 'base_id' | 'base_version'> | undefined) =>
  queryOptions({
    queryKey: ['scenario', scenario?.id ?? '', 'chain', scenario?.base_id ?? '', scenario?.base_version ?? 0],
    queryFn: async (): Promise<{ chain: Content[]; names: { id: string; name: string; version: number }[] }> => {
      const chain: Content[] = [];
      const names: { id: string; name: string; version: number }[] = [];
      let next = scenario?.base_id ? { id: scenario.base_id, version: scenario.base_version ?? 1 } : null;
      while (next) {
        const path = { id: next.id, number: next.version };
        const [version, base]: [Version, Scenario] = await Promise.all([
          ask(api.GET('/api/v1/scenarios/{id}/versions/{number}', { params: { path } })) as Promise<Version>,
          ask(api.GET('/api/v1/scenarios/{id}', { params: { path: { id: next.id } } })) as Promise<Scenario>,
        ]);
        chain.unshift(contentOf(version.content as Partial<Content> | null));
        names.unshift({ id: base.id, name: base.name, version: next.version });
        next = base.base_id ? { id: base.base_id, version: base.base_version ?? 1 } : null;
      }
      return { chain, names };
    },
    enabled: scenario !== undefined,
    staleTime: 5 * 60_000,
  });

export const compareQuery = (ids: string[], language: string) =>
  queryOptions({
    queryKey: ['scenarios', 'compare', ids, language],
    queryFn: ({ signal }) => askAt<Beside[]>('GET', `/api/v1/scenarios/compare?${new URLSearchParams({ ids: ids.join(','), language }).toString()}`, { signal }),
    enabled: ids.length > 1,
    staleTime: 60_000,
  });

/** Keeps what is shown of a plant's scenarios fresh when somebody else changes them. */
export function useFreshScenarios(plantId: string): void {
  const cache = useQueryClient();
  useLive(['gemba.scenario.', 'gemba.run.succeeded'], (event) => {
    if (event.plantid && event.plantid !== plantId) return;
    void cache.invalidateQueries({ queryKey: ['scenarios'] });
    const id = event.subject.startsWith('scenario/') ? event.subject.slice('scenario/'.length) : undefined;
    if (id) void cache.invalidateQueries({ queryKey: ['scenario', id] });
  });
}

/** The plant's records that a plan is made of. */
export interface PlantRecords {
  areas: Schemas['Area'][];
  lines: Schemas['Line'][];
  models: Schemas['PlantModel'][];
  items: Map<string, Schemas['Item']>;
  demand: Schemas['Demand'][];
  capabilities: Schemas['Capability'][];
  calendars: Schemas['Calendar'][];
  families: Schemas['Family'][];
  customers: Schemas['Customer'][];
  changeovers: Schemas['Changeover'][];
  shiftPatterns: Schemas['ShiftPattern'][];
}

export const plantRecordsQuery = (plantId: string) =>
  queryOptions({
    queryKey: ['plant', plantId, 'records'],
    queryFn: async ({ signal }): Promise<PlantRecords> => {
      const of = { plant_id: plantId };
      const [areas, lines, models, items, demand, capabilities, calendars, families, customers, changeovers, shiftPatterns] = await Promise.all([
        listAll<Schemas['Area']>('areas', { ...of, sort: 'sequence' }, signal),
        listAll<Schemas['Line']>('lines', { ...of, sort: 'name' }, signal),
        ask(api.GET('/api/v1/plants/{id}/models', { params: { path: { id: plantId } } })) as Promise<Schemas['PlantModel'][]>,
        listAll<Schemas['Item']>('items', {}, signal),
        listAll<Schemas['Demand']>('demand', of, signal),
        listAll<Schemas['Capability']>('capabilities', of, signal),
        listAll<Schemas['Calendar']>('calendars', of, signal),
        listAll<Schemas['Family']>('families', { sort: 'name' }, signal),
        listAll<Schemas['Customer']>('customers', { sort: 'name' }, signal),
        listAll<Schemas['Changeover']>('changeovers', of, signal),
        listAll<Schemas['ShiftPattern']>('shift-patterns', {}, signal),
      ]);
      return { areas, lines, models, items: new Map(items.map((item) => [item.id, item])), demand, capabilities, calendars, families, customers, changeovers, shiftPatterns };
    },
    staleTime: 60_000,
  });

/** Whether there is anything to plan with. */
export const hasLinesQuery = (plantId: string) =>
  queryOptions({ queryKey: ['plant', plantId, 'has-lines'], queryFn: async ({ signal }) => (await askAt<Page<unknown>>('GET', `/api/v1/lines?plant_id=${plantId}&limit=1&fields=id`, { signal })).items.length > 0 });

export function usePlantRecords(plantId: string) {
  return useQuery(plantRecordsQuery(plantId));
}

/** Forgets what was known of a scenario: it changed, or has a new result. */
export function scenarioChanged(cache: QueryClient, scenario: { id: string; plant_id: string }): void {
  void cache.invalidateQueries({ queryKey: ['scenario', scenario.id] });
  void cache.invalidateQueries({ queryKey: ['scenarios'] });
  void cache.invalidateQueries({ queryKey: ['plant', scenario.plant_id, 'dashboard'] });
}

/** Saves the content of a scenario as its next version. */
export function useSaveScenario(scenario: Scenario | undefined) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ content, message, version }: { content: Content; message?: string | undefined; version?: number }) =>
      askAt<Scenario>('PATCH', `/api/v1/scenarios/${scenario!.id}`, {
        body: { ...content, message: message?.trim() || null },
        headers: { 'If-Match': etag(version ?? scenario!.version), 'Content-Type': 'application/merge-patch+json' },
      }),
    onSuccess: (saved) => {
      cache.setQueryData(['scenario', saved.id], saved);
      scenarioChanged(cache, saved);
    },
  });
}

export type Verb = 'submit' | 'approve' | 'send-back' | 'archive' | 'restore';

/** Submits, approves, sends back, archives, takes back. */
export function useVerb() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ scenario, verb, note }: { scenario: Scenario; verb: Verb; note?: string | undefined }) =>
      askAt<unknown>('POST', `/api/v1/scenarios/${scenario.id}/${verb}`, {
        headers: { 'If-Match': etag(scenario.version), 'Idempotency-Key': idempotencyKey() },
        ...(verb === 'approve' || verb === 'send-back' ? { body: { note: note?.trim() || null } } : {}),
      }),
    onSettled: (_, __, { scenario }) => scenarioChanged(cache, scenario),
  });
}

export function useClone() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ scenario, name, description, version }: { scenario: { id: string; plant_id: string }; name: string; description?: string; version?: number | undefined }) =>
      askAt<Scenario>('POST', `/api/v1/scenarios/${scenario.id}/clone`, {
        body: { name, description: description?.trim() || null, ...(version ? { version } : {}) },
        headers: { 'Idempotency-Key': idempotencyKey() },
      }),
    onSuccess: (made) => scenarioChanged(cache, made),
  });
}

export function useCreateScenario(plantId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; description?: string | null; tags?: string[] }) =>
      askAt<Scenario>('POST', `/api/v1/plants/${plantId}/scenarios`, { body: { ...body, plant_id: plantId }, headers: { 'Idempotency-Key': idempotencyKey() } }),
    onSuccess: (made) => scenarioChanged(cache, made),
  });
}

export function useRestoreVersion() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ scenario, number }: { scenario: Scenario; number: number }) =>
      askAt<Scenario>('POST', `/api/v1/scenarios/${scenario.id}/versions/${number}/restore`, {
        headers: { 'If-Match': etag(scenario.version), 'Idempotency-Key': idempotencyKey() },
      }),
    onSuccess: (saved) => {
      cache.setQueryData(['scenario', saved.id], saved);
      scenarioChanged(cache, saved);
    },
  });
}

/** Asks for a run that optimizes the scenario; answers the run at once. */
export function startOptimize(id: string): Promise<Run> {
  return askAt<Run>('POST', `/api/v1/scenarios/${id}/optimize`, { headers: { 'Idempotency-Key': idempotencyKey() } });
}

export const cancelRun = (id: string): Promise<Run> => askAt<Run>('POST', `/api/v1/runs/${id}/cancel`, { headers: { 'Idempotency-Key': idempotencyKey() } });

/** What would be, if; nothing is kept. */
export function askWhatIf(id: string, changes: Partial<Content>, language: string, signal?: AbortSignal): Promise<WhatIfAnswer> {
  return askAt<WhatIfAnswer>('POST', `/api/v1/scenarios/${id}/what-if?language=${language}`, {
    body: { changes }, headers: { 'Idempotency-Key': idempotencyKey() }, ...(signal ? { signal } : {}),
  });
}

/** A file from the server, under the name it suggests. */
export async function download(path: string, fallbackName: string): Promise<void> {
  const response = await sendTo('GET', path);
  const suggested = /filename\*?=(?:UTF-8'')?"?([^";]+)/i.exec(response.headers.get('Content-Disposition') ?? '')?.[1];
  saveFile(await response.blob(), suggested ? decodeURIComponent(suggested) : fallbackName);
}

export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
