/** The plant as it stands: areas, lines and flows with their utilisation, period by period. */
import '@xyflow/react/dist/base.css';
import './canvas.css';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { applyNodeChanges, Background, BackgroundVariant, MarkerType, MiniMap, ReactFlow, ReactFlowProvider, useReactFlow, type Connection, type Edge, type NodeChange } from '@xyflow/react';
import { Download, Image as ImageIcon, LayoutGrid, Lock, Maximize, Redo2, Undo2, Workflow, ZoomIn, ZoomOut } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useMay } from '@/api/session';
import { Problem } from '@/api/problem';
import { Empty, ErrorView, IconButton, Loading, Menu, MenuItem, Page, Select, toast, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { resultQuery, saveFile, scenariosQuery } from '@/planning/data';
import { bandColor, type Band } from '@/planning/model/bands';
import { begun, redone, undone, went, type History } from '@/planning/model/history';
import { tellingPeriod } from '@/planning/model/matrix';
import { useFormat } from '@/planning/numbers';
import { planningWords } from '@/planning/planning.words';
import { Periods } from '@/planning/results/Periods';
import { useUrl } from '@/planning/url';
import '@/planning/planning.css';
import { canvasWords } from './canvas.words';
import { drawnQuery, inBrowser, keepPicture, layoutQuery, pictureQuery, saveLayout, standingQuery, type PlantDrawn } from './data';
import { arranged, beneath, completed, connected, disconnected, LINE, moved, routed, type Drawing, type Move } from './model/drawing';
import { loadsOf, type LineLoad } from './model/loads';
import { drawingOf, recordOf, type LayoutRecord } from './model/record';
import { toSvg } from './model/svg';
import { edgeTypes, nodeTypes, type CanvasNode, type LineNode } from './nodes';
import { Side, type Chosen } from './Side';

const PICTURE = 'picture';
const NO_LOADS: ReadonlyMap<string, LineLoad> = new Map();
/** Beyond so many things only what is in sight is drawn. */
const MANY = 150;
/** How long nothing must move before the drawing is kept (ms). */
const QUIET = 900;

export default function Canvas() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const drawn = useQuery(drawnQuery(plantId));
  const layout = useQuery(layoutQuery(plantId));
  if (drawn.isPending || layout.isPending) return <Loading />;
  if (drawn.error) return <ErrorView error={drawn.error} onRetry={() => void drawn.refetch()} />;
  return (
    <ReactFlowProvider>
      <Board key={plantId} plantId={plantId} drawn={drawn.data} layout={layout.error ? inBrowser(plantId).read() : layout.data} local={layout.error !== null} />
    </ReactFlowProvider>
  );
}

type Keeping = 'kept' | 'keeping' | 'failed';

