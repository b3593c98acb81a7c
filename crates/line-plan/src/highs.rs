//! A small safe face of the HiGHS solver for linear and mixed-integer programs, over its C interface.
//!
//! A [`Program`] is built column by column or row by row and handed to [`Highs::new`]; costs and bounds may change between
//! runs, which then start from the last basis. What is not here: quadratic objectives, callbacks, files, other solvers.
//!
//! **Invariant:** this is the only module of the engine with unsafe code. Every array given to C is as long as C expects:
//! lengths are checked when a program enters, and the numbers of columns and rows are kept beside the pointer.
//! **Invariant:** HiGHS always runs on the calling thread alone. Its scheduler belongs to the thread and is made on the first run
//! there, so instances in several threads do not meet; `threads` is therefore never anything but 1.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};

use highs_sys as c;

mod program;
mod scale;

pub use program::Program;
use scale::Scale;

/// Where a column or row stands in a basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BasisStatus {
    /// Nonbasic at its lower bound.
    Lower,
    /// Basic.
    Basic,
    /// Nonbasic at its upper bound.
    Upper,
    /// Nonbasic and free, at zero.
    Zero,
    /// Nonbasic, the bound left to the solver.
    Nonbasic,
}

impl BasisStatus {
    fn code(self) -> c::HighsInt {
        match self {
            BasisStatus::Lower => c::kHighsBasisStatusLower,
            BasisStatus::Basic => c::kHighsBasisStatusBasic,
            BasisStatus::Upper => c::kHighsBasisStatusUpper,
            BasisStatus::Zero => c::kHighsBasisStatusZero,
            BasisStatus::Nonbasic => c::kHighsBasisStatusNonbasic,
        }
    }

    fn from_code(code: c::HighsInt) -> BasisStatus {
        match code {
            c::kHighsBasisStatusLower => BasisStatus::Lower,
            c::kHighsBasisStatusBasic => BasisStatus::Basic,
            c::kHighsBasisStatusUpper => BasisStatus::Upper,
            c::kHighsBasisStatusZero => BasisStatus::Zero,
            _ => BasisStatus::Nonbasic,
        }
    }
}

/// A basis: one status per column and one per row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Columns.
    pub columns: Vec<BasisStatus>,
    /// Rows.
    pub rows: Vec<BasisStatus>,
}

/// A row to be added: bounds, and coefficients as (column, value), no column twice.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Lower bound, which may be infinite.
    pub lower: f64,
    /// Upper bound, which may be infinite.
    pub upper: f64,
    /// Coefficients.
    pub terms: Vec<(usize, f64)>,
}

/// Values of the last run. Duals are of minimization: a row's dual is the change of the objective per unit of its bound.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values {
    /// Value of each column.
    pub columns: Vec<f64>,
    /// Reduced cost of each column (zero for mixed-integer programs).
    pub reduced_costs: Vec<f64>,
    /// Activity of each row.
    pub rows: Vec<f64>,
    /// Dual of each row (zero for mixed-integer programs).
    pub duals: Vec<f64>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Solved within the tolerances and the gap asked for.
    Optimal,
    /// No point keeps all rows and bounds.
    Infeasible,
    /// The objective falls without end.
    Unbounded,
    /// One of the two; presolve did not tell which.
    UnboundedOrInfeasible,
    /// The objective passed the bound that was set.
    ObjectiveBound,
    /// The objective reached the target that was set.
    ObjectiveTarget,
    /// Time is up.
    TimeLimit,
    /// The iterations are used up.
    IterationLimit,
    /// The nodes or solutions are used up.
    SolutionLimit,
    /// None of the others.
    Unknown,
}

