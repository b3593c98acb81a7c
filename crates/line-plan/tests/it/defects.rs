//! A problem that breaks its invariants is refused with a sentence for each break.

use line_plan::*;

use crate::instances::{Plant, Recipe};

fn sound() -> Problem {
    let plant = Plant::new(&[("SMT", &["S1", "S2"]), ("ICT", &["I1"])], 2).model("radio", &[10.0, 20.0]).model("gauge", &[5.0, 5.0]);
    let plant = plant.made_on("radio", &[("S1", 1.0, 1), ("S2", 1.0, 1)]).made_on("radio", &[("I1", 1.0, 1)]);
    plant.made_on("gauge", &[("S2", 1.0, 1)]).problem
}

/// Breaks a sound problem and expects exactly this sentence.
#[track_caller]
fn check(break_it: impl FnOnce(&mut Problem), sentence: &str) {
    let mut problem = sound();
    break_it(&mut problem);
    assert_eq!(problem.defects(), [sentence]);
    let refused = solve(&problem, &Options::default(), &NoClock);
    assert_eq!(refused, Err(PlanError::Defects { defects: vec![sentence.to_owned()] }));
}

#[test]
fn sound_problems_have_none() {
    assert_eq!(sound().defects(), [""; 0]);
    assert_eq!(Problem::default().defects(), [""; 0]);
    assert_eq!(Recipe::plain(3, 3, 3, 20, 4).with_everything().problem().defects(), [""; 0]);
}

#[test]
fn numbers_out_of_range() {
    check(
        |p| p.capabilities[0].cycle_time_s = 0.0,
        r#"cycle time of line "S1" for the step of model "radio" in area "SMT" is 0, expected more than 0"#,
    );
    check(
        |p| p.capabilities[3].efficiency = 1.2,
        r#"efficiency of line "S2" for the step of model "gauge" in area "SMT" is 1.2, expected more than 0 and at most 1"#,
    );
    check(
        |p| p.capabilities[3].first_pass_yield = f64::NAN,
        r#"first-pass yield of line "S2" for the step of model "gauge" in area "SMT" is NaN, expected more than 0 and at most 1"#,
    );
    check(|p| p.demand[1].units = f64::INFINITY, "units of demand 1 is inf, expected 0 or more");
    check(|p| p.lines[0].hours_per_day = -1.0, r#"hours per day of line "S1" is -1, expected 0 or more"#);
    check(|p| p.models[1].tier = 0, r#"tier of model "gauge" is 0, expected 1 or more"#);
    check(|p| p.steps[0].passes = 0.0, r#"passes of the step of model "radio" in area "SMT" is 0, expected more than 0"#);
    check(
        |p| (p.capabilities[2].cycle_time_s, p.capabilities[2].efficiency) = (1e300, 1e-300),
        r#"hours per unit of line "I1" for the step of model "radio" in area "ICT" are out of range"#,
    );
}

#[test]
fn references_that_lead_nowhere() {
    check(|p| p.demand[0].model = 7, "demand 0 is for model 7, but there are 2 models");
    check(|p| p.demand[0].period = 2, "demand 0 is in period 2, but there are 2 periods");
    check(|p| p.capabilities[1].line = 9, "capability 1 names line 9, but there are 3 lines");
    check(|p| p.capabilities[1].step = 9, "capability 1 names step 9, but there are 3 steps");
    check(|p| p.areas[0].predecessors = vec![4], r#"area "SMT" names predecessor 4, but there are 2 areas"#);
    check(|p| p.lines[2].operating_days.truncate(1), r#"line "I1" has operating days for 1 periods, expected 2"#);
    check(|p| p.capabilities[2].line = 0, r#"line "S1" for the step of model "radio" in area "ICT" stands in another area than its step"#);
    check(
        |p| {
            let any = ChangeoverKey::Any;
            p.changeovers.push(Changeover { from: ChangeoverKey::Model(8), to: any, minutes: 5.0, line: None });
        },
        "changeover 0 names a model that does not exist",
    );
}

#[test]
fn things_given_twice() {
    check(|p| p.models[1].name = "radio".to_owned(), r#"model "radio" is named twice"#);
    check(|p| p.lines[1].name = "S1".to_owned(), r#"line "S1" of plant "Querétaro" is named twice"#);
    check(|p| p.periods[1].name = "2026".to_owned(), r#"period "2026" is named twice"#);
    check(|p| p.capabilities.push(p.capabilities[0].clone()), r#"line "S1" for the step of model "radio" in area "SMT" is given twice"#);
    check(|p| p.steps.push(p.steps[0].clone()), r#"the step of model "radio" in area "SMT" is given twice"#);
}

#[test]
fn areas_that_precede_each_other() {
    let circle = |p: &mut Problem| {
        p.areas[0].predecessors = vec![1];
        p.areas[1].predecessors = vec![0];
    };
    check(circle, "the areas SMT, ICT precede each other in a circle");
}

#[test]
fn all_breaks_are_told_at_once() {
    let mut problem = sound();
    problem.models[0].weight = -1.0;
    problem.capabilities[0].pieces_per_panel = 0.0;
    problem.demand[0].model = 99;
    assert_eq!(problem.defects().len(), 3);
}
