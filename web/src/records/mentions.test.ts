import { describe, expect, it } from 'vitest';
import { askedAt, encoded, partsOf, withName } from './mentions';

const ines = { id: '0199d1a0-0000-7000-8000-000000000001', name: 'Ines Kowalski' };
const berg = { id: '0199d1a0-0000-7000-8000-000000000002', name: 'Ines Kowalski-Berg' };

describe('a name being typed', () => {
  it.each([
    ['@', { from: 0, text: '' }],
    ['please @in', { from: 7, text: 'in' }],
    ['(@Ines Ko', { from: 1, text: 'Ines Ko' }],
    ['ines@exam', null],
    ['no name', null],
    ['@ines said so', null],
    ['@\nnext', null],
    ['@ ', null],
  ])('%j', (text, expected) => expect(askedAt(text, text.length)).toEqual(expected));

  it('is looked for before the caret only', () => expect(askedAt('see @in tomorrow', 7)).toEqual({ from: 4, text: 'in' }));

  it('is replaced by the one that was chosen', () => {
    const text = 'see @in tomorrow';
    expect(withName(text, { from: 4, text: 'in' }, 7, ines.name)).toEqual({ text: 'see @Ines Kowalski tomorrow', caret: 19 });
    expect(withName('@i', { from: 0, text: 'i' }, 2, ines.name)).toEqual({ text: '@Ines Kowalski ', caret: 15 });
  });
});

describe('a comment', () => {
  it('is sent with identifiers, the longest name first, and only of who was chosen', () => {
    expect(encoded('@Ines Kowalski-Berg and @Ines Kowalski, not @Ines Kowalskis nor @Omar', [ines, berg])).toBe(`@{${berg.id}} and @{${ines.id}}, not @Ines Kowalskis nor @Omar`);
  });

  it('is shown with names, what is unknown as it was written', () => {
    const unknown = '@{0199d1a0-0000-7000-8000-000000000009}';
    expect(partsOf(`Hello @{${ines.id}}, see ${unknown}`, [ines])).toEqual([{ text: 'Hello ' }, { person: ines }, { text: `, see ${unknown}` }]);
    expect(partsOf('', [])).toEqual([]);
  });
});
