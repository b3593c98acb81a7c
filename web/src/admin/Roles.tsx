/** Roles and what they allow; own ones are made of single permissions. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Search } from 'lucide-react';
import { useState } from 'react';
import { api, ask, type Schemas } from '@/api/client';
import { useMay } from '@/api/session';
import { useListSearch } from '@/records/search';
import { Badge, Button, Checkbox, Dialog, Field, Loading, Notice, Page, Select, TextArea, TextInput, messageOf, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { adminWords } from './admin.words';
import { useRoles, type Role } from './places';
import './admin.css';

type Permission = Schemas['PermissionEntry'];

function usePermissions(): Permission[] {
  return useQuery({ queryKey: ['permissions'], queryFn: () => ask(api.GET('/api/v1/permissions')), staleTime: Infinity }).data ?? [];
}

export default function Roles() {
  const t = useWords(adminWords);
  const may = useMay();
  const roles = useRoles();
  const [search, change] = useListSearch();
  const [editing, setEditing] = useState<Role | 'new' | null>(null);
  const chosen = roles.find((role) => role.id === search.role) ?? roles[0];
  const why = may('identity.role.create') ? undefined : t('why', { permission: 'identity.role.create' });
  return (
    <Page title={t('roles')} about={t('rolesAbout')} actions={<Button data-key="n" look="primary" icon={<Plus size={16} />} why={why} onClick={() => setEditing('new')}>{t('newRole')}</Button>}>
      {roles.length === 0 ? <Loading /> : (
        <div className="split">
          <nav className="panel split-list" aria-label={t('roles')}>
            {roles.map((role) => (
              <button key={role.id} type="button" className={role.id === chosen?.id ? 'active' : ''} aria-current={role.id === chosen?.id} onClick={() => change({ role: role.id })}>
                <span className="grow">{role.name}</span>
                {!role.built_in && <Badge tone="accent">{t('ownRoles')}</Badge>}
                {role.archived && <Badge tone="warn">{t('archived')}</Badge>}
                <span className="faint tabular small">{role.permissions.length}</span>
              </button>
            ))}
          </nav>
          {chosen && <Allows key={chosen.id} role={chosen} onEdit={() => setEditing(chosen)} />}
        </div>
      )}
      {editing && <RoleForm role={editing === 'new' ? null : editing} onClose={() => setEditing(null)} onSaved={(role) => change({ role: role.id })} />}
    </Page>
  );
}

/** `factory.line.update` → `factory.line`. */
const subjectOf = (permission: string): string => permission.split('.').slice(0, -1).join('.');
const verbOf = (permission: string): string => permission.split('.').at(-1)?.replaceAll('_', ' ') ?? '';

