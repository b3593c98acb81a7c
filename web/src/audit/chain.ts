/**
 * Verifies the audit trail here, in the browser: hashes, trees, signatures and the chain, from what the server says, by the rules of
 * docs/audit-trail.md. Nothing is believed because the server said it.
 *
 * **Invariant:** the same bytes as `crates/platform/src/audit/chain`; a change there is a new version beside this one.
 */

export interface Entry {
  organization: string;
  id: string;
  occurred_at: string;
  plant: string | null;
  actor: string;
  ip: string | null;
  request: string | null;
  action: string;
  kind: string | null;
  record: string | null;
  outcome: string;
  before: string | null;
  after: string | null;
  detail: string | null;
}

export interface Seal {
  organization: string;
  number: number;
  first: number;
  from_transaction: number;
  to_transaction: number;
  sealed_at: string;
  previous: string;
  leaves: string[];
  root: string;
  hash: string;
  key: string;
  signature: string;
}

export interface Removal {
  organization: string;
  entries: string;
  reason: string;
  removed_at: string;
  key: string;
  signature: string;
}

export interface Introduction {
  key: string;
  by: string;
  signature: string;
}

export interface Page {
  seals: { seal: Seal; entries: Entry[] }[];
  removals: Removal[];
  introductions: Introduction[];
  unsealed?: number | null;
  next?: number | null;
}

/** What does not fit. */
export type Problem =
  | { problem: 'entry_changed'; seal: number; number: number; id: string }
  | { problem: 'entry_missing'; seal: number; number: number }
  | { problem: 'entry_added'; seal: number; id: string }
  | { problem: 'entries_reordered'; seal: number; number: number }
  | { problem: 'seals_missing' | 'chain_broken' | 'seal_changed' | 'signature_wrong' | 'seal_foreign'; seal: number }
  | { problem: 'key_unknown'; seal: number; key: string }
  | { problem: 'head_differs' | 'rolled_back'; seal: number }
  | { problem: 'removal_forged'; seal: number; entries: string };

export interface Verified {
  seals: number;
  entries: number;
  removed: number;
  unsealed: number;
  /** Keys that signed. */
  keys: string[];
  head: { number: number; entries: number; sealedAt: string; hash: string; key: string; signature: string } | null;
  findings: Problem[];
  /** Findings beyond those listed. */
  further: number;
}

