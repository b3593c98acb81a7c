//! The desktop rule on plants small enough to follow with a pencil.

use line_plan::*;

use crate::instances::{Plant, Recipe};

fn baseline(problem: &Problem) -> Plan {
    let options = Options { model: PlanModel::Baseline, ..Options::default() };
    solve(problem, &options, &NoClock).expect("a well-formed problem")
}

fn made(problem: &Problem, plan: &Plan, model: &str, line: &str) -> f64 {
    let here = plan.allocations.iter().filter(|a| {
        let c = &problem.capabilities[a.capability];
        problem.models[problem.steps[c.step].model].name == model && problem.lines[c.line].name == line
    });
    here.map(|a| a.units).sum()
}

#[test]
fn lines_fill_in_sheet_order_and_the_rest_goes_to_the_next() {
    let plant = Plant::new(&[("SMT", &["S1", "S2"])], 1).model("radio", &[150.0]).model("gauge", &[40.0]);
    let problem = plant.made_on("radio", &[("S1", 1.0, 1), ("S2", 2.0, 1)]).made_on("gauge", &[("S2", 1.0, 1)]).problem;
    let plan = baseline(&problem);
    // 100 h of S1 make 100 radios; the other 50 take all 100 h of S2 and leave nothing for the gauges.
    assert_eq!(made(&problem, &plan, "radio", "S1"), 100.0);
    assert_eq!(made(&problem, &plan, "radio", "S2"), 50.0);
    assert_eq!(plan.unmet.len(), 1);
    let gauges = &plan.unmet[0];
    assert_eq!((gauges.units, gauges.weight, gauges.reason), (40.0, 40.0, Reason::Capacity));
    assert_eq!(gauges.limiting_lines, [1]);
    assert_eq!(plan.status, Status::Heuristic);
    assert!(plan.verification.holds(), "{:?}", plan.verification);
}

#[test]
fn the_first_priority_level_goes_before_the_sheet_order() {
    let plant = Plant::new(&[("SMT", &["S1"])], 1).model("radio", &[100.0]).model("gauge", &[40.0]);
    let problem = plant.made_on("radio", &[("S1", 1.0, 2)]).made_on("gauge", &[("S1", 1.0, 1)]).problem;
    let plan = baseline(&problem);
    assert_eq!(made(&problem, &plan, "gauge", "S1"), 40.0);
    assert_eq!(made(&problem, &plan, "radio", "S1"), 60.0);
}

#[test]
fn models_follow_in_the_order_in_which_the_lines_list_them() {
    // S1 lists the gauge only; so the gauge is served first, although the radio's rows come first in the sheet.
    let plant = Plant::new(&[("SMT", &["S1", "S2"])], 1).model("radio", &[100.0]).model("gauge", &[150.0]);
    let problem = plant.made_on("radio", &[("S2", 1.0, 1)]).made_on("gauge", &[("S1", 1.0, 1), ("S2", 1.0, 1)]).problem;
    let plan = baseline(&problem);
    assert_eq!(made(&problem, &plan, "gauge", "S2"), 50.0);
    assert_eq!(made(&problem, &plan, "radio", "S2"), 50.0);
}

#[test]
fn finished_units_are_the_least_over_the_areas() {
    let plant = Plant::new(&[("SMT", &["S1"]), ("ICT", &["I1"])], 1).model("radio", &[100.0]);
    let problem = plant.made_on("radio", &[("S1", 0.5, 1)]).made_on("radio", &[("I1", 4.0, 1)]).problem;
    let plan = baseline(&problem);
    assert_eq!(plan.finished.len(), 1);
    assert_eq!((plan.finished[0].demand, plan.finished[0].finished, plan.finished[0].delivered), (100.0, 25.0, 25.0));
    let [unmet] = &plan.unmet[..] else { panic!("one area is short, found {:?}", plan.unmet) };
    assert_eq!((unmet.area, unmet.units, unmet.weight), (1, 75.0, 300.0));
}

#[test]
fn reasons_name_what_is_missing() {
    let never = Window { first: 5, last: 9 };
    let plant = Plant::new(&[("SMT", &["S1", "S2"])], 1).model("dead", &[1.0]).model("unapproved", &[1.0]).model("orphan", &[1.0]);
    let plant = plant.model("idle", &[1.0]).model("unrouted", &[1.0]).made_on("dead", &[("S1", 1.0, 1)]).made_on("orphan", &[]);
    let mut problem = plant.made_on("unapproved", &[("S1", 1.0, 1)]).made_on("idle", &[("S2", 1.0, 1)]).problem;
    problem.models[0].life = never;
    problem.capabilities[1].approved = never;
    problem.steps.push(Step { model: 2, area: 0, name: String::new(), passes: 1.0 });
    problem.lines[1].hours_per_day = 0.0;
    let plan = baseline(&problem);
    let mut reasons: Vec<(usize, Reason)> = plan.unmet.iter().map(|u| (u.model, u.reason)).collect();
    reasons.sort_unstable();
    let expected = [
        (0, Reason::OutsideProgramLife),
        (1, Reason::NotApproved),
        (2, Reason::NoCapability),
        (3, Reason::NoHours),
        (4, Reason::NoCapability),
    ];
    assert_eq!(reasons, expected);
    assert!(plan.verification.holds(), "{:?}", plan.verification);
}

#[test]
fn every_step_of_a_family_is_filled() {
    let plant = Plant::new(&[("SMT", &["S1", "S2"])], 1).model("dashboard", &[100.0]).made_on("dashboard", &[("S1", 0.5, 1)]);
    let mut problem = plant.problem;
    problem.steps[0].name = "top".to_owned();
    problem.steps.push(Step { model: 0, area: 0, name: "bottom".to_owned(), passes: 2.0 });
    problem.capabilities.push(Capability { step: 1, line: 1, ..problem.capabilities[0].clone() });
    problem.capabilities[1].cycle_time_s = 3600.0;
    let plan = baseline(&problem);
    // The top needs 50 h of S1; the bottom 2 h a unit, so that S2 makes only 50.
    assert_eq!(plan.allocations.iter().map(|a| (a.capability, a.units, a.hours)).collect::<Vec<_>>(), [(0, 100.0, 50.0), (1, 50.0, 100.0)]);
    assert_eq!(plan.unmet[0].units, 50.0);
    assert_eq!(plan.unmet[0].limiting_lines, [1]);
    assert_eq!(plan.unmet[0].weight, 50.0 * 2.5);
}

#[test]
fn a_model_of_two_plants_is_made_once() {
    let plant = Plant::new(&[("SMT", &["S1", "S2"])], 1).model("radio", &[120.0]);
    let mut problem = plant.made_on("radio", &[("S1", 1.0, 1), ("S2", 1.0, 1)]).problem;
    problem.lines[1].plant = "Sibiu".to_owned();
    let plan = baseline(&problem);
    assert_eq!(made(&problem, &plan, "radio", "S1"), 100.0);
    assert_eq!(made(&problem, &plan, "radio", "S2"), 20.0);
    assert!(plan.unmet.is_empty());
}

#[test]
fn odd_plants_are_answered() {
    let empty = baseline(&Problem::default());
    assert!(empty.allocations.is_empty() && empty.verification.holds());
    let mut huge = Recipe::plain(1, 2, 2, 5, 2).problem();
    for d in &mut huge.demand {
        d.units = 1e9;
    }
    let plan = baseline(&huge);
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    assert!(plan.lines.iter().all(|l| l.hours_used <= l.hours_available * (1.0 + 1e-9)));
}
