//! The frozen window: before anything is planned, whether the released amounts can be kept at all; if not, which of them contradict.
//!
//! A wish is that one capability stays within the tolerance of its released units in one period. Demand, hours, approvals, program lives
//! and routings are no wishes and always hold. The contradiction is narrowed down by QuickXplain (Junker, *QuickXplain: Preferred
//! Explanations and Relaxations for Over-Constrained Problems*, AAAI 2004), from both ends of the wishes; the smaller set counts.
//!
//! **Invariant:** without any one of the named wishes the others of the set can be kept.

use super::bounded::Bounded;
use super::build::{Builder, Built, ItemRequest};
use super::course::Course;
use super::finish::{joined, members, possible};
use crate::figures;
use crate::options::{Frozen, PlanModel};
use crate::plan::PlanError;
use crate::problem::Problem;

/// Whether the frozen window can be kept.
///
/// # Errors
/// [`PlanError::Infeasible`] with the wishes that contradict each other, [`PlanError::Defects`] for a tolerance that is none.
pub(crate) fn check(course: &Course, problem: &Problem) -> Result<(), PlanError> {
    let Some(frozen) = course.options.frozen.filter(|frozen| frozen.periods > 0) else { return Ok(()) };
    if let Some(reason) = refusal(course, problem, frozen)? {
        let window = format!("the first {} stay as released", figures::counted(frozen.periods, "period"));
        return Err(PlanError::Infeasible { conflicts: vec![window, reason] });
    }
    let n = course.network;
    let whole = course.options.model == PlanModel::Finished;
    let wanted = if whole { possible(course) } else { n.demand.clone() };
    let mut builder = Builder::new(n);
    let all: Vec<usize> = (0..n.components.len()).collect();
    for t in 0..frozen.periods.min(n.periods) {
        let scene = Scene { course, problem, period: t, tolerance: frozen.tolerance };
        scene.hopeless(&wanted)?;
        let groups = if whole { joined(course, &all, t, &wanted) } else { all.iter().map(|&c| vec![c]).collect() };
        for group in groups {
            let (models, pairs) = members(course, &group, t, &wanted);
            let units = |model: u32| wanted[model as usize * n.periods + t];
            let items: Vec<ItemRequest> = if whole {
                models.iter().zip(&pairs).map(|(&model, pairs)| ItemRequest { model, pairs, units: units(model) }).collect()
            } else {
                let pairs = pairs.iter().flatten().filter(|&&p| n.can_do(p as usize, t));
                pairs
                    .map(|p| (n.pair_model[*p as usize], p))
                    .map(|(model, p)| ItemRequest { model, pairs: std::slice::from_ref(p), units: units(model) })
                    .collect()
            };
            scene.keep(&builder.build(t, items.into_iter()))?;
        }
    }
    Ok(())
}

/// Why there can be no frozen window here at all.
fn refusal(course: &Course, problem: &Problem, frozen: Frozen) -> Result<Option<String>, PlanError> {
    if !frozen.tolerance.is_finite() || frozen.tolerance < 0.0 {
        return Err(PlanError::Defects {
            defects: vec![format!("tolerance of the frozen window is {}, expected 0 or more", frozen.tolerance)],
        });
    }
    if course.options.model == PlanModel::Prebuild {
        return Ok(Some("stock is built ahead (model prebuild), which is planned without a frozen window".to_owned()));
    }
    let n = course.network;
    let untold = (0..frozen.periods.min(n.periods)).find(|t| !n.has_released(*t));
    Ok(untold.map(|t| format!("no plan is released for {}", problem.periods[t].name)))
}

/// A frozen period.
struct Scene<'s> {
    course: &'s Course<'s>,
    problem: &'s Problem,
    period: usize,
    tolerance: f64,
}

