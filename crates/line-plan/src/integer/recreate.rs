//! Ruin and recreate: takes a few items out of a plan for a given open set and puts them back better.
//!
//! Items that are split or missing attract the ruin; what is put back goes whole to the line where it costs least at the
//! relaxation's hour prices, or best fills what is left, and is split only when it fits nowhere whole. Worse plans are accepted by
//! simulated annealing (Schrimpf et al., "Record breaking optimization results using the ruin and recreate principle", J. Comput.
//! Phys. 159, 2000). Openings are not touched here.
//!
//! **Invariant:** after every move the plan keeps capacity, minimum lots, split limits and equal amounts over the steps of an item;
//! a rejected move is undone to the last bit; the same seed gives the same plan as long as the clock does not end the search.

use super::Limits;
use super::block::{Block, Costs};
use super::random::Random;

/// Weight of used hours, at the relaxation's prices, beside the true cost when a plan is judged on the way.
const HOURS_WEIGHT: f64 = 0.3;
/// Moves tried to find the usual change of a move.
const SAMPLES: usize = 64;
/// Share of an amount that counts as rounding.
const ROUNDING: f64 = 1e-12;

/// What is fixed during a search.
pub(super) struct Scene<'a> {
    /// The block.
    pub block: &'a Block,
    /// Costs; openings are not counted.
    pub costs: &'a Costs,
    /// Hours of open slots, overtime included, and 0 elsewhere (h).
    pub hours: &'a [f64],
    /// Value of an hour on each slot.
    pub prices: &'a [f64],
    /// A cost at which the search may end.
    pub enough: f64,
}

/// Improves units on the open slots.
pub(super) fn improve(scene: &Scene, start: Start, limits: &Limits) -> Vec<f64> {
    let mut search = Search::new(scene, limits.seed);
    match start {
        Start::Relaxed(units) => search.begin_with(units),
        Start::Plan(units) => search.resume(units),
    }
    search.anneal(limits);
    search.best.1
}

/// Where to begin.
pub(super) enum Start<'a> {
    /// From the units of a relaxed point, of which only what is whole can be taken over.
    Relaxed(&'a [f64]),
    /// From a plan on the same slots; items whose steps make different amounts are put in anew.
    Plan(&'a [f64]),
}

struct Search<'a> {
    block: &'a Block,
    costs: &'a Costs,
    hours: &'a [f64],
    prices: &'a [f64],
    enough: f64,
    most: Vec<f64>,
    on_slot: Vec<Vec<u32>>,
    /// Hours an item needs about (h), for ordering.
    work: Vec<f64>,
    random: Random,
    units: Vec<f64>,
    loads: Vec<f64>,
    made: Vec<f64>,
    cost: f64,
    /// What was changed since the last accepted plan, and what that cost.
    undo: Vec<Change>,
    kept_cost: f64,
    best: (f64, Vec<f64>),
    removed: Vec<u32>,
    /// Items whose amounts are bounded: they stay as they began.
    bounded: Vec<bool>,
}

/// The value before a change.
enum Change {
    /// Units of an arc, and the load of its slot.
    Units { arc: u32, units: f64, load: f64 },
    /// Units made of an item.
    Made { item: u32, made: f64 },
}

