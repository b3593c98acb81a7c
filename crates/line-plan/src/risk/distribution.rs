//! How an input may differ from what is planned: a distribution of the factor that it is multiplied by.
//!
//! Every draw goes through the quantile function at a standard normal score, so that any two inputs can be made to move together by
//! correlating their scores (Gaussian copula), whatever their distributions are.
//!
//! **Invariant:** a quantile function never falls, and never leaves [`Distribution::range`].

use serde::{Deserialize, Serialize};

use super::downtime::downtime_shares;
use super::random::{normal_quantile, normal_share};

/// A distribution of a factor; 1 is as planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Distribution {
    /// Normal, cut off at both ends; mean and standard deviation are those before it is cut.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
        /// Least.
        low: f64,
        /// Most.
        high: f64,
    },
    /// Triangular.
    Triangular {
        /// Least.
        low: f64,
        /// Most likely.
        mode: f64,
        /// Most.
        high: f64,
    },
    /// PERT: the beta distribution with shapes 1 + 4 (mode − low) ÷ (high − low) and 1 + 4 (high − mode) ÷ (high − low), whose mean is
    /// (low + 4 mode + high) ÷ 6 (Malcolm, Roseboom, Clark, Fazar 1959; Clark 1962).
    Pert {
        /// Least.
        low: f64,
        /// Most likely.
        mode: f64,
        /// Most.
        high: f64,
    },
    /// Uniform.
    Uniform {
        /// Least.
        low: f64,
        /// Most.
        high: f64,
    },
    /// Lognormal with this mean: σ² = ln(1 + cv²), μ = ln(mean) − σ² ÷ 2.
    Lognormal {
        /// Mean.
        mean: f64,
        /// Standard deviation ÷ mean.
        cv: f64,
    },
    /// Some values with their probabilities, which are scaled to add up to 1. Equal weights make it the empirical distribution of what was seen.
    Discrete {
        /// Values and weights.
        values: Vec<(f64, f64)>,
    },
    /// The share of its hours that a line runs in a period, when it runs an exponential time with mean `mtbf_h` and is then repaired for an
    /// exponential time with mean `mttr_h`; it begins the period running. Only for availability; see `downtime`.
    Breakdowns {
        /// Mean hours of running between failures (h).
        mtbf_h: f64,
        /// Mean hours to repair (h).
        mttr_h: f64,
    },
}

/// What is wrong with a distribution: the member, a code, a sentence.
pub type Wrong = (&'static str, &'static str, String);

impl Distribution {
    /// The least and the most it can give.
    pub fn range(&self) -> (f64, f64) {
        match self {
            Distribution::Normal { mean, sd, low, high } => {
                if *sd > 0.0 {
                    (*low, *high)
                } else {
                    (*mean, *mean)
                }
            }
            Distribution::Triangular { low, high, .. } | Distribution::Pert { low, high, .. } | Distribution::Uniform { low, high } => {
                (*low, *high)
            }
            Distribution::Lognormal { mean, cv } => {
                if *cv > 0.0 {
                    (f64::MIN_POSITIVE, f64::INFINITY)
                } else {
                    (*mean, *mean)
                }
            }
            Distribution::Discrete { values } => {
                let seen = values.iter().filter(|(_, weight)| *weight > 0.0).map(|(value, _)| *value);
                seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
            }
            Distribution::Breakdowns { .. } => (0.0, 1.0),
        }
    }

