//! Whole plans: pencil cases for each integer wish, and laws over generated plants.

use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Dice, Plant, Recipe, cases, recipes, shuffled};

fn options(integers: Integers) -> Options {
    Options { integers, ..Options::default() }
}

fn solved(problem: &Problem, options: &Options) -> Plan {
    let plan = solve(problem, options, &NoClock).unwrap();
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    assert_eq!(plan.status, Status::Optimal, "{:?}", plan.stages);
    plan
}

fn unmet(plan: &Plan) -> Vec<(usize, f64)> {
    plan.unmet.iter().map(|u| (u.model, u.units)).collect()
}

#[test]
fn the_cheaper_line_is_opened_when_one_is_enough() {
    let lines: &[(&str, f64, u32)] = &[("S1", 1.0, 1), ("S2", 1.0, 1)];
    let mut plant = Plant::new(&[("SMT", &["S1", "S2"])], 1).model("Radio", &[60.0]).made_on("Radio", lines);
    plant.problem.lines[0].opening_cost = 50.0;
    plant.problem.lines[1].opening_cost = 40.0;
    let plan = solved(&plant.problem, &options(Integers { openings: true, ..Integers::default() }));
    assert_eq!(plan.lines.iter().map(|l| l.open).collect::<Vec<_>>(), [false, true]);
    assert!(plan.unmet.is_empty());
    let opening = plan.stages.iter().find(|s| s.name == "opening cost").unwrap();
    assert_eq!((opening.value, opening.bound), (40.0, 40.0));
}

#[test]
fn an_opened_line_stays_open() {
    let lines: &[(&str, f64, u32)] = &[("S1", 1.0, 1), ("S2", 1.0, 1)];
    let plant = Plant::new(&[("SMT", &["S1", "S2"])], 3).model("Radio", &[60.0, 150.0, 60.0]).made_on("Radio", lines);
    let mut problem = plant.problem;
    problem.lines.iter_mut().for_each(|l| l.opening_cost = 10.0);
    let integers = Integers { openings: true, ..Integers::default() };
    let count = |plan: &Plan, period: usize| plan.lines.iter().filter(|l| l.period == period && l.open).count();
    let free = solved(&problem, &options(integers));
    assert_eq!([0, 1, 2].map(|t| count(&free, t)), [1, 2, 1]);
    let staying = solved(&problem, &options(Integers { openings_stay: true, ..integers }));
    assert_eq!([0, 1, 2].map(|t| count(&staying, t)), [1, 2, 2]);
}

#[test]
fn a_minimum_lot_above_the_demand_forbids_the_line() {
    let plant = Plant::new(&[("SMT", &["S1"])], 1).model("Radio", &[10.0]).made_on("Radio", &[("S1", 1.0, 1)]);
    let mut problem = plant.problem;
    problem.capabilities[0].minimum_lot = 20.0;
    let plan = solved(&problem, &options(Integers { minimum_lots: true, ..Integers::default() }));
    assert_eq!(unmet(&plan), [(0, 10.0)]);
    assert_eq!(plan.unmet[0].reason, Reason::IntegerRules);
}

#[test]
fn a_split_limit_holds_and_costs_what_does_not_fit() {
    let lines: &[(&str, f64, u32)] = &[("S1", 1.0, 1), ("S2", 1.0, 1), ("S3", 1.0, 1)];
    let plant = Plant::new(&[("SMT", &["S1", "S2", "S3"])], 1).model("Radio", &[250.0]).made_on("Radio", lines);
    for (most, missing) in [(1, 150.0), (2, 50.0)] {
        let plan = solved(&plant.problem, &options(Integers { max_lines_per_step: Some(most), ..Integers::default() }));
        assert_eq!(plan.allocations.len(), most as usize);
        assert!((plan.unmet[0].units - missing).abs() < 1e-6, "{:?}", plan.unmet);
    }
}

#[test]
fn campaigns_take_hours_from_the_line() {
    let mut plant = Plant::new(&[("SMT", &["S1"])], 1)
        .model("Radio", &[60.0])
        .model("Sensor", &[60.0])
        .made_on("Radio", &[("S1", 1.0, 1)])
        .made_on("Sensor", &[("S1", 1.0, 1)]);
    plant.problem.changeovers = vec![Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Any, minutes: 90.0, line: None }];
    let asked = Options { changeovers: ChangeoverCharging::Campaign, campaigns_per_period: 2.0, ..Options::default() };
    let plan = solved(&plant.problem, &asked);
    let line = plan.lines[0];
    assert!((line.changeover_hours - 6.0).abs() < 1e-9 && (line.hours_used - 100.0).abs() < 1e-6, "{line:?}");
    assert!((plan.unmet.iter().map(|u| u.units).sum::<f64>() - 26.0).abs() < 1e-6);
    // One more hour makes one more unit, which is worth its standard hour.
    assert!((line.hour_price - 1.0).abs() < 1e-6, "{line:?}");
}

