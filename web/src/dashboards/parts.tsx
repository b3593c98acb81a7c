/** What dashboards share: range, link, kiosk, live; small charts with their numbers beside them. */
import { useQueryClient } from '@tanstack/react-query';
import { Link2, Maximize2, Minimize2 } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useStreamOpen } from '@/api/live';
import { Button, IconButton, Select, toast } from '@/ui';
import { useWords } from '@/words';
import { useLive } from '@/planning/live';
import { band, bandColor } from '@/planning/model/bands';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { dashboardWords } from './dashboards.words';
import type { PeriodFigures } from './figures';
import './dashboards.css';

/** Asks anew when somewhere a plan is made or decided on; tells when that was last. */
export function useLiveDashboards(): Date {
  const cache = useQueryClient();
  const [at, setAt] = useState(() => new Date());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useLive(['gemba.scenario.', 'gemba.run.succeeded', 'gemba.plant.'], () => {
    // Many at once are answered once.
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setAt(new Date());
      void cache.invalidateQueries({ predicate: (query) => query.queryKey[0] === 'plant' && query.queryKey[2] === 'dashboard' });
    }, 400);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return at;
}

export function Tools({ periods, children }: { periods: readonly string[]; children?: ReactNode }) {
  const t = useWords(dashboardWords);
  const [url, setUrl] = useUrl();
  const kiosk = url('kiosk') === 'yes';
  const options = periods.map((name) => ({ value: name, label: name }));
  const share = () => void navigator.clipboard.writeText(location.href).then(() => toast(t('shared')));
  return (
    <>
      {children}
      <span className="row range" role="group" aria-label={t('periodRange')}>
        <Select aria-label={t('from')} value={url('from')} empty={periods[0] ?? t('first')} options={options.slice(1)} onChange={(value) => setUrl({ from: value })} />
        <span aria-hidden="true">–</span>
        <Select aria-label={t('to')} value={url('to')} empty={periods.at(-1) ?? t('last')} options={options.slice(0, -1)} onChange={(value) => setUrl({ to: value })} />
      </span>
      <Button icon={<Link2 size={15} />} onClick={share}>{t('share')}</Button>
      <IconButton label={t('kiosk')} icon={<Maximize2 size={15} />} hidden={kiosk} onClick={() => setUrl({ kiosk: 'yes' })} />
    </>
  );
}

/** Over everything else, as large as the screen, until Escape. */
export function Kiosk({ children }: { children: ReactNode }) {
  const t = useWords(dashboardWords);
  const [url, setUrl] = useUrl();
  const kiosk = url('kiosk') === 'yes';
  useEffect(() => {
    if (!kiosk) return;
    const leave = (event: KeyboardEvent) => event.key === 'Escape' && setUrl({ kiosk: '' });
    addEventListener('keydown', leave);
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
    const lock = navigator.wakeLock?.request('screen').catch(() => undefined);
    return () => {
      removeEventListener('keydown', leave);
      if (document.fullscreenElement) void document.exitFullscreen();
      void lock?.then((held) => held?.release());
    };
  }, [kiosk, setUrl]);
  return (
    <div className={kiosk ? 'kiosk' : 'not-kiosk'}>
      {kiosk && <IconButton className="kiosk-leave" label={t('leaveKiosk')} icon={<Minimize2 size={16} />} onClick={() => setUrl({ kiosk: '' })} />}
      {children}
    </div>
  );
}

export function LiveDot({ at }: { at: Date }) {
  const t = useWords(dashboardWords);
  const format = useFormat();
  const open = useStreamOpen();
  return <span className={`live ${open ? '' : 'late'}`} title={t(open ? 'liveHelp' : 'lateHelp')}><i aria-hidden="true" />{t(open ? 'live' : 'late')} <span className="faint tabular">{format.dateTime(at.toISOString())}</span></span>;
}

/** Demand met by period: columns with their number; the missing part is drawn too. */
export function MetColumns({ periods, large }: { periods: readonly PeriodFigures[]; large?: boolean }) {
  const t = useWords(dashboardWords);
  const format = useFormat();
  const lowest = Math.min(100, ...periods.filter((one) => one.demand > 0).map((one) => (100 * one.finished) / one.demand));
  // From nothing to all says little where all are near 100: the scale begins below the lowest, and says so.
  const floor = lowest > 80 ? Math.max(0, Math.floor((lowest - 5) / 5) * 5) : 0;
  return (
    <span className={`met-columns ${large ? 'large' : ''}`} role="img" aria-label={periods.map((one) => `${one.period}: ${one.demand > 0 ? format.number((100 * one.finished) / one.demand, 1) : '–'} %`).join(', ')}>
      {periods.map((one) => {
        const pct = one.demand > 0 ? (100 * one.finished) / one.demand : undefined;
        return (
          <span key={one.period} title={`${one.period}: ${pct === undefined ? '–' : `${format.number(pct, 1)} %`}`}>
            {large && <b className="tabular">{pct === undefined ? '–' : format.number(pct, pct > 99.95 ? 0 : 1)}</b>}
            <i className={pct !== undefined && pct < 99.995 ? 'short' : ''}><u style={{ height: `${pct === undefined ? 0 : (100 * (pct - floor)) / (100 - floor)}%` }} /></i>
            {large && <small className="tabular">{one.period}</small>}
          </span>
        );
      })}
      {large && floor > 0 && <em className="small faint">{t('scaleFrom', { pct: floor })}</em>}
    </span>
  );
}

/** Utilisation of the fullest area in each period, a coloured square each, with its number on hovering and for who does not see it. */
export function HeatStrip({ periods, numbers }: { periods: readonly PeriodFigures[]; numbers?: boolean }) {
  const format = useFormat();
  return (
    <span className={`heat-strip ${numbers ? 'numbers' : ''}`}>
      {periods.map((one) => (
        <span key={one.period} title={`${one.period}: ${one.area} ${format.pct(one.areaPct)} %`} style={{ '--bar': bandColor(band(one.areaPct)), '--soft': bandColor(band(one.areaPct)).replace(')', '-soft)') } as React.CSSProperties}>
          {format.number(one.areaPct, 0)}
          <span className="sr-only"> % {one.area} {one.period}</span>
        </span>
      ))}
    </span>
  );
}
