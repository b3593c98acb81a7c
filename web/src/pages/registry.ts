/**
 * Every page of the app. A feature adds its own in a file `pages.ts` in its folder, which is found by itself; nothing here changes.
 *
 * **Invariant:** a page's code is loaded when somebody goes there, never before; `pages.ts` holds only what navigation needs.
 */
import type { LucideIcon } from 'lucide-react';
import { lazy, type ComponentType } from 'react';
import type { Schemas } from '@/api/client';
import type { Word } from '@/words';

/** Where in the navigation; groups stand in this order. */
export type NavGroup = 'overview' | 'plan' | 'floor' | 'factory' | 'work' | 'administration';

export interface PageEntry {
  /** `/plants/$plantId/scenarios`; `$plantId` is filled with the plant that was chosen, and the plant switcher changes it. */
  path: string;
  title: Word;
  load: () => Promise<{ default: ComponentType }>;
  /** Shown in the navigation and in the palette, as far as somebody may. */
  nav?: { group: NavGroup; order: number; icon: LucideIcon };
  /** Without it the page is neither offered nor opened. One of several is enough. */
  permission?: string | string[];
  /** Words by which the palette finds it too. */
  also?: string;
  /** It is the whole screen: without the bar, the navigation and the keys of the frame. */
  isBare?: boolean;
}

/** Something that can be done from the palette. */
export interface ActionEntry {
  id: string;
  title: Word;
  icon?: LucideIcon;
  permission?: string;
  /** Leads somewhere (`$plantId` is filled), or does something. */
  to?: string;
  run?: () => void;
}

/** A place in the navigation that leads to a page with something chosen: `/data/lines`. */
export interface LinkEntry {
  to: string;
  title: Word;
  nav: { group: NavGroup; order: number; icon: LucideIcon };
  permission?: string | string[];
}

/** Where the result of a run of a kind is shown: `{ 'planning.optimize': (run) => `/plants/${run.plant_id}/…` }`. */
export type RunLinks = Record<string, (run: Schemas['Run']) => string | null>;

/** Where a record of a kind is at home, where that is not its page among the factory data. */
export type RecordLinks = Record<string, (id: string, plantId: string | null) => string>;

/** What the button of a record's own page is about. */
export interface RecordActionProps {
  id: string;
  name: string;
  plantId: string | null;
}

/** What else can be done with records of a kind, beside what can be done with all: a button on their page, loaded with it. */
export type RecordActions = Record<string, () => Promise<{ default: ComponentType<RecordActionProps> }>>;

interface Contribution {
  recordActions?: RecordActions;
  recordLinks?: RecordLinks;
  runLinks?: RunLinks;
  pages?: PageEntry[];
  links?: LinkEntry[];
  actions?: ActionEntry[];
}

const found = import.meta.glob<Contribution>('../*/pages.ts', { eager: true });
const contributions = Object.values(found);

export const pages: PageEntry[] = contributions.flatMap((one) => one.pages ?? []);
export const links: LinkEntry[] = contributions.flatMap((one) => one.links ?? []);
export const actions: ActionEntry[] = contributions.flatMap((one) => one.actions ?? []);

export const runLinks: RunLinks = Object.assign({}, ...contributions.map((one) => one.runLinks ?? {})) as RunLinks;

const recordLinks: RecordLinks = Object.assign({}, ...contributions.map((one) => one.recordLinks ?? {})) as RecordLinks;

const recordActions: RecordActions = Object.assign({}, ...contributions.map((one) => one.recordActions ?? {})) as RecordActions;
const actionsOfRecords = Object.fromEntries(Object.entries(recordActions).map(([kind, load]) => [kind, lazy(load)]));

/** The button of records of a kind, if they have one. */
export const recordAction = (kind: string): ComponentType<RecordActionProps> | null => actionsOfRecords[kind] ?? null;

/** The page of something that is no declared record, if it has one. */
export const addressOf = (kind: string, id: string, plantId: string | null): string | null => recordLinks[kind]?.(id, plantId) ?? null;

/** The page of a record: its own, or the one that shows records of any kind. */
export function recordAddress(kind: { name: string; path: string }, id: string, plantId: string | null = null): string {
  return recordLinks[kind.name]?.(id, plantId) ?? `/data/${kind.path}/${id}`;
}
