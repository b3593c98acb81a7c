//! The integer version of the plan: openings, minimum lots, split limits, and changeover hours charged per assignment.
//!
//! [`solve_block`] answers one [`Block`]: a relaxation in which only openings stay whole gives the bound and an open set
//! (`relaxation`), ruin and recreate makes a plan for it (`recreate`), and HiGHS finishes on the whole program where that is small
//! enough to pay (`exact`). Every answer comes with a proven bound.
//!
//! **Invariant:** the answer keeps every rule of the block and every ceiling; the bound never exceeds the best cost; without a clock
//! running out, the same input gives the same answer.

mod block;
mod conflicts;
mod exact;
mod frozen;
mod problem;
mod random;
mod recreate;
mod relaxation;
mod stages;
mod stock;

use crate::Clock;
use crate::highs::HighsError;
use recreate::{Scene, Start};
use relaxation::{Fixed, Point, Relaxation, search_openings};

pub use block::{Amounts, Arc, Block, Costs, Item, Part, Slot, Step, TOLERANCE};
pub use conflicts::{Rule, Wish, conflicts, infeasible};
pub(crate) use problem::{is_asked, plan};
pub use stages::{Staged, solve_stages};

/// An earlier objective that must not exceed a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// The objective.
    pub costs: Costs,
    /// The most it may be.
    pub value: f64,
}

/// How far the search may go. Counts are deterministic; the clock is not.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Where time comes from.
    pub clock: &'a dyn Clock,
    /// The clock's seconds at which to stop (s).
    pub until_s: Option<f64>,
    /// Relative distance to the bound that is good enough.
    pub relative_gap: f64,
    /// Moves of ruin and recreate in one round of a period.
    pub iterations: usize,
    /// Rounds after the first, while the gap is too wide.
    pub rounds: usize,
    /// Open sets looked at per period.
    pub open_sets: usize,
    /// Nodes of the exact solver; 0 does without it.
    pub nodes: usize,
    /// Seed of the search.
    pub seed: u64,
}

impl<'a> Limits<'a> {
    /// The usual limits, without one of time.
    pub fn new(clock: &'a dyn Clock) -> Limits<'a> {
        Limits { clock, until_s: None, relative_gap: 1e-6, iterations: 60_000, rounds: 4, open_sets: 200, nodes: 100_000, seed: 1 }
    }

    /// Seconds left (s), if they are limited.
    fn left(&self) -> Option<f64> {
        self.until_s.map(|until| until - self.clock.seconds())
    }

    /// Whether time is up.
    fn is_over(&self) -> bool {
        self.left().is_some_and(|left| left <= 0.0)
    }

    /// The same with no more moves than a block of this size can use; where the exact solver follows, one round is enough.
    fn fitting(&self, block: &Block, discrete: usize) -> Limits<'a> {
        let iterations = self.iterations.min(MOVES_PER_ARC * block.arcs.len());
        Limits { iterations, rounds: if discrete <= SMALL && self.nodes > 0 { 0 } else { self.rounds }, ..*self }
    }

    /// The same with only a share of the time that is left.
    fn share(&self, share: f64) -> Limits<'a> {
        let now = self.clock.seconds();
        Limits { until_s: self.until_s.map(|until| now + (until - now) * share), ..*self }
    }
}

/// An answer with its cost and a proven bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Solved {
    /// The answer.
    pub amounts: Amounts,
    /// What it costs.
    pub cost: f64,
    /// No answer costs less.
    pub bound: f64,
}

impl Solved {
    /// Distance between cost and bound, relative to the cost.
    pub fn gap(&self) -> f64 {
        gap(self.cost, self.bound)
    }
}

/// Distance between a cost and its bound, relative to the cost.
pub(crate) fn gap(cost: f64, bound: f64) -> f64 {
    if cost - bound <= 1e-9 { 0.0 } else { (cost - bound) / cost.abs().max(1e-9) }
}

/// Whole programs up to this many discrete arcs go to the exact solver without further ado.
const SMALL: usize = 1500;
/// Moves of ruin and recreate that one arc is worth in a round.
const MOVES_PER_ARC: usize = 50;

