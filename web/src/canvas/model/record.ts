/** A drawing as the server keeps it, and back. */
import type { Drawing } from './drawing';

export interface LayoutRecord {
  id: string;
  plant_id: string;
  name: string;
  version: number;
  places: { area_id?: string | null; line_id?: string | null; x: number; y: number; width?: number | null; height?: number | null }[];
  flows: { from_area_id: string; to_area_id: string }[];
  picture?: {
    file_id: string; x: number; y: number; width: number; opacity_pct: number; crop_left_pct: number; crop_top_pct: number; crop_right_pct: number; crop_bottom_pct: number;
  } | null;
}

export const EMPTY: Drawing = { areas: {}, lines: {}, flows: [], picture: null };

export function drawingOf(record: LayoutRecord | undefined): Drawing {
  if (!record) return EMPTY;
  const areas: Record<string, { x: number; y: number; width: number; height: number }> = {};
  const lines: Record<string, { x: number; y: number }> = {};
  for (const place of record.places) {
    if (place.area_id) areas[place.area_id] = { x: place.x, y: place.y, width: place.width ?? 200, height: place.height ?? 120 };
    else if (place.line_id) lines[place.line_id] = { x: place.x, y: place.y };
  }
  const picture = record.picture;
  return {
    areas, lines, flows: record.flows.map((flow) => ({ from: flow.from_area_id, to: flow.to_area_id })),
    picture: picture
      ? { fileId: picture.file_id, x: picture.x, y: picture.y, width: picture.width, opacityPct: picture.opacity_pct, crop: { left: picture.crop_left_pct, top: picture.crop_top_pct, right: picture.crop_right_pct, bottom: picture.crop_bottom_pct } }
      : null,
  };
}

export function recordOf(drawing: Drawing): Pick<LayoutRecord, 'places' | 'flows' | 'picture'> {
  const round = Math.round;
  return {
    places: [
      ...Object.entries(drawing.areas).map(([area_id, box]) => ({ area_id, line_id: null, x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height) })),
      ...Object.entries(drawing.lines).map(([line_id, at]) => ({ area_id: null, line_id, x: round(at.x), y: round(at.y), width: null, height: null })),
    ],
    flows: drawing.flows.map((flow) => ({ from_area_id: flow.from, to_area_id: flow.to })),
    picture: drawing.picture && {
      file_id: drawing.picture.fileId, x: round(drawing.picture.x), y: round(drawing.picture.y), width: round(drawing.picture.width), opacity_pct: round(drawing.picture.opacityPct),
      crop_left_pct: round(drawing.picture.crop.left), crop_top_pct: round(drawing.picture.crop.top), crop_right_pct: round(drawing.picture.crop.right), crop_bottom_pct: round(drawing.picture.crop.bottom),
    },
  };
}