/// Why the solver refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HighsError {
    /// The program is not well formed.
    Malformed(&'static str),
    /// Arrays given together are not of the length the program asks for.
    Length {
        /// What was given.
        what: &'static str,
        /// Length the program asks for.
        expected: usize,
        /// Length given.
        found: usize,
    },
    /// The solver reported an error.
    Failed(&'static str),
}

impl std::fmt::Display for HighsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HighsError::Malformed(defect) => write!(f, "malformed program: {defect}"),
            HighsError::Length { what, expected, found } => write!(f, "{what}: expected {expected} entries, found {found}"),
            HighsError::Failed(step) => write!(f, "the linear solver failed at: {step}"),
        }
    }
}

impl std::error::Error for HighsError {}

/// A solver holding one program.
#[derive(Debug)]
pub struct Highs {
    /// Owned, never null, destroyed on drop. A raw pointer keeps the type out of other threads.
    instance: *mut c_void,
    columns: usize,
    rows: usize,
    /// How the program held differs from the one that was given.
    scale: Scale,
    presolve: bool,
}

impl Drop for Highs {
    fn drop(&mut self) {
        // SAFETY: the pointer came from Highs_create and is destroyed once, here.
        unsafe { c::Highs_destroy(self.instance) }
    }
}

impl Highs {
    /// A silent solver on one thread, holding the program.
    ///
    /// # Errors
    /// When the program is malformed or the solver refuses it.
    pub fn new(program: &Program) -> Result<Highs, HighsError> {
        if let Some(defect) = program.defect() {
            return Err(HighsError::Malformed(defect));
        }
        // SAFETY: takes nothing; the result is checked for null.
        let instance = unsafe { c::Highs_create() };
        if instance.is_null() {
            return Err(HighsError::Failed("create"));
        }
        let (columns, rows) = (program.columns(), program.rows());
        let mut highs = Highs { instance, columns, rows, scale: Scale::default(), presolve: true };
        highs.set_bool(c"output_flag", false)?;
        highs.set_int(c"threads", 1)?;
        highs.set_string(c"parallel", c"off")?;
        highs.pass(program)?;
        Ok(highs)
    }

    /// The same for a program whose amounts and costs lie far apart: it is held scaled by powers of two ([`Scale`]), and everything
    /// that goes in and comes out is translated without rounding. Tolerances then are about relative to each column's range and
    /// each row's largest term.
    ///
    /// # Errors
    /// When the program is malformed or the solver refuses it.
    pub fn scaled(program: &Program) -> Result<Highs, HighsError> {
        if let Some(defect) = program.defect() {
            return Err(HighsError::Malformed(defect));
        }
        let (program, scale) = Scale::apply(program);
        let mut highs = Highs::new(&program)?;
        highs.scale = scale;
        Ok(highs)
    }

    fn pass(&mut self, program: &Program) -> Result<(), HighsError> {
        let (starts, rows, values) = program.by_column();
        let kinds: Vec<c::HighsInt> =
            program.integer.iter().map(|&i| if i { c::kHighsVarTypeInteger } else { c::kHighsVarTypeContinuous }).collect();
        let (n, m, nz) = (self.columns as c::HighsInt, self.rows as c::HighsInt, values.len() as c::HighsInt);
        let (format, sense) = (c::kHighsMatrixFormatColwise, c::kHighsObjSenseMinimize);
        let p = program;
        // SAFETY: `defect` has shown all column arrays to have n entries and the row arrays m; starts has n + 1, rows and values nz,
        // kinds n or is not passed. C only reads and copies them during the call.
        let status = unsafe {
            if kinds.is_empty() {
                c::Highs_passLp(
                    self.instance,
                    n,
                    m,
                    nz,
                    format,
                    sense,
                    0.0,
                    p.cost.as_ptr(),
                    p.lower.as_ptr(),
                    p.upper.as_ptr(),
                    p.row_lower.as_ptr(),
                    p.row_upper.as_ptr(),
                    starts.as_ptr(),
                    rows.as_ptr(),
                    values.as_ptr(),
                )
            } else {
                c::Highs_passMip(
                    self.instance,
                    n,
                    m,
                    nz,
                    format,
                    sense,
                    0.0,
                    p.cost.as_ptr(),
                    p.lower.as_ptr(),
                    p.upper.as_ptr(),
                    p.row_lower.as_ptr(),
                    p.row_upper.as_ptr(),
                    starts.as_ptr(),
                    rows.as_ptr(),
                    values.as_ptr(),
                    kinds.as_ptr(),
                )
            }
        };
        checked(status, "load")
    }