/// Solves a block: least cost under the ceilings. `start` must keep the ceilings; without ceilings doing nothing is a start.
///
/// # Errors
/// When the linear solver fails numerically.
pub fn solve_block(
    block: &Block,
    costs: &Costs,
    ceilings: &[Ceiling],
    start: Option<Amounts>,
    limits: &Limits,
) -> Result<Solved, HighsError> {
    let discrete = (0..block.arcs.len()).filter(|a| block.is_discrete(*a)).count();
    let limits = &limits.fitting(block, discrete);
    let amounts = start.unwrap_or_else(|| block.nothing());
    let mut solved = Solved { cost: block.cost(costs, &amounts), amounts, bound: f64::NEG_INFINITY };
    let searched = search(block, costs, ceilings, limits)?;
    solved.bound = searched.bound;
    for amounts in searched.candidates {
        take(&mut solved, block, costs, ceilings, amounts);
    }
    solved.bound = solved.bound.min(solved.cost);
    if !ceilings.is_empty() && solved.gap() > limits.relative_gap {
        close_lines(&mut solved, block, costs, ceilings, &limits.share(0.5));
    }
    if costs.counts_changes() && solved.gap() > limits.relative_gap {
        let nearer = exact::Exact::new(block, costs, ceilings).polish(block, &solved.amounts)?;
        nearer.into_iter().for_each(|amounts| take(&mut solved, block, costs, ceilings, amounts));
    }
    let small_enough = discrete <= SMALL || limits.left().is_some_and(|left| left > 0.005 * discrete as f64);
    if solved.gap() > limits.relative_gap && small_enough && limits.nodes > 0 && !limits.is_over() {
        let exact = exact::Exact::new(block, costs, ceilings);
        let found = exact.solve(block, &solved.amounts, limits)?;
        if let Some(amounts) = found.amounts {
            take(&mut solved, block, costs, ceilings, amounts);
        }
        solved.bound = solved.bound.max(found.bound).min(solved.cost);
    }
    Ok(solved)
}

/// What one more hour on each slot would save when assignments and openings stay as they are.
fn prices(block: &Block, costs: &Costs, amounts: &Amounts) -> Result<Vec<f64>, HighsError> {
    exact::Exact::new(block, costs, &[]).prices(block, amounts)
}

/// Takes the answer over if it keeps the rules and costs less.
fn take(solved: &mut Solved, block: &Block, costs: &Costs, ceilings: &[Ceiling], amounts: Amounts) {
    let within = |c: &Ceiling| block.cost(&c.costs, &amounts) <= c.value + TOLERANCE * c.value.abs().max(1.0);
    let cost = block.cost(costs, &amounts);
    if cost < solved.cost && block.keeps_rules(&amounts) && ceilings.iter().all(within) {
        (solved.cost, solved.amounts) = (cost, amounts);
    }
}

/// Tries to close one open slot after the other, the least loaded first, putting what it made elsewhere under the ceilings.
fn close_lines(solved: &mut Solved, block: &Block, costs: &Costs, ceilings: &[Ceiling], limits: &Limits) {
    let mut held = Costs { opening: vec![0.0; block.slots.len()], ..ceilings[0].costs.clone() };
    for ceiling in &ceilings[1..] {
        held.add(1.0, &Costs { opening: vec![0.0; block.slots.len()], ..ceiling.costs.clone() });
    }
    let enough = block.cost(&held, &solved.amounts);
    let loads = block.loads(&solved.amounts.units);
    let mut slots: Vec<usize> = (0..loads.len()).filter(|s| block.slots[*s].decided && costs.opening[*s] > 0.0).collect();
    let needed = block.needed_slots();
    slots.retain(|s| solved.amounts.open[*s] && !needed[*s]);
    let filled = |s: &usize| loads[*s] / block.slots[*s].most_hours().max(TOLERANCE);
    slots.sort_by(|a, b| filled(a).total_cmp(&filled(b)).then(a.cmp(b)));
    let short = Limits { iterations: limits.iterations / 6, ..*limits };
    for slot in slots {
        if limits.is_over() || solved.gap() <= limits.relative_gap {
            return;
        }
        let emptied = block.slots[slot].adds_to.unwrap_or(slot);
        let hours = block.open_hours(|s| s != slot && solved.amounts.open[s]);
        let scene = Scene { block, costs: &held, hours: &hours, prices: &vec![0.0; hours.len()], enough };
        let units = recreate::improve(&scene, Start::Plan(&block.without(emptied, &solved.amounts.units)), &short);
        take(solved, block, costs, ceilings, block.opened_for(units));
    }
}

