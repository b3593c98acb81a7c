/** A line that stands: since when, and why; the reason can follow later. */
import { CircleStop, Play } from 'lucide-react';
import { useState } from 'react';
import { useWords } from '@/words';
import { useTerminal } from '../context';
import { Acts, Tile, useClockTime } from '../parts';
import { terminalWords } from '../terminal.words';
import { ReasonTree } from './Count';

export function Stop({ line: given, stop }: { line: string | null; stop?: string | undefined }) {
  const t = useWords(terminalWords);
  const time = useClockTime();
  const { view, lines, go, say } = useTerminal();
  const mine = view.lines.filter((one) => lines.has(one.id));
  const [chosen, setChosen] = useState<string | null>(given ?? (mine.length === 1 ? (mine[0]?.id ?? null) : null));
  const line = view.lines.find((one) => one.id === chosen);
  const back = { label: t('back'), onPress: () => go({ at: 'jobs' }) };
  if (!line) {
    return (
      <div className="term-step">
        <h2>{t('whichLine')}</h2>
        <div className="term-tiles reasons">{mine.map((one) => <Tile key={one.id} note={t(`state_${one.state}`)} onPress={() => setChosen(one.id)}>{one.name}</Tile>)}</div>
        <Acts secondary={back} />
      </div>
    );
  }
  const isStopped = line.state === 'stopped';
  const asked = line.unexplained.find((one) => one.id === stop) ?? line.unexplained.at(-1);
  const choose = async (reason: string) => {
    const about = asked && (!asked.own ? { stop_id: asked.id } : {});
    const kept = about ? await say({ kind: 'line.reason', line_id: line.id, reason_id: reason, ...about }) : await say({ kind: 'line.stop', line_id: line.id, reason_id: reason });
    if (kept) go({ at: 'jobs' });
  };
  const isOver = asked?.ended_at !== null && asked !== undefined;
  return (
    <div className="term-step">
      <h2>{t(isOver && !isStopped ? 'whyWasStopped' : 'whyStopped', { line: line.name })}</h2>
      {asked && <p className="muted">{asked.ended_at ? t('stoppedFrom', { line: line.name, from: time(asked.started_at), to: time(asked.ended_at) }) : t('stoppedSince', { line: line.name, at: time(asked.started_at) })}</p>}
      <ReasonTree category="stop" lineId={line.id} onChoose={(reason) => void choose(reason)} />
      {isStopped
        ? <Acts secondary={back} primary={{ label: t('runAgain'), icon: <Play size={26} />, onPress: () => void say({ kind: 'line.run', line_id: line.id }).then((kept) => kept && go({ at: 'jobs' })) }} />
        : asked ? <Acts secondary={back} primary={{ label: t('chooseReason'), onPress: () => undefined, why: t('chooseReason') }} />
        : <Acts secondary={back} primary={{ label: t('stopNoReason'), icon: <CircleStop size={26} />, tone: 'stop', onPress: () => void say({ kind: 'line.stop', line_id: line.id }).then((kept) => kept && go({ at: 'jobs' })) }} />}
    </div>
  );
}
