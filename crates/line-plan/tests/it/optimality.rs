//! The exact readings agree with the whole plan as one linear program: brute textbook simplex on tiny plants, HiGHS on larger ones.

use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Recipe, cases, recipes};
use crate::reference::{Reference, Solver, highs, textbook};

const EXACT: [PlanModel; 3] = [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild];

const STAGED: [(PlanModel, Balance); 9] = [
    (PlanModel::Area, Balance::Off),
    (PlanModel::Area, Balance::Max),
    (PlanModel::Area, Balance::Leximin),
    (PlanModel::Finished, Balance::Off),
    (PlanModel::Finished, Balance::Max),
    (PlanModel::Finished, Balance::Leximin),
    (PlanModel::Prebuild, Balance::Off),
    (PlanModel::Prebuild, Balance::Max),
    (PlanModel::Prebuild, Balance::Leximin),
];

fn options(model: PlanModel) -> Options {
    Options { model, priority_reading: Some(PriorityReading::Preference), ..Options::default() }
}

fn close(found: f64, expected: f64, what: &str) -> Result<(), String> {
    let apart = (found - expected).abs();
    if apart <= 1e-6 * expected.abs().max(1.0) { Ok(()) } else { Err(format!("{what}: found {found}, expected {expected}")) }
}

/// Unmet weight by tier of a plan, added up from its entries.
fn unmet_by_tier(problem: &Problem, plan: &Plan, tier: u32) -> f64 {
    plan.unmet.iter().filter(|u| problem.models[u.model].tier == tier).map(|u| u.weight).sum()
}

/// The sum over plants, areas and periods of the highest utilisation.
fn highest_utilization(problem: &Problem, plan: &Plan) -> f64 {
    let mut highest = std::collections::BTreeMap::new();
    for load in plan.lines.iter().filter(|l| l.hours_available > 0.0) {
        let line = &problem.lines[load.line];
        let level = highest.entry((&line.plant, line.area, load.period)).or_insert(0.0_f64);
        *level = level.max(load.hours_used / load.hours_available);
    }
    highest.into_values().sum()
}

fn off_preferred(problem: &Problem, plan: &Plan) -> f64 {
    plan.allocations.iter().map(|a| f64::from(problem.capabilities[a.capability].priority - 1) * a.hours).sum()
}

/// Share of what is finished that a reference need not make: lines that are full to the last bit would leave it nothing but its rounding
/// to find an answer in.
const LEFT_OUT: f64 = 1e-11;

/// The same problem in which what a plan finishes is all that is wanted.
fn at_what_is_finished(problem: &Problem, plan: &Plan) -> Problem {
    let demand = |f: &Finished| Demand { model: f.model, period: f.period, units: f.finished * (1.0 - LEFT_OUT) };
    Problem { demand: plan.finished.iter().map(demand).collect(), ..problem.clone() }
}

/// Solves and compares the unmet weight of every tier.
fn check_unmet(problem: &Problem, options: &Options, solver: Solver) -> Result<Plan, String> {
    let plan = solve(problem, options, &NoClock).map_err(|e| e.to_string())?;
    if !plan.verification.holds() {
        return Err(format!("{:?} does not verify: {:?}", options.model, plan.verification));
    }
    for (tier, expected) in Reference::of(problem, options, solver).unmet_by_tier() {
        let what = format!("{:?}, {:?}, unmet weight of tier {tier}", options.model, options.weight);
        let found = unmet_by_tier(problem, &plan, tier);
        close(found, expected, &what)?;
    }
    Ok(plan)
}

/// Compares the highest utilisation too, not what comes after it: the room that a reference must leave is worth much where many lines
/// pass work on to each other.
pub fn check_level(problem: &Problem, model: PlanModel, solver: Solver) -> Result<(), String> {
    let options = options(model);
    let plan = check_unmet(problem, &options, solver)?;
    let mut reference = Reference::of(problem, &options, solver);
    match model {
        PlanModel::Area => drop(reference.unmet_by_tier()),
        _ => reference.fix_losses(&plan),
    }
    close(highest_utilization(problem, &plan), reference.highest_utilization(), "highest utilisation")
}

