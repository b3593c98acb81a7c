//! What samples come to, counted as they come, in memory that does not grow with their number.
//!
//! Probabilities are exact counts, means exact sums (in fixed point, so that adding knows no order), quantiles come from logarithmic
//! bins: DDSketch (Masson, Rim, Lee, VLDB 2019) gives every quantile to within its relative accuracy.
//!
//! **Invariant:** merging is commutative and associative to the last bit, so threads cannot show in a result.

use crate::plan::{Plan, Unmet};
use crate::problem::Problem;

/// Relative accuracy of quantiles of amounts and of utilisation.
pub const AMOUNT_ACCURACY: f64 = 0.005;
/// See [`AMOUNT_ACCURACY`].
pub const LEVEL_ACCURACY: f64 = 0.001;

/// What is next to nothing counts as nothing.
const NOTHING: f64 = 1e-9;
/// Parts of 1 that sums are counted in: 2^-32.
const PARTS: f64 = 4_294_967_296.0;

/// Values ≥ 0 in logarithmic bins; those that are 0 are not kept, for whoever asks knows how many there were in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Sketch {
    first: i32,
    counts: Vec<u32>,
    sum: i128,
}

/// A bin width: ln of the ratio of its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bins(f64);

impl Bins {
    pub fn amounts() -> Bins {
        Bins(2.0 * AMOUNT_ACCURACY.atanh())
    }

    pub fn levels() -> Bins {
        Bins(2.0 * LEVEL_ACCURACY.atanh())
    }

    /// The value whose relative distance to both ends of the bin is the same.
    fn value(self, bin: i32) -> f64 {
        2.0 * (f64::from(bin) * self.0).exp() / (1.0 + self.0.exp())
    }
}

impl Sketch {
    pub fn add(&mut self, value: f64, bins: Bins) {
        if value <= NOTHING {
            return;
        }
        self.sum += (value * PARTS) as i128;
        let bin = (value.ln() / bins.0).ceil() as i32;
        *self.at(bin, bin) += 1;
    }

    /// The bin, after making room from `low` to `high`.
    fn at(&mut self, low: i32, high: i32) -> &mut u32 {
        if self.counts.is_empty() {
            self.first = low;
        }
        if low < self.first {
            let more = (self.first - low) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = low;
        }
        let last = (high - self.first) as usize;
        if last >= self.counts.len() {
            self.counts.resize(last + 1, 0);
        }
        &mut self.counts[(low - self.first) as usize]
    }

    pub fn merge(&mut self, other: &Sketch) {
        let Some(last) = other.counts.len().checked_sub(1) else { return };
        self.sum += other.sum;
        self.at(other.first, other.first + last as i32);
        let offset = (other.first - self.first) as usize;
        self.counts[offset..].iter_mut().zip(&other.counts).for_each(|(own, more)| *own += more);
    }

    /// The mean of so many samples.
    pub fn mean(&self, samples: usize) -> f64 {
        self.sum as f64 / PARTS / samples.max(1) as f64
    }

    /// The figures of so many samples.
    pub fn spread(&self, samples: usize, bins: Bins) -> Spread {
        let seen: u64 = self.counts.iter().map(|count| u64::from(*count)).sum();
        let zeros = (samples as u64).saturating_sub(seen);
        let quantile = |share: f64| {
            let rank = rank(share, samples as u64);
            let mut below = zeros;
            if rank <= below {
                return 0.0;
            }
            let full = self.counts.iter().position(|count| {
                below += u64::from(*count);
                rank <= below
            });
            full.map_or(0.0, |bin| bins.value(self.first + bin as i32))
        };
        Spread {
            mean: self.mean(samples),
            p5: quantile(0.05),
            p50: quantile(0.5),
            p95: quantile(0.95),
            cvar95: self.worst(samples as u64, bins),
        }
    }

