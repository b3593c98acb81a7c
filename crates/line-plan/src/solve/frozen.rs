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
use super::general::failed;
use super::prebuild::connected;
use super::window::{self, Window, cover, mean_hours};
use crate::figures;
use crate::highs::{Highs, Outcome, Program};
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
    if course.options.model == PlanModel::Prebuild {
        return check_with_stock(course, problem, frozen);
    }
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

/// The same where stock couples the periods: all frozen periods of a connected part are looked at together.
fn check_with_stock(course: &Course, problem: &Problem, frozen: Frozen) -> Result<(), PlanError> {
    let n = course.network;
    let possible = possible(course);
    let wanted: Vec<f64> = (0..n.demand.len())
        .map(
            |at| if possible[at] > 0.0 || n.demand[at] == 0.0 { n.demand[at] + cover(course, at / n.periods, at % n.periods) } else { 0.0 },
        )
        .collect();
    let scene = |period: usize| Scene { course, problem, period, tolerance: frozen.tolerance };
    (0..frozen.periods.min(n.periods)).try_for_each(|t| scene(t).hopeless(&wanted))?;
    for part in connected(course) {
        let work: Vec<f64> = part.models.iter().map(|m| mean_hours(course, *m)).collect();
        let mut program = Program::default();
        let mut columns = Vec::new();
        for (i, &m) in part.models.iter().enumerate() {
            for t in 0..n.periods {
                let sold = program.column(0.0, 0.0, work[i] * n.demand[m * n.periods + t]);
                columns.push((sold, program.column(0.0, 0.0, work[i] * cover(course, m, t))));
            }
        }
        let finished = |i: usize, t: usize| {
            let (sold, stock) = columns[i * n.periods + t];
            let before = (t > 0).then(|| (columns[i * n.periods + t - 1].1, -1.0));
            ([(sold, 1.0), (stock, 1.0)].into_iter().chain(before).collect(), 0.0)
        };
        let window = window::add(&mut program, course, &part.models, &work, |_, _| (0.0, f64::INFINITY), finished);
        let mut highs = Highs::new(&program).map_err(failed)?;
        highs.set_double(c"primal_feasibility_tolerance", 1e-9).map_err(failed)?;
        let found = Wishes::of_window(&window, &mut highs, |arc, t| frozen.bounds(n.released(arc, t))).smallest()?;
        if !found.is_empty() {
            let sentence = |w: usize| scene(window.amounts[w].1).sentence(window.amounts[w].0);
            return Err(PlanError::Infeasible { conflicts: found.into_iter().map(sentence).collect() });
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
                } else if n.demand[at] == 0.0 && wanted[at] == 0.0 {
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
        let mut bounded = Bounded::new(built)?;
        let hold =
            |kept: &[bool]| bounded.can_hold(kept.iter().zip(&built.bounds).map(|(kept, bounds)| if *kept { *bounds } else { FREE }));
        let found = Wishes { count: built.arc.len(), hold: Box::new(hold) }.smallest()?;
        if found.is_empty() {
            return Ok(());
        }
        Err(PlanError::Infeasible { conflicts: found.into_iter().map(|j| self.sentence(built.arc[j] as usize)).collect() })
    }

    /// One wish in words.
    fn sentence(&self, arc: usize) -> String {
        let (n, problem) = (self.course.network, self.problem);
        let capability = n.arc_id[arc] as usize;
        let model = problem.steps[problem.capabilities[capability].step].model;
        let ranked = n.model_id.iter().position(|m| *m as usize == model).unwrap_or_default();
        let wanted = n.demand[ranked * n.periods + self.period];
        wish(problem, capability, self.period, n.released(arc, self.period), wanted, self.tolerance)
    }
}

/// The wish that a capability stays as released in a period, in words; `wanted` is the model's demand then.
pub(crate) fn wish(problem: &Problem, capability: usize, period: usize, released: f64, wanted: f64, tolerance: f64) -> String {
    let capability = &problem.capabilities[capability];
    let (line, step) = (&problem.lines[capability.line], &problem.steps[capability.step]);
    let board = if step.name.is_empty() { String::new() } else { format!(" ({})", step.name) };
    let model = format!("{}{board}", problem.models[step.model].name);
    let place = format!("line {} of plant {}", line.name, line.plant);
    let period = &problem.periods[period].name;
    if released == 0.0 {
        return format!("{place} makes no {model} in {period}, because none is released");
    }
    let wanted = format!("{} are wanted", figures::quantity(wanted));
    if tolerance == 0.0 {
        return format!("{place} makes {} of {model} in {period} as released; {wanted}", figures::quantity(released));
    }
    let (least, most) = ((released * (1.0 - tolerance)).max(0.0), released * (1.0 + tolerance));
    let range = format!("{} to {}", figures::quantity(least), figures::quantity(most));
    format!("{place} makes {range} of {model} in {period}, {} are released; {wanted}", figures::quantity(released))
}

/// Bounds of an amount of which nothing is wished.
const FREE: (f64, f64) = (0.0, f64::INFINITY);

/// Wishes that may be kept or dropped, and whether those kept can hold together.
struct Wishes<'h> {
    count: usize,
    hold: Box<dyn FnMut(&[bool]) -> Result<bool, PlanError> + 'h>,
}

impl<'h> Wishes<'h> {
    /// The wishes of a window: one for each amount.
    fn of_window(window: &'h Window, highs: &'h mut Highs, bounds: impl Fn(usize, usize) -> (f64, f64) + 'h) -> Wishes<'h> {
        let hold = move |kept: &[bool]| {
            let bound = |(&(arc, t, column, work), kept): (&(usize, usize, usize, f64), &bool)| {
                let (least, most) = if *kept { bounds(arc, t) } else { FREE };
                (column, least * work, most * work)
            };
            let changes: Vec<(usize, f64, f64)> = window.amounts.iter().zip(kept).map(bound).collect();
            highs.change_column_bounds(&changes).map_err(failed)?;
            match highs.run().map_err(failed)? {
                Outcome::Optimal => Ok(true),
                Outcome::Infeasible | Outcome::UnboundedOrInfeasible => Ok(false),
                outcome => Err(PlanError::Numerical { detail: format!("the frozen window ended with {outcome:?}") }),
            }
        };
        Wishes { count: window.amounts.len(), hold: Box::new(hold) }
    }

    /// The smaller of the contradictions found from both ends, ascending; empty where all wishes hold.
    fn smallest(mut self) -> Result<Vec<usize>, PlanError> {
        let forward: Vec<usize> = (0..self.count).collect();
        if self.can_hold(&forward)? {
            return Ok(Vec::new());
        }
        let backward: Vec<usize> = forward.iter().rev().copied().collect();
        let (first, second) = (self.contradiction(&[], false, &forward)?, self.contradiction(&[], false, &backward)?);
        let mut smaller = if second.len() < first.len() { second } else { first };
        smaller.sort_unstable();
        Ok(smaller)
    }

    /// Whether these can be kept together while the others are dropped.
    fn can_hold(&mut self, wishes: &[usize]) -> Result<bool, PlanError> {
        let mut kept = vec![false; self.count];
        wishes.iter().for_each(|w| kept[*w] = true);
        (self.hold)(&kept)
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
