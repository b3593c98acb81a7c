//! Solving one sample after another of the same plant.

use super::inputs::{Factors, Inputs, Scores};
use super::{Question, RiskError};
use crate::options::{ChangeoverCharging, Integers, Options};
use crate::order::Order;
use crate::plan::{Plan, PlanError};
use crate::problem::Problem;
use crate::session::{self, Repeated};
use crate::solve::Memory;

/// The question that a sample of a study asks: what [`super::study()`] solves with [`simplified`] options. The numbers are counted from 0.
///
/// # Errors
/// What is wrong with the question.
pub fn sampled(problem: &Problem, question: &Question, number: u32) -> Result<Problem, RiskError> {
    if let Some(wrong) = question.wrong(problem).into_iter().next() {
        return Err(wrong);
    }
    let inputs = Inputs::of(problem, &Order::of(problem), &question.inputs);
    let (mut factors, mut changed) = (inputs.no_factors(), problem.clone());
    inputs.draw(Scores::Sample { seed: question.seed, number }, &mut factors, &mut Vec::new());
    inputs.apply(problem, &factors, &mut changed);
    Ok(changed)
}

/// The options that samples are solved with, and whether they differ in what the plan may be: integer decisions would take their time
/// ten thousand times over, and a frozen window may contradict a sample.
pub(super) fn simplified(options: &Options) -> (Options, bool) {
    let charging = match options.changeovers {
        ChangeoverCharging::Campaign => ChangeoverCharging::Mix,
        other => other,
    };
    let simpler = Options {
        changeovers: charging,
        integers: Integers::default(),
        frozen: None,
        gains: 0,
        time_limit_s: None,
        threads: 1,
        ..options.clone()
    };
    let differs = charging != options.changeovers || options.integers.any() || options.frozen.is_some();
    (simpler, differs)
}

/// A plant that is solved again and again.
pub(super) struct Solver<'s> {
    planned: &'s Problem,
    inputs: &'s Inputs,
    options: &'s Options,
    pub problem: Problem,
    order: Order,
    repeated: Repeated,
    memory: Memory,
    factors: Factors,
    /// Mean factor of each driver in the sample solved last.
    pub means: Vec<f64>,
}

impl<'s> Solver<'s> {
    pub fn new(planned: &'s Problem, inputs: &'s Inputs, options: &'s Options) -> Solver<'s> {
        let order = Order::of(planned);
        Solver {
            planned,
            inputs,
            options,
            problem: planned.clone(),
            repeated: Repeated::new(planned, options, &order),
            order,
            // Where most numbers change with each sample, looking for known parts would only cost time.
            memory: if inputs.touches_most() { Memory::none() } else { Memory::lasting() },
            factors: inputs.no_factors(),
            means: Vec::new(),
        }
    }

    /// The plan of a sample, without constraints, gains and verification.
    pub fn solve(&mut self, scores: Scores) -> Result<Plan, PlanError> {
        self.inputs.draw(scores, &mut self.factors, &mut self.means);
        self.inputs.apply(self.planned, &self.factors, &mut self.problem);
        self.order.renew_hours(&self.problem);
        session::solve_repeated(&self.problem, self.options, &self.order, &mut self.repeated, &self.memory)
    }
}
