//! The example plant: one believable electronics plant of our own invention, in both shapes of workbook.
//!
//! Shape A is the plan as an engineer would set it up today; shape B is the same plant's Spanish workbook as it grew by itself,
//! with everything that makes such files hard to read. `examples/README.md` tells the plant's story.
//!
//! **Invariant:** both workbooks describe the same capacity and the same demand, so their exact plans leave the same units unmet.

mod plant;
mod spanish;

use line_plan::{Area, Capability, Changeover, ChangeoverKey, Demand, Line, Model, Period, Problem, Step, Window};

use super::{WriteError, write_problem};
use plant::{AREAS, LINES, OPERATING_DAYS, PRODUCTS, Product, YEARS};

/// The files of `examples/`: name and content. Whoever changes the example plant writes them again.
///
/// # Errors
/// Only if the xlsx writer refuses, which the example does not provoke.
pub fn example_workbooks() -> Result<[(&'static str, Vec<u8>); 2], WriteError> {
    Ok([("plant.xlsx", write_problem(&example_plant())?), ("planta.xlsx", spanish::workbook()?)])
}

/// The example plant as a problem: 32 lines in six areas, 36 models, five years.
pub fn example_plant() -> Problem {
    let mut problem = Problem { areas: areas(), lines: lines(), periods: periods(), changeovers: changeovers(), ..Problem::default() };
    for product in &PRODUCTS {
        let index = problem.models.len();
        problem.models.push(model(product));
        for (period, thousands) in product.volumes.iter().enumerate().filter(|(_, thousands)| **thousands > 0.0) {
            problem.demand.push(Demand { model: index, period, units: thousands * 1_000.0 });
        }
        for area in 0..AREAS.len() {
            add_capabilities(&mut problem, product, index, area);
        }
    }
    problem
}

fn areas() -> Vec<Area> {
    let area = |(order, name): (usize, &&str)| Area { name: (*name).to_owned(), order: order as u32 + 1, predecessors: Vec::new() };
    AREAS.iter().enumerate().map(area).collect()
}

fn lines() -> Vec<Line> {
    LINES
        .iter()
        .map(|(area, name, seconds, _)| Line {
            name: (*name).to_owned(),
            plant: "Hermosillo".to_owned(),
            area: *area,
            hours_per_day: seconds / 3600.0,
            overtime_hours_per_day: 0.0,
            operating_days: vec![OPERATING_DAYS; YEARS.len()],
            maintenance_hours: Vec::new(),
            opening_cost: 0.0,
        })
        .collect()
}

fn periods() -> Vec<Period> {
    YEARS.iter().map(|year| Period { name: year.to_string(), operating_days: OPERATING_DAYS }).collect()
}

fn model(product: &Product) -> Model {
    Model {
        name: product.name.to_owned(),
        customer: product.customer.to_owned(),
        program: product.program.to_owned(),
        family: product.family.to_owned(),
        weight: 1.0,
        tier: 1,
        unit_value: Some(product.value),
        currency: "USD".to_owned(),
        life: life(product),
    }
}

/// From the first year with volume to the last.
fn life(product: &Product) -> Window {
    let first = product.volumes.iter().position(|units| *units > 0.0).unwrap_or(0);
    let last = product.volumes.iter().rposition(|units| *units > 0.0).unwrap_or(0);
    Window { first, last: if last + 1 == YEARS.len() { usize::MAX } else { last } }
}

/// One row per line: the cycle times of a product's boards and sides in the area added up, or two passes of an even board.
fn add_capabilities(problem: &mut Problem, product: &Product, model: usize, area: usize) {
    let parts = product.parts(area);
    if parts.is_empty() {
        return;
    }
    let seconds: f64 = parts.iter().map(|part| part.cycle_time_s * f64::from(part.pieces)).sum();
    let passes = if area == 0 && product.boards.len() == 1 { f64::from(product.boards[0].1) } else { 1.0 };
    problem.steps.push(Step { model, area, name: String::new(), passes });
    for line in product.lines(area) {
        // The new controller's lines are approved when its program starts; until then they may not even run samples.
        let first = if product.name == "Zonal Controller" { 2 } else { 0 };
        problem.capabilities.push(Capability {
            step: problem.steps.len() - 1,
            line,
            cycle_time_s: (seconds / passes * 100.0).round() / 100.0,
            efficiency: LINES[line].3 / 100.0,
            first_pass_yield: 1.0,
            pieces_per_panel: 1.0,
            priority: product.priority,
            minimum_lot: 0.0,
            approved: Window { first, last: usize::MAX },
        });
    }
}

fn changeovers() -> Vec<Changeover> {
    let family = |name: &str| ChangeoverKey::Family(name.to_owned());
    let entry = |from, to, minutes, line| Changeover { from, to, minutes, line };
    let line = |name: &str| LINES.iter().position(|line| line.1 == name);
    let mut entries = vec![entry(ChangeoverKey::Any, ChangeoverKey::Any, 40.0, None)];
    for (name, minutes) in [
        ("Power", 18.0),
        ("Body", 12.0),
        ("Display", 15.0),
        ("Camera", 10.0),
        ("Medical", 25.0),
        ("Meter", 8.0),
        ("Climate", 14.0),
        ("Industrial", 20.0),
    ] {
        entries.push(entry(family(name), family(name), minutes, None));
    }
    entries.push(entry(family("Power"), family("Body"), 55.0, None));
    entries.push(entry(family("Body"), family("Power"), 48.0, None));
    entries.push(entry(family("Camera"), family("Medical"), 60.0, line("SMT-08")));
    entries.push(entry(family("Medical"), family("Camera"), 35.0, line("SMT-08")));
    entries
}
