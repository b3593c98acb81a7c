/** One person: roles, devices, and what an administrator can do for them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ChevronDown, CircleHelp, KeyRound, LogOut, Mail, Plus, ShieldOff, UserCheck, UserX, X } from 'lucide-react';
import { useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { useMay, useMe, usePlants } from '@/api/session';
import { Button, Confirm, Dialog, ErrorView, IconButton, Loading, Menu, MenuItem, Moment, Notice, Page, Panel, Rows, messageOf, toast, toastError, useRows } from '@/ui';
import { LANGUAGES, useWords } from '@/words';
import { deviceOf } from '@/me/device-name';
import { adminWords } from './admin.words';
import { ExplainDialog } from './Explain';
import { explainWords } from './explain.words';
import { GrantFields, grantOf, NO_GRANT, RoleName, Where } from './places';
import { linkOf, Secret } from './Secret';
import { Status } from './Users';

type User = Schemas['User'];
type Asking = 'deactivate' | 'resetFactors' | 'signOutEverywhere' | 'grant' | 'explain' | null;

export default function Person() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({ queryKey: ['users', 'one', id], queryFn: () => ask(api.GET('/api/v1/users/{id}', { params: { path: { id } } })) });
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return <Shown user={query.data} />;
}

function Shown({ user }: { user: User }) {
  const t = useWords(adminWords);
  const x = useWords(explainWords);
  const may = useMay();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<Asking>(null);
  const [link, setLink] = useState('');
  const told = () => void queries.invalidateQueries({ queryKey: ['users'] });
  const act = useMutation({
    mutationFn: (verb: string) => askAt<{ link?: string } | undefined>('POST', `/api/v1/users/${user.id}/${verb}`, { headers: { 'If-Match': `"${user.version}"` } }),
    onSuccess: (answer, verb) => {
      told();
      setAsking(null);
      if (verb === 'reset-password' && answer?.link) setLink(linkOf(answer.link));
      else toast(verb.endsWith('delivery=mail') ? t('mailSent', { email: user.email }) : t('saved'));
    },
    onError: toastError,
  });
  const signOut = useMutation({
    mutationFn: () => ask(api.DELETE('/api/v1/users/{id}/sessions', { params: { path: { id: user.id } } })),
    onSuccess: () => { setAsking(null); toast(t('signedOut')); void queries.invalidateQueries({ queryKey: ['sessions', user.id] }); },
    onError: toastError,
  });
  const isOff = user.status === 'deactivated';
  const deactivating = may('identity.user.deactivate');
  return (
    <Page title={user.name} beside={<Status status={user.status} />} about={user.email} crumbs={[{ label: t('people'), to: '/admin/users' }]}
      actions={
        <>
          <Menu align="end" button={{ children: <>{t('actions')}<ChevronDown size={14} /></> }}>
            <MenuItem icon={<KeyRound size={15} />} disabled={!may('identity.user.reset_password') || isOff} onSelect={() => act.mutate('reset-password')}>{t('resetPassword')}</MenuItem>
            <MenuItem icon={<Mail size={15} />} disabled={!may('identity.user.reset_password') || isOff} onSelect={() => act.mutate('reset-password?delivery=mail')}>{t('resetPassword')}: {t('byMail')}</MenuItem>
            <MenuItem icon={<KeyRound size={15} />} disabled={!may('identity.user.reset_password') || isOff} onSelect={() => act.mutate('require-password-change')}>{t('requireChange')}</MenuItem>
            <MenuItem icon={<ShieldOff size={15} />} disabled={!may('identity.user.reset_second_factors')} onSelect={() => setAsking('resetFactors')}>{t('resetFactors')}</MenuItem>
            <MenuItem icon={<LogOut size={15} />} disabled={!may('identity.session.revoke')} onSelect={() => setAsking('signOutEverywhere')}>{t('signOutEverywhere')}</MenuItem>
            <MenuItem icon={<CircleHelp size={15} />} disabled={!may('identity.authorization.explain')} onSelect={() => setAsking('explain')}>{x('explain')}</MenuItem>
            <hr />
            {isOff
              ? <MenuItem icon={<UserCheck size={15} />} disabled={!deactivating} onSelect={() => act.mutate('activate')}>{t('activate')}</MenuItem>
              : <MenuItem danger icon={<UserX size={15} />} disabled={!deactivating} onSelect={() => setAsking('deactivate')}>{t('deactivate')}</MenuItem>}
          </Menu>
          <Button look="primary" icon={<Plus size={16} />} why={may('identity.grant.create') ? undefined : t('why', { permission: 'identity.grant.create' })} onClick={() => setAsking('grant')}>{t('giveRole')}</Button>
        </>
      }
    >
      <div className="grid-2">
        <Grants user={user} />
        <div className="stack">
          <Panel>
            <dl className="facts">
              <dt>{t('email')}</dt><dd>{user.email}</dd>
              <dt>{t('language')}</dt><dd>{LANGUAGES[user.locale.slice(0, 2) as keyof typeof LANGUAGES] ?? user.locale}</dd>
              <dt>{t('created')}</dt><dd><Moment exact at={user.created_at} /></dd>
              <dt>{t('lastSeen')}</dt><dd>{user.signed_in_at ? <Moment exact at={user.signed_in_at} /> : t('never')}</dd>
            </dl>
          </Panel>
          {may('identity.session.read') && <Sessions user={user} />}
        </div>
      </div>
      {asking === 'deactivate' && <Confirm danger title={`${t('deactivate')}: ${user.name}`} action={t('deactivate')} busy={act.isPending} onConfirm={() => act.mutate('deactivate')} onClose={() => setAsking(null)}>{t('deactivateText')}</Confirm>}
      {asking === 'resetFactors' && <Confirm danger title={t('resetFactors')} action={t('resetFactors')} busy={act.isPending} onConfirm={() => act.mutate('reset-second-factors')} onClose={() => setAsking(null)}>{t('resetFactorsText')}</Confirm>}
      {asking === 'signOutEverywhere' && <Confirm title={t('signOutEverywhere')} action={t('signOutEverywhere')} busy={signOut.isPending} onConfirm={() => signOut.mutate()} onClose={() => setAsking(null)}>{user.name}</Confirm>}
      {asking === 'explain' && <ExplainDialog user={user} onClose={() => setAsking(null)} />}
      {asking === 'grant' && <GiveRole user={user} onClose={() => setAsking(null)} />}
      {link && <Secret title={t('resetPassword')} note={t('linkOnce', { name: user.name })} text={link} onClose={() => setLink('')} />}
    </Page>
  );
}

type Grant = Schemas['Grant'];

function Grants({ user }: { user: User }) {
  const t = useWords(adminWords);
  const may = useMay();
  const queries = useQueryClient();
  const me = useMe();
  const [taking, setTaking] = useState<Grant | null>(null);
  const grants = useRows<Grant>(['grants', user.id], `/api/v1/grants?limit=200&user_id=${user.id}`);
  const take = useMutation({
    mutationFn: (grant: Grant) => ask(api.DELETE('/api/v1/grants/{id}', { params: { path: { id: grant.id } } })),
    onSuccess: () => {
      setTaking(null);
      toast(t('grantTaken'));
      void queries.invalidateQueries({ queryKey: ['grants'] });
      if (user.id === me.id) void queries.invalidateQueries({ queryKey: ['me', 'permissions'] });
    },
    onError: (error) => { setTaking(null); toastError(error); },
  });
  return (
    <Panel flush title={t('roles')}>
      <Rows of={grants} label={t('roles')} rowKey={(grant) => grant.id} empty={<p className="muted" style={{ padding: 16 }}>{t('noGrants')}</p>}
        columns={[
          { title: t('role'), value: (grant) => <RoleName id={grant.role} /> },
          { title: t('where'), value: (grant) => <Where of={grant} /> },
          { title: t('until'), value: (grant) => (grant.expires_at ? <Moment exact at={grant.expires_at} /> : <span className="faint">{t('forEver')}</span>) },
          { title: t('actions'), actions: true, value: (grant) => may('identity.grant.revoke') && <IconButton size="small" label={t('takeRole')} icon={<X size={15} />} onClick={() => setTaking(grant)} /> },
        ]} />
      {taking && (
        <Confirm danger title={<>{t('takeRole')}: <RoleName id={taking.role} /></>} action={t('takeRole')} busy={take.isPending} onConfirm={() => take.mutate(taking)} onClose={() => setTaking(null)}>
          {user.id === me.id ? <strong>{t('takeOwnText')}</strong> : <TakenText name={user.name} grant={taking} />}
        </Confirm>
      )}
    </Panel>
  );
}

/** Who loses what, and where. */
function TakenText({ name, grant }: { name: string; grant: Grant }) {
  const t = useWords(adminWords);
  const plant = usePlants().find((one) => one.id === grant.plant_id);
  return <>{t('takeRoleText', { name, where: plant ? t('takeRoleWhere', { where: plant.name }) : '' })}</>;
}

