/** Codes in what a camera sees: by the browser itself where it can, else by the worker beside the page. */
import type { Answered } from './reader.worker';

export interface Reader {
  /** The code in what the camera shows now; null where there is none. */
  read: (video: HTMLVideoElement) => Promise<string | null>;
  end: () => void;
}

interface Detector {
  detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]>;
}

interface DetectorClass {
  new (options?: { formats: string[] }): Detector;
  getSupportedFormats?: () => Promise<string[]>;
}

const FORMATS = ['qr_code', 'data_matrix', 'code_128', 'code_39', 'ean_13', 'ean_8', 'itf', 'upc_a'];
/** Without these a browser's own reading is not used: they are what labels have. */
const NEEDED = ['qr_code', 'data_matrix', 'code_128'];
/** Wider pictures take longer and show no more codes (px). */
const WIDEST = 1280;

async function own(): Promise<Reader | null> {
  const Known = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (!Known) return null;
  const formats = (await Known.getSupportedFormats?.().catch(() => [])) ?? [];
  if (!NEEDED.every((format) => formats.includes(format))) return null;
  const detector = new Known({ formats: FORMATS.filter((format) => formats.includes(format)) });
  return { read: async (video) => (await detector.detect(video).catch(() => []))[0]?.rawValue ?? null, end: () => undefined };
}

function beside(): Reader {
  const worker = new Worker(new URL('./reader.worker.ts', import.meta.url), { type: 'module', name: 'codes' });
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const read = (video: HTMLVideoElement) =>
    new Promise<string | null>((resolve, reject) => {
      if (!context || video.videoWidth === 0) return resolve(null);
      const scale = Math.min(1, WIDEST / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = context.getImageData(0, 0, canvas.width, canvas.height);
      worker.onmessage = ({ data }: MessageEvent<Answered>) => ('failed' in data ? reject(new Error(data.failed)) : resolve(data.code));
      worker.onerror = (event) => reject(new Error(event.message || 'the reader cannot be loaded'));
      worker.postMessage({ picture }, [picture.data.buffer]);
    });
  return { read, end: () => worker.terminate() };
}

export const codeReader = async (): Promise<Reader> => (await own()) ?? beside();