function grouped(list: string[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const permission of list) groups.set(subjectOf(permission), [...(groups.get(subjectOf(permission)) ?? []), permission]);
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

function Allows({ role, onEdit }: { role: Role; onEdit: () => void }) {
  const t = useWords(adminWords);
  const may = useMay();
  const queries = useQueryClient();
  const all = usePermissions();
  const sensitive = new Set(all.filter((one) => one.sensitive).map((one) => one.permission));
  const archive = useMutation({
    mutationFn: () => ask(role.archived
      ? api.POST('/api/v1/roles/{id}/restore', { params: { path: { id: role.id }, header: { 'If-Match': `"${role.version}"` } as never } })
      : api.POST('/api/v1/roles/{id}/archive', { params: { path: { id: role.id }, header: { 'If-Match': `"${role.version}"` } as never } })),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ['roles'] }),
    onError: toastError,
  });
  return (
    <section className="panel">
      <div className="head">
        <h2 className="grow">{role.name}</h2>
        {role.built_in ? <Badge>{t('builtIn')}</Badge> : (
          <>
            <Button size="small" why={may('identity.role.archive') ? undefined : t('why', { permission: 'identity.role.archive' })} onClick={() => archive.mutate()}>{t(role.archived ? 'restore' : 'archive')}</Button>
            <Button size="small" why={may('identity.role.update') ? undefined : t('why', { permission: 'identity.role.update' })} onClick={onEdit}>{t('edit')}</Button>
          </>
        )}
      </div>
      <div className="body stack">
        {role.description && <p className="muted">{role.description}</p>}
        <table className="table permissions" aria-label={t('permissions')}>
          <tbody>
            {grouped(role.permissions).map(([subject, list]) => (
              <tr key={subject}>
                <th scope="row"><code>{subject}</code></th>
                <td><span className="verbs">{list.map((permission) => <Badge key={permission} tone={sensitive.has(permission) ? 'warn' : undefined}>{verbOf(permission)}</Badge>)}</span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function RoleForm({ role, onClose, onSaved }: { role: Role | null; onClose: () => void; onSaved: (role: Role) => void }) {
  const t = useWords(adminWords);
  const queries = useQueryClient();
  const roles = useRoles();
  const all = usePermissions();
  const [name, setName] = useState(role?.name ?? '');
  const [description, setDescription] = useState(role?.description ?? '');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(role?.permissions ?? []));
  const [find, setFind] = useState('');
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), description: description.trim() || null, permissions: [...chosen].sort() };
      return role
        ? ask(api.PUT('/api/v1/roles/{id}', { params: { path: { id: role.id }, header: { 'If-Match': `"${role.version}"` } }, body }))
        : ask(api.POST('/api/v1/roles', { body }));
    },
    onSuccess: (saved) => { toast(t('roleSaved')); void queries.invalidateQueries({ queryKey: ['roles'] }); onSaved(saved); onClose(); },
  });
  const wanted = find.trim().toLowerCase();
  const shown = all.filter((one) => !wanted || `${one.permission} ${one.title}`.toLowerCase().includes(wanted));
  const titles = new Map(all.map((one) => [one.permission, one]));
  const toggle = (list: string[], add: boolean) => setChosen((now) => {
    const next = new Set(now);
    for (const one of list) add ? next.add(one) : next.delete(one);
    return next;
  });
  return (
    <Dialog side wide title={role ? `${t('edit')}: ${role.name}` : t('newRole')} onClose={onClose} onSubmit={() => name.trim() && save.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={save.isPending} why={name.trim() ? undefined : t('required')}>{t('save')}</Button></>}>
      {save.error && <Notice tone="danger">{messageOf(save.error)}</Notice>}
      <div className="form-grid">
        <Field label={t('name')}><TextInput value={name} onChange={setName} maxLength={100} /></Field>
        {!role && <Field label={t('copyOf')}><Select empty={t('nothing')} onChange={(id) => setChosen(new Set(roles.find((one) => one.id === id)?.permissions ?? []))} options={roles.map((one) => ({ value: one.id, label: one.name }))} /></Field>}
        <Field className="whole" label={t('description')}><TextArea value={description} onChange={setDescription} /></Field>
      </div>
      <div className="with-icon"><Search size={15} /><TextInput type="search" aria-label={t('findPermission')} placeholder={t('findPermission')} value={find} onChange={setFind} /></div>
      <div className="stack-s">
        {grouped(shown.map((one) => one.permission)).map(([subject, list]) => {
          const held = list.filter((one) => chosen.has(one)).length;
          return (
            <fieldset key={subject} className="permission-group">
              <legend><Checkbox label={<code>{subject}</code>} checked={held === list.length} mixed={held > 0 && held < list.length} onChange={(add) => toggle(list, add)} /></legend>
              <div className="choices">
                {list.map((one) => (
                  <Checkbox key={one} checked={chosen.has(one)} onChange={(add) => toggle([one], add)} label={<>{titles.get(one)?.title ?? verbOf(one)} {titles.get(one)?.sensitive && <Badge tone="warn">{t('sensitive')}</Badge>}</>} />
                ))}
              </div>
            </fieldset>
          );
        })}
      </div>
    </Dialog>
  );
}
