//! The uncertain inputs of a study, and what a sample makes of them.
//!
//! An input is a quantity (volume, efficiency, cycle time, availability) of some models or lines, with one distribution. The standard normal
//! score of member i in period t is
//!
//! z(i,t) = √ρ · G(g,t) + √(1−ρ) · E(i,t),  G(g,t) = √τ · G(g) + √(1−τ) · G'(g,t),  E likewise
//!
//! with independent standard normals: one common factor for each group g (Vasicek 1987; the Gaussian copula of Li 2000). So two members of a
//! group are correlated by ρ in a period, a member with itself in another period by τ. Efficiency and cycle time are one number for all
//! periods, as in the question.
//!
//! **Invariant:** a score depends on seed, sample, input and names alone; a factor that is 1 leaves every bit of the problem as it is.

use serde::{Deserialize, Serialize};

use super::distribution::{Distribution, Quantile, Wrong};
use super::random::{Stream, in_period, thing};
use crate::order::Order;
use crate::problem::Problem;
use crate::worth::standard_hours;

/// What is uncertain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Demand, by period.
    Volume,
    /// Efficiency of capabilities, which stays at most 1; the same in all periods.
    Efficiency,
    /// Cycle time of capabilities; the same in all periods.
    CycleTime,
    /// Share of its hours, overtime included, that a line runs in a period.
    Availability,
}

/// Of which models or lines, by index; each at most once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Members {
    /// Models.
    Models(Vec<usize>),
    /// Lines.
    Lines(Vec<usize>),
}

impl Members {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.indices().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.indices().is_empty()
    }

    fn indices(&self) -> &[usize] {
        match self {
            Members::Models(indices) | Members::Lines(indices) => indices,
        }
    }
}

/// Which members form a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Together {
    /// Each is by itself.
    #[default]
    Alone,
    /// All are one group.
    All,
    /// Models of a family; one without is by itself.
    Family,
    /// Models of a customer; one without is by itself.
    Customer,
    /// Lines of an area.
    Area,
}

/// An uncertain input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uncertain {
    /// What is uncertain.
    pub quantity: Quantity,
    /// Of what.
    pub members: Members,
    /// How its factor is distributed.
    pub distribution: Distribution,
    /// Who shares a common factor.
    pub together: Together,
    /// Correlation ρ of two members of a group, 0 to 1.
    pub correlation: f64,
    /// Correlation τ of a member with itself in another period, 0 to 1.
    pub persistence: f64,
    /// What is one bar of the tornado.
    pub bars: Together,
}

impl Uncertain {
    /// What is wrong with it; nothing where it can be drawn from.
    pub(super) fn wrong(&self, problem: &Problem) -> Option<Wrong> {
        let not = |member: &'static str, code: &'static str, message: &str| Some((member, code, message.to_owned()));
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let most = match self.members {
            Members::Models(_) => problem.models.len(),
            Members::Lines(_) => problem.lines.len(),
        };
        let mut seen = vec![false; most];
        for &index in self.members.indices() {
            if index >= most || std::mem::replace(&mut seen[index], true) {
                return not("members", "bad_member", "a member does not exist or is named twice");
            }
        }
        let of_models = matches!(self.members, Members::Models(_));
        if of_models && self.quantity == Quantity::Availability || !of_models && self.quantity == Quantity::Volume {
            return not("members", "wrong_members", "volumes are of models, availability is of lines");
        }
        let fits = |together: Together| match together {
            Together::Alone | Together::All => true,
            Together::Family | Together::Customer => of_models,
            Together::Area => !of_models,
        };
        if !fits(self.together) {
            return not("together", "wrong_group", "models go together by family or customer, lines by area");
        }
        if !fits(self.bars) {
            return not("bars", "wrong_group", "models go together by family or customer, lines by area");
        }
        if !share(self.correlation) {
            return not("correlation", "out_of_range", "expected 0 to 1");
        }
        if !share(self.persistence) {
            return not("persistence", "out_of_range", "expected 0 to 1");
        }
        if matches!(self.distribution, Distribution::Breakdowns { .. }) && self.quantity != Quantity::Availability {
            return not("distribution", "only_availability", "running and repair times tell the availability of lines");
        }
        if let Some(wrong) = self.distribution.wrong() {
            return Some(wrong);
        }
        let (low, high) = self.distribution.range();
        match self.quantity {
            Quantity::Volume if low < 0.0 => not("distribution", "below_zero", "a volume would be below 0"),
            Quantity::Availability if low < 0.0 => not("distribution", "below_zero", "availability would be below 0"),
            Quantity::Availability if high > 1.0 => not("distribution", "above_one", "a line would run more than all its hours"),
            Quantity::Efficiency | Quantity::CycleTime if low <= 0.0 => {
                not("distribution", "not_positive", "efficiency and cycle time would not stay above 0")
            }
            _ => None,
        }
    }
}

