//! Whole decisions where units may be finished ahead and kept in stock: prebuild together with openings, minimum lots, split limits and campaigns.
//!
//! Stock ties the periods of a model together, so a part holds all of them and is a larger program than without stock. Two plans that are
//! quickly made are where it starts: the linear prebuild plan tells how much to finish when, and those amounts are planned with whole decisions
//! as if they were the demand; and the plan without any stock. HiGHS goes on from the better of them, stage by stage. What the linear
//! plan loses bounds what is lost here, for whole decisions only take possibilities away. Where HiGHS proves nothing, a second bound takes the
//! periods apart: what links them, the flow of a model's units, is paid for at the linear plan's prices instead (Lagrange), and each period's
//! relaxation, which knows setups and lots, says what it loses at these.
//!
//! What is in stock follows from what is finished: customers are served as early as they can be, which loses nothing, for a model's units are
//! worth the same in every period, and keeps the stock least.
//!
//! **Invariant:** an answer keeps every rule of its block, and no stock is larger than its cover; a bound never exceeds the value.

use std::collections::BTreeMap;

use super::block::{Amounts, Costs, TOLERANCE};
use super::exact::Exact;
use super::problem::{Job, NODES, Objective, PROVEN, Scene, Totals, failed};
use super::relaxation::{Fixed, Relaxation, search_openings};
use super::stages::Staged;
use super::{Ceiling, Limits, frozen, gap, problem};
use crate::Clock;
use crate::assemble::{Answer, Delivery, OnLine, demand};
use crate::highs::HighsError;
use crate::options::{Balance, ChangeoverCharging, Integers, Options, PlanModel};
use crate::order::Order;
use crate::plan::{PlanError, Status};
use crate::problem::{Demand, Problem};
use crate::solve::{self, Memory};
use crate::worth::Worth;

/// Arcs up to which a part goes to the exact solver where no time limit ends it.
const MOST_ARCS_UNLIMITED: usize = 20_000;
/// Seconds that the exact solver needs for an arc of a part, at the least, to get anywhere (s); and in parts of more arcs than these, where it
/// looks at its limit only after long whiles.
const SECONDS_PER_ARC: f64 = 2e-5;
const LARGE: usize = 60_000;
const SECONDS_PER_ARC_OF_LARGE: f64 = 1e-3;

/// Most stock at the end of a period as a share of the next period's demand.
pub(super) fn cover(options: &Options) -> f64 {
    if options.model == PlanModel::Prebuild { options.prebuild_cover } else { 0.0 }
}

