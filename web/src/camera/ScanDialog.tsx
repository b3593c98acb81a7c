/** A code by camera or by hand. A wedge scanner needs neither: it is heard on every screen. */
import { Camera, Keyboard } from 'lucide-react';
import { useState } from 'react';
import { Button, Dialog, TextInput } from '@/ui';
import { useWords } from '@/words';
import { CodeCamera, hasCamera } from './Camera';
import { cameraWords } from './camera.words';
import './camera.css';

/** Whoever scans by camera once does so again: then it is there at once. */
const BY_CAMERA = 'gemba.scan-by-camera';

export function ScanDialog({ onCode, onClose, title }: { onCode: (code: string) => void; onClose: () => void; title: string }) {
  const t = useWords(cameraWords);
  const [camera, setCamera] = useState(() => hasCamera() && localStorage.getItem(BY_CAMERA) === 'yes');
  const [text, setText] = useState('');
  const change = (on: boolean) => {
    localStorage.setItem(BY_CAMERA, on ? 'yes' : 'no');
    setCamera(on);
  };
  const take = (code: string) => {
    onClose();
    onCode(code);
  };
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => text.trim() && take(text.trim())} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" icon={<Keyboard size={16} />}>{t('done')}</Button></>}>
      <TextInput aria-label={t('typeCode')} placeholder={t('typeCode')} value={text} onChange={setText} autoComplete="off" autoCapitalize="characters" spellCheck={false} />
      {hasCamera() && <Button icon={<Camera size={16} />} onClick={() => change(!camera)}>{t(camera ? 'cameraOff' : 'camera')}</Button>}
      {camera && <CodeCamera onCode={take} />}
    </Dialog>
  );
}
