//! The exact line-capacity optimizer: which line makes how much of which model in which period, so that demand is met
//! and lines are used well.
//!
//! A [`Problem`] and [`Options`] go in, a [`Plan`] comes out; [`PlanDocument`] is the plan with names, for people and
//! programs. There is no I/O, no clock and no randomness here: elapsed time comes from the [`Clock`] that the caller passes.
//!
//! **Invariant:** outside [`PlanModel::Baseline`] the order of entries in the problem never changes the answer, and the
//! same input gives the same bytes.

mod assemble;
mod baseline;
mod changeover;
mod document;
mod explain;
pub mod figures;
pub mod highs;
pub mod integer;
mod known;
mod language;
mod options;
mod order;
mod plan;
mod problem;
pub mod risk;
mod scope;
mod session;
mod solve;
mod verify;
mod worth;

pub use document::*;
pub use language::Language;
pub use options::*;
pub use plan::*;
pub use problem::*;
pub use scope::*;
pub use session::Session;
pub use verify::verify;

/// Elapsed time, passed in so that the engine itself stays free of clocks.
pub trait Clock: Sync {
    /// Seconds since some fixed moment (s), never decreasing.
    fn seconds(&self) -> f64;
}

/// A clock that stands still, for tests: no limit is ever reached.
pub struct NoClock;

impl Clock for NoClock {
    fn seconds(&self) -> f64 {
        0.0
    }
}

/// Answers the question. See [`Options`] for what is asked of the answer.
///
/// # Errors
/// [`PlanError::Defects`] when the problem breaks its invariants, [`PlanError::Infeasible`] when the wishes contradict
/// each other; demand that cannot be met is no error but part of the answer.
pub fn solve(problem: &Problem, options: &Options, clock: &dyn Clock) -> Result<Plan, PlanError> {
    session::answer(problem, options, clock, &solve::Memory::none(), &known::Known::nothing())
}