struct Searched {
    bound: f64,
    candidates: Vec<Amounts>,
}

/// The bound and, where no ceiling forbids it, plans by ruin and recreate on the best open sets.
fn search(block: &Block, costs: &Costs, ceilings: &[Ceiling], limits: &Limits) -> Result<Searched, HighsError> {
    let parts = if ceilings.is_empty() { block.by_period() } else { Vec::new() };
    if parts.len() <= 1 {
        return search_period(block, costs, ceilings, limits);
    }
    search_periods(block, costs, &parts, limits)
}

fn search_period(block: &Block, costs: &Costs, ceilings: &[Ceiling], limits: &Limits) -> Result<Searched, HighsError> {
    let mut relaxation = Relaxation::new(block, costs, ceilings)?;
    // Openings that cost nothing and use up no ceiling are no question.
    let free = costs.opening.iter().all(|cost| *cost == 0.0) && ceilings.is_empty();
    let undecided = vec![if free { Fixed::Open } else { Fixed::Free }; block.slots.len()];
    let openings = search_openings(&mut relaxation, undecided, 0.0, limits.open_sets, 1e-4, &limits.share(0.4))?;
    // The start keeps the ceilings, so a relaxation without any answer is a matter of tolerances and proves nothing.
    let bound = if openings.bound.is_finite() { openings.bound } else { f64::NEG_INFINITY };
    let candidates = match openings.best.filter(|_| ceilings.is_empty()) {
        Some(point) => plan_period(block, costs, &mut relaxation, point, bound, limits)?,
        None => Vec::new(),
    };
    Ok(Searched { bound, candidates })
}

/// Plans on the relaxation's open set, then on larger ones as long as that pays: what splits and minimum lots cost, the relaxation
/// sees only in part. Then the best is worked on until it is good enough or the rounds are over.
fn plan_period(
    block: &Block,
    costs: &Costs,
    relaxation: &mut Relaxation,
    point: Point,
    bound: f64,
    limits: &Limits,
) -> Result<Vec<Amounts>, HighsError> {
    let enough = bound + limits.relative_gap * bound.abs();
    let plan = |point: &Point, start: Start, seed: u64, limits: &Limits| {
        let amounts = block.opened_for(plan_for(block, costs, point, start, enough, &Limits { seed, ..*limits }));
        (block.cost(costs, &amounts), amounts)
    };
    let mut best = plan(&point, Start::Relaxed(&point.units), limits.seed, limits);
    let mut on = point;
    let good = |cost: f64| gap(cost, bound) <= limits.relative_gap || limits.is_over();
    while !good(best.0) {
        let free = vec![Fixed::Free; block.slots.len()];
        let openings = search_openings(relaxation, free, opened(&on).round() + 1.0, limits.open_sets / 8, 1e-4, &limits.share(0.2))?;
        let Some(wider) = openings.best.filter(|p| p.objective < best.0) else { break };
        let next = plan(&wider, Start::Relaxed(&wider.units), limits.seed, limits);
        if next.0 >= best.0 {
            break;
        }
        (best, on) = (next, wider);
    }
    for round in 1..=limits.rounds {
        if good(best.0) {
            break;
        }
        let next = plan(&on, Start::Plan(&best.1.units), limits.seed.wrapping_add(round as u64), limits);
        if next.0 < best.0 {
            best = next;
        }
    }
    let polished = if good(best.0) { None } else { exact::Exact::new(block, costs, &[]).polish(block, &best.1)? };
    Ok(polished.into_iter().chain([best.1]).collect())
}

