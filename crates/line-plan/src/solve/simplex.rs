//! A primal simplex for [`Block`]s that exploits their structure.
//!
//! Every step keeps one basic arc, its *key*; what is left of the basis is a square *working basis* whose rows are the lines without
//! slack and whose columns are the basic variables that are no key (generalised upper bounding, Dantzig and Van Slyke 1967, with the
//! items' finished units as side columns). A pivot costs the square of the number of tight lines, however many models there are.
//!
//! The linear program, all quantities scaled by the block:
//!
//! ```text
//! Σ x over a step's arcs = f of its item,  x ≥ 0,  0 ≤ f ≤ demand
//! Σ hours·x on a line + slack = cap + slope·θ + o,  slack ≥ 0,  0 ≤ o ≤ overtime,  θ within its bounds
//! ```
//!
//! **Invariant:** the basis is always primal feasible; a stage only changes costs, closes columns whose movement would worsen an
//! earlier stage, or relaxes right sides, so each stage starts where the last one ended.

use super::block::Block;
use super::inverse::Inverse;

/// Feasibility tolerance on scaled values.
pub(crate) const PRIMAL_TOLERANCE: f64 = 1e-10;
/// Optimality tolerance on reduced costs; stages scale their largest cost to about 1.
pub(crate) const DUAL_TOLERANCE: f64 = 1e-9;
/// A variable that moves this slowly may be moved by rounding alone (a line whose load is implied by the others'): it gets more
/// tolerance, so that it hardly ever becomes a pivot.
const SLOW: f64 = 1e-5;
const SLOW_TOLERANCE: f64 = 1e-9;
/// What a basic value may lie outside its bounds at the end of a stage.
const FEASIBLE: f64 = 2e-9;
const PIVOT_TOLERANCE: f64 = 1e-7;
const KEY: i32 = -2;
const OUT: i32 = -1;

/// A basic variable that is no key.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Arc(u32),
    Item(u32),
    Theta,
    Overtime(u32),
}

/// A nonbasic variable that may enter.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Entering {
    Arc(usize),
    Item(usize),
    Theta,
    Overtime(usize),
    Slack(usize),
}

/// What blocks the entering variable.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Blocking {
    Own,
    Position(usize),
    Key(usize),
    Slack(usize),
}

/// The simplex could not go on; the caller falls back to the general solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stuck;

pub(crate) struct Simplex<'b> {
    pub block: &'b Block,
    /// Constant part of each line's right side.
    pub cap: Vec<f64>,
    /// Coefficient of θ on each line's right side.
    pub slope: Vec<f64>,
    pub slack_closed: Vec<bool>,
    pub arc_cost: Vec<f64>,
    pub arc_closed: Vec<bool>,
    pub item_cost: Vec<f64>,
    pub item_closed: Vec<bool>,
    pub theta_cost: f64,
    pub theta_low: f64,
    pub theta_high: f64,
    pub over_cost: Vec<f64>,
    pub over_high: Vec<f64>,
    pub over_closed: Vec<bool>,

    key: Vec<u32>,
    arc_at: Vec<i32>,
    item_at: Vec<i32>,
    theta_at: i32,
    over_at: Vec<i32>,
    line_at: Vec<i32>,
    columns: Vec<Column>,
    rows: Vec<u32>,
    inverse: Inverse,
    /// Basic arcs of a step besides its key.
    extra: Vec<u32>,

    value: Vec<f64>,
    key_value: Vec<f64>,
    slack: Vec<f64>,
    item_value: Vec<f64>,
    theta: f64,
    over_value: Vec<f64>,
    /// Price of each line (cost per scaled hour), 0 where there is slack.
    pub price: Vec<f64>,

    cursor: usize,
    pub pivots: usize,
    /// Pivots after which the inverse is made anew.
    pub rebuild_after: usize,
    since_rebuild: usize,
    z: Vec<f64>,
    entering_column: Vec<(usize, f64)>,
    key_rate: Vec<f64>,
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    load_rate: Vec<f64>,
    blockers: Vec<(Blocking, f64, f64)>,
}

