import { Problem, Unreachable } from '@/api/problem';
import { currentLanguage } from '@/words';
import { uiWords } from './ui.words';

/** What went wrong, in a sentence for people. */
export function messageOf(error: unknown): string {
  if (error instanceof Unreachable) return uiWords[currentLanguage()].unreachable;
  if (error instanceof Problem) {
    const first = error.errors[0];
    const detail = error.message || (first ? first.detail : error.code);
    return detail.charAt(0).toUpperCase() + detail.slice(1);
  }
  return error instanceof Error ? error.message : String(error);
}

/** Under which number the server's log knows the request. */
export function requestIdOf(error: unknown): string | null {
  return error instanceof Problem ? error.requestId : null;
}
