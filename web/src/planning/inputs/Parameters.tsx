/** How a scenario is planned. What is left open is as usual, or as its base says. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Field, Loading, NumberInput, Panel, Select } from '@/ui';
import { useWords } from '@/words';
import { baseChainQuery, plantRecordsQuery } from '../data';
import { editParameter, parametersOf, type Parameters } from '../model/content';
import { inOrder } from '../model/periods';
import { parameterWords, PARAMETER_VALUES } from '../parameter.words';
import type { InputsProps } from './Inputs';

type Name = keyof Parameters;

interface Shape {
  name: Name;
  kind: 'choice' | 'yesno' | 'number' | 'period';
  values?: readonly string[];
  unit?: string;
  usual?: string;
  whole?: boolean;
}

const GROUPS: { title: 'groupWhat' | 'groupHow' | 'groupScope' | 'groupWhole' | 'groupLimits'; shapes: Shape[] }[] = [
  {
    title: 'groupWhat',
    shapes: [
      { name: 'model', kind: 'choice', values: ['area', 'finished', 'prebuild', 'baseline'], usual: 'finished' },
      { name: 'weight', kind: 'choice', values: ['hours', 'units', 'money'], usual: 'hours' },
      { name: 'prebuild_cover_pct', kind: 'number', unit: '%', usual: '50' },
    ],
  },
  {
    title: 'groupHow',
    shapes: [
      { name: 'balance', kind: 'choice', values: ['leximin', 'max', 'off'], usual: 'leximin' },
      { name: 'preference', kind: 'yesno', usual: 'yes' },
      { name: 'changeovers', kind: 'choice', values: ['none', 'mix', 'campaign'], usual: 'none' },
      { name: 'campaigns_per_period', kind: 'number', usual: '1' },
    ],
  },
  {
    title: 'groupScope',
    shapes: [
      { name: 'from_period', kind: 'period' }, { name: 'to_period', kind: 'period' },
      { name: 'demand_source', kind: 'choice', values: ['manual', 'workbook', 'erp', 'edi', 'forecast'] },
    ],
  },
  {
    title: 'groupWhole',
    shapes: [
      { name: 'minimum_lots', kind: 'yesno', usual: 'no' }, { name: 'max_lines_per_step', kind: 'number', whole: true }, { name: 'openings', kind: 'yesno', usual: 'no' },
    ],
  },
  {
    title: 'groupLimits',
    shapes: [
      { name: 'gains', kind: 'number', whole: true, usual: '10' }, { name: 'time_limit_s', kind: 'number', unit: 's', usual: '60' }, { name: 'gap_pct', kind: 'number', unit: '%' },
    ],
  },
];

export default function ParametersForm({ scenario, draft, editable }: InputsProps) {
  const t = useWords(parameterWords);
  const chain = useQuery(baseChainQuery(scenario));
  const records = useQuery(plantRecordsQuery(scenario.plant_id));
  const inherited = useMemo(() => parametersOf(chain.data?.chain ?? []), [chain.data]);
  const periods = useMemo(() => inOrder((records.data?.demand ?? []).map((one) => one.period)), [records.data]);
  if (chain.isPending) return <Loading />;
  const own = draft.content.parameters ?? ({} as Partial<Parameters>);
  const word = (name: Name, value: string) => {
    const key = PARAMETER_VALUES[`${name}_${value}`];
    return key ? t(key) : value === 'yes' || value === 'no' ? t(value) : value;
  };
  return (
    <div className="stack" style={{ maxWidth: 1080 }}>
      {GROUPS.map((group) => (
        <Panel key={group.title} title={t(group.title)}>
          <div className="form-grid">
            {group.shapes.map((shape) => (
              <ParameterField key={shape.name} shape={shape} own={own[shape.name]} inherited={inherited[shape.name]} periods={periods} editable={editable} word={word} onSet={(value) => draft.change(editParameter(draft.content, shape.name, value))} />
            ))}
          </div>
        </Panel>
      ))}
    </div>
  );
}

function ParameterField({ shape, own, inherited, periods, editable, word, onSet }: {
  shape: Shape; own: unknown; inherited: unknown; periods: string[]; editable: boolean; word: (name: Name, value: string) => string; onSet: (value: unknown) => void;
}) {
  const t = useWords(parameterWords);
  const text = (value: unknown) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value));
  const usual = inherited !== undefined && inherited !== null
    ? t('inheritedValue', { value: word(shape.name, text(inherited)) })
    : shape.usual ? t('usualValue', { value: word(shape.name, shape.usual) }) : t('usual');
  const value = own === null || own === undefined ? '' : text(own);
  const help = `${shape.name}Help` as Parameters_Help;
  const common = { disabled: !editable };
  return (
    <Field label={t(shape.name)} help={t(help)} className={value !== '' ? 'is-set' : ''}>
      {shape.kind === 'number' ? (
        <NumberInput
          {...common} unit={shape.unit} value={value} placeholder={usual}
          onChange={(typed) => {
            const plain = typed.trim().replace(',', '.');
            onSet(plain === '' ? null : shape.whole ? (Number.isFinite(Number(plain)) ? Math.round(Number(plain)) : plain) : plain);
          }}
        />
      ) : (
        <Select
          {...common} value={value} empty={usual}
          options={(shape.kind === 'period' ? periods : shape.kind === 'yesno' ? ['yes', 'no'] : (shape.values ?? [])).map((one) => ({ value: one, label: shape.kind === 'period' ? one : word(shape.name, one) }))}
          onChange={(chosen) => onSet(chosen === '' ? null : shape.kind === 'yesno' ? chosen === 'yes' : chosen)}
        />
      )}
    </Field>
  );
}

type Parameters_Help = `${Name}Help`;
