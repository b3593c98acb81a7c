/** Opens what a code is: typed, scanned by a wedge, or seen by the camera. */
import { useNavigate } from '@tanstack/react-router';
import { Camera, ScanLine } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { hasCamera } from '@/camera/Camera';
import { ScanDialog } from '@/camera/ScanDialog';
import { recordAddress } from '@/pages/registry';
import { useKinds } from '@/records/kinds';
import { useKindWords } from '@/records/kind-words';
import { Wedge } from '@/terminal/model/scan';
import { Button, Dialog, IconButton, toast, toastError } from '@/ui';
import { useWords } from '@/words';
import { scan, type Found } from './data';
import { stockWords } from './stock.words';

export function ScanBox({ plantId, onFound }: { plantId: string; onFound?: (found: Found) => boolean }) {
  const t = useWords(stockWords);
  const kindWords = useKindWords();
  const kinds = useKinds();
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const [camera, setCamera] = useState(false);
  const [several, setSeveral] = useState<Found[] | null>(null);
  const open = (one: Found) => {
    setSeveral(null);
    setText('');
    if (onFound?.(one)) return;
    const kind = kinds.find((known) => known.name === one.kind);
    if (one.kind === 'job') void navigate({ to: `/plants/${plantId}/dispatch` as string, search: { job: one.id } as never });
    else if (kind) void navigate({ to: recordAddress(kind, one.id, one.plant_id ?? plantId) });
    else toast(t('scanned', { kind: one.kind, label: one.code }));
  };
  const find = async (code: string) => {
    try {
      const found = await scan(plantId, code);
      const [first] = found;
      if (!first) toast(t('unknownCode', { code }));
      else if (found.length === 1) open(first);
      else setSeveral(found);
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
      {hasCamera() && <IconButton label={t('scanCamera')} icon={<Camera size={15} />} onClick={() => setCamera(true)} />}
      {several && (
        <Dialog title={t('several', { code: several[0]?.code ?? '' })} onClose={() => setSeveral(null)}>
          <ul className="stack-s">{several.map((one) => <li key={one.id}><Button onClick={() => open(one)}>{kindWords(kinds.find((kind) => kind.name === one.kind)?.title ?? one.kind)}: {one.code} {one.item ? `· ${one.item.code}` : one.name !== one.code && `· ${one.name}`}</Button></li>)}</ul>
        </Dialog>
      )}
      {camera && <ScanDialog title={t('scanBox')} onCode={(code) => void find(code)} onClose={() => setCamera(false)} />}
    </form>
  );
}
