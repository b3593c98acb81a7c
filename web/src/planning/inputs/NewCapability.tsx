/** Asks which line may make which model more, and how fast. */
import { useMemo, useState } from 'react';
import { Button, Dialog, Field, NumberInput, Select, TextInput } from '@/ui';
import { useLanguage, useWords } from '@/words';
import type { PlantRecords } from '../data';
import { decimalMark } from '../grid/cells';
import { readNumber } from '../model/clipboard';
import { decimal, type NewCapability, type NewLine } from '../model/content';
import { planningWords } from '../planning.words';
import { inputsWords } from './inputs.words';

export interface NewCapabilityProps {
  records: PlantRecords;
  draft: { content: { new_lines: NewLine[] } };
  onAdd: (one: NewCapability) => void;
  onClose: () => void;
}

export function NewCapabilityDialog({ records, draft, onAdd, onClose }: NewCapabilityProps) {
  const t = useWords(inputsWords);
  const p = useWords(planningWords);
  const language = useLanguage();
  const [line, setLine] = useState('');
  const [item, setItem] = useState('');
  const [cycle, setCycle] = useState('');
  const [efficiency, setEfficiency] = useState('');
  const [from, setFrom] = useState('');
  const [tried, setTried] = useState(false);
  const mark = decimalMark(language);
  const [readCycle, readEfficiency] = [readNumber(cycle, mark), readNumber(efficiency, mark)];
  const wrongCycle = 'wrong' in readCycle || ('value' in readCycle && readCycle.value <= 0);
  const wrongEfficiency = 'wrong' in readEfficiency || ('value' in readEfficiency && (readEfficiency.value <= 0 || readEfficiency.value > 100));
  const areas = useMemo(() => new Map(records.areas.map((area) => [area.id, area.name])), [records.areas]);
  const lines = [
    ...records.lines.map((one) => ({ value: one.id, label: `${one.name} · ${areas.get(one.area_id) ?? ''}` })),
    ...draft.content.new_lines.map((one) => ({ value: `new:${one.name}`, label: `${one.name} · ${areas.get(one.area_id) ?? ''}` })),
  ];
  // What the line can make already is not offered again.
  const there = new Set(records.capabilities.filter((one) => one.line_id === line && one.active).map((one) => one.item_id));
  const submit = () => {
    setTried(true);
    if (!line || !item || wrongCycle || wrongEfficiency) return;
    const isNew = line.startsWith('new:');
    onAdd({
      line_id: isNew ? null : line, new_line: isNew ? line.slice(4) : null, item_id: item, step: null, cycle_time_s: 'value' in readCycle ? decimal(readCycle.value) : null,
      efficiency_pct: 'value' in readEfficiency ? decimal(readEfficiency.value, 3) : null, first_pass_yield_pct: '100', pieces_per_panel: 1, priority: 1, approved_from: from || null, approved_to: null,
    });
    onClose();
  };
  return (
    <Dialog title={t('newCapabilityTitle')} onClose={onClose} onSubmit={submit} foot={<><Button onClick={onClose}>{p('cancel')}</Button><Button type="submit" look="primary" onClick={undefined}>{t('add')}</Button></>}>
      <div className="form-grid">
        <Field label={p('line')} error={tried && !line ? t('required') : undefined}><Select value={line} empty="" onChange={(next) => { setLine(next); setItem(''); }} options={lines} autoFocus /></Field>
        <Field label={p('model')} error={tried && !item ? t('required') : undefined}><Select value={item} empty="" onChange={setItem} options={records.models.filter((one) => !there.has(one.id)).map((one) => ({ value: one.id, label: one.name }))} /></Field>
        <Field label={t('cycleTime')} help={t('meanHelp')} error={wrongCycle ? t('required') : undefined}><NumberInput unit="s" value={cycle} onChange={setCycle} /></Field>
        <Field label={t('efficiency')} help={t('meanHelp')} error={wrongEfficiency ? t('required') : undefined}><NumberInput unit="%" value={efficiency} onChange={setEfficiency} /></Field>
        <Field label={t('approvedFrom')}><TextInput type="date" value={from} onChange={setFrom} /></Field>
      </div>
    </Dialog>
  );
}
