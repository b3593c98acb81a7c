import { describe, expect, it } from 'vitest';
import { freeName } from './free-name';

describe('a free name', () => {
  it.each([
    ['Plan', [], 'Plan'],
    ['Plan', ['plan '], 'Plan (2)'],
    ['Plan', ['Plan', 'Plan (2)'], 'Plan (3)'],
    ['Plan (2)', ['Plan (2)'], 'Plan (3)'],
    ['  Plan ', ['Other'], 'Plan'],
  ])('%s beside %j', (wanted, taken, expected) => expect(freeName(wanted, taken)).toBe(expected));

  it('is never longer than a name may be', () => {
    const long = 'x'.repeat(250);
    const name = freeName(long, ['x'.repeat(200)]);
    expect([name.length, name.endsWith(' (2)')]).toEqual([200, true]);
  });
});
