/** The answer of the optimizer (`gemba.plan-result/1`), as far as the pages read it. Units are in the names. */

export interface PlanPeriod {
  name: string;
  operating_days: number;
}

export interface Summary {
  demand_units: number;
  finished_units: number;
  unmet_units: number;
  unmet_weight: number;
  max_utilization_pct: number;
  overtime_hours: number;
  changeover_hours: number;
  hours_available: number;
  hours_used: number;
}

export interface AreaLoad {
  plant: string;
  area: string;
  period: string;
  hours_available: number;
  hours_used: number;
  utilization_pct: number;
  max_utilization_pct: number;
  demand_units: number;
  made_units: number;
  unmet_units: number;
}

export interface Allocation {
  plant: string;
  area: string;
  line: string;
  model: string;
  step?: string;
  period: string;
  units: number;
  hours: number;
}

export type UnmetReason =
  | 'capacity'
  | 'no_capability'
  | 'not_approved'
  | 'outside_program_life'
  | 'no_hours'
  | 'other_area'
  | 'integer_rules'
  | 'frozen';

export interface Unmet {
  plant: string;
  area: string;
  model: string;
  customer?: string;
  family?: string;
  period: string;
  units: number;
  weight: number;
  reason: UnmetReason;
  explanation: string;
  limiting_lines: string[];
}

export interface Finished {
  model: string;
  customer?: string;
  family?: string;
  period: string;
  demand_units: number;
  finished_units: number;
  delivered_units: number;
  stock_units: number;
}

export interface LineLoad {
  plant: string;
  area: string;
  line: string;
  period: string;
  hours_available: number;
  hours_used: number;
  changeover_hours: number;
  overtime_hours: number;
  utilization_pct: number;
  shift_pattern?: string;
  hour_price: number;
  constraint: boolean;
}

export interface Constraint {
  plant: string;
  area: string;
  period: string;
  lines: string[];
  models: string[];
  hours_needed: number;
  hours_available: number;
  utilization_pct: number;
  short: boolean;
  explanation: string;
}

export interface Gain {
  kind: 'approval' | 'shift';
  plant: string;
  area: string;
  line: string;
  model: string | null;
  period: string;
  hours: number | null;
  units: number;
  weight: number;
  explanation: string;
}

export interface Stage {
  name: string;
  value: number;
  bound: number;
}

export interface Verification {
  holds: boolean;
  demand_error: number;
  capacity_error: number;
  route_error: number;
  objective_error: number;
}

export interface PlanDocument {
  schema: string;
  engine: string;
  status: 'optimal' | 'heuristic' | 'limit_reached';
  gap: number | null;
  language?: string;
  model: 'area' | 'finished' | 'prebuild' | 'baseline';
  weight: 'hours' | 'units' | 'money';
  weight_unit: string;
  balance: string;
  changeovers: string;
  plants: string[];
  areas: string[];
  periods: PlanPeriod[];
  summary: Summary;
  area_loads: AreaLoad[];
  allocations: Allocation[];
  unmet: Unmet[];
  finished: Finished[];
  lines: LineLoad[];
  constraints: Constraint[];
  gains: Gain[];
  stages: Stage[];
  explanations: string[];
  verification: Verification;
  timing_ms: Record<string, number>;
}

/** What was noticed about the data of a question. */
export interface Finding {
  code: string;
  message: string;
  blocks: boolean;
  kind?: string | null;
  record_id?: string | null;
}

/** A result: a plan, and what surrounds it. */
export interface Result {
  id: string;
  scenario_id: string;
  scenario_version: number;
  plant_id: string;
  run_id: string | null;
  created_at: string;
  created_by: string;
  engine: string;
  solve_ms: number;
  findings: Finding[];
  records: { areas: Record<string, string>; lines: Record<string, string>; models: Record<string, string> };
  plan: PlanDocument;
}
