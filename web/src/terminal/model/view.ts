/**
 * What a terminal shows: the server's picture of the work, and on it what was said here and is not in the picture yet.
 *
 * **Invariant:** pure, and the same from the same: picture and entries in, view out. What was refused does not count; what was adjusted counts as it
 * was said until the next picture.
 */
import { counts, type AndonKind, type Entry, type JobVerb, type Machine } from './said';
import { saidAt, serverTime, type Clock } from './clock';
import type { ComponentFacts, JobFacts, JobStatus, LineFacts, LineState, ProgramFacts, ReasonFacts, Work } from './work';

export interface JobView extends JobFacts {
  /** Of the counts, what only this device knows yet. */
  unsent: number;
  /** Serials that were reported here. */
  serials: string[];
}

export interface LineView extends LineFacts {
  /** Stops without a reason: the server's, and those this device knows alone (then the id is the entry's). */
  unexplained: { id: string; started_at: string; ended_at: string | null; own: boolean }[];
}

export interface CallView {
  id: string;
  line_id: string;
  call: AndonKind;
  text: string;
  called_at: string;
  acknowledged_at: string | null;
  /** Not at the server yet: nobody elsewhere has seen it. */
  own: boolean;
}

export interface View {
  jobs: JobView[];
  lines: LineView[];
  components: ComponentFacts[];
  calls: CallView[];
  /** `job step` of each step that was done. */
  stepsDone: Set<string>;
  /** Who works, and at which job. */
  labour: Map<string, string | null>;
  /** Entries that the server does not have. */
  unsent: number;
}

const AFTER: Record<JobVerb, JobStatus> = {
  'job.start': 'running', 'job.resume': 'running', 'job.pause': 'paused', 'job.finish': 'completed', 'job.setup_start': 'setup', 'job.setup_end': 'ready',
};

const LINE_AFTER: Partial<Record<JobVerb, LineState>> = { 'job.start': 'running', 'job.resume': 'running', 'job.setup_start': 'setup', 'job.setup_end': 'idle', 'job.finish': 'idle' };

export function viewOf(work: Work, entries: readonly Entry[], clock: Clock): View {
  const jobs = new Map(work.jobs.map((job): [string, JobView] => [job.id, { ...job, unsent: 0, serials: [] }]));
  const lines = new Map(work.lines.map((line): [string, LineView] => [line.id, { ...line, unexplained: line.open_stops.map((stop) => ({ ...stop, own: false })) }]));
  const components = work.components.map((one) => ({ ...one, lots: one.lots.map((lot) => ({ ...lot })) }));
  const calls: CallView[] = work.calls.map((call) => ({ ...call, own: false }));
  const stepsDone = new Set(work.steps_done.map(({ job_id, step_id }) => `${job_id} ${step_id}`));
  const labour = new Map(work.labour.map(({ operator_id, job_id }) => [operator_id, job_id]));
  const lineBecomes = (id: string | null | undefined, state: LineState, at: string) => {
    const line = id ? lines.get(id) : undefined;
    if (!line || line.state === state) return;
    // A stop of which nobody said why stays to be explained, when the line runs again too.
    if (line.state === 'stopped') line.unexplained = line.unexplained.map((stop) => (stop.ended_at === null ? { ...stop, ended_at: at } : stop));
    line.state = state;
    line.since = at;
  };
  let unsent = 0;
  for (const entry of [...entries].sort((a, b) => a.sequence - b.sequence)) {
    if (!counts(entry)) continue;
    const { said } = entry;
    const at = new Date(serverTime(saidAt(entry, clock), clock)).toISOString();
    if (entry.state === 'waiting') unsent += 1;
    switch (said.kind) {
      case 'job.start': case 'job.pause': case 'job.resume': case 'job.finish': case 'job.setup_start': case 'job.setup_end': {
        const job = jobs.get(said.job_id);
        if (!job) break;
        job.status = AFTER[said.kind];
        if (said.kind === 'job.start') {
          job.started_at ??= at;
          job.waits_for = null;
        }
        const state = LINE_AFTER[said.kind];
        if (state) lineBecomes(said.line_id ?? job.line_id, state, at);
        break;
      }
      case 'job.machine': {
        const job = jobs.get(said.job_id);
        if (!job) break;
        if (said.equipment_id && said.equipment_id !== job.equipment_id) {
          job.equipment_id = said.equipment_id;
          job.program = programFor(work.programs, job.id, said.equipment_id);
        }
        job.program = said.program ?? job.program;
        break;
      }
      case 'job.report': {
        const job = jobs.get(said.job_id);
        if (!job) break;
        job.good += said.good;
        job.scrapped += said.scrap;
        job.reworked += said.rework;
        job.serials.push(...(said.serials ?? []));
        if (entry.state === 'waiting') job.unsent += said.good + said.scrap + said.rework;
        // What is taken from stock by counting pieces: as much as the pieces are of the whole job.
        const pieces = said.good + said.scrap + said.rework;
        for (const one of components) if (one.job_id === job.id && one.mode === 'backflush' && job.quantity > 0) one.issued += (one.needed * pieces) / job.quantity;
        // Whoever reports, works: a job that was not started is running by that.
        if (job.status === 'ready' || job.status === 'waiting' || job.status === 'setup' || job.status === 'paused') job.status = 'running';
        break;
      }
      case 'material.issue': {
        const component = components.find((one) => one.job_id === said.job_id && one.item.id === said.item_id);
        if (!component) break;
        component.issued += said.quantity;
        const lot = component.lots.find((one) => one.id === said.lot_id || one.code === said.code);
        if (lot) lot.quantity = Math.max(0, lot.quantity - said.quantity);
        break;
      }
      case 'line.stop': {
        lineBecomes(said.line_id, 'stopped', at);
        if (!said.reason_id) lines.get(said.line_id)?.unexplained.push({ id: entry.id, started_at: at, ended_at: null, own: true });
        break;
      }
      case 'line.run': lineBecomes(said.line_id, 'running', at); break;
      case 'line.reason': {
        const line = lines.get(said.line_id);
        if (!line) break;
        line.unexplained = said.stop_id ? line.unexplained.filter((stop) => stop.id !== said.stop_id) : line.unexplained.filter((stop) => !stop.own);
        break;
      }
      case 'andon.call': calls.push({ id: entry.id, line_id: said.line_id, call: said.call, text: said.text ?? '', called_at: at, acknowledged_at: null, own: true }); break;
      case 'andon.clear': {
        const index = calls.findIndex((call) => call.id === said.call_id);
        if (index >= 0) calls.splice(index, 1);
        break;
      }
      case 'step.done': stepsDone.add(`${said.job_id} ${said.step_id}`); break;
      case 'labour.on': if (entry.operator_id) labour.set(entry.operator_id, said.job_id ?? null); break;
      case 'labour.off': if (entry.operator_id) labour.delete(entry.operator_id); break;
    }
  }
  return { jobs: [...jobs.values()].sort(soonest), lines: [...lines.values()], components, calls, stepsDone, labour, unsent };
}

