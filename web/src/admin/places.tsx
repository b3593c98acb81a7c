/** Roles, and where they count: the whole organization, a region, a plant. */
import { useQuery } from '@tanstack/react-query';
import { api, ask, askAt, type Schemas } from '@/api/client';
import { useMay, usePlants } from '@/api/session';
import { Field, Select, TextInput } from '@/ui';
import { useWords } from '@/words';
import { adminWords } from './admin.words';

export type Role = Schemas['Role'];

export function useRoles(): Role[] {
  const may = useMay()('identity.role.read');
  const { data = [] } = useQuery({ queryKey: ['roles'], queryFn: () => ask(api.GET('/api/v1/roles')), enabled: may, staleTime: 60_000 });
  return data;
}

interface Region {
  id: string;
  name: string;
}

function useRegions(): Region[] {
  const { data } = useQuery({ queryKey: ['records', 'region', 'all'], queryFn: () => askAt<{ items: Region[] }>('GET', '/api/v1/regions?limit=500&fields=name&sort=name'), retry: false });
  return data?.items ?? [];
}

export function RoleName({ id }: { id: string }) {
  return <>{useRoles().find((role) => role.id === id)?.name ?? id}</>;
}

/** `organization`, `region:…`, `plant:…`, in one control. */
export function Where({ of }: { of: { plant_id?: string | null; region_id?: string | null } }) {
  const t = useWords(adminWords);
  const plants = usePlants();
  const regions = useRegions();
  if (of.plant_id) return <>{plants.find((plant) => plant.id === of.plant_id)?.name ?? of.plant_id}</>;
  if (of.region_id) return <>{regions.find((region) => region.id === of.region_id)?.name ?? of.region_id}</>;
  return <>{t('wholeOrganization')}</>;
}

export interface Granting {
  role: string;
  where: string;
  until: string;
}

export const NO_GRANT: Granting = { role: '', where: '', until: '' };

/** As the server takes it. */
export function grantOf({ role, where, until }: Granting): Schemas['NewGrant'] {
  const [sort, id] = where.split(':');
  return {
    role,
    ...(sort === 'plant' && id ? { plant_id: id } : {}),
    ...(sort === 'region' && id ? { region_id: id } : {}),
    ...(until ? { expires_at: new Date(`${until}T23:59:59`).toISOString() } : {}),
  };
}

export function GrantFields({ value, onChange, withUntil, optional }: { value: Granting; onChange: (value: Granting) => void; withUntil?: boolean; optional?: boolean }) {
  const t = useWords(adminWords);
  const roles = useRoles().filter((role) => !role.archived);
  const plants = usePlants();
  const regions = useRegions();
  const places = [
    ...regions.map((region) => ({ value: `region:${region.id}`, label: `${t('region')}: ${region.name}` })),
    ...plants.map((plant) => ({ value: `plant:${plant.id}`, label: `${t('plant')}: ${plant.name}` })),
  ];
  const chosen = roles.find((role) => role.id === value.role);
  return (
    <div className="form-grid">
      <Field label={t('role')} {...(chosen?.description ? { help: chosen.description } : {})}>
        <Select value={value.role} onChange={(role) => onChange({ ...value, role })} empty={optional ? t('none') : ''} options={roles.map((role) => ({ value: role.id, label: role.name }))} />
      </Field>
      <Field label={t('where')}>
        <Select value={value.where} onChange={(where) => onChange({ ...value, where })} empty={t('wholeOrganization')} options={places} />
      </Field>
      {withUntil && (
        <Field label={t('until')} help={value.until ? undefined : t('forEver')}>
          <TextInput type="date" value={value.until} onChange={(until) => onChange({ ...value, until })} />
        </Field>
      )}
    </div>
  );
}
