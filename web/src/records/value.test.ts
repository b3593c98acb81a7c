import { expect, test } from 'vitest';
import { inHours } from './Value';
import { withinSentence } from './kind-words';

test('hours of a day are kept in seconds and said in hours', () => {
  expect(inHours('76212', 's/d', 'en')).toBe('21.17 h/d');
  expect(inHours('76212', 's/d', 'de')).toBe('21,17 h/d');
  expect(inHours(0, 's/d', 'en')).toBeNull();
  expect(inHours('24.5', 's', 'en')).toBeNull();
  expect(inHours('85', '%', 'en')).toBeNull();
});

test('names of kinds are small within a sentence, but for German and abbreviations', () => {
  expect(withinSentence('Plant settings', 'en')).toBe('plant settings');
  expect(withinSentence('Áreas', 'es')).toBe('áreas');
  expect(withinSentence('Linien', 'de')).toBe('Linien');
  expect(withinSentence('OEE targets', 'en')).toBe('OEE targets');
});
