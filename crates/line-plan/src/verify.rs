//! An independent check of a plan: everything that it claims is recomputed from the raw data of the problem.
//!
//! Nothing of the solver, of the canonical order or of the code that assembles plans is used here, so that a mistake there cannot hide itself.
//!
//! **Invariant:** never panics, not even on a plan that belongs to another problem; time is proportional to problem and plan.

use crate::options::{PlanModel, Weight};
use crate::plan::{Allocation, Finished, LineLoad, Plan, Verification};
use crate::problem::{Capability, Problem};

/// Error of a claim that is wrong in kind and has no size, e.g. an index that does not exist.
const WRONG: f64 = 1.0;

/// Recomputes demand, capacity, routes and the unmet weight of a plan, and reports the largest relative error of each.
///
/// Amounts are compared relative to the demand or the hours they belong to, or to one unit or hour where these are smaller.
/// The problem must be well formed; a plan may be anything.
pub fn verify(problem: &Problem, plan: &Plan) -> Verification {
    verify_by(problem, plan, &Standards::of(problem, plan.options.weight))
}

/// The same by standards that are known already.
pub(crate) fn verify_by(problem: &Problem, plan: &Plan, standards: &Standards) -> Verification {
    if !fits(problem, plan) {
        return Verification { demand_error: WRONG, capacity_error: WRONG, route_error: WRONG, objective_error: WRONG };
    }
    let mut check = Check::of(problem, plan, standards);
    check.allocations();
    check.lines();
    match plan.options.model {
        PlanModel::Area | PlanModel::Baseline => check.areas(),
        PlanModel::Finished | PlanModel::Prebuild => check.models(),
    }
    check.finished();
    check.integer_rules();
    check.released();
    check.objective();
    check.found
}

/// Whether every index of the plan exists in the problem and every figure is a number.
fn fits(problem: &Problem, plan: &Plan) -> bool {
    let (areas, lines, models) = (problem.areas.len(), problem.lines.len(), problem.models.len());
    let (periods, capabilities) = (problem.periods.len(), problem.capabilities.len());
    let sound = |figures: &[f64]| figures.iter().all(|f| f.is_finite());
    plan.allocations.iter().all(|a| a.capability < capabilities && a.period < periods && sound(&[a.units, a.hours]))
        && plan.unmet.iter().all(|u| u.model < models && u.area < areas && u.period < periods && sound(&[u.units, u.weight]))
        && plan.finished.iter().all(|f| f.model < models && f.period < periods && sound(&[f.demand, f.finished, f.delivered, f.stock]))
        && plan.lines.iter().all(|l| {
            l.line < lines
                && l.period < periods
                && sound(&[l.hours_available, l.hours_used, l.changeover_hours, l.overtime_hours, l.hour_price])
        })
}

struct Check<'a> {
    problem: &'a Problem,
    plan: &'a Plan,
    standards: &'a Standards,
    found: Verification,
    periods: usize,
    /// Demand: `[model * periods + period]`.
    demand: Vec<f64>,
    /// Units made: `[step * periods + period]`.
    made: Vec<f64>,
    /// Hours for making units: `[line * periods + period]`.
    hours: Vec<f64>,
}

