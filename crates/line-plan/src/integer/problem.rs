//! From a [`Problem`] with integer wishes to blocks, and back to an answer.
//!
//! Periods are solved apart unless an opened line stays open, and the connected parts of each on their own: models and lines
//! that have nothing to do with each other never share a search. Objectives: unmet weight tier by tier, then opening costs and
//! overtime, then changeover hours, then the number of assignments, i.e. splits, then the hours that differ from a released plan.
//!
//! In a frozen period only what is released may be made, each amount between its bounds. So its assignments are no question any more, and
//! what remains to be decided there are openings, shifts and the amounts.
//!
//! **Invariant:** blocks are built in the canonical order, so the order of rows does not show; demand that no line may make in a
//! period enters no search and counts in full, in value and bound alike. Without a time limit the number of threads does not show.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::block::{Arc, Block, Costs, Part, Slot};
use super::frozen;
use super::stages::{Staged, solve_stages};
use super::{Limits, gap, prices, stock};
use crate::Clock;
use crate::assemble::{Answer, Made, OnLine, assemble, demand};
use crate::changeover::Changeovers;
use crate::highs::HighsError;
use crate::options::{ChangeoverCharging, Options, PlanModel};
use crate::order::{Order, Stop};
use crate::plan::{Plan, PlanError, Stage, Status};
use crate::problem::Problem;
use crate::verify::verify;
use crate::worth::Worth;

/// Gap at which an answer counts as proven.
pub(super) const PROVEN: f64 = 1e-6;

/// Exact nodes where no time limit is set.
pub(super) const NODES: usize = 500;

/// Whether the options ask for integer decisions.
pub(crate) fn is_asked(options: &Options) -> bool {
    options.integers.any() || options.changeovers == ChangeoverCharging::Campaign
}

/// The whole plan, assembled and verified.
///
/// # Errors
/// As [`solve`].
pub(crate) fn plan(problem: &Problem, options: &Options, clock: &dyn Clock) -> Result<Plan, PlanError> {
    let start = clock.seconds();
    let order = Order::of(problem);
    let prepared = clock.seconds();
    let answer = solve(problem, options, &order, clock)?;
    let solved = clock.seconds();
    let mut plan = assemble(problem, options, &order, answer);
    let explained = clock.seconds();
    plan.verification = verify(problem, &plan);
    plan.timing.prepare_s = prepared - start;
    plan.timing.solve_s = solved - prepared;
    plan.timing.explain_s = explained - solved;
    plan.timing.verify_s = clock.seconds() - explained;
    Ok(plan)
}

/// Makes what the options wish.
///
/// # Errors
/// [`PlanError::Infeasible`] where the frozen window cannot be kept; [`PlanError::Numerical`] when the linear solver fails.
pub(crate) fn solve(problem: &Problem, options: &Options, order: &Order, clock: &dyn Clock) -> Result<Answer, PlanError> {
    if options.model == PlanModel::Prebuild {
        return stock::solve(problem, options, order, clock);
    }
    let until_s = options.time_limit_s.map(|limit| clock.seconds() + limit);
    let scene = Scene::of(problem, options, order);
    let jobs = scene.jobs();
    frozen::check(&scene, &jobs, &Limits { until_s, nodes: NODES, ..Limits::new(clock) })?;
    let mut total = Totals { answer: Answer::new(Status::Optimal), stages: vec![(0.0, 0.0); scene.objectives().len()] };
    for (i, stage) in total.stages.iter_mut().enumerate() {
        let lost = if scene.objectives()[i] == Objective::Change { scene.given_up(&jobs) } else { scene.lost[i] };
        *stage = (lost, lost);
    }
    let nodes = if until_s.is_some() { usize::MAX } else { NODES };
    let limits = Limits { until_s, relative_gap: options.integers.relative_gap.max(PROVEN), nodes, ..Limits::new(clock) };
    for (job, staged) in jobs.iter().zip(solve_jobs(&scene, &jobs, &limits)?) {
        total.add(&scene, job, &staged);
        total.add_prices(&scene, job, &staged).map_err(failed)?;
    }
    Ok(total.finish(&scene))
}

