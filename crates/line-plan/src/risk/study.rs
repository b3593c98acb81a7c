//! A study: what is asked of the samples, and what they come to.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde::{Deserialize, Serialize};

use super::inputs::{Driver, Inputs, Scores};
use super::random::normal_quantile;
use super::sample::{Solver, simplified};
use super::tally::{Bins, Of, Series, Spread, Tally, Things, Total};
use super::{Control, Question, RiskError, sensitivity};
use crate::options::Options;
use crate::order::Order;
use crate::plan::{Plan, PlanError};
use crate::problem::Problem;
use crate::verify::verify;

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
/// Lines and areas of which it is said what moves them.
const MOST_MOVED: usize = 200;
/// Points of the record of convergence.
const CHECKPOINTS: u32 = 24;
/// Bins of a histogram.
const BINS: usize = 30;

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

/// Puts together what was found.
struct Report<'r> {
    work: &'r Work<'r>,
    planned: &'r Plan,
    found: Found,
}

impl Report<'_> {
    fn study(mut self, simplified: bool) -> Study {
        let (question, problem) = (self.work.question, self.work.problem);
        self.found.totals.sort_unstable_by_key(|(number, _)| *number);
        self.found.moved.sort_unstable_by_key(|(task, ..)| *task);
        self.found.rows.sort_unstable_by_key(|(number, _)| *number);
        let totals: Vec<Total> = self.found.totals.iter().map(|(_, total)| *total).collect();
        let sorted = |of: fn(&Total) -> f64| {
            let mut values: Vec<f64> = totals.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (units, weight, peak) = (sorted(|total| total.units), sorted(|total| total.weight), sorted(|total| total.peak));
        let (bars, movers) = self.bars_and_movers(&totals);
        Study {
            samples: question.samples,
            seed: question.seed,
            tolerance: question.tolerance,
            targets: self
                .areas()
                .into_iter()
                .map(|a| Target { area: problem.areas[a].name.clone(), utilization: question.targets[a] })
                .collect(),
            periods: problem.periods.iter().map(|period| period.name.clone()).collect(),
            simplified,
            planned: figures(self.planned),
            median: self.found.moved.first().map(|(_, figures, _)| *figures).unwrap_or_default(),
            short: Probability::of(totals.iter().filter(|total| total.short).count() as u64, totals.len() as u64),
            unmet_units: Spread::of_sorted(&units),
            unmet_weight: Spread::of_sorted(&weight),
            peak_utilization: Spread::of_sorted(&peak),
            units_histogram: histogram(&units),
            weight_histogram: histogram(&weight),
            peak_histogram: histogram(&peak),
            things: self.things(&movers),
            bars,
            correlated_samples: self.found.rows.len() as u32,
            convergence: convergence(&totals),
            checked: self.found.checked,
        }
    }

    /// The bars, the longest first, and what moves which line and area.
    fn bars_and_movers(&self, totals: &[Total]) -> (Vec<Bar>, BTreeMap<(Of, usize), Mover>) {
        let drivers = &self.work.inputs.drivers;
        let rows = &self.found.rows;
        let column = |place: usize| rows.iter().map(|(_, row)| row[place]).collect::<Vec<f32>>();
        let of_driver: Vec<Option<Vec<f32>>> = (0..drivers.len()).map(|d| sensitivity::ranks(&column(d))).collect();
        let of_total = |of: fn(&Total) -> f64| sensitivity::ranks(&totals[..rows.len()].iter().map(|t| of(t) as f32).collect::<Vec<_>>());
        let (unmet, peak) = (of_total(|total| total.weight), of_total(|total| total.peak));
        let correlation = |d: usize, outcome: &Option<Vec<f32>>| Some(sensitivity::correlation(of_driver[d].as_ref()?, outcome.as_ref()?));
        let end = |task: usize, d: usize| {
            let found = &self.found.moved[task];
            (found.1, found.2[d])
        };
        let bar = |d: usize| {
            let ((low, factor_low), (high, factor_high)) = (end(1 + 2 * d, d), end(2 + 2 * d, d));
            let (correlation_unmet, correlation_peak) = (correlation(d, &unmet), correlation(d, &peak));
            Bar { driver: drivers[d].clone(), factor_low, factor_high, low, high, correlation_unmet, correlation_peak }
        };
        let mut bars: Vec<(usize, Bar)> = (0..drivers.len()).map(|d| (d, bar(d))).collect();
        let peak_swing = |bar: &Bar| (bar.high.peak_utilization - bar.low.peak_utilization).abs();
        bars.sort_by(|(a, x), (b, y)| {
            y.swing().total_cmp(&x.swing()).then_with(|| peak_swing(y).total_cmp(&peak_swing(x))).then_with(|| a.cmp(b))
        });
        let mut place_of = vec![0; bars.len()];
        bars.iter().enumerate().for_each(|(place, (d, _))| place_of[*d] = place);
        let mut movers = BTreeMap::new();
        for (of, thing, first) in self.looked_at() {
            // What is missing where something is, else how full it is.
            let Some(outcome) = sensitivity::ranks(&column(first)).or_else(|| sensitivity::ranks(&column(first + 1))) else { continue };
            let outcome = Some(outcome);
            let mut best: Option<Mover> = None;
            for (d, bar) in place_of.iter().enumerate() {
                let Some(correlation) = correlation(d, &outcome) else { continue };
                if best.is_none_or(|best| correlation.abs() > best.correlation.abs()) {
                    best = Some(Mover { bar: *bar, correlation });
                }
            }
            movers.extend(best.map(|mover| ((of, thing), mover)));
        }
        (bars.into_iter().map(|(_, bar)| bar).collect(), movers)
    }

    /// Areas and lines of which it is said what moves them, those most often short first, with their columns.
    fn looked_at(&self) -> Vec<(Of, usize, usize)> {
        let things = self.work.things;
        let (drivers, lines) = (self.work.inputs.drivers.len(), things.count[Of::Line as usize]);
        let order = Order::of(self.work.problem);
        let often = |of: Of, thing: usize| {
            let series = self.found.tally.series(things, of, thing, things.periods);
            std::cmp::Reverse((series.short, series.over))
        };
        let mut all: Vec<(Of, usize)> = order.lines.iter().map(|line| (Of::Line, *line as usize)).collect();
        all.sort_by_key(|(of, thing)| often(*of, *thing));
        let areas = self.areas().into_iter().map(|area| (Of::Area, area));
        let chosen = areas.chain(all).take(MOST_MOVED);
        chosen.map(|(of, thing)| (of, thing, drivers + 2 * if of == Of::Line { thing } else { lines + thing })).collect()
    }

    fn things(&self, movers: &BTreeMap<(Of, usize), Mover>) -> Vec<ThingRisk> {
        let (work, problem) = (self.work, self.work.problem);
        let things = work.things;
        let order = Order::of(problem);
        // As planned, counted as a sample is.
        let mut planned = Tally::new(things);
        planned.add(things, self.planned);
        let all = |of: Of| -> Vec<usize> {
            match of {
                Of::Line => order.lines.iter().map(|line| *line as usize).collect(),
                Of::Area => self.areas(),
                Of::Customer => (0..things.customers.len()).collect(),
                Of::Model => order.models.iter().map(|model| *model as usize).collect(),
            }
        };
        let mut found = Vec::new();
        for of in Of::ALL {
            for thing in all(of) {
                for period in std::iter::once(things.periods).chain(0..things.periods) {
                    let series = self.found.tally.series(things, of, thing, period);
                    let as_planned = planned.series(things, of, thing, period);
                    let loaded = matches!(of, Of::Line | Of::Area);
                    let quiet = series.units == as_planned.units && series.units == super::tally::Sketch::default();
                    if period < things.periods && !loaded && quiet {
                        continue;
                    }
                    let mut risk = self.risk(of, thing, period, series, as_planned);
                    risk.mover = movers.get(&(of, thing)).copied().filter(|_| period == things.periods);
                    found.push(risk);
                }
            }
        }
        found
    }

    /// The areas in the order of the routing.
    fn areas(&self) -> Vec<usize> {
        let areas = &self.work.problem.areas;
        let mut sorted: Vec<usize> = (0..areas.len()).collect();
        sorted.sort_by_key(|area| (areas[*area].order, &areas[*area].name));
        sorted
    }

    fn risk(&self, of: Of, thing: usize, period: usize, series: &Series, planned: &Series) -> ThingRisk {
        let (problem, things) = (self.work.problem, self.work.things);
        let samples = self.work.question.samples;
        let (amounts, levels) = (Bins::amounts(), Bins::levels());
        let probability = |count: u32| Probability::of(u64::from(count), u64::from(samples));
        let loaded = matches!(of, Of::Line | Of::Area);
        let (name, plant, area) = match of {
            Of::Line => {
                let line = &problem.lines[thing];
                (&line.name, line.plant.as_str(), problem.areas[line.area].name.as_str())
            }
            Of::Area => (&problem.areas[thing].name, "", ""),
            Of::Customer => (&things.customers[thing], "", ""),
            Of::Model => (&problem.models[thing].name, "", ""),
        };
        let samples = samples as usize;
        ThingRisk {
            of,
            name: name.clone(),
            plant: plant.to_owned(),
            area: area.to_owned(),
            period: problem.periods.get(period).map(|period| period.name.clone()),
            short: probability(series.short),
            over_target: loaded.then(|| probability(series.over)),
            utilization: loaded.then(|| series.level.spread(samples, levels)),
            planned_utilization: loaded.then(|| planned.level.mean(1)),
            unmet_units: series.units.spread(samples, amounts),
            unmet_weight: series.weight.spread(samples, amounts),
            planned_unmet_units: planned.units.mean(1),
            mover: None,
        }
    }
}

