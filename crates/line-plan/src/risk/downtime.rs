//! How long a line that fails and is repaired stands still in a period.
//!
//! It runs T hours in all, up and down; up times are exponential with mean m, repairs exponential with mean r, and it begins up. It stands
//! still for at most d hours exactly when the repairs of all failures within T − d hours of running take at most d, so
//!
//! P(D ≤ d) = Σₙ P(n failures in T − d hours of running) · P(n repairs take at most d)  (Takács 1957)
//!
//! and because n exponential repairs take at most d exactly when a Poisson process of rate 1/r has at least n events in d, that is
//! P(X ≥ A) with independent Poisson numbers A of mean (T − d)/m and X of mean d/r.
//!
//! **Invariant:** the first entry is the probability of no failure at all, e^(−T/m).

use super::random::normal_share;

/// Means of failures above which the Poisson numbers are taken for normal; their difference is then symmetric where it matters, and off by
/// less than a thousandth.
const MANY: f64 = 200.0;
/// Intervals of the table.
const CELLS: usize = 512;

/// The probabilities of standing still at most 0, `step`, 2 `step`, … of `hours`; all but about 1e-10 lies within. All arguments above 0 (h).
pub(super) fn downtime_shares(mtbf_h: f64, mttr_h: f64, hours: f64) -> (f64, Vec<f64>) {
    let cycle = mtbf_h + mttr_h;
    let (mean, variance) = (hours * mttr_h / cycle, 2.0 * hours * (mtbf_h * mttr_h).powi(2) / cycle.powi(3));
    let most = hours.min(mean + 10.0 * variance.sqrt() + 25.0 * mttr_h);
    let step = most / CELLS as f64;
    let mut shares: Vec<f64> = (0..=CELLS)
        .map(|cell| {
            let down = step * cell as f64;
            if down >= hours { 1.0 } else { at_least(down / mttr_h, (hours - down) / mtbf_h) }
        })
        .collect();
    let mut highest = 0.0_f64;
    for share in &mut shares {
        highest = highest.max(*share);
        *share = highest;
    }
    (step, shares)
}

/// The probability that a Poisson number of mean `x` is at least an independent one of mean `a`.
fn at_least(x: f64, a: f64) -> f64 {
    if x.max(a) > MANY {
        return normal_share((x - a + 0.5) / (x + a).sqrt());
    }
    // P(A = n) and P(X ≥ n), n by n.
    let (mut failures, mut events, mut enough, mut sum) = ((-a).exp(), (-x).exp(), 1.0_f64, 0.0);
    let last = (a + 12.0 * a.sqrt() + 12.0) as usize;
    for n in 0..=last {
        sum += failures * enough.max(0.0);
        enough -= events;
        failures *= a / (n + 1) as f64;
        events *= x / (n + 1) as f64;
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::random::{Stream, thing};

    /// The same process played out failure by failure.
    fn played(mtbf_h: f64, mttr_h: f64, hours: f64, round: u32) -> f64 {
        let stream = Stream::new(11, round, 0);
        let (mut clock, mut down) = (0.0, 0.0);
        for event in 0.. {
            let lasts = -stream.share(thing(&[&event.to_string()])).ln();
            if event % 2 == 0 {
                clock += lasts * mtbf_h;
            } else {
                let repair: f64 = lasts * mttr_h;
                down += repair.min(hours - clock);
                clock += repair;
            }
            if clock >= hours {
                return down;
            }
        }
        down
    }

    #[test]
    fn the_table_is_the_law_of_the_played_process() {
        const ROUNDS: u32 = 4000;
        for (mtbf, mttr, hours) in [(40.0, 2.0, 400.0), (500.0, 12.0, 300.0), (10.0, 5.0, 100.0), (3.0, 0.5, 900.0)] {
            let (step, shares) = downtime_shares(mtbf, mttr, hours);
            assert!((shares[0] - (-hours / mtbf).exp()).abs() < 1e-3, "no failure at all");
            assert!(shares[CELLS] > 1.0 - 1e-6);
            let downs: Vec<f64> = (0..ROUNDS).map(|round| played(mtbf, mttr, hours, round)).collect();
            for cell in (0..=CELLS).step_by(8) {
                let seen = downs.iter().filter(|down| **down <= step * cell as f64).count() as f64 / f64::from(ROUNDS);
                // Dvoretzky–Kiefer–Wolfowitz at 1e-4, and the normal approximation's own error.
                let bound = ((2.0_f64 / 1e-4).ln() / (2.0 * f64::from(ROUNDS))).sqrt() + 1e-3;
                assert!((seen - shares[cell]).abs() < bound, "{mtbf} {mttr} {hours}, cell {cell}: {seen} and {}", shares[cell]);
            }
        }
    }
}