impl<'b> Simplex<'b> {
    /// Starts with every item served in full on the given key of each step, at the θ that makes this feasible; every line's right
    /// side is θ × its hours and overtime.
    pub fn new(block: &'b Block, key: Vec<u32>) -> Self {
        let (items, steps, arcs, lines) = (block.items(), block.steps(), block.arcs(), block.lines());
        let mut simplex = Simplex {
            block,
            cap: vec![0.0; lines],
            slope: (0..lines).map(|l| block.hours[l] + block.overtime[l]).collect(),
            slack_closed: vec![false; lines],
            arc_cost: vec![0.0; arcs],
            arc_closed: vec![false; arcs],
            item_cost: vec![0.0; items],
            item_closed: vec![true; items],
            theta_cost: 1.0,
            theta_low: 0.0,
            theta_high: f64::INFINITY,
            over_cost: vec![0.0; lines],
            over_high: vec![0.0; lines],
            over_closed: vec![true; lines],
            key,
            arc_at: vec![OUT; arcs],
            item_at: vec![OUT; items],
            theta_at: OUT,
            over_at: vec![OUT; lines],
            line_at: vec![OUT; lines],
            columns: Vec::with_capacity(lines + 1),
            rows: Vec::with_capacity(lines + 1),
            inverse: Inverse::new(lines + 1),
            extra: vec![0; steps],
            value: Vec::with_capacity(lines + 1),
            key_value: vec![0.0; steps],
            slack: vec![0.0; lines],
            item_value: block.demand.clone(),
            theta: 0.0,
            over_value: vec![0.0; lines],
            price: vec![0.0; lines],
            cursor: 0,
            pivots: 0,
            rebuild_after: 100,
            since_rebuild: 0,
            z: vec![0.0; lines + 1],
            entering_column: Vec::new(),
            key_rate: vec![0.0; steps],
            touched: Vec::new(),
            is_touched: vec![false; steps],
            load_rate: vec![0.0; lines],
            blockers: Vec::new(),
        };
        for &j in &simplex.key {
            simplex.arc_at[j as usize] = KEY;
        }
        simplex.start();
        simplex
    }

    /// Makes θ basic in the row of the fullest line.
    fn start(&mut self) {
        let mut load = vec![0.0; self.block.lines()];
        for k in 0..self.block.steps() {
            let j = self.key[k] as usize;
            let units = self.item_value[self.block.step_item[k] as usize];
            self.key_value[k] = units;
            load[self.block.arc_line[j] as usize] += self.block.arc_hours[j] * units;
        }
        let fullest = (0..load.len())
            .filter(|&l| self.slope[l] > 0.0)
            .max_by(|&a, &b| (load[a] / self.slope[a]).total_cmp(&(load[b] / self.slope[b])).then(b.cmp(&a)));
        if let Some(l) = fullest {
            let theta = load[l] / self.slope[l];
            self.columns.push(Column::Theta);
            self.rows.push(l as u32);
            self.theta_at = 0;
            self.line_at[l] = 0;
            self.inverse.grow(&[], &[], -self.slope[l]);
            self.value.push(theta);
            for (m, load) in load.iter().enumerate() {
                self.slack[m] = if m == l { 0.0 } else { self.slope[m] * theta - load };
            }
        }
    }

    pub fn theta(&self) -> f64 {
        if self.theta_at >= 0 { self.value[self.theta_at as usize] } else { self.theta }
    }

    /// Puts θ, not basic, at a value that is its upper bound; the caller has changed the right sides so that every row still holds.
    pub fn place_theta(&mut self, value: f64, low: f64) {
        self.theta = value;
        self.theta_high = value;
        self.theta_low = low;
    }

    pub fn theta_is_basic(&self) -> bool {
        self.theta_at >= 0
    }

    pub fn item_units(&self, i: usize) -> f64 {
        if self.item_at[i] >= 0 { self.value[self.item_at[i] as usize] } else { self.item_value[i] }
    }

    pub fn arc_units(&self, j: usize) -> f64 {
        match self.arc_at[j] {
            KEY => self.key_value[self.block.arc_step[j] as usize],
            OUT => 0.0,
            p => self.value[p as usize],
        }
    }

    pub fn has_slack(&self, l: usize) -> bool {
        self.line_at[l] < 0
    }

    /// Load of a line (scaled hours), recomputed from the arcs.
    pub fn loads(&self) -> Vec<f64> {
        let mut load = vec![0.0; self.block.lines()];
        for j in 0..self.block.arcs() {
            if self.arc_at[j] != OUT {
                load[self.block.arc_line[j] as usize] += self.block.arc_hours[j] * self.arc_units(j);
            }
        }
        load
    }

    /// The dual of a step's balance: what one more unit of it would cost.
    pub fn step_price(&self, k: usize) -> f64 {
        let j = self.key[k] as usize;
        self.arc_cost[j] + self.price[self.block.arc_line[j] as usize] * self.block.arc_hours[j]
    }

