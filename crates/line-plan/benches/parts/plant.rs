//! An electronics plant made in memory, the same for the same size: five areas, models that choose some of the lines of
//! each area, a year in months, about nine tenths of the hours needed.
//!
//! **Invariant:** nothing random from outside: the numbers come from a fixed linear congruential sequence.

use line_plan::{Area, Capability, Demand, Line, Model, Period, Problem, Step, Window};

const AREAS: [&str; 5] = ["SMT", "ICT", "Conformal", "Router", "Final Assembly"];
const DAYS: [f64; 12] = [21.0, 20.0, 22.0, 20.0, 21.0, 21.0, 20.0, 22.0, 20.0, 22.0, 19.0, 15.0];
/// Share of the plant's hours that its demand needs if it spreads evenly.
const LOAD: f64 = 0.9;

/// Numerical Recipes' 64-bit linear congruential generator: enough to scatter numbers, and always the same.
struct Sequence(u64);

impl Sequence {
    /// The next number in [0, 1).
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, end: usize) -> usize {
        ((self.share() * end as f64) as usize).min(end - 1)
    }
}

/// A plant with so many lines in each area and so many models, each on about `choice` lines of an area.
pub fn plant(lines_per_area: usize, models: usize, choice: usize) -> Problem {
    let mut sequence = Sequence(20_260_302);
    let mut problem = Problem {
        released: Vec::new(),
        shift_patterns: Vec::new(),
        areas: AREAS
            .iter()
            .enumerate()
            .map(|(order, name)| Area { name: (*name).to_owned(), order: order as u32, predecessors: Vec::new() })
            .collect(),
        periods: DAYS
            .iter()
            .enumerate()
            .map(|(month, days)| Period { name: format!("2026-{:02}", month + 1), operating_days: *days })
            .collect(),
        ..Problem::default()
    };
    for area in 0..AREAS.len() {
        problem.lines.extend((0..lines_per_area).map(|number| line(area, number, &mut sequence)));
    }
    for number in 0..models {
        add_model(&mut problem, number, lines_per_area, choice, &mut sequence);
    }
    scale_demand(&mut problem, lines_per_area);
    problem
}

fn line(area: usize, number: usize, sequence: &mut Sequence) -> Line {
    Line {
        name: format!("{} {:03}", AREAS[area], number + 1),
        plant: "Plant 1".to_owned(),
        area,
        hours_per_day: [21.17, 21.17, 23.0, 14.0][sequence.below(4)],
        overtime_hours_per_day: 0.0,
        operating_days: DAYS.to_vec(),
        maintenance_hours: Vec::new(),
        opening_cost: 0.0,
    }
}

fn add_model(problem: &mut Problem, number: usize, lines_per_area: usize, choice: usize, sequence: &mut Sequence) {
    problem.models.push(Model {
        name: format!("Board {:04}", number + 1),
        customer: format!("Customer {}", number % 7 + 1),
        program: String::new(),
        family: format!("Family {:02}", number % 24 + 1),
        weight: [1.0, 1.0, 2.0, 4.0][sequence.below(4)],
        tier: 1,
        unit_value: None,
        currency: String::new(),
        life: Window::ALWAYS,
    });
    for area in 0..AREAS.len() {
        // One model in four needs no conformal coating, as boards for indoor use.
        if area == 2 && number.is_multiple_of(4) {
            continue;
        }
        problem.steps.push(Step { model: number, area, name: String::new(), passes: 1.0 });
        let cycle_time_s = 25.0 + 150.0 * sequence.share() * sequence.share();
        let first = sequence.below(lines_per_area);
        let lines = (1 + sequence.below(2 * choice - 1)).min(lines_per_area);
        for place in 0..lines {
            problem.capabilities.push(Capability {
                step: problem.steps.len() - 1,
                line: area * lines_per_area + (first + place * place.max(1)) % lines_per_area,
                cycle_time_s: cycle_time_s * if sequence.below(3) == 0 { 0.9 + 0.25 * sequence.share() } else { 1.0 },
                efficiency: [0.85, 0.85, 0.8, 0.9][sequence.below(4)],
                first_pass_yield: 1.0,
                pieces_per_panel: 1.0,
                priority: if place == 0 { 1 } else { 1 + sequence.below(4) as u32 },
                minimum_lot: 0.0,
                approved: Window::ALWAYS,
            });
        }
    }
    let annual = 2_000.0 + 60_000.0 * sequence.share().powi(3);
    for (period, days) in DAYS.iter().enumerate() {
        let units = (annual / 243.0 * days * (0.8 + 0.4 * sequence.share())).round();
        problem.demand.push(Demand { model: number, period, units });
    }
}

/// Two capabilities of one step on one line would be a defect; the walk over the lines can meet a line twice. Then demand
/// is scaled so that the fullest area needs [`LOAD`] of its hours.
fn scale_demand(problem: &mut Problem, lines_per_area: usize) {
    let mut seen = std::collections::HashSet::new();
    problem.capabilities.retain(|capability| seen.insert((capability.step, capability.line)));
    let mut hours_needed = [0.0; AREAS.len()];
    let mut annual = vec![0.0; problem.models.len()];
    for demand in &problem.demand {
        annual[demand.model] += demand.units;
    }
    let mut places = vec![0.0; problem.steps.len()];
    for capability in &problem.capabilities {
        places[capability.step] += 1.0;
    }
    for (number, capability) in problem.capabilities.iter().enumerate() {
        let step = &problem.steps[capability.step];
        hours_needed[step.area] += problem.hours_per_unit(number) * annual[step.model] / places[capability.step];
    }
    let fullest = (0..AREAS.len())
        .map(|area| {
            let lines = &problem.lines[area * lines_per_area..(area + 1) * lines_per_area];
            let hours: f64 = lines.iter().map(|line| (0..DAYS.len()).map(|period| line.hours(period)).sum::<f64>()).sum();
            hours_needed[area] / hours
        })
        .fold(0.0, f64::max);
    for demand in &mut problem.demand {
        demand.units = (demand.units * LOAD / fullest).round();
    }
}
