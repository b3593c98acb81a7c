//! Scaling by powers of two, so that a program of thousands of units and tiny costs reaches the solver with numbers near one.
//!
//! A column with a finite range is measured by it, a row by its largest coefficient then, and all costs by the largest of
//! them. Unscaled, weights of 10⁹ beside costs of 10⁻⁵ make duals so large that the dual simplex gives up.
//!
//! **Invariant:** every factor is a power of two, so translating there and back is exact; whole columns keep their measure.

use super::{Program, Values};

/// Costs are left alone as long as the largest lies between 1 and this.
const LARGEST_COST: f64 = 4096.0;

/// Factors of the program held against the program given; what is missing is 1.
#[derive(Debug, Default)]
pub(super) struct Scale {
    /// The amount of a column that is held as 1.
    columns: Vec<f64>,
    /// What a row is multiplied by.
    rows: Vec<f64>,
    /// What the objective is multiplied by.
    objective: Option<f64>,
}

impl Scale {
    /// The scaled program and its factors.
    pub fn apply(given: &Program) -> (Program, Scale) {
        let whole = |j: usize| given.integer.get(j).is_some_and(|i| *i);
        let range = |j: usize| given.upper[j].abs().max(given.lower[j].abs());
        let columns: Vec<f64> = (0..given.columns()).map(|j| if whole(j) { 1.0 } else { near(range(j)) }).collect();
        let mut largest = vec![0.0f64; given.rows()];
        for &(row, column, value) in &given.entries {
            largest[row] = largest[row].max((value * columns[column]).abs());
        }
        let rows: Vec<f64> = largest.into_iter().map(|value| 1.0 / near(value)).collect();
        let cost: Vec<f64> = given.cost.iter().zip(&columns).map(|(cost, column)| cost * column).collect();
        let dearest = cost.iter().fold(0.0f64, |most, cost| most.max(cost.abs()));
        let objective = if (1.0..=LARGEST_COST).contains(&dearest) { 1.0 } else { near(LARGEST_COST / dearest) };
        let over = |bounds: &[f64]| bounds.iter().zip(&columns).map(|(bound, column)| bound / column).collect();
        let times = |bounds: &[f64]| bounds.iter().zip(&rows).map(|(bound, row)| bound * row).collect();
        let program = Program {
            cost: cost.into_iter().map(|cost| cost * objective).collect(),
            lower: over(&given.lower),
            upper: over(&given.upper),
            integer: given.integer.clone(),
            row_lower: times(&given.row_lower),
            row_upper: times(&given.row_upper),
            entries: given.entries.iter().map(|&(i, j, value)| (i, j, value * columns[j] * rows[i])).collect(),
        };
        (program, Scale { columns, rows, objective: Some(objective) })
    }

    /// The amount of a column that is held as 1.
    pub fn column(&self, column: usize) -> f64 {
        self.columns.get(column).copied().unwrap_or(1.0)
    }

    /// What a row is multiplied by; 1 for rows that came later.
    pub fn row(&self, row: usize) -> f64 {
        self.rows.get(row).copied().unwrap_or(1.0)
    }

    /// What the objective is multiplied by.
    pub fn objective(&self) -> f64 {
        self.objective.unwrap_or(1.0)
    }

    /// Values in the measure of the program given.
    pub fn translate(&self, values: &mut Values) {
        for (j, (x, reduced)) in values.columns.iter_mut().zip(&mut values.reduced_costs).enumerate() {
            *x *= self.column(j);
            *reduced /= self.objective() * self.column(j);
        }
        for (i, (activity, dual)) in values.rows.iter_mut().zip(&mut values.duals).enumerate() {
            *activity /= self.row(i);
            *dual *= self.row(i) / self.objective();
        }
    }
}

/// The power of two nearest to a positive number, 1 for what has none.
fn near(value: f64) -> f64 {
    if value > 0.0 && value.is_finite() { value.log2().round().clamp(-200.0, 200.0).exp2() } else { 1.0 }
}