/// Makes what the options wish.
///
/// # Errors
/// As [`problem::solve`].
pub(super) fn solve(problem: &Problem, options: &Options, order: &Order, clock: &dyn Clock) -> Result<Answer, PlanError> {
    let until_s = options.time_limit_s.map(|limit| clock.seconds() + limit);
    let nodes = if until_s.is_some() { usize::MAX } else { NODES };
    let limits = Limits { until_s, relative_gap: options.integers.relative_gap.max(PROVEN), nodes, ..Limits::new(clock) };
    let scene = Scene::of(problem, options, order);
    let jobs = scene.jobs_with_stock();
    frozen::check(&scene, &jobs, &limits)?;
    let ahead = linear(problem, options, order)?;
    // Where the exact solver will hardly have its turn, the starts and a bound by periods are all there is.
    let large = jobs.iter().any(|job| job.part.arcs.len() > LARGE);
    let [first, second] = if large { [0.4, 0.5] } else { [0.25, 0.25] };
    let starts =
        [made_ahead(problem, options, order, &ahead, &limits.share(first)), without_stock(problem, options, order, &limits.share(second))];
    let made: Vec<ByPlace> =
        starts.iter().flatten().map(|answer| by_place(answer.made.iter().map(|m| ((m.capability, m.period), m.units)))).collect();
    let prices = by_place(ahead.prices.iter().map(|price| ((price.line, price.period), price.value)));
    let demand = demand(problem);
    let parts: Vec<Stocked> = jobs.iter().map(|job| Stocked::of(&scene, job, &demand)).collect();
    let mut total = Totals { answer: Answer::new(Status::Optimal), stages: vec![(0.0, 0.0); scene.objectives().len()] };
    for (stage, objective) in total.stages.iter_mut().zip(scene.objectives()) {
        let lost = match objective {
            Objective::Change => scene.given_up(&jobs),
            Objective::Unmet(tier) => never_made(&scene, &parts, &demand, *tier),
            _ => 0.0,
        };
        *stage = (lost, lost);
    }
    let mut left: usize = jobs.iter().map(|job| job.part.arcs.len()).sum();
    for part in &parts {
        let arcs = part.job.part.arcs.len();
        let share = arcs as f64 / left.max(1) as f64;
        left -= arcs;
        let known = made.iter().map(|made| part.read(made)).collect();
        let Some(staged) = part.solve(&scene, known, &prices, &limits.share(share)).map_err(failed)? else {
            return Err(refused(starts));
        };
        total.add(&scene, part.job, &staged);
        total.answer.deliveries.extend(part.deliveries(&staged.amounts));
        total.answer.prices.extend(part.prices(&staged.amounts, &prices).map_err(failed)?);
    }
    // Of all tiers the first alone may not be traded for an earlier one: its bound is that of the linear plan.
    if let (Some(first), Some(bound)) = (total.stages.first_mut(), ahead.stages.first()) {
        first.1 = first.1.max(bound.value * (1.0 - 1e-9)).min(first.0);
    }
    total.answer.deliveries.sort_unstable_by_key(|d| (order.model_rank[d.model as usize], d.period));
    Ok(total.finish(&scene))
}

/// Amounts by capability and period, or prices by line and period: the sum over tiers.
type ByPlace = BTreeMap<(u32, u32), f64>;

fn by_place(values: impl Iterator<Item = ((u32, u32), f64)>) -> ByPlace {
    let mut sums = ByPlace::new();
    values.for_each(|(place, value)| *sums.entry(place).or_default() += value);
    sums
}

/// No plan was found: says why the starts failed, if one of them knows.
fn refused(starts: [Result<Answer, PlanError>; 2]) -> PlanError {
    let unclear = || PlanError::Numerical { detail: "integer plan: no plan with stock was found within the limits".to_owned() };
    starts.into_iter().filter_map(Result::err).find(|e| matches!(e, PlanError::Infeasible { .. })).unwrap_or_else(unclear)
}

/// The plan with stock in which nothing is whole and lines may work their longest shifts: no plan loses less.
fn linear(problem: &Problem, options: &Options, order: &Order) -> Result<Answer, PlanError> {
    let longest = frozen::with_longest_shifts(problem, options);
    let relaxed = Options {
        integers: Integers::default(),
        changeovers: ChangeoverCharging::None,
        balance: Balance::Off,
        preference: false,
        ..options.clone()
    };
    solve::solve(&longest, &relaxed, order, &Memory::none(), None)
}

/// A plan with whole decisions of what a linear one finishes.
fn made_ahead(problem: &Problem, options: &Options, order: &Order, ahead: &Answer, limits: &Limits) -> Result<Answer, PlanError> {
    let mut stock: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    ahead.deliveries.iter().for_each(|d| _ = stock.insert((d.model, d.period), d.stock));
    let before = |d: &Delivery| d.period.checked_sub(1).and_then(|t| stock.get(&(d.model, t))).copied().unwrap_or(0.0);
    let finished =
        |d: &Delivery| Demand { model: d.model as usize, period: d.period as usize, units: (d.delivered + d.stock - before(d)).max(0.0) };
    let demand = ahead.deliveries.iter().map(finished).filter(|d| d.units > 0.0).collect();
    without_stock(&Problem { demand, ..problem.clone() }, options, order, limits)
}

/// A plan with whole decisions and no stock.
fn without_stock(problem: &Problem, options: &Options, order: &Order, limits: &Limits) -> Result<Answer, PlanError> {
    let asked = Options { model: PlanModel::Finished, time_limit_s: limits.left().map(|left| left.max(0.01)), ..options.clone() };
    problem::solve(problem, &asked, order, limits.clock)
}

