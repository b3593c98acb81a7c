//! The wrapper on programs whose answers are known.

use super::*;

/// Two products, two resources: minimize −3a − 5b with a ≤ 4, 2b ≤ 12, 3a + 2b ≤ 18; best −36 at (2, 6).
fn two_products() -> Program {
    let mut p = Program::default();
    let a = p.column(-3.0, 0.0, 4.0);
    let b = p.column(-5.0, 0.0, f64::INFINITY);
    p.row(f64::NEG_INFINITY, 12.0, [(b, 2.0)]);
    p.row(f64::NEG_INFINITY, 18.0, [(a, 3.0), (b, 2.0)]);
    p
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-7, "found {found}, expected {expected}");
}

#[test]
fn a_linear_program_has_values_and_duals() {
    let mut h = Highs::new(&two_products()).unwrap();
    assert_eq!(h.run(), Ok(Outcome::Optimal));
    close(h.objective(), -36.0);
    let v = h.values().unwrap();
    close(v.columns[0], 2.0);
    close(v.columns[1], 6.0);
    close(v.duals[0], -1.5);
    close(v.duals[1], -1.0);
    assert!(h.is_feasible());
}

#[test]
fn a_change_is_solved_from_the_last_basis() {
    let mut h = Highs::new(&two_products()).unwrap();
    h.set_presolve(false).unwrap();
    h.run().unwrap();
    let basis = h.basis().unwrap();
    h.change_row_bounds(&[(1, f64::NEG_INFINITY, 18.5)]).unwrap();
    h.run().unwrap();
    close(h.objective(), -36.5);
    assert_eq!(h.iterations(), 0, "the basis stays optimal for a small change of the right-hand side");
    h.change_costs(&[(0, 0.0)]).unwrap();
    h.change_column_bounds(&[(1, 0.0, 1.0)]).unwrap();
    h.run().unwrap();
    close(h.objective(), -5.0);

    let mut fresh = Highs::new(&two_products()).unwrap();
    fresh.set_presolve(false).unwrap();
    fresh.set_basis(&basis).unwrap();
    fresh.run().unwrap();
    assert_eq!(fresh.iterations(), 0, "an optimal basis needs no iteration");
    close(fresh.objective(), -36.0);
}

#[test]
fn a_row_can_be_added_later() {
    let mut h = Highs::new(&two_products()).unwrap();
    h.run().unwrap();
    assert_eq!(h.add_row(f64::NEG_INFINITY, 3.0, &[(0, 1.0), (1, 1.0)]), Ok(2));
    assert_eq!(h.run(), Ok(Outcome::Optimal));
    close(h.objective(), -15.0);
    assert_eq!(h.values().unwrap().duals.len(), 3);
}

/// A knapsack: values 10, 13, 7 with sizes 3, 4, 2 in 6; best 20 with the last two.
fn knapsack() -> Program {
    let mut p = Program::default();
    let items: Vec<usize> = [-10.0, -13.0, -7.0].into_iter().map(|cost| p.integer_column(cost, 0.0, 1.0)).collect();
    p.row(f64::NEG_INFINITY, 6.0, items.into_iter().zip([3.0, 4.0, 2.0]));
    p
}

#[test]
fn a_mixed_integer_program_has_a_bound() {
    let mut h = Highs::new(&knapsack()).unwrap();
    h.set_gap(0.0, 0.0).unwrap();
    h.start_from(&[1.0, 0.0, 1.0]).unwrap();
    assert_eq!(h.run(), Ok(Outcome::Optimal));
    close(h.objective(), -20.0);
    close(h.bound(), -20.0);
    assert_eq!(h.values().unwrap().columns, [0.0, 1.0, 1.0]);

    let mut relaxed = Highs::new(&knapsack().relaxed()).unwrap();
    relaxed.run().unwrap();
    assert!(relaxed.objective() < -20.0);
}

#[test]
fn the_ends_of_a_run_are_told_apart() {
    let mut p = Program::default();
    let x = p.column(-1.0, 0.0, f64::INFINITY);
    let mut unbounded = Highs::new(&p).unwrap();
    unbounded.set_presolve(false).unwrap();
    assert_eq!(unbounded.run(), Ok(Outcome::Unbounded));
    p.row(f64::NEG_INFINITY, 1.0, [(x, 1.0)]);
    p.row(2.0, f64::INFINITY, [(x, 1.0)]);
    assert_eq!(Highs::new(&p).unwrap().run(), Ok(Outcome::Infeasible));
    assert_eq!(Highs::new(&Program::default()).unwrap().run(), Ok(Outcome::Optimal));
}

