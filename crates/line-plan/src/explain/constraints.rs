//! The constraint: sets of lines that are full together because the models made there have nowhere else to go.
//!
//! Where demand is lost, a set begins with the lines that limit a short model; where none is lost, with the fullest line of a plant's area.
//! From a line it grows along alternating paths: to the models made there, and from each of them to the other lines that may make it and are
//! as full. In an optimal plan such a path cannot end at a line with hours left, or hours could be shifted along it.
//!
//! **Invariant:** read off the plan alone, without the solver's prices, so that it means the same whatever made the plan.

use super::Scene;
use crate::assemble::demand;
use crate::order::{Grouped, spread};
use crate::plan::{Constraint, Plan, Reason, Unmet};

/// Utilisations this close together count as the same level.
const SAME_LEVEL: f64 = 1e-6;

/// The constraints of a plan, worst first: where demand is lost before where none is, then by hours needed over hours available.
pub(crate) fn constraints(scene: &Scene, plan: &Plan) -> Vec<Constraint> {
    let mut search = Search::of(scene, plan);
    let mut found = Vec::new();
    for unmet in plan.unmet.iter().filter(|u| u.reason == Reason::Capacity) {
        let lines = search.grow(&unmet.limiting_lines, unmet.period, f64::INFINITY);
        found.extend(search.constraint(lines, unmet.area, unmet.period, true));
    }
    let periods = scene.periods();
    let block = |l: &u32| (&scene.problem.lines[*l as usize].plant, scene.problem.lines[*l as usize].area);
    for lines in scene.order.lines.chunk_by(|a, b| block(a) == block(b)) {
        for period in 0..periods {
            if lines.iter().any(|l| search.taken[*l as usize * periods + period]) {
                continue;
            }
            // The first by name among the fullest.
            let fullest = lines
                .iter()
                .map(|l| *l as usize)
                .reduce(|a, b| if search.utilisation(b, period) > search.utilisation(a, period) + SAME_LEVEL { b } else { a });
            let Some(line) = fullest else { continue };
            let level = search.utilisation(line, period);
            if level > 0.0 {
                let set = search.grow(&[line], period, level);
                found.extend(search.constraint(set, scene.problem.lines[line].area, period, false));
            }
        }
    }
    let need = |c: &Constraint| if c.hours_available > 0.0 { c.hours_needed / c.hours_available } else { f64::INFINITY };
    let name = |c: &Constraint| (scene.order.area_rank[c.area], c.period, c.lines.first().map(|l| scene.order.line_rank[*l]));
    found.sort_by(|a, b| b.short.cmp(&a.short).then(need(b).total_cmp(&need(a))).then_with(|| name(a).cmp(&name(b))));
    found
}

struct Search<'s> {
    scene: &'s Scene<'s>,
    plan: &'s Plan,
    demand: Vec<f64>,
    /// Allocations by line and period.
    made_on: Grouped,
    /// Unmet entries by line and period that they name as limiting: starts and entries.
    short_on: (Vec<u32>, Vec<u32>),
    capabilities_on: Grouped,
    /// Lines that belong to a set already: `[line * periods + period]`.
    taken: Vec<bool>,
    /// Number of the set a line was last found in.
    set_of: Vec<u32>,
    sets: u32,
    /// Number of the set for which a step was last looked at.
    looked_at: Vec<u32>,
}

