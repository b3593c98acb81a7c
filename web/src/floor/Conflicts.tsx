/** What terminals sent and the server did not take as it was: for a supervisor to decide, none of it lost. */
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { MailWarning } from 'lucide-react';
import { useState } from 'react';
import { askAt, idempotencyKey } from '@/api/client';
import { useMay } from '@/api/session';
import { listAll } from '@/planning/data';
import { Badge, Button, Dialog, Empty, ErrorView, Field, Loading, Moment, Page, TextArea, toastError } from '@/ui';
import { useWords } from '@/words';
import type { TerminalRow } from '@/terminal/wire';
import type { Conflict } from './data';
import { floorWords } from './floor.words';

/** Members that say who and when, and are shown beside. */
const HEAD = new Set(['id', 'sequence', 'at', 'kind', 'operator_id', 'line_id', 'job_id', 'device_id']);
const rest = (body: Record<string, unknown> | null | undefined): string => Object.entries(body ?? {}).filter(([name, value]) => !HEAD.has(name) && value !== null && typeof value !== 'object' && value !== 0).map(([name, value]) => `${name}: ${String(value)}`).join(', ');

export default function Conflicts() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(floorWords);
  const may = useMay();
  const cache = useQueryClient();
  const [deciding, setDeciding] = useState<{ conflict: Conflict; terminal: TerminalRow } | null>(null);
  const [text, setText] = useState('');
  const terminals = useQuery({ queryKey: ['records', 'terminal', 'of', plantId], queryFn: ({ signal }) => listAll<TerminalRow>('terminals', { plant_id: plantId, sort: 'name' }, signal) });
  const asked = useQueries({
    queries: (terminals.data ?? []).map((terminal) => ({
      queryKey: ['conflicts', terminal.id],
      queryFn: async () => {
        const answer = await askAt<Conflict[] | { items: Conflict[] }>('GET', `/api/v1/terminals/${terminal.id}/conflicts`);
        return (Array.isArray(answer) ? answer : answer.items).map((conflict) => ({ conflict, terminal }));
      },
    })),
  });
  const all = asked.flatMap((one) => one.data ?? []).filter(({ conflict }) => !conflict.decision).sort((a, b) => b.conflict.at.localeCompare(a.conflict.at));
  const failed = terminals.error ?? asked.find((one) => one.error)?.error;
  const settle = async (apply: boolean) => {
    if (!deciding) return;
    try {
      await askAt('POST', `/api/v1/terminals/${deciding.terminal.id}/conflicts/resolve`, { body: { action_id: deciding.conflict.id, apply, ...(text.trim() ? { note: text.trim() } : {}) }, headers: { 'Idempotency-Key': idempotencyKey() } });
      setDeciding(null);
      void cache.invalidateQueries({ queryKey: ['conflicts'] });
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Page title={t('conflicts')} about={t('conflictsAbout')}>
      {terminals.isPending || asked.some((one) => one.isPending) ? <Loading /> : failed ? <ErrorView error={failed} onRetry={() => void cache.invalidateQueries({ queryKey: ['conflicts'] })} /> : all.length === 0 ? (
        <div className="panel"><Empty icon={<MailWarning size={28} />} title={t('noConflicts')}>{terminals.data?.length === 0 ? t('noTerminals') : t('noConflictsText')}</Empty></div>
      ) : (
        <section className="panel table-scroll">
          <table className="table" aria-label={t('conflicts')}>
            <thead><tr><th scope="col">{t('when')}</th><th scope="col">{t('terminal')}</th><th scope="col">{t('entry')}</th><th scope="col">{t('who')}</th><th scope="col">{t('status')}</th><th scope="col">{t('note')}</th><th scope="col"><span className="sr-only">{t('actions')}</span></th></tr></thead>
            <tbody>
              {all.map(({ conflict, terminal }) => (
                <tr key={conflict.id}>
                  <td><Moment at={conflict.at} exact /></td><td>{terminal.name}</td><td><b>{conflict.kind}</b> <span className="muted">{rest(conflict.body)}</span></td><td>{conflict.operator ?? '–'}</td>
                  <td><Badge tone="danger">{t('refused')}</Badge></td><td>{conflict.says}</td>
                  <td className="actions"><Button size="small" why={may('production.terminal.resolve', plantId) ? undefined : t('mayNot')} onClick={() => { setText(''); setDeciding({ conflict, terminal }); }}>{t('decide')}</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {deciding && (
        <Dialog title={t('decide')} onClose={() => setDeciding(null)} onSubmit={() => void settle(true)} foot={<><Button onClick={() => setDeciding(null)}>{t('back')}</Button><Button look="danger" onClick={() => void settle(false)}>{t('dismiss')}</Button><Button type="submit" look="primary">{t('applyAfterAll')}</Button></>}>
          <p><b>{deciding.conflict.kind}</b> {rest(deciding.conflict.body)}</p>
          <p>{deciding.conflict.says}</p>
          <Field label={t('decision')} note={t('optional')}><TextArea value={text} onChange={setText} maxLength={1000} /></Field>
        </Dialog>
      )}
    </Page>
  );
}
