//! Least change and frozen periods agree with the whole plan as one linear program, solved stage by stage by HiGHS.

use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Recipe, cases, recipes};
use crate::reference::{Reference, highs};

const READINGS: [PlanModel; 2] = [PlanModel::Area, PlanModel::Finished];
const BALANCES: [Balance; 3] = [Balance::Off, Balance::Max, Balance::Leximin];

fn options(model: PlanModel, balance: Balance) -> Options {
    Options { model, balance, priority_reading: Some(PriorityReading::Preference), ..Options::default() }
}

fn stage(plan: &Plan, name: &str) -> f64 {
    plan.stages.iter().find(|s| s.name.starts_with(name)).map_or(0.0, |s| s.value)
}

/// A problem whose released plan was made for other demand, and which wants something that cannot be made any more.
fn edited(recipe: &Recipe, factors: &[f64]) -> Problem {
    let mut before = recipe.problem();
    for (demand, factor) in before.demand.iter_mut().zip(factors.iter().cycle()) {
        demand.units *= factor;
    }
    let plan = solve(&before, &Options::default(), &NoClock).expect("a plan");
    let released = |a: &Allocation| Released { capability: a.capability, period: a.period, units: a.units };
    Problem { released: plan.allocations.iter().map(released).collect(), ..recipe.problem() }
}

/// A reference that loses what a plan loses.
fn anew<'p>(problem: &'p Problem, options: &Options, plan: &Plan) -> Reference<'p> {
    let mut reference = Reference::of(problem, options, highs);
    options.frozen.into_iter().for_each(|frozen| reference.freeze(frozen));
    match options.model {
        PlanModel::Finished => reference.fix_losses(plan),
        _ => reference.fix_tiers(plan),
    }
    reference
}

