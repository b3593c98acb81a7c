/** A second factor that a role asks for, set up before anything else: an authenticator app or a passkey, then the recovery codes. */
import { createPasskey } from '@/api/passkey';
import { qrCode } from '@/ui/qr';
import { post } from './door';
import { h } from './dom';
import type { Parts } from './main';

interface Seed {
  id: string;
  secret: string;
  address: string;
}

interface Codes {
  recovery_codes: string[];
}

export async function setUp(parts: Parts): Promise<void> {
  const { t, field, form, heading, text, goOn, draw } = parts;
  const codes = (list: string[]) => {
    if (list.length === 0) return goOn();
    const keep = h('button', { type: 'button', class: 'primary', click: () => goOn() }, t('kept'));
    draw(() => [heading('recoveryTitle'), text('recoveryKeep'), h('div', { class: 'codes' }, ...list.map((code) => h('span', {}, code))), keep]);
  };
  const app = async () => {
    const seed = await post<Seed>('/me/second-factors/totp', { name: t('appName') });
    const picture = qrCode(seed.address);
    picture.setAttribute('class', 'qr');
    draw(() => [
      heading('setUpTitle'), text('setUpText'), picture,
      h('div', {}, h('small', {}, t('key')), h('div', { class: 'key' }, seed.secret)),
      form([field({ name: 'code', label: 'code', autocomplete: 'one-time-code', numeric: true, focus: true })], 'check', async ({ code }) => {
        codes((await post<Codes>(`/me/second-factors/totp/${seed.id}/confirm`, { code: code?.replace(/\s/g, '') })).recovery_codes);
      }),
    ]);
  };
  const passkey = async () => {
    const credential = await createPasskey(await post('/me/second-factors/passkeys/options'));
    codes((await post<Codes>('/me/second-factors/passkeys', { name: t('deviceName'), credential })).recovery_codes);
  };
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const refused = () => wrong.replaceChildren(t('passkeyFailed'));
  draw(() => [
    heading('setUpTitle'), text('setUpPasskeyText'), wrong,
    h('button', { type: 'button', class: 'primary', click: () => void passkey().catch(refused) }, t('setUpPasskey')),
    h('button', { type: 'button', class: 'button', click: () => void app().catch(refused) }, t('useApp')),
  ]);
}
