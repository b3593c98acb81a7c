//! Prebuild (V3): what to finish when, if units may wait in stock for a later period.
//!
//! Stock couples the periods, areas couple the models; together one large linear program. It is solved by Benders' decomposition
//! (1962): a master program decides finished units, stock and sales of every model and period, and each component in each period
//! says whether it can make them. One that cannot answers with a cut, the price of its lines: `Σ price of a unit × units ≤ Σ price × hours`,
//! which every possible plan satisfies. Components are blocks of the structured simplex and answer in microseconds, so what is
//! left for the general solver is small: models × periods and the cuts.
//!
//! Where nothing is short without stock, nothing is decided here: every model is finished when it is wanted.

use std::collections::BTreeMap;

use super::areas::requests;
use super::build::{Builder, Built};
use super::course::Course;
use super::finish::{fits, possible};
use super::general::{failed, level};
use super::memory::Memory;
use super::network::Sets;
use super::stages::Stages;
use super::window::{self, cover, mean_hours};
use crate::assemble::{Answer, Delivery, OnLine};
use crate::highs::{Highs, Outcome, Program, Row};
use crate::plan::PlanError;

/// A component may exceed its capacity by this share before it answers with a cut; what remains is taken back at the end.
const CUT_TOLERANCE: f64 = 1e-8;
/// What is finished of a model, beside its largest demand, that is rounding: some areas would make it and others not.
const DUST: f64 = 1e-8;
/// Cuts taken from one component in one round: its tightest lines, then the next level, and so on.
const CUTS_PER_BLOCK: usize = 6;
/// A reduced cost or dual up to this counts as none when a stage is closed; costs are scaled to 1.
const FACE: f64 = 1e-9;
/// Tolerance of the master, and those with which it is tried again.
const MASTER_TOLERANCE: f64 = 1e-9;
const AGAIN: [f64; 3] = [1e-9, 3e-9, 1e-8];
/// Rounds after which the decomposition is given up as stuck; none is known to need a tenth of it.
const MOST_ROUNDS: usize = 500;

/// Finished units `[model * periods + period]` by ranked model; deliveries and prices go into the answer.
pub(crate) fn decide(course: &Course, memory: &Memory, answer: &mut Answer) -> Result<Vec<f64>, PlanError> {
    let n = course.network;
    let mut builder = Builder::new(n);
    let mut finished = possible(course);
    let mut fitting = vec![true; n.components.len() * n.periods];
    for (place, fitting) in fitting.iter_mut().enumerate() {
        let (component, period) = (place / n.periods, place % n.periods);
        // A frozen period asks nothing of the structured simplex: the master has its amounts.
        *fitting = n.frozen(period).is_some() || fits(course, memory, &mut builder, component, period, &finished)?;
    }
    let frozen = n.frozen(0).is_some();
    let short = |c: usize| fitting[c * n.periods..][..n.periods].contains(&false);
    let mut plant = Plant::default();
    for part in connected(course) {
        // Only a period without any possible way, or a short component, makes stock worth while.
        let waits = part.models.iter().any(|&m| (0..n.periods).any(|t| at(course, &n.demand, m, t) > at(course, &finished, m, t)));
        if frozen || waits || part.components.iter().any(|&c| short(c)) {
            Master::new(course, &part, &fitting, &finished)?.run(course, &mut builder, &mut finished, &mut plant)?;
        }
    }
    for m in 0..n.model_id.len() {
        for t in 0..n.periods {
            let i = m * n.periods + t;
            let (delivered, stock) = plant.sold.get(&i).copied().unwrap_or((finished[i], 0.0));
            if delivered > 0.0 || stock > 0.0 {
                answer.deliveries.push(Delivery { model: n.model_id[m], period: t as u32, delivered, stock });
            }
        }
    }
    answer.prices.extend(plant.prices);
    Ok(finished)
}

/// What the masters decided beside finished units.
#[derive(Default)]
struct Plant {
    /// Delivered units and stock at the end of the period, by `model * periods + period`.
    sold: BTreeMap<usize, (f64, f64)>,
    prices: Vec<OnLine>,
}

fn at(course: &Course, units: &[f64], model: usize, period: usize) -> f64 {
    units[model * course.network.periods + period]
}

