/** What the modules expect of a browser when they are read outside of one. */
const kept = new Map<string, string>();
if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: { languages: ['en'] } });
Object.assign(globalThis, {
  localStorage: { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) },
  document: { documentElement: { lang: '', dataset: {} } },
});
export {};
