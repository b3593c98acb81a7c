/** Setting up an authenticator app or a passkey. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useLayoutEffect, useRef, useState } from 'react';
import { api, ask, askAt } from '@/api/client';
import { createPasskey } from '@/api/passkey';
import { Button, CopyText, Dialog, Field, Loading, Notice, TextInput, messageOf } from '@/ui';
import { useWords } from '@/words';
import { meWords } from './me.words';

interface Props {
  onClose: () => void;
  onDone: (recoveryCodes: string[]) => void;
}

export function AddApp({ onClose, onDone }: Props) {
  const t = useWords(meWords);
  const [name, setName] = useState('');
  const [code, setCode] = useState('');
  const begin = useMutation({ mutationFn: () => ask(api.POST('/api/v1/me/second-factors/totp', { body: { name: name.trim() } })) });
  const confirm = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/me/second-factors/totp/{id}/confirm', { params: { path: { id: begin.data?.id ?? '' } }, body: { code: code.replace(/\s/g, '') } })),
    onSuccess: (made) => onDone(made.recovery_codes),
  });
  if (!begin.data) {
    return (
      <Dialog key="name" title={t('addApp')} onClose={onClose} onSubmit={() => name.trim() && begin.mutate()}
        foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={begin.isPending} why={name.trim() ? undefined : t('required')}>{t('goOn')}</Button></>}>
        <Field label={t('factorName')} help={t('factorNameHelp')} error={begin.error ? messageOf(begin.error) : undefined}><TextInput value={name} onChange={setName} maxLength={100} /></Field>
      </Dialog>
    );
  }
  return (
    <Dialog key="code" title={t('addApp')} onClose={onClose} onSubmit={() => code.trim() && confirm.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={confirm.isPending}>{t('confirm')}</Button></>}>
      <p className="muted">{t('scan')}</p>
      <Picture text={begin.data.address} />
      <div className="field"><span className="label">{t('key')}</span><CopyText text={begin.data.secret} /></div>
      <Field label={t('code')} error={confirm.error ? messageOf(confirm.error) : undefined}><TextInput inputMode="numeric" autoComplete="one-time-code" value={code} onChange={setCode} /></Field>
    </Dialog>
  );
}

/** The QR code; what draws it comes only now. */
function Picture({ text }: { text: string }) {
  const place = useRef<HTMLDivElement>(null);
  const { data: draw } = useQuery({ queryKey: ['qr'], queryFn: async () => (await import('@/ui/qr')).qrCode, staleTime: Infinity });
  useLayoutEffect(() => {
    if (draw) place.current?.replaceChildren(draw(text));
  }, [draw, text]);
  return <div ref={place} style={{ width: 184, height: 184, padding: 10, background: '#fff', borderRadius: 8, alignSelf: 'center' }}>{!draw && <Loading lines={3} />}</div>;
}

export function AddPasskey({ onClose, onDone }: Props) {
  const t = useWords(meWords);
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: async () => {
      const credential = await createPasskey(await askAt('POST', '/api/v1/me/second-factors/passkeys/options', { body: {} }));
      return ask(api.POST('/api/v1/me/second-factors/passkeys', { body: { name: name.trim(), credential } }));
    },
    onSuccess: (made) => onDone(made.recovery_codes),
  });
  return (
    <Dialog title={t('addPasskey')} onClose={onClose} onSubmit={() => name.trim() && add.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={add.isPending} why={name.trim() ? undefined : t('required')}>{t('goOn')}</Button></>}>
      {add.error && <Notice tone="danger">{add.error instanceof DOMException ? t('passkeyFailed') : messageOf(add.error)}</Notice>}
      <Field label={t('factorName')} help={t('factorNameHelp')}><TextInput value={name} onChange={setName} maxLength={100} /></Field>
    </Dialog>
  );
}

export function Codes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const t = useWords(meWords);
  return (
    <Dialog firm title={t('recovery')} onClose={onClose} foot={<Button look="primary" onClick={onClose}>{t('kept')}</Button>}>
      <Notice tone="warn">{t('recoveryKeep')}</Notice>
      <CopyText text={codes.join('\n')} />
    </Dialog>
  );
}
