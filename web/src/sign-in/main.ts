/**
 * Signing in: password, passkey, identity provider, second factor, a password set by a link. The app itself is fetched in the background while
 * somebody types.
 *
 * **Invariant:** nothing of the app or its framework is part of this page; it stays within 50 KiB.
 */
import '@/ui/tokens.css';
import './sign-in.css';
import { Problem, Unreachable } from '@/api/problem';
import { fill, type Values } from '@/words/fill';
import { currentLanguage, LANGUAGES, onLanguage, setLanguage } from '@/words/language';
import { login, post, setCsrf, usePasskey, ways, type LoggedIn, type Way } from './door';
import { h } from './dom';
import { signInWords, type SignInKey } from './sign-in.words';

const t = (key: SignInKey, values?: Values): string => fill(signInWords[currentLanguage()][key], values, currentLanguage());

const theme = localStorage.getItem('gemba.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

// Tabs of whoever was here before keep nothing from now on: the session may become somebody else's.
if ('BroadcastChannel' in window) new BroadcastChannel('gemba.person').postMessage('signing-in');

const place = document.getElementById('sign-in') as HTMLElement;
const memory = { email: '', organization: '', asksOrganization: false, providers: [] as Way[], asked: '' };

type View = () => Node[];
let view: View = location.pathname === '/set-password' ? linkView : location.hash === '#second-factor' ? codeView : passwordView;

// ── the frame ──
function draw(next: View = view): void {
  view = next;
  document.title = `${t('title')} · Gemba`;
  const languages = h('select', { 'aria-label': t('language'), change: (event) => setLanguage((event.target as HTMLSelectElement).value) });
  for (const [code, name] of Object.entries(LANGUAGES)) languages.append(h('option', { value: code, selected: code === currentLanguage() }, name));
  place.replaceChildren(
    h('header', {}, h('img', { src: '/icon.svg', width: '36', height: '36', alt: '' }), h('div', {}, h('strong', {}, 'Gemba'), h('span', {}, t('tagline')))),
    h('section', { class: 'card' }, ...view()),
    h('footer', {}, languages),
  );
  place.querySelector<HTMLElement>('[autofocus]')?.focus();
}
onLanguage(() => draw());

interface FieldOptions {
  name: string;
  label: SignInKey;
  type?: string;
  autocomplete?: string;
  value?: string;
  help?: SignInKey;
  focus?: boolean;
  numeric?: boolean;
}

function field({ name, label, type = 'text', autocomplete, value = '', help, focus, numeric }: FieldOptions): HTMLElement {
  const input = h('input', {
    id: name, name, type, value, required: true, autocomplete, autofocus: focus, spellcheck: 'false', autocapitalize: 'none',
    inputmode: numeric ? 'numeric' : undefined, 'aria-describedby': `${name}-error${help ? ` ${name}-help` : ''}`,
  });
  const reveal = type === 'password' && h('button', {
    type: 'button', class: 'reveal', 'aria-controls': name,
    click: (event) => {
      const hidden = input.type === 'password';
      input.type = hidden ? 'text' : 'password';
      (event.target as HTMLElement).textContent = t(hidden ? 'hide' : 'show');
    },
  }, t('show'));
  return h('div', { class: 'field' },
    h('label', { for: name }, t(label)),
    h('div', { class: 'box' }, input, reveal),
    h('p', { class: 'error', id: `${name}-error`, role: 'alert' }),
    help && h('p', { class: 'help', id: `${name}-help` }, t(help)));
}

/** A form that says what is missing, sends, and shows what was refused. */
function form(fields: Node[], button: SignInKey, send: (values: Record<string, string>, say: Say) => Promise<void>): HTMLFormElement {
  const submit = h('button', { type: 'submit', class: 'primary' }, t(button));
  const wrong = h('div', { class: 'wrong', role: 'alert' });
  const say: Say = (text, name, id) => {
    const target = name ? element.querySelector(`#${name}-error`) : wrong;
    target?.replaceChildren(text, id ? h('small', {}, t('request', { id })) : '');
    if (name) element.querySelector<HTMLElement>(`#${name}`)?.setAttribute('aria-invalid', 'true');
  };
  const element: HTMLFormElement = h('form', {
    novalidate: true,
    submit: (event) => {
      event.preventDefault();
      if (submit.disabled) return;
      wrong.replaceChildren();
      element.querySelectorAll('.error').forEach((one) => one.replaceChildren());
      const inputs = [...element.querySelectorAll('input')];
      for (const input of inputs) input.removeAttribute('aria-invalid');
      const empty = inputs.filter((input) => input.required && input.value.trim() === '');
      for (const input of empty) say(t('needed'), input.name);
      if (empty[0]) return empty[0].focus();
      submit.disabled = true;
      submit.textContent = t('signingIn');
      const values = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
      void send(values, say).catch((error: unknown) => refused(error, say)).finally(() => {
        submit.disabled = false;
        submit.textContent = t(button);
      });
    },
  }, ...fields, wrong, submit);
  return element;
}

type Say = (text: string, field?: string, requestId?: string | null) => void;

function refused(error: unknown, say: Say): void {
  if (error instanceof Unreachable) return say(t('unreachable'));
  if (error instanceof DOMException) return say(t('passkeyFailed'));
  if (!(error instanceof Problem)) throw error;
  const { retryAfter } = error as Problem & { retryAfter?: number };
  if (error.status === 429 && retryAfter) return say(t('waitFor', { n: retryAfter }), undefined, error.requestId);
  if (error.code === 'sign_in_failed') return say(t('wrong'));
  const detail = error.errors[0]?.detail ?? error.message;
  say(detail.charAt(0).toUpperCase() + detail.slice(1), undefined, error.requestId);
}

/** Where somebody wanted to go: an address of this app, else the start. */
function wantedPlace(): string {
  const next = new URLSearchParams(location.search).get('next') ?? '/';
  return /^\/(?![/\\])/.test(next) ? next : '/';
}

const heading = (key: SignInKey, values?: Values): Node => h('h1', {}, t(key, values));
const text = (key: SignInKey, values?: Values): Node => h('p', { class: 'text' }, t(key, values));

/** Where to go on: only addresses of this app. */
function goOn(): void {
  location.replace(wantedPlace());
}

function entered(answer: LoggedIn): void {
  setCsrf(answer.csrf_token);
  if (answer.second_factor === 'show') draw(codeView);
  else if (answer.second_factor === 'set_up') toSetUp();
  else if (answer.password_change_required) draw(changeView);
  else goOn();
}

/** Setting up is rare: its code comes when it is needed. */
function toSetUp(): void {
  void import('./set-up').then((part) => part.setUp({ t, field, form, heading, text, goOn, draw }));
}

/** What brought somebody here: an identity provider that refused. */
function arrivedWith(): Node {
  const code = new URLSearchParams(location.search).get('error');
  return h('p', { class: 'wrong', role: 'alert' }, code ? t('providerRefused', { code }) : '');
}

// ── the views ──
function passwordView(): Node[] {
  const offered = h('div', { class: 'ways' });
  // The provider's page knows whom to ask for, and the way back leads to where one wanted to go.
  const search = () => new URLSearchParams({ return_to: wantedPlace(), ...(memory.email ? { login_hint: memory.email } : {}) }).toString();
  const offer = () => offered.replaceChildren(...memory.providers.map((way) => h('a', { class: 'button', href: `${way.start}?${search()}` }, t('withProvider', { name: way.name }))));
  offer();
  const email = field({ name: 'email', label: 'email', type: 'email', autocomplete: 'username webauthn', value: memory.email, focus: true });
  email.querySelector('input')?.addEventListener('change', (event) => {
    const address = (event.target as HTMLInputElement).value.trim();
    memory.email = address;
    if (!address.includes('@') || memory.asked === address) return;
    memory.asked = address;
    void ways(address).then((found) => {
      memory.providers = found;
      offer();
    });
  });
  const several = h('button', { type: 'button', class: 'link', hidden: memory.asksOrganization, click: () => {
    memory.asksOrganization = true;
    memory.email = (place.querySelector('#email') as HTMLInputElement).value;
    draw();
    place.querySelector<HTMLElement>('#organization')?.focus();
  } }, t('severalOrganizations'));
  const fields: Node[] = [email, field({ name: 'password', label: 'password', type: 'password', autocomplete: 'current-password' })];
  if (memory.asksOrganization) fields.splice(1, 0, field({ name: 'organization', label: 'organization', help: 'organizationHelp', value: memory.organization }));
  const element = form(fields, 'signIn', async (values) => {
    memory.email = values.email?.trim() ?? '';
    memory.organization = values.organization?.trim() ?? '';
    entered(await login(memory.email, values.password ?? '', memory.organization || null));
  });
  const canPasskey = 'credentials' in navigator && window.isSecureContext && 'PublicKeyCredential' in window;
  const passkey = canPasskey && h('button', {
    type: 'button', class: 'button',
    click: () => void usePasskey('/auth/passkey/options', '/auth/passkey').then(entered).catch((error: unknown) => refused(error, (said) => element.querySelector('.wrong')?.replaceChildren(said))),
  }, t('withPasskey'));
  const forgot = h('button', { type: 'button', class: 'link', click: () => {
    memory.email = (place.querySelector('#email') as HTMLInputElement).value;
    draw(forgotView);
  } }, t('forgot'));
  return [heading('title'), arrivedWith(), offered, element, h('div', { class: 'links' }, forgot, several), ...(passkey ? [h('div', { class: 'or' }, t('or')), passkey] : [])];
}

function forgotView(): Node[] {
  const element = form([field({ name: 'email', label: 'email', type: 'email', autocomplete: 'username', value: memory.email, focus: true })], 'forgotSend', async ({ email }) => {
    await post('/auth/password/forgot', { email: email?.trim(), organization: memory.organization || null });
    draw(() => [heading('forgotTitle'), h('p', { class: 'done', role: 'status' }, t('forgotSent')), back()]);
  });
  const back = () => h('button', { type: 'button', class: 'link', click: () => draw(passwordView) }, t('back'));
  return [heading('forgotTitle'), element, back()];
}

function codeView(): Node[] {
  const element = form([field({ name: 'code', label: 'code', autocomplete: 'one-time-code', focus: true, numeric: true })], 'check', async ({ code }) => {
    entered(await post<LoggedIn>('/auth/second-factor', { code: code?.replace(/\s/g, '') }));
  });
  const passkey = h('button', {
    type: 'button', class: 'link',
    click: () => void usePasskey('/auth/second-factor/passkey/options', '/auth/second-factor/passkey').then(entered).catch((error: unknown) => refused(error, (said) => element.querySelector('.wrong')?.replaceChildren(said))),
  }, t('usePasskey'));
  return [heading('secondTitle'), text('secondText'), element, passkey, h('button', { type: 'button', class: 'link', click: () => draw(recoveryView) }, t('useRecovery'))];
}

function recoveryView(): Node[] {
  const element = form([field({ name: 'recovery', label: 'recovery', autocomplete: 'off', focus: true })], 'check', async ({ recovery }) => {
    entered(await post<LoggedIn>('/auth/second-factor', { recovery_code: recovery?.trim() }));
  });
  return [heading('secondTitle'), text('recoveryText'), element, h('button', { type: 'button', class: 'link', click: () => draw(codeView) }, t('useCode'))];
}

function newPassword(send: (password: string, values: Record<string, string>) => Promise<void>, before: Node[]): Node {
  const fields = [...before, field({ name: 'fresh', label: 'fresh', type: 'password', autocomplete: 'new-password', help: 'rule', focus: before.length === 0 }), field({ name: 'repeat', label: 'repeat', type: 'password', autocomplete: 'new-password' })];
  return form(fields, 'setPassword', async (values, say) => {
    if (values.fresh !== values.repeat) return say(t('differ'), 'repeat');
    await send(values.fresh ?? '', values);
  });
}

function changeView(): Node[] {
  const before = [field({ name: 'current', label: 'current', type: 'password', autocomplete: 'current-password', focus: true })];
  return [heading('changeTitle'), text('changeText'), newPassword(async (fresh, { current }) => {
    await post('/auth/password', { current_password: current, new_password: fresh });
    goOn();
  }, before)];
}

interface LinkPurpose {
  email: string;
  organization: string;
  purpose: string;
}

function linkView(): Node[] {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  const back = () => h('a', { class: 'button', href: '/sign-in' }, t('back'));
  void post<LinkPurpose>('/auth/password-link/check', { token }).then(
    ({ email, organization, purpose }) => {
      const username = h('input', { type: 'email', name: 'username', autocomplete: 'username', value: email, hidden: true, readonly: true });
      draw(() => [heading(purpose === 'invitation' ? 'linkInvitation' : 'linkReset', { organization }), text('linkText', { email }), newPassword(async (password) => {
        await post('/auth/password-link', { token, password });
        memory.email = email;
        history.replaceState(null, '', '/sign-in');
        draw(() => [h('p', { class: 'done', role: 'status' }, t('linkDone')), ...passwordView()]);
      }, [username])]);
    },
    (error: unknown) => draw(() => [heading('title'), h('p', { class: 'wrong', role: 'alert' }, error instanceof Unreachable ? t('unreachable') : t('linkBad')), back()]),
  );
  return [h('p', { class: 'text', role: 'status' }, '…')];
}

export type Parts = { t: typeof t; field: typeof field; form: typeof form; heading: typeof heading; text: typeof text; goOn: typeof goOn; draw: typeof draw };

// ── begin ──
function prefetch(): void {
  const files = document.querySelector<HTMLMetaElement>('meta[name=app-files]')?.content.split(' ') ?? [];
  for (const file of files) {
    const link = document.createElement('link');
    link.rel = 'prefetch';
    link.href = file;
    document.head.append(link);
  }
}

draw();
if (document.readyState === 'complete') setTimeout(prefetch, 300);
else addEventListener('load', () => setTimeout(prefetch, 300));
