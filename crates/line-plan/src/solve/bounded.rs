//! All stages by the general solver, where the structured simplex cannot: amounts are bounded because the period is frozen, or it got stuck.
//!
//! **Invariant:** where the bounds hold nothing back, answers mean the same as those of the structured simplex. Only on very many lines does
//! evening out end before the last level, because each is a whole solve; the answer then says of how many lines.

use super::areas::{Solved, settled};
use super::build::Built;
use super::course::Course;
use super::general::failed;
use super::stages::Tier;
use super::stay::add_deviation;
use crate::highs::{Highs, Outcome, Program};
use crate::options::Balance;
use crate::plan::PlanError;

/// Tolerance of the solver.
const TOLERANCE: f64 = 1e-10;
/// Tolerances tried in turn where there seems to be no answer.
const LOOSER: [f64; 2] = [1e-9, 1e-8];
/// A reduced cost or price up to this counts as none when a face is closed; stages scale their largest cost to about 1.
const FACE: f64 = 1e-9;
/// Relative difference from the released units that is rounding.
const SAME: f64 = 1e-8;
/// Relative room that bounds get where they are too tight by rounding.
const WIDER: f64 = 1e-7;
/// A line whose row has at least this price holds its level.
const HOLDS: f64 = FACE;

/// The program of a block: arcs, unserved units of items, overtime of lines, level of each line, the highest level θ, deviations from
/// the released plan. Rows: steps, hours of lines, levels of lines (load ≤ hours · level), levels under θ, deviations.
pub(crate) struct Bounded<'b> {
    built: &'b Built,
    highs: Highs,
    /// Bounds of the columns and the rows as they are now.
    column_bounds: Vec<(f64, f64)>,
    row_bounds: Vec<(f64, f64)>,
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
        let column_bounds = program.lower.iter().copied().zip(program.upper.iter().copied()).collect();
        let row_bounds = program.row_lower.iter().copied().zip(program.row_upper.iter().copied()).collect();
        let mut highs = Highs::new(&program).map_err(failed)?;
        highs.set_double(c"primal_feasibility_tolerance", TOLERANCE).map_err(failed)?;
        highs.set_double(c"dual_feasibility_tolerance", TOLERANCE).map_err(failed)?;
        Ok(Bounded { built, highs, column_bounds, row_bounds, deviations })
    }

    fn set_tolerance(&mut self, tolerance: f64) -> Result<(), PlanError> {
        self.highs.set_double(c"primal_feasibility_tolerance", tolerance).map_err(failed)
    }

    fn minimise(&mut self, costs: &[f64]) -> Result<(), PlanError> {
        let changes: Vec<(usize, f64)> = costs.iter().copied().enumerate().collect();
        self.highs.change_costs(&changes).map_err(failed)?;
        let mut outcome = self.highs.run().map_err(failed)?;
        for looser in LOOSER {
            if outcome == Outcome::Optimal {
                break;
            }
            // Bounds and closed rows that hold each other within the tolerance can be taken for a contradiction.
            self.set_tolerance(looser)?;
            outcome = self.highs.run_afresh().map_err(failed)?;
            self.set_tolerance(TOLERANCE)?;
        }
        match outcome {
            Outcome::Optimal => Ok(()),
            outcome => Err(PlanError::Numerical { detail: format!("the general solver ended with {outcome:?}") }),
        }
    }

    /// Whether there is any answer when the arcs keep these bounds.
    pub fn can_hold(&mut self, bounds: impl Iterator<Item = (f64, f64)>) -> Result<bool, PlanError> {
        self.bound_columns(bounds.enumerate())?;
        match self.highs.run().map_err(failed)? {
            Outcome::Optimal => Ok(true),
            Outcome::Infeasible | Outcome::UnboundedOrInfeasible => Ok(false),
            outcome => Err(PlanError::Numerical { detail: format!("the general solver ended with {outcome:?}") }),
        }
    }

    fn costs(&self) -> Vec<f64> {
        vec![0.0; self.column_bounds.len()]
    }

    fn bound_columns(&mut self, bounds: impl Iterator<Item = (usize, (f64, f64))>) -> Result<(), PlanError> {
        let changes: Vec<(usize, f64, f64)> = bounds.map(|(column, (least, most))| (column, least, most)).collect();
        changes.iter().for_each(|&(column, least, most)| self.column_bounds[column] = (least, most));
        self.highs.change_column_bounds(&changes).map_err(failed)
    }

    fn bound_rows(&mut self, bounds: impl Iterator<Item = (usize, (f64, f64))>) -> Result<(), PlanError> {
        let changes: Vec<(usize, f64, f64)> = bounds.map(|(row, (least, most))| (row, least, most)).collect();
        changes.iter().for_each(|&(row, least, most)| self.row_bounds[row] = (least, most));
        self.highs.change_row_bounds(&changes).map_err(failed)
    }

    /// Keeps the stage just ended: what has a reduced cost or a price stays at its bound. By complementary slackness that leaves exactly
    /// the answers that are as good.
    fn close_face(&mut self) -> Result<(), PlanError> {
        let values = self.highs.values().map_err(failed)?;
        let closed = |costs: &[f64], at: &[f64], bounds: &[(f64, f64)]| -> Vec<(usize, (f64, f64))> {
            let there = |i: usize| {
                let (least, most) = bounds[i];
                let bound = if (at[i] - least).abs() <= (most - at[i]).abs() { least } else { most };
                (i, (bound, bound))
            };
            (0..costs.len()).filter(|i| costs[*i].abs() > FACE && bounds[*i].0 < bounds[*i].1).map(there).collect()
        };
        let columns = closed(&values.reduced_costs, &values.columns, &self.column_bounds);
        let rows = closed(&values.duals, &values.rows, &self.row_bounds);
        self.bound_columns(columns.into_iter())?;
        self.bound_rows(rows.into_iter())
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
            self.close_face()?;
        }
        Ok(price)
    }

    /// The least highest level.
    fn highest(&mut self) -> Result<f64, PlanError> {
        let mut costs = self.costs();
        costs[self.theta()] = 1.0;
        self.minimise(&costs)?;
        Ok(self.highs.objective().max(0.0))
    }

    /// No line may be used further than a level that is known to be enough.
    fn cap_at(&mut self, level: f64) -> Result<(), PlanError> {
        let capped = (0..self.built.block.lines()).filter(|&l| self.built.block.hours[l] > 0.0);
        let columns: Vec<usize> = capped.map(|l| self.level_of(l)).collect();
        self.bound_columns(columns.into_iter().map(|column| (column, (0.0, level))))
    }

    /// Evens out: the highest level, then the next of the lines that do not hold it, and so on for so many levels. Answers how many lines are
    /// left below the last one.
    fn even_out(&mut self, most_levels: usize) -> Result<usize, PlanError> {
        let lines = self.built.block.lines();
        let mut open: Vec<usize> = (0..lines).filter(|&l| self.built.block.hours[l] > 0.0).collect();
        let mut last = f64::INFINITY;
        for _ in 0..most_levels {
            if open.is_empty() {
                break;
            }
            let level = self.highest()?;
            let duals = self.highs.values().map_err(failed)?.duals;
            let all = level == 0.0;
            let held: Vec<usize> = open.iter().copied().filter(|&l| all || duals[self.theta_row(l)].abs() > HOLDS).collect();
            let held = if held.is_empty() { open.clone() } else { held };
            self.close_face()?;
            let kept: Vec<usize> = held.iter().map(|&l| self.level_of(l)).collect();
            let freed: Vec<usize> = held.iter().map(|&l| self.theta_row(l)).collect();
            self.bound_columns(kept.into_iter().map(|column| (column, (0.0, level))))?;
            self.bound_rows(freed.into_iter().map(|row| (row, (f64::NEG_INFINITY, f64::INFINITY))))?;
            open.retain(|l| !held.contains(l));
            if open.is_empty() || level == 0.0 {
                return Ok(0);
            }
            last = level;
        }
        let capped: Vec<usize> = open.iter().map(|&l| self.level_of(l)).collect();
        self.bound_columns(capped.into_iter().map(|column| (column, (0.0, last))))?;
        Ok(open.len())
    }

    /// Minimises and keeps; nothing where nothing costs.
    fn stage(&mut self, terms: impl Iterator<Item = (usize, f64)>) -> Result<(), PlanError> {
        let mut costs = self.costs();
        terms.for_each(|(column, cost)| costs[column] = cost);
        if costs.iter().any(|cost| *cost != 0.0) {
            self.minimise(&costs)?;
            self.close_face()?;
        }
        Ok(())
    }
}

