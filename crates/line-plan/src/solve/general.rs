//! Whether everything fits, and what is lost at the least, by the general solver: for a simplex that got stuck. All other stages are in
//! [`super::bounded`].
//!
//! **Invariant:** answers mean the same as those of the structured simplex.

use super::build::Built;
use super::course::Course;
use super::stages::Tier;
use crate::highs::{Highs, HighsError, Outcome, Program};
use crate::plan::PlanError;

/// Relative room that a later stage leaves an earlier one.
const KEPT: f64 = 1e-9;

/// The program of a block: arcs, then unserved units of items, then θ.
struct General<'b> {
    built: &'b Built,
    highs: Highs,
    theta: usize,
    columns: usize,
}

impl<'b> General<'b> {
    fn new(built: &'b Built) -> Result<Self, HighsError> {
        let block = &built.block;
        let mut program = Program::default();
        for _ in 0..block.arcs() {
            program.column(0.0, 0.0, f64::INFINITY);
        }
        let unserved: Vec<usize> = block.demand.iter().map(|d| program.column(0.0, 0.0, *d)).collect();
        let theta = program.column(0.0, 1.0, 1.0);
        for k in 0..block.steps() {
            let i = block.step_item[k] as usize;
            let arcs = block.arcs_of(k).map(|j| (j, 1.0));
            program.row(block.demand[i], block.demand[i], arcs.chain([(unserved[i], 1.0)]));
        }
        let mut on_line = vec![Vec::new(); block.lines()];
        for j in 0..block.arcs() {
            on_line[block.arc_line[j] as usize].push((j, block.arc_hours[j]));
        }
        for (l, mut terms) in on_line.into_iter().enumerate() {
            terms.push((theta, -(block.hours[l] + block.overtime[l])));
            program.row(f64::NEG_INFINITY, 0.0, terms);
        }
        let columns = program.columns();
        let mut highs = Highs::new(&program)?;
        highs.set_double(c"primal_feasibility_tolerance", 1e-9)?;
        highs.set_double(c"dual_feasibility_tolerance", 1e-9)?;
        Ok(General { built, highs, theta, columns })
    }

    fn minimise(&mut self, costs: &[f64]) -> Result<(), PlanError> {
        let changes: Vec<(usize, f64)> = costs.iter().copied().enumerate().collect();
        self.highs.change_costs(&changes).map_err(failed)?;
        match self.highs.run().map_err(failed)? {
            Outcome::Optimal => Ok(()),
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
                    *price += (-duals[block.steps() + l]).max(0.0) * largest;
                }
            }
            self.keep(&costs)?;
        }
        Ok(price)
    }

    /// The least level of utilisation, capacity counted with overtime.
    fn level(&mut self, low: f64, high: f64) -> Result<f64, PlanError> {
        self.highs.change_column_bounds(&[(self.theta, low, high)]).map_err(failed)?;
        let mut costs = self.costs();
        costs[self.theta] = 1.0;
        self.minimise(&costs)?;
        Ok(self.highs.objective())
    }
}

/// The factor on all capacities at which everything wanted just fits.
pub(crate) fn level(built: &Built) -> Result<f64, PlanError> {
    let mut general = General::new(built).map_err(failed)?;
    let none: Vec<(usize, f64, f64)> = (0..built.block.items()).map(|i| (general.unserved(i), 0.0, 0.0)).collect();
    general.highs.change_column_bounds(&none).map_err(failed)?;
    general.level(0.0, f64::INFINITY)
}

/// Units of each item and the price of an hour of each line, where several areas decide together.
pub(crate) fn share(course: &Course, built: &Built) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
    let block = &built.block;
    let mut general = General::new(built).map_err(failed)?;
    let price = general.lose(&course.tiers_of(built, true))?;
    let values = general.highs.values().map_err(failed)?.columns;
    let units = (0..block.items()).map(|i| (block.demand[i] - values[general.unserved(i)]).max(0.0) * block.unit[i]).collect();
    Ok((units, price.iter().map(|p| p / block.hour).collect()))
}

pub(crate) fn failed(error: HighsError) -> PlanError {
    PlanError::Numerical { detail: error.to_string() }
}
