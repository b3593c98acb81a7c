import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

beforeEach(() => void vi.resetModules());
afterEach(() => void vi.unstubAllEnvs());

describe('days and times', () => {
  it.each(['America/Hermosillo', 'UTC', 'Asia/Tokyo', 'Pacific/Kiritimati'])('a day is the same day in %s', async (zone) => {
    vi.stubEnv('TZ', zone);
    const { formatOf } = await import('./numbers');
    expect(formatOf('en').date('2026-10-31')).toBe('Oct 31, 2026');
  });

  it('an instant is told by the clock of a place where one is named', async () => {
    const { formatOf } = await import('./numbers');
    expect(formatOf('de').dateTime('2026-11-21T13:00:00Z', 'America/Hermosillo')).toBe('21.11.2026, 06:00');
  });
});
