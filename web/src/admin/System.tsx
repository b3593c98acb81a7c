/** Whether everything works that should, in a few sentences, each with the way to where it can be mended. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { askAt } from '@/api/client';
import { useMay } from '@/api/session';
import { Button, Loading, Page, Panel } from '@/ui';
import { useWords } from '@/words';
import type { Hook } from './Webhooks';
import { trailWords } from './trail.words';

interface Check {
  fine: boolean;
  text: string;
  to?: string;
}

type Say = (key: keyof typeof trailWords.en, values?: Record<string, number>) => string;

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
  const done = await Promise.allSettled(checks);
  return done.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

export default function System() {
  const t = useWords(trailWords);
  const may = useMay();
  const query = useQuery({ queryKey: ['system-health'], queryFn: () => look(t, may), staleTime: 0 });
  return (
    <Page title={t('system')} about={t('systemAbout')} actions={<Button busy={query.isFetching} onClick={() => void query.refetch()}>{t('reload')}</Button>}>
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
    </Page>
  );
}