    /// Reduced cost of an item's finished units.
    pub fn item_reduced_cost(&self, i: usize) -> f64 {
        self.item_cost[i] + self.block.steps_of(i).map(|k| self.step_price(k)).sum::<f64>()
    }

    pub fn arc_is_nonbasic(&self, j: usize) -> bool {
        self.arc_at[j] == OUT
    }

    pub fn item_is_nonbasic(&self, i: usize) -> bool {
        self.item_at[i] < 0
    }

    pub fn overtime_is_nonbasic(&self, l: usize) -> bool {
        self.over_at[l] < 0
    }

    /// Sets the value of a nonbasic overtime column; the caller changes the right side so that the row still holds.
    pub fn place_overtime(&mut self, l: usize, value: f64) {
        self.over_value[l] = value;
    }

    /// Minimises the costs from the present basis.
    pub fn optimise(&mut self) -> Result<(), Stuck> {
        let limit = self.pivots + 2000 + 60 * (self.block.items() + self.block.lines());
        let mut careful = false;
        let mut standing = 0;
        loop {
            if self.since_rebuild >= self.rebuild_after {
                self.rebuild()?;
            }
            self.find_prices();
            let Some((entering, sign)) = self.choose_entering(careful) else {
                if self.since_rebuild > 0 && self.columns.len() > 1 {
                    self.rebuild()?;
                    if self.infeasibility() > FEASIBLE {
                        return Err(Stuck);
                    }
                    self.find_prices();
                    if self.choose_entering(careful).is_some() {
                        continue;
                    }
                }
                return Ok(());
            };
            let step = self.pivot(entering, sign)?;
            standing = if step > 1e-12 { 0 } else { standing + 1 };
            careful = standing > 200;
            self.pivots += 1;
            if self.pivots > limit {
                return Err(Stuck);
            }
        }
    }

    /// Prices of the tight lines from the costs of the basis.
    fn find_prices(&mut self) {
        self.price.fill(0.0);
        let n = self.columns.len();
        let mut prices = std::mem::take(&mut self.z);
        prices[..n].fill(0.0);
        for p in 0..n {
            let cost = match self.columns[p] {
                Column::Arc(j) => {
                    let key = self.key[self.block.arc_step[j as usize] as usize];
                    self.arc_cost[j as usize] - self.arc_cost[key as usize]
                }
                Column::Item(i) => {
                    self.item_cost[i as usize] + self.block.steps_of(i as usize).map(|k| self.arc_cost[self.key[k] as usize]).sum::<f64>()
                }
                Column::Theta => self.theta_cost,
                Column::Overtime(l) => self.over_cost[l as usize],
            };
            if cost != 0.0 {
                for (s, c) in prices[..n].iter_mut().zip(self.inverse.row(p)) {
                    *s += cost * c;
                }
            }
        }
        for q in 0..n {
            self.price[self.rows[q] as usize] = -prices[q];
        }
        self.z = prices;
    }

    /// The entering variable with the steepest gain per hour of what was looked at; in careful mode the first by index (Bland).
    fn choose_entering(&mut self, careful: bool) -> Option<(Entering, f64)> {
        let block = self.block;
        let mut best = Best { choice: None, gain: DUAL_TOLERANCE, first: careful };
        if self.theta_at < 0 {
            let d = self.theta_cost - self.slope.iter().zip(&self.price).map(|(s, p)| s * p).sum::<f64>();
            if d > 0.0 && self.theta > self.theta_low {
                best.offer(Entering::Theta, -1.0, d);
            } else if d < 0.0 && self.theta < self.theta_high {
                best.offer(Entering::Theta, 1.0, -d);
            }
        }
        for &l in &self.rows {
            let l = l as usize;
            if !self.slack_closed[l] {
                best.offer(Entering::Slack(l), 1.0, -self.price[l]);
            }
        }
        for l in 0..block.lines() {
            if !self.over_closed[l] && self.over_at[l] < 0 {
                let d = self.over_cost[l] - self.price[l];
                if d > 0.0 && self.over_value[l] > 0.0 {
                    best.offer(Entering::Overtime(l), -1.0, d);
                } else if d < 0.0 && self.over_value[l] < self.over_high[l] {
                    best.offer(Entering::Overtime(l), 1.0, -d);
                }
            }
        }
        let items = block.items();
        let enough = (items / PRICING_PARTS).max(12);
        let start = if careful { 0 } else { self.cursor };
        let mut looked = 0;
        for offset in 0..items {
            let i = if start + offset < items { start + offset } else { start + offset - items };
            self.price_item(i, &mut best);
            looked += 1;
            if looked >= enough && best.choice.is_some() {
                self.cursor = if i + 1 < items { i + 1 } else { 0 };
                break;
            }
        }
        best.choice
    }

