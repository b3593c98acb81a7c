//! The released plan: nothing changes without need, frozen periods hold, and what cannot be held is named.

use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Plant, Recipe, recipes, shuffled};

const CHANGED: &str = "hours changed against the released plan";

const EXACT: [PlanModel; 3] = [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild];

fn options(model: PlanModel) -> Options {
    Options { model, ..Options::default() }
}

fn frozen(model: PlanModel, periods: usize, tolerance: f64) -> Options {
    Options { frozen: Some(Frozen { periods, tolerance }), ..options(model) }
}

fn plan(problem: &Problem, options: &Options) -> Plan {
    let plan = solve(problem, options, &NoClock).expect("a plan");
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    plan
}

/// The problem with a plan released for it.
fn with_released(problem: &Problem, plan: &Plan) -> Problem {
    let released = |a: &Allocation| Released { capability: a.capability, period: a.period, units: a.units };
    Problem { released: plan.allocations.iter().map(released).collect(), ..problem.clone() }
}

fn stage(plan: &Plan, name: &str) -> f64 {
    plan.stages.iter().find(|s| s.name == name).unwrap_or_else(|| panic!("no stage {name:?}")).value
}

/// Hours by which the plan differs from what is released, counted from outside.
fn changed(problem: &Problem, plan: &Plan) -> f64 {
    let periods = problem.periods.len();
    let mut units = vec![0.0; problem.capabilities.len() * periods];
    plan.allocations.iter().for_each(|a| units[a.capability * periods + a.period] += a.units);
    problem.released.iter().for_each(|r| units[r.capability * periods + r.period] -= r.units);
    let told = units.iter().enumerate().filter(|(at, _)| problem.is_released(at % periods));
    told.map(|(at, units)| units.abs() * problem.hours_per_unit(at / periods)).sum()
}

fn made(problem: &Problem, plan: &Plan, line: &str, model: &str, period: usize) -> f64 {
    let is = |a: &&Allocation| {
        let c = &problem.capabilities[a.capability];
        a.period == period && problem.lines[c.line].name == line && problem.models[problem.steps[c.step].model].name == model
    };
    plan.allocations.iter().filter(is).map(|a| a.units).sum()
}

fn release(problem: &mut Problem, line: &str, model: &str, period: usize, units: f64) {
    let is = |c: &Capability| problem.lines[c.line].name == line && problem.models[problem.steps[c.step].model].name == model;
    let capability = problem.capabilities.iter().position(is).expect("a capability");
    problem.released.push(Released { capability, period, units });
}

fn conflicts(problem: &Problem, options: &Options) -> Vec<String> {
    match solve(problem, options, &NoClock) {
        Err(PlanError::Infeasible { conflicts }) => conflicts,
        other => panic!("expected a contradiction, found {other:?}"),
    }
}

/// Two equal lines, two equal models of 60 hours: whoever makes what, both lines run 60 hours.
fn twins() -> Problem {
    Plant::new(&[("SMT", &["S1", "S2"])], 1)
        .model("Dimmer", &[60.0])
        .model("Radio", &[60.0])
        .made_on("Dimmer", &[("S1", 1.0, 1), ("S2", 1.0, 1)])
        .made_on("Radio", &[("S1", 1.0, 1), ("S2", 1.0, 1)])
        .problem
}

#[test]
fn of_equally_good_plans_the_released_one_stays() {
    for (dimmer_on, radio_on) in [("S1", "S2"), ("S2", "S1")] {
        let mut problem = twins();
        release(&mut problem, dimmer_on, "Dimmer", 0, 60.0);
        release(&mut problem, radio_on, "Radio", 0, 60.0);
        for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild] {
            let plan = plan(&problem, &options(model));
            assert!((made(&problem, &plan, dimmer_on, "Dimmer", 0) - 60.0).abs() < 1e-6, "{model:?}");
            assert!((made(&problem, &plan, radio_on, "Radio", 0) - 60.0).abs() < 1e-6, "{model:?}");
            assert!(stage(&plan, CHANGED) < 1e-6, "{model:?}");
        }
    }
}

#[test]
fn balance_comes_before_the_released_plan() {
    // Released: all 80 hours on S1. The lines must be even, so half of them has to move, and no more.
    let mut problem = twins();
    problem.demand.iter_mut().for_each(|d| d.units = 40.0);
    release(&mut problem, "S1", "Dimmer", 0, 40.0);
    release(&mut problem, "S1", "Radio", 0, 40.0);
    let plan = plan(&problem, &options(PlanModel::Area));
    assert!((stage(&plan, "highest utilisation (%)") - 40.0).abs() < 1e-6);
    // 40 hours leave S1 and arrive on S2.
    assert!((stage(&plan, CHANGED) - 80.0).abs() < 1e-5, "{:?}", plan.stages);
}

