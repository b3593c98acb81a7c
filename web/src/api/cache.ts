/** What was asked is kept for half a minute, and shown while it is asked again. A refusal is not asked twice. Without a network all is asked all the same: what was kept answers. */
import { QueryClient } from '@tanstack/react-query';
import { Unreachable } from './problem';

export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      networkMode: 'always',
      retry: (count, error) => error instanceof Unreachable && count < 2,
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});