#[test]
fn a_higher_tier_is_served_first_and_overtime_last() {
    let mut plant = Plant::new(&[("SMT", &["S1"])], 1)
        .model("Airbag", &[70.0])
        .model("Radio", &[70.0])
        .made_on("Airbag", &[("S1", 1.0, 1)])
        .made_on("Radio", &[("S1", 1.0, 1)]);
    plant.problem.models[1].tier = 2;
    let asked = options(Integers { openings: true, ..Integers::default() });
    let plan = solved(&plant.problem, &asked);
    assert_eq!(plan.unmet.len(), 1);
    assert!((plan.unmet[0].units - 40.0).abs() < 1e-6 && plan.unmet[0].model == 1, "{:?}", plan.unmet);
    plant.problem.lines[0].overtime_hours_per_day = 5.0;
    let plan = solved(&plant.problem, &asked);
    assert!(plan.unmet.is_empty());
    assert!((plan.lines[0].overtime_hours - 40.0).abs() < 1e-6);
}

#[test]
fn stock_built_ahead_knows_no_integers_and_says_so() {
    let plant = Plant::new(&[("SMT", &["S1"])], 1).model("Radio", &[10.0]).made_on("Radio", &[("S1", 1.0, 1)]);
    let asked = Options { model: PlanModel::Prebuild, ..options(Integers { minimum_lots: true, ..Integers::default() }) };
    let Err(PlanError::Infeasible { conflicts }) = solve(&plant.problem, &asked, &NoClock) else { panic!("must be refused") };
    assert_eq!(conflicts.len(), 2, "{conflicts:?}");
}

/// Any integer wishes.
fn wishes(seed: u64) -> Options {
    let mut dice = Dice(seed);
    let integers = Integers {
        minimum_lots: dice.chance(0.5),
        max_lines_per_step: if dice.chance(0.5) { Some(1 + dice.below(2) as u32) } else { None },
        openings: dice.chance(0.5),
        openings_stay: dice.chance(0.5),
        max_opening_changes: if dice.chance(0.3) { Some(dice.below(3) as u32) } else { None },
        shift_patterns: dice.chance(0.3),
        relative_gap: 0.0,
    };
    let campaign = !integers.any() || dice.chance(0.5);
    Options {
        model: if dice.chance(0.5) { PlanModel::Area } else { PlanModel::Finished },
        changeovers: if campaign { ChangeoverCharging::Campaign } else { ChangeoverCharging::None },
        integers,
        ..Options::default()
    }
}

fn with_wishes(recipe: &Recipe) -> Problem {
    let mut dice = Dice(recipe.seed ^ 1);
    let mut problem = recipe.problem();
    for line in &mut problem.lines {
        line.opening_cost = dice.between(0.0, 20.0);
    }
    for capability in &mut problem.capabilities {
        capability.minimum_lot = if dice.chance(0.3) { dice.between(0.0, 20.0) } else { 0.0 };
    }
    problem.changeovers =
        vec![Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Any, minutes: dice.between(0.0, 60.0), line: None }];
    problem
}

/// Openings, overtime and small setups beside many units: weights and amounts lie so far apart that the linear solver, given them
/// as they are, ends with an error.
#[test]
fn amounts_and_weights_far_apart_are_planned() {
    let recipe =
        Recipe { plants: 2, load: 0.6151915695050532, overtime: true, uneven: false, ..Recipe::plain(12314221742896216614, 2, 3, 4, 3) };
    let plan = solve(&with_wishes(&recipe), &wishes(9604769608139734174), &NoClock).unwrap();
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    assert!(plan.stages.iter().all(|stage| stage.bound <= stage.value + 1e-9), "{:?}", plan.stages);
}

#[test]
fn the_number_of_threads_does_not_show() {
    let problem = with_wishes(&Recipe { plants: 3, ..Recipe::plain(7, 2, 3, 5, 3) });
    let integers = Integers { minimum_lots: true, openings: true, max_lines_per_step: Some(2), ..Integers::default() };
    let one = solve(&problem, &options(integers), &NoClock).unwrap();
    let four = solve(&problem, &Options { threads: 4, ..options(integers) }, &NoClock).unwrap();
    assert!(four.verification.holds(), "{:?}", four.verification);
    assert!(!four.allocations.is_empty());
    assert_eq!((&one.stages, &one.allocations, &one.lines), (&four.stages, &four.allocations, &four.lines));
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn every_plan_keeps_the_rules_and_its_bounds(recipe in recipes(), seed in any::<u64>()) {
        let (problem, options) = (with_wishes(&recipe), wishes(seed));
        let plan = solve(&problem, &options, &NoClock).unwrap();
        prop_assert!(plan.verification.holds(), "{:?} {:?}", plan.verification, options);
        for stage in &plan.stages {
            prop_assert!(stage.bound <= stage.value + 1e-9, "{stage:?}");
        }
        prop_assert_eq!(&plan.stages, &solve(&problem, &options, &NoClock).unwrap().stages);
    }

    #[test]
    fn the_order_of_rows_changes_nothing(recipe in recipes(), seed in any::<u64>()) {
        let (problem, options) = (with_wishes(&recipe), wishes(seed));
        let plan = solve(&problem, &options, &NoClock).unwrap();
        let mixed = shuffled(&problem, seed);
        let other = solve(&mixed, &options, &NoClock).unwrap();
        prop_assert_eq!(&plan.stages, &other.stages);
        let named = |problem: &Problem, plan: &Plan| -> Vec<(String, String, usize, f64)> {
            let name = |a: &Allocation| {
                let c = &problem.capabilities[a.capability];
                let step = &problem.steps[c.step];
                (problem.lines[c.line].name.clone(), format!("{} {}", problem.models[step.model].name, step.name), a.period, a.units)
            };
            plan.allocations.iter().map(name).collect()
        };
        prop_assert_eq!(named(&problem, &plan), named(&mixed, &other));
    }
}
