//! Several objectives in strict order on one block.
//!
//! A plan for a weighted sum of all objectives is found first; then each objective in turn is improved and bounded while those
//! before it are held at what was reached.
//!
//! **Invariant:** no stage gives up what an earlier one reached, beyond [`TOLERANCE`]; each bound holds for the plans that keep the
//! values reached before.

use super::block::{Amounts, Block, Costs, TOLERANCE};
use super::exact::Exact;
use super::{Ceiling, Limits, Solved, plan_apart, solve_block};
use crate::highs::HighsError;

/// Weight of an objective over the next one, where the scale allows.
const STEP: f64 = 1e3;
/// Objectives that are told apart in the weighted sum; those behind them share the least weight.
const TOLD_APART: usize = 3;

/// What the stages reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Staged {
    /// The plan.
    pub amounts: Amounts,
    /// Value and proven bound of each objective.
    pub stages: Vec<(f64, f64)>,
}

/// Solves for the objectives, the first one first.
///
/// # Errors
/// When the linear solver fails numerically.
pub fn solve_stages(block: &Block, objectives: &[Costs], limits: &Limits) -> Result<Staged, HighsError> {
    let mut amounts = begin(block, objectives, limits)?;
    if let Some(released) = block.as_released().filter(|released| !is_worse(block, objectives, released, &amounts)) {
        amounts = released;
    }
    let mut ceilings: Vec<Ceiling> = Vec::new();
    let mut stages = Vec::new();
    for (i, costs) in objectives.iter().enumerate() {
        let limits = limits.share(1.0 / (objectives.len() - i) as f64);
        let reached = block.cost(costs, &amounts);
        if reached <= 0.0 {
            stages.push((0.0, 0.0));
        } else {
            let solved: Solved = solve_block(block, costs, &ceilings, Some(amounts), &limits)?;
            amounts = solved.amounts;
            stages.push((solved.cost, solved.bound.max(0.0)));
        }
        let value = stages[i].0;
        // A little room, so that rounding in the solver does not shut the plan out that reached the value.
        ceilings.push(Ceiling { costs: costs.clone(), value: value + 0.1 * TOLERANCE * value.max(1e-3) });
    }
    // Later stages may have moved an earlier value within the tolerance.
    for (stage, costs) in stages.iter_mut().zip(objectives) {
        stage.0 = block.cost(costs, &amounts);
        stage.1 = stage.1.min(stage.0);
    }
    Ok(Staged { amounts, stages })
}

/// A plan to begin with: the best for a weighted sum that is found soon.
fn begin(block: &Block, objectives: &[Costs], limits: &Limits) -> Result<Amounts, HighsError> {
    let weighted = weighted(block, objectives);
    let mut amounts = block.nothing();
    if !block.keeps_rules(&amounts) {
        // What must be made is held where it costs least alone; the stages move it within its bounds.
        let held = match Exact::new(block, &weighted, &[]).begin(block)? {
            // Weights that lie far apart can be too much for the solver; what must be made can be made anyhow.
            None => Exact::new(block, &Costs::none(block), &[]).begin(block)?,
            held => held,
        };
        amounts = held.ok_or(HighsError::Failed("make what must be made"))?;
    }
    if objectives.len() <= 1 {
        return Ok(amounts);
    }
    let pinned = block.pinned(&amounts);
    // Only a start: nothing needs to be proven of it, the exact solver has its turn in the stages.
    let limits = &Limits { nodes: 0, relative_gap: limits.relative_gap.max(1e-4), ..limits.share(0.6) };
    if block.has_linked_steps() {
        let apart = plan_apart(&pinned, &weighted, &amounts, &limits.share(0.6))?;
        if block.keeps_rules(&apart) {
            amounts = apart;
        }
    }
    Ok(solve_block(&pinned, &weighted, &[], Some(amounts), limits)?.amounts)
}

/// Whether an answer is worse than another by the objectives, the first that tells them apart.
fn is_worse(block: &Block, objectives: &[Costs], answer: &Amounts, than: &Amounts) -> bool {
    let values = objectives.iter().map(|costs| (block.cost(costs, answer), block.cost(costs, than)));
    let apart = |(a, b): &(f64, f64)| (a - b).abs() > TOLERANCE * a.abs().max(b.abs()).max(1e-3);
    values.into_iter().find(apart).is_some_and(|(a, b)| a > b)
}

/// One objective that nearly orders plans as the objectives do: each is taken as a share of the most it can be.
fn weighted(block: &Block, objectives: &[Costs]) -> Costs {
    let mut sum = Costs::none(block);
    for (i, costs) in objectives.iter().enumerate() {
        let most = most(block, costs);
        let weight = STEP.powi(TOLD_APART.saturating_sub(i) as i32) / if most > 0.0 { most } else { 1.0 };
        sum.add(weight, costs);
    }
    // Changes are for the last stage alone: the search that makes a start cannot see them.
    sum.change.fill(0.0);
    sum
}

/// About the most an objective can be; every step is taken to use one arc.
fn most(block: &Block, costs: &Costs) -> f64 {
    let dot = |a: &[f64], b: &mut dyn Iterator<Item = f64>| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let unmet = dot(&costs.unmet, &mut block.items.iter().map(|i| i.demand));
    let opening: f64 = costs.opening.iter().sum();
    let overtime = dot(&costs.overtime, &mut block.slots.iter().map(|s| s.overtime));
    let dearest = |step: &super::Step| costs.assignment[step.arcs.clone()].iter().copied().fold(0.0, f64::max);
    unmet + opening + overtime + block.steps.iter().map(dearest).sum::<f64>()
}
