/** Of what somebody is told, and how. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask, type Schemas } from '@/api/client';
import { Checkbox, ErrorView, Field, Loading, Panel, Select, TextInput, toastError } from '@/ui';
import { useWords } from '@/words';
import { meWords } from './me.words';

type Preferences = Schemas['Preferences'];
type Change = Schemas['PreferencesChange'];

const KEY = ['me', 'told'];
const WAYS = ['at_once', 'daily', 'off'] as const;

export function Told() {
  const t = useWords(meWords);
  const query = useQuery({ queryKey: KEY, queryFn: () => ask(api.GET('/api/v1/me/notification-preferences')) });
  return (
    <Panel flush title={t('told')}>
      <p className="muted" style={{ padding: '12px 16px' }}>{t('toldText')}</p>
      {query.isError ? <ErrorView error={query.error} onRetry={() => void query.refetch()} /> : query.data ? <Topics told={query.data} /> : <Loading lines={5} />}
    </Panel>
  );
}

function Topics({ told }: { told: Preferences }) {
  const t = useWords(meWords);
  const queries = useQueryClient();
  const [at, setAt] = useState(told.daily_at);
  const [zone, setZone] = useState(told.time_zone);
  const change = useMutation({
    mutationFn: (body: Change) => ask(api.PATCH('/api/v1/me/notification-preferences', { body })),
    onSuccess: (now) => queries.setQueryData(KEY, now),
    onError: (error) => { toastError(error); void queries.invalidateQueries({ queryKey: KEY }); },
  });
  const zones = [...new Set([told.time_zone, ...Intl.supportedValuesOf('timeZone')])];
  return (
    <>
      <div className="table-scroll">
        <table className="table" aria-label={t('told')}>
          <thead><tr><th scope="col">{t('topic')}</th><th scope="col">{t('inbox')}</th><th scope="col">{t('mail')}</th></tr></thead>
          <tbody>
            {told.topics.map((one) => (
              <tr key={one.topic} title={one.fixed ? t('fixed') : undefined}>
                <th scope="row">{one.title}</th>
                <td><Checkbox label={<span className="sr-only">{one.title}: {t('inbox')}</span>} checked={one.in_app} disabled={one.fixed} onChange={(in_app) => change.mutate({ topics: [{ topic: one.topic, in_app }] })} /></td>
                <td><Select aria-label={`${one.title}: ${t('mail')}`} value={one.mail} disabled={one.fixed} onChange={(mail) => change.mutate({ topics: [{ topic: one.topic, mail: mail as (typeof WAYS)[number] }] })} options={WAYS.map((way) => ({ value: way, label: t(way) }))} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="form-grid" style={{ padding: 16 }}>
        <Field label={t('dailyAt')} error={/^([01]\d|2[0-3]):[0-5]\d$/.test(at) ? undefined : t('noTimes')}><TextInput type="time" value={at} onChange={setAt} onBlur={() => at !== told.daily_at && change.mutate({ daily_at: at })} /></Field>
        <Field label={t('zone')}><Select value={zone} onChange={(next) => { setZone(next); change.mutate({ time_zone: next }); }} options={zones.map((one) => ({ value: one, label: one.replaceAll('_', ' ') }))} /></Field>
      </div>
    </>
  );
}