/// All stages on the blocks of a group.
pub(crate) fn solve(course: &Course, group: &[Built]) -> Result<Vec<Solved>, PlanError> {
    solve_levels(course, group, most_levels)
}

/// The same, with the levels that are looked for at most on so many lines.
fn solve_levels(course: &Course, group: &[Built], most_levels: impl Fn(usize) -> usize) -> Result<Vec<Solved>, PlanError> {
    let mut run = Vec::with_capacity(group.len());
    for built in group {
        let mut bounded = Bounded::new(built)?;
        if !bounded.can_hold(built.bounds.iter().copied())? {
            // What is finished was decided over several areas, exact to the solver's tolerance; the bounds may be a little tighter.
            let wider = |&(least, most): &(f64, f64)| (least * (1.0 - WIDER), most * (1.0 + WIDER));
            bounded.can_hold(built.bounds.iter().map(wider))?;
        }
        let price = bounded.lose(&course.tiers_of(built, false))?;
        run.push((bounded, price, 0));
    }
    match course.options.balance {
        Balance::Off => {}
        Balance::Leximin => {
            for (bounded, _, uneven) in &mut run {
                *uneven = bounded.even_out(most_levels(bounded.built.block.lines()))?;
            }
        }
        Balance::Max => {
            let levels = run.iter_mut().map(|(bounded, ..)| bounded.highest()).collect::<Result<Vec<f64>, PlanError>>()?;
            let level = levels.into_iter().fold(0.0, f64::max);
            run.iter_mut().try_for_each(|(bounded, ..)| bounded.cap_at(level))?;
        }
    }
    run.into_iter().map(|(bounded, price, uneven)| Ok(Solved { uneven, ..finish(course, bounded, price)? })).collect()
}