/// Components and models that are connected through models.
pub(crate) struct Part {
    components: Vec<usize>,
    pub models: Vec<usize>,
}

pub(crate) fn connected(course: &Course) -> Vec<Part> {
    let n = course.network;
    let models = n.model_id.len();
    let mut sets = Sets::new(models + n.components.len());
    for (c, component) in n.components.iter().enumerate() {
        for &p in &component.pairs {
            sets.join(n.pair_model[p as usize] as usize, models + c);
        }
    }
    let mut parts: BTreeMap<usize, Part> = BTreeMap::new();
    for m in (0..models).filter(|&m| !n.pairs_of(m).is_empty()) {
        let part = parts.entry(sets.root(m)).or_insert_with(|| Part { components: Vec::new(), models: Vec::new() });
        part.models.push(m);
    }
    for c in 0..n.components.len() {
        if let Some(part) = parts.get_mut(&sets.root(models + c)) {
            part.components.push(c);
        }
    }
    parts.into_values().collect()
}

fn set_tolerance(highs: &mut Highs, tolerance: f64) -> Result<(), PlanError> {
    highs.set_double(c"primal_feasibility_tolerance", tolerance).map_err(failed)?;
    highs.set_double(c"dual_feasibility_tolerance", tolerance).map_err(failed)
}

/// Columns of a model in a period, in hours of mean work. Finished units are no column: they are demand + stock − stock before − unmet.
#[derive(Debug, Clone, Copy)]
struct Columns {
    unmet: usize,
    stock: usize,
}

/// The master program of a part.
struct Master<'p> {
    part: &'p Part,
    highs: Highs,
    columns: Vec<Columns>,
    /// Hours of one unit of each model of the part; columns are units × hours, so that they are all of one size.
    hours: Vec<f64>,
    /// Values of the columns in the last round.
    values: Vec<f64>,
    /// Which finished units are already kept from falling below 0 by a row.
    floored: Vec<bool>,
    /// Lines and prices behind each cut, by row; a line of a frozen period is a cut from the beginning.
    cuts: Vec<(usize, Cut)>,
    objective: Vec<(usize, f64)>,
    /// Bounds of the columns and sides of the rows, as they are now.
    bounds: Vec<(f64, f64)>,
    sides: Vec<(f64, f64)>,
    /// Where the stage before ended: rows that are added later leave it possible.
    held: Option<Vec<f64>>,
    /// What each component was last found to fit with, by component of the part and period.
    fitted: Vec<Fitted>,
}

/// Units of each pair with which a component fits.
#[derive(Debug, Clone, Default)]
struct Fitted {
    units: Vec<f64>,
    /// Whether it fits without the tolerance of cuts.
    snugly: bool,
}

impl Fitted {
    /// Whether other units fit because they are no more.
    fn covers(&self, units: impl Iterator<Item = f64>) -> bool {
        !self.units.is_empty() && units.zip(&self.units).all(|(units, fit)| units <= *fit)
    }
}

/// A cut as prices: per unit of each model, per hour of each line.
#[derive(Debug, Clone)]
struct Cut {
    period: usize,
    lines: Vec<(u32, f64)>,
    items: Vec<(u32, f64)>,
    limit: f64,
}

