//! The constraint: sets of lines that are full together because the models made there have nowhere else to go.
//!
//! Where demand is lost, a set begins with the lines that limit a short model; where none is lost, with the fullest line of a plant's area.
//! From a line it grows along alternating paths: to the models made there, and from each of them to the other lines that may make it and are
//! as full. In an optimal plan such a path cannot end at a line with hours left, or hours could be shifted along it.
//!
//! In a frozen period nothing may be shifted, so a set there is no more than the lines that limit a short model, and where nothing is short there
//! is none.
//!
//! **Invariant:** read off the plan alone, without the solver's prices, so that it means the same whatever made the plan.

use std::collections::HashMap;

use super::{Scene, Ways};
use crate::assemble::demand;
use crate::order::{Grouped, spread};
use crate::plan::{Constraint, Plan, Reason, Unmet};

/// Utilisations this close together count as the same level.
const SAME_LEVEL: f64 = 1e-6;

/// The constraints of a plan, worst first: where demand is lost before where none is, then by hours needed over hours available.
pub(crate) fn constraints(scene: &Scene, plan: &Plan) -> Vec<Constraint> {
    rank_constraints(scene, constraints_in(scene, plan, &mut Terrain::of(scene), &vec![true; scene.periods()]))
}

/// What a search walks on: who can do what, whatever is wanted.
#[derive(Debug)]
pub(crate) struct Terrain {
    ways: Ways,
    /// Whether every way is allowed in every period.
    same_ways: bool,
    capabilities_on: Grouped,
    lines_in: Grouped,
    /// Models and hours that are bound to sets of lines, where that is the same in every period.
    bound: HashMap<Vec<usize>, Vec<Bound>>,
}

/// Sets of lines of which it is remembered what is bound to them.
const MOST_SETS: usize = 4096;

impl Terrain {
    pub fn of(scene: &Scene) -> Terrain {
        let problem = scene.problem;
        let mut by_name = vec![0; problem.capabilities.len()];
        for (c, rank) in scene.order.capability_rank.iter().enumerate() {
            by_name[*rank as usize] = c as u32;
        }
        let ways = Ways::of(scene);
        Terrain {
            same_ways: ways.hold_always(scene.periods()),
            ways,
            capabilities_on: spread(&by_name, problem.lines.len(), |c| scene.order.line_of[c] as usize),
            lines_in: spread(&scene.order.lines, problem.areas.len(), |l| problem.lines[l].area),
            bound: HashMap::new(),
        }
    }
}

/// Those of some periods, in no particular order; what they are depends on nothing in the others.
pub(crate) fn constraints_in(scene: &Scene, plan: &Plan, terrain: &mut Terrain, wanted: &[bool]) -> Vec<Constraint> {
    let mut found = Vec::new();
    if !wanted.contains(&true) {
        return found;
    }
    let mut search = Search::of(scene, plan, terrain, wanted);
    for unmet in plan.unmet.iter().filter(|u| u.reason == Reason::Capacity && wanted[u.period]) {
        let lines = search.grow(&unmet.limiting_lines, unmet.period, f64::INFINITY);
        found.extend(search.constraint(lines, unmet.area, unmet.period, true));
    }
    let periods = scene.periods();
    let block = |l: &u32| (&scene.problem.lines[*l as usize].plant, scene.problem.lines[*l as usize].area);
    for lines in scene.order.lines.chunk_by(|a, b| block(a) == block(b)) {
        for period in (0..periods).filter(|t| wanted[*t] && !scene.is_frozen(*t)) {
            if lines.iter().any(|l| search.taken[*l as usize * periods + period]) {
                continue;
            }
            // The first by name among the fullest.
            let utilisation = |line: usize| search.loads[line * periods + period].utilisation;
            let fullest = lines.iter().map(|l| *l as usize).reduce(|a, b| if utilisation(b) > utilisation(a) + SAME_LEVEL { b } else { a });
            let Some(line) = fullest else { continue };
            let level = utilisation(line);
            if level > 0.0 {
                let set = search.grow(&[line], period, level);
                found.extend(search.constraint(set, scene.problem.lines[line].area, period, false));
            }
        }
    }
    found
}