impl<'a> Search<'a> {
    fn new(scene: &Scene<'a>, seed: u64) -> Search<'a> {
        let Scene { block, costs, hours, prices, enough } = *scene;
        let mut on_slot = vec![Vec::new(); block.slots.len()];
        for (a, arc) in block.arcs.iter().enumerate() {
            on_slot[arc.slot].push(a as u32);
        }
        let most = (0..block.arcs.len()).map(|a| if hours[block.arcs[a].slot] > 0.0 { block.most_units(a) } else { 0.0 }).collect();
        let work = block.items.iter().map(|item| {
            let least = |s: &super::block::Step| block.arcs[s.arcs.clone()].iter().map(|a| a.hours_per_unit).fold(f64::INFINITY, f64::min);
            item.demand * block.steps[item.steps.clone()].iter().map(least).filter(|h| h.is_finite()).sum::<f64>()
        });
        let work = work.collect();
        let cost = block.items.iter().zip(&costs.unmet).map(|(item, c)| item.demand * c).sum();
        Search {
            block,
            costs,
            hours,
            prices,
            enough,
            most,
            on_slot,
            work,
            random: Random::new(seed),
            units: vec![0.0; block.arcs.len()],
            loads: vec![0.0; block.slots.len()],
            made: vec![0.0; block.items.len()],
            cost,
            undo: Vec::new(),
            kept_cost: cost,
            best: (f64::INFINITY, Vec::new()),
            removed: Vec::new(),
            bounded: (0..block.items.len()).map(|item| block.is_bounded(item)).collect(),
        }
    }

    /// Takes over the bounded items of a start.
    fn hold(&mut self, start: &[f64]) {
        for item in (0..self.bounded.len()).filter(|item| self.bounded[*item]).collect::<Vec<usize>>() {
            for arc in self.block.steps[self.block.items[item].steps.clone()].iter().flat_map(|s| s.arcs.clone()) {
                if start[arc] > 0.0 {
                    self.set(arc, start[arc]);
                }
            }
            self.count_made(item, self.block.made(item, start));
        }
    }

    /// Takes over the items that the start makes whole on one arc per step, then inserts the others, largest first.
    fn begin_with(&mut self, start: &[f64]) {
        self.hold(start);
        let mut others = Vec::new();
        for item in (0..self.block.items.len()).filter(|item| !self.bounded[*item]).collect::<Vec<usize>>() {
            let steps = self.block.items[item].steps.clone();
            let demand = self.block.items[item].demand;
            let whole = |s: usize| self.block.steps[s].arcs.clone().find(|a| start[*a] >= demand * (1.0 - 1e-9) && self.fits(*a, demand));
            let arcs: Option<Vec<usize>> = steps.map(whole).collect();
            match arcs.filter(|arcs| demand > 0.0 && !arcs.is_empty()) {
                Some(arcs) => {
                    arcs.into_iter().for_each(|arc| self.set(arc, demand));
                    self.count_made(item, demand);
                    if self.overfull(item) {
                        self.take_out(item);
                        others.push(item as u32);
                    }
                }
                None => others.push(item as u32),
            }
        }
        self.put_in_by_size(others);
        self.keep();
        self.best = (self.cost, self.units.clone());
    }

    /// Takes over a plan.
    fn resume(&mut self, plan: &[f64]) {
        for (arc, &units) in plan.iter().enumerate().filter(|(_, units)| **units > 0.0) {
            self.set(arc, units);
        }
        let mut uneven = Vec::new();
        for item in 0..self.block.items.len() {
            let made = self.block.made(item, plan);
            self.count_made(item, made);
            let steps = &self.block.steps[self.block.items[item].steps.clone()];
            let most = steps.iter().map(|s| plan[s.arcs.clone()].iter().sum::<f64>()).fold(0.0, f64::max);
            if !self.bounded[item] && (most > made * (1.0 + 1e-9) || made == 0.0) {
                uneven.push(item as u32);
            }
        }
        uneven.iter().for_each(|item| self.take_out(*item as usize));
        self.put_in_by_size(uneven);
        self.keep();
        self.best = (self.cost, self.units.clone());
    }

    /// Puts items in, the largest first.
    fn put_in_by_size(&mut self, mut items: Vec<u32>) {
        items.sort_by(|a, b| self.work[*b as usize].total_cmp(&self.work[*a as usize]).then(a.cmp(b)));
        items.into_iter().for_each(|item| self.put_in(item as usize));
    }

    fn overfull(&self, item: usize) -> bool {
        let arcs = self.block.steps[self.block.items[item].steps.clone()].iter().flat_map(|s| s.arcs.clone());
        arcs.map(|a| self.block.arcs[a].slot).any(|s| self.loads[s] > self.hours[s] * (1.0 + ROUNDING))
    }

    fn anneal(&mut self, limits: &Limits) {
        if self.block.items.is_empty() {
            return;
        }
        let (hot, cold) = self.temperatures();
        let mut energy = self.energy();
        for iteration in 0..limits.iterations {
            if self.best.0 <= self.enough || (iteration % 64 == 0 && limits.is_over()) {
                return;
            }
            if iteration % 4096 == 4095 {
                self.loads = self.loads_afresh();
                energy = self.energy();
            }
            let progress = iteration as f64 / limits.iterations as f64;
            let temperature = hot * (cold / hot).powf(progress);
            self.ruin();
            self.recreate();
            let new = self.energy();
            if new <= energy - temperature * self.random.share().max(1e-300).ln() {
                energy = new;
                self.keep();
                if self.cost < self.best.0 - 1e-9 * self.best.0.abs() {
                    self.best = (self.cost, self.units.clone());
                }
            } else {
                self.roll_back();
            }
        }
    }

    /// Temperatures at the beginning and the end: half the usual change of a move, tried and undone, and a hundredth of the
    /// smallest usual step.
    fn temperatures(&mut self) -> (f64, f64) {
        let before = self.energy();
        let mut changes: Vec<f64> = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            self.ruin();
            self.recreate();
            changes.push((self.energy() - before).abs());
            self.roll_back();
        }
        changes.retain(|change| *change > 0.0);
        changes.sort_by(f64::total_cmp);
        let usual = changes.get(changes.len() / 2).copied().unwrap_or(0.0);
        let small = self.step();
        ((0.5 * usual).max(small), 0.01 * small)
    }

