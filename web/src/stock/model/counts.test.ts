import { describe, expect, it } from 'vitest';
import { shareOf, worstFirst } from './counts';

const line = (before: string, counted: string) => ({ before, counted, difference: String(Number(counted) - Number(before)) });

describe('counts that wait', () => {
  it.each([['100', '98', 2], ['100', '102', 2], ['0.5', '0.25', 50], ['0', '3', null], ['7', '7', 0]])('%s counted as %s differs by %s %%', (before, counted, share) => {
    expect(shareOf(line(before, counted))).toBe(share);
  });

  it('what differs most is read first, what is right last, and equals stay as they were counted', () => {
    const lines = [line('10', '10'), line('100', '90'), line('0', '5'), line('100', '40'), line('50', '45')];
    expect(worstFirst(lines).map((one) => `${one.before} ${one.counted}`)).toEqual(['0 5', '100 40', '100 90', '50 45', '10 10']);
    expect(lines[0]?.before, 'what was given stays as it is').toBe('10');
  });
});
