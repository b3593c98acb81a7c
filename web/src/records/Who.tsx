/** Who did something: `user:…`, `key:…`, `system:…` as a name. */
import { useNames } from '@/api/names';
import { useMe } from '@/api/session';
import { useWords } from '@/words';
import { recordsWords } from './records.words';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What actors of records, histories and plans are called; the end of the identifier while it is asked for, and where nobody knows it any more. */
export function usePeople(): (actor: string | null | undefined) => string {
  const me = useMe();
  const nameOf = useNames();
  return (actor) => {
    if (!actor) return '';
    const [sort, key = ''] = [actor.split(':', 1)[0], actor.slice(actor.indexOf(':') + 1)];
    // What is no identifier would make the question wrong for all others of the page.
    const name = (sort === 'user' || sort === 'key') && key !== me.id && ID.test(key) ? nameOf(actor) : null;
    if (sort === 'system') return `Gemba (${key})`;
    if (sort === 'user') return key === me.id ? me.name : (name ?? `…${key.slice(-6)}`);
    return sort === 'key' ? (name ?? `API …${key.slice(-6)}`) : actor;
  };
}

export const useWho = (actor: string): string => usePeople()(actor);

export function Who({ id, bare }: { id: string; bare?: boolean }) {
  const t = useWords(recordsWords);
  const name = useWho(id);
  return bare ? <>{name}</> : <span className="faint">{t('by', { name })}</span>;
}
