/** Keys of programs. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus, RotateCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { api, ask, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { Badge, Button, Confirm, Dialog, Empty, Field, IconButton, Moment, Notice, Page, Panel, Rows, Segmented, TextInput, messageOf, toast, toastError, useRows } from '@/ui';
import { useWords } from '@/words';
import { useMay } from '@/api/session';
import { useWho } from '@/records/Who';
import { adminWords } from './admin.words';
import { GrantFields, grantOf, NO_GRANT } from './places';
import { Secret } from './Secret';

type Key = Schemas['ApiKey'];

export default function ApiKeys() {
  const t = useWords(adminWords);
  const may = useMay();
  const queries = useQueryClient();
  const keys = useRows<Key>(['api-keys'], '/api/v1/api-keys?limit=100');
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [renewing, setRenewing] = useState<Key | null>(null);
  const [secret, setSecret] = useState('');
  const told = () => void queries.invalidateQueries({ queryKey: ['api-keys'] });
  const revoke = useMutation({
    mutationFn: (key: Key) => ask(api.POST('/api/v1/api-keys/{id}/revoke', { params: { path: { id: key.id } } })),
    onSuccess: () => { told(); setRevoking(null); toast(t('revoked')); },
    onError: toastError,
  });
  const rotate = useMutation({
    mutationFn: (key: Key) => ask(api.POST('/api/v1/api-keys/{id}/rotate', { params: { path: { id: key.id } }, body: { overlap_s: 86_400 } })),
    onSuccess: (made) => { told(); setRenewing(null); setSecret(made.secret); },
    onError: (error) => { setRenewing(null); toastError(error); },
  });
  const add = <Button data-key="n" look="primary" icon={<Plus size={16} />} why={may('identity.api_key.create') ? undefined : t('why', { permission: 'identity.api_key.create' })} onClick={() => setMaking(true)}>{t('newKey')}</Button>;
  return (
    <Page title={t('keys')} about={t('keysAbout')} actions={add}>
      <Panel flush>
        <Rows of={keys} label={t('keys')} rowKey={(key) => key.id} empty={<Empty icon={<KeyRound size={28} />} title={t('noKeys')} actions={add}>{t('noKeysText')}</Empty>}
          columns={[
            { title: t('name'), value: (key) => <strong style={{ fontWeight: 500 }}>{key.name}</strong> },
            { title: t('owner'), value: (key) => (key.owner_id ? <Owner id={key.owner_id} /> : <Badge tone="accent">{t('service')}</Badge>) },
            { title: t('scopesOfKey'), value: (key) => <code>{key.scopes.join(' ')}</code> },
            { title: t('lastUsed'), value: (key) => (key.last_used_at ? <Moment at={key.last_used_at} /> : <span className="faint">{t('never')}</span>) },
            { title: t('expires'), value: (key) => (key.revoked_at ? <Badge tone="danger">{t('revoked')}</Badge> : key.expires_at ? <Moment at={key.expires_at} /> : <span className="faint">{t('forEver')}</span>) },
            {
              title: t('actions'), actions: true, value: (key) => !key.revoked_at && (
                <>
                  <IconButton size="small" label={t('rotate')} icon={<RotateCw size={14} />} onClick={() => setRenewing(key)} />
                  <IconButton size="small" label={t('revoke')} icon={<Trash2 size={14} />} onClick={() => setRevoking(key)} />
                </>
              ),
            },
          ]} />
      </Panel>
      {making && <NewKey onClose={() => setMaking(false)} onMade={(made) => { told(); setMaking(false); setSecret(made); }} />}
      {renewing && <Confirm title={`${t('rotate')}: ${renewing.name}`} action={t('rotate')} busy={rotate.isPending} onConfirm={() => rotate.mutate(renewing)} onClose={() => setRenewing(null)}>{t('rotateKeyText')}</Confirm>}
      {revoking && <Confirm danger title={`${t('revoke')}: ${revoking.name}`} action={t('revoke')} busy={revoke.isPending} onConfirm={() => revoke.mutate(revoking)} onClose={() => setRevoking(null)}>{t('revokeText')}</Confirm>}
      {secret && <Secret title={t('keys')} note={t('secretOnce')} text={secret} onClose={() => setSecret('')} />}
    </Page>
  );
}

function Owner({ id }: { id: string }) {
  return <>{useWho(`user:${id}`)}</>;
}

function NewKey({ onClose, onMade }: { onClose: () => void; onMade: (secret: string) => void }) {
  const t = useWords(adminWords);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState('*.read');
  const [sort, setSort] = useState<'personal' | 'service'>('personal');
  const [until, setUntil] = useState('');
  const [grant, setGrant] = useState(NO_GRANT);
  const make = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/api-keys', {
      body: {
        name: name.trim(), scopes: scopes.split(/[\s,]+/).filter(Boolean), ...(until ? { expires_at: new Date(`${until}T23:59:59`).toISOString() } : {}),
        ...(sort === 'service' && grant.role ? { grants: [grantOf(grant)] } : {}),
      },
    })),
    onSuccess: (made) => onMade(made.secret),
  });
  const problem = make.error instanceof Problem ? make.error : null;
  const why = name.trim() === '' || (sort === 'service' && !grant.role) ? t('required') : undefined;
  return (
    <Dialog title={t('newKey')} onClose={onClose} onSubmit={() => !why && make.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={make.isPending} why={why}>{t('newKey')}</Button></>}>
      {make.error && <Notice tone="danger">{messageOf(make.error)}</Notice>}
      <Field label={t('name')} error={problem?.at('/name')}><TextInput value={name} onChange={setName} placeholder="MES connector" maxLength={100} /></Field>
      <div className="field"><span className="label">{t('kindOfKey')}</span><div><Segmented label={t('kindOfKey')} value={sort} onChange={setSort} segments={[{ value: 'personal', label: t('personal') }, { value: 'service', label: t('service') }]} /></div></div>
      {sort === 'service' && <GrantFields value={grant} onChange={setGrant} />}
      <Field label={t('scopesOfKey')} help={t('scopesOfKeyHelp')} error={problem?.at('/scopes')}><TextInput value={scopes} onChange={setScopes} /></Field>
      <Field label={t('until')} help={until ? undefined : t('forEver')} error={problem?.at('/expires_at')}><TextInput type="date" value={until} onChange={setUntil} /></Field>
    </Dialog>
  );
}