/// Levels looked for: all of them on so many lines, fewer where each is more work.
fn most_levels(lines: usize) -> usize {
    const ALL_UP_TO: usize = 600;
    if lines <= ALL_UP_TO { usize::MAX } else { (ALL_UP_TO * ALL_UP_TO / lines).max(1) }
}

/// The stages after evening out.
fn finish(course: &Course, mut bounded: Bounded, price: Vec<f64>) -> Result<Solved, PlanError> {
    let built = bounded.built;
    let block = &built.block;
    let overtime = bounded.overtime(0)..bounded.overtime(block.lines());
    bounded.stage(overtime.zip(&block.overtime).map(|(column, hours)| (column, if *hours > 0.0 { 1.0 } else { 0.0 })))?;
    bounded.stage(course.preference_of(built).unwrap_or_default().into_iter().enumerate())?;
    bounded.stage(bounded.deviations.clone().into_iter())?;
    let values = bounded.highs.values().map_err(failed)?.columns;
    let made = |i: usize| (block.demand[i] - values[block.arcs() + i]).max(0.0);
    let mut arc_units = settled(block, made, |j| values[j]);
    for (j, (units, released)) in arc_units.iter_mut().zip(&built.released).enumerate() {
        // Beside its item, that is: a released amount that is next to nothing is kept too.
        let item = block.demand[block.step_item[block.arc_step[j] as usize] as usize];
        if (*units - released).abs() <= SAME * released.max(item) {
            *units = *released;
        }
    }
    Ok(Solved { arc_units, hour_price: price, uneven: 0 })
}

/// Units of each item and the price of an hour of each line, where several areas decide together.
pub(crate) fn share(course: &Course, built: &Built) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
    let block = &built.block;
    let mut bounded = Bounded::new(built)?;
    let price = bounded.lose(&course.tiers_of(built, true))?;
    let values = bounded.highs.values().map_err(failed)?.columns;
    let made = |i: usize| possible(built, i, (block.demand[i] - values[bounded.unserved(i)]).max(0.0)) * block.unit[i];
    let units = (0..block.items()).map(made).collect();
    Ok((units, price.iter().map(|p| p / block.hour).collect()))
}

/// What of an item is made, without the rounding by which it lies outside the bounds of a step, or beside what is released.
fn possible(built: &Built, item: usize, made: f64) -> f64 {
    let block = &built.block;
    let mut made = made;
    for k in block.steps_of(item) {
        let (mut least, mut most, mut released) = (0.0, 0.0, 0.0);
        for j in block.arcs_of(k) {
            (least, most, released) = (least + built.bounds[j].0, most + built.bounds[j].1, released + built.released[j]);
        }
        if least <= most {
            made = made.clamp(least, most);
        }
        if (made - released).abs() <= SAME * released {
            made = released;
        }
    }
    made
}

#[cfg(test)]
mod tests;
