/** Counts that differ more than their place lets pass: they wait here until somebody else approves or rejects them. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Tally5 } from 'lucide-react';
import { useState } from 'react';
import { api, askWhole, idempotencyKey } from '@/api/client';
import { useMay, useMe } from '@/api/session';
import { useLive } from '@/planning/live';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import { Who } from '@/records/Who';
import { Badge, Button, Dialog, Empty, ErrorView, Field, Loading, messageOf, Moment, Notice, Page, Segmented, TextArea, toast, useRows, type Tone } from '@/ui';
import { useWords } from '@/words';
import type { HeldCount, HeldLine } from './data';
import { shareOf, worstFirst } from './model/counts';
import { stockWords } from './stock.words';
import './stock.css';

export const STANDINGS = ['waiting', 'approved', 'rejected'] as const;
type Standing = (typeof STANDINGS)[number];

const TONES: Record<Standing, Tone> = { waiting: 'warn', approved: 'ok', rejected: 'danger' };
const standingOf = (count: HeldCount): Standing => STANDINGS.find((one) => one === count.status) ?? 'waiting';

export default function CountsPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(stockWords);
  const cache = useQueryClient();
  const [url, setUrl] = useUrl();
  const [deciding, setDeciding] = useState<HeldCount | null>(null);
  const standing = STANDINGS.find((one) => one === url('status')) ?? 'waiting';
  const counts = useRows<HeldCount>(['stock', 'counts', plantId, standing], `/api/v1/stock/counts?plant_id=${plantId}&status=${standing}&limit=50`);
  // Somebody else may decide while one looks.
  useLive(['gemba.stock_count.'], () => void cache.invalidateQueries({ queryKey: ['stock', 'counts'] }));
  return (
    <Page title={t('counts')} about={t('countsAbout')} crumbs={[{ label: t('title'), to: `/plants/${plantId}/stock` }]}>
      <div><Segmented label={t('status')} value={standing} onChange={(value) => setUrl({ status: value === 'waiting' ? '' : value })} segments={STANDINGS.map((value) => ({ value, label: t(`count_${value}`) }))} /></div>
      {counts.isPending ? <Loading /> : counts.isError ? <ErrorView error={counts.error} onRetry={() => void counts.refetch()} /> : counts.rows.length === 0 ? (
        <div className="panel"><Empty icon={<Tally5 size={28} />} title={t(`noCounts_${standing}`)}>{standing === 'waiting' && t('noCountsText')}</Empty></div>
      ) : (
        <ul className="counts">
          {counts.rows.map((count) => <li key={count.id}><Counted count={count} onDecide={() => setDeciding(count)} /></li>)}
        </ul>
      )}
      {counts.hasNextPage && <div><Button size="small" busy={counts.isFetchingNextPage} onClick={() => void counts.fetchNextPage()}>{t('more')}</Button></div>}
      {deciding && <Decision count={deciding} onClose={() => setDeciding(null)} />}
    </Page>
  );
}

function Counted({ count, onDecide }: { count: HeldCount; onDecide: () => void }) {
  const t = useWords(stockWords);
  const may = useMay();
  const standing = standingOf(count);
  return (
    <section className="panel" aria-label={`${count.location.code}`}>
      <div className="head">
        <h2>{count.location.code}</h2>
        <Badge tone={TONES[standing]}>{t(`count_${standing}`)}</Badge>
        <span className="grow muted small"><Moment at={count.at} exact /> · {t('countedBy')} <Who id={count.counted_by} bare />{[count.reason, count.reference].filter(Boolean).map((one) => ` · ${one}`)}</span>
        {standing === 'waiting' && <Button size="small" look="primary" why={may('inventory.stock.adjust', count.plant_id) ? undefined : t('mayNot')} onClick={onDecide}>{t('decideCount')}</Button>}
      </div>
      <Lines count={count} />
      {count.decided_by && (
        <p className="count-foot small"><span className="muted">{t('decidedBy')}</span> <Who id={count.decided_by} bare /> <span className="muted">{count.decided_at && <Moment at={count.decided_at} exact />}</span>{count.decision_note && <> · “{count.decision_note}”</>}</p>
      )}
    </section>
  );
}

/** As many lines as one reads at once; the others are shown when asked for. */
const LISTED = 10;

