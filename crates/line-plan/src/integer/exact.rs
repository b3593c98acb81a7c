//! The whole mixed-integer program of a block, solved by HiGHS from the best answer known.
//!
//! Assignments are columns of their own only where they decide something; an arc's units are tied to its assignment by the most
//! units the arc can carry, which is far tighter than the demand where lines are small.
//!
//! **Invariant:** an answer is handed back only if it keeps every rule after its assignments are made exactly whole.

use std::collections::BTreeMap;

use super::block::{Amounts, Block, Costs, Slot};
use super::{Ceiling, Limits};
use crate::highs::{Highs, HighsError, Outcome, Program};
use crate::solve::add_deviation;

/// The program and where things stand in it.
pub(super) struct Exact {
    /// The program.
    pub program: Program,
    /// Units of each arc.
    pub units: Vec<usize>,
    /// Assignment of each arc that has one.
    pub assigned: Vec<Option<usize>>,
    /// Opening of each decided slot.
    pub open: Vec<Option<usize>>,
    /// Overtime of each slot that has any.
    pub over: Vec<Option<usize>>,
    /// Missing units of each item.
    pub unmet: Vec<usize>,
    /// Columns of changes between openings: now, before, whether they differ.
    changes: Vec<(usize, usize, usize)>,
    /// Columns of what arcs are more and less than released: arc, more, less.
    deviations: Vec<(usize, usize, usize)>,
    /// Row of each slot's hours.
    hours: Vec<usize>,
    most: Vec<f64>,
}

/// What a run of the program gave.
pub(super) struct Found {
    /// Proven lower bound; minus infinity when nothing was proven.
    pub bound: f64,
    /// The answer, if there is one.
    pub amounts: Option<Amounts>,
}

impl Exact {
    pub fn new(block: &Block, costs: &Costs, ceilings: &[Ceiling]) -> Exact {
        let mut p = Program::default();
        let most: Vec<f64> = (0..block.arcs.len()).map(|a| block.most_units(a)).collect();
        let units: Vec<usize> = most.iter().zip(&block.arcs).map(|(most, arc)| p.column(0.0, arc.bounds.0, *most)).collect();
        let charged = |a: usize| costs.assignment[a] > 0.0 || ceilings.iter().any(|c| c.costs.assignment[a] > 0.0);
        let least = |needed: bool| if needed { 1.0 } else { 0.0 };
        let assigned: Vec<Option<usize>> = (0..most.len())
            .map(|a| {
                let decides = most[a] > 0.0 && (block.is_discrete(a) || charged(a));
                decides.then(|| p.integer_column(costs.assignment[a], least(block.arcs[a].is_used()), 1.0))
            })
            .collect();
        let needed = block.needed_slots();
        let open: Vec<Option<usize>> = (0..block.slots.len())
            .map(|s| block.slots[s].decided.then(|| p.integer_column(costs.opening[s], least(needed[s]), 1.0)))
            .collect();
        let unmet: Vec<usize> = block.items.iter().zip(&costs.unmet).map(|(item, cost)| p.column(*cost, 0.0, item.demand)).collect();
        let over = |(slot, cost): (&Slot, &f64)| (slot.overtime > 0.0).then(|| p.column(*cost, 0.0, slot.overtime));
        let over: Vec<Option<usize>> = block.slots.iter().zip(&costs.overtime).map(over).collect();
        let deviations = add_deviations(&mut p, block, costs, |a| Some(units[a]));
        let mut exact = Exact { program: p, units, assigned, open, over, unmet, changes: Vec::new(), deviations, hours: Vec::new(), most };
        exact.add_steps(block);
        exact.add_slots(block);
        ceilings.iter().for_each(|ceiling| exact.add_ceiling(ceiling));
        exact
    }

