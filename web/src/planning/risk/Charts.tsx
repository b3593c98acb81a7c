/** The charts of a study: drawn with direct labels, each with the table that it is drawn from. */
import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react';
import { Segmented } from '@/ui';
import { useWords } from '@/words';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import { swing, ticks, type RiskBar, type RiskRow, type RiskStudy } from './model';
import { riskWords } from './risk.words';

/** The width that an element has (px). */
function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [ref, width];
}

/** The numbers of a chart, for who would rather read them. */
export function AsTable({ label, head, children }: { label: string; head: ReactNode; children: ReactNode }) {
  const t = useWords(riskWords);
  return (
    <details className="as-table">
      <summary>{t('asTable')}<span className="sr-only">: {label}</span></summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label={label}>
        <table className="table"><thead><tr>{head}</tr></thead><tbody>{children}</tbody></table>
      </div>
    </details>
  );
}

const HEIGHT = 190;
const FOOT = 22;
const LEFT = 40;

/** How often how many units are missing. */
export function UnmetHistogram({ study }: { study: RiskStudy }) {
  const t = useWords(riskWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const [ref, width] = useWidth();
  const { bins, zero } = study.unmet_units_histogram;
  if (bins.length === 0) return <p className="muted">{t('nothingMissing')}</p>;
  const zeroPct = (100 * zero) / study.samples;
  const [low, high] = [0, bins.at(-1)!.to];
  const share = (count: number) => (100 * count) / study.samples;
  const top = Math.max(...bins.map((bin) => share(bin.count)));
  const plot = Math.max(0, width - LEFT - 8);
  const x = (units: number) => LEFT + ((units - low) / Math.max(high - low, 1e-9)) * plot;
  const y = (pct: number) => 34 + (1 - pct / top) * (HEIGHT - 34 - FOOT);
  const marks = [
    { at: study.unmet_units.p50, name: t('median') },
    { at: study.unmet_units.p95, name: t('p95') },
  ].filter((mark) => mark.at > 0);
  return (
    <>
      <p className="small muted">{t('histogramHelp', { zero: `${format.pct(zeroPct)} %` })}</p>
      <div ref={ref} className="chart" role="img" aria-label={`${t('histogram')}: ${marks.map((mark) => `${mark.name} ${format.whole(mark.at)} ${p('units')}`).join(', ')}`}>
        {width > 0 && (
          <svg width={width} height={HEIGHT} aria-hidden="true">
            {ticks(0, top, 3).filter((tick) => tick > 0).map((tick) => (
              <g key={tick}>
                <line className="grid" x1={LEFT} x2={width - 8} y1={y(tick)} y2={y(tick)} />
                <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end">{format.number(tick, 1)} %</text>
              </g>
            ))}
            {bins.map((bin) => (
              <rect key={bin.from} className="bar" x={x(bin.from) + 0.5} width={Math.max(1, x(bin.to) - x(bin.from) - 1)} y={y(share(bin.count))} height={Math.max(0, HEIGHT - FOOT - y(share(bin.count)))}>
                <title>{`${format.whole(bin.from)}–${format.whole(bin.to)} ${p('units')}: ${format.pct(share(bin.count))} %`}</title>
              </rect>
            ))}
            <line className="axis" x1={LEFT} x2={width - 8} y1={HEIGHT - FOOT} y2={HEIGHT - FOOT} />
            {ticks(low, high, Math.max(2, Math.floor(plot / 110))).map((tick) => (
              <text key={tick} x={x(tick)} y={HEIGHT - 6} textAnchor={x(tick) > width - 40 ? 'end' : 'middle'}>{format.short(tick)}</text>
            ))}
            {marks.map((mark, index) => {
              const end = x(mark.at) > width - 150;
              return (
                <g key={mark.name}>
                  <line className="mark" x1={x(mark.at)} x2={x(mark.at)} y1={index * 15 + 4} y2={HEIGHT - FOOT} />
                  <text className="mark-text" x={x(mark.at) + (end ? -5 : 5)} y={index * 15 + 13} textAnchor={end ? 'end' : 'start'}>{mark.name} {format.short(mark.at)}</text>
                </g>
              );
            })}
          </svg>
        )}
      </div>
      <AsTable label={t('histogram')} head={<><th className="num">{p('from')}</th><th className="num">{p('to')}</th><th className="num">{t('count')}</th><th className="num">{t('ofSamples')}</th></>}>
        <tr><td className="num">0</td><td className="num">0</td><td className="num">{format.whole(zero)}</td><td className="num">{format.pct(zeroPct)}</td></tr>
        {bins.map((bin) => (
          <tr key={bin.from}><td className="num">{format.whole(bin.from)}</td><td className="num">{format.whole(bin.to)}</td><td className="num">{format.whole(bin.count)}</td><td className="num">{format.pct(share(bin.count))}</td></tr>
        ))}
      </AsTable>
    </>
  );
}

/** Bars that are drawn; the others are in the table. */
const DRAWN = 12;

/** What one input does by itself. */
export function Tornado({ study }: { study: RiskStudy }) {
  const t = useWords(riskWords);
  const format = useFormat();
  const [by, setBy] = useState<'unmet' | 'peak'>('unmet');
  const value = (figures: RiskBar['low']) => (by === 'unmet' ? figures.unmet_units : figures.peak_utilization_pct);
  const told = (one: number) => (by === 'unmet' ? format.short(one) : `${format.pct(one)} %`);
  const base = value(study.median);
  const bars = [...study.tornado].sort((a, b) => swing(b, by) - swing(a, by)).filter((bar) => swing(bar, by) > (by === 'unmet' ? 0.05 : 0.005));
  const drawn = bars.slice(0, DRAWN);
  const ends = drawn.flatMap((bar) => [value(bar.low), value(bar.high), base]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const place = (one: number) => (most > least ? (100 * (one - least)) / (most - least) : 50);
  return (
    <>
      <div className="row wrap" style={{ marginBottom: 8 }}>
        <p className="small muted grow">{t('tornadoHelp')} {drawn.length > 0 && <span className="nowrap">{t('base', { value: told(base) })}</span>}</p>
        <Segmented label={t('tornado')} value={by} onChange={setBy} segments={[{ value: 'unmet', label: t('byUnmet') }, { value: 'peak', label: t('byPeak') }]} />
      </div>
      {drawn.length === 0 ? <p className="muted">{t('nothingMoves')}</p> : (
        <ul className="tornado">
          {drawn.map((bar) => {
            const [low, high] = [value(bar.low), value(bar.high)];
            const side = (one: number) => ({ left: `${Math.min(place(one), place(base))}%`, width: `${Math.abs(place(one) - place(base))}%` });
            return (
              <li key={`${bar.input}/${bar.kind}/${bar.name}`}>
                <span className="tornado-name clamp-1" title={bar.driver}>{capital(bar.driver)}</span>
                <span className="tornado-range tabular small muted">{format.signed(bar.low_pct, 1)} … {format.signed(bar.high_pct, 1)} %</span>
                <span className="tornado-track" aria-hidden="true">
                  <i className="low" style={side(low)} title={`${t('atLow')}: ${told(low)}`} />
                  <i className="high" style={side(high)} title={`${t('atHigh')}: ${told(high)}`} />
                  <b style={{ left: `${place(base)}%` }} />
                </span>
                <span className="tornado-ends tabular small">{told(low)} → {told(high)}</span>
              </li>
            );
          })}
        </ul>
      )}
      {bars.length > DRAWN && <p className="small muted">{t('moreBars', { n: bars.length - DRAWN })}</p>}
      {study.tornado.length > 0 && (
        <AsTable label={t('tornado')} head={<><th>{t('driver')}</th><th className="num">{t('atLow')}</th><th className="num">{t('atHigh')}</th><th className="num">{t('byUnmet')}</th><th className="num">{t('byPeak')}</th><th className="num">{t('rank')}</th></>}>
          {study.tornado.map((bar) => (
            <tr key={`${bar.input}/${bar.kind}/${bar.name}`}>
              <td>{capital(bar.driver)}</td><td className="num">{format.signed(bar.low_pct, 1)} %</td><td className="num">{format.signed(bar.high_pct, 1)} %</td>
              <td className="num">{format.whole(bar.low.unmet_units)} → {format.whole(bar.high.unmet_units)}</td>
              <td className="num">{format.pct(bar.low.peak_utilization_pct)} → {format.pct(bar.high.peak_utilization_pct)} %</td>
              <td className="num">{bar.correlation_unmet == null ? '–' : format.signed(bar.correlation_unmet, 2)}</td>
            </tr>
          ))}
        </AsTable>
      )}
    </>
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** How full each area is, period by period: small charts side by side on one scale. */
export function AreaBands({ study, rows }: { study: RiskStudy; rows: readonly RiskRow[] }) {
  const t = useWords(riskWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const areas = study.targets.map((target) => ({
    ...target,
    cells: study.periods.map((period) => rows.find((row) => row.of === 'area' && row.name === target.area && row.period === period)),
  }));
  const seen = areas.flatMap((area) => area.cells.flatMap((cell) => [cell?.utilization_p5_pct ?? [], cell?.utilization_p95_pct ?? []].flat()));
  const ends: [number, number] = [Math.max(0, Math.floor(Math.min(100, ...seen) / 10) * 10 - 5), Math.max(105, Math.max(0, ...seen) + 5)];
  return (
    <>
      <p className="small muted">{t('bandsHelp')}</p>
      <div className="band-charts">{areas.map((area) => <AreaBand key={area.area} {...area} periods={study.periods} ends={ends} />)}</div>
      <AsTable label={t('bands')} head={<><th>{p('area')}</th><th>{p('period')}</th><th className="num">{t('p5')} %</th><th className="num">{t('median')} %</th><th className="num">{t('p95')} %</th><th className="num">{t('planned')} %</th></>}>
        {areas.flatMap((area) => area.cells.map((cell, index) => (
          <tr key={`${area.area}/${study.periods[index]}`}>
            <td>{area.area}</td><td className="tabular">{study.periods[index]}</td><td className="num">{format.pct(cell?.utilization_p5_pct ?? 0)}</td><td className="num">{format.pct(cell?.utilization_p50_pct ?? 0)}</td>
            <td className="num">{format.pct(cell?.utilization_p95_pct ?? 0)}</td><td className="num">{format.pct(cell?.planned_utilization_pct ?? 0)}</td>
          </tr>
        )))}
      </AsTable>
    </>
  );
}

function AreaBand({ area, target_utilization_pct: target, cells, periods, ends: [low, high] }: { area: string; target_utilization_pct: number; cells: (RiskRow | undefined)[]; periods: readonly string[]; ends: [number, number] }) {
  const t = useWords(riskWords);
  const format = useFormat();
  const [ref, width] = useWidth();
  const tall = 104;
  const plot = Math.max(0, width - 34);
  const x = (index: number) => 30 + (periods.length > 1 ? (index / (periods.length - 1)) * (plot - 6) : plot / 2);
  const y = (pct: number) => 6 + (1 - (Math.min(high, Math.max(low, pct)) - low) / (high - low)) * (tall - 24);
  const points = cells.map((cell, index) => ({ x: x(index), p5: y(cell?.utilization_p5_pct ?? 0), p50: y(cell?.utilization_p50_pct ?? 0), p95: y(cell?.utilization_p95_pct ?? 0) }));
  const path = (all: { x: number; y: number }[]) => all.map((one, index) => `${index ? 'L' : 'M'}${one.x.toFixed(1)} ${one.y.toFixed(1)}`).join('');
  const band = `${path(points.map((one) => ({ x: one.x, y: one.p95 })))}${path([...points].reverse().map((one) => ({ x: one.x, y: one.p5 }))).replace('M', 'L')}Z`;
  const fullest = cells.reduce((best, cell) => ((cell?.utilization_p95_pct ?? 0) > (best?.utilization_p95_pct ?? 0) ? cell : best), cells[0]);
  return (
    <figure className="band-chart">
      <figcaption><span className="strong grow">{area}</span>{fullest && <span className="small muted tabular">p95 {format.pct(fullest.utilization_p95_pct ?? 0)} % · {fullest.period}</span>}</figcaption>
      <div ref={ref} role="img" aria-label={`${area}: ${cells.map((cell, index) => `${periods[index]} ${t('median')} ${format.pct(cell?.utilization_p50_pct ?? 0)} %`).join(', ')}`}>
        {width > 0 && (
          <svg width={width} height={tall} aria-hidden="true">
            {ticks(low, high, 3).map((tick) => (
              <g key={tick}><line className="grid" x1={30} x2={width - 4} y1={y(tick)} y2={y(tick)} /><text x={26} y={y(tick) + 4} textAnchor="end">{format.whole(tick)}</text></g>
            ))}
            {points.length > 1 ? <path className="band" d={band} /> : points.map((one) => <rect key={one.x} className="band" x={one.x - 14} width={28} y={one.p95} height={Math.max(1, one.p5 - one.p95)} />)}
            <line className="target" x1={30} x2={width - 4} y1={y(target)} y2={y(target)} />
            <path className="line" d={path(points.map((one) => ({ x: one.x, y: one.p50 })))} />
            {points.map((one, index) => (
              <circle key={one.x} className="dot" cx={one.x} cy={one.p50} r={3}><title>{`${periods[index]}: ${format.pct(cells[index]?.utilization_p5_pct ?? 0)} – ${format.pct(cells[index]?.utilization_p50_pct ?? 0)} – ${format.pct(cells[index]?.utilization_p95_pct ?? 0)} %`}</title></circle>
            ))}
            {periods.map((period, index) => (index === 0 || index === periods.length - 1) && (
              <text key={period} x={x(index)} y={tall - 3} textAnchor={index === 0 ? 'start' : 'end'}>{period}</text>
            ))}
          </svg>
        )}
      </div>
    </figure>
  );
}

/** How the estimate settled. */
export function Convergence({ study }: { study: RiskStudy }) {
  const t = useWords(riskWords);
  const format = useFormat();
  const [ref, width] = useWidth();
  const tall = 120;
  const points = study.convergence;
  const [low, high] = [Math.max(0, Math.min(...points.map((one) => one.short.low_pct)) - 1), Math.min(100, Math.max(...points.map((one) => one.short.high_pct)) + 1)];
  const x = (samples: number) => 38 + (samples / study.samples) * Math.max(0, width - 48);
  const y = (pct: number) => 6 + (1 - (pct - low) / Math.max(high - low, 1e-9)) * (tall - 26);
  const line = (of: (point: (typeof points)[number]) => number, all = points) => all.map((one, index) => `${index ? 'L' : 'M'}${x(one.samples).toFixed(1)} ${y(of(one)).toFixed(1)}`).join('');
  return (
    <>
      <p className="small muted">{t('convergenceHelp')}</p>
      <div ref={ref} className="chart" role="img" aria-label={`${t('sure')}: ${format.pct(study.short.pct)} %, ${t('interval', { low: format.pct(study.short.low_pct), high: format.pct(study.short.high_pct) })}`}>
        {width > 0 && (
          <svg width={width} height={tall} aria-hidden="true">
            {ticks(low, high, 3).map((tick) => (
              <g key={tick}><line className="grid" x1={38} x2={width - 8} y1={y(tick)} y2={y(tick)} /><text x={33} y={y(tick) + 4} textAnchor="end">{format.number(tick, 1)} %</text></g>
            ))}
            <path className="band" d={`${line((one) => one.short.high_pct)}${line((one) => one.short.low_pct, [...points].reverse()).replace('M', 'L')}Z`} />
            <path className="line" d={line((one) => one.short.pct)} />
            {ticks(0, study.samples, 4).slice(1).map((tick) => <text key={tick} x={x(tick)} y={tall - 4} textAnchor={x(tick) > width - 40 ? 'end' : 'middle'}>{format.short(tick)}</text>)}
          </svg>
        )}
      </div>
      <AsTable label={t('sure')} head={<><th className="num">{t('samples')}</th><th className="num">{t('short')} %</th><th className="num">95 %</th></>}>
        {points.map((one) => (
          <tr key={one.samples}><td className="num">{format.whole(one.samples)}</td><td className="num">{format.pct(one.short.pct)}</td><td className="num">{format.pct(one.short.low_pct)} – {format.pct(one.short.high_pct)}</td></tr>
        ))}
      </AsTable>
    </>
  );
}
