/** The drawing as one SVG, for files and slides: what is on the screen, without the screen. */
import { beneath, dipping, extent, LINE, type AreaOf, type Drawing, type LineOf } from './drawing';
import type { LineLoad } from './loads';

export interface Palette {
  background: string;
  surface: string;
  line: string;
  text: string;
  muted: string;
  danger: string;
  /** Strong colour of a band. */
  band: (of: LineLoad['band']) => string;
}

export interface Sheet {
  drawing: Drawing;
  areas: readonly AreaOf[];
  lines: readonly LineOf[];
  flows: readonly { from: string; to: string }[];
  loads: ReadonlyMap<string, LineLoad>;
  title: string;
  /** Short text beside an area's name. */
  areaText: (area: AreaOf) => string;
  pct: (value: number) => string;
  palette: Palette;
  /** What lies beneath, as a `data:` address, with its height to its width; without it the sheet has none. */
  beneath?: { address: string; ratio: number } | undefined;
}

const MARGIN = 32;
const TITLE = 40;

const escaped = (text: string) => text.replace(/[&<>"]/g, (letter) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[letter]!);

/** The picture of the hall, cut off as it is on the screen. Parts of it beyond the sheet are not drawn. */
function pictureOf({ picture }: Drawing, { address, ratio }: { address: string; ratio: number }): string[] {
  if (!picture) return [];
  const { x, y, width, crop } = picture;
  const height = width * ratio;
  const [left, top] = [x + (width * crop.left) / 100, y + (height * crop.top) / 100];
  const [wide, high] = [Math.max(0, (width * (100 - crop.left - crop.right)) / 100), Math.max(0, (height * (100 - crop.top - crop.bottom)) / 100)];
  return [
    `<clipPath id="cut"><rect x="${left}" y="${top}" width="${wide}" height="${high}"/></clipPath>`,
    `<image href="${address}" x="${x}" y="${y}" width="${width}" height="${height}" opacity="${picture.opacityPct / 100}" clip-path="url(#cut)" preserveAspectRatio="none"/>`,
  ];
}

export function toSvg({ drawing, areas, lines, flows, loads, title, areaText, pct, palette, beneath: hall }: Sheet): string {
  const box = extent(drawing);
  const [left, top, width, height] = [box.x - MARGIN, box.y - MARGIN - TITLE, box.width + 2 * MARGIN, box.height + 2 * MARGIN + TITLE];
  const text = (x: number, y: number, said: string, attributes: string) => `<text x="${x}" y="${y}" ${attributes}>${escaped(said)}</text>`;
  const out: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${left} ${top} ${width} ${height}" width="${width}" height="${height}" font-family="Inter, system-ui, sans-serif" font-size="12">`,
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${palette.background}"/>`,
    ...(hall ? pictureOf(drawing, hall) : []),
    text(left + MARGIN, top + MARGIN + 4, title, `fill="${palette.text}" font-size="16" font-weight="600"`),
  ];
  for (const flow of flows) {
    const [from, to] = [drawing.areas[flow.from], drawing.areas[flow.to]];
    if (!from || !to) continue;
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
    const bend = Math.max(24, Math.abs(x2 - x1) / 2);
    const under = beneath(drawing, flow);
    const way = under === undefined ? `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2 - 6},${y2}` : dipping(x1, y1, x2 - 6, y2, under);
    out.push(`<path d="${way}" fill="none" stroke="${palette.muted}" stroke-width="1.5"/>`, `<path d="M${x2 - 7},${y2 - 4} L${x2},${y2} L${x2 - 7},${y2 + 4}" fill="none" stroke="${palette.muted}" stroke-width="1.5"/>`);
  }
  for (const area of areas) {
    const at = drawing.areas[area.id];
    if (!at) continue;
    out.push(
      `<rect x="${at.x}" y="${at.y}" width="${at.width}" height="${at.height}" rx="8" fill="${palette.surface}" fill-opacity="0.6" stroke="${palette.line}"/>`,
      text(at.x + 12, at.y + 25, area.name, `fill="${palette.text}" font-weight="600" font-size="13"`),
      text(at.x + at.width - 12, at.y + 25, areaText(area), `fill="${palette.muted}" text-anchor="end"`),
    );
  }
  for (const line of lines) {
    const at = drawing.lines[line.id];
    if (!at) continue;
    const load = loads.get(line.name);
    out.push(
      `<rect x="${at.x}" y="${at.y}" width="${LINE.width}" height="${LINE.height}" rx="6" fill="${palette.surface}" stroke="${load?.constraint ? palette.danger : palette.line}" stroke-width="${load?.constraint ? 2 : 1}"/>`,
      text(at.x + 10, at.y + 22, line.name, `fill="${palette.text}" font-weight="600"`),
      text(at.x + LINE.width - 10, at.y + 22, load && load.band !== 'none' ? `${pct(load.pct)} %` : '–', `fill="${palette.text}" text-anchor="end"`),
      `<rect x="${at.x + 10}" y="${at.y + 34}" width="${LINE.width - 20}" height="12" rx="2" fill="${palette.line}"/>`,
    );
    let x = at.x + 10;
    (load?.parts ?? []).forEach((part, index) => {
      const wide = Math.min(at.x + LINE.width - 10 - x, ((LINE.width - 20) * part.pct) / 100);
      if (wide <= 0) return;
      out.push(`<rect x="${x.toFixed(2)}" y="${at.y + 34}" width="${Math.max(0.5, wide - 1).toFixed(2)}" height="12" fill="${palette.band(load!.band)}" fill-opacity="${[1, 0.72, 0.5][index % 3]}"><title>${escaped(`${part.model}: ${pct(part.pct)} %`)}</title></rect>`);
      x += wide;
    });
  }
  return `${out.join('\n')}\n</svg>\n`;
}
