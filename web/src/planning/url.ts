/** What a page shows is in its address: filters, tabs, periods can be shared and come back with the back button. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export type Url = Record<string, string>;

/** Members of the address, as text; absent ones are ''. `set` leaves the others as they are; '' takes a member away. */
export function useUrl(): [(name: string, fallback?: string) => string, (patch: Url, options?: { push?: boolean }) => void] {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const get = useCallback((name: string, fallback = '') => (search[name] === undefined || search[name] === null ? fallback : String(search[name])), [search]);
  const set = useCallback(
    (patch: Url, options?: { push?: boolean }) => {
      void navigate({
        to: '.',
        replace: !options?.push,
        search: ((before: Record<string, unknown>) => {
          const after: Record<string, unknown> = { ...before };
          for (const [name, value] of Object.entries(patch)) {
            if (value === '') delete after[name];
            // Numbers are written without quotes.
            else after[name] = /^-?\d{1,15}$/.test(value) ? Number(value) : value;
          }
          return after;
        }) as never,
      });
    },
    [navigate],
  );
  return [get, set];
}
