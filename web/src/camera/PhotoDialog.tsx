/** A photo by the camera of the device, or a file where there is none or it may not be used. */
import { Camera, FolderOpen } from 'lucide-react';
import { useState } from 'react';
import { Button, Dialog } from '@/ui';
import { useWords } from '@/words';
import { cameraWords } from './camera.words';
import { PhotoCamera } from './Camera';
import './camera.css';

export function PhotoDialog({ onPhoto, onFile, onClose }: { onPhoto: (photo: Blob) => void; onFile: () => void; onClose: () => void }) {
  const t = useWords(cameraWords);
  const [take, setTake] = useState<(() => Promise<Blob>) | null>(null);
  const [why, setWhy] = useState('');
  const shoot = () => {
    void take?.().then((photo) => {
      onClose();
      onPhoto(photo);
    }, (error: unknown) => setWhy(String(error)));
  };
  return (
    <Dialog title={t('photo')} onClose={onClose} onSubmit={shoot}
      foot={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button icon={<FolderOpen size={18} />} onClick={() => {
            onClose();
            onFile();
          }}>{t('chooseFile')}</Button>
          <Button type="submit" look="primary" icon={<Camera size={18} />} why={why || (take ? undefined : t('notYet'))}>{t('shoot')}</Button>
        </>
      }>
      <PhotoCamera shot={(how) => setTake(() => how)} onFail={setWhy} />
    </Dialog>
  );
}
