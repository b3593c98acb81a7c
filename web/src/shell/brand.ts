/**
 * The organization's colour as the app's accent: dark enough on light, light enough on dark, whatever colour it is.
 *
 * **Invariant:** text in the accent keeps 4.5:1 against the pages' surfaces, and text on it likewise (WCAG 1.4.3).
 */
/** What an organization says of its looks, in its settings under `branding`; absent on a server that knows none. */
export interface Brand {
  name?: string | null;
  colour?: string | null;
  logo?: string | null;
}

export const brandOf = (organization: object): Brand => (organization as { branding?: Brand }).branding ?? {};

export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text);

type Rgb = [number, number, number];

const rgbOf = (colour: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as Rgb;
const hexOf = (rgb: Rgb): string => `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

/** Relative luminance (WCAG 2.2). */
function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4)) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: string, other: string): number {
  const [a, b] = [luminance(rgbOf(one)), luminance(rgbOf(other))].sort((x, y) => y - x) as [number, number];
  return (a + 0.05) / (b + 0.05);
}

const mixed = (from: Rgb, to: Rgb, share: number): Rgb => from.map((part, at) => part + ((to[at] ?? 0) - part) * share) as Rgb;

/** Moved towards black or white until it can be read on all of `grounds`. */
function readable(colour: string, grounds: readonly string[], towards: Rgb): string {
  for (let share = 0; share < 1; share += 0.04) {
    const tried = hexOf(mixed(rgbOf(colour), towards, share));
    if (grounds.every((ground) => contrast(tried, ground) >= 4.6)) return tried;
  }
  return hexOf(towards);
}

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

export interface Accent {
  light: string;
  dark: string;
  on_light: string;
  on_dark: string;
  soft_light: string;
  soft_dark: string;
}

export function accentOf(colour: string): Accent {
  const soft = { light: hexOf(mixed(rgbOf(colour), WHITE, 0.88)), dark: hexOf(mixed(rgbOf(colour), [16, 19, 22], 0.78)) };
  const light = readable(colour, ['#ffffff', '#f5f6f7', soft.light], BLACK);
  const dark = readable(colour, ['#171b1f', '#101316', '#1c2126', soft.dark], WHITE);
  return { light, dark, on_light: '#ffffff', on_dark: '#06181a', soft_light: soft.light, soft_dark: soft.dark };
}

/** Draws the app in the organization's colour; in Gemba's own where it has none. */
export function showBrand(colour: string | null | undefined): void {
  const { style } = document.documentElement;
  const names = ['--accent', '--accent-hover', '--accent-soft', '--on-accent', '--focus'];
  if (!colour || !isColour(colour)) {
    for (const name of names) style.removeProperty(name);
    return;
  }
  const accent = accentOf(colour);
  const hover = (from: string, to: Rgb) => hexOf(mixed(rgbOf(from), to, 0.2));
  const both = (light: string, dark: string) => `light-dark(${light}, ${dark})`;
  style.setProperty('--accent', both(accent.light, accent.dark));
  style.setProperty('--accent-hover', both(hover(accent.light, BLACK), hover(accent.dark, WHITE)));
  style.setProperty('--accent-soft', both(accent.soft_light, accent.soft_dark));
  style.setProperty('--on-accent', both(accent.on_light, accent.on_dark));
  style.setProperty('--focus', both(accent.light, accent.dark));
}
