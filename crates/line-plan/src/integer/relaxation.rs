//! The relaxation in which only openings stay whole: every assignment is as open as the share of its most units that is made.
//!
//! With y = x ÷ most units, setups and assignment costs become part of the hours and the cost of a unit. What remains is a small
//! linear program with one row per step and per slot; where lines run nearly full it loses little, because a vertex splits no more
//! steps than there are slots. Branching on the number of open slots first, then on single slots, gives a bound far above that
//! of the plain linear relaxation, and the open set that the rest of the search builds on.
//!
//! **Invariant:** the bound holds for every answer of the block that keeps the ceilings; branching stops by count, or by the clock.

use std::collections::BTreeSet;

use super::block::{Block, Costs};
use super::exact::{add_deviations, add_ties};
use super::{Ceiling, Limits};
use crate::highs::{Highs, HighsError, Outcome, Program};

/// What is already said about a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fixed {
    /// To be decided.
    Free,
    /// Open.
    Open,
    /// Closed.
    Closed,
}

/// A solution of the relaxation.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// Objective.
    pub objective: f64,
    /// How open each slot is.
    pub open: Vec<f64>,
    /// Units on each arc.
    pub units: Vec<f64>,
    /// Price of an hour on each slot.
    pub prices: Vec<f64>,
}

/// How a solve of the relaxation ended.
enum Relaxed {
    /// Solved.
    Point(Point),
    /// No point keeps the openings fixed and the ceilings.
    Nothing,
    /// The solver did not get anywhere; that proves nothing.
    Unknown,
}

/// The best open set found and a bound over all of them.
#[derive(Debug, Clone)]
pub(super) struct Openings {
    /// Proven lower bound; infinite when the ceilings cannot be kept.
    pub bound: f64,
    /// The relaxation with openings fixed to the best set found.
    pub best: Option<Point>,
}

/// The relaxation of a block, kept in the solver between changes of openings.
pub(super) struct Relaxation {
    highs: Highs,
    /// Column of each arc; none where nothing can be made.
    arcs: Vec<Option<usize>>,
    /// Column of each decided slot.
    slots: Vec<Option<usize>>,
    /// Which slots must be open.
    needed: Vec<bool>,
    /// Row of each slot's hours.
    rows: Vec<usize>,
    /// Row of the number of open slots.
    count: usize,
}

impl Relaxation {
    pub fn new(block: &Block, costs: &Costs, ceilings: &[Ceiling]) -> Result<Relaxation, HighsError> {
        let mut p = Program::default();
        let most: Vec<f64> = (0..block.arcs.len()).map(|a| block.most_units(a)).collect();
        let share = |cost: &[f64], a: usize| cost[a] / most[a];
        // Where something must be made the assignment is no question: its cost and setup are a column that is 1.
        let shared = |a: usize| if block.arcs[a].is_used() { 0.0 } else { 1.0 };
        let arcs: Vec<Option<usize>> = (0..most.len())
            .map(|a| (most[a] > 0.0).then(|| p.column(shared(a) * share(&costs.assignment, a), block.arcs[a].bounds.0, most[a])))
            .collect();
        let used = |cost: &[f64]| block.arcs.iter().zip(cost).filter(|(arc, _)| arc.is_used()).map(|(_, cost)| cost).sum::<f64>();
        let one = p.column(used(&costs.assignment), 1.0, 1.0);
        let slots: Vec<Option<usize>> =
            block.slots.iter().enumerate().map(|(s, slot)| slot.decided.then(|| p.column(costs.opening[s], 0.0, 1.0))).collect();
        let unmet: Vec<usize> = block.items.iter().zip(&costs.unmet).map(|(item, cost)| p.column(*cost, 0.0, item.demand)).collect();
        let over: Vec<Option<usize>> = block
            .slots
            .iter()
            .zip(&costs.overtime)
            .map(|(slot, cost)| (slot.overtime > 0.0).then(|| p.column(*cost, 0.0, slot.overtime)))
            .collect();
        for step in &block.steps {
            let demand = block.items[step.item].demand;
            let made = step.arcs.clone().filter_map(|a| arcs[a].map(|x| (x, 1.0)));
            p.row(demand, demand, made.chain([(unmet[step.item], 1.0)]));
            let is_open = || step.arcs.clone().any(|a| most[a] < demand) && !step.arcs.clone().any(|a| block.arcs[a].is_bounded());
            if let Some(most_lines) = step.most_lines.filter(|_| is_open()) {
                p.row(f64::NEG_INFINITY, f64::from(most_lines), step.arcs.clone().filter_map(|a| arcs[a].map(|x| (x, 1.0 / most[a]))));
            }
        }
        let mut hours: Vec<Vec<(usize, f64)>> = vec![Vec::new(); slots.len()];
        for (a, arc) in block.arcs.iter().enumerate() {
            hours[arc.slot].extend(arcs[a].map(|x| (x, arc.hours_per_unit + shared(a) * arc.setup_hours / most[a])));
        }
        let mut setups = vec![0.0; slots.len()];
        block.arcs.iter().filter(|arc| arc.is_used()).for_each(|arc| setups[arc.slot] += arc.setup_hours);
        for (hours, setup) in hours.iter_mut().zip(setups) {
            hours.extend((setup > 0.0).then_some((one, setup)));
        }
        for (s, slot) in block.slots.iter().enumerate() {
            hours[slot.adds_to.unwrap_or(s)].extend(slots[s].map(|z| (z, -slot.hours)));
        }
        let mut rows = Vec::with_capacity(slots.len());
        for (s, mut terms) in hours.into_iter().enumerate() {
            let available = block.slots[s].hours;
            terms.extend(over[s].map(|w| (w, -1.0)));
            rows.push(p.row(f64::NEG_INFINITY, if slots[s].is_some() { 0.0 } else { available }, terms));
        }
        for (s, slot) in block.slots.iter().enumerate() {
            if let (Some(w), Some(z)) = (over[s], slots[s]) {
                p.row(f64::NEG_INFINITY, 0.0, [(w, 1.0), (z, -slot.overtime)]);
            }
        }
        add_ties(&mut p, block, &slots);
        for ceiling in ceilings {
            let assigned = (0..most.len()).filter_map(|a| arcs[a].map(|x| (x, shared(a) * share(&ceiling.costs.assignment, a))));
            let assigned = assigned.chain([(one, used(&ceiling.costs.assignment))]);
            let opened = (0..slots.len()).filter_map(|s| slots[s].map(|z| (z, ceiling.costs.opening[s])));
            let overtime = (0..over.len()).filter_map(|s| over[s].map(|w| (w, ceiling.costs.overtime[s])));
            let missing = unmet.iter().zip(&ceiling.costs.unmet).map(|(u, cost)| (*u, *cost));
            let terms: Vec<(usize, f64)> = assigned.chain(opened).chain(overtime).chain(missing).filter(|(_, cost)| *cost != 0.0).collect();
            p.row(f64::NEG_INFINITY, ceiling.value, terms);
        }
        add_deviations(&mut p, block, costs, |a| arcs[a]);
        let count = p.row(f64::NEG_INFINITY, f64::INFINITY, slots.iter().flatten().map(|z| (*z, 1.0)));
        let mut highs = Highs::scaled(&p)?;
        highs.set_presolve(false)?;
        Ok(Relaxation { highs, arcs, slots, needed: block.needed_slots(), rows, count })
    }