/** The drawing with undo, kept on the server a moment after the last change. */
function useDrawing(plantId: string, drawn: PlantDrawn, layout: LayoutRecord | null, where: 'server' | 'browser' | 'nowhere', name: string, onConflict: () => void) {
  const cache = useQueryClient();
  const areas = useMemo(() => drawn.areas.map((area) => ({ id: area.id, name: area.name, sequence: area.sequence })), [drawn.areas]);
  const lines = useMemo(() => drawn.lines.filter((line) => line.active).map((line) => ({ id: line.id, name: line.name, areaId: line.area_id })), [drawn.lines]);
  const [history, setHistory] = useState<History<Drawing>>(() => begun(completed(drawingOf(layout ?? undefined), areas, lines)));
  const [keeping, setKeeping] = useState<Keeping>('kept');
  const record = useRef(layout);
  const touched = useRef(false);
  // Records that came or went while the page is open find their place; that is no step to undo.
  useEffect(() => {
    setHistory((before) => {
      const filled = completed(before.present, areas, lines);
      return Object.keys(filled.areas).length === Object.keys(before.present.areas).length && Object.keys(filled.lines).length === Object.keys(before.present.lines).length ? before : { ...before, present: filled };
    });
  }, [areas, lines]);
  const drawing = history.present;
  useEffect(() => {
    if (!touched.current || where === 'nowhere') return;
    if (where === 'browser') {
      touched.current = false;
      inBrowser(plantId).write(recordOf(drawing));
      return;
    }
    setKeeping('keeping');
    const timer = setTimeout(() => {
      touched.current = false;
      saveLayout(plantId, record.current, name, recordOf(drawing)).then(
        (saved) => {
          record.current = saved;
          cache.setQueryData(layoutQuery(plantId).queryKey, saved);
          setKeeping(touched.current ? 'keeping' : 'kept');
        },
        (error: unknown) => {
          setKeeping('failed');
          if (error instanceof Problem && error.status === 412) {
            void cache.fetchQuery({ ...layoutQuery(plantId), staleTime: 0 }).then((newest) => {
              record.current = newest;
              setHistory(begun(completed(drawingOf(newest ?? undefined), areas, lines)));
              setKeeping('kept');
            });
            onConflict();
          } else {
            toastError(error);
          }
        },
      );
    }, QUIET);
    return () => clearTimeout(timer);
    // What is kept is the drawing; everything else is the same while the page is open.
  }, [drawing, where]);
  const change = useCallback((next: (before: Drawing) => Drawing) => {
    setHistory((before) => {
      const after = next(before.present);
      if (after !== before.present) touched.current = true;
      return went(before, after);
    });
  }, []);
  const step = (by: (history: History<Drawing>) => History<Drawing>) => {
    touched.current = true;
    setHistory(by);
  };
  return {
    areas, lines, drawing, change, keeping, record,
    undo: history.past.length > 0 ? () => step(undone) : undefined, redo: history.future.length > 0 ? () => step(redone) : undefined,
  };
}

