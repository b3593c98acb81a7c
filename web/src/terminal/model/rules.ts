/**
 * What can be said about a job now, as this device knows it; the server has the last word. A rule answers why not, by the name of a word.
 *
 * **Invariant:** a rule only refuses what cannot be meant: what might be right elsewhere (somebody at another tablet started the job) is left to the server.
 */
import type { InstructionFacts, JobFacts, JobStatus, OperatorFacts, StepFacts } from './work';
import type { View } from './view';

export type WhyNot = 'notNumber' | 'nothingCounted' | 'needsReason' | 'needsLot' | 'serialsMissing' | 'serialTwice' | 'tooMany' | 'notReady' | 'jobOver' | 'notQualified' | 'stepsMissing' | 'aboveLimit' | 'belowLimit' | 'notWhole';

const OVER: JobStatus[] = ['completed', 'cancelled'];

/** Beyond this many pieces at once somebody typed a code into the number. */
const MOST_AT_ONCE = 1_000_000;

export function mayStart(job: JobFacts, operator: OperatorFacts | null): WhyNot | null {
  if (OVER.includes(job.status)) return 'jobOver';
  if (job.status === 'waiting') return 'notReady';
  if (operator && job.skills.some((skill) => !operator.skills.includes(skill))) return 'notQualified';
  return null;
}

export interface Report {
  good: number;
  scrap: number;
  rework: number;
  reasonId: string | null;
  lotCode: string;
  serials: readonly string[];
}

/** How the pieces of a job are told apart as they are reported: where others come after it, they have no lot and no serials yet. */
export const trackingOf = (job: Pick<JobFacts, 'item' | 'is_last'>): JobFacts['item']['tracking'] => (job.is_last === false ? 'none' : job.item.tracking);

export function mayReport(job: JobFacts & { serials?: readonly string[] }, report: Report): WhyNot | null {
  const counts = [report.good, report.scrap, report.rework];
  if (counts.some((one) => !Number.isFinite(one) || one < 0)) return 'notNumber';
  const sum = counts.reduce((a, b) => a + b, 0);
  if (sum === 0) return 'nothingCounted';
  if (sum > MOST_AT_ONCE) return 'tooMany';
  if (report.scrap + report.rework > 0 && !report.reasonId) return 'needsReason';
  if (trackingOf(job) === 'lot' && report.good > 0 && !report.lotCode.trim() && !job.lot_code) return 'needsLot';
  if (trackingOf(job) === 'serial') {
    if (!Number.isInteger(report.good)) return 'notWhole';
    if (report.good !== report.serials.length) return 'serialsMissing';
    if (new Set([...report.serials, ...(job.serials ?? [])]).size < report.serials.length + (job.serials?.length ?? 0)) return 'serialTwice';
  }
  return null;
}

/** Steps that keep a job from being finished: required ones that were not done. */
export function stepsLeft(job: JobFacts, view: Pick<View, 'stepsDone'>, instructions: readonly InstructionFacts[]): StepFacts[] {
  return instructionsOf(job, instructions).flatMap((one) => one.steps).filter((step) => step.required && !view.stepsDone.has(`${job.id} ${step.id}`));
}

export function instructionsOf(job: JobFacts, instructions: readonly InstructionFacts[]): InstructionFacts[] {
  return instructions.filter((one) => one.job_ids.includes(job.id));
}

export function mayFinish(job: JobFacts, view: Pick<View, 'stepsDone'>, instructions: readonly InstructionFacts[]): WhyNot | null {
  if (OVER.includes(job.status)) return 'jobOver';
  return stepsLeft(job, view, instructions).length > 0 ? 'stepsMissing' : null;
}

/** Whether a value lies within the limits of its step. Beyond them it can be given all the same, and is marked so. */
export function withinLimits(step: StepFacts, value: number): WhyNot | null {
  if (!Number.isFinite(value)) return 'notNumber';
  if (step.min !== null && value < step.min) return 'belowLimit';
  return step.max !== null && value > step.max ? 'aboveLimit' : null;
}

/** A number as people type it: `1,5` and `1.5`. */
export function numberFrom(text: string): number {
  const plain = text.trim().replace(/\s/g, '');
  return /^-?\d+([.,]\d+)?$/.test(plain) ? Number(plain.replace(',', '.')) : Number.NaN;
}