    /// The least relaxed cost with so many open slots; infinite where there is no way, minus infinity where the solver does not get anywhere.
    pub fn least_with(&mut self, count: usize) -> Result<f64, HighsError> {
        let free = vec![Fixed::Free; self.slots.len()];
        Ok(match self.solve(&free, (count as f64, count as f64))? {
            Relaxed::Point(point) => point.objective,
            Relaxed::Nothing => f64::INFINITY,
            Relaxed::Unknown => f64::NEG_INFINITY,
        })
    }

    /// Solves with openings fixed as said and their number between bounds.
    fn solve(&mut self, fixed: &[Fixed], count: (f64, f64)) -> Result<Relaxed, HighsError> {
        let bounds = |(fix, needed): (&Fixed, &bool)| match fix {
            Fixed::Free if !needed => (0.0, 1.0),
            Fixed::Open | Fixed::Free => (1.0, 1.0),
            Fixed::Closed => (0.0, 0.0),
        };
        let fixed = fixed.iter().zip(&self.needed).map(bounds);
        let changes: Vec<(usize, f64, f64)> =
            self.slots.iter().zip(fixed).filter_map(|(column, (low, high))| column.map(|z| (z, low, high))).collect();
        self.highs.change_column_bounds(&changes)?;
        self.highs.change_row_bounds(&[(self.count, count.0, count.1)])?;
        match self.highs.run_again_if_odd() {
            Ok(Outcome::Optimal) => {}
            Ok(Outcome::Infeasible | Outcome::UnboundedOrInfeasible) => return Ok(Relaxed::Nothing),
            _ => return Ok(Relaxed::Unknown),
        }
        let values = self.highs.values()?;
        let take = |column: &Option<usize>, otherwise: f64| column.map_or(otherwise, |c| values.columns[c].max(0.0));
        Ok(Relaxed::Point(Point {
            objective: self.highs.objective(),
            open: self.slots.iter().map(|z| take(z, 1.0)).collect(),
            units: self.arcs.iter().map(|x| take(x, 0.0)).collect(),
            prices: self.rows.iter().map(|row| (-values.duals[*row]).max(0.0)).collect(),
        }))
    }
}

/// A part of the tree still to be looked into.
struct Node {
    bound: f64,
    fixed: Vec<Fixed>,
    count: (f64, f64),
}

/// Distance below which an opening counts as whole, and a bound as reached (relative).
const WHOLE: f64 = 1e-6;

