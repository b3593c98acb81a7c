//! The lexicographic stages on one block: serve demand tier by tier, even out lines, spare overtime, prefer lines.
//!
//! No stage adds a row to keep the earlier optima. A linear program's optimal face is where the variables with a reduced cost stay at
//! their bounds and the lines with a price stay full; closing those columns keeps every earlier optimum exactly, and the basis with which
//! a stage ended starts the next one.
//!
//! Evening out is exact leximin: minimise the highest utilisation θ, fix the lines whose price says that they hold it, go on with the rest.

use super::block::Block;
use super::simplex::{DUAL_TOLERANCE, Simplex, Stuck};
use super::start;

/// Below this a reduced cost counts as none when a face is closed. Tighter than the optimality tolerance, because closing a column wrongly
/// only narrows later stages while leaving one open would spoil an earlier one by as much as it moves.
const FACE_TOLERANCE: f64 = DUAL_TOLERANCE;
/// θ up to this above 1 counts as served in full.
const SERVED_TOLERANCE: f64 = 1e-9;

/// The stages' progress on one block.
pub(crate) struct Stages<'b> {
    pub simplex: Simplex<'b>,
    /// Whether demand is lost.
    pub short: bool,
    /// Smallest factor on all capacities that would serve everything; known where `short`, or where lines are balanced.
    pub level: f64,
    /// What one more scaled hour of each line saves, in the caller's cost of scaled units.
    pub hour_price: Vec<f64>,
}

/// What unserved units cost: one entry for each tier, in order.
pub(crate) struct Tier {
    /// Cost of a scaled unit of each item; 0 for the items of other tiers.
    pub cost: Vec<f64>,
    /// Whether the tier's prices count in [`Stages::hour_price`].
    pub priced: bool,
}

impl<'b> Stages<'b> {
    /// For stages that go on to even out lines.
    pub fn new(block: &'b Block) -> Self {
        Stages::from(block, start::keys(block))
    }

    /// For stages that only serve demand.
    pub fn serving(block: &'b Block) -> Self {
        Stages::from(block, start::quick_keys(block))
    }

    fn from(block: &'b Block, key: Vec<u32>) -> Self {
        Stages { simplex: Simplex::new(block, key), short: false, level: 0.0, hour_price: vec![0.0; block.lines()] }
    }

    /// The same as [`Stages::serve`], except that the level of what does not fit stays unknown where lines are very many.
    pub fn fits(&mut self, balanced: bool) -> Result<bool, Stuck> {
        if !self.simplex.is_sparse() {
            return self.serve(balanced);
        }
        let block = self.simplex.block;
        let to_level = balanced && !self.has_overtime();
        let guess = if to_level { guess_level(block).min(1.0) } else { 1.0 };
        self.stretch(guess)?;
        if to_level && (guess < 1.0 || self.simplex.overtime() <= SERVED_TOLERANCE) {
            let s = &mut self.simplex;
            (s.theta_low, s.theta_high, s.theta_cost) = (0.0, f64::INFINITY, 1e-3);
            s.optimise()?;
            if s.theta() > 1.0 + SERVED_TOLERANCE {
                self.stretch(1.0)?;
            } else {
                s.end_elastic();
                s.theta_cost = 1.0;
                s.optimise()?;
            }
        }
        self.short = self.simplex.overtime() > SERVED_TOLERANCE;
        self.level = self.simplex.theta();
        if !self.short {
            self.simplex.end_elastic();
        }
        Ok(!self.short)
    }

    /// Least overtime without bound at a level.
    fn stretch(&mut self, level: f64) -> Result<(), Stuck> {
        let block = self.simplex.block;
        let rebuild_after = self.simplex.rebuild_after;
        self.simplex = Simplex::elastic(block, start::keys(block), level)?;
        self.simplex.rebuild_after = rebuild_after;
        self.simplex.optimise()?;
        Ok(())
    }

    /// Serves everything if that is possible at all, and says whether it is. With `balanced` the search goes on to the least level.
    pub fn serve(&mut self, balanced: bool) -> Result<bool, Stuck> {
        let overtime = self.simplex.block.overtime.iter().any(|o| *o > 0.0);
        let s = &mut self.simplex;
        s.theta_low = if balanced && !overtime { 0.0 } else { 1.0 };
        if s.theta() > s.theta_low {
            s.optimise()?;
        }
        self.level = s.theta();
        self.short = self.level > 1.0 + SERVED_TOLERANCE;
        Ok(!self.short)
    }

