//! A problem that is solved again and again while it changes: what-if in milliseconds.
//!
//! **Invariant:** a session's answer is the same as that of a fresh solve of the same problem; remembering only saves time.

use std::cell::Cell;

use crate::assemble::{Answer, assemble, assemble_with_scene};
use crate::changeover::mix_charges;
use crate::explain::{Remainder, gains};
use crate::known::Known;
use crate::options::{Balance, ChangeoverCharging, Options, PlanModel};
use crate::order::Order;
use crate::plan::{Plan, PlanError};
use crate::problem::{Demand, Problem};
pub(crate) use crate::solve::Repeated;
use crate::solve::{self, FrameNumber, Memory};
use crate::verify::verify_by;
use crate::{Clock, baseline, integer};

/// A problem and what is remembered of its earlier answers.
#[derive(Debug)]
pub struct Session {
    problem: Problem,
    memory: Memory,
    known: Known,
}

impl Session {
    /// A session that remembers solved blocks (memory in proportion to the problem's capabilities × periods).
    pub fn new(problem: Problem) -> Self {
        Session { problem, memory: Memory::lasting(), known: Known::lasting() }
    }

    /// The problem as it is now.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The problem, to be edited before the next solve.
    pub fn problem_mut(&mut self) -> &mut Problem {
        self.known.forget_frame();
        &mut self.problem
    }

    /// The demand, to be edited before the next solve: through here nothing else can change, so nothing else has to be looked at again.
    pub fn demand_mut(&mut self) -> &mut Vec<Demand> {
        &mut self.problem.demand
    }

    /// Answers the question as it is now; see [`fn@crate::solve`].
    ///
    /// # Errors
    /// As [`fn@crate::solve`].
    pub fn solve(&self, options: &Options, clock: &dyn Clock) -> Result<Plan, PlanError> {
        answer(&self.problem, options, clock, &self.memory, &self.known)
    }
}

/// Checks, solves, assembles and verifies.
pub(crate) fn answer(problem: &Problem, options: &Options, clock: &dyn Clock, memory: &Memory, known: &Known) -> Result<Plan, PlanError> {
    let same_frame = known.of_frame(problem).filter(|_| problem.demand_is_usual());
    if same_frame.is_none() {
        let defects = problem.defects();
        if !defects.is_empty() {
            return Err(PlanError::Defects { defects });
        }
    }
    if options.model == PlanModel::Baseline {
        return Ok(baseline::solve(problem, options, clock));
    }
    if integer::is_asked(options) {
        return integer::plan(problem, options, clock);
    }
    let start = clock.seconds();
    let (order, frame) = same_frame.unwrap_or_else(|| known.order(problem));
    let prepared = clock.seconds();
    let answer = charged(problem, options, &order, memory, frame)?;
    let solved = clock.seconds();
    let (mut plan, scene) = assemble_with_scene(problem, options, &order, answer);
    let constraints = known.constraints(&scene, &plan);
    // With stock a trial is a solve of every period.
    let trials = if options.model == PlanModel::Prebuild { options.gains.min(MOST_PREBUILD_TRIALS) } else { options.gains };
    let spent = Cell::new(0.0);
    let gains = gains(&scene, &plan, trials, trials, &|changed, options| {
        let started = spent.replace(spent.get() + work(changed));
        (started <= 0.0 || spent.get() <= MOST_TRIAL_WORK).then(|| remainder(changed, options)).flatten()
    });
    plan.constraints = constraints;
    plan.gains = gains;
    let explained = clock.seconds();
    plan.verification = verify_by(problem, &plan, &known.standards(problem, options.weight));
    plan.timing.prepare_s = prepared - start;
    plan.timing.solve_s = solved - prepared;
    plan.timing.explain_s = explained - solved;
    plan.timing.verify_s = clock.seconds() - explained;
    Ok(plan)
}

/// Solves and assembles a sound problem of which only numbers changed since `repeated` was made; nothing is explained or verified.
pub(crate) fn solve_repeated(
    problem: &Problem,
    options: &Options,
    order: &Order,
    repeated: &mut Repeated,
    memory: &Memory,
) -> Result<Plan, PlanError> {
    if options.model == PlanModel::Baseline {
        return Ok(baseline::solve(problem, options, &crate::NoClock));
    }
    let answer = match options.changeovers {
        ChangeoverCharging::Mix if !problem.changeovers.is_empty() => charged(problem, options, order, &Memory::none(), None)?,
        _ => repeated.solve(problem, options, order, memory)?,
    };
    Ok(assemble(problem, options, order, answer))
}

/// About how much work a solve is: the cube of each area's lines, and its capabilities. No clock decides how many trials there are, so that
/// the same input gives the same answer.
fn work(problem: &Problem) -> f64 {
    let mut lines = vec![0.0_f64; problem.areas.len()];
    problem.lines.iter().for_each(|line| lines[line.area] += 1.0);
    lines.iter().map(|n| n.powi(3)).sum::<f64>() + 10.0 * (problem.capabilities.len() * problem.periods.len()) as f64
}

/// What stays unmet of a changed part of the problem.
fn remainder(problem: &Problem, options: &Options) -> Option<Remainder> {
    // Only what is lost counts: nothing is balanced or preferred.
    let options = Options { balance: Balance::Off, preference: false, threads: 1, ..options.clone() };
    let order = Order::of(problem);
    let answer = charged(problem, &options, &order, &Memory::none(), None).ok()?;
    let plan = assemble(problem, &options, &order, answer);
    Some(Remainder { units: plan.unmet.iter().map(|u| u.units).sum(), weight: plan.unmet.iter().map(|u| u.weight).sum() })
}

/// Work that all trials together may be, about a third of a second; the first is always made.
const MOST_TRIAL_WORK: f64 = 2e7;
/// Most approvals and most shifts tried for a prebuild plan.
const MOST_PREBUILD_TRIALS: usize = 3;
/// Rounds after which reserves grow faster than the estimate asks, so that the rounds end.
const PATIENT_ROUNDS: usize = 8;

/// Solves, and charges changeovers by the mix estimate where that is asked: each round reserves on every line what its mix would cost,
/// and solves again, so that what is cut from a line is offered to the others. Reserves only grow, until they cover the mix they lead to.
fn charged(problem: &Problem, options: &Options, order: &Order, memory: &Memory, frame: FrameNumber) -> Result<Answer, PlanError> {
    if options.changeovers != ChangeoverCharging::Mix || problem.changeovers.is_empty() {
        return solve::solve(problem, options, order, memory, frame);
    }
    let periods = problem.periods.len();
    let mut reserved = problem.clone();
    let mut reserve = vec![0.0; problem.lines.len() * periods];
    for line in &mut reserved.lines {
        line.maintenance_hours.resize(periods, 0.0);
    }
    for round in 0.. {
        let mut answer = solve::solve(&reserved, options, order, memory, None)?;
        let charges = mix_charges(problem, order, &answer.made, options.campaigns_per_period);
        let mut grown = false;
        for charge in &charges {
            let held = &mut reserve[charge.line as usize * periods + charge.period as usize];
            if charge.value > *held + 1e-9 {
                let more = if round < PATIENT_ROUNDS { charge.value } else { charge.value * 1.1 };
                reserved.lines[charge.line as usize].maintenance_hours[charge.period as usize] += more - *held;
                *held = more;
                grown = true;
            }
        }
        if !grown {
            answer.changeover_hours = charges;
            return Ok(answer);
        }
    }
    Err(PlanError::Numerical { detail: "the rounds of charging changeovers do not end".to_owned() })
}