/// Solves the parts on as many threads as the options allow; answers in the order of the parts. Time goes to the parts by size, and
/// what one leaves over goes to those after it.
fn solve_jobs(scene: &Scene, jobs: &[Job], limits: &Limits) -> Result<Vec<Staged>, PlanError> {
    let size = |job: &Job| job.part.arcs.len();
    let searched = jobs.iter().filter(|job| !job.items.is_empty()).count();
    let threads = scene.options.threads.clamp(1, searched.max(1));
    let (next, left) = (AtomicUsize::new(0), AtomicUsize::new(jobs.iter().map(size).sum()));
    let work = || {
        let mut solved = Vec::new();
        while let Some((at, job)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| jobs.get(at).map(|job| (at, job))) {
            let left = left.fetch_sub(size(job), Ordering::Relaxed);
            let share = (threads * size(job)) as f64 / left.max(1) as f64;
            solved.push((at, solve_job(scene, job, &limits.share(share.min(1.0)))?));
        }
        Ok(solved)
    };
    let results: Vec<Result<Vec<(usize, Staged)>, HighsError>> = if threads == 1 {
        vec![work()]
    } else {
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            handles.into_iter().map(|h| h.join().unwrap_or(Err(HighsError::Failed("a solver thread")))).collect()
        })
    };
    let mut solved = Vec::with_capacity(jobs.len());
    for result in results {
        solved.extend(result.map_err(failed)?);
    }
    solved.sort_unstable_by_key(|(at, _)| *at);
    Ok(solved.into_iter().map(|(_, staged)| staged).collect())
}

fn solve_job(scene: &Scene, job: &Job, limits: &Limits) -> Result<Staged, HighsError> {
    if job.items.is_empty() {
        // A line with nothing to do.
        return Ok(Staged { amounts: job.part.block.nothing(), stages: Vec::new() });
    }
    let costs: Vec<Costs> = scene.objectives().iter().map(|o| job.costs(scene, *o)).collect();
    solve_stages(&job.part.block, &costs, limits)
}

pub(super) fn failed(error: HighsError) -> PlanError {
    PlanError::Numerical { detail: format!("integer plan: {error}") }
}

/// One objective of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objective {
    Unmet(u32),
    Opening,
    Overtime,
    Changeover,
    Assignments,
    Stock,
    Change,
}

/// Demand that is searched for: what is missing costs the worth, in its tier. With stock: what may be finished in a period at the most.
pub(super) struct Wanted {
    /// Index of the model.
    pub model: usize,
    pub worth: f64,
    pub tier: u32,
    /// Index of the period.
    pub period: usize,
    units: f64,
    /// Steps, by index.
    steps: Vec<u32>,
}

pub(super) struct Scene<'a> {
    pub problem: &'a Problem,
    pub options: &'a Options,
    pub order: &'a Order,
    /// Released units, `[capability * periods + period]`; empty where nothing is released.
    released: Vec<f64>,
    /// Periods of which the released plan speaks.
    told: Vec<bool>,
    pub wanted: Vec<Wanted>,
    setup_hours: Vec<f64>,
    objectives: Vec<Objective>,
    /// What each objective loses to demand that nobody may make.
    pub lost: Vec<f64>,
}

/// A part to be solved, and where its pieces come from.
pub(super) struct Job {
    pub part: Part,
    /// Capability of each arc.
    pub capabilities: Vec<u32>,
    /// Wanted entry of each item.
    pub items: Vec<usize>,
    /// Line and period of each slot, and the shift pattern to which it adds hours with its cost.
    pub slots: Vec<Place>,
}

/// Where a slot comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub line: u32,
    pub period: u32,
    pattern: Option<(u32, f64)>,
}

