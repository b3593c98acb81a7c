//! Factors against plain multiplication, through replacements, combined rows and θ.

use super::*;

/// Numbers between -1 and 1 (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((z ^ (z >> 27)) >> 20) as usize % bound
    }

    fn value(&mut self) -> f64 {
        0.5 + self.below(1000) as f64 / 1000.0
    }

    /// A column with a few entries, one of them large and in its own row.
    fn column(&mut self, own: usize, size: usize) -> Vec<f64> {
        let mut column = vec![0.0; size];
        for _ in 0..self.below(4) {
            let row = self.below(size);
            column[row] = self.value() - 1.0;
        }
        column[own] = 2.0 * self.value();
        column
    }
}

fn matrix(columns: &[Vec<f64>]) -> Matrix {
    let mut matrix = Matrix::empty();
    for column in columns {
        column.iter().enumerate().filter(|(_, v)| **v != 0.0).for_each(|(r, v)| matrix.put(r, *v));
        matrix.end_column();
    }
    matrix
}

/// The basis times the representation is the column, and prices times the basis are the costs.
fn check(factors: &mut Factors, columns: &[Vec<f64>], dice: &mut Dice) {
    let n = columns.len();
    let (mut out, mut costs) = (Sparse::new(n), Sparse::new(n));
    let wanted = [(dice.below(n), 1.0), (dice.below(n), -0.5)];
    factors.represent(wanted.into_iter(), &mut out);
    let sum = |r: usize, x: &Sparse| (0..n).map(|p| columns[p][r] * x.value[p]).sum::<f64>();
    let asked = |r: usize| wanted.iter().filter(|(w, _)| *w == r).map(|(_, v)| v).sum::<f64>();
    (0..n).for_each(|r| assert!((sum(r, &out) - asked(r)).abs() < 1e-8, "row {r}: {} instead of {}", sum(r, &out), asked(r)));
    let (place, cost) = (dice.below(n), dice.value());
    costs.add(place, cost);
    factors.price(&mut costs, &mut out);
    for p in 0..n {
        let found: f64 = (0..n).map(|r| columns[p][r] * out.value[r]).sum();
        let expected = if p == place { cost } else { 0.0 };
        assert!((found - expected).abs() < 1e-8, "column {p}: {found} instead of {expected}");
    }
}

fn entries(column: &[f64]) -> impl Iterator<Item = (usize, f64)> + '_ {
    column.iter().copied().enumerate()
}

#[test]
fn changes_of_the_basis_keep_it_inverted() {
    for (seed, size) in [(1, 5), (2, 12), (3, 40), (4, 90)] {
        let mut dice = Dice(seed);
        let mut columns: Vec<Vec<f64>> = (0..size).map(|p| dice.column(p, size)).collect();
        let mut factors = Factors::new(size);
        assert!(factors.rebuild(&matrix(&columns), None, &[]).is_ok());
        let mut z = Sparse::new(size);
        // θ stands on every row.
        let slope: Vec<f64> = (0..size).map(|_| dice.value()).collect();
        let mut theta = dice.below(size);
        factors.represent(slope.iter().enumerate().map(|(l, s)| (l, -s)), &mut z);
        assert!(z.value[theta].abs() > 1e-6);
        factors.enter_theta(theta, &z);
        columns[theta] = slope.iter().map(|s| -s).collect();
        check(&mut factors, &columns, &mut dice);
        for _ in 0..30 {
            let place = dice.below(size);
            let own = dice.below(size);
            let column = dice.column(own, size);
            factors.represent(entries(&column), &mut z);
            if place == theta || z.value[place].abs() < 0.05 {
                continue;
            }
            let at = factors.replace(place, 0.0);
            if at == place {
                columns[place] = column;
            } else {
                columns.swap(place, theta);
                columns[theta] = column;
                theta = place;
            }
            check(&mut factors, &columns, &mut dice);
        }
        let (place, other) = ((theta + 1) % size, (theta + 2) % size);
        // Row `place` of the inverse becomes −itself − the other: the column at `place` changes its sign and is taken from the other.
        factors.combine(place, -1.0, &[(other, -1.0)]);
        let column = columns[place].clone();
        columns[place].iter_mut().for_each(|v| *v = -*v);
        columns[other].iter_mut().zip(&column).for_each(|(v, c)| *v -= c);
        check(&mut factors, &columns, &mut dice);
    }
}

#[test]
fn a_singular_basis_is_refused() {
    let mut columns = vec![vec![1.0, 2.0, 0.0], vec![2.0, 4.0, 0.0], vec![0.0, 1.0, 1.0]];
    assert!(Factors::new(3).rebuild(&matrix(&columns), None, &[]).is_err());
    columns[1][0] = 3.0;
    assert!(Factors::new(3).rebuild(&matrix(&columns), None, &[]).is_ok());
}