    /// Offers the nonbasic arcs of an item and its finished units.
    #[inline]
    fn price_item(&self, i: usize, best: &mut Best) {
        let block = self.block;
        let mut finished = self.item_cost[i];
        for k in block.steps_of(i) {
            let key = self.key[k] as usize;
            let base = self.arc_cost[key] + self.price[block.arc_line[key] as usize] * block.arc_hours[key];
            finished += base;
            for j in block.arcs_of(k) {
                let hours = block.arc_hours[j];
                let d = self.arc_cost[j] + self.price[block.arc_line[j] as usize] * hours - base;
                if d < -best.gain * hours && self.arc_at[j] == OUT && !self.arc_closed[j] {
                    best.offer(Entering::Arc(j), 1.0, -d / hours);
                }
            }
        }
        if !self.item_closed[i] && self.item_at[i] < 0 {
            if finished > 0.0 && self.item_value[i] > 0.0 {
                best.offer(Entering::Item(i), -1.0, finished);
            } else if finished < 0.0 && self.item_value[i] < block.demand[i] {
                best.offer(Entering::Item(i), 1.0, -finished);
            }
        }
    }

    /// The entering variable's column on the lines, keys eliminated.
    fn load_entering_column(&mut self, entering: Entering) {
        let block = self.block;
        let column = &mut self.entering_column;
        column.clear();
        match entering {
            Entering::Arc(j) => {
                let key = self.key[block.arc_step[j] as usize] as usize;
                column.push((block.arc_line[j] as usize, block.arc_hours[j]));
                column.push((block.arc_line[key] as usize, -block.arc_hours[key]));
            }
            Entering::Item(i) => {
                for k in block.steps_of(i) {
                    let key = self.key[k] as usize;
                    column.push((block.arc_line[key] as usize, block.arc_hours[key]));
                }
            }
            Entering::Theta => {
                column.extend(self.slope.iter().enumerate().filter(|(_, s)| **s != 0.0).map(|(l, s)| (l, -s)));
            }
            Entering::Overtime(l) => column.push((l, -1.0)),
            Entering::Slack(l) => column.push((l, 1.0)),
        }
    }

    /// Moves the entering variable as far as it goes and changes the basis. Answers the length of the move.
    fn pivot(&mut self, entering: Entering, sign: f64) -> Result<f64, Stuck> {
        self.represent(entering);
        self.find_rates(entering, sign);
        self.list_blockers(entering, sign);
        // Harris: among what blocks within the tolerance take the largest rate.
        let mut furthest = f64::INFINITY;
        for &(_, distance, rate) in &self.blockers {
            let room = if rate < SLOW { SLOW_TOLERANCE } else { PRIMAL_TOLERANCE };
            furthest = furthest.min((distance.max(0.0) + room) / rate);
        }
        let mut chosen: Option<(Blocking, f64, f64)> = None;
        for &(blocking, distance, rate) in &self.blockers {
            let step = distance.max(0.0) / rate;
            if step <= furthest && chosen.is_none_or(|(_, _, largest)| rate > largest) {
                chosen = Some((blocking, step, rate));
            }
        }
        let Some((blocking, step, rate)) = chosen else { return Err(Stuck) };
        if rate < PIVOT_TOLERANCE && blocking != Blocking::Own {
            if self.since_rebuild > 0 {
                self.clear_rates();
                self.rebuild()?;
                return Ok(0.0);
            }
            return Err(Stuck);
        }
        self.move_by(entering, sign, step);
        self.clear_rates();
        self.change_basis(entering, blocking, step);
        self.since_rebuild += 1;
        Ok(step)
    }