/// Even bins over what was seen; values are in rising order.
fn histogram(values: &[f64]) -> Histogram {
    let zero = values.partition_point(|value| *value <= 0.0);
    let seen = &values[zero..];
    let (Some(&low), Some(&high)) = (seen.first(), seen.last()) else { return Histogram { zero: zero as u32, bins: Vec::new() } };
    if high - low <= 1e-9 * high {
        return Histogram { zero: zero as u32, bins: vec![Bin { from: low, to: high, count: seen.len() as u32 }] };
    }
    let width = (high - low) / BINS as f64;
    let mut below = 0;
    let bin = |bin: usize| {
        let to = if bin + 1 == BINS { high } else { low + (bin + 1) as f64 * width };
        let end = seen.partition_point(|value| *value <= to);
        let count = (end - below) as u32;
        below = end;
        Bin { from: low + bin as f64 * width, to, count }
    };
    Histogram { zero: zero as u32, bins: (0..BINS).map(bin).collect() }
}

/// How the estimates settled, over the samples in their order.
fn convergence(totals: &[Total]) -> Vec<Checkpoint> {
    let all = totals.len() as u32;
    let mut points = Vec::new();
    // Welford's running mean and sum of squares.
    let (mut short, mut mean, mut squares) = (0_u64, 0.0, 0.0);
    let mut next = 1;
    for (number, total) in totals.iter().enumerate() {
        let n = (number + 1) as f64;
        short += u64::from(total.short);
        let off = total.weight - mean;
        mean += off / n;
        squares += off * (total.weight - mean);
        let due = (u64::from(all) * u64::from(next)).div_ceil(u64::from(CHECKPOINTS)) as usize;
        if number + 1 >= due {
            let deviation = if n > 1.0 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
            let samples = (number + 1) as u32;
            let half_width = 1.959_963_984_540_054 * deviation / n.sqrt();
            points.push(Checkpoint { samples, short: Probability::of(short, u64::from(samples)), unmet_weight: mean, half_width });
            while (u64::from(all) * u64::from(next)).div_ceil(u64::from(CHECKPOINTS)) as usize <= number + 1 && next <= CHECKPOINTS {
                next += 1;
            }
        }
    }
    points
}