    /// What is wrong with its numbers; nothing where it can be drawn from.
    pub fn wrong(&self) -> Option<Wrong> {
        let numbers: Vec<(&'static str, f64)> = match self {
            Distribution::Normal { mean, sd, low, high } => vec![("mean", *mean), ("sd", *sd), ("low", *low), ("high", *high)],
            Distribution::Triangular { low, mode, high } | Distribution::Pert { low, mode, high } => {
                vec![("low", *low), ("mode", *mode), ("high", *high)]
            }
            Distribution::Uniform { low, high } => vec![("low", *low), ("high", *high)],
            Distribution::Lognormal { mean, cv } => vec![("mean", *mean), ("cv", *cv)],
            Distribution::Discrete { values } => {
                values.iter().flat_map(|(value, weight)| [("values", *value), ("values", *weight)]).collect()
            }
            Distribution::Breakdowns { mtbf_h, mttr_h } => vec![("mtbf_h", *mtbf_h), ("mttr_h", *mttr_h)],
        };
        if let Some((member, _)) = numbers.iter().find(|(_, number)| !(-1e6..=1e6).contains(number)) {
            return Some((member, "out_of_range", "expected a number of at most a million".to_owned()));
        }
        let not = |member: &'static str, code: &'static str, message: &str| Some((member, code, message.to_owned()));
        match self {
            Distribution::Normal { sd, .. } if *sd < 0.0 => not("sd", "negative", "expected 0 or more"),
            Distribution::Normal { low, high, .. } | Distribution::Uniform { low, high } if low > high => {
                not("low", "low_above_high", "the least is above the most")
            }
            Distribution::Normal { mean, sd, low, high } if *sd > 0.0 && (*low > mean + 8.0 * sd || *high < mean - 8.0 * sd) => {
                not("low", "nothing_between", "practically nothing of the distribution lies between the least and the most")
            }
            Distribution::Triangular { low, mode, high } | Distribution::Pert { low, mode, high } if !(low <= mode && mode <= high) => {
                not("mode", "mode_outside", "the most likely value lies outside the least and the most")
            }
            Distribution::Lognormal { mean, .. } if *mean <= 0.0 => not("mean", "not_positive", "expected more than 0"),
            Distribution::Lognormal { cv, .. } if !(0.0..=10.0).contains(cv) => not("cv", "out_of_range", "expected 0 to 10"),
            Distribution::Discrete { values } if values.iter().any(|(_, weight)| *weight < 0.0) => {
                not("values", "negative", "a probability is below 0")
            }
            Distribution::Discrete { values } if !values.iter().any(|(_, weight)| *weight > 0.0) => {
                not("values", "no_values", "there is no value with a probability above 0")
            }
            Distribution::Breakdowns { mtbf_h, .. } if *mtbf_h <= 0.0 => not("mtbf_h", "not_positive", "expected more than 0"),
            Distribution::Breakdowns { mttr_h, .. } if *mttr_h < 0.0 => not("mttr_h", "negative", "expected 0 or more"),
            _ => None,
        }
    }
}

/// A quantile function ready to be asked often.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Quantile {
    Fixed(f64),
    Normal {
        mean: f64,
        sd: f64,
        low: f64,
        high: f64,
        below: f64,
        width: f64,
    },
    Lognormal {
        mu: f64,
        sigma: f64,
    },
    Uniform {
        low: f64,
        width: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    /// Cumulated weights and values in rising order.
    Discrete {
        shares: Vec<f64>,
        values: Vec<f64>,
    },
    /// Shares below `low`, `low + step`, …
    Table {
        low: f64,
        step: f64,
        shares: Vec<f64>,
    },
    /// The share of the hours that is left when the downtime (shares below 0, `step`, …) is taken off.
    Running {
        step: f64,
        hours: f64,
        shares: Vec<f64>,
    },
}

/// Intervals in which a distribution without a closed quantile function is tabulated; between them it is taken for even, so a draw
/// is off by less than a thousandth of the range.
const CELLS: usize = 1024;

impl Quantile {
    /// Of a sound distribution; `hours` are those of the line in the period, for breakdowns.
    pub fn of(distribution: &Distribution, hours: f64) -> Quantile {
        match *distribution {
            Distribution::Normal { mean, sd, low, high } => {
                if sd == 0.0 {
                    return Quantile::Fixed(mean);
                }
                let (below, above) = (normal_share((low - mean) / sd), normal_share((high - mean) / sd));
                Quantile::Normal { mean, sd, low, high, below, width: above - below }
            }
            Distribution::Uniform { low, high } if low < high => Quantile::Uniform { low, width: high - low },
            Distribution::Triangular { low, mode, high } if low < high => Quantile::Triangular { low, mode, high },
            Distribution::Pert { low, mode, high } if low < high => {
                let (rise, fall) = (4.0 * (mode - low) / (high - low), 4.0 * (high - mode) / (high - low));
                Quantile::Table { low, step: (high - low) / CELLS as f64, shares: beta_shares(rise, fall) }
            }
            Distribution::Uniform { low, .. } | Distribution::Triangular { low, .. } | Distribution::Pert { low, .. } => {
                Quantile::Fixed(low)
            }
            Distribution::Lognormal { mean, cv } => {
                let variance = (cv * cv).ln_1p();
                if cv == 0.0 {
                    Quantile::Fixed(mean)
                } else {
                    Quantile::Lognormal { mu: mean.ln() - variance / 2.0, sigma: variance.sqrt() }
                }
            }
            Distribution::Discrete { ref values } => discrete(values),
            Distribution::Breakdowns { mtbf_h, mttr_h } => {
                if hours <= 0.0 || mttr_h == 0.0 {
                    return Quantile::Fixed(1.0);
                }
                let (step, shares) = downtime_shares(mtbf_h, mttr_h, hours);
                Quantile::Running { step, hours, shares }
            }
        }
    }

