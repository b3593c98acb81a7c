/** One's own account: name and language, password, second factors, devices. */
import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { KeyRound, LogOut, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { permissionsQuery, useMe, usePlants } from '@/api/session';
import { Badge, Button, Confirm, Field, IconButton, Moment, Notice, Page, Panel, Rows, Select, TextInput, messageOf, toast, toastError, useRows } from '@/ui';
import { LANGUAGES, setLanguage, useWords } from '@/words';
import { AddApp, AddPasskey, Codes } from './AddFactor';
import { Device } from './Device';
import { deviceOf } from './device-name';
import { Told } from './Told';
import { Watches } from './Watches';
import { meWords } from './me.words';

export default function Me() {
  const t = useWords(meWords);
  const me = useMe();
  return (
    <Page title={t('account')} about={me.email}>
      <div className="grid-2">
        <div className="stack">
          <Person />
          <Password />
          <Rights />
          <Device />
        </div>
        <div className="stack">
          <Factors />
          <Devices />
        </div>
      </div>
      <Told />
      <Watches />
    </Page>
  );
}

function Person() {
  const t = useWords(meWords);
  const me = useMe();
  const queries = useQueryClient();
  const [name, setName] = useState(me.name);
  const [locale, setLocale] = useState(me.locale.slice(0, 2));
  const save = useMutation({
    mutationFn: async () => {
      const response = await ask(api.GET('/api/v1/users/{id}', { params: { path: { id: me.id } } }));
      await askAt('PATCH', `/api/v1/users/${me.id}`, { body: { name: name.trim(), locale }, headers: { 'If-Match': `"${response.version}"` } });
    },
    onSuccess: () => {
      setLanguage(locale);
      void queries.invalidateQueries({ queryKey: ['me'] });
      toast(t('saved'));
    },
  });
  return (
    <Panel title={t('account')}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); save.mutate(); }}>
        {save.error && <Notice tone="danger">{messageOf(save.error)}</Notice>}
        <div className="form-grid">
          <Field label={t('name')}><TextInput value={name} onChange={setName} autoComplete="name" /></Field>
          <Field label={t('language')}><Select value={locale} onChange={setLocale} options={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} /></Field>
        </div>
        <div><Button type="submit" busy={save.isPending} why={name.trim() ? undefined : t('required')}>{t('save')}</Button></div>
      </form>
    </Panel>
  );
}

function Password() {
  const t = useWords(meWords);
  const me = useMe();
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const [repeat, setRepeat] = useState('');
  const [tried, setTried] = useState(false);
  const change = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/auth/password', { body: { current_password: current, new_password: fresh } })),
    onSuccess: () => {
      setCurrent('');
      setFresh('');
      setRepeat('');
      setTried(false);
      toast(t('changed'));
    },
  });
  const problem = change.error instanceof Problem ? change.error : null;
  const differ = tried && fresh !== repeat ? t('differ') : undefined;
  const submit = () => {
    setTried(true);
    if (current && fresh && fresh === repeat) change.mutate();
  };
  return (
    <Panel title={t('password')}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); submit(); }}>
        <p className="muted">{t('passwordText')}</p>
        {change.error && !problem?.errors.length && <Notice tone="danger">{messageOf(change.error)}</Notice>}
        <input type="email" autoComplete="username" value={me.email ?? ''} readOnly hidden />
        <Field label={t('current')} error={tried && !current ? t('required') : problem?.at('/current_password')}><TextInput type="password" autoComplete="current-password" value={current} onChange={setCurrent} /></Field>
        <div className="form-grid">
          <Field label={t('fresh')} help={t('rule')} error={tried && !fresh ? t('required') : problem?.at('/new_password')}><TextInput type="password" autoComplete="new-password" value={fresh} onChange={setFresh} /></Field>
          <Field label={t('repeat')} error={differ}><TextInput type="password" autoComplete="new-password" value={repeat} onChange={setRepeat} /></Field>
        </div>
        <div><Button type="submit" busy={change.isPending}>{t('change')}</Button></div>
      </form>
    </Panel>
  );
}

function Rights() {
  const t = useWords(meWords);
  const held = useSuspenseQuery(permissionsQuery).data;
  const plants = usePlants();
  const lines = Object.entries(held.plants).map(([id, list]) => t('plantsText', { n: list.length, plant: plants.find((plant) => plant.id === id)?.name ?? '…' }));
  return (
    <Panel title={t('roles')}>
      {held.organization.length === 0 && lines.length === 0 ? <p className="muted">{t('nothing')}</p> : (
        <ul className="stack-s"><li>{t('rolesText', { n: held.organization.length })}</li>{lines.map((line) => <li key={line}>{line}</li>)}</ul>
      )}
    </Panel>
  );
}

