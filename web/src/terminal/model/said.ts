/**
 * What an operator says at a terminal, and what is kept of it until the server has answered.
 *
 * **Invariant:** what was said is never changed: a report that was wrong is answered by another one, or taken back before it was ever sent.
 */

export type JobVerb = 'job.start' | 'job.pause' | 'job.resume' | 'job.finish' | 'job.setup_start' | 'job.setup_end';

/** Pieces of one job (in the unit of its item). */
export interface Counted {
  good: number;
  scrap: number;
  rework: number;
}

/** A machine, and what it runs. */
export interface Machine {
  equipment_id?: string;
  program?: string;
}

export type Said =
  | { kind: JobVerb; job_id: string; line_id: string | null }
  /** Which machine the job runs on from now on, or with which program; as before unless said. */
  | ({ kind: 'job.machine'; job_id: string; line_id: string | null } & Machine)
  | ({ kind: 'job.report'; job_id: string; line_id: string | null; reason_id?: string; lot_code?: string; serials?: string[] } & Counted & Machine)
  | { kind: 'material.issue'; job_id: string; line_id: string | null; item_id?: string; code?: string; lot_id?: string; serial_id?: string; quantity: number }
  | { kind: 'line.stop'; line_id: string; reason_id?: string }
  | { kind: 'line.run'; line_id: string }
  /** Why a stop happened; `stop_id` is the server's, absent for a stop that only this device knows yet. */
  | { kind: 'line.reason'; line_id: string; stop_id?: string; reason_id: string }
  | { kind: 'andon.call'; line_id: string; job_id?: string; call: AndonKind; text?: string }
  | { kind: 'andon.clear'; line_id: string; call_id: string }
  | { kind: 'step.done'; job_id: string; step_id: string; value?: number | string; file_id?: string; signoff?: true }
  | { kind: 'labour.on' | 'labour.off'; line_id: string | null; job_id?: string };

export type SaidKind = Said['kind'];

export const ANDON_KINDS = ['material', 'quality', 'maintenance', 'supervisor', 'safety'] as const;
export type AndonKind = (typeof ANDON_KINDS)[number];

export type Outcome = 'applied' | 'duplicate' | 'adjusted' | 'refused';

/** What the server answered about one entry. */
export interface Answer {
  id: string;
  outcome: Outcome;
  /** In words, for the operator; empty where there is nothing to say. */
  says: string;
  /** Which of the written rules decided (docs/shop-floor.md). */
  rule: string;
}

/** One thing that was said, as this device keeps it. */
export interface Entry {
  /** Made here, unique everywhere: by it the server knows a repetition. */
  id: string;
  terminal_id: string;
  /** Order on this device, over all its tabs. */
  sequence: number;
  /** By the clock of this device (ms since 1970). */
  at: number;
  /** How often that clock may have been set until then, as far as a page saw it (see clock.ts). */
  epoch: number;
  operator_id: string | null;
  said: Said;
  /** Waits to be sent; was answered, and the picture of the work does not show it yet; or only waits for somebody to read the answer. */
  state: 'waiting' | 'answered' | 'told';
  /** How often it was sent. What was sent once may have been carried out. */
  tried: number;
  /** Not sent before (ms since 1970, clock of this device): meanwhile it can be taken back. */
  held: number;
  answer?: Answer;
  /** A picture that goes with it and lies in this device until it is sent. */
  photo?: string;
  /** The server's id of that picture, once it is there. */
  file?: string;
  /** Somebody has read the answer. */
  seen?: boolean;
}

/** Whether somebody has to read the answer. */
export const isNews = (entry: Entry): boolean => !entry.seen && entry.answer !== undefined && (entry.answer.outcome === 'adjusted' || entry.answer.outcome === 'refused' || entry.answer.says !== '');

/** Whether it counts in what is shown: what was refused does not. */
export const counts = (entry: Entry): boolean => entry.state === 'waiting' || (entry.state === 'answered' && entry.answer?.outcome !== 'refused');
