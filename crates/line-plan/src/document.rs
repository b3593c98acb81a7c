//! The answer as a document: `gemba.plan-result/1`, the JSON that the command writes, the API will answer and every report is made from.
//!
//! Names instead of indices, units in the field names; every list is complete and in a fixed order, the sentences are short.
//! `docs/plan-result.md` says field by field what each one means, `docs/plan-result.schema.json` says it to programs.
//!
//! **Invariant:** version 1 only grows; a field never changes its meaning.
//! **Invariant:** the same problem, plan and context give the same document; nothing here depends on a clock or a hash order.

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::options::{Balance, ChangeoverCharging, PlanModel, Weight};
use crate::plan::Plan;
use crate::problem::PriorityReading;

mod build;
mod released;
mod sentences;
#[cfg(test)]
mod tests;

pub use released::{ReleasedDocument, UnknownReleased};

/// The schema's name and version.
pub const SCHEMA: &str = "gemba.plan-result/1";

/// What a document needs to know beside the problem and its plan.
#[derive(Debug, Clone, Default)]
pub struct DocumentContext<'a> {
    /// The workbook's file name, if there is one.
    pub source: Option<String>,
    /// What was found in the workbook.
    pub issues: Vec<Issue>,
    /// The baseline rule's plan of the same problem, to be compared with.
    pub baseline: Option<&'a Plan>,
    /// The language of the sentences.
    pub language: Language,
    /// Milliseconds spent outside the engine; the engine's own are read from the plan where these are 0.
    pub timing: TimingMs,
}

/// The whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Name and version of the engine that answered, e.g. `line-plan 0.1.0`.
    pub engine: String,
    /// `optimal`, `heuristic` or `limit_reached`.
    pub status: String,
    /// Relative gap between the answer and the proven bound; 0 when optimal, absent for the baseline rule.
    pub gap: Option<f64>,
    /// The language of every sentence in here; names of things and of fields are not translated.
    #[serde(default)]
    pub language: Language,
    /// The reading of demand.
    pub model: PlanModel,
    /// What a unit is worth.
    pub weight: Weight,
    /// The unit of every `weight` and of `hour_price` (per h): `standard hours`, `units` or a currency.
    pub weight_unit: String,
    /// How lines were balanced.
    pub balance: Balance,
    /// How changeovers were charged.
    pub changeovers: ChangeoverCharging,
    /// How priorities were read.
    pub priority_reading: PriorityReading,
    /// The workbook's file name, if it came from one.
    pub source: Option<String>,
    /// Plants in scope.
    pub plants: Vec<String>,
    /// Areas in scope, in routing order.
    pub areas: Vec<String>,
    /// Periods in scope, in time order.
    pub periods: Vec<PeriodEntry>,
    /// The figures on one page.
    pub summary: Summary,
    /// Each area of each plant in each period.
    pub area_loads: Vec<AreaLoad>,
    /// What is made where.
    pub allocations: Vec<AllocationEntry>,
    /// Demand not met, largest weight first.
    pub unmet: Vec<UnmetEntry>,
    /// Demand, finished units and stock of each model and period.
    pub finished: Vec<FinishedEntry>,
    /// Each line in each period.
    pub lines: Vec<LineEntry>,
    /// The constraints, worst first.
    pub constraints: Vec<ConstraintEntry>,
    /// What one more approval or shift would bring, largest first.
    pub gains: Vec<GainEntry>,
    /// The stages of the objective in order.
    pub stages: Vec<StageEntry>,
    /// Sentences for people, most important first.
    pub explanations: Vec<String>,
    /// The baseline rule on the same input, when it was asked for.
    pub comparison: Option<Comparison>,
    /// What changes against the released plan, when there is one.
    #[serde(default)]
    pub released: Option<Changes>,
    /// What was found in the workbook.
    pub issues: Vec<Issue>,
    /// What the independent verifier found.
    pub verification: VerificationEntry,
    /// Milliseconds spent.
    pub timing_ms: TimingMs,
}

/// A period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeriodEntry {
    /// Label.
    pub name: String,
    /// Operating days (d).
    pub operating_days: f64,
}

/// Totals over the scope.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Demand (finished units).
    pub demand_units: f64,
    /// Units that pass their whole routing, delivered.
    pub finished_units: f64,
    /// Unmet units: with model `area` and `baseline` summed over areas (a unit that two areas cannot make counts twice), otherwise finished units.
    pub unmet_units: f64,
    /// The same in the chosen weight.
    pub unmet_weight: f64,
    /// Highest line utilisation (%), overtime counted on top of the available hours.
    pub max_utilization_pct: f64,
    /// Overtime (h).
    pub overtime_hours: f64,
    /// Changeovers (h).
    pub changeover_hours: f64,
    /// Hours available (h).
    pub hours_available: f64,
    /// Hours used (h).
    pub hours_used: f64,
}

/// An area of a plant in a period. Demand that no line of any plant can make stands in an entry with an empty plant, unless there
/// is only one plant; a model that several plants can make counts in the demand of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // the field names say it, with units
pub struct AreaLoad {
    pub plant: String,
    pub area: String,
    pub period: String,
    pub hours_available: f64,
    pub hours_used: f64,
    pub utilization_pct: f64,
    /// Utilisation of its fullest line (%).
    pub max_utilization_pct: f64,
    /// Units wanted of models that pass the area in this plant's lines or could.
    pub demand_units: f64,
    /// Units made.
    pub made_units: f64,
    /// Unmet units for which this area is the limit.
    pub unmet_units: f64,
}

