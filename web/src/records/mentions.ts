/**
 * People named in comments. They are typed as `@Ines Kowalski` and stored as `@{identifier}`, which survives a change of name.
 *
 * **Invariant:** only who was chosen from the suggestions is written as an identifier; a name that was merely typed stays a text.
 */

export interface Person {
  id: string;
  name: string;
}

export interface Asked {
  /** Where the `@` stands. */
  from: number;
  /** What was typed behind it. */
  text: string;
}

/** Letters behind an `@` that may still become a name. */
const MOST = 40;

/** What is being asked for where the caret is; null where no name is being typed. */
export function askedAt(text: string, caret: number): Asked | null {
  const before = text.slice(0, caret);
  const from = before.lastIndexOf('@');
  if (from < 0) return null;
  const follows = before[from - 1];
  // `ines@example.com` is an address.
  if (follows !== undefined && /[\p{L}\p{N}._+-]/u.test(follows)) return null;
  const said = before.slice(from + 1);
  if (said.length > MOST || /[\n@{}]/.test(said) || /\s/.test(said.charAt(0)) || said.split(' ').length > 2) return null;
  return { from, text: said };
}

/** The text with a name chosen, and where the caret goes. */
export function withName(text: string, asked: Asked, caret: number, name: string): { text: string; caret: number } {
  const after = text.slice(caret);
  const space = /^\s/.test(after) ? '' : ' ';
  return { text: `${text.slice(0, asked.from)}@${name}${space}${after}`, caret: asked.from + 1 + name.length + 1 };
}

/** The text as it is sent: names that were chosen become identifiers. */
export function encoded(text: string, chosen: readonly Person[]): string {
  // `@Ines Kowalski-Berg` is not `@Ines Kowalski`: longer names first, and no name ends within a word.
  const people = [...chosen].sort((a, b) => b.name.length - a.name.length);
  let sent = text;
  for (const { id, name } of people) {
    const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    sent = sent.replace(new RegExp(`(?<![\\p{L}\\p{N}._+-])@${escaped}(?![\\p{L}\\p{N}-])`, 'gu'), `@{${id}}`);
  }
  return sent;
}

export type Part = { text: string } | { person: Person };

/** A stored comment as it is shown: identifiers as today's names. */
export function partsOf(body: string, people: readonly Person[]): Part[] {
  const known = new Map(people.map((person) => [person.id, person]));
  const parts: Part[] = [];
  let from = 0;
  for (const match of body.matchAll(/@\{([0-9a-f-]{36})\}/g)) {
    const person = known.get(match[1]!);
    if (!person) continue;
    if (match.index > from) parts.push({ text: body.slice(from, match.index) });
    parts.push({ person });
    from = match.index + match[0].length;
  }
  if (from < body.length) parts.push({ text: body.slice(from) });
  return parts;
}
