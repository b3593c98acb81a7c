/** Who works: a tap on the name or a badge, then the PIN. */
import { IdCard, LogIn, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useWords } from '@/words';
import { useTerminal } from '../context';
import type { OperatorFacts } from '../model/work';
import { Acts, Pad, Tile } from '../parts';
import { admit, whoseBadge } from '../people';
import { terminalWords } from '../terminal.words';

const initials = (name: string): string => name.split(/\s+/).map((part) => part[0] ?? '').join('').slice(0, 2).toUpperCase();

/** Lets somebody in, or says why not. */
function useAdmission() {
  const t = useWords(terminalWords);
  const { station, tell, signedIn } = useTerminal();
  const [busy, setBusy] = useState(false);
  const enter = async (operator: OperatorFacts, pin: string, badge: string | null): Promise<boolean> => {
    setBusy(true);
    try {
      const admitted = await admit(station.store, station.terminalId, operator, pin, badge);
      if (admitted === 'yes') signedIn(operator);
      else tell(admitted === 'wrong' ? t('wrongPin') : admitted === 'unknown-here' ? t('pinUnknownHere') : admitted.refused, 'danger');
      return admitted === 'yes';
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), 'danger');
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { enter, busy };
}

export function People() {
  const t = useWords(terminalWords);
  const { work, view, go, tell, onScan, operator, place } = useTerminal();
  const { enter } = useAdmission();
  useEffect(
    () => onScan((code) => {
      void whoseBadge(work.operators, code).then(async (owner) => {
        if (!owner) tell(t('badgeUnknown'), 'danger');
        else if (owner.has_pin) go({ at: 'pin', operator: owner.id, badge: code });
        else await enter(owner, '', code);
      });
      return true;
    }),
    [work.operators, place],
  );
  const people = [...work.operators].sort((a, b) => Number(view.labour.has(b.id)) - Number(view.labour.has(a.id)) || a.name.localeCompare(b.name));
  return (
    <div className="term-step">
      <h2>{t('whoAreYou')} <small className="muted">{t('orBadge')}</small></h2>
      {people.length === 0 && <p className="muted">{t('noOperators')}</p>}
      <div className="term-tiles people">
        {people.map((one) => (
          <Tile key={one.id} icon={<span className="term-initials" data-initials={initials(one.name)} />} note={view.labour.has(one.id) ? t('working') : undefined} onPress={() => go({ at: 'pin', operator: one.id, badge: null })}>{one.name}</Tile>
        ))}
      </div>
      <Acts secondary={operator ? { label: t('back'), icon: <X size={22} />, onPress: () => go({ at: 'jobs' }) } : null} />
    </div>
  );
}

export function Pin({ id, badge }: { id: string; badge: string | null }) {
  const t = useWords(terminalWords);
  const { work, go, tell, onScan } = useTerminal();
  const { enter, busy } = useAdmission();
  const [pin, setPin] = useState('');
  const operator = work.operators.find((one) => one.id === id);
  useEffect(
    () => onScan((code) => {
      void whoseBadge(work.operators, code).then(async (owner) => {
        if (!owner) tell(t('badgeUnknown'), 'danger');
        else if (owner.has_pin) go({ at: 'pin', operator: owner.id, badge: code });
        else await enter(owner, '', code);
      });
      return true;
    }),
    [work.operators],
  );
  if (!operator) return <Acts secondary={{ label: t('back'), onPress: () => go({ at: 'people' }) }} />;
  const submit = async () => {
    if (!(await enter(operator, pin, badge))) setPin('');
  };
  const back = { label: t('back'), icon: <X size={22} />, onPress: () => go({ at: 'people' }) };
  if (!operator.has_pin) {
    return (
      <div className="term-step center">
        <IdCard size={64} className="faint" aria-hidden="true" />
        <h2>{t('scanYourBadge')}</h2>
        <p className="muted">{t('scanYourBadgeText', { name: operator.name })}</p>
        <Acts secondary={back} />
      </div>
    );
  }
  return (
    <div className="term-step center">
      <h2>{t('pinOf', { name: operator.name })}</h2>
      <Pad value={pin} onChange={(next) => setPin(next.slice(0, 8))} secret label={t('pin')} onEnter={() => void submit()} />
      <Acts secondary={back} primary={{ label: t('signIn'), icon: <LogIn size={24} />, onPress: () => void submit(), why: pin.length < 4 ? t('pin') : busy ? '…' : null }} />
    </div>
  );
}
