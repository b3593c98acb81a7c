import { describe, expect, it } from 'vitest';
import { Names } from './names';

const book = new Map([['user:1', 'Ines'], ['key:2', 'MES']]);

function setUp() {
  const asked: string[][] = [];
  const later: (() => void)[] = [];
  const state = { isAway: false, now: 0, told: 0 };
  const names = new Names(
    (of) => {
      asked.push(of);
      return state.isAway ? Promise.reject(new Error('away')) : Promise.resolve(of.flatMap((who) => (book.has(who) ? [{ who, name: book.get(who) as string }] : [])));
    },
    (work) => void later.push(work),
    () => state.now,
  );
  names.subscribe(() => (state.told += 1));
  const run = async () => {
    for (const work of later.splice(0)) work();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { asked, state, names, run };
}

describe('names of colleagues', () => {
  it('what is shown together is asked for at once, each once; who is not known has no name', async () => {
    const { asked, state, names, run } = setUp();
    const all = () => ['user:1', 'key:2', 'user:1', 'user:9'].map(names.of);
    expect(all()).toEqual([null, null, null, null]);
    await run();
    expect(all()).toEqual(['Ines', 'MES', 'Ines', null]);
    await run();
    expect(asked).toEqual([['user:1', 'key:2', 'user:9']]);
    expect(state.told).toBe(1);
  });

  it('asks for no more at once than fits into an address', async () => {
    const { asked, names, run } = setUp();
    for (let at = 0; at < 250; at += 1) names.of(`user:${at}`);
    await run();
    expect(asked.map((of) => of.length)).toEqual([100, 100, 50]);
  });

  it('what could not be asked is asked again later, not at every drawing', async () => {
    const { asked, state, names, run } = setUp();
    state.isAway = true;
    names.of('user:1');
    await run();
    names.of('user:1');
    await run();
    expect(asked).toHaveLength(1);
    state.isAway = false;
    state.now = 31_000;
    names.of('user:1');
    await run();
    expect(names.of('user:1')).toBe('Ines');
  });
});