#[test]
fn there_is_no_stage_without_a_released_plan() {
    let plan = plan(&twins(), &options(PlanModel::Finished));
    assert!(plan.stages.iter().all(|s| s.name != CHANGED));
}

#[test]
fn a_frozen_period_keeps_what_is_released_although_it_is_not_even() {
    let mut problem = twins();
    problem.demand.iter_mut().for_each(|d| d.units = 40.0);
    release(&mut problem, "S1", "Dimmer", 0, 40.0);
    release(&mut problem, "S1", "Radio", 0, 40.0);
    for model in EXACT {
        let exactly = plan(&problem, &frozen(model, 1, 0.0));
        assert!((made(&problem, &exactly, "S1", "Dimmer", 0) - 40.0).abs() < 1e-5, "{model:?}");
        assert!((stage(&exactly, "highest utilisation (%)") - 80.0).abs() < 1e-5, "{model:?}");
        assert!(stage(&exactly, CHANGED) < 1e-4, "{model:?}");
        // What is not released on S2 may not be made there, so the tolerance helps nobody.
        let about = plan(&problem, &frozen(model, 1, 0.25));
        assert!((stage(&about, "highest utilisation (%)") - 80.0).abs() < 1e-5, "{model:?}");
    }
}

#[test]
fn a_tolerance_evens_out_only_so_far() {
    let mut problem = twins();
    problem.demand.iter_mut().for_each(|d| d.units = 40.0);
    release(&mut problem, "S1", "Dimmer", 0, 30.0);
    release(&mut problem, "S2", "Dimmer", 0, 10.0);
    release(&mut problem, "S1", "Radio", 0, 30.0);
    release(&mut problem, "S2", "Radio", 0, 10.0);
    // S2 may make at most 11 of each, so S1 keeps 29 of each.
    for model in EXACT {
        let plan = plan(&problem, &frozen(model, 1, 0.1));
        assert!((stage(&plan, "highest utilisation (%)") - 58.0).abs() < 1e-5, "{model:?}: {:?}", plan.stages);
        assert!((stage(&plan, CHANGED) - 4.0).abs() < 1e-4, "{model:?}");
    }
}

#[test]
fn a_released_amount_that_nothing_allows_is_named_with_its_reason() {
    let mut problem = twins();
    release(&mut problem, "S1", "Dimmer", 0, 60.0);
    for model in EXACT {
        let mut late = problem.clone();
        late.capabilities.iter_mut().for_each(|c| c.approved = Window { first: 1, last: 1 });
        let found = conflicts(&late, &frozen(model, 1, 0.1));
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("line S1 of plant Querétaro makes 54 to 66 of Dimmer in 2026, 60 are released"), "{found:?}");
        assert!(found[0].contains("approved"), "{found:?}");
        let mut dead = problem.clone();
        dead.models[0].life = Window::NEVER;
        assert!(conflicts(&dead, &frozen(model, 1, 0.0))[0].contains("the program does not live"));
        let mut idle = problem.clone();
        idle.lines[0].operating_days = vec![0.0];
        assert!(conflicts(&idle, &frozen(model, 1, 0.0))[0].contains("the line has no hours"));
        let mut unwanted = problem.clone();
        unwanted.demand[0].units = 0.0;
        assert!(conflicts(&unwanted, &frozen(model, 1, 0.0))[0].contains("nothing of it is wanted"));
    }
}

#[test]
fn wishes_that_contradict_each_other_are_named_and_no_others() {
    // On S1 60 + 60 hours do not fit into 100; the 10 of Sensor on S2 have nothing to do with it.
    let mut problem = twins();
    problem.models.push(Model { name: "Sensor".to_owned(), ..problem.models[0].clone() });
    problem.demand.push(Demand { model: 2, period: 0, units: 10.0 });
    problem.steps.push(Step { model: 2, ..problem.steps[0].clone() });
    problem.capabilities.push(Capability { step: 2, ..problem.capabilities[1].clone() });
    release(&mut problem, "S1", "Dimmer", 0, 60.0);
    release(&mut problem, "S1", "Radio", 0, 60.0);
    release(&mut problem, "S2", "Sensor", 0, 10.0);
    for model in EXACT {
        let found = conflicts(&problem, &frozen(model, 1, 0.1));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("Dimmer") && found[1].contains("Radio"), "{found:?}");
        plan(&problem, &frozen(model, 1, 0.2));
    }
}

