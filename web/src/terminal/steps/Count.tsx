/** Good pieces by number, with their lot or serials; scrap and rework by reason, in two taps. */
import { Check, ChevronRight, CornerLeftUp, Minus, Plus, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useFormat } from '@/planning/numbers';
import { Button, Field, TextInput } from '@/ui';
import { useWords } from '@/words';
import { useJob, useTerminal } from '../context';
import { mayReport, numberFrom, trackingOf } from '../model/rules';
import { readCode } from '../model/scan';
import { madeOn, missing, reasonsBelow } from '../model/view';
import { Acts, Pad, Tile } from '../parts';
import { terminalWords } from '../terminal.words';
import { NoJob, useWhyNot } from './Job';

/** Lots that were typed last, by job: the next pieces are of the same one. */
const lastLot = new Map<string, string>();

export function Count({ id }: { id: string }) {
  const t = useWords(terminalWords);
  const format = useFormat();
  const whyNot = useWhyNot();
  const { say, go, onScan } = useTerminal();
  const job = useJob(id);
  const [text, setText] = useState('');
  const [lot, setLot] = useState(() => lastLot.get(id) ?? job?.lot_code ?? '');
  const [serials, setSerials] = useState<string[]>([]);
  const [typed, setTyped] = useState('');
  const tracking = job ? trackingOf(job) : 'none';
  const isSerial = tracking === 'serial';
  const isLot = tracking === 'lot';
  const addSerial = (code: string) => {
    const { serial, code: plain } = readCode(code);
    const one = serial ?? plain;
    if (one) setSerials((before) => (before.includes(one) ? before : [...before, one]));
    setTyped('');
  };
  useEffect(
    () => onScan((code) => {
      if (isSerial) addSerial(code);
      else if (isLot) setLot(readCode(code).lot ?? readCode(code).code);
      else return false;
      return true;
    }),
    [isSerial, isLot],
  );
  if (!job) return <NoJob />;
  const good = isSerial ? serials.length : text === '' ? 0 : numberFrom(text);
  const why = whyNot(mayReport(job, { good, scrap: 0, rework: 0, reasonId: null, lotCode: lot, serials }));
  const report = async () => {
    if (why) return;
    const lotCode = lot.trim();
    if (lotCode) lastLot.set(id, lotCode);
    const kept = await say({ kind: 'job.report', job_id: job.id, line_id: job.line_id, good, scrap: 0, rework: 0, ...madeOn(job), ...(lotCode && isLot ? { lot_code: lotCode } : {}), ...(isSerial ? { serials } : {}) }, { hold: true });
    if (kept) go({ at: 'job', job: job.id });
  };
  const left = missing(job);
  return (
    <div className="term-step">
      <h2>{job.item.name} <small className="muted">{t('missing')}: {format.number(left)} {job.item.unit}</small></h2>
      <div className="term-split">
        {isSerial ? (
          <div className="stack">
            <Field label={t('scanEach')}>
              <TextInput value={typed} onChange={setTyped} autoComplete="off" spellCheck={false} onKeyDown={(event) => event.key === 'Enter' && typed.trim() && addSerial(typed.trim())} />
            </Field>
            <Button icon={<Plus size={16} />} onClick={() => typed.trim() && addSerial(typed.trim())}>{t('add')}</Button>
            <p className="muted">{t('serialsN', { n: serials.length })}</p>
            <ul className="term-chips">
              {serials.map((one) => <li key={one}><button type="button" aria-label={t('remove', { what: one })} onClick={() => setSerials(serials.filter((other) => other !== one))}><span className="tabular">{one}</span><X size={16} /></button></li>)}
            </ul>
          </div>
        ) : <Pad value={text} onChange={setText} decimals={job.item.unit !== '' && !/^(pcs|pc|ea|stk|st|pza|u|unit|units)$/i.test(job.item.unit)} label={t('good')} onEnter={() => void report()} />}
        <div className="stack">
          {!isSerial && left > 0 && <Tile onPress={() => setText(String(left))}>{t('allMissing', { n: format.number(left) })}</Tile>}
          {isLot && <Field label={t('lotMade')}><TextInput value={lot} onChange={setLot} autoComplete="off" spellCheck={false} /></Field>}
        </div>
      </div>
      <Acts secondary={{ label: t('back'), onPress: () => go({ at: 'job', job: job.id }) }} primary={{ label: t('reportN', { n: Number.isFinite(good) ? format.number(good) : '–' }), icon: <Check size={26} />, onPress: () => void report(), why }} />
    </div>
  );
}

/** The reasons of a category, level by level; the last one chosen reports. */
export function Reasons({ id, category }: { id: string; category: 'scrap' | 'rework' }) {
  const t = useWords(terminalWords);
  const format = useFormat();
  const { say, go } = useTerminal();
  const job = useJob(id);
  const [pieces, setPieces] = useState(1);
  if (!job) return <NoJob />;
  const choose = async (reason: string) => {
    const kept = await say({ kind: 'job.report', job_id: job.id, line_id: job.line_id, good: 0, scrap: category === 'scrap' ? pieces : 0, rework: category === 'rework' ? pieces : 0, ...madeOn(job), reason_id: reason }, { hold: true });
    if (kept) go({ at: 'job', job: job.id });
  };
  return (
    <div className="term-step">
      <div className="row wrap">
        <h2 className="grow">{t(category === 'scrap' ? 'whyScrap' : 'whyRework')}</h2>
        <div className="term-stepper" role="group" aria-label={t('howMany')}>
          <button type="button" aria-label={t('less')} onClick={() => setPieces(Math.max(1, pieces - 1))}><Minus size={24} /></button>
          <output className="tabular" aria-live="polite">{format.whole(pieces)}</output>
          <button type="button" aria-label={t('plus')} onClick={() => setPieces(pieces + 1)}><Plus size={24} /></button>
        </div>
      </div>
      <ReasonTree category={category} lineId={job.line_id} onChoose={(reason) => void choose(reason)} />
      <Acts secondary={{ label: t('back'), onPress: () => go({ at: 'job', job: job.id }) }} primary={{ label: t('chooseReason'), onPress: () => undefined, why: t('chooseReason') }} />
    </div>
  );
}

export function ReasonTree({ category, lineId, onChoose, chosen }: { category: 'scrap' | 'rework' | 'stop'; lineId: string | null; onChoose: (id: string) => void; chosen?: string | null }) {
  const t = useWords(terminalWords);
  const { work } = useTerminal();
  const [below, setBelow] = useState<string | null>(null);
  const here = reasonsBelow(work.reasons, category, below, lineId);
  const parent = work.reasons.find((one) => one.id === below);
  if (here.length === 0 && !parent) return <p className="muted">{t('noReasons')}</p>;
  return (
    <div className="term-tiles reasons">
      {parent && <Tile icon={<CornerLeftUp size={22} />} onPress={() => setBelow(parent.parent_id)}>{parent.name}</Tile>}
      {here.map((one) => {
        const isBranch = reasonsBelow(work.reasons, category, one.id, lineId).length > 0;
        return <Tile key={one.id} pressed={chosen === undefined ? undefined : chosen === one.id} icon={isBranch ? <ChevronRight size={22} /> : undefined} note={one.code} onPress={() => (isBranch ? setBelow(one.id) : onChoose(one.id))}>{one.name}</Tile>;
      })}
    </div>
  );
}
