/** How long the trail is kept, what must be kept in any case, and who is erased from it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Scale } from 'lucide-react';
import { useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { Who } from '@/records/Who';
import { Badge, Button, Confirm, Dialog, Empty, ErrorView, Field, Loading, Moment, Notice, NumberInput, Page, Panel, Rows, Select, TextInput, messageOf, toast, toastError, useRows } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { localeOf } from '@/words/locale';
import { auditWords } from './audit.words';
import './audit.css';

type Rule = Schemas['Rule'];
type Hold = Schemas['Hold'];

const NAMES = { change: 'change', access: 'access', reading: 'reading', action: 'otherAction' } as const;
const YEAR = 365.25;

export default function Retention() {
  const t = useWords(auditWords);
  const may = useMay();
  return (
    <Page title={t('retention')} about={t('retentionAbout')}>
      {may('audit.retention.read') && <Rules />}
      {may('audit.hold.read') && <Holds />}
      {may('audit.subject.erase') && may('identity.user.read') && <Erase />}
    </Page>
  );
}

function Rules() {
  const t = useWords(auditWords);
  const language = useLanguage();
  const may = useMay();
  const rules = useQuery({ queryKey: ['audit', 'retention'], queryFn: async () => (await ask(api.GET('/api/v1/audit/retention'))).items });
  const [editing, setEditing] = useState<Rule | null>(null);
  const why = may('audit.retention.update') ? undefined : t('permission', { permission: 'audit.retention.update' });
  return (
    <Panel flush title={t('rules')}>
      <p className="muted" style={{ padding: '0 16px 12px' }}>{t('rulesText')}</p>
      {rules.isError ? <ErrorView error={rules.error} onRetry={() => void rules.refetch()} /> : !rules.data ? <Loading lines={4} /> : (
        <div className="table-scroll">
          <table className="table" aria-label={t('rules')}>
            <tbody>
              {rules.data.map((rule) => (
                <tr key={rule.class}>
                  <th scope="row">{t(NAMES[rule.class])}</th>
                  <td className="num">{rule.keep_days.toLocaleString(localeOf(language))} {t('days')}</td>
                  <td className="muted">{t('years', { n: Math.round((rule.keep_days / YEAR) * 10) / 10 })}</td>
                  <td className="actions"><Button size="small" why={why} onClick={() => setEditing(rule)}>{t('edit')}</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {editing && <EditRule rule={editing} onClose={() => setEditing(null)} />}
    </Panel>
  );
}

function EditRule({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const t = useWords(auditWords);
  const queries = useQueryClient();
  const [days, setDays] = useState(String(rule.keep_days));
  const wanted = Number(days.replace(/[.,\s]/g, ''));
  const isGood = Number.isInteger(wanted) && wanted >= 30 && wanted <= 36_525;
  const save = useMutation({
    mutationFn: () => askAt('PUT', `/api/v1/audit/retention/${rule.class}`, { body: { keep_days: wanted }, headers: { 'If-Match': `"${rule.version}"` } }),
    onSuccess: () => { toast(t('saved')); void queries.invalidateQueries({ queryKey: ['audit', 'retention'] }); onClose(); },
  });
  return (
    <Dialog title={t('editRule', { what: t(NAMES[rule.class]) })} onClose={onClose} onSubmit={() => isGood && save.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look={wanted < rule.keep_days ? 'danger' : 'primary'} busy={save.isPending} why={isGood ? undefined : t('range')}>{t('save')}</Button></>}>
      {save.error && <Notice tone="danger">{save.error instanceof Problem && save.error.status === 412 ? t('stale') : messageOf(save.error)}</Notice>}
      <Field label={t(NAMES[rule.class])} help={t('range')}><NumberInput unit={t('days')} value={days} onChange={setDays} /></Field>
      {isGood && wanted < rule.keep_days && <Notice tone="warn">{t('shorter', { n: wanted })}</Notice>}
    </Dialog>
  );
}

function Holds() {
  const t = useWords(auditWords);
  const may = useMay();
  const queries = useQueryClient();
  const holds = useRows<Hold>(['audit', 'holds'], '/api/v1/audit/holds?limit=100');
  const [placing, setPlacing] = useState(false);
  const [releasing, setReleasing] = useState<Hold | null>(null);
  const release = useMutation({
    mutationFn: (hold: Hold) => ask(api.POST('/api/v1/audit/holds/{id}/release', { params: { path: { id: hold.id } } })),
    onSuccess: () => { setReleasing(null); void queries.invalidateQueries({ queryKey: ['audit', 'holds'] }); },
    onError: toastError,
  });
  const why = (permission: string) => (may(permission) ? undefined : t('permission', { permission }));
  return (
    <Panel flush title={t('holds')} actions={<Button size="small" icon={<Plus size={14} />} why={why('audit.hold.place')} onClick={() => setPlacing(true)}>{t('place')}</Button>}>
      <Rows of={holds} label={t('holds')} rowKey={(hold) => hold.id} empty={<Empty icon={<Scale size={28} />} title={t('noHolds')}>{t('holdsText')}</Empty>}
        columns={[
          { title: t('reason'), value: (hold) => hold.reason },
          { title: t('covers'), value: (hold) => <Covers hold={hold} /> },
          { title: t('since'), value: (hold) => <><Moment exact at={hold.placed_at} /> <Who bare id={hold.placed_by} /></> },
          { title: t('state'), value: (hold) => (hold.released_at ? <><Badge>{t('released')}</Badge> <Moment at={hold.released_at} /></> : <Badge tone="accent">{t('holding')}</Badge>) },
          { title: t('actions'), actions: true, value: (hold) => !hold.released_at && <Button size="small" why={why('audit.hold.release')} onClick={() => setReleasing(hold)}>{t('release')}</Button> },
        ]} />
      {placing && <PlaceHold onClose={() => setPlacing(false)} />}
      {releasing && <Confirm danger title={`${t('release')}: ${releasing.reason}`} action={t('release')} busy={release.isPending} onConfirm={() => release.mutate(releasing)} onClose={() => setReleasing(null)}>{t('releaseText')}</Confirm>}
    </Panel>
  );
}

function Covers({ hold }: { hold: Hold }) {
  const t = useWords(auditWords);
  const parts = [hold.kind, hold.record_id && `…${hold.record_id.slice(-8)}`].filter(Boolean).join(' ');
  return (
    <>
      {parts ? <code>{parts}</code> : t('everything')}
      {hold.from && <> {t('from')} <Moment exact at={hold.from} /></>}
      {hold.to && <> {t('to')} <Moment exact at={hold.to} /></>}
    </>
  );
}

function PlaceHold({ onClose }: { onClose: () => void }) {
  const t = useWords(auditWords);
  const queries = useQueryClient();
  const [form, setForm] = useState({ reason: '', kind: '', record_id: '', from: '', to: '' });
  const [tried, setTried] = useState(false);
  const set = (name: keyof typeof form) => (value: string) => setForm((now) => ({ ...now, [name]: value }));
  const place = useMutation({
    mutationFn: () => {
      const day = (value: string, plus = 0) => (value ? new Date(new Date(`${value}T00:00:00`).getTime() + plus).toISOString() : null);
      return ask(api.POST('/api/v1/audit/holds', { body: { reason: form.reason.trim(), kind: form.kind.trim() || null, record_id: form.record_id.trim() || null, from: day(form.from), to: day(form.to, 86_400_000) } }));
    },
    onSuccess: () => { toast(t('placed')); void queries.invalidateQueries({ queryKey: ['audit', 'holds'] }); onClose(); },
  });
  const problem = place.error instanceof Problem ? place.error : null;
  const submit = () => {
    setTried(true);
    if (form.reason.trim()) place.mutate();
  };
  return (
    <Dialog title={t('place')} onClose={onClose} onSubmit={submit} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={place.isPending}>{t('place')}</Button></>}>
      <p className="muted">{t('holdsText')}</p>
      {place.error && !problem?.errors.length && <Notice tone="danger">{messageOf(place.error)}</Notice>}
      <Field label={t('reason')} help={t('reasonHelp')} error={tried && !form.reason.trim() ? t('required') : problem?.at('/reason')}><TextInput value={form.reason} onChange={set('reason')} maxLength={1000} /></Field>
      <div className="form-grid">
        <Field label={t('kind')} help={t('kindHelp')} error={problem?.at('/kind')}><TextInput value={form.kind} onChange={set('kind')} /></Field>
        <Field label={t('record')} help={t('recordHelp')} error={problem?.at('/record_id')}><TextInput value={form.record_id} onChange={set('record_id')} /></Field>
        <Field label={t('from')} help={t('fromHelp')} error={problem?.at('/from')}><TextInput type="date" value={form.from} onChange={set('from')} /></Field>
        <Field label={t('to')} help={t('toHelp')} error={problem?.at('/to')}><TextInput type="date" value={form.to} onChange={set('to')} /></Field>
      </div>
    </Dialog>
  );
}

function Erase() {
  const t = useWords(auditWords);
  const [find, setFind] = useState('');
  const [person, setPerson] = useState('');
  const [asking, setAsking] = useState(false);
  const people = useRows<Schemas['User']>(['users', 'erase', find], `/api/v1/users?limit=50${find ? `&q=${encodeURIComponent(find)}` : ''}`);
  const chosen = people.rows.find((one) => one.id === person);
  const erase = useMutation({
    mutationFn: (id: string) => ask(api.POST('/api/v1/audit/subjects/{id}/erase', { params: { path: { id } } })),
    onSuccess: ({ erased }) => { setAsking(false); setPerson(''); toast(t(erased ? 'erased' : 'nothingToErase')); },
    onError: (error) => { setAsking(false); toastError(error); },
  });
  return (
    <Panel title={t('erase')}>
      <div className="stack">
        <p className="muted">{t('eraseText')}</p>
        <div className="form-grid">
          <Field label={t('find')}><TextInput type="search" value={find} onChange={setFind} /></Field>
          <Field label={t('person')}><Select value={person} onChange={setPerson} empty="" options={people.rows.map((one) => ({ value: one.id, label: `${one.name} (${one.email})` }))} /></Field>
        </div>
        <div><Button look="danger" why={chosen ? undefined : t('required')} onClick={() => setAsking(true)}>{t('erase')}</Button></div>
      </div>
      {asking && chosen && <Confirm danger title={`${t('erase')}: ${chosen.name}`} action={t('erase')} busy={erase.isPending} onConfirm={() => erase.mutate(chosen.id)} onClose={() => setAsking(false)}>{t('eraseConfirm')}</Confirm>}
    </Panel>
  );
}
