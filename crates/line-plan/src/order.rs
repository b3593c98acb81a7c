//! The canonical order of a problem: everything ranked by names, and the routes and capabilities grouped along it.
//!
//! Whatever sums, ties or lists along this order gives the same answer however the rows of the problem were shuffled.
//!
//! **Invariant:** built only from a problem without [defects](crate::Problem::defects); every order is total because names are unique.

use crate::problem::Problem;

/// A model's stop in an area: all steps that must be done there for one unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    /// Index of the model.
    pub model: u32,
    /// Index of the area.
    pub area: u32,
    first: u32,
    last: u32,
}

/// Ranks, orders and groups. All vectors hold indices into the problem.
#[derive(Debug)]
pub(crate) struct Order {
    /// Areas by name: rank of each.
    pub area_rank: Vec<u32>,
    /// Lines by plant, area name and name.
    pub lines: Vec<u32>,
    /// Rank of each line.
    pub line_rank: Vec<u32>,
    /// Models by name.
    pub models: Vec<u32>,
    /// Rank of each model.
    pub model_rank: Vec<u32>,
    /// Steps by model, area and name.
    pub steps: Vec<u32>,
    /// Rank of each step.
    pub step_rank: Vec<u32>,
    /// Rank of each capability by area, plant, line, model and step.
    pub capability_rank: Vec<u32>,
    /// Line, step and hours per unit (h) of each capability: side by side, for they are looked up in many orders.
    pub line_of: Vec<u32>,
    pub step_of: Vec<u32>,
    pub hours_of: Vec<f64>,
    /// Stops by model and area name.
    pub stops: Vec<Stop>,
    stops_of: Vec<(u32, u32)>,
    of_step: Grouped,
}

impl Order {
    /// Orders the problem.
    pub fn of(problem: &Problem) -> Order {
        let areas = sorted(problem.areas.len(), |a| &problem.areas[a].name);
        let area_rank = ranks(&areas);
        let lines = sorted(problem.lines.len(), |l| {
            let line = &problem.lines[l];
            (&line.plant, area_rank[line.area], &line.name)
        });
        let models = sorted(problem.models.len(), |m| &problem.models[m].name);
        let model_rank = ranks(&models);
        let steps = sorted(problem.steps.len(), |s| {
            let step = &problem.steps[s];
            (model_rank[step.model], area_rank[step.area], &step.name)
        });
        let step_rank = ranks(&steps);
        let by_area = spread(&lines, areas.len(), |l| area_rank[problem.lines[l].area] as usize);
        let line_place = ranks(&by_area.items);
        let (line_of, step_of): (Vec<u32>, Vec<u32>) = problem.capabilities.iter().map(|c| (c.line as u32, c.step as u32)).unzip();
        let hours_of = (0..line_of.len()).map(|c| problem.hours_per_unit(c)).collect();
        let unordered: Vec<u32> = (0..line_of.len() as u32).collect();
        let by_step = spread(&unordered, steps.len(), |c| step_rank[step_of[c] as usize] as usize);
        let by_line = spread(&by_step.items, lines.len(), |c| line_place[line_of[c] as usize] as usize);
        let of_step = spread(&by_line.items, steps.len(), |c| step_of[c] as usize);
        let stops = stops(problem, &steps);
        let stops_of = ranges(&stops, models.len());
        let (line_rank, capability_rank) = (ranks(&lines), ranks(&by_line.items));
        Order {
            line_rank,
            step_rank,
            capability_rank,
            line_of,
            step_of,
            hours_of,
            area_rank,
            lines,
            models,
            model_rank,
            steps,
            stops,
            stops_of,
            of_step,
        }
    }

    /// Takes the hours per unit of a problem that is otherwise the same.
    pub fn renew_hours(&mut self, problem: &Problem) {
        self.hours_of.iter_mut().enumerate().for_each(|(c, hours)| *hours = problem.hours_per_unit(c));
    }

    /// The stops of a model, by area name.
    pub fn stops_of(&self, model: usize) -> &[Stop] {
        let (first, last) = self.stops_of[model];
        &self.stops[first as usize..last as usize]
    }

    /// The steps (indices) of a stop, by name.
    pub fn steps_at(&self, stop: Stop) -> &[u32] {
        &self.steps[stop.first as usize..stop.last as usize]
    }

    /// The capabilities (indices) of a step, by plant and line name.
    pub fn capabilities_of(&self, step: usize) -> &[u32] {
        self.of_step.group(step)
    }
}

/// Items in groups, one after the other.
#[derive(Debug)]
pub(crate) struct Grouped {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Grouped {
    /// The items of a group.
    pub fn group(&self, group: usize) -> &[u32] {
        &self.items[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    /// All items, group after group.
    pub fn items(&self) -> &[u32] {
        &self.items
    }
}

/// Distributes items over groups by counting, keeping their order inside a group.
pub(crate) fn spread(items: &[u32], groups: usize, group_of: impl Fn(usize) -> usize) -> Grouped {
    let mut starts = vec![0u32; groups + 1];
    for &i in items {
        starts[group_of(i as usize) + 1] += 1;
    }
    for g in 0..groups {
        starts[g + 1] += starts[g];
    }
    let mut next = starts.clone();
    let mut spread = vec![0u32; items.len()];
    for &i in items {
        let slot = &mut next[group_of(i as usize)];
        spread[*slot as usize] = i;
        *slot += 1;
    }
    Grouped { starts, items: spread }
}

fn sorted<'a, K: Ord + 'a>(count: usize, key: impl Fn(usize) -> K + 'a) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.sort_by_key(|i| key(*i as usize));
    order
}

fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    for (rank, &i) in order.iter().enumerate() {
        ranks[i as usize] = rank as u32;
    }
    ranks
}

fn stops(problem: &Problem, steps: &[u32]) -> Vec<Stop> {
    let mut stops: Vec<Stop> = Vec::new();
    for (place, &s) in steps.iter().enumerate() {
        let step = &problem.steps[s as usize];
        let (model, area, place) = (step.model as u32, step.area as u32, place as u32);
        match stops.last_mut() {
            Some(stop) if stop.model == model && stop.area == area => stop.last = place + 1,
            _ => stops.push(Stop { model, area, first: place, last: place + 1 }),
        }
    }
    stops
}

fn ranges(stops: &[Stop], models: usize) -> Vec<(u32, u32)> {
    let mut ranges = vec![(0, 0); models];
    for (place, stop) in stops.iter().enumerate() {
        let range = &mut ranges[stop.model as usize];
        if range.0 == range.1 {
            range.0 = place as u32;
        }
        range.1 = place as u32 + 1;
    }
    ranges
}
