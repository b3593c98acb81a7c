/** Lines that there would be. */
import { Factory, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { Button, Dialog, Empty, Field, IconButton, NumberInput, Select, TextInput } from '@/ui';
import { useLanguage, useWords } from '@/words';
import type { PlantRecords } from '../data';
import { decimalMark } from '../grid/cells';
import { readNumber } from '../model/clipboard';
import { without, type NewLine } from '../model/content';
import { useNames } from '../names';
import { useFormat } from '../numbers';
import { planningWords } from '../planning.words';
import type { SectionProps } from './Inputs';
import { inputsWords } from './inputs.words';

export function NewLines({ records, draft, periods, onChange }: SectionProps) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const format = useFormat();
  const names = useNames(records);
  const [adding, setAdding] = useState(false);
  const lines = draft.content.new_lines;
  const add = onChange && <Button size="small" icon={<Plus size={14} />} onClick={() => setAdding(true)}>{t('newLine')}</Button>;
  return (
    <div className="panel">
      {lines.length === 0 ? <Empty icon={<Factory size={28} />} title={t('noneNew')} actions={add}>{t('noneNewText')}</Empty> : (
        <>
          <div className="grid-tools"><span className="grow" />{add}</div>
          <div className="table-scroll">
            <table className="table">
              <thead><tr><th>{p('name')}</th><th>{p('area')}</th><th>{t('likeLine')}</th><th className="num">{t('hoursPerDay')}</th><th>{t('fromPeriod')}</th><th /></tr></thead>
              <tbody>
                {lines.map((line, index) => (
                  <tr key={line.name}>
                    <td className="strong">{line.name}</td><td>{names.area(line.area_id)}</td><td>{line.like_line_id ? names.line(line.like_line_id) : '–'}</td>
                    <td className="num">{line.available_s_per_day == null ? '–' : format.number(line.available_s_per_day / 3600)}</td><td className="tabular">{line.from_period ?? t('first')}</td>
                    <td className="actions">
                      {onChange && (
                        <IconButton
                          size="small" label={`${t('take')}: ${line.name}`} icon={<X size={14} />}
                          onClick={() => onChange({ ...without(draft.content, 'new_lines', index), new_capabilities: draft.content.new_capabilities.filter((one) => one.new_line !== line.name) })}
                        />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {adding && onChange && <NewLineDialog records={records} periods={periods} taken={lines.map((line) => line.name)} onClose={() => setAdding(false)} onAdd={(line) => onChange({ ...draft.content, new_lines: [...lines, line] })} />}
    </div>
  );
}

/** The next name in a row of names: CC-03 is followed by CC-04. */
export function nextName(like: string, taken: ReadonlySet<string>): string {
  const match = /^(.*?)(\d+)(\D*)$/.exec(like);
  for (let step = 1; step < 1000; step += 1) {
    const name = match ? `${match[1]}${String(Number(match[2]) + step).padStart(match[2]!.length, '0')}${match[3]}` : `${like} ${step + 1}`;
    if (!taken.has(name)) return name;
  }
  return '';
}

export function NewLineDialog({ records, periods, taken, onAdd, onClose }: { records: PlantRecords; periods: readonly string[]; taken: string[]; onAdd: (line: NewLine) => void; onClose: () => void }) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const language = useLanguage();
  const known = new Set([...records.lines.map((line) => line.name), ...taken]);
  const [like, setLike] = useState('');
  const [name, setName] = useState('');
  const [area, setArea] = useState('');
  const [hours, setHours] = useState('');
  const [from, setFrom] = useState('');
  const [tried, setTried] = useState(false);
  const read = readNumber(hours, decimalMark(language));
  const wrongHours = 'wrong' in read || ('value' in read && (read.value < 0 || read.value > 24)) || ('empty' in read && !like);
  const choose = (id: string) => {
    setLike(id);
    const line = records.lines.find((one) => one.id === id);
    if (!line) return;
    setArea(line.area_id);
    if (name === '' || !known.has(name)) setName(nextName(line.name, known));
  };
  const submit = () => {
    setTried(true);
    if (!name.trim() || known.has(name.trim()) || !area || wrongHours) return;
    onAdd({ name: name.trim(), area_id: area, like_line_id: like || null, available_s_per_day: 'value' in read ? Math.round(read.value * 3600) : null, overtime_s_per_day: null, from_period: from || null });
    onClose();
  };
  return (
    <Dialog title={t('newLineTitle')} onClose={onClose} onSubmit={submit} foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" onClick={undefined}>{t('add')}</Button></>}>
      <div className="form-grid">
        <Field label={t('likeLine')} help={t('likeHelp')}><Select value={like} empty="" onChange={choose} options={records.lines.map((one) => ({ value: one.id, label: one.name }))} autoFocus /></Field>
        <Field label={p('name')} error={tried && !name.trim() ? t('required') : known.has(name.trim()) ? t('lineTaken') : undefined}><TextInput value={name} onChange={setName} /></Field>
        <Field label={p('area')} error={tried && !area ? t('required') : undefined}><Select value={area} empty="" onChange={setArea} options={records.areas.map((one) => ({ value: one.id, label: one.name }))} /></Field>
        <Field label={t('hoursPerDay')} error={tried && wrongHours ? t('required') : undefined}><NumberInput unit="h/d" value={hours} onChange={setHours} /></Field>
        <Field label={t('fromPeriod')}><Select value={from} empty={t('first')} onChange={setFrom} options={periods.map((one) => ({ value: one, label: one }))} /></Field>
      </div>
    </Dialog>
  );
}