const ORDER: Record<JobStatus, number> = { running: 0, setup: 0, paused: 1, ready: 2, waiting: 3, completed: 4, cancelled: 5 };
/** An instant to sort by; what has none comes last. */
const when = (iso: string | null): number => (iso ? Date.parse(iso) : Infinity);

/** What is under way first, then by hand order, planned start, due date and priority; names break ties. */
export function soonest(a: JobFacts, b: JobFacts): number {
  const by = [ORDER[a.status] - ORDER[b.status], (a.sequence ?? Infinity) - (b.sequence ?? Infinity), when(a.planned_start) - when(b.planned_start), when(a.due_at) - when(b.due_at), a.priority - b.priority];
  return by.find((difference) => !Number.isNaN(difference) && difference !== 0) ?? a.code.localeCompare(b.code);
}

/** Jobs to choose from: of these lines, not over, the soonest first. Jobs that wait for something stand after those that can be started. */
export function jobsToDo(view: View, lineIds: ReadonlySet<string>): JobView[] {
  return view.jobs.filter((job) => job.line_id !== null && lineIds.has(job.line_id) && job.status !== 'completed' && job.status !== 'cancelled');
}

/** What a machine runs for a job, as it was released with its order. */
export function programFor(programs: readonly ProgramFacts[], jobId: string, equipmentId: string | null): string | null {
  return programs.find((one) => one.job_id === jobId && (one.equipment_id === null || one.equipment_id === equipmentId))?.program ?? null;
}

/** On what pieces of a job are made, as whoever reports them sees it: another tablet may say otherwise meanwhile. */
export function madeOn(job: JobFacts): Machine {
  return { ...(job.equipment_id ? { equipment_id: job.equipment_id } : {}), ...(job.program ? { program: job.program } : {}) };
}

/** Pieces that are still to be made. */
export const missing = (job: JobFacts): number => Math.max(0, job.quantity - job.good);

/** Reasons to choose from below one (null: the first level), for this line and for all. */
export function reasonsBelow(reasons: readonly ReasonFacts[], category: ReasonFacts['category'], parent: string | null, lineId: string | null): ReasonFacts[] {
  return reasons.filter((one) => one.category === category && one.parent_id === parent && (one.line_id === null || one.line_id === lineId)).sort((a, b) => a.code.localeCompare(b.code, undefined, { numeric: true }));
}
