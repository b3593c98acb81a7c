/** Calls for help (andon): who is needed, and what was called already. */
import { BadgeCheck, Boxes, Hand, ShieldAlert, UserRound, Wrench } from 'lucide-react';
import { useState } from 'react';
import { Field, TextInput } from '@/ui';
import { useWords } from '@/words';
import { useTerminal } from '../context';
import { ANDON_KINDS, type AndonKind } from '../model/said';
import { Acts, Tile, useClockTime } from '../parts';
import { terminalWords } from '../terminal.words';

const ICONS = { material: Boxes, quality: BadgeCheck, maintenance: Wrench, supervisor: UserRound, safety: ShieldAlert };

export function Help() {
  const t = useWords(terminalWords);
  const time = useClockTime();
  const { view, state, lines, go, say } = useTerminal();
  const mine = view.lines.filter((one) => lines.has(one.id));
  const [lineId, setLine] = useState<string | null>(mine.length === 1 ? (mine[0]?.id ?? null) : null);
  const [call, setCall] = useState<AndonKind | null>(null);
  const [text, setText] = useState('');
  const line = mine.find((one) => one.id === lineId);
  const calls = view.calls.filter((one) => lines.has(one.line_id));
  const put = async () => {
    if (!line || !call) return;
    const kept = await say({ kind: 'andon.call', line_id: line.id, call, ...(text.trim() ? { text: text.trim() } : {}) });
    if (kept) {
      setCall(null);
      setText('');
    }
  };
  return (
    <div className="term-step">
      <h2>{line ? t('callWho', { line: line.name }) : t('callHelp')}</h2>
      {mine.length > 1 && <div className="term-tiles lots" role="group" aria-label={t('whichLine')}>{mine.map((one) => <Tile key={one.id} pressed={one.id === lineId} onPress={() => setLine(one.id)}>{one.name}</Tile>)}</div>}
      <div className="term-tiles reasons">
        {ANDON_KINDS.map((kind) => {
          const Icon = ICONS[kind];
          return <Tile key={kind} icon={<Icon size={26} />} pressed={call === kind} onPress={() => setCall(kind)}>{t(`call_${kind}`)}</Tile>;
        })}
      </div>
      <Field label={t('helpNote')}><TextInput value={text} onChange={setText} maxLength={200} autoComplete="off" /></Field>
      {calls.length > 0 && (
        <>
          <h3>{t('openCalls')}</h3>
          <ul className="term-list">
            {calls.map((one) => (
              <li key={one.id}>
                <div className="grow">
                  <b>{t(`call_${one.call}`)} · {view.lines.find((other) => other.id === one.line_id)?.name}</b>
                  <p className={one.own && state.reach !== 'here' ? 'bad' : 'muted'}>{t('calledAt', { at: time(one.called_at) })}, {one.own && state.reach !== 'here' ? t('notSentCall') : t(one.acknowledged_at ? 'acknowledged' : 'notSeen')}{one.text && ` – ${one.text}`}</p>
                </div>
                <button type="button" className="btn" onClick={() => void say({ kind: 'andon.clear', line_id: one.line_id, call_id: one.id })}>{t('clearCall')}</button>
              </li>
            ))}
          </ul>
        </>
      )}
      <Acts secondary={{ label: t('back'), onPress: () => go({ at: 'jobs' }) }} primary={{ label: t('callHelp'), icon: <Hand size={26} />, tone: 'stop', onPress: () => void put(), why: !line ? t('whichLine') : !call ? t('chooseHelp') : null }} />
    </div>
  );
}
