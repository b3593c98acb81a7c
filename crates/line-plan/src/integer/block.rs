//! One block of the integer problem: items to be made, the steps each of them needs, and the arcs to slots that can do a step.
//!
//! A slot is a line in a period. The block knows nothing of models, areas or calendars, so any connected part of a
//! [`crate::Problem`] fits: the area reading has one step per item, the finished reading several that all make the same amount.
//! What is wished for is apart from it ([`Costs`]), so that one block serves several objectives in turn.
//!
//! **Invariant:** indices point into the block; the steps of an item and the arcs of a step lie side by side; hours per unit are
//! above zero and every other number is finite and not negative. The arcs of an item lead to slots of one period.

use std::ops::Range;

/// Tolerance for units and hours, relative to what is compared.
pub const TOLERANCE: f64 = 1e-7;

/// A line in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Period, in time order.
    pub period: usize,
    /// Hours that can be used without overtime (h).
    pub hours: f64,
    /// Further hours that can be used (h).
    pub overtime: f64,
    /// Whether opening it is a decision; otherwise it is open and costs nothing.
    pub decided: bool,
    /// The same line in the period before, when an opened line stays open: open there means open here.
    pub after: Option<usize>,
}

/// Demand for something in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Units wanted at most.
    pub demand: f64,
    /// Its steps; all of them make the same amount.
    pub steps: Range<usize>,
}

/// Something that must be done to every unit of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its item.
    pub item: usize,
    /// Most slots that may share it.
    pub most_lines: Option<u32>,
    /// Its arcs.
    pub arcs: Range<usize>,
}

/// A slot that can do a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Arc {
    /// Its step.
    pub step: usize,
    /// The slot.
    pub slot: usize,
    /// Hours for one unit (h), above zero.
    pub hours_per_unit: f64,
    /// Fewest units if any (units).
    pub minimum_lot: f64,
    /// Hours taken once if any unit is made here (h).
    pub setup_hours: f64,
}

/// The block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Block {
    /// Slots.
    pub slots: Vec<Slot>,
    /// Items.
    pub items: Vec<Item>,
    /// Steps, item by item.
    pub steps: Vec<Step>,
    /// Arcs, step by step.
    pub arcs: Vec<Arc>,
}

/// What things cost; the objective is the sum over everything, smaller is better.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// Of one unit of each item that is not made.
    pub unmet: Vec<f64>,
    /// Of each decided slot that is open.
    pub opening: Vec<f64>,
    /// Of an hour of overtime on each slot.
    pub overtime: Vec<f64>,
    /// Of each arc on which anything is made.
    pub assignment: Vec<f64>,
}

/// An answer for a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Amounts {
    /// Units on each arc.
    pub units: Vec<f64>,
    /// Which slots are open.
    pub open: Vec<bool>,
}

impl Slot {
    /// Most hours that can be used (h).
    pub fn most_hours(&self) -> f64 {
        self.hours + self.overtime
    }
}