    /// A small step of the cost: half the mean assignment cost, or a share of what an item's demand is worth.
    fn step(&self) -> f64 {
        let positive = self.costs.assignment.iter().filter(|c| **c > 0.0);
        let (sum, count) = positive.fold((0.0, 0), |(sum, count), c| (sum + c, count + 1));
        if count > 0 {
            return 0.5 * sum / f64::from(count);
        }
        let worth: f64 = self.block.items.iter().zip(&self.costs.unmet).map(|(i, c)| i.demand * c).sum();
        (0.05 * worth / self.block.items.len() as f64).max(f64::MIN_POSITIVE)
    }

    fn energy(&self) -> f64 {
        self.cost + HOURS_WEIGHT * self.loads.iter().zip(self.prices).map(|(load, price)| load * price).sum::<f64>()
    }

    fn loads_afresh(&self) -> Vec<f64> {
        self.block.loads(&self.units)
    }

    fn free(&self, arc: usize) -> f64 {
        let slot = self.block.arcs[arc].slot;
        self.hours[slot] - self.loads[slot]
    }

    /// Hours of an open slot without overtime, 0 elsewhere.
    fn regular(&self, slot: usize) -> f64 {
        (self.hours[slot] - self.block.slots[slot].overtime).max(0.0)
    }

    /// What further hours on a slot cost in overtime.
    fn overtime_cost(&self, slot: usize, hours: f64) -> f64 {
        let spare = (self.regular(slot) - self.loads[slot]).max(0.0);
        self.costs.overtime[slot] * (hours - spare).max(0.0)
    }

    fn fits(&self, arc: usize, amount: f64) -> bool {
        let a = &self.block.arcs[arc];
        amount <= self.most[arc] * (1.0 + ROUNDING)
            && amount >= a.minimum_lot
            && a.hours_per_unit * amount + a.setup_hours <= self.free(arc) + ROUNDING * self.hours[a.slot]
    }

    /// Most units the arc can take now, 0 where less than the minimum lot.
    fn room(&self, arc: usize) -> f64 {
        let a = &self.block.arcs[arc];
        let room = self.most[arc].min((self.free(arc) - a.setup_hours) / a.hours_per_unit);
        if room < a.minimum_lot { 0.0 } else { room.max(0.0) }
    }