/// Compares every stage of a plan with the reference; finished plans at the finished units that they chose among equals.
fn check(problem: &Problem, options: &Options) -> Result<(), String> {
    let plan = match solve(problem, options, &NoClock) {
        Err(PlanError::Infeasible { .. }) if options.frozen.is_some() => return Ok(()),
        other => other.map_err(|e| e.to_string())?,
    };
    if !plan.verification.holds() {
        return Err(format!("{options:?} does not verify: {:?}", plan.verification));
    }
    let mut reference = Reference::of(problem, options, highs);
    options.frozen.into_iter().for_each(|frozen| reference.freeze(frozen));
    let told = |name: &str| format!("{:?}, {:?}, {:?}, {name}", options.model, options.balance, options.frozen);
    // Where the window binds, the room that rounding needs in it shows in every later stage.
    let room = if options.frozen.is_some() { 2e-8 } else { 0.0 };
    let rounding = 10.0 * room * plan.lines.iter().map(|l| l.hours_used).sum::<f64>();
    let compare = |name: &str, found: f64, expected: f64| {
        // A reference keeps earlier stages only as exactly as its solver does, and a later stage may turn that into a little on its side.
        let near = (found - expected).abs() <= 1e-6 * expected.abs().max(1.0) + rounding
            || found < expected && found > expected * (1.0 - 1e-4) - 1e-4;
        if near { Ok(()) } else { Err(format!("{}: found {found}, expected {expected}", told(name))) }
    };
    let unmet: f64 = reference.unmet_by_tier().iter().map(|(_, value)| value).sum();
    compare("unmet weight", plan.unmet.iter().map(|u| u.weight).sum(), unmet)?;
    if options.model == PlanModel::Finished || options.frozen.is_some() {
        reference = anew(problem, options, &plan);
    }
    if options.balance != Balance::Off {
        let mut highest = std::collections::BTreeMap::new();
        for load in plan.lines.iter().filter(|l| l.hours_available > 0.0) {
            let line = &problem.lines[load.line];
            let level = highest.entry((&line.plant, line.area, load.period)).or_insert(0.0_f64);
            *level = level.max(load.hours_used / load.hours_available);
        }
        compare("highest utilisation", highest.into_values().sum(), reference.highest_utilization())?;
    }
    if options.balance == Balance::Leximin {
        // From here on what the plan reached is kept, so that nothing that the reference kept contradicts the loads.
        reference = anew(problem, options, &plan);
        reference.fix_loads(&plan, |period| if options.frozen.is_some_and(|frozen| period < frozen.periods) { room } else { 0.0 });
    }
    if problem.lines.iter().any(|l| l.overtime_hours_per_day > 0.0) {
        compare("overtime", plan.lines.iter().map(|l| l.overtime_hours).sum(), reference.overtime())?;
    }
    let (found, expected) = (stage(&plan, "hours off"), reference.off_preferred());
    compare("hours off the preferred line", found, expected)?;
    let (changed, least) = (stage(&plan, "hours changed"), reference.changed());
    // What the reference gives away in the stage before, it may gain in this one.
    let given = if found < expected * (1.0 - 1e-9) { 1e-5 * least } else { 0.0 };
    compare("hours changed", (changed - given).max(changed.min(least)), least)
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn no_plan_that_is_as_good_changes_fewer_hours(recipe in recipes(), factors in prop::collection::vec(0.5..1.6, 1..6)) {
        let problem = edited(&Recipe { shared: false, ..recipe }, &factors);
        for (model, balance) in READINGS.into_iter().flat_map(|model| BALANCES.map(|balance| (model, balance))) {
            let found = check(&problem, &options(model, balance));
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }

    #[test]
    fn in_frozen_periods_every_stage_is_as_good_as_the_window_permits(
        recipe in recipes(),
        factors in prop::collection::vec(0.4..1.1, 1..6),
        tolerance in prop_oneof![Just(0.0), 0.0..0.4],
    ) {
        let problem = edited(&Recipe { shared: false, ..recipe }, &factors);
        prop_assume!(problem.is_released(0));
        for (model, balance) in READINGS.into_iter().flat_map(|model| BALANCES.map(|balance| (model, balance))) {
            let frozen = Some(Frozen { periods: 1, tolerance });
            let found = check(&problem, &Options { frozen, ..options(model, balance) });
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }

    #[test]
    fn with_stock_no_more_is_lost_than_the_window_asks(
        recipe in recipes(),
        factors in prop::collection::vec(0.4..1.1, 1..6),
        tolerance in prop_oneof![Just(0.0), 0.0..0.4],
        periods in 1..=2usize,
    ) {
        let mut problem = edited(&recipe, &factors);
        prop_assume!((0..periods.min(problem.periods.len())).all(|t| problem.is_released(t)));
        // What cannot be kept at all is not what is compared here.
        problem.released.iter_mut().for_each(|r| r.units *= 0.8);
        let frozen = Some(Frozen { periods, tolerance });
        let options = Options { frozen, ..options(PlanModel::Prebuild, Balance::Off) };
        let plan = match solve(&problem, &options, &NoClock) {
            Err(PlanError::Infeasible { conflicts }) => {
                prop_assert!(!conflicts.is_empty());
                return Ok(());
            }
            other => other.map_err(|e| TestCaseError::fail(e.to_string()))?,
        };
        prop_assert!(plan.verification.holds(), "{:?}", plan.verification);
        let mut reference = Reference::of(&problem, &options, highs);
        frozen.into_iter().for_each(|frozen| reference.freeze(frozen));
        let rounding = 2e-7 * plan.lines.iter().map(|l| l.hours_used).sum::<f64>();
        for (tier, expected) in reference.unmet_by_tier() {
            let found: f64 = plan.unmet.iter().filter(|u| problem.models[u.model].tier == tier).map(|u| u.weight).sum();
            prop_assert!((found - expected).abs() <= 1e-6 * expected.max(1.0) + rounding, "tier {tier}: found {found}, expected {expected}");
        }
    }

    #[test]
    fn a_wider_window_costs_nothing(recipe in recipes(), factors in prop::collection::vec(0.4..1.1, 1..6)) {
        let problem = edited(&recipe, &factors);
        prop_assume!(problem.is_released(0));
        for model in READINGS {
            let mut before = f64::INFINITY;
            for tolerance in [0.0, 0.1, 0.3, 1.0] {
                let frozen = Some(Frozen { periods: 1, tolerance });
                match solve(&problem, &Options { frozen, ..options(model, Balance::Leximin) }, &NoClock) {
                    Ok(plan) => {
                        let lost: f64 = plan.unmet.iter().filter(|u| problem.models[u.model].tier == 1).map(|u| u.weight).sum();
                        prop_assert!(lost <= before * (1.0 + 1e-6) + 1e-6, "{model:?}: {before} became {lost} within {tolerance}");
                        before = lost;
                    }
                    Err(PlanError::Infeasible { conflicts }) => {
                        prop_assert!(before == f64::INFINITY, "{conflicts:?} within {tolerance}");
                        prop_assert!(conflicts.iter().all(|c| c.contains("released")), "{conflicts:?}");
                    }
                    Err(other) => prop_assert!(false, "{other}"),
                }
            }
        }
    }
}
