//! What one more approval or shift would bring: the few candidates that promise most, each recomputed by solving again.
//!
//! An approval promises something where a line has hours left and does not make a step that is short, or a step whose hours on full lines
//! would be freed; what it promises is estimated from the hours left and the prices. A shift promises the price of its hours. For each step
//! and each line only the best candidate is tried, so that the list names different things to do.
//!
//! **Invariant:** what is reported is never the estimate but the difference of two solved problems.

use std::collections::HashMap;

use super::Scene;
use super::part::{Part, Plants, Reach};
use crate::options::Options;
use crate::order::Order;
use crate::plan::{Gain, Plan, Reason, Unmet};
use crate::problem::Problem;
use crate::worth::{Worth, standard_hours};

/// What an answer leaves unmet.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Remainder {
    /// Units (summed over areas in the area reading).
    pub units: f64,
    /// The same in weight.
    pub weight: f64,
}

/// Solves a problem again and says what stays unmet.
pub(crate) type Resolve<'a> = dyn Fn(&Problem, &Options) -> Option<Remainder> + 'a;

/// Hours a day that a shift adds, as far as the day has them (h).
const SHIFT_HOURS: f64 = 8.0;
/// Share of a line's hours that must be left for it to be offered work.
const WORTH_WHILE: f64 = 1e-3;

/// A change to try.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Change {
    Approval { step: usize, line: usize, period: usize, known: Option<usize> },
    Shift { line: usize, period: usize, hours_per_day: f64 },
}

/// The best gains, largest weight first: at most `approvals` and `shifts` changes are tried.
pub(crate) fn gains(scene: &Scene, plan: &Plan, approvals: usize, shifts: usize, resolve: &Resolve) -> Vec<Gain> {
    if plan.unmet.is_empty() || approvals + shifts == 0 {
        return Vec::new();
    }
    let worth = Worth::of(scene.problem, scene.options.weight, scene.order);
    let survey = Survey { scene, plan, worth: &worth, standard: standard_hours(scene.problem, scene.order), blocks: Blocks::of(scene) };
    let mut changes = best(survey.approvals(), approvals, scene.order);
    changes.extend(best(survey.shifts(), shifts, scene.order));
    let plants = Plants::of(scene);
    let mut trials = Trials { survey: &survey, plants, parts: HashMap::new(), resolve };
    let mut gains: Vec<(Change, Gain)> = changes.into_iter().filter_map(|change| trials.gain(change).map(|gain| (change, gain))).collect();
    let size = |gain: &Gain| match gain {
        Gain::Approval { units, weight, .. } | Gain::Shift { units, weight, .. } => (*weight, *units),
    };
    gains.sort_by(|(a, x), (b, y)| {
        let (x, y) = (size(x), size(y));
        y.0.total_cmp(&x.0).then(y.1.total_cmp(&x.1)).then_with(|| name(*a, scene.order).cmp(&name(*b, scene.order)))
    });
    gains.into_iter().map(|(_, gain)| gain).collect()
}

/// Looks for changes that promise something.
struct Survey<'s> {
    scene: &'s Scene<'s>,
    plan: &'s Plan,
    worth: &'s Worth,
    /// Standard hours of each step (h).
    standard: Vec<f64>,
    blocks: Blocks,
}

type Promise = (f64, Change);

