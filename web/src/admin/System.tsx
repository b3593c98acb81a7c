/** Whether everything works that should, in a few sentences, each with the way to where it can be mended. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, Send, TriangleAlert } from 'lucide-react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { Who } from '@/records/Who';
import { Button, Loading, Moment, Page, Panel, Rows, toast, toastError, useRows } from '@/ui';
import { useWords } from '@/words';
import type { Hook } from './Webhooks';
import { organizationWords } from './organization.words';

interface Check {
  fine: boolean;
  text: string;
  to?: string;
}

type Say = (key: keyof typeof organizationWords.en, values?: Record<string, number | string>) => string;

const countOf = async (path: string): Promise<number> => (await askAt<{ items: unknown[] }>('GET', path)).items.length;

async function look(t: Say, may: (permission: string) => boolean): Promise<Check[]> {
  const checks: Promise<Check>[] = [fetch('/readyz').then((answer) => ({ fine: answer.ok, text: t('server') }), () => ({ fine: false, text: t('server') }))];
  if (may('work.run.read')) {
    checks.push(countOf('/api/v1/runs?state=failed&limit=100').then((n) => ({ fine: n === 0, text: n === 0 ? t('noDeadLetters') : t('deadLetters', { n }), to: '/runs?state=failed' })));
    checks.push(countOf('/api/v1/runs?state=queued&limit=100').then((n) => ({ fine: n < 20, text: n === 0 ? t('noWaiting') : t('waiting', { n }), to: '/runs?state=queued' })));
  }
  if (may('integration.webhook.read')) {
    checks.push(askAt<{ items: Hook[] }>('GET', '/api/v1/webhooks?limit=100').then(({ items }) => {
      const n = items.filter((hook) => hook.disabled_at || hook.failures > 0).length;
      return { fine: n === 0, text: n === 0 ? t('hooksWell') : t('hooksIll', { n }), to: '/admin/webhooks' };
    }));
  }
  if (may('audit.event.read')) {
    checks.push(askAt<{ head?: { sealed_at: string } | null }>('GET', '/api/v1/audit/head').then(({ head }) => ({ fine: Boolean(head), text: head ? t('sealedRecently') : t('notSealed'), to: '/admin/audit' })));
  }
  if (may('integration.mail.read')) {
    checks.push(ask(api.GET('/api/v1/mails/standing')).then(({ why, failed, pending }) => {
      if (why) return { fine: false, text: t('mailIll', { why }) };
      if (failed > 0) return { fine: false, text: t('mailFailed', { n: failed }) };
      return { fine: true, text: pending > 0 ? t('mailWaits', { n: pending }) : t('mailWell') };
    }));
  }
  checks.push(offline(t));
  const done = await Promise.allSettled(checks);
  return done.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** Whether the app would open here without a connection. */
async function offline(t: Say): Promise<Check> {
  const ready = 'serviceWorker' in navigator && Boolean((await navigator.serviceWorker.getRegistration())?.active);
  return { fine: ready, text: t(ready ? 'offlineReady' : 'offlineNot') };
}

export default function System() {
  const t = useWords(organizationWords);
  const may = useMay();
  const query = useQuery({ queryKey: ['system-health'], queryFn: () => look(t, may), staleTime: 0 });
  return (
    <Page title={t('system')} about={t('systemAbout')} actions={<>{may('integration.mail.update') && <TryMail onTried={() => void query.refetch()} />}<Button busy={query.isFetching} onClick={() => void query.refetch()}>{t('reload')}</Button></>}>
      <Panel>
        {!query.data ? <Loading lines={4} /> : (
          <ul className="checks">
            {query.data.map((check) => (
              <li key={check.text}>
                {check.fine ? <CircleCheck size={16} className="good" /> : <TriangleAlert size={16} className="bad" />}
                <span className="grow">{check.text}</span>
                {check.to && <Link className="small" to={check.to.split('?')[0] ?? '/'} search={Object.fromEntries(new URLSearchParams(check.to.split('?')[1] ?? '')) as never}>{t('look')}</Link>}
              </li>
            ))}
          </ul>
        )}
      </Panel>
      {may('integration.mail.read') && <DeadMails />}
    </Page>
  );
}

function TryMail({ onTried }: { onTried: () => void }) {
  const t = useWords(organizationWords);
  const send = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/mails/try')),
    onSuccess: ({ sent, place, error }) => {
      if (sent) toast(t('mailTried', { place }));
      else toastError(new Error(t('mailNotSent', { why: error ?? '' })));
      onTried();
    },
    onError: toastError,
  });
  return <Button icon={<Send size={15} />} busy={send.isPending} onClick={() => send.mutate()}>{t('tryMail')}</Button>;
}

/** Mail that nobody tries again by itself. */
function DeadMails() {
  const t = useWords(organizationWords);
  const may = useMay()('integration.mail.update');
  const queries = useQueryClient();
  const mails = useRows<Schemas['Mail']>(['mails', 'failed'], '/api/v1/mails?state=failed&limit=50');
  const again = useMutation({
    mutationFn: (mail: Schemas['Mail']) => ask(api.POST('/api/v1/mails/{id}/redrive', { params: { path: { id: mail.id } } })),
    onSuccess: () => { toast(t('mailSentAgain')); void queries.invalidateQueries({ queryKey: ['mails'] }); },
    onError: toastError,
  });
  if (mails.rows.length === 0) return null;
  return (
    <Panel flush title={t('mails')}>
      <Rows of={mails} label={t('mails')} rowKey={(mail) => mail.id} empty={null}
        columns={[
          { title: t('mailTo'), value: (mail) => <Who bare id={`user:${mail.user_id}`} /> },
          { title: t('mailWhat'), value: (mail) => mail.template },
          { title: t('mailWhy'), value: (mail) => mail.why },
          { title: t('mailWhen'), value: (mail) => <Moment at={mail.attempted_at} /> },
          { title: t('mailAgain'), actions: true, value: (mail) => may && <Button size="small" busy={again.isPending} onClick={() => again.mutate(mail)}>{t('mailAgain')}</Button> },
        ]} />
    </Panel>
  );
}
