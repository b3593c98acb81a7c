/** Who may sign in. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Search, UserPlus, UserRoundX } from 'lucide-react';
import { useState } from 'react';
import { api, ask, idempotencyKey, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { useListSearch } from '@/records/search';
import { Badge, Button, Dialog, Empty, Field, Moment, Notice, Page, Panel, Rows, Segmented, Select, TextInput, messageOf, toast, useRows, type Tone } from '@/ui';
import { LANGUAGES, useLanguage, useWords } from '@/words';
import { adminWords } from './admin.words';
import { GrantFields, grantOf, NO_GRANT } from './places';
import { linkOf, Secret } from './Secret';

type User = Schemas['User'];

const TONES: Record<string, Tone | undefined> = { active: 'ok', invited: 'info', deactivated: 'warn' };

export function Status({ status }: { status: string }) {
  const t = useWords(adminWords);
  const said = status === 'active' || status === 'invited' || status === 'deactivated' ? t(status) : status;
  return <Badge tone={TONES[status]}>{said}</Badge>;
}

export default function Users() {
  const t = useWords(adminWords);
  const may = useMay();
  const [search, change] = useListSearch();
  const [inviting, setInviting] = useState(false);
  const said = new URLSearchParams({ limit: '100', ...(search.q ? { q: search.q } : {}) });
  const users = useRows<User>(['users', 'list', search.q ?? ''], `/api/v1/users?${said}`);
  const why = may('identity.user.invite') ? undefined : t('why', { permission: 'identity.user.invite' });
  return (
    <Page title={t('people')} about={t('peopleAbout')} actions={<Button data-key="n" look="primary" icon={<UserPlus size={16} />} why={why} onClick={() => setInviting(true)}>{t('invite')}</Button>}>
      <div className="with-icon find" style={{ width: 'min(320px, 100%)' }}>
        <Search size={15} />
        <TextInput type="search" aria-label={t('search')} placeholder={t('search')} value={search.q ?? ''} onChange={(q) => change({ q: q || null })} />
      </div>
      <Panel flush>
        <Rows of={users} label={t('people')} rowKey={(user) => user.id} empty={<Empty icon={<UserRoundX size={28} />} title={t('noPeople')} />}
          columns={[
            { title: t('name'), value: (user) => <Link className="name" to={`/admin/users/${user.id}`}>{user.name}</Link> },
            { title: t('email'), value: (user) => user.email },
            { title: t('status'), value: (user) => <Status status={user.status} /> },
            { title: t('lastSeen'), value: (user) => (user.signed_in_at ? <Moment at={user.signed_in_at} /> : <span className="faint">{t('never')}</span>) },
            { title: t('language'), value: (user) => LANGUAGES[user.locale.slice(0, 2) as keyof typeof LANGUAGES] ?? user.locale },
          ]} />
      </Panel>
      {inviting && <Invite onClose={() => setInviting(false)} />}
    </Page>
  );
}

function Invite({ onClose }: { onClose: () => void }) {
  const t = useWords(adminWords);
  const language = useLanguage();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [locale, setLocale] = useState<string>(language);
  const [grant, setGrant] = useState(NO_GRANT);
  const [delivery, setDelivery] = useState<'hand_over' | 'mail'>('hand_over');
  const [tried, setTried] = useState(false);
  const [key] = useState(idempotencyKey);
  const invite = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/users', { params: { query: { delivery } }, body: { name: name.trim(), email: email.trim(), locale, grants: grant.role ? [grantOf(grant)] : [] }, headers: { 'Idempotency-Key': key } })),
    onSuccess: ({ invitation }) => {
      void queries.invalidateQueries({ queryKey: ['users'] });
      if (invitation) return;
      toast(t('mailSent', { email: email.trim() }));
      onClose();
    },
  });
  if (invite.data?.invitation) return <Secret title={t('inviteSent', { name })} note={t('linkOnce', { name })} text={linkOf(invite.data.invitation.link)} onClose={onClose} />;
  const problem = invite.error instanceof Problem ? invite.error : null;
  const errorOf = (value: string, pointer: string) => (tried && value.trim() === '' ? t('required') : problem?.at(pointer));
  const submit = () => {
    setTried(true);
    if (name.trim() && email.trim()) invite.mutate();
  };
  return (
    <Dialog title={t('invite')} onClose={onClose} onSubmit={submit} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={invite.isPending}>{t('invite')}</Button></>}>
      <p className="muted">{t(delivery === 'mail' ? 'inviteMailText' : 'inviteText')}</p>
      {invite.error && !(problem?.at('/name') ?? problem?.at('/email')) && <Notice tone="danger">{messageOf(invite.error)}</Notice>}
      <Field label={t('name')} error={errorOf(name, '/name')}><TextInput value={name} onChange={setName} autoComplete="off" /></Field>
      <Field label={t('email')} error={errorOf(email, '/email')}><TextInput type="email" value={email} onChange={setEmail} autoComplete="off" /></Field>
      <Field label={t('language')}><Select value={locale} onChange={setLocale} options={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} /></Field>
      <GrantFields value={grant} onChange={setGrant} optional />
      <div className="field"><span className="label">{t('delivery')}</span><div><Segmented label={t('delivery')} value={delivery} onChange={setDelivery} segments={[{ value: 'hand_over', label: t('byHand') }, { value: 'mail', label: t('byMail') }]} /></div></div>
    </Dialog>
  );
}
