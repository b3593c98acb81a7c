/** What the server did not take as it was said, until somebody has read it; and what waits to be sent. */
import { CheckCheck, Clock3, RefreshCw } from 'lucide-react';
import { useWords } from '@/words';
import { useTerminal } from '../context';
import { saidAt, serverTime } from '../model/clock';
import type { Entry } from '../model/said';
import { Acts, useClockTime, useSaying } from '../parts';
import { Says } from '../Says';
import { terminalWords } from '../terminal.words';

/** As many of what waits as somebody looks through. */
const SHOWN = 100;

export function News() {
  const t = useWords(terminalWords);
  const time = useClockTime();
  const saying = useSaying();
  const { station, state, work, go } = useTerminal();
  const waiting = state.entries.filter((entry) => entry.state === 'waiting');
  const when = (entry: Entry) => time(new Date(serverTime(saidAt(entry, state.clock), state.clock)).toISOString());
  const who = (entry: Entry) => work.operators.find((one) => one.id === entry.operator_id)?.name ?? '';
  const back = { label: t('back'), onPress: () => go({ at: 'jobs' }) };
  return (
    <div className="term-step">
      <h2>{t('news')}</h2>
      {state.news.length === 0 && <p className="muted">{t('noNews')}</p>}
      <ul className="term-list">
        {state.news.map((entry) => (
          <li key={entry.id} className={entry.answer?.outcome}>
            <div className="grow">
              <span className={`badge ${entry.answer?.outcome === 'refused' ? 'danger' : entry.answer?.outcome === 'adjusted' ? 'warn' : 'info'}`}>{t(entry.answer?.outcome === 'refused' ? 'outcome_refused' : entry.answer?.outcome === 'adjusted' ? 'outcome_adjusted' : 'outcome_applied')}</span>
              <p><b>{saying(entry)}</b> <span className="muted">{when(entry)} {who(entry)}</span></p>
              {entry.answer && <p><Says rule={entry.answer.rule} says={entry.answer.says} /></p>}
              {entry.answer?.outcome === 'refused' ? <p className="muted">{t('refusedText')}</p> : entry.answer?.outcome === 'adjusted' && <p className="muted">{t('adjustedText')}</p>}
            </div>
            <button type="button" className="btn" onClick={() => void station.seen([entry.id])}>{t('read')}</button>
          </li>
        ))}
      </ul>
      <h3>{t('waiting')} <span className="muted">{t('waitingN', { n: waiting.length })}</span></h3>
      {waiting.length === 0 && <p className="muted">{t('nothingWaits')}</p>}
      <ul className="term-list">
        {waiting.slice(0, SHOWN).map((entry) => (
          <li key={entry.id}>
            <Clock3 size={20} className="faint" aria-hidden="true" />
            <div className="grow">
              <p><b>{saying(entry)}</b> <span className="muted">{when(entry)} {who(entry)}</span></p>
              {entry.tried > 0 && <p className="small muted">{t('tried', { n: entry.tried })}</p>}
            </div>
          </li>
        ))}
      </ul>
      {state.news.length > 0
        ? <Acts secondary={back} primary={{ label: t('readAll'), icon: <CheckCheck size={26} />, onPress: () => void station.seen(state.news.map((entry) => entry.id)) }} />
        : <Acts secondary={back} primary={{ label: t('sendNow'), icon: <RefreshCw size={24} />, onPress: () => station.nudge(true), why: waiting.length === 0 ? t('nothingWaits') : null }} />}
    </div>
  );
}
