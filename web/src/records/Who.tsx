/** Who did something: `user:…`, `key:…`, `system:…` as a name, as far as the reader may know it. */
import { useQuery } from '@tanstack/react-query';
import { api, ask } from '@/api/client';
import { useMay, useMe } from '@/api/session';
import { useWords } from '@/words';
import { recordsWords } from './records.words';

/** The name behind `user:…`; null where it cannot be known. */
export function useWho(id: string): string {
  const me = useMe();
  const may = useMay()('identity.user.read');
  const [sort, key = ''] = [id.split(':', 1)[0], id.slice(id.indexOf(':') + 1)];
  const isOther = sort === 'user' && key !== me.id;
  const { data } = useQuery({
    queryKey: ['users', 'name', key],
    queryFn: async () => (await ask(api.GET('/api/v1/users/{id}', { params: { path: { id: key } } }))).name,
    enabled: may && isOther,
    staleTime: Infinity,
    retry: false,
  });
  if (sort === 'user') return key === me.id ? me.name : data ?? `…${key.slice(-6)}`;
  if (sort === 'system') return `Gemba (${key})`;
  return sort === 'key' ? `API ${key.slice(-6)}` : id;
}

export function Who({ id, bare }: { id: string; bare?: boolean }) {
  const t = useWords(recordsWords);
  const name = useWho(id);
  return bare ? <>{name}</> : <span className="faint">{t('by', { name })}</span>;
}