/// Units on the open set of a relaxed point; the search ends early at a cost of `enough`.
fn plan_for(block: &Block, costs: &Costs, point: &Point, start: Start, enough: f64, limits: &Limits) -> Vec<f64> {
    let open = |s: usize| point.open[s] > 0.5;
    let hours = block.open_hours(open);
    let opening: f64 = (0..hours.len()).filter(|s| open(*s) && block.slots[*s].decided).map(|s| costs.opening[s]).sum();
    let scene = Scene { block, costs, hours: &hours, prices: &point.prices, enough: enough - opening };
    if let (Start::Relaxed(units), true) = (&start, block.has_linked_steps()) {
        let made: Vec<f64> = (0..block.items.len()).map(|item| block.made(item, units)).collect();
        let (apart, costs) = block.apart(costs, &made);
        let steps = Scene { block: &apart, costs: &costs, enough: f64::NEG_INFINITY, ..scene };
        let units = recreate::improve(&steps, start, &limits.share(0.5));
        return recreate::improve(&scene, Start::Plan(&units), limits);
    }
    recreate::improve(&scene, start, limits)
}

/// A plan for linked steps from plans that know nothing of the links: each connected part of the steps is solved on its own, and
/// items that come out uneven are put in anew on the lines that are open then.
///
/// `start` is an answer that holds what must be made.
fn plan_apart(block: &Block, costs: &Costs, start: &Amounts, limits: &Limits) -> Result<Amounts, HighsError> {
    let demand: Vec<f64> = block.items.iter().map(|item| item.demand).collect();
    let (apart, shared) = block.apart(costs, &demand);
    let mut whole = start.clone();
    let parts = apart.components();
    for (i, part) in parts.iter().enumerate() {
        let limits = limits.share(0.8 / (parts.len() - i) as f64);
        let start = part.take(start);
        part.write(&solve_block(&part.block, &part.costs(&shared), &[], Some(start), &limits)?.amounts, &mut whole);
    }
    let hours = block.open_hours(|s| whole.open[s]);
    let prices = vec![0.0; hours.len()];
    let scene = Scene { block, costs, hours: &hours, prices: &prices, enough: f64::NEG_INFINITY };
    Ok(block.opened_for(recreate::improve(&scene, Start::Plan(&whole.units), limits)))
}

/// Periods one by one. Their bounds add up to a bound of the whole, the better one knowing that opened slots stay open. The open sets are made nested from
/// the period that needs most: later periods open at least as much, earlier ones no more.
fn search_periods(block: &Block, costs: &Costs, parts: &[Part], limits: &Limits) -> Result<Searched, HighsError> {
    let mut relaxations = Vec::with_capacity(parts.len());
    let mut bests = Vec::with_capacity(parts.len());
    let mut bounds = Vec::with_capacity(parts.len());
    for (i, part) in parts.iter().enumerate() {
        let costs = part.costs(costs);
        let mut relaxation = Relaxation::new(&part.block, &costs, &[])?;
        let free = vec![Fixed::Free; part.slots.len()];
        let share = 0.4 / (parts.len() - i) as f64;
        let openings = search_openings(&mut relaxation, free, 0.0, limits.open_sets, 1e-4, &limits.share(share))?;
        bounds.push(openings.bound);
        let Some(best) = openings.best else { return Ok(Searched { bound: f64::NEG_INFINITY, candidates: Vec::new() }) };
        bests.push(best);
        relaxations.push(relaxation);
    }
    let staying = staying_bound(block, parts, &mut relaxations, &bests, &bounds, &limits.share(0.3))?;
    let bound = bounds.iter().sum::<f64>().max(staying);
    let peak = (0..bests.len()).max_by(|a, b| opened(&bests[*a]).total_cmp(&opened(&bests[*b])).then(b.cmp(a))).unwrap_or(0);
    let mut open: Vec<bool> = vec![false; block.slots.len()];
    note_open(&mut open, &parts[peak], &bests[peak]);
    for i in (peak + 1..parts.len()).chain((0..peak).rev()) {
        let fix = |slot: usize| nested(block, &open, slot, i > peak);
        let fixed: Vec<Fixed> = parts[i].slots.iter().map(|s| fix(*s)).collect();
        let share = 0.3 / (parts.len() - i.min(peak)) as f64;
        let openings = search_openings(&mut relaxations[i], fixed, 0.0, limits.open_sets, 1e-3, &limits.share(share))?;
        let Some(best) = openings.best else { return Ok(Searched { bound, candidates: Vec::new() }) };
        bests[i] = best;
        note_open(&mut open, &parts[i], &bests[i]);
    }
    let mut whole = block.nothing();
    for (i, part) in parts.iter().enumerate() {
        let (start, limits) = (Start::Relaxed(&bests[i].units), limits.share(1.0 / (parts.len() - i) as f64));
        let enough = bests[i].objective * (1.0 + limits.relative_gap);
        let units = plan_for(&part.block, &part.costs(costs), &bests[i], start, enough, &limits);
        for (&arc, units) in part.arcs.iter().zip(units) {
            whole.units[arc] = units;
        }
    }
    Ok(Searched { bound, candidates: vec![block.opened_for(whole.units)] })
}

