//! Plants of any size made of equal cells, and what such a plant is made of.

use line_plan::*;

/// Cells of ten lines and thirty models in each of two areas over several periods; demand rises from period to period beyond what there is.
pub fn cells(count: usize, periods: usize) -> Problem {
    let mut problem = Problem::default();
    for t in 0..periods {
        problem.periods.push(Period { name: format!("2026-{:02}", t + 1), operating_days: 20.0 });
    }
    for (area, name) in ["SMT", "Assembly"].into_iter().enumerate() {
        problem.areas.push(Area { name: name.to_owned(), order: area as u32, predecessors: Vec::new() });
        problem.lines.extend((0..10 * count).map(|l| line(format!("{name}-{l:05}"), area, periods)));
    }
    for m in 0..30 * count {
        problem.models.push(model(format!("M{m:05}"), 1.0 + (m % 3) as f64));
        for area in 0..2 {
            problem.steps.push(Step { model: m, area, name: String::new(), passes: 1.0 });
            for k in 0..4 {
                let line = area * 10 * count + m / 30 * 10 + (m * 7 + k * (1 + m % 3)) % 10;
                let cycle_time_s = 40.0 + (m * 31 + k * 17) as f64 % 23.0;
                problem.capabilities.push(Capability { priority: 1 + k as u32, ..capability(problem.steps.len() - 1, line, cycle_time_s) });
            }
        }
        for period in 0..periods {
            let units = (9_000.0 + 5_000.0 * period as f64) * (0.4 + (m * 13 % 11) as f64 / 10.0);
            problem.demand.push(Demand { model: m, period, units: units.round() });
        }
    }
    problem
}

/// A line of 20 h on each of 20 days.
pub fn line(name: String, area: usize, periods: usize) -> Line {
    Line {
        name,
        plant: "Reynosa".to_owned(),
        area,
        hours_per_day: 20.0,
        overtime_hours_per_day: 0.0,
        operating_days: vec![20.0; periods],
        maintenance_hours: Vec::new(),
        opening_cost: 0.0,
    }
}

/// A model of no customer and no family.
pub fn model(name: String, weight: f64) -> Model {
    Model {
        name,
        customer: String::new(),
        program: String::new(),
        family: String::new(),
        weight,
        tier: 1,
        unit_value: None,
        currency: String::new(),
        life: Window::ALWAYS,
    }
}

/// A line that can do a step at 85 %.
pub fn capability(step: usize, line: usize, cycle_time_s: f64) -> Capability {
    Capability {
        step,
        line,
        cycle_time_s,
        efficiency: 0.85,
        first_pass_yield: 1.0,
        pieces_per_panel: 1.0,
        priority: 1,
        minimum_lot: 0.0,
        approved: Window::ALWAYS,
    }
}
