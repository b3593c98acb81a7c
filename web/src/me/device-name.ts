/** `Mozilla/5.0 (X11; Linux x86_64) … Chrome/140.0` → `Chrome, Linux`. */
export function deviceOf(agent: string): string {
  const browser = /(Edg|Firefox|Chrome|Safari|curl)[\w]*\/\d+/.exec(agent)?.[1]?.replace('Edg', 'Edge');
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0]?.replace('Mac OS X', 'macOS');
  return [browser, system].filter(Boolean).join(', ') || agent.slice(0, 40);
}
