/** Counts that wait, as somebody reads them who decides. */
import type { HeldLine } from '../data';

/** How far a line differs, of what stock said (%); null where stock said nothing. */
export const shareOf = (line: Pick<HeldLine, 'before' | 'difference'>): number | null => (Number(line.before) === 0 ? null : (100 * Math.abs(Number(line.difference))) / Math.abs(Number(line.before)));

/** What differs most comes first; what was not known to be there before all. */
export function worstFirst<T extends Pick<HeldLine, 'before' | 'difference'>>(lines: readonly T[]): T[] {
  const rank = (line: T): number => (Number(line.difference) === 0 ? -1 : (shareOf(line) ?? Infinity));
  return [...lines].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
}