/// A bar of the tornado: members of an input that are looked at as one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Index of the input.
    pub input: usize,
    /// What is uncertain.
    pub quantity: Quantity,
    /// What its name names.
    pub kind: DriverKind,
    /// Name of the model, line, family, customer or area; empty for all.
    pub name: String,
    /// How many models or lines it is.
    pub members: usize,
}

/// What a driver is named after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DriverKind {
    /// A model.
    Model,
    /// A line.
    Line,
    /// A family.
    Family,
    /// A customer.
    Customer,
    /// An area.
    Area,
    /// Everything that the input names.
    All,
    /// What is left of an input that has too many bars.
    Rest,
}

/// Most bars of one input.
const MOST_BARS: usize = 200;

/// Factors of a sample; 1 where nothing is uncertain.
#[derive(Debug, Clone)]
pub(super) struct Factors {
    /// Of demand, `[model * periods + period]`.
    volume: Vec<f64>,
    /// Of hours, `[line * periods + period]`.
    hours: Vec<f64>,
    /// Of efficiency and of cycle time, of lines and of models.
    efficiency: [Vec<f64>; 2],
    cycle_time: [Vec<f64>; 2],
}

/// All inputs of a study, ready to be drawn.
#[derive(Debug)]
pub(super) struct Inputs {
    inputs: Vec<Input>,
    /// The bars.
    pub drivers: Vec<Driver>,
    /// Standard deviation of the mean score of each driver's members.
    deviation: Vec<f64>,
    weight: Vec<f64>,
    periods: usize,
    lines: usize,
    models: usize,
    touched: Touched,
}

#[derive(Debug, Clone, Copy, Default)]
struct Touched {
    volume: bool,
    hours: bool,
    capabilities: bool,
}

#[derive(Debug)]
struct Input {
    /// Its place in the question.
    number: u32,
    quantity: Quantity,
    of_lines: bool,
    members: Vec<usize>,
    member_thing: Vec<u64>,
    driver: Vec<u32>,
    /// Weight of each member and period in its driver.
    weight: Vec<f64>,
    group: Vec<u32>,
    group_thing: Vec<u64>,
    period_thing: Vec<u64>,
    quantiles: Vec<Quantile>,
    quantile: Vec<u32>,
    /// √ρ, √(1−ρ); √τ, √(1−τ).
    common: (f64, f64),
    lasting: (f64, f64),
}

/// Where the scores come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scores {
    /// A random sample.
    Sample { seed: u64, number: u32 },
    /// Everything at its median, but one driver so many standard deviations of its mean score off.
    Moved { driver: usize, deviations: f64 },
    /// Everything at its median.
    Median,
    /// Everything as planned.
    Planned,
}

