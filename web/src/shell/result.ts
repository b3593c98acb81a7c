import type { Run } from '@/api/runs';
import { runLinks } from '@/pages/registry';

/** Where the result of a run is shown; null where no page knows it. */
export const resultOf = (run: Run): string | null => runLinks[run.kind]?.(run) ?? null;
