/** What lost the most time: a Pareto of stops, in words, bars and numbers. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { TimerOff } from 'lucide-react';
import { Kiosk } from '@/dashboards/parts';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import '@/planning/planning.css';
import { Badge, Empty, ErrorView, Loading, Page, Segmented, Switch } from '@/ui';
import { useWords } from '@/words';
import { boardsWords } from './boards.words';
import { downtimeQuery, LOSS_BYS, useFresh, type LossBy } from './data';
import { LiveDot, RangeTools, useLasting, useLossName, useRange } from './parts';

export default function DowntimePage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(boardsWords);
  const format = useFormat();
  const last = useLasting();
  const [url, setUrl] = useUrl();
  const at = useFresh();
  const range = useRange('7d');
  const by = (LOSS_BYS.find((one) => one === url('by')) ?? 'reason') satisfies LossBy;
  const planned = url('planned') === 'yes';
  const downtime = useQuery({ ...downtimeQuery(plantId, range, by, url('line'), planned), placeholderData: keepPreviousData });
  const first = downtime.data?.items[0];
  const nameOf = useLossName();
  const most = Math.max(1, ...(downtime.data?.items ?? []).map((one) => one.duration_s));
  return (
    <Kiosk>
      <Page title={t('downtime')} about={t('downtimeAbout')} beside={<LiveDot at={at} />} actions={<RangeTools plantId={plantId} fallback="7d" />}>
        <div className="row wrap">
          <Segmented label={t('by')} value={by} onChange={(value) => setUrl({ by: value === 'reason' ? '' : value })} segments={LOSS_BYS.map((value) => ({ value, label: t(`by_${value}`) }))} />
          <label className="row"><Switch checked={planned} onChange={(on) => setUrl({ planned: on ? 'yes' : '' })} /><span>{t('planned')}</span></label>
        </div>
        {downtime.isPending ? <Loading /> : downtime.error ? <ErrorView error={downtime.error} onRetry={() => void downtime.refetch()} /> : downtime.data.items.length === 0 ? (
          <div className="panel"><Empty icon={<TimerOff size={28} />} title={t('noStops')}>{t('noStopsText')}</Empty></div>
        ) : (
          <>
            <section className="headline panel">
              <div className="headline-top">
                <div className="headline-number"><span>{last(downtime.data.total_s)}</span></div>
                <div className="headline-words">
                  <p className="first">{t('lost', { time: last(downtime.data.total_s), n: downtime.data.stops })}</p>
                  {first && <p className="muted">{t('first', { name: nameOf(first.name), pct: format.number(first.share_pct ?? 0, 0) })}</p>}
                </div>
              </div>
            </section>
            <section className="panel table-scroll">
              <table className="table pareto" aria-label={t('downtime')}>
                <thead><tr><th scope="col">{t(`by_${by}`)}</th><th scope="col"><span className="sr-only">{t('shareOf')}</span></th><th scope="col" className="num">{t('duration')}</th><th scope="col" className="num">{t('stops')}</th><th scope="col" className="num">{t('each')}</th><th scope="col" className="num">{t('portion')}</th><th scope="col" className="num">{t('cumulative')}</th></tr></thead>
                <tbody>
                  {downtime.data.items.map((loss) => (
                    <tr key={`${loss.id} ${loss.name} ${loss.path.join()}`}>
                      <th scope="row">{loss.path.length > 0 && <span className="muted">{loss.path.join(' › ')} › </span>}{nameOf(loss.name)} {loss.planned && <Badge>{t('planned')}</Badge>}</th>
                      <td className="pareto-cell">
                        <span className="pareto-bar" aria-hidden="true"><i style={{ width: `${(100 * loss.duration_s) / most}%` }} /><u style={{ left: `${loss.cumulative_pct ?? 0}%` }} /></span>
                      </td>
                      <td className="num">{last(loss.duration_s)}</td><td className="num">{format.whole(loss.stops)}</td><td className="num">{loss.stops > 0 ? last(loss.duration_s / loss.stops) : '–'}</td>
                      <td className="num">{loss.share_pct === null ? '–' : `${format.number(loss.share_pct, 1)} %`}</td><td className="num">{loss.cumulative_pct === null ? '–' : `${format.number(loss.cumulative_pct, 0)} %`}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </>
        )}
      </Page>
    </Kiosk>
  );
}