/// Units of a model on a line in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct AllocationEntry {
    pub plant: String,
    pub area: String,
    pub line: String,
    pub model: String,
    /// Which board or side, where the area has several steps for the model.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub step: String,
    pub period: String,
    pub units: f64,
    pub hours: f64,
}

/// Demand not met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct UnmetEntry {
    /// Plant of the limiting lines, the first by name where they stand in several; empty where no line can make the model.
    pub plant: String,
    pub area: String,
    pub model: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub customer: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub family: String,
    pub period: String,
    pub units: f64,
    pub weight: f64,
    /// `capacity`, `no_capability`, `not_approved`, `outside_program_life`, `no_hours`, `other_area`, `integer_rules` or `frozen`.
    pub reason: crate::plan::Reason,
    /// A sentence with the numbers.
    pub explanation: String,
    /// Lines whose hours limit it; those of another plant as `plant / line`.
    pub limiting_lines: Vec<String>,
}

/// A model in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FinishedEntry {
    pub model: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub customer: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub family: String,
    pub period: String,
    pub demand_units: f64,
    pub finished_units: f64,
    pub delivered_units: f64,
    pub stock_units: f64,
}

/// A line in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LineEntry {
    pub plant: String,
    pub area: String,
    pub line: String,
    pub period: String,
    pub hours_available: f64,
    pub hours_used: f64,
    pub changeover_hours: f64,
    pub overtime_hours: f64,
    pub utilization_pct: f64,
    /// The shift pattern that was chosen; absent where the line runs its usual hours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shift_pattern: Option<String>,
    /// What one more hour would save in unmet weight (weight/h).
    pub hour_price: f64,
    /// Whether the line belongs to a constraint of its area and period.
    pub constraint: bool,
}

/// Lines that together limit the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ConstraintEntry {
    pub plant: String,
    pub area: String,
    pub period: String,
    pub lines: Vec<String>,
    /// Models that only these lines can make.
    pub models: Vec<String>,
    pub hours_needed: f64,
    pub hours_available: f64,
    /// Hours needed over hours available (%).
    pub utilization_pct: f64,
    /// Whether demand is lost there.
    pub short: bool,
    /// A sentence with the numbers.
    pub explanation: String,
}

/// What one more approval or shift would bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct GainEntry {
    /// `approval` or `shift`.
    pub kind: String,
    pub plant: String,
    pub area: String,
    pub line: String,
    /// The model to approve; absent for a shift.
    pub model: Option<String>,
    pub period: String,
    /// Hours added; absent for an approval.
    pub hours: Option<f64>,
    pub units: f64,
    pub weight: f64,
    /// A sentence with the numbers.
    pub explanation: String,
}

/// A stage of the objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct StageEntry {
    pub name: String,
    pub value: f64,
    pub bound: f64,
}

/// This plan beside the baseline rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Comparison {
    pub baseline: Summary,
    /// Finished units that the baseline rule loses and this plan delivers.
    pub finished_units_gained: f64,
    /// A sentence with the numbers.
    pub explanation: String,
}

/// This plan beside the released one, over the periods of which the released one speaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Changes {
    /// Hours of the released plan, at the present hours per unit (h).
    pub hours_released: f64,
    /// Hours by which lines make more or less of a model than released; what moves from one line to another counts on both (h).
    pub hours_changed: f64,
    /// Hours changed over hours released (%).
    pub changed_pct: f64,
    /// The frozen window, where one was asked for.
    pub frozen: Option<FrozenEntry>,
    /// Everything that is made more or less of, most hours first.
    pub moves: Vec<MoveEntry>,
    /// A sentence with the numbers.
    pub explanation: String,
}

/// The frozen window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FrozenEntry {
    pub periods: Vec<String>,
    /// Share of the released units by which each may change (%).
    pub tolerance_pct: f64,
}

/// A model of which a line makes more or less than released.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MoveEntry {
    pub plant: String,
    pub area: String,
    pub line: String,
    pub model: String,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub step: String,
    pub period: String,
    pub released_units: f64,
    pub units: f64,
    /// Hours more (above 0) or fewer (below 0) than released (h).
    pub hours: f64,
}

/// How bad a finding in the workbook is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The workbook cannot be planned until it is mended.
    Error,
    /// It can be planned; look whether this is meant.
    Warning,
    /// What was done with it.
    Note,
}

/// A finding in the workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// A stable code, e.g. `unknown_line`, `negative_number`, `duplicate`.
    pub code: String,
    /// Sheet, as it is called in the workbook; empty when it concerns the file.
    pub sheet: String,
    /// Row as Excel counts (1 is the first), when it concerns one.
    pub row: Option<u32>,
    /// Column letter and heading, e.g. `C (Cycle Time)`, when it concerns one.
    pub column: Option<String>,
    /// What was found.
    pub found: String,
    /// What is expected instead.
    pub expected: String,
    /// A sentence a person can act on.
    pub message: String,
}

/// What the verifier found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct VerificationEntry {
    pub holds: bool,
    pub demand_error: f64,
    pub capacity_error: f64,
    pub route_error: f64,
    pub objective_error: f64,
}

/// Milliseconds spent (ms).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TimingMs {
    pub read: f64,
    pub build: f64,
    pub solve: f64,
    pub explain: f64,
    pub verify: f64,
    pub write: f64,
}
