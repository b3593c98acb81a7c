/** The plant board: every line now, for a screen on the wall. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Factory } from 'lucide-react';
import { Kiosk } from '@/dashboards/parts';
import { useFormat } from '@/planning/numbers';
import { useUrl } from '@/planning/url';
import '@/planning/planning.css';
import { Empty, ErrorView, Figure, Loading, Page, Select } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { boardsWords } from './boards.words';
import { Calls } from './Calls';
import { plantBoardQuery, useFresh, type LineCard } from './data';
import { Bar, LiveDot, settledFigures, Share, StateName, STATES, useFigure } from './parts';

export default function PlantBoardPage() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(boardsWords);
  const format = useFormat();
  const figure = useFigure();
  const at = useFresh();
  const [url, setUrl] = useUrl();
  const board = useQuery(plantBoardQuery(plantId));
  const areas = [...new Map((board.data?.lines ?? []).map((line) => [line.area_id, line.area]))];
  const lines = (board.data?.lines ?? []).filter((line) => !url('area') || line.area_id === url('area'));
  const calls = lines.flatMap((line) => line.calls.map((call) => ({ ...call, line: line.line })));
  return (
    <Kiosk>
      <Page
        title={board.data?.plant ?? t('board')} about={t('boardAbout')} beside={<LiveDot at={at} />}
        actions={<>{areas.length > 1 && <Select style={{ width: 'auto' }} aria-label={t('area')} value={url('area')} empty={t('area')} options={areas.map(([value, label]) => ({ value, label }))} onChange={(value) => setUrl({ area: value })} />}<Share /></>}
      >
        {board.isPending ? <Loading /> : board.error ? <ErrorView error={board.error} onRetry={() => void board.refetch()} /> : board.data.lines.length === 0 ? <div className="panel"><Empty icon={<Factory size={28} />} title={t('noLines')} /></div> : (
          <>
            <section className="board-head panel">
              <div className="headline-number"><span>{board.data.total.figures.oee_pct === null ? '–' : format.number(board.data.total.figures.oee_pct, 1)}<small>%</small></span><em>{t('oee')}</em></div>
              <Figure name={t('availability')} value={figure(board.data.total.figures.availability_pct)} />
              <Figure name={t('effectiveness')} value={figure(board.data.total.figures.effectiveness_pct)} />
              <Figure name={t('quality')} value={figure(board.data.total.figures.quality_pct)} />
              <Figure name={t('goodPieces')} value={format.whole(board.data.total.quantities.good)} />
              <Figure name={t('scrapPieces')} value={format.whole(board.data.total.quantities.scrapped)} />
              <ul className="board-states">{STATES.map((state) => <li key={state}><StateName state={state} /> <b className="tabular">{lines.filter((line) => (line.state ?? 'offline') === state).length}</b></li>)}</ul>
            </section>
            {calls.length > 0 && <Calls plantId={plantId} calls={calls} />}
            <div className="board">{lines.map((line) => <Card key={line.line_id} line={line} plantId={plantId} />)}</div>
          </>
        )}
      </Page>
    </Kiosk>
  );
}

function Card({ line, plantId }: { line: LineCard; plantId: string }) {
  const t = useWords(boardsWords);
  const format = useFormat();
  const figure = useFigure();
  const language = useLanguage();
  const since = line.state_since ? new Date(line.state_since) : null;
  const at = since?.toLocaleString(language, Date.now() - since.getTime() < 86_400_000 ? { timeStyle: 'short' } : { dateStyle: 'short', timeStyle: 'short' });
  return (
    <Link className={`card ${line.state ?? 'offline'} ${line.calls.length > 0 ? 'called' : ''}`} to={`/plants/${plantId}/lines/${line.line_id}/board` as string} title={t('openBoard')}>
      <span className="card-head"><b className="ellipsis">{line.line}</b><StateName state={line.state} /></span>
      <span className="card-why small">{line.reason ?? (line.state === 'stopped' ? t('noReason') : line.area)}{at && <span className="muted"> · {t('since', { at })}</span>}</span>
      {line.job ? (
        <span className="card-job">
          <span className="row"><b className="grow ellipsis">{line.job.item_code}</b><span className="tabular">{format.whole(line.job.good)} / {format.whole(line.job.quantity)}</span></span>
          <Bar pct={line.job.progress_pct} />
          <span className="small muted ellipsis">{line.job.order_code} {line.job.item}{line.job.late && <span className="bad"> · {t('lateOrder')}</span>}</span>
        </span>
      ) : <span className="card-job muted">{t('noJob')}</span>}
      <span className="card-foot"><span><small>{t('oee')}</small><b className="tabular">{figure(settledFigures(line).oee_pct)}</b></span><span><small>{t('goodPieces')}</small><b className="tabular">{format.whole(line.quantities.good)}</b></span><span><small>{t('scrapPieces')}</small><b className="tabular">{format.whole(line.quantities.scrapped)}</b></span></span>
    </Link>
  );
}
