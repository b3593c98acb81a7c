//! How strongly outcomes follow the drivers: Spearman's rank correlation, from the samples.
//!
//! **Invariant:** depends on the order of values alone, ties sharing the mean of their ranks.

/// Ranks of values, centred and scaled to length 1; none where all are equal.
pub(super) fn ranks(values: &[f32]) -> Option<Vec<f32>> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]).then(a.cmp(b)));
    let mut ranks = vec![0.0_f64; values.len()];
    let mut first = 0;
    for tied in order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]) {
        let rank = first as f64 + (tied.len() as f64 - 1.0) / 2.0;
        tied.iter().for_each(|i| ranks[*i as usize] = rank);
        first += tied.len();
    }
    let mean = (values.len() as f64 - 1.0) / 2.0;
    let length = ranks.iter().map(|rank| (rank - mean) * (rank - mean)).sum::<f64>().sqrt();
    (length > 0.0).then(|| ranks.iter().map(|rank| ((rank - mean) / length) as f32).collect())
}

/// Correlation of two rankings.
pub(super) fn correlation(a: &[f32], b: &[f32]) -> f64 {
    // Sixteen sums side by side keep the order of adding fixed and the processor busy.
    let mut sums = [0.0_f32; 16];
    let mut total = 0.0_f64;
    for (a, b) in a.chunks(4096).zip(b.chunks(4096)) {
        sums.fill(0.0);
        let (whole_a, rest_a) = a.as_chunks::<16>();
        let (whole_b, rest_b) = b.as_chunks::<16>();
        for (a, b) in whole_a.iter().zip(whole_b) {
            for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                *sum += a * b;
            }
        }
        total += sums.iter().map(|sum| f64::from(*sum)).sum::<f64>();
        total += rest_a.iter().zip(rest_b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    }
    total.clamp(-1.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_correlation_meets_a_hand_calculation_with_ties() {
        let (a, b) = ([1.0, 2.0, 2.0, 5.0, 9.0], [10.0, 8.0, 40.0, 40.0, 50.0]);
        // Ranks 1 2.5 2.5 4 5 and 2 1 3.5 3.5 5, by Pearson's formula: 7.25 ÷ √(9.5 · 9.5).
        let (x, y) = (ranks(&a).expect("values differ"), ranks(&b).expect("values differ"));
        assert!((correlation(&x, &y) - 7.25 / 9.5).abs() < 1e-6, "{}", correlation(&x, &y));
        assert!((correlation(&x, &x) - 1.0).abs() < 1e-6);
        assert!(ranks(&[3.0; 4]).is_none());
    }
}
