/**
 * Edits of a scenario that are not saved yet: undone, redone, and kept in the browser, so that closing the window loses nothing.
 *
 * **Invariant:** edits belong to the version they began at; saved over another one only when somebody says so.
 */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { contentOf, same, type Content } from '../model/content';
import { begun, redone, undone, went, type History } from '../model/history';
import type { Scenario } from '../data';

interface Kept {
  version: number;
  content: Content;
}

const key = (id: string) => `gemba.scenario.${id}`;

function kept(id: string): Kept | null {
  try {
    const text = sessionStorage.getItem(key(id));
    return text ? (JSON.parse(text) as Kept) : null;
  } catch {
    return null;
  }
}

export interface Draft {
  content: Content;
  /** What was saved last, as far as known here. */
  saved: Content;
  dirty: boolean;
  /** Edits since the last save. */
  edits: number;
  /** The version that the edits began at. */
  version: number;
  change: (content: Content) => void;
  undo: (() => void) | undefined;
  redo: (() => void) | undefined;
  discard: () => void;
}

export function useDraft(scenario: Scenario | undefined): Draft {
  const saved = useMemo(() => contentOf(scenario), [scenario]);
  const [state, setState] = useState<{ id: string; version: number; history: History<Content> } | null>(null);
  const id = scenario?.id ?? '';
  const version = scenario?.version ?? 0;
  useEffect(() => {
    if (!scenario) return;
    setState((before) => {
      // Edits stay when somebody else saves meanwhile; without edits the newest version is shown.
      if (before?.id === id && before.history.past.length > 0 && !same(before.history.present, saved)) return before;
      const there = before?.id === id ? null : kept(id);
      if (there && there.version === version && !same(there.content, saved)) return { id, version, history: { past: [saved], present: contentOf(there.content), future: [] } };
      return { id, version, history: begun(saved) };
    });
  }, [id, version, saved, scenario]);
  const history = state?.id === id ? state.history : begun(saved);
  const dirty = !same(history.present, saved);
  useEffect(() => {
    if (!id || state?.id !== id) return;
    if (dirty) sessionStorage.setItem(key(id), JSON.stringify({ version: state.version, content: history.present } satisfies Kept));
    else sessionStorage.removeItem(key(id));
  }, [id, dirty, history.present, state?.id, state?.version]);
  useEffect(() => {
    if (!dirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [dirty]);
  const step = useCallback((by: (history: History<Content>) => History<Content>) => setState((before) => before && { ...before, history: by(before.history) }), []);
  return {
    content: history.present,
    saved,
    dirty,
    edits: dirty ? Math.max(1, history.past.length) : 0,
    version: state?.version ?? version,
    change: useCallback((content: Content) => step((before) => went(before, content)), [step]),
    undo: history.past.length > 0 ? () => step(undone) : undefined,
    redo: history.future.length > 0 ? () => step(redone) : undefined,
    discard: () => setState({ id, version, history: begun(saved) }),
  };
}
