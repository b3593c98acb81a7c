//! The quick answer and the thorough one agree, and the quick one is not lost on ordinary problems.

use proptest::prelude::*;

use crate::problem::*;

/// Three areas of four lines, `models` models that every line of an area can make.
fn plant(models: usize) -> Problem {
    let mut problem = Problem::default();
    for (a, name) in ["SMT", "ICT", "Final Assembly"].into_iter().enumerate() {
        problem.areas.push(Area { name: name.to_owned(), order: a as u32, predecessors: a.checked_sub(1).into_iter().collect() });
        for l in 0..4 {
            problem.lines.push(Line {
                name: format!("{name} {l}"),
                plant: ["Kaunas", "Tychy"][l % 2].to_owned(),
                area: a,
                hours_per_day: 16.0,
                overtime_hours_per_day: 2.0,
                operating_days: vec![20.0, 21.0],
                maintenance_hours: if l == 0 { vec![8.0, 0.0] } else { Vec::new() },
                opening_cost: 1.0,
            });
        }
    }
    problem.periods = ["2027-01", "2027-02"].map(|name| Period { name: name.to_owned(), operating_days: 20.0 }).to_vec();
    for m in 0..models {
        problem.models.push(Model {
            name: format!("controller {m}"),
            customer: String::new(),
            program: String::new(),
            family: String::new(),
            weight: 1.0,
            tier: 1,
            unit_value: Some(30.0),
            currency: "EUR".to_owned(),
            life: Window::ALWAYS,
        });
        problem.demand.push(Demand { model: m, period: m % 2, units: 100.0 });
        for area in 0..3 {
            problem.steps.push(Step { model: m, area, name: String::new(), passes: 2.0 });
            problem.capabilities.extend((0..4).map(|l| Capability {
                step: 3 * m + area,
                line: 4 * area + l,
                cycle_time_s: 30.0,
                efficiency: 0.85,
                first_pass_yield: 0.99,
                pieces_per_panel: 2.0,
                priority: 1,
                minimum_lot: 50.0,
                approved: Window::ALWAYS,
            }));
        }
    }
    problem.changeovers.push(Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Model(0), minutes: 20.0, line: Some(3) });
    problem.released.push(Released { capability: 0, period: 0, units: 10.0 });
    problem
}

fn searched(problem: &Problem) -> Vec<String> {
    let mut found = Vec::new();
    problem.search_defects(&mut found);
    found
}

#[test]
fn an_ordinary_problem_is_known_to_be_sound_at_once() {
    let mut problem = plant(300);
    assert!(problem.is_surely_sound());
    problem.capabilities.sort_by_key(|c| c.line);
    assert!(problem.is_surely_sound(), "line by line");
    problem.capabilities.sort_by_key(|c| (c.step * 7919 + c.line * 104_729) % 1009);
    assert!(problem.is_surely_sound(), "in no order");
    assert!(Problem::default().is_surely_sound());
}

#[test]
fn a_pair_given_twice_is_seen_in_every_order() {
    let mut problem = plant(9);
    problem.capabilities.push(problem.capabilities[17].clone());
    let orders: [fn(&Capability) -> usize; 3] = [|c| c.line, |c| c.step, |c| (c.step * 31 + c.line * 17) % 29];
    for order in orders {
        problem.capabilities.sort_by_key(order);
        assert!(!problem.is_surely_sound());
    }
}

#[test]
fn names_alone_are_no_identity() {
    let mut problem = plant(3);
    problem.lines[1].name = problem.lines[0].name.clone();
    assert!(problem.is_surely_sound(), "the lines stand in different plants");
    problem.lines[1].plant = problem.lines[0].plant.clone();
    assert!(!problem.is_surely_sound());
    let mut problem = plant(3);
    problem.steps.push(Step { name: "bottom".to_owned(), ..problem.steps[0].clone() });
    assert!(problem.is_surely_sound(), "another side of the same model");
}

/// Breaks one thing somewhere, or puts a strange but allowed value there.
fn disturb(problem: &mut Problem, what: usize, at: usize, value: f64, index: usize) {
    let (line, model, step, capability) =
        (at % problem.lines.len(), at % problem.models.len(), at % problem.steps.len(), at % problem.capabilities.len());
    match what {
        0 => problem.lines[line].hours_per_day = value,
        1 => problem.lines[line].operating_days[at % 2] = value,
        2 => problem.lines[line].maintenance_hours = vec![value; index],
        3 => problem.lines[line].area = index,
        4 => problem.models[model].weight = value,
        5 => problem.models[model].unit_value = Some(value),
        6 => problem.models[model].tier = index as u32,
        7 => problem.models[model].name = format!("controller {index}"),
        8 => problem.steps[step].passes = value,
        9 => problem.steps[step].area = index,
        10 => problem.steps[step].model = index,
        11 => problem.capabilities[capability].cycle_time_s = value,
        12 => problem.capabilities[capability].efficiency = value,
        13 => problem.capabilities[capability].first_pass_yield = value,
        14 => problem.capabilities[capability].pieces_per_panel = value,
        15 => problem.capabilities[capability].minimum_lot = value,
        16 => problem.capabilities[capability].line = index,
        17 => problem.capabilities[capability].step = index,
        18 => problem.demand[model].units = value,
        19 => problem.demand[model].model = index,
        20 => problem.demand[model].period = index,
        21 => problem.areas[at % 3].predecessors = vec![index],
        22 => problem.periods[at % 2].operating_days = value,
        23 => problem.periods[at % 2].name = "2027-02".to_owned(),
        24 => problem.changeovers[0].minutes = value,
        25 => problem.changeovers[0].to = ChangeoverKey::Model(index),
        26 => problem.changeovers[0].line = Some(index),
        27 => problem.lines[line].name = problem.lines[index % 12].name.clone(),
        28 => problem.areas.truncate(index),
        29 => problem.released[0].units = value,
        30 => problem.released[0].capability = at % 100,
        31 => problem.released[0].period = index,
        _ => problem.lines[line].overtime_hours_per_day = value,
    }
}

proptest! {
    #[test]
    fn nothing_passes_that_the_search_would_find(
        disturbances in prop::collection::vec((0usize..33, 0usize..1000, value(), 0usize..14), 1..3),
    ) {
        let mut problem = plant(5);
        for (what, at, value, index) in disturbances {
            disturb(&mut problem, what, at, value, index);
        }
        let found = searched(&problem);
        if problem.is_surely_sound() {
            prop_assert_eq!(&found, &[""; 0]);
        }
        prop_assert_eq!(problem.defects(), found);
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(0.0),
        Just(-0.0),
        Just(-1.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(1.0),
        Just(1e-308),
        Just(1e308),
        Just(1e-40),
        Just(1e40),
        0.1..1.0,
    ]
}
