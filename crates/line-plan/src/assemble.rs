//! From bare amounts to a whole [`Plan`]: loads, finished units, unmet demand with its reason, everything in canonical order.
//!
//! Every solver ends here, so all of them mean the same by a plan. **Invariant:** time is proportional to the entries of the
//! answer and of the problem; nothing here decides how much is made.

use crate::explain::{self, Scene};
use crate::options::{Options, PlanModel};
use crate::order::{Order, Stop, spread};
use crate::plan::{Allocation, Finished, LineLoad, Plan, Stage, Status, Timing, Unmet, Verification};
use crate::problem::{PriorityReading, Problem};
use crate::worth::Worth;

/// Units made with a capability in a period; at most one entry for each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Made {
    /// Index of the capability.
    pub capability: u32,
    /// Index of the period.
    pub period: u32,
    /// Finished units of the model that pass the step here.
    pub units: f64,
}

/// What reached the customer, for plans with stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Delivery {
    /// Index of the model.
    pub model: u32,
    /// Index of the period.
    pub period: u32,
    /// Units delivered in the period.
    pub delivered: f64,
    /// Units in stock at its end.
    pub stock: f64,
}

/// A figure of a line in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OnLine {
    /// Index of the line.
    pub line: u32,
    /// Index of the period.
    pub period: u32,
    /// The figure.
    pub value: f64,
}

/// What the amounts of an answer come to.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    /// Hours of the lines for making units (h): `[line * periods + period]`.
    pub hours: Vec<f64>,
    /// Units of the steps: `[step * periods + period]`.
    pub units: Vec<f64>,
    /// Hours off the preferred line, each times its priority steps (h).
    pub off_preferred: f64,
}

/// What a solver hands over.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// How good it is.
    pub status: Status,
    /// How the priorities were read.
    pub priority_reading: Option<PriorityReading>,
    /// What is made where.
    pub made: Vec<Made>,
    /// What that comes to, where it is known.
    pub sums: Option<Sums>,
    /// Deliveries and stock of every model and period that has any (prebuild plans; empty otherwise).
    pub deliveries: Vec<Delivery>,
    /// Prices of an hour (weight/h) where they are not 0.
    pub prices: Vec<OnLine>,
    /// Hours charged for changeovers (h) where they are not 0.
    pub changeover_hours: Vec<OnLine>,
    /// Lines (and periods) that were decided not to open; the value is not read.
    pub closed: Vec<OnLine>,
    /// Line, period and shift pattern where another than the usual hours was chosen.
    pub patterns: Vec<(u32, u32, u32)>,
    /// The stages of the objective.
    pub stages: Vec<Stage>,
    /// Lines, counted in every period, that were not evened out, because there were too many for every level.
    pub uneven: usize,
}

impl Answer {
    /// An answer in which nothing is made.
    pub fn new(status: Status) -> Answer {
        Answer {
            status,
            priority_reading: None,
            made: Vec::new(),
            sums: None,
            deliveries: Vec::new(),
            prices: Vec::new(),
            changeover_hours: Vec::new(),
            closed: Vec::new(),
            patterns: Vec::new(),
            stages: Vec::new(),
            uneven: 0,
        }
    }
}

/// Share of a demand below which a difference is rounding and not unmet demand.
pub(crate) const ROUNDING: f64 = 1e-9;

/// Makes the plan. Constraints, gains, verification and timing are left empty.
pub(crate) fn assemble(problem: &Problem, options: &Options, order: &Order, answer: Answer) -> Plan {
    assemble_with_scene(problem, options, order, answer).0
}