impl Survey<'_> {
    /// Approvals of short steps on lines with hours left, and of steps that would free hours of full lines.
    fn approvals(&self) -> HashMap<usize, Promise> {
        let mut best = HashMap::new();
        for unmet in &self.plan.unmet {
            if matches!(unmet.reason, Reason::OutsideProgramLife | Reason::IntegerRules | Reason::OtherArea | Reason::Frozen)
                || unmet.weight <= 0.0
            {
                continue;
            }
            let value = unmet.weight / unmet.units;
            for stop in self.scene.order.stops_of(unmet.model).iter().filter(|s| s.area as usize == unmet.area) {
                for &step in self.scene.order.steps_at(*stop) {
                    self.offer(step as usize, unmet.period, unmet.units, value, &mut best);
                }
            }
        }
        for a in &self.plan.allocations {
            let c = &self.scene.problem.capabilities[a.capability];
            let price = self.scene.load(c.line, a.period).hour_price;
            if price > 0.0 {
                self.offer(c.step, a.period, a.units, price * a.hours / a.units, &mut best);
            }
        }
        best
    }

    /// Offers units of a step to every line of its area and plants that has hours left but not the step.
    fn offer(&self, step: usize, period: usize, units: f64, value: f64, best: &mut HashMap<usize, Promise>) {
        let (scene, hours) = (self.scene, self.standard[step]);
        let capabilities = scene.order.capabilities_of(step);
        if hours <= 0.0 || self.scene.is_frozen(period) {
            return;
        }
        let mut latest = usize::MAX;
        // Capabilities follow by plant, so each plant's lines are offered once.
        for &block in capabilities.iter().map(|c| &self.blocks.of_line[scene.problem.capabilities[*c as usize].line]) {
            if std::mem::replace(&mut latest, block) != block {
                self.offer_block(step, period, units, value, block, best);
            }
        }
    }

    fn offer_block(&self, step: usize, period: usize, units: f64, value: f64, block: usize, best: &mut HashMap<usize, Promise>) {
        let (scene, hours) = (self.scene, self.standard[step]);
        let capabilities = scene.order.capabilities_of(step);
        for &line in &self.blocks.lines[block] {
            let slack = scene.slack(line, period);
            if slack <= WORTH_WHILE * scene.limit(line, period) {
                continue;
            }
            let known = capabilities.iter().map(|c| *c as usize).find(|c| scene.problem.capabilities[*c].line == line);
            if known.is_some_and(|c| scene.allowed(c, period)) {
                continue;
            }
            let promise = units.min(slack / hours) * value;
            keep(best, step, promise, Change::Approval { step, line, period, known }, scene.order);
        }
    }

    /// Shifts on lines that limit a short model, or that it could run on if they had hours.
    fn shifts(&self) -> HashMap<usize, Promise> {
        let mut best = HashMap::new();
        let mut lost: HashMap<(usize, usize), f64> = HashMap::new();
        for unmet in &self.plan.unmet {
            *lost.entry((unmet.area, unmet.period)).or_insert(0.0) += unmet.weight;
        }
        let limited =
            |u: &&Unmet| matches!(u.reason, Reason::Capacity | Reason::NoHours) && u.weight > 0.0 && !self.scene.is_frozen(u.period);
        for unmet in self.plan.unmet.iter().filter(limited) {
            let most = lost[&(unmet.area, unmet.period)];
            for stop in self.scene.order.stops_of(unmet.model).iter().filter(|s| s.area as usize == unmet.area) {
                for &c in self.scene.order.steps_at(*stop).iter().flat_map(|step| self.scene.order.capabilities_of(*step as usize)) {
                    self.lengthen(c as usize, unmet.period, unmet.weight / unmet.units, most, &mut best);
                }
            }
        }
        best
    }

    fn lengthen(&self, capability: usize, period: usize, value: f64, most: f64, best: &mut HashMap<usize, Promise>) {
        let scene = self.scene;
        let l = scene.problem.capabilities[capability].line;
        let line = &scene.problem.lines[l];
        let hours_per_day = SHIFT_HOURS.min(24.0 - line.hours_per_day - line.overtime_hours_per_day);
        if hours_per_day <= 0.0 || line.operating_days[period] <= 0.0 || !scene.allowed(capability, period) || !scene.full(l, period) {
            return;
        }
        let price = scene.load(l, period).hour_price;
        // A line without a price (it had no hours, or the rule knows none) is worth what it could make.
        let price = if price > 0.0 { price } else { value / scene.problem.hours_per_unit(capability) };
        let promise = (hours_per_day * line.operating_days[period] * price).min(most);
        keep(best, l, promise, Change::Shift { line: l, period, hours_per_day }, scene.order);
    }
}