    /// The value at a standard normal score.
    pub fn at(&self, score: f64) -> f64 {
        match *self {
            Quantile::Fixed(value) => value,
            Quantile::Normal { mean, sd, low, high, below, width } => {
                if width >= 1.0 {
                    return mean + sd * score;
                }
                (mean + sd * normal_quantile(below + normal_share(score) * width)).clamp(low, high)
            }
            Quantile::Lognormal { mu, sigma } => (mu + sigma * score).exp(),
            Quantile::Uniform { low, width } => low + width * normal_share(score),
            Quantile::Triangular { low, mode, high } => {
                let share = normal_share(score);
                let (rise, range) = (mode - low, high - low);
                if share * range < rise {
                    low + (share * range * rise).sqrt()
                } else {
                    high - ((1.0 - share) * range * (high - mode)).sqrt()
                }
            }
            Quantile::Discrete { ref shares, ref values } => {
                let share = normal_share(score);
                values[shares.partition_point(|below| *below < share).min(values.len() - 1)]
            }
            Quantile::Table { low, step, ref shares } => low + step * place(shares, normal_share(score)),
            // A high score is a good period: little downtime.
            Quantile::Running { step, hours, ref shares } => (1.0 - step * place(shares, normal_share(-score)) / hours).clamp(0.0, 1.0),
        }
    }

    /// Whether it always gives 1.
    pub fn is_one(&self) -> bool {
        *self == Quantile::Fixed(1.0)
    }
}

/// Where in a table of rising shares a share lies, in cells.
fn place(shares: &[f64], share: f64) -> f64 {
    let after = shares.partition_point(|below| *below < share);
    if after == 0 {
        return 0.0;
    }
    if after == shares.len() {
        return (after - 1) as f64;
    }
    let (before, width) = (shares[after - 1], shares[after] - shares[after - 1]);
    (after - 1) as f64 + if width > 0.0 { (share - before) / width } else { 0.0 }
}

/// Shares of the beta density x^rise (1 − x)^fall below each end of the cells of [0, 1], by Gauss–Legendre with five points in each cell.
fn beta_shares(rise: f64, fall: f64) -> Vec<f64> {
    const POINTS: [(f64, f64); 5] = [
        (0.0, 0.568_888_888_888_888_9),
        (-0.538_469_310_105_683, 0.478_628_670_499_366_5),
        (0.538_469_310_105_683, 0.478_628_670_499_366_5),
        (-0.906_179_845_938_664, 0.236_926_885_056_189_1),
        (0.906_179_845_938_664, 0.236_926_885_056_189_1),
    ];
    let density = |x: f64| x.powf(rise) * (1.0 - x).powf(fall);
    let half = 0.5 / CELLS as f64;
    let mut shares = vec![0.0];
    let mut sum = 0.0;
    for cell in 0..CELLS {
        let middle = (cell as f64 + 0.5) / CELLS as f64;
        sum += POINTS.iter().map(|(at, weight)| weight * density(middle + at * half)).sum::<f64>();
        shares.push(sum);
    }
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

fn discrete(values: &[(f64, f64)]) -> Quantile {
    let mut sorted: Vec<(f64, f64)> = values.iter().copied().filter(|(_, weight)| *weight > 0.0).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    let shares = sorted.iter().map(|(_, weight)| {
        sum += weight;
        sum / total
    });
    match sorted.as_slice() {
        [(only, _)] => Quantile::Fixed(*only),
        _ => Quantile::Discrete { shares: shares.collect(), values: sorted.into_iter().map(|(value, _)| value).collect() },
    }
}