/// Constraints, worst first.
pub(crate) fn rank_constraints(scene: &Scene, mut found: Vec<Constraint>) -> Vec<Constraint> {
    let need = |c: &Constraint| if c.hours_available > 0.0 { c.hours_needed / c.hours_available } else { f64::INFINITY };
    let name = |c: &Constraint| (scene.order.area_rank[c.area], c.period, c.lines.first().map(|l| scene.order.line_rank[*l]));
    found.sort_by(|a, b| b.short.cmp(&a.short).then(need(b).total_cmp(&need(a))).then_with(|| name(a).cmp(&name(b))));
    found
}

/// What the search asks of a line in a period.
#[derive(Debug, Clone, Copy)]
struct Load {
    utilisation: f64,
    /// Whether it has hours at all.
    runs: bool,
    /// Whether nothing more fits.
    full: bool,
}

impl Load {
    /// Whether the line is as full as the level asks; beyond every level stands a line that is full altogether.
    fn belongs(&self, level: f64) -> bool {
        self.runs && if level.is_finite() { self.utilisation >= level - SAME_LEVEL } else { self.full }
    }
}

/// A step that can be done on the lines of a set only.
#[derive(Debug, Clone, Copy)]
struct Bound {
    model: u32,
    /// Least hours for a unit (h).
    hours: f64,
}

struct Search<'s> {
    scene: &'s Scene<'s>,
    plan: &'s Plan,
    terrain: &'s mut Terrain,
    demand: Vec<f64>,
    /// Every line and period: `[line * periods + period]`.
    loads: Vec<Load>,
    /// Allocations by line and period.
    made_on: Grouped,
    /// Unmet entries by line and period that they name as limiting: starts and entries.
    short_on: (Vec<u32>, Vec<u32>),
    /// Whether every period has the same ways.
    same_ways: bool,
    /// Lines that belong to a set already: `[line * periods + period]`.
    taken: Vec<bool>,
    /// Number of the set a line was last found in.
    set_of: Vec<u32>,
    sets: u32,
    /// Number of the set for which a step was last looked at.
    looked_at: Vec<u32>,
}

