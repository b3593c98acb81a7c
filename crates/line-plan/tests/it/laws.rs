//! What every exact plan keeps, whatever the plant: the order of rows does not matter, nothing is lost, more hours never hurt.

use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Recipe, cases, recipes, shuffled};

const EXACT: [PlanModel; 3] = [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild];

fn plan(problem: &Problem, model: PlanModel) -> Plan {
    solve(problem, &Options { model, ..Options::default() }, &NoClock).expect("a well-formed problem")
}

/// Everything that a plan says, in names, figure for figure.
fn told(problem: &Problem, plan: &Plan) -> Vec<String> {
    let line = |l: usize| format!("{}/{}", problem.lines[l].plant, problem.lines[l].name);
    let lines = |ls: &[usize]| ls.iter().map(|l| line(*l)).collect::<Vec<_>>().join(",");
    let mut told = Vec::new();
    for a in &plan.allocations {
        let c = &problem.capabilities[a.capability];
        let step = &problem.steps[c.step];
        told.push(format!(
            "make {} {} {} {} {:e} {:e}",
            line(c.line),
            problem.models[step.model].name,
            step.name,
            a.period,
            a.units,
            a.hours
        ));
    }
    for u in &plan.unmet {
        let (model, area) = (&problem.models[u.model].name, &problem.areas[u.area].name);
        told.push(format!("lack {model} {area} {} {:e} {:e} {:?} {}", u.period, u.units, u.weight, u.reason, lines(&u.limiting_lines)));
    }
    for l in &plan.lines {
        told.push(format!("load {} {} {:e} {:e} {:e}", line(l.line), l.period, l.hours_used, l.overtime_hours, l.hour_price));
    }
    for f in &plan.finished {
        told.push(format!("done {} {} {:e} {:e} {:e}", problem.models[f.model].name, f.period, f.finished, f.delivered, f.stock));
    }
    for c in &plan.constraints {
        let models: Vec<&str> = c.models.iter().map(|m| problem.models[*m].name.as_str()).collect();
        told.push(format!(
            "tight {} {} {} {models:?} {:e} {}",
            problem.areas[c.area].name,
            c.period,
            lines(&c.lines),
            c.hours_needed,
            c.short
        ));
    }
    for g in &plan.gains {
        told.push(match g {
            Gain::Approval { step, line: l, period, units, weight } => {
                format!(
                    "approve {} {} {} {period} {units:e} {weight:e}",
                    problem.models[problem.steps[*step].model].name,
                    problem.steps[*step].name,
                    line(*l)
                )
            }
            Gain::Shift { line: l, period, hours, units, weight } => format!("shift {} {period} {hours:e} {units:e} {weight:e}", line(*l)),
        });
    }
    told.extend(plan.stages.iter().map(|s| format!("stage {} {:e}", s.name, s.value)));
    told
}

/// The first thing that two plans tell differently.
fn difference(a: &[String], b: &[String]) -> Option<(String, String)> {
    let missing = || "nothing".to_owned();
    let at = (0..a.len().max(b.len())).find(|i| a.get(*i) != b.get(*i))?;
    Some((a.get(at).cloned().unwrap_or_else(missing), b.get(at).cloned().unwrap_or_else(missing)))
}

fn unmet_weight(plan: &Plan) -> f64 {
    plan.unmet.iter().map(|u| u.weight).sum()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_order_of_rows_never_changes_the_answer(recipe in recipes(), seed in any::<u64>()) {
        let problem = recipe.problem();
        let mixed = shuffled(&problem, seed);
        prop_assert_eq!(mixed.defects(), Vec::<String>::new());
        for model in EXACT {
            let differs = difference(&told(&problem, &plan(&problem, model)), &told(&mixed, &plan(&mixed, model)));
            prop_assert_eq!(differs, None);
        }
    }

    #[test]
    fn the_same_input_gives_the_same_plan_on_any_number_of_threads(recipe in recipes()) {
        let problem = recipe.problem();
        for model in EXACT {
            let once = plan(&problem, model);
            prop_assert_eq!(&once, &plan(&problem, model));
            let options = Options { model, threads: 3, ..Options::default() };
            let threaded = solve(&problem, &options, &NoClock).expect("a well-formed problem");
            prop_assert_eq!(difference(&told(&problem, &once), &told(&problem, &threaded)), None);
        }
    }

    #[test]
    fn every_plan_verifies(recipe in recipes(), weight in prop_oneof![Just(Weight::Hours), Just(Weight::Units), Just(Weight::Money)]) {
        let problem = recipe.problem();
        for model in EXACT {
            let plan = solve(&problem, &Options { model, weight, ..Options::default() }, &NoClock).expect("a well-formed problem");
            let found = verify(&problem, &plan);
            prop_assert!(found.holds(), "{model:?}: {found:?}");
            prop_assert!(plan.verification.holds());
        }
    }

    #[test]
    fn more_hours_never_lose_more(recipe in recipes(), pick in any::<prop::sample::Index>()) {
        // One tier: with several, hours for the first tier's sake may rightly cost a later one.
        let problem = Recipe { tiers: false, ..recipe }.problem();
        let mut longer = problem.clone();
        let line = pick.index(longer.lines.len());
        longer.lines[line].hours_per_day += 1.0;
        for model in EXACT {
            let (before, after) = (unmet_weight(&plan(&problem, model)), unmet_weight(&plan(&longer, model)));
            prop_assert!(after <= before + 1e-6 * before.max(1.0), "{model:?}: {before} grew to {after}");
        }
    }

    #[test]
    fn freer_readings_lose_no_more(recipe in recipes()) {
        // Finished units link the areas; stock may be left unused. So weights of finished units fall from V2 to V3.
        let problem = Recipe { tiers: false, ..recipe }.problem();
        let (finished, prebuild) = (unmet_weight(&plan(&problem, PlanModel::Finished)), unmet_weight(&plan(&problem, PlanModel::Prebuild)));
        prop_assert!(prebuild <= finished + 1e-6 * finished.max(1.0), "{finished} grew to {prebuild}");
    }

    #[test]
    fn no_exact_plan_loses_more_than_the_baseline_rule(recipe in recipes()) {
        let problem = Recipe { tiers: false, ..recipe }.problem();
        let (baseline, exact) = (unmet_weight(&plan(&problem, PlanModel::Baseline)), unmet_weight(&plan(&problem, PlanModel::Area)));
        prop_assert!(exact <= baseline + 1e-6 * baseline.max(1.0), "baseline {baseline}, exact {exact}");
    }
}