impl Block {
    /// Adds a slot and returns its index.
    pub fn add_slot(&mut self, slot: Slot) -> usize {
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// Adds an item, so far without steps, and returns its index.
    pub fn add_item(&mut self, demand: f64) -> usize {
        self.items.push(Item { demand, steps: self.steps.len()..self.steps.len() });
        self.items.len() - 1
    }

    /// Adds a step, so far without arcs, to the latest item and returns its index. There must be an item.
    pub fn add_step(&mut self, most_lines: Option<u32>) -> usize {
        let item = self.items.len() - 1;
        self.steps.push(Step { item, most_lines, arcs: self.arcs.len()..self.arcs.len() });
        self.items[item].steps.end = self.steps.len();
        self.steps.len() - 1
    }

    /// Adds an arc to the latest step and returns its index. There must be a step.
    pub fn add_arc(&mut self, slot: usize, hours_per_unit: f64, minimum_lot: f64, setup_hours: f64) -> usize {
        let step = self.steps.len() - 1;
        self.arcs.push(Arc { step, slot, hours_per_unit, minimum_lot, setup_hours });
        self.steps[step].arcs.end = self.arcs.len();
        self.arcs.len() - 1
    }

    /// Most units an arc can carry: its item's demand, or what the slot's hours allow after the setup; 0 where not even the
    /// minimum lot fits.
    pub fn most_units(&self, arc: usize) -> f64 {
        let a = &self.arcs[arc];
        let demand = self.items[self.steps[a.step].item].demand;
        let most = demand.min((self.slots[a.slot].most_hours() - a.setup_hours) / a.hours_per_unit);
        if most <= 0.0 || most < a.minimum_lot { 0.0 } else { most }
    }

    /// Whether an arc's use is a decision of its own, beyond how much is made on it.
    pub fn is_discrete(&self, arc: usize) -> bool {
        let a = &self.arcs[arc];
        let step = &self.steps[a.step];
        a.minimum_lot > 0.0 || a.setup_hours > 0.0 || step.most_lines.is_some_and(|most| (most as usize) < step.arcs.len())
    }

    /// Units made of an item: the least over its steps; nothing where it has none.
    pub fn made(&self, item: usize, units: &[f64]) -> f64 {
        let steps = &self.steps[self.items[item].steps.clone()];
        let least = steps.iter().map(|s| units[s.arcs.clone()].iter().sum::<f64>()).fold(f64::INFINITY, f64::min);
        if steps.is_empty() { 0.0 } else { least }
    }

    /// Hours used on each slot, setups included (h).
    pub fn loads(&self, units: &[f64]) -> Vec<f64> {
        let mut loads = vec![0.0; self.slots.len()];
        for (arc, &x) in self.arcs.iter().zip(units) {
            if x > 0.0 {
                loads[arc.slot] += arc.hours_per_unit * x + arc.setup_hours;
            }
        }
        loads
    }

    /// What the amounts cost.
    pub fn cost(&self, costs: &Costs, amounts: &Amounts) -> f64 {
        let unmet: f64 =
            (0..self.items.len()).map(|i| costs.unmet[i] * (self.items[i].demand - self.made(i, &amounts.units)).max(0.0)).sum();
        let decided = |s: usize| self.slots[s].decided && amounts.open[s];
        let opening: f64 = (0..self.slots.len()).filter(|s| decided(*s)).map(|s| costs.opening[s]).sum();
        let over = |s: usize, load: f64| costs.overtime[s] * (load - self.slots[s].hours).max(0.0);
        let overtime: f64 = self.loads(&amounts.units).into_iter().enumerate().map(|(s, load)| over(s, load)).sum();
        let assignment: f64 = amounts.units.iter().zip(&costs.assignment).filter(|(x, _)| **x > 0.0).map(|(_, cost)| cost).sum();
        unmet + opening + overtime + assignment
    }

    /// Nothing made, nothing opened: always allowed.
    pub fn nothing(&self) -> Amounts {
        Amounts { units: vec![0.0; self.arcs.len()], open: self.slots.iter().map(|s| !s.decided).collect() }
    }

    /// Opens exactly the decided slots that something is made on, and those that stay open after them.
    pub fn opened_for(&self, units: Vec<f64>) -> Amounts {
        let mut open: Vec<bool> = self.slots.iter().map(|s| !s.decided).collect();
        for (arc, &x) in self.arcs.iter().zip(&units) {
            open[arc.slot] |= x > 0.0;
        }
        for slot in self.in_time() {
            open[slot] |= self.slots[slot].after.is_some_and(|before| open[before] && self.slots[before].decided);
        }
        Amounts { units, open }
    }

    /// Slots, earlier periods first.
    pub(super) fn in_time(&self) -> Vec<usize> {
        let mut slots: Vec<usize> = (0..self.slots.len()).collect();
        slots.sort_by_key(|s| self.slots[*s].period);
        slots
    }

    /// Whether the amounts keep every rule, within [`TOLERANCE`].
    pub fn keeps_rules(&self, amounts: &Amounts) -> bool {
        let units = &amounts.units;
        let near = |a: f64, b: f64| a <= b + TOLERANCE * b.abs().max(1.0);
        let loads = self.loads(units);
        let slots = (0..self.slots.len()).all(|s| {
            let slot = &self.slots[s];
            let stays = slot.after.is_none_or(|before| !self.slots[before].decided || !amounts.open[before] || amounts.open[s]);
            near(loads[s], if amounts.open[s] { slot.most_hours() } else { 0.0 }) && stays && (slot.decided || amounts.open[s])
        });
        let arcs = self.arcs.iter().zip(units).all(|(a, &x)| x == 0.0 || (x > 0.0 && near(a.minimum_lot, x)));
        let steps = self.steps.iter().all(|s| {
            let total: f64 = units[s.arcs.clone()].iter().sum();
            let used = units[s.arcs.clone()].iter().filter(|x| **x > 0.0).count();
            let made = self.made(s.item, units);
            near(total, self.items[s.item].demand) && near(total, made) && s.most_lines.is_none_or(|most| used <= most as usize)
        });
        slots && arcs && steps
    }

    /// The units without all of the items that a slot makes anything of.
    pub(super) fn without(&self, slot: usize, units: &[f64]) -> Vec<f64> {
        let mut left = units.to_vec();
        for (a, arc) in self.arcs.iter().enumerate().filter(|(a, arc)| arc.slot == slot && units[*a] > 0.0) {
            left[a] = 0.0;
            let steps = self.items[self.steps[arc.step].item].steps.clone();
            self.steps[steps].iter().for_each(|s| left[s.arcs.clone()].fill(0.0));
        }
        left
    }

    /// Whether some item has several steps, which must make the same amount.
    pub(super) fn has_linked_steps(&self) -> bool {
        self.items.iter().any(|item| item.steps.len() > 1)
    }

    /// The same slots and arcs with every step an item of its own, wanted as often as its item is in `demand`, and costs that share an
    /// item's worth among its steps.
    pub(super) fn apart(&self, costs: &Costs, demand: &[f64]) -> (Block, Costs) {
        let mut apart = Block { slots: self.slots.clone(), ..Block::default() };
        let mut unmet = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let item = &self.items[step.item];
            apart.add_item(item.demand.min(demand[step.item]));
            apart.add_step(step.most_lines);
            for a in &self.arcs[step.arcs.clone()] {
                apart.add_arc(a.slot, a.hours_per_unit, a.minimum_lot, a.setup_hours);
            }
            unmet.push(costs.unmet[step.item] / item.steps.len() as f64);
        }
        (apart, Costs { unmet, ..costs.clone() })
    }