    /// Sets an integer option by its HiGHS name. `threads` must stay 1.
    ///
    /// # Errors
    /// When the solver knows no such option or value.
    pub fn set_int(&mut self, option: &CStr, value: i32) -> Result<(), HighsError> {
        // SAFETY: the name is a terminated string, read during the call.
        checked(unsafe { c::Highs_setIntOptionValue(self.instance, option.as_ptr(), value) }, "set option")
    }

    /// Sets a real-valued option by its HiGHS name.
    ///
    /// # Errors
    /// When the solver knows no such option or value.
    pub fn set_double(&mut self, option: &CStr, value: f64) -> Result<(), HighsError> {
        // SAFETY: the name is a terminated string, read during the call.
        checked(unsafe { c::Highs_setDoubleOptionValue(self.instance, option.as_ptr(), value) }, "set option")
    }

    /// Sets a switch by its HiGHS name.
    ///
    /// # Errors
    /// When the solver knows no such option.
    pub fn set_bool(&mut self, option: &CStr, value: bool) -> Result<(), HighsError> {
        // SAFETY: the name is a terminated string, read during the call.
        checked(unsafe { c::Highs_setBoolOptionValue(self.instance, option.as_ptr(), c::HighsInt::from(value)) }, "set option")
    }

    /// Sets a text option by its HiGHS name.
    ///
    /// # Errors
    /// When the solver knows no such option or value.
    pub fn set_string(&mut self, option: &CStr, value: &CStr) -> Result<(), HighsError> {
        // SAFETY: name and value are terminated strings, read and copied during the call.
        checked(unsafe { c::Highs_setStringOptionValue(self.instance, option.as_ptr(), value.as_ptr()) }, "set option")
    }

    /// Switches presolve on or off; off, a run after a change of bounds starts from the last basis at once.
    ///
    /// # Errors
    /// When the solver refuses.
    pub fn set_presolve(&mut self, on: bool) -> Result<(), HighsError> {
        self.presolve = on;
        self.set_string(c"presolve", if on { c"on" } else { c"off" })
    }

    /// Limits the time of each following run (s).
    ///
    /// # Errors
    /// When the solver refuses, e.g. a negative time.
    pub fn set_time_limit(&mut self, seconds: f64) -> Result<(), HighsError> {
        self.set_double(c"time_limit", seconds)
    }

    /// Lets a mixed-integer run stop at this relative and absolute distance between solution and bound.
    ///
    /// # Errors
    /// When the solver refuses, e.g. a negative gap.
    pub fn set_gap(&mut self, relative: f64, absolute: f64) -> Result<(), HighsError> {
        self.set_double(c"mip_rel_gap", relative)?;
        self.set_double(c"mip_abs_gap", absolute * self.scale.objective())
    }

    /// Changes the costs of some columns, given as (column, cost); the last cost given for a column counts.
    ///
    /// # Errors
    /// When a column does not exist or a cost is not a number.
    pub fn change_costs(&mut self, changes: &[(usize, f64)]) -> Result<(), HighsError> {
        for &(column, _) in changes {
            in_range("column", column, self.columns)?;
        }
        let mut last: Vec<(usize, f64)> = changes.iter().rev().copied().collect();
        last.sort_by_key(|(column, _)| *column);
        last.dedup_by_key(|(column, _)| *column);
        let columns: Vec<c::HighsInt> = last.iter().map(|(column, _)| *column as c::HighsInt).collect();
        let costs: Vec<f64> = last.iter().map(|(column, cost)| cost * self.scale.column(*column) * self.scale.objective()).collect();
        // SAFETY: both arrays have as many entries as stated, existing columns in ascending order, and are only read during the call.
        let status = unsafe { c::Highs_changeColsCostBySet(self.instance, columns.len() as c::HighsInt, columns.as_ptr(), costs.as_ptr()) };
        checked(status, "change cost")
    }

