/** Addresses: one for each page of the registry, all inside the frame, all loaded lazily. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, type ErrorComponentProps } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { ErrorView, Loading } from '@/ui';
import { Problem } from '@/api/problem';
import { pages } from '@/pages/registry';
import { Frame } from './Frame';

const missing = new Problem({ title: 'Not Found', status: 404, code: 'unknown_address', detail: '' });

function Failed({ error, reset }: ErrorComponentProps) {
  // A chunk of an older version is gone after an update: the new page has it.
  if (/dynamically imported module|Importing a module/.test(String(error))) {
    const key = 'gemba.reloaded';
    const before = Number(sessionStorage.getItem(key) ?? 0);
    if (Date.now() - before > 10_000) {
      sessionStorage.setItem(key, String(Date.now()));
      location.reload();
    }
  }
  return <ErrorView error={error} onRetry={reset} />;
}

const root = createRootRoute({ component: Frame, notFoundComponent: () => <ErrorView error={missing} /> });

const routes = pages.map((page) =>
  createRoute({
    getParentRoute: () => root,
    path: page.path,
    component: lazyRouteComponent(page.load as () => Promise<{ default: ComponentType }>),
  }),
);

/** Addresses say `?sort=-name&area_id=…` as people write it: every value is a text. */
function readSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

function writeSearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? '' : `?${text.replace(/%5B/g, '[').replace(/%5D/g, ']').replace(/%2C/g, ',').replace(/%3A/g, ':')}`;
}

export const router = createRouter({
  parseSearch: readSearch,
  stringifySearch: writeSearch,
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultErrorComponent: Failed,
  defaultPendingComponent: () => <Loading />,
  defaultPendingMs: 200,
  scrollRestoration: true,
  scrollToTopSelectors: ['#content'],
});
