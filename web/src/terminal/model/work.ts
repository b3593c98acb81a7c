/** What a terminal has to know to work a whole shift without a network, as the server gave it in one answer. */
import type { AndonKind } from './said';

export interface TerminalFacts {
  id: string;
  code: string;
  name: string;
  plant_id: string;
}

export type LineState = 'running' | 'stopped' | 'setup' | 'idle' | 'offline';

export interface LineFacts {
  id: string;
  name: string;
  state: LineState;
  /** Since when (ISO 8601). */
  since: string | null;
  /** Stops that nobody gave a reason yet, the newest last. */
  open_stops: { id: string; started_at: string; ended_at: string | null }[];
}

export interface OperatorFacts {
  id: string;
  name: string;
  /** SHA-256 of the badge, so that a badge is known without a network and cannot be read off the device. */
  badge_hash: string | null;
  /** Whether signing in takes a PIN. */
  has_pin: boolean;
  /** Skills they hold now, for what a job asks. */
  skills: string[];
}

export type JobStatus = 'waiting' | 'ready' | 'setup' | 'running' | 'paused' | 'completed' | 'cancelled';

export interface JobFacts {
  id: string;
  code: string;
  /** The manufacturing order: its code, its record. */
  order: string;
  order_id: string;
  number: number;
  name: string;
  line_id: string | null;
  item: { id: string; code: string; name: string; unit: string; tracking: 'none' | 'lot' | 'serial' };
  status: JobStatus;
  /** Hand order at the line; the smaller the sooner. */
  sequence: number | null;
  quantity: number;
  good: number;
  scrapped: number;
  reworked: number;
  cycle_time_s: number | null;
  setup_min: number | null;
  planned_start: string | null;
  due_at: string | null;
  priority: number;
  started_at: string | null;
  /** Whether its good pieces are those of the order: only they have a lot and serials. */
  is_last: boolean;
  /** Lot that is being made, where the order names one. */
  lot_code: string | null;
  skills: string[];
  /** Why it waits, in the words of the server. */
  waits_for: string | null;
  /** The machine it runs on; none where the line has several and nobody said which. */
  equipment_id: string | null;
  /** What that machine runs, with its revision. */
  program: string | null;
}

export interface MachineFacts {
  id: string;
  line_id: string;
  code: string;
  name: string;
}

/** A program that was released with the order of a job. */
export interface ProgramFacts {
  job_id: string;
  /** Only on this machine. */
  equipment_id: string | null;
  program: string;
}

export interface ReasonFacts {
  id: string;
  parent_id: string | null;
  category: 'scrap' | 'rework' | 'stop';
  code: string;
  name: string;
  line_id: string | null;
}

export interface StepFacts {
  id: string;
  number: number;
  title: string;
  text: string;
  kind: 'text' | 'value' | 'photo' | 'signoff';
  /** Whether the job cannot be finished without it. */
  required: boolean;
  min: number | null;
  max: number | null;
  unit: string | null;
  file_id: string | null;
}

export interface InstructionFacts {
  id: string;
  name: string;
  /** Jobs it is meant for. */
  item_id: string | null;
  area_id: string | null;
  job_ids: string[];
  steps: StepFacts[];
}

export interface ComponentFacts {
  job_id: string;
  item: { id: string; code: string; name: string; unit: string };
  needed: number;
  issued: number;
  /** Issued by hand, or taken when pieces are reported. */
  mode: 'explicit' | 'backflush';
  /** What lies at the line, first expiring first. */
  lots: { id: string; code: string; quantity: number; expires_on: string | null }[];
}

export interface CallFacts {
  id: string;
  line_id: string;
  call: AndonKind;
  text: string;
  called_at: string;
  acknowledged_at: string | null;
}

export interface Work {
  terminal: TerminalFacts;
  lines: LineFacts[];
  operators: OperatorFacts[];
  jobs: JobFacts[];
  reasons: ReasonFacts[];
  instructions: InstructionFacts[];
  components: ComponentFacts[];
  machines: MachineFacts[];
  /** Of each job the one that fits best before the others. */
  programs: ProgramFacts[];
  calls: CallFacts[];
  /** Steps that were done: job, step. */
  steps_done: { job_id: string; step_id: string }[];
  /** Who works at what, as the server knows it. */
  labour: { operator_id: string; job_id: string | null }[];
  server_time: string;
}