function Lines({ count }: { count: HeldCount }) {
  const t = useWords(stockWords);
  const format = useFormat();
  const [all, setAll] = useState(false);
  const lines = worstFirst(count.lines);
  const differing = lines.filter((line) => Number(line.difference) !== 0);
  const shown = all ? lines : differing.slice(0, LISTED);
  const hidden = lines.length - shown.length;
  const isBeyond = (line: HeldLine) => (shareOf(line) ?? Infinity) > Number(count.tolerance_pct);
  return (
    <>
      <div className="table-scroll">
        <table className="table" aria-label={t('countAt', { place: count.location.code })}>
          <thead><tr><th scope="col">{t('item')}</th><th scope="col">{t('lot')} / {t('serial')}</th><th scope="col" className="num">{t('stockSaid')}</th><th scope="col" className="num">{t('counted')}</th><th scope="col" className="num">{t('differs')}</th><th scope="col" className="num">%</th><th scope="col">{t('unit')}</th></tr></thead>
          <tbody>
            {shown.map((line, at) => {
              const share = shareOf(line);
              return (
                <tr key={at}>
                  <td>{line.item.code} <span className="muted">{line.item_name}</span></td>
                  <td>{[line.lot_code, line.serial_code, line.license_plate_code].filter(Boolean).join(' · ') || <span className="faint">–</span>}{line.status !== 'available' && <> <Badge>{t(line.status)}</Badge></>}</td>
                  <td className="num">{format.number(Number(line.before), 6)}</td><td className="num">{format.number(Number(line.counted), 6)}</td>
                  <td className={`num ${isBeyond(line) && Number(line.difference) !== 0 ? 'bad' : ''}`}>{format.signed(Number(line.difference), 6)}</td>
                  <td className="num">{share === null ? t('wasNone') : format.number(share, 1)}</td><td className="muted">{line.unit}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="count-foot small muted">
        {t('countTolerance', { pct: format.number(Number(count.tolerance_pct), 6) })}
        {hidden > 0 && <> <button type="button" className="link" onClick={() => setAll(true)}>{t('otherLines', { n: hidden })}</button></>}
      </p>
    </>
  );
}

function Decision({ count, onClose }: { count: HeldCount; onClose: () => void }) {
  const t = useWords(stockWords);
  const me = useMe();
  const cache = useQueryClient();
  const [note, setNote] = useState('');
  const [said, setSaid] = useState<'approved' | 'rejected' | null>(null);
  const isOwn = count.counted_by === `user:${me.id}`;
  const doing = useMutation({
    mutationFn: (approve: boolean) => askWhole(api.POST('/api/v1/stock/counts/{id}/decide', { params: { path: { id: count.id }, header: { 'Idempotency-Key': idempotencyKey() } }, body: { approve, ...(note.trim() ? { note: note.trim() } : {}) } })),
    onMutate: (approve) => setSaid(approve ? 'approved' : 'rejected'),
    onSuccess: (_, approve) => {
      toast(t(approve ? 'countApproved' : 'countRejected'));
      onClose();
    },
    // Where somebody else was quicker, what they decided is to be seen.
    onSettled: () => void cache.invalidateQueries({ queryKey: ['stock'] }),
  });
  return (
    <Dialog
      title={t('decideOn', { place: count.location.code })} onClose={onClose} onSubmit={() => !isOwn && doing.mutate(true)} wide
      foot={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look="danger" busy={doing.isPending && said === 'rejected'} onClick={() => doing.mutate(false)}>{t(isOwn ? 'takeBackCount' : 'rejectCount')}</Button>
          <Button type="submit" look="primary" why={isOwn ? t('ownCount') : undefined} busy={doing.isPending && said === 'approved'}>{t('approveCount')}</Button>
        </>
      }
    >
      {doing.error && <Notice tone="danger">{messageOf(doing.error)}</Notice>}
      {isOwn && <Notice>{t('ownCount')}</Notice>}
      <p>{t('decideText')}</p>
      <Lines count={count} />
      <Field label={t('decisionNote')} note={t('optional')}><TextArea value={note} onChange={setNote} maxLength={500} /></Field>
    </Dialog>
  );
}
