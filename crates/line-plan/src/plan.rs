//! The answer, by index into the [`crate::Problem`], and everything it says about itself.

use serde::{Deserialize, Serialize};

use crate::options::Options;
use crate::problem::PriorityReading;

/// How good the answer is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Status {
    /// Proven optimal in every stage.
    Optimal,
    /// The baseline rule's answer; nothing is claimed about it.
    Heuristic,
    /// A limit was reached; the answer is feasible and within the relative gap of a proven bound.
    LimitReached {
        /// Relative distance between the answer and the bound, 0.01 = 1 %.
        gap: f64,
    },
}

/// Units of a model made on a line in a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Allocation {
    /// Index of the capability: which step on which line.
    pub capability: usize,
    /// Index of the period.
    pub period: usize,
    /// Good units, counted in finished units of the model.
    pub units: f64,
    /// Hours of the line (h).
    pub hours: f64,
}

/// Why demand is not met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Every line that could make it is full.
    Capacity,
    /// No line can make the model in an area of its routing.
    NoCapability,
    /// Lines could, but none is approved in this period.
    NotApproved,
    /// The program does not live in this period.
    OutsideProgramLife,
    /// The lines that could make it have no hours in this period.
    NoHours,
    /// Another area of the routing cannot make the unit (area reading: never).
    OtherArea,
    /// Capacity is there, but minimum lots, split limits or openings forbid its use.
    IntegerRules,
    /// Lines have hours left, but the frozen window keeps them as released.
    Frozen,
}

/// Demand that is not met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unmet {
    /// Index of the model.
    pub model: usize,
    /// Index of the area that cannot make it: in the area reading the area itself, otherwise the area that limits the model.
    pub area: usize,
    /// Index of the period.
    pub period: usize,
    /// Units.
    pub units: f64,
    /// Units × what a unit is worth under the chosen [`crate::Weight`].
    pub weight: f64,
    /// Why.
    pub reason: Reason,
    /// Lines (indices) of that area whose hours limit it; empty for reasons other than capacity.
    pub limiting_lines: Vec<usize>,
}

/// A line in a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LineLoad {
    /// Index of the line.
    pub line: usize,
    /// Index of the period.
    pub period: usize,
    /// Hours available without overtime (h).
    pub hours_available: f64,
    /// Hours used for making units and for changeovers (h).
    pub hours_used: f64,
    /// Of these, changeovers (h).
    pub changeover_hours: f64,
    /// Of these, overtime: what exceeds the available hours (h).
    pub overtime_hours: f64,
    /// What one more hour would save in unmet weight: the dual price of the capacity (weight/h), ≥ 0.
    pub hour_price: f64,
    /// Whether the line is open (false only where openings were decided).
    pub open: bool,
    /// Index of the shift pattern that was chosen; none where the line runs its usual hours.
    #[serde(default)]
    pub shift_pattern: Option<usize>,
}

/// Finished units of a model in a period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// Index of the model.
    pub model: usize,
    /// Index of the period.
    pub period: usize,
    /// Demand (units).
    pub demand: f64,
    /// Units finished in the period: the least over its steps.
    pub finished: f64,
    /// Units delivered against the period's demand.
    pub delivered: f64,
    /// Units in stock at the end of the period (0 except in prebuild plans).
    pub stock: f64,
}

/// Lines that together are the constraint: evened out as far as approvals allow, their common utilisation cannot fall
/// without dropping demand of the models bound to them. In a frozen period, where nothing may be shifted: the lines that limit a short model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Constraint {
    /// Index of the area.
    pub area: usize,
    /// Index of the period.
    pub period: usize,
    /// The tight set: lines (indices).
    pub lines: Vec<usize>,
    /// Models (indices) that can only be made on these lines.
    pub models: Vec<usize>,
    /// Hours that the demand of those models needs on the set at the least (h).
    pub hours_needed: f64,
    /// Hours the set has (h), overtime not counted.
    pub hours_available: f64,
    /// Whether demand is lost there.
    pub short: bool,
}