impl<'a> Scene<'a> {
    pub fn of(problem: &'a Problem, options: &'a Options, order: &'a Order) -> Scene<'a> {
        let campaign = options.changeovers == ChangeoverCharging::Campaign;
        let setup_hours = if campaign {
            Changeovers::of(problem).campaign_hours(problem, order, options.campaigns_per_period)
        } else {
            vec![0.0; problem.capabilities.len()]
        };
        let mut told = vec![false; problem.periods.len()];
        problem.released.iter().for_each(|r| told[r.period] = true);
        let (released, wanted) = (problem.released_units(), Vec::new());
        let mut scene = Scene { problem, options, order, released, told, wanted, setup_hours, objectives: Vec::new(), lost: Vec::new() };
        scene.wanted = scene.all_wanted();
        scene.objectives = scene.list_objectives();
        scene.lost = vec![0.0; scene.objectives.len()];
        let (makeable, lost): (Vec<Wanted>, Vec<Wanted>) =
            std::mem::take(&mut scene.wanted).into_iter().partition(|w| scene.is_makeable(w));
        // With stock another period may make what this one cannot: what is lost then is counted where stock is.
        for wanted in lost.into_iter().filter(|_| options.model != PlanModel::Prebuild) {
            if let Some(i) = scene.objectives.iter().position(|o| *o == Objective::Unmet(wanted.tier)) {
                scene.lost[i] += wanted.worth * wanted.units;
            }
        }
        scene.wanted = makeable;
        scene
    }

    fn all_wanted(&self) -> Vec<Wanted> {
        let (problem, order) = (self.problem, self.order);
        let worth = Worth::of(problem, self.options.weight, order);
        let (demand, periods) = (demand(problem), problem.periods.len());
        let steps_at = |stop: Stop| order.steps_at(stop).to_vec();
        let mut wanted = Vec::new();
        for &m in &order.models {
            let model = m as usize;
            let stops = order.stops_of(model);
            let targets: Vec<(f64, Vec<u32>)> = match self.options.model {
                PlanModel::Area | PlanModel::Baseline if !stops.is_empty() => {
                    stops.iter().map(|s| (worth.at_stop(order, *s), steps_at(*s))).collect()
                }
                _ => vec![(worth.finished(order, model), stops.iter().flat_map(|s| steps_at(*s)).collect())],
            };
            for period in 0..periods {
                let ahead = if period + 1 < periods { stock::cover(self.options) * demand[model * periods + period + 1] } else { 0.0 };
                let units = demand[model * periods + period] + ahead;
                if units > 0.0 {
                    let tier = problem.models[model].tier;
                    let entry =
                        |(worth, steps): &(f64, Vec<u32>)| Wanted { model, worth: *worth, tier, period, units, steps: steps.clone() };
                    wanted.extend(targets.iter().map(entry));
                }
            }
        }
        wanted
    }

    fn list_objectives(&self) -> Vec<Objective> {
        let tiers: std::collections::BTreeSet<u32> = self.wanted.iter().map(|w| w.tier).collect();
        let mut objectives: Vec<Objective> = tiers.into_iter().map(Objective::Unmet).collect();
        let mut add = |asked: bool, objective: Objective| objectives.extend(asked.then_some(objective));
        add(self.options.integers.openings || self.options.integers.shift_patterns, Objective::Opening);
        add(self.problem.lines.iter().any(|l| l.overtime_hours_per_day > 0.0), Objective::Overtime);
        add(self.setup_hours.iter().any(|h| *h > 0.0), Objective::Changeover);
        add(true, Objective::Assignments);
        add(self.options.model == PlanModel::Prebuild, Objective::Stock);
        add(!self.problem.released.is_empty(), Objective::Change);
        objectives
    }

    pub fn objectives(&self) -> &[Objective] {
        &self.objectives
    }

    /// Capabilities of a step that may be used in a period.
    fn usable(&self, step: u32, period: usize) -> impl Iterator<Item = u32> + '_ {
        let problem = self.problem;
        let alive = problem.models[problem.steps[step as usize].model].life.contains(period);
        let approved = move |c: &u32| alive && problem.capabilities[*c as usize].approved.contains(period);
        let hours = move |c: &u32| {
            let line = &problem.lines[problem.capabilities[*c as usize].line];
            let line_index = problem.capabilities[*c as usize].line;
            line.hours(period) + line.overtime_hours(period) > 0.0 || self.longest(line_index, period) > 0.0
        };
        let kept = move |c: &u32| self.bounds(*c, period).1 > 0.0;
        self.order.capabilities_of(step as usize).iter().copied().filter(approved).filter(hours).filter(kept)
    }