    /// Mean of the worst twentieth.
    fn worst(&self, samples: u64, bins: Bins) -> f64 {
        let tail = tail(samples);
        let (mut left, mut sum) = (tail, 0.0);
        for (bin, count) in self.counts.iter().enumerate().rev() {
            let taken = left.min(u64::from(*count));
            sum += taken as f64 * bins.value(self.first + bin as i32);
            left -= taken;
            if left == 0 {
                break;
            }
        }
        sum / tail.max(1) as f64
    }
}

/// Number of the sample, counted from the least, that is the quantile (nearest rank).
fn rank(share: f64, samples: u64) -> u64 {
    ((share * samples as f64 - 1e-9).ceil() as u64).clamp(1, samples.max(1))
}

/// How many samples the worst twentieth is.
fn tail(samples: u64) -> u64 {
    samples.div_ceil(20)
}

/// Where values lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// A twentieth of the samples is at most this.
    pub p5: f64,
    /// Half of the samples is at most this.
    pub p50: f64,
    /// All but a twentieth of the samples is at most this.
    pub p95: f64,
    /// Expected shortfall: mean of the worst twentieth (CVaR 95; Rockafellar, Uryasev 2000).
    pub cvar95: f64,
}

impl Spread {
    /// Of values in rising order, exactly.
    pub fn of_sorted(values: &[f64]) -> Spread {
        let samples = values.len() as u64;
        if values.is_empty() {
            return Spread::default();
        }
        let quantile = |share: f64| values[rank(share, samples) as usize - 1];
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let worst = &values[values.len() - tail(samples) as usize..];
        Spread { mean: mean(values), p5: quantile(0.05), p50: quantile(0.5), p95: quantile(0.95), cvar95: mean(worst) }
    }
}

/// What is counted of a thing in a period.
#[derive(Debug, Clone, Default)]
pub(super) struct Series {
    pub short: u32,
    pub over: u32,
    pub units: Sketch,
    pub weight: Sketch,
    pub level: Sketch,
}

/// The kinds of things that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// A line.
    Line,
    /// An area.
    Area,
    /// A customer.
    Customer,
    /// A model.
    Model,
}

impl Of {
    /// All kinds.
    pub const ALL: [Of; 4] = [Of::Line, Of::Area, Of::Customer, Of::Model];
}

/// Which things there are.
#[derive(Debug)]
pub(super) struct Things {
    pub periods: usize,
    /// How many of each kind.
    pub count: [usize; 4],
    /// Customers by name, and which is each model's.
    pub customers: Vec<String>,
    customer: Vec<usize>,
    area_of_line: Vec<usize>,
    /// Utilisation above which a line, an area is over its target.
    pub target: Vec<f64>,
    /// Share of a model's demand in a period below which missing units do not count.
    pub tolerance: f64,
}

impl Things {
    pub fn of(problem: &Problem, target: Vec<f64>, tolerance: f64) -> Things {
        let mut customers: Vec<String> =
            problem.models.iter().map(|model| model.customer.clone()).filter(|name| !name.is_empty()).collect();
        customers.sort();
        customers.dedup();
        let customer = problem.models.iter().map(|model| customers.binary_search(&model.customer).unwrap_or(usize::MAX)).collect();
        Things {
            periods: problem.periods.len(),
            count: [problem.lines.len(), problem.areas.len(), customers.len(), problem.models.len()],
            area_of_line: problem.lines.iter().map(|line| line.area).collect(),
            customers,
            customer,
            target,
            tolerance,
        }
    }

    /// Lines, areas, customer and model that an entry concerns.
    fn each<'u>(&'u self, unmet: &'u Unmet) -> impl Iterator<Item = (Of, usize)> + 'u {
        let lines = unmet.limiting_lines.iter().map(|line| (Of::Line, *line));
        let customer = Some(self.customer[unmet.model]).filter(|customer| *customer < self.customers.len());
        lines.chain([(Of::Area, unmet.area), (Of::Model, unmet.model)]).chain(customer.map(|customer| (Of::Customer, customer)))
    }
}

/// One sample as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Total {
    pub units: f64,
    pub weight: f64,
    /// The highest utilisation of a line in a period.
    pub peak: f64,
    /// Units that are missing beyond the tolerance.
    pub short: bool,
}

