/** Why somebody may do something, or may not: roles first, then policies, in the server's own words. */
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import { useState } from 'react';
import { api, ask, type Schemas } from '@/api/client';
import { usePlants } from '@/api/session';
import { Badge, Button, Dialog, ErrorView, Field, Loading, Select, TextInput } from '@/ui';
import { useWords } from '@/words';
import { explainWords } from './explain.words';
import { RoleName, Where } from './places';

export function ExplainDialog({ user, onClose }: { user: Schemas['User']; onClose: () => void }) {
  const t = useWords(explainWords);
  const plants = usePlants();
  const [action, setAction] = useState('');
  const [plant, setPlant] = useState('');
  const all = useQuery({ queryKey: ['permissions'], queryFn: () => ask(api.GET('/api/v1/permissions')), staleTime: Infinity }).data ?? [];
  const isKnown = all.some((one) => one.permission === action);
  const answer = useQuery({
    queryKey: ['explain', user.id, action, plant],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/authz/explain', { params: { query: { action, user_id: user.id, ...(plant ? { plant_id: plant } : {}) } }, signal })),
    enabled: isKnown,
    retry: false,
  });
  return (
    <Dialog title={t('explainOf', { name: user.name })} onClose={onClose} wide foot={<Button look="primary" onClick={onClose}>{t('close')}</Button>}>
      <div className="form-grid">
        <Field label={t('permission')} help={t('permissionHelp')}><TextInput list="all-permissions" value={action} onChange={setAction} autoComplete="off" spellCheck={false} /></Field>
        <Field label={t('place')}><Select value={plant} empty={t('organization')} options={plants.map((one) => ({ value: one.id, label: one.name }))} onChange={setPlant} /></Field>
      </div>
      <datalist id="all-permissions">{all.map((one) => <option key={one.permission} value={one.permission}>{one.title}</option>)}</datalist>
      {!isKnown ? <p className="muted">{t('chooseOne')}</p> : answer.isPending ? <Loading lines={3} /> : answer.error ? <ErrorView error={answer.error} onRetry={() => void answer.refetch()} /> : answer.data && <Because of={answer.data} />}
    </Dialog>
  );
}

function Because({ of }: { of: Schemas['Explanation'] }) {
  const t = useWords(explainWords);
  return (
    <div className="stack" aria-live="polite">
      <p className={`row ${of.allowed ? 'good' : 'bad'}`}>{of.allowed ? <CircleCheck size={18} /> : <CircleX size={18} />}<b>{t(of.allowed ? 'may' : 'mayNot')}</b></p>
      <p>{of.because}</p>
      <table className="table" aria-label={t('roles')}>
        <thead><tr><th scope="col">{t('role')}</th><th scope="col">{t('where')}</th><th scope="col">{t('holds')}</th></tr></thead>
        <tbody>
          {of.roles.map((role, at) => <tr key={at}><td><RoleName id={role.role} /></td><td><Where of={role} /></td><td>{role.holds ? <Badge tone="ok">{t('yes')}</Badge> : <span className="faint">{t('no')}</span>}</td></tr>)}
          {of.roles.length === 0 && <tr><td colSpan={3} className="muted">{t('noRoles')}</td></tr>}
        </tbody>
      </table>
      {of.policies.length > 0 && (
        <table className="table" aria-label={t('policies')}>
          <thead><tr><th scope="col">{t('policy')}</th><th scope="col">{t('forbids')}</th><th scope="col">{t('says')}</th></tr></thead>
          <tbody>{of.policies.map((one) => <tr key={one.policy}><td>{one.policy}</td><td>{one.forbids ? <Badge tone="danger">{t('yes')}</Badge> : <span className="faint">{t('no')}</span>}</td><td>{one.error ?? one.refusal ?? '–'}</td></tr>)}</tbody>
        </table>
      )}
    </div>
  );
}
