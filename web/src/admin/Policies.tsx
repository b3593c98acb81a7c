/** Policies of the organization: written in Cedar, checked while one writes, tried on past decisions, then let count. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Scale } from 'lucide-react';
import { useEffect, useState } from 'react';
import { api, ask, askAt } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { useListSearch } from '@/records/search';
import { Who } from '@/records/Who';
import { Badge, Button, Confirm, Dialog, Empty, ErrorView, Field, Loading, Moment, Notice, Page, Panel, TextArea, TextInput, messageOf, requestIdOf, toast, toastError, useRows, type Tone } from '@/ui';
import { useWords } from '@/words';
import { policyWords } from './policies.words';
import './admin.css';

interface Version {
  id: string;
  number: number;
  text: string;
  state: 'draft' | 'active' | 'retired';
  note: string | null;
  tried_at: string | null;
  created_at: string;
  created_by: string;
  version: number;
}

interface Trial {
  looked_at: number;
  unclear: number;
  unchanged: number;
  would_refuse: number;
  would_allow: number;
  changes: { event_id: string; at: string; name: string; permission: string; kind: string; effect: 'refused' | 'allowed'; policies: { policy: string }[] }[];
}

interface Checked {
  policies: { id: string; refusal: string | null; line: number }[];
}

const TONES: Record<Version['state'], Tone | undefined> = { draft: 'info', active: 'ok', retired: undefined };

const EXAMPLE = `@id("night-shift-lines")
@refusal("lines stay as they are between 22:00 and 06:00")
forbid (
    principal,
    action in [Action::"factory.line.create", Action::"factory.line.update", Action::"factory.line.archive"],
    resource
)
when { context.minute_of_day >= 1320 || context.minute_of_day < 360 };
`;

export default function Policies() {
  const t = useWords(policyWords);
  const may = useMay();
  const [search, change] = useListSearch();
  const versions = useRows<Version>(['policies'], '/api/v1/policies?limit=50');
  const [writing, setWriting] = useState<string | null>(null);
  const chosen = versions.rows.find((one) => one.id === search.version) ?? versions.rows.find((one) => one.state === 'active') ?? versions.rows[0];
  const why = may('identity.policy.create') ? undefined : t('permission', { permission: 'identity.policy.create' });
  const add = <Button data-key="n" look="primary" icon={<Plus size={16} />} why={why} onClick={() => setWriting(chosen?.text ?? '')}>{t('newVersion')}</Button>;
  return (
    <Page title={t('policies')} about={t('about')} actions={add}>
      {versions.isError ? <ErrorView error={versions.error} onRetry={() => void versions.refetch()} />
      : versions.isPending ? <Loading />
      : !chosen ? <Panel><Empty icon={<Scale size={28} />} title={t('none')} actions={add}>{t('noneText')}</Empty></Panel>
      : (
        <div className="split">
          <nav className="panel split-list" aria-label={t('policies')}>
            {versions.rows.map((one) => (
              <button key={one.id} type="button" className={one.id === chosen.id ? 'active' : ''} aria-current={one.id === chosen.id} onClick={() => change({ version: one.id })}>
                <span className="grow ellipsis">{t('version', { n: one.number })}{one.note && <span className="small"> · {one.note}</span>}</span>
                <Badge tone={TONES[one.state]}>{t(one.state)}</Badge>
              </button>
            ))}
          </nav>
          <VersionView key={chosen.id} version={chosen} onEdit={() => setWriting(chosen.text)} whyNotWrite={why} />
        </div>
      )}
      {writing !== null && <Writing text={writing} onClose={() => setWriting(null)} onKept={(id) => change({ version: id })} />}
    </Page>
  );
}

function VersionView({ version, onEdit, whyNotWrite }: { version: Version; onEdit: () => void; whyNotWrite: string | undefined }) {
  const t = useWords(policyWords);
  const may = useMay();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<'activate' | 'retire' | null>(null);
  const told = () => void queries.invalidateQueries({ queryKey: ['policies'] });
  const trial = useMutation({ mutationFn: () => askAt<Trial>('POST', `/api/v1/policies/${version.id}/try`), onSuccess: told, onError: toastError });
  const set = useMutation({
    mutationFn: (verb: 'activate' | 'retire') => askAt('POST', `/api/v1/policies/${version.id}/${verb}`, { headers: { 'If-Match': '*' } }),
    onSuccess: () => { told(); setAsking(null); toast(t('done')); },
    onError: (error) => { setAsking(null); toastError(error); },
  });
  const wasTried = trial.data !== undefined || (version.tried_at !== null && Date.now() - new Date(version.tried_at).getTime() < 86_400_000);
  const whyNotActivate = !may('identity.policy.activate') ? t('permission', { permission: 'identity.policy.activate' }) : wasTried ? undefined : t('tryFirst');
  return (
    <div className="stack">
      <section className="panel">
        <div className="head">
          <h2 className="grow">{t('version', { n: version.number })}</h2>
          <Button size="small" why={whyNotWrite} onClick={onEdit}>{t('edit')}</Button>
          <Button size="small" busy={trial.isPending} why={whyNotWrite} onClick={() => trial.mutate()}>{t('tryIt')}</Button>
          {version.state === 'active'
            ? <Button size="small" look="danger" why={may('identity.policy.activate') ? undefined : t('permission', { permission: 'identity.policy.activate' })} onClick={() => setAsking('retire')}>{t('retire')}</Button>
            : <Button size="small" look="primary" why={whyNotActivate} onClick={() => setAsking('activate')}>{t('activate')}</Button>}
        </div>
        <div className="body stack">
          <p className="muted">{version.note} <span className="small faint"><Who id={version.created_by} bare /> · <Moment exact at={version.created_at} />{version.tried_at && <> · {t('lastTried')} <Moment at={version.tried_at} /></>}</span></p>
          <pre className="log" tabIndex={0}>{version.text}</pre>
        </div>
      </section>
      {trial.data && <Outcome trial={trial.data} />}
      {asking === 'activate' && <Confirm title={t('activate')} action={t('activate')} busy={set.isPending} onConfirm={() => set.mutate('activate')} onClose={() => setAsking(null)}>{t('activateText')}</Confirm>}
      {asking === 'retire' && <Confirm danger title={t('retire')} action={t('retire')} busy={set.isPending} onConfirm={() => set.mutate('retire')} onClose={() => setAsking(null)}>{t('retireText')}</Confirm>}
    </div>
  );
}

function Outcome({ trial }: { trial: Trial }) {
  const t = useWords(policyWords);
  return (
    <Panel flush title={t('changes')} actions={<span className="small muted">{t('triedOn', { n: trial.looked_at })}</span>}>
      <div className="row wrap" style={{ padding: 16 }} role="status">
        <Badge tone={trial.would_refuse > 0 ? 'danger' : undefined}>{t('wouldRefuse', { n: trial.would_refuse })}</Badge>
        <Badge tone={trial.would_allow > 0 ? 'warn' : undefined}>{t('wouldAllow', { n: trial.would_allow })}</Badge>
        <Badge tone="ok">{t('unchanged', { n: trial.unchanged })}</Badge>
        {trial.unclear > 0 && <Badge>{t('unclear', { n: trial.unclear })}</Badge>}
      </div>
      {trial.changes.length > 0 && (
        <div className="table-scroll">
          <table className="table" aria-label={t('changes')}>
            <thead><tr><th>{t('when')}</th><th>{t('who')}</th><th>{t('what')}</th><th>{t('changes')}</th><th>{t('why')}</th></tr></thead>
            <tbody>
              {trial.changes.map((one) => (
                <tr key={one.event_id}>
                  <td><Moment exact at={one.at} /></td>
                  <td>{one.name}</td>
                  <td><code>{one.permission}</code></td>
                  <td>{t(one.effect === 'refused' ? 'wasDone' : 'wasRefused')}</td>
                  <td>{one.policies.map((policy) => policy.policy).join(', ')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** What was understood of the text, asked when somebody stops typing. */