    /// Released units of a capability in a period.
    pub fn released(&self, capability: u32, period: usize) -> f64 {
        self.released.get(capability as usize * self.problem.periods.len() + period).copied().unwrap_or(0.0)
    }

    /// Fewest and most units of a capability in a period.
    fn bounds(&self, capability: u32, period: usize) -> (f64, f64) {
        match self.options.frozen.filter(|frozen| period < frozen.periods) {
            Some(frozen) => frozen.bounds(self.released(capability, period)),
            None => (0.0, f64::INFINITY),
        }
    }

    /// Released hours where no job can make anything any more: any plan changes them.
    pub fn given_up(&self, jobs: &[Job]) -> f64 {
        let periods = self.problem.periods.len();
        let mut left = self.released.clone();
        for job in jobs {
            for (arc, &c) in job.part.block.arcs.iter().zip(&job.capabilities) {
                left[c as usize * periods + job.slots[arc.slot].period as usize] = 0.0;
            }
        }
        (0..left.len()).map(|at| left[at] * self.problem.hours_per_unit(at / periods.max(1))).sum()
    }

    /// Hours of the longest shift pattern that may be chosen for a line.
    fn longest(&self, line: usize, period: usize) -> f64 {
        let patterns = if self.options.integers.shift_patterns { self.problem.patterns_of(line) } else { Vec::new() };
        patterns.last().map_or(0.0, |(pattern, _)| self.problem.pattern_hours(*pattern, period))
    }

    fn is_makeable(&self, wanted: &Wanted) -> bool {
        !wanted.steps.is_empty() && wanted.steps.iter().all(|s| self.usable(*s, wanted.period).next().is_some())
    }

    /// All parts: of one period each, or of all where opened lines stay open.
    fn jobs(&self) -> Vec<Job> {
        let integers = self.options.integers;
        let periods = self.problem.periods.len();
        if integers.openings && (integers.openings_stay || integers.max_opening_changes.is_some()) {
            let all: Vec<usize> = (0..self.wanted.len()).collect();
            return self.jobs_of(&all, 0..periods, &[]);
        }
        let mut by_period: Vec<Vec<usize>> = vec![Vec::new(); periods];
        self.wanted.iter().enumerate().for_each(|(i, wanted)| by_period[wanted.period].push(i));
        by_period.iter().enumerate().flat_map(|(period, wanted)| self.jobs_of(wanted, period..period + 1, &[])).collect()
    }

    /// All parts where units may wait for a later period: a model's periods stand in one part.
    pub fn jobs_with_stock(&self) -> Vec<Job> {
        let all: Vec<usize> = (0..self.wanted.len()).collect();
        let models: Vec<usize> = self.wanted.iter().map(|wanted| wanted.model).collect();
        self.jobs_of(&all, 0..self.problem.periods.len(), &models)
    }