/// A bound for slots that stay open: the number of open ones never falls, so it is the least sum over the periods of what each costs with so
/// many open, found by dynamic programming over the number. Minus infinity where slots are tied in another way.
fn staying_bound(
    block: &Block,
    parts: &[Part],
    relaxations: &mut [Relaxation],
    bests: &[Point],
    bounds: &[f64],
    limits: &Limits,
) -> Result<f64, HighsError> {
    let stays = |slot: &Slot, first: bool| slot.decided && slot.adds_to.is_none() && (first || slot.after.is_some());
    let all_stay = parts.iter().enumerate().all(|(i, part)| part.slots.iter().all(|s| stays(&block.slots[*s], i == 0)));
    if block.most_changes.is_some() || !all_stay {
        return Ok(f64::NEG_INFINITY);
    }
    let fewest = |point: &Point| opened(point).round() as usize;
    let slots = parts.iter().map(|part| part.slots.len()).max().unwrap_or(0);
    // Numbers beyond the last one count as the last: there a period's cost only grows with the number.
    let last = (bests.iter().map(fewest).max().unwrap_or(0) + 2).min(slots);
    let mut least = vec![0.0; last + 1];
    for (i, relaxation) in relaxations.iter_mut().enumerate() {
        let mut cost = vec![bounds[i]; last + 1];
        for count in fewest(&bests[i])..=last {
            if limits.is_over() {
                break;
            }
            let with = relaxation.least_with(count)?;
            // The relaxed cost is convex in the number, so it grows from here on if it has grown up to here.
            let grows = count < last || last == slots || with > cost[last - 1];
            cost[count] = if grows { bounds[i].max(with) } else { bounds[i] };
        }
        let mut before = f64::INFINITY;
        for (least, cost) in least.iter_mut().zip(&cost) {
            before = before.min(*least);
            *least = before + cost;
        }
    }
    Ok(least.into_iter().fold(f64::INFINITY, f64::min))
}

fn opened(point: &Point) -> f64 {
    point.open.iter().sum()
}

fn note_open(open: &mut [bool], part: &Part, point: &Point) {
    for (&slot, share) in part.slots.iter().zip(&point.open) {
        open[slot] = *share > 0.5;
    }
}

/// What the neighbouring period, already decided, says about a slot.
fn nested(block: &Block, open: &[bool], slot: usize, forward: bool) -> Fixed {
    if block.most_changes.is_some() {
        return Fixed::Free;
    }
    let stays = if forward {
        block.slots[slot].after.filter(|before| open[*before]).map(|_| Fixed::Open)
    } else {
        block.slots.iter().position(|later| later.after == Some(slot)).filter(|later| !open[*later]).map(|_| Fixed::Closed)
    };
    stays.unwrap_or(Fixed::Free)
}