impl<'a> Check<'a> {
    fn of(problem: &'a Problem, plan: &'a Plan, standards: &'a Standards) -> Check<'a> {
        let periods = problem.periods.len();
        let mut demand = vec![0.0; problem.models.len() * periods];
        for d in &problem.demand {
            demand[d.model * periods + d.period] += d.units;
        }
        let made = vec![0.0; problem.steps.len() * periods];
        let hours = vec![0.0; problem.lines.len() * periods];
        Check { problem, plan, standards, found: Verification::default(), periods, demand, made, hours }
    }

    /// Adds up units and hours; units are made only with an approval and while the program lives.
    fn allocations(&mut self) {
        for a in &self.plan.allocations {
            let Use { step, line, model, first, last, unit_hours } = self.standards.uses[a.capability];
            let model = model as usize;
            let hours = a.units * unit_hours;
            self.made[step as usize * self.periods + a.period] += a.units;
            self.hours[line as usize * self.periods + a.period] += hours;
            let allowed = (first as usize..=last as usize).contains(&a.period);
            let misplaced = if allowed { (-a.units).max(0.0) } else { a.units.abs() };
            raise(&mut self.found.route_error, misplaced, self.demand[model * self.periods + a.period]);
            raise(&mut self.found.capacity_error, (a.hours - hours).abs(), hours);
        }
    }

    /// Every line is told of in every period, with the right hours, and none is overloaded.
    fn lines(&mut self) {
        let mut seen = vec![false; self.hours.len()];
        for load in &self.plan.lines {
            let place = load.line * self.periods + load.period;
            if std::mem::replace(&mut seen[place], true) {
                self.found.capacity_error = self.found.capacity_error.max(WRONG);
            }
            self.line(load, self.hours[place]);
        }
        if seen.contains(&false) {
            self.found.capacity_error = self.found.capacity_error.max(WRONG);
        }
    }

    fn line(&mut self, load: &LineLoad, making: f64) {
        let line = &self.problem.lines[load.line];
        let days = line.operating_days[load.period];
        let maintenance = line.maintenance_hours.get(load.period).copied().unwrap_or(0.0);
        let chosen = load.shift_pattern.map(|pattern| self.problem.shift_patterns.get(pattern).filter(|p| p.line == load.line));
        let hours_per_day = match chosen {
            None => line.hours_per_day,
            Some(Some(pattern)) if self.plan.options.integers.shift_patterns => pattern.hours_per_day,
            Some(_) => {
                self.found.capacity_error = WRONG;
                return;
            }
        };
        let available = (hours_per_day * days - maintenance).max(0.0);
        let limit = if load.open { available + line.overtime_hours_per_day * days } else { 0.0 };
        let used = making + load.changeover_hours;
        let error = &mut self.found.capacity_error;
        raise(error, (load.hours_available - available).abs(), available);
        raise(error, (load.hours_used - used).abs(), limit);
        raise(error, used - limit, limit);
        raise(error, -load.changeover_hours, limit);
        raise(error, (load.overtime_hours - (used - available).max(0.0)).abs(), limit);
    }

    /// Area reading: in each area of its routing, what passes all steps of a model plus what is unmet is the demand.
    fn areas(&mut self) {
        let areas = self.problem.areas.len();
        let stops = self.stops();
        let mut least = vec![f64::INFINITY; stops.count * self.periods];
        let mut most = vec![0.0_f64; stops.count * self.periods];
        for (s, stop) in stops.of_step.iter().enumerate() {
            for t in 0..self.periods {
                let made = self.made[s * self.periods + t];
                let place = stop * self.periods + t;
                least[place] = least[place].min(made);
                most[place] = most[place].max(made);
            }
        }
        let mut unmet = vec![0.0; stops.count * self.periods];
        let mut without_route = vec![0.0; self.demand.len()];
        for u in &self.plan.unmet {
            match stops.find(u.model, u.area, areas) {
                Some(stop) => unmet[stop * self.periods + u.period] += u.units,
                None => without_route[u.model * self.periods + u.period] += u.units,
            }
        }
        self.without_route(&stops, &without_route);
        for (stop, &model) in stops.model.iter().enumerate() {
            for t in 0..self.periods {
                let (place, wanted) = (stop * self.periods + t, self.demand[model * self.periods + t]);
                raise(&mut self.found.demand_error, (least[place] + unmet[place] - wanted).abs(), wanted);
                raise(&mut self.found.demand_error, most[place] - wanted, wanted);
                // The baseline rule fills the steps of a stop one by one and may leave them apart.
                if self.plan.options.model == PlanModel::Area {
                    raise(&mut self.found.route_error, most[place] - least[place], wanted);
                }
            }
        }
    }

    /// All demand of a model without any routing is unmet, in whatever area; a model with one lacks nothing elsewhere.
    fn without_route(&mut self, stops: &Stops, unmet: &[f64]) {
        let mut routed = vec![false; self.problem.models.len()];
        for &model in &stops.model {
            routed[model] = true;
        }
        for (place, &units) in unmet.iter().enumerate() {
            let wanted = self.demand[place];
            let expected = if routed[place / self.periods] { 0.0 } else { wanted };
            raise(&mut self.found.demand_error, (units - expected).abs(), wanted);
        }
    }

    /// Finished reading: every step of a model makes the same units; with stock, nothing appears or vanishes.
    fn models(&mut self) {
        let size = self.demand.len();
        let (mut finished, mut delivered, mut stock) = (vec![0.0; size], vec![0.0; size], vec![0.0; size]);
        for f in &self.plan.finished {
            let place = f.model * self.periods + f.period;
            (finished[place], delivered[place], stock[place]) = (f.finished, f.delivered, f.stock);
        }
        let mut routed = vec![false; self.problem.models.len()];
        for (s, step) in self.problem.steps.iter().enumerate() {
            routed[step.model] = true;
            for t in 0..self.periods {
                let place = step.model * self.periods + t;
                let apart = (self.made[s * self.periods + t] - finished[place]).abs();
                raise(&mut self.found.route_error, apart, self.demand[place].max(finished[place]));
            }
        }
        let mut unmet = vec![0.0; size];
        for u in &self.plan.unmet {
            unmet[u.model * self.periods + u.period] += u.units;
        }
        let prebuild = self.plan.options.model == PlanModel::Prebuild;
        for (model, routed) in routed.iter().enumerate() {
            for t in 0..self.periods {
                let place = model * self.periods + t;
                let wanted = self.demand[place];
                let before = if t == 0 { 0.0 } else { stock[place - 1] };
                let next = if t + 1 < self.periods { self.demand[place + 1] } else { 0.0 };
                let cover = if prebuild { self.plan.options.prebuild_cover * next } else { 0.0 };
                let size = wanted.max(finished[place]).max(before);
                let found = &mut self.found;
                raise(&mut found.demand_error, (delivered[place] + unmet[place] - wanted).abs(), wanted);
                raise(&mut found.demand_error, (finished[place] + before - delivered[place] - stock[place]).abs(), size);
                raise(&mut found.demand_error, stock[place] - cover, cover);
                raise(&mut found.demand_error, -stock[place].min(delivered[place]), size);
                if !routed {
                    raise(&mut found.route_error, finished[place].abs(), wanted);
                }
            }
        }
    }

    /// What is said of each model and period: the demand, and no more delivered than wanted or, without stock, than finished.
    fn finished(&mut self) {
        let mut told = vec![false; self.demand.len()];
        for &Finished { model, period, demand, finished, delivered, .. } in &self.plan.finished {
            let place = model * self.periods + period;
            if std::mem::replace(&mut told[place], true) {
                self.found.demand_error = self.found.demand_error.max(WRONG);
            }
            let wanted = self.demand[place];
            raise(&mut self.found.demand_error, (demand - wanted).abs(), wanted);
            raise(&mut self.found.demand_error, delivered - wanted, wanted);
            if self.plan.options.model != PlanModel::Prebuild {
                raise(&mut self.found.demand_error, delivered - finished, wanted);
            }
        }
        if self.demand.iter().zip(&told).any(|(wanted, told)| *wanted > 0.0 && !told) {
            self.found.demand_error = self.found.demand_error.max(WRONG);
        }
    }

    /// Minimum lots, split limits and openings, where they were asked for.
    fn integer_rules(&mut self) {
        let rules = self.plan.options.integers;
        if rules.minimum_lots {
            for &Allocation { capability, units, .. } in &self.plan.allocations {
                let lot = self.problem.capabilities[capability].minimum_lot;
                raise(&mut self.found.route_error, lot - units, lot);
            }
        }
        if let Some(most) = rules.max_lines_per_step {
            let mut splits = vec![0u32; self.made.len()];
            for a in self.plan.allocations.iter().filter(|a| a.units > 0.0) {
                splits[self.problem.capabilities[a.capability].step * self.periods + a.period] += 1;
            }
            if splits.iter().any(|lines| *lines > most) {
                self.found.route_error = self.found.route_error.max(WRONG);
            }
        }
        if rules.openings {
            self.opening_ties();
        }
    }

    /// Opened lines stay open, or change no more often than they may.
    fn opening_ties(&mut self) {
        let rules = self.plan.options.integers;
        let mut open = vec![false; self.hours.len()];
        for load in &self.plan.lines {
            open[load.line * self.periods + load.period] = load.open;
        }
        let closes = |line: &[bool]| line.windows(2).any(|pair| pair[0] && !pair[1]);
        let changes = |line: &[bool]| line.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let broken = |line: &[bool]| match rules.max_opening_changes {
            _ if rules.openings_stay => closes(line),
            Some(most) => changes(line) > most as usize,
            None => false,
        };
        if self.periods > 0 && open.chunks(self.periods).any(broken) {
            self.found.route_error = self.found.route_error.max(WRONG);
        }
    }

    /// The frozen window, and the hours changed where a stage states them.
    fn released(&mut self) {
        let (problem, options) = (self.problem, &self.plan.options);
        if problem.released.is_empty() || options.model == PlanModel::Baseline {
            return;
        }
        // Units now and units released, by capability and period.
        let mut units = std::collections::BTreeMap::new();
        let mut told = vec![false; self.periods];
        for r in &problem.released {
            units.entry((r.capability, r.period)).or_insert((0.0, 0.0)).1 += r.units;
            told[r.period] = true;
        }
        for a in self.plan.allocations.iter().filter(|a| told[a.period]) {
            units.entry((a.capability, a.period)).or_insert((0.0, 0.0)).0 += a.units;
        }
        let mut changed = 0.0;
        for ((capability, period), (now, before)) in units {
            let difference: f64 = now - before;
            changed += difference.abs() * self.standards.uses[capability].unit_hours;
            if let Some(frozen) = options.frozen.filter(|frozen| period < frozen.periods) {
                raise(&mut self.found.route_error, difference.abs() - frozen.tolerance * before, before);
            }
        }
        for stage in self.plan.stages.iter().filter(|stage| stage.name.starts_with("hours changed")) {
            raise(&mut self.found.objective_error, (stage.value - changed).abs(), changed);
        }
    }

    /// The unmet weight: of each entry, and of each tier where a stage of the objective states it.
    fn objective(&mut self) {
        let values = Values { problem: self.problem, standards: self.standards };
        let by_area = matches!(self.plan.options.model, PlanModel::Area | PlanModel::Baseline);
        let mut tiers = std::collections::BTreeMap::new();
        for u in &self.plan.unmet {
            let weight = u.units * if by_area { values.in_area(u.model, u.area) } else { values.whole(u.model) };
            raise(&mut self.found.objective_error, (u.weight - weight).abs(), weight);
            *tiers.entry(self.problem.models[u.model].tier).or_insert(0.0) += weight;
        }
        for stage in &self.plan.stages {
            let weight = match stage.name.strip_prefix("unmet weight") {
                Some("") => Some(tiers.values().sum::<f64>()),
                Some(tier) => tier.strip_prefix(", tier ").and_then(|t| t.parse().ok()).map(|t: u32| tiers.get(&t).copied().unwrap_or(0.0)),
                None => None,
            };
            if let Some(weight) = weight {
                raise(&mut self.found.objective_error, (stage.value - weight).abs(), weight);
            }
        }
    }

    fn stops(&self) -> Stops {
        let areas = self.problem.areas.len();
        let mut number = std::collections::HashMap::with_capacity(self.problem.steps.len());
        let mut model = Vec::new();
        let of_step = self.problem.steps.iter().map(|step| {
            *number.entry(step.model * areas + step.area).or_insert_with(|| {
                model.push(step.model);
                model.len() - 1
            })
        });
        let of_step = of_step.collect();
        Stops { of_step, count: model.len(), model, number }
    }
}

/// The pairs of model and area that have steps.
struct Stops {
    of_step: Vec<usize>,
    model: Vec<usize>,
    count: usize,
    number: std::collections::HashMap<usize, usize>,
}

impl Stops {
    fn find(&self, model: usize, area: usize, areas: usize) -> Option<usize> {
        self.number.get(&(model * areas + area)).copied()
    }
}

/// Hours and worths of a unit, from the raw data; they do not depend on demand.
#[derive(Debug)]
pub(crate) struct Standards {
    /// What the worths are for.
    pub weight: Weight,
    /// Each capability, side by side, for every allocation asks for one.
    uses: Vec<Use>,
    /// Standard hours of each model: by area, and the sum; only where units weigh by them.
    hours: Vec<(Vec<(usize, f64)>, f64)>,
}

/// What the verifier asks of a capability.
#[derive(Debug, Clone, Copy)]
struct Use {
    step: u32,
    line: u32,
    model: u32,
    /// Periods in which it is approved and its program lives; the first after the last where there is none.
    first: u32,
    last: u32,
    /// Hours for one unit (h).
    unit_hours: f64,
}

impl Standards {
    pub fn of(problem: &Problem, weight: Weight) -> Standards {
        let period = |period: usize| u32::try_from(period).unwrap_or(u32::MAX);
        let of_capability = |(c, capability): (usize, &Capability)| {
            let model = problem.steps[capability.step].model;
            let (approved, life) = (capability.approved, problem.models[model].life);
            let (first, last) = (approved.first.max(life.first), approved.last.min(life.last));
            let unit_hours = hours_for_one(problem, c);
            Use {
                step: capability.step as u32,
                line: capability.line as u32,
                model: model as u32,
                first: period(first),
                last: period(last),
                unit_hours,
            }
        };
        let uses: Vec<Use> = problem.capabilities.iter().enumerate().map(of_capability).collect();
        let mut hours = vec![(Vec::new(), 0.0); if weight == Weight::Hours { problem.models.len() } else { 0 }];
        if weight == Weight::Hours {
            // Addends are sorted by size, so that the order of rows does not show in the last bit of what is found.
            let mut of_step: Vec<Vec<f64>> = vec![Vec::new(); problem.steps.len()];
            uses.iter().for_each(|Use { step, unit_hours, .. }| of_step[*step as usize].push(*unit_hours));
            for (step, mut unit_hours) in problem.steps.iter().zip(of_step) {
                unit_hours.sort_unstable_by(f64::total_cmp);
                let mean = unit_hours.iter().sum::<f64>() / unit_hours.len().max(1) as f64;
                hours[step.model].0.push((step.area, mean));
            }
            for (by_area, sum) in &mut hours {
                by_area.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
                *sum = by_area.iter().map(|(_, mean)| mean).sum();
            }
        }
        Standards { weight, uses, hours }
    }
}

/// What a unit is worth, from the definition of each [`Weight`].
struct Values<'a> {
    problem: &'a Problem,
    standards: &'a Standards,
}

