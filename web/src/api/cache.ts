/** What was asked is kept for half a minute, and shown while it is asked again. A refusal is not asked twice. */
import { QueryClient } from '@tanstack/react-query';
import { Unreachable } from './problem';

export const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (count, error) => error instanceof Unreachable && count < 2,
    },
    mutations: { retry: false },
  },
});
