//! Plants whose lines all hang together and are too many for a dense working basis: the same answers as HiGHS on the whole.

use line_plan::*;

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
                name: format!("A{a}-L{l}"),
                plant: "Monterrey".to_owned(),
                area: a,
                hours_per_day: 14.0 + 3.0 * dice.below(3) as f64,
                overtime_hours_per_day: if overtime && dice.chance(0.3) { 2.0 } else { 0.0 },
                operating_days: vec![20.0],
                maintenance_hours: vec![],
                opening_cost: 0.0,
            });
        }
    }
    for m in 0..2 * lines {
        problem.models.push(Model {
            name: format!("M{m}"),
            customer: String::new(),
            program: String::new(),
            family: String::new(),
            weight: 1.0 + dice.below(2) as f64,
            tier: 1 + dice.below(2) as u32,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        });
        for a in 0..areas {
            problem.steps.push(Step { model: m, area: a, name: String::new(), passes: 1.0 });
            let first = dice.below(lines);
            for l in 0..5 {
                problem.capabilities.push(Capability {
                    step: problem.steps.len() - 1,
                    line: a * lines + (first + l * (1 + m % 7)) % lines,
                    cycle_time_s: dice.between(50.0, 75.0),
                    efficiency: 0.85,
                    first_pass_yield: 1.0,
                    pieces_per_panel: 1.0,
                    priority: 1 + dice.below(3) as u32,
                    minimum_lot: 0.0,
                    approved: Window::ALWAYS,
                });
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