    /// Loses as little as possible, tier by tier. Only called when [`Stages::serve`] found that demand does not fit.
    pub fn lose(&mut self, tiers: &[Tier]) -> Result<(), Stuck> {
        let s = &mut self.simplex;
        let total: f64 = s.slope.iter().sum();
        let elastic = s.over_high.first() == Some(&f64::INFINITY);
        s.theta_low = 1.0;
        s.open_items();
        for tier in tiers {
            let largest = tier.cost.iter().copied().fold(0.0, f64::max);
            if largest == 0.0 {
                continue;
            }
            for (cost, unserved) in s.item_cost.iter_mut().zip(&tier.cost) {
                *cost = -unserved / largest;
            }
            if elastic {
                lose_elastic(s)?;
                if tier.priced {
                    for (price, p) in self.hour_price.iter_mut().zip(&s.price) {
                        *price += p * largest;
                    }
                }
                close_face(s);
                continue;
            }
            // θ at 1 is worth more than any demand: its cost is raised until the optimum agrees.
            s.theta_cost = 4.0 * total.max(1.0);
            loop {
                s.optimise()?;
                if s.theta() <= 1.0 + 1e-11 || s.theta_cost > 1e12 {
                    break;
                }
                s.theta_cost *= 100.0;
            }
            if s.theta_is_basic() {
                // A degenerate end: prices are only right once θ has left.
                s.retire_theta()?;
                s.optimise()?;
            }
            s.theta_high = s.theta();
            s.theta_low = s.theta();
            if tier.priced {
                for (price, p) in self.hour_price.iter_mut().zip(&s.price) {
                    *price += p * largest;
                }
            }
            close_face(s);
        }
        s.theta_cost = 0.0;
        s.item_cost.fill(0.0);
        Ok(())
    }

    /// θ leaves the right sides: each line keeps its full capacity.
    pub fn free_capacity(&mut self) -> Result<(), Stuck> {
        let s = &mut self.simplex;
        s.retire_theta()?;
        let theta = s.theta();
        for l in 0..s.cap.len() {
            let full = s.block.hours[l] + s.block.overtime[l];
            // A line held at θ with a closed slack stays there; others may use all they have.
            if s.slope[l] > 0.0 {
                s.cap[l] = if s.slack_closed[l] { s.cap[l] + s.slope[l] * theta } else { full };
                s.slope[l] = 0.0;
            }
        }
        s.theta_cost = 0.0;
        s.find_values();
        Ok(())
    }

    /// After a level was found that does not fit: holds its lines and finds the next level. Answers whether there is one above 1.
    pub fn next_level(&mut self) -> Result<bool, Stuck> {
        self.hold_level()?;
        if !self.open_level() {
            return Ok(false);
        }
        let s = &mut self.simplex;
        s.theta_low = 1.0;
        s.theta_cost = 1.0;
        s.optimise()?;
        Ok(s.theta() > 1.0 + SERVED_TOLERANCE)
    }

    /// The least highest level of utilisation, without fixing anything but that θ is out of the basis.
    pub fn first_level(&mut self) -> Result<f64, Stuck> {
        let mut floor = 0.0;
        if self.short || self.has_overtime() {
            self.free_capacity()?;
            floor = self.level_by_need();
            // Lines that work overtime only have no level.
            self.simplex.place_theta(0.0, 0.0);
            while self.open_level() {
                let s = &mut self.simplex;
                s.theta_low = s.theta_low.max(floor).min(s.theta());
                s.theta_cost = 1.0;
                s.optimise()?;
                if s.theta_is_basic() || s.theta_low == 0.0 || s.theta() <= floor {
                    break;
                }
                self.hold_level()?;
            }
        }
        let s = &mut self.simplex;
        s.retire_theta()?;
        let level = s.theta();
        for l in 0..s.cap.len() {
            s.cap[l] += s.slope[l] * level;
            s.slope[l] = 0.0;
        }
        s.theta_cost = 0.0;
        Ok(level.max(floor))
    }

    /// The highest utilisation of the lines that are full by need.
    fn level_by_need(&self) -> f64 {
        let s = &self.simplex;
        let full = (0..s.cap.len()).filter(|&l| s.slack_closed[l] && s.block.hours[l] > 0.0);
        full.map(|l| s.cap[l] / s.block.hours[l]).fold(0.0, f64::max)
    }