    /// The parts of some periods, an opened line staying open from each to the next where that is wished. Items of one kind stand in one part.
    fn jobs_of(&self, wanted: &[usize], periods: Range<usize>, kinds: &[usize]) -> Vec<Job> {
        let integers = self.options.integers;
        let tied = integers.openings_stay || integers.max_opening_changes.is_some();
        let most_changes = integers.max_opening_changes.filter(|_| !integers.openings_stay);
        let mut block = Block { most_changes, ..Block::default() };
        let (mut slots, mut capabilities) = (Vec::new(), Vec::new());
        let mut slot_at: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for period in periods {
            for &line in &self.order.lines {
                let key = (line, period as u32);
                let l = &self.problem.lines[line as usize];
                let before = period.checked_sub(1).filter(|_| tied).and_then(|before| slot_at.get(&(line, before as u32)).copied());
                let (hours, overtime) = (l.hours(period), l.overtime_hours(period));
                let slot = block.add_slot(Slot { period, hours, overtime, decided: integers.openings, after: before, ..Slot::default() });
                slot_at.insert(key, slot);
                slots.push(Place { line, period: period as u32, pattern: None });
                if integers.shift_patterns {
                    self.add_patterns(&mut block, slot, line, &mut slots);
                }
            }
        }
        for &i in wanted {
            let wanted = &self.wanted[i];
            block.add_item(wanted.units);
            for &step in &wanted.steps {
                block.add_step(integers.max_lines_per_step);
                for c in self.usable(step, wanted.period) {
                    let capability = &self.problem.capabilities[c as usize];
                    let lot = if integers.minimum_lots { capability.minimum_lot } else { 0.0 };
                    let slot = slot_at[&(capability.line as u32, wanted.period as u32)];
                    block.push_arc(Arc {
                        step: 0,
                        slot,
                        hours_per_unit: self.problem.hours_per_unit(c as usize),
                        minimum_lot: lot,
                        setup_hours: self.setup_hours[c as usize],
                        bounds: self.bounds(c, wanted.period),
                        released: self.released(c, wanted.period),
                    });
                    capabilities.push(c);
                }
            }
        }
        let job = |part: Part| Job {
            capabilities: part.arcs.iter().map(|a| capabilities[*a]).collect(),
            items: part.items.iter().map(|i| wanted[*i]).collect(),
            slots: part.slots.iter().map(|s| slots[*s]).collect(),
            part,
        };
        block.components_with(kinds).into_iter().map(job).collect()
    }

    /// Adds the hours of each longer pattern to a slot, step by step: the second needs the first, so that only one pattern runs.
    fn add_patterns(&self, block: &mut Block, slot: usize, line: u32, places: &mut Vec<Place>) {
        let period = block.slots[slot].period;
        let (mut needs, mut hours, mut paid) = (slot, block.slots[slot].hours, 0.0);
        for (pattern, cost) in self.problem.patterns_of(line as usize) {
            let longer = self.problem.pattern_hours(pattern, period);
            if longer > hours {
                let more =
                    Slot { period, hours: longer - hours, decided: true, adds_to: Some(slot), needs: Some(needs), ..Slot::default() };
                needs = block.add_slot(more);
                places.push(Place { line, period: period as u32, pattern: Some((pattern as u32, cost - paid)) });
                (hours, paid) = (longer, cost);
            }
        }
    }

    fn name(&self, objective: Objective) -> String {
        match objective {
            Objective::Unmet(tier) => format!("unmet weight, tier {tier}"),
            Objective::Opening if self.options.integers.shift_patterns && self.options.integers.openings => {
                "cost of openings and longer shifts".to_owned()
            }
            Objective::Opening if self.options.integers.shift_patterns => "cost of longer shifts".to_owned(),
            Objective::Opening => "opening cost".to_owned(),
            Objective::Overtime => "overtime hours".to_owned(),
            Objective::Changeover => "changeover hours".to_owned(),
            Objective::Assignments => "models assigned to lines".to_owned(),
            Objective::Stock => "stock at the ends of periods (h of work)".to_owned(),
            Objective::Change => crate::solve::CHANGED.to_owned(),
        }
    }
}

