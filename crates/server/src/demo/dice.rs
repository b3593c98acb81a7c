//! Chance that can be repeated: the same seed throws the same dice.

use jiff::{SignedDuration, Timestamp};

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for a play.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// Dice of their own for each number of one seed.
    pub fn of(seed: u64, number: u64) -> Dice {
        let mut dice = Dice(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, without 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Between two numbers.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// Whether something of this probability happens.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// One of several; nothing of nothing.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get((self.share() * of.len() as f64) as usize)
    }

    /// The time until something happens that happens every so often (s): exponential.
    pub fn until_next(&mut self, mean_s: f64) -> f64 {
        -mean_s * (1.0 - self.share()).ln()
    }
}

/// An instant some seconds later.
pub(super) fn later(at: Timestamp, seconds: f64) -> Timestamp {
    at.checked_add(SignedDuration::from_micros((seconds * 1e6) as i64)).unwrap_or(at)
}

/// Seconds from one instant to another.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    (to.as_microsecond() - from.as_microsecond()) as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same_and_another_one_others() {
        let throw = |seed, number| {
            let mut dice = Dice::of(seed, number);
            (0..8).map(|_| dice.share()).collect::<Vec<f64>>()
        };
        assert_eq!(throw(1, 3), throw(1, 3));
        assert_ne!(throw(1, 3), throw(2, 3));
        assert_ne!(throw(1, 3), throw(1, 4));
    }

    #[test]
    fn dice_are_fair_enough() {
        let mut dice = Dice::of(7, 0);
        let mean = (0..20_000).map(|_| dice.until_next(60.0)).sum::<f64>() / 20_000.0;
        assert!((mean - 60.0).abs() < 2.0, "{mean}");
        let hits = (0..20_000).filter(|_| dice.chance(0.25)).count();
        assert!((4_700..5_300).contains(&hits), "{hits}");
        assert!(dice.pick::<u8>(&[]).is_none());
    }
}
