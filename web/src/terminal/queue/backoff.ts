/** How long to wait before trying again (ms): twice as long each time, at most a minute, spread so that not all tablets of a hall come at once. */
export function waitFor(failures: number, chance: number): number {
  const most = Math.min(60_000, 1_000 * 2 ** Math.min(failures, 6));
  return Math.round(most / 2 + (most / 2) * chance);
}