function GiveRole({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useWords(adminWords);
  const queries = useQueryClient();
  const [grant, setGrant] = useState(NO_GRANT);
  const give = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/grants', { body: { ...grantOf(grant), user_id: user.id } })),
    onSuccess: () => { toast(t('grantGiven')); void queries.invalidateQueries({ queryKey: ['grants'] }); onClose(); },
  });
  return (
    <Dialog title={`${t('giveRole')}: ${user.name}`} onClose={onClose} onSubmit={() => grant.role && give.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={give.isPending} why={grant.role ? undefined : t('required')}>{t('giveRole')}</Button></>}>
      {give.error && <Notice tone="danger">{messageOf(give.error)}</Notice>}
      <GrantFields value={grant} onChange={setGrant} withUntil />
    </Dialog>
  );
}

type Session = Schemas['Session'];

function Sessions({ user }: { user: User }) {
  const t = useWords(adminWords);
  const may = useMay();
  const queries = useQueryClient();
  const sessions = useRows<Session>(['sessions', user.id], `/api/v1/users/${user.id}/sessions`);
  const end = useMutation({
    mutationFn: (session: Session) => ask(api.DELETE('/api/v1/users/{id}/sessions/{session}', { params: { path: { id: user.id, session: session.id } } })),
    onSuccess: () => { toast(t('signedOut')); void queries.invalidateQueries({ queryKey: ['sessions', user.id] }); },
    onError: toastError,
  });
  return (
    <Panel flush title={t('sessions')}>
      <Rows of={sessions} label={t('sessions')} rowKey={(session) => session.id} empty={<p className="muted" style={{ padding: 16 }}>{t('noSessions')}</p>}
        columns={[
          { title: t('device'), value: (session) => <span title={session.device}>{deviceOf(session.device)}</span> },
          { title: t('address'), value: (session) => <span className="tabular">{session.last_ip ?? session.ip ?? ''}</span> },
          { title: t('lastRequest'), value: (session) => <Moment at={session.last_seen_at} /> },
          { title: t('actions'), actions: true, value: (session) => may('identity.session.revoke') && <IconButton size="small" label={t('signOutThere')} icon={<LogOut size={14} />} onClick={() => end.mutate(session)} /> },
        ]} />
    </Panel>
  );
}