/// Looks for the open set with the least relaxed cost, and for a bound, among the sets of at least `fewest` open slots. Best first;
/// `nodes` solves at the most.
pub(super) fn search_openings(
    relaxation: &mut Relaxation,
    fixed: Vec<Fixed>,
    fewest: f64,
    nodes: usize,
    slack: f64,
    limits: &Limits,
) -> Result<Openings, HighsError> {
    let mut tree = Tree { best: None, tried: BTreeSet::new(), fewest, solves: 0 };
    let mut open = vec![Node { bound: f64::NEG_INFINITY, fixed, count: (fewest, f64::INFINITY) }];
    // The least bound of what was dropped for being within the slack of the best, or for being too hard for the solver.
    let mut dropped = f64::INFINITY;
    while let Some(at) = (0..open.len()).min_by(|a, b| open[*a].bound.total_cmp(&open[*b].bound)) {
        if tree.solves > 0 && (tree.solves >= nodes || limits.is_over()) {
            break;
        }
        let node = open.swap_remove(at);
        if node.bound >= tree.worth_beating(slack) {
            dropped = dropped.min(node.bound);
            continue;
        }
        tree.solves += 1;
        let point = match relaxation.solve(&node.fixed, node.count)? {
            Relaxed::Point(point) => point,
            Relaxed::Nothing => continue,
            Relaxed::Unknown => {
                dropped = dropped.min(node.bound);
                continue;
            }
        };
        tree.round(relaxation, &node.fixed, &point)?;
        let bound = point.objective.max(node.bound);
        match branch(&node, &point, relaxation) {
            None => {
                dropped = dropped.min(bound);
                tree.keep(point);
            }
            Some(children) => open.extend(children.map(|(fixed, count)| Node { bound, fixed, count })),
        }
    }
    let bound = open.iter().map(|n| n.bound).fold(dropped, f64::min);
    let bound = tree.best.as_ref().map_or(bound, |b| bound.min(b.objective));
    Ok(Openings { bound, best: tree.best })
}

struct Tree {
    best: Option<Point>,
    tried: BTreeSet<Vec<bool>>,
    fewest: f64,
    solves: usize,
}

impl Tree {
    fn keep(&mut self, point: Point) {
        if self.best.as_ref().is_none_or(|b| point.objective < b.objective) {
            self.best = Some(point);
        }
    }

    fn worth_beating(&self, slack: f64) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |b| b.objective - slack.max(WHOLE) * b.objective.abs().max(1.0))
    }

    /// Opens the slots that the point opens most, as many as it opens in all, and solves with that set.
    fn round(&mut self, relaxation: &mut Relaxation, fixed: &[Fixed], point: &Point) -> Result<(), HighsError> {
        let mut decided: Vec<usize> = (0..point.open.len()).filter(|s| relaxation.slots[*s].is_some()).collect();
        decided.sort_by(|a, b| point.open[*b].total_cmp(&point.open[*a]).then(a.cmp(b)));
        let total: f64 = decided.iter().map(|s| point.open[*s]).sum();
        let mut set = vec![false; point.open.len()];
        for &s in decided.iter().take((total - WHOLE).ceil().max(0.0) as usize) {
            set[s] = true;
        }
        for (s, fix) in fixed.iter().enumerate() {
            set[s] = (set[s] || *fix == Fixed::Open) && *fix != Fixed::Closed;
        }
        if !self.tried.insert(set.clone()) {
            return Ok(());
        }
        self.solves += 1;
        let whole: Vec<Fixed> = set.iter().map(|open| if *open { Fixed::Open } else { Fixed::Closed }).collect();
        if let Relaxed::Point(point) = relaxation.solve(&whole, (self.fewest, f64::INFINITY))? {
            self.keep(point);
        }
        Ok(())
    }
}

type Child = (Vec<Fixed>, (f64, f64));

/// Two halves of a node: by the number of open slots, or by the least decided slot; none when all is whole.
fn branch(node: &Node, point: &Point, relaxation: &Relaxation) -> Option<[Child; 2]> {
    let decided = || (0..point.open.len()).filter(|s| relaxation.slots[*s].is_some());
    let total: f64 = decided().map(|s| point.open[s]).sum();
    if (total - total.round()).abs() > WHOLE {
        let (low, high) = node.count;
        return Some([(node.fixed.clone(), (total.ceil(), high)), (node.fixed.clone(), (low, total.floor()))]);
    }
    let undecided = |s: usize| (point.open[s] - point.open[s].round()).abs();
    let slot = decided().filter(|s| undecided(*s) > WHOLE).max_by(|a, b| undecided(*a).total_cmp(&undecided(*b)).then(b.cmp(a)))?;
    let half = |fix: Fixed| {
        let mut fixed = node.fixed.clone();
        fixed[slot] = fix;
        (fixed, node.count)
    };
    Some([half(Fixed::Open), half(Fixed::Closed)])
}
