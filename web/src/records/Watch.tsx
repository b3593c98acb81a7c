/** Being told when a record changes. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Eye, EyeOff } from 'lucide-react';
import { askAt } from '@/api/client';
import { Problem } from '@/api/problem';
import { IconButton, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import type { Kind } from './kinds';
import { recordsWords } from './records.words';

export function Watch({ kind, id }: { kind: Kind; id: string }) {
  const t = useWords(recordsWords);
  const queries = useQueryClient();
  const key = ['records', kind.name, 'watch', id];
  const address = `/api/v1/${kind.path}/${id}/watch`;
  const { data = null } = useQuery({
    queryKey: key,
    queryFn: () => askAt<{ watching: boolean }>('GET', address).then(({ watching }) => watching).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 404) return null;
      throw error;
    }),
    staleTime: 60_000,
  });
  const change = useMutation({
    mutationFn: (watch: boolean) => askAt(watch ? 'POST' : 'DELETE', address),
    onSuccess: (_, watch) => {
      queries.setQueryData(key, watch);
      if (watch) toast(t('watching'));
    },
    onError: toastError,
  });
  if (data === null) return null;
  return <IconButton label={t(data ? 'unwatch' : 'watch')} aria-pressed={data} icon={data ? <Eye size={16} /> : <EyeOff size={16} />} onClick={() => change.mutate(!data)} />;
}