    /// Rates of keys and of the loads of lines, per unit of movement.
    fn find_rates(&mut self, entering: Entering, sign: f64) {
        let block = self.block;
        for p in 0..self.columns.len() {
            let rate = -sign * self.z[p];
            if rate == 0.0 {
                continue;
            }
            match self.columns[p] {
                Column::Arc(j) => {
                    let (j, k) = (j as usize, block.arc_step[j as usize] as usize);
                    self.touch(k);
                    self.key_rate[k] -= rate;
                    self.load_rate[block.arc_line[j] as usize] += block.arc_hours[j] * rate;
                }
                Column::Item(i) => {
                    for k in block.steps_of(i as usize) {
                        self.touch(k);
                        self.key_rate[k] += rate;
                    }
                }
                Column::Theta => self.spread_theta(rate),
                Column::Overtime(l) => self.load_rate[l as usize] -= rate,
            }
        }
        match entering {
            Entering::Arc(j) => {
                let k = block.arc_step[j] as usize;
                self.touch(k);
                self.key_rate[k] -= sign;
                self.load_rate[block.arc_line[j] as usize] += block.arc_hours[j] * sign;
            }
            Entering::Item(i) => {
                for k in block.steps_of(i) {
                    self.touch(k);
                    self.key_rate[k] += sign;
                }
            }
            Entering::Theta => self.spread_theta(sign),
            Entering::Overtime(l) => self.load_rate[l] -= sign,
            Entering::Slack(_) => {}
        }
        for t in 0..self.touched.len() {
            let k = self.touched[t] as usize;
            let key = self.key[k] as usize;
            self.load_rate[block.arc_line[key] as usize] += block.arc_hours[key] * self.key_rate[k];
        }
    }

    /// θ raises right sides, which counts as lowering loads.
    fn spread_theta(&mut self, rate: f64) {
        for (load, slope) in self.load_rate.iter_mut().zip(&self.slope) {
            *load -= slope * rate;
        }
    }

    fn touch(&mut self, k: usize) {
        if !self.is_touched[k] {
            self.is_touched[k] = true;
            self.touched.push(k as u32);
        }
    }

    fn clear_rates(&mut self) {
        for &k in &self.touched {
            self.key_rate[k as usize] = 0.0;
            self.is_touched[k as usize] = false;
        }
        self.touched.clear();
        self.load_rate.fill(0.0);
    }

    /// Everything that stops the movement: distance to its bound and the rate at which it comes nearer.
    fn list_blockers(&mut self, entering: Entering, sign: f64) {
        let block = self.block;
        let mut list = std::mem::take(&mut self.blockers);
        list.clear();
        const SMALL: f64 = 1e-11;
        let own = match entering {
            Entering::Arc(_) | Entering::Slack(_) => f64::INFINITY,
            Entering::Item(i) if sign > 0.0 => block.demand[i] - self.item_value[i],
            Entering::Item(i) => self.item_value[i],
            Entering::Theta if sign > 0.0 => self.theta_high - self.theta,
            Entering::Theta => self.theta - self.theta_low,
            Entering::Overtime(l) if sign > 0.0 => self.over_high[l] - self.over_value[l],
            Entering::Overtime(l) => self.over_value[l],
        };
        if own.is_finite() {
            list.push((Blocking::Own, own, 1.0));
        }
        for p in 0..self.columns.len() {
            let rate = -sign * self.z[p];
            if rate.abs() <= SMALL {
                continue;
            }
            let (low, high) = match self.columns[p] {
                Column::Arc(_) => (0.0, f64::INFINITY),
                Column::Item(i) => (0.0, block.demand[i as usize]),
                Column::Theta => (self.theta_low, self.theta_high),
                Column::Overtime(l) => (0.0, self.over_high[l as usize]),
            };
            let distance = if rate < 0.0 { self.value[p] - low } else { high - self.value[p] };
            if distance.is_finite() {
                list.push((Blocking::Position(p), distance, rate.abs()));
            }
        }
        let entering_step = if let Entering::Arc(j) = entering { block.arc_step[j] as usize } else { usize::MAX };
        for &k in &self.touched {
            let k = k as usize;
            // A key that is alone in its step equals its item, whose own bound is the same; the item leaves then.
            if self.key_rate[k] < -SMALL && (self.extra[k] > 0 || k == entering_step) {
                list.push((Blocking::Key(k), self.key_value[k], -self.key_rate[k]));
            }
        }
        for l in 0..self.load_rate.len() {
            if self.line_at[l] < 0 {
                let rate = self.load_rate[l];
                if rate > SMALL || (rate < -SMALL && self.slack_closed[l]) {
                    list.push((Blocking::Slack(l), self.slack[l].max(0.0), rate.abs()));
                }
            }
        }
        self.blockers = list;
    }

    fn move_by(&mut self, entering: Entering, sign: f64, step: f64) {
        if step == 0.0 {
            return;
        }
        for p in 0..self.columns.len() {
            self.value[p] -= sign * self.z[p] * step;
        }
        for &k in &self.touched {
            self.key_value[k as usize] += self.key_rate[k as usize] * step;
        }
        for l in 0..self.slack.len() {
            if self.line_at[l] < 0 {
                self.slack[l] -= self.load_rate[l] * step;
            }
        }
        match entering {
            Entering::Item(i) => self.item_value[i] += sign * step,
            Entering::Theta => self.theta += sign * step,
            Entering::Overtime(l) => self.over_value[l] += sign * step,
            Entering::Arc(_) | Entering::Slack(_) => {}
        }
    }

