/**
 * Reads codes in pictures, beside the page: in browsers that cannot do it themselves, which are most of those on tablets with Windows, iPadOS or Linux.
 *
 * **Invariant:** nothing is loaded from elsewhere: the decoder (ZXing) is a file of this app. It is compiled here and not in the page, so the page's policy
 * allows no code but its own scripts.
 */
import { prepareZXingModule, readBarcodes, type ReaderOptions } from 'zxing-wasm/reader';
import decoder from 'zxing-wasm/reader/zxing_reader.wasm?url';

const OPTIONS: ReaderOptions = { formats: ['QRCode', 'DataMatrix', 'Code128', 'Code39', 'EAN-13', 'EAN-8', 'ITF', 'UPC-A'], tryHarder: true, tryInvert: true, maxNumberOfSymbols: 1, textMode: 'Plain' };

prepareZXingModule({ overrides: { locateFile: (path: string, prefix: string) => (path.endsWith('.wasm') ? decoder : prefix + path) } });

export interface Asked {
  picture: ImageData;
}

export type Answered = { code: string | null } | { failed: string };

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  readBarcodes(data.picture, OPTIONS).then(
    ([found]) => {
      // What says that it is GS1's is told by the mark that scanners put before it; all else is only its text.
      const code = !found?.isValid ? null : found.contentType === 'GS1' ? found.symbologyIdentifier + found.text : found.text;
      postMessage({ code } satisfies Answered);
    },
    (error: unknown) => postMessage({ failed: error instanceof Error ? error.message : String(error) } satisfies Answered),
  );
});