/// The same with the loads and amounts by place, for explaining.
pub(crate) fn assemble_with_scene<'a>(problem: &'a Problem, options: &'a Options, order: &'a Order, answer: Answer) -> (Plan, Scene<'a>) {
    let reading = answer.priority_reading.or(options.priority_reading).unwrap_or_else(|| problem.priority_reading());
    let mut scene = Scene::idle(problem, options, order);
    let mut answer = answer;
    let sums = answer.sums.take();
    let allocations = allocate(&mut scene, &answer.made, sums.is_none());
    if let Some(sums) = sums {
        scene.made = sums.units;
        scene.loads.iter_mut().zip(sums.hours).for_each(|(load, hours)| load.hours_used = hours);
    }
    charge(&mut scene, &answer);
    let demand = demand(problem);
    let finished = finished(&scene, &demand, &answer.deliveries);
    let worth = Worth::of(problem, options.weight, order);
    let mut unmet = match options.model {
        PlanModel::Area | PlanModel::Baseline => unmet_by_stop(&scene, &demand, &worth),
        PlanModel::Finished | PlanModel::Prebuild => unmet_by_model(&scene, &finished, &worth),
    };
    sort_unmet(&mut unmet, order);
    let plan = Plan {
        options: options.clone(),
        priority_reading: reading,
        status: answer.status,
        allocations,
        unmet,
        lines: scene.loads_by_name(),
        finished,
        constraints: Vec::new(),
        gains: Vec::new(),
        stages: answer.stages,
        verification: Verification::default(),
        timing: Timing::default(),
    };
    (plan, scene)
}

