//! Random draws that are the same on every machine.
//!
//! The generator is xoshiro256** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021), seeded by
//! SplitMix64 as its authors advise.
//!
//! **Invariant:** only integer arithmetic and the correctly rounded operations of IEEE 754 are used (+ − × ÷ and rounding):
//! the logarithms and exponentials of a platform's library differ in the last bit, and a seed must mean one instance everywhere.

/// A stream of random numbers.
pub(super) struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream of a seed and a purpose; different purposes of one seed are independent.
    pub(super) fn new(seed: u64, purpose: u64) -> Random {
        let mut at = seed.wrapping_mul(0xD134_2543_DE82_EF95).wrapping_add(purpose);
        let mut split_mix = || {
            at = at.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = at;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        };
        Random { state: [split_mix(), split_mix(), split_mix(), split_mix()] }
    }

    fn next(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = b.wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// Evenly from 0 up to, not including, 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Evenly one of 0 … count − 1.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A standard normal draw as the sum of twelve uniform ones, less six: mean 0, variance 1, never beyond ±6.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A normal draw, kept within limits.
    pub(super) fn normal_within(&mut self, mean: f64, deviation: f64, low: f64, high: f64) -> f64 {
        (mean + deviation * self.normal()).clamp(low, high)
    }

    /// A log-normal draw of that median, kept within limits; `spread` is the deviation of the logarithm.
    pub(super) fn log_normal_within(&mut self, median: f64, spread: f64, low: f64, high: f64) -> f64 {
        (median * exponential(spread * self.normal())).clamp(low, high)
    }

    /// One of several places, with these weights.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return place;
            }
        }
        weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
    }

    /// So many different places, with these weights, in ascending order.
    pub(super) fn weighted_subset(&mut self, weights: &[f64], count: usize) -> Vec<usize> {
        let mut weights = weights.to_vec();
        let mut chosen: Vec<usize> = (0..count.min(weights.len()))
            .map(|_| {
                let place = self.weighted(&weights);
                weights[place] = 0.0;
                place
            })
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// e to the power x for |x| < 700, by powers of two and the Taylor series.
fn exponential(x: f64) -> f64 {
    let powers = (x / std::f64::consts::LN_2).round();
    let rest = x - powers * std::f64::consts::LN_2;
    let series = (1..=16).rev().fold(1.0, |sum, n| 1.0 + sum * rest / f64::from(n));
    series * f64::from_bits(((1023 + powers as i64) as u64) << 52)
}

/// The geometric mean of positive numbers, by Newton's iteration.
pub(super) fn geometric_mean(numbers: &[f64]) -> f64 {
    let count = numbers.len() as f64;
    let mut root = numbers.iter().sum::<f64>() / count;
    for _ in 0..60 {
        let quotient = numbers.iter().fold(root, |product, number| product * (number / root));
        root = ((count - 1.0) * root + quotient) / count;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_xoshiro256_star_star() {
        // Reference outputs of the published definition for the state 1, 2, 3, 4.
        let mut random = Random { state: [1, 2, 3, 4] };
        assert_eq!([random.next(), random.next(), random.next()], [11_520, 0, 1_509_978_240]);
    }

    #[test]
    fn exponential_and_mean_agree_with_the_library() {
        for x in [-9.3, -1.0, -0.2, 0.0, 0.4, 1.0, 3.7, 8.9] {
            assert!((exponential(x) / f64::exp(x) - 1.0).abs() < 1e-14, "{x}");
        }
        assert!((geometric_mean(&[0.5, 2.0, 8.0, 0.25]) - 2.0_f64.sqrt().sqrt()).abs() < 1e-12);
    }

    #[test]
    fn draws_have_the_stated_moments() {
        let mut random = Random::new(1, 1);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let hits = (0..20_000).filter(|_| random.weighted(&[1.0, 0.0, 3.0]) == 2).count();
        assert!((14_500..15_500).contains(&hits), "{hits}");
        assert_eq!(random.weighted_subset(&[1.0, 1.0, 0.0, 1.0], 3), [0, 1, 3]);
    }
}
