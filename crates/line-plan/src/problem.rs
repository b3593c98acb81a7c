//! The question: lines, models, what can be made where, and how much is wanted when.
//!
//! A [`Problem`] is plain data with indices for references; it says nothing of how it will be answered
//! (that is [`crate::Options`]). Whoever builds one, a workbook reader or a database, needs no
//! particular order of entries: outside the baseline rule the engine orders everything by names before it starts.
//!
//! **Invariant:** every index points into the vector it names; hours, units and times are finite and not negative.
//! [`Problem::defects`] lists what breaks this; the engine refuses a problem that has any.

use serde::{Deserialize, Serialize};

mod defects;
mod sound;

/// A stage of the plant that a unit passes, e.g. SMT or Final Assembly. Areas with one name in several plants are one area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// The name, unique among areas.
    pub name: String,
    /// Place in the routing, for display; several areas may share one (parallel branches).
    pub order: u32,
    /// Areas (indices) that come directly before this one; empty where the routing was not given.
    pub predecessors: Vec<usize>,
}

/// A production line: the capacity-constrained ISA-95 work center.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The name, unique within its plant.
    pub name: String,
    /// Plant the line stands in.
    pub plant: String,
    /// Index of its area.
    pub area: usize,
    /// Hours the line can run on an operating day (h/d).
    pub hours_per_day: f64,
    /// Further hours that may be worked on an operating day at extra cost (h/d).
    pub overtime_hours_per_day: f64,
    /// Operating days per period (d), one entry for each period of the problem.
    pub operating_days: Vec<f64>,
    /// Planned maintenance per period (h), subtracted from the available hours; empty means none.
    pub maintenance_hours: Vec<f64>,
    /// Cost of opening the line in a period, in equivalent hours; only integer plans with openings use it.
    pub opening_cost: f64,
}

impl Line {
    /// Hours available in a period (h): hours per day × operating days − planned maintenance, not below zero.
    pub fn hours(&self, period: usize) -> f64 {
        let maintenance = self.maintenance_hours.get(period).copied().unwrap_or(0.0);
        (self.hours_per_day * self.operating_days[period] - maintenance).max(0.0)
    }

    /// Overtime that may be added in a period (h).
    pub fn overtime_hours(&self, period: usize) -> f64 {
        self.overtime_hours_per_day * self.operating_days[period]
    }
}

/// A product model (or a family, where the workbook plans by family).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The name, unique among models.
    pub name: String,
    /// Customer, or empty.
    pub customer: String,
    /// Program, or empty.
    pub program: String,
    /// Family for changeovers, or empty.
    pub family: String,
    /// Weight of its demand, 1 by default; multiplies whatever [`crate::Weight`] is chosen.
    pub weight: f64,
    /// Strict priority of its demand: tier 1 is served before tier 2 gets anything.
    pub tier: u32,
    /// Value of one unit, for [`crate::Weight::Money`].
    pub unit_value: Option<f64>,
    /// Currency of the unit value, e.g. `EUR`, or empty.
    pub currency: String,
    /// Periods in which the program lives.
    pub life: Window,
}

/// An inclusive range of period indices; the default is every period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First period inside.
    pub first: usize,
    /// Last period inside; before `first` the window is empty.
    pub last: usize,
}

impl Window {
    /// Every period.
    pub const ALWAYS: Window = Window { first: 0, last: usize::MAX };
    /// No period.
    pub const NEVER: Window = Window { first: 1, last: 0 };

    /// Whether the period lies inside.
    pub fn contains(self, period: usize) -> bool {
        self.first <= period && period <= self.last
    }
}

impl Default for Window {
    fn default() -> Self {
        Window::ALWAYS
    }
}

/// A period of the plan: year, month, week or day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Period {
    /// Its label, e.g. `2026`, `2026-03`, `2026-W14` or `2026-03-02`; unique.
    pub name: String,
    /// Operating days of the calendar (d), for display; what counts is [`Line::operating_days`].
    pub operating_days: f64,
}

/// One thing that must be done to every unit of a model in an area. Most models have one step per area; a family made of
/// several boards and sides has one for each, and every one is needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Index of the model.
    pub model: usize,
    /// Index of the area.
    pub area: usize,
    /// Which board or side; empty where the area has one step for the model.
    pub name: String,
    /// How often the step is done for one finished unit (passes × pieces per product), more than 0.
    pub passes: f64,
}

/// The workbook's compatibility: a line that can do a step, and how fast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    /// Index of the step.
    pub step: usize,
    /// Index of the line, which stands in the step's area.
    pub line: usize,
    /// Cycle time of one panel (s), more than 0.
    pub cycle_time_s: f64,
    /// Efficiency (OEE) of the pair, in (0, 1].
    pub efficiency: f64,
    /// First-pass yield, in (0, 1].
    pub first_pass_yield: f64,
    /// Pieces per panel, more than 0.
    pub pieces_per_panel: f64,
    /// Priority of the pair, 1 first; what it ranks says [`PriorityReading`].
    pub priority: u32,
    /// Fewest units in a period if any are made here (integer plans only).
    pub minimum_lot: f64,
    /// Periods in which the customer has approved the pair.
    pub approved: Window,
}

/// Demand for a model in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// Index of the model.
    pub model: usize,
    /// Index of the period.
    pub period: usize,
    /// Units wanted in the whole period; several entries of one model and period add up.
    pub units: f64,
}

/// A longer shift pattern that a line may run in a period instead of its usual hours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShiftPattern {
    /// Index of the line.
    pub line: usize,
    /// Its name, e.g. `3 shifts`; unique for the line.
    pub name: String,
    /// Hours the line can run on an operating day (h/d).
    pub hours_per_day: f64,
    /// Cost of running it for a period, in equivalent hours like [`Line::opening_cost`]; without one its place in the order of hours
    /// counts: 1 for the shortest pattern longer than the usual hours, then 2, and so on.
    pub cost: Option<f64>,
}

