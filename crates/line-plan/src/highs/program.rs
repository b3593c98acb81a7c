//! What HiGHS is asked: a program in plain vectors.
//!
//! **Invariant:** a program whose [`Program::defect`] is none can be handed to C: all lengths agree and every number is one.

use highs_sys as c;

/// A linear or mixed-integer program: minimize cost · x, rows and columns between bounds. Infinite bounds are `f64::INFINITY`.
#[derive(Debug, Clone, Default)]
pub struct Program {
    /// Objective coefficient of each column.
    pub cost: Vec<f64>,
    /// Lower bound of each column.
    pub lower: Vec<f64>,
    /// Upper bound of each column.
    pub upper: Vec<f64>,
    /// Which columns must be whole numbers; empty for a linear program.
    pub integer: Vec<bool>,
    /// Lower bound of each row.
    pub row_lower: Vec<f64>,
    /// Upper bound of each row.
    pub row_upper: Vec<f64>,
    /// The coefficients: (row, column, value) in any order, no pair twice.
    pub entries: Vec<(usize, usize, f64)>,
}

impl Program {
    /// Adds a continuous column and returns its index.
    pub fn column(&mut self, cost: f64, lower: f64, upper: f64) -> usize {
        self.cost.push(cost);
        self.lower.push(lower);
        self.upper.push(upper);
        if !self.integer.is_empty() {
            self.integer.push(false);
        }
        self.cost.len() - 1
    }

    /// Adds a column that must be a whole number and returns its index.
    pub fn integer_column(&mut self, cost: f64, lower: f64, upper: f64) -> usize {
        let column = self.column(cost, lower, upper);
        self.integer.resize(column + 1, false);
        self.integer[column] = true;
        column
    }

    /// Adds a row with its coefficients, given as (column, value), and returns its index.
    pub fn row(&mut self, lower: f64, upper: f64, terms: impl IntoIterator<Item = (usize, f64)>) -> usize {
        let row = self.row_lower.len();
        self.row_lower.push(lower);
        self.row_upper.push(upper);
        self.entries.extend(terms.into_iter().map(|(column, value)| (row, column, value)));
        row
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.cost.len()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.row_lower.len()
    }

    /// The same program without the demand for whole numbers.
    pub fn relaxed(&self) -> Program {
        Program { integer: Vec::new(), ..self.clone() }
    }

    /// The coefficients by column: starts, rows, values.
    pub(super) fn by_column(&self) -> (Vec<c::HighsInt>, Vec<c::HighsInt>, Vec<f64>) {
        let mut starts = vec![0usize; self.columns() + 1];
        for &(_, column, _) in &self.entries {
            starts[column + 1] += 1;
        }
        for column in 0..self.columns() {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let (mut rows, mut values) = (vec![0; self.entries.len()], vec![0.0; self.entries.len()]);
        for &(row, column, value) in &self.entries {
            rows[next[column]] = row as c::HighsInt;
            values[next[column]] = value;
            next[column] += 1;
        }
        (starts.into_iter().map(|s| s as c::HighsInt).collect(), rows, values)
    }

    /// What breaks the rules of a program, if anything.
    pub(super) fn defect(&self) -> Option<&'static str> {
        let (n, m) = (self.columns(), self.rows());
        let limit = c::HighsInt::MAX as usize;
        if n >= limit || m >= limit || self.entries.len() >= limit {
            Some("more columns, rows or coefficients than the solver can count")
        } else if self.lower.len() != n || self.upper.len() != n || !(self.integer.is_empty() || self.integer.len() == n) {
            Some("columns of different lengths")
        } else if self.row_upper.len() != m {
            Some("rows of different lengths")
        } else if self.entries.iter().any(|&(row, column, value)| row >= m || column >= n || !value.is_finite()) {
            Some("a coefficient outside the program or not finite")
        } else if self.cost.iter().any(|v| !v.is_finite())
            || [&self.lower, &self.upper, &self.row_lower, &self.row_upper].iter().any(|v| v.iter().any(|x| x.is_nan()))
        {
            Some("a cost or bound that is not a number")
        } else {
            None
        }
    }
}