const KEPT = 100;
const ZERO = '0'.repeat(64);
const text = new TextEncoder();

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** Always six digits behind the second, as statements have it. */
export function instant(at: string): string {
  const [, second, fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:00)$/.exec(at) ?? [];
  if (second === undefined) throw new Error(`not an instant: ${at}`);
  return `${second}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

/** A member of an entry: its name, its length in bytes and its value, or that there is none. */
function member(name: string, value: string | null | undefined): string {
  return value === null || value === undefined ? `${name} -\n` : `${name} ${text.encode(value).length}:${value}\n`;
}

export function canonical(entry: Entry): string {
  return 'gemba audit entry 1\n' + member('organization', entry.organization) + member('id', entry.id) + member('occurred_at', instant(entry.occurred_at)) + member('plant', entry.plant)
    + member('actor', entry.actor) + member('ip', entry.ip) + member('request', entry.request) + member('action', entry.action) + member('kind', entry.kind) + member('record', entry.record)
    + member('outcome', entry.outcome) + member('before', entry.before) + member('after', entry.after) + member('detail', entry.detail);
}

function joined(mark: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(1 + parts.reduce((sum, part) => sum + part.length, 0));
  whole[0] = mark;
  let at = 1;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const leafOf = async (entry: Entry): Promise<string> => hexOf(await sha256(joined(0, text.encode(canonical(entry)))));

/** RFC 6962, 2.1. Level by level is the same tree: whoever is left over at the end of a level goes up unchanged. */
export async function rootOf(leaves: readonly string[]): Promise<string> {
  if (leaves.length === 0) return hexOf(await sha256(new Uint8Array()));
  let level = leaves.map(bytesOf);
  while (level.length > 1) {
    const next: Promise<Uint8Array<ArrayBuffer>>[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const [left, right] = [level[at] as Uint8Array<ArrayBuffer>, level[at + 1]];
      next.push(right ? sha256(joined(1, left, right)) : Promise.resolve(left));
    }
    level = await Promise.all(next);
  }
  return hexOf(level[0] as Uint8Array);
}

export const sealStatement = (seal: Seal): string =>
  `gemba audit seal 1\norganization ${seal.organization}\nnumber ${seal.number}\nfirst ${seal.first}\nentries ${seal.leaves.length}\ntransactions ${seal.from_transaction} ${seal.to_transaction}\nsealed_at ${instant(seal.sealed_at)}\nroot ${seal.root}\nprevious ${seal.previous}\n`;

export const headStatement = (head: { organization: string; number: number; entries: number; sealed_at: string; hash: string }): string =>
  `gemba audit head 1\norganization ${head.organization}\nnumber ${head.number}\nentries ${head.entries}\nsealed_at ${instant(head.sealed_at)}\nhash ${head.hash}\n`;

export const removalStatement = (removal: Removal): string =>
  `gemba audit removal 1\norganization ${removal.organization}\nentries ${removal.entries}\nreason ${removal.reason}\nremoved_at ${instant(removal.removed_at)}\n`;

/** Whether this browser can: it needs Ed25519, and a page from https or this machine. */
export async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), 'Ed25519', false, ['verify']);
    return true;
  } catch {
    return false;
  }
}

const known = new Map<string, Promise<CryptoKey | null>>();

async function genuine(key: string, statement: string, signature: string): Promise<boolean> {
  if (!known.has(key)) known.set(key, crypto.subtle.importKey('raw', bytesOf(key), 'Ed25519', false, ['verify']).catch(() => null));
  const imported = await known.get(key);
  return imported ? crypto.subtle.verify('Ed25519', imported, bytesOf(signature), text.encode(statement)).catch(() => false) : false;
}

/** `1-200,205` → whether a number is within. */
export function rangesOf(said: string): (number: number) => boolean {
  const spans = said.split(',').filter(Boolean).map((span) => {
    const [first = 0, last = first] = span.split('-').map(Number);
    return [first, last] as const;
  });
  return (number) => spans.some(([first, last]) => number >= first && number <= last);
}

/** The keys that are trusted: those given, and those they introduced; null where whatever signed is taken and compared by a person. */
async function trustedBy(keys: readonly string[], introductions: readonly Introduction[]): Promise<Set<string> | null> {
  if (keys.length === 0) return null;
  const trusted = new Set(keys);
  for (let before = -1; before !== trusted.size;) {
    before = trusted.size;
    for (const one of introductions) if (trusted.has(one.by) && (await genuine(one.by, `gemba audit key 1\nkey ${one.key}\nby ${one.by}\n`, one.signature))) trusted.add(one.key);
  }
  return trusted;
}

export interface Asked {
  organization: string;
  /** Pages from the first on, one by one. */
  page: (after: number) => Promise<Page>;
  /** Public keys of the operator; none means that whatever signed is taken. */
  keys?: readonly string[];
  /** A head that was kept outside: its seal has to be there, and be the same. */
  witness?: { number: number; hash: string } | null;
  progress?: (entries: number, seal: number) => void;
}

/** Goes along the whole chain, seal by seal, and tells everything that does not fit. */
export async function verify({ organization, page, keys = [], witness = null, progress }: Asked): Promise<Verified> {
  const verified: Verified = { seals: 0, entries: 0, removed: 0, unsealed: 0, keys: [], head: null, findings: [], further: 0 };
  const find = (problem: Problem) => void (verified.findings.length < KEPT ? verified.findings.push(problem) : (verified.further += 1));
  let end = { number: 0, entries: 0, transaction: 0, hash: ZERO };
  let trusted: Set<string> | null = null;
  const removed: ((number: number) => boolean)[] = [];
  let after: number | null | undefined = 0;
  while (after !== null && after !== undefined) {
    const some: Page = await page(after);
    if (after === 0) {
      trusted = await trustedBy(keys, some.introductions);
      for (const removal of some.removals) {
        const holds = removal.organization === organization && (trusted?.has(removal.key) ?? true) && (await genuine(removal.key, removalStatement(removal), removal.signature));
        if (holds) removed.push(rangesOf(removal.entries));
        else find({ problem: 'removal_forged', seal: 0, entries: removal.entries });
      }
    }
    for (const { seal, entries } of some.seals) {
      const { number } = seal;
      const head = { organization: seal.organization, number, entries: seal.first - 1 + seal.leaves.length, sealed_at: seal.sealed_at, hash: seal.hash };
      if (seal.organization !== organization) find({ problem: 'seal_foreign', seal: number });
      if (number !== end.number + 1) find({ problem: 'seals_missing', seal: number });
      else if (seal.previous !== end.hash || seal.first !== end.entries + 1 || seal.from_transaction !== end.transaction) find({ problem: 'chain_broken', seal: number });
      const isWhole = (await rootOf(seal.leaves)) === seal.root && hexOf(await sha256(text.encode(sealStatement(seal)))) === seal.hash;
      if (!isWhole) find({ problem: 'seal_changed', seal: number });
      if (!(await genuine(seal.key, headStatement(head), seal.signature))) find({ problem: 'signature_wrong', seal: number });
      if (trusted && !trusted.has(seal.key)) find({ problem: 'key_unknown', seal: number, key: seal.key });
      if (witness?.number === number && witness.hash !== seal.hash) find({ problem: 'head_differs', seal: number });
      await compare(seal, entries, removed, verified, find);
      verified.seals += 1;
      if (!verified.keys.includes(seal.key)) verified.keys.push(seal.key);
      verified.head = { number, entries: head.entries, sealedAt: seal.sealed_at, hash: seal.hash, key: seal.key, signature: seal.signature };
      end = { number, entries: head.entries, transaction: seal.to_transaction, hash: seal.hash };
    }
    verified.unsealed = some.unsealed ?? 0;
    progress?.(verified.entries, end.number);
    if (some.next !== null && some.next !== undefined && some.next <= after) throw new Error('the pages do not go on');
    after = some.next;
  }
  if (witness && witness.number > end.number) find({ problem: 'rolled_back', seal: witness.number });
  return verified;
}

/** Whether the entries are those that were sealed, each once, in their order. */
async function compare(seal: Seal, entries: Entry[], removed: ((number: number) => boolean)[], verified: Verified, find: (problem: Problem) => void): Promise<void> {
  const leaves = await Promise.all(entries.map(leafOf));
  verified.entries += entries.length;
  if (leaves.length === seal.leaves.length && leaves.every((leaf, at) => leaf === seal.leaves[at])) return;
  const places = new Map<string, number[]>();
  for (const [place, leaf] of seal.leaves.entries()) places.set(leaf, [...(places.get(leaf) ?? []), place]);
  const there = new Set<number>();
  const strangers: string[] = [];
  let [last, moved] = [-1, -1];
  for (const [at, leaf] of leaves.entries()) {
    const place = places.get(leaf)?.shift();
    if (place === undefined) {
      strangers.push(entries[at]?.id ?? '');
      continue;
    }
    if (place < last && moved < 0) moved = place;
    last = place;
    there.add(place);
  }
  for (const place of seal.leaves.keys()) {
    if (there.has(place)) continue;
    const number = seal.first + place;
    const stranger = removed.some((holds) => holds(number)) ? null : strangers.shift();
    if (stranger === null) verified.removed += 1;
    else if (stranger !== undefined) find({ problem: 'entry_changed', seal: seal.number, number, id: stranger });
    else find({ problem: 'entry_missing', seal: seal.number, number });
  }
  if (moved >= 0) find({ problem: 'entries_reordered', seal: seal.number, number: seal.first + moved });
  for (const id of strangers) find({ problem: 'entry_added', seal: seal.number, id });
}
