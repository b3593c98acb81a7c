/** Where somebody was lately, for the palette. Kept in the browser. */
import { useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';

const RECENT = 'gemba.recent';

export interface Visit {
  to: string;
  title: string;
}

export const visits = (): Visit[] => {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? '[]') as Visit[];
  } catch {
    return [];
  }
};

/** Remembers where somebody was, by the page's title. */
export function useRemember(): void {
  const href = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    // The title is set by the page once it is drawn.
    const timer = setTimeout(() => {
      const title = document.title.replace(/ · Gemba$/, '');
      if (href === '/' || title === 'Gemba') return;
      const rest = visits().filter((visit) => visit.to !== href);
      localStorage.setItem(RECENT, JSON.stringify([{ to: href, title }, ...rest].slice(0, 12)));
    }, 1500);
    return () => clearTimeout(timer);
  }, [href]);
}
