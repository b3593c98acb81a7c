/** What a unit was made of, and what became of a lot. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Download, Network } from 'lucide-react';
import { useMemo, useState } from 'react';
import { LabelButton } from '@/labels/LabelButton';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { downloadFrom } from '@/records/download';
import { Badge, Button, Empty, ErrorView, Loading, Moment, Notice, Page, Segmented, Select } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { traceQuery, type Direction, type Trace, type TraceNode } from './data';
import { BOX, graphOf, pathOfLine, quantityOf, type Box, type Line } from './model/graph';
import { HoldButton } from './Hold';
import { RecallList, useStatus } from './RecallList';
import { ScanBox } from './ScanBox';
import { stockWords } from './stock.words';
import './stock.css';

const DEPTHS = ['1', '2', '5', '10', '50'];

export default function TracePage() {
  const { plantId, kind: named, nodeId: id = '' } = useParams({ strict: false }) as { plantId: string; kind?: string; nodeId?: string };
  const t = useWords(stockWords);
  const navigate = useNavigate();
  const [url, setUrl] = useUrl();
  const kind = named === 'serial' ? 'serial' : 'lot';
  const begin = (node: { kind: string; id: string }) => void navigate({ to: `/plants/${plantId}/trace/${node.kind}/${node.id}` as string, search: (url('direction') ? { direction: url('direction') } : {}) as never });
  const direction: Direction = url('direction') === 'forward' ? 'forward' : 'backward';
  const tab = url('tab', 'graph');
  const said = useStatus();
  const trace = useQuery(traceQuery(kind, id, direction, Number(url('depth', '10'))));
  const start = trace.data?.nodes[0];
  return (
    <Page
      title={start ? `${t(start.kind === 'lot' ? 'lotWord' : 'serialWord')} ${start.code}` : t('genealogy')} about={start ? <>{start.item.code} {start.item_name}{start.supplier && ` · ${t('supplierOf', { supplier: start.supplier })}${start.supplier_lot ? ` (${start.supplier_lot})` : ''}`}</> : t('genealogyAbout')}
      beside={start && <Badge tone={start.status === 'available' ? 'ok' : 'warn'}>{said(start.status)}</Badge>}
      crumbs={[{ label: t('title'), to: `/plants/${plantId}/stock` }]}
      actions={
        <>
          <ScanBox plantId={plantId} onFound={(found) => {
            if (found.kind !== 'lot' && found.kind !== 'serial') return false;
            begin({ kind: found.kind, id: found.id });
            return true;
          }} />
          {start && <HoldButton of={start} plantId={plantId} />}
          {start && <LabelButton of={{ kind: start.kind, id: start.id, name: start.code, plantId }} />}
        </>
      }
    >
      {id === '' ? <div className="panel"><Empty icon={<Network size={28} />} title={t('chooseOne')}>{t('chooseText')}</Empty></div> : (
        <>
          <div className="row wrap">
            <div className="tabs grow" role="tablist">
              {(['graph', 'recall'] as const).map((one) => <button key={one} type="button" role="tab" aria-selected={tab === one} onClick={() => setUrl({ tab: one === 'graph' ? '' : one })}>{t(one)}</button>)}
            </div>
            {tab === 'graph' && (
              <>
                <Segmented label={t('direction')} value={direction} onChange={(value) => setUrl({ direction: value === 'backward' ? '' : value })} segments={[{ value: 'backward', label: t('backward') }, { value: 'forward', label: t('forward') }]} />
                <label className="row small"><span className="muted">{t('depth')}</span><Select style={{ width: 'auto' }} value={url('depth', '10')} options={DEPTHS.map((value) => ({ value, label: value }))} onChange={(value) => setUrl({ depth: value === '10' ? '' : value })} /></label>
              </>
            )}
          </div>
          {tab === 'recall' ? <RecallList kind={kind} id={id} /> : trace.isPending ? <Loading /> : trace.error ? <ErrorView error={trace.error} onRetry={() => void trace.refetch()} /> : trace.data && <Drawn key={`${id} ${direction}`} trace={trace.data} onStart={begin} />}
        </>
      )}
    </Page>
  );
}

function Drawn({ trace, onStart }: { trace: Trace; onStart: (node: TraceNode) => void }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<Box | Line | null>(null);
  const graph = useMemo(() => graphOf(trace.nodes, trace.links, trace.direction, open), [trace, open]);
  const isBox = (one: Box | Line): one is Box => 'nodes' in one;
  const lit = (line: Line) => chosen !== null && (chosen === line || (isBox(chosen) && (line.from.key === chosen.key || line.to.key === chosen.key)));
  const unfold = (box: Box) => {
    setOpen(new Set([...open, box.key]));
    setChosen(null);
  };
  return (
    <>
      {trace.is_cut && <Notice tone="warn">{t('isCut')}</Notice>}
      {trace.nodes.length === 1 && <Notice>{t('onlyOne')}</Notice>}
      <div className="trace">
        <div className="trace-board" tabIndex={0} role="group" aria-label={t('graph')}>
          <div style={{ position: 'relative', width: graph.width, height: graph.height }}>
            <svg width={graph.width} height={graph.height} aria-hidden="true">
              {graph.lines.map((line) => <path key={line.key} d={pathOfLine(line)} className={lit(line) ? 'lit' : ''} onClick={() => setChosen(line)} />)}
            </svg>
            {graph.boxes.map((box) => {
              const first = box.nodes[0]!;
              return (
                <button key={box.key} type="button" className={`trace-box ${first.level === 0 ? 'start' : ''} ${first.status !== 'available' && first.status !== 'consumed' ? 'held' : ''}`} aria-pressed={chosen !== null && isBox(chosen) && chosen.key === box.key} style={{ left: box.x, top: box.y, width: BOX.width, height: BOX.height }} onClick={() => setChosen(box)}>
                  <b className="ellipsis">{box.nodes.length > 1 ? t('many', { n: format.whole(box.nodes.length) }) : first.code}</b>
                  <span className="ellipsis">{first.item.code} <span className="muted">{first.item_name}</span></span>
                </button>
              );
            })}
          </div>
        </div>
        {chosen && (
          <aside className="panel trace-side">
            {isBox(chosen) ? <BoxFacts box={chosen} onStart={onStart} onUnfold={() => unfold(chosen)} links={trace.links} /> : <LinkFacts line={chosen} />}
          </aside>
        )}
      </div>
    </>
  );
}

/** As many of a group as one reads beside a drawing. */
const LISTED = 50;