#[test]
fn an_amount_above_demand_is_named() {
    let mut problem = twins();
    release(&mut problem, "S1", "Dimmer", 0, 80.0);
    for model in EXACT {
        let found = conflicts(&problem, &frozen(model, 1, 0.2));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("80 are released; 60 are wanted"), "{found:?}");
    }
}

#[test]
fn areas_that_are_frozen_apart_contradict_only_as_finished_units() {
    let mut problem = Plant::new(&[("SMT", &["S1"]), ("Final", &["F1"])], 1)
        .model("Radio", &[60.0])
        .made_on("Radio", &[("S1", 1.0, 1)])
        .made_on("Radio", &[("F1", 1.0, 1)])
        .problem;
    release(&mut problem, "S1", "Radio", 0, 60.0);
    release(&mut problem, "F1", "Radio", 0, 40.0);
    plan(&problem, &frozen(PlanModel::Area, 1, 0.1));
    let found = conflicts(&problem, &frozen(PlanModel::Finished, 1, 0.1));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().any(|s| s.contains("line S1")) && found.iter().any(|s| s.contains("line F1")), "{found:?}");
    plan(&problem, &frozen(PlanModel::Finished, 1, 0.25));
}

#[test]
fn a_window_without_a_released_plan_or_a_tolerance_is_refused() {
    let mut problem = twins();
    assert!(conflicts(&problem, &frozen(PlanModel::Area, 1, 0.0)).iter().any(|s| s.contains("no plan is released for 2026")));
    release(&mut problem, "S1", "Dimmer", 0, 60.0);
    let wrong = solve(&problem, &frozen(PlanModel::Area, 1, f64::NAN), &NoClock);
    assert!(matches!(wrong, Err(PlanError::Defects { .. })), "{wrong:?}");
}

/// One line, two periods; 140 of 60 + 140 units can be made when 40 are built ahead.
fn ahead() -> Problem {
    let mut problem = Plant::new(&[("SMT", &["S1"])], 2).model("Radio", &[60.0, 140.0]).made_on("Radio", &[("S1", 1.0, 1)]).problem;
    release(&mut problem, "S1", "Radio", 0, 80.0);
    problem
}

#[test]
fn stock_is_built_ahead_within_the_frozen_window_only() {
    let problem = ahead();
    let free = plan(&problem, &options(PlanModel::Prebuild));
    assert!((made(&problem, &free, "S1", "Radio", 0) - 100.0).abs() < 1e-5, "{:?}", free.allocations);
    for (tolerance, first) in [(0.0, 80.0), (0.1, 88.0), (0.5, 100.0)] {
        let plan = plan(&problem, &frozen(PlanModel::Prebuild, 1, tolerance));
        assert!((made(&problem, &plan, "S1", "Radio", 0) - first).abs() < 1e-4, "{tolerance}: {:?}", plan.allocations);
        let unmet: f64 = plan.unmet.iter().map(|u| u.units).sum();
        assert!((unmet - (100.0 - first)).abs() < 1e-4, "{tolerance}: {:?}", plan.unmet);
    }
}

#[test]
fn stock_that_the_cover_does_not_permit_is_a_contradiction() {
    let mut problem = ahead();
    problem.demand[1].units = 20.0;
    // 80 are made, 60 are wanted, and the stock may be half of the 20 of the next period.
    let found = conflicts(&problem, &frozen(PlanModel::Prebuild, 1, 0.0));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("makes 80 of Radio in 2026 as released; 60 are wanted"), "{found:?}");
    plan(&problem, &frozen(PlanModel::Prebuild, 1, 0.2));
}

#[test]
fn in_a_frozen_period_only_short_lines_are_a_constraint() {
    let mut problem = twins();
    problem.demand[0].units = 90.0;
    release(&mut problem, "S1", "Dimmer", 0, 60.0);
    release(&mut problem, "S2", "Radio", 0, 60.0);
    for model in EXACT {
        let even = plan(&problem, &options(model));
        assert!(!even.constraints.is_empty(), "{model:?}");
        let held = plan(&problem, &frozen(model, 1, 0.0));
        assert!(held.constraints.is_empty(), "{model:?}: {:?}", held.constraints);
        assert_eq!(held.unmet[0].reason, Reason::Frozen, "{model:?}");
    }
    problem.demand[1].units = 120.0;
    problem.released.clear();
    release(&mut problem, "S1", "Radio", 0, 100.0);
    release(&mut problem, "S2", "Dimmer", 0, 60.0);
    let held = plan(&problem, &frozen(PlanModel::Area, 1, 0.0));
    assert!(held.constraints.iter().all(|c| c.lines.len() <= 1), "{:?}", held.constraints);
}

