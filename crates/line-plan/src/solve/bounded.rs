//! The same stages where amounts are bounded because the period is frozen: the structured simplex knows no bounds on single amounts, so the
//! general solver does it all.
//!
//! **Invariant:** where the bounds hold nothing back, answers mean the same as those of the structured simplex. Only on very many lines does
//! evening out stop at the highest level, because each further level costs a whole solve.

use super::areas::{MOST_LINES, Solved, settled};
use super::build::Built;
use super::course::Course;
use super::general::failed;
use super::stages::Tier;
use super::stay::add_deviation;
use crate::highs::{Highs, Outcome, Program};
use crate::options::Balance;
use crate::plan::PlanError;

/// Relative room that a later stage leaves an earlier one.
const KEPT: f64 = 1e-9;
/// A line whose row has at least this price holds its level.
const HOLDS: f64 = 1e-7;

/// The program of a block: arcs, unserved units of items, overtime of lines, level of each line, the highest level θ, deviations from
/// the released plan. Rows: steps, hours of lines, levels of lines (load ≤ hours · level), levels under θ, deviations.
pub(crate) struct Bounded<'b> {
    built: &'b Built,
    highs: Highs,
    columns: usize,
    /// Columns that deviate, and their hours.
    deviations: Vec<(usize, f64)>,
}

impl<'b> Bounded<'b> {
    pub fn new(built: &'b Built) -> Result<Self, PlanError> {
        let block = &built.block;
        let (arcs, items, lines) = (block.arcs(), block.items(), block.lines());
        let mut program = Program::default();
        for j in 0..arcs {
            let (least, most) = built.bounds.get(j).copied().unwrap_or((0.0, f64::INFINITY));
            program.column(0.0, least, most);
        }
        let levels = std::iter::repeat_n(&f64::INFINITY, lines + 1);
        for most in block.demand.iter().chain(&block.overtime).chain(levels) {
            program.column(0.0, 0.0, *most);
        }
        for k in 0..block.steps() {
            let i = block.step_item[k] as usize;
            program.row(block.demand[i], block.demand[i], block.arcs_of(k).map(|j| (j, 1.0)).chain([(arcs + i, 1.0)]));
        }
        let mut on_line = vec![Vec::new(); lines];
        for j in 0..arcs {
            on_line[block.arc_line[j] as usize].push((j, block.arc_hours[j]));
        }
        for (l, load) in on_line.iter().enumerate() {
            program.row(f64::NEG_INFINITY, block.hours[l], load.iter().copied().chain([(arcs + items + l, -1.0)]));
        }
        let level = arcs + items + lines;
        for (l, load) in on_line.into_iter().enumerate() {
            // A line that has nothing but overtime has no level.
            let most = if block.hours[l] > 0.0 { 0.0 } else { f64::INFINITY };
            program.row(f64::NEG_INFINITY, most, load.into_iter().chain([(level + l, -block.hours[l])]));
        }
        for l in 0..lines {
            program.row(f64::NEG_INFINITY, 0.0, [(level + l, 1.0), (level + lines, -1.0)]);
        }
        let mut deviations = Vec::new();
        for (j, released) in built.released.iter().enumerate() {
            let hours = block.arc_hours[j];
            if *released > 0.0 {
                let (more, less) = add_deviation(&mut program, j, 0.0, *released);
                deviations.extend([(more, hours), (less, hours)]);
            } else {
                deviations.push((j, hours));
            }
        }
        let columns = program.columns();
        let mut highs = Highs::new(&program).map_err(failed)?;
        highs.set_double(c"primal_feasibility_tolerance", 1e-9).map_err(failed)?;
        highs.set_double(c"dual_feasibility_tolerance", 1e-9).map_err(failed)?;
        Ok(Bounded { built, highs, columns, deviations })
    }

    fn minimise(&mut self, costs: &[f64]) -> Result<(), PlanError> {
        let changes: Vec<(usize, f64)> = costs.iter().copied().enumerate().collect();
        self.highs.change_costs(&changes).map_err(failed)?;
        match self.highs.run().map_err(failed)? {
            Outcome::Optimal => Ok(()),
            outcome => Err(PlanError::Numerical { detail: format!("the general solver ended with {outcome:?}") }),
        }
    }

    /// Whether there is any answer when the arcs keep these bounds.
    pub fn can_hold(&mut self, bounds: impl Iterator<Item = (f64, f64)>) -> Result<bool, PlanError> {
        let bounds: Vec<(usize, f64, f64)> = bounds.enumerate().map(|(j, (least, most))| (j, least, most)).collect();
        self.highs.change_column_bounds(&bounds).map_err(failed)?;
        match self.highs.run().map_err(failed)? {
            Outcome::Optimal => Ok(true),
            Outcome::Infeasible | Outcome::UnboundedOrInfeasible => Ok(false),
            outcome => Err(PlanError::Numerical { detail: format!("the general solver ended with {outcome:?}") }),
        }
    }

    fn costs(&self) -> Vec<f64> {
        vec![0.0; self.columns]
    }

    /// Keeps the stage just ended.
    fn keep(&mut self, costs: &[f64]) -> Result<(), PlanError> {
        let value = self.highs.objective();
        let terms: Vec<(usize, f64)> = costs.iter().copied().enumerate().filter(|(_, c)| *c != 0.0).collect();
        self.highs.add_row(f64::NEG_INFINITY, value + KEPT * value.abs().max(1e-3), &terms).map_err(failed)?;
        Ok(())
    }

