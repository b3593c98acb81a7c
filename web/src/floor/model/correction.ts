/** What a supervisor says it truly was, as the difference that the ledger gets. */

import { readNumber } from '@/planning/model/clipboard';

export interface Counted {
  good: number;
  scrap: number;
  rework: number;
}

interface Entry {
  id: string;
  corrects_id?: string | null | undefined;
  good: string;
  scrapped: string;
  reworked: string;
}

/** Without the dust that differences of decimals leave: the ledger has six places. */
const exact = (value: number): number => Number(value.toFixed(6));

/** An entry as it counts with what corrected it until now. */
export function effective(entry: Entry, all: readonly Entry[]): Counted {
  const parts = [entry, ...all.filter((one) => one.corrects_id === entry.id)];
  const sum = (of: (one: Entry) => string) => exact(parts.reduce((total, one) => total + Number(of(one)), 0));
  return { good: sum((one) => one.good), scrap: sum((one) => one.scrapped), rework: sum((one) => one.reworked) };
}

/** How much more or less of each is to be counted, as the server reads it; null where what was typed is no number, or less than none. */
export function correctionOf(counted: Counted, typed: Record<keyof Counted, string>, mark: ',' | '.'): Record<keyof Counted, string> | null {
  const value = (name: keyof Counted) => {
    const read = readNumber(typed[name], mark);
    return 'value' in read ? read.value : Number.NaN;
  };
  if (!(['good', 'scrap', 'rework'] as const).every((name) => value(name) >= 0)) return null;
  const difference = (name: keyof Counted) => String(exact(value(name) - counted[name]));
  return { good: difference('good'), scrap: difference('scrap'), rework: difference('rework') };
}
