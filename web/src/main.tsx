/** The app: who is signed in is asked first; who is not goes to the sign-in page and comes back. Without a connection it begins with what was kept. */
import '@/ui/font.css';
import '@/ui/tokens.css';
import '@/ui/base.css';
import '@/ui/ui.css';
import '@/shell/shell.css';
import { applyPreferences } from '@/shell/preferences';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { meQuery, permissionsQuery, plantsQuery } from '@/api/session';
import { Problem } from '@/api/problem';
import { cache } from '@/api/cache';
import { goLive } from '@/api/live';
import { forgetPlans, keepFor } from '@/offline/kept';
import { watchPerson } from '@/offline/person';
import { onReached } from '@/offline/reach';
import '@/offline/install';
import { keepOffline } from '@/offline/updates';
import { offerUpdate } from '@/shell/update';
import { setLanguage } from '@/words';
import { Fatal } from '@/shell/Fatal';
import { router } from '@/shell/router';

applyPreferences();

const element = document.getElementById('app');
if (!element) throw new Error('the page has no place for the app');
const root = createRoot(element);

function toSignIn(): void {
  const here = location.pathname + location.search;
  location.replace(`/sign-in${here === '/' ? '' : `?next=${encodeURIComponent(here)}`}`);
}

try {
  const [me] = await Promise.all([cache.fetchQuery(meQuery), cache.fetchQuery(permissionsQuery), cache.prefetchQuery(plantsQuery)]);
  if (!localStorage.getItem('gemba.language')) setLanguage(me.locale);
  await keepFor(me.id).catch(() => undefined);
  watchPerson(me.id);
  onReached(() => void cache.invalidateQueries());
  goLive(cache);
  root.render(
    <StrictMode>
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
  keepOffline(offerUpdate);
} catch (error) {
  // A second factor that is due, or a password to be changed, is the sign-in page's to ask for.
  if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
    if (error.status === 401) await forgetPlans().catch(() => undefined);
    toSignIn();
  } else root.render(<Fatal error={error} />);
}
