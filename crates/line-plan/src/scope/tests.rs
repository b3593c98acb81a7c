//! Restrictions of a small company: two plants, two areas, three months.

use crate::problem::*;

fn company() -> Problem {
    let line = |name: &str, plant: &str, area| Line {
        name: name.to_owned(),
        plant: plant.to_owned(),
        area,
        hours_per_day: 20.0,
        overtime_hours_per_day: 0.0,
        operating_days: vec![20.0, 21.0, 22.0],
        maintenance_hours: vec![1.0, 2.0, 3.0],
        opening_cost: 0.0,
    };
    let model = |name: &str, life| Model {
        name: name.to_owned(),
        customer: String::new(),
        program: String::new(),
        family: String::new(),
        weight: 1.0,
        tier: 1,
        unit_value: None,
        currency: String::new(),
        life,
    };
    let capability = |step, line, approved| Capability {
        step,
        line,
        cycle_time_s: 10.0,
        efficiency: 1.0,
        first_pass_yield: 1.0,
        pieces_per_panel: 1.0,
        priority: 1,
        minimum_lot: 0.0,
        approved,
    };
    let step = |model, area| Step { model, area, name: String::new(), passes: 1.0 };
    Problem {
        released: Vec::new(),
        shift_patterns: Vec::new(),
        areas: ["SMT", "ICT"].map(|name| Area { name: name.to_owned(), order: 0, predecessors: vec![] }).to_vec(),
        lines: vec![line("S1", "Puebla", 0), line("S1", "Ulm", 0), line("I1", "Ulm", 1)],
        models: vec![model("A", Window { first: 1, last: 5 }), model("B", Window::ALWAYS), model("Orphan", Window::ALWAYS)],
        periods: ["2026-11", "2026-12", "2027-01"].map(|name| Period { name: name.to_owned(), operating_days: 20.0 }).to_vec(),
        steps: vec![step(0, 0), step(0, 1), step(1, 0), step(2, 1)],
        capabilities: vec![
            capability(0, 0, Window::ALWAYS),
            capability(0, 1, Window { first: 0, last: 1 }),
            capability(1, 2, Window::ALWAYS),
            capability(2, 1, Window { first: 2, last: 2 }),
        ],
        demand: (0..3).flat_map(|model| (0..3).map(move |period| Demand { model, period, units: 10.0 })).collect(),
        changeovers: vec![
            Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Any, minutes: 5.0, line: None },
            Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Any, minutes: 9.0, line: Some(2) },
        ],
    }
}

#[test]
fn restricting_to_everything_changes_nothing() {
    let company = company();
    assert_eq!(company.restrict_plants(&["ULM ".to_owned(), "puebla".to_owned()]).expect("both exist"), company);
    assert_eq!(company.restrict_periods(&[0, 1, 2]).periods, company.periods);
    assert_eq!(company.restrict_periods(&[0, 1, 2]).demand, company.demand);
}

#[test]
fn a_plant_keeps_its_lines_and_what_they_can_make() {
    let ulm = company().restrict_plants(&["Ulm".to_owned()]).expect("it exists");
    assert_eq!(ulm.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["S1", "I1"]);
    assert_eq!(ulm.capabilities.iter().map(|c| (c.step, c.line)).collect::<Vec<_>>(), [(0, 0), (1, 1), (2, 0)]);
    assert_eq!(ulm.changeovers[1].line, Some(1));
    assert_eq!(ulm.demand.len(), 9);

    let puebla = company().restrict_plants(&["Puebla".to_owned()]).expect("it exists");
    let made: Vec<usize> = puebla.demand.iter().map(|demand| demand.model).collect();
    assert_eq!(made, [0, 0, 0, 2, 2, 2], "B is made in Ulm only; what nobody can make stays a finding");
    assert_eq!(puebla.steps.iter().map(|step| (step.model, step.area)).collect::<Vec<_>>(), [(0, 0), (2, 1)]);
    assert_eq!(puebla.changeovers.len(), 1);
}

#[test]
fn periods_take_their_days_demand_and_windows_with_them() {
    let late = company().restrict_periods(&[1, 2]);
    assert_eq!(late.lines[0].operating_days, [21.0, 22.0]);
    assert_eq!(late.lines[0].maintenance_hours, [2.0, 3.0]);
    assert_eq!(late.models[0].life, Window { first: 0, last: 1 });
    assert_eq!(late.capabilities[1].approved, Window { first: 0, last: 0 });
    assert_eq!(late.demand.iter().map(|d| d.period).max(), Some(1));
    assert_eq!(company().restrict_periods(&[0]).capabilities[3].approved, Window::NEVER);
}

#[test]
fn periods_are_selected_by_name_range_and_year() {
    let check = |selection: &str, expected: &[usize]| assert_eq!(company().find_periods(selection).as_deref(), Ok(expected), "{selection}");
    check("2026", &[0, 1]);
    check("2026-12", &[1]);
    check("2026..2027", &[0, 1, 2]);
    check("2026-12..", &[1, 2]);
    check("..2026-11", &[0]);
    check("2027, 2026-11", &[0, 2]);
    for unknown in ["2031", "2026..2031", "2027..2026", "", "202"] {
        let error = company().find_periods(unknown).expect_err(unknown);
        assert_eq!((error.kind, error.known.len()), ("period", 3));
    }
}

#[test]
fn operating_days_change_for_the_lines_of_an_area() {
    let company = company();
    let areas = company.find_areas(&["ict".to_owned()]).expect("it exists");
    let six_days = company.with_operating_days(24.0, &areas);
    assert_eq!(six_days.lines[2].operating_days, [24.0; 3]);
    assert_eq!(six_days.lines[0].operating_days, [20.0, 21.0, 22.0]);
    assert_eq!(company.with_operating_days(24.0, &[]).periods[0].operating_days, 24.0);
    // A six-day week as planners say it, in a plan by months.
    assert_eq!(company.with_operating_days(288.0, &[]).lines[0].operating_days, [24.0; 3]);
    assert_eq!(company.find_areas(&["Paint".to_owned()]).expect_err("no such area").known, ["SMT", "ICT"]);
    assert_eq!(company.restrict_plants(&["Lima".to_owned()]).expect_err("no such plant").known, ["Puebla", "Ulm"]);
}

#[test]
fn names_of_periods_tell_how_many_days_they_can_have() {
    let days = |name: &str| Period { name: name.to_owned(), operating_days: 0.0 }.calendar_days();
    assert_eq!(
        [days("2026"), days("2026-03"), days("2026-W14"), days("2026-03-02"), days("Phase 1")],
        [Some(366.0), Some(31.0), Some(7.0), Some(1.0), None]
    );
}
