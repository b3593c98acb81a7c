//! A study: what is asked of the samples, and what they come to.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::inputs::{Driver, Inputs, Scores};
use super::random::normal_quantile;
use super::sample::{Solver, simplified};
use super::tally::{Of, Spread, Tally, Things, Total};
use super::{Control, Question, RiskError};
use crate::options::Options;
use crate::order::Order;
use crate::plan::{Plan, PlanError};
use crate::problem::Problem;
use crate::verify::verify;

mod report;
use report::Report;

/// A probability, as far as the samples tell it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Probability {
    /// Share of the samples, 0 to 1.
    pub share: f64,
    /// Ends of its 95 % confidence interval (Wilson 1927).
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Standard error of the share.
    pub standard_error: f64,
}

impl Probability {
    /// Of so many samples among all.
    pub fn of(count: u64, samples: u64) -> Probability {
        let (n, z) = (samples.max(1) as f64, 1.959_963_984_540_054);
        let share = count as f64 / n;
        let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        let (low, high) = if samples == 0 { (0.0, 1.0) } else { ((middle - half).max(0.0), (middle + half).min(1.0)) };
        // At 0 and 1 the interval ends there, but for rounding.
        let low = if count == 0 { 0.0 } else { low };
        let high = if count == samples { 1.0 } else { high };
        Probability { share, low, high, standard_error: (share * (1.0 - share) / n).sqrt() }
    }
}

/// What a plan comes to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Units that are missing.
    pub unmet_units: f64,
    /// Their weight.
    pub unmet_weight: f64,
    /// The highest utilisation of a line in a period.
    pub peak_utilization: f64,
}

/// A bin of a histogram: more than `from`, up to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Samples in it.
    pub count: u32,
}

/// How often which amounts came.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Samples with nothing at all.
    pub zero: u32,
    /// The others.
    pub bins: Vec<Bin>,
}

/// A driver, moved by itself and correlated with what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// The driver.
    pub driver: Driver,
    /// Its mean factor at its p10 and p90: of the mean of its members, which is narrower than each where they move apart.
    pub factor_low: f64,
    /// See `factor_low`.
    pub factor_high: f64,
    /// The plan with the driver at its p10, all else at the median.
    pub low: Figures,
    /// The plan with the driver at its p90, all else at the median.
    pub high: Figures,
    /// Rank correlation with the missing weight; none where either does not vary.
    pub correlation_unmet: Option<f64>,
    /// Rank correlation with the highest utilisation.
    pub correlation_peak: Option<f64>,
}

impl Bar {
    /// How far the missing weight is moved.
    pub fn swing(&self) -> f64 {
        (self.high.unmet_weight - self.low.unmet_weight).abs()
    }
}

/// What moves something most.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mover {
    /// Index of the bar.
    pub bar: usize,
    /// Rank correlation of the driver with what is missing there; with the utilisation where nothing ever is.
    pub correlation: f64,
}

/// The risk of a line, area, customer or model, in a period or over all of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThingRisk {
    /// What it is.
    pub of: Of,
    /// Its name.
    pub name: String,
    /// Plant of a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plant: String,
    /// Area of a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub area: String,
    /// The period; none for all of them: short or over in any, amounts added up, the highest utilisation.
    pub period: Option<String>,
    /// That demand is missing: of a model or customer; because of an area; at a line that is full while demand is missing that it could make.
    pub short: Probability,
    /// That it is fuller than its target; lines and areas only.
    pub over_target: Option<Probability>,
    /// How full it is; lines and areas only.
    pub utilization: Option<Spread>,
    /// How full it is as planned.
    pub planned_utilization: Option<f64>,
    /// Units that are missing. Lines that limit the same units have them all, so lines do not add up.
    pub unmet_units: Spread,
    /// Their weight.
    pub unmet_weight: Spread,
    /// Units that are missing as planned.
    pub planned_unmet_units: f64,
    /// What moves it most; only over all periods, of lines and areas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mover: Option<Mover>,
}

/// What is known after so many samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Samples.
    pub samples: u32,
    /// Probability that something is short.
    pub short: Probability,
    /// Mean of the missing weight.
    pub unmet_weight: f64,
    /// Half of its 95 % confidence interval.
    pub half_width: f64,
}

