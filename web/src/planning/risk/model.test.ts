import { describe, expect, it } from 'vitest';
import { askedOf, heatRows, numberOf, progressOf, setupOf, ticks, usualSetup, type RiskRow, type RiskStudy } from './model';

describe('what is typed about uncertainty', () => {
  it('asks for what was typed, and comes back as it was typed', () => {
    const setup = usualSetup();
    setup.inputs[0]!.of = 'families:Body\nChassis';
    setup.inputs[0]!.correlation = '0,5';
    setup.inputs[2]!.kind = 'discrete';
    setup.inputs[2]!.typed = { values: '-20 0,1\n0 0.9' };
    const answer = askedOf(setup);
    expect('asked' in answer).toBe(true);
    if (!('asked' in answer)) return;
    const [volume, , availability] = answer.asked.inputs!;
    expect(volume).toMatchObject({ quantity: 'volume', of: { families: ['Body', 'Chassis'] }, correlation: 0.5 });
    expect((volume!.distribution as { sd_pct: number }).sd_pct).toBeCloseTo(6.0796, 3);
    expect(availability!.distribution).toEqual({ kind: 'discrete', values: [{ value_pct: -20, probability: 0.1 }, { value_pct: 0, probability: 0.9 }] });
    const study = { inputs: answer.asked.inputs!, samples: 2000, seed: 1, tolerance_pct: 0.1, targets: [{ area: 'SMT', target_utilization_pct: 85 }] } as unknown as RiskStudy;
    const back = setupOf(study);
    expect(back.inputs[0]).toMatchObject({ of: 'families:Body\nChassis', typed: { within: '10' }, correlation: '0.5' });
    expect(back.inputs[2]!.typed['values']).toBe('-20 0.1\n0 0.9');
    expect(askedOf(back)).toEqual(answer);
  });

  it('names the place of what is no number', () => {
    const setup = usualSetup();
    setup.samples = 'many';
    setup.inputs[1]!.typed = { within: '' };
    const answer = askedOf(setup);
    expect('wrong' in answer && [...answer.wrong].sort()).toEqual(['/inputs/1/distribution/sd_pct', '/samples']);
    expect([numberOf('−3,5'), numberOf('1 200'), numberOf('1e5'), numberOf('')]).toEqual([-3.5, 1200, undefined, undefined]);
  });
});

describe('what is drawn', () => {
  const row = (name: string, period: string | null, short: number): RiskRow => ({ of: 'line', name, area: 'SMT', period, short_pct: short }) as RiskRow;

  it('lays rows out by period and keeps the order', () => {
    const rows = [row('L2', null, 4), row('L2', '2028', 4), row('L1', null, 0), row('L1', '2027', 0), row('L1', '2028', 0)];
    const heat = heatRows(rows, 'line', ['2027', '2028']);
    expect(heat.map((one) => [one.name, one.whole.short_pct, one.cells.map((cell) => cell?.short_pct)])).toEqual([['L2', 4, [undefined, 4]], ['L1', 0, [0, 0]]]);
  });

  it('finds round numbers for a scale', () => {
    expect(ticks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticks(3, 3, 5)).toEqual([3]);
    expect(ticks(0, 1234, 4)).toEqual([0, 500, 1000]);
  });

  it('reads how far a run is', () => {
    expect(progressOf('120 of 2000 samples, demand short in 37.2 %')).toEqual({ done: 120, samples: 2000, pct: 37.2 });
    expect(progressOf('reading the plant')).toBeUndefined();
  });
});
