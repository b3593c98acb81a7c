/** What terminals sent and the server did not take as it was: for a supervisor to decide, none of it lost. */
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { MailWarning } from 'lucide-react';
import { useState } from 'react';
import { api, ask } from '@/api/client';
import { useMay } from '@/api/session';
import { listAll } from '@/planning/data';
import { useFormat } from '@/planning/numbers';
import { useLabels } from '@/records/labels';
import { Says } from '@/terminal/Says';
import { saidIn, sentenceOf } from '@/terminal/saying';
import { terminalWords } from '@/terminal/terminal.words';
import type { TerminalRow } from '@/terminal/wire';
import { Badge, Button, Dialog, Empty, ErrorView, Field, Loading, Moment, Page, TextArea, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { conflictsOf, jobLabel, settleConflict, type Conflict } from './data';
import { floorWords } from './floor.words';
import { useLineNames } from './parts';

/** What an entry says, as its operator saw it; what cannot be understood is named by its kind. */
function useEntryWords(plantId: string, conflicts: readonly Conflict[]): (conflict: Conflict) => string {
  const t = useWords(terminalWords);
  const format = useFormat();
  const line = useLineNames(plantId);
  const ids = [...new Set(conflicts.flatMap((one) => (one.job_id ? [one.job_id] : [])))];
  const jobs = useQueries({ queries: ids.map((id) => ({ queryKey: ['jobs', 'one', id], queryFn: () => ask(api.GET('/api/v1/jobs/{id}', { params: { path: { id } } })), retry: false, staleTime: 60_000 })) });
  const named = new Map(jobs.flatMap(({ data }) => (data ? [[data.id, jobLabel(data)] as const] : [])));
  const bodies = conflicts.map((one) => ({ ...(one.body as Record<string, unknown> | null), kind: one.kind }) as Record<string, unknown>);
  const of = (member: string) => bodies.flatMap((body) => (typeof body[member] === 'string' ? [body[member]] : []));
  const item = useLabels('item', of('item_id'));
  const lot = useLabels('lot', of('lot_id'));
  const machine = useLabels('equipment', of('equipment_id'));
  const reason = useLabels('reason', of('reason_id'));
  const step = useLabels('instruction_step', of('step_id'));
  return (conflict) => {
    const said = saidIn({ ...(conflict.body as Record<string, unknown> | null), kind: conflict.kind });
    return said ? sentenceOf(said, t, format.number, { job: (id) => named.get(id) ?? '…', line, item, lot, machine, reason, step, who: conflict.operator ?? '–' }) : conflict.kind;
  };
}

export default function Conflicts() {
  const { plantId } = useParams({ strict: false }) as { plantId: string };
  const t = useWords(floorWords);
  const may = useMay();
  const cache = useQueryClient();
  const [deciding, setDeciding] = useState<{ conflict: Conflict; terminal: TerminalRow } | null>(null);
  const [text, setText] = useState('');
  // What was entered at a terminal that is archived by now is to be decided all the same.
  const terminals = useQuery({ queryKey: ['records', 'terminal', 'of', plantId], queryFn: ({ signal }) => listAll<TerminalRow>('terminals', { plant_id: plantId, sort: 'name', archived: 'include' }, signal) });
  const asked = useQueries({
    queries: (terminals.data ?? []).map((terminal) => ({ queryKey: ['conflicts', terminal.id], queryFn: async () => (await conflictsOf(terminal.id)).map((conflict) => ({ conflict, terminal })) })),
  });
  const all = asked.flatMap((one) => one.data ?? []).filter(({ conflict }) => !conflict.decision).sort((a, b) => b.conflict.at.localeCompare(a.conflict.at));
  const saying = useEntryWords(plantId, all.map(({ conflict }) => conflict));
  const failed = terminals.error ?? asked.find((one) => one.error)?.error;
  const settle = async (apply: boolean) => {
    if (!deciding) return;
    try {
      await settleConflict(deciding.terminal.id, { action_id: deciding.conflict.id, apply, ...(text.trim() ? { note: text.trim() } : {}) });
      setDeciding(null);
      toast(t('decided'));
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
                  <td><Moment at={conflict.at} exact /></td><td>{terminal.name}</td><td><b>{saying(conflict)}</b></td><td>{conflict.operator ?? '–'}</td>
                  <td><Badge tone="danger">{t('refused')}</Badge></td><td><Says rule={conflict.rule} says={conflict.says} /></td>
                  <td className="actions"><Button size="small" why={may('production.terminal.resolve', plantId) ? undefined : t('mayNot')} onClick={() => {
                    setText('');
                    setDeciding({ conflict, terminal });
                  }}>{t('decide')}</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {deciding && (
        <Dialog title={t('decide')} onClose={() => setDeciding(null)} onSubmit={() => void settle(true)} foot={<><Button onClick={() => setDeciding(null)}>{t('back')}</Button><Button look="danger" onClick={() => void settle(false)}>{t('dismiss')}</Button><Button type="submit" look="primary">{t('applyAfterAll')}</Button></>}>
          <p><b>{saying(deciding.conflict)}</b> <span className="muted"><Moment at={deciding.conflict.at} exact /> {deciding.conflict.operator ?? ''}</span></p>
          <p><Says rule={deciding.conflict.rule} says={deciding.conflict.says} /></p>
          <Field label={t('decision')} note={t('optional')}><TextArea value={text} onChange={setText} maxLength={1000} /></Field>
        </Dialog>
      )}
    </Page>
  );
}
