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

/// Two equal lines that cost 10 to open; both are open in the released plan, which makes Radio on S2.
fn released_on_two() -> Problem {
    let lines: &[(&str, f64, u32)] = &[("S1", 1.0, 1), ("S2", 1.0, 1)];
    let plant = Plant::new(&[("SMT", &["S1", "S2"])], 2).model("Dimmer", &[30.0, 30.0]).model("Radio", &[40.0, 40.0]);
    let mut problem = plant.made_on("Dimmer", lines).made_on("Radio", lines).problem;
    problem.lines.iter_mut().for_each(|l| l.opening_cost = 10.0);
    for period in 0..2 {
        // Capabilities: Dimmer on S1 and S2, then Radio on S1 and S2.
        problem.released.push(Released { capability: 0, period, units: 30.0 });
        problem.released.push(Released { capability: 3, period, units: 40.0 });
    }
    problem
}

fn made(plan: &Plan, capability: usize, period: usize) -> f64 {
    plan.allocations.iter().filter(|a| a.capability == capability && a.period == period).map(|a| a.units).sum()
}

fn stage(plan: &Plan, name: &str) -> (f64, f64) {
    plan.stages.iter().find(|s| s.name == name).map(|s| (s.value, s.bound)).unwrap_or_else(|| panic!("no stage {name:?}"))
}

const CHANGED: &str = "hours changed against the released plan";

#[test]
fn whole_decisions_come_first_and_then_the_released_plan() {
    // One line is enough, so one is closed. What is released of the larger amount stays where it is.
    let problem = released_on_two();
    for model in [PlanModel::Area, PlanModel::Finished] {
        let asked = Options { model, ..options(Integers { openings: true, ..Integers::default() }) };
        let plan = solved(&problem, &asked);
        assert_eq!(stage(&plan, "opening cost").0, 20.0, "{model:?}");
        for period in 0..2 {
            assert!((made(&plan, 1, period) - 30.0).abs() < 1e-6 && (made(&plan, 3, period) - 40.0).abs() < 1e-6, "{:?}", plan.allocations);
        }
        // 30 hours leave S1 and arrive on S2, in both periods.
        let (changed, bound) = stage(&plan, CHANGED);
        assert!((changed - 120.0).abs() < 1e-5 && (bound - 120.0).abs() < 1e-3, "{changed}, at least {bound}");
    }
}

#[test]
fn a_frozen_period_stays_although_whole_decisions_would_change_it() {
    let problem = released_on_two();
    for model in [PlanModel::Area, PlanModel::Finished] {
        let integers = Integers { openings: true, ..Integers::default() };
        let asked = Options { model, frozen: Some(Frozen { periods: 1, tolerance: 0.1 }), ..options(integers) };
        let plan = solved(&problem, &asked);
        assert!((made(&plan, 0, 0) - 30.0).abs() < 1e-5 && (made(&plan, 3, 0) - 40.0).abs() < 1e-5, "{:?}", plan.allocations);
        assert!((stage(&plan, "opening cost").0 - 30.0).abs() < 1e-6, "{:?}", plan.stages);
        // Opened in the frozen period, they have to stay.
        let staying = Options { integers: Integers { openings_stay: true, ..integers }, ..asked };
        assert!((stage(&solved(&problem, &staying), "opening cost").0 - 40.0).abs() < 1e-6);
    }
}

