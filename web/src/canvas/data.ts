/** What the canvas asks the server for. */
import { queryOptions } from '@tanstack/react-query';
import { askAt, idempotencyKey, sendTo, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { listAll } from '@/planning/data';
import type { LayoutRecord } from './model/record';

export type Area = Schemas['Area'];
export type Line = Schemas['Line'];

export interface PlantDrawn {
  areas: Area[];
  lines: Line[];
  steps: Schemas['RoutingStep'][];
  links: Schemas['RoutingLink'][];
}

export const drawnQuery = (plantId: string) =>
  queryOptions({
    queryKey: ['plant', plantId, 'drawn'],
    queryFn: async ({ signal }): Promise<PlantDrawn> => {
      const of = { plant_id: plantId };
      const [areas, lines, steps, links] = await Promise.all([
        listAll<Area>('areas', { ...of, sort: 'sequence,name' }, signal), listAll<Line>('lines', { ...of, sort: 'name' }, signal),
        listAll<Schemas['RoutingStep']>('routing-steps', of, signal), listAll<Schemas['RoutingLink']>('routing-links', of, signal),
      ]);
      return { areas, lines, steps, links };
    },
  });

/** The scenario that stands for the plant on every page: approved last, else optimized last; null where there is none. */
export const standingQuery = (plantId: string) =>
  queryOptions({
    queryKey: ['plant', plantId, 'dashboard', 'standing'],
    queryFn: async ({ signal }): Promise<string | null> => (await askAt<Schemas['Utilization'] | undefined>('GET', `/api/v1/plants/${plantId}/utilization?if_any=true`, { signal }))?.scenario_id ?? null,
  });

/** The plant's drawing; null where none was kept yet. */
export const layoutQuery = (plantId: string) =>
  queryOptions({
    queryKey: ['plant', plantId, 'layout'],
    queryFn: async ({ signal }): Promise<LayoutRecord | null> => (await listAll<LayoutRecord>('layouts', { plant_id: plantId, sort: 'name' }, signal))[0] ?? null,
    staleTime: 60_000,
  });

export function saveLayout(plantId: string, before: LayoutRecord | null, name: string, content: Pick<LayoutRecord, 'places' | 'flows' | 'picture'>): Promise<LayoutRecord> {
  if (!before) return askAt('POST', '/api/v1/layouts', { body: { plant_id: plantId, name, ...content }, headers: { 'Idempotency-Key': idempotencyKey() } });
  return askAt('PATCH', `/api/v1/layouts/${before.id}`, { body: content, headers: { 'If-Match': `"${before.version}"`, 'Content-Type': 'application/merge-patch+json' } });
}

/** Where the server keeps no drawings, the browser does: for this person, on this machine. */
export const inBrowser = (plantId: string) => ({
  read: (): LayoutRecord | null => {
    try {
      return JSON.parse(localStorage.getItem(`gemba.layout.${plantId}`) ?? 'null') as LayoutRecord | null;
    } catch {
      return null;
    }
  },
  write: (content: Pick<LayoutRecord, 'places' | 'flows' | 'picture'>): LayoutRecord => {
    const kept: LayoutRecord = { id: '', plant_id: plantId, name: '', version: 1, ...content };
    localStorage.setItem(`gemba.layout.${plantId}`, JSON.stringify(kept));
    return kept;
  },
});

/** Keeps a picture with the layout; answers the file's id. */
export async function keepPicture(layout: LayoutRecord, file: File): Promise<string> {
  const kept = await askAt<{ id: string }>('POST', `/api/v1/layouts/${layout.id}/attachments?name=${encodeURIComponent(file.name)}`, {
    body: file, headers: { 'Content-Type': file.type || 'application/octet-stream', 'Idempotency-Key': idempotencyKey() },
  });
  return kept.id;
}

/** The picture as an address that an image can show. */
export const pictureQuery = (fileId: string | undefined) =>
  queryOptions({
    queryKey: ['file', fileId ?? '', 'picture'],
    queryFn: async (): Promise<{ url: string; blob: Blob; width: number; height: number }> => {
      const blob = await (await sendTo('GET', `/api/v1/files/${fileId}/content`)).blob();
      const url = URL.createObjectURL(blob);
      const image = new Image();
      image.src = url;
      await image.decode();
      return { url, blob, width: image.naturalWidth || 1600, height: image.naturalHeight || 1000 };
    },
    enabled: fileId !== undefined,
    staleTime: Infinity,
    // A file that has just come is looked at for viruses first.
    retry: (count, error) => error instanceof Problem && error.code === 'file_not_scanned' && count < 30,
    retryDelay: 1_000,
  });

export const saveRecord = <T extends { id: string; version: number }>(path: 'lines' | 'areas', record: T, change: Partial<T>): Promise<T> =>
  askAt('PATCH', `/api/v1/${path}/${record.id}`, { body: change, headers: { 'If-Match': `"${record.version}"`, 'Content-Type': 'application/merge-patch+json' } });

/** A line like another one, with its capabilities; answers how many those are. */
export async function duplicateLine(line: Line, name: string): Promise<{ line: Line; capabilities: number }> {
  const { area_id, line_type, available_s_per_day, overtime_s_per_day, efficiency_pct, calendar_id, shift_pattern_id, opening_cost, currency, active } = line;
  const made = await askAt<Line>('POST', '/api/v1/lines', {
    body: { area_id, name, line_type, available_s_per_day, overtime_s_per_day, efficiency_pct, calendar_id, shift_pattern_id, opening_cost, currency, active }, headers: { 'Idempotency-Key': idempotencyKey() },
  });
  const there = await listAll<Schemas['Capability']>('capabilities', { line_id: line.id });
  const rows = there.map(({ item_id, step, cycle_time_s, efficiency_pct: efficiency, first_pass_yield_pct, pieces_per_panel, priority, minimum_lot, approved_from, approved_to, active: planned }) => ({
    line_id: made.id, item_id, step, cycle_time_s, efficiency_pct: efficiency, first_pass_yield_pct, pieces_per_panel, priority, minimum_lot, approved_from, approved_to, active: planned,
  }));
  if (rows.length > 0) await askAt('POST', '/api/v1/capabilities/bulk', { body: { rows }, headers: { 'Idempotency-Key': idempotencyKey() } });
  return { line: made, capabilities: rows.length };
}

/** Whether the server does not know of layouts, or of files: then nothing can be kept, but everything shown. */
export const unknownThere = (error: unknown): boolean => error instanceof Problem && error.status === 404;
