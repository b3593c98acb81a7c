/** What is uncertain, and how far: one row for each input, numbers beside words. */
import { Plus, RotateCcw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Problem } from '@/api/problem';
import { Button, Field, IconButton, Notice, NumberInput, Select, TextArea, TextInput } from '@/ui';
import { useWords } from '@/words';
import type { PlantRecords } from '../data';
import { planningWords } from '../planning.words';
import { askedOf, KINDS, MEMBERS, QUANTITIES, SCOPES, usualInput, usualSetup, usualTyped, type Draft, type Kind, type Quantity, type RiskAsked, type Scope, type Setup as Typed } from './model';
import { riskWords, type RiskKey } from './risk.words';

/** What a quantity may be of. */
const SCOPES_OF: Record<Quantity, readonly Scope[]> = {
  volume: ['families', 'customers', 'models'], efficiency: ['areas', 'lines', 'families', 'models'], cycle_time: ['areas', 'lines', 'families', 'models'], availability: ['areas', 'lines'],
};
const GROUPS_OF: Record<Quantity, readonly RiskKey[]> = {
  volume: ['alone', 'family', 'customer', 'all'], efficiency: ['alone', 'area', 'all'], cycle_time: ['alone', 'area', 'all'], availability: ['alone', 'area', 'all'],
};
const LABEL: Record<string, RiskKey> = {
  within: 'within', mean_pct: 'mean', low_pct: 'least', mode_pct: 'likely', high_pct: 'most', cv_pct: 'cv', values: 'weighted', values_pct: 'values', mtbf_h: 'mtbf', mttr_h: 'mttr',
};

export function Setup({ typed, onChange, records, refused, why, busy, onRun, onCancel }: {
  typed: Typed; onChange: (typed: Typed) => void; records: PlantRecords | undefined; refused: Problem | undefined; why: string | undefined; busy: boolean; onRun: (asked: RiskAsked) => void; onCancel?: (() => void) | undefined;
}) {
  const t = useWords(riskWords);
  const p = useWords(planningWords);
  const [wrong, setWrong] = useState<ReadonlySet<string>>(new Set());
  const error = (...pointers: string[]) => {
    const found = pointers.find((pointer) => wrong.has(pointer));
    return found ? t('badNumber') : pointers.map((pointer) => refused?.at(pointer)).find(Boolean);
  };
  const set = (index: number, patch: Partial<Draft>) => onChange({ ...typed, inputs: typed.inputs.map((input, at) => (at === index ? { ...input, ...patch } : input)) });
  const submit = () => {
    const answer = askedOf(typed);
    setWrong('wrong' in answer ? answer.wrong : new Set());
    if ('asked' in answer) onRun(answer.asked);
  };
  // What no field shows is said above all fields.
  const elsewhere = refused?.errors.filter((one) => /^\/inputs\/\d+\/?$|^\/inputs$|\/distribution$|\/of(\/|$)|^$/.test(one.pointer)) ?? [];
  return (
    <form
      id="risk-setup" className="panel risk-setup" aria-label={t('setUp')}
      onSubmit={(event) => {
        event.preventDefault();
        if (why === undefined && !busy) submit();
      }}
    >
      <div className="head"><h2 className="grow">{t('setUp')}</h2><Button size="small" look="ghost" icon={<RotateCcw size={14} />} onClick={() => onChange(usualSetup())}>{t('defaults')}</Button></div>
      <div className="body stack">
        <p className="muted">{t('setUpHelp')} {t('oeeHelp')}</p>
        {elsewhere.length > 0 && <Notice tone="danger"><ul>{elsewhere.slice(0, 6).map((one) => <li key={one.pointer + one.code}>{one.detail}</li>)}</ul></Notice>}
        <ul className="risk-inputs">
          {typed.inputs.map((input, index) => (
            <InputRow
              key={input.key} input={input} records={records} onChange={(patch) => set(index, patch)} error={(...members) => error(...members.map((member) => `/inputs/${index}/${member}`))}
              onRemove={() => onChange({ ...typed, inputs: typed.inputs.filter((_, at) => at !== index) })}
            />
          ))}
        </ul>
        <div className="row wrap"><Button size="small" icon={<Plus size={14} />} onClick={() => onChange({ ...typed, inputs: [...typed.inputs, usualInput('volume')] })}>{t('add')}</Button></div>
        <div className="risk-numbers">
          <Field label={t('samples')} help={t('samplesHelp')} error={error('/samples')}><NumberInput value={typed.samples} onChange={(samples) => onChange({ ...typed, samples })} /></Field>
          <Field label={t('target')} error={error('/target_utilization_pct')}><NumberInput unit="%" value={typed.target} onChange={(target) => onChange({ ...typed, target })} /></Field>
          <Field label={t('tolerance')} help={t('toleranceHelp')} error={error('/tolerance_pct')}><NumberInput unit="%" value={typed.tolerance} onChange={(tolerance) => onChange({ ...typed, tolerance })} /></Field>
          <Field label={t('seed')} help={t('seedHelp')} error={error('/seed')}><NumberInput value={typed.seed} onChange={(seed) => onChange({ ...typed, seed })} /></Field>
        </div>
        <div className="row">
          <Button type="submit" look="primary" busy={busy} why={why} onClick={undefined}>{t(busy ? 'busy' : 'run')}</Button>
          {onCancel && <Button onClick={onCancel}>{p('cancel')}</Button>}
        </div>
      </div>
    </form>
  );
}

