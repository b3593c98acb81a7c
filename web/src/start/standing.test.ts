import { expect, test } from 'vitest';
import { peakOf, unmetOf } from './standing';

const area = (name: string, max: number[]) => ({ area: name, max_utilization_pct: max }) as never;
const plan = (constraints: object[]) => ({ periods: ['2029', '2030'], areas: [area('Test', [100, 100]), area('Coating', [97, 100])], constraints }) as never;

test('the constraint is where most demand is lost, not the first line that is full', () => {
  const constraints = [{ area: 'Coating', period: '2030', short: true }, { area: 'Test', period: '2030', short: true }];
  expect(peakOf(plan(constraints))).toEqual({ area: 'Coating', period: '2030', share: 1 });
});

test('where nothing is lost it is the fullest line, the earliest of several', () => {
  expect(peakOf(plan([{ area: 'Coating', period: '2030', short: false }]))).toEqual({ area: 'Test', period: '2029', share: 1 });
  expect(peakOf({ periods: [], areas: [], constraints: [] } as never)).toBeNull();
});

test('what cannot be finished is counted once, however many areas it is short in', () => {
  expect(unmetOf({ summary: { unmet_units: 855_365.6 } } as never)).toBe(855_366);
});
