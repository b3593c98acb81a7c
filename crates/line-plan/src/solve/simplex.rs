//! A primal simplex for [`Block`]s that exploits their structure.
//!
//! Every step keeps one basic arc, its *key*; what is left of the basis is a square *working basis* whose rows are the lines without
//! slack and whose columns are the basic variables that are no key (generalised upper bounding, Dantzig and Van Slyke 1967, with the
//! items' finished units as side columns). A pivot costs the square of the number of tight lines, however many models there are. Where
//! lines are very many, the working basis is kept as sparse factors of all lines instead of a dense inverse of the tight ones, and a
//! pivot costs what it moves.
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

mod exchange;
mod movement;
mod pricing;
mod values;

use super::block::Block;
use super::factors::{Factors, Sparse};
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
/// The same where lines are very many: rounding grows along chains of thousands of lines that pass work on to each other.
const FEASIBLE_SPARSE: f64 = 1e-7;
const PIVOT_TOLERANCE: f64 = 1e-7;
/// Blocks with more lines keep their working basis as sparse factors.
const DENSE_LINES: usize = 300;
const KEY: i32 = -2;
const OUT: i32 = -1;

/// A basic variable that is no key.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    Arc(u32),
    Item(u32),
    Theta,
    Overtime(u32),
    /// Only in sparse factors: of a line that is not full.
    Slack(u32),
}

/// How the working basis is kept. Dense: places are the basic columns in the order they came. Sparse: there is a place for every line.
enum Kernel {
    Dense(Inverse),
    Sparse(Box<Factors>),
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
    /// Items of which something may still enter: the item itself, or a step's arc besides the one that must be its key.
    live: Vec<u32>,
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
    kernel: Kernel,
    /// Place of the slack of each line that is not full (sparse).
    slack_at: Vec<u32>,
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
    /// The entering variable's column in terms of the basis.
    z: Sparse,
    /// Scratch: costs by place, prices by row.
    by_place: Sparse,
    by_row: Sparse,
    /// Whether prices are those of the present basis and costs (sparse, where they follow each pivot).
    priced: bool,
    /// Reduced cost of the entering variable.
    gain: f64,
    entering_column: Vec<(usize, f64)>,
    key_rate: Vec<f64>,
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    load_rate: Vec<f64>,
    /// Lines whose load moves (sparse; all lines otherwise).
    moving: Vec<u32>,
    blockers: Vec<(Blocking, f64, f64)>,
}

impl<'b> Simplex<'b> {
    /// Starts with every item served in full on the given key of each step, at the θ that makes this feasible; every line's right
    /// side is θ × its hours and overtime.
    pub fn new(block: &'b Block, key: Vec<u32>) -> Self {
        let mut simplex = Simplex::blank(block, key);
        simplex.start();
        simplex
    }

