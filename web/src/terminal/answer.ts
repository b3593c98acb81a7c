/** The server's answer about the work of a terminal, read into what the terminal works with. Members that a server does not send are taken for nothing. */
import type { ComponentFacts, JobFacts, Work } from './model/work';
import { ANDON_KINDS, type AndonKind } from './model/said';

type Amount = number | string | null | undefined;

export interface WorkAnswer {
  server_time: string;
  terminal: Work['terminal'];
  lines: { id: string; name: string; state?: string | null; state_since?: string | null; since?: string | null; open_stops?: { id: string; started_at: string; ended_at?: string | null }[] | null }[];
  operators: { id: string; name: string; badge_hash?: string | null; has_pin?: boolean | null; skills?: string[] | null }[];
  jobs: {
    id: string; code?: string | null; order_code: string; manufacturing_order_id: string; number: number; name: string; line_id?: string | null; item: { id: string; code?: string | null; name: string; unit?: string | null; tracking?: string | null }; status: JobFacts['status'];
    sequence?: number | null; quantity: Amount; good: Amount; scrapped: Amount; reworked: Amount; cycle_time_s?: Amount; setup_min?: Amount; planned_start?: string | null; due_at?: string | null; priority?: number | null; started_at?: string | null; lot_code?: string | null;
    skills?: string[] | null; waits_for?: string | null; is_last?: boolean; equipment_id?: string | null; program?: string | null;
  }[];
  reasons: { id: string; parent_id?: string | null; category: string; code: string; name: string; line_id?: string | null }[];
  instructions: { id: string; name?: string | null; item_id?: string | null; area_id?: string | null; job_ids?: string[] | null; steps: { id: string; position: number; required?: boolean | null; title?: string | null; text?: string | null; kind: string; min?: Amount; max?: Amount; unit?: string | null; file_id?: string | null }[] }[];
  components: { job_id: string; item: { id: string; code?: string | null; name: string; unit?: string | null }; needed?: Amount; issued?: Amount; mode?: string | null; lots?: { id: string; code: string; quantity: Amount; expires_on?: string | null }[] | null }[];
  machines?: Work['machines'] | null;
  programs?: { job_id: string; equipment_id?: string | null; program: string }[] | null;
  andon: { id: string; line_id: string; kind: string; text?: string | null; called_at: string; acknowledged_at?: string | null; cleared_at?: string | null }[];
  steps_done?: { job_id: string; step_id: string }[] | null;
  labour?: { operator_id: string; job_id?: string | null }[] | null;
}

/** Quantities come as text where they are exact decimals. */
const number = (value: Amount): number => (value === null || value === undefined ? 0 : Number(value));
const orNull = (value: Amount): number | null => (value === null || value === undefined ? null : Number(value));

const TRACKINGS = ['none', 'lot', 'serial'] as const;
const STATES = ['running', 'stopped', 'setup', 'idle', 'offline'] as const;
const CATEGORIES = ['scrap', 'rework', 'stop'] as const;
const STEP_KINDS = ['text', 'value', 'photo', 'signoff'] as const;

/** One of what this version knows; what a newer server says besides is taken for the first. */
const oneOf = <T extends string>(known: readonly [T, ...T[]], value: string | null | undefined): T => known.find((one) => one === value) ?? known[0];

export function workOf(answer: WorkAnswer): Work {
  const jobs = answer.jobs.map((job): JobFacts => ({
    id: job.id, code: job.code ?? `${job.order_code}-${job.number}`, order: job.order_code, order_id: job.manufacturing_order_id, number: job.number, name: job.name, line_id: job.line_id ?? null, status: job.status, sequence: job.sequence ?? null,
    item: { id: job.item.id, code: job.item.code ?? job.item.name, name: job.item.name, unit: job.item.unit ?? '', tracking: oneOf(TRACKINGS, job.item.tracking) },
    quantity: number(job.quantity), good: number(job.good), scrapped: number(job.scrapped), reworked: number(job.reworked), cycle_time_s: orNull(job.cycle_time_s), setup_min: orNull(job.setup_min), planned_start: job.planned_start ?? null,
    due_at: job.due_at ?? null, priority: job.priority ?? 50, started_at: job.started_at ?? null, is_last: job.is_last ?? true, lot_code: job.lot_code ?? null, skills: job.skills ?? [], waits_for: job.waits_for ?? null, equipment_id: job.equipment_id ?? null, program: job.program ?? null,
  }));
  return {
    terminal: answer.terminal, jobs, server_time: answer.server_time,
    lines: answer.lines.map((line) => ({ id: line.id, name: line.name, state: STATES.find((one) => one === line.state) ?? 'idle', since: line.state_since ?? line.since ?? null, open_stops: (line.open_stops ?? []).map((stop) => ({ ...stop, ended_at: stop.ended_at ?? null })).sort((a, b) => a.started_at.localeCompare(b.started_at)) })),
    operators: answer.operators.map((one) => ({ id: one.id, name: one.name, badge_hash: one.badge_hash ?? null, has_pin: one.has_pin ?? true, skills: one.skills ?? [] })),
    reasons: answer.reasons.flatMap((one) => {
      const category = CATEGORIES.find((known) => known === one.category);
      return category ? [{ ...one, category, parent_id: one.parent_id ?? null, line_id: one.line_id ?? null }] : [];
    }),
    instructions: answer.instructions.map((one) => ({
      id: one.id, name: one.name ?? '', item_id: one.item_id ?? null, area_id: one.area_id ?? null, job_ids: one.job_ids ?? [],
      steps: one.steps.map((step) => ({ id: step.id, number: step.position, required: step.required ?? false, title: step.title ?? '', text: step.text ?? '', kind: oneOf(STEP_KINDS, step.kind), min: orNull(step.min), max: orNull(step.max), unit: step.unit ?? null, file_id: step.file_id ?? null })).sort((a, b) => a.number - b.number),
    })),
    components: answer.components.map((one): ComponentFacts => ({
      job_id: one.job_id, item: { id: one.item.id, code: one.item.code ?? one.item.name, name: one.item.name, unit: one.item.unit ?? '' }, needed: number(one.needed), issued: number(one.issued), mode: one.mode === 'backflush' ? 'backflush' : 'explicit',
      lots: (one.lots ?? []).map((lot) => ({ id: lot.id, code: lot.code, quantity: number(lot.quantity), expires_on: lot.expires_on ?? null })),
    })),
    machines: answer.machines ?? [], programs: (answer.programs ?? []).map((one) => ({ ...one, equipment_id: one.equipment_id ?? null })),
    calls: answer.andon.filter((call) => !call.cleared_at).map((call) => ({ id: call.id, line_id: call.line_id, call: ANDON_KINDS.find((kind) => kind === call.kind) ?? ('supervisor' satisfies AndonKind), text: call.text ?? '', called_at: call.called_at, acknowledged_at: call.acknowledged_at ?? null })),
    steps_done: answer.steps_done ?? [], labour: (answer.labour ?? []).map((one) => ({ operator_id: one.operator_id, job_id: one.job_id ?? null })),
  };
}
