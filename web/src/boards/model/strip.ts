/** What a line did, as a strip over time. */

export interface Piece {
  /** Of the whole strip, 0 to 1. */
  from: number;
  share: number;
  state: string;
  of: { started_at: string; ended_at: string | null; state: string; reason: string | null }[];
}

interface Span {
  started_at: string;
  ended_at: string | null;
  state: string;
  reason: string | null;
}

/** Narrower than this (of the strip) nobody sees it: it joins what is beside it. */
const SEEN = 0.0015;

/** Pieces from left to right without gaps that were not there; what is too short to be seen is part of the piece before. */
export function stripOf(spans: readonly Span[], from: number, to: number): Piece[] {
  const whole = to - from;
  if (whole <= 0) return [];
  const pieces: Piece[] = [];
  for (const span of [...spans].sort((a, b) => a.started_at.localeCompare(b.started_at))) {
    const [begin, end] = [Math.max(from, Date.parse(span.started_at)), Math.min(to, span.ended_at ? Date.parse(span.ended_at) : to)];
    if (end <= begin) continue;
    const [at, share] = [(begin - from) / whole, (end - begin) / whole];
    const last = pieces.at(-1);
    const touches = last !== undefined && Math.abs(last.from + last.share - at) < 1e-9;
    if (last && touches && (last.state === span.state || share < SEEN)) {
      last.share += share;
      last.of.push(span);
    } else pieces.push({ from: at, share, state: span.state, of: [span] });
  }
  return pieces;
}

/** Where the time went, of planned busy time: the elements of ISO 22400-2 that add up to it, largest loss first after production. */
export function lossesOf(times: { planned_busy_s: number; production_s: number; setup_s: number; delay_s: number; failure_s: number; down_s: number; unreported_s: number }): { name: 'production' | 'setup' | 'delay' | 'failure' | 'down' | 'unreported'; seconds: number; share: number }[] {
  const all = [
    { name: 'production' as const, seconds: times.production_s }, { name: 'setup' as const, seconds: times.setup_s }, { name: 'delay' as const, seconds: times.delay_s }, { name: 'failure' as const, seconds: times.failure_s }, { name: 'down' as const, seconds: times.down_s },
    { name: 'unreported' as const, seconds: times.unreported_s },
  ];
  const sum = all.reduce((total, one) => total + one.seconds, 0);
  const whole = Math.max(times.planned_busy_s, sum);
  const [production, ...rest] = all.map((one) => ({ ...one, share: whole > 0 ? one.seconds / whole : 0 }));
  return [production!, ...rest.filter((one) => one.seconds > 0).sort((a, b) => b.seconds - a.seconds)];
}