    /// Exchanges the entering variable, which moved by `step`, and what blocked it.
    fn change_basis(&mut self, entering: Entering, blocking: Blocking, step: f64) {
        match blocking {
            Blocking::Own => {}
            Blocking::Position(p) => self.replace(entering, p, step),
            Blocking::Key(k) => self.replace_key(entering, k, step),
            Blocking::Slack(l) => {
                self.add_row(l);
                let position = self.columns.len();
                self.columns.push(Column::Theta);
                self.value.push(0.0);
                self.enter(entering, position, step);
            }
        }
    }

    /// The entering variable takes position `p`.
    fn replace(&mut self, entering: Entering, p: usize, step: f64) {
        self.inverse.replace(p, &self.z);
        self.leave(p);
        self.enter(entering, p, step);
    }

    /// The entering variable drives a step's key to 0: another arc of the step becomes its key.
    fn replace_key(&mut self, entering: Entering, k: usize, step: f64) {
        let block = self.block;
        if self.extra[k] > 0 {
            let largest = block
                .arcs_of(k)
                .filter(|&j| self.arc_at[j] >= 0)
                .max_by(|&a, &b| self.value[self.arc_at[a] as usize].total_cmp(&self.value[self.arc_at[b] as usize]).then(b.cmp(&a)));
            let p = self.arc_at[largest.expect("a step with extra basic arcs has one")] as usize;
            self.swap_key(k, p);
            self.represent(entering);
            self.replace(entering, p, step);
        } else if let Entering::Arc(q) = entering {
            let item = self.item_at[block.step_item[k] as usize];
            if item >= 0 {
                self.inverse.add_to_column(item as usize, &self.z);
            }
            self.arc_at[self.key[k] as usize] = OUT;
            self.arc_at[q] = KEY;
            self.key[k] = q as u32;
            self.key_value[k] = step;
        }
    }

    /// The arc at position `p` and the key of its step change places.
    fn swap_key(&mut self, k: usize, p: usize) {
        let Column::Arc(new) = self.columns[p] else { return };
        let old = self.key[k];
        let mut others: Vec<(usize, f64)> = Vec::with_capacity(4);
        for j in self.block.arcs_of(k) {
            if self.arc_at[j] >= 0 && self.arc_at[j] as usize != p {
                others.push((self.arc_at[j] as usize, -1.0));
            }
        }
        let item = self.item_at[self.block.step_item[k] as usize];
        if item >= 0 {
            others.push((item as usize, 1.0));
        }
        self.inverse.combine(p, -1.0, &others);
        self.columns[p] = Column::Arc(old);
        self.arc_at[old as usize] = p as i32;
        self.arc_at[new as usize] = KEY;
        self.key[k] = new;
        std::mem::swap(&mut self.value[p], &mut self.key_value[k]);
    }

    /// `z` = inverse × the entering variable's column.
    fn represent(&mut self, entering: Entering) {
        self.load_entering_column(entering);
        let n = self.columns.len();
        self.z[..n].fill(0.0);
        for &(l, v) in &self.entering_column {
            let q = self.line_at[l];
            if q >= 0 {
                for p in 0..n {
                    self.z[p] += self.inverse.row(p)[q as usize] * v;
                }
            }
        }
    }

    /// Line `l` loses its slack: the working basis gains its row and the entering variable's column.
    fn add_row(&mut self, l: usize) {
        let n = self.columns.len();
        let mut entries: Vec<(usize, f64)> = Vec::with_capacity(8);
        for p in 0..n {
            let entry = self.entry(p, l);
            if entry != 0.0 {
                entries.push((p, entry));
            }
        }
        let own: f64 = self.entering_column.iter().filter(|(m, _)| *m == l).map(|(_, v)| v).sum();
        let schur = own - entries.iter().map(|&(p, v)| v * self.z[p]).sum::<f64>();
        self.inverse.grow(&entries, &self.z, schur);
        self.line_at[l] = n as i32;
        self.rows.push(l as u32);
        self.slack[l] = 0.0;
    }