impl<'p> Master<'p> {
    /// The program without cuts. Which components fit in which period when all of `finished` is made is known.
    fn new(course: &Course, part: &'p Part, fitting: &[bool], finished: &[f64]) -> Result<Self, PlanError> {
        let n = course.network;
        let mut program = Program::default();
        let mut columns = Vec::new();
        let mut hours = Vec::new();
        for &m in &part.models {
            let work = mean_hours(course, m);
            hours.push(work);
            for t in 0..n.periods {
                let unmet = program.column(0.0, 0.0, work * at(course, &n.demand, m, t));
                let stock = program.column(0.0, 0.0, work * cover(course, m, t));
                columns.push(Columns { unmet, stock });
            }
        }
        let mut floored = vec![false; columns.len()];
        let mut values = vec![0.0; program.columns()];
        for (i, &m) in part.models.iter().enumerate() {
            for t in 0..n.periods {
                if n.frozen(t).is_some() {
                    // What is finished are amounts, which cannot fall below 0.
                    floored[i * n.periods + t] = true;
                } else if !n.pairs_of(m).all(|p| n.can_do(p, t)) {
                    // Nothing can be finished: what is wanted comes from stock or not at all.
                    let wanted = hours[i] * at(course, &n.demand, m, t);
                    let here = i * n.periods + t;
                    program.row(-wanted, -wanted, finished_terms(&columns, here, t));
                    floored[here] = true;
                    values[columns[here].unmet] = wanted;
                }
            }
        }
        let bounds = |arc: usize, t: usize| n.frozen(t).map_or((0.0, 0.0), |frozen| frozen.bounds(n.released(arc, t)));
        let made = |i: usize, t: usize| {
            let wanted = hours[i] * at(course, &n.demand, part.models[i], t);
            (finished_terms(&columns, i * n.periods + t, t), wanted)
        };
        let window = window::add(&mut program, course, &part.models, &hours, bounds, made);
        let priced =
            |(row, line, period): (usize, u32, usize)| (row, Cut { period, lines: vec![(line, 1.0)], items: Vec::new(), limit: 0.0 });
        let cuts = window.lines.into_iter().map(priced).collect();
        let bounds = program.lower.iter().copied().zip(program.upper.iter().copied()).collect();
        let sides = program.row_lower.iter().copied().zip(program.row_upper.iter().copied()).collect();
        let mut highs = Highs::new(&program).map_err(failed)?;
        highs.set_presolve(false).map_err(failed)?;
        set_tolerance(&mut highs, MASTER_TOLERANCE)?;
        let mut fitted = vec![Fitted::default(); part.components.len() * n.periods];
        for (place, &c) in part.components.iter().enumerate() {
            for t in (0..n.periods).filter(|t| fitting[c * n.periods + t]) {
                fitted[place * n.periods + t] = Fitted { units: asked(course, c, t, finished).collect(), snugly: true };
            }
        }
        Ok(Master { part, highs, columns, hours, values, floored, cuts, objective: Vec::new(), bounds, sides, held: None, fitted })
    }

    /// Tier by tier the least unmet weight, then the least stock; after each stage what would worsen it is closed.
    fn run(mut self, course: &Course, builder: &mut Builder, finished: &mut [f64], plant: &mut Plant) -> Result<(), PlanError> {
        let n = course.network;
        for &tier in &course.tiers {
            let mut objective = Vec::new();
            for (i, &m) in self.part.models.iter().enumerate() {
                if course.tier[m] == tier && course.model_cost[m] > 0.0 {
                    objective.extend((0..n.periods).map(|t| (self.columns[i * n.periods + t].unmet, course.model_cost[m] / self.hours[i])));
                }
            }
            let Some(scale) = self.minimise(objective, course, builder, finished)? else { continue };
            self.price(course, scale, plant)?;
            self.keep()?;
        }
        // Demand worth nothing is still wanted, and stock costs: the least of both together.
        let mut last: Vec<(usize, f64)> = Vec::new();
        for (i, &m) in self.part.models.iter().enumerate() {
            for t in 0..n.periods {
                let c = self.columns[i * n.periods + t];
                last.push((c.stock, 1.0));
                if course.model_cost[m] == 0.0 {
                    last.push((c.unmet, 1e3));
                }
            }
        }
        self.minimise(last, course, builder, finished)?;
        self.settle(course, builder, finished, plant)
    }

    /// Solves the master; where rounding keeps the solver from its tolerance, anew, and then with a looser one.
    fn run_master(&mut self) -> Result<(), PlanError> {
        let mut outcome = self.highs.run().map_err(failed)?;
        for tolerance in AGAIN {
            if outcome == Outcome::Optimal {
                break;
            }
            set_tolerance(&mut self.highs, tolerance)?;
            outcome = self.highs.run_afresh().map_err(failed)?;
            set_tolerance(&mut self.highs, MASTER_TOLERANCE)?;
        }
        match outcome {
            Outcome::Optimal => self.values = self.highs.values().map_err(failed)?.columns,
            outcome => return Err(PlanError::Numerical { detail: format!("the prebuild master ended with {outcome:?}") }),
        }
        Ok(())
    }