    /// Changes the bounds of some columns, given as (column, lower, upper).
    ///
    /// # Errors
    /// When a column does not exist or a bound is not a number.
    pub fn change_column_bounds(&mut self, changes: &[(usize, f64, f64)]) -> Result<(), HighsError> {
        for &(column, lower, upper) in changes {
            in_range("column", column, self.columns)?;
            let (lower, upper) = (lower / self.scale.column(column), upper / self.scale.column(column));
            // SAFETY: no pointers but the instance; the column exists.
            checked(unsafe { c::Highs_changeColBounds(self.instance, column as c::HighsInt, lower, upper) }, "change column bounds")?;
        }
        Ok(())
    }

    /// Changes the bounds of some rows, given as (row, lower, upper).
    ///
    /// # Errors
    /// When a row does not exist or a bound is not a number.
    pub fn change_row_bounds(&mut self, changes: &[(usize, f64, f64)]) -> Result<(), HighsError> {
        for &(row, lower, upper) in changes {
            in_range("row", row, self.rows)?;
            let (lower, upper) = (lower * self.scale.row(row), upper * self.scale.row(row));
            // SAFETY: no pointers but the instance; the row exists.
            checked(unsafe { c::Highs_changeRowBounds(self.instance, row as c::HighsInt, lower, upper) }, "change row bounds")?;
        }
        Ok(())
    }

    /// Adds a row, given as (column, value), no column twice, and returns its index. The basis stays usable.
    ///
    /// # Errors
    /// When a column does not exist or the solver refuses.
    pub fn add_row(&mut self, lower: f64, upper: f64, terms: &[(usize, f64)]) -> Result<usize, HighsError> {
        self.add_rows(&[Row { lower, upper, terms: terms.to_vec() }]).map(|rows| rows.start)
    }

    /// Adds rows in one go, which costs little more than adding one, and returns their indices.
    ///
    /// # Errors
    /// As [`Highs::add_row`].
    pub fn add_rows(&mut self, rows: &[Row]) -> Result<std::ops::Range<usize>, HighsError> {
        let (mut starts, mut columns, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            starts.push(columns.len() as c::HighsInt);
            for &(column, value) in &row.terms {
                in_range("column", column, self.columns)?;
                columns.push(column as c::HighsInt);
                values.push(value * self.scale.column(column));
            }
        }
        let lower: Vec<f64> = rows.iter().map(|row| row.lower).collect();
        let upper: Vec<f64> = rows.iter().map(|row| row.upper).collect();
        let (count, entries) = (rows.len() as c::HighsInt, columns.len() as c::HighsInt);
        // SAFETY: bounds and starts have one entry per row, columns and values as many as stated; all are only read during the call.
        let status = unsafe {
            c::Highs_addRows(
                self.instance,
                count,
                lower.as_ptr(),
                upper.as_ptr(),
                entries,
                starts.as_ptr(),
                columns.as_ptr(),
                values.as_ptr(),
            )
        };
        checked(status, "add rows")?;
        self.rows += rows.len();
        Ok(self.rows - rows.len()..self.rows)
    }

    /// Starts the next run of a mixed-integer program from this point: one value per column. A point that breaks a row is
    /// dropped by the solver, or repaired by it.
    ///
    /// # Errors
    /// When the length is not the number of columns or the solver refuses.
    pub fn start_from(&mut self, values: &[f64]) -> Result<(), HighsError> {
        same_length("starting values", self.columns, values.len())?;
        let values: Vec<f64> = values.iter().enumerate().map(|(j, x)| x / self.scale.column(j)).collect();
        // SAFETY: the array has one entry per column; null is allowed for what is not given.
        let status = unsafe { c::Highs_setSolution(self.instance, values.as_ptr(), std::ptr::null(), std::ptr::null(), std::ptr::null()) };
        checked(status, "start")
    }