impl Inputs {
    /// Of sound inputs of a sound problem.
    pub fn of(problem: &Problem, order: &Order, uncertain: &[Uncertain]) -> Inputs {
        let (lines, models, periods) = (problem.lines.len(), problem.models.len(), problem.periods.len());
        let mut inputs = Inputs {
            inputs: Vec::new(),
            drivers: Vec::new(),
            deviation: Vec::new(),
            weight: Vec::new(),
            periods,
            lines,
            models,
            touched: Touched::default(),
        };
        let work = work_of_models(problem, order);
        for (number, input) in uncertain.iter().enumerate() {
            inputs.add(problem, order, &work, number, input);
        }
        inputs
    }

    fn add(&mut self, problem: &Problem, order: &Order, work: &[f64], number: usize, uncertain: &Uncertain) {
        let of_lines = matches!(uncertain.members, Members::Lines(_));
        // By name, so that sums of factors do not depend on the order of rows.
        let mut members = uncertain.members.indices().to_vec();
        members.sort_by_key(|m| if of_lines { order.line_rank[*m] } else { order.model_rank[*m] });
        let by_period = matches!(uncertain.quantity, Quantity::Volume | Quantity::Availability);
        let periods = if by_period { self.periods } else { 1 };
        let weight_of = |m: usize, t: usize| match (of_lines, by_period) {
            (true, true) => problem.lines[m].hours(t),
            (true, false) => (0..self.periods).map(|t| problem.lines[m].hours(t)).sum(),
            (false, true) => work[m * self.periods + t],
            (false, false) => work[m * self.periods..][..self.periods].iter().sum(),
        };
        let weight: Vec<f64> = members.iter().flat_map(|m| (0..periods).map(move |t| (*m, t))).map(|(m, t)| weight_of(m, t)).collect();
        let (quantiles, quantile) = quantiles(problem, uncertain, &members, periods);
        let keys = |together: Together| members.iter().map(|m| key(problem, of_lines, together, *m)).collect::<Vec<_>>();
        let mut groups: Vec<(DriverKind, &str, &str)> = Vec::new();
        let group = keys(uncertain.together).into_iter().map(|key| place_of(&mut groups, key)).collect();
        let root = |value: f64| (value.sqrt(), (1.0 - value).sqrt());
        let mut input = Input {
            number: number as u32,
            quantity: uncertain.quantity,
            of_lines,
            member_thing: members.iter().map(|m| member_thing(problem, of_lines, *m)).collect(),
            group_thing: groups.iter().map(|(kind, plant, name)| thing(&["group", &format!("{kind:?}"), plant, name])).collect(),
            period_thing: (0..periods).map(|t| thing(&["period", if by_period { &problem.periods[t].name } else { "" }])).collect(),
            driver: Vec::new(),
            weight,
            group,
            quantiles,
            quantile,
            common: if uncertain.together == Together::Alone { (0.0, 1.0) } else { root(uncertain.correlation) },
            lasting: root(if by_period { uncertain.persistence } else { 1.0 }),
            members,
        };
        if input.quantiles.iter().all(Quantile::is_one) {
            return;
        }
        let keys = keys_with_weights(problem, uncertain.bars, &input);
        self.add_drivers(number, uncertain, &mut input, &keys);
        match uncertain.quantity {
            Quantity::Volume => self.touched.volume = true,
            Quantity::Availability => self.touched.hours = true,
            Quantity::Efficiency | Quantity::CycleTime => self.touched.capabilities = true,
        }
        self.inputs.push(input);
    }

