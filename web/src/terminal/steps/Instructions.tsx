/** The work instructions of a job, one step at a time: text and picture, and what the step asks for. */
import { Camera, Check, CheckCheck, PenLine } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { hasCamera } from '@/camera/Camera';
import { PhotoDialog } from '@/camera/PhotoDialog';
import { useFormat } from '@/planning/numbers';
import { Notice } from '@/ui';
import { useWords } from '@/words';
import { useJob, useTerminal } from '../context';
import { instructionsOf, numberFrom, withinLimits } from '../model/rules';
import type { StepFacts } from '../model/work';
import { Acts, Pad, type Act } from '../parts';
import { smaller } from '../photo';
import { terminalWords } from '../terminal.words';
import { NoJob } from './Job';

export function Instructions({ id }: { id: string }) {
  const t = useWords(terminalWords);
  const { work, view, go } = useTerminal();
  const job = useJob(id);
  const steps = job ? instructionsOf(job, work.instructions).flatMap((one) => one.steps) : [];
  const isDone = (step: StepFacts) => view.stepsDone.has(`${id} ${step.id}`);
  const [at, setAt] = useState(() => Math.max(0, steps.findIndex((step) => !isDone(step))));
  if (!job) return <NoJob />;
  const toJob = () => go({ at: 'job', job: id });
  const step = steps[Math.min(at, steps.length - 1)];
  if (!step) {
    return (
      <div className="term-step center">
        <p className="muted">{t('noInstructions')}</p>
        <Acts secondary={{ label: t('back'), onPress: toJob }} />
      </div>
    );
  }
  const index = steps.indexOf(step);
  const next = () => (index + 1 < steps.length ? setAt(index + 1) : toJob());
  const back = { label: t('back'), onPress: () => (index > 0 ? setAt(index - 1) : toJob()) };
  return (
    <div className="term-step">
      <div className="row wrap">
        <h2 className="grow">{step.title || t('stepOf', { n: index + 1, of: steps.length })}</h2>
        {step.title && <span className="muted tabular">{t('stepOf', { n: index + 1, of: steps.length })}</span>}
      </div>
      <ol className="term-dots" aria-hidden="true">{steps.map((one, number) => <li key={one.id} className={`${isDone(one) ? 'done' : ''} ${number === index ? 'here' : ''}`} />)}</ol>
      <Step key={step.id} step={step} jobId={id} isDone={isDone(step)} onNext={next} back={back} />
    </div>
  );
}

function Step({ step, jobId, isDone, onNext, back }: { step: StepFacts; jobId: string; isDone: boolean; onNext: () => void; back: Act }) {
  const t = useWords(terminalWords);
  const format = useFormat();
  const { say, operator, tell } = useTerminal();
  const [text, setText] = useState('');
  const [photo, setPhoto] = useState<Blob | null>(null);
  const [shooting, setShooting] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const byFile = () => input.current?.click();
  const shoot = () => (hasCamera() ? setShooting(true) : byFile());
  const keep = (picture: Blob) => void smaller(picture).then(setPhoto, (error: unknown) => tell(String(error), 'danger'));
  const value = text === '' ? Number.NaN : numberFrom(text);
  const outside = step.kind === 'value' && Number.isFinite(value) ? withinLimits(step, value) : null;
  const put = async (what: { value?: number; signoff?: true }, picture?: Blob) => {
    const kept = await say({ kind: 'step.done', job_id: jobId, step_id: step.id, ...what }, picture ? { photo: picture, quiet: true } : { quiet: true });
    if (kept) onNext();
  };
  const limits = step.min !== null && step.max !== null ? t('limits', { min: format.number(step.min), max: format.number(step.max) }) : step.min !== null ? t('limitMin', { min: format.number(step.min) }) : step.max !== null ? t('limitMax', { max: format.number(step.max) }) : '';
  const primary = (): Act => {
    if (isDone && step.kind !== 'value') return { label: t('next'), icon: <CheckCheck size={26} />, onPress: onNext };
    switch (step.kind) {
      case 'text': return { label: t('confirmStep'), icon: <Check size={26} />, onPress: () => void put({}) };
      case 'signoff': return { label: t('signStep', { name: operator?.name ?? '' }), icon: <PenLine size={26} />, onPress: () => void put({ signoff: true }), why: operator ? null : t('nobody') };
      case 'photo': return photo ? { label: t('confirmStep'), icon: <Check size={26} />, onPress: () => void put({}, photo) } : { label: t('takePhoto'), icon: <Camera size={26} />, onPress: shoot };
      case 'value': {
        if (isDone && text === '') return { label: t('next'), icon: <CheckCheck size={26} />, onPress: onNext };
        const shown = `${Number.isFinite(value) ? format.number(value, 4) : '–'} ${step.unit ?? ''}`.trim();
        return { label: outside ? t('keepAnyway', { n: shown }) : `${t('confirmStep')}: ${shown}`, icon: <Check size={26} />, onPress: () => void put({ value }), why: Number.isFinite(value) ? null : t('notNumber'), ...(outside ? { tone: 'stop' as const } : {}) };
      }
    }
  };
  return (
    <>
      <div className="term-split">
        <div className="stack">
          {step.file_id && <Picture id={step.file_id} />}
          {step.text && <p className="term-text">{step.text}</p>}
          {isDone && <p className="good row"><CheckCheck size={20} /> {t('stepDone')}</p>}
        </div>
        {step.kind === 'value' && (
          <div className="stack">
            <p className="muted">{t('value')} {step.unit && `(${step.unit})`} {limits && `· ${limits}`}</p>
            <Pad value={text} onChange={setText} decimals label={t('value')} />
            {outside && <Notice tone="danger">{t(outside)} {t('valueOut')}</Notice>}
          </div>
        )}
        {step.kind === 'photo' && (
          <div className="stack">
            <input ref={input} type="file" accept="image/*" capture="environment" hidden onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) keep(file);
            }} />
            {photo && <Shown blob={photo} />}
            {photo && <button type="button" className="term-tile" onClick={shoot}><Camera size={22} /><span className="grow"><b>{t('otherPhoto')}</b></span></button>}
          </div>
        )}
      </div>
      {shooting && <PhotoDialog onPhoto={keep} onFile={byFile} onClose={() => setShooting(false)} />}
      <Acts secondary={back} primary={primary()} />
    </>
  );
}

/** A picture of the instructions, from this device. */
function Picture({ id }: { id: string }) {
  const t = useWords(terminalWords);
  const { station } = useTerminal();
  const [blob, setBlob] = useState<Blob | null | undefined>(undefined);
  useEffect(() => void station.file(id).then((found) => setBlob(found ?? null), () => setBlob(null)), [id]);
  return blob ? <Shown blob={blob} /> : blob === null ? <p className="muted">{t('pictureAway')}</p> : null;
}

function Shown({ blob }: { blob: Blob }) {
  const [address, setAddress] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address ? <img className="term-picture" src={address} alt="" /> : null;
}
