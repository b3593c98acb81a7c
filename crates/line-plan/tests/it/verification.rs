//! The verifier accepts sound plans and notices every kind of wrong claim.

use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Plant, recipes};

/// Two areas, two lines each, short of hours in SMT; answered by the baseline rule.
fn answered() -> (Problem, Plan) {
    let plant = Plant::new(&[("SMT", &["S1", "S2"]), ("ICT", &["I1"])], 2).model("radio", &[150.0, 20.0]).model("gauge", &[90.0, 5.0]);
    let plant = plant.made_on("radio", &[("S1", 1.0, 1), ("S2", 1.0, 1)]).made_on("radio", &[("I1", 0.25, 1)]);
    let problem = plant.made_on("gauge", &[("S2", 1.0, 1)]).problem;
    let options = Options { model: PlanModel::Baseline, ..Options::default() };
    let plan = solve(&problem, &options, &NoClock).expect("a well-formed problem");
    assert!(verify(&problem, &plan).holds(), "{:?}", verify(&problem, &plan));
    (problem, plan)
}

/// Falsifies a sound plan and expects the verifier to notice it under the right heading.
#[track_caller]
fn check(falsify: impl FnOnce(&mut Plan), heading: impl Fn(&Verification) -> f64) {
    let (problem, mut plan) = answered();
    falsify(&mut plan);
    let found = verify(&problem, &plan);
    assert!(heading(&found) > 1e-6 && !found.holds(), "{found:?}");
}

#[test]
fn wrong_amounts_are_noticed() {
    check(|p| p.allocations[0].units += 1.0, |v| v.demand_error);
    check(|p| p.allocations[0].units *= 1.0 + 3e-6, |v| v.demand_error);
    check(|p| p.allocations.truncate(1), |v| v.demand_error);
    check(|p| p.unmet[0].units -= 1.0, |v| v.demand_error);
    check(|p| p.unmet.clear(), |v| v.demand_error);
    check(|p| p.finished[0].demand += 1.0, |v| v.demand_error);
    check(|p| p.finished[0].delivered += 1e3, |v| v.demand_error);
    check(|p| p.finished.truncate(1), |v| v.demand_error);
}

#[test]
fn wrong_hours_are_noticed() {
    check(|p| p.allocations[0].hours += 1.0, |v| v.capacity_error);
    check(|p| p.lines[0].hours_used += 1.0, |v| v.capacity_error);
    check(|p| p.lines[0].hours_available += 1.0, |v| v.capacity_error);
    check(|p| p.lines[0].overtime_hours += 1.0, |v| v.capacity_error);
    check(|p| p.lines.truncate(1), |v| v.capacity_error);
    check(|p| p.lines[1] = p.lines[0], |v| v.capacity_error);
}

#[test]
fn an_overloaded_line_is_noticed_even_when_the_figures_agree() {
    let overload = |p: &mut Plan| {
        let a = p.allocations.iter_mut().find(|a| a.capability == 0 && a.period == 0).expect("radios on S1");
        (a.units, a.hours) = (a.units + 10.0, a.hours + 10.0);
        let load = p.lines.iter_mut().find(|l| l.line == 0 && l.period == 0).expect("the load of S1");
        (load.hours_used, load.overtime_hours) = (load.hours_used + 10.0, 10.0);
    };
    check(overload, |v| v.capacity_error);
}

#[test]
fn wrong_weights_are_noticed() {
    check(|p| p.unmet[0].weight *= 1.001, |v| v.objective_error);
    check(|p| p.stages.push(Stage { name: "unmet weight, tier 1".to_owned(), value: 1.0, bound: 1.0 }), |v| v.objective_error);
}

#[test]
fn the_finished_reading_wants_the_same_units_in_every_area() {
    // The baseline made 150 radios in ICT, but fewer of them with gauges competing in SMT: as a finished plan that is wrong.
    let (problem, mut plan) = answered();
    plan.options.model = PlanModel::Finished;
    let radios: Vec<f64> = plan.allocations.iter().filter(|a| a.period == 0).map(|a| a.units).collect();
    assert!(radios.len() >= 3);
    plan.allocations.retain(|a| a.capability != 2);
    assert!(verify(&problem, &plan).route_error > 1e-6);
}

#[test]
fn units_made_where_they_may_not_be_are_noticed() {
    let (mut problem, plan) = answered();
    problem.capabilities[0].approved = Window { first: 1, last: 1 };
    assert!(verify(&problem, &plan).route_error > 1e-6);
    let (mut problem, plan) = answered();
    problem.models[1].life = Window::NEVER;
    assert!(verify(&problem, &plan).route_error > 1e-6);
}

#[test]
fn a_plan_of_another_problem_is_refused_without_panic() {
    let (_, plan) = answered();
    assert!(!verify(&Problem::default(), &plan).holds());
    check(|p| p.allocations[0].capability = 1_000_000, |v| v.route_error);
    check(|p| p.allocations[0].units = f64::NAN, |v| v.demand_error);
}

proptest! {
    #[test]
    fn the_baseline_rule_always_verifies(recipe in recipes()) {
        let problem = recipe.problem();
        prop_assert_eq!(problem.defects(), Vec::<String>::new());
        let options = Options { model: PlanModel::Baseline, ..Options::default() };
        let plan = solve(&problem, &options, &NoClock).expect("a well-formed problem");
        prop_assert!(plan.verification.holds(), "{:?}", plan.verification);
        for f in &plan.finished {
            prop_assert!(f.delivered <= f.demand);
        }
    }
}
