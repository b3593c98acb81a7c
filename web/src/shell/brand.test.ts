import { describe, expect, it } from 'vitest';
import { accentOf, contrast, isColour } from './brand';

describe('the organization’s colour', () => {
  it.each(['#0b5c8a', '#ffffff', '#000000', '#ffe600', '#e4002b', '#00ff00', '#808080', '#2b2b6b'])('%s can be read on light and dark, and text on it', (colour) => {
    const accent = accentOf(colour);
    for (const ground of ['#ffffff', '#f5f6f7', accent.soft_light]) expect(contrast(accent.light, ground)).toBeGreaterThanOrEqual(4.5);
    for (const ground of ['#171b1f', '#101316', accent.soft_dark]) expect(contrast(accent.dark, ground)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(accent.light, accent.on_light)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(accent.dark, accent.on_dark)).toBeGreaterThanOrEqual(4.5);
  });

  it('is a colour that is dark enough already, unchanged', () => expect(accentOf('#0b5c8a').light).toBe('#0b5c8a'));
  it('is six hexadecimal digits', () => expect(['#0b5c8a', '#0B5C8A', '0b5c8a', '#0b5', 'red'].map(isColour)).toEqual([true, true, false, false, false]));
});
