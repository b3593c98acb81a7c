/** Who is told what happens here. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus, Webhook as WebhookIcon } from 'lucide-react';
import { useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { Badge, Button, Dialog, Empty, Field, Moment, Notice, Page, Panel, Rows, TextInput, messageOf, toast, useRows } from '@/ui';
import { useWords } from '@/words';
import { adminWords } from './admin.words';
import { Secret } from './Secret';

export type Hook = Schemas['Webhook'];

export function Health({ hook }: { hook: Hook }) {
  const t = useWords(adminWords);
  if (hook.disabled_at) return <Badge tone="danger">{t('disabled')}</Badge>;
  if (hook.paused) return <Badge tone="warn">{t('paused')}</Badge>;
  if (hook.failures > 0) return <Badge tone="warn">{t('failing')}</Badge>;
  return <Badge tone="ok">{t('healthy')}</Badge>;
}

export default function Webhooks() {
  const t = useWords(adminWords);
  const may = useMay();
  const hooks = useRows<Hook>(['webhooks', 'list'], '/api/v1/webhooks?limit=100');
  const [making, setMaking] = useState(false);
  const [secret, setSecret] = useState('');
  const add = <Button data-key="n" look="primary" icon={<Plus size={16} />} why={may('integration.webhook.create') ? undefined : t('why', { permission: 'integration.webhook.create' })} onClick={() => setMaking(true)}>{t('newWebhook')}</Button>;
  return (
    <Page title={t('webhooks')} about={t('webhooksAbout')} actions={add}>
      <Panel flush>
        <Rows of={hooks} label={t('webhooks')} rowKey={(hook) => hook.id} empty={<Empty icon={<WebhookIcon size={28} />} title={t('noWebhooks')} actions={add}>{t('noWebhooksText')}</Empty>}
          columns={[
            { title: t('name'), value: (hook) => <Link className="name" to={`/admin/webhooks/${hook.id}`}>{hook.name}</Link> },
            { title: t('url'), value: (hook) => <span className="ellipsis" style={{ display: 'inline-block', maxWidth: 360 }}>{hook.url}</span> },
            { title: t('types'), value: (hook) => (hook.types.length === 0 ? t('allEvents') : <code>{hook.types.join(' ')}</code>) },
            { title: t('status'), value: (hook) => <Health hook={hook} /> },
            { title: t('lastDelivered'), value: (hook) => <Moment at={hook.delivered_at} /> },
          ]} />
      </Panel>
      {making && <WebhookForm hook={null} onClose={() => setMaking(false)} onMade={setSecret} />}
      {secret && <Secret title={t('newWebhook')} note={t('secretOnce')} text={secret} onClose={() => setSecret('')} />}
    </Page>
  );
}

export function WebhookForm({ hook, onClose, onMade }: { hook: Hook | null; onClose: () => void; onMade?: (secret: string) => void }) {
  const t = useWords(adminWords);
  const queries = useQueryClient();
  const [name, setName] = useState(hook?.name ?? '');
  const [url, setUrl] = useState(hook?.url ?? 'https://');
  const [types, setTypes] = useState(hook?.types.join(' ') ?? '');
  const save = useMutation({
    mutationFn: async () => {
      const body = { name: name.trim(), url: url.trim(), types: types.split(/[\s,]+/).filter(Boolean) };
      if (hook) await askAt('PATCH', `/api/v1/webhooks/${hook.id}`, { body, headers: { 'If-Match': `"${hook.version}"` } });
      else onMade?.((await ask(api.POST('/api/v1/webhooks', { body }))).secret);
    },
    onSuccess: () => { void queries.invalidateQueries({ queryKey: ['webhooks'] }); toast(t('saved')); onClose(); },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  return (
    <Dialog title={hook ? `${t('edit')}: ${hook.name}` : t('newWebhook')} onClose={onClose} onSubmit={() => name.trim() && save.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={save.isPending} why={name.trim() ? undefined : t('required')}>{t('save')}</Button></>}>
      {save.error && <Notice tone="danger">{messageOf(save.error)}</Notice>}
      <Field label={t('name')} error={problem?.at('/name')}><TextInput value={name} onChange={setName} /></Field>
      <Field label={t('url')} error={problem?.at('/url')}><TextInput type="url" value={url} onChange={setUrl} /></Field>
      <Field label={t('types')} help={t('typesHelp')} error={problem?.at('/types')}><TextInput value={types} onChange={setTypes} placeholder="gemba.line.* gemba.run.failed" /></Field>
    </Dialog>
  );
}