    /// Entry of the column at position `p` in the row of line `l`, keys eliminated.
    fn entry(&self, p: usize, l: usize) -> f64 {
        let block = self.block;
        let on = |j: usize| if block.arc_line[j] as usize == l { block.arc_hours[j] } else { 0.0 };
        match self.columns[p] {
            Column::Arc(j) => on(j as usize) - on(self.key[block.arc_step[j as usize] as usize] as usize),
            Column::Item(i) => block.steps_of(i as usize).map(|k| on(self.key[k] as usize)).sum(),
            Column::Theta => -self.slope[l],
            Column::Overtime(m) => {
                if m as usize == l {
                    -1.0
                } else {
                    0.0
                }
            }
        }
    }

    /// Marks the column at position `p` nonbasic, at the bound it reached.
    fn leave(&mut self, p: usize) {
        let value = self.value[p];
        match self.columns[p] {
            Column::Arc(j) => {
                self.arc_at[j as usize] = OUT;
                self.extra[self.block.arc_step[j as usize] as usize] -= 1;
            }
            Column::Item(i) => {
                let i = i as usize;
                self.item_at[i] = OUT;
                self.item_value[i] = if value > 0.5 * self.block.demand[i] { self.block.demand[i] } else { 0.0 };
            }
            Column::Theta => {
                self.theta_at = OUT;
                let nearer_high = (self.theta_high - value).abs() < (value - self.theta_low).abs();
                self.theta = if nearer_high { self.theta_high } else { self.theta_low };
            }
            Column::Overtime(l) => {
                let l = l as usize;
                self.over_at[l] = OUT;
                self.over_value[l] = if value > 0.5 * self.over_high[l] { self.over_high[l] } else { 0.0 };
            }
        }
    }

    /// Puts the entering variable at position `p`. A slack frees its row instead: its column is a unit vector.
    fn enter(&mut self, entering: Entering, p: usize, step: f64) {
        let (column, value) = match entering {
            Entering::Arc(j) => {
                self.arc_at[j] = p as i32;
                self.extra[self.block.arc_step[j] as usize] += 1;
                (Column::Arc(j as u32), step)
            }
            Entering::Item(i) => {
                self.item_at[i] = p as i32;
                (Column::Item(i as u32), self.item_value[i])
            }
            Entering::Theta => {
                self.theta_at = p as i32;
                (Column::Theta, self.theta)
            }
            Entering::Overtime(l) => {
                self.over_at[l] = p as i32;
                (Column::Overtime(l as u32), self.over_value[l])
            }
            Entering::Slack(l) => {
                self.drop_row(p, l, step);
                return;
            }
        };
        self.columns[p] = column;
        self.value[p] = value;
    }

    /// Line `l` gains slack: its row and the unit column at position `p` leave the working basis.
    fn drop_row(&mut self, p: usize, l: usize, slack: f64) {
        let q = self.line_at[l] as usize;
        self.inverse.shrink(p, q);
        self.columns.swap_remove(p);
        self.value.swap_remove(p);
        if p < self.columns.len() {
            match self.columns[p] {
                Column::Arc(j) => self.arc_at[j as usize] = p as i32,
                Column::Item(i) => self.item_at[i as usize] = p as i32,
                Column::Theta => self.theta_at = p as i32,
                Column::Overtime(m) => self.over_at[m as usize] = p as i32,
            }
        }
        self.rows.swap_remove(q);
        if q < self.rows.len() {
            self.line_at[self.rows[q] as usize] = q as i32;
        }
        self.line_at[l] = OUT;
        self.slack[l] = slack;
    }

    /// Takes θ out of the basis at its value, which becomes its upper bound; the closed slack of a line takes its place.
    pub fn retire_theta(&mut self) -> Result<(), Stuck> {
        if self.theta_at < 0 {
            self.theta_high = self.theta;
            return Ok(());
        }
        let p = self.theta_at as usize;
        let row = self.inverse.row(p);
        let q = (0..row.len()).max_by(|&a, &b| row[a].abs().total_cmp(&row[b].abs())).ok_or(Stuck)?;
        if row[q].abs() < PIVOT_TOLERANCE {
            return Err(Stuck);
        }
        let l = self.rows[q] as usize;
        self.theta = self.value[p];
        self.theta_high = self.theta;
        self.theta_at = OUT;
        self.represent(Entering::Slack(l));
        self.inverse.replace(p, &self.z);
        self.drop_row(p, l, 0.0);
        self.since_rebuild += 1;
        Ok(())
    }

