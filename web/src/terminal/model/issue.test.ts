import { describe, expect, it } from 'vitest';
import { issueOf } from './issue';
import type { ComponentFacts } from './work';

const component = (code: string, lots: string[]): ComponentFacts => ({ job_id: 'j', item: { id: `id-${code}`, code, name: code, unit: 'pcs' }, needed: 10, issued: 0, mode: 'explicit', lots: lots.map((lot) => ({ id: `lot-${code}-${lot}`, code: lot, quantity: 5, expires_on: null })) });
const all = [component('A', ['L1', 'L2']), component('B', ['L2', 'L3'])];

describe('material that was scanned', () => {
  it('is known by its lot', () => expect(issueOf('L3', all)).toEqual({ code: 'L3', itemId: 'id-B', lotId: 'lot-B-L3', quantity: null, isUnknown: false }));
  it('a lot that two items have is told apart by the item on the label', () => expect(issueOf('(240)B(10)L2(37)25', all)).toMatchObject({ itemId: 'id-B', lotId: 'lot-B-L2', quantity: 25 }));
  it('is known by the item itself', () => expect(issueOf('A', all)).toMatchObject({ itemId: 'id-A', lotId: null, isUnknown: false }));
  it('what nobody knows here is sent as it is, for the one component there is', () => {
    expect(issueOf('X9', all)).toEqual({ code: 'X9', itemId: null, lotId: null, quantity: null, isUnknown: true });
    expect(issueOf('X9', all.slice(0, 1))).toMatchObject({ itemId: 'id-A', isUnknown: true });
  });
});