    /// The bars of an input, by name; beyond the most that there may be, those of the least weight are one.
    fn add_drivers(&mut self, number: usize, uncertain: &Uncertain, input: &mut Input, keys: &[(Key, f64)]) {
        let mut bars: Vec<(Key, f64)> = Vec::new();
        for (key, weight) in keys {
            match bars.iter_mut().find(|(known, _)| known == key) {
                Some((_, sum)) => *sum += weight,
                None => bars.push((key.clone(), *weight)),
            }
        }
        if bars.len() > MOST_BARS {
            bars.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            bars.truncate(MOST_BARS - 1);
        }
        bars.sort_by(|a, b| a.0.cmp(&b.0));
        let first = self.drivers.len();
        let rest = bars.len();
        let place = |key: &Key| bars.iter().position(|(known, _)| known == key).unwrap_or(rest);
        input.driver = keys.iter().map(|(key, _)| (first + place(key)) as u32).collect();
        let mut names: Vec<Key> = bars.into_iter().map(|(key, _)| key).collect();
        if input.driver.contains(&((first + rest) as u32)) {
            names.push((DriverKind::Rest, String::new()));
        }
        for (place, (kind, name)) in names.into_iter().enumerate() {
            let members = input.driver.iter().filter(|driver| **driver as usize == first + place).count();
            self.drivers.push(Driver { input: number, quantity: uncertain.quantity, kind, name, members });
            let (weight, deviation) = input.mean_score(first + place);
            self.weight.push(weight);
            self.deviation.push(deviation);
        }
    }

    /// Whether most of the question's numbers are drawn; where few are, remembered parts of other samples are worth looking for.
    pub fn touches_most(&self) -> bool {
        let of = |quantity: Quantity, all: usize| {
            let members: usize = self.inputs.iter().filter(|input| input.quantity == quantity).map(|input| input.members.len()).sum();
            members * 2 > all
        };
        self.touched.capabilities || of(Quantity::Volume, self.models) || of(Quantity::Availability, self.lines)
    }

    /// Factors of which all are 1.
    pub fn no_factors(&self) -> Factors {
        let ones = |count: usize| vec![1.0; count];
        let pair = || [ones(self.lines), ones(self.models)];
        Factors { volume: ones(self.models * self.periods), hours: ones(self.lines * self.periods), efficiency: pair(), cycle_time: pair() }
    }

    /// Draws the factors, and the mean factor of each driver.
    pub fn draw(&self, scores: Scores, factors: &mut Factors, means: &mut Vec<f64>) {
        factors.reset();
        means.clear();
        if matches!(scores, Scores::Planned) {
            means.resize(self.drivers.len(), 1.0);
            return;
        }
        means.resize(self.drivers.len(), 0.0);
        let mut drawn = Vec::new();
        for input in &self.inputs {
            input.scores(scores, &self.deviation, &mut drawn);
            let periods = input.period_thing.len();
            for (m, member) in input.members.iter().enumerate() {
                for t in 0..periods {
                    let at = m * periods + t;
                    let factor = input.quantiles[input.quantile[at] as usize].at(drawn[at]);
                    means[input.driver[m] as usize] += factor * input.weight[at];
                    *factors.of(input, *member, t, self.periods) *= factor;
                }
            }
        }
        for (mean, weight) in means.iter_mut().zip(&self.weight) {
            *mean = if *weight > 0.0 { *mean / weight } else { 1.0 };
        }
    }

    /// Makes `changed`, a copy of `planned`, the problem with these factors.
    pub fn apply(&self, planned: &Problem, factors: &Factors, changed: &mut Problem) {
        if self.touched.volume {
            for (demand, as_planned) in changed.demand.iter_mut().zip(&planned.demand) {
                demand.units = as_planned.units * factors.volume[demand.model * self.periods + demand.period];
            }
        }
        if self.touched.hours {
            for (l, (line, as_planned)) in changed.lines.iter_mut().zip(&planned.lines).enumerate() {
                let of_line = &factors.hours[l * self.periods..][..self.periods];
                let scale = |to: &mut Vec<f64>, from: &[f64]| {
                    for ((to, from), factor) in to.iter_mut().zip(from).zip(of_line) {
                        *to = from * factor;
                    }
                };
                // Hours, overtime and maintenance all shrink by the same share.
                scale(&mut line.operating_days, &as_planned.operating_days);
                scale(&mut line.maintenance_hours, &as_planned.maintenance_hours);
            }
        }
        if self.touched.capabilities {
            let of = |factors: &[Vec<f64>; 2], line: usize, step: usize| factors[0][line] * factors[1][planned.steps[step].model];
            for (capability, as_planned) in changed.capabilities.iter_mut().zip(&planned.capabilities) {
                let (line, step) = (as_planned.line, as_planned.step);
                capability.efficiency = (as_planned.efficiency * of(&factors.efficiency, line, step)).min(1.0);
                capability.cycle_time_s = as_planned.cycle_time_s * of(&factors.cycle_time, line, step);
            }
        }
    }
}