impl<'s> Search<'s> {
    fn of(scene: &'s Scene, plan: &'s Plan) -> Search<'s> {
        let (problem, periods) = (scene.problem, scene.periods());
        let places = problem.lines.len() * periods;
        let allocations: Vec<u32> = (0..plan.allocations.len() as u32).collect();
        let made_on = spread(&allocations, places, |i| {
            let a = &plan.allocations[i];
            problem.capabilities[a.capability].line * periods + a.period
        });
        let mut by_name = vec![0; problem.capabilities.len()];
        for (c, rank) in scene.order.capability_rank.iter().enumerate() {
            by_name[*rank as usize] = c as u32;
        }
        Search {
            scene,
            plan,
            demand: demand(problem),
            made_on,
            short_on: short_on(&plan.unmet, places, periods),
            capabilities_on: spread(&by_name, problem.lines.len(), |c| problem.capabilities[c].line),
            taken: vec![false; places],
            set_of: vec![0; problem.lines.len()],
            sets: 0,
            looked_at: vec![0; problem.steps.len()],
        }
    }

    fn utilisation(&self, line: usize, period: usize) -> f64 {
        let load = self.scene.load(line, period);
        if load.hours_available > 0.0 { load.hours_used / load.hours_available } else { 0.0 }
    }

    /// Whether the line is as full as the level asks; beyond every level stands a line that is full altogether.
    fn belongs(&self, line: usize, period: usize, level: f64) -> bool {
        if level.is_finite() { self.utilisation(line, period) >= level - SAME_LEVEL } else { self.scene.full(line, period) }
    }

    /// The set that grows from some lines, by name; empty when they are in a set already.
    fn grow(&mut self, from: &[usize], period: usize, level: f64) -> Vec<usize> {
        let periods = self.scene.periods();
        let mut set = Vec::new();
        let join = |line: usize, taken: &mut Vec<bool>, set: &mut Vec<usize>| {
            if !std::mem::replace(&mut taken[line * periods + period], true) {
                set.push(line);
            }
        };
        let mut taken = std::mem::take(&mut self.taken);
        from.iter().for_each(|line| join(*line, &mut taken, &mut set));
        let mut next = 0;
        while let Some(&line) = set.get(next) {
            next += 1;
            for &i in self.made_on.group(line * periods + period) {
                let step = self.scene.problem.capabilities[self.plan.allocations[i as usize].capability].step;
                for &c in self.scene.order.capabilities_of(step) {
                    let other = self.scene.problem.capabilities[c as usize].line;
                    let usable = self.scene.allowed(c as usize, period) && self.scene.limit(other, period) > 0.0;
                    if usable && self.belongs(other, period, level) {
                        join(other, &mut taken, &mut set);
                    }
                }
            }
            let (starts, entries) = &self.short_on;
            let place = line * periods + period;
            for &u in &entries[starts[place] as usize..starts[place + 1] as usize] {
                self.plan.unmet[u as usize].limiting_lines.iter().for_each(|line| join(*line, &mut taken, &mut set));
            }
        }
        self.taken = taken;
        set.sort_unstable_by_key(|line| self.scene.order.line_rank[*line]);
        set
    }

    /// The set with the models that only its lines can make, and the hours these need there at the least.
    fn constraint(&mut self, lines: Vec<usize>, area: usize, period: usize, short: bool) -> Option<Constraint> {
        if lines.is_empty() {
            return None;
        }
        self.sets += 1;
        for &line in &lines {
            self.set_of[line] = self.sets;
        }
        let mut models = Vec::new();
        let mut hours_needed = 0.0;
        for &line in &lines {
            for &c in self.capabilities_on.group(line) {
                let step = self.scene.problem.capabilities[c as usize].step;
                if std::mem::replace(&mut self.looked_at[step], self.sets) == self.sets {
                    continue;
                }
                let model = self.scene.problem.steps[step].model;
                let wanted = self.demand[model * self.scene.periods() + period];
                if let Some(hours) = self.least_hours_if_bound(step, period).filter(|_| wanted > 0.0) {
                    hours_needed += hours * wanted;
                    models.push(model);
                }
            }
        }
        models.sort_unstable_by_key(|m| self.scene.order.model_rank[*m]);
        models.dedup();
        let hours_available = lines.iter().map(|l| self.scene.load(*l, period).hours_available).sum();
        Some(Constraint { area, period, lines, models, hours_needed, hours_available, short })
    }

    /// Least hours for a unit at the step, if it can be done on lines of the latest set only.
    fn least_hours_if_bound(&self, step: usize, period: usize) -> Option<f64> {
        let mut least = None;
        for &c in self.scene.order.capabilities_of(step) {
            let line = self.scene.problem.capabilities[c as usize].line;
            if !self.scene.allowed(c as usize, period) || self.scene.limit(line, period) <= 0.0 {
                continue;
            }
            if self.set_of[line] != self.sets {
                return None;
            }
            let hours = self.scene.problem.hours_per_unit(c as usize);
            least = Some(least.map_or(hours, |known: f64| known.min(hours)));
        }
        least
    }
}

/// Unmet entries by the lines that limit them.
fn short_on(unmet: &[Unmet], places: usize, periods: usize) -> (Vec<u32>, Vec<u32>) {
    let named =
        || unmet.iter().enumerate().flat_map(|(u, entry)| entry.limiting_lines.iter().map(move |l| (u, l * periods + entry.period)));
    let mut starts = vec![0u32; places + 1];
    named().for_each(|(_, place)| starts[place + 1] += 1);
    for place in 0..places {
        starts[place + 1] += starts[place];
    }
    let mut next = starts.clone();
    let mut entries = vec![0u32; starts[places] as usize];
    for (u, place) in named() {
        entries[next[place] as usize] = u as u32;
        next[place] += 1;
    }
    (starts, entries)
}
