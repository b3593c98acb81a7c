//! Puts together what the threads found: figures of the whole, of lines, areas, customers and models, and what moves them.
//!
//! **Invariant:** everything is sorted first, so neither threads nor their order show.

use std::collections::BTreeMap;

use super::{Bar, Bin, Checkpoint, Found, Histogram, Mover, Probability, Study, Target, ThingRisk, Work, figures};
use crate::order::Order;
use crate::plan::Plan;
use crate::risk::sensitivity;
use crate::risk::tally::{Bins, Of, Series, Sketch, Spread, Tally, Total};

/// Lines and areas of which it is said what moves them.
const MOST_MOVED: usize = 200;
/// Points of the record of convergence.
const CHECKPOINTS: u32 = 24;
/// Bins of a histogram.
const BINS: usize = 30;

/// Puts together what was found.
pub(super) struct Report<'r> {
    pub work: &'r Work<'r>,
    pub planned: &'r Plan,
    pub found: Found,
}

impl Report<'_> {
    pub fn study(mut self, simplified: bool) -> Study {
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
                    let quiet = series.units == as_planned.units && series.units == Sketch::default();
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