impl Factors {
    fn reset(&mut self) {
        let [lines, models] = &mut self.efficiency;
        let [line_cycles, model_cycles] = &mut self.cycle_time;
        [&mut self.volume, &mut self.hours, lines, models, line_cycles, model_cycles].into_iter().for_each(|all| all.fill(1.0));
    }

    fn of(&mut self, input: &Input, member: usize, period: usize, periods: usize) -> &mut f64 {
        let kind = usize::from(!input.of_lines);
        match input.quantity {
            Quantity::Volume => &mut self.volume[member * periods + period],
            Quantity::Availability => &mut self.hours[member * periods + period],
            Quantity::Efficiency => &mut self.efficiency[kind][member],
            Quantity::CycleTime => &mut self.cycle_time[kind][member],
        }
    }
}

impl Input {
    /// Scores of members and periods, `[member * periods + period]`.
    fn scores(&self, scores: Scores, deviation: &[f64], drawn: &mut Vec<f64>) {
        let periods = self.period_thing.len();
        drawn.clear();
        let (seed, sample) = match scores {
            Scores::Sample { seed, number } => (seed, number),
            Scores::Median | Scores::Planned => {
                drawn.resize(self.members.len() * periods, 0.0);
                return;
            }
            Scores::Moved { driver, deviations } => {
                for own in &self.driver {
                    let score = if *own as usize == driver { deviations * deviation[driver] } else { 0.0 };
                    drawn.extend(std::iter::repeat_n(score, periods));
                }
                return;
            }
        };
        let stream = Stream::new(seed, sample, self.number);
        let (lasting, passing) = self.lasting;
        let draw = |thing: u64, into: &mut Vec<f64>| {
            let all = if lasting > 0.0 { lasting * stream.normal(thing) } else { 0.0 };
            let of_period = |period: &u64| if passing > 0.0 { all + passing * stream.normal(in_period(thing, *period)) } else { all };
            into.extend(self.period_thing.iter().map(of_period));
        };
        let (common, own) = self.common;
        if own > 0.0 {
            self.member_thing.iter().for_each(|thing| draw(*thing, drawn));
        } else {
            drawn.resize(self.members.len() * periods, 0.0);
        }
        if common > 0.0 {
            let mut of_groups = Vec::with_capacity(self.group_thing.len() * periods);
            self.group_thing.iter().for_each(|thing| draw(*thing, &mut of_groups));
            for (m, group) in self.group.iter().enumerate() {
                for t in 0..periods {
                    let score = &mut drawn[m * periods + t];
                    *score = own * *score + common * of_groups[*group as usize * periods + t];
                }
            }
        }
    }

    /// Weight of a driver's members, and the standard deviation of their weighted mean score: by how much they move together.
    fn mean_score(&self, driver: usize) -> (f64, f64) {
        let periods = self.period_thing.len();
        let own: Vec<usize> = (0..self.members.len()).filter(|m| self.driver[*m] as usize == driver).collect();
        let of_member = |m: usize| self.weight[m * periods..][..periods].iter().sum::<f64>();
        let total: f64 = own.iter().map(|m| of_member(*m)).sum();
        if total <= 0.0 {
            return (0.0, 1.0);
        }
        let mut of_group = vec![0.0; self.group_thing.len()];
        own.iter().for_each(|m| of_group[self.group[*m] as usize] += of_member(*m) / total);
        let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
        let rho = self.common.0 * self.common.0;
        let members = rho * squares(&mut of_group.into_iter()) + (1.0 - rho) * squares(&mut own.iter().map(|m| of_member(*m) / total));
        let of_period = |t: usize| own.iter().map(|m| self.weight[m * periods + t]).sum::<f64>() / total;
        let tau = self.lasting.0 * self.lasting.0;
        let over_time = tau + (1.0 - tau) * squares(&mut (0..periods).map(of_period));
        (total, (members * over_time).sqrt())
    }
}