    /// Serves everything with every line used up to a level (relative to its hours) that is known to be enough. Only for fresh stages of a
    /// block without overtime: what held a lower level before would go on holding it.
    pub fn serve_up_to(&mut self, level: f64) -> Result<(), Stuck> {
        let s = &mut self.simplex;
        s.theta_low = level;
        if s.theta() > level {
            s.optimise()?;
        }
        s.retire_theta()?;
        let level = level.max(s.theta());
        for l in 0..s.cap.len() {
            s.cap[l] = level * s.block.hours[l];
            s.slope[l] = 0.0;
        }
        s.theta_cost = 0.0;
        s.find_values();
        Ok(())
    }

    /// Whether any line may work overtime.
    pub fn has_overtime(&self) -> bool {
        self.simplex.block.overtime.iter().any(|o| *o > 0.0)
    }

    /// Evens out the lines by leximin: the highest level, then the next. Lines that are full by need stay so.
    pub fn balance(&mut self) -> Result<(), Stuck> {
        let overtime = self.simplex.block.overtime.iter().any(|o| *o > 0.0);
        if self.short || overtime {
            self.free_capacity()?;
        } else {
            self.hold_level()?;
        }
        while self.open_level() {
            self.simplex.theta_cost = 1.0;
            self.simplex.optimise()?;
            self.hold_level()?;
        }
        self.simplex.theta_cost = 0.0;
        Ok(())
    }

    /// Puts the fullest open lines under a common θ. Answers false when no line is open.
    fn open_level(&mut self) -> bool {
        let s = &mut self.simplex;
        let block = s.block;
        let open: Vec<usize> =
            (0..block.lines()).filter(|&l| !s.slack_closed[l] && block.hours[l] > 0.0 && s.cap[l] + s.slope[l] * s.theta() > 0.0).collect();
        if open.is_empty() {
            return false;
        }
        let limit = |l: usize| (s.cap[l] + s.slope[l] * s.theta()) / block.hours[l];
        let high = open.iter().map(|&l| limit(l)).fold(0.0, f64::max);
        let near = |l: usize| limit(l) >= high * (1.0 - 1e-12);
        let next = open.iter().filter(|&&l| !near(l)).map(|&l| limit(l)).fold(0.0, f64::max);
        let group: Vec<usize> = open.iter().copied().filter(|&l| near(l)).collect();
        for &l in &open {
            s.cap[l] += s.slope[l] * s.theta();
            s.slope[l] = 0.0;
        }
        for &l in &group {
            s.cap[l] = 0.0;
            s.slope[l] = block.hours[l];
        }
        s.place_theta(high, next);
        true
    }

    /// Fixes the lines that hold the level just found, closes the face and takes θ out.
    fn hold_level(&mut self) -> Result<(), Stuck> {
        let s = &mut self.simplex;
        let level = s.theta();
        if !s.theta_is_basic() {
            // θ reached the next lower limit (or 0): nothing holds it, the group goes on from there.
            let done = s.theta_low == 0.0;
            for l in 0..s.cap.len() {
                if s.slope[l] > 0.0 {
                    s.cap[l] = s.slope[l] * level;
                    s.slope[l] = 0.0;
                    s.slack_closed[l] |= done;
                }
            }
            s.theta_high = level;
            return Ok(());
        }
        let held: Vec<usize> = (0..s.cap.len()).filter(|&l| s.slope[l] > 0.0 && s.price[l] * s.slope[l] > 1e-9).collect();
        close_face(s);
        s.retire_theta()?;
        for l in 0..s.cap.len() {
            if s.slope[l] > 0.0 {
                s.cap[l] = s.slope[l] * level;
                s.slope[l] = 0.0;
            }
        }
        for l in held {
            s.slack_closed[l] = true;
        }
        Ok(())
    }

    /// Every line that is not full by need may be used up to the level (relative to its hours) and no further.
    pub fn cap_at(&mut self, level: f64) {
        let s = &mut self.simplex;
        for l in 0..s.cap.len() {
            // A line that works overtime only has no utilisation to cap.
            if !s.slack_closed[l] && s.block.hours[l] > 0.0 {
                s.cap[l] = (level * s.block.hours[l]).min(s.block.hours[l] + s.block.overtime[l]);
            }
        }
        s.find_values();
    }

    /// Least overtime (scaled hours).
    pub fn spare_overtime(&mut self) -> Result<f64, Stuck> {
        let s = &mut self.simplex;
        let mut any = false;
        for l in 0..s.cap.len() {
            let over = s.cap[l] - s.block.hours[l];
            if over > 0.0 && !s.slack_closed[l] {
                s.cap[l] = s.block.hours[l];
                s.over_high[l] = over;
                s.over_cost[l] = 1.0;
                s.over_closed[l] = false;
                s.place_overtime(l, over);
                any = true;
            }
        }
        if !any {
            return Ok(0.0);
        }
        s.find_values();
        s.optimise()?;
        close_face(s);
        s.over_cost.fill(0.0);
        Ok(s.loads().iter().zip(&s.block.hours).map(|(load, h)| (load - h).max(0.0)).sum())
    }

