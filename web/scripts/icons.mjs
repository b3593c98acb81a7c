/** Draws the icons of the installed app from the drawing of `public/icon.svg`: `node scripts/icons.mjs`, after that drawing was changed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { chromiumPath } from '../tests/browser.mjs';

const at = (path) => fileURLToPath(new URL(`../public/${path}`, import.meta.url));
const drawing = readFileSync(at('icon.svg'), 'utf8');
/** What systems cut to their own form: the colour to the edge, the drawing within the inner four fifths. */
const inside = drawing.replace(/<rect[^>]*\/>/, '');
const maskable = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" fill="#0b6870"/><g transform="translate(16 16) scale(.74) translate(-16 -16)">${inside.replace(/<\/?svg[^>]*>/g, '')}</g></svg>`;

const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox', '--disable-gpu'] });
for (const [name, size, svg] of [['192', 192, drawing], ['512', 512, drawing], ['maskable-512', 512, maskable]]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block; width: ${size}px; height: ${size}px }</style>${svg}`);
  writeFileSync(at(`icons/${name}.png`), await page.screenshot({ omitBackground: true }));
}
await browser.close();
