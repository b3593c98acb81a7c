import { toast } from '@/ui';
import { currentLanguage } from '@/words';
import { shellWords } from './shell.words';

let offered = false;

/** Offers a newer version; it is loaded when the person wants it, so that nothing half written is lost. */
export function offerUpdate(takeOver: () => void): void {
  if (offered) return;
  offered = true;
  const words = shellWords[currentLanguage()];
  toast(words.updated, { label: words.reload, run: takeOver }, true);
}
