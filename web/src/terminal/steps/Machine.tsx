/** On which machine a job runs and with which program: chosen from those of the line, or typed as the machine shows it. */
import { Check } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Field, TextInput } from '@/ui';
import { useWords } from '@/words';
import { useJob, useTerminal } from '../context';
import { readCode } from '../model/scan';
import { programFor } from '../model/view';
import { Acts, Tile } from '../parts';
import { terminalWords } from '../terminal.words';
import { NoJob } from './Job';

export function Machine({ id }: { id: string }) {
  const t = useWords(terminalWords);
  const { work, say, go, onScan } = useTerminal();
  const job = useJob(id);
  const [machine, setMachine] = useState(job?.equipment_id ?? null);
  const [program, setProgram] = useState(job?.program ?? '');
  const choose = (equipmentId: string) => {
    setMachine(equipmentId);
    setProgram((equipmentId === job?.equipment_id ? job.program : programFor(work.programs, id, equipmentId)) ?? '');
  };
  // The number of a machine chooses it; whatever else is scanned is what the machine shows as its program.
  useEffect(
    () => onScan((scanned) => {
      const { code } = readCode(scanned);
      const found = work.machines.find((one) => one.code === code && one.line_id === job?.line_id);
      if (found) choose(found.id);
      else setProgram(code);
      return true;
    }),
    [work.machines, work.programs, job],
  );
  if (!job) return <NoJob />;
  const machines = work.machines.filter((one) => one.line_id === job.line_id);
  const programs = [...new Set(work.programs.filter((one) => one.job_id === id && (one.equipment_id === null || one.equipment_id === machine)).map((one) => one.program))];
  const isOver = job.status === 'completed' || job.status === 'cancelled';
  const typed = program.trim();
  const isSame = machine === job.equipment_id && typed === (job.program ?? '');
  const why = isOver ? t('jobOver') : !machine && !typed ? t('chooseMachine') : isSame ? t('asBefore') : null;
  const keep = async () => {
    const kept = await say({ kind: 'job.machine', job_id: id, line_id: job.line_id, ...(machine && machine !== job.equipment_id ? { equipment_id: machine } : {}), ...(typed ? { program: typed } : {}) });
    if (kept) go({ at: 'job', job: id });
  };
  return (
    <div className="term-step">
      <h2>{t('machineOf', { job: job.code })}</h2>
      {machines.length > 0 && (
        <div className="term-tiles" role="group" aria-label={t('machine')}>
          {machines.map((one) => <Tile key={one.id} pressed={one.id === machine} note={one.name === one.code ? undefined : one.name} onPress={() => choose(one.id)}>{one.code}</Tile>)}
        </div>
      )}
      <div className="term-tiles" role="group" aria-label={t('program')}>
        {programs.map((one) => <Tile key={one} pressed={one === typed} onPress={() => setProgram(one)}>{one}</Tile>)}
      </div>
      <Field label={t('otherProgram')}><TextInput value={program} onChange={setProgram} autoComplete="off" spellCheck={false} maxLength={200} /></Field>
      {typed !== '' && programs.length > 0 && !programs.includes(typed) && <p className="notice warn">{t('programNotOrders')}</p>}
      <Acts secondary={{ label: t('back'), onPress: () => go({ at: 'job', job: id }) }} primary={{ label: t('useMachine'), icon: <Check size={26} />, onPress: () => void keep(), why }} />
    </div>
  );
}