    fn add_steps(&mut self, block: &Block) {
        for step in &block.steps {
            let demand = block.items[step.item].demand;
            let made = step.arcs.clone().map(|a| (self.units[a], 1.0));
            self.program.row(demand, demand, made.chain([(self.unmet[step.item], 1.0)]));
            if let Some(most_lines) = step.most_lines.filter(|most| (*most as usize) < step.arcs.len()) {
                let assigned = step.arcs.clone().filter_map(|a| self.assigned[a].map(|y| (y, 1.0)));
                self.program.row(f64::NEG_INFINITY, f64::from(most_lines), assigned);
            }
        }
        for (a, arc) in block.arcs.iter().enumerate() {
            let (x, most) = (self.units[a], self.most[a]);
            if let Some(y) = self.assigned[a] {
                self.program.row(f64::NEG_INFINITY, 0.0, [(x, 1.0), (y, -most)]);
                if arc.minimum_lot > 0.0 {
                    self.program.row(0.0, f64::INFINITY, [(x, 1.0), (y, -arc.minimum_lot)]);
                }
                if let Some(z) = self.open[arc.slot] {
                    self.program.row(f64::NEG_INFINITY, 0.0, [(y, 1.0), (z, -1.0)]);
                }
            } else if let Some(z) = self.open[arc.slot].filter(|_| most > 0.0) {
                self.program.row(f64::NEG_INFINITY, 0.0, [(x, 1.0), (z, -most)]);
            }
        }
    }

    fn add_slots(&mut self, block: &Block) {
        let mut hours: Vec<Vec<(usize, f64)>> = vec![Vec::new(); block.slots.len()];
        for (a, arc) in block.arcs.iter().enumerate() {
            hours[arc.slot].push((self.units[a], arc.hours_per_unit));
            hours[arc.slot].extend(self.assigned[a].filter(|_| arc.setup_hours > 0.0).map(|y| (y, arc.setup_hours)));
        }
        for (s, slot) in block.slots.iter().enumerate() {
            // Whether it is open shows in the hours of the one that it adds to.
            hours[slot.adds_to.unwrap_or(s)].extend(self.open[s].map(|z| (z, -slot.hours)));
        }
        for (s, mut terms) in hours.into_iter().enumerate() {
            let slot = &block.slots[s];
            terms.extend(self.over[s].map(|w| (w, -1.0)));
            self.hours.push(self.program.row(f64::NEG_INFINITY, if slot.decided { 0.0 } else { slot.hours }, terms));
            if let (Some(w), Some(z)) = (self.over[s], self.open[s]) {
                self.program.row(f64::NEG_INFINITY, 0.0, [(w, 1.0), (z, -slot.overtime)]);
            }
        }
        self.changes = add_ties(&mut self.program, block, &self.open);
    }

    fn add_ceiling(&mut self, ceiling: &Ceiling) {
        let terms = self.terms(&ceiling.costs);
        self.program.row(f64::NEG_INFINITY, ceiling.value, terms);
    }

    /// What costs, changes apart, are made of: columns and their costs.
    pub fn terms(&self, costs: &Costs) -> Vec<(usize, f64)> {
        let columns = |at: &[Option<usize>], cost: &[f64]| -> Vec<(usize, f64)> {
            at.iter().zip(cost).filter_map(|(column, cost)| column.map(|c| (c, *cost))).filter(|(_, cost)| *cost != 0.0).collect()
        };
        let mut terms = columns(&self.assigned, &costs.assignment);
        terms.extend(columns(&self.open, &costs.opening));
        terms.extend(columns(&self.over, &costs.overtime));
        terms.extend(self.unmet.iter().zip(&costs.unmet).map(|(u, cost)| (*u, *cost)).filter(|(_, cost)| *cost != 0.0));
        terms
    }

    /// The columns' values for an answer.
    pub fn values(&self, block: &Block, amounts: &Amounts) -> Vec<f64> {
        let mut values = vec![0.0; self.program.columns()];
        for (a, &x) in amounts.units.iter().enumerate() {
            values[self.units[a]] = x;
            if let Some(y) = self.assigned[a] {
                values[y] = f64::from(x > 0.0);
            }
        }
        for (s, z) in self.open.iter().enumerate() {
            if let Some(z) = z {
                values[*z] = f64::from(amounts.open[s]);
            }
        }
        let regular = block.regular_hours(|s| amounts.open[s]);
        for (s, load) in block.loads(&amounts.units).into_iter().enumerate() {
            if let Some(w) = self.over[s] {
                values[w] = (load - regular[s]).max(0.0);
            }
        }
        for (now, before, change) in &self.changes {
            values[*change] = (values[*now] - values[*before]).abs();
        }
        for &(arc, more, less) in &self.deviations {
            let change = amounts.units[arc] - block.arcs[arc].released;
            (values[more], values[less]) = (change.max(0.0), (-change).max(0.0));
        }
        for (i, item) in block.items.iter().enumerate() {
            values[self.unmet[i]] = (item.demand - block.made(i, &amounts.units)).max(0.0);
        }
        values
    }

