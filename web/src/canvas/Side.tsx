/** Beside the drawing: what was chosen, with its numbers, and everything that can be dragged as something to type. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { AlignStartHorizontal, AlignStartVertical, Columns3, ImageUp, Rows3, Trash2, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useMay } from '@/api/session';
import { Problem } from '@/api/problem';
import { Button, Dialog, Field, IconButton, NumberInput, Select, Switch, TextInput, toast, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { decimalMark } from '@/planning/grid/cells';
import { nextName } from '@/planning/inputs/NewLines';
import { readNumber } from '@/planning/model/clipboard';
import { useFormat } from '@/planning/numbers';
import { UseBar } from '@/planning/parts';
import { planningWords } from '@/planning/planning.words';
import { canvasWords } from './canvas.words';
import { duplicateLine, saveRecord, type Area, type Line, type PlantDrawn } from './data';
import { aligned, connected, disconnected, type Alignment, type Drawing, type LineOf, type Picture } from './model/drawing';
import type { LineLoad, Loads } from './model/loads';

export type Chosen =
  | { kind: 'line'; line: Line; load: LineLoad | undefined }
  | { kind: 'area'; area: Area }
  | { kind: 'flow'; from: string; to: string; items: number; hand: boolean }
  | { kind: 'many'; ids: string[] }
  | null;

export interface SideProps {
  plantId: string;
  chosen: Chosen;
  drawn: PlantDrawn;
  drawing: Drawing;
  loads: Loads | undefined;
  now: ReadonlyMap<string, LineLoad>;
  period: string;
  weightUnit: string;
  lines: readonly LineOf[];
  flows: readonly { from: string; to: string; items: number }[];
  mayArrange: boolean;
  change: (next: (before: Drawing) => Drawing) => void;
  picture: { there: Picture | null; onChoose: (file: File | undefined) => void; onClose: () => void } | undefined;
  onClose: () => void;
}

export function Side(props: SideProps) {
  const t = useWords(canvasWords);
  const { chosen, picture } = props;
  if (picture) return <aside className="cv-side"><PictureTools {...props} picture={picture} /></aside>;
  if (!chosen) return null;
  return (
    <aside className="cv-side" aria-label={t(chosen.kind === 'many' ? 'sumTitle' : chosen.kind)}>
      <IconButton className="cv-close" size="small" label={t('close')} icon={<X size={15} />} onClick={props.onClose} />
      {chosen.kind === 'line' && <OfLine key={chosen.line.id} {...props} line={chosen.line} load={chosen.load} />}
      {chosen.kind === 'area' && <OfArea key={chosen.area.id} {...props} area={chosen.area} />}
      {chosen.kind === 'flow' && <OfFlow {...props} flow={chosen} />}
      {chosen.kind === 'many' && <OfMany {...props} ids={chosen.ids} />}
    </aside>
  );
}

/** The load of a line over all periods, as small bars; the shown one is marked. */
function Course({ loads, line, period }: { loads: Loads; line: string; period: string }) {
  const format = useFormat();
  const all = [...loads.entries()];
  return (
    <table className="cv-course">
      <tbody>
        {all.map(([name, lines]) => {
          const load = lines.get(line);
          return <tr key={name} className={name === period ? 'here' : ''}><th scope="row" className="tabular">{name}</th><td><UseBar pct={load?.pct ?? 0} hours={load?.hoursAvailable ?? 0} wide /></td><td className="num faint">{load ? `${format.whole(load.hoursUsed)} h` : ''}</td></tr>;
        })}
      </tbody>
    </table>
  );
}