/// A sample of the samples, verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// How many samples the independent verifier saw.
    pub samples: u32,
    /// The largest relative error it found.
    pub worst_error: f64,
}

/// What a study found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Samples.
    pub samples: u32,
    /// Seed.
    pub seed: u64,
    /// Tolerance.
    pub tolerance: f64,
    /// Targets of the areas.
    pub targets: Vec<Target>,
    /// Names of the periods.
    pub periods: Vec<String>,
    /// Integer decisions, frozen periods or changeovers by campaign were asked for and are left out here, so what is missing is if anything more.
    pub simplified: bool,
    /// The plan as planned.
    pub planned: Figures,
    /// The plan with every input at its median: what the tornado's bars start from.
    pub median: Figures,
    /// That any demand is short.
    pub short: Probability,
    /// Units that are missing in all, exactly.
    pub unmet_units: Spread,
    /// Their weight, exactly.
    pub unmet_weight: Spread,
    /// The highest utilisation of a line in a period, exactly.
    pub peak_utilization: Spread,
    /// How often how many units were missing.
    pub units_histogram: Histogram,
    /// How often how much weight was missing.
    pub weight_histogram: Histogram,
    /// How often the highest utilisation was what.
    pub peak_histogram: Histogram,
    /// Lines, areas, customers, models; of models and customers in a period only those ever missing anything.
    pub things: Vec<ThingRisk>,
    /// The tornado, the longest bar first.
    pub bars: Vec<Bar>,
    /// How many samples the rank correlations are of: all, or the first so many where that would need much memory.
    pub correlated_samples: u32,
    /// How the estimate settled.
    pub convergence: Vec<Checkpoint>,
    /// Samples recomputed by the independent verifier.
    pub checked: Checked,
}

/// The target of an area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// The area.
    pub area: String,
    /// Utilisation above which it or its lines are over.
    pub utilization: f64,
}

/// Bytes of drivers and outcomes that are kept sample by sample for the rank correlations.
const MOST_KEPT: usize = 64 << 20;
/// Every so manieth sample is verified.
const VERIFIED: u32 = 64;

/// What there is to solve, and where everything is put.
struct Work<'w> {
    problem: &'w Problem,
    options: &'w Options,
    question: &'w Question,
    inputs: &'w Inputs,
    things: &'w Things,
    control: &'w dyn Control,
    kept: usize,
    next: AtomicUsize,
    done: AtomicUsize,
    drawn: AtomicUsize,
    short: AtomicUsize,
    ended: AtomicBool,
}

/// What one thread found.
struct Found {
    tally: Tally,
    totals: Vec<(u32, Total)>,
    rows: Vec<(u32, Vec<f32>)>,
    moved: Vec<(usize, Figures, Vec<f64>)>,
    checked: Checked,
}

pub(super) fn study(
    problem: &Problem,
    options: &Options,
    question: &Question,
    threads: usize,
    control: &dyn Control,
) -> Result<Study, RiskError> {
    let (options, simplified) = simplified(options);
    let inputs = Inputs::of(problem, &Order::of(problem), &question.inputs);
    let things = Things::of(problem, question.targets.clone(), question.tolerance);
    let columns = inputs.drivers.len() + 2 * (things.count[Of::Line as usize] + things.count[Of::Area as usize]);
    let work = Work {
        problem,
        options: &options,
        question,
        inputs: &inputs,
        things: &things,
        control,
        kept: (MOST_KEPT / (4 * columns.max(1))).min(question.samples as usize),
        next: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        drawn: AtomicUsize::new(0),
        short: AtomicUsize::new(0),
        ended: AtomicBool::new(false),
    };
    let planned = Solver::new(problem, &inputs, &options).solve(Scores::Planned)?;
    let found = work.on_threads(threads)?;
    Ok(Report { work: &work, planned: &planned, found }.study(simplified))
}

