//! A problem that is solved again and again while it changes: what-if in milliseconds.
//!
//! **Invariant:** a session's answer is the same as that of a fresh solve of the same problem; remembering only saves time.

use crate::assemble::assemble;
use crate::explain::{Remainder, Scene, constraints, gains};
use crate::options::{Balance, Options, PlanModel};
use crate::order::Order;
use crate::plan::{Plan, PlanError};
use crate::problem::Problem;
use crate::solve::{self, Memory};
use crate::verify::verify;
use crate::{Clock, baseline, integer};

/// A problem and what is remembered of its earlier answers.
#[derive(Debug)]
pub struct Session {
    problem: Problem,
    memory: Memory,
}

impl Session {
    /// A session that remembers solved blocks (memory in proportion to the problem's capabilities × periods).
    pub fn new(problem: Problem) -> Self {
        Session { problem, memory: Memory::lasting() }
    }

    /// The problem as it is now.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The problem, to be edited before the next solve.
    pub fn problem_mut(&mut self) -> &mut Problem {
        &mut self.problem
    }

    /// Answers the question as it is now; see [`fn@crate::solve`].
    ///
    /// # Errors
    /// As [`fn@crate::solve`].
    pub fn solve(&self, options: &Options, clock: &dyn Clock) -> Result<Plan, PlanError> {
        answer(&self.problem, options, clock, &self.memory)
    }
}

/// Checks, solves, assembles and verifies.
pub(crate) fn answer(problem: &Problem, options: &Options, clock: &dyn Clock, memory: &Memory) -> Result<Plan, PlanError> {
    let defects = problem.defects();
    if !defects.is_empty() {
        return Err(PlanError::Defects { defects });
    }
    if options.model == PlanModel::Baseline {
        return Ok(baseline::solve(problem, options, clock));
    }
    if integer::is_asked(options) {
        return integer::plan(problem, options, clock);
    }
    let start = clock.seconds();
    let order = Order::of(problem);
    let prepared = clock.seconds();
    let answer = solve::solve(problem, options, &order, memory, clock)?;
    let solved = clock.seconds();
    let mut plan = assemble(problem, options, &order, answer);
    let scene = Scene::of(problem, &order, &plan);
    let constraints = constraints(&scene, &plan);
    let gains = gains(&scene, &plan, options.gains, options.gains, &|changed, options| remainder(changed, options, clock));
    plan.constraints = constraints;
    plan.gains = gains;
    let explained = clock.seconds();
    plan.verification = verify(problem, &plan);
    plan.timing.prepare_s = prepared - start;
    plan.timing.solve_s = solved - prepared;
    plan.timing.explain_s = explained - solved;
    plan.timing.verify_s = clock.seconds() - explained;
    Ok(plan)
}

/// What stays unmet of a changed part of the problem.
fn remainder(problem: &Problem, options: &Options, clock: &dyn Clock) -> Option<Remainder> {
    // Only what is lost counts: nothing is balanced or preferred.
    let options = Options { balance: Balance::Off, preference: false, threads: 1, ..options.clone() };
    let order = Order::of(problem);
    let answer = solve::solve(problem, &options, &order, &Memory::none(), clock).ok()?;
    let plan = assemble(problem, &options, &order, answer);
    Some(Remainder { units: plan.unmet.iter().map(|u| u.units).sum(), weight: plan.unmet.iter().map(|u| u.weight).sum() })
}
