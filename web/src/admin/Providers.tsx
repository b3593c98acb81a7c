/** Identity providers: how people of the organization sign in with their company account. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX, LogIn, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { useListSearch } from '@/records/search';
import { Badge, Button, Checkbox, Confirm, CopyText, Dialog, Empty, ErrorView, Field, IconButton, Loading, Notice, Page, Panel, Rows, Select, TextInput, messageOf, toast, toastError, useRows } from '@/ui';
import { useWords } from '@/words';
import { adminWords } from './admin.words';
import { GrantFields, grantOf, NO_GRANT, RoleName, Where } from './places';
import './admin.css';

type Provider = Schemas['Provider'];
type Group = Schemas['GroupGrant'];
type Domain = Schemas['MailDomain'];

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

export default function Providers() {
  const t = useWords(adminWords);
  const may = useMay();
  const [search, change] = useListSearch();
  const providers = useRows<Provider>(['providers'], '/api/v1/identity-providers?limit=100');
  const [editing, setEditing] = useState<Provider | 'new' | null>(null);
  const chosen = providers.rows.find((one) => one.id === search.provider) ?? providers.rows[0];
  const add = <Button data-key="n" look="primary" icon={<Plus size={16} />} why={may('identity.provider.create') ? undefined : t('why', { permission: 'identity.provider.create' })} onClick={() => setEditing('new')}>{t('newProvider')}</Button>;
  return (
    <Page title={t('sso')} about={t('ssoAbout')} actions={add}>
      {providers.isError ? <ErrorView error={providers.error} onRetry={() => void providers.refetch()} />
      : providers.isPending ? <Loading />
      : !chosen ? <Panel><Empty icon={<LogIn size={28} />} title={t('noProviders')} actions={add}>{t('noProvidersText')}</Empty></Panel>
      : (
        <div className="split">
          <nav className="panel split-list" aria-label={t('sso')}>
            {providers.rows.map((one) => (
              <button key={one.id} type="button" className={one.id === chosen.id ? 'active' : ''} aria-current={one.id === chosen.id} onClick={() => change({ provider: one.id })}>
                <span className="grow">{one.name}</span>
                {one.archived_at && <Badge tone="warn">{t('archived')}</Badge>}
              </button>
            ))}
          </nav>
          <ProviderView key={chosen.id} provider={chosen} onEdit={() => setEditing(chosen)} />
        </div>
      )}
      <Domains providers={providers.rows} />
      {editing && <ProviderForm provider={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

function ProviderView({ provider, onEdit }: { provider: Provider; onEdit: () => void }) {
  const t = useWords(adminWords);
  const may = useMay();
  const queries = useQueryClient();
  const test = useMutation({ mutationFn: () => ask(api.POST('/api/v1/identity-providers/{id}/test', { params: { path: { id: provider.id } } })), onError: toastError });
  const archive = useMutation({
    mutationFn: () => askAt('POST', `/api/v1/identity-providers/${provider.id}/${provider.archived_at ? 'restore' : 'archive'}`, { headers: { 'If-Match': `"${provider.version}"` } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['providers'] }),
    onError: toastError,
  });
  const why = (permission: string) => (may(permission) ? undefined : t('why', { permission }));
  return (
    <div className="stack">
      <section className="panel">
        <div className="head">
          <h2 className="grow">{provider.name}</h2>
          <Button size="small" why={why('identity.provider.archive')} onClick={() => archive.mutate()}>{t(provider.archived_at ? 'restore' : 'archive')}</Button>
          <Button size="small" why={why('identity.provider.update')} onClick={onEdit}>{t('edit')}</Button>
          <Button size="small" look="primary" busy={test.isPending} why={why('identity.provider.test')} onClick={() => test.mutate()}>{t('test')}</Button>
        </div>
        <div className="body stack">
          <dl className="facts">
            <dt>{t('issuer')}</dt><dd>{provider.issuer}</dd>
            <dt>{t('clientId')}</dt><dd>{provider.client_id}</dd>
            <dt>{t('scopes')}</dt><dd>{['openid', ...provider.scopes].join(' ')}</dd>
            <dt>{t('groupsClaim')}</dt><dd>{provider.groups_claim}</dd>
          </dl>
          {test.data && (
            <div className="stack-s" role="status">
              <Notice tone={test.data.usable ? 'ok' : 'warn'}>{t(test.data.usable ? 'usable' : 'notUsable')}</Notice>
              <ul className="checks">
                {test.data.findings.map((finding) => (
                  <li key={finding.detail}>{finding.fine ? <CircleCheck size={15} className="good" /> : <CircleX size={15} className="bad" />}{finding.detail}</li>
                ))}
              </ul>
              <div className="small muted">{t('redirectUri')}</div>
              <CopyText text={test.data.redirect_uri} />
              <div className="small muted">{t('logoutUri')}</div>
              <CopyText text={test.data.back_channel_logout_uri} />
            </div>
          )}
        </div>
      </section>
      <Groups provider={provider} why={why('identity.provider.update')} />
    </div>
  );
}

function Groups({ provider, why }: { provider: Provider; why: string | undefined }) {
  const t = useWords(adminWords);
  const queries = useQueryClient();
  const groups = useRows<Group>(['providers', provider.id, 'groups'], `/api/v1/identity-providers/${provider.id}/groups`);
  const [adding, setAdding] = useState(false);
  const told = () => void queries.invalidateQueries({ queryKey: ['providers', provider.id, 'groups'] });
  const [removing, setRemoving] = useState<Group | null>(null);
  const remove = useMutation({
    mutationFn: (group: Group) => askAt('DELETE', `/api/v1/identity-providers/${provider.id}/groups/${group.id}`),
    onSuccess: () => { setRemoving(null); told(); },
    onError: (error) => { setRemoving(null); toastError(error); },
  });
  return (
    <Panel flush title={t('groups')} actions={<Button size="small" icon={<Plus size={14} />} why={why} onClick={() => setAdding(true)}>{t('add')}</Button>}>
      <Rows of={groups} label={t('groups')} rowKey={(group) => group.id} empty={<p className="muted" style={{ padding: 16 }}>{t('noGroups')}</p>}
        columns={[
          { title: t('group'), value: (group) => <code>{group.group}</code> },
          { title: t('role'), value: (group) => <RoleName id={group.role} /> },
          { title: t('where'), value: (group) => <Where of={group} /> },
          { title: t('actions'), actions: true, value: (group) => !why && <IconButton size="small" label={t('remove')} icon={<X size={15} />} onClick={() => setRemoving(group)} /> },
        ]} />
      {removing && <Confirm danger title={`${t('remove')}: ${removing.group}`} action={t('remove')} busy={remove.isPending} onConfirm={() => remove.mutate(removing)} onClose={() => setRemoving(null)}>{t('removeGroupText')}</Confirm>}
      {adding && <AddGroup provider={provider} onClose={() => setAdding(false)} onAdded={told} />}
    </Panel>
  );
}

function AddGroup({ provider, onClose, onAdded }: { provider: Provider; onClose: () => void; onAdded: () => void }) {
  const t = useWords(adminWords);
  const [group, setGroup] = useState('');
  const [grant, setGrant] = useState(NO_GRANT);
  const { expires_at: _, ...role } = grantOf(grant);
  const add = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/identity-providers/{id}/groups', { params: { path: { id: provider.id } }, body: { ...role, group: group.trim() } })),
    onSuccess: () => { onAdded(); onClose(); },
  });
  const isWhole = group.trim() !== '' && grant.role !== '';
  return (
    <Dialog title={t('groups')} onClose={onClose} onSubmit={() => isWhole && add.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={add.isPending} why={isWhole ? undefined : t('required')}>{t('add')}</Button></>}>
      {add.error && <Notice tone="danger">{messageOf(add.error)}</Notice>}
      <Field label={t('group')}><TextInput value={group} onChange={setGroup} /></Field>
      <GrantFields value={grant} onChange={setGrant} />
    </Dialog>
  );
}

function ProviderForm({ provider, onClose }: { provider: Provider | null; onClose: () => void }) {
  const t = useWords(adminWords);
  const queries = useQueryClient();
  const [form, setForm] = useState({
    name: provider?.name ?? '', issuer: provider?.issuer ?? 'https://', client_id: provider?.client_id ?? '', client_secret: '', scopes: provider?.scopes.join(' ') ?? 'profile email',
    groups_claim: provider?.groups_claim ?? 'groups', factor_methods: provider?.factor_methods.join(' ') ?? '', just_in_time: provider?.just_in_time ?? true,
  });
  const set = (name: keyof typeof form) => (value: string | boolean) => setForm((now) => ({ ...now, [name]: value }));
  const save = useMutation({
    mutationFn: () => {
      const body = {
        name: form.name.trim(), client_id: form.client_id.trim(), scopes: listOf(form.scopes), groups_claim: form.groups_claim.trim(), factor_methods: listOf(form.factor_methods),
        just_in_time: form.just_in_time, ...(form.client_secret ? { client_secret: form.client_secret } : {}),
      };
      return provider
        ? askAt('PATCH', `/api/v1/identity-providers/${provider.id}`, { body, headers: { 'If-Match': `"${provider.version}"` } })
        : askAt('POST', '/api/v1/identity-providers', { body: { ...body, issuer: form.issuer.trim() } });
    },
    onSuccess: () => { toast(t('providerSaved')); void queries.invalidateQueries({ queryKey: ['providers'] }); onClose(); },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <Dialog side title={provider ? `${t('edit')}: ${provider.name}` : t('newProvider')} onClose={onClose} onSubmit={() => save.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={save.isPending}>{t('save')}</Button></>}>
      {save.error && <Notice tone="danger">{messageOf(save.error)}</Notice>}
      <Field label={t('name')} error={problem?.at('/name')}><TextInput value={form.name} onChange={set('name')} /></Field>
      <Field label={t('issuer')} help={t('issuerHelp')} error={problem?.at('/issuer')}><TextInput type="url" value={form.issuer} onChange={set('issuer')} disabled={provider !== null} /></Field>
      <Field label={t('clientId')} error={problem?.at('/client_id')}><TextInput value={form.client_id} onChange={set('client_id')} /></Field>
      <Field label={t('clientSecret')} help={t(provider?.has_client_secret ? 'keepSecret' : 'clientSecretHelp')} error={problem?.at('/client_secret')}><TextInput type="password" autoComplete="off" value={form.client_secret} onChange={set('client_secret')} /></Field>
      <Field label={t('scopes')} help={t('scopesHelp')} error={problem?.at('/scopes')}><TextInput value={form.scopes} onChange={set('scopes')} /></Field>
      <Field label={t('groupsClaim')} error={problem?.at('/groups_claim')}><TextInput value={form.groups_claim} onChange={set('groups_claim')} /></Field>
      <Field label={t('factorMethods')} help={t('factorMethodsHelp')} error={problem?.at('/factor_methods')}><TextInput value={form.factor_methods} onChange={set('factor_methods')} /></Field>
      <Checkbox label={t('jit')} checked={form.just_in_time} onChange={set('just_in_time')} />
    </Dialog>
  );
}

function Domains({ providers }: { providers: Provider[] }) {
  const t = useWords(adminWords);
  const may = useMay();
  const queries = useQueryClient();
  const allowed = may('identity.mail_domain.read');
  const [adding, setAdding] = useState(false);
  if (!allowed) return null;
  const told = () => void queries.invalidateQueries({ queryKey: ['mail-domains'] });
  return (
    <Panel flush title={t('domains')} actions={<Button size="small" icon={<Plus size={14} />} why={may('identity.mail_domain.create') ? undefined : t('why', { permission: 'identity.mail_domain.create' })} onClick={() => setAdding(true)}>{t('add')}</Button>}>
      <DomainRows providers={providers} onChanged={told} />
      {adding && <AddDomain providers={providers} onClose={() => setAdding(false)} onAdded={told} />}
    </Panel>
  );
}

function DomainRows({ providers, onChanged }: { providers: Provider[]; onChanged: () => void }) {
  const t = useWords(adminWords);
  const may = useMay()('identity.mail_domain.delete');
  const domains = useRows<Domain>(['mail-domains'], '/api/v1/mail-domains');
  const [removing, setRemoving] = useState<Domain | null>(null);
  const remove = useMutation({
    mutationFn: (domain: Domain) => askAt('DELETE', `/api/v1/mail-domains/${domain.id}`),
    onSuccess: () => { setRemoving(null); onChanged(); },
    onError: (error) => { setRemoving(null); toastError(error); },
  });
  return (
    <>
      <Rows of={domains} label={t('domains')} rowKey={(domain) => domain.id} empty={<p className="muted" style={{ padding: 16 }}>{t('noDomains')} {t('domainsAbout')}</p>}
      columns={[
        { title: t('domain'), value: (domain) => domain.domain },
        { title: t('sso'), value: (domain) => providers.find((one) => one.id === domain.provider_id)?.name ?? t('anyProvider') },
        { title: t('status'), value: (domain) => <Badge tone={domain.confirmed_at ? 'ok' : 'warn'}>{t(domain.confirmed_at ? 'confirmed' : 'unconfirmed')}</Badge> },
        { title: t('actions'), actions: true, value: (domain) => may && <IconButton size="small" label={t('remove')} icon={<X size={15} />} onClick={() => setRemoving(domain)} /> },
      ]} />
    {removing && <Confirm danger title={`${t('remove')}: ${removing.domain}`} action={t('remove')} busy={remove.isPending} onConfirm={() => remove.mutate(removing)} onClose={() => setRemoving(null)}>{t('removeDomainText')}</Confirm>}
    </>
  );
}

function AddDomain({ providers, onClose, onAdded }: { providers: Provider[]; onClose: () => void; onAdded: () => void }) {
  const t = useWords(adminWords);
  const [domain, setDomain] = useState('');
  const [provider, setProvider] = useState('');
  const add = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/mail-domains', { body: { domain: domain.trim(), ...(provider ? { provider_id: provider } : {}) } })),
    onSuccess: () => { onAdded(); onClose(); },
  });
  return (
    <Dialog title={t('domains')} onClose={onClose} onSubmit={() => domain.trim() && add.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={add.isPending} why={domain.trim() ? undefined : t('required')}>{t('add')}</Button></>}>
      <Field label={t('domain')} help={t('domainsAbout')} error={add.error ? messageOf(add.error) : undefined}><TextInput value={domain} onChange={setDomain} placeholder="acme.example" /></Field>
      <Field label={t('sso')}><Select value={provider} onChange={setProvider} empty={t('anyProvider')} options={providers.map((one) => ({ value: one.id, label: one.name }))} /></Field>
    </Dialog>
  );
}