    /// Minimises the objective, adding cuts until every component can make what is asked. Answers the scale of the costs.
    fn minimise(
        &mut self,
        mut objective: Vec<(usize, f64)>,
        course: &Course,
        builder: &mut Builder,
        finished: &mut [f64],
    ) -> Result<Option<f64>, PlanError> {
        let scale = objective.iter().map(|(_, c)| *c).fold(0.0, f64::max);
        if scale == 0.0 {
            return Ok(None);
        }
        objective.iter_mut().for_each(|(_, c)| *c /= scale);
        let none = self.objective.iter().map(|(column, _)| (*column, 0.0));
        let changes: Vec<(usize, f64)> = none.chain(objective.iter().copied()).collect();
        self.highs.change_costs(&changes).map_err(failed)?;
        self.objective = objective;
        // Without cuts, and with every unit possible when it is wanted, nothing is unmet and nothing waits: the first round needs no solver.
        let mut solved = self.cuts.is_empty() && !self.floored.contains(&true);
        for _ in 0..MOST_ROUNDS {
            if !solved {
                self.run_master()?;
            }
            // Rows that are missing of both kinds are added at once: a run costs more than a cut that is not needed.
            let floored = self.read(course, finished)?;
            let cuts = self.cuts(course, builder, finished)?;
            if cuts.is_empty() && !floored {
                if solved {
                    self.highs.run().map_err(failed)?;
                }
                return Ok(Some(scale));
            }
            solved = false;
            self.add(course, cuts)?;
        }
        Err(PlanError::Numerical { detail: "the prebuild decomposition does not end".to_owned() })
    }

    /// Reads finished units; answers whether some fell below 0. Rows then forbid that in every period of the model, for it would only
    /// fall in the next one.
    fn read(&mut self, course: &Course, finished: &mut [f64]) -> Result<bool, PlanError> {
        let n = course.network;
        let mut floors = Vec::new();
        for (i, &m) in self.part.models.iter().enumerate() {
            let (mut before, mut below) = (0.0, false);
            for t in 0..n.periods {
                let here = i * n.periods + t;
                let Columns { unmet, stock } = self.columns[here];
                let wanted = self.hours[i] * at(course, &n.demand, m, t);
                let units = wanted + self.values[stock] - before - self.values[unmet];
                before = self.values[stock];
                below |= units < -1e-9 * wanted.max(before).max(1e-9) && !self.floored[here];
                finished[m * n.periods + t] = (units / self.hours[i]).max(0.0);
            }
            for t in (0..n.periods).filter(|_| below) {
                let here = i * n.periods + t;
                if !std::mem::replace(&mut self.floored[here], true) {
                    let wanted = self.hours[i] * at(course, &n.demand, m, t);
                    floors.push(Row { lower: -wanted, upper: f64::INFINITY, terms: finished_terms(&self.columns, here, t) });
                }
            }
        }
        let any = !floors.is_empty();
        self.add_rows(floors)?;
        Ok(any)
    }

    fn cuts(&mut self, course: &Course, builder: &mut Builder, finished: &[f64]) -> Result<Vec<Cut>, PlanError> {
        let n = course.network;
        let mut cuts = Vec::new();
        for (place, &c) in self.part.components.iter().enumerate() {
            for t in 0..n.periods {
                let fitted = &mut self.fitted[place * n.periods + t];
                if n.frozen(t).is_some() || fitted.covers(asked(course, c, t, finished)) {
                    continue;
                }
                let built = builder.build(t, requests(course, c, t, Some(finished)));
                let before = cuts.len();
                let snugly = built.block.items() == 0 || block_cuts(course, c, t, &built, &mut cuts)?;
                if cuts.len() == before {
                    *fitted = Fitted { units: asked(course, c, t, finished).collect(), snugly };
                }
            }
        }
        Ok(cuts)
    }

    /// Adds cuts as rows.
    fn add(&mut self, course: &Course, cuts: Vec<Cut>) -> Result<(), PlanError> {
        let rows: Vec<Row> = cuts.iter().map(|cut| self.row(course, cut)).collect();
        let rows = self.add_rows(rows)?;
        self.cuts.extend(rows.zip(cuts));
        Ok(())
    }