    /// Least cost over arcs (scaled so that its largest is about 1); the face is closed after it.
    pub fn prefer(&mut self, cost: &[f64]) -> Result<(), Stuck> {
        let s = &mut self.simplex;
        s.arc_cost.copy_from_slice(cost);
        s.optimise()?;
        close_face(s);
        s.arc_cost.fill(0.0);
        Ok(())
    }
}

/// Loses as little as the costs of items say, from a basis in which lines may work overtime without bound.
fn lose_elastic(s: &mut Simplex) -> Result<(), Stuck> {
    if s.over_high[0] == 0.0 {
        return s.optimise();
    }
    let mut cost = 4.0;
    loop {
        s.over_cost.fill(cost);
        s.optimise()?;
        if s.overtime() <= 1e-11 || cost > 1e12 {
            break;
        }
        cost *= 100.0;
    }
    s.end_elastic();
    Ok(())
}

/// A level of utilisation a little below the least at which everything fits: a bound by prices of the lines. Steps are shared out among
/// their lines by an exponential of what each costs, prices follow the load, and the sharing gets ever sharper (entropy smoothing of the
/// dual, Nesterov 2005).
fn guess_level(block: &Block) -> f64 {
    const ROUNDS: usize = 200;
    const SOFT: (f64, f64) = (0.1, 5e-4);
    let lines = block.lines();
    let capacity: Vec<f64> = block.hours.iter().zip(&block.overtime).map(|(h, o)| h + o).collect();
    let mut price = vec![1.0f64; lines];
    let mut load = vec![0.0; lines];
    let mut share: Vec<f64> = Vec::new();
    let mut best = 0.0f64;
    for round in 0..ROUNDS {
        let soft = SOFT.0 * (SOFT.1 / SOFT.0).powf(round as f64 / ROUNDS as f64);
        load.fill(0.0);
        let mut cost = 0.0;
        for k in 0..block.steps() {
            let cost_of = |j: usize| price[block.arc_line[j] as usize] * block.arc_hours[j];
            let least = block.arcs_of(k).map(cost_of).fold(f64::INFINITY, f64::min);
            share.clear();
            share.extend(block.arcs_of(k).map(|j| ((1.0 - cost_of(j) / least) / soft).exp()));
            let units = block.demand[block.step_item[k] as usize];
            let part = units / share.iter().sum::<f64>();
            for (j, s) in block.arcs_of(k).zip(&share) {
                load[block.arc_line[j] as usize] += part * s * block.arc_hours[j];
            }
            cost += units * least;
        }
        let total: f64 = price.iter().zip(&capacity).map(|(p, c)| p * c).sum();
        let level = cost / total;
        best = best.max(level);
        for l in 0..lines {
            let fullness = (load[l] / (capacity[l] * level).max(f64::MIN_POSITIVE)).clamp(0.3, 3.0);
            price[l] = (price[l] * fullness.powf(soft)).clamp(1e-9, 1e9);
        }
    }
    best
}

/// Closes every column and slack whose movement would worsen the stage just ended.
fn close_face(s: &mut Simplex) {
    let block = s.block;
    for at in 0..s.live().len() {
        let i = s.live()[at] as usize;
        for k in block.steps_of(i) {
            let base = s.step_price(k);
            for j in block.arcs_of(k) {
                if !s.arc_closed[j] && s.arc_is_nonbasic(j) {
                    let d = s.arc_cost[j] + s.price[block.arc_line[j] as usize] * block.arc_hours[j] - base;
                    s.arc_closed[j] = d > FACE_TOLERANCE * block.arc_hours[j];
                }
            }
        }
        if !s.item_closed[i] && s.item_is_nonbasic(i) {
            s.item_closed[i] = s.item_reduced_cost(i).abs() > FACE_TOLERANCE;
        }
    }
    s.forget_closed();
    for l in 0..block.lines() {
        if !s.slack_closed[l] && !s.has_slack(l) {
            s.slack_closed[l] = s.price[l] > FACE_TOLERANCE;
        }
        if !s.over_closed[l] && s.overtime_is_nonbasic(l) {
            s.over_closed[l] = (s.over_cost[l] - s.price[l]).abs() > FACE_TOLERANCE;
        }
    }
}
