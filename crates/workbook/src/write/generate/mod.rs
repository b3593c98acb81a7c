//! Generated plants: believable instances of any size, for trying, testing and measuring.
//!
//! Their statistics are those of electronics contract manufacturing as planners' workbooks show them: log-normal volumes and
//! cycle times, two thirds of the lines on three shifts, programs that ramp up and end, areas loaded between 70 % and 108 %.
//!
//! **Invariant:** size, shape and seed determine the problem to the last bit; every model with demand can be made somewhere in
//! each area of its routing.

mod capabilities;
mod names;
mod plant;
mod random;

use line_plan::{Area, Capability, Changeover, ChangeoverKey, Demand, Line, Model, Period, Problem, Step, Window};

use super::{WriteError, write_problem};
use plant::PlantDraft;
use random::Random;

/// How large a generated problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 1 plant, 20 lines, 60 models, 12 months.
    S,
    /// 1 plant, 100 lines, 500 models, 12 months.
    M,
    /// 20 plants, 1,000 lines, 5,000 models, 36 months.
    L,
}

/// How lines and models go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Lines form cells; the sets of lines that can make a model are nested or disjoint, and the priority ranks models.
    Plant,
    /// High mix: every model has its own set of lines, the sets cross, and the priority ranks lines.
    Mixed,
}

/// The counts behind a size.
#[derive(Clone, Copy)]
struct Scale {
    plants: usize,
    lines_per_area: usize,
    models_per_plant: usize,
    months: usize,
    lines_per_model: f64,
}

impl Size {
    fn scale(self) -> Scale {
        match self {
            Size::S => Scale { plants: 1, lines_per_area: 4, models_per_plant: 60, months: 12, lines_per_model: 3.0 },
            Size::M => Scale { plants: 1, lines_per_area: 20, models_per_plant: 500, months: 12, lines_per_model: 8.0 },
            Size::L => Scale { plants: 20, lines_per_area: 10, models_per_plant: 250, months: 36, lines_per_model: 8.0 },
        }
    }
}

impl Scale {
    fn families(self) -> usize {
        (self.models_per_plant / 8).max(6)
    }
}

/// Operating days of the calendar months.
const OPERATING_DAYS: [f64; 12] = [21.0, 20.0, 22.0, 20.0, 21.0, 21.0, 21.0, 20.0, 22.0, 22.0, 20.0, 15.0];

/// A believable problem; the same size, shape and seed always give the same one.
pub fn generate(size: Size, shape: Shape, seed: u64) -> Problem {
    let scale = size.scale();
    let purpose = (size as u64 + 1) * 2 + shape as u64;
    let mut problem = Problem { areas: areas(), periods: periods(scale.months), ..Problem::default() };
    for index in 0..scale.plants {
        let mut random = Random::new(seed, (purpose << 32) + index as u64 + 1);
        let mut draft = PlantDraft::draw(scale, &mut random);
        capabilities::draw(&mut draft, scale, shape, &mut random);
        draft.calibrate(&mut random);
        append(&mut problem, &draft, index);
    }
    problem.changeovers = changeovers(scale.families(), &mut Random::new(seed, purpose << 32));
    problem
}

/// The same as a workbook of shape A, as xlsx bytes.
///
/// # Errors
/// Only if the xlsx writer refuses, which no size provokes.
pub fn generate_workbook(size: Size, shape: Shape, seed: u64) -> Result<Vec<u8>, WriteError> {
    write_problem(&generate(size, shape, seed))
}

fn areas() -> Vec<Area> {
    let area =
        |(order, (name, _)): (usize, &(&str, &str))| Area { name: (*name).to_owned(), order: order as u32 + 1, predecessors: Vec::new() };
    names::AREAS.iter().enumerate().map(area).collect()
}

fn periods(months: usize) -> Vec<Period> {
    (0..months)
        .map(|month| Period { name: format!("{}-{:02}", 2026 + month / 12, month % 12 + 1), operating_days: OPERATING_DAYS[month % 12] })
        .collect()
}

/// Adds a drafted plant to the problem.
fn append(problem: &mut Problem, draft: &PlantDraft, plant: usize) {
    let (first_line, first_model) = (problem.lines.len(), problem.models.len());
    let (plant_name, plant_code) = names::plant(plant);
    let days: Vec<f64> = problem.periods.iter().map(|period| period.operating_days).collect();
    for line in &draft.lines {
        problem.lines.push(Line {
            name: format!("{plant_code}-{}-{:02}", names::AREAS[line.area].1, line.number),
            plant: plant_name.clone(),
            area: line.area,
            hours_per_day: line.hours_per_day,
            overtime_hours_per_day: 0.0,
            operating_days: days.clone(),
            maintenance_hours: Vec::new(),
            opening_cost: 0.0,
        });
    }
    for (index, model) in draft.models.iter().enumerate() {
        let family = names::family(model.family);
        problem.models.push(Model {
            name: format!("{family}-{:04}", first_model + index + 1),
            customer: names::customer(model.customer).to_owned(),
            program: format!("{} {}", names::customer(model.customer).split(' ').next().unwrap_or_default(), model.family + 1),
            family,
            weight: model.weight,
            tier: 1,
            unit_value: Some(model.unit_value),
            currency: "EUR".to_owned(),
            life: model.life,
        });
        for (period, units) in model.volumes.iter().enumerate().filter(|(_, units)| **units > 0.0) {
            problem.demand.push(Demand { model: first_model + index, period, units: *units });
        }
    }
    append_capabilities(problem, draft, first_line, first_model);
}

fn append_capabilities(problem: &mut Problem, draft: &PlantDraft, first_line: usize, first_model: usize) {
    let mut last = None;
    for offer in &draft.offers {
        if last != Some((offer.model, offer.area)) {
            last = Some((offer.model, offer.area));
            problem.steps.push(Step { model: first_model + offer.model, area: offer.area, name: String::new(), passes: 1.0 });
        }
        problem.capabilities.push(Capability {
            step: problem.steps.len() - 1,
            line: first_line + offer.line,
            cycle_time_s: offer.cycle_time_s,
            efficiency: offer.efficiency_pct / 100.0,
            first_pass_yield: 1.0,
            pieces_per_panel: 1.0,
            priority: offer.priority,
            minimum_lot: 0.0,
            approved: Window::ALWAYS,
        });
    }
}

/// Minutes from family to family; the way back takes its own time.
fn changeovers(families: usize, random: &mut Random) -> Vec<Changeover> {
    let mut entries = Vec::with_capacity(families * families);
    for from in 0..families {
        for to in 0..families {
            let minutes = if from == to { 0.0 } else { random.normal_within(43.0, 11.0, 10.0, 75.0).round() };
            let (from, to) = (ChangeoverKey::Family(names::family(from)), ChangeoverKey::Family(names::family(to)));
            entries.push(Changeover { from, to, minutes, line: None });
        }
    }
    entries
}