/// What a released plan, the one that the plant works by, makes with a capability in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Released {
    /// Index of the capability.
    pub capability: usize,
    /// Index of the period.
    pub period: usize,
    /// Units of the step in the whole period; several entries of one capability and period add up.
    pub units: f64,
}

/// What a changeover entry speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeoverKey {
    /// Any model: the default.
    Any,
    /// Every model of a family.
    Family(String),
    /// One model (index).
    Model(usize),
}

/// Minutes to change a line from one model to another. The most specific entry counts: line before all lines, model before
/// family before default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Changeover {
    /// What ran before.
    pub from: ChangeoverKey,
    /// What runs next.
    pub to: ChangeoverKey,
    /// Minutes lost (min).
    pub minutes: f64,
    /// Line (index), or every line.
    pub line: Option<usize>,
}

/// What the priority of a capability ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PriorityReading {
    /// It ranks the lines for a model: 1 is the preferred line.
    Preference,
    /// It ranks the models at a line: 1 is served first.
    Rank,
}

/// The whole question.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Problem {
    /// Areas.
    pub areas: Vec<Area>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Models.
    pub models: Vec<Model>,
    /// Periods in time order.
    pub periods: Vec<Period>,
    /// Steps: the routing of each model.
    pub steps: Vec<Step>,
    /// Capabilities, in the order of the sheet (the baseline rule depends on it).
    pub capabilities: Vec<Capability>,
    /// Demand.
    pub demand: Vec<Demand>,
    /// Changeovers; empty means they take no time.
    pub changeovers: Vec<Changeover>,
    /// Shift patterns on offer beside the usual hours; only integer plans with [`crate::Integers::shift_patterns`] choose among them.
    #[serde(default)]
    pub shift_patterns: Vec<ShiftPattern>,
    /// The released plan, if there is one: of equally good plans the one that changes the fewest hours against it is sought.
    /// In a period with entries, what they do not name is released as 0; a period without any is free. The baseline rule does not look at it.
    #[serde(default)]
    pub released: Vec<Released>,
}

impl Problem {
    /// Hours of the capability's line for one finished unit of its model (h):
    /// passes × cycle time ÷ (3600 × efficiency × yield × pieces per panel).
    pub fn hours_per_unit(&self, capability: usize) -> f64 {
        let c = &self.capabilities[capability];
        self.steps[c.step].passes * c.cycle_time_s / (3600.0 * c.efficiency * c.first_pass_yield * c.pieces_per_panel)
    }

    /// The patterns of a line that may pay, longest last: each has more hours than the one before, the usual hours being the first, and
    /// costs more. Pairs of index and cost.
    pub fn patterns_of(&self, line: usize) -> Vec<(usize, f64)> {
        let usual = self.lines[line].hours_per_day;
        let offered = self.shift_patterns.iter().enumerate().filter(|(_, p)| p.line == line && p.hours_per_day > usual);
        let mut longer: Vec<(usize, &ShiftPattern)> = offered.collect();
        longer.sort_by(|(_, a), (_, b)| a.hours_per_day.total_cmp(&b.hours_per_day).then_with(|| a.name.cmp(&b.name)));
        let mut priced: Vec<(usize, f64)> =
            longer.iter().enumerate().map(|(rank, (p, pattern))| (*p, pattern.cost.unwrap_or(rank as f64 + 1.0))).collect();
        // Nobody runs fewer hours for the same cost.
        let mut least = f64::INFINITY;
        priced.reverse();
        priced.retain(|(_, cost)| {
            let pays = *cost < least;
            least = least.min(*cost);
            pays
        });
        priced.reverse();
        let hours = |p: usize| self.shift_patterns[p].hours_per_day;
        priced.dedup_by(|later, earlier| hours(later.0) <= hours(earlier.0));
        priced
    }

    /// Hours available in a period when the line runs a pattern (h).
    pub fn pattern_hours(&self, pattern: usize, period: usize) -> f64 {
        let pattern = &self.shift_patterns[pattern];
        Line { hours_per_day: pattern.hours_per_day, ..self.lines[pattern.line].clone() }.hours(period)
    }

    /// Released units, `[capability * periods + period]`; empty where nothing is released.
    pub(crate) fn released_units(&self) -> Vec<f64> {
        if self.released.is_empty() {
            return Vec::new();
        }
        let at = |r: &Released| r.capability * self.periods.len() + r.period;
        let mut rows: Vec<(usize, f64)> = self.released.iter().map(|r| (at(r), r.units)).collect();
        // Smallest first, so that the order of rows does not show in the last bit.
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut released = vec![0.0; self.capabilities.len() * self.periods.len()];
        rows.into_iter().for_each(|(at, units)| released[at] += units);
        released
    }

    /// Whether the released plan speaks of a period.
    pub fn is_released(&self, period: usize) -> bool {
        self.released.iter().any(|released| released.period == period)
    }

    /// How the priorities read: where every (model, area) has a single value they rank models, else lines.
    pub fn priority_reading(&self) -> PriorityReading {
        let mut any = None;
        let mut by_pair = std::collections::BTreeMap::new();
        let mut varied = false;
        for c in &self.capabilities {
            let step = &self.steps[c.step];
            let first = *by_pair.entry((step.model, step.area)).or_insert(c.priority);
            if first != c.priority {
                return PriorityReading::Preference;
            }
            varied |= *any.get_or_insert(c.priority) != c.priority;
        }
        // One value in the whole workbook ranks nothing; preference is the harmless reading of it.
        if varied { PriorityReading::Rank } else { PriorityReading::Preference }
    }
}
