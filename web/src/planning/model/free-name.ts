/** Names that no other has. */

/** As long as a scenario's name may be. */
const LONGEST = 200;

/** The wanted name where it is free, else the first free one of `name (2)`, `name (3)`, …; letter case tells no names apart. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const known = new Set([...taken].map((name) => name.trim().toLowerCase()));
  const bare = wanted.trim().slice(0, LONGEST).trim();
  if (!known.has(bare.toLowerCase())) return bare;
  const stem = /^(.*?) \((\d+)\)$/s.exec(bare)?.[1] ?? bare;
  for (let number = 2; ; number += 1) {
    const mark = ` (${number})`;
    const name = stem.slice(0, LONGEST - mark.length).trimEnd() + mark;
    if (!known.has(name.toLowerCase())) return name;
  }
}
