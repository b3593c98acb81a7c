//! The part of a problem that a change on one line can reach, as a problem of its own: plants that share models, one area in the area
//! reading, one period unless stock links them.
//!
//! **Invariant:** units keep the weight that they have in the whole problem, also where a new capability would change the standard hours;
//! changeover hours that were charged stay charged.

use std::ops::Range;

use super::Scene;
use crate::options::{Balance, ChangeoverCharging, Integers, Options, PlanModel, Weight};
use crate::problem::{Capability, Demand, Line, Model, Problem, Step, Window};
use crate::worth::Worth;

/// Which part: plants that belong together, and what of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Reach {
    plants: usize,
    area: Option<usize>,
    period: Option<usize>,
}

/// Plants that share models, as groups.
#[derive(Debug)]
pub(crate) struct Plants {
    /// Group of each line.
    group: Vec<usize>,
}

impl Plants {
    /// Joins plants as long as a model can be made in both.
    pub fn of(scene: &Scene) -> Plants {
        let problem = scene.problem;
        let mut plant_of = vec![0; problem.lines.len()];
        let mut plants = 0;
        for (i, &line) in scene.order.lines.iter().enumerate() {
            let before = i.checked_sub(1).map(|i| &problem.lines[scene.order.lines[i] as usize].plant);
            if before.is_some_and(|plant| *plant != problem.lines[line as usize].plant) {
                plants += 1;
            }
            plant_of[line as usize] = plants;
        }
        let mut parent: Vec<usize> = (0..=plants).collect();
        let mut first_of: Vec<Option<usize>> = vec![None; problem.models.len()];
        for c in &problem.capabilities {
            let plant = root(&mut parent, plant_of[c.line]);
            let first = *first_of[problem.steps[c.step].model].get_or_insert(plant);
            let first = root(&mut parent, first);
            parent[plant.max(first)] = plant.min(first);
        }
        Plants { group: plant_of.into_iter().map(|plant| root(&mut parent, plant)).collect() }
    }

    /// What a change on a line in a period can reach.
    pub fn reach(&self, scene: &Scene, line: usize, period: usize) -> Reach {
        let plants = self.group[line];
        match scene.options.model {
            PlanModel::Area | PlanModel::Baseline => Reach { plants, area: Some(scene.problem.lines[line].area), period: Some(period) },
            PlanModel::Finished => Reach { plants, area: None, period: Some(period) },
            PlanModel::Prebuild => Reach { plants, area: None, period: None },
        }
    }
}

fn root(parent: &mut [usize], mut plant: usize) -> usize {
    while parent[plant] != plant {
        parent[plant] = parent[parent[plant]];
        plant = parent[plant];
    }
    plant
}

/// The part and where things of the whole problem are in it.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// The part as a problem.
    pub problem: Problem,
    /// How it is to be answered: for the unmet weight only.
    pub options: Options,
    periods: Range<usize>,
    line_at: Vec<Option<usize>>,
    step_at: Vec<Option<usize>>,
    capability_at: Vec<Option<usize>>,
}

impl Part {
    /// Cuts the part out.
    pub fn cut(scene: &Scene, plants: &Plants, worth: &Worth, reach: Reach) -> Part {
        let whole = scene.problem;
        let periods = reach.period.map_or(0..whole.periods.len(), |p| p..p + 1);
        let inside = |area: usize| reach.area.is_none_or(|only| only == area);
        let (lines, line_at) = kept(&whole.lines, |l| plants.group[l] == reach.plants && inside(whole.lines[l].area));
        let mut reached = vec![false; whole.models.len()];
        for c in whole.capabilities.iter().filter(|c| line_at[c.line].is_some()) {
            reached[whole.steps[c.step].model] = true;
        }
        let (models, model_at) = kept(&whole.models, |m| reached[m]);
        let (steps, step_at) = kept(&whole.steps, |s| reached[whole.steps[s].model] && inside(whole.steps[s].area));
        let both = |c: usize| step_at[whole.capabilities[c].step].is_some() && line_at[whole.capabilities[c].line].is_some();
        let (capabilities, capability_at) = kept(&whole.capabilities, both);
        let (demand, _) = kept(&whole.demand, |d| periods.contains(&whole.demand[d].period) && reached[whole.demand[d].model]);
        let line = |l: usize| line_in(scene, l, &periods);
        let model = |m: usize| Model {
            weight: weight(scene, worth, m, reach.area),
            life: shifted(whole.models[m].life, &periods),
            ..whole.models[m].clone()
        };
        let at = |places: &[Option<usize>], i: usize| places[i].unwrap_or_default();
        let capability = |c: usize| {
            let capability = &whole.capabilities[c];
            Capability {
                step: at(&step_at, capability.step),
                line: at(&line_at, capability.line),
                approved: shifted(capability.approved, &periods),
                ..capability.clone()
            }
        };
        let want = |d: usize| Demand {
            model: at(&model_at, whole.demand[d].model),
            period: whole.demand[d].period - periods.start,
            units: whole.demand[d].units,
        };
        let problem = Problem {
            areas: whole.areas.clone(),
            lines: lines.into_iter().map(line).collect(),
            models: models.into_iter().map(model).collect(),
            periods: whole.periods[periods.clone()].to_vec(),
            steps: steps.into_iter().map(|s| Step { model: at(&model_at, whole.steps[s].model), ..whole.steps[s].clone() }).collect(),
            capabilities: capabilities.into_iter().map(capability).collect(),
            demand: demand.into_iter().map(want).collect(),
            changeovers: Vec::new(),
            released: Vec::new(),
            shift_patterns: Vec::new(),
        };
        Part { problem, options: options(scene.options), periods, line_at, step_at, capability_at }
    }

