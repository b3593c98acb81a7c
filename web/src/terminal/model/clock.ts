/**
 * Time at a terminal is the server's: the clock of a tablet may be wrong, and may be set while somebody works.
 *
 * **Invariant:** what the clock said is kept as it was; it is corrected only in what is sent and shown, from what the server's time tells.
 */

/** A moment at which the clock of this device may have been set. */
interface Mark {
  /** Entries of an earlier epoch were said before it. */
  epoch: number;
  /** By how much (ms, forward is positive); null where nobody saw it: no page was open. */
  size: number | null;
  /** Whether it was: a clock that goes back was set, one that goes forward may belong to a tablet that slept. */
  sure: boolean;
}

/** What this device knows about its clock. */
export interface Clock {
  /** To add to this device's clock to get the server's (ms); null before it was ever measured. */
  offset: number | null;
  epoch: number;
  marks: Mark[];
}

export const UNKNOWN: Clock = { offset: null, epoch: 0, marks: [] };

/** Beyond this somebody set the clock; below, machines only wait (ms). */
const JUMP_MS = 2_000;
/** Beyond this the operator is told that the clock is wrong (ms). */
const WRONG_MS = 60_000;

/** The offset that an answer tells (ms): the server's time is taken for the middle between asking and being answered. */
export function offsetOf(askedAt: number, answeredAt: number, serverNow: number): number {
  return Math.round(serverNow - (askedAt + answeredAt) / 2);
}

export interface Look {
  /** `Date.now()` */
  calendar: number;
  /** `performance.now()`: nobody can set it, but it may stand still while a tablet sleeps. */
  steady: number;
}

/** The clock after a page looked twice: what the calendar moved beyond the steady clock is a jump. */
export function looked(clock: Clock, before: Look, after: Look): Clock {
  const size = after.calendar - before.calendar - (after.steady - before.steady);
  if (Math.abs(size) <= JUMP_MS) return clock;
  const sure = size < 0;
  const epoch = clock.epoch + 1;
  return { offset: sure && clock.offset !== null ? clock.offset - size : clock.offset, epoch, marks: [...clock.marks, { epoch, size, sure }] };
}

/** The clock when a page begins: while none was open, nobody saw whether it was set. */
export function begun(clock: Clock): Clock {
  const epoch = clock.epoch + 1;
  return { ...clock, epoch, marks: [...clock.marks, { epoch, size: null, sure: false }] };
}

/** The clock after the server told the time: what was doubtful is sure or forgotten. */
export function told(clock: Clock, offset: number): Clock {
  const sure = clock.marks.filter((mark) => mark.sure);
  const moved = clock.offset === null ? 0 : clock.offset - offset;
  if (Math.abs(moved) <= JUMP_MS) return { ...clock, offset, marks: sure };
  const doubtful = clock.marks.filter((mark) => !mark.sure);
  // The one of that size; else one that nobody saw; else the last one; else it happened just now.
  const which = doubtful.find((mark) => mark.size !== null && Math.abs(mark.size - moved) <= JUMP_MS) ?? doubtful.findLast((mark) => mark.size === null) ?? doubtful.at(-1);
  const epoch = which?.epoch ?? clock.epoch + 1;
  return { offset, epoch: Math.max(clock.epoch, epoch), marks: [...sure, { epoch, size: moved, sure: true }].sort((a, b) => a.epoch - b.epoch) };
}

/** Forgets jumps that nothing depends on any more. */
export function tidied(clock: Clock, oldest: number): Clock {
  return { ...clock, marks: clock.marks.filter((mark) => !mark.sure || mark.epoch > oldest) };
}

/** When something was said, by this device's clock as it goes now (ms). */
export function saidAt(entry: { at: number; epoch: number }, clock: Clock): number {
  return clock.marks.reduce((at, mark) => (mark.sure && mark.epoch > entry.epoch ? at + (mark.size ?? 0) : at), entry.at);
}

/** An instant of this device by the server's time (ms). */
export const serverTime = (device: number, clock: Clock): number => device + (clock.offset ?? 0);

export const isWrong = (clock: Clock): boolean => clock.offset !== null && Math.abs(clock.offset) > WRONG_MS;