impl Values<'_> {
    fn in_area(&self, model: usize, area: usize) -> f64 {
        match self.standards.weight {
            Weight::Hours => {
                let here = self.standards.hours[model].0.iter().filter(|(a, _)| *a == area);
                self.problem.models[model].weight * here.map(|(_, hours)| hours).sum::<f64>()
            }
            Weight::Units | Weight::Money => self.whole(model),
        }
    }

    fn whole(&self, model: usize) -> f64 {
        let m = &self.problem.models[model];
        match self.standards.weight {
            Weight::Hours => m.weight * self.standards.hours[model].1,
            Weight::Units => m.weight,
            Weight::Money => m.weight * m.unit_value.unwrap_or(0.0),
        }
    }
}

/// Hours of the line for one good unit (h), from the raw data: passes × cycle time ÷ (3600 × efficiency × yield × pieces).
fn hours_for_one(problem: &Problem, capability: usize) -> f64 {
    let c = &problem.capabilities[capability];
    let good_pieces_per_second = c.efficiency * c.first_pass_yield * c.pieces_per_panel / c.cycle_time_s;
    problem.steps[c.step].passes / good_pieces_per_second / 3600.0
}

/// Keeps the larger of the error known and a new one, relative to a size of at least 1.
fn raise(error: &mut f64, difference: f64, size: f64) {
    let relative = difference / size.max(1.0);
    *error = if relative.is_nan() { WRONG } else { error.max(relative) };
}