/// Everything that is counted.
#[derive(Debug)]
pub(super) struct Tally {
    /// Of each kind, `[thing * (periods + 1) + period]`; the last period is all of them together.
    series: [Vec<Series>; 4],
    missing: [Vec<Missing>; 4],
    touched: Vec<(Of, usize)>,
    demand: Vec<f64>,
    hours: Vec<(f64, f64)>,
    bins: (Bins, Bins),
    /// Of each line, then of each area, the weight that was missing in the sample counted last, and its highest utilisation.
    pub last: Vec<(f32, f32)>,
}

/// Scratch of one sample.
#[derive(Debug, Clone, Copy, Default)]
struct Missing {
    touched: bool,
    short: bool,
    units: f64,
    weight: f64,
}

impl Tally {
    pub fn new(things: &Things) -> Tally {
        let places = |of: Of| things.count[of as usize] * (things.periods + 1);
        Tally {
            series: Of::ALL.map(|of| vec![Series::default(); places(of)]),
            missing: Of::ALL.map(|of| vec![Missing::default(); places(of)]),
            touched: Vec::new(),
            demand: Vec::new(),
            hours: Vec::new(),
            bins: (Bins::amounts(), Bins::levels()),
            last: Vec::new(),
        }
    }

    /// Counts a sample's plan.
    pub fn add(&mut self, things: &Things, plan: &Plan) -> Total {
        self.last.clear();
        self.last.resize(things.count[Of::Line as usize] + things.count[Of::Area as usize], (0.0, 0.0));
        let mut total = Total::default();
        self.add_unmet(things, plan, &mut total);
        self.add_levels(things, plan, &mut total);
        total
    }

    fn add_unmet(&mut self, things: &Things, plan: &Plan, total: &mut Total) {
        let periods = things.periods;
        self.demand.clear();
        self.demand.resize(things.count[Of::Model as usize] * periods, 0.0);
        plan.finished.iter().for_each(|f| self.demand[f.model * periods + f.period] = f.demand);
        for unmet in &plan.unmet {
            total.units += unmet.units;
            total.weight += unmet.weight;
            let counts = unmet.units > things.tolerance * self.demand[unmet.model * periods + unmet.period];
            total.short |= counts;
            for (of, thing) in things.each(unmet) {
                for period in [unmet.period, periods] {
                    let place = thing * (periods + 1) + period;
                    let missing = &mut self.missing[of as usize][place];
                    if !missing.touched {
                        missing.touched = true;
                        self.touched.push((of, place));
                    }
                    missing.short |= counts;
                    missing.units += unmet.units;
                    missing.weight += unmet.weight;
                }
            }
        }
        for (of, place) in self.touched.drain(..) {
            let missing = std::mem::take(&mut self.missing[of as usize][place]);
            let series = &mut self.series[of as usize][place];
            let (thing, period) = (place / (periods + 1), place % (periods + 1));
            match of {
                Of::Line if period == periods => self.last[thing].0 = missing.weight as f32,
                Of::Area if period == periods => self.last[things.count[Of::Line as usize] + thing].0 = missing.weight as f32,
                _ => {}
            }
            series.short += u32::from(missing.short);
            series.units.add(missing.units, self.bins.0);
            series.weight.add(missing.weight, self.bins.0);
        }
    }

