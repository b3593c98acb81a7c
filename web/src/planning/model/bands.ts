/**
 * Utilisation in words and colours: the one palette of the product.
 *
 * **Invariant:** a band is never told by colour alone; whoever paints one also writes the number or the word.
 */

export type Band = 'none' | 'low' | 'good' | 'high' | 'full' | 'over';

export const BANDS = ['low', 'good', 'high', 'full', 'over'] as const;

/** Optimizers fill lines to 100 % to the last digit: this much over it (%) is still not over. */
const ROUNDING_PCT = 1e-4;

/** The band of a utilisation (%): under 70, to 85, to 95, to 100, over 100; `none` where a line has neither hours nor work. */
export function band(utilizationPct: number | null | undefined, hoursAvailable = 1): Band {
  if (utilizationPct == null || !Number.isFinite(utilizationPct)) return 'none';
  if (hoursAvailable <= 0 && utilizationPct <= 0) return 'none';
  if (utilizationPct > 100 + ROUNDING_PCT) return 'over';
  if (utilizationPct >= 95) return 'full';
  if (utilizationPct >= 85) return 'high';
  if (utilizationPct >= 70) return 'good';
  return 'low';
}

/** The colour of a band, and the soft one that text lies on. */
export function bandColor(of: Band): string {
  return of === 'none' ? 'var(--line)' : `var(--use-${of})`;
}

export function bandSoft(of: Band): string {
  return of === 'none' ? 'transparent' : `var(--use-${of}-soft)`;
}
