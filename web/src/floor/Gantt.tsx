/** All lines over time. A bar is dragged, or chosen and typed; either way its effect is seen first. */
import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type PointerEvent, type CSSProperties } from 'react';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { Button, ErrorView, IconButton, Loading, Segmented } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { ganttQuery, jobLabel, type Job, type Target } from './data';
import { MoveDialog } from './Effect';
import { floorWords } from './floor.words';
import { dropped, HOUR, ROW, rowsOf, ticksOf, xOf, ZOOMS, type Bar, type GanttRow, type Zoom } from './model/gantt';
import './floor.css';

/** Days that are shown, by width. */
const SPANS: Record<Zoom, number> = { day: 42, shift: 14, hour: 4 };
/** Pixels from which a press is a drag. */
const TOUCHED = 4;
const NAMES = 148;

interface Drag {
  bar: Bar;
  row: GanttRow;
  x: number;
  y: number;
  dx: number;
  dy: number;
}

export function GanttView({ plantId, why }: { plantId: string; why: string | undefined }) {
  const t = useWords(floorWords);
  const language = useLanguage();
  const [url, setUrl] = useUrl();
  const zoom = (Object.keys(ZOOMS).includes(url('zoom')) ? url('zoom') : 'shift') as Zoom;
  const base = useMemo(() => {
    const day = url('from') ? new Date(`${url('from')}T00:00:00`) : new Date();
    day.setHours(0, 0, 0, 0);
    return day.getTime();
  }, [url('from')]);
  const to = base + SPANS[zoom] * 24 * HOUR;
  const gantt = useQuery(ganttQuery(plantId, new Date(base).toISOString(), new Date(to).toISOString()));
  const rows = useMemo(() => (gantt.data ? rowsOf(gantt.data) : []), [gantt.data]);
  const [drag, setDrag] = useState<Drag | null>(null);
  const [moving, setMoving] = useState<{ job: Job; target: Target | null } | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What is now stands where one looks first.
    if (gantt.data) scroller.current?.scrollTo({ left: Math.max(0, xOf(Date.parse(gantt.data.now), base, zoom) - 120) });
  }, [zoom, base, gantt.data !== undefined]);
  if (gantt.isPending) return <Loading />;
  if (gantt.error) return <ErrorView error={gantt.error} onRetry={() => void gantt.refetch()} />;
  const shift = (days: number) => {
    const day = new Date(base + days * 24 * HOUR);
    setUrl({ from: `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}` });
  };
  const width = ((to - base) / HOUR) * ZOOMS[zoom];
  const last = rows.at(-1);
  const height = last ? last.y + last.height : ROW;
  const ticks = ticksOf(base, to, zoom);
  const now = Date.parse(gantt.data.now);
  const begin = (event: PointerEvent, bar: Bar, row: GanttRow) => {
    if (why || event.button !== 0 || bar.job.status === 'completed') return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    setDrag({ bar, row, x: event.clientX, y: event.clientY, dx: 0, dy: 0 });
  };
  const end = () => {
    if (!drag) return;
    setDrag(null);
    const isTouch = Math.abs(drag.dx) < TOUCHED && Math.abs(drag.dy) < TOUCHED;
    const target = isTouch ? null : dropped(drag.bar, drag.row, rows, drag.dx, drag.dy, zoom);
    if (isTouch || target) setMoving({ job: drag.bar.job, target });
  };
  return (
    <>
      <div className="row wrap">
        <IconButton label={t('earlier')} icon={<ChevronLeft size={16} />} onClick={() => shift(-Math.max(1, Math.round(SPANS[zoom] / 4)))} />
        <Button onClick={() => setUrl({ from: '' })}>{t('today')}</Button>
        <IconButton label={t('laterOn')} icon={<ChevronRight size={16} />} onClick={() => shift(Math.max(1, Math.round(SPANS[zoom] / 4)))} />
        <Segmented label={t('zoom')} value={zoom} onChange={(value) => setUrl({ zoom: value === 'shift' ? '' : value })} segments={(Object.keys(ZOOMS) as Zoom[]).map((value) => ({ value, label: t(`zoom_${value}`) }))} />
        <span className="small muted">{t('ganttHelp')}</span>
      </div>
      <div className="gantt panel" ref={scroller} tabIndex={0} role="group" aria-label={t('gantt')}>
        <div className="gantt-inner" style={{ width: width + NAMES, height: height + 34, '--names': `${NAMES}px` } as CSSProperties}>
          <div className="gantt-head" style={{ width: width + NAMES }}>
            <span className="gantt-corner" style={{ width: NAMES }} />
            {ticks.map((tick) => (
              <span key={tick.at} className={`gantt-tick ${tick.isDay ? 'day' : ''}`} style={{ left: NAMES + xOf(tick.at, base, zoom) }}>
                {tick.isDay ? new Date(tick.at).toLocaleDateString(language, zoom === 'day' ? { day: 'numeric' } : { weekday: 'short', day: 'numeric', month: 'short' }) : new Date(tick.at).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })}
              </span>
            ))}
          </div>
          {rows.map((row) => (
            <div key={row.line.id} className="gantt-row" style={{ top: row.y + 34, height: row.height, width: width + NAMES }}>
              <div className="gantt-name" style={{ width: NAMES }}><b className="ellipsis">{row.line.name}</b><small className="ellipsis muted">{row.line.area}</small></div>
              {row.line.working.map((span) => {
                const from = Math.max(base, Date.parse(span.start));
                return <i key={span.start} className="gantt-open" style={{ left: NAMES + xOf(from, base, zoom), width: Math.max(0, xOf(Math.min(to, Date.parse(span.end)), from, zoom)) }} />;
              })}
              {row.bars.filter((bar) => bar.to > base && bar.from < to).map((bar) => {
                const isDragged = drag?.bar.job.id === bar.job.id;
                const left = xOf(bar.from, base, zoom);
                return (
                  <button
                    key={bar.job.id} type="button" className={`gantt-bar ${bar.job.status} ${bar.isLate ? 'late' : ''} ${isDragged ? 'dragged' : ''}`}
                    style={{ left: NAMES + left + (isDragged ? drag.dx : 0), top: bar.lane * ROW + 5 + (isDragged ? drag.dy : 0), width: Math.max(6, xOf(bar.to, bar.from, zoom)), height: ROW - 10 }}
                    title={`${jobLabel(bar.job)} ${bar.job.item.code} ${bar.job.name}`}
                    onPointerDown={(event) => begin(event, bar, row)} onPointerMove={(event) => drag && setDrag({ ...drag, dx: event.clientX - drag.x, dy: event.clientY - drag.y })} onPointerUp={end} onPointerCancel={() => setDrag(null)}
                    onClick={(event) => event.detail === 0 && !why && setMoving({ job: bar.job, target: null })}
                  >
                    <span style={{ width: `${100 * bar.share}%` }} />
                    <b className="ellipsis">{bar.job.item.code}</b><small className="ellipsis">{jobLabel(bar.job)}{bar.isLate && ` · ${t('lateLegend')}`}</small>
                  </button>
                );
              })}
            </div>
          ))}
          {now >= base && now <= to && <div className="gantt-now" style={{ left: NAMES + xOf(now, base, zoom), height: height + 34 }}><span>{t('now')}</span></div>}
        </div>
      </div>
      {gantt.data.unplanned.length > 0 && (
        <details className="panel gantt-rest">
          <summary>{t('notPlannedN', { n: gantt.data.unplanned.length })}</summary>
          <div className="row wrap">
            {gantt.data.unplanned.slice(0, 100).map((job) => <Button key={job.id} size="small" why={why} onClick={() => setMoving({ job, target: null })}>{jobLabel(job)} · {job.item.code}</Button>)}
          </div>
        </details>
      )}
      {drag && Math.abs(drag.dx) + Math.abs(drag.dy) > TOUCHED && <Dragging drag={drag} rows={rows} zoom={zoom} />}
      {moving && <MoveDialog key={moving.job.id + (moving.target?.planned_start ?? '')} plantId={plantId} job={moving.job} target={moving.target} onClose={() => setMoving(null)} />}
    </>
  );
}

/** Says where what is dragged would come to rest. */
function Dragging({ drag, rows, zoom }: { drag: Drag; rows: GanttRow[]; zoom: Zoom }) {
  const format = useFormat();
  const target = dropped(drag.bar, drag.row, rows, drag.dx, drag.dy, zoom);
  const line = rows.find((row) => row.line.id === (target?.line_id ?? drag.row.line.id))?.line.name;
  return <div className="gantt-told" role="status">{line} · {format.dateTime(target?.planned_start ?? new Date(drag.bar.from).toISOString())}</div>;
}