    fn unserved(&self, i: usize) -> usize {
        self.built.block.arcs() + i
    }

    fn overtime(&self, l: usize) -> usize {
        self.built.block.arcs() + self.built.block.items() + l
    }

    fn level_of(&self, l: usize) -> usize {
        self.overtime(self.built.block.lines()) + l
    }

    fn theta(&self) -> usize {
        self.level_of(self.built.block.lines())
    }

    /// Row of a line's hours.
    fn hours_row(&self, l: usize) -> usize {
        self.built.block.steps() + l
    }

    /// Row that holds a line's level under θ.
    fn theta_row(&self, l: usize) -> usize {
        self.built.block.steps() + 2 * self.built.block.lines() + l
    }

    /// Loses as little as possible; answers the price of a scaled hour of each line.
    fn lose(&mut self, tiers: &[Tier]) -> Result<Vec<f64>, PlanError> {
        let block = &self.built.block;
        let mut price = vec![0.0; block.lines()];
        for tier in tiers {
            let largest = tier.cost.iter().copied().fold(0.0, f64::max);
            if largest == 0.0 {
                continue;
            }
            let mut costs = self.costs();
            for (i, cost) in tier.cost.iter().enumerate() {
                costs[self.unserved(i)] = cost / largest;
            }
            self.minimise(&costs)?;
            if tier.priced {
                let duals = self.highs.values().map_err(failed)?.duals;
                for (l, price) in price.iter_mut().enumerate() {
                    *price += (-duals[self.hours_row(l)]).max(0.0) * largest;
                }
            }
            self.keep(&costs)?;
        }
        Ok(price)
    }

    /// Evens out: the highest level, then, where every level counts, the next of the lines that do not hold it.
    fn even_out(&mut self, every_level: bool) -> Result<(), PlanError> {
        let lines = self.built.block.lines();
        let mut open: Vec<usize> = (0..lines).filter(|&l| self.built.block.hours[l] > 0.0).collect();
        let mut costs = self.costs();
        costs[self.theta()] = 1.0;
        while !open.is_empty() {
            self.minimise(&costs)?;
            let level = self.highs.objective().max(0.0);
            let duals = self.highs.values().map_err(failed)?.duals;
            let most = level * (1.0 + KEPT);
            let all = !every_level || level == 0.0;
            let held: Vec<usize> = open.iter().copied().filter(|&l| all || duals[self.theta_row(l)].abs() > HOLDS).collect();
            if held.is_empty() {
                let kept: Vec<(usize, f64, f64)> = open.iter().map(|&l| (self.level_of(l), 0.0, most)).collect();
                return self.highs.change_column_bounds(&kept).map_err(failed);
            }
            let kept: Vec<(usize, f64, f64)> = held.iter().map(|&l| (self.level_of(l), 0.0, most)).collect();
            let freed: Vec<(usize, f64, f64)> = held.iter().map(|&l| (self.theta_row(l), f64::NEG_INFINITY, f64::INFINITY)).collect();
            self.highs.change_column_bounds(&kept).map_err(failed)?;
            self.highs.change_row_bounds(&freed).map_err(failed)?;
            open.retain(|l| !held.contains(l));
        }
        Ok(())
    }

    /// Minimises and keeps; nothing where nothing costs.
    fn stage(&mut self, terms: impl Iterator<Item = (usize, f64)>) -> Result<(), PlanError> {
        let mut costs = self.costs();
        terms.for_each(|(column, cost)| costs[column] = cost);
        if costs.iter().any(|cost| *cost != 0.0) {
            self.minimise(&costs)?;
            self.keep(&costs)?;
        }
        Ok(())
    }
}

/// All stages on a block.
pub(crate) fn solve(course: &Course, built: &Built) -> Result<Solved, PlanError> {
    let block = &built.block;
    if block.items() == 0 {
        return Ok(Solved::default());
    }
    let mut bounded = Bounded::new(built)?;
    let price = bounded.lose(&course.tiers_of(built, false))?;
    if course.options.balance != Balance::Off {
        bounded.even_out(course.options.balance == Balance::Leximin && block.lines() <= MOST_LINES)?;
    }
    let overtime = bounded.overtime(0)..bounded.overtime(block.lines());
    bounded.stage(overtime.zip(&block.overtime).map(|(column, hours)| (column, if *hours > 0.0 { 1.0 } else { 0.0 })))?;
    bounded.stage(course.preference_of(built).unwrap_or_default().into_iter().enumerate())?;
    bounded.stage(bounded.deviations.clone().into_iter())?;
    let values = bounded.highs.values().map_err(failed)?.columns;
    let made = |i: usize| (block.demand[i] - values[block.arcs() + i]).max(0.0);
    Ok(Solved { arc_units: settled(block, made, |j| values[j]), hour_price: price })
}

/// Units of each item and the price of an hour of each line, where several areas decide together.
pub(crate) fn share(course: &Course, built: &Built) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
    let block = &built.block;
    let mut bounded = Bounded::new(built)?;
    let price = bounded.lose(&course.tiers_of(built, true))?;
    let values = bounded.highs.values().map_err(failed)?.columns;
    let units = (0..block.items()).map(|i| (block.demand[i] - values[bounded.unserved(i)]).max(0.0) * block.unit[i]).collect();
    Ok((units, price.iter().map(|p| p / block.hour).collect()))
}