impl Scene<'_> {
    /// Released amounts that nothing in the period allows: each alone is a contradiction.
    fn hopeless(&self, wanted: &[f64]) -> Result<(), PlanError> {
        let (n, t) = (self.course.network, self.period);
        for p in 0..n.pairs() {
            let at = n.pair_model[p] as usize * n.periods + t;
            for j in n.steps_of(p).flat_map(|k| n.arcs_of(k)) {
                if n.released(j, t) * (1.0 - self.tolerance) <= 0.0 {
                    continue;
                }
                let capability = &self.problem.capabilities[n.arc_id[j] as usize];
                let model = &self.problem.models[self.problem.steps[capability.step].model];
                let reason = if !model.life.contains(t) {
                    "the program does not live then"
                } else if !capability.approved.contains(t) {
                    "the customer has not approved it for then"
                } else if !n.usable(j, t) {
                    "the line has no hours then"
                } else if n.demand[at] == 0.0 {
                    "nothing of it is wanted then"
                } else if wanted[at] == 0.0 || !n.can_do(p, t) {
                    "no line can do another step of it then"
                } else {
                    continue;
                };
                return Err(PlanError::Infeasible { conflicts: vec![format!("{}; {reason}", self.sentence(j))] });
            }
        }
        Ok(())
    }

    /// Whether a block can keep all its released amounts.
    fn keep(&self, built: &Built) -> Result<(), PlanError> {
        if built.block.items() == 0 {
            return Ok(());
        }
        let mut wishes = Wishes { program: Bounded::new(built)?, built };
        let forward: Vec<usize> = (0..built.arc.len()).collect();
        if wishes.can_hold(&forward)? {
            return Ok(());
        }
        let backward: Vec<usize> = forward.iter().rev().copied().collect();
        let (first, second) = (wishes.contradiction(&[], false, &forward)?, wishes.contradiction(&[], false, &backward)?);
        let mut smaller = if second.len() < first.len() { second } else { first };
        smaller.sort_unstable();
        Err(PlanError::Infeasible { conflicts: smaller.into_iter().map(|j| self.sentence(built.arc[j] as usize)).collect() })
    }

    /// One wish in words.
    fn sentence(&self, arc: usize) -> String {
        let (n, problem) = (self.course.network, self.problem);
        let capability = &problem.capabilities[n.arc_id[arc] as usize];
        let (line, step) = (&problem.lines[capability.line], &problem.steps[capability.step]);
        let board = if step.name.is_empty() { String::new() } else { format!(" ({})", step.name) };
        let model = format!("{}{board}", problem.models[step.model].name);
        let place = format!("line {} of plant {}", line.name, line.plant);
        let (period, units) = (&problem.periods[self.period].name, n.released(arc, self.period));
        if units == 0.0 {
            return format!("{place} makes no {model} in {period}, because none is released");
        }
        let wanted = n.demand[self.ranked(step.model) * n.periods + self.period];
        let wanted = format!("{} are wanted", figures::quantity(wanted));
        if self.tolerance == 0.0 {
            return format!("{place} makes {} of {model} in {period} as released; {wanted}", figures::quantity(units));
        }
        let (least, most) = ((units * (1.0 - self.tolerance)).max(0.0), units * (1.0 + self.tolerance));
        let range = format!("{} to {}", figures::quantity(least), figures::quantity(most));
        format!("{place} makes {range} of {model} in {period}, {} are released; {wanted}", figures::quantity(units))
    }

    fn ranked(&self, model: usize) -> usize {
        self.course.network.model_id.iter().position(|m| *m as usize == model).unwrap_or_default()
    }
}

/// The wishes of a block: one for each arc.
struct Wishes<'b> {
    program: Bounded<'b>,
    built: &'b Built,
}

impl Wishes<'_> {
    /// Whether these can be kept together while the others are dropped.
    fn can_hold(&mut self, kept: &[usize]) -> Result<bool, PlanError> {
        let mut bounds = vec![(0.0, f64::INFINITY); self.built.arc.len()];
        kept.iter().for_each(|&j| bounds[j] = self.built.bounds[j]);
        self.program.can_hold(bounds.into_iter())
    }

    /// The wishes among the candidates that contradict each other together with `given`. `changed` says whether `given` has grown since it
    /// was last known to hold.
    fn contradiction(&mut self, given: &[usize], changed: bool, candidates: &[usize]) -> Result<Vec<usize>, PlanError> {
        if changed && !self.can_hold(given)? {
            return Ok(Vec::new());
        }
        if candidates.len() <= 1 {
            return Ok(candidates.to_vec());
        }
        let (first, second) = candidates.split_at(candidates.len() / 2);
        let mut found = self.contradiction(&[given, first].concat(), true, second)?;
        let rest = self.contradiction(&[given, &found].concat(), !found.is_empty(), first)?;
        found.extend(rest);
        Ok(found)
    }
}