    /// The parts that nothing couples: slots joined by items, and by lines that stay open. Items without arcs are in no part.
    pub fn components(&self) -> Vec<Part> {
        let mut root: Vec<usize> = (0..self.slots.len()).collect();
        for item in &self.items {
            let mut slots = self.steps[item.steps.clone()].iter().flat_map(|s| &self.arcs[s.arcs.clone()]).map(|a| a.slot);
            if let Some(first) = slots.next() {
                slots.for_each(|s| join(&mut root, first, s));
            }
        }
        for (s, slot) in self.slots.iter().enumerate() {
            if let Some(before) = slot.after {
                join(&mut root, before, s);
            }
        }
        let of_slot: Vec<usize> = (0..self.slots.len()).map(|s| find(&mut root, s)).collect();
        self.parts(&of_slot)
    }

    /// The parts by period, staying open left aside.
    pub(super) fn by_period(&self) -> Vec<Part> {
        let periods: Vec<usize> = self.slots.iter().map(|s| s.period).collect();
        self.parts(&periods)
    }

    fn parts(&self, of_slot: &[usize]) -> Vec<Part> {
        let mut keys: Vec<usize> = of_slot.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let mut parts: Vec<Part> = keys.iter().map(|_| Part::default()).collect();
        let mut place = vec![0; self.slots.len()];
        for (s, slot) in self.slots.iter().enumerate() {
            let part = &mut parts[keys.partition_point(|k| *k < of_slot[s])];
            let after = slot.after.filter(|before| of_slot[*before] == of_slot[s]).map(|before| place[before]);
            place[s] = part.block.add_slot(Slot { after, ..slot.clone() });
            part.slots.push(s);
        }
        for (i, item) in self.items.iter().enumerate() {
            let steps = &self.steps[item.steps.clone()];
            let Some(first) = steps.iter().find_map(|s| self.arcs[s.arcs.clone()].first()) else { continue };
            let part = &mut parts[keys.partition_point(|k| *k < of_slot[first.slot])];
            part.block.add_item(item.demand);
            part.items.push(i);
            for step in steps {
                part.block.add_step(step.most_lines);
                for arc in step.arcs.clone() {
                    let a = &self.arcs[arc];
                    part.block.add_arc(place[a.slot], a.hours_per_unit, a.minimum_lot, a.setup_hours);
                    part.arcs.push(arc);
                }
            }
        }
        parts
    }
}

/// A part of a block as a block of its own, and where its pieces come from. In a part `after` must point backwards, so slots
/// are entered in time order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    /// The part.
    pub block: Block,
    /// The whole block's index of each slot.
    pub slots: Vec<usize>,
    /// The whole block's index of each item.
    pub items: Vec<usize>,
    /// The whole block's index of each arc.
    pub arcs: Vec<usize>,
}

impl Part {
    /// The costs of the part.
    pub fn costs(&self, whole: &Costs) -> Costs {
        let pick = |from: &[f64], at: &[usize]| at.iter().map(|i| from[*i]).collect();
        Costs {
            unmet: pick(&whole.unmet, &self.items),
            opening: pick(&whole.opening, &self.slots),
            overtime: pick(&whole.overtime, &self.slots),
            assignment: pick(&whole.assignment, &self.arcs),
        }
    }

    /// Writes the part's amounts into the whole block's.
    pub fn write(&self, amounts: &Amounts, whole: &mut Amounts) {
        for (&arc, &units) in self.arcs.iter().zip(&amounts.units) {
            whole.units[arc] = units;
        }
        for (&slot, &open) in self.slots.iter().zip(&amounts.open) {
            whole.open[slot] = open;
        }
    }
}

fn find(root: &mut [usize], mut at: usize) -> usize {
    while root[at] != at {
        root[at] = root[root[at]];
        at = root[at];
    }
    at
}

fn join(root: &mut [usize], a: usize, b: usize) {
    let (a, b) = (find(root, a), find(root, b));
    root[a.max(b)] = a.min(b);
}
