import { describe, expect, it } from 'vitest';
import { correctionOf, effective } from './correction';

const entry = (id: string, good: string, scrapped: string, corrects_id: string | null = null) => ({ id, good, scrapped, reworked: '0', corrects_id });

describe('a correction', () => {
  it('is the difference between what was said and what is said now', () => {
    expect(correctionOf({ good: 12, scrap: 1, rework: 0 }, { good: '10', scrap: '3', rework: '0' }, '.')).toEqual({ good: '-2', scrap: '2', rework: '0' });
    expect(correctionOf({ good: 12, scrap: 0, rework: 0 }, { good: '1.200', scrap: '0', rework: '0' }, ',')?.good).toBe('1188');
    expect(correctionOf({ good: 0.3, scrap: 0, rework: 0 }, { good: '0,1', scrap: '0', rework: '0' }, ',')).toEqual({ good: '-0.2', scrap: '0', rework: '0' });
  });

  it('counts what was corrected before, and nothing of other entries', () => {
    const first = entry('a', '12', '1');
    expect(effective(first, [first, entry('b', '7', '0'), entry('c', '-2', '2', 'a'), entry('d', '-1', '0', 'b')])).toEqual({ good: 10, scrap: 3, rework: 0 });
  });

  it.each(['', '-1', 'x', '1.2.3'])('is none where “%s” is typed', (good) => expect(correctionOf({ good: 1, scrap: 0, rework: 0 }, { good, scrap: '0', rework: '0' }, '.')).toBeNull());
});