function InputRow({ input, records, onChange, onRemove, error }: {
  input: Draft; records: PlantRecords | undefined; onChange: (patch: Partial<Draft>) => void; onRemove: () => void; error: (...members: string[]) => string | undefined;
}) {
  const t = useWords(riskWords);
  const [open, setOpen] = useState(Boolean(input.together || input.correlation || input.persistence));
  const quantity = (next: Quantity) => {
    const kind: Kind = next !== 'availability' && input.kind === 'breakdowns' ? 'normal' : input.kind;
    const usual = usualInput(next);
    // Another quantity begins with its own usual figures, and is of what it can be of.
    onChange({ quantity: next, of: '', together: '', kind: next === 'availability' ? usual.kind : kind, typed: next === 'availability' || kind !== input.kind ? usual.typed : input.typed });
  };
  const kinds = KINDS.filter((kind) => kind !== 'breakdowns' || input.quantity === 'availability');
  return (
    <li className="risk-input">
      <Field label={t('quantity')} className="wide"><Select value={input.quantity} onChange={(value) => quantity(value as Quantity)} options={QUANTITIES.map((one) => ({ value: one, label: t(one) }))} /></Field>
      <Field label={t('of')} className="wide" error={error('of', 'of/families/0', 'of/customers/0', 'of/models/0', 'of/lines/0', 'of/areas/0')}><ScopeSelect input={input} records={records} onChange={(of) => onChange({ of })} /></Field>
      <Field label={t('distribution')} className="wide" error={error('distribution', 'distribution/kind')}>
        <Select value={input.kind} onChange={(kind) => onChange({ kind: kind as Kind, typed: usualTyped(kind as Kind, input.quantity) })} options={kinds.map((kind) => ({ value: kind, label: t(kind) }))} />
      </Field>
      {MEMBERS[input.kind].map((member) => {
        const unit = member.endsWith('_h') ? 'h' : '%';
        const value = input.typed[member] ?? '';
        const change = (next: string) => onChange({ typed: { ...input.typed, [member]: next } });
        const label = t(LABEL[member] ?? 'values');
        const wrong = error(`distribution/${member === 'within' ? 'sd_pct' : member}`);
        if (member === 'values') return <Field key={member} label={label} help={t('weightedHelp')} error={wrong} className="text"><TextArea value={value} onChange={change} rows={3} /></Field>;
        if (member === 'values_pct') return <Field key={member} label={label} help={t('valuesHelp')} error={wrong} className="text"><TextInput value={value} onChange={change} /></Field>;
        return <Field key={member} label={label} error={wrong}><NumberInput unit={unit} value={value} onChange={change} placeholder={member === 'mean_pct' ? '0' : undefined} /></Field>;
      })}
      {open && (
        <>
          <Field label={t('together')} help={t('togetherHelp')} error={error('together')} className="wide">
            <Select value={input.together} empty={t('usual')} onChange={(together) => onChange({ together })} options={GROUPS_OF[input.quantity].map((one) => ({ value: one, label: t(one) }))} />
          </Field>
          <Field label={t('correlation')} error={error('correlation')}><NumberInput value={input.correlation} placeholder={input.quantity === 'volume' ? '0.5' : '0'} onChange={(correlation) => onChange({ correlation })} /></Field>
          {(input.quantity === 'volume' || input.quantity === 'availability') && (
            <Field label={t('persistence')} error={error('persistence')}><NumberInput value={input.persistence} placeholder={input.quantity === 'volume' ? '0.8' : '0'} onChange={(persistence) => onChange({ persistence })} /></Field>
          )}
        </>
      )}
      <span className="risk-input-end">
        <Button size="small" look="ghost" aria-expanded={open} onClick={() => setOpen(!open)}>{t(open ? 'less' : 'more')}</Button>
        <IconButton size="small" label={`${t('remove')}: ${t(input.quantity)}`} icon={<Trash2 size={15} />} onClick={onRemove} />
      </span>
    </li>
  );
}

function ScopeSelect({ input, records, onChange, ...rest }: { input: Draft; records: PlantRecords | undefined; onChange: (of: string) => void; id?: string }) {
  const t = useWords(riskWords);
  const names: Record<Scope, string[]> = {
    areas: records?.areas.map((one) => one.name) ?? [], lines: records?.lines.map((one) => one.name) ?? [], families: records?.families.map((one) => one.name) ?? [],
    customers: records?.customers.map((one) => one.name) ?? [], models: records?.models.map((one) => one.name) ?? [],
  };
  const known = input.of === '' || SCOPES.some((scope) => names[scope].some((name) => input.of === `${scope}:${name}`));
  return (
    <select {...rest} className="select" value={input.of} onChange={(event) => onChange(event.target.value)}>
      <option value="">{t('everything')}</option>
      {!known && <option value={input.of}>{input.of.slice(input.of.indexOf(':') + 1).split('\n').join(', ')}</option>}
      {SCOPES_OF[input.quantity].map((scope) => names[scope].length > 0 && (
        <optgroup key={scope} label={t(scope)}>{names[scope].map((name) => <option key={name} value={`${scope}:${name}`}>{name}</option>)}</optgroup>
      ))}
    </select>
  );
}