/// Compares the later stages too. Finished plans are compared at the finished units that they chose among equals.
pub fn check_stages(problem: &Problem, model: PlanModel, balance: Balance, solver: Solver) -> Result<(), String> {
    let options = Options { balance, ..options(model) };
    let plan = check_unmet(problem, &options, solver)?;
    let finished = at_what_is_finished(problem, &plan);
    let mut reference = match model {
        PlanModel::Area => Reference::of(problem, &options, solver),
        _ => Reference::of(&finished, &Options { model: PlanModel::Finished, ..options.clone() }, solver),
    };
    drop(reference.unmet_by_tier());
    let told = |stage: &str| format!("{model:?}, {balance:?}, {stage}");
    if balance != Balance::Off {
        close(highest_utilization(problem, &plan), reference.highest_utilization(), &told("highest utilisation"))?;
    }
    if balance != Balance::Leximin && problem.lines.iter().any(|l| l.overtime_hours_per_day > 0.0) {
        let found = plan.lines.iter().map(|l| l.overtime_hours).sum();
        close(found, reference.overtime(), &told("overtime"))?;
    }
    if balance == Balance::Leximin {
        // Leximin goes on to the last level before it looks at preferred lines, and leaves one load of every line.
        reference = match model {
            PlanModel::Area => Reference::of(problem, &options, solver),
            _ => Reference::of(&finished, &Options { model: PlanModel::Finished, ..options.clone() }, solver),
        };
        drop(reference.unmet_by_tier());
        reference.fix_loads(&plan, |_| 0.0);
        if problem.lines.iter().any(|l| l.overtime_hours_per_day > 0.0) {
            let found = plan.lines.iter().map(|l| l.overtime_hours).sum();
            close(found, reference.overtime(), &told("overtime"))?;
        }
    }
    close(off_preferred(problem, &plan), reference.off_preferred(), &told("hours off the preferred line"))?;
    Ok(())
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn the_two_references_agree(recipe in recipes()) {
        let recipe = Recipe { plants: 1, areas: recipe.areas.min(2), lines: recipe.lines.min(2), models: recipe.models.min(3), periods: recipe.periods.min(2), ..recipe };
        let problem = recipe.problem();
        for model in EXACT {
            let by_highs = Reference::of(&problem, &options(model), highs).unmet_by_tier();
            let by_hand = Reference::of(&problem, &options(model), textbook).unmet_by_tier();
            for ((_, a), (_, b)) in by_highs.iter().zip(&by_hand) {
                prop_assert!(close(*a, *b, "the references").is_ok(), "{model:?}: HiGHS {a}, textbook {b}");
            }
        }
    }

    #[test]
    fn tiny_plants_lose_no_more_than_they_must(recipe in recipes()) {
        let recipe = Recipe { areas: recipe.areas.min(2), lines: recipe.lines.min(2), models: recipe.models.min(4), periods: recipe.periods.min(2), ..recipe };
        let problem = recipe.problem();
        for model in EXACT {
            let found = check_unmet(&problem, &options(model), textbook);
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }

    #[test]
    fn small_plants_lose_no_more_than_they_must(recipe in recipes(), weight in prop_oneof![Just(Weight::Hours), Just(Weight::Units), Just(Weight::Money)]) {
        let problem = recipe.problem();
        for model in EXACT {
            let found = check_unmet(&problem, &Options { weight, ..options(model) }, highs);
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }

    #[test]
    fn small_plants_are_evened_out_and_prefer_lines(recipe in recipes()) {
        // Where plants share models it is open which of them is evened out first; with overtime, utilisation goes before it.
        let problem = Recipe { shared: false, overtime: false, ..recipe }.problem();
        for (model, balance) in STAGED {
            let found = check_stages(&problem, model, balance, highs);
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }
}

/// Utilisations of the lines with hours in a period, highest first.
fn levels(plan: &Plan, period: usize) -> Vec<f64> {
    let here = plan.lines.iter().filter(|l| l.period == period && l.hours_available > 0.0);
    let mut levels: Vec<f64> = here.map(|l| l.hours_used / l.hours_available).collect();
    levels.sort_by(|a, b| b.total_cmp(a));
    levels
}

/// Share of what is finished that the reference need not make.
const ROUNDING: f64 = 1e-9;

/// Compares every level of every period with those of the reference. Plans of finished units are compared at the units that they finish.
fn check_levels(problem: &Problem, model: PlanModel) -> Result<(), String> {
    let options = options(model);
    let plan = check_unmet(problem, &options, highs)?;
    let mut finished = problem.clone();
    if model != PlanModel::Area {
        // Lines that are full to the last bit would leave the reference nothing but its rounding to find an answer in.
        let demand = |f: &Finished| Demand { model: f.model, period: f.period, units: f.finished * (1.0 - ROUNDING) };
        finished.demand = plan.finished.iter().map(demand).collect();
    }
    let (read, nothing) = (if model == PlanModel::Area { model } else { PlanModel::Finished }, Plan { unmet: Vec::new(), ..plan.clone() });
    for period in 0..problem.periods.len() {
        let mut reference = Reference::of(&finished, &Options { model: read, ..options.clone() }, highs);
        match model {
            PlanModel::Area => reference.fix_tiers(&plan),
            _ => reference.fix_losses(&nothing),
        }
        for (at, (found, expected)) in levels(&plan, period).into_iter().zip(reference.leximin(period)).enumerate() {
            close(found, expected, &format!("{model:?}, level {} of period {period}", at + 1))?;
        }
    }
    Ok(())
}

/// Compares the stock of a prebuild plan, which is least once nothing more can be sold.
fn check_stock(problem: &Problem) -> Result<(), String> {
    let options = options(PlanModel::Prebuild);
    let plan = check_unmet(problem, &options, highs)?;
    let mut reference = Reference::of(problem, &options, highs);
    drop(reference.unmet_by_tier());
    let stocked: f64 = plan.finished.iter().map(|f| f.stock * reference.hours_of_unit(f.model)).sum();
    close(stocked, reference.stock(), "stock")
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn every_level_is_as_low_as_the_levels_before_it_permit(recipe in recipes()) {
        let problem = Recipe { shared: false, ..recipe }.problem();
        for model in EXACT {
            let found = check_levels(&problem, model);
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }

    #[test]
    fn no_more_is_stocked_than_selling_needs(recipe in recipes()) {
        let found = check_stock(&recipe.problem());
        prop_assert!(found.is_ok(), "{}", found.unwrap_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn small_plants_with_overtime_use_no_more_than_they_must(recipe in recipes()) {
        let problem = Recipe { shared: false, overtime: true, ..recipe }.problem();
        for (model, balance) in STAGED {
            let found = check_stages(&problem, model, balance, highs);
            prop_assert!(found.is_ok(), "{}", found.unwrap_err());
        }
    }
}

/// Plants in which a little of an earlier stage, given up within a tolerance, was worth much to a later one.
#[test]
fn no_stage_with_stock_is_traded_for_a_later_one() {
    let (steps, shared) = (true, true);
    let stocked = Recipe { plants: 2, load: 1.5798005646491138, steps, shared, ..Recipe::plain(3510985295318853420, 1, 2, 5, 3) };
    check_stock(&stocked.problem()).unwrap_or_else(|told| panic!("{told}"));
    let (gaps, tiers, overtime, uneven) = (true, true, true, false);
    let tiered =
        Recipe { load: 1.3563491880800922, steps, gaps, tiers, overtime, uneven, ..Recipe::plain(18124059722495392663, 2, 1, 5, 2) };
    let money = Options { weight: Weight::Money, ..options(PlanModel::Prebuild) };
    check_unmet(&tiered.problem(), &money, highs).unwrap_or_else(|told| panic!("{told}"));
}

#[test]
fn larger_plants_agree_with_highs() {
    for seed in 1..=4 {
        let plain = Recipe::plain(seed, 4, 5, 40, 3);
        for recipe in [plain.clone(), plain.clone().with_everything(), Recipe { plants: 2, load: 1.2, ..plain.with_everything() }] {
            let problem = recipe.problem();
            for model in EXACT {
                if let Err(found) = check_unmet(&problem, &options(model), highs) {
                    panic!("{found}\n{recipe:?}");
                }
            }
        }
        for uneven in [false, true] {
            let problem = Recipe { uneven, ..Recipe::plain(seed, 3, 6, 40, 2) }.problem();
            for (model, balance) in STAGED {
                if let Err(found) = check_stages(&problem, model, balance, highs) {
                    panic!("{found}\nseed {seed}");
                }
            }
        }
    }
}
