import { describe, expect, it } from 'vitest';
import { cronOf, DAYS, daysOf } from './clock';
import { reportWords } from './report.words';

describe('when a report comes', () => {
  it('is written as cron', () => {
    expect(cronOf('MON', '07:00')).toBe('0 7 * * MON');
    expect(cronOf('MON-FRI', '18:45')).toBe('45 18 * * MON-FRI');
    expect(cronOf('first', '06:30')).toBe('30 6 1 * *');
    expect(cronOf('last', '23:05')).toBe('5 23 L * *');
    expect(cronOf('SUN', '')).toBe('0 0 * * SUN');
  });

  it.each(['en', 'es', 'de'] as const)('has a name for each day in %s', (language) => {
    const names = Object.values(daysOf((key) => reportWords[language][key]));
    expect(new Set(names).size).toBe(DAYS.length);
  });
});