/// What is lost of a tier because no period makes anything of a model.
fn never_made(scene: &Scene, parts: &[Stocked], demand: &[f64], tier: u32) -> f64 {
    let periods = scene.problem.periods.len();
    let worth = Worth::of(scene.problem, scene.options.weight, scene.order);
    let mut wanted = demand.to_vec();
    for model in parts.iter().flat_map(|part| &part.models) {
        wanted[model.index * periods..][..periods].fill(0.0);
    }
    let of_tier = (0..wanted.len()).filter(|at| wanted[*at] > 0.0 && scene.problem.models[at / periods].tier == tier);
    of_tier.map(|at| wanted[at] * worth.finished(scene.order, at / periods)).sum()
}

/// A model of a part, period by period.
struct Model {
    /// Index of the model.
    index: usize,
    tier: u32,
    worth: f64,
    /// Mean hours for one unit (h), by which stock is measured.
    hours: f64,
    wanted: Vec<f64>,
    cover: Vec<f64>,
    /// Item of the block in which it can be made.
    items: Vec<Option<usize>>,
}

/// A part with the models whose units may wait.
struct Stocked<'j> {
    job: &'j Job,
    models: Vec<Model>,
    periods: usize,
}

/// One objective: of the block, of what is lost, of what waits.
struct Aim {
    costs: Costs,
    /// Cost of a unit of each model that is lost, and of one that waits for the next period.
    lost: Vec<f64>,
    stock: Vec<f64>,
}

impl Aim {
    fn is_of_block(&self) -> bool {
        self.lost.iter().chain(&self.stock).all(|cost| *cost == 0.0)
    }
}

/// Columns of the flow of units, `[model * periods + period]`.
struct Columns {
    lost: Vec<usize>,
    stock: Vec<usize>,
}

