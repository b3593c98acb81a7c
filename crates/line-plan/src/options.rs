//! How the question is to be answered: which model of the plant, what a unit is worth, what is balanced, within which limits.

use serde::{Deserialize, Serialize};

use crate::problem::PriorityReading;

/// Which reading of demand the plan satisfies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanModel {
    /// V1: each area on its own, as the desktop tool reads it.
    Area,
    /// V2: an area makes no unit that another area of its routing cannot make.
    #[default]
    Finished,
    /// V3: finished units, which may be made ahead and kept in stock.
    Prebuild,
    /// The desktop tool's rule: area by area, priority by priority, in sheet order.
    Baseline,
}

/// What one unit of unmet demand costs, always multiplied by [`crate::Model::weight`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Standard hours: the mean hours per unit over the capabilities of each step, summed over the steps that count
    /// (those of one area in [`PlanModel::Area`] and [`PlanModel::Baseline`], of the whole routing otherwise).
    #[default]
    Hours,
    /// Units.
    Units,
    /// [`crate::Model::unit_value`]; a model without one counts as 0.
    Money,
}

/// How far line utilisation is evened out after demand is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Balance {
    /// The highest utilisation is minimal, then the next highest, and so on.
    #[default]
    Leximin,
    /// Only the highest utilisation of each plant, area and period is minimal.
    Max,
    /// Not at all.
    Off,
}

/// How changeovers reduce capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeoverCharging {
    /// Not at all.
    #[default]
    None,
    /// The probability-weighted estimate over the line's mix, with the effective number of models 1/HHI; what is cut from a
    /// line is offered to the other lines again.
    Mix,
    /// Hours for each model assigned to a line in a period: exact, makes the plan an integer one.
    Campaign,
}

/// The integer part of the model; all off by default.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Integers {
    /// Minimum lots are kept.
    pub minimum_lots: bool,
    /// Most lines that a model may be split over in one area and period.
    pub max_lines_per_step: Option<u32>,
    /// Each line is opened or not, at its opening cost.
    pub openings: bool,
    /// An opened line stays open.
    pub openings_stay: bool,
    /// Each line changes between open and closed at most so often from period to period; not counted where an opened line stays open.
    #[serde(default)]
    pub max_opening_changes: Option<u32>,
    /// Each line with [`crate::Problem::shift_patterns`] runs one of them or its usual hours in each period, at the pattern's cost.
    #[serde(default)]
    pub shift_patterns: bool,
    /// Accept an answer within this relative gap of the bound.
    pub relative_gap: f64,
}

impl Integers {
    /// Whether any integer decision is asked for.
    pub fn any(&self) -> bool {
        self.minimum_lots || self.max_lines_per_step.is_some() || self.openings || self.shift_patterns
    }
}

/// The frozen window: the periods next to come, in which the released plan may hardly change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// How many of the first periods are frozen.
    pub periods: usize,
    /// Share of the released units by which each capability may differ from them; 0 means exactly as released.
    pub tolerance: f64,
}

impl Frozen {
    /// Relative room that bounds get, so that rounding of the released units contradicts nothing.
    const ROOM: f64 = 1e-9;

    /// Fewest and most units where these are released.
    pub(crate) fn bounds(&self, released: f64) -> (f64, f64) {
        let (least, most) = (1.0 - self.tolerance - Self::ROOM, 1.0 + self.tolerance + Self::ROOM);
        ((released * least).max(0.0), released * most)
    }
}

/// Everything that shapes the answer beside the problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// Which model of demand.
    pub model: PlanModel,
    /// What a unit is worth.
    pub weight: Weight,
    /// How lines are balanced.
    pub balance: Balance,
    /// Whether preferred lines are sought after balancing.
    pub preference: bool,
    /// What priorities rank; read from the problem when absent.
    pub priority_reading: Option<PriorityReading>,
    /// How changeovers are charged.
    pub changeovers: ChangeoverCharging,
    /// Runs of each model in a period, for charging changeovers (1 = one campaign).
    pub campaigns_per_period: f64,
    /// Most stock of a model at the end of a period, as a share of the next period's demand (V3 only).
    pub prebuild_cover: f64,
    /// Integer decisions.
    pub integers: Integers,
    /// Periods in which the plan stays within a tolerance of [`crate::Problem::released`]. What cannot be kept is an error that names it.
    #[serde(default)]
    pub frozen: Option<Frozen>,
    /// How many approvals and how many shifts are tried for what they would gain; each costs a solve of one plant and period.
    pub gains: usize,
    /// Longest time that may be spent (s); none means until done. Only integer plans can reach it.
    pub time_limit_s: Option<f64>,
    /// Threads that may be used, at least 1.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            model: PlanModel::default(),
            weight: Weight::default(),
            balance: Balance::default(),
            preference: true,
            priority_reading: None,
            changeovers: ChangeoverCharging::default(),
            campaigns_per_period: 1.0,
            prebuild_cover: 0.5,
            integers: Integers::default(),
            frozen: None,
            gains: 10,
            time_limit_s: None,
            threads: 1,
        }
    }
}
