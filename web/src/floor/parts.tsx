/** What the pages of the shop floor share: states, progress, due dates, items by name. */
import { useQuery } from '@tanstack/react-query';
import { useFormat } from '@/planning/numbers';
import { useLabel } from '@/records/labels';
import { Badge, type Tone } from '@/ui';
import { useWords } from '@/words';
import { linesQuery, type JobStatus, type OrderStatus } from './data';
import { floorWords, type FloorKey } from './floor.words';
import './floor.css';

const TONES: Partial<Record<OrderStatus | JobStatus, Tone>> = { released: 'accent', ready: 'accent', running: 'ok', setup: 'info', paused: 'warn', completed: 'ok' };

export function StatusBadge({ status, isJob }: { status: OrderStatus | JobStatus | 'open'; isJob?: boolean }) {
  const t = useWords(floorWords);
  return <Badge tone={TONES[status as OrderStatus]}>{t((isJob && status === 'paused' ? 'j_paused' : `s_${status}`) as FloorKey)}</Badge>;
}

/** Good pieces of all, with a bar; the numbers are said beside it. */
export function Progress({ good, quantity }: { good: string; quantity: string }) {
  const format = useFormat();
  const [done, all] = [Number(good), Number(quantity)];
  return (
    <span className="made">
      <span className="made-bar" aria-hidden="true"><i style={{ width: `${all > 0 ? Math.min(100, (100 * done) / all) : 0}%` }} /></span>
      <span className="tabular">{format.number(done)} / {format.number(all)}</span>
    </span>
  );
}

const DAY = 86_400_000;

export function Due({ at, isOver }: { at: string; isOver?: boolean }) {
  const t = useWords(floorWords);
  const format = useFormat();
  const days = Math.round((Date.parse(at) - Date.now()) / DAY);
  const isLate = !isOver && Date.parse(at) < Date.now();
  return (
    <span className="nowrap">
      <time dateTime={at} title={format.dateTime(at)}>{format.date(at)}</time>{' '}
      {!isOver && <span className={`small ${isLate ? 'bad' : 'muted'}`}>{isLate && days !== 0 ? t('lateBy', { n: -days }) : days === 0 ? t('dueToday') : t('dueIn', { n: days })}</span>}
    </span>
  );
}

export function ItemName({ id }: { id: string }) {
  return <>{useLabel('item', id) ?? '…'}</>;
}

/** Names of the plant's lines. */
export function useLineNames(plantId: string): (id: string | null) => string {
  const { data = [] } = useQuery(linesQuery(plantId));
  return (id) => data.find((line) => line.id === id)?.name ?? '–';
}
