import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Names of the icons that the shell, the parts of pages and the navigation use: `chevron-down`. */
function shellIcons(): Set<string> {
  const sources = filesUnder(here('./src')).filter((path) => /\/src\/(shell|ui)\/|\/pages\.ts$/.test(path) && /\.tsx?$/.test(path));
  const imports = sources.flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/import \{([^}]+)\} from 'lucide-react'/g)].map((match) => match[1] ?? ''));
  const names = imports.flatMap((list) => list.split(',').map((name) => name.trim().split(' as ')[0] ?? ''));
  return new Set(names.map((name) => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').replace(/([a-zA-Z])(\d)/g, '$1-$2').toLowerCase()));
}

let ofTheShell: Set<string> | undefined;

/** What all icons share counts as well. */
function isOfTheShell(id: string): boolean {
  ofTheShell ??= shellIcons();
  const icon = /\/icons\/([a-z0-9-]+)\.[cm]?js/.exec(id)?.[1];
  return icon === undefined || ofTheShell.has(icon);
}

const KIB = 1024;

/**
 * What each page may weigh at its start, compressed: its HTML, the scripts and styles it names or imports, and the files those name. The font of the app comes on top:
 * the page is drawn without it, and drawn again when it is there.
 */
const BUDGETS = { 'sign-in.html': 50 * KIB, 'index.html': 150 * KIB };

/** Every file that comes without anybody doing something. */
function startOf(page: string): Set<string> {
  const dist = here('./dist');
  const seen = new Set<string>();
  const add = (file: string) => {
    const path = join(dist, file);
    if (seen.has(file) || !existsSync(path)) return;
    seen.add(file);
    if (!/\.(html|js|css)$/.test(file)) return;
    const text = readFileSync(path, 'utf8');
    const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : '';
    if (file.endsWith('.html')) for (const [, named] of text.matchAll(/(?:src|href)="\/([^"]+)"/g)) add(named ?? '');
    // Only what is imported at once: `import('…')` waits until somebody goes there.
    if (file.endsWith('.js')) for (const [, named] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) add(folder + named);
    if (file.endsWith('.css')) for (const [, named] of text.matchAll(/url\(["']?\/?([^"')]+)["']?\)/g)) add((named ?? '').startsWith('assets/') ? (named ?? '') : folder + (named ?? '').replace('./', ''));
  };
  add(page);
  return seen;
}

/** Refuses a build whose pages weigh more than they may. */
function budgets(): Plugin {
  return {
    name: 'budgets',
    apply: 'build',
    closeBundle: {
      sequential: true,
      order: 'post',
      handler() {
        for (const [page, most] of Object.entries(BUDGETS)) {
          const files = [...startOf(page)].filter((file) => !file.endsWith('.woff2')).map((file) => ({ file, bytes: statSync(join(here('./dist'), `${file}.br`)).size }));
          const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
          console.log(`${page}: ${(bytes / KIB).toFixed(1)} of ${most / KIB} KiB in ${files.length} files`);
          if (bytes > most) throw new Error(`${page} weighs ${(bytes / KIB).toFixed(1)} KiB, at most ${most / KIB} KiB are allowed:\n${files.sort((a, b) => b.bytes - a.bytes).map((one) => `  ${one.bytes} ${one.file}`).join('\n')}`);
        }
      },
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
  plugins: [react(), appFiles(), signInAddresses(), compressed(), budgets()],
  resolve: { alias: { '@': here('./src') } },
  build: {
    target: 'es2023',
    // Browsers that know `light-dark()`: rewritten for older ones, a colour would be that of the page and not of the place it is used at (a sheet of paper in the dark).
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // The folder is kept in the repository, so that the server's build sees it change; it is emptied above.
    emptyOutDir: false,
    // The policy of the pages allows nothing inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: here('./index.html'), 'sign-in': here('./sign-in.html') },
      // Icons are a few bytes each; one file of them is fetched sooner than fifty. Those of the shell come with it.
      output: { advancedChunks: { groups: [{ name: 'icons', test: (id) => /lucide-react/.test(id) && !isOfTheShell(id) }] } },
    },
  },
  test: { include: ['src/**/*.test.ts'], setupFiles: [here('./src/words/test-setup.ts')] },
  // The sample workbooks lie beside the folder.
  server: { port: 5173, proxy: toServer, fs: { allow: [here('.'), here('../examples')] } },
  preview: { port: 5174, proxy: toServer },
});
