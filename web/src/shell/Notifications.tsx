/** What concerns this person: how much is new, what it is, and the way there. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Bell } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { askAt } from '@/api/client';
import { onEvent } from '@/api/live';
import { Problem } from '@/api/problem';
import { addressOf, recordAddress } from '@/pages/registry';
import { Button, IconButton, Loading, MenuList, Moment, toastError } from '@/ui';
import { useWords } from '@/words';
import { shellWords } from './shell.words';

interface Notification {
  id: string;
  text: string;
  subject: string | null;
  address: string | null;
  plant_id: string | null;
  count: number;
  occurred_at: string;
  read_at: string | null;
}

const COUNT = ['notifications', 'unread'];

/** How many are unread; null where the server keeps no inbox. */
function useUnread(): number | null {
  const queries = useQueryClient();
  const { data = null } = useQuery({
    queryKey: COUNT,
    queryFn: () => askAt<{ unread: number }>('GET', '/api/v1/me/notifications/unread-count').then(({ unread }) => unread).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }),
    staleTime: 120_000,
    refetchInterval: (query) => (query.state.data === null ? false : 300_000),
  });
  useEffect(() => onEvent((event) => {
    if (event.type !== 'gemba.notification.changed') return;
    queries.setQueryData(COUNT, (event.data as { unread: number }).unread);
    void queries.invalidateQueries({ queryKey: ['notifications', 'list'] });
  }), [queries]);
  return data;
}

/** `/api/v1/lines/…` → the page of that line; what is no record may have a page all the same. */
function pageOf(one: Notification): string | null {
  const [kind = '', subject = ''] = one.subject?.split('/') ?? [];
  if (!one.address) return addressOf(kind, subject, one.plant_id);
  const [, path, id] = /^\/api\/v1\/([a-z-]+)\/([0-9a-f-]{36})$/.exec(one.address) ?? [];
  if (!path || !id) return null;
  if (path === 'runs') return `/runs/${id}`;
  if (path === 'webhooks') return `/admin/webhooks/${id}`;
  return recordAddress({ name: kind, path }, id, one.plant_id);
}

export function Notifications() {
  const t = useWords(shellWords);
  const unread = useUnread();
  const anchor = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  if (unread === null) return null;
  return (
    <div ref={anchor} className="bell" style={{ position: 'relative', display: 'inline-flex' }}>
      <IconButton label={unread > 0 ? t('unreadN', { n: unread }) : t('inbox')} icon={<Bell size={17} />} aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)} />
      {unread > 0 && <span className="count" aria-hidden="true">{unread > 99 ? '99+' : unread}</span>}
      {open && <MenuList anchor={anchor} align="end" label={t('inbox')} onClose={() => setOpen(false)}><Inbox onGo={() => setOpen(false)} /></MenuList>}
    </div>
  );
}

function Inbox({ onGo }: { onGo: () => void }) {
  const t = useWords(shellWords);
  const queries = useQueryClient();
  const { data } = useQuery({ queryKey: ['notifications', 'list'], queryFn: () => askAt<{ items: Notification[] }>('GET', '/api/v1/me/notifications?limit=20') });
  const told = () => void queries.invalidateQueries({ queryKey: ['notifications'] });
  const read = useMutation({ mutationFn: (one: Notification) => askAt('POST', `/api/v1/me/notifications/${one.id}/read`), onSuccess: told });
  const readAll = useMutation({ mutationFn: () => askAt('POST', '/api/v1/me/notifications/read-all', { body: { until: data?.items[0]?.occurred_at } }), onSuccess: told, onError: toastError });
  const see = (one: Notification) => () => {
    if (!one.read_at) read.mutate(one);
    onGo();
  };
  return (
    <div className="tray">
      <div className="row" style={{ padding: '2px 10px 8px' }}>
        <strong className="grow">{t('inbox')}</strong>
        {data?.items.some((one) => !one.read_at) && <Button size="small" look="ghost" busy={readAll.isPending} onClick={() => readAll.mutate()}>{t('readAll')}</Button>}
      </div>
      {!data && <Loading lines={3} />}
      {data?.items.length === 0 && <p className="muted" style={{ padding: '4px 10px 12px' }}>{t('nothingNew')}</p>}
      {data?.items.map((one) => {
        const to = pageOf(one);
        const inside = <>{one.text}{one.count > 1 && ` (${one.count})`}<div className="small faint"><Moment at={one.occurred_at} /></div></>;
        const look = `notice-row ${one.read_at ? '' : 'unread'}`;
        return to ? <Link key={one.id} className={look} to={to} onClick={see(one)}>{inside}</Link> : <button key={one.id} type="button" className={`plain ${look}`} onClick={see(one)}>{inside}</button>;
      })}
    </div>
  );
}