/// Solves the parts that changes reach.
struct Trials<'s> {
    survey: &'s Survey<'s>,
    plants: Plants,
    parts: HashMap<Reach, Option<(Part, Remainder)>>,
    resolve: &'s Resolve<'s>,
}

impl Trials<'_> {
    /// What the change brings, if anything.
    fn gain(&mut self, change: Change) -> Option<Gain> {
        let (survey, resolve) = (self.survey, self.resolve);
        let scene = survey.scene;
        let (Change::Approval { line, period, .. } | Change::Shift { line, period, .. }) = change;
        let reach = self.plants.reach(scene, line, period);
        let solved = self.parts.entry(reach).or_insert_with(|| {
            let part = Part::cut(scene, &self.plants, survey.worth, reach);
            let before = resolve(&part.problem, &part.options)?;
            Some((part, before))
        });
        let (part, before) = solved.as_ref()?;
        let changed = match change {
            Change::Approval { step, line, period, known } => part.with_approval(step, line, period, known, survey.standard[step]),
            Change::Shift { line, period, hours_per_day } => part.with_hours(line, period, hours_per_day),
        };
        let after = resolve(&changed?, &part.options)?;
        let (units, weight) = (before.units - after.units, before.weight - after.weight);
        // Differences of this size are rounding.
        // More weight from fewer units is a trade between models, not help that a sentence could offer.
        if weight <= 1e-9 * before.weight.max(1.0) || units <= 0.0 {
            return None;
        }
        Some(match change {
            Change::Approval { step, line, period, .. } => Gain::Approval { step, line, period, units, weight },
            Change::Shift { line, period, hours_per_day } => {
                let hours = hours_per_day * scene.problem.lines[line].operating_days[period];
                Gain::Shift { line, period, hours, units, weight }
            }
        })
    }
}

/// The lines of each plant and area, by name.
struct Blocks {
    lines: Vec<Vec<usize>>,
    of_line: Vec<usize>,
}

impl Blocks {
    fn of(scene: &Scene) -> Blocks {
        let block = |l: &u32| (&scene.problem.lines[*l as usize].plant, scene.problem.lines[*l as usize].area);
        let mut of_line = vec![0; scene.problem.lines.len()];
        let mut lines = Vec::new();
        for together in scene.order.lines.chunk_by(|a, b| block(a) == block(b)) {
            together.iter().for_each(|l| of_line[*l as usize] = lines.len());
            lines.push(together.iter().map(|l| *l as usize).collect());
        }
        Blocks { lines, of_line }
    }
}

/// Keeps the change that promises most; among equals the first by name.
fn keep(best: &mut HashMap<usize, Promise>, key: usize, promise: f64, change: Change, order: &Order) {
    if promise <= 0.0 {
        return;
    }
    let known = best.entry(key).or_insert((promise, change));
    if promise > known.0 || (promise == known.0 && name(change, order) < name(known.1, order)) {
        *known = (promise, change);
    }
}

/// The changes that promise most.
fn best(promises: HashMap<usize, Promise>, most: usize, order: &Order) -> Vec<Change> {
    let mut promises: Vec<Promise> = promises.into_values().collect();
    promises.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| name(a.1, order).cmp(&name(b.1, order))));
    promises.into_iter().take(most).map(|(_, change)| change).collect()
}

/// Kind, line, step and period, for breaking ties.
fn name(change: Change, order: &Order) -> (u8, u32, u32, usize) {
    match change {
        Change::Approval { step, line, period, .. } => (0, order.line_rank[line], order.step_rank[step], period),
        Change::Shift { line, period, .. } => (1, order.line_rank[line], 0, period),
    }
}
