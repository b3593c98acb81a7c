import { describe as group, expect, it } from 'vitest';
import { fill } from '@/words/fill';
import { changesWords } from '../changes.words';
import { formatOf } from '../numbers';
import { editDays, editDemand, editLines, NOTHING, type Content } from './content';
import { describe, diff, type Names } from './describe';

const name = (prefix: string) => (id: string) => (id === 'gone' ? undefined : `${prefix} ${id}`);
const names: Names = {
  area: name('area'), line: name('line'), item: name('item'), family: name('family'), customer: name('customer'), pattern: name('pattern'), capability: () => ({ line: 'L', model: 'M' }), parameter: (one) => one, parameterValue: (_, value) => String(value),
};
const by = (language: 'en' | 'es' | 'de') => ({ names, format: formatOf(language), t: (key: keyof (typeof changesWords)['en'], values?: Record<string, string | number>) => fill(changesWords[language][key], values, language) });
const YEARS = ['2026', '2027'];

group('changes as sentences', () => {
  const content: Content = {
    ...editDays(editLines(editDemand(NOTHING, YEARS, [{ item: '1', period: '2027', units: 12_500 }]), YEARS, [{ line: '2', period: '2026', attribute: 'more_hours_per_day', value: 7.5 }]), YEARS, YEARS.map((period) => ({ area: null, period, days: 288 }))),
    new_capabilities: [{ line_id: 'gone', new_line: null, item_id: '1', step: null, cycle_time_s: '12.5', efficiency_pct: null, first_pass_yield_pct: '100', pieces_per_panel: 1, priority: 1, approved_from: '2028-01-01', approved_to: null }],
    parameters: { weight: 'units' } as Content['parameters'],
  };

  it('say what and when, with numbers as the language writes them', () => {
    expect(describe(content, by('en')).map((one) => one.text)).toEqual([
      'All areas work 288 days a year, 2026 to 2027', 'line 2 works 7.5 h a day more, in 2026', 'a record that is gone may make item 1 from 2028-01-01 (cycle time 12.5 s)', 'Item 1: 12,500 units, in 2027', 'weight: units',
    ]);
    expect(describe(content, by('de')).map((one) => one.text)[3]).toBe('Item 1: 12.500 Stück, in 2027');
  });

  it('differ between versions by what came and what went', () => {
    const later = { ...content, operating_days: [], parameters: { weight: 'hours' } as Content['parameters'] };
    const found = diff(content, later, by('en'));
    expect([found.removed.map((one) => one.text), found.added.map((one) => one.text), found.kept]).toEqual([['All areas work 288 days a year, 2026 to 2027', 'weight: units'], ['weight: hours'], 3]);
    expect(diff(content, content, by('en'))).toMatchObject({ added: [], removed: [], kept: 5 });
  });
});
