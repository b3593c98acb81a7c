/**
 * Who works at a shared device. With a network the server says whether badge and PIN are right; without one this device knows badges by their hash, and
 * the PINs that were right here before by a slow hash of its own.
 *
 * **Invariant:** neither badges nor PINs lie in the device as they are.
 */
import { Problem, Unreachable } from '@/api/problem';
import type { OperatorFacts } from './model/work';
import { tokenKey } from './queue/queue';
import type { Store } from './queue/store';
import { signIn } from './wire';

const ROUNDS = 200_000;

interface KeptPin {
  salt: number[];
  hash: number[];
}

const pinKey = (operatorId: string): string => `pin.${operatorId}`;

const bytes = (buffer: ArrayBuffer): number[] => [...new Uint8Array(buffer)];

async function slowHash(pin: string, salt: Uint8Array<ArrayBuffer>): Promise<number[]> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits']);
  return bytes(await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: ROUNDS }, key, 256));
}

/** Hex of the SHA-256 of a badge, as the server gives it. */
export async function badgeHash(badge: string): Promise<string> {
  return bytes(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(badge.trim()))).map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function whoseBadge(operators: readonly OperatorFacts[], badge: string): Promise<OperatorFacts | null> {
  const hash = await badgeHash(badge);
  return operators.find((one) => one.badge_hash?.toLowerCase() === hash) ?? null;
}

async function keepPin(store: Store, operatorId: string, pin: string): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  await store.write(pinKey(operatorId), { salt: [...salt], hash: await slowHash(pin, salt) } satisfies KeptPin);
}

async function knowsPin(store: Store, operatorId: string, pin: string): Promise<boolean | null> {
  const kept = await store.read<KeptPin>(pinKey(operatorId));
  if (!kept) return null;
  const hash = await slowHash(pin, new Uint8Array(kept.salt));
  return hash.every((byte, at) => byte === kept.hash[at]);
}

export type Admitted = 'yes' | 'wrong' | 'unknown-here' | { refused: string };

/** Whether somebody may work as this operator. Without a network a PIN that was never right here cannot be judged: `unknown-here`. */
export async function admit(store: Store, terminalId: string, operator: OperatorFacts, pin: string, badge: string | null): Promise<Admitted> {
  try {
    const { token } = await signIn(terminalId, badge ? { badge } : { operator_id: operator.id }, pin);
    if (token) await store.write(tokenKey(operator.id), token);
    if (pin) await keepPin(store, operator.id, pin);
    return 'yes';
  } catch (error) {
    // While the device itself is signed out, it is as if there were no network: work goes on.
    if (error instanceof Problem && error.status !== 401 && error.code !== 'csrf' && error.status < 500) return error.code === 'wrong_badge_or_pin' ? 'wrong' : { refused: error.message };
    const isLate = error instanceof DOMException && error.name === 'TimeoutError';
    if (!(error instanceof Problem) && !(error instanceof Unreachable) && !isLate) throw error;
    if (!operator.has_pin) return 'yes';
    // A badge that this device knows is enough while nobody can be asked.
    if (badge && (await badgeHash(badge)) === operator.badge_hash?.toLowerCase()) return 'yes';
    const known = await knowsPin(store, operator.id, pin);
    return known === null ? 'unknown-here' : known ? 'yes' : 'wrong';
  }
}
