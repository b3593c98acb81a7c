/// <reference types="vite/client" />

/** All that tests use of Node; the app itself runs in a browser. */
declare module 'node:fs' {
  export function readFileSync(path: URL, encoding: 'utf8'): string;
}