impl Work<'_> {
    /// The median and both ends of each driver, then the samples.
    fn tasks(&self) -> usize {
        self.moves() + self.question.samples as usize
    }

    fn moves(&self) -> usize {
        1 + 2 * self.inputs.drivers.len()
    }

    fn on_threads(&self, threads: usize) -> Result<Found, RiskError> {
        let threads = threads.min(self.tasks());
        if threads == 1 {
            return self.work();
        }
        let results: Vec<Result<Found, RiskError>> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(|| self.work())).collect();
            let lost = || Err(RiskError::Plan(PlanError::Numerical { detail: "a thread of the study stopped".to_owned() }));
            handles.into_iter().map(|handle| handle.join().unwrap_or_else(|_| lost())).collect()
        });
        let mut all: Option<Found> = None;
        // The error itself before what it stopped in other threads.
        let (errors, found): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_err);
        if let Some(error) = errors.into_iter().filter_map(Result::err).min_by_key(|error| matches!(error, RiskError::Stopped)) {
            return Err(error);
        }
        for one in found.into_iter().flatten() {
            match &mut all {
                None => all = Some(one),
                Some(all) => all.merge(one),
            }
        }
        all.ok_or(RiskError::Stopped)
    }

    fn work(&self) -> Result<Found, RiskError> {
        let result = self.until_done();
        if result.is_err() {
            self.ended.store(true, Ordering::Relaxed);
        }
        result
    }

    fn until_done(&self) -> Result<Found, RiskError> {
        let mut found =
            Found { tally: Tally::new(self.things), totals: Vec::new(), rows: Vec::new(), moved: Vec::new(), checked: Checked::default() };
        let mut solver = Solver::new(self.problem, self.inputs, self.options);
        let z = normal_quantile(0.9);
        loop {
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            if task >= self.tasks() {
                return Ok(found);
            }
            if self.ended.load(Ordering::Relaxed) || self.control.stop() {
                return Err(RiskError::Stopped);
            }
            match task.checked_sub(self.moves()) {
                Some(number) => self.sample(number as u32, &mut solver, &mut found)?,
                None => {
                    let scores = match task.checked_sub(1) {
                        None => Scores::Median,
                        Some(end) => Scores::Moved { driver: end / 2, deviations: if end % 2 == 0 { -z } else { z } },
                    };
                    let figures = figures(&solver.solve(scores)?);
                    found.moved.push((task, figures, solver.means.clone()));
                }
            }
            let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
            let (drawn, short) = (self.drawn.load(Ordering::Relaxed), self.short.load(Ordering::Relaxed));
            self.control.progress(done as f64 / self.tasks() as f64, drawn, short);
        }
    }

    fn sample(&self, number: u32, solver: &mut Solver, found: &mut Found) -> Result<(), RiskError> {
        let plan = solver.solve(Scores::Sample { seed: self.question.seed, number })?;
        if number.is_multiple_of(VERIFIED) {
            let errors = verify(&solver.problem, &plan);
            let worst =
                [errors.demand_error, errors.capacity_error, errors.route_error, errors.objective_error].into_iter().fold(0.0, f64::max);
            found.checked.samples += 1;
            found.checked.worst_error = found.checked.worst_error.max(worst);
        }
        let total = found.tally.add(self.things, &plan);
        if (number as usize) < self.kept {
            let outcomes = found.tally.last.iter().flat_map(|(weight, level)| [*weight, *level]);
            found.rows.push((number, solver.means.iter().map(|mean| *mean as f32).chain(outcomes).collect()));
        }
        found.totals.push((number, total));
        self.short.fetch_add(usize::from(total.short), Ordering::Relaxed);
        self.drawn.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

impl Found {
    fn merge(&mut self, other: Found) {
        self.tally.merge(&other.tally);
        self.totals.extend(other.totals);
        self.rows.extend(other.rows);
        self.moved.extend(other.moved);
        self.checked.samples += other.checked.samples;
        self.checked.worst_error = self.checked.worst_error.max(other.checked.worst_error);
    }
}

fn figures(plan: &Plan) -> Figures {
    Figures {
        unmet_units: plan.unmet.iter().map(|unmet| unmet.units).sum(),
        unmet_weight: plan.unmet.iter().map(|unmet| unmet.weight).sum(),
        peak_utilization: plan.lines.iter().map(|load| level(load.hours_used, load.hours_available)).fold(0.0, f64::max),
    }
}

fn level(used: f64, available: f64) -> f64 {
    if available > 0.0 { used / available } else { f64::from(u8::from(used > 0.0)) }
}