    /// Starts the next run of a linear program from this basis.
    ///
    /// # Errors
    /// When lengths differ from the program's or the solver refuses the basis.
    pub fn set_basis(&mut self, basis: &Basis) -> Result<(), HighsError> {
        same_length("basis columns", self.columns, basis.columns.len())?;
        same_length("basis rows", self.rows, basis.rows.len())?;
        let columns: Vec<c::HighsInt> = basis.columns.iter().map(|s| s.code()).collect();
        let rows: Vec<c::HighsInt> = basis.rows.iter().map(|s| s.code()).collect();
        // SAFETY: one entry per column and per row, checked above, read during the call.
        checked(unsafe { c::Highs_setBasis(self.instance, columns.as_ptr(), rows.as_ptr()) }, "set basis")
    }

    /// Solves.
    ///
    /// # Errors
    /// When the solver reports an error; limits reached and infeasibility are outcomes, not errors.
    pub fn run(&mut self) -> Result<Outcome, HighsError> {
        // SAFETY: only the instance. The clocks add up over runs unless set to zero, and the time limit is read against them.
        let status = unsafe {
            c::Highs_zeroAllClocks(self.instance);
            c::Highs_run(self.instance)
        };
        checked(status, "run")?;
        // SAFETY: only the instance.
        Ok(match unsafe { c::Highs_getModelStatus(self.instance) } {
            // A program without columns or rows is solved by nothing at all.
            c::kHighsModelStatusOptimal | c::kHighsModelStatusModelEmpty => Outcome::Optimal,
            c::kHighsModelStatusInfeasible => Outcome::Infeasible,
            c::kHighsModelStatusUnbounded => Outcome::Unbounded,
            c::kHighsModelStatusUnboundedOrInfeasible => Outcome::UnboundedOrInfeasible,
            c::kHighsModelStatusObjectiveBound => Outcome::ObjectiveBound,
            c::kHighsModelStatusObjectiveTarget => Outcome::ObjectiveTarget,
            c::kHighsModelStatusTimeLimit => Outcome::TimeLimit,
            c::kHighsModelStatusIterationLimit => Outcome::IterationLimit,
            c::kHighsModelStatusSolutionLimit => Outcome::SolutionLimit,
            _ => Outcome::Unknown,
        })
    }

    /// Solves, and where that ends in an error or without a result, once more from nothing: no basis, no start, presolve the other
    /// way. What one way of solving stumbles over the other mostly passes.
    ///
    /// # Errors
    /// When the solver reports an error again.
    pub fn run_again_if_odd(&mut self) -> Result<Outcome, HighsError> {
        match self.run() {
            Ok(Outcome::Unknown) | Err(_) => self.run_afresh(),
            result => result,
        }
    }

    /// Solves from nothing: no basis, no start, and presolve the other way.
    ///
    /// # Errors
    /// When the solver reports an error.
    pub fn run_afresh(&mut self) -> Result<Outcome, HighsError> {
        // SAFETY: only the instance.
        checked(unsafe { c::Highs_clearSolver(self.instance) }, "clear")?;
        let presolve = self.presolve;
        self.set_presolve(!presolve)?;
        let outcome = self.run();
        self.set_presolve(presolve)?;
        outcome
    }

    /// Objective of the last run's solution.
    pub fn objective(&self) -> f64 {
        // SAFETY: only the instance.
        unsafe { c::Highs_getObjectiveValue(self.instance) / self.scale.objective() }
    }

