//! The problem in canonical order, cut into components.
//!
//! Everything is ordered by names, so that no later step can depend on the order of rows. Components are those of the graph of lines and
//! (model, area) pairs: what is not connected is solved apart.
//!
//! **Invariant:** indices of models, lines, steps and capabilities in here are ranks by name, not the problem's.

use crate::assemble::demand;
use crate::options::Frozen;
use crate::order::{Order, Stop};
use crate::problem::{Problem, Window};

/// The ordered problem.
#[derive(Debug, Default)]
pub(crate) struct Network {
    pub periods: usize,
    /// Problem index of each ranked line.
    pub line_id: Vec<u32>,
    /// Rank of the (area, plant) each ranked line stands in.
    pub line_place: Vec<u32>,
    /// Hours and overtime, `[line * periods + period]` (h).
    pub hours: Vec<f64>,
    pub overtime: Vec<f64>,
    /// Problem index of each ranked model.
    pub model_id: Vec<u32>,
    /// Units, `[model * periods + period]`.
    pub demand: Vec<f64>,
    /// Pairs of a model: `model_pairs[m]..model_pairs[m + 1]`.
    pub model_pairs: Vec<u32>,
    /// Pairs of (model, area): model, rank of the area, steps `pair_steps[p]..pair_steps[p + 1]`.
    pub pair_model: Vec<u32>,
    pub pair_stop: Vec<Stop>,
    pub pair_steps: Vec<u32>,
    /// Arcs of step `k`: `step_arcs[k]..step_arcs[k + 1]`.
    pub step_arcs: Vec<u32>,
    /// Problem index of each step.
    pub step_id: Vec<u32>,
    /// Problem index of the capability, ranked line, hours per unit, priority, usable periods of each arc.
    pub arc_id: Vec<u32>,
    pub arc_line: Vec<u32>,
    pub arc_hours: Vec<f64>,
    pub arc_priority: Vec<u32>,
    pub arc_window: Vec<Window>,
    /// Released units, `[arc * periods + period]`; empty where nothing is released.
    released: Vec<f64>,
    is_released: Vec<bool>,
    frozen: Option<Frozen>,
    pub components: Vec<Component>,
    /// Pairs of which every step has an arc that is usable in every period.
    always: Vec<bool>,
}

/// Pairs and lines connected through capabilities of any period.
#[derive(Debug, Clone, Default)]
pub(crate) struct Component {
    pub pairs: Vec<u32>,
    pub lines: Vec<u32>,
}

impl Network {
    pub fn new(problem: &Problem, order: &Order, frozen: Option<Frozen>) -> Self {
        let periods = problem.periods.len();
        let line_id = order.lines.clone();
        let mut line_rank = vec![0; line_id.len()];
        for (rank, &id) in line_id.iter().enumerate() {
            line_rank[id as usize] = rank as u32;
        }
        let mut network = Network { periods, model_pairs: vec![0], frozen, ..Network::default() };
        network.arc_id.reserve(problem.capabilities.len());
        for &m in &order.models {
            for &stop in order.stops_of(m as usize) {
                network.pair_model.push(network.model_id.len() as u32);
                network.pair_stop.push(stop);
                network.pair_steps.push(network.step_arcs.len() as u32);
                for &s in order.steps_at(stop) {
                    network.step_arcs.push(network.arc_id.len() as u32);
                    network.step_id.push(s);
                    for &c in order.capabilities_of(s as usize) {
                        let capability = &problem.capabilities[c as usize];
                        let life = problem.models[m as usize].life;
                        network.arc_id.push(c);
                        network.arc_line.push(line_rank[capability.line]);
                        network.arc_hours.push(order.hours_of[c as usize]);
                        network.arc_priority.push(capability.priority);
                        network.arc_window.push(Window {
                            first: capability.approved.first.max(life.first),
                            last: capability.approved.last.min(life.last),
                        });
                    }
                }
            }
            network.model_id.push(m);
            network.model_pairs.push(network.pair_model.len() as u32);
        }
        network.pair_steps.push(network.step_arcs.len() as u32);
        network.step_arcs.push(network.arc_id.len() as u32);
        network.find_demand(problem);
        for &id in &line_id {
            let line = &problem.lines[id as usize];
            network.hours.extend((0..periods).map(|t| line.hours(t)));
            network.overtime.extend((0..periods).map(|t| line.overtime_hours(t)));
        }
        let mut places = std::collections::BTreeMap::new();
        for &id in &line_id {
            let line = &problem.lines[id as usize];
            let next = places.len() as u32;
            network.line_place.push(*places.entry((line.area, &line.plant)).or_insert(next));
        }
        network.line_id = line_id;
        network.released = network.find_released(problem);
        network.is_released = (0..periods).map(|t| problem.is_released(t)).collect();
        network.components = network.find_components();
        network.always = network.find_always();
        network
    }

    /// Takes the demand and the frozen window of a problem that is otherwise the same.
    pub fn renew(&mut self, problem: &Problem, frozen: Option<Frozen>) {
        self.find_demand(problem);
        self.frozen = frozen;
    }

