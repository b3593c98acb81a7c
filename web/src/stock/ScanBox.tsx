/** Opens what a code is: typed, scanned by a wedge, or seen by the camera. */
import { useNavigate } from '@tanstack/react-router';
import { Camera, ScanLine } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { recordAddress } from '@/pages/registry';
import { useKinds } from '@/records/kinds';
import { useKindWords } from '@/records/kind-words';
import { Wedge } from '@/terminal/model/scan';
import { hasCamera, ScanDialog } from '@/terminal/Scanner';
import { IconButton, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { scan, type Scanned } from './data';
import { stockWords } from './stock.words';

export function ScanBox({ plantId, onFound }: { plantId: string; onFound?: (found: Scanned) => boolean }) {
  const t = useWords(stockWords);
  const kindWords = useKindWords();
  const kinds = useKinds();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [camera, setCamera] = useState(false);
  const find = async (code: string) => {
    try {
      const found = await scan(plantId, code);
      const kind = kinds.find((one) => one.name === found.kind);
      if (!found.kind || !found.id) return toast(t('unknownCode', { code }));
      setText('');
      if (onFound?.(found)) return;
      if (found.kind === 'job') return void navigate({ to: `/plants/${plantId}/dispatch` as string, search: { job: found.id } as never });
      if (!kind) return toast(t('scanned', { kind: found.kind, label: found.label ?? found.code }));
      toast(t('scanned', { kind: kindWords(kind.title), label: found.label ?? found.code }));
      void navigate({ to: recordAddress(kind, found.id, found.plant_id ?? plantId) });
    } catch (error) {
      toastError(error);
    }
  };
  const latest = useRef(find);
  latest.current = find;
  useEffect(() => {
    const wedge = new Wedge();
    const typed = (event: KeyboardEvent) => {
      const code = wedge.key(event.key, event.timeStamp);
      if (event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      if (document.querySelector('dialog[open]')) return;
      if (code !== null || wedge.isBusy) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
      if (code !== null) void latest.current(code);
    };
    addEventListener('keydown', typed, true);
    return () => removeEventListener('keydown', typed, true);
  }, []);
  return (
    <form
      className="row" role="search" onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) void find(text.trim());
      }}
    >
      <span className="with-icon find">
        <ScanLine size={15} />
        <input className="input" style={{ width: 230 }} aria-label={t('scanBox')} title={t('scanHelp')} placeholder={t('scanBox')} value={text} autoComplete="off" spellCheck={false} onChange={(event) => setText(event.target.value)} />
      </span>
      {hasCamera() && <IconButton label={t('scanBox')} icon={<Camera size={15} />} onClick={() => setCamera(true)} />}
      {camera && <ScanDialog title={t('scanBox')} onCode={(code) => void find(code)} onClose={() => setCamera(false)} />}
    </form>
  );
}