impl<'j> Stocked<'j> {
    fn of(scene: &Scene, job: &'j Job, demand: &[f64]) -> Stocked<'j> {
        let periods = scene.problem.periods.len();
        let mut models: BTreeMap<u32, Model> = BTreeMap::new();
        for (item, at) in job.items.iter().enumerate() {
            let wanted = &scene.wanted[*at];
            let of_model = &demand[wanted.model * periods..][..periods];
            let known = models.entry(scene.order.model_rank[wanted.model]).or_insert_with(|| Model {
                index: wanted.model,
                tier: wanted.tier,
                worth: wanted.worth,
                hours: mean_hours(scene, wanted.model),
                wanted: of_model.to_vec(),
                cover: (0..periods).map(|t| cover(scene.options) * of_model.get(t + 1).copied().unwrap_or(0.0)).collect(),
                items: vec![None; periods],
            });
            known.items[wanted.period] = Some(item);
        }
        Stocked { job, models: models.into_values().collect(), periods }
    }

    /// What other plans make, as an answer of this part.
    fn read(&self, made: &ByPlace) -> Amounts {
        let block = &self.job.part.block;
        let units =
            |(arc, capability): (&super::Arc, &u32)| made.get(&(*capability, self.job.slots[arc.slot].period)).copied().unwrap_or(0.0);
        block.opened_for(block.arcs.iter().zip(&self.job.capabilities).map(units).collect())
    }

    /// What is lost and what waits of each model in each period; none where more waits than may.
    fn flow(&self, units: &[f64]) -> Option<Vec<(f64, f64)>> {
        let mut flow = Vec::with_capacity(self.models.len() * self.periods);
        for model in &self.models {
            let mut stock = 0.0;
            for t in 0..self.periods {
                let had = stock + model.items[t].map_or(0.0, |item| self.job.part.block.made(item, units));
                let sold = had.min(model.wanted[t]);
                stock = had - sold;
                if stock > model.cover[t] + TOLERANCE * model.cover[t].max(1.0) {
                    return None;
                }
                flow.push((model.wanted[t] - sold, stock));
            }
        }
        Some(flow)
    }

    fn keeps_rules(&self, amounts: &Amounts) -> bool {
        self.job.part.block.keeps_rules(amounts) && self.flow(&amounts.units).is_some()
    }

    /// What an answer that keeps the rules costs.
    fn cost(&self, aim: &Aim, amounts: &Amounts) -> f64 {
        let flow = self.flow(&amounts.units).unwrap_or_default();
        let of = |(at, (lost, stock)): (usize, &(f64, f64))| aim.lost[at / self.periods] * lost + aim.stock[at / self.periods] * stock;
        self.job.part.block.cost(&aim.costs, amounts) + flow.iter().enumerate().map(of).sum::<f64>()
    }

    fn aim(&self, scene: &Scene, objective: Objective) -> Aim {
        let mut costs = self.job.costs(scene, objective);
        // What is not made of an item is not lost: it is more than anybody need make.
        costs.unmet.fill(0.0);
        let of_models = |cost: &dyn Fn(&Model) -> f64| self.models.iter().map(cost).collect();
        Aim {
            costs,
            lost: of_models(&|m| if objective == Objective::Unmet(m.tier) { m.worth } else { 0.0 }),
            stock: of_models(&|m| if objective == Objective::Stock { m.hours } else { 0.0 }),
        }
    }

    /// All stages, from the best of what is known; none where there is no answer.
    fn solve(&self, scene: &Scene, known: Vec<Amounts>, prices: &ByPlace, limits: &Limits) -> Result<Option<Staged>, HighsError> {
        let block = &self.job.part.block;
        if self.models.is_empty() {
            return Ok(Some(Staged { amounts: block.nothing(), stages: Vec::new() }));
        }
        let aims: Vec<Aim> = scene.objectives().iter().map(|objective| self.aim(scene, *objective)).collect();
        let nothing = block.nothing();
        let mut best: Option<Amounts> = None;
        for amounts in known.into_iter().chain([nothing]).chain(block.as_released()).filter(|amounts| self.keeps_rules(amounts)) {
            if best.as_ref().is_none_or(|best| self.is_better(&aims, &amounts, best)) {
                best = Some(amounts);
            }
        }
        let (mut kept, mut stages): (Vec<(&Aim, f64)>, Vec<(f64, f64)>) = (Vec::new(), Vec::new());
        for (i, aim) in aims.iter().enumerate() {
            let bound = self.improve(aim, &kept, &mut best, &limits.share(1.0 / (aims.len() - i) as f64))?;
            let Some(amounts) = &best else { return Ok(None) };
            let value = self.cost(aim, amounts);
            let is_open = i == 0 && gap(value, bound) > limits.relative_gap && !limits.is_over();
            let bound = if is_open { bound.max(self.bound_by_periods(aim, prices, limits)?) } else { bound };
            stages.push((value, bound.clamp(0.0, value)));
            kept.push((aim, value + 0.1 * TOLERANCE * value.max(1e-3)));
        }
        let Some(amounts) = best else { return Ok(None) };
        for (stage, aim) in stages.iter_mut().zip(&aims) {
            stage.0 = self.cost(aim, &amounts);
            stage.1 = stage.1.min(stage.0);
        }
        Ok(Some(Staged { amounts, stages }))
    }

    /// Whether an answer is better by the first objective that tells them apart.
    fn is_better(&self, aims: &[Aim], answer: &Amounts, than: &Amounts) -> bool {
        let values = aims.iter().map(|aim| (self.cost(aim, answer), self.cost(aim, than)));
        let apart = |(a, b): &(f64, f64)| (a - b).abs() > TOLERANCE * a.abs().max(b.abs()).max(1e-3);
        values.into_iter().find(apart).is_some_and(|(a, b)| a < b)
    }

    /// Looks for a better answer that keeps what earlier stages reached; answers the bound.
    fn improve(&self, aim: &Aim, kept: &[(&Aim, f64)], best: &mut Option<Amounts>, limits: &Limits) -> Result<f64, HighsError> {
        let block = &self.job.part.block;
        if best.as_ref().is_some_and(|amounts| self.cost(aim, amounts) <= 0.0) {
            return Ok(0.0);
        }
        let arcs = block.arcs.len();
        let each = if arcs > LARGE { SECONDS_PER_ARC_OF_LARGE } else { SECONDS_PER_ARC };
        let worth_while = limits.left().map_or(arcs <= MOST_ARCS_UNLIMITED, |left| left > each * arcs as f64);
        if !worth_while && best.is_some() {
            return Ok(0.0);
        }
        let (exact, columns) = self.program(aim, kept);
        let start = best.as_ref().map(|amounts| self.values(&exact, &columns, amounts));
        let found = exact.solve_from(block, start.as_deref(), limits)?;
        let within = |amounts: &Amounts| kept.iter().all(|(aim, most)| self.cost(aim, amounts) <= most + TOLERANCE * most.abs().max(1.0));
        if let Some(amounts) = found.amounts.filter(|amounts| self.keeps_rules(amounts) && within(amounts))
            && best.as_ref().is_none_or(|best| self.cost(aim, &amounts) < self.cost(aim, best))
        {
            *best = Some(amounts);
        }
        Ok(found.bound)
    }

    /// A bound of what is lost: a unit that is finished in a period is worth what its hours cost there by `prices`, at most what losing it costs.
    /// Any such worth gives a bound; minus infinity where time is up or a relaxation is not solved.
    fn bound_by_periods(&self, aim: &Aim, prices: &ByPlace, limits: &Limits) -> Result<f64, HighsError> {
        let block = &self.job.part.block;
        let price: Vec<f64> = self.job.slots.iter().map(|place| prices.get(&(place.line, place.period)).copied().unwrap_or(0.0)).collect();
        let cheapest = |step: &super::Step| {
            let hours = block.arcs[step.arcs.clone()].iter().map(|arc| price[arc.slot] * arc.hours_per_unit);
            hours.fold(f64::INFINITY, f64::min)
        };
        let mut worths = Costs::none(block);
        let mut bound = 0.0;
        for (model, lost) in self.models.iter().zip(&aim.lost) {
            let made_for = |item: usize| block.steps[block.items[item].steps.clone()].iter().map(cheapest).sum::<f64>();
            let worth: Vec<f64> = model.items.iter().map(|item| item.map_or(*lost, |item| made_for(item).min(*lost))).collect();
            for t in 0..self.periods {
                // What waits is worth more in the next period: as much waits as may.
                let gained = (worth.get(t + 1).copied().unwrap_or(0.0) - worth[t]).max(0.0);
                bound += worth[t] * model.wanted[t] - gained * model.cover[t];
                if let Some(item) = model.items[t] {
                    bound -= worth[t] * block.items[item].demand;
                    worths.unmet[item] = worth[t];
                }
            }
        }
        for period in block.by_period() {
            let worths = period.costs(&worths);
            for part in period.block.components() {
                let costs = part.costs(&worths);
                if costs.unmet.iter().all(|worth| *worth == 0.0) {
                    continue;
                }
                if limits.is_over() {
                    return Ok(f64::NEG_INFINITY);
                }
                let mut relaxation = Relaxation::new(&part.block, &costs, &[])?;
                let open = vec![Fixed::Open; part.slots.len()];
                let least = search_openings(&mut relaxation, open, 0.0, 1, PROVEN, limits)?.bound;
                if !least.is_finite() {
                    return Ok(f64::NEG_INFINITY);
                }
                bound += least;
            }
        }
        Ok(bound * (1.0 - 1e-9))
    }

    /// The block's program with the flow of units: finished + stock before − stock + lost = wanted.
    fn program(&self, aim: &Aim, kept: &[(&Aim, f64)]) -> (Exact, Columns) {
        let block = &self.job.part.block;
        let of_block = kept.iter().filter(|(aim, _)| aim.is_of_block());
        let ceilings: Vec<Ceiling> = of_block.map(|(aim, value)| Ceiling { costs: aim.costs.clone(), value: *value }).collect();
        let mut exact = Exact::new(block, &aim.costs, &ceilings);
        let mut columns = Columns { lost: Vec::new(), stock: Vec::new() };
        for (m, model) in self.models.iter().enumerate() {
            for t in 0..self.periods {
                let before = (t > 0).then(|| (columns.stock[columns.stock.len() - 1], 1.0));
                let lost = exact.program.column(aim.lost[m], 0.0, model.wanted[t]);
                let stock = exact.program.column(aim.stock[m], 0.0, model.cover[t]);
                columns.lost.push(lost);
                columns.stock.push(stock);
                let most = model.items[t].map_or(0.0, |item| block.items[item].demand);
                let finished = model.items[t].map(|item| (exact.unmet[item], -1.0));
                let sum = model.wanted[t] - most;
                exact.program.row(sum, sum, [(lost, 1.0), (stock, -1.0)].into_iter().chain(before).chain(finished));
            }
        }
        for (aim, value) in kept.iter().filter(|(aim, _)| !aim.is_of_block()) {
            let mut terms = exact.terms(&aim.costs);
            for at in 0..columns.lost.len() {
                terms.extend([(columns.lost[at], aim.lost[at / self.periods]), (columns.stock[at], aim.stock[at / self.periods])]);
            }
            terms.retain(|(_, cost)| *cost != 0.0);
            exact.program.row(f64::NEG_INFINITY, *value, terms);
        }
        (exact, columns)
    }

    fn values(&self, exact: &Exact, columns: &Columns, amounts: &Amounts) -> Vec<f64> {
        let mut values = exact.values(&self.job.part.block, amounts);
        for (at, (lost, stock)) in self.flow(&amounts.units).unwrap_or_default().into_iter().enumerate() {
            (values[columns.lost[at]], values[columns.stock[at]]) = (lost, stock);
        }
        values
    }

    /// What reaches customers and what waits, where there is any.
    fn deliveries(&self, amounts: &Amounts) -> Vec<Delivery> {
        let flow = self.flow(&amounts.units).unwrap_or_default();
        let delivery = |(at, (lost, stock)): (usize, (f64, f64))| {
            let (model, t) = (&self.models[at / self.periods], at % self.periods);
            Delivery { model: model.index as u32, period: t as u32, delivered: model.wanted[t] - lost, stock }
        };
        flow.into_iter().enumerate().map(delivery).filter(|d| d.delivered > 0.0 || d.stock > 0.0).collect()
    }

    /// Prices of an hour in unmet weight of all tiers, decisions staying as they are; in a large part, where that program takes long, those of the
    /// linear plan.
    fn prices(&self, amounts: &Amounts, linear: &ByPlace) -> Result<Vec<OnLine>, HighsError> {
        let block = &self.job.part.block;
        if block.arcs.len() > LARGE {
            let lines = self
                .job
                .slots
                .iter()
                .zip(&block.slots)
                .filter(|(_, slot)| slot.adds_to.is_none())
                .map(|(place, _)| (place.line, place.period));
            return Ok(lines.filter_map(|at| linear.get(&at).map(|value| OnLine { line: at.0, period: at.1, value: *value })).collect());
        }
        let lost = self.models.iter().map(|m| m.worth).collect();
        let aim = Aim { costs: Costs::none(block), lost, stock: vec![0.0; self.models.len()] };
        if self.models.is_empty() || self.cost(&aim, amounts) <= 0.0 {
            return Ok(Vec::new());
        }
        let (exact, _) = self.program(&aim, &[]);
        let prices = exact.prices(block, amounts)?;
        let named = self.job.slots.iter().zip(prices).filter(|(_, price)| *price > PROVEN);
        Ok(named.map(|(place, value)| OnLine { line: place.line, period: place.period, value }).collect())
    }
}

/// Mean hours for one unit on one line (h), over everything that can make it.
fn mean_hours(scene: &Scene, model: usize) -> f64 {
    let steps = scene.order.stops_of(model).iter().flat_map(|stop| scene.order.steps_at(*stop));
    let hours = steps.flat_map(|s| scene.order.capabilities_of(*s as usize)).map(|c| scene.order.hours_of[*c as usize]);
    let (sum, count) = hours.fold((0.0, 0_usize), |(sum, count), hours| (sum + hours, count + 1));
    if count == 0 { 1.0 } else { sum / count as f64 }
}
