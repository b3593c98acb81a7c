/** What people say about a record. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { MessageSquare, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { askAt, sendTo, type Schemas } from '@/api/client';
import { useMe } from '@/api/session';
import { Button, ErrorView, IconButton, Panel, toast, toastError } from '@/ui';
import { useLanguage, useWords } from '@/words';
import { MentionInput } from './MentionInput';
import { encoded, partsOf, type Person } from './mentions';
import { recordsWords } from './records.words';
import { written } from './Value';
import { Who } from './Who';
import './records.css';

type Comment = Schemas['Comment'];

export function Comments({ kind, record, why }: { kind: { name: string; path: string }; record: { id: string }; why: string | undefined }) {
  const t = useWords(recordsWords);
  const language = useLanguage();
  const me = useMe();
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Person[]>([]);
  const key = ['records', kind.name, 'comments', record.id];
  const address = `/api/v1/${kind.path}/${record.id}/comments`;
  const query = useQuery({ queryKey: key, queryFn: () => askAt<{ items: Comment[] }>('GET', `${address}?limit=200`) });
  const say = useMutation({
    mutationFn: () => askAt('POST', address, { body: { body: encoded(text.trim(), chosen) } }),
    onSuccess: () => { setText(''); setChosen([]); void queries.invalidateQueries({ queryKey: key }); },
    onError: toastError,
  });
  const withdraw = useMutation({
    mutationFn: (comment: Comment) => sendTo('DELETE', `${address}/${comment.id}`, { headers: { 'If-Match': `"${comment.version}"` } }),
    onSuccess: () => { toast(t('deleted')); void queries.invalidateQueries({ queryKey: key }); },
    onError: toastError,
  });
  if (query.isError) return <ErrorView error={query.error} onRetry={() => void query.refetch()} />;
  const comments = query.data?.items ?? [];
  return (
    <Panel>
      {comments.length === 0 && query.isSuccess && <div className="empty" style={{ padding: 24 }}><MessageSquare size={24} /><p>{t('noComments')}</p></div>}
      {comments.map((comment) => (
        <div className="said" key={comment.id}>
          <div className="who">
            <strong><Who id={comment.created_by} bare /></strong>
            <time dateTime={comment.created_at}>{written(comment.created_at, { type: 'instant', choices: [] }, language)}</time>
            {comment.created_by === `user:${me.id}` && <IconButton className="end" size="small" label={t('delete')} icon={<Trash2 size={14} />} onClick={() => withdraw.mutate(comment)} />}
          </div>
          <p>{comment.body === null || comment.body === undefined ? <span className="faint">{t('withdrawn')}</span> : partsOf(comment.body, comment.mentions).map((part, at) => ('person' in part ? <span key={at} className="mention">@{part.person.name}</span> : part.text))}</p>
        </div>
      ))}
      <form className="stack-s" style={{ marginTop: 16 }} onSubmit={(event) => { event.preventDefault(); if (text.trim()) say.mutate(); }}>
        <MentionInput about={`${kind.name}/${record.id}`} label={t('writeComment')} value={text} onChange={setText} onChoose={(person) => setChosen((before) => [...before, person])} disabled={why !== undefined} />
        <div><Button type="submit" busy={say.isPending} why={why ?? (text.trim() ? undefined : t('required'))}>{t('comment')}</Button></div>
      </form>
    </Panel>
  );
}