function Board({ plantId, drawn, layout, local }: { plantId: string; drawn: PlantDrawn; layout: LayoutRecord | null; local: boolean }) {
  const t = useWords(canvasWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const language = useLanguage();
  const may = useMay();
  const [url, setUrl] = useUrl();
  const flow = useReactFlow();
  const mayArrange = local || (layout ? may('factory.layout.update', plantId) : may('factory.layout.create', plantId));
  const { areas, lines, drawing, change, keeping, undo, redo, record } = useDrawing(plantId, drawn, layout, local ? 'browser' : mayArrange ? 'server' : 'nowhere', t('title'), () => toast(t('conflict')));

  // What is shown: the scenario of the address, else the one that stands for the plant, else the one changed last.
  const scenarios = useQuery(scenariosQuery(plantId));
  const standing = useQuery({ ...standingQuery(plantId), enabled: url('scenario') === '' });
  const shownId = url('scenario') || (standing.isPending ? '' : (standing.data ?? scenarios.data?.[0]?.id ?? ''));
  const result = useQuery(resultQuery(shownId, language));
  const plan = result.data?.plan;
  const loads = useMemo(() => (plan ? loadsOf(plan) : undefined), [plan]);
  const periods = useMemo(() => plan?.periods.map((one) => one.name) ?? [], [plan]);
  const period = periods.includes(url('period')) ? url('period') : plan ? (tellingPeriod(plan) ?? '') : '';
  const now = loads?.get(period) ?? NO_LOADS;

  const byRouting = useMemo(() => routed(drawn.steps, drawn.links, areas), [drawn.steps, drawn.links, areas]);
  const picture = useQuery(pictureQuery(drawing.picture?.fileId));
  const [movingPicture, setMovingPicture] = useState(false);
  const [nodes, setNodes] = useState<CanvasNode[]>([]);

  const areaLoad = useCallback((areaId: string) => {
    let [used, available] = [0, 0];
    for (const line of lines) {
      const load = line.areaId === areaId ? now.get(line.name) : undefined;
      used += load?.hoursUsed ?? 0;
      available += load?.hoursAvailable ?? 0;
    }
    return { used, available };
  }, [lines, now]);
  const areaNote = useCallback((areaId: string) => {
    const { used, available } = areaLoad(areaId);
    return available > 0 ? `${format.pct((100 * used) / available)} %` : '';
  }, [areaLoad, format]);

  useEffect(() => {
    setNodes((before) => {
      const known = new Map(before.map((node) => [node.id, node]));
      const colors = new Map(drawn.areas.map((area) => [area.id, area.color ?? null]));
      const made: CanvasNode[] = [];
      if (drawing.picture && picture.data) {
        const { picture: beneath } = drawing;
        const ratio = picture.data.height / picture.data.width;
        made.push({
          id: PICTURE, type: 'picture', position: { x: beneath.x, y: beneath.y }, width: beneath.width, height: beneath.width * ratio, zIndex: -10, selectable: movingPicture, draggable: movingPicture, focusable: false,
          selected: movingPicture, data: {
            url: picture.data.url, ratio, opacity: beneath.opacityPct / 100, crop: beneath.crop, resizable: movingPicture,
            onResize: (width, x, y) => change((of) => (of.picture ? { ...of, picture: { ...of.picture, width, x, y } } : of)),
          },
        });
      }
      for (const area of areas) {
        const box = drawing.areas[area.id];
        if (!box) continue;
        const data = { name: area.name, note: areaNote(area.id), color: colors.get(area.id) ?? null, connectable: mayArrange };
        const old = known.get(area.id);
        made.push({ id: area.id, type: 'area', position: { x: box.x, y: box.y }, width: box.width, height: box.height, zIndex: 0, selected: old?.selected ?? false, ariaLabel: `${t('area')} ${area.name} ${data.note}`, data: old && shallow(old.data, data) ? (old.data as typeof data) : data });
      }
      for (const line of lines) {
        const [at, box] = [drawing.lines[line.id], drawing.areas[line.areaId]];
        if (!at || !box) continue;
        const load = now.get(line.name);
        const pct = load && load.band !== 'none' ? `${format.pct(load.pct)} %` : '–';
        const data = { name: line.name, load, pct, constraintWord: t('constraint'), label: line.name };
        const old = known.get(line.id);
        made.push({
          id: line.id, type: 'line', parentId: line.areaId, position: { x: at.x - box.x, y: at.y - box.y }, width: LINE.width, height: LINE.height, zIndex: 2, selected: old?.selected ?? false,
          ariaLabel: `${t('lineHint', { line: line.name, pct: pct.replace(' %', '') })}${load?.constraint ? `, ${t('constraint')}` : ''}`, data: old && shallow(old.data, data) ? (old.data as typeof data) : data,
        });
      }
      return made;
    });
  }, [drawing, areas, lines, now, drawn.areas, areaNote, picture.data, movingPicture, mayArrange, format, t, change]);

  const edges = useMemo<Edge[]>(() => {
    const hand = new Set(drawing.flows.map((one) => `${one.from}\n${one.to}`));
    const most = Math.max(1, ...byRouting.map((one) => one.items));
    const common = { focusable: true, markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 } } as const;
    const way = (one: { from: string; to: string }) => {
      const y = beneath(drawing, one);
      return y === undefined ? { type: 'default' } : { type: 'dip', data: { y } };
    };
    return [
      ...byRouting.filter((one) => !hand.has(`${one.from}\n${one.to}`)).map((one): Edge => ({
        ...common, ...way(one), id: `r/${one.from}/${one.to}`, source: one.from, target: one.to, deletable: false, className: 'cv-flow', style: { strokeWidth: 1.25 + (2 * one.items) / most }, ariaLabel: `${t('flow')}: ${t('byRouting', { n: one.items })}`,
      })),
      ...drawing.flows.map((one): Edge => ({ ...common, ...way(one), id: `h/${one.from}/${one.to}`, source: one.from, target: one.to, deletable: mayArrange, className: 'cv-flow hand', ariaLabel: `${t('flow')}: ${t('byHand')}` })),
    ];
  }, [byRouting, drawing, mayArrange, t]);
  const [chosenEdge, setChosenEdge] = useState<string | null>(null);
  const shownEdges = useMemo(() => edges.map((edge) => (edge.id === chosenEdge ? { ...edge, selected: true } : edge)), [edges, chosenEdge]);

  const onNodesChange = useCallback((changes: NodeChange<CanvasNode>[]) => {
    setNodes((before) => applyNodeChanges(changes, before));
    const rested = changes.filter((one): one is Extract<typeof one, { type: 'position' }> => one.type === 'position' && one.dragging === false && one.position !== undefined);
    if (rested.length === 0) return;
    change((of) => {
      const moves: Move[] = [];
      let beneath = of.picture;
      for (const { id, position } of rested) {
        if (!position) continue;
        const parent = lines.find((line) => line.id === id)?.areaId;
        const box = parent ? of.areas[parent] : undefined;
        if (id === PICTURE && beneath) beneath = { ...beneath, x: position.x, y: position.y };
        else moves.push({ id, to: box ? { x: position.x + box.x, y: position.y + box.y } : position });
      }
      const after = moves.length > 0 ? moved(of, moves, lines) : of;
      const still = same(of, after);
      return beneath !== of.picture ? { ...after, picture: beneath } : still ? of : after;
    });
  }, [change, lines]);

  const connect = (connection: Connection) => change((of) => connected(of, connection.source, connection.target));
  const chosenNodes = nodes.filter((node) => node.selected && node.id !== PICTURE);
  const chosen = ((): Chosen => {
    const only = chosenNodes[0];
    if (chosenNodes.length > 1) return { kind: 'many', ids: chosenNodes.map((node) => node.id) };
    if (only?.type === 'line') return { kind: 'line', line: drawn.lines.find((line) => line.id === only.id)!, load: (only as LineNode).data.load };
    if (only?.type === 'area') return { kind: 'area', area: drawn.areas.find((area) => area.id === only.id)! };
    const edge = chosenEdge ? edges.find((one) => one.id === chosenEdge) : undefined;
    if (edge) {
      const by = byRouting.find((one) => one.from === edge.source && one.to === edge.target);
      return { kind: 'flow', from: edge.source, to: edge.target, items: by?.items ?? 0, hand: edge.id.startsWith('h/') };
    }
    return null;
  })();

  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      if ((event.target as HTMLElement).closest('input, textarea, select, dialog')) return;
      const ctrl = event.ctrlKey || event.metaKey;
      const pressed = event.key.toLowerCase();
      if (ctrl && pressed === 'z' && !event.shiftKey) undo?.();
      else if (ctrl && (pressed === 'y' || (pressed === 'z' && event.shiftKey))) redo?.();
      else if (ctrl && pressed === 'a') setNodes((before) => before.map((node) => (node.id === PICTURE ? node : { ...node, selected: true })));
      else if (!ctrl && pressed === 'f') void flow.fitView({ padding: 0.08, duration: 300 });
      else if (!ctrl && (pressed === '+' || pressed === '=')) void flow.zoomIn({ duration: 150 });
      else if (!ctrl && pressed === '-') void flow.zoomOut({ duration: 150 });
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', keys);
    return () => removeEventListener('keydown', keys);
  });

  const svg = async () => {
    const color = resolver();
    const hall = picture.data && { address: await addressOf(picture.data.blob), ratio: picture.data.height / picture.data.width };
    const scenario = scenarios.data?.find((one) => one.id === shownId);
    return toSvg({
      beneath: hall, drawing, areas, lines, flows: [...byRouting, ...drawing.flows], loads: now, title: [scenario?.name, period].filter(Boolean).join(' · '), areaText: (area) => areaNote(area.id), pct: format.pct,
      palette: { background: color('--bg'), surface: color('--surface'), line: color('--line-strong'), text: color('--text'), muted: color('--text-3'), danger: color('--danger'), band: (of: Band) => color(of === 'none' ? '--line-strong' : `--use-${of}`) },
    });
  };
  const fileName = `${t('title')} ${period}`.trim();
  const exportSvg = () => void svg().then((text) => saveFile(new Blob([text], { type: 'image/svg+xml' }), `${fileName}.svg`), toastError);
  const exportPng = () => void svg().then(toPng).then((blob) => saveFile(blob, `${fileName}.png`), toastError);

  const choosePicture = async (file: File | undefined) => {
    if (!file) return;
    try {
      let kept = record.current;
      if (!kept) {
        kept = await saveLayout(plantId, null, t('title'), recordOf(drawing));
        record.current = kept;
      }
      const fileId = await keepPicture(kept, file);
      const room = Object.values(drawing.areas).reduce((most, box) => Math.max(most, box.x + box.width), 1200);
      change((of) => ({ ...of, picture: { fileId, x: -24, y: -24, width: room + 48, opacityPct: 50, crop: { left: 0, top: 0, right: 0, bottom: 0 } } }));
      setMovingPicture(true);
    } catch (error) {
      toastError(error);
    }
  };

  if (areas.length === 0) return <Page title={t('title')}><div className="panel"><Empty icon={<Workflow size={28} />} title={t('empty')}>{t('emptyText')}</Empty></div></Page>;
  return (
    <div className="cv">
      <div className="cv-tools" role="toolbar" aria-label={t('title')}>
        <h1>{t('title')}</h1>
        <Select className="cv-scenario" aria-label={t('scenario')} value={shownId} onChange={(id) => setUrl({ scenario: id })} options={(scenarios.data ?? []).map((one) => ({ value: one.id, label: one.name }))} />
        {periods.length > 0 && <Periods periods={periods} value={period} onChange={(name) => setUrl({ period: name })} />}
        <span className="grow" />
        <span className="small muted" role="status">{mayArrange ? (keeping === 'keeping' ? t('saving') : keeping === 'failed' ? t('notSaved') : local ? t('localOnly') : '') : <Lock size={14} aria-label={t('readOnly', { permission: 'factory.layout.update' })}><title>{t('readOnly', { permission: 'factory.layout.update' })}</title></Lock>}</span>
        <span className="row" style={{ gap: 2 }}>
          <IconButton size="small" label={`${t('undo')} (Ctrl+Z)`} icon={<Undo2 size={15} />} disabled={!undo} onClick={() => undo?.()} />
          <IconButton size="small" label={`${t('redo')} (Ctrl+Y)`} icon={<Redo2 size={15} />} disabled={!redo} onClick={() => redo?.()} />
          <IconButton size="small" label={t('arrange')} icon={<LayoutGrid size={15} />} disabled={!mayArrange} onClick={() => { change((of) => ({ ...of, ...arranged(areas, lines) })); toast(t('arranged')); setTimeout(() => void flow.fitView({ padding: 0.08, duration: 400 }), 50); }} />
          <IconButton size="small" label={t('picture')} icon={<ImageIcon size={15} />} disabled={!mayArrange || local} aria-pressed={movingPicture} onClick={() => setMovingPicture(!movingPicture)} />
          <Menu align="end" button={{ look: 'ghost', size: 'small', icon: <Download size={15} />, label: t('export') }}>
            <MenuItem onSelect={exportPng}>{t('png')}</MenuItem>
            <MenuItem onSelect={exportSvg}>{t('svg')}</MenuItem>
          </Menu>
          <IconButton size="small" label={`${t('zoomOut')} (−)`} icon={<ZoomOut size={15} />} onClick={() => void flow.zoomOut({ duration: 150 })} />
          <IconButton size="small" label={`${t('zoomIn')} (+)`} icon={<ZoomIn size={15} />} onClick={() => void flow.zoomIn({ duration: 150 })} />
          <IconButton size="small" label={`${t('fit')} (F)`} icon={<Maximize size={15} />} onClick={() => void flow.fitView({ padding: 0.08, duration: 300 })} />
        </span>
      </div>
      <div className="cv-body">
        <div className="cv-board" aria-label={t('canvas')} role="application">
          <ReactFlow<CanvasNode>
            nodes={nodes} edges={shownEdges} nodeTypes={nodeTypes} edgeTypes={edgeTypes} onNodesChange={onNodesChange} onConnect={connect} fitView fitViewOptions={{ padding: 0.08 }} minZoom={0.08} maxZoom={2.5} snapToGrid snapGrid={[8, 8]}
            nodesDraggable={mayArrange} nodesConnectable={mayArrange} elevateNodesOnSelect={false} onlyRenderVisibleElements={nodes.length > MANY} deleteKeyCode={['Delete', 'Backspace']} multiSelectionKeyCode={['Control', 'Meta']}
            onEdgeClick={(_, edge) => setChosenEdge(edge.id)} onPaneClick={() => setChosenEdge(null)} onNodeClick={() => setChosenEdge(null)}
            onEdgesChange={(changes) => changes.forEach((one) => one.type === 'select' && setChosenEdge((before) => (one.selected ? one.id : before === one.id ? null : before)))}
            onBeforeDelete={({ edges: gone }) => { for (const edge of gone) if (edge.id.startsWith('h/')) change((of) => disconnected(of, edge.source, edge.target)); return Promise.resolve(false); }}
            proOptions={{ hideAttribution: true }}
          >
            <Background variant={BackgroundVariant.Dots} gap={24} size={1} />
            <MiniMap pannable zoomable style={{ width: 168, height: 104 }} ariaLabel={t('minimap')} nodeColor={(node) => (node.type === 'line' ? bandColor((node as LineNode).data.load?.band ?? 'none') : node.type === 'area' ? 'var(--hover)' : 'transparent')} nodeStrokeWidth={0} />
          </ReactFlow>
          {!chosen && !movingPicture && <p className="cv-hint">{t('nothingHelp')}</p>}
          {result.data === null && <div className="cv-note">{t('noResult')}</div>}
        </div>
        <Side
          plantId={plantId} chosen={chosen} drawn={drawn} drawing={drawing} loads={loads} now={now} period={period} weightUnit={plan?.weight_unit ?? ''} lines={lines} flows={byRouting} mayArrange={mayArrange} change={change}
          picture={movingPicture ? { there: drawing.picture, onChoose: (file) => void choosePicture(file), onClose: () => setMovingPicture(false) } : undefined} onClose={() => { setNodes((before) => before.map((node) => ({ ...node, selected: false }))); setChosenEdge(null); }}
        />
      </div>
      <p className="sr-only">{t('keyboard')} {p('utilization')}</p>
    </div>
  );
}

