/** A plain table of what was asked page by page: loading, failure and emptiness included. */
import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { askAt } from '@/api/client';
import { useWords } from '@/words';
import { Button } from './controls';
import { ErrorView, Loading } from './show';
import { uiWords } from './ui.words';

export interface RowColumn<T> {
  title: ReactNode;
  value: (row: T) => ReactNode;
  num?: boolean;
  /** Buttons at the end of the row. */
  actions?: boolean;
}

export function useRows<T>(queryKey: QueryKey, path: string) {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam }) => {
      const address = pageParam ? `${path}${path.includes('?') ? '&' : '?'}cursor=${pageParam}` : path;
      const answer = await askAt<{ items: T[]; next_cursor?: string | null } | T[]>('GET', address);
      return Array.isArray(answer) ? { items: answer, next_cursor: null } : answer;
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? null,
  });
  return { ...query, rows: query.data?.pages.flatMap((page) => page.items) ?? [] };
}

type RowsQuery<T> = Pick<ReturnType<typeof useRows<T>>, 'rows' | 'isPending' | 'isError' | 'error' | 'refetch' | 'hasNextPage' | 'fetchNextPage' | 'isFetchingNextPage'>;

export interface RowsProps<T> {
  of: RowsQuery<T>;
  columns: RowColumn<T>[];
  label: string;
  empty: ReactNode;
  rowKey: (row: T) => string;
  /** Which rows; all where nothing is said. */
  only?: (row: T) => boolean;
}

export function Rows<T>({ of, columns, label, empty, rowKey, only }: RowsProps<T>) {
  const t = useWords(uiWords);
  if (of.isPending) return <Loading />;
  if (of.isError) return <ErrorView error={of.error} onRetry={() => void of.refetch()} />;
  const rows = only ? of.rows.filter(only) : of.rows;
  if (rows.length === 0 && !of.hasNextPage) return <>{empty}</>;
  return (
    <>
      <div className="table-scroll">
        <table className="table" aria-label={label}>
          <thead>
            <tr>
              {columns.map((column, at) => (
                <th key={at} scope="col" className={column.num ? 'num' : ''}>{column.actions ? <span className="sr-only">{column.title}</span> : column.title}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map((column, at) => (
                  <td key={at} className={`${column.num ? 'num' : ''} ${column.actions ? 'actions' : ''}`}>{column.value(row)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {of.hasNextPage && (
        <div style={{ padding: 10 }}>
          <Button size="small" busy={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>{t('more')}</Button>
        </div>
      )}
    </>
  );
}