    /// Proven lower bound of the last mixed-integer run.
    pub fn bound(&self) -> f64 {
        self.real_info(c"mip_dual_bound").map_or(f64::NEG_INFINITY, |bound| bound / self.scale.objective())
    }

    /// Whether the last run left a solution that keeps all rows and bounds.
    pub fn is_feasible(&self) -> bool {
        self.whole_info(c"primal_solution_status") == Some(c::kHighsSolutionStatusFeasible)
    }

    /// Simplex iterations of the last run.
    pub fn iterations(&self) -> usize {
        self.whole_info(c"simplex_iteration_count").map_or(0, |i| i.max(0) as usize)
    }

    /// Nodes of the last mixed-integer run.
    pub fn nodes(&self) -> usize {
        let mut value = 0i64;
        // SAFETY: the name is a terminated string, the value a place for one 64-bit integer, which is this entry's type.
        let status = unsafe { c::Highs_getInt64InfoValue(self.instance, c"mip_node_count".as_ptr(), &mut value) };
        if status == c::kHighsStatusOk { value.max(0) as usize } else { 0 }
    }

    fn whole_info(&self, name: &CStr) -> Option<c::HighsInt> {
        let mut value = 0;
        // SAFETY: the name is a terminated string, the value a place for one integer; C answers an error when the entry has another type.
        let status = unsafe { c::Highs_getIntInfoValue(self.instance, name.as_ptr(), &mut value) };
        (status == c::kHighsStatusOk).then_some(value)
    }

    fn real_info(&self, name: &CStr) -> Option<f64> {
        let mut value = 0.0;
        // SAFETY: as for whole numbers, with a place for one real.
        let status = unsafe { c::Highs_getDoubleInfoValue(self.instance, name.as_ptr(), &mut value) };
        (status == c::kHighsStatusOk).then_some(value)
    }

    /// Values of the last run.
    ///
    /// # Errors
    /// When there is no solution.
    pub fn values(&self) -> Result<Values, HighsError> {
        let (n, m) = (self.columns, self.rows);
        let mut v = Values { columns: vec![0.0; n], reduced_costs: vec![0.0; n], rows: vec![0.0; m], duals: vec![0.0; m] };
        // SAFETY: two arrays of one entry per column and two of one per row, which C fills at most that far.
        let status = unsafe {
            c::Highs_getSolution(
                self.instance,
                v.columns.as_mut_ptr(),
                v.reduced_costs.as_mut_ptr(),
                v.rows.as_mut_ptr(),
                v.duals.as_mut_ptr(),
            )
        };
        checked(status, "read the solution")?;
        self.scale.translate(&mut v);
        Ok(v)
    }

    /// The basis of the last run of a linear program.
    ///
    /// # Errors
    /// When there is none.
    pub fn basis(&self) -> Result<Basis, HighsError> {
        let (mut columns, mut rows) = (vec![0; self.columns], vec![0; self.rows]);
        // SAFETY: one entry per column and one per row, which C fills at most that far.
        checked(unsafe { c::Highs_getBasis(self.instance, columns.as_mut_ptr(), rows.as_mut_ptr()) }, "read the basis")?;
        let read = |codes: Vec<c::HighsInt>| codes.into_iter().map(BasisStatus::from_code).collect();
        Ok(Basis { columns: read(columns), rows: read(rows) })
    }
}

/// Warnings are not errors: HiGHS warns, for instance, when a limit is reached.
fn checked(status: c::HighsInt, step: &'static str) -> Result<(), HighsError> {
    if status == c::kHighsStatusError { Err(HighsError::Failed(step)) } else { Ok(()) }
}

fn in_range(what: &'static str, index: usize, length: usize) -> Result<(), HighsError> {
    if index < length { Ok(()) } else { Err(HighsError::Length { what, expected: length, found: index + 1 }) }
}

fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), HighsError> {
    if expected == found { Ok(()) } else { Err(HighsError::Length { what, expected, found }) }
}

#[cfg(test)]
mod tests;
