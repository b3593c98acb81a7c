/**
 * A session that has ended, or a second factor that is due again, is asked for in place: the page below stays as it is, and what was sent goes out
 * afterwards.
 */
import { lazy, Suspense, useEffect, useState } from 'react';
import { cache } from '@/api/cache';
import { onSessionLost, setCsrfToken } from '@/api/client';
import { meQuery } from '@/api/session';
import type { Problem } from '@/api/problem';
import { whoAmI } from './who-am-i';

const AskAgain = lazy(() => import('./AskAgain').then((part) => ({ default: part.AskAgain })));

interface Pending {
  problem: Problem;
  done: () => void;
  giveUp: () => void;
}

export function Regain() {
  const [pending, setPending] = useState<Pending | null>(null);
  useEffect(() => {
    onSessionLost(async (problem) => {
      const now = await whoAmI();
      // Another tab signed in again, or the token has changed.
      const isProof = problem.code === 'step_up_required' || problem.code === 'second_factor_required';
      if (now && !isProof) {
        // Somebody else signed in: what is shown here is not theirs.
        if (now.id !== cache.getQueryData(meQuery.queryKey)?.id) return location.replace('/');
        setCsrfToken(now.csrf_token ?? '');
        return;
      }
      await new Promise<void>((resolve, reject) => setPending({ problem, done: resolve, giveUp: () => reject(problem) }));
    });
  }, []);
  if (!pending) return null;
  const end = (how: () => void) => () => {
    setPending(null);
    how();
  };
  return <Suspense><AskAgain problem={pending.problem} onDone={end(pending.done)} onGiveUp={end(pending.giveUp)} /></Suspense>;
}
