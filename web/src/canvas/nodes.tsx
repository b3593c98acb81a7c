/** What stands on the canvas: areas, lines with their load stacked by model, the picture beneath. */
import { BaseEdge, Handle, NodeResizer, Position, type Edge, type EdgeProps, type Node, type NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { bandColor } from '@/planning/model/bands';
import { dipping } from './model/drawing';
import type { LineLoad } from './model/loads';

export type AreaNode = Node<{ name: string; note: string; color: string | null; connectable: boolean }, 'area'>;
export type LineNode = Node<{ name: string; load: LineLoad | undefined; pct: string; constraintWord: string; label: string }, 'line'>;
export type PictureNode = Node<{ url: string; ratio: number; opacity: number; crop: { left: number; top: number; right: number; bottom: number }; resizable: boolean; onResize: (width: number, x: number, y: number) => void }, 'picture'>;
export type CanvasNode = AreaNode | LineNode | PictureNode;

const AreaBox = memo(function AreaBox({ data, selected }: NodeProps<AreaNode>) {
  return (
    <div className={`cv-area ${selected ? 'selected' : ''}`}>
      <Handle type="target" position={Position.Left} isConnectable={data.connectable} />
      <div className="cv-area-head">
        {data.color && <i style={{ background: data.color }} aria-hidden="true" />}
        <strong className="ellipsis">{data.name}</strong>
        <span className="end tabular">{data.note}</span>
      </div>
      <Handle type="source" position={Position.Right} isConnectable={data.connectable} />
    </div>
  );
});

const LineBox = memo(function LineBox({ data, selected }: NodeProps<LineNode>) {
  const { load } = data;
  const color = bandColor(load?.band ?? 'none');
  return (
    <div className={`cv-line ${selected ? 'selected' : ''} ${load?.constraint ? 'limits' : ''}`} title={load?.constraint ? data.constraintWord : undefined}>
      <div className="cv-line-head">
        <strong className="ellipsis">{data.name}</strong>
        {load?.constraint && <span className="cv-mark">◆</span>}
        <span className="end tabular">{data.pct}</span>
      </div>
      <div className="cv-stack">
        {load?.parts.map((part, index) => (
          <i key={part.model} style={{ width: `${part.pct}%`, background: color, opacity: [1, 0.72, 0.5][index % 3] }} title={part.model} />
        ))}
      </div>
    </div>
  );
});

const PictureBox = memo(function PictureBox({ data, width, selected }: NodeProps<PictureNode>) {
  const { crop } = data;
  return (
    <div className="cv-picture" style={{ opacity: data.opacity }}>
      {data.resizable && selected && <NodeResizer keepAspectRatio minWidth={80} onResizeEnd={(_, to) => data.onResize(to.width, to.x, to.y)} />}
      <img src={data.url} alt="" draggable={false} style={{ width: width ?? '100%', clipPath: `inset(${crop.top}% ${crop.right}% ${crop.bottom}% ${crop.left}%)` }} />
    </div>
  );
});

export const nodeTypes = { area: AreaBox, line: LineBox, picture: PictureBox };

export type DipEdge = Edge<{ y: number }, 'dip'>;

/** A flow that goes beneath what stands in its way. */
const Dip = memo(function Dip({ id, sourceX, sourceY, targetX, targetY, data, markerEnd, style }: EdgeProps<DipEdge>) {
  return <BaseEdge id={id} path={dipping(sourceX, sourceY, targetX, targetY, data?.y ?? sourceY)} {...(markerEnd ? { markerEnd } : {})} {...(style ? { style } : {})} />;
});

export const edgeTypes = { dip: Dip };