impl<'s> Search<'s> {
    fn of(scene: &'s Scene, plan: &'s Plan, terrain: &'s mut Terrain, wanted: &[bool]) -> Search<'s> {
        let (problem, periods) = (scene.problem, scene.periods());
        let places = problem.lines.len() * periods;
        let allocations: Vec<u32> = (0..plan.allocations.len() as u32).filter(|i| wanted[plan.allocations[*i as usize].period]).collect();
        let made_on = spread(&allocations, places, |i| {
            let a = &plan.allocations[i];
            scene.order.line_of[a.capability] as usize * periods + a.period
        });
        let load = |line: usize, period: usize| {
            let load = scene.load(line, period);
            let utilisation = if load.hours_available > 0.0 { load.hours_used / load.hours_available } else { 0.0 };
            Load { utilisation, runs: scene.limit(line, period) > 0.0, full: scene.full(line, period) }
        };
        let loads: Vec<Load> = (0..problem.lines.len()).flat_map(|line| (0..periods).map(move |period| load(line, period))).collect();
        Search {
            scene,
            plan,
            same_ways: terrain.same_ways && loads.iter().all(|load| load.runs),
            terrain,
            demand: demand(problem),
            loads,
            made_on,
            short_on: short_on(&plan.unmet, places, periods),
            taken: vec![false; places],
            set_of: vec![0; problem.lines.len()],
            sets: 0,
            looked_at: vec![0; problem.steps.len()],
        }
    }

    /// Step of an allocation.
    fn step_made(&self, allocation: u32) -> usize {
        self.scene.order.step_of[self.plan.allocations[allocation as usize].capability] as usize
    }

    /// The set that grows from some lines, by name; empty when they are in a set already.
    fn grow(&mut self, from: &[usize], period: usize, level: f64) -> Vec<usize> {
        let periods = self.scene.periods();
        let mut taken = std::mem::take(&mut self.taken);
        let mut set = Vec::new();
        let join = |line: usize, taken: &mut Vec<bool>, set: &mut Vec<usize>| {
            let joins = !std::mem::replace(&mut taken[line * periods + period], true);
            if joins {
                set.push(line);
            }
            joins
        };
        from.iter().for_each(|line| _ = join(*line, &mut taken, &mut set));
        // A step lies in one area, so that is how far a set can grow; the search ends when no line there is left to join.
        let area = set.first().map(|line| self.terrain.lines_in.group(self.scene.problem.lines[*line].area)).unwrap_or_default();
        let place = |line: u32| line as usize * periods + period;
        let mut left = area.iter().filter(|l| !taken[place(**l)] && self.loads[place(**l)].belongs(level)).count();
        if self.scene.is_frozen(period) {
            left = 0;
        }
        let mut next = 0;
        while let Some(&line) = set.get(next) {
            next += 1;
            for &i in self.made_on.group(line * periods + period) {
                if left == 0 {
                    break;
                }
                for way in self.terrain.ways.of_step(self.step_made(i)) {
                    let other = place(way.line);
                    if !taken[other] && self.loads[other].belongs(level) && way.allowed(period) {
                        join(way.line as usize, &mut taken, &mut set);
                        left = left.saturating_sub(1);
                    }
                }
            }
            let (starts, entries) = &self.short_on;
            let here = line * periods + period;
            for &u in &entries[starts[here] as usize..starts[here + 1] as usize] {
                for &line in &self.plan.unmet[u as usize].limiting_lines {
                    if join(line, &mut taken, &mut set) && self.loads[line * periods + period].belongs(level) {
                        left = left.saturating_sub(1);
                    }
                }
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
        let periods = self.scene.periods();
        let bound = match self.terrain.bound.remove(&lines).filter(|_| self.same_ways) {
            Some(known) => known,
            None => self.bound_to(&lines, period),
        };
        let mut models = Vec::new();
        let mut hours_needed = 0.0;
        for &Bound { model, hours } in &bound {
            let wanted = self.demand[model as usize * periods + period];
            if wanted > 0.0 {
                hours_needed += hours * wanted;
                models.push(model as usize);
            }
        }
        if self.same_ways && self.terrain.bound.len() < MOST_SETS {
            self.terrain.bound.insert(lines.clone(), bound);
        }
        models.sort_unstable_by_key(|m| self.scene.order.model_rank[*m]);
        models.dedup();
        let hours_available = lines.iter().map(|l| self.scene.load(*l, period).hours_available).sum();
        Some(Constraint { area, period, lines, models, hours_needed, hours_available, short })
    }

    /// Steps that can be done on these lines only, in the order of the lines.
    fn bound_to(&mut self, lines: &[usize], period: usize) -> Vec<Bound> {
        self.sets += 1;
        for &line in lines {
            self.set_of[line] = self.sets;
        }
        let mut bound = Vec::new();
        for &line in lines {
            for &c in self.terrain.capabilities_on.group(line) {
                let step = self.scene.order.step_of[c as usize] as usize;
                if std::mem::replace(&mut self.looked_at[step], self.sets) == self.sets {
                    continue;
                }
                if let Some(hours) = self.least_hours_if_bound(step, period) {
                    bound.push(Bound { model: self.scene.problem.steps[step].model as u32, hours });
                }
            }
        }
        bound
    }

    /// Least hours for a unit at the step, if it can be done on lines of the latest set only.
    fn least_hours_if_bound(&self, step: usize, period: usize) -> Option<f64> {
        let mut least = None;
        for way in self.terrain.ways.of_step(step) {
            let line = way.line as usize;
            if !way.allowed(period) || !self.loads[line * self.scene.periods() + period].runs {
                continue;
            }
            if self.set_of[line] != self.sets {
                return None;
            }
            least = Some(least.map_or(way.hours, |known: f64| known.min(way.hours)));
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
