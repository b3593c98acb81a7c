//! What may go wrong with a plan: its inputs as distributions, the question answered thousands of times, and the answers counted.
//!
//! [`study()`] draws each uncertain input ([`Uncertain`]), solves the plan that follows, and counts who is short and who is over the target, how
//! much is missing and how full lines are (crude Monte Carlo: samples are independent, so that the stated intervals hold). Beside the samples it
//! moves one driver at a time to its p10 and p90 (tornado) and correlates drivers and outcomes by rank (Spearman 1904).
//!
//! A sample is solved as a fresh question with the sample's numbers would be; order and network of the plant stay from sample to
//! sample, and where little is uncertain, so do the parts that the sample does not change. Integer decisions, frozen periods and gains are left
//! out ([`Study::simplified`] says so).
//!
//! **Invariant:** the same question and seed give the same study to the last bit, whatever the threads and the order of rows.
//! **Invariant:** where nothing varies, every sample is the deterministic plan exactly.

mod distribution;
mod downtime;
mod inputs;
mod random;
mod sample;
mod sensitivity;
mod sentences;
mod study;
mod tally;

pub use distribution::Distribution;
pub use inputs::{Driver, DriverKind, Members, Quantity, Together, Uncertain};
pub use sample::sampled;
pub use sentences::driver as driver_in_words;
pub use study::{Bar, Bin, Checked, Checkpoint, Figures, Histogram, Mover, Probability, Study, Target, ThingRisk};
pub use tally::{AMOUNT_ACCURACY, LEVEL_ACCURACY, Of, Spread};

use serde::{Deserialize, Serialize};

use crate::options::Options;
use crate::plan::PlanError;
use crate::problem::Problem;

/// What is asked of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What is uncertain.
    pub inputs: Vec<Uncertain>,
    /// How many samples, 1 to 10 million.
    pub samples: u32,
    /// Where the random numbers begin; the same seed gives the same samples.
    pub seed: u64,
    /// Share of a model's demand in a period below which missing units do not count as short, 0 to 1.
    pub tolerance: f64,
    /// Utilisation above which a line or an area is over its target, by area: one number for each.
    pub targets: Vec<f64>,
}

/// What a study tells while it runs, and asks. Called from all its threads.
pub trait Control: Sync {
    /// So many of all solves are done, so many samples are drawn, and of these so many were short.
    fn progress(&self, done: f64, samples: usize, short: usize);
    /// Whether to stop.
    fn stop(&self) -> bool;
}

/// Tells nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Control for Quiet {
    fn progress(&self, _done: f64, _samples: usize, _short: usize) {}

    fn stop(&self) -> bool {
        false
    }
}

/// Why there is no study.
#[derive(Debug, Clone, PartialEq)]
pub enum RiskError {
    /// The question is not one.
    Wrong {
        /// Index of the input that is wrong; none for the question itself.
        input: Option<usize>,
        /// Its member.
        member: &'static str,
        /// A code.
        code: &'static str,
        /// A sentence.
        message: String,
    },
    /// The plan itself cannot be made, or a sample of it.
    Plan(PlanError),
    /// Somebody asked to stop.
    Stopped,
}

impl std::fmt::Display for RiskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RiskError::Wrong { input: Some(input), member, message, .. } => write!(f, "input {}, {member}: {message}", input + 1),
            RiskError::Wrong { input: None, member, message, .. } => write!(f, "{member}: {message}"),
            RiskError::Plan(error) => error.fmt(f),
            RiskError::Stopped => f.write_str("the study was stopped"),
        }
    }
}

impl std::error::Error for RiskError {}

impl From<PlanError> for RiskError {
    fn from(error: PlanError) -> RiskError {
        RiskError::Plan(error)
    }
}

impl Question {
    /// Everything that is wrong with it.
    pub fn wrong(&self, problem: &Problem) -> Vec<RiskError> {
        let mut wrong = Vec::new();
        let mut not = |member, code, message: &str| {
            wrong.push(RiskError::Wrong { input: None, member, code, message: message.to_owned() });
        };
        if !(1..=10_000_000).contains(&self.samples) {
            not("samples", "out_of_range", "expected 1 to 10,000,000");
        }
        if !(0.0..=1.0).contains(&self.tolerance) {
            not("tolerance", "out_of_range", "expected 0 to 1");
        }
        if self.targets.len() != problem.areas.len() || !self.targets.iter().all(|target| (0.0..=10.0).contains(target)) {
            not("targets", "out_of_range", "expected a utilisation for each area, 0 to 10");
        }
        let of_input = |(number, input): (usize, &Uncertain)| {
            let (member, code, message) = input.wrong(problem)?;
            Some(RiskError::Wrong { input: Some(number), member, code, message })
        };
        wrong.extend(self.inputs.iter().enumerate().filter_map(of_input));
        wrong
    }
}

/// Answers the question about the plan that `options` would make of `problem`, on `threads` threads.
///
/// # Errors
/// What is wrong with the question (the first thing; [`Question::wrong`] tells all), the plan's own errors, or that it was stopped.
pub fn study(problem: &Problem, options: &Options, question: &Question, threads: usize, control: &dyn Control) -> Result<Study, RiskError> {
    if let Some(wrong) = question.wrong(problem).into_iter().next() {
        return Err(wrong);
    }
    let defects = problem.defects();
    if !defects.is_empty() {
        return Err(RiskError::Plan(PlanError::Defects { defects }));
    }
    study::study(problem, options, question, threads.max(1), control)
}

#[cfg(test)]
mod tests;
