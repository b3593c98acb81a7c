//! The whole plan as one plain linear program, written down from the definition and solved stage by stage: what the engine must agree with.
//!
//! Nothing of the engine but its data and its HiGHS binding is used. Two solvers answer: HiGHS, and a dense textbook simplex for programs
//! small enough, which shares no code with anything.

use line_plan::highs::{Highs, Outcome, Program};
use line_plan::*;

/// What a solver says of a program.
pub struct Optimum {
    pub value: f64,
    pub columns: Vec<f64>,
    /// Reduced costs of the columns and duals of the rows; none where the solver does not tell them.
    duals: Option<(Vec<f64>, Vec<f64>)>,
    rows: Vec<f64>,
}

/// Solves a program to optimality.
pub type Solver = fn(&Program) -> Optimum;

/// Answers with HiGHS.
pub fn highs(program: &Program) -> Optimum {
    let mut highs = Highs::new(program).expect("a program");
    // Later stages multiply what earlier ones leave open, so nothing much may be; but what holds only within the tolerance may be called a
    // contradiction.
    let mut outcome = Outcome::Unknown;
    for tolerance in [1e-10, 1e-9, 1e-8] {
        highs.set_double(c"primal_feasibility_tolerance", tolerance).expect("an option");
        highs.set_double(c"dual_feasibility_tolerance", tolerance).expect("an option");
        outcome = highs.run().expect("a run");
        if outcome != Outcome::Optimal {
            outcome = highs.run_afresh().expect("a run");
        }
        if outcome == Outcome::Optimal {
            break;
        }
    }
    assert_eq!(outcome, Outcome::Optimal);
    let values = highs.values().expect("values");
    let value = program.cost.iter().zip(&values.columns).map(|(c, x)| c * x).sum();
    Optimum { value, columns: values.columns, duals: Some((values.reduced_costs, values.duals)), rows: values.rows }
}

/// A reduced cost or dual, beside the largest cost, that counts as none when a face is closed.
const FACE: f64 = 1e-9;

/// A demand that may stay unmet: of a model, in an area of its routing in the area reading.
struct Loss {
    tier: u32,
    weight: f64,
    column: usize,
}

/// The program of a problem and its columns.
pub struct Reference<'p> {
    problem: &'p Problem,
    solver: Solver,
    program: Program,
    losses: Vec<Loss>,
    /// Columns of stock, in the hours that stand for units (prebuild).
    stocks: Vec<usize>,
    /// Capability, period and column of everything that may be made, in hours of the line.
    made: Vec<(usize, usize, usize)>,
    /// Rows that keep the optimum of an earlier stage, and that optimum.
    kept: Vec<(usize, f64)>,
    /// Hours in which units of each model are counted: all columns are hours, so that the solver's tolerances mean the same everywhere.
    unit_hours: Vec<f64>,
}

