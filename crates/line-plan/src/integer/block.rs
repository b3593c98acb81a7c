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

/// A line in a period, or hours that may be added to one: a longer shift pattern.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Slot {
    /// Period, in time order.
    pub period: usize,
    /// Hours that can be used without overtime (h).
    pub hours: f64,
    /// Further hours that can be used (h).
    pub overtime: f64,
    /// Whether opening it is a decision; otherwise it is open and costs nothing.
    pub decided: bool,
    /// The same line in the period before, where the two are tied: open there means open here, or, with [`Block::most_changes`], a
    /// difference between them is a change.
    pub after: Option<usize>,
    /// The slot to which this one only adds its hours when it is open; it carries no arcs, and is entered after that slot.
    pub adds_to: Option<usize>,
    /// A slot that must be open if this one is.
    pub needs: Option<usize>,
    /// Hours that slots may add to this one (h); kept by [`Block::add_slot`].
    pub more_hours: f64,
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
    /// Fewest and most units, in a frozen period; otherwise 0 and infinite.
    pub bounds: (f64, f64),
    /// Units in the released plan.
    pub released: f64,
}

impl Arc {
    /// Whether something must be made here.
    pub fn is_used(&self) -> bool {
        self.bounds.0 > 0.0
    }

    /// Whether its units are bounded: no search may move them.
    pub fn is_bounded(&self) -> bool {
        self.bounds != (0.0, f64::INFINITY)
    }
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
    /// How often slots that are tied may change between open and closed; none where an opened one stays open.
    pub most_changes: Option<u32>,
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
    /// Of each unit by which an arc differs from the released plan.
    pub change: Vec<f64>,
}

impl Costs {
    /// Nothing costs anything.
    pub fn none(block: &Block) -> Costs {
        let (items, slots, arcs) = (block.items.len(), block.slots.len(), block.arcs.len());
        Costs {
            unmet: vec![0.0; items],
            opening: vec![0.0; slots],
            overtime: vec![0.0; slots],
            assignment: vec![0.0; arcs],
            change: vec![0.0; arcs],
        }
    }

    /// Adds other costs, each times a weight.
    pub(super) fn add(&mut self, weight: f64, other: &Costs) {
        let add = |to: &mut [f64], from: &[f64]| to.iter_mut().zip(from).for_each(|(t, f)| *t += weight * f);
        add(&mut self.unmet, &other.unmet);
        add(&mut self.opening, &other.opening);
        add(&mut self.overtime, &other.overtime);
        add(&mut self.assignment, &other.assignment);
        add(&mut self.change, &other.change);
    }

    /// Whether changes against the released plan cost anything.
    pub(super) fn counts_changes(&self) -> bool {
        self.change.iter().any(|cost| *cost > 0.0)
    }
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
    /// Most hours that can be used, whatever is opened (h).
    pub fn most_hours(&self) -> f64 {
        self.hours + self.overtime + self.more_hours
    }
}

impl Block {
    /// Adds a slot and returns its index.
    pub fn add_slot(&mut self, slot: Slot) -> usize {
        if let Some(host) = slot.adds_to {
            self.slots[host].more_hours += slot.hours;
        }
        self.slots.push(Slot { more_hours: 0.0, ..slot });
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
        self.push_arc(Arc { step: 0, slot, hours_per_unit, minimum_lot, setup_hours, bounds: (0.0, f64::INFINITY), released: 0.0 })
    }

    /// Adds an arc to the latest step, whatever step it names, and returns its index. There must be a step.
    pub fn push_arc(&mut self, arc: Arc) -> usize {
        let step = self.steps.len() - 1;
        self.arcs.push(Arc { step, ..arc });
        self.steps[step].arcs.end = self.arcs.len();
        self.arcs.len() - 1
    }