    /// Takes demand, hours and hours per unit of a problem that is otherwise the same.
    pub fn renew_numbers(&mut self, problem: &Problem, order: &Order) {
        self.find_demand(problem);
        for (hours, capability) in self.arc_hours.iter_mut().zip(&self.arc_id) {
            *hours = order.hours_of[*capability as usize];
        }
        for (l, id) in self.line_id.iter().enumerate() {
            let line = &problem.lines[*id as usize];
            for t in 0..self.periods {
                self.hours[l * self.periods + t] = line.hours(t);
                self.overtime[l * self.periods + t] = line.overtime_hours(t);
            }
        }
        self.always = self.find_always();
    }

    fn find_demand(&mut self, problem: &Problem) {
        let demand = demand(problem);
        self.demand.clear();
        for &m in &self.model_id {
            self.demand.extend_from_slice(&demand[m as usize * self.periods..][..self.periods]);
        }
    }

    pub fn pairs(&self) -> usize {
        self.pair_model.len()
    }

    pub fn pairs_of(&self, model: usize) -> std::ops::Range<usize> {
        self.model_pairs[model] as usize..self.model_pairs[model + 1] as usize
    }

    pub fn steps_of(&self, pair: usize) -> std::ops::Range<usize> {
        self.pair_steps[pair] as usize..self.pair_steps[pair + 1] as usize
    }

    pub fn arcs_of(&self, step: usize) -> std::ops::Range<usize> {
        self.step_arcs[step] as usize..self.step_arcs[step + 1] as usize
    }

    /// Whether an arc can be used in a period: approved, alive, and the line has hours.
    #[inline]
    pub fn usable(&self, arc: usize, period: usize) -> bool {
        let at = self.arc_line[arc] as usize * self.periods + period;
        self.arc_window[arc].contains(period) && self.hours[at] + self.overtime[at] > 0.0
    }

    /// Whether every step of the pair has a usable arc in the period.
    pub fn can_do(&self, pair: usize, period: usize) -> bool {
        self.always[pair] || self.steps_of(pair).all(|k| self.arcs_of(k).any(|j| self.usable(j, period)))
    }

    fn find_always(&self) -> Vec<bool> {
        let runs = |l: usize| (0..self.periods).all(|t| self.hours[l * self.periods + t] + self.overtime[l * self.periods + t] > 0.0);
        let runs: Vec<bool> = (0..self.line_id.len()).map(runs).collect();
        let whole = |w: &Window| w.first == 0 && w.last >= self.periods.saturating_sub(1);
        let always = |j: usize| runs[self.arc_line[j] as usize] && whole(&self.arc_window[j]);
        (0..self.pairs()).map(|p| self.steps_of(p).all(|k| self.arcs_of(k).any(always))).collect()
    }

    /// Whether the released plan speaks of a period.
    pub fn has_released(&self, period: usize) -> bool {
        self.is_released.get(period).copied().unwrap_or(false)
    }

    /// Units of an arc in the released plan.
    pub fn released(&self, arc: usize, period: usize) -> f64 {
        self.released.get(arc * self.periods + period).copied().unwrap_or(0.0)
    }

    /// The frozen window, in its periods.
    pub fn frozen(&self, period: usize) -> Option<Frozen> {
        self.frozen.filter(|frozen| period < frozen.periods)
    }

    fn find_released(&self, problem: &Problem) -> Vec<f64> {
        let by_capability = problem.released_units();
        let of_arc = |id: &u32| by_capability[*id as usize * self.periods..][..self.periods].iter().copied();
        if by_capability.is_empty() { Vec::new() } else { self.arc_id.iter().flat_map(of_arc).collect() }
    }

    fn find_components(&self) -> Vec<Component> {
        let mut sets = Sets::new(self.pairs() + self.line_id.len());
        for p in 0..self.pairs() {
            for k in self.steps_of(p) {
                for j in self.arcs_of(k) {
                    sets.join(p, self.pairs() + self.arc_line[j] as usize);
                }
            }
        }
        let mut components: Vec<Component> = Vec::new();
        let mut at = vec![u32::MAX; self.pairs() + self.line_id.len()];
        for p in 0..self.pairs() {
            let root = sets.root(p);
            if at[root] == u32::MAX {
                at[root] = components.len() as u32;
                components.push(Component::default());
            }
            components[at[root] as usize].pairs.push(p as u32);
        }
        for l in 0..self.line_id.len() {
            let root = sets.root(self.pairs() + l);
            if at[root] != u32::MAX {
                components[at[root] as usize].lines.push(l as u32);
            }
        }
        components
    }
}

/// Disjoint sets with path halving.
pub(crate) struct Sets(Vec<u32>);

impl Sets {
    pub fn new(size: usize) -> Self {
        Sets((0..size as u32).collect())
    }

    pub fn root(&mut self, mut a: usize) -> usize {
        while self.0[a] as usize != a {
            self.0[a] = self.0[self.0[a] as usize];
            a = self.0[a] as usize;
        }
        a
    }

    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        // The smaller index stays root, so that roots do not depend on the order of joins.
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        self.0[high] = low as u32;
    }
}