/** Whether nothing stands elsewhere. */
function same(a: Drawing, b: Drawing): boolean {
  if (a === b) return true;
  const moved = (one: { x: number; y: number } | undefined, other: { x: number; y: number } | undefined) => one?.x !== other?.x || one?.y !== other?.y;
  return !Object.keys(b.areas).some((id) => moved(a.areas[id], b.areas[id])) && !Object.keys(b.lines).some((id) => moved(a.lines[id], b.lines[id]));
}

function shallow(a: object, b: object): boolean {
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return Object.keys(other).every((key) => Object.is(one[key], other[key]));
}

/** What a token of the theme is now, as a colour that files understand. */
function resolver(): (token: string) => string {
  const probe = document.createElement('span');
  document.body.append(probe);
  const known = new Map<string, string>();
  queueMicrotask(() => probe.remove());
  return (token) => {
    let color = known.get(token);
    if (!color) {
      probe.style.color = `var(${token})`;
      color = getComputedStyle(probe).color;
      known.set(token, color);
    }
    return color;
  };
}

/** A file as an address that stands in another file. */
const addressOf = (blob: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('the picture cannot be read'));
    reader.readAsDataURL(blob);
  });

/** Draws an SVG as a picture, twice as fine as on the screen, within what browsers can draw. */
async function toPng(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const scale = Math.min(2, 8_000 / Math.max(image.naturalWidth, image.naturalHeight));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(image.naturalWidth * scale);
    canvas.height = Math.round(image.naturalHeight * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (!blob) throw new Error('the picture is too large to be drawn');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