    /// Solves from an answer within limits.
    pub fn solve(&self, block: &Block, start: &Amounts, limits: &Limits) -> Result<Found, HighsError> {
        self.solve_from(block, Some(&self.values(block, start)), limits)
    }

    /// Solves within limits, from the values of all columns where there are any.
    pub fn solve_from(&self, block: &Block, start: Option<&[f64]>, limits: &Limits) -> Result<Found, HighsError> {
        let mut highs = Highs::scaled(&self.program)?;
        highs.set_gap(limits.relative_gap.max(1e-9), 1e-9)?;
        highs.set_double(c"mip_feasibility_tolerance", 1e-8)?;
        highs.set_int(c"mip_max_nodes", i32::try_from(limits.nodes).unwrap_or(i32::MAX))?;
        if let Some(seconds) = limits.left() {
            highs.set_time_limit(seconds.max(0.01))?;
        }
        if let Some(start) = start {
            highs.start_from(start)?;
        }
        // There is an answer, the start: whoever finds none has met a limit of its arithmetic and proves nothing.
        let outcome = match highs.run_again_if_odd() {
            Ok(Outcome::Infeasible | Outcome::UnboundedOrInfeasible) => highs.run_afresh(),
            outcome => outcome,
        };
        let bound = match outcome {
            Err(_) | Ok(Outcome::Infeasible | Outcome::UnboundedOrInfeasible | Outcome::Unbounded | Outcome::Unknown) => {
                return Ok(Found { bound: f64::NEG_INFINITY, amounts: None });
            }
            Ok(Outcome::Optimal) if self.program.integer.is_empty() => highs.objective(),
            Ok(_) if self.program.integer.is_empty() => f64::NEG_INFINITY,
            Ok(_) => highs.bound(),
        };
        let amounts = if highs.is_feasible() { self.settle(block, &highs.values()?.columns)? } else { None };
        Ok(Found { bound, amounts })
    }

    /// Makes assignments and openings exactly whole and solves for the amounts again.
    fn settle(&self, block: &Block, values: &[f64]) -> Result<Option<Amounts>, HighsError> {
        self.amounts(block, &self.with_whole(values))
    }

    /// The linear program that is left when assignments and openings are made exactly whole.
    fn with_whole(&self, values: &[f64]) -> Program {
        let mut program = self.program.relaxed();
        for column in self.assigned.iter().chain(&self.open).flatten() {
            let whole = values[*column].round();
            (program.lower[*column], program.upper[*column]) = (whole, whole);
        }
        program
    }

    /// What one more hour on each slot would save, assignments and openings staying as they are.
    pub fn prices(&self, block: &Block, amounts: &Amounts) -> Result<Vec<f64>, HighsError> {
        let mut highs = Highs::scaled(&self.with_whole(&self.values(block, amounts)))?;
        if highs.run_again_if_odd() != Ok(Outcome::Optimal) {
            return Ok(vec![0.0; self.hours.len()]);
        }
        let duals = highs.values()?.duals;
        Ok(self.hours.iter().map(|row| (-duals[*row]).max(0.0)).collect())
    }

    /// Some amounts on the bounded arcs and nothing elsewhere, everything being open: what must be made is, at the least cost; none if that
    /// cannot be.
    pub fn begin(&self, block: &Block) -> Result<Option<Amounts>, HighsError> {
        let mut program = self.program.relaxed();
        for (a, arc) in block.arcs.iter().enumerate() {
            let used = f64::from(arc.is_used());
            if let Some(y) = self.assigned[a] {
                (program.lower[y], program.upper[y]) = (used, used);
            }
            if !arc.is_bounded() {
                program.upper[self.units[a]] = 0.0;
            }
        }
        for z in self.open.iter().flatten() {
            (program.lower[*z], program.upper[*z]) = (1.0, 1.0);
        }
        let Some(amounts) = self.amounts(block, &program)? else { return Ok(None) };
        let fewer = block.opened_for(amounts.units.clone());
        Ok(Some(if block.keeps_rules(&fewer) { fewer } else { amounts }))
    }