/// Demand by model and period (units): `[model * periods + period]`.
pub(crate) fn demand(problem: &Problem) -> Vec<f64> {
    let periods = problem.periods.len();
    // Rows of one model and period are added smallest first, so that their order does not show in the last bit.
    let mut rows: Vec<(u32, f64)> = problem.demand.iter().map(|d| ((d.model * periods + d.period) as u32, d.units)).collect();
    if !rows.is_sorted_by(|a, b| a.0 < b.0) {
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    let mut demand = vec![0.0; problem.models.len() * periods];
    for (at, units) in rows {
        demand[at as usize] += units;
    }
    demand
}

/// Orders the entries by capability and period, and adds them up on lines and steps where nobody has yet.
fn allocate(scene: &mut Scene, made: &[Made], adds_up: bool) -> Vec<Allocation> {
    let (order, periods) = (scene.order, scene.periods());
    let mut entries: Vec<u32> = (0..made.len() as u32).filter(|i| made[*i as usize].units > 0.0).collect();
    if !entries.is_sorted_by_key(|i| made[*i as usize].period) {
        entries = spread(&entries, periods, |i| made[i].period as usize).items().to_vec();
    }
    let ranks = &order.capability_rank;
    let sorted = spread(&entries, ranks.len(), |i| ranks[made[i].capability as usize] as usize);
    let mut allocations = Vec::with_capacity(entries.len());
    for &i in sorted.items() {
        let Made { capability, period, units } = made[i as usize];
        let (capability, period) = (capability as usize, period as usize);
        let hours = units * order.hours_of[capability];
        if adds_up {
            scene.made[order.step_of[capability] as usize * periods + period] += units;
            scene.loads[order.line_of[capability] as usize * periods + period].hours_used += hours;
        }
        allocations.push(Allocation { capability, period, units, hours });
    }
    allocations
}

/// Adds changeovers, prices, closings and overtime to the loads.
fn charge(scene: &mut Scene, answer: &Answer) {
    let periods = scene.periods();
    let place = |entry: &OnLine| entry.line as usize * periods + entry.period as usize;
    for entry in &answer.changeover_hours {
        let load = &mut scene.loads[place(entry)];
        load.changeover_hours += entry.value;
        load.hours_used += entry.value;
    }
    for entry in &answer.prices {
        scene.loads[place(entry)].hour_price = entry.value.max(0.0);
    }
    for entry in &answer.closed {
        scene.loads[place(entry)].open = false;
    }
    for &(line, period, pattern) in &answer.patterns {
        let load = &mut scene.loads[line as usize * periods + period as usize];
        load.hours_available = scene.problem.pattern_hours(pattern as usize, period as usize);
        load.shift_pattern = Some(pattern as usize);
    }
    for LineLoad { hours_available, hours_used, overtime_hours, .. } in &mut scene.loads {
        // A last bit over the available hours is rounding, not overtime.
        let over = *hours_used - *hours_available;
        *overtime_hours = if over > ROUNDING * *hours_available { over } else { 0.0 };
    }
}

/// Finished units of every model with demand, by name and period.
fn finished(scene: &Scene, demand: &[f64], deliveries: &[Delivery]) -> Vec<Finished> {
    let periods = scene.periods();
    let mut delivered = vec![None; if deliveries.is_empty() { 0 } else { demand.len() }];
    for d in deliveries {
        delivered[d.model as usize * periods + d.period as usize] = Some((d.delivered, d.stock));
    }
    let mut finished = Vec::with_capacity(demand.len());
    for &m in &scene.order.models {
        let model = m as usize;
        for period in 0..periods {
            let wanted = demand[model * periods + period];
            let made = scene.finished(model, period);
            if wanted == 0.0 && made == 0.0 && delivered.is_empty() {
                continue;
            }
            let met = settle(made.min(wanted), wanted);
            let (delivered, stock) = match delivered.get(model * periods + period) {
                Some(given) => given.unwrap_or((0.0, 0.0)),
                None => (met, 0.0),
            };
            let empty = wanted == 0.0 && made == 0.0 && delivered == 0.0 && stock == 0.0;
            if !empty {
                finished.push(Finished { model, period, demand: wanted, finished: made, delivered: settle(delivered, wanted), stock });
            }
        }
    }
    finished
}

/// Takes an amount that misses the wanted one by rounding only for the wanted one.
fn settle(units: f64, wanted: f64) -> f64 {
    if (wanted - units).abs() <= ROUNDING * wanted { wanted } else { units }
}

fn unmet_by_stop(scene: &Scene, demand: &[f64], worth: &Worth) -> Vec<Unmet> {
    let periods = scene.periods();
    let mut unmet = Vec::new();
    for &stop in &scene.order.stops {
        let value = worth.at_stop(scene.order, stop);
        for period in 0..periods {
            let wanted = demand[stop.model as usize * periods + period];
            let units = wanted - settle(scene.made_at(stop, period).min(wanted), wanted);
            if units > 0.0 {
                let why = explain::reason_at_stop(scene, stop, period);
                unmet.push(entry(stop.model as usize, stop.area as usize, period, units, value * units, why));
            }
        }
    }
    for (model, _) in scene.problem.models.iter().enumerate().filter(|(m, _)| scene.order.stops_of(*m).is_empty()) {
        for period in 0..periods {
            let units = demand[model * periods + period];
            if units > 0.0 {
                let why = explain::reason_of_model(scene, model, period);
                unmet.push(entry(model, why.area, period, units, worth.finished(scene.order, model) * units, why));
            }
        }
    }
    unmet
}

fn unmet_by_model(scene: &Scene, finished: &[Finished], worth: &Worth) -> Vec<Unmet> {
    let mut unmet = Vec::new();
    for f in finished {
        let units = f.demand - f.delivered;
        if units > 0.0 {
            let why = explain::reason_of_model(scene, f.model, f.period);
            let weight = worth.finished(scene.order, f.model) * units;
            unmet.push(entry(f.model, why.area, f.period, units, weight, why));
        }
    }
    unmet
}

fn entry(model: usize, area: usize, period: usize, units: f64, weight: f64, why: explain::Why) -> Unmet {
    Unmet { model, area, period, units, weight, reason: why.reason, limiting_lines: why.lines }
}

fn sort_unmet(unmet: &mut [Unmet], order: &Order) {
    unmet.sort_by(|a, b| {
        let names = |u: &Unmet| (order.model_rank[u.model], order.area_rank[u.area], u.period);
        b.weight.total_cmp(&a.weight).then_with(|| names(a).cmp(&names(b)))
    });
}

impl Scene<'_> {
    /// Units of the model that pass the stop in the period: the least over its steps.
    fn made_at(&self, stop: Stop, period: usize) -> f64 {
        let steps = self.order.steps_at(stop).iter();
        steps.map(|s| self.made[*s as usize * self.periods() + period]).fold(f64::INFINITY, f64::min)
    }

    /// Units of the model that pass its whole routing in the period; none where there is no routing.
    fn finished(&self, model: usize, period: usize) -> f64 {
        let stops = self.order.stops_of(model);
        let least = stops.iter().map(|s| self.made_at(*s, period)).fold(f64::INFINITY, f64::min);
        if stops.is_empty() { 0.0 } else { least }
    }
}