function BoxFacts({ box, links, onStart, onUnfold }: { box: Box; links: Trace['links']; onStart: (node: TraceNode) => void; onUnfold: () => void }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const language = useLanguage();
  const first = box.nodes[0]!;
  if (box.nodes.length > 1) {
    return (
      <>
        <h2>{t('many', { n: format.whole(box.nodes.length) })} {first.item.code}</h2>
        <Button onClick={onUnfold}>{t('unfold')}</Button>
        <ul className="small stack-s">{box.nodes.slice(0, LISTED).map((node) => <li key={node.id}><button type="button" className="link" onClick={() => onStart(node)}>{node.code}</button></li>)}</ul>
      </>
    );
  }
  const made = links.find((link) => link.child_id === first.id && link.at);
  return (
    <>
      <h2>{first.code}</h2>
      <dl className="facts tight">
        <dt>{t('item')}</dt><dd>{first.item.code} {first.item_name}</dd>
        {first.lot && <><dt>{t('lot')}</dt><dd>{first.lot.code}</dd></>}
        {first.expires_on && <><dt>{t('expires')}</dt><dd>{format.date(first.expires_on)}</dd></>}
        {first.supplier && <><dt>{t('supplier')}</dt><dd>{first.supplier} {first.supplier_lot}</dd></>}
        {made && <><dt>{t('madeAt')}</dt><dd><Moment at={made.at} exact /> {made.line?.code}</dd></>}
        {made?.equipment && <><dt>{t('machine')}</dt><dd>{made.equipment.code}</dd></>}
        {made?.program && <><dt>{t('program')}</dt><dd>{made.program}</dd></>}
      </dl>
      <div className="row wrap">
        <Button onClick={() => onStart(first)}>{t('startHere')}</Button>
        {first.kind === 'serial' && <Button icon={<Download size={15} />} onClick={() => void downloadFrom(`/api/v1/serials/${first.id}/as-built?language=${language}`, `${first.code}.pdf`)}>{t('asBuilt')}</Button>}
      </div>
    </>
  );
}

function LinkFacts({ line }: { line: Line }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const first = line.links[0]!;
  const quantity = quantityOf(line.links);
  return (
    <>
      <h2>{line.from.nodes[0]?.code} → {line.to.nodes[0]?.code}</h2>
      <dl className="facts tight">
        {quantity !== null && <><dt>{t('used')}</dt><dd>{format.number(quantity, 6)}</dd></>}
        {first.at && <><dt>{t('when')}</dt><dd><Moment at={first.at} exact /></dd></>}
        {first.line && <><dt>{t('madeAt')}</dt><dd>{first.line.code}</dd></>}
        {first.equipment && <><dt>{t('machine')}</dt><dd>{first.equipment.code}</dd></>}
        {first.program && <><dt>{t('program')}</dt><dd>{first.program}</dd></>}
      </dl>
    </>
  );
}
