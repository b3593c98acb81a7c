//! The general solver's stages against the simplex's, and what the limit on levels leaves open.

use super::*;
use crate::order::Order;
use crate::problem::{Area, Capability, Demand, Line, Model, Period, Problem, Step, Window};
use crate::solve::areas::requests;
use crate::solve::build::Builder;
use crate::solve::network::Network;
use crate::{Options, PlanModel};

/// Three lines of 100 h; each has its own model, of 90, 60 and 30 h, and a fourth model of 20 h may go to the last two. Leximin: 90, 60, 50 %.
fn three_lines() -> Problem {
    let line = |name: &str| Line {
        name: name.to_owned(),
        plant: "P".to_owned(),
        area: 0,
        hours_per_day: 10.0,
        overtime_hours_per_day: 0.0,
        operating_days: vec![10.0],
        maintenance_hours: Vec::new(),
        opening_cost: 0.0,
    };
    let model = |name: &str| Model {
        name: name.to_owned(),
        customer: String::new(),
        program: String::new(),
        family: String::new(),
        weight: 1.0,
        tier: 1,
        unit_value: None,
        currency: String::new(),
        life: Window::ALWAYS,
    };
    let capability = |step: usize, line: usize| Capability {
        step,
        line,
        cycle_time_s: 3600.0,
        efficiency: 1.0,
        first_pass_yield: 1.0,
        pieces_per_panel: 1.0,
        priority: 1,
        minimum_lot: 0.0,
        approved: Window::ALWAYS,
    };
    let units = [90.0, 60.0, 30.0, 20.0, 0.0];
    Problem {
        areas: vec![Area { name: "SMT".to_owned(), order: 1, predecessors: Vec::new() }],
        periods: vec![Period { name: "2026-01".to_owned(), operating_days: 10.0 }],
        lines: ["L1", "L2", "L3"].map(line).to_vec(),
        models: ["A", "B", "C", "D", "E"].map(model).to_vec(),
        steps: (0..5).map(|model| Step { model, area: 0, name: String::new(), passes: 1.0 }).collect(),
        // Nobody wants E; it only makes one component of the three lines.
        capabilities: [(0, 0), (1, 1), (2, 2), (3, 1), (3, 2), (4, 0), (4, 1), (4, 2)].map(|(s, l)| capability(s, l)).to_vec(),
        demand: units.iter().enumerate().map(|(model, units)| Demand { model, period: 0, units: *units }).collect(),
        ..Problem::default()
    }
}

/// Utilisation of each line (%), rounded, and how many lines were left uneven, with so many levels.
fn levels(most: usize) -> (Vec<i64>, usize) {
    let problem = three_lines();
    let options = Options { model: PlanModel::Area, ..Options::default() };
    let order = Order::of(&problem);
    let network = Network::new(&problem, &order, None);
    let course = Course::new(&network, &problem, &options, &order);
    let built = Builder::new(&network).build(0, requests(&course, 0, 0, None));
    let solved = solve_levels(&course, std::slice::from_ref(&built), |_| most).expect("an answer").remove(0);
    let block = &built.block;
    let mut load = vec![0.0; block.lines()];
    for j in 0..block.arcs() {
        load[built.line[block.arc_line[j] as usize] as usize] += block.arc_hours[j] * solved.arc_units[j];
    }
    (load.iter().map(|hours| (1000.0 * hours * block.hour / 100.0).round() as i64).collect(), solved.uneven)
}

#[test]
fn all_levels_are_found_where_lines_are_few() {
    assert_eq!(levels(usize::MAX), (vec![900, 600, 500], 0));
    assert_eq!(most_levels(600), usize::MAX);
}

#[test]
fn beyond_the_limit_lines_are_counted_and_no_level_found_is_lost() {
    let (first, uneven) = levels(1);
    assert_eq!(first[0], 900, "the highest level is as low as it can be");
    assert!(first[1] <= 900 && first[2] <= 900 && first[1] + first[2] == 1100, "{first:?}");
    assert_eq!(uneven, 2);
    assert_eq!(levels(2), (vec![900, 600, 500], 1));
    assert_eq!(levels(3), (vec![900, 600, 500], 0));
}

#[test]
fn the_limit_keeps_work_about_the_same_however_many_lines() {
    assert_eq!(most_levels(601), 599);
    assert_eq!(most_levels(10_000), 36);
    assert_eq!(most_levels(1_000_000), 1);
}
