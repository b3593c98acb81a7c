/** What the sign-in page asks of the server. Small on purpose: this page loads nothing of the app. */
import { problemOf, Problem, Unreachable } from '@/api/problem';
import { fromBase64Url, toBase64Url } from './base64url';

let csrf = '';

export const setCsrf = (token: string): void => {
  csrf = token;
};

export async function post<T>(path: string, body: unknown = {}): Promise<T> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (csrf) headers['X-CSRF-Token'] = csrf;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  } catch {
    throw new Unreachable();
  }
  if (!response.ok) throw Object.assign(await problemOf(response), { retryAfter: Number(response.headers.get('Retry-After')) });
  return (response.headers.get('Content-Type')?.includes('json') ? await response.json() : undefined) as T;
}

export interface LoggedIn {
  csrf_token: string;
  password_change_required: boolean;
  /** `nothing`, `show`, `set_up`, `set_up_passkey`. */
  second_factor: string;
}

export interface Way {
  id: string;
  name: string;
  start: string;
}

export const login = (email: string, password: string, organization: string | null): Promise<LoggedIn> => post('/auth/login', { email, password, organization });

/** By which ways this address signs in; none are told when that cannot be learnt. */
export async function ways(email: string): Promise<Way[]> {
  try {
    return (await post<{ providers: Way[] }>('/auth/start', { email })).providers;
  } catch (error) {
    if (error instanceof Problem || error instanceof Unreachable) return [];
    throw error;
  }
}

interface RequestOptions {
  publicKey: PublicKeyCredentialRequestOptionsJSON & { challenge: string; allowCredentials?: { id: string; type: 'public-key' }[] };
}

/** Lets the person use a passkey for the options of `path`, and sends what it says to `answer`. */
export async function usePasskey(path: string, answer: string): Promise<LoggedIn> {
  const { publicKey } = await post<RequestOptions>(path);
  const options = {
    ...publicKey,
    challenge: fromBase64Url(publicKey.challenge),
    allowCredentials: publicKey.allowCredentials?.map((one) => ({ ...one, id: fromBase64Url(one.id) })),
  } as unknown as PublicKeyCredentialRequestOptions;
  const credential = (await navigator.credentials.get({ publicKey: options })) as PublicKeyCredential | null;
  if (!credential) throw new DOMException('cancelled', 'NotAllowedError');
  const said = credential.response as AuthenticatorAssertionResponse;
  return post(answer, {
    id: credential.id,
    response: {
      authenticatorData: toBase64Url(said.authenticatorData),
      clientDataJSON: toBase64Url(said.clientDataJSON),
      signature: toBase64Url(said.signature),
      userHandle: said.userHandle ? toBase64Url(said.userHandle) : null,
    },
  });
}
