/** What every step of the terminal knows and can do. */
import { createContext, useContext } from 'react';
import type { Entry, Said } from './model/said';
import type { JobView, View } from './model/view';
import type { OperatorFacts, Work } from './model/work';
import type { Station, StationState } from './station';

/** Where the terminal is; one screen each. */
export type Place =
  | { at: 'people' }
  | { at: 'pin'; operator: string; badge: string | null }
  | { at: 'jobs' }
  | { at: 'job'; job: string }
  | { at: 'count'; job: string }
  | { at: 'reason'; job: string; category: 'scrap' | 'rework' }
  | { at: 'finish'; job: string }
  | { at: 'material'; job: string; code?: string }
  | { at: 'machine'; job: string }
  | { at: 'steps'; job: string }
  | { at: 'stop'; line: string | null; stop?: string }
  | { at: 'help' }
  | { at: 'news' };

export interface TerminalHere {
  station: Station;
  state: StationState;
  work: Work;
  view: View;
  operator: OperatorFacts | null;
  /** Lines that are looked at. */
  lines: ReadonlySet<string>;
  place: Place;
  go: (place: Place) => void;
  /** Keeps it, tells so, and offers to take it back where it is held; null where nothing could be kept. */
  say: (said: Said, options?: { hold?: boolean; photo?: Blob; quiet?: boolean }) => Promise<Entry | null>;
  /** Says something briefly above the buttons. */
  tell: (text: string, tone?: 'plain' | 'danger') => void;
  /** Where the actions of a step are drawn. */
  slot: HTMLElement | null;
  /** Takes scans while a step is shown; answers whether it knew what to do. */
  onScan: (take: (code: string) => boolean) => () => void;
  signedIn: (operator: OperatorFacts) => void;
  signOff: () => void;
}

export const TerminalContext = createContext<TerminalHere | null>(null);

export function useTerminal(): TerminalHere {
  const here = useContext(TerminalContext);
  if (!here) throw new Error('outside of a terminal');
  return here;
}

/** The job of a step; it is gone when the server took it away meanwhile. */
export function useJob(id: string): JobView | null {
  return useTerminal().view.jobs.find((job) => job.id === id) ?? null;
}