type Factor = Schemas['SecondFactor'];

function Factors() {
  const t = useWords(meWords);
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: ['me', 'factors'], queryFn: () => ask(api.GET('/api/v1/me/second-factors')) });
  const [adding, setAdding] = useState<'app' | 'passkey' | null>(null);
  const [removing, setRemoving] = useState<Factor | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const told = () => void queries.invalidateQueries({ queryKey: ['me', 'factors'] });
  const remove = useMutation({
    mutationFn: (factor: Factor) => ask(api.DELETE('/api/v1/me/second-factors/{id}', { params: { path: { id: factor.id } } })),
    onSuccess: () => { told(); setRemoving(null); toast(t('removed')); },
    onError: toastError,
  });
  const renew = useMutation({
    mutationFn: () => askAt<{ recovery_codes: string[] }>('POST', '/api/v1/me/second-factors/recovery-codes', { body: {} }),
    onSuccess: (made) => { told(); setCodes(made.recovery_codes); },
    onError: toastError,
  });
  const done = (made: string[]) => {
    told();
    setAdding(null);
    setCodes(made);
  };
  const items = data?.items ?? [];
  return (
    <Panel title={t('factors')} actions={<><Button size="small" icon={<Plus size={14} />} onClick={() => setAdding('app')}>{t('addApp')}</Button><Button size="small" icon={<Plus size={14} />} onClick={() => setAdding('passkey')}>{t('addPasskey')}</Button></>}>
      <p className="muted">{t('factorsText')} {items.length === 0 && t('noFactors')}</p>
      {items.length > 0 && (
        <>
          <ul className="checks">
            {items.map((factor) => (
              <li key={factor.id} style={{ alignItems: 'center' }}>
                <KeyRound size={15} />
                <span className="grow">{factor.name} <Badge>{t(factor.kind === 'totp' ? 'totp' : 'passkey')}</Badge></span>
                <span className="small faint">{t('lastUsed')} {factor.last_used_at ? <Moment at={factor.last_used_at} /> : t('never')}</span>
                <IconButton size="small" label={t('remove')} icon={<Trash2 size={14} />} onClick={() => setRemoving(factor)} />
              </li>
            ))}
          </ul>
          <div className="row wrap"><span className="grow muted">{t('recoveryLeft', { n: data?.recovery_codes_left ?? 0 })}</span><Button size="small" busy={renew.isPending} title={t('renewText')} onClick={() => renew.mutate()}>{t('renew')}</Button></div>
        </>
      )}
      {adding === 'app' && <AddApp onClose={() => setAdding(null)} onDone={done} />}
      {adding === 'passkey' && <AddPasskey onClose={() => setAdding(null)} onDone={done} />}
      {removing && <Confirm danger title={`${t('remove')}: ${removing.name}`} action={t('remove')} busy={remove.isPending} onConfirm={() => remove.mutate(removing)} onClose={() => setRemoving(null)}>{t('removeText')}</Confirm>}
      {codes.length > 0 && <Codes codes={codes} onClose={() => setCodes([])} />}
    </Panel>
  );
}

type Session = Schemas['Session'];

function Devices() {
  const t = useWords(meWords);
  const queries = useQueryClient();
  const sessions = useRows<Session>(['me', 'sessions'], '/api/v1/me/sessions');
  const told = () => { toast(t('ended')); void queries.invalidateQueries({ queryKey: ['me', 'sessions'] }); };
  const end = useMutation({ mutationFn: (session: Session) => ask(api.DELETE('/api/v1/me/sessions/{id}', { params: { path: { id: session.id } } })), onSuccess: told, onError: toastError });
  const others = useMutation({ mutationFn: () => ask(api.DELETE('/api/v1/me/sessions')), onSuccess: told, onError: toastError });
  return (
    <Panel flush title={t('devices')} actions={sessions.rows.length > 1 && <Button size="small" busy={others.isPending} onClick={() => others.mutate()}>{t('endOthers')}</Button>}>
      <Rows of={sessions} label={t('devices')} rowKey={(session) => session.id} empty={null}
        columns={[
          { title: t('device'), value: (session) => <span title={session.device}>{deviceOf(session.device)} {session.current && <Badge tone="accent">{t('thisOne')}</Badge>}</span> },
          { title: t('address'), value: (session) => <span className="tabular">{session.last_ip ?? session.ip}</span> },
          { title: t('seen'), value: (session) => <Moment at={session.last_seen_at} /> },
          { title: t('actions'), actions: true, value: (session) => !session.current && <IconButton size="small" label={t('end')} icon={<LogOut size={14} />} onClick={() => end.mutate(session)} /> },
        ]} />
    </Panel>
  );
}