impl Job {
    pub fn costs(&self, scene: &Scene, objective: Objective) -> Costs {
        let block = &self.part.block;
        let mut costs = Costs::none(block);
        match objective {
            Objective::Unmet(tier) => {
                let worth = |i: &usize| Some(&scene.wanted[*i]).filter(|w| w.tier == tier).map_or(0.0, |w| w.worth);
                costs.unmet = self.items.iter().map(worth).collect();
            }
            Objective::Opening => {
                let opening = |p: &Place| p.pattern.map_or(scene.problem.lines[p.line as usize].opening_cost, |(_, cost)| cost);
                costs.opening = self.slots.iter().map(opening).collect();
            }
            Objective::Overtime => costs.overtime.fill(1.0),
            Objective::Changeover => costs.assignment = self.capabilities.iter().map(|c| scene.setup_hours[*c as usize]).collect(),
            Objective::Assignments => costs.assignment.fill(1.0),
            // Stock is no cost of what is made: it stands beside the block.
            Objective::Stock => {}
            Objective::Change => {
                for (cost, arc) in costs.change.iter_mut().zip(&block.arcs) {
                    *cost = if scene.told[self.slots[arc.slot].period as usize] { arc.hours_per_unit } else { 0.0 };
                }
            }
        }
        costs
    }
}

pub(super) struct Totals {
    pub answer: Answer,
    pub stages: Vec<(f64, f64)>,
}

impl Totals {
    /// Takes a part's answer over, and adds its stages.
    pub fn add(&mut self, scene: &Scene, job: &Job, staged: &Staged) {
        for (total, stage) in self.stages.iter_mut().zip(&staged.stages) {
            *total = (total.0 + stage.0, total.1 + stage.1);
        }
        let block = &job.part.block;
        let mut setup: Vec<f64> = vec![0.0; job.slots.len()];
        for (a, &units) in staged.amounts.units.iter().enumerate().filter(|(_, units)| **units > 0.0) {
            let arc = &block.arcs[a];
            let period = job.slots[arc.slot].period;
            self.answer.made.push(Made { capability: job.capabilities[a], period, units });
            setup[arc.slot] += arc.setup_hours;
        }
        for (s, &Place { line, period, pattern }) in job.slots.iter().enumerate() {
            if let Some((pattern, _)) = pattern {
                // Slots of one line stand in the order of their hours: the last one that is open says what runs.
                if staged.amounts.open[s] {
                    self.answer.patterns.push((line, period, pattern));
                }
                continue;
            }
            if setup[s] > 0.0 {
                self.answer.changeover_hours.push(OnLine { line, period, value: setup[s] });
            }
            if scene.options.integers.openings && !staged.amounts.open[s] {
                self.answer.closed.push(OnLine { line, period, value: 0.0 });
            }
        }
    }

    /// Prices of an hour in unmet weight of all tiers.
    fn add_prices(&mut self, scene: &Scene, job: &Job, staged: &Staged) -> Result<(), HighsError> {
        let unmet = job.items.iter().map(|i| scene.wanted[*i].worth).collect();
        let costs = Costs { unmet, ..job.costs(scene, Objective::Unmet(0)) };
        let missing = job.part.block.cost(&costs, &staged.amounts);
        if job.items.is_empty() || missing <= 0.0 {
            return Ok(());
        }
        let prices = prices(&job.part.block, &costs, &staged.amounts)?;
        for (&Place { line, period, .. }, &value) in job.slots.iter().zip(&prices).filter(|(_, price)| **price > PROVEN) {
            self.answer.prices.push(OnLine { line, period, value });
        }
        Ok(())
    }

    /// The whole answer with its stages and status.
    pub fn finish(mut self, scene: &Scene) -> Answer {
        let widest = self.stages.iter().map(|(value, bound)| gap(*value, *bound)).fold(0.0, f64::max);
        self.answer.status = if widest <= PROVEN { Status::Optimal } else { Status::LimitReached { gap: widest } };
        let named = scene.objectives().iter().zip(&self.stages);
        self.answer.stages = named.map(|(o, (value, bound))| Stage { name: scene.name(*o), value: *value, bound: *bound }).collect();
        self.answer
    }
}
