/** The dialog in which somebody shows again that it is they. Loaded when it is needed. */
import { useEffect, useRef, useState } from 'react';
import { setCsrfToken } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMe } from '@/api/session';
import { post, setCsrf, usePasskey as showPasskey, type LoggedIn } from '@/sign-in/door';
import { Button, Dialog, Field, Notice, TextInput, messageOf } from '@/ui';
import { useWords } from '@/words';
import { shellWords } from './shell.words';
import { whoAmI } from './who-am-i';

export function AskAgain({ problem, onDone, onGiveUp }: { problem: Problem; onDone: () => void; onGiveUp: () => void }) {
  const t = useWords(shellWords);
  const me = useMe();
  const [step, setStep] = useState<'password' | 'code'>(problem.code === 'step_up_required' || problem.code === 'second_factor_required' ? 'code' : 'password');
  const [secret, setSecret] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const began = useRef(false);
  const isStepUp = problem.code === 'step_up_required';
  const ways = new Set(problem.errors.map((one) => one.code));

  // Somebody who signs in elsewhere, in another tab, comes back to a page that goes on by itself.
  useEffect(() => {
    const look = () => {
      if (began.current) void whoAmI().then((now) => now?.id === me.id && passed({ csrf_token: now.csrf_token ?? '', second_factor: 'nothing', password_change_required: false }));
    };
    addEventListener('focus', look);
    return () => removeEventListener('focus', look);
  }, []);

  function passed(answer: LoggedIn): void {
    setCsrf(answer.csrf_token);
    if (answer.second_factor === 'show') {
      setSecret('');
      setStep('code');
      return;
    }
    setCsrfToken(answer.csrf_token);
    onDone();
  }
  const attempt = async (send: () => Promise<LoggedIn>) => {
    setBusy(true);
    setError('');
    try {
      passed(await send());
    } catch (refused) {
      setError(refused instanceof DOMException ? t('passkeyFailed') : refused instanceof Problem && refused.code === 'sign_in_failed' ? t('wrongPassword') : messageOf(refused));
    } finally {
      setBusy(false);
    }
  };
  const submit = async () => {
    if (secret.trim() === '') return setError(t('fillIn'));
    if (step === 'password') return attempt(() => post('/auth/login', { email: me.email, password: secret, organization: me.organization.slug }));
    if (isStepUp) setCsrf((await whoAmI())?.csrf_token ?? '');
    const code = secret.replace(/\s/g, '');
    return attempt(() => post('/auth/second-factor', /^\d{6}$/.test(code) ? { code } : { recovery_code: secret.trim() }));
  };
  const passkey = async () => {
    if (isStepUp) setCsrf((await whoAmI())?.csrf_token ?? '');
    const path = step === 'code' ? '/auth/second-factor/passkey' : '/auth/passkey';
    await attempt(() => showPasskey(`${path}/options`, path));
  };
  return (
    <Dialog
      firm title={t(step === 'password' ? 'sessionEnded' : isStepUp ? 'stepUp' : 'secondFactor')} onClose={onGiveUp} onSubmit={() => void submit()}
      foot={
        <>
          <Button onClick={onGiveUp}>{t('notNow')}</Button>
          <Button type="submit" look="primary" busy={busy}>{t('goOn')}</Button>
        </>
      }
    >
      <p className="muted">{t(step === 'password' ? 'sessionEndedText' : 'stepUpText')}</p>
      {isStepUp && ways.has('sign_in_again') && <Notice tone="warn">{t('signInAgain')}</Notice>}
      <Field label={step === 'password' ? t('passwordOf', { email: me.email ?? me.name }) : t('code')} {...(error ? { error } : {})}>
        <TextInput key={step} autoFocus type={step === 'password' ? 'password' : 'text'} autoComplete={step === 'password' ? 'current-password' : 'one-time-code'} value={secret} onChange={setSecret} />
      </Field>
      <div className="row wrap">
        {'PublicKeyCredential' in window && <Button size="small" onClick={() => void passkey()}>{t('withPasskey')}</Button>}
        {step === 'password' && <a className="btn small" href="/sign-in" target="_blank" rel="opener" onClick={() => (began.current = true)}>{t('otherWay')}</a>}
      </div>
    </Dialog>
  );
}
