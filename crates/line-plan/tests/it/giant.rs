//! Plants whose lines all hang together and are too many for a dense working basis: the same answers as HiGHS on the whole.

use line_plan::*;

use crate::cells::{capability, cells, line, model};
use crate::instances::Dice;
use crate::optimality::{check_level, check_stages};
use crate::reference::highs;

/// Areas of so many lines; every model can be made on five lines of each, at hours that differ.
fn plant(seed: u64, areas: usize, lines: usize, load: f64, overtime: bool) -> Problem {
    let mut dice = Dice(seed);
    let mut problem = Problem::default();
    problem.periods.push(Period { name: "2026".to_owned(), operating_days: 20.0 });
    for a in 0..areas {
        problem.areas.push(Area { name: format!("A{a}"), order: a as u32, predecessors: vec![] });
        for l in 0..lines {
            problem.lines.push(Line {
                hours_per_day: 14.0 + 3.0 * dice.below(3) as f64,
                overtime_hours_per_day: if overtime && dice.chance(0.3) { 2.0 } else { 0.0 },
                ..line(format!("A{a}-L{l}"), a, 1)
            });
        }
    }
    for m in 0..2 * lines {
        let weight = 1.0 + dice.below(2) as f64;
        problem.models.push(Model { tier: 1 + dice.below(2) as u32, ..model(format!("M{m}"), weight) });
        for a in 0..areas {
            problem.steps.push(Step { model: m, area: a, name: String::new(), passes: 1.0 });
            let first = dice.below(lines);
            for l in 0..5 {
                let (step, line) = (problem.steps.len() - 1, a * lines + (first + l * (1 + m % 7)) % lines);
                let cycle_time_s = dice.between(50.0, 75.0);
                problem.capabilities.push(Capability { priority: 1 + dice.below(3) as u32, ..capability(step, line, cycle_time_s) });
            }
        }
        let units = (load * 8_000.0 * dice.between(0.2, 1.8)).round();
        problem.demand.push(Demand { model: m, period: 0, units });
    }
    problem
}

#[test]
fn many_lines_that_hang_together_agree_with_highs() {
    for (seed, load) in [(1, 0.8), (2, 1.1)] {
        let problem = plant(seed, 1, 320, load, false);
        check_level(&problem, PlanModel::Area, highs).unwrap_or_else(|told| panic!("{told}, seed {seed}"));
    }
    let problem = plant(3, 1, 320, 1.1, true);
    check_stages(&problem, PlanModel::Area, Balance::Off, highs).unwrap_or_else(|told| panic!("{told}"));
}

#[test]
fn areas_of_many_lines_finish_together_like_highs() {
    let problem = plant(4, 2, 310, 1.1, false);
    check_level(&problem, PlanModel::Finished, highs).unwrap_or_else(|told| panic!("{told}"));
}

#[test]
fn ten_thousand_lines_are_planned_over_several_periods() {
    let problem = cells(500, 2);
    assert_eq!(problem.lines.len(), 10_000);
    for model in [PlanModel::Area, PlanModel::Finished] {
        let plan = solve(&problem, &Options { model, gains: 0, ..Options::default() }, &NoClock).expect("a plan");
        assert!(plan.verification.holds(), "{model:?}: {:?}", plan.verification);
        assert_eq!(plan.status, Status::Optimal, "{model:?}: {:?}", plan.stages);
        assert!(!plan.unmet.is_empty(), "{model:?}: demand that fits everywhere would prove little");
    }
}

#[test]
fn stock_of_a_thousand_lines_is_built_ahead_over_several_periods() {
    let problem = cells(50, 3);
    let loss = |model: PlanModel| {
        let plan = solve(&problem, &Options { model, gains: 0, ..Options::default() }, &NoClock).expect("a plan");
        assert!(plan.verification.holds(), "{model:?}: {:?}", plan.verification);
        assert_eq!(plan.status, Status::Optimal, "{model:?}: {:?}", plan.stages);
        plan.stages[0].value
    };
    let (with, without) = (loss(PlanModel::Prebuild), loss(PlanModel::Finished));
    assert!(0.0 < with && with < 0.99 * without, "stock saves something: {with} of {without}");
}

/// Lines in a chain, each with a model of its own and one that it shares with the next, all as released and frozen within a share.
fn chain(lines: usize) -> Problem {
    let mut dice = Dice(11);
    let mut problem = cells(0, 1);
    problem.areas.truncate(1);
    for l in 0..lines {
        problem.lines.push(line(format!("L{l:05}"), 0, 1));
        for (kind, on) in [("own", vec![l]), ("shared", vec![l, (l + 1) % lines])] {
            let units = dice.between(20.0, 150.0);
            problem.demand.push(Demand { model: problem.models.len(), period: 0, units });
            problem.steps.push(Step { model: problem.models.len(), area: 0, name: String::new(), passes: 1.0 });
            problem.models.push(model(format!("M{l:05} {kind}"), 1.0));
            let share = units / on.len() as f64;
            for line in on {
                problem.released.push(Released { capability: problem.capabilities.len(), period: 0, units: share });
                problem.capabilities.push(Capability { efficiency: 1.0, ..capability(problem.steps.len() - 1, line, 3600.0) });
            }
        }
    }
    problem
}

#[test]
fn levels_beyond_the_limit_are_told_and_counted() {
    let problem = chain(2_000);
    let frozen = Some(Frozen { periods: 1, tolerance: 0.3 });
    let plan = solve(&problem, &Options { frozen, gains: 0, ..Options::default() }, &NoClock).expect("a plan");
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    assert!(plan.unmet.is_empty(), "everything was released within the hours there are");
    assert_eq!(plan.status, Status::LimitReached { gap: 0.0 });
    let uneven = plan.stages.iter().find(|stage| stage.name.starts_with("lines not evened out")).expect("a stage that says so");
    assert!(0.0 < uneven.value && uneven.value < 2_000.0 && uneven.bound == 0.0, "{uneven:?}");
    // The first level is found all the same: no line can be below it while none is above it.
    let highest = plan.lines.iter().map(|line| line.hours_used / line.hours_available).fold(0.0, f64::max);
    let capped = solve(&problem, &Options { frozen, gains: 0, balance: Balance::Max, ..Options::default() }, &NoClock).expect("a plan");
    assert_eq!(capped.status, Status::Optimal);
    let least = capped.lines.iter().map(|line| line.hours_used / line.hours_available).fold(0.0, f64::max);
    assert!((highest - least).abs() < 1e-6, "{highest}, {least}");
}
