/** Which period is shown: earlier, later, any, or all of them one after the other. */
import { ChevronLeft, ChevronRight, Pause, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { IconButton } from '@/ui';
import { useWords } from '@/words';
import { resultsWords } from './results.words';

/** How long each period stays while they are played (ms). */
const STAYS = 1_300;

export function Periods({ periods, value, onChange }: { periods: readonly string[]; value: string; onChange: (period: string) => void }) {
  const t = useWords(resultsWords);
  const [playing, setPlaying] = useState(false);
  const at = Math.max(0, periods.indexOf(value));
  useEffect(() => {
    if (!playing) return;
    if (at >= periods.length - 1) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => onChange(periods[at + 1]!), STAYS);
    return () => clearTimeout(timer);
  }, [playing, at, periods, onChange]);
  const play = () => {
    if (!playing && at >= periods.length - 1) onChange(periods[0]!);
    setPlaying(!playing);
  };
  if (periods.length < 2) return null;
  return (
    <div className="periods" role="group" aria-label={t('periodLabel')}>
      <IconButton size="small" label={t('previous')} icon={<ChevronLeft size={15} />} onClick={() => at > 0 && onChange(periods[at - 1]!)} disabled={at === 0} />
      {periods.length <= 14 ? (
        <div className="segmented" role="radiogroup" aria-label={t('periodLabel')} onKeyDown={(event) => {
          const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
          const next = step !== 0 ? periods[at + step] : undefined;
          if (next) onChange(next);
        }}>
          {periods.map((name) => (
            <button key={name} type="button" role="radio" aria-checked={name === value} tabIndex={name === value ? 0 : -1} className="tabular" onClick={() => onChange(name)}>{name}</button>
          ))}
        </div>
      ) : (
        <>
          <select className="select" style={{ width: 130 }} aria-label={t('periodLabel')} value={value} onChange={(event) => onChange(event.target.value)}>
            {periods.map((name) => <option key={name} value={name}>{name}</option>)}
          </select>
          <input type="range" min={0} max={periods.length - 1} value={at} aria-label={t('periodLabel')} aria-valuetext={value} onChange={(event) => onChange(periods[Number(event.target.value)]!)} />
        </>
      )}
      <IconButton size="small" label={t('next')} icon={<ChevronRight size={15} />} onClick={() => at < periods.length - 1 && onChange(periods[at + 1]!)} disabled={at >= periods.length - 1} />
      <IconButton size="small" label={t(playing ? 'pause' : 'play')} aria-pressed={playing} icon={playing ? <Pause size={14} /> : <Play size={14} />} onClick={play} />
    </div>
  );
}