function useChecked(text: string) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 600);
    return () => clearTimeout(timer);
  }, [text]);
  return useQuery({ queryKey: ['policies', 'check', settled], queryFn: () => askAt<Checked>('POST', '/api/v1/policies/check', { body: { text: settled } }), enabled: settled.trim() !== '', retry: false });
}

function Writing({ text: given, onClose, onKept }: { text: string; onClose: () => void; onKept: (id: string) => void }) {
  const t = useWords(policyWords);
  const queries = useQueryClient();
  const [text, setText] = useState(given);
  const [note, setNote] = useState('');
  const checked = useChecked(text);
  const keep = useMutation({
    mutationFn: () => askAt<Version>('POST', '/api/v1/policies', { body: { text, ...(note.trim() ? { note: note.trim() } : {}) } }),
    onSuccess: (kept) => { void queries.invalidateQueries({ queryKey: ['policies'] }); toast(t('saved', { n: kept.number })); onKept(kept.id); onClose(); },
  });
  const wrong = checked.error instanceof Problem ? checked.error.errors.map((one) => one.detail).join('\n') || checked.error.message : undefined;
  return (
    <Dialog side wide title={t('newVersion')} onClose={onClose} onSubmit={() => keep.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={keep.isPending}>{t('save')}</Button></>}>
      {keep.error && !wrong && <Notice tone="danger">{messageOf(keep.error)} {requestIdOf(keep.error)}</Notice>}
      <Field label={t('text')} help={t('textHelp')} error={wrong}><TextArea className="textarea" spellCheck={false} rows={16} style={{ fontFamily: 'var(--mono)' }} value={text} onChange={setText} /></Field>
      {text.trim() === '' && <div><Button size="small" onClick={() => setText(EXAMPLE)}>{t('example')}</Button></div>}
      {checked.data && !wrong && (
        <ul className="checks">
          <li className="muted">{t('fine', { n: checked.data.policies.length })}</li>
          {checked.data.policies.map((policy) => <li key={policy.id}><code>{policy.id}</code><span className="grow">{policy.refusal}</span><span className="faint small">{t('line', { n: policy.line })}</span></li>)}
        </ul>
      )}
      <Field label={t('note')}><TextInput value={note} onChange={setNote} maxLength={500} /></Field>
      <Vocabulary />
    </Dialog>
  );
}

/** What a policy can name, as the server checks it: there when somebody asks. */
function Vocabulary() {
  const t = useWords(policyWords);
  const [open, setOpen] = useState(false);
  const schema = useQuery({ queryKey: ['policies', 'schema'], queryFn: () => ask(api.GET('/api/v1/policies/schema')), enabled: open, staleTime: Infinity });
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('schema')}</summary>
      {schema.error ? <ErrorView error={schema.error} onRetry={() => void schema.refetch()} /> : schema.data ? <pre className="log" tabIndex={0}>{schema.data.schema}</pre> : open && <Loading lines={4} />}
    </details>
  );
}