#[test]
fn released_entries_that_point_nowhere_are_defects() {
    let mut problem = twins();
    problem.released.push(Released { capability: 9, period: 3, units: -1.0 });
    assert_eq!(problem.defects().len(), 3, "{:?}", problem.defects());
}

#[test]
fn a_session_notices_another_released_plan() {
    let mut session = Session::new(twins());
    let mut answer = |line: &str, other: &str| {
        let problem = session.problem_mut();
        problem.released.clear();
        release(problem, line, "Dimmer", 0, 60.0);
        release(problem, other, "Radio", 0, 60.0);
        let plan = session.solve(&options(PlanModel::Finished), &NoClock).expect("a plan");
        made(session.problem(), &plan, line, "Dimmer", 0)
    };
    assert!((answer("S1", "S2") - 60.0).abs() < 1e-6);
    assert!((answer("S2", "S1") - 60.0).abs() < 1e-6);
}

#[test]
fn a_restricted_problem_keeps_what_was_released_for_the_rest() {
    let problem = Recipe { plants: 2, ..Recipe::plain(5, 2, 2, 6, 3) }.problem();
    let problem = with_released(&problem, &plan(&problem, &options(PlanModel::Finished)));
    let part = problem.restrict_plants(&["P1".to_owned()]).expect("a plant").restrict_periods(&[1, 2]);
    assert_eq!(part.defects(), Vec::<String>::new());
    let of_p1 = |r: &&Released| r.period > 0 && problem.lines[problem.capabilities[r.capability].line].plant == "P1";
    let expected: f64 = problem.released.iter().filter(of_p1).map(|r| r.units * problem.hours_per_unit(r.capability)).sum();
    let kept: f64 = part.released.iter().map(|r| r.units * part.hours_per_unit(r.capability)).sum();
    assert!(expected > 0.0 && (kept - expected).abs() < 1e-6 * expected, "{kept} of {expected}");
}

/// The values of the stages before the last.
fn earlier(plan: &Plan) -> Vec<(String, f64)> {
    plan.stages.iter().filter(|s| s.name != CHANGED).map(|s| (s.name.clone(), s.value)).collect()
}

fn same_stages(a: &[(String, f64)], b: &[(String, f64)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() <= 1e-6 * a.1.abs().max(1.0))
}

/// Utilisations of all lines, largest first.
fn levels(plan: &Plan) -> Vec<f64> {
    let level = |l: &LineLoad| if l.hours_available > 0.0 { l.hours_used / l.hours_available } else { 0.0 };
    let mut levels: Vec<f64> = plan.lines.iter().map(level).collect();
    levels.sort_by(|a, b| b.total_cmp(a));
    levels
}