    fn set(&mut self, arc: usize, units: f64) {
        let a = &self.block.arcs[arc];
        let (old, load) = (self.units[arc], self.loads[a.slot]);
        self.undo.push(Change::Units { arc: arc as u32, units: old, load });
        let mut new = load + a.hours_per_unit * (units - old);
        if units > 0.0 && old == 0.0 {
            new += a.setup_hours;
            self.cost += self.costs.assignment[arc];
        } else if units == 0.0 && old > 0.0 {
            new -= a.setup_hours;
            self.cost -= self.costs.assignment[arc];
        }
        let regular = self.regular(a.slot);
        self.cost += self.costs.overtime[a.slot] * ((new - regular).max(0.0) - (load - regular).max(0.0));
        self.loads[a.slot] = new;
        self.units[arc] = units;
    }

    fn count_made(&mut self, item: usize, made: f64) {
        let old = self.made[item];
        self.undo.push(Change::Made { item: item as u32, made: old });
        self.cost -= self.costs.unmet[item] * (made - old);
        self.made[item] = made;
    }

    fn keep(&mut self) {
        self.undo.clear();
        self.kept_cost = self.cost;
    }

    fn roll_back(&mut self) {
        while let Some(change) = self.undo.pop() {
            match change {
                Change::Units { arc, units, load } => {
                    self.units[arc as usize] = units;
                    self.loads[self.block.arcs[arc as usize].slot] = load;
                }
                Change::Made { item, made } => self.made[item as usize] = made,
            }
        }
        self.cost = self.kept_cost;
    }

    fn take_out(&mut self, item: usize) {
        for step in self.block.items[item].steps.clone() {
            for arc in self.block.steps[step].arcs.clone() {
                if self.units[arc] > 0.0 {
                    self.set(arc, 0.0);
                }
            }
        }
        self.count_made(item, 0.0);
    }

    /// What is wrong with an item: its missing units and all assignments beyond one per step, in cost.
    fn fault(&self, item: usize) -> f64 {
        let missing = self.costs.unmet[item] * (self.block.items[item].demand - self.made[item]);
        let split = |s: usize| {
            let used = self.block.steps[s].arcs.clone().filter(|a| self.units[*a] > 0.0);
            used.skip(1).map(|a| self.costs.assignment[a] + 1e-3).sum::<f64>()
        };
        missing + self.block.items[item].steps.clone().map(split).sum::<f64>()
    }

    fn ruin(&mut self) {
        self.removed.clear();
        let items = self.block.items.len();
        let seed = self.pick_faulty(items);
        self.remove(seed);
        let steps = self.block.items[seed].steps.clone();
        if steps.is_empty() {
            return;
        }
        let lines = 1 + self.random.below(3);
        for _ in 0..lines {
            let step = steps.start + self.random.below(steps.len());
            let arcs = self.block.steps[step].arcs.clone();
            if arcs.is_empty() {
                continue;
            }
            let slot = self.block.arcs[arcs.start + self.random.below(arcs.len())].slot;
            for _ in 0..1 + self.random.below(4) {
                self.remove_from(slot);
            }
        }
        for _ in 0..self.random.below(3) {
            let item = self.random.below(items);
            if self.made[item] < self.block.items[item].demand {
                self.remove(item);
            }
        }
    }

    /// The worst of a few items drawn, or any.
    fn pick_faulty(&mut self, items: usize) -> usize {
        let mut worst = self.random.below(items);
        let mut fault = self.fault(worst);
        for _ in 0..self.random.below(12) {
            let item = self.random.below(items);
            let other = self.fault(item);
            if other > fault {
                (worst, fault) = (item, other);
            }
        }
        worst
    }

    /// Takes one item, drawn from what the slot makes, out.
    fn remove_from(&mut self, slot: usize) {
        let arcs = &self.on_slot[slot];
        if arcs.is_empty() {
            return;
        }
        let first = self.random.below(arcs.len());
        let used = (0..arcs.len()).map(|i| arcs[(first + i) % arcs.len()] as usize).find(|a| self.units[*a] > 0.0);
        if let Some(arc) = used {
            self.remove(self.block.steps[self.block.arcs[arc].step].item);
        }
    }

    fn remove(&mut self, item: usize) {
        if !self.bounded[item] && !self.removed.contains(&(item as u32)) {
            self.removed.push(item as u32);
            self.take_out(item);
        }
    }