    /// Adds rows, each as wide as the end of the stage before asks: it kept the row within the tolerance of cuts only.
    fn add_rows(&mut self, mut rows: Vec<Row>) -> Result<std::ops::Range<usize>, PlanError> {
        if let Some(held) = &self.held {
            for row in &mut rows {
                let present: f64 = row.terms.iter().map(|(column, value)| value * held[*column]).sum();
                (row.lower, row.upper) = (row.lower.min(present), row.upper.max(present));
            }
        }
        self.sides.extend(rows.iter().map(|row| (row.lower, row.upper)));
        self.highs.add_rows(&rows).map_err(failed)
    }

    fn row(&self, course: &Course, cut: &Cut) -> Row {
        let n = course.network;
        let mut terms: BTreeMap<usize, f64> = BTreeMap::new();
        let mut limit = cut.limit;
        for &(m, price) in &cut.items {
            let Ok(i) = self.part.models.binary_search(&(m as usize)) else { continue };
            let per_hour = price / self.hours[i];
            limit -= price * at(course, &n.demand, m as usize, cut.period);
            for (column, sign) in finished_terms(&self.columns, i * n.periods + cut.period, cut.period) {
                *terms.entry(column).or_default() += sign * per_hour;
            }
        }
        Row { lower: f64::NEG_INFINITY, upper: limit, terms: terms.into_iter().collect() }
    }

    /// The cuts' duals, shared over their lines, price an hour.
    fn price(&self, course: &Course, scale: f64, plant: &mut Plant) -> Result<(), PlanError> {
        let n = course.network;
        let duals = self.highs.values().map_err(failed)?.duals;
        let mut price: BTreeMap<(u32, u32), f64> = BTreeMap::new();
        for (row, cut) in &self.cuts {
            let dual = (-duals[*row]).max(0.0) * scale;
            if dual > 1e-12 * scale {
                for &(line, weight) in &cut.lines {
                    *price.entry((n.line_id[line as usize], cut.period as u32)).or_default() += dual * weight;
                }
            }
        }
        plant.prices.extend(price.into_iter().map(|((line, period), value)| OnLine { line, period, value }));
        Ok(())
    }

    /// Closes the optimal face: a column with a reduced cost stays at its bound, a row with a dual at its side. A row that keeps the objective
    /// would leave later stages a tolerance to trade with, and a little weight can be worth much stock.
    fn keep(&mut self) -> Result<(), PlanError> {
        let found = self.highs.values().map_err(failed)?;
        let at = |(low, high): (f64, f64), cost: f64| if cost > 0.0 { (low, low) } else { (high, high) };
        let closes = |(low, high): (f64, f64), cost: f64| cost.abs() > FACE && low < high && at((low, high), cost).0.is_finite();
        let mut columns = Vec::new();
        for (j, (bounds, &cost)) in
            self.bounds.iter_mut().zip(&found.reduced_costs).enumerate().filter(|(_, (b, cost))| closes(**b, **cost))
        {
            *bounds = at(*bounds, cost);
            columns.push((j, bounds.0, bounds.1));
        }
        let mut rows = Vec::new();
        for (r, (sides, &dual)) in self.sides.iter_mut().zip(&found.duals).enumerate().filter(|(_, (sides, dual))| closes(**sides, **dual))
        {
            *sides = at(*sides, dual);
            rows.push((r, sides.0, sides.1));
        }
        self.highs.change_column_bounds(&columns).map_err(failed)?;
        self.highs.change_row_bounds(&rows).map_err(failed)?;
        self.held = Some(self.values.clone());
        Ok(())
    }

