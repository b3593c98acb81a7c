/** What a scanner typed: told from what people type by its speed, and read as far as that is possible without a network. */

const GROUP = '\u001d';

/** Application identifiers that matter at a line, with their length where it is fixed (GS1 General Specifications, section 3). */
const IDENTIFIERS: Record<string, { name: keyof Scanned; length: number | null }> = {
  '00': { name: 'sscc', length: 18 }, '01': { name: 'gtin', length: 14 }, '02': { name: 'gtin', length: 14 }, '10': { name: 'lot', length: null }, '11': { name: 'made', length: 6 }, '13': { name: 'made', length: 6 }, '15': { name: 'expires', length: 6 },
  '17': { name: 'expires', length: 6 }, '21': { name: 'serial', length: null }, '30': { name: 'count', length: null }, '37': { name: 'count', length: null }, '240': { name: 'item', length: null }, '241': { name: 'item', length: null },
};

export interface Scanned {
  /** As it was scanned, without what the scanner puts before it. */
  code: string;
  sscc?: string;
  gtin?: string;
  lot?: string;
  serial?: string;
  item?: string;
  made?: string;
  expires?: string;
  count?: string;
}

/** What readers put first where the symbol says that it is GS1's (ISO/IEC 15424): Code 128, DataMatrix, QR, DataBar, DotCode. */
const OF_GS1 = /^\](?:C1|d2|Q3|e0|J1)/;

/** Reads a GS1 element string, with brackets or with separators; a plain code is only its text. */
export function readCode(raw: string): Scanned {
  // What scanners put first to tell the symbology: ]C1, ]d2, ]Q3.
  const code = raw.trim().replace(/^\][A-Za-z]\d/, '');
  const isSaidToBe = OF_GS1.test(raw.trim());
  const plain: Scanned = { code };
  const found: Scanned = { code };
  if (/^\(\d{2,4}\)/.test(code)) {
    for (const [, identifier, value] of code.matchAll(/\((\d{2,4})\)([^(]*)/g)) {
      const known = IDENTIFIERS[identifier ?? ''];
      if (known && value) found[known.name] = value.trim();
    }
    return found;
  }
  if (!isSaidToBe && !isLike(code)) return plain;
  const said: string[] = [];
  let rest = code;
  while (rest) {
    if (rest.startsWith(GROUP)) {
      rest = rest.slice(1);
      continue;
    }
    const identifier = [rest.slice(0, 2), rest.slice(0, 3)].find((one) => one in IDENTIFIERS);
    const known = identifier ? IDENTIFIERS[identifier] : undefined;
    if (!identifier || !known) return plain;
    const after = rest.slice(identifier.length);
    const end = known.length ?? (after.includes(GROUP) ? after.indexOf(GROUP) : after.length);
    if (known.length !== null && after.length < known.length) return plain;
    found[known.name] = after.slice(0, end);
    said.push(`(${identifier})${after.slice(0, end)}`);
    rest = after.slice(end);
  }
  // In brackets people can read it, and the server knows what it is without the mark before it.
  return isSaidToBe ? { ...found, code: said.join('') } : found;
}

/** Whether it can be nothing else: it begins like an element string, and is divided like one or has the length of one. */
const isLike = (code: string): boolean => /^(?:00\d{18}|01\d{14}|02\d{14}|10|21|240|241)/.test(code) && (code.includes(GROUP) || /^(?:00\d{18}$|0[12]\d{14})/.test(code));

/** Between two keys of a scanner at most (ms); the fastest people take twice as long. */
const FAST_MS = 40;
/** Characters that make a scan, so that a key that bounces is none. */
const LEAST = 3;

/** Tells scans from typing, key by key. `key` answers the code when a scan has ended. */
export class Wedge {
  private text = '';
  private last = -Infinity;

  key(key: string, at: number): string | null {
    if (at - this.last > FAST_MS) this.text = '';
    this.last = at;
    if (key === 'Enter' || key === 'Tab') {
      const code = this.text;
      this.text = '';
      return code.length >= LEAST ? code : null;
    }
    if (key.length === 1) this.text += key;
    else if (key === 'F8') this.text += GROUP;
    return null;
  }

  /** Whether keys come as fast as from a scanner now: what they would do elsewhere is not wanted. */
  get isBusy(): boolean {
    return this.text.length >= LEAST - 1;
  }
}