#[test]
fn what_is_malformed_is_refused_before_it_reaches_the_solver() {
    let mut p = two_products();
    p.entries.push((7, 0, 1.0));
    assert!(matches!(Highs::new(&p), Err(HighsError::Malformed(_))));
    let mut p = two_products();
    p.upper.pop();
    assert!(matches!(Highs::new(&p), Err(HighsError::Malformed(_))));
    let mut p = two_products();
    p.cost[0] = f64::NAN;
    assert!(matches!(Highs::new(&p), Err(HighsError::Malformed(_))));
    let mut h = Highs::new(&two_products()).unwrap();
    assert!(matches!(h.start_from(&[1.0]), Err(HighsError::Length { expected: 2, found: 1, .. })));
    assert!(h.change_costs(&[(2, 1.0)]).is_err());
    assert!(h.add_row(0.0, 1.0, &[(2, 1.0)]).is_err());
    let row = |column| Row { lower: 0.0, upper: 1.0, terms: vec![(column, 1.0)] };
    assert!(h.add_rows(&[row(0), row(2)]).is_err());
    assert_eq!(h.add_rows(&[row(0), row(1)]), Ok(2..4), "what was refused has added nothing");
    assert!(h.set_int(c"no_such_option", 1).is_err());
}

#[test]
fn instances_in_several_threads_do_not_meet() {
    let results: Vec<(f64, f64)> = std::thread::scope(|scope| {
        let run = || {
            let (mut lp, mut mip) = (Highs::new(&two_products()).unwrap(), Highs::new(&knapsack()).unwrap());
            lp.run().unwrap();
            mip.run().unwrap();
            (lp.objective(), mip.objective())
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    for (lp, mip) in results {
        close(lp, -36.0);
        close(mip, -20.0);
    }
}

/// The two products, one counted in millions and one in millionths, and money likewise.
fn far_apart() -> Program {
    let mut p = Program::default();
    let a = p.column(-3e-9, 0.0, 4e6);
    let b = p.column(-5e3, 0.0, 9e-6);
    p.row(f64::NEG_INFINITY, 12.0, [(b, 2e6)]);
    p.row(f64::NEG_INFINITY, 18e3, [(a, 3e-3), (b, 2e9)]);
    p
}

#[test]
fn a_scaled_program_answers_in_the_measure_given() {
    let mut h = Highs::scaled(&far_apart()).unwrap();
    h.set_presolve(false).unwrap();
    assert_eq!(h.run(), Ok(Outcome::Optimal));
    let v = h.values().unwrap();
    close(h.objective(), -0.036);
    close(v.columns[0] / 1e6, 2.0);
    close(v.columns[1] * 1e6, 6.0);
    close(v.rows[1] / 1e3, 18.0);
    close(v.duals[0] * 1e3, -1.5);
    close(v.duals[1] * 1e6, -1.0);
    h.change_row_bounds(&[(1, f64::NEG_INFINITY, 18.5e3)]).unwrap();
    h.run().unwrap();
    close(h.objective(), -0.0365);
    h.change_costs(&[(0, 0.0)]).unwrap();
    h.change_column_bounds(&[(1, 0.0, 1e-6)]).unwrap();
    h.run().unwrap();
    close(h.objective(), -0.005);
    h.add_row(f64::NEG_INFINITY, 5.0, &[(1, 1e7)]).unwrap();
    h.run().unwrap();
    close(h.objective(), -0.0025);

    let mut h = Highs::scaled(&knapsack()).unwrap();
    h.set_gap(0.0, 0.0).unwrap();
    h.start_from(&[1.0, 0.0, 1.0]).unwrap();
    assert_eq!(h.run(), Ok(Outcome::Optimal));
    close(h.bound(), -20.0);
    assert_eq!(h.values().unwrap().columns, [0.0, 1.0, 1.0]);
}

#[test]
fn solving_afresh_forgets_the_basis_and_finds_the_same() {
    let mut h = Highs::new(&two_products()).unwrap();
    h.set_presolve(false).unwrap();
    assert_eq!(h.run_again_if_odd(), Ok(Outcome::Optimal));
    assert_eq!(h.run_afresh(), Ok(Outcome::Optimal));
    close(h.objective(), -36.0);
    assert_eq!(h.run(), Ok(Outcome::Optimal));
    assert_eq!(h.iterations(), 0, "the basis found is there for the next run");
}
