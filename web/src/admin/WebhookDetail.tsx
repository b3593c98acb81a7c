/** One webhook: how it does, and everything that was told to it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { ChevronDown, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { useListSearch } from '@/records/search';
import { Badge, Button, Confirm, ErrorView, IconButton, Loading, Menu, MenuItem, Moment, Notice, Page, Panel, Rows, Segmented, toast, toastError, useRows, type Tone } from '@/ui';
import { useWords } from '@/words';
import { adminWords } from './admin.words';
import { Secret } from './Secret';
import { Health, WebhookForm, type Hook } from './Webhooks';

type Delivery = Schemas['Delivery'];

const TONES: Record<string, Tone | undefined> = { delivered: 'ok', pending: 'info', failed: 'danger' };

export default function WebhookDetail() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({ queryKey: ['webhooks', 'one', id], queryFn: () => ask(api.GET('/api/v1/webhooks/{id}', { params: { path: { id } } })) });
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return <Shown hook={query.data} />;
}

function Shown({ hook }: { hook: Hook }) {
  const t = useWords(adminWords);
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [open, setOpen] = useState<'edit' | 'delete' | 'rotate' | null>(null);
  const [secret, setSecret] = useState('');
  const told = () => void queries.invalidateQueries({ queryKey: ['webhooks'] });
  const ping = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/webhooks/{id}/ping', { params: { path: { id: hook.id } } })),
    onSuccess: (answer) => (answer.error ? toastError(new Error(t('pingFailed', { why: answer.error }))) : toast(t('pinged', { status: answer.status ?? 0, ms: answer.took_ms }))),
    onError: toastError,
  });
  const change = useMutation({
    mutationFn: (body: object) => askAt('PATCH', `/api/v1/webhooks/${hook.id}`, { body, headers: { 'If-Match': `"${hook.version}"` } }),
    onSuccess: told, onError: toastError,
  });
  const enable = useMutation({ mutationFn: () => askAt('POST', `/api/v1/webhooks/${hook.id}/enable`), onSuccess: told, onError: toastError });
  const rotate = useMutation({ mutationFn: () => askAt<{ secret: string }>('POST', `/api/v1/webhooks/${hook.id}/rotate-secret`, { body: {} }), onSuccess: (made) => { setOpen(null); setSecret(made.secret); }, onError: (error) => { setOpen(null); toastError(error); } });
  const remove = useMutation({
    mutationFn: () => askAt('DELETE', `/api/v1/webhooks/${hook.id}`, { headers: { 'If-Match': `"${hook.version}"` } }),
    onSuccess: () => { told(); toast(t('deleted')); void navigate({ to: '/admin/webhooks' }); },
    onError: toastError,
  });
  const why = may('integration.webhook.update') ? undefined : t('why', { permission: 'integration.webhook.update' });
  return (
    <Page title={hook.name} beside={<Health hook={hook} />} about={hook.url} crumbs={[{ label: t('webhooks'), to: '/admin/webhooks' }]}
      actions={
        <>
          <Menu align="end" button={{ children: <>{t('actions')}<ChevronDown size={14} /></>, why }}>
            <MenuItem onSelect={() => change.mutate({ paused: !hook.paused })}>{t(hook.paused ? 'resume' : 'pause')}</MenuItem>
            <MenuItem onSelect={() => setOpen('rotate')}>{t('rotateSecret')}</MenuItem>
            <MenuItem onSelect={() => setOpen('edit')}>{t('edit')}</MenuItem>
            <hr />
            <MenuItem danger onSelect={() => setOpen('delete')}>{t('delete')}</MenuItem>
          </Menu>
          <Button look="primary" busy={ping.isPending} why={why} onClick={() => ping.mutate()}>{t('ping')}</Button>
        </>
      }
    >
      {hook.disabled_at && <Notice tone="danger" action={<Button size="small" why={why} onClick={() => enable.mutate()}>{t('enable')}</Button>}>{t('disabled')}: {hook.disabled_why}</Notice>}
      <Deliveries hook={hook} why={why} />
      {open === 'edit' && <WebhookForm hook={hook} onClose={() => setOpen(null)} />}
      {open === 'rotate' && <Confirm title={`${t('rotateSecret')}: ${hook.name}`} action={t('rotateSecret')} busy={rotate.isPending} onConfirm={() => rotate.mutate()} onClose={() => setOpen(null)}>{t('rotateHookText')}</Confirm>}
      {open === 'delete' && <Confirm danger title={`${t('delete')}: ${hook.name}`} action={t('delete')} busy={remove.isPending} onConfirm={() => remove.mutate()} onClose={() => setOpen(null)}>{t('deleteText')}</Confirm>}
      {secret && <Secret title={t('rotateSecret')} note={t('secretOnce')} text={secret} onClose={() => setSecret('')} />}
    </Page>
  );
}

function Deliveries({ hook, why }: { hook: Hook; why: string | undefined }) {
  const t = useWords(adminWords);
  const queries = useQueryClient();
  const [search, change] = useListSearch();
  const state = search.state ?? '';
  const deliveries = useRows<Delivery>(['webhooks', 'deliveries', hook.id, state], `/api/v1/webhooks/${hook.id}/deliveries?limit=50${state ? `&state=${state}` : ''}`);
  const again = useMutation({
    mutationFn: (body: { delivery: string } | { state: 'failed' }) => askAt<{ deliveries: number }>('POST', `/api/v1/webhooks/${hook.id}/redeliver`, { body }),
    onSuccess: (outcome) => { toast(t('redelivered', { n: outcome.deliveries })); void queries.invalidateQueries({ queryKey: ['webhooks', 'deliveries'] }); },
    onError: toastError,
  });
  return (
    <Panel flush title={t('deliveries')}
      actions={<>{state === 'failed' && deliveries.rows.length > 0 && <Button size="small" icon={<RotateCw size={14} />} busy={again.isPending} why={why} onClick={() => again.mutate({ state: 'failed' })}>{t('redeliverFailed')}</Button>}<Segmented label={t('state')} value={state} onChange={(value) => change({ state: value || null })} segments={[{ value: '', label: t('all') }, { value: 'delivered', label: t('delivered') }, { value: 'pending', label: t('pending') }, { value: 'failed', label: t('failed') }]} /></>}>
      <Rows of={deliveries} label={t('deliveries')} rowKey={(one) => one.id} empty={<p className="muted" style={{ padding: 16 }}>{t('noDeliveries')}</p>}
        columns={[
          { title: t('event'), value: (one) => <><code>{one.type}</code> <span className="faint small">{one.subject}</span></> },
          { title: t('state'), value: (one) => <Badge tone={TONES[one.state]}>{one.state in TONES ? t(one.state as 'failed') : one.state}</Badge> },
          { title: t('attempts'), num: true, value: (one) => <span className="tabular">{one.attempts}</span> },
          { title: t('answer'), value: (one) => <>{one.status}{one.error && <span className="ellipsis small muted" style={{ display: 'inline-block', maxWidth: 260 }} title={one.error}> {one.error}</span>}</> },
          { title: t('took'), num: true, value: (one) => (one.took_ms === null || one.took_ms === undefined ? '' : <span className="tabular">{one.took_ms} ms</span>) },
          { title: t('lastDelivered'), value: (one) => <>{one.attempted_at && <Moment at={one.attempted_at} />}{one.state === 'pending' && one.next_at && <span className="small muted"> {t('next')} <Moment at={one.next_at} /></span>}</> },
          { title: t('actions'), actions: true, value: (one) => !why && <IconButton size="small" label={t('redeliver')} icon={<RotateCw size={14} />} onClick={() => again.mutate({ delivery: one.id })} /> },
        ]} />
    </Panel>
  );
}