#[test]
fn frozen_amounts_that_whole_decisions_forbid_are_named() {
    let mut problem = released_on_two();
    problem.released[0].units = 15.0;
    problem.released.push(Released { capability: 1, period: 0, units: 15.0 });
    let frozen = Some(Frozen { periods: 1, tolerance: 0.0 });
    let refused = |problem: &Problem, integers: Integers| match solve(problem, &Options { frozen, ..options(integers) }, &NoClock) {
        Err(PlanError::Infeasible { conflicts }) => conflicts,
        other => panic!("expected a contradiction, found {other:?}"),
    };
    let found = refused(&problem, Integers { max_lines_per_step: Some(1), ..Integers::default() });
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|s| s.contains("split over at most 1 line in each area")), "{found:?}");
    assert!(found.iter().filter(|s| s.contains("15 of Dimmer in 2026 as released; 30 are wanted")).count() == 2, "{found:?}");
    problem.capabilities[0].minimum_lot = 20.0;
    let found = refused(&problem, Integers { minimum_lots: true, ..Integers::default() });
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|s| s == "minimum lots are kept"), "{found:?}");
    // With more room both can be.
    let wider = Some(Frozen { periods: 1, tolerance: 0.34 });
    solved(&problem, &Options { frozen: wider, ..options(Integers { minimum_lots: true, ..Integers::default() }) });
    // What no line has hours for is named without any whole decision.
    problem.released[0].units = 300.0;
    assert_eq!(refused(&problem, Integers { openings: true, ..Integers::default() }).len(), 1);
}

#[test]
fn a_frozen_period_may_need_the_longer_shift_that_it_was_released_with() {
    let mut problem = released_on_two();
    problem.demand.iter_mut().for_each(|d| d.units = 150.0);
    problem.released.iter_mut().for_each(|r| r.units = 150.0);
    problem.shift_patterns =
        (0..2).map(|line| ShiftPattern { name: "two shifts".to_owned(), line, hours_per_day: 16.0, cost: Some(5.0) }).collect();
    let frozen = Some(Frozen { periods: 1, tolerance: 0.0 });
    let asked = Options { frozen, ..options(Integers { shift_patterns: true, ..Integers::default() }) };
    let plan = solved(&problem, &asked);
    assert!(plan.unmet.is_empty() && plan.lines.iter().all(|l| l.shift_pattern.is_some()), "{:?}", plan.unmet);
    assert!(solve(&problem, &Options { frozen, ..options(Integers { openings: true, ..Integers::default() }) }, &NoClock).is_err());
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

proptest! {
    #![proptest_config(cases(6))]

    #[test]
    fn a_released_plan_stays_and_its_frozen_periods_hold(recipe in recipes(), seed in any::<u64>(), tolerance in prop_oneof![Just(0.0), 0.0..0.3]) {
        let (mut problem, options) = (with_wishes(&recipe), wishes(seed));
        let before = solve(&problem, &options, &NoClock).unwrap();
        let released = |a: &Allocation| Released { capability: a.capability, period: a.period, units: a.units };
        problem.released = before.allocations.iter().map(released).collect();
        prop_assume!(problem.is_released(0));
        let optimal = before.status == Status::Optimal;
        let again = solve(&problem, &options, &NoClock).unwrap();
        prop_assert!(again.verification.holds(), "{:?} {:?}", again.verification, options);
        for (a, b) in before.stages.iter().zip(&again.stages) {
            let same = (a.value - b.value).abs() <= 1e-5 * a.value.abs().max(1.0);
            prop_assert!(!optimal || same, "{a:?} became {b:?}");
        }
        let (changed, bound) = stage(&again, CHANGED);
        prop_assert!(!optimal || changed <= 1e-6 * problem.lines.iter().map(|l| l.hours(0)).sum::<f64>().max(1.0), "{changed} hours changed");
        prop_assert!(bound <= changed + 1e-9);
        // More is wanted, so what was released can be kept.
        problem.demand.iter_mut().for_each(|d| d.units *= 1.2);
        let frozen = Options { frozen: Some(Frozen { periods: 1, tolerance }), ..options };
        let plan = solve(&problem, &frozen, &NoClock).unwrap();
        prop_assert!(plan.verification.holds(), "{:?} {:?}", plan.verification, frozen);
        for stage in &plan.stages {
            prop_assert!(stage.bound <= stage.value + 1e-9, "{stage:?}");
        }
    }
}