function OfLine({ plantId, line, load, loads, period, weightUnit, drawn }: SideProps & { line: Line; load: LineLoad | undefined }) {
  const t = useWords(canvasWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const [copying, setCopying] = useState(false);
  const may = useMay();
  return (
    <>
      <header><span className="small muted">{t('line')} · {drawn.areas.find((area) => area.id === line.area_id)?.name}</span><h2>{line.name}</h2></header>
      {load?.constraint && <p className="bad strong">◆ {t('constraint')}</p>}
      {load && loads && (
        <>
          <Course loads={loads} line={line.name} period={period} />
          {load.hourPrice > 1e-9 && <p>{t('price', { price: format.number(load.hourPrice), unit: weightUnit })}</p>}
          <section>
            <h3>{t('mix', { period })}</h3>
            <table className="table dense">
              <thead><tr><th>{p('model')}</th><th className="num">{p('units')}</th><th className="num">%</th></tr></thead>
              <tbody>{load.parts.map((part) => <tr key={part.model}><td>{part.model}</td><td className="num">{format.whole(part.units)}</td><td className="num">{format.pct(part.pct)}</td></tr>)}</tbody>
            </table>
          </section>
        </>
      )}
      <LineForm key={line.version} plantId={plantId} line={line} />
      <div className="row wrap">
        <Link className="btn small" to={`/data/lines/${line.id}` as string}>{t('openRecord')}</Link>
        {may('factory.line.create', plantId) && may('factory.capability.import', plantId) && <Button size="small" onClick={() => setCopying(true)}>{t('duplicate')}</Button>}
      </div>
      {copying && <CopyDialog plantId={plantId} line={line} taken={drawn.lines.map((one) => one.name)} onClose={() => setCopying(false)} />}
    </>
  );
}

function useSaved(plantId: string) {
  const cache = useQueryClient();
  return () => {
    void cache.invalidateQueries({ queryKey: ['plant', plantId] });
    void cache.invalidateQueries({ queryKey: ['records'] });
  };
}

function LineForm({ plantId, line }: { plantId: string; line: Line }) {
  const t = useWords(canvasWords);
  const format = useFormat();
  const mark = decimalMark(useLanguage());
  const may = useMay()('factory.line.update', plantId);
  const saved = useSaved(plantId);
  const hoursOf = (seconds: number) => format.number(seconds / 3600, 2);
  const [name, setName] = useState(line.name);
  const [hours, setHours] = useState(line.available_s_per_day > 0 ? hoursOf(line.available_s_per_day) : '');
  const [overtime, setOvertime] = useState(hoursOf(line.overtime_s_per_day));
  const [active, setActive] = useState(line.active);
  const seconds = (text: string, empty: number) => { const read = readNumber(text, mark); return 'value' in read ? Math.round(read.value * 3600) : 'empty' in read ? empty : Number.NaN; };
  const next = { name: name.trim(), available_s_per_day: seconds(hours, 0), overtime_s_per_day: seconds(overtime, 0), active };
  const dirty = (Object.keys(next) as (keyof typeof next)[]).some((key) => !Object.is(next[key], line[key]));
  const save = useMutation({ mutationFn: () => saveRecord('lines', line, next), onSuccess: () => { toast(t('edited')); saved(); } });
  const problem = save.error instanceof Problem ? save.error : undefined;
  if (!may) return null;
  return (
    <form className="stack-s" onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
      <Field label={t('name')} error={problem?.at('/name')}><TextInput value={name} onChange={setName} /></Field>
      <div className="form-grid two">
        <Field label={t('hours')} error={problem?.at('/available_s_per_day') ?? (Number.isNaN(next.available_s_per_day) ? '?' : undefined)}><NumberInput unit="h/d" value={hours} placeholder={t('hoursShifts')} onChange={setHours} /></Field>
        <Field label={t('overtime')} error={problem?.at('/overtime_s_per_day')}><NumberInput unit="h/d" value={overtime} onChange={setOvertime} /></Field>
      </div>
      <label className="row"><Switch checked={active} onChange={setActive} /> {t('active')}</label>
      {problem && problem.errors.length === 0 && <p className="bad small">{problem.message}</p>}
      {dirty && <div className="row"><Button type="submit" size="small" look="primary" busy={save.isPending} onClick={undefined}>{t('save')}</Button></div>}
    </form>
  );
}

function CopyDialog({ plantId, line, taken, onClose }: { plantId: string; line: Line; taken: string[]; onClose: () => void }) {
  const t = useWords(canvasWords);
  const p = useWords(planningWords);
  const saved = useSaved(plantId);
  const [name, setName] = useState(() => nextName(line.name, new Set(taken)));
  const copy = useMutation({ mutationFn: () => duplicateLine(line, name.trim()), onSuccess: (made) => { toast(t('duplicated', { name: made.line.name, n: made.capabilities })); saved(); onClose(); } });
  return (
    <Dialog title={t('duplicateTitle', { name: line.name })} onClose={onClose} onSubmit={() => copy.mutate()} foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" busy={copy.isPending} onClick={undefined}>{t('make')}</Button></>}>
      <p className="muted">{t('duplicateHelp')}</p>
      <Field label={t('name')} error={copy.error instanceof Problem ? (copy.error.at('/name') ?? copy.error.message) : copy.error?.message}><TextInput value={name} onChange={setName} autoFocus required /></Field>
    </Dialog>
  );
}

function OfArea({ plantId, area, drawn, drawing, lines, now, flows, mayArrange, change }: SideProps & { area: Area }) {
  const t = useWords(canvasWords);
  const format = useFormat();
  const may = useMay()('factory.area.update', plantId);
  const saved = useSaved(plantId);
  const own = lines.filter((line) => line.areaId === area.id);
  const sums = own.reduce((sum, line) => { const load = now.get(line.name); return { used: sum.used + (load?.hoursUsed ?? 0), available: sum.available + (load?.hoursAvailable ?? 0) }; }, { used: 0, available: 0 });
  const name = (id: string) => drawn.areas.find((one) => one.id === id)?.name ?? '';
  const hand = drawing.flows.filter((flow) => flow.from === area.id);
  const routedTo = flows.filter((flow) => flow.from === area.id);
  const reached = new Set([...hand, ...routedTo].map((flow) => flow.to));
  const save = (patch: Partial<Area>) => void saveRecord('areas', area, patch).then(() => { toast(t('edited')); saved(); }, toastError);
  return (
    <>
      <header><span className="small muted">{t('area')} · {t('lineCount', { n: own.length })}</span><h2>{area.name}</h2></header>
      {sums.available > 0 && <div><UseBar pct={(100 * sums.used) / sums.available} wide /><p className="small muted">{t('sumHours', { used: format.whole(sums.used), available: format.whole(sums.available) })}</p></div>}
      <table className="cv-course"><tbody>{own.map((line) => <tr key={line.id}><th scope="row">{line.name}</th><td><UseBar pct={now.get(line.name)?.pct ?? 0} hours={now.get(line.name)?.hoursAvailable ?? 0} /></td></tr>)}</tbody></table>
      <section className="stack-s">
        <h3>{t('flowsTo')}</h3>
        <ul className="change-list">
          {routedTo.map((flow) => <li key={`r${flow.to}`}><span className="grow">{name(flow.to)}</span><span className="small muted">{t('byRouting', { n: flow.items })}</span></li>)}
          {hand.map((flow) => (
            <li key={`h${flow.to}`}><span className="grow">{name(flow.to)}</span><span className="small muted">{t('byHand')}</span>{mayArrange && <IconButton size="small" label={t('removeFlow')} icon={<X size={14} />} onClick={() => change((of) => disconnected(of, flow.from, flow.to))} />}</li>
          ))}
        </ul>
        {mayArrange && <Select aria-label={t('addFlow')} value="" empty={t('addFlow')} options={drawn.areas.filter((one) => one.id !== area.id && !reached.has(one.id)).map((one) => ({ value: one.id, label: one.name }))} onChange={(id) => id && change((of) => connected(of, area.id, id))} />}
      </section>
      {may && (
        <div className="form-grid two">
          <Field label={t('color')}><input type="color" className="input cv-color" defaultValue={area.color ?? '#64748b'} onBlur={(event) => event.target.value !== (area.color ?? '#64748b') && save({ color: event.target.value })} /></Field>
          <Field label={t('order')}><NumberInput key={area.version} defaultValue={String(area.sequence)} onBlur={(event) => { const to = Number(event.target.value); if (Number.isInteger(to) && to >= 0 && to !== area.sequence) save({ sequence: to }); }} /></Field>
        </div>
      )}
      <div className="row"><Link className="btn small" to={`/data/areas/${area.id}` as string}>{t('openRecord')}</Link></div>
    </>
  );
}

function OfFlow({ flow, drawn, mayArrange, change, onClose }: SideProps & { flow: Extract<Chosen, { kind: 'flow' }> }) {
  const t = useWords(canvasWords);
  const name = (id: string) => drawn.areas.find((one) => one.id === id)?.name ?? '';
  return (
    <>
      <header><span className="small muted">{t('flow')}</span><h2>{name(flow.from)} → {name(flow.to)}</h2></header>
      <p>{flow.hand ? t('byHand') : t('byRouting', { n: flow.items })}</p>
      {flow.hand && mayArrange && <div className="row"><Button size="small" look="danger" icon={<Trash2 size={14} />} onClick={() => { change((of) => disconnected(of, flow.from, flow.to)); onClose(); }}>{t('removeFlow')}</Button></div>}
    </>
  );
}

const ALIGNMENTS: [Alignment, 'alignLeft' | 'alignTop' | 'asRow' | 'asColumn', typeof Rows3][] = [['left', 'alignLeft', AlignStartVertical], ['top', 'alignTop', AlignStartHorizontal], ['row', 'asRow', Columns3], ['column', 'asColumn', Rows3]];

function OfMany({ ids, lines, now, drawn, mayArrange, change }: SideProps & { ids: string[] }) {
  const t = useWords(canvasWords);
  const format = useFormat();
  const chosen = new Set(ids);
  const own = lines.filter((line) => chosen.has(line.id) || chosen.has(line.areaId));
  const sums = own.reduce((sum, line) => { const load = now.get(line.name); return { used: sum.used + (load?.hoursUsed ?? 0), available: sum.available + (load?.hoursAvailable ?? 0) }; }, { used: 0, available: 0 });
  return (
    <>
      <header><h2>{t('many', { n: ids.length })}</h2><span className="small muted">{drawn.areas.filter((area) => chosen.has(area.id)).map((area) => area.name).concat(own.filter((line) => chosen.has(line.id)).map((line) => line.name)).slice(0, 12).join(', ')}</span></header>
      {sums.available > 0 && <div><UseBar pct={(100 * sums.used) / sums.available} wide /><p className="small muted">{t('sumHours', { used: format.whole(sums.used), available: format.whole(sums.available) })}</p></div>}
      {mayArrange && <div className="stack-s">{ALIGNMENTS.map(([how, word, Icon]) => <Button key={how} size="small" icon={<Icon size={14} />} onClick={() => change((of) => aligned(of, ids, how, lines))}>{t(word)}</Button>)}</div>}
    </>
  );
}

function PictureTools({ picture, change }: SideProps & { picture: NonNullable<SideProps['picture']> }) {
  const t = useWords(canvasWords);
  const input = useRef<HTMLInputElement>(null);
  const { there } = picture;
  const set = (patch: Partial<Picture>) => change((of) => (of.picture ? { ...of, picture: { ...of.picture, ...patch } } : of));
  return (
    <>
      <IconButton className="cv-close" size="small" label={t('close')} icon={<X size={15} />} onClick={picture.onClose} />
      <header><h2>{t('picture')}</h2><p className="small muted">{t('pictureHelp')}</p></header>
      <input ref={input} type="file" accept="image/png,image/jpeg,image/webp,image/svg+xml" hidden onChange={(event) => picture.onChoose(event.target.files?.[0])} />
      <Button size="small" icon={<ImageUp size={14} />} onClick={() => input.current?.click()}>{t(there ? 'pictureReplace' : 'pictureChoose')}</Button>
      {there && (
        <>
          <Slider label={t('opacity')} unit="%" min={5} max={100} value={there.opacityPct} onChange={(opacityPct) => set({ opacityPct })} />
          <Slider label={t('width')} unit="px" min={200} max={8000} value={there.width} onChange={(width) => set({ width })} />
          <Slider label={t('cropLeft')} unit="%" min={0} max={95} value={there.crop.left} onChange={(left) => set({ crop: { ...there.crop, left } })} />
          <Slider label={t('cropTop')} unit="%" min={0} max={95} value={there.crop.top} onChange={(top) => set({ crop: { ...there.crop, top } })} />
          <Slider label={t('cropRight')} unit="%" min={0} max={95} value={there.crop.right} onChange={(right) => set({ crop: { ...there.crop, right } })} />
          <Slider label={t('cropBottom')} unit="%" min={0} max={95} value={there.crop.bottom} onChange={(bottom) => set({ crop: { ...there.crop, bottom } })} />
          <Button size="small" look="danger" icon={<Trash2 size={14} />} onClick={() => change((of) => ({ ...of, picture: null }))}>{t('pictureRemove')}</Button>
        </>
      )}
    </>
  );
}

/** A slider beside its number: what can be dragged can be typed. One step of undo for one drag. */
function Slider({ label, unit, min, max, value, onChange }: { label: string; unit: string; min: number; max: number; value: number; onChange: (value: number) => void }) {
  const [now, setNow] = useState(value);
  useEffect(() => setNow(value), [value]);
  const done = () => now !== value && onChange(Math.max(min, Math.min(max, Math.round(now))));
  return (
    <div className="cv-slider">
      <span className="small">{label}</span>
      <input type="range" aria-label={label} min={min} max={max} value={now} onChange={(event) => setNow(Number(event.target.value))} onPointerUp={done} onKeyUp={done} />
      <span className="with-unit"><input className="input num" aria-label={`${label} (${unit})`} inputMode="numeric" value={Math.round(now)} onChange={(event) => setNow(Number(event.target.value) || 0)} onBlur={done} onKeyDown={(event) => event.key === 'Enter' && done()} /><span className="unit">{unit}</span></span>
    </div>
  );
}