/// What one more approval, shift or hour would bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Gain {
    /// Approving a model on one more line that makes this step for other models.
    Approval {
        /// Index of the step.
        step: usize,
        /// Index of the line.
        line: usize,
        /// Index of the period.
        period: usize,
        /// Units of unmet demand that it would deliver, recomputed by solving again.
        units: f64,
        /// The same in weight.
        weight: f64,
    },
    /// Eight more hours a day on a line (no more than the day has).
    Shift {
        /// Index of the line.
        line: usize,
        /// Index of the period.
        period: usize,
        /// Hours added in the period (h).
        hours: f64,
        /// Units of unmet demand that it would deliver, recomputed by solving again.
        units: f64,
        /// The same in weight.
        weight: f64,
    },
}

/// One stage of the lexicographic objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Name, e.g. `unmet weight, tier 1`, `highest utilisation`, `hours off the preferred line`.
    pub name: String,
    /// Its value, smaller is better.
    pub value: f64,
    /// Proven lower bound; equals the value when the stage is optimal.
    pub bound: f64,
}

/// What the independent verifier found: the largest violation of each kind, relative to the size of what is compared.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Verification {
    /// Made plus unmet differs from demand.
    pub demand_error: f64,
    /// Hours used exceed available hours and overtime.
    pub capacity_error: f64,
    /// Steps of a unit differ, or a unit is made where it may not be.
    pub route_error: f64,
    /// The stated unmet weight differs from the recomputed one.
    pub objective_error: f64,
}

impl Verification {
    /// Whether every error is within 1e-6.
    pub fn holds(&self) -> bool {
        [self.demand_error, self.capacity_error, self.route_error, self.objective_error].iter().all(|e| *e <= 1e-6)
    }
}

/// Seconds spent (s).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// Ordering the input and finding components (s).
    pub prepare_s: f64,
    /// Solving (s).
    pub solve_s: f64,
    /// Reasons, constraints, prices and gains (s).
    pub explain_s: f64,
    /// Verification (s).
    pub verify_s: f64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What was asked.
    pub options: Options,
    /// How priorities were read.
    pub priority_reading: PriorityReading,
    /// How good it is.
    pub status: Status,
    /// What is made where, ordered by area, line, model, step and period names; zero entries are left out.
    pub allocations: Vec<Allocation>,
    /// Demand not met, largest weight first.
    pub unmet: Vec<Unmet>,
    /// Every line in every period, ordered by plant, area, line and period.
    pub lines: Vec<LineLoad>,
    /// Every model with demand in every period.
    pub finished: Vec<Finished>,
    /// The constraints, worst first; at most one for each area, period and tight set.
    pub constraints: Vec<Constraint>,
    /// Gains, largest first.
    pub gains: Vec<Gain>,
    /// The stages of the objective, in order.
    pub stages: Vec<Stage>,
    /// What the verifier found.
    pub verification: Verification,
    /// Time spent.
    pub timing: Timing,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PlanError {
    /// The problem breaks its own invariants.
    Defects {
        /// One sentence each.
        defects: Vec<String>,
    },
    /// The wishes contradict each other.
    Infeasible {
        /// The smallest set of wishes found that cannot hold together, one sentence each.
        conflicts: Vec<String>,
    },
    /// The solver failed numerically; a defect of ours.
    Numerical {
        /// Where.
        detail: String,
    },
}

impl std::fmt::Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PlanError::Defects { defects } => write!(f, "the problem is not well formed: {}", defects.join("; ")),
            PlanError::Infeasible { conflicts } => write!(f, "no plan keeps all of these: {}", conflicts.join("; ")),
            PlanError::Numerical { detail } => write!(f, "the solver failed numerically: {detail}"),
        }
    }
}

impl std::error::Error for PlanError {}
