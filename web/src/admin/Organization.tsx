/** What holds for everybody in the organization: sessions and second factors. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/api/session';
import { Button, Checkbox, ErrorView, Field, Loading, Notice, NumberInput, Page, Panel, TextInput, messageOf, toast } from '@/ui';
import { useWords } from '@/words';
import { useRoles } from './places';
import { organizationWords } from './organization.words';
import './admin.css';

type Own = Schemas['OwnOrganization'];

export default function OrganizationPage() {
  const query = useQuery({ queryKey: ['organization'], queryFn: () => ask(api.GET('/api/v1/organization')) });
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <Loading />;
  return <Settings key={query.data.version} organization={query.data} />;
}

/** As somebody types it, with a comma or a point; nothing is no number. */
const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.')));

function Settings({ organization }: { organization: Own }) {
  const t = useWords(organizationWords);
  const may = useMay();
  const queries = useQueryClient();
  const roles = useRoles().filter((role) => !role.archived);
  const [name, setName] = useState(organization.name);
  const [idle, setIdle] = useState(String(organization.sessions.idle_s! / 3600));
  const [absolute, setAbsolute] = useState(String(organization.sessions.absolute_s! / 3600));
  const [concurrent, setConcurrent] = useState(String(organization.sessions.concurrent));
  const [perHour, setPerHour] = useState(organization.rate_limits.requests_per_hour == null ? '' : String(organization.rate_limits.requests_per_hour));
  const [fourEyes, setFourEyes] = useState(organization.planning.four_eyes ?? false);
  const [stepUp, setStepUp] = useState(String(organization.second_factor.step_up_s! / 60));
  const [factorRoles, setFactorRoles] = useState<string[]>(organization.second_factor.roles ?? []);
  const [passkeyRoles, setPasskeyRoles] = useState<string[]>(organization.second_factor.passkey_roles ?? []);
  const save = useMutation({
    mutationFn: () => askAt('PATCH', '/api/v1/organization', {
      headers: { 'If-Match': `"${organization.version}"` },
      body: {
        name: name.trim(),
        sessions: { ...organization.sessions, idle_s: Math.round(numberOf(idle) * 3600), absolute_s: Math.round(numberOf(absolute) * 3600), concurrent: Math.round(numberOf(concurrent)) },
        second_factor: { roles: factorRoles, passkey_roles: passkeyRoles, step_up_s: Math.round(numberOf(stepUp) * 60) },
        rate_limits: { ...organization.rate_limits, requests_per_hour: perHour.trim() === '' ? null : Math.round(numberOf(perHour)) },
        planning: { ...organization.planning, four_eyes: fourEyes },
      },
    }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['organization'] });
      void queries.invalidateQueries({ queryKey: ['me'] });
      toast(t('saved'));
    },
  });
  const numbers = { idle, absolute, concurrent, stepUp, ...(perHour.trim() === '' ? {} : { perHour }) };
  const bad = (text: string) => (Number.isFinite(numberOf(text)) ? undefined : t('notANumber'));
  const wrong = Object.values(numbers).some((text) => bad(text));
  const problem = save.error instanceof Problem ? save.error : null;
  const why = may('identity.organization.update') ? undefined : t('needsRight', { permission: 'identity.organization.update' });
  const choose = (list: string[], set: (list: string[]) => void, id: string) => (add: boolean) => set(add ? [...list, id] : list.filter((one) => one !== id));
  return (
    <Page title={t('organization')} about={t('organizationAbout')} actions={<Button look="primary" busy={save.isPending} why={why} onClick={() => !wrong && save.mutate()}>{t('save')}</Button>}>
      {save.error && <Notice tone="danger">{problem?.code === 'stale' ? t('stale') : messageOf(save.error)}{problem?.errors.map((one) => <div key={one.pointer}>{one.pointer}: {one.detail}</div>)}</Notice>}
      <div className="grid-2">
        <Panel title={t('organization')}>
          <div className="stack">
            <Field label={t('name')} error={problem?.at('/name')}><TextInput value={name} onChange={setName} /></Field>
            <Field label={t('slug')} help={t('slugHelp')}><TextInput value={organization.slug} readOnly /></Field>
          </div>
        </Panel>
        <Panel title={t('sessions')}>
          <div className="form-grid">
            <Field label={t('idle')} error={bad(idle) ?? problem?.at('/sessions/idle_s')}><NumberInput unit={t('hours')} value={idle} onChange={setIdle} /></Field>
            <Field label={t('absolute')} error={bad(absolute) ?? problem?.at('/sessions/absolute_s')}><NumberInput unit={t('hours')} value={absolute} onChange={setAbsolute} /></Field>
            <Field label={t('concurrent')} error={bad(concurrent) ?? problem?.at('/sessions/concurrent')}><NumberInput value={concurrent} onChange={setConcurrent} /></Field>
            <Field label={t('stepUp')} error={bad(stepUp) ?? problem?.at('/second_factor/step_up_s')}><NumberInput unit={t('minutes')} value={stepUp} onChange={setStepUp} /></Field>
          </div>
        </Panel>
        <Panel title={t('planning')}>
          <div className="stack-s">
            <Checkbox label={t('approvals')} checked={fourEyes} onChange={setFourEyes} />
            <p className="small muted">{t('approvalsHelp')}</p>
          </div>
        </Panel>
        <Panel title={t('rates')}>
          <Field label={t('perHour')} help={t('perHourHelp')} error={(perHour.trim() === '' ? undefined : bad(perHour)) ?? problem?.at('/rate_limits/requests_per_hour')}><NumberInput value={perHour} onChange={setPerHour} /></Field>
        </Panel>
        <Panel title={t('factorRoles')}>
          <div className="stack-s">{roles.map((role) => <Checkbox key={role.id} label={role.name} checked={factorRoles.includes(role.id)} onChange={choose(factorRoles, setFactorRoles, role.id)} />)}</div>
        </Panel>
        <Panel title={t('passkeyRoles')}>
          <div className="stack-s">{roles.map((role) => <Checkbox key={role.id} label={role.name} checked={passkeyRoles.includes(role.id)} onChange={choose(passkeyRoles, setPasskeyRoles, role.id)} />)}</div>
        </Panel>
      </div>
    </Page>
  );
}
