/** Saved views: a list as somebody arranged it, for oneself or for everybody. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Bookmark, BookmarkPlus, ChevronDown, Save, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import { api, ask, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { Button, Checkbox, Dialog, Field, Menu, MenuItem, TextInput, messageOf, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import type { Kind } from './kinds';
import { useKindWords } from './kind-words';
import { recordsWords } from './records.words';
import { useListSearch, type Search } from './search';

type View = Schemas['SavedView'];

const queryOf = (view: View): Search => Object.fromEntries(Object.entries(view.query as Record<string, unknown>).map(([name, value]) => [name, String(value)]));

export function Views({ kind }: { kind: Kind }) {
  const t = useWords(recordsWords);
  const words = useKindWords();
  const me = useMe();
  const queries = useQueryClient();
  const [search, , replace] = useListSearch();
  const [saving, setSaving] = useState(false);
  const [opened, setOpened] = useState(false);
  const { data: views = [] } = useQuery({
    queryKey: ['saved-views', kind.name],
    queryFn: async () => (await ask(api.GET('/api/v1/saved-views', { params: { query: { kind: kind.name } as never } }))).items as View[],
    enabled: opened || Boolean(search.named),
  });
  const current = views.find((view) => view.id === search.named);
  const told = () => void queries.invalidateQueries({ queryKey: ['saved-views', kind.name] });
  const { named: _, ...arranged } = search;
  const update = useMutation({
    mutationFn: (view: View) => ask(api.PUT('/api/v1/saved-views/{id}', { params: { path: { id: view.id }, header: { 'If-Match': `"${view.version}"` } as never }, body: { kind: kind.name, name: view.name, shared: view.shared, query: arranged } })),
    onSuccess: () => { told(); toast(t('viewSaved')); },
    onError: toastError,
  });
  const remove = useMutation({
    mutationFn: (view: View) => ask(api.DELETE('/api/v1/saved-views/{id}', { params: { path: { id: view.id }, header: { 'If-Match': `"${view.version}"` } as never } })),
    onSuccess: () => { told(); replace(arranged); toast(t('viewDeleted')); },
    onError: toastError,
  });
  const isMine = (view: View) => view.created_by === `user:${me.id}`;
  return (
    <>
      <Menu align="end" onOpen={() => setOpened(true)} button={{ look: 'ghost', icon: <Bookmark size={15} />, label: t('views'), children: current ? <>{current.name}<ChevronDown size={14} /></> : undefined }}>
        <MenuItem checked={!current} onSelect={() => replace({})}>{t('allRecords', { plural: words(kind.plural) })}</MenuItem>
        {views.map((view) => (
          <MenuItem key={view.id} checked={view.id === search.named} hint={view.shared ? <Users size={13} /> : undefined} onSelect={() => replace({ ...queryOf(view), named: view.id })}>{view.name}</MenuItem>
        ))}
        <hr />
        <MenuItem icon={<BookmarkPlus size={15} />} onSelect={() => setSaving(true)}>{t('saveView')}</MenuItem>
        {current && isMine(current) && <MenuItem icon={<Save size={15} />} onSelect={() => update.mutate(current)}>{t('updateView', { name: current.name })}</MenuItem>}
        {current && isMine(current) && <MenuItem danger icon={<Trash2 size={15} />} onSelect={() => remove.mutate(current)}>{t('deleteView')}</MenuItem>}
      </Menu>
      {saving && <SaveView kind={kind} query={arranged} onClose={() => setSaving(false)} onSaved={(view) => { told(); replace({ ...arranged, named: view.id }); }} />}
    </>
  );
}

function SaveView({ kind, query, onClose, onSaved }: { kind: Kind; query: Search; onClose: () => void; onSaved: (view: View) => void }) {
  const t = useWords(recordsWords);
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const save = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/saved-views', { body: { kind: kind.name, name: name.trim(), shared, query } })),
    onSuccess: (view) => { toast(t('viewSaved')); onSaved(view as View); onClose(); },
  });
  return (
    <Dialog title={t('saveView')} onClose={onClose} onSubmit={() => name.trim() && save.mutate()}
      foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" busy={save.isPending} why={name.trim() ? undefined : t('required')}>{t('save')}</Button></>}>
      <Field label={t('viewName')} {...(save.error ? { error: messageOf(save.error) } : {})}><TextInput autoFocus value={name} onChange={setName} maxLength={200} /></Field>
      <Checkbox label={t('share')} checked={shared} onChange={setShared} />
    </Dialog>
  );
}
