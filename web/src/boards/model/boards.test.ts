import { describe, expect, it } from 'vitest';
import { lasting, rangeOf, SPANS } from './range';
import { lossesOf, stripOf } from './strip';

describe('range', () => {
  const now = new Date(2026, 10, 4, 15, 30, 20);
  const hours = ({ from, to }: { from: string; to: string }) => (Date.parse(to) - Date.parse(from)) / 3_600_000;

  it.each(SPANS)('%s ends now or before, and is longer than nothing', (span) => {
    const range = rangeOf(span, now);
    expect(hours(range)).toBeGreaterThan(0);
    expect(Date.parse(range.to) - now.getTime()).toBeLessThanOrEqual(60_000);
  });

  it('days are whole, the last one too', () => {
    expect(rangeOf('2026-11-01..2026-11-02', now)).toEqual({ from: new Date(2026, 10, 1).toISOString(), to: new Date(2026, 10, 3).toISOString() });
    expect(hours(rangeOf('8h', now))).toBe(8);
    expect(rangeOf('yesterday', now).to).toBe(rangeOf('today', now).from);
  });

  it('what is no range is the last day', () => {
    for (const text of ['', 'nonsense', '2026-11-09..2026-11-01', '2026-99-99..']) expect(hours(rangeOf(text, now))).toBe(24);
  });

  it('asks the same within a minute', () => expect(rangeOf('24h', now)).toEqual(rangeOf('24h', new Date(now.getTime() + 20_000))));

  it.each([[0, '0 s'], [59.4, '59 s'], [60, '1 min'], [3_599, '1 h 00 min'], [7_500, '2 h 05 min'], [400_000, '111 h']])('%s seconds', (seconds, said) => {
    expect(lasting(seconds, { h: 'h', min: 'min', s: 's' })).toBe(said);
  });
});

describe('strip', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 2, 6, minute)).toISOString();
  const span = (from: number, to: number | null, state: string) => ({ started_at: at(from), ended_at: to === null ? null : at(to), state, reason: null });
  const [from, to] = [Date.parse(at(0)), Date.parse(at(100))];

  it('covers what is known and nothing else, in order', () => {
    const pieces = stripOf([span(50, null, 'running'), span(-20, 10, 'running'), span(10, 40, 'stopped')], from, to);
    expect(pieces.map((piece) => [piece.state, piece.from, Number(piece.share.toFixed(6))])).toEqual([['running', 0, 0.1], ['stopped', 0.1, 0.3], ['running', 0.5, 0.5]]);
  });

  it('what touches and is alike is one piece, and what is too short to see joins it', () => {
    expect(stripOf([span(0, 10, 'running'), span(10, 20, 'running')], from, to)).toHaveLength(1);
    const short = [span(0, 50, 'running'), { started_at: at(50), ended_at: new Date(Date.parse(at(50)) + 3_000).toISOString(), state: 'stopped', reason: null }, { ...span(50, 100, 'running'), started_at: new Date(Date.parse(at(50)) + 3_000).toISOString() }];
    const [only, ...more] = stripOf(short, from, to);
    expect(more).toEqual([]);
    expect(only?.of).toHaveLength(3);
    expect(only?.share).toBeCloseTo(1);
  });

  it('what lies outside is not drawn', () => expect(stripOf([span(-30, -10, 'running'), span(110, 120, 'stopped')], from, to)).toEqual([]));
});

describe('losses', () => {
  it('production comes first, then the largest loss; shares are of planned busy time', () => {
    const losses = lossesOf({ planned_busy_s: 1000, production_s: 600, setup_s: 100, delay_s: 200, failure_s: 100, down_s: 0, unreported_s: 0 });
    expect(losses.map((one) => [one.name, one.share])).toEqual([['production', 0.6], ['delay', 0.2], ['setup', 0.1], ['failure', 0.1]]);
  });

  it('never more than the whole, and nothing where there is nothing', () => {
    const losses = lossesOf({ planned_busy_s: 10, production_s: 600, setup_s: 0, delay_s: 0, failure_s: 0, down_s: 0, unreported_s: 0 });
    expect(losses).toEqual([{ name: 'production', seconds: 600, share: 1 }]);
    expect(lossesOf({ planned_busy_s: 0, production_s: 0, setup_s: 0, delay_s: 0, failure_s: 0, down_s: 0, unreported_s: 0 })[0]?.share).toBe(0);
  });
});
