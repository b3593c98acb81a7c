import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Connect, Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tells the sign-in page what the app consists of at its start, so that it comes while somebody types. */
function appFiles(): Plugin {
  return {
    name: 'app-files',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { filename, bundle }) {
        if (!bundle || !filename.endsWith('sign-in.html')) return [];
        const entry = Object.values(bundle).find((one) => one.type === 'chunk' && one.isEntry && one.name === 'index');
        if (entry?.type !== 'chunk') return [];
        const styles = Object.values(bundle).filter((one) => one.fileName.endsWith('.css') && one.fileName.includes('index-'));
        const files = [entry.fileName, ...entry.imports, ...styles.map((one) => one.fileName)].map((file) => `/${file}`);
        return [{ tag: 'meta', attrs: { name: 'app-files', content: [...new Set(files)].join(' ') }, injectTo: 'head' }];
      },
    },
  };
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

/** Leaves each file compressed beside itself, as the server embeds and sends it. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    buildStart() {
      for (const name of readdirSync(here('./dist'))) if (name !== '.gitignore') rmSync(join(here('./dist'), name), { recursive: true });
    },
    closeBundle() {
      for (const path of filesUnder(here('./dist'))) {
        if (/\.(br|gz|gitignore)$/.test(path)) continue;
        const bytes = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

const toSignIn: Connect.NextHandleFunction = (request, _response, next) => {
  if (/^\/(sign-in|set-password)(\?|$)/.test(request.url ?? '')) request.url = '/sign-in.html';
  next();
};

/** The addresses of the sign-in page while developing; the server knows them by itself. */
function signInAddresses(): Plugin {
  return {
    name: 'sign-in-addresses',
    configureServer: (server) => void server.middlewares.use(toSignIn),
    configurePreviewServer: (server) => void server.middlewares.use(toSignIn),
  };
}

const toServer = Object.fromEntries(['/api', '/readyz'].map((path) => [path, { target: process.env.GEMBA_SERVER ?? 'http://127.0.0.1:8101', changeOrigin: false }]));

// Two pages: signing in, which is small and has no framework, and everything else.
export default defineConfig({
  plugins: [react(), appFiles(), signInAddresses(), compressed()],
  resolve: { alias: { '@': here('./src') } },
  build: {
    target: 'es2023',
    // The folder is kept in the repository, so that the server's build sees it change; it is emptied above.
    emptyOutDir: false,
    // The policy of the pages allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: here('./index.html'), 'sign-in': here('./sign-in.html') },
      // Icons are a few bytes each; one file of them is fetched sooner than fifty.
      output: { advancedChunks: { groups: [{ name: 'icons', test: /lucide-react/ }] } },
    },
  },
  test: { include: ['src/**/*.test.ts'], setupFiles: [here('./src/words/test-setup.ts')] },
  server: { port: 5173, proxy: toServer },
  preview: { port: 5174, proxy: toServer },
});
