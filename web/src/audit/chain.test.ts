import { beforeAll, describe, expect, it } from 'vitest';
import { canonical, headStatement, leafOf, removalStatement, rootOf, sealStatement, verify, type Entry, type Page, type Removal, type Seal } from './chain';

const ORGANIZATION = '00000000-0000-0000-0000-00000000a001';
const text = new TextEncoder();
const hexOf = (bytes: ArrayBuffer): string => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

interface Signer {
  key: string;
  sign: (statement: string) => Promise<string>;
}

async function newSigner(): Promise<Signer> {
  const { publicKey, privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  return { key: hexOf(await crypto.subtle.exportKey('raw', publicKey)), sign: async (statement) => hexOf(await crypto.subtle.sign('Ed25519', privateKey, text.encode(statement))) };
}

const entry = (n: number): Entry => ({
  organization: ORGANIZATION, id: `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`, occurred_at: '2026-09-21T14:13:22.5Z', plant: null, actor: 'user:5ad1', ip: '192.0.2.7', request: null,
  action: 'line.updated', kind: 'line', record: null, outcome: 'success', before: null, after: `{"name": "Línea ${n}"}`, detail: null,
});

/** Seals as the server makes them: of 3, 1 and 5 entries. */
async function chainOf(signer: Signer): Promise<{ seal: Seal; entries: Entry[] }[]> {
  let [previous, first, transaction, made] = ['0'.repeat(64), 1, 0, 0];
  const all: { seal: Seal; entries: Entry[] }[] = [];
  for (const [at, size] of [3, 1, 5].entries()) {
    const entries = Array.from({ length: size }, () => entry((made += 1)));
    const leaves = await Promise.all(entries.map(leafOf));
    const seal: Seal = {
      organization: ORGANIZATION, number: at + 1, first, from_transaction: transaction, to_transaction: transaction + 10, sealed_at: '2026-09-21T14:13:23.25Z', previous, leaves, root: await rootOf(leaves), hash: '', key: signer.key, signature: '',
    };
    seal.hash = hexOf(await crypto.subtle.digest('SHA-256', text.encode(sealStatement(seal))));
    seal.signature = await signer.sign(headStatement({ organization: ORGANIZATION, number: seal.number, entries: first - 1 + size, sealed_at: seal.sealed_at, hash: seal.hash }));
    all.push({ seal, entries });
    [previous, first, transaction] = [seal.hash, first + size, transaction + 10];
  }
  return all;
}

let signer: Signer;
let chain: { seal: Seal; entries: Entry[] }[];
beforeAll(async () => {
  signer = await newSigner();
  chain = await chainOf(signer);
});

const copy = () => structuredClone(chain);

/** One seal on a page, as if there were many. */
async function checked(seals: typeof chain, more: Partial<Parameters<typeof verify>[0]> & { removals?: Removal[]; introductions?: Page['introductions'] } = {}) {
  const { removals = [], introductions = [], ...rest } = more;
  const page = (after: number): Promise<Page> => {
    const at = seals.findIndex((one, index) => one.seal.number > after && (index === 0 || (seals[index - 1]?.seal.number ?? 0) <= after));
    const here = at < 0 ? [] : seals.slice(at, at + 1);
    const next = here.length > 0 && at + 1 < seals.length ? (here[0]?.seal.number ?? null) : null;
    return Promise.resolve({ seals: here, removals: after === 0 ? removals : [], introductions: after === 0 ? introductions : [], unsealed: next === null ? 2 : null, next });
  };
  const verified = await verify({ organization: ORGANIZATION, page, ...rest });
  return { ...verified, problems: verified.findings.map((finding) => `${finding.problem} ${finding.seal}`) };
}

describe('the chain of the audit trail', () => {
  it('an entry’s bytes are those of docs/audit-trail.md', () => {
    const one: Entry = {
      organization: ORGANIZATION, id: '00000000-0000-0000-0000-000000000002', occurred_at: '2026-09-21T14:13:22Z', plant: '00000000-0000-0000-0000-0000000000b0', actor: 'user:5ad1', ip: '192.0.2.7', request: '00000000-0000-0000-0000-0000000000c0',
      action: 'line.updated', kind: 'line', record: '00000000-0000-0000-0000-0000000000d0', outcome: 'success', before: '{"name": "SMT 1"}', after: '{"name": "SMT 2"}', detail: null,
    };
    expect(canonical(one).split('\n').slice(0, 4)).toEqual(['gemba audit entry 1', 'organization 36:00000000-0000-0000-0000-00000000a001', 'id 36:00000000-0000-0000-0000-000000000002', 'occurred_at 27:2026-09-21T14:13:22.000000Z']);
    expect(canonical(one).endsWith('after 17:{"name": "SMT 2"}\ndetail -\n')).toBe(true);
    expect(canonical({ ...one, actor: 'Ünal' })).toContain('actor 5:Ünal');
  });

  it('is sound where nobody touched it', async () => {
    const { problems, seals, entries, unsealed, head, keys } = await checked(copy(), { keys: [signer.key] });
    expect([problems, seals, entries, unsealed, head?.entries, keys]).toEqual([[], 3, 9, 2, 9, [signer.key]]);
  });

  it.each<[string, (seals: typeof chain) => void, string]>([
    ['changed', (seals) => void (seals[2]!.entries[1]!.actor = 'user:else'), 'entry_changed 3'],
    ['deleted', (seals) => void seals[2]!.entries.splice(1, 1), 'entry_missing 3'],
    ['inserted', (seals) => void seals[0]!.entries.push(entry(99)), 'entry_added 1'],
    ['repeated', (seals) => void seals[0]!.entries.push(structuredClone(seals[0]!.entries[0]!)), 'entry_added 1'],
    ['reordered', (seals) => void seals[0]!.entries.reverse(), 'entries_reordered 1'],
    ['given to another organization', (seals) => void (seals[1]!.seal.organization = '00000000-0000-0000-0000-00000000a002'), 'seal_foreign 2'],
    ['sealed otherwise', (seals) => void (seals[1]!.seal.root = '0'.repeat(64)), 'seal_changed 2'],
    ['signed by nobody', (seals) => void (seals[1]!.seal.signature = '0'.repeat(128)), 'signature_wrong 2'],
    ['cut in the middle', (seals) => void seals.splice(1, 1), 'seals_missing 3'],
  ])('tells what was %s', async (_, change, expected) => {
    const seals = copy();
    change(seals);
    expect((await checked(seals)).problems).toContain(expected);
  });

  it('tells a chain that another key signed, and takes one that was introduced', async () => {
    const other = await newSigner();
    expect((await checked(copy(), { keys: [other.key] })).problems).toEqual(['key_unknown 1', 'key_unknown 2', 'key_unknown 3']);
    const introductions = [{ key: signer.key, by: other.key, signature: await other.sign(`gemba audit key 1\nkey ${signer.key}\nby ${other.key}\n`) }];
    expect((await checked(copy(), { keys: [other.key], introductions })).problems).toEqual([]);
  });

  it('tells an end that was cut off, and a chain written anew, by what was kept outside', async () => {
    const witness = { number: 3, hash: chain[2]!.seal.hash };
    expect((await checked(copy(), { witness })).problems).toEqual([]);
    expect((await checked(copy().slice(0, 2), { witness })).problems).toEqual(['rolled_back 3']);
    expect((await checked(copy(), { witness: { number: 3, hash: 'f'.repeat(64) } })).problems).toEqual(['head_differs 3']);
  });

  it('takes a gap that a signed statement of retention explains, and no forged one', async () => {
    const seals = copy();
    seals[2]!.entries.splice(0, 2);
    const removal: Removal = { organization: ORGANIZATION, entries: '5-6', reason: 'retention access 365 d', removed_at: '2026-10-01T00:00:00Z', key: signer.key, signature: '' };
    removal.signature = await signer.sign(removalStatement(removal));
    const good = await checked(seals, { removals: [removal] });
    expect([good.problems, good.removed]).toEqual([[], 2]);
    expect((await checked(seals, { removals: [{ ...removal, entries: '5-7' }] })).problems).toContain('removal_forged 0');
  });
});
