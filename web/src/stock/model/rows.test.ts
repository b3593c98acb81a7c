import { describe, expect, it } from 'vitest';
import type { StockRow } from '../data';
import { daysLeft, free, grouped } from './rows';

const row = (item: string, place: string, quantity: string, lot: string | null = null, reserved = '0'): StockRow => ({
  id: `${item}${place}${lot}`, plant_id: 'p', item: { id: item, code: item }, item_name: item, unit: 'kg', location: { id: place, code: place }, location_name: place, location_type: 'bin', lot: lot ? { id: lot, code: lot } : null, expires_on: null, serial: null, license_plate: null,
  status: 'available', quantity, reserved, updated_at: '',
});

describe('stock', () => {
  const rows = [row('A', 'P10', '0.1', 'L1'), row('A', 'P2', '0.2', 'L1', '0.05'), row('B', 'P2', '5')];

  it('is added where all is of one item, and nowhere else', () => {
    expect(grouped(rows, 'item').map((group) => [group.title, group.total?.quantity])).toEqual([['A', 0.3], ['B', 5]]);
    expect(grouped(rows, 'place').map((group) => [group.title, group.total?.quantity])).toEqual([['P2', undefined], ['P10', 0.1]]);
  });

  it('what has no lot comes last', () => expect(grouped(rows, 'lot').map((group) => group.title)).toEqual(['L1', '']));

  it('is free as far as nothing is promised', () => expect(free(row('A', 'P', '0.3', null, '0.1'))).toBe(0.2));

  it('counts days until a lot is over', () => expect([daysLeft('2026-11-03', '2026-11-01'), daysLeft('2026-11-01', '2026-11-01'), daysLeft('2026-10-31', '2026-11-01')]).toEqual([2, 0, -1]));
});
