//! Constraints and gains on plants small enough to reckon by hand; solving again is done by HiGHS on the plain linear program.

use super::*;
use crate::assemble::{Answer, Made, assemble};
use crate::highs::{Highs, Program};
use crate::options::{Options, PlanModel, Weight};
use crate::order::Order;
use crate::plan::{Gain, Plan, Reason, Status};
use crate::problem::*;

/// One area; every line 100 hours, every unit as many hours as stated.
fn plant(lines: &[&str], models: &[(&str, f64, &[(usize, f64)])]) -> Problem {
    let mut problem = Problem {
        released: Vec::new(),
        shift_patterns: Vec::new(),
        areas: vec![Area { name: "SMT".to_owned(), order: 0, predecessors: vec![] }],
        periods: vec![Period { name: "2027".to_owned(), operating_days: 10.0 }],
        ..Problem::default()
    };
    for name in lines {
        problem.lines.push(Line {
            name: (*name).to_owned(),
            plant: "Sibiu".to_owned(),
            area: 0,
            hours_per_day: 10.0,
            overtime_hours_per_day: 0.0,
            operating_days: vec![10.0],
            maintenance_hours: vec![],
            opening_cost: 0.0,
        });
    }
    for (model, (name, units, on)) in models.iter().enumerate() {
        problem.models.push(Model {
            name: (*name).to_owned(),
            customer: String::new(),
            program: String::new(),
            family: String::new(),
            weight: 1.0,
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        });
        problem.demand.push(Demand { model, period: 0, units: *units });
        problem.steps.push(Step { model, area: 0, name: String::new(), passes: 1.0 });
        for (line, hours) in *on {
            problem.capabilities.push(Capability {
                step: model,
                line: *line,
                cycle_time_s: hours * 3600.0,
                efficiency: 1.0,
                first_pass_yield: 1.0,
                pieces_per_panel: 1.0,
                priority: 1,
                minimum_lot: 0.0,
                approved: Window::ALWAYS,
            });
        }
    }
    problem
}

/// The least unmet weight of the area reading with weight in units.
fn resolve(problem: &Problem, options: &Options) -> Option<Remainder> {
    assert_eq!((options.model, options.weight), (PlanModel::Area, Weight::Units));
    let mut program = Program::default();
    let made: Vec<usize> = problem.capabilities.iter().map(|_| program.column(0.0, 0.0, f64::INFINITY)).collect();
    let lost: Vec<usize> = problem.demand.iter().map(|d| program.column(problem.models[d.model].weight, 0.0, d.units)).collect();
    for (d, unmet) in problem.demand.iter().zip(&lost) {
        let of_model = (0..made.len()).filter(|c| problem.steps[problem.capabilities[*c].step].model == d.model);
        program.row(d.units, d.units, of_model.map(|c| (made[c], 1.0)).chain([(*unmet, 1.0)]));
    }
    for (l, line) in problem.lines.iter().enumerate() {
        let on_line = (0..made.len()).filter(|c| problem.capabilities[*c].line == l && problem.capabilities[*c].approved.contains(0));
        program.row(0.0, line.hours(0), on_line.map(|c| (made[c], problem.hours_per_unit(c))));
    }
    let mut highs = Highs::new(&program).ok()?;
    highs.run().ok()?;
    let values = highs.values().ok()?;
    let unmet = lost.iter().zip(&problem.demand).map(|(column, d)| (values.columns[*column], problem.models[d.model].weight));
    let (units, weight) = unmet.fold((0.0, 0.0), |sum, (units, weight)| (sum.0 + units, sum.1 + units * weight));
    Some(Remainder { units, weight })
}

fn planned(problem: &Problem, order: &Order, made: &[(u32, f64)]) -> Plan {
    let made = made.iter().map(|(capability, units)| Made { capability: *capability, period: 0, units: *units }).collect();
    let options = Options { model: PlanModel::Area, ..Options::default() };
    assemble(problem, &options, order, Answer { made, ..Answer::new(Status::Optimal) })
}

/// Radios may go to S1 and S2 and are short; gauges share S2 and S3; cables have S4 almost for themselves.
fn short() -> Problem {
    plant(
        &["S1", "S2", "S3", "S4"],
        &[("radio", 200.0, &[(0, 1.0), (1, 1.0)]), ("gauge", 130.0, &[(1, 1.0), (2, 1.0)]), ("cable", 40.0, &[(3, 1.0)])],
    )
}