    /// Inverts the working basis anew and recomputes every basic value from the nonbasic ones.
    pub fn rebuild(&mut self) -> Result<(), Stuck> {
        let block = self.block;
        let n = self.columns.len();
        let (columns, key, slope, line_at) = (&self.columns, &self.key, &self.slope, &self.line_at);
        let arc = |j: usize, factor: f64, put: &mut dyn FnMut(usize, f64)| {
            let q = line_at[block.arc_line[j] as usize];
            if q >= 0 {
                put(q as usize, factor * block.arc_hours[j]);
            }
        };
        let rows = &self.rows;
        self.inverse
            .rebuild(n, &mut |p, put| match columns[p] {
                Column::Arc(j) => {
                    arc(j as usize, 1.0, put);
                    arc(key[block.arc_step[j as usize] as usize] as usize, -1.0, put);
                }
                Column::Item(i) => block.steps_of(i as usize).for_each(|k| arc(key[k] as usize, 1.0, put)),
                Column::Theta => rows.iter().enumerate().for_each(|(q, &l)| put(q, -slope[l as usize])),
                Column::Overtime(l) => {
                    if line_at[l as usize] >= 0 {
                        put(line_at[l as usize] as usize, -1.0);
                    }
                }
            })
            .map_err(|_| Stuck)?;
        self.since_rebuild = 0;
        self.find_values();
        Ok(())
    }

    /// The furthest that a basic value lies outside its bounds (scaled).
    pub fn infeasibility(&self) -> f64 {
        let mut worst = self.key_value.iter().fold(0.0f64, |worst, v| worst.max(-v));
        for (p, column) in self.columns.iter().enumerate() {
            let (low, high) = match *column {
                Column::Arc(_) => (0.0, f64::INFINITY),
                Column::Item(i) => (0.0, self.block.demand[i as usize]),
                Column::Theta => (self.theta_low, self.theta_high),
                Column::Overtime(l) => (0.0, self.over_high[l as usize]),
            };
            worst = worst.max(low - self.value[p]).max(self.value[p] - high);
        }
        for l in 0..self.block.lines() {
            if self.line_at[l] < 0 {
                let slack = self.slack[l];
                worst = worst.max(if self.slack_closed[l] { slack.abs() } else { -slack });
            }
        }
        worst
    }

    /// Basic values from the nonbasic ones.
    pub fn find_values(&mut self) {
        let block = self.block;
        let n = self.columns.len();
        let theta = if self.theta_at >= 0 { 0.0 } else { self.theta };
        let mut room: Vec<f64> = (0..block.lines())
            .map(|l| self.cap[l] + self.slope[l] * theta + if self.over_at[l] >= 0 { 0.0 } else { self.over_value[l] })
            .collect();
        for k in 0..block.steps() {
            let i = block.step_item[k] as usize;
            let units = if self.item_at[i] >= 0 { 0.0 } else { self.item_value[i] };
            self.key_value[k] = units;
            let key = self.key[k] as usize;
            room[block.arc_line[key] as usize] -= block.arc_hours[key] * units;
        }
        for p in 0..n {
            self.value[p] = self.inverse.row(p).iter().zip(&self.rows).map(|(c, &l)| c * room[l as usize]).sum();
        }
        for p in 0..n {
            let value = self.value[p];
            match self.columns[p] {
                Column::Arc(j) => {
                    let (j, k) = (j as usize, block.arc_step[j as usize] as usize);
                    let key = self.key[k] as usize;
                    self.key_value[k] -= value;
                    room[block.arc_line[j] as usize] -= block.arc_hours[j] * value;
                    room[block.arc_line[key] as usize] += block.arc_hours[key] * value;
                }
                Column::Item(i) => {
                    for k in block.steps_of(i as usize) {
                        let key = self.key[k] as usize;
                        self.key_value[k] += value;
                        room[block.arc_line[key] as usize] -= block.arc_hours[key] * value;
                    }
                }
                Column::Theta => room.iter_mut().zip(&self.slope).for_each(|(room, slope)| *room += slope * value),
                Column::Overtime(l) => room[l as usize] += value,
            }
        }
        for l in 0..block.lines() {
            self.slack[l] = if self.line_at[l] < 0 { room[l] } else { 0.0 };
        }
    }
}

/// How many parts the items are priced in.
const PRICING_PARTS: usize = 16;

/// The best entering variable so far.
struct Best {
    choice: Option<(Entering, f64)>,
    gain: f64,
    first: bool,
}

impl Best {
    #[inline]
    fn offer(&mut self, entering: Entering, sign: f64, score: f64) {
        if score > self.gain {
            self.gain = if self.first { f64::INFINITY } else { score };
            self.choice = Some((entering, sign));
        }
    }
}