    fn recreate(&mut self) {
        let mut removed = std::mem::take(&mut self.removed);
        match self.random.below(3) {
            0 => removed.sort_by(|a, b| self.work[*b as usize].total_cmp(&self.work[*a as usize])),
            1 => self.random.shuffle(&mut removed),
            _ => {
                let loss = |i: &u32| self.costs.unmet[*i as usize] * self.block.items[*i as usize].demand;
                removed.sort_by(|a, b| loss(b).total_cmp(&loss(a)));
            }
        }
        for &item in &removed {
            self.put_in(item as usize);
        }
        self.removed = removed;
    }

    /// Makes as much of an item as fits and pays; it must be out.
    fn put_in(&mut self, item: usize) {
        let mut amount = self.block.items[item].demand;
        let steps = self.block.items[item].steps.clone();
        if steps.is_empty() || amount <= 0.0 {
            return;
        }
        let before = self.cost;
        // A later step may find less room than an earlier one: then all start again with what it can make.
        for _ in 0..4 {
            let mut least = amount;
            for step in steps.clone() {
                least = least.min(self.place(step, amount, steps.len() == 1));
                if least < amount {
                    break;
                }
            }
            if least >= amount || steps.len() == 1 {
                self.count_made(item, least);
                if self.cost >= before {
                    self.take_out(item);
                }
                return;
            }
            self.take_out(item);
            if least <= 0.0 {
                return;
            }
            amount = least;
        }
    }

    /// Places an amount on a step and returns what was placed.
    fn place(&mut self, step: usize, amount: f64, alone: bool) -> f64 {
        if let Some(arc) = self.whole(step, amount) {
            self.set(arc, amount);
            return amount;
        }
        self.split(step, amount, alone)
    }

    /// The best arc that takes the amount whole.
    fn whole(&mut self, step: usize, amount: f64) -> Option<usize> {
        let tight = self.random.below(4) == 0;
        let mut best: Option<(f64, usize)> = None;
        for arc in self.block.steps[step].arcs.clone() {
            if !self.fits(arc, amount) || self.random.below(50) == 0 {
                continue;
            }
            let a = &self.block.arcs[arc];
            let hours = a.hours_per_unit * amount + a.setup_hours;
            let score = if tight {
                self.free(arc) - hours
            } else {
                self.costs.assignment[arc] + (self.prices[a.slot] + 1e-6) * hours + self.overtime_cost(a.slot, hours)
            };
            if best.is_none_or(|(least, _)| score < least) {
                best = Some((score, arc));
            }
        }
        best.map(|(_, arc)| arc)
    }

    /// Splits the amount over the arcs with most room.
    fn split(&mut self, step: usize, amount: f64, alone: bool) -> f64 {
        let Some(arcs) = Some(self.block.steps[step].arcs.clone()).filter(|a| !a.is_empty()) else { return 0.0 };
        let most_lines = self.block.steps[step].most_lines.map_or(arcs.len(), |most| most as usize);
        let unmet = self.costs.unmet[self.block.steps[step].item];
        let mut left = amount;
        for _ in 0..most_lines {
            let open = |a: &usize| self.units[*a] == 0.0 && self.block.arcs[*a].minimum_lot <= left;
            let widest = arcs.clone().filter(open).map(|a| (self.room(a).min(left), a)).filter(|(room, _)| *room > ROUNDING * amount);
            let Some((room, arc)) = widest.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))) else { break };
            let rest = left - room;
            let lots = || arcs.clone().filter(|a| *a != arc && self.units[*a] == 0.0 && self.room(*a) > 0.0);
            let next = lots().map(|a| self.block.arcs[a].minimum_lot).fold(f64::INFINITY, f64::min);
            // Leaves the next line enough for its minimum lot.
            let room = if rest > 0.0 && rest < next && next.is_finite() && left - next >= self.block.arcs[arc].minimum_lot && left > next {
                left - next
            } else {
                room
            };
            if alone && unmet * room <= self.costs.assignment[arc] {
                break;
            }
            self.set(arc, room);
            left -= room;
            if left <= ROUNDING * amount {
                return amount;
            }
        }
        amount - left
    }
}