    /// The best amounts with the assignments and openings of an answer, or none if the solver sees none.
    pub fn polish(&self, block: &Block, amounts: &Amounts) -> Result<Option<Amounts>, HighsError> {
        self.settle(block, &self.values(block, amounts))
    }

    fn amounts(&self, block: &Block, program: &Program) -> Result<Option<Amounts>, HighsError> {
        let mut highs = Highs::scaled(program)?;
        // Tighter than usual, so that tiny hours do not hide an overfull line.
        highs.set_double(c"primal_feasibility_tolerance", 1e-9)?;
        if highs.run_again_if_odd() != Ok(Outcome::Optimal) {
            return Ok(None);
        }
        let columns = highs.values()?.columns;
        let mut units: Vec<f64> = self.units.iter().map(|x| columns[*x].max(0.0)).collect();
        for (a, x) in units.iter_mut().enumerate() {
            let least = self.most[a] * 1e-9;
            let arc = &block.arcs[a];
            *x = if *x <= least && !arc.is_used() { 0.0 } else { x.max(arc.minimum_lot).max(arc.bounds.0) };
        }
        let open = self.open.iter().map(|z| z.is_none_or(|z| columns[z] > 0.5)).collect();
        let amounts = Amounts { units, open };
        Ok(block.keeps_rules(&amounts).then_some(amounts))
    }
}

/// Ties the openings: what needs another is open only with it; what was open stays so, or changes are counted and limited by chain. Answers
/// the columns of changes: now, before, whether they differ.
pub(super) fn add_ties(p: &mut Program, block: &Block, open: &[Option<usize>]) -> Vec<(usize, usize, usize)> {
    let mut changes = Vec::new();
    let mut first: Vec<usize> = (0..block.slots.len()).collect();
    let mut of_chain: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for s in block.in_time() {
        let slot = &block.slots[s];
        if let (Some(now), Some(needed)) = (open[s], slot.needs.and_then(|n| open[n])) {
            p.row(0.0, f64::INFINITY, [(needed, 1.0), (now, -1.0)]);
        }
        let Some((before, (z, was))) = slot.after.and_then(|b| Some((b, open[s].zip(open[b])?))) else { continue };
        if block.most_changes.is_none() {
            p.row(0.0, f64::INFINITY, [(z, 1.0), (was, -1.0)]);
            continue;
        }
        first[s] = first[before];
        let change = p.column(0.0, 0.0, 1.0);
        p.row(0.0, f64::INFINITY, [(change, 1.0), (z, -1.0), (was, 1.0)]);
        p.row(0.0, f64::INFINITY, [(change, 1.0), (z, 1.0), (was, -1.0)]);
        of_chain.entry(first[s]).or_default().push(change);
        changes.push((z, was, change));
    }
    for chain in of_chain.into_values() {
        p.row(f64::NEG_INFINITY, f64::from(block.most_changes.unwrap_or(0)), chain.into_iter().map(|change| (change, 1.0)));
    }
    changes
}

/// Prices what arcs are more or less than released, where that costs anything; arc, more, less of each that has such columns.
pub(super) fn add_deviations(
    p: &mut Program,
    block: &Block,
    costs: &Costs,
    column: impl Fn(usize) -> Option<usize>,
) -> Vec<(usize, usize, usize)> {
    let mut deviations = Vec::new();
    for (a, arc) in block.arcs.iter().enumerate().filter(|(a, _)| costs.change[*a] > 0.0) {
        let Some(x) = column(a) else { continue };
        if arc.released > 0.0 {
            let (more, less) = add_deviation(p, x, costs.change[a], arc.released);
            deviations.push((a, more, less));
        } else {
            p.cost[x] += costs.change[a];
        }
    }
    deviations
}
