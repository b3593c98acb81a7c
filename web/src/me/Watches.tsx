/** The records that one is told of when they change. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { EyeOff } from 'lucide-react';
import { askAt, type Schemas } from '@/api/client';
import { recordAddress } from '@/pages/registry';
import { useKindWords } from '@/records/kind-words';
import { useKinds, type Kind } from '@/records/kinds';
import { useLabel } from '@/records/labels';
import { IconButton, Moment, Panel, Rows, toastError, useRows } from '@/ui';
import { useWords } from '@/words';
import { meWords } from './me.words';

type Watched = Schemas['Watched'];

export function Watches() {
  const t = useWords(meWords);
  const words = useKindWords();
  const queries = useQueryClient();
  const kinds = useKinds();
  const rows = useRows<Watched>(['me', 'watches'], '/api/v1/me/watches?limit=50');
  const kindOf = (one: Watched): Kind | undefined => kinds.find((kind) => kind.name === one.kind);
  const unwatch = useMutation({
    mutationFn: (one: Watched) => askAt('DELETE', `/api/v1/${kindOf(one)?.path ?? one.kind}/${one.id}/watch`),
    onSuccess: (_, one) => queries.setQueryData(['records', one.kind, 'watch', one.id], false),
    onError: toastError,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['me', 'watches'] }),
  });
  return (
    <Panel flush title={t('watches')}>
      <Rows
        of={rows} label={t('watches')} rowKey={(one) => one.subject} empty={<p className="muted" style={{ padding: '0 16px 16px' }}>{t('noWatches')}</p>}
        columns={[
          { title: t('record'), value: (one) => <Named of={one} kind={kindOf(one)} /> },
          { title: t('sort'), value: (one) => words(kindOf(one)?.title ?? one.kind) },
          { title: t('watchedSince'), value: (one) => <Moment at={one.since} /> },
          { title: t('actions'), actions: true, value: (one) => <IconButton size="small" label={t('unwatch')} icon={<EyeOff size={14} />} onClick={() => unwatch.mutate(one)} /> },
        ]}
      />
    </Panel>
  );
}

function Named({ of, kind }: { of: Watched; kind: Kind | undefined }) {
  const label = useLabel(of.kind, of.id) ?? `…${of.id.slice(-6)}`;
  return kind ? <Link className="name" to={recordAddress(kind, of.id, of.plant_id ?? null)}>{label}</Link> : <>{label}</>;
}
