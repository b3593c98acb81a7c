import { createHash } from 'node:crypto';
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
        const styles = Object.values(bundle).filter((one) => one.fileName.endsWith('.css') && /\/(index|start)-/.test(one.fileName));
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

/** What of the folder `public` the installed app needs. */
const OF_PUBLIC = ['icon.svg', 'manifest.webmanifest', 'icons/192.png'];

/** Tells the service worker which files its version consists of, and gives the version its name: another build is another worker. */
function workerFiles(): Plugin {
  return {
    name: 'worker-files',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const worker = bundle['sw.js'];
        if (worker?.type !== 'chunk') throw new Error('the service worker was not built');
        const files = Object.keys(bundle).filter((name) => name !== 'sw.js' && /\.(html|js|css|woff2|wasm)$/.test(name)).sort();
        const hash = createHash('sha256');
        for (const name of files) hash.update(name).update(name.endsWith('.html') ? (bundle[name] as { source: string }).source : '');
        for (const name of OF_PUBLIC) hash.update(readFileSync(here(`./public/${name}`)));
        if (!worker.code.includes('__FILES__') || !worker.code.includes('__BUILD__')) throw new Error('the service worker does not say where its files belong');
        worker.code = worker.code.replace('__FILES__', [...files, ...OF_PUBLIC].map((name) => `/${name}`).join(' ')).replace('__BUILD__', hash.digest('hex').slice(0, 16));
      },
    },
  };
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
    // The icon of a phone's home screen is fetched by who puts it there.
    if (file.endsWith('.html')) for (const [, named] of text.replace(/<link rel="apple-touch-icon"[^>]*>/, '').matchAll(/(?:src|href)="\/([^"]+)"/g)) add(named ?? '');
    // Only what is imported at once: `import('…')` waits until somebody goes there.
    if (file.endsWith('.js')) for (const [, named] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) add(folder + named);
    if (file.endsWith('.css')) for (const [, named] of text.matchAll(/url\(["']?\/?([^"')]+)["']?\)/g)) add((named ?? '').startsWith('assets/') ? (named ?? '') : folder + (named ?? '').replace('./', ''));
  };
  add(page);
  return seen;
}

const weightOf = (file: string): number => statSync(join(here('./dist'), `${file}.br`)).size;

/** What `scripts/bench web` says of sizes, compressed (bytes). */
function sizesOf() {
  const files = filesUnder(here('./dist')).filter((path) => path.endsWith('.br')).map((path) => ({ file: path.slice(here('./dist').length + 1, -3), bytes: statSync(path).size }));
  const scripts = files.filter(({ file }) => /^assets\/.*\.js$/.test(file)).sort((a, b) => b.bytes - a.bytes);
  const started = new Set([...startOf('index.html'), ...startOf('sign-in.html')]);
  const sum = (list: readonly { bytes: number }[]) => list.reduce((total, one) => total + one.bytes, 0);
  return {
    start: Object.fromEntries(Object.keys(BUDGETS).map((page) => [page, [...startOf(page)].filter((file) => !file.endsWith('.woff2')).reduce((total, file) => total + weightOf(file), 0)])),
    font: sum(files.filter(({ file }) => file.endsWith('.woff2'))), largest: scripts.find(({ file }) => !started.has(file)) ?? { file: '', bytes: 0 }, all: sum(files), files: files.length,
  };
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
        const sizes = sizesOf();
        writeFileSync(join(here('./dist'), '.sizes.json'), JSON.stringify(sizes));
        for (const [page, most] of Object.entries(BUDGETS)) {
          const files = [...startOf(page)].filter((file) => !file.endsWith('.woff2')).map((file) => ({ file, bytes: weightOf(file) }));
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

/** What both pages consist of: else signing in would load the app. */
const FOR_BOTH = /\/src\/(api\/problem|words\/(fill|language)|sign-in\/base64url)\.ts$|\/src\/ui\/tokens\.css|rolldown:runtime|vite\/preload-helper/;

/** What the app begins with, and nothing that is only loaded when it is needed; what that depends on comes along by itself. */
const FOR_THE_START =
  /\/src\/(pages\/|words\/index|ui\/(?!qr)|api\/(?!passkey)|offline\/(?!worker)|shell\/(?!Palette|AskAgain|brand)|[a-z-]+\/pages\.ts$)|\/node_modules\/(react|react-dom|scheduler|openapi-fetch|@tanstack\/(react-router|react-query))\//;

/** The addresses of the sign-in page while developing; the server knows them by itself. */
function signInAddresses(): Plugin {
  return {
    name: 'sign-in-addresses',
    configureServer: (server) => void server.middlewares.use(toSignIn),
    configurePreviewServer: (server) => void server.middlewares.use(toSignIn),
  };
}

const toServer = Object.fromEntries(['/api', '/readyz'].map((path) => [path, { target: process.env.GEMBA_SERVER ?? 'http://127.0.0.1:8101', changeOrigin: false }]));

// Two pages: signing in, which is small and has no framework, and everything else; and the worker that keeps them for when there is no connection.
export default defineConfig({
  plugins: [react(), appFiles(), workerFiles(), signInAddresses(), compressed(), budgets()],
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
      input: { index: here('./index.html'), 'sign-in': here('./sign-in.html'), sw: here('./src/offline/worker.ts') },
      // What the app begins with is one file and not fifty of a few bytes each; the icons of all pages are another.
      output: {
        // Its address decides what a service worker may serve, and stays the same over all versions.
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        codeSplitting: {
          groups: [
            { name: 'both', test: FOR_BOTH, priority: 30 },
            { name: 'start', test: (id) => FOR_THE_START.test(id) || (/lucide-react/.test(id) && isOfTheShell(id)), priority: 20 },
            { name: 'icons', test: /lucide-react/, priority: 10 },
          ],
        },
      },
    },
  },
  // The reader of codes is a module that imports another.
  worker: { format: 'es' },
  test: { include: ['src/**/*.test.ts'], setupFiles: [here('./src/words/test-setup.ts')] },
  // The sample workbooks lie beside the folder.
  server: { port: 5173, proxy: toServer, fs: { allow: [here('.'), here('../examples')] } },
  preview: { port: 5174, proxy: toServer },
});
