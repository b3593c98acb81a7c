//! The draft of a plant: lines, models and volumes before names, and the calibration of its load.

use line_plan::Window;

use super::random::{Random, geometric_mean};
use super::{OPERATING_DAYS, Scale, names};

/// A line.
pub(super) struct LineDraft {
    pub area: usize,
    /// Number within its area, from 1.
    pub number: usize,
    pub hours_per_day: f64,
    /// The family that a dedicated line belongs to.
    pub dedicated_to: Option<usize>,
    /// Factor on cycle times: above 1 the line is slower than its sisters.
    pub slowness: f64,
}

/// A model.
pub(super) struct ModelDraft {
    pub family: usize,
    pub customer: usize,
    pub weight: f64,
    pub unit_value: f64,
    pub life: Window,
    /// Units per month.
    pub volumes: Vec<f64>,
}

/// A line that can make a model.
pub(super) struct Offer {
    pub area: usize,
    pub model: usize,
    pub line: usize,
    pub cycle_time_s: f64,
    pub efficiency_pct: f64,
    pub priority: u32,
}

/// A plant without names.
pub(super) struct PlantDraft {
    pub lines: Vec<LineDraft>,
    pub models: Vec<ModelDraft>,
    /// Ordered by area, model, line.
    pub offers: Vec<Offer>,
}

impl PlantDraft {
    /// Lines and models; what goes where is drawn afterwards.
    pub(super) fn draw(scale: Scale, random: &mut Random) -> PlantDraft {
        let lines = (0..names::AREAS.len())
            .flat_map(|area| (1..=scale.lines_per_area).map(move |number| (area, number)))
            .map(|(area, number)| draw_line(area, number, scale.families(), random))
            .collect();
        let customers: Vec<usize> = (0..scale.families()).map(|_| random.below(12)).collect();
        let models = (0..scale.models_per_plant).map(|_| draw_model(scale, &customers, random)).collect();
        PlantDraft { lines, models, offers: Vec::new() }
    }

    /// The lines of an area.
    pub(super) fn lines_of(&self, area: usize) -> Vec<usize> {
        (0..self.lines.len()).filter(|line| self.lines[*line].area == area).collect()
    }

    /// Scales volumes and cycle times so that each area is loaded to a share of its hours between 70 % and 108 %, with the
    /// models spread evenly over their lines: some areas are short, most are not.
    pub(super) fn calibrate(&mut self, random: &mut Random) {
        let months = self.models.first().map_or(0, |model| model.volumes.len());
        let days: f64 = (0..months).map(|month| OPERATING_DAYS[month % 12]).sum();
        let areas = names::AREAS.len();
        let loads = self.loads();
        let factors: Vec<f64> = (0..areas)
            .map(|area| {
                let hours: f64 = self.lines.iter().filter(|line| line.area == area).map(|line| line.hours_per_day * days).sum();
                random.between(0.70, 1.08) * hours / loads[area].max(1e-9)
            })
            .collect();
        let common = geometric_mean(&factors);
        for model in &mut self.models {
            for units in &mut model.volumes {
                *units = (*units * common).round();
            }
        }
        for offer in &mut self.offers {
            offer.cycle_time_s = hundredths((offer.cycle_time_s * factors[offer.area] / common).max(1.0));
        }
    }

    /// Hours that each area needs with every model spread evenly over its lines (h).
    fn loads(&self) -> Vec<f64> {
        let mut loads = vec![0.0; names::AREAS.len()];
        for group in self.offers.chunk_by(|a, b| (a.area, a.model) == (b.area, b.model)) {
            let units: f64 = self.models[group[0].model].volumes.iter().sum();
            let hours: f64 = group.iter().map(|offer| offer.cycle_time_s / 36.0 / offer.efficiency_pct).sum();
            loads[group[0].area] += units * hours / group.len() as f64;
        }
        loads
    }
}

/// Rounded to two decimals, as cycle times are measured.
pub(super) fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn draw_line(area: usize, number: usize, families: usize, random: &mut Random) -> LineDraft {
    const HOURS: [f64; 4] = [21.17, 23.0, 14.0, 7.5];
    LineDraft {
        area,
        number,
        hours_per_day: HOURS[random.weighted(&[0.62, 0.18, 0.12, 0.08])],
        dedicated_to: random.chance(0.30).then(|| random.below(families)),
        slowness: random.normal_within(1.0, 0.07, 0.85, 1.18),
    }
}

fn draw_model(scale: Scale, customers: &[usize], random: &mut Random) -> ModelDraft {
    let months = scale.months as i64;
    let family = random.below(scale.families());
    let annual = random.log_normal_within(40_000.0, 1.45, 200.0, 900_000.0);
    let start = if random.chance(0.25) { random.below(scale.months + 6) as i64 - 6 } else { -24 };
    let ends = random.chance(0.20).then(|| 2 + random.below(scale.months + 4) as i64);
    let end = ends.filter(|end| *end > start.max(0)).unwrap_or(i64::MAX);
    let phase = random.below(12);
    let volumes = (0..months).map(|month| monthly_units(annual, month, start, end, phase, random)).collect();
    ModelDraft {
        family,
        customer: customers[family],
        weight: [1.0, 2.0, 4.0][random.weighted(&[0.6, 0.3, 0.1])],
        unit_value: hundredths(random.log_normal_within(38.0, 0.7, 3.0, 600.0)),
        life: Window { first: start.max(0) as usize, last: if end < months { end as usize - 1 } else { usize::MAX } },
        volumes,
    }
}

/// Units of a month: the year's twelfth, ramped up over six months, with a season, noise and slow growth.
fn monthly_units(annual: f64, month: i64, start: i64, end: i64, phase: usize, random: &mut Random) -> f64 {
    const SEASON: [f64; 12] = [0.0, 0.5, 0.866, 1.0, 0.866, 0.5, 0.0, -0.5, -0.866, -1.0, -0.866, -0.5];
    let noise = random.normal_within(0.0, 0.06, -0.3, 0.3);
    if month >= end {
        return 0.0;
    }
    let ramp = ((month - start + 1) as f64 / 6.0).clamp(0.0, 1.0);
    let season = 1.0 + 0.12 * SEASON[(month as usize + phase) % 12] + noise;
    let days = OPERATING_DAYS[month as usize % 12] / 20.4;
    annual / 12.0 * ramp * season * days * (1.0 + 0.004 * month as f64)
}