/// What a driver is: its kind and name.
type Key = (DriverKind, String);

fn keys_with_weights(problem: &Problem, bars: Together, input: &Input) -> Vec<(Key, f64)> {
    let periods = input.period_thing.len();
    let one = |(m, member): (usize, &usize)| {
        let (kind, plant, name) = key(problem, input.of_lines, bars, *member);
        let twice = kind == DriverKind::Line && problem.lines.iter().filter(|line| line.name == name).count() > 1;
        let name = if twice { format!("{plant}: {name}") } else { name.to_owned() };
        ((kind, name), input.weight[m * periods..][..periods].iter().sum())
    };
    input.members.iter().enumerate().map(one).collect()
}

/// Kind, plant and name of the group that a member belongs to.
fn key(problem: &Problem, of_lines: bool, together: Together, member: usize) -> (DriverKind, &str, &str) {
    if together == Together::All {
        return (DriverKind::All, "", "");
    }
    if of_lines {
        let line = &problem.lines[member];
        return match together {
            Together::Area => (DriverKind::Area, "", &problem.areas[line.area].name),
            _ => (DriverKind::Line, &line.plant, &line.name),
        };
    }
    let model = &problem.models[member];
    match together {
        Together::Family if !model.family.is_empty() => (DriverKind::Family, "", &model.family),
        Together::Customer if !model.customer.is_empty() => (DriverKind::Customer, "", &model.customer),
        _ => (DriverKind::Model, "", &model.name),
    }
}

fn place_of<T: PartialEq>(known: &mut Vec<T>, one: T) -> u32 {
    let place = known.iter().position(|other| *other == one).unwrap_or(known.len());
    if place == known.len() {
        known.push(one);
    }
    place as u32
}

fn member_thing(problem: &Problem, of_lines: bool, member: usize) -> u64 {
    match of_lines {
        true => thing(&["line", &problem.lines[member].plant, &problem.lines[member].name]),
        false => thing(&["model", &problem.models[member].name]),
    }
}

/// The quantile functions, and which is whose; breakdowns have one for each number of hours.
fn quantiles(problem: &Problem, uncertain: &Uncertain, members: &[usize], periods: usize) -> (Vec<Quantile>, Vec<u32>) {
    if !matches!(uncertain.distribution, Distribution::Breakdowns { .. }) {
        return (vec![Quantile::of(&uncertain.distribution, 0.0)], vec![0; members.len() * periods]);
    }
    let mut hours: Vec<u64> = Vec::new();
    let of = |m: &usize, t: usize| problem.lines[*m].hours(t).to_bits();
    let quantile = members.iter().flat_map(|m| (0..periods).map(move |t| of(m, t))).map(|bits| place_of(&mut hours, bits)).collect();
    (hours.iter().map(|bits| Quantile::of(&uncertain.distribution, f64::from_bits(*bits))).collect(), quantile)
}

/// Standard hours of the demand of each model and period (h): what a volume weighs.
fn work_of_models(problem: &Problem, order: &Order) -> Vec<f64> {
    let step_hours = standard_hours(problem, order);
    let hours = |m: usize| order.stops_of(m).iter().flat_map(|stop| order.steps_at(*stop)).map(|s| step_hours[*s as usize]).sum::<f64>();
    let of_unit: Vec<f64> = (0..problem.models.len()).map(hours).collect();
    let mut work = crate::assemble::demand(problem);
    let periods = problem.periods.len().max(1);
    work.iter_mut().enumerate().for_each(|(at, units)| *units *= of_unit[at / periods]);
    work
}
