/** Codes by camera where the browser can read them, and by keyboard everywhere. A wedge scanner needs neither: it is heard on every screen. */
import { Camera, Keyboard } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Button, Dialog, TextInput } from '@/ui';
import { useWords } from '@/words';
import { terminalWords } from './terminal.words';

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}
type DetectorClass = new (options?: { formats: string[] }) => Detector;

const FORMATS = ['qr_code', 'data_matrix', 'code_128', 'code_39', 'ean_13', 'ean_8', 'itf', 'upc_a'];

const detectorClass = (): DetectorClass | null => ('BarcodeDetector' in globalThis ? (globalThis as unknown as { BarcodeDetector: DetectorClass }).BarcodeDetector : null);

export const hasCamera = (): boolean => detectorClass() !== null && Boolean(navigator.mediaDevices?.getUserMedia);

/** Reads what the camera sees until there is a code. */
function CameraView({ onCode }: { onCode: (code: string) => void }) {
  const t = useWords(terminalWords);
  const video = useRef<HTMLVideoElement>(null);
  const [why, setWhy] = useState('');
  useEffect(() => {
    let stream: MediaStream | null = null;
    let over = false;
    const look = async () => {
      const Known = detectorClass();
      const picture = video.current;
      if (!Known || !picture) return;
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } });
      if (over) return stream.getTracks().forEach((track) => track.stop());
      picture.srcObject = stream;
      await picture.play();
      const detector = new Known({ formats: FORMATS });
      while (!over) {
        const found = await detector.detect(picture).catch(() => []);
        const code = found[0]?.rawValue;
        if (code) return onCode(code);
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    };
    look().catch((error: unknown) => setWhy(error instanceof Error ? error.message : String(error)));
    return () => {
      over = true;
      stream?.getTracks().forEach((track) => track.stop());
    };
  }, []);
  if (why) return <p className="bad">{t('noCamera', { why })}</p>;
  return <video ref={video} className="term-video" muted playsInline aria-label={t('pointCamera')} />;
}

/** A code by camera or by hand. */
export function ScanDialog({ onCode, onClose, title }: { onCode: (code: string) => void; onClose: () => void; title: string }) {
  const t = useWords(terminalWords);
  const [camera, setCamera] = useState(false);
  const [text, setText] = useState('');
  const take = (code: string) => {
    onClose();
    onCode(code);
  };
  return (
    <Dialog title={title} onClose={onClose} onSubmit={() => text.trim() && take(text.trim())} foot={<><Button onClick={onClose}>{t('cancel')}</Button><Button type="submit" look="primary" icon={<Keyboard size={16} />}>{t('done')}</Button></>}>
      <TextInput aria-label={t('typeCode')} placeholder={t('typeCode')} value={text} onChange={setText} autoComplete="off" autoCapitalize="characters" spellCheck={false} />
      {hasCamera() && !camera && <Button icon={<Camera size={16} />} onClick={() => setCamera(true)}>{t('camera')}</Button>}
      {camera && <CameraView onCode={take} />}
    </Dialog>
  );
}
