/** A new passkey: the browser asks the device, the server keeps its public half. */
import { fromBase64Url, toBase64Url } from '@/sign-in/base64url';

interface Options {
  publicKey: { challenge: string; user: { id: string }; excludeCredentials?: { id: string }[] } & Record<string, unknown>;
}

export interface MadeCredential {
  response: { attestationObject: string; clientDataJSON: string; transports?: string[] };
}

export async function createPasskey({ publicKey }: Options): Promise<MadeCredential> {
  const options = {
    ...publicKey,
    challenge: fromBase64Url(publicKey.challenge),
    user: { ...publicKey.user, id: fromBase64Url(publicKey.user.id) },
    excludeCredentials: publicKey.excludeCredentials?.map((one) => ({ ...one, id: fromBase64Url(one.id) })),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey: options })) as PublicKeyCredential | null;
  if (!made) throw new DOMException('cancelled', 'NotAllowedError');
  const said = made.response as AuthenticatorAttestationResponse;
  return {
    response: {
      attestationObject: toBase64Url(said.attestationObject),
      clientDataJSON: toBase64Url(said.clientDataJSON),
      transports: said.getTransports?.() ?? [],
    },
  };
}