    /// No line tight, no value known.
    fn blank(block: &'b Block, key: Vec<u32>) -> Self {
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
            live: (0..items as u32).collect(),
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
            kernel: if lines > DENSE_LINES {
                Kernel::Sparse(Box::new(Factors::new(lines)))
            } else {
                Kernel::Dense(Inverse::new(lines + 1))
            },
            slack_at: (0..lines as u32).collect(),
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
            z: Sparse::new(lines + 1),
            by_place: Sparse::new(lines + 1),
            by_row: Sparse::new(lines + 1),
            priced: false,
            gain: 0.0,
            entering_column: Vec::new(),
            key_rate: vec![0.0; steps],
            touched: Vec::new(),
            is_touched: vec![false; steps],
            load_rate: vec![0.0; lines],
            moving: Vec::new(),
            blockers: Vec::new(),
        };
        for &j in &simplex.key {
            simplex.arc_at[j as usize] = KEY;
        }
        if matches!(simplex.kernel, Kernel::Sparse(_)) {
            simplex.columns.extend((0..lines as u32).map(Column::Slack));
            simplex.value.resize(lines, 0.0);
        }
        simplex
    }

    /// Whether the working basis is kept as sparse factors.
    pub fn is_sparse(&self) -> bool {
        matches!(self.kernel, Kernel::Sparse(_))
    }

    /// Starts with every item served in full on the given key of each step, θ not basic at a level; lines that are too full for it get
    /// overtime without bound, which costs 1. Only for sparse factors: without θ in the basis a pivot moves little.
    pub fn elastic(block: &'b Block, key: Vec<u32>, level: f64) -> Result<Self, Stuck> {
        let mut simplex = Simplex::blank(block, key);
        simplex.theta_cost = 0.0;
        (simplex.theta, simplex.theta_low, simplex.theta_high) = (level, level, level);
        simplex.over_cost.fill(1.0);
        simplex.over_high.fill(f64::INFINITY);
        simplex.over_closed.fill(false);
        for (l, load) in simplex.load_of_keys().into_iter().enumerate() {
            let room = level * simplex.slope[l] - load;
            simplex.slack[l] = room.max(0.0);
            if room < 0.0 {
                simplex.line_at[l] = simplex.rows.len() as i32;
                simplex.rows.push(l as u32);
                simplex.columns[l] = Column::Overtime(l as u32);
                simplex.over_at[l] = l as i32;
            }
        }
        simplex.rebuild()?;
        Ok(simplex)
    }

    /// Takes back overtime without bound where none is left.
    pub fn end_elastic(&mut self) {
        self.over_cost.fill(0.0);
        self.over_high.fill(0.0);
        self.over_closed.fill(true);
    }

    /// Overtime of all lines (scaled hours).
    pub fn overtime(&self) -> f64 {
        let basic = |l: usize| if self.over_at[l] >= 0 { self.value[self.over_at[l] as usize] } else { self.over_value[l] };
        (0..self.over_at.len()).map(basic).sum()
    }

    /// Gives every key its item's units and answers the lines' load.
    fn load_of_keys(&mut self) -> Vec<f64> {
        let mut load = vec![0.0; self.block.lines()];
        for k in 0..self.block.steps() {
            let j = self.key[k] as usize;
            let units = self.item_value[self.block.step_item[k] as usize];
            self.key_value[k] = units;
            load[self.block.arc_line[j] as usize] += self.block.arc_hours[j] * units;
        }
        load
    }

    /// Makes θ basic in the row of the fullest line.
    fn start(&mut self) {
        let load = self.load_of_keys();
        let fullest = (0..load.len())
            .filter(|&l| self.slope[l] > 0.0)
            .max_by(|&a, &b| (load[a] / self.slope[a]).total_cmp(&(load[b] / self.slope[b])).then(b.cmp(&a)));
        if let Some(l) = fullest {
            let theta = load[l] / self.slope[l];
            self.rows.push(l as u32);
            self.line_at[l] = 0;
            match &mut self.kernel {
                Kernel::Dense(inverse) => {
                    self.columns.push(Column::Theta);
                    self.theta_at = 0;
                    inverse.grow(&[], &[], -self.slope[l]);
                    self.value.push(theta);
                }
                Kernel::Sparse(factors) => {
                    factors.represent(self.slope.iter().enumerate().map(|(m, s)| (m, -s)), &mut self.z);
                    factors.enter_theta(l, &self.z);
                    self.columns[l] = Column::Theta;
                    self.value[l] = theta;
                    self.theta_at = l as i32;
                }
            }
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

    /// Opens every item for the stages to come, and looks at all of them again.
    pub fn open_items(&mut self) {
        self.item_closed.fill(false);
        self.live = (0..self.block.items() as u32).collect();
    }

    /// Leaves the items out of the search of which nothing can enter any more; what is closed stays closed.
    pub fn forget_closed(&mut self) {
        let (block, arc_closed, item_closed) = (self.block, &self.arc_closed, &self.item_closed);
        let several = |k: usize| arc_closed[block.arcs_of(k)].iter().filter(|closed| !**closed).nth(1).is_some();
        self.live.retain(|&i| !item_closed[i as usize] || block.steps_of(i as usize).any(several));
    }

    /// The items of which something may still enter.
    pub fn live(&self) -> &[u32] {
        &self.live
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

    /// Overtime of a line (scaled hours).
    pub fn overtime_units(&self, l: usize) -> f64 {
        if self.over_at[l] >= 0 { self.value[self.over_at[l] as usize] } else { self.over_value[l] }
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
        self.priced = false;
        loop {
            if self.since_rebuild >= self.rebuild_after || self.is_worn() {
                self.rebuild()?;
            }
            self.find_prices();
            let Some((entering, sign)) = self.choose_entering(careful) else {
                if self.since_rebuild >= self.trusted() && self.columns.len() > 1 {
                    self.rebuild()?;
                    let feasible = if self.is_sparse() { FEASIBLE_SPARSE } else { FEASIBLE };
                    if self.infeasibility() > feasible {
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
            careful = standing > self.block.lines().max(200);
            self.pivots += 1;
            if self.pivots > limit {
                return Err(Stuck);
            }
        }
    }

    /// Pivots that prices and values may be old at the end of a stage: a dense inverse hardly loses a digit over so few, and a stage of
    /// evening out takes one or two. Where the first attempt failed, none.
    fn trusted(&self) -> usize {
        if self.is_sparse() { 1 } else { (self.rebuild_after / 4).max(1) }
    }

    /// Moves the entering variable as far as it goes and changes the basis. Answers the length of the move.
    fn pivot(&mut self, entering: Entering, sign: f64) -> Result<f64, Stuck> {
        self.represent(entering);
        self.gain = self.reduced_cost(entering);
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
}