#[test]
fn the_tight_set_follows_the_alternating_paths() {
    let problem = short();
    let order = Order::of(&problem);
    // 170 of 200 radios: S1 full, S2 shared with 30 gauges, S3 full of gauges.
    let plan = planned(&problem, &order, &[(0, 100.0), (1, 70.0), (2, 30.0), (3, 100.0), (4, 40.0)]);
    let [unmet] = &plan.unmet[..] else { panic!("radios are short") };
    assert_eq!((unmet.reason, &unmet.limiting_lines[..]), (Reason::Capacity, &[0, 1][..]));
    let found = constraints(&Scene::of(&problem, &order, &plan), &plan);
    assert_eq!(found.len(), 1, "S4 lies in an area that has a constraint already");
    assert_eq!(found[0].lines, [0, 1, 2]);
    assert_eq!(found[0].models, [1, 0], "gauge and radio, by name");
    assert_eq!((found[0].hours_needed, found[0].hours_available, found[0].short), (330.0, 300.0, true));
}

#[test]
fn where_nothing_is_short_the_fullest_level_is_the_constraint() {
    let problem = plant(&["S1", "S2", "S3"], &[("radio", 120.0, &[(0, 1.0), (1, 1.0)]), ("cable", 40.0, &[(2, 1.0)])]);
    let order = Order::of(&problem);
    let plan = planned(&problem, &order, &[(0, 60.0), (1, 60.0), (2, 40.0)]);
    let found = constraints(&Scene::of(&problem, &order, &plan), &plan);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].lines[..], &found[0].models[..]), (&[0, 1][..], &[0][..]));
    assert_eq!((found[0].hours_needed, found[0].hours_available, found[0].short), (120.0, 200.0, false));
}

#[test]
fn gains_are_solved_again_and_name_different_steps() {
    let problem = short();
    let order = Order::of(&problem);
    let plan = planned(&problem, &order, &[(0, 100.0), (1, 70.0), (2, 30.0), (3, 100.0), (4, 40.0)]);
    let found = gains(&Scene::of(&problem, &order, &plan), &plan, 10, 10, &resolve);
    let approvals: Vec<_> = found
        .iter()
        .filter_map(|g| match g {
            Gain::Approval { step, line, units, .. } => Some((*step, *line, units.round())),
            Gain::Shift { .. } => None,
        })
        .collect();
    // S4 has 60 hours left: radios there serve all 30 that are missing. Without prices nothing is known of moving gauges away.
    assert_eq!(approvals, [(0, 3, 30.0)]);
    let shifts: Vec<_> = found
        .iter()
        .filter_map(|g| match g {
            Gain::Shift { line, hours, units, .. } => Some((*line, *hours, units.round())),
            Gain::Approval { .. } => None,
        })
        .collect();
    // Eight more hours a day on either of the radios' lines are 80 hours, of which 30 are needed.
    assert_eq!(shifts, [(0, 80.0, 30.0), (1, 80.0, 30.0)]);
}

#[test]
fn prices_lead_to_steps_that_free_hours() {
    let problem = short();
    let order = Order::of(&problem);
    let mut plan = planned(&problem, &order, &[(0, 100.0), (1, 70.0), (2, 30.0), (3, 100.0), (4, 40.0)]);
    for load in plan.lines.iter_mut().filter(|l| l.line < 3) {
        load.hour_price = 1.0;
    }
    let found = gains(&Scene::of(&problem, &order, &plan), &plan, 10, 0, &resolve);
    let steps: Vec<usize> = found
        .iter()
        .map(|g| match g {
            Gain::Approval { step, line: 3, .. } => *step,
            other => panic!("only approvals on S4 were asked for, found {other:?}"),
        })
        .collect();
    assert_eq!(steps, [1, 0], "approving gauges on S4 frees S2 for the radios: both bring the same, gauge comes first by name");
}

#[test]
fn a_new_capability_does_not_change_what_units_weigh() {
    let mut problem = short();
    problem.capabilities[0].cycle_time_s *= 3.0;
    let order = Order::of(&problem);
    let plan = planned(&problem, &order, &[(0, 100.0 / 3.0), (1, 70.0), (2, 30.0), (3, 100.0), (4, 40.0)]);
    let found = gains(&Scene::of(&problem, &order, &plan), &plan, 1, 0, &resolve);
    let [Gain::Approval { units, weight, .. }] = found[..] else { panic!("one approval was asked for, found {found:?}") };
    // A radio weighs its standard hours, the mean of 3 and 1; S4's 60 hours at 2 hours each make 30 of them.
    assert!((units - 30.0).abs() < 1e-6 && (weight - 60.0).abs() < 1e-6, "{found:?}");
}