    /// Takes back what exceeds a component by rounding, and reads sales and stock.
    fn settle(&self, course: &Course, builder: &mut Builder, finished: &mut [f64], plant: &mut Plant) -> Result<(), PlanError> {
        let n = course.network;
        for (place, &c) in self.part.components.iter().enumerate() {
            for t in 0..n.periods {
                let fitted = &self.fitted[place * n.periods + t];
                if n.frozen(t).is_some() || fitted.snugly && fitted.covers(asked(course, c, t, finished)) {
                    continue;
                }
                let built = builder.build(t, requests(course, c, t, Some(finished)));
                if built.block.items() == 0 {
                    continue;
                }
                let over = level_of(&built)?;
                if over > 1.0 {
                    for &m in &built.item_model {
                        finished[m as usize * n.periods + t] /= over;
                    }
                }
            }
        }
        for &m in &self.part.models {
            let mut stock = 0.0;
            let largest = n.demand[m * n.periods..][..n.periods].iter().copied().fold(0.0, f64::max);
            for t in 0..n.periods {
                let i = m * n.periods + t;
                if finished[i] < DUST * largest && n.frozen(t).is_none() {
                    finished[i] = 0.0;
                }
                let (wanted, had) = (n.demand[i], stock);
                let cover = cover(course, m, t);
                let sold = wanted.min(had + finished[i]);
                stock = had + finished[i] - sold;
                if stock > cover {
                    // What neither customer nor stock takes is not made.
                    finished[i] = (finished[i] - (stock - cover)).max(0.0);
                    stock = cover;
                }
                if stock < 1e-9 * wanted.max(finished[i]) {
                    stock = 0.0;
                }
                plant.sold.insert(i, (sold, stock));
            }
        }
        Ok(())
    }
}

/// Finished units less demand, as columns.
fn finished_terms(columns: &[Columns], here: usize, period: usize) -> Vec<(usize, f64)> {
    let mut terms = vec![(columns[here].stock, 1.0), (columns[here].unmet, -1.0)];
    if period > 0 {
        terms.push((columns[here - 1].stock, -1.0));
    }
    terms
}

fn level_of(built: &Built) -> Result<f64, PlanError> {
    let mut stages = Stages::new(&built.block);
    match stages.serve(false) {
        Ok(_) => Ok(stages.level),
        Err(_) => level(built),
    }
}

/// Units that are asked of each pair of a component.
fn asked<'c>(course: &'c Course, component: usize, period: usize, finished: &'c [f64]) -> impl Iterator<Item = f64> + 'c {
    let n = course.network;
    n.components[component].pairs.iter().map(move |p| finished[n.pair_model[*p as usize] as usize * n.periods + period])
}

/// Cuts of a component that cannot make what is asked: one for each level of utilisation over 1. Answers whether it can.
fn block_cuts(course: &Course, component: usize, period: usize, built: &Built, cuts: &mut Vec<Cut>) -> Result<bool, PlanError> {
    let stuck = |_| PlanError::Numerical { detail: "a component did not answer with a cut".to_owned() };
    let mut stages = Stages::new(&built.block);
    let served = stages.serve(false).map_err(stuck)?;
    let mut fits = served;
    for _ in 0..CUTS_PER_BLOCK {
        if fits || stages.simplex.theta() <= 1.0 + CUT_TOLERANCE {
            break;
        }
        let price: Vec<f64> = stages.simplex.price.iter().map(|p| p.max(0.0)).collect();
        cuts.push(cut(course, component, period, built, &price));
        fits = !stages.next_level().map_err(stuck)?;
    }
    Ok(served)
}

/// Any prices of lines make a valid cut: each unit costs at least its cheapest way through its steps.
fn cut(course: &Course, component: usize, period: usize, built: &Built, scaled: &[f64]) -> Cut {
    let n = course.network;
    let mut price = BTreeMap::new();
    let mut limit = 0.0;
    let mut lines = Vec::new();
    for (l, &p) in scaled.iter().enumerate() {
        if p > 0.0 {
            let line = built.line[l];
            let per_hour = p / built.block.hour;
            let place = line as usize * n.periods + period;
            limit += per_hour * (n.hours[place] + n.overtime[place]);
            price.insert(line, per_hour);
            lines.push((line, per_hour));
        }
    }
    // Every model of the component counts, wanted or not: another round may ask for it.
    let mut items = Vec::new();
    for &p in &n.components[component].pairs {
        let cheapest = |k: usize| {
            let usable = n.arcs_of(k).filter(|&j| n.usable(j, period));
            usable.map(|j| price.get(&n.arc_line[j]).copied().unwrap_or(0.0) * n.arc_hours[j]).fold(f64::INFINITY, f64::min)
        };
        let unit: f64 = n.steps_of(p as usize).map(cheapest).sum();
        if unit.is_finite() && unit > 0.0 {
            items.push((n.pair_model[p as usize], unit));
        }
    }
    Cut { period, lines, items, limit }
}
