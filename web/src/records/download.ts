/** Files from the server, saved under the name it gives. */
import { sendTo } from '@/api/client';
import { toastError } from '@/ui';
import type { Kind } from './kinds';

export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Fetches a file and saves it; a refusal is shown. */
export async function downloadFrom(path: string, fallbackName: string): Promise<void> {
  try {
    const response = await sendTo('GET', path);
    const name = /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1];
    saveFile(await response.blob(), name ?? fallbackName);
  } catch (error) {
    toastError(error);
  }
}

/** What the list shows, as a file; it can be imported again. */
export function download(kind: Kind, parameters: Record<string, string>, format: string): Promise<void> {
  const said = new URLSearchParams({ ...parameters, format });
  return downloadFrom(`/api/v1/${kind.path}/export?${said}`, `${kind.path}.${format}`);
}