    /// The part with a line that runs longer on the days of one period (h/d).
    pub fn with_hours(&self, line: usize, period: usize, hours_per_day: f64) -> Option<Problem> {
        let at = period.checked_sub(self.periods.start)?;
        let mut changed = self.problem.clone();
        let line = changed.lines.get_mut(self.line_at[line]?)?;
        line.hours_per_day += hours_per_day;
        // The days of the other periods get no longer.
        for (t, hours) in line.maintenance_hours.iter_mut().enumerate().filter(|(t, _)| *t != at) {
            *hours += hours_per_day * line.operating_days[t];
        }
        Some(changed)
    }

    /// The part with a step approved on one more line in a period; a capability that is known keeps its own hours.
    pub fn with_approval(&self, step: usize, line: usize, period: usize, known: Option<usize>, hours_per_unit: f64) -> Option<Problem> {
        let at = period.checked_sub(self.periods.start)?;
        let approved = Window { first: at, last: at };
        let mut changed = self.problem.clone();
        let (step, line) = (self.step_at[step]?, self.line_at[line]?);
        let known = known.and_then(|c| self.capability_at[c]).map(|c| changed.capabilities[c].clone());
        let estimated = Capability {
            step,
            line,
            cycle_time_s: hours_per_unit * 3600.0 / changed.steps[step].passes,
            efficiency: 1.0,
            first_pass_yield: 1.0,
            pieces_per_panel: 1.0,
            priority: 1,
            minimum_lot: 0.0,
            approved,
        };
        changed.capabilities.retain(|c| (c.step, c.line) != (step, line));
        changed.capabilities.push(known.map_or(estimated, |known| Capability { approved, ..known }));
        Some(changed)
    }
}

/// The indices that are kept, and where each of all has gone.
fn kept<T>(all: &[T], keep: impl Fn(usize) -> bool) -> (Vec<usize>, Vec<Option<usize>>) {
    let kept: Vec<usize> = (0..all.len()).filter(|i| keep(*i)).collect();
    let mut places = vec![None; all.len()];
    for (place, &i) in kept.iter().enumerate() {
        places[i] = Some(place);
    }
    (kept, places)
}

/// A line in some periods only; what changeovers took from it stays taken.
fn line_in(scene: &Scene, l: usize, periods: &Range<usize>) -> Line {
    let line = &scene.problem.lines[l];
    let lost = |t: usize| line.maintenance_hours.get(t).copied().unwrap_or(0.0) + scene.load(l, t).changeover_hours;
    Line {
        operating_days: line.operating_days[periods.clone()].to_vec(),
        maintenance_hours: periods.clone().map(lost).collect(),
        ..line.clone()
    }
}

/// The weight of a model's unit in the part, where units count as they are.
fn weight(scene: &Scene, worth: &Worth, model: usize, area: Option<usize>) -> f64 {
    let Some(area) = area else { return worth.finished(scene.order, model) };
    let stop = scene.order.stops_of(model).iter().find(|stop| stop.area as usize == area);
    stop.map_or(0.0, |stop| worth.at_stop(scene.order, *stop))
}

/// A window as counted from the first of some periods.
fn shifted(window: Window, periods: &Range<usize>) -> Window {
    if window.last < periods.start || window.first >= periods.end {
        return Window::NEVER;
    }
    Window { first: window.first.saturating_sub(periods.start), last: window.last - periods.start }
}

fn options(whole: &Options) -> Options {
    Options {
        weight: Weight::Units,
        balance: Balance::Off,
        preference: false,
        changeovers: ChangeoverCharging::None,
        integers: Integers::default(),
        frozen: None,
        time_limit_s: None,
        ..whole.clone()
    }
}