fn hours(problem: &Problem) -> f64 {
    problem.lines.iter().map(|l| (0..problem.periods.len()).map(|t| l.hours(t)).sum::<f64>()).sum::<f64>().max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_unchanged_problem_changes_nothing(recipe in recipes()) {
        let problem = recipe.problem();
        for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild] {
            let before = plan(&problem, &options(model));
            let problem = with_released(&problem, &before);
            let after = plan(&problem, &options(model));
            prop_assert!(same_stages(&earlier(&before), &earlier(&after)), "{model:?}");
            if !problem.released.is_empty() {
                prop_assert!(stage(&after, CHANGED) <= 1e-7 * hours(&problem), "{model:?}: {:?}", after.stages);
            }
        }
    }

    #[test]
    fn after_an_edit_least_changes_and_nothing_else_is_lost(recipe in recipes(), pick in any::<prop::sample::Index>(), factor in 0.3..1.8) {
        let problem = recipe.problem();
        prop_assume!(!problem.demand.is_empty());
        for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild] {
            let mut edited = with_released(&problem, &plan(&problem, &options(model)));
            let at = pick.index(edited.demand.len());
            edited.demand[at].units *= factor;
            prop_assume!(!edited.released.is_empty());
            let heedless = plan(&Problem { released: Vec::new(), ..edited.clone() }, &options(model));
            let heeding = plan(&edited, &options(model));
            prop_assert!(same_stages(&earlier(&heedless), &earlier(&heeding)), "{model:?}: {:?} {:?}", heedless.stages, heeding.stages);
            let differs = levels(&heedless).iter().zip(levels(&heeding)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            prop_assert!(differs < 1e-6, "{model:?}: utilisations differ by {differs}");
            let (without, with) = (changed(&edited, &heedless), changed(&edited, &heeding));
            prop_assert!(with <= without + 1e-7 * hours(&problem), "{model:?}: {without} grew to {with}");
            prop_assert!((stage(&heeding, CHANGED) - with).abs() <= 1e-7 * hours(&problem));
        }
    }

    #[test]
    fn frozen_periods_stay_within_their_tolerance(recipe in recipes(), pick in any::<prop::sample::Index>(), tolerance in 0.0..0.3) {
        let problem = recipe.problem();
        prop_assume!(!problem.demand.is_empty());
        for model in EXACT {
            let before = plan(&problem, &options(model));
            let mut edited = with_released(&problem, &before);
            prop_assume!(edited.is_released(0));
            let at = pick.index(edited.demand.len());
            edited.demand[at].units *= 1.3;
            // More is wanted, so what was released still fits.
            let after = plan(&edited, &frozen(model, 1, tolerance));
            let units = |plan: &Plan, c: usize| plan.allocations.iter().filter(|a| a.capability == c && a.period == 0).map(|a| a.units).sum::<f64>();
            for c in 0..edited.capabilities.len() {
                let (was, is) = (units(&before, c), units(&after, c));
                prop_assert!((is - was).abs() <= tolerance * was + 1e-6 * was.max(1.0), "{model:?}: {was} became {is}");
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter_in_frozen_periods(recipe in recipes(), seed in any::<u64>()) {
        let problem = recipe.problem();
        let mixed = shuffled(&problem, seed);
        for model in EXACT {
            let (one, other) = (plan(&problem, &options(model)), plan(&mixed, &options(model)));
            prop_assume!(one.allocations.iter().any(|a| a.period == 0));
            let one = plan(&with_released(&problem, &one), &frozen(model, 1, 0.1));
            let other = plan(&with_released(&mixed, &other), &frozen(model, 1, 0.1));
            let told = |p: &Problem, plan: &Plan| {
                let line = |a: &Allocation| (&p.lines[p.capabilities[a.capability].line].name, a.period, a.units.to_bits());
                plan.allocations.iter().map(line).map(|(n, t, u)| format!("{n} {t} {u}")).collect::<Vec<_>>()
            };
            prop_assert_eq!(told(&problem, &one), told(&mixed, &other));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A tolerance that permits everything: the general solver has to find the same stages and levels as the structured simplex.
    #[test]
    fn a_frozen_window_that_binds_nothing_changes_no_stage(recipe in recipes()) {
        let mut problem = recipe.problem();
        let all = |periods: usize, c: usize| (0..periods).map(move |period| Released { capability: c, period, units: 1.0 });
        problem.released = (0..problem.capabilities.len()).flat_map(|c| all(recipe.periods, c)).collect();
        prop_assume!(!problem.released.is_empty());
        let (free, bound) = (plan(&problem, &options(PlanModel::Area)), plan(&problem, &frozen(PlanModel::Area, recipe.periods, 1e6)));
        prop_assert!(same_stages(&earlier(&free), &earlier(&bound)), "{:?} {:?}", free.stages, bound.stages);
        let differs = levels(&free).iter().zip(levels(&bound)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        prop_assert!(differs < 1e-6, "utilisations differ by {differs}");
        let (free_h, bound_h) = (stage(&free, CHANGED), stage(&bound, CHANGED));
        prop_assert!((free_h - bound_h).abs() <= 1e-6 * hours(&problem), "{free_h} hours changed, or {bound_h}");
        let (free, bound) = (plan(&problem, &options(PlanModel::Finished)), plan(&problem, &frozen(PlanModel::Finished, recipe.periods, 1e6)));
        let unmet = |plan: &Plan| earlier(plan).into_iter().filter(|s| s.0.starts_with("unmet")).collect::<Vec<_>>();
        prop_assert!(same_stages(&unmet(&free), &unmet(&bound)), "{:?} {:?}", free.stages, bound.stages);
    }
}
