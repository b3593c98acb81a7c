//! Losses from the greatest to the least, each with what it and all before it make of the whole.

use serde::Serialize;

/// A loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar<T> {
    /// What it is.
    pub of: T,
    /// How long (µs).
    pub us: i64,
    /// How often.
    pub times: i64,
    /// Of the whole.
    pub share: Option<f64>,
    /// It and all before it, of the whole.
    pub cumulative_share: Option<f64>,
}

/// Ranks losses: the longest first, then the most frequent, then in the order of what they are.
pub fn rank<T: Ord>(losses: impl IntoIterator<Item = (T, i64, i64)>) -> Vec<Bar<T>> {
    let mut bars: Vec<Bar<T>> =
        losses.into_iter().map(|(of, us, times)| Bar { of, us, times, share: None, cumulative_share: None }).collect();
    bars.sort_by(|a, b| (b.us, b.times).cmp(&(a.us, a.times)).then_with(|| a.of.cmp(&b.of)));
    let whole: i64 = bars.iter().map(|bar| bar.us).sum();
    let mut so_far = 0;
    for bar in &mut bars {
        so_far += bar.us;
        if whole > 0 {
            bar.share = Some(bar.us as f64 / whole as f64);
            bar.cumulative_share = Some(so_far as f64 / whole as f64);
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_loss_comes_first_and_all_make_the_whole() {
        let bars = rank([("jam", 300, 9), ("no material", 600, 2), ("break", 100, 1), ("adjustment", 300, 12)]);
        let order: Vec<&str> = bars.iter().map(|bar| bar.of).collect();
        assert_eq!(order, ["no material", "adjustment", "jam", "break"]);
        assert_eq!(bars[0].share, Some(600.0 / 1300.0));
        assert_eq!(bars[1].cumulative_share, Some(900.0 / 1300.0));
        assert_eq!(bars[3].cumulative_share, Some(1.0));
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        assert!(rank::<&str>([]).is_empty());
        assert_eq!(rank([("jam", 0, 0)])[0].share, None);
    }
}