impl<'p> Reference<'p> {
    /// Writes the program down.
    pub fn of(problem: &'p Problem, options: &Options, solver: Solver) -> Reference<'p> {
        let unit_hours = unit_hours(problem);
        let mut reference = Reference {
            problem,
            solver,
            program: Program::default(),
            losses: Vec::new(),
            stocks: Vec::new(),
            made: Vec::new(),
            kept: Vec::new(),
            unit_hours,
        };
        for (c, capability) in problem.capabilities.iter().enumerate() {
            let life = problem.models[problem.steps[capability.step].model].life;
            for t in (0..problem.periods.len()).filter(|t| capability.approved.contains(*t) && life.contains(*t)) {
                reference.made.push((c, t, reference.program.column(0.0, 0.0, f64::INFINITY)));
            }
        }
        match options.model {
            PlanModel::Area => reference.areas(options.weight),
            PlanModel::Finished => reference.finished(options.weight),
            PlanModel::Prebuild => reference.prebuild(options.weight, options.prebuild_cover),
            PlanModel::Baseline => panic!("the baseline rule is no linear program"),
        }
        for l in 0..problem.lines.len() {
            for t in 0..problem.periods.len() {
                let load = reference.load(l, t);
                let line = &problem.lines[l];
                reference.program.row(f64::NEG_INFINITY, line.hours(t) + line.overtime_hours(t), load);
            }
        }
        reference
    }

    fn load(&self, line: usize, period: usize) -> Vec<(usize, f64)> {
        let here = self.made.iter().filter(|(c, t, _)| *t == period && self.problem.capabilities[*c].line == line);
        here.map(|(_, _, column)| (*column, 1.0)).collect()
    }

    /// Demand in the hours that stand for units.
    fn demand(&self, model: usize, period: usize) -> f64 {
        let units: f64 = self.problem.demand.iter().filter(|d| d.model == model && d.period == period).map(|d| d.units).sum();
        units * self.unit_hours[model]
    }

    fn steps(&self, model: usize, area: Option<usize>) -> Vec<usize> {
        let here = |s: &usize| self.problem.steps[*s].model == model && area.is_none_or(|a| self.problem.steps[*s].area == a);
        (0..self.problem.steps.len()).filter(here).collect()
    }

    fn weight(&self, model: usize, steps: &[usize], weight: Weight) -> f64 {
        let m = &self.problem.models[model];
        let mean = |s: &usize| {
            let hours: Vec<f64> = (0..self.problem.capabilities.len())
                .filter(|c| self.problem.capabilities[*c].step == *s)
                .map(|c| self.problem.hours_per_unit(c))
                .collect();
            hours.iter().sum::<f64>() / hours.len().max(1) as f64
        };
        match weight {
            Weight::Hours => m.weight * steps.iter().map(mean).sum::<f64>(),
            Weight::Units => m.weight,
            Weight::Money => m.weight * m.unit_value.unwrap_or(0.0),
        }
    }

    fn loss(&mut self, model: usize, weight: f64, units: f64) -> usize {
        let column = self.program.column(0.0, 0.0, units);
        self.losses.push(Loss { tier: self.problem.models[model].tier, weight: weight / self.unit_hours[model], column });
        column
    }

    /// What is made of a step plus another column's amount is a sum.
    fn balance(&mut self, step: usize, period: usize, other: (usize, f64), sum: f64) {
        let here = self.made.iter().filter(|(c, t, _)| *t == period && self.problem.capabilities[*c].step == step);
        let unit = self.unit_hours[self.problem.steps[step].model];
        let made = here.map(|(c, _, column)| (*column, unit / self.problem.hours_per_unit(*c)));
        let terms: Vec<(usize, f64)> = made.chain([other]).collect();
        self.program.row(sum, sum, terms);
    }

    fn areas(&mut self, weight: Weight) {
        for model in 0..self.problem.models.len() {
            for area in 0..self.problem.areas.len() {
                let steps = self.steps(model, Some(area));
                let value = self.weight(model, &steps, weight);
                for t in (0..self.problem.periods.len()).filter(|_| !steps.is_empty()) {
                    let wanted = self.demand(model, t);
                    let loss = self.loss(model, value, wanted);
                    steps.iter().for_each(|s| self.balance(*s, t, (loss, 1.0), wanted));
                }
            }
        }
    }

    fn finished(&mut self, weight: Weight) {
        for model in 0..self.problem.models.len() {
            let steps = self.steps(model, None);
            let value = self.weight(model, &steps, weight);
            for t in 0..self.problem.periods.len() {
                let wanted = self.demand(model, t);
                let loss = self.loss(model, value, wanted);
                if steps.is_empty() {
                    self.program.row(wanted, wanted, [(loss, 1.0)]);
                }
                steps.iter().for_each(|s| self.balance(*s, t, (loss, 1.0), wanted));
            }
        }
    }

    fn prebuild(&mut self, weight: Weight, cover: f64) {
        for model in 0..self.problem.models.len() {
            let steps = self.steps(model, None);
            let value = self.weight(model, &steps, weight);
            let mut before: Option<usize> = None;
            for t in 0..self.problem.periods.len() {
                let wanted = self.demand(model, t);
                let next = if t + 1 < self.problem.periods.len() { self.demand(model, t + 1) } else { 0.0 };
                let loss = self.loss(model, value, wanted);
                let finished = self.program.column(0.0, 0.0, if steps.is_empty() { 0.0 } else { f64::INFINITY });
                let stock = self.program.column(0.0, 0.0, cover * next);
                self.stocks.push(stock);
                // finished + stock before − stock after + unmet = demand
                let terms = [(finished, 1.0), (stock, -1.0), (loss, 1.0)].into_iter().chain(before.map(|b| (b, 1.0)));
                self.program.row(wanted, wanted, terms);
                steps.iter().for_each(|s| self.balance(*s, t, (finished, -1.0), 0.0));
                before = Some(stock);
            }
        }
    }

    /// The least cost, while every earlier optimum is kept.
    ///
    /// What is kept by a row can only be kept within a tolerance, and a later stage may turn a little room into much. The least cost is a
    /// convex, piecewise linear function of that room; so it is found for two small rooms and followed to none. Where earlier stages were
    /// closed instead, there are no such rows.
    fn minimize(&mut self, cost: &[(usize, f64)]) -> Optimum {
        self.program.cost.fill(0.0);
        for (column, value) in cost {
            self.program.cost[*column] += value;
        }
        let mut with_room = |room: f64| {
            for &(row, value) in &self.kept {
                self.program.row_upper[row] = value + room * value.abs().max(1.0);
            }
            (self.solver)(&self.program)
        };
        let near = with_room(1e-9);
        if self.kept.is_empty() {
            return near;
        }
        let far = with_room(2e-9);
        Optimum { value: near.value + (near.value - far.value), ..near }
    }

    /// Keeps an optimum in later stages. An optimum is where every column with a reduced cost stays at its bound and every row with a dual
    /// at its side, so that is what is asked, without any room; a row keeps it where the solver tells no duals or where rows keep what was before.
    fn close(&mut self, optimum: &Optimum, cost: &[(usize, f64)]) {
        let Some((reduced, duals)) = optimum.duals.as_ref().filter(|_| self.kept.is_empty()) else { return self.keep(optimum.value, cost) };
        let none = FACE * cost.iter().map(|(_, c)| c.abs()).fold(0.0, f64::max);
        let nearer = |low: f64, high: f64, value: f64| if (value - low).abs() <= (high - value).abs() { low } else { high };
        let p = &mut self.program;
        for j in (0..p.columns()).filter(|j| reduced[*j].abs() > none) {
            let at = nearer(p.lower[j], p.upper[j], optimum.columns[j]);
            (p.lower[j], p.upper[j]) = (at, at);
        }
        for r in (0..p.rows()).filter(|r| duals[*r].abs() > none) {
            let at = nearer(p.row_lower[r], p.row_upper[r], optimum.rows[r]);
            (p.row_lower[r], p.row_upper[r]) = (at, at);
        }
    }

    /// Keeps a sum at its optimum in later stages.
    fn keep(&mut self, value: f64, terms: &[(usize, f64)]) {
        let row = self.program.row(f64::NEG_INFINITY, value, terms.iter().copied());
        self.kept.push((row, value));
    }

    /// Hours that stand for one unit of a model.
    pub fn hours_of_unit(&self, model: usize) -> f64 {
        self.unit_hours[model]
    }

    /// O1: the least unmet weight of each tier, the first tier first.
    pub fn unmet_by_tier(&mut self) -> Vec<(u32, f64)> {
        let mut tiers: Vec<u32> = self.losses.iter().map(|l| l.tier).collect();
        tiers.sort_unstable();
        tiers.dedup();
        let mut stages = Vec::new();
        for tier in tiers {
            let of_tier = self.losses.iter().filter(|l| l.tier == tier && l.weight > 0.0);
            let cost: Vec<(usize, f64)> = of_tier.map(|l| (l.column, l.weight)).collect();
            let optimum = self.minimize(&cost);
            self.close(&optimum, &cost);
            stages.push((tier, optimum.value));
        }
        // Demand that is worth nothing is still served where nothing else suffers; the engine's figures do not say by what measure.
        stages
    }

    /// Keeps what each model loses in each period at what a plan says.
    pub fn fix_losses(&mut self, plan: &Plan) {
        let periods = self.problem.periods.len();
        for i in 0..self.losses.len() {
            let (model, t, column) = (i / periods, i % periods, self.losses[i].column);
            let units: f64 = plan.unmet.iter().filter(|u| u.model == model && u.period == t).map(|u| u.units).sum();
            let lost = units * self.unit_hours[model];
            self.keep(lost, &[(column, 1.0)]);
            self.keep(-lost, &[(column, -1.0)]);
        }
    }

    /// Keeps what a plan loses of each tier in each period; in the area reading periods have nothing to do with each other.
    pub fn fix_tiers(&mut self, plan: &Plan) {
        let periods = self.problem.periods.len();
        let mut costs: std::collections::BTreeMap<(u32, usize), Vec<(usize, f64)>> = std::collections::BTreeMap::new();
        for (i, loss) in self.losses.iter().enumerate().filter(|(_, loss)| loss.weight > 0.0) {
            // Losses of a model in an area stand period by period.
            costs.entry((loss.tier, i % periods)).or_default().push((loss.column, loss.weight));
        }
        for ((tier, period), cost) in costs {
            let here = plan.unmet.iter().filter(|u| u.period == period && self.problem.models[u.model].tier == tier);
            self.keep(here.map(|u| u.weight).sum(), &cost);
        }
    }

    /// O2: the sum over plants, areas and periods of the least highest utilisation.
    pub fn highest_utilization(&mut self) -> f64 {
        let mut levels = std::collections::BTreeMap::new();
        for (l, line) in self.problem.lines.iter().enumerate() {
            for t in (0..self.problem.periods.len()).filter(|t| line.hours(*t) > 0.0) {
                let level = *levels.entry((&line.plant, line.area, t)).or_insert_with(|| self.program.column(0.0, 0.0, f64::INFINITY));
                let load = self.load(l, t);
                self.program.row(f64::NEG_INFINITY, 0.0, load.into_iter().chain([(level, -line.hours(t))]));
            }
        }
        let levels: Vec<(usize, f64)> = levels.into_values().map(|level| (level, 1.0)).collect();
        let optimum = self.minimize(&levels);
        if self.kept.is_empty() && optimum.duals.is_some() {
            self.close(&optimum, &levels);
        } else {
            // Each level is kept, not only their sum: a block may not be evened out at another's cost.
            for level in levels {
                self.keep(optimum.columns[level.0], &[level]);
            }
        }
        optimum.value
    }

    /// O2 to its end: the levels of all lines with hours in a period, evened out one after the other, highest first.
    ///
    /// A level belongs to the lines that cannot be below it while no line is above it. That is asked of every line by a program of its own, so
    /// that nothing has to be concluded from prices.
    pub fn leximin(&mut self, period: usize) -> Vec<f64> {
        let lines: Vec<usize> = (0..self.problem.lines.len()).filter(|l| self.problem.lines[*l].hours(period) > 0.0).collect();
        let theta = self.program.column(0.0, 0.0, f64::INFINITY);
        let mut open = Vec::new();
        for l in lines {
            let (hours, load) = (self.problem.lines[l].hours(period), self.load(l, period));
            let row = self.program.row(f64::NEG_INFINITY, 0.0, load.iter().copied().chain([(theta, -hours)]));
            open.push((row, hours, load));
        }
        let mut levels = Vec::new();
        while !open.is_empty() {
            let level = self.minimize(&[(theta, 1.0)]).value.max(0.0);
            self.program.upper[theta] = level * (1.0 + 1e-9) + 1e-12;
            let mut left = Vec::new();
            for (row, hours, load) in open {
                let cost: Vec<(usize, f64)> = load.iter().map(|(column, hours)| (*column, *hours)).collect();
                let least = if cost.is_empty() { 0.0 } else { self.minimize(&cost).value / hours };
                if least >= level - 1e-6 * level.max(1e-3) {
                    levels.push(level);
                    // From here on its hours are limited by this level, and no more by the next.
                    self.program.entries.retain(|entry| (entry.0, entry.1) != (row, theta));
                    self.program.row_upper[row] = hours * level * (1.0 + 1e-9);
                } else {
                    left.push((row, hours, load));
                }
            }
            // Rounding may leave no line that must be there: then all that are left are.
            assert!(left.is_empty() || levels.last() == Some(&level), "no line holds the level {level}");
            open = left;
            self.program.upper[theta] = f64::INFINITY;
        }
        levels
    }

    /// The least stock after the losses, in the hours that stand for units, over all periods (prebuild).
    pub fn stock(&mut self) -> f64 {
        let cost: Vec<(usize, f64)> = self.stocks.iter().map(|column| (*column, 1.0)).collect();
        self.minimize(&cost).value
    }

    /// O3: the least overtime.
    pub fn overtime(&mut self) -> f64 {
        let mut cost = Vec::new();
        for (l, line) in self.problem.lines.iter().enumerate() {
            for t in 0..self.problem.periods.len() {
                let over = self.program.column(0.0, 0.0, line.overtime_hours(t));
                let load = self.load(l, t).into_iter().chain([(over, -1.0)]);
                self.program.row(f64::NEG_INFINITY, line.hours(t), load);
                cost.push((over, 1.0));
            }
        }
        let optimum = self.minimize(&cost);
        self.close(&optimum, &cost);
        optimum.value
    }

    /// O4: the least hours off the preferred line, weighted by how far off.
    pub fn off_preferred(&mut self) -> f64 {
        let level = |c: usize| f64::from(self.problem.capabilities[c].priority - 1);
        let cost: Vec<(usize, f64)> = self.made.iter().map(|(c, _, column)| (*column, level(*c))).collect();
        let optimum = self.minimize(&cost);
        self.close(&optimum, &cost);
        optimum.value
    }

    /// Keeps every line's load where a plan has it, but for a share of it in some periods: leximin leaves no other.
    pub fn fix_loads(&mut self, plan: &Plan, room: impl Fn(usize) -> f64) {
        for load in plan.lines.iter().filter(|load| load.hours_available > 0.0) {
            let terms = self.load(load.line, load.period);
            self.keep(load.hours_used * (1.0 + room(load.period)), &terms);
        }
    }

    /// Hours of what is released of a capability in a period.
    fn released(&self, capability: usize, period: usize) -> f64 {
        let here = self.problem.released.iter().filter(|r| r.capability == capability && r.period == period);
        here.map(|r| r.units).sum::<f64>() * self.problem.hours_per_unit(capability)
    }

    /// The frozen window: every amount within its share of what is released.
    pub fn freeze(&mut self, frozen: Frozen) {
        for (c, t, column) in self.made.clone() {
            if t < frozen.periods {
                let hours = self.released(c, t);
                // Room for what the solver calls nothing, so that amounts kept exactly do not contradict each other.
                let (least, most) = (1.0 - frozen.tolerance - 1.5e-9, 1.0 + frozen.tolerance + 1.5e-9);
                self.program.row((hours * least).max(0.0), hours * most, [(column, 1.0)]);
            }
        }
    }

    /// O6: the fewest hours that differ from what is released, in the periods of which that speaks.
    pub fn changed(&mut self) -> f64 {
        let mut cost = Vec::new();
        let mut forbidden: f64 = self.problem.released.iter().map(|r| r.units * self.problem.hours_per_unit(r.capability)).sum();
        for (c, t, column) in self.made.clone() {
            let hours = self.released(c, t);
            forbidden -= hours;
            if self.problem.is_released(t) {
                let (more, less) = (self.program.column(0.0, 0.0, f64::INFINITY), self.program.column(0.0, 0.0, f64::INFINITY));
                self.program.row(hours, hours, [(column, 1.0), (more, -1.0), (less, 1.0)]);
                cost.extend([(more, 1.0), (less, 1.0)]);
            }
        }
        // What is released where nothing may be made any more changes in any plan.
        self.minimize(&cost).value + forbidden
    }
}

/// Mean hours of each model for one unit on one line (h); 1 where it has no capability.
fn unit_hours(problem: &Problem) -> Vec<f64> {
    let mean = |m: usize| {
        let here = (0..problem.capabilities.len()).filter(|c| problem.steps[problem.capabilities[*c].step].model == m);
        let hours: Vec<f64> = here.map(|c| problem.hours_per_unit(c)).collect();
        if hours.is_empty() { 1.0 } else { hours.iter().sum::<f64>() / hours.len() as f64 }
    };
    (0..problem.models.len()).map(mean).collect()
}

/// A dense two-phase simplex with Bland's rule, as in a textbook: every inequality gets a slack, every row an artificial column.
pub fn textbook(program: &Program) -> Optimum {
    let n = program.columns();
    let mut rows: Vec<(Vec<f64>, f64, f64)> = Vec::new();
    for r in 0..program.rows() {
        let mut row = vec![0.0; n];
        program.entries.iter().filter(|e| e.0 == r).for_each(|e| row[e.1] += e.2);
        rows.push((row, program.row_lower[r], program.row_upper[r]));
    }
    for j in 0..n {
        let mut row = vec![0.0; n];
        row[j] = 1.0;
        rows.push((row, program.lower[j], program.upper[j]));
    }
    // Bounds below zero do not occur, so that lower bounds of 0 need no row.
    let mut standard: Vec<(Vec<f64>, f64, f64)> = Vec::new();
    for (row, low, high) in rows {
        let single = row.iter().filter(|v| **v != 0.0).count() == 1 && row.iter().all(|v| *v >= 0.0);
        if low == high {
            standard.push((row, high, 0.0));
            continue;
        }
        if high.is_finite() {
            standard.push((row.clone(), high, 1.0));
        }
        if low.is_finite() && !(single && low <= 0.0) {
            standard.push((row, low, -1.0));
        }
    }
    let m = standard.len();
    let slacks = standard.iter().filter(|(_, _, slack)| *slack != 0.0).count();
    let width = n + slacks + m;
    let mut table = vec![vec![0.0; width + 1]; m];
    let mut slack = n;
    for (r, (row, side, sign)) in standard.iter().enumerate() {
        let scale = row.iter().fold(0.0_f64, |a, b| a.max(b.abs())).max(1e-300);
        let flip = if *side < 0.0 { -1.0 / scale } else { 1.0 / scale };
        (0..n).for_each(|j| table[r][j] = row[j] * flip);
        if *sign != 0.0 {
            table[r][slack] = if *side < 0.0 { -*sign } else { *sign };
            slack += 1;
        }
        table[r][n + slacks + r] = 1.0;
        table[r][width] = side * flip;
    }
    let mut basis: Vec<usize> = (n + slacks..width).collect();
    let artificial: Vec<f64> = (0..width).map(|j| if j >= n + slacks { 1.0 } else { 0.0 }).collect();
    let infeasibility = pivot(&mut table, &mut basis, &artificial, width);
    let size = standard.iter().map(|(_, side, _)| side.abs()).fold(1.0, f64::max);
    assert!(infeasibility <= 1e-6 * size, "the program is infeasible by {infeasibility}");
    // Artificial columns that stayed in the basis at zero leave it, or their row says nothing.
    for r in 0..m {
        if basis[r] >= n + slacks
            && let Some(j) = (0..n + slacks).find(|j| table[r][*j].abs() > 1e-7)
        {
            exchange(&mut table, &mut basis, r, j);
        }
    }
    let mut cost = program.cost.clone();
    cost.resize(width, 0.0);
    pivot(&mut table, &mut basis, &cost, n + slacks);
    let mut columns = vec![0.0; n];
    for (r, &j) in basis.iter().enumerate().filter(|(_, j)| **j < n) {
        columns[j] = table[r][width];
    }
    let value = program.cost.iter().zip(&columns).map(|(c, x)| c * x).sum();
    Optimum { value, columns, duals: None, rows: Vec::new() }
}

/// Pivots until no column below `limit` improves the cost; answers the value.
fn pivot(table: &mut [Vec<f64>], basis: &mut [usize], cost: &[f64], limit: usize) -> f64 {
    let width = cost.len();
    for _ in 0..100_000 {
        let reduced = |j: usize| cost[j] - basis.iter().zip(table.iter()).map(|(b, row)| cost[*b] * row[j]).sum::<f64>();
        let Some(enter) = (0..limit).find(|j| !basis.contains(j) && reduced(*j) < -1e-9) else {
            return basis.iter().zip(table.iter()).map(|(b, row)| cost[*b] * row[width]).sum();
        };
        let ratio = |r: usize| table[r][width].max(0.0) / table[r][enter];
        let leave = (0..table.len())
            .filter(|r| table[*r][enter] > 1e-9)
            .min_by(|a, b| ratio(*a).total_cmp(&ratio(*b)).then(basis[*a].cmp(&basis[*b])));
        exchange(table, basis, leave.expect("a bounded program"), enter);
    }
    panic!("the textbook simplex does not end");
}

fn exchange(table: &mut [Vec<f64>], basis: &mut [usize], leave: usize, enter: usize) {
    let by = table[leave][enter];
    table[leave].iter_mut().for_each(|v| *v /= by);
    let row = table[leave].clone();
    for (r, other) in table.iter_mut().enumerate().filter(|(r, _)| *r != leave) {
        let _ = r;
        let times = other[enter];
        if times != 0.0 {
            other.iter_mut().zip(&row).for_each(|(v, p)| *v -= times * p);
        }
    }
    basis[leave] = enter;
}
