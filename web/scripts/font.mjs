/**
 * The letters that English, Spanish and German need, in the weights that are used: half of what the whole font weighs. Left in src/ui/inter.woff2,
 * which is not kept in the repository.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';

const source = createRequire(import.meta.url).resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2');
const target = fileURLToPath(new URL('../src/ui/inter.woff2', import.meta.url));

const between = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at)).join('');
const letters = `${between(0x20, 0x7e)}${between(0xa0, 0xff)}–—‘’“”„‚•…€−×÷≥≤≠→←↑↓·″′ŒœŠšŽž`;

if (!existsSync(target) || statSync(target).mtimeMs < statSync(fileURLToPath(import.meta.url)).mtimeMs) {
  const subset = await subsetFont(readFileSync(source), letters, { targetFormat: 'woff2', keepFeatures: ['kern', 'tnum', 'ccmp', 'locl', 'calt'], variationAxes: { wght: { min: 400, max: 650, default: 400 } } });
  writeFileSync(target, subset);
}