    fn add_levels(&mut self, things: &Things, plan: &Plan, total: &mut Total) {
        let periods = things.periods;
        let bins = self.bins.1;
        self.hours.clear();
        self.hours.resize(things.count[Of::Area as usize] * periods, (0.0, 0.0));
        // Lines come line by line, period by period.
        for of_line in plan.lines.chunk_by(|a, b| a.line == b.line) {
            let mut highest = 0.0_f64;
            let mut over = false;
            for load in of_line {
                let area = things.area_of_line[load.line];
                let hours = &mut self.hours[area * periods + load.period];
                *hours = (hours.0 + load.hours_used, hours.1 + load.hours_available);
                let level = utilization(load.hours_used, load.hours_available);
                let series = &mut self.series[Of::Line as usize][load.line * (periods + 1) + load.period];
                series.level.add(level, bins);
                let above = level > things.target[area] + 1e-9;
                series.over += u32::from(above);
                over |= above;
                highest = highest.max(level);
            }
            let whole = &mut self.series[Of::Line as usize][of_line[0].line * (periods + 1) + periods];
            whole.level.add(highest, bins);
            whole.over += u32::from(over);
            self.last[of_line[0].line].1 = highest as f32;
            total.peak = total.peak.max(highest);
        }
        for area in 0..things.count[Of::Area as usize] {
            let (mut highest, mut over) = (0.0_f64, false);
            for period in 0..=periods {
                let (used, available) = self.hours.get(area * periods + period).copied().unwrap_or_default();
                let level = if period < periods { utilization(used, available) } else { highest };
                let series = &mut self.series[Of::Area as usize][area * (periods + 1) + period];
                series.level.add(level, bins);
                let above = if period < periods { level > things.target[area] + 1e-9 } else { over };
                series.over += u32::from(above);
                over |= above;
                highest = highest.max(level);
            }
            self.last[things.count[Of::Line as usize] + area].1 = highest as f32;
        }
    }

    /// Adds what another one counted.
    pub fn merge(&mut self, other: &Tally) {
        for (own, more) in self.series.iter_mut().flatten().zip(other.series.iter().flatten()) {
            own.short += more.short;
            own.over += more.over;
            own.units.merge(&more.units);
            own.weight.merge(&more.weight);
            own.level.merge(&more.level);
        }
    }

    /// What was counted of a thing in a period, of all periods where the period is their number.
    pub fn series(&self, things: &Things, of: Of, thing: usize, period: usize) -> &Series {
        &self.series[of as usize][thing * (things.periods + 1) + period]
    }
}

fn utilization(used: f64, available: f64) -> f64 {
    // Only overtime is there: every hour of it is one over.
    if available > 0.0 { used / available } else { f64::from(u8::from(used > 0.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::random::{Stream, thing};

    fn values(count: u32) -> Vec<f64> {
        let draw = |sample| (3.0 * Stream::new(5, sample, 0).normal(thing(&["x"])) + 4.0).exp() - 20.0;
        (0..count).map(|sample| draw(sample).max(0.0)).collect()
    }

    #[test]
    fn quantiles_means_and_tails_are_within_the_stated_accuracy_of_the_exact_ones() {
        let mut all = values(5000);
        let mut sketch = Sketch::default();
        all.iter().for_each(|value| sketch.add(*value, Bins::amounts()));
        all.sort_by(f64::total_cmp);
        let (found, exact) = (sketch.spread(all.len(), Bins::amounts()), Spread::of_sorted(&all));
        let close = |a: f64, b: f64| (a - b).abs() <= AMOUNT_ACCURACY * b + 1e-9;
        assert!(exact.p5 == 0.0 && found.p5 == 0.0);
        assert!(close(found.p50, exact.p50) && close(found.p95, exact.p95) && close(found.cvar95, exact.cvar95), "{found:?} {exact:?}");
        assert!((found.mean - exact.mean).abs() < 1e-9 * exact.mean);
    }

    #[test]
    fn merged_sketches_are_the_sketch_of_everything_in_any_order() {
        let all = values(600);
        let of = |values: &[f64]| {
            let mut sketch = Sketch::default();
            values.iter().for_each(|value| sketch.add(*value, Bins::levels()));
            sketch
        };
        let (mut left, mut right) = (of(&all[..200]), of(&all[200..]));
        let (first, second) = (left.clone(), right.clone());
        left.merge(&second);
        right.merge(&first);
        let whole = of(&all);
        let spread = |sketch: &Sketch| sketch.spread(all.len(), Bins::levels());
        assert_eq!((spread(&left), left.sum), (spread(&whole), whole.sum));
        assert_eq!((spread(&right), right.sum), (spread(&whole), whole.sum));
        let mut nothing = Sketch::default();
        nothing.merge(&whole);
        assert_eq!(nothing, whole);
    }
}
