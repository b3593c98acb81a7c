//! The frozen window beside whole decisions: whether the released amounts can be kept together with minimum lots, split limits and hours for
//! changeovers; if not, which wishes contradict each other.
//!
//! What contradicts itself already without whole decisions is found and named by the continuous check, with the longest shifts that may be
//! chosen. What is left are blocks in which every arc of a frozen period is used or not as it is released.
//!
//! **Invariant:** a block that passes has an answer that keeps its bounds.

use super::Limits;
use super::block::{Arc, Block, Costs};
use super::conflicts::{Rule, Wish, conflicts, infeasible};
use super::exact::Exact;
use super::problem::{Job, Scene, failed};
use crate::assemble::demand;
use crate::figures::counted;
use crate::options::{Frozen, Options};
use crate::plan::PlanError;
use crate::problem::Problem;
use crate::solve;

/// Whether the frozen window can be kept.
///
/// # Errors
/// [`PlanError::Infeasible`] with the wishes that contradict each other.
pub(super) fn check(scene: &Scene, jobs: &[Job], limits: &Limits) -> Result<(), PlanError> {
    let Some(frozen) = scene.options.frozen.filter(|frozen| frozen.periods > 0) else { return Ok(()) };
    solve::check_frozen(&with_longest_shifts(scene.problem, scene.options), scene.options, scene.order)?;
    let demand = demand(scene.problem);
    for job in jobs.iter().filter(|job| job.part.block.arcs.iter().any(Arc::is_used)) {
        let block = &job.part.block;
        let kept = Exact::new(block, &Costs::none(block), &[]).begin(block).map_err(failed)?;
        if kept.is_none() {
            let wishes = wishes(scene, job, frozen, &demand);
            let found = conflicts(&free(block), &wishes, limits).map_err(failed)?;
            let unclear = || PlanError::Numerical { detail: "integer plan: frozen amounts that no wish forbids cannot be made".to_owned() };
            return Err(found.map_or_else(unclear, |found| infeasible(&wishes, &found)));
        }
    }
    Ok(())
}

/// The problem in which every line works the longest of the shift patterns that may be chosen for it.
pub(super) fn with_longest_shifts(problem: &Problem, options: &Options) -> Problem {
    let mut longest = problem.clone();
    if options.integers.shift_patterns {
        for pattern in &problem.shift_patterns {
            let line = &mut longest.lines[pattern.line];
            line.hours_per_day = line.hours_per_day.max(pattern.hours_per_day);
        }
    }
    longest
}

/// The block without its bounds, so that wishes alone say what must be made.
fn free(block: &Block) -> Block {
    let mut free = block.clone();
    free.arcs.iter_mut().for_each(|arc| arc.bounds = (0.0, f64::INFINITY));
    free
}

/// What is wished of a block: each bounded amount, the minimum lots and the split limits there.
fn wishes(scene: &Scene, job: &Job, frozen: Frozen, demand: &[f64]) -> Vec<Wish> {
    let (block, problem) = (&job.part.block, scene.problem);
    let mut wishes = Vec::new();
    for (a, arc) in block.arcs.iter().enumerate().filter(|(_, arc)| arc.is_bounded()) {
        let (capability, period) = (job.capabilities[a] as usize, job.slots[arc.slot].period as usize);
        let model = problem.steps[problem.capabilities[capability].step].model;
        let wanted = demand[model * problem.periods.len() + period];
        let sentence = solve::frozen_wish(problem, capability, period, arc.released, wanted, frozen.tolerance);
        wishes.push(Wish { sentence, rule: Rule::Frozen { arc: a, least: arc.bounds.0, most: arc.bounds.1 } });
    }
    let with_lots: Vec<usize> = (0..block.arcs.len()).filter(|a| block.arcs[*a].is_used() && block.arcs[*a].minimum_lot > 0.0).collect();
    if !with_lots.is_empty() {
        wishes.push(Wish { sentence: "minimum lots are kept".to_owned(), rule: Rule::MinimumLots(with_lots) });
    }
    let bounded = |s: &usize| block.arcs[block.steps[*s].arcs.clone()].iter().any(Arc::is_bounded);
    let limited: Vec<usize> = (0..block.steps.len()).filter(|s| block.steps[*s].most_lines.is_some() && bounded(s)).collect();
    if let Some(most) = scene.options.integers.max_lines_per_step.filter(|_| !limited.is_empty()) {
        let sentence = format!("a model is split over at most {} in each area", counted(most as usize, "line"));
        wishes.push(Wish { sentence, rule: Rule::MostLines(limited) });
    }
    wishes
}
