//! Which wishes cannot hold together.
//!
//! A block leaves everything open to be unmet, so it always has an answer; wishes that force something (units that must be
//! made, amounts frozen on a line) can contradict each other, or the minimum lots and split limits. Deletion filtering (Chinneck,
//! *Feasibility and Infeasibility in Optimization*, 2008, ch. 6) drops one wish after the other and keeps out what is not needed for
//! the contradiction; it runs from both ends and the smaller set counts.
//!
//! **Invariant:** without any one of the named wishes the others of the set can be kept, unless a limit ended the search; hours and demand
//! are no wishes and always hold.

use super::block::{Block, Costs};
use super::exact::Exact;
use super::{Limits, TOLERANCE};
use crate::highs::{Highs, HighsError, Outcome};
use crate::plan::PlanError;

/// Something wished for, with the sentence that names it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// One sentence, e.g. "at least 40 Radio are made in 2026-03".
    pub sentence: String,
    /// What is wished.
    pub rule: Rule,
}

/// A rule that can be kept or dropped.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// At least so many units of an item are made.
    AtLeast {
        /// The item.
        item: usize,
        /// Units.
        units: f64,
    },
    /// The units on an arc lie between two amounts: the frozen window.
    Frozen {
        /// The arc.
        arc: usize,
        /// Fewest units.
        least: f64,
        /// Most units.
        most: f64,
    },
    /// The minimum lots of these arcs.
    MinimumLots(Vec<usize>),
    /// The split limits of these steps.
    MostLines(Vec<usize>),
    /// These slots make nothing.
    Closed(Vec<usize>),
}

/// The smallest set of wishes found (indices, ascending) that cannot hold together, or none if all of them can. Minimum lots and
/// split limits of the block count only where a wish names them.
///
/// # Errors
/// When the linear solver fails numerically.
pub fn conflicts(block: &Block, wishes: &[Wish], limits: &Limits) -> Result<Option<Vec<usize>>, HighsError> {
    let all: Vec<usize> = (0..wishes.len()).collect();
    if can_hold(block, wishes, &all, limits)? {
        return Ok(None);
    }
    let forward = filter(block, wishes, all.clone(), limits)?;
    let backward = filter(block, wishes, all.into_iter().rev().collect(), limits)?;
    let mut smaller = if backward.len() < forward.len() { backward } else { forward };
    smaller.sort_unstable();
    Ok(Some(smaller))
}

/// The error that names the wishes.
pub fn infeasible(wishes: &[Wish], conflicts: &[usize]) -> PlanError {
    PlanError::Infeasible { conflicts: conflicts.iter().map(|i| wishes[*i].sentence.clone()).collect() }
}

/// Drops, in this order, every wish without which the rest still cannot hold.
fn filter(block: &Block, wishes: &[Wish], mut kept: Vec<usize>, limits: &Limits) -> Result<Vec<usize>, HighsError> {
    let mut at = 0;
    while at < kept.len() {
        let mut fewer = kept.clone();
        fewer.remove(at);
        if can_hold(block, wishes, &fewer, limits)? { at += 1 } else { kept = fewer }
    }
    Ok(kept)
}

/// Whether the wishes can hold together; also when limits end the search without an answer, so that nothing is accused unproven.
fn can_hold(block: &Block, wishes: &[Wish], kept: &[usize], limits: &Limits) -> Result<bool, HighsError> {
    let mut wished = block.clone();
    wished.arcs.iter_mut().for_each(|a| a.minimum_lot = 0.0);
    wished.steps.iter_mut().for_each(|s| s.most_lines = None);
    for wish in kept.iter().map(|i| &wishes[*i]) {
        match &wish.rule {
            Rule::MinimumLots(arcs) => arcs.iter().for_each(|a| wished.arcs[*a].minimum_lot = block.arcs[*a].minimum_lot),
            Rule::MostLines(steps) => steps.iter().for_each(|s| wished.steps[*s].most_lines = block.steps[*s].most_lines),
            Rule::Closed(slots) => slots.iter().for_each(|s| (wished.slots[*s].hours, wished.slots[*s].overtime) = (0.0, 0.0)),
            Rule::AtLeast { .. } | Rule::Frozen { .. } => {}
        }
    }
    let mut exact = Exact::new(&wished, &Costs::none(block), &[]);
    for wish in kept.iter().map(|i| &wishes[*i]) {
        let (column, least, most) = match wish.rule {
            Rule::AtLeast { item, units } => (exact.unmet[item], 0.0, block.items[item].demand - units),
            Rule::Frozen { arc, least, most } => (exact.units[arc], least, most),
            _ => continue,
        };
        let (lower, upper) = (&mut exact.program.lower[column], &mut exact.program.upper[column]);
        (*lower, *upper) = (lower.max(least), upper.min(most));
        if *lower > *upper + TOLERANCE * upper.abs().max(1.0) {
            return Ok(false);
        }
        *upper = upper.max(*lower);
    }
    let mut highs = Highs::scaled(&exact.program)?;
    highs.set_int(c"mip_max_nodes", i32::try_from(limits.nodes).unwrap_or(i32::MAX))?;
    if let Some(seconds) = limits.left() {
        highs.set_time_limit(seconds.max(0.01))?;
    }
    Ok(!matches!(highs.run_again_if_odd()?, Outcome::Infeasible | Outcome::UnboundedOrInfeasible))
}
