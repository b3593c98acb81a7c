/** What the records of a plant are called, for sentences about them. */
import { useMemo } from 'react';
import { useWords } from '@/words';
import type { PlantRecords } from './data';
import type { Names } from './model/describe';
import { parameterWords, PARAMETER_VALUES } from './parameter.words';

export function useNames(records: PlantRecords | undefined): Names {
  const t = useWords(parameterWords);
  return useMemo(() => {
    const by = <T extends { id: string }>(list: readonly T[] | undefined, name: (one: T) => string) => {
      const known = new Map((list ?? []).map((one) => [one.id, name(one)]));
      return (id: string) => known.get(id);
    };
    const line = by(records?.lines, (one) => one.name);
    const known = new Map(records?.models.map((one) => [one.id, one.name]) ?? []);
    const item = (id: string) => known.get(id) ?? records?.items.get(id)?.name;
    const capabilities = new Map((records?.capabilities ?? []).map((one) => [one.id, one]));
    return {
      area: by(records?.areas, (one) => one.name), line, item, family: by(records?.families, (one) => one.name), customer: by(records?.customers, (one) => one.name), pattern: by(records?.shiftPatterns, (one) => one.name),
      capability: (id) => {
        const one = capabilities.get(id);
        return one && { line: line(one.line_id) ?? '', model: [item(one.item_id) ?? '', one.step].filter(Boolean).join(' · ') };
      },
      parameter: (name) => t(name),
      parameterValue: (name, value) => {
        const choice = PARAMETER_VALUES[`${name}_${String(value)}`];
        return choice ? t(choice) : typeof value === 'boolean' ? t(value ? 'yes' : 'no') : String(value);
      },
    };
  }, [records, t]);
}
