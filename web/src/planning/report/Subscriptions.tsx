/** Reports of a plant that come by mail: which, when, to whom, how it went; made, sent now, rested and put away here. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MailPlus, Send } from 'lucide-react';
import { useState } from 'react';
import { askAt, idempotencyKey, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay, useMe, usePlants } from '@/api/session';
import { Badge, Button, Checkbox, Dialog, Field, IconButton, Moment, Notice, Select, Switch, TextArea, TextInput, toast, toastError } from '@/ui';
import { LANGUAGES, useWords } from '@/words';
import { etag, listAll, type Scenario } from '../data';
import { cronOf, DAYS, daysOf, type Day } from './clock';
import { reportWords } from './report.words';

type Subscription = Schemas['ReportSubscription'];
type Sending = Schemas['ScheduleStanding'];

const KIND = 'planning.report_subscription';
const FORMATS = [...(import.meta.env['VITE_GEMBA_PDF'] !== 'no' ? ['pdf' as const] : []), 'pptx', 'xlsx', 'csv', 'json'] as const;

export function Subscriptions({ scenario }: { scenario: Scenario }) {
  const t = useWords(reportWords);
  const may = useMay();
  const plant = scenario.plant_id;
  const [making, setMaking] = useState(false);
  const list = useQuery({
    queryKey: ['subscriptions', plant],
    queryFn: ({ signal }) => listAll<Subscription>('report-subscriptions', { plant_id: plant, sort: 'name' }, signal),
    enabled: may(`${KIND}.read`, plant),
  });
  if (!may(`${KIND}.read`, plant)) return null;
  return (
    <section className="stack-s subscriptions" aria-label={t('byMail')}>
      <h2>{t('byMail')}</h2>
      {list.data?.length === 0 && <p className="small muted">{t('noneByMail')}</p>}
      <ul>{list.data?.map((one) => <Row key={one.id} subscription={one} scenario={scenario} />)}</ul>
      <Button icon={<MailPlus size={15} />} why={may(`${KIND}.create`, plant) ? undefined : t('mayNotSubscribe')} onClick={() => setMaking(true)}>{t('subscribe')}</Button>
      {making && <Making scenario={scenario} onClose={() => setMaking(false)} />}
    </section>
  );
}

function Row({ subscription, scenario }: { subscription: Subscription; scenario: Scenario }) {
  const t = useWords(reportWords);
  const may = useMay();
  const cache = useQueryClient();
  const path = `/api/v1/report-subscriptions/${subscription.id}`;
  const sending = useQuery({
    queryKey: ['subscriptions', subscription.plant_id, subscription.id, subscription.version],
    queryFn: () => askAt<Sending>('GET', `${path}/sending`),
    refetchInterval: (one) => (one.state.data?.run_state === 'queued' || one.state.data?.run_state === 'running' ? 2_000 : false),
  });
  const refresh = () => void cache.invalidateQueries({ queryKey: ['subscriptions', subscription.plant_id] });
  const rest = useMutation({
    mutationFn: (paused: boolean) => askAt('PATCH', path, { body: { paused }, headers: { 'If-Match': etag(subscription.version) } }),
    onError: toastError,
    onSettled: refresh,
  });
  const send = useMutation({
    mutationFn: () => askAt('POST', `${path}/send`, { headers: { 'Idempotency-Key': idempotencyKey() } }),
    onSuccess: () => toast(t('onItsWay', { name: subscription.name })),
    onError: toastError,
    onSettled: refresh,
  });
  const why = may(`${KIND}.update`, subscription.plant_id) ? undefined : t('mayNotSubscribe');
  const { next_at: next, run_state: state, error } = sending.data ?? {};
  const failed = (error as { detail?: string } | null | undefined)?.detail;
  const about = subscription.scenario_id === null ? t('latestApproved') : subscription.scenario_id === scenario.id ? scenario.name : t('anotherScenario');
  return (
    <li>
      <div className="row">
        <a className="grow name" href={`/data/report-subscriptions/${subscription.id}`}>{subscription.name}</a>
        <IconButton label={t('sendNow')} size="small" icon={<Send size={14} />} why={why} busy={send.isPending} onClick={() => send.mutate()} />
        <Switch aria-label={t('active', { name: subscription.name })} checked={!subscription.paused} disabled={why !== undefined || rest.isPending} onChange={(active) => rest.mutate(!active)} />
      </div>
      <p className="small muted">
        {subscription.format.toUpperCase()} · {about}
        {next && <> · {t('next')} <Moment exact at={next} /></>}
      </p>
      {state === 'failed' && <p className="small"><Badge tone="danger">{t('failed')}</Badge> {failed}</p>}
    </li>
  );
}

function Making({ scenario, onClose }: { scenario: Scenario; onClose: () => void }) {
  const t = useWords(reportWords);
  const me = useMe();
  const cache = useQueryClient();
  const plants = usePlants();
  const zone = plants.find((plant) => plant.id === scenario.plant_id)?.time_zone ?? 'UTC';
  const [key] = useState(idempotencyKey);
  const [draft, setDraft] = useState({ name: '', of: 'approved', format: FORMATS[0] as string, report: 'executive', language: '', day: 'MON' as Day, time: '07:00', message: '' });
  const [people, setPeople] = useState<string[]>([me.id]);
  const set = (change: Partial<typeof draft>) => setDraft({ ...draft, ...change });
  const suggested = useQuery({
    queryKey: ['people', 'scenario', scenario.id],
    queryFn: () => askAt<{ items: { id: string; name: string }[] }>('GET', `/api/v1/people?about=scenario/${scenario.id}`),
  });
  const save = useMutation({
    mutationFn: () => askAt<Subscription>('POST', '/api/v1/report-subscriptions', {
      headers: { 'Idempotency-Key': key },
      body: {
        plant_id: scenario.plant_id, name: draft.name, scenario_id: draft.of === 'approved' ? null : scenario.id, format: draft.format, report: draft.report,
        language: draft.language || null, message: draft.message.trim() || null, recipients: people, cron: cronOf(draft.day, draft.time), time_zone: zone,
      },
    }),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ['subscriptions', scenario.plant_id] });
      toast(t('subscribed', { name: made.name }));
      onClose();
    },
  });
  const problem = save.error instanceof Problem ? save.error : null;
  const at = (pointer: string) => problem?.errors.find((one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`))?.detail;
  const isElsewhere = save.error && !problem?.errors.length;
  const days = daysOf(t);
  return (
    <Dialog title={t('subscribe')} onClose={onClose} onSubmit={() => save.mutate()}
      foot={<Button type="submit" look="primary" busy={save.isPending} why={draft.name.trim() ? undefined : t('nameFirst')}>{t('subscribe')}</Button>}>
      <div className="stack">
        {isElsewhere && <Notice tone="danger">{String((save.error as Error).message)}</Notice>}
        <Field label={t('name')} help={t('nameHelp')} error={at('/name')}><TextInput value={draft.name} maxLength={200} onChange={(name) => set({ name })} /></Field>
        <Field label={t('of')} error={at('/scenario_id')}>
          <Select value={draft.of} onChange={(of) => set({ of })} options={[{ value: 'approved', label: t('latestApproved') }, { value: 'this', label: scenario.name }]} />
        </Field>
        <div className="grid-2">
          <Field label={t('format')} error={at('/format')}><Select value={draft.format} onChange={(format) => set({ format })} options={FORMATS.map((value) => ({ value, label: t(value) }))} /></Field>
          {draft.format === 'pdf' && <Field label={t('extent')}><Select value={draft.report} onChange={(report) => set({ report })} options={[{ value: 'executive', label: t('executive') }, { value: 'plant', label: t('wholePlant') }]} /></Field>}
          <Field label={t('language')}><Select value={draft.language} empty={t('ownLanguage')} onChange={(language) => set({ language })} options={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} /></Field>
        </div>
        <div className="grid-2">
          <Field label={t('day')} error={at('/cron')}><Select value={draft.day} onChange={(day) => set({ day: day as Day })} options={DAYS.map((value) => ({ value, label: days[value] }))} /></Field>
          <Field label={t('time')} help={zone} error={at('/time_zone')}><TextInput type="time" required value={draft.time} onChange={(time) => set({ time })} /></Field>
        </div>
        <fieldset className="stack-s">
          <legend className="label">{t('recipients')}</legend>
          {suggested.data?.items.map((person) => (
            <Checkbox key={person.id} label={person.name} checked={people.includes(person.id)}
              onChange={(wanted) => setPeople(wanted ? [...people, person.id] : people.filter((id) => id !== person.id))} />
          ))}
          {at('/recipients') && <span className="error" role="alert">{at('/recipients')}</span>}
          <span className="help">{t('recipientsHelp')}</span>
        </fieldset>
        <Field label={t('message')}><TextArea rows={2} maxLength={1000} value={draft.message} onChange={(message) => set({ message })} /></Field>
      </div>
    </Dialog>
  );
}