    /// Most units an arc can carry: its item's demand, or what the slot's hours allow after the setup; 0 where not even the
    /// minimum lot fits.
    pub fn most_units(&self, arc: usize) -> f64 {
        let a = &self.arcs[arc];
        let demand = self.items[self.steps[a.step].item].demand;
        let most = demand.min((self.slots[a.slot].most_hours() - a.setup_hours) / a.hours_per_unit).min(a.bounds.1);
        // What must be made fits but for rounding, or a check before would have said so.
        let most = most.max(a.bounds.0);
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

    /// Hours of every slot without overtime when these are open (h); 0 where closed, and for those that add to another.
    pub fn regular_hours(&self, open: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut hours: Vec<f64> =
            self.slots.iter().enumerate().map(|(s, slot)| if slot.adds_to.is_none() && open(s) { slot.hours } else { 0.0 }).collect();
        for (s, slot) in self.slots.iter().enumerate() {
            if let Some(host) = slot.adds_to.filter(|host| open(s) && open(*host)) {
                hours[host] += slot.hours;
            }
        }
        hours
    }

    /// The same with overtime (h).
    pub fn open_hours(&self, open: impl Fn(usize) -> bool) -> Vec<f64> {
        let mut hours = self.regular_hours(&open);
        for (s, slot) in self.slots.iter().enumerate().filter(|(s, slot)| slot.adds_to.is_none() && open(*s)) {
            hours[s] += slot.overtime;
        }
        hours
    }

    /// What the amounts cost.
    pub fn cost(&self, costs: &Costs, amounts: &Amounts) -> f64 {
        let unmet: f64 =
            (0..self.items.len()).map(|i| costs.unmet[i] * (self.items[i].demand - self.made(i, &amounts.units)).max(0.0)).sum();
        let decided = |s: usize| self.slots[s].decided && amounts.open[s];
        let opening: f64 = (0..self.slots.len()).filter(|s| decided(*s)).map(|s| costs.opening[s]).sum();
        let regular = self.regular_hours(|s| amounts.open[s]);
        let over = |s: usize, load: f64| costs.overtime[s] * (load - regular[s]).max(0.0);
        let overtime: f64 = self.loads(&amounts.units).into_iter().enumerate().map(|(s, load)| over(s, load)).sum();
        let assignment: f64 = amounts.units.iter().zip(&costs.assignment).filter(|(x, _)| **x > 0.0).map(|(_, cost)| cost).sum();
        let changed = |(arc, cost): (&Arc, &f64), x: &f64| if *cost > 0.0 { cost * (x - arc.released).abs() } else { 0.0 };
        let change: f64 = self.arcs.iter().zip(&costs.change).zip(&amounts.units).map(|(at, x)| changed(at, x)).sum();
        unmet + opening + overtime + assignment + change
    }

    /// Nothing made, nothing opened: always allowed where nothing must be made.
    pub fn nothing(&self) -> Amounts {
        Amounts { units: vec![0.0; self.arcs.len()], open: self.slots.iter().map(|s| !s.decided).collect() }
    }

    /// Opens exactly the decided slots that something is made on, those that the ties ask for, and no more added hours than it takes.
    pub fn opened_for(&self, units: Vec<f64>) -> Amounts {
        let mut open: Vec<bool> = self.slots.iter().map(|s| !s.decided).collect();
        for (arc, &x) in self.arcs.iter().zip(&units) {
            open[arc.slot] |= x > 0.0;
        }
        match self.most_changes {
            None => {
                for slot in self.in_time() {
                    open[slot] |= self.slots[slot].after.is_some_and(|before| open[before] && self.slots[before].decided);
                }
            }
            Some(most) => self.chains().iter().for_each(|chain| open_within(most, chain, &mut open)),
        }
        let mut room = self.open_hours(|s| open[s]);
        let loads = self.loads(&units);
        for (s, slot) in self.slots.iter().enumerate() {
            // Added hours are entered in the order in which they need each other.
            if let Some(host) = slot.adds_to.filter(|host| open[*host] && loads[*host] > room[*host] + 1e-9 * room[*host].max(1.0)) {
                open[s] = true;
                room[host] += slot.hours;
            }
        }
        Amounts { units, open }
    }

    /// Tied slots, each chain in time order.
    fn chains(&self) -> Vec<Vec<usize>> {
        let mut chain_of = vec![usize::MAX; self.slots.len()];
        let mut chains: Vec<Vec<usize>> = Vec::new();
        for slot in self.in_time().into_iter().filter(|s| self.slots[*s].decided && self.slots[*s].adds_to.is_none()) {
            chain_of[slot] = match self.slots[slot].after.map(|before| chain_of[before]) {
                Some(chain) if chain != usize::MAX => chain,
                _ => {
                    chains.push(Vec::new());
                    chains.len() - 1
                }
            };
            chains[chain_of[slot]].push(slot);
        }
        chains
    }

    /// Whether what is open keeps the ties.
    fn keeps_ties(&self, open: &[bool]) -> bool {
        let needed = self.slots.iter().enumerate().all(|(s, slot)| !open[s] || slot.needs.is_none_or(|needed| open[needed]));
        let tied = match self.most_changes {
            None => self
                .slots
                .iter()
                .enumerate()
                .all(|(s, slot)| slot.after.is_none_or(|before| !self.slots[before].decided || !open[before] || open[s])),
            Some(most) => self.chains().iter().all(|chain| changes(chain, open) <= most as usize),
        };
        needed && tied
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
        let room = self.open_hours(|s| amounts.open[s]);
        let slots = (0..self.slots.len()).all(|s| near(loads[s], room[s]) && (self.slots[s].decided || amounts.open[s]));
        let slots = slots && self.keeps_ties(&amounts.open);
        let whole = |a: &Arc, x: f64| x == 0.0 || (x > 0.0 && near(a.minimum_lot, x));
        let arcs = self.arcs.iter().zip(units).all(|(a, &x)| whole(a, x) && near(a.bounds.0, x) && near(x, a.bounds.1));
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

    /// Whether anything of an item is bounded.
    pub(super) fn is_bounded(&self, item: usize) -> bool {
        self.steps[self.items[item].steps.clone()].iter().any(|s| self.arcs[s.arcs.clone()].iter().any(Arc::is_bounded))
    }

    /// Slots on which something must be made: they are open.
    pub(super) fn needed_slots(&self) -> Vec<bool> {
        let mut needed = vec![false; self.slots.len()];
        self.arcs.iter().filter(|a| a.is_used()).for_each(|a| needed[a.slot] = true);
        needed
    }

    /// The released plan as an answer, where it is one.
    pub(super) fn as_released(&self) -> Option<Amounts> {
        let units: Vec<f64> = self.arcs.iter().map(|a| a.released).collect();
        let amounts = self.opened_for(units);
        (amounts.units.iter().any(|x| *x > 0.0) && self.keeps_rules(&amounts)).then_some(amounts)
    }

    /// The same block with bounded arcs held at what an answer makes there.
    pub(super) fn pinned(&self, amounts: &Amounts) -> Block {
        let mut pinned = self.clone();
        for (arc, &x) in pinned.arcs.iter_mut().zip(&amounts.units).filter(|(arc, _)| arc.is_bounded()) {
            arc.bounds = (x, x);
        }
        pinned
    }

    /// Whether some item has several steps, which must make the same amount.
    pub(super) fn has_linked_steps(&self) -> bool {
        self.items.iter().any(|item| item.steps.len() > 1)
    }

    /// The same slots and arcs with every step an item of its own, wanted as often as its item is in `demand`, and costs that share an
    /// item's worth among its steps.
    pub(super) fn apart(&self, costs: &Costs, demand: &[f64]) -> (Block, Costs) {
        let mut apart = Block { slots: self.slots.clone(), most_changes: self.most_changes, ..Block::default() };
        let mut unmet = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let item = &self.items[step.item];
            apart.add_item(item.demand.min(demand[step.item]));
            apart.add_step(step.most_lines);
            for a in &self.arcs[step.arcs.clone()] {
                apart.push_arc(a.clone());
            }
            unmet.push(costs.unmet[step.item] / item.steps.len() as f64);
        }
        (apart, Costs { unmet, ..costs.clone() })
    }

    /// The parts that nothing couples: slots joined by items, and by lines that stay open. Items without arcs are in no part.
    pub fn components(&self) -> Vec<Part> {
        self.components_with(&[])
    }

    /// The same where, besides, items of one kind belong together: units of one may stand in for those of another. `kind` has the kind of each item.
    pub(super) fn components_with(&self, kind: &[usize]) -> Vec<Part> {
        let mut root: Vec<usize> = (0..self.slots.len()).collect();
        let mut first_of = std::collections::BTreeMap::new();
        for (i, item) in self.items.iter().enumerate() {
            let mut slots = self.steps[item.steps.clone()].iter().flat_map(|s| &self.arcs[s.arcs.clone()]).map(|a| a.slot);
            if let Some(first) = slots.next() {
                slots.for_each(|s| join(&mut root, first, s));
                if let Some(kind) = kind.get(i) {
                    let other = *first_of.entry(*kind).or_insert(first);
                    join(&mut root, other, first);
                }
            }
        }
        for (s, slot) in self.slots.iter().enumerate() {
            for other in [slot.after, slot.adds_to, slot.needs].into_iter().flatten() {
                join(&mut root, other, s);
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
            let here = |other: Option<usize>| other.filter(|other| of_slot[*other] == of_slot[s]).map(|other| place[other]);
            let (after, adds_to, needs) = (here(slot.after), here(slot.adds_to), here(slot.needs));
            part.block.most_changes = self.most_changes;
            place[s] = part.block.add_slot(Slot { after, adds_to, needs, ..slot.clone() });
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
                    part.block.push_arc(Arc { slot: place[a.slot], ..a.clone() });
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
            change: pick(&whole.change, &self.arcs),
        }
    }

    /// The part of the whole block's amounts.
    pub fn take(&self, whole: &Amounts) -> Amounts {
        Amounts {
            units: self.arcs.iter().map(|arc| whole.units[*arc]).collect(),
            open: self.slots.iter().map(|slot| whole.open[*slot]).collect(),
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

/// How often a chain changes between open and closed.
fn changes(chain: &[usize], open: &[bool]) -> usize {
    chain.windows(2).filter(|pair| open[pair[0]] != open[pair[1]]).count()
}

/// Opens the fewest further slots of a chain with which it changes no more often than it may: all of them is always a way.
fn open_within(most: u32, chain: &[usize], open: &mut [bool]) {
    if changes(chain, open) <= most as usize {
        return;
    }
    // Fewest open slots up to here, by changes made and whether the last is open; and whether the one before was open.
    let width = 2 * (most as usize + 1);
    let at = |changes: usize, is_open: bool| 2 * changes + usize::from(is_open);
    let mut fewest = vec![vec![usize::MAX; width]; chain.len()];
    let mut before = vec![vec![false; width]; chain.len()];
    for (i, &slot) in chain.iter().enumerate() {
        for is_open in [false, true].into_iter().filter(|is_open| *is_open || !open[slot]) {
            for changes in 0..=most as usize {
                let from = |was: bool| {
                    let made = changes.checked_sub(usize::from(was != is_open))?;
                    if i == 0 { (changes == 0 && was == is_open).then_some(0) } else { Some(fewest[i - 1][at(made, was)]) }
                };
                let best = [false, true].into_iter().filter_map(|was| from(was).map(|count| (count, was))).min();
                if let Some((count, was)) = best.filter(|(count, _)| *count != usize::MAX) {
                    fewest[i][at(changes, is_open)] = count + usize::from(is_open);
                    before[i][at(changes, is_open)] = was;
                }
            }
        }
    }
    let Some(last) = chain.len().checked_sub(1) else { return };
    let Some(mut state) = (0..width).min_by_key(|state| fewest[last][*state]) else { return };
    for i in (0..chain.len()).rev() {
        let (changes, is_open) = (state / 2, state % 2 == 1);
        open[chain[i]] = is_open;
        let was = before[i][state];
        state = at(changes - usize::from(was != is_open && i > 0), was);
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
