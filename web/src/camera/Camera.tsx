/** What the camera sees, and what is made of it: a code, or a photo. */
import { useEffect, useRef, useState, type RefObject } from 'react';
import { useWords } from '@/words';
import { cameraWords } from './camera.words';
import { codeReader } from './reader';

/** Between two looks for a code (ms). */
const LOOK_MS = 120;

export const hasCamera = (): boolean => Boolean(navigator.mediaDevices?.getUserMedia);

/** The camera that looks away from who holds the device, while `video` is shown; `onReady` once there is a picture. */
function useCamera(video: RefObject<HTMLVideoElement | null>, width: number, onReady: (isOver: () => boolean) => Promise<void>): string {
  const [why, setWhy] = useState('');
  useEffect(() => {
    let stream: MediaStream | null = null;
    let over = false;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    const begin = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: width } } });
      if (over || !video.current) return stop();
      video.current.srcObject = stream;
      await video.current.play();
      await onReady(() => over);
    };
    begin().catch((error: unknown) => !over && setWhy(error instanceof Error ? error.message : String(error)));
    return () => {
      over = true;
      stop();
    };
  }, []);
  return why;
}

/** Looks until there is a code. */
export function CodeCamera({ onCode }: { onCode: (code: string) => void }) {
  const t = useWords(cameraWords);
  const video = useRef<HTMLVideoElement>(null);
  const why = useCamera(video, 1280, async (isOver) => {
    const reader = await codeReader();
    try {
      while (!isOver() && video.current) {
        const code = await reader.read(video.current);
        if (code && !isOver()) return onCode(code);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    } finally {
      reader.end();
    }
  });
  if (why) return <p className="bad" role="alert">{t('noCamera', { why })}</p>;
  return <video ref={video} className="camera" muted playsInline aria-label={t('pointCamera')} />;
}

/** Shows what the camera sees; `shot` is given the way to take a picture of it once there is one. */
export function PhotoCamera({ shot, onFail }: { shot: (take: () => Promise<Blob>) => void; onFail: (why: string) => void }) {
  const t = useWords(cameraWords);
  const video = useRef<HTMLVideoElement>(null);
  const why = useCamera(video, 1920, async () => {
    shot(() => {
      const canvas = document.createElement('canvas');
      const seen = video.current;
      canvas.width = seen?.videoWidth ?? 0;
      canvas.height = seen?.videoHeight ?? 0;
      if (seen) canvas.getContext('2d')?.drawImage(seen, 0, 0);
      return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the camera shows nothing yet'))), 'image/jpeg', 0.92));
    });
  });
  useEffect(() => {
    if (why) onFail(why);
  }, [why]);
  if (why) return <p className="bad" role="alert">{t('noCamera', { why })}</p>;
  return <video ref={video} className="camera" muted playsInline aria-label={t('cameraShows')} />;
}
