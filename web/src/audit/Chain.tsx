/** Verifying the chain in the browser: what was found, how far, and what to keep outside. */
import { useMutation } from '@tanstack/react-query';
import { CircleCheck, CircleX, Save } from 'lucide-react';
import { useState } from 'react';
import { askAt } from '@/api/client';
import { useMe } from '@/api/session';
import { saveFile } from '@/records/download';
import { Button, CopyText, Dialog, ErrorView, Field, Moment, Notice, Progress, TextArea, TextInput, toast } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { localeOf } from '@/words/locale';
import { auditWords } from './audit.words';
import { canVerify, verify, type Page, type Problem, type Verified } from './chain';

type Said = { [K in Problem['problem']]: string };

/** A head as it is kept outside: a line of JSON with its number and hash. */
function headOf(text: string): { number: number; hash: string } | null {
  try {
    const head = JSON.parse(text.trim().split('\n').at(-1) ?? '') as { number?: unknown; hash?: unknown };
    return typeof head.number === 'number' && typeof head.hash === 'string' && /^[0-9a-f]{64}$/.test(head.hash) ? { number: head.number, hash: head.hash } : null;
  } catch {
    return null;
  }
}

export function Chain({ onClose }: { onClose: () => void }) {
  const t = useWords(auditWords);
  const me = useMe();
  const [reached, setReached] = useState({ n: 0, seal: 0 });
  const [key, setKey] = useState('');
  const [witness, setWitness] = useState('');
  const [tried, setTried] = useState(false);
  const badKey = key.trim() !== '' && !/^[0-9a-f]{64}$/i.test(key.trim());
  const badWitness = witness.trim() !== '' && headOf(witness) === null;
  const run = useMutation({
    mutationFn: async (): Promise<Verified | 'cannot'> => {
      if (!(await canVerify())) return 'cannot';
      return verify({
        organization: me.organization.id,
        page: (after) => askAt<Page>('GET', `/api/v1/audit/evidence?after=${after}`),
        keys: key.trim() ? [key.trim().toLowerCase()] : [],
        witness: headOf(witness),
        progress: (n, seal) => setReached({ n, seal }),
      });
    },
  });
  const begin = () => {
    setTried(true);
    if (badKey || badWitness) return;
    setReached({ n: 0, seal: 0 });
    run.mutate();
  };
  return (
    <Dialog wide title={t('verify')} onClose={onClose} onSubmit={begin} foot={<Button type="submit" look="primary" busy={run.isPending}>{t(run.data ? 'again' : 'begin')}</Button>}>
      <p className="muted">{t('chainText')} {t('wholeTrail')}</p>
      <div className="form-grid">
        <Field label={t('operatorKey')} help={t('operatorKeyHelp')} error={tried && badKey ? t('operatorKeyHelp') : undefined}><TextInput value={key} onChange={setKey} autoComplete="off" spellCheck={false} /></Field>
        <Field label={t('witness')} help={t('witnessHelp')} error={tried && badWitness ? t('badWitness') : undefined}><TextArea rows={2} value={witness} onChange={setWitness} spellCheck={false} /></Field>
      </div>
      <div role="status" aria-live="polite" className="stack">
        {run.isPending && <><Progress label={t('verify')} /><p className="muted tabular">{t('going', reached)}</p></>}
        {run.error && <ErrorView error={run.error} />}
        {run.data === 'cannot' && <><Notice tone="warn">{t('cannot')}</Notice><CopyText text="gemba audit verify" /></>}
        {run.data && run.data !== 'cannot' && <Outcome verified={run.data} given={key.trim() !== ''} />}
      </div>
    </Dialog>
  );
}

function Outcome({ verified, given }: { verified: Verified; given: boolean }) {
  const t = useWords(auditWords);
  const language = useLanguage();
  const me = useMe();
  const { head, findings, further } = verified;
  if (!head && findings.length === 0) return <Notice>{t('unsealed')}</Notice>;
  const keepHead = () => {
    if (!head) return;
    const line = JSON.stringify({ organization: me.organization.id, number: head.number, entries: head.entries, sealed_at: head.sealedAt, hash: head.hash, key: head.key, signature: head.signature });
    saveFile(new Blob([`${line}\n`], { type: 'application/jsonl' }), `audit-head-${head.number}.jsonl`);
    toast(t('headSaved'));
  };
  return (
    <>
      {findings.length === 0 ? <Notice tone="ok">{t('sound')}</Notice> : <Notice tone="danger">{t('notSound', { n: findings.length + further })}</Notice>}
      <ul className="checks">
        <li><CircleCheck size={15} className="good" /><span>{t('soundText', { n: verified.entries, seals: verified.seals })}</span></li>
        {verified.removed > 0 && <li><CircleCheck size={15} className="good" /><span>{t('removedText', { n: verified.removed })}</span></li>}
        {verified.unsealed > 0 && <li><CircleCheck size={15} className="good" /><span>{t('unsealedText', { n: verified.unsealed })}</span></li>}
        {findings.map((finding, at) => (
          <li key={at}><CircleX size={15} className="bad" /><span>{finding.seal > 0 && <strong>{t('seal', { seal: finding.seal })}: </strong>}{t(finding.problem as keyof Said, wordsOf(finding))}</span></li>
        ))}
        {further > 0 && <li>{t('further', { n: further })}</li>}
      </ul>
      {head && (
        <>
          <dl className="facts chain-facts">
            <dt>{t('head')}</dt><dd className="tabular">{head.number.toLocaleString(localeOf(language))} · <Moment exact at={head.sealedAt} /></dd>
            <dt>{t('entries')}</dt><dd className="tabular">{head.entries.toLocaleString(localeOf(language))}</dd>
            <dt>{t('hash')}</dt><dd><code>{head.hash}</code></dd>
            <dt>{t('signedBy')}</dt><dd>{verified.keys.map((one) => <div key={one}><code>{one}</code></div>)}{!given && <span className="small muted">{t('keyHelp')}</span>}</dd>
          </dl>
          <div><Button icon={<Save size={15} />} onClick={keepHead}>{t('keepHead')}</Button></div>
        </>
      )}
    </>
  );
}

/** The values that a finding's sentence names. */
function wordsOf(finding: Problem): Record<string, string | number> {
  const { problem: _, ...values } = finding;
  return values;
}
