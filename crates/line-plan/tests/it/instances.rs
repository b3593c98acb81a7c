//! Problems to try the engine on: small hand-made plants, and generated ones of any size from a recipe.

use line_plan::*;
use proptest::prelude::*;

/// What a generated plant is like. The same recipe always gives the same problem.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub seed: u64,
    pub plants: usize,
    pub areas: usize,
    /// Lines of each plant and area.
    pub lines: usize,
    pub models: usize,
    pub periods: usize,
    /// Demand over capacity, about.
    pub load: f64,
    /// Boards and sides, passes, yields and panels.
    pub steps: bool,
    /// Approval windows, program lives, lines without hours, models nobody can make, maintenance.
    pub gaps: bool,
    pub tiers: bool,
    pub overtime: bool,
    /// Models that several plants can make.
    pub shared: bool,
    /// Hours per unit differ between lines.
    pub uneven: bool,
}

impl Recipe {
    /// A plain plant.
    pub fn plain(seed: u64, areas: usize, lines: usize, models: usize, periods: usize) -> Recipe {
        let load = 0.95;
        let (steps, gaps, tiers, overtime, shared, uneven) = (false, false, false, false, false, true);
        Recipe { seed, plants: 1, areas, lines, models, periods, load, steps, gaps, tiers, overtime, shared, uneven }
    }

    /// The same with every complication.
    pub fn with_everything(self) -> Recipe {
        Recipe { steps: true, gaps: true, tiers: true, overtime: true, shared: true, uneven: true, ..self }
    }

    /// Makes the problem.
    pub fn problem(&self) -> Problem {
        let mut dice = Dice(self.seed);
        let mut problem = Problem::default();
        for a in 0..self.areas {
            let predecessors = if a > 0 && dice.chance(0.5) { vec![a - 1] } else { Vec::new() };
            problem.areas.push(Area { name: format!("A{a}"), order: a as u32, predecessors });
        }
        for t in 0..self.periods {
            problem.periods.push(Period { name: format!("2026-{:02}", t + 1), operating_days: 20.0 });
        }
        for plant in 0..self.plants {
            for area in 0..self.areas {
                for l in 0..self.lines {
                    problem.lines.push(self.line(&mut dice, plant, area, l));
                }
            }
        }
        for m in 0..self.models {
            self.model(&mut dice, &mut problem, m);
        }
        problem
    }

    fn line(&self, dice: &mut Dice, plant: usize, area: usize, l: usize) -> Line {
        let idle = self.gaps && dice.chance(0.1);
        Line {
            name: format!("A{area}-L{l}"),
            plant: format!("P{plant}"),
            area,
            hours_per_day: if idle { 0.0 } else { dice.pick(&[7.5, 14.0, 21.0, 23.0]) },
            overtime_hours_per_day: if self.overtime && dice.chance(0.5) { dice.pick(&[1.0, 2.5]) } else { 0.0 },
            operating_days: (0..self.periods).map(|_| dice.pick(&[18.0, 20.0, 22.0])).collect(),
            maintenance_hours: if self.gaps && dice.chance(0.3) {
                (0..self.periods).map(|_| dice.pick(&[0.0, 16.0])).collect()
            } else {
                vec![]
            },
            opening_cost: 10.0,
        }
    }

    fn model(&self, dice: &mut Dice, problem: &mut Problem, m: usize) {
        let tier = if self.tiers { dice.pick(&[1, 1, 2, 3]) } else { 1 };
        let life = if self.gaps && dice.chance(0.2) { self.window(dice) } else { Window::ALWAYS };
        problem.models.push(Model {
            name: format!("M{m:03}"),
            customer: format!("C{}", m % 3),
            program: String::new(),
            family: format!("F{}", m % 4),
            weight: dice.pick(&[1.0, 1.0, 2.0]),
            tier,
            unit_value: Some(dice.between(5.0, 50.0)),
            currency: "EUR".to_owned(),
            life,
        });
        let home = dice.below(self.plants);
        let mut hours = 0.0_f64;
        for area in 0..self.areas {
            if area + 1 < self.areas && dice.chance(0.25) {
                continue;
            }
            let steps = if self.steps { 1 + dice.below(2) } else { 1 };
            for s in 0..steps {
                let name = if steps == 1 { String::new() } else { ["Top", "Bottom"][s].to_owned() };
                let passes = if self.steps { dice.pick(&[1.0, 1.0, 2.0]) } else { 1.0 };
                problem.steps.push(Step { model: m, area, name, passes });
                hours = hours.max(self.capabilities(dice, problem, home));
            }
        }
        let typical = self.load * (self.plants * self.lines) as f64 * 330.0 / self.models as f64;
        for period in 0..self.periods {
            if dice.chance(0.9) {
                let units = (typical / hours.max(1e-3) * dice.between(0.3, 1.7)).round();
                problem.demand.push(Demand { model: m, period, units });
            }
        }
    }

    /// Capabilities of the step added last; returns its mean hours per unit.
    fn capabilities(&self, dice: &mut Dice, problem: &mut Problem, home: usize) -> f64 {
        let step = problem.steps.len() - 1;
        let area = problem.steps[step].area;
        if self.gaps && dice.chance(0.03) {
            return 0.0;
        }
        let base = dice.between(20.0, 200.0);
        let (first, count) = (problem.capabilities.len(), problem.lines.len());
        let certain = (home * self.areas + area) * self.lines + dice.below(self.lines);
        for line in 0..count {
            let there = problem.lines[line].plant == format!("P{home}") || (self.shared && dice.chance(0.2));
            if problem.lines[line].area != area || (line != certain && !(there && dice.chance(0.45))) {
                continue;
            }
            problem.capabilities.push(Capability {
                step,
                line,
                cycle_time_s: if self.uneven { base * dice.between(0.9, 1.15) } else { base },
                efficiency: if self.uneven { dice.pick(&[0.8, 0.85, 0.9]) } else { 0.85 },
                first_pass_yield: if self.steps { dice.pick(&[1.0, 0.98]) } else { 1.0 },
                pieces_per_panel: if self.steps { dice.pick(&[1.0, 4.0]) } else { 1.0 },
                priority: dice.pick(&[1, 1, 2, 3]),
                minimum_lot: 0.0,
                approved: if self.gaps && dice.chance(0.15) { self.window(dice) } else { Window::ALWAYS },
            });
        }
        let hours = (first..problem.capabilities.len()).map(|c| problem.hours_per_unit(c));
        hours.sum::<f64>() / (problem.capabilities.len() - first).max(1) as f64
    }

    fn window(&self, dice: &mut Dice) -> Window {
        let first = dice.below(self.periods);
        Window { first, last: first + dice.below(self.periods) }
    }
}

/// How many cases a law is tried on: the usual number, or what `PROPTEST_CASES` says.
pub fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(usual))
}

/// Any small recipe.
pub fn recipes() -> impl Strategy<Value = Recipe> {
    let sizes = (1..=2usize, 1..=3usize, 1..=3usize, 1..=6usize, 1..=3usize);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (any::<u64>(), sizes, 0.4..1.6, flags).prop_map(|(seed, (plants, areas, lines, models, periods), load, flags)| {
        let (steps, gaps, tiers, overtime, shared, uneven) = flags;
        Recipe { seed, plants, areas, lines, models, periods, load, steps, gaps, tiers, overtime, shared, uneven }
    })
}

/// The same problem with the rows of every list in another order (periods keep theirs: it is time).
pub fn shuffled(problem: &Problem, seed: u64) -> Problem {
    let mut dice = Dice(seed);
    let areas = dice.order(problem.areas.len());
    let lines = dice.order(problem.lines.len());
    let models = dice.order(problem.models.len());
    let steps = dice.order(problem.steps.len());
    let capabilities = dice.order(problem.capabilities.len());
    let demand = dice.order(problem.demand.len());
    let (area_at, line_at, model_at, step_at) = (inverse(&areas), inverse(&lines), inverse(&models), inverse(&steps));
    let mut mixed = Problem { periods: problem.periods.clone(), ..Problem::default() };
    for &a in &areas {
        let area = &problem.areas[a];
        let predecessors = area.predecessors.iter().map(|p| area_at[*p]).collect();
        mixed.areas.push(Area { predecessors, ..area.clone() });
    }
    mixed.lines = lines.iter().map(|l| Line { area: area_at[problem.lines[*l].area], ..problem.lines[*l].clone() }).collect();
    mixed.models = models.iter().map(|m| problem.models[*m].clone()).collect();
    for &s in &steps {
        let step = &problem.steps[s];
        mixed.steps.push(Step { model: model_at[step.model], area: area_at[step.area], ..step.clone() });
    }
    for &c in &capabilities {
        let capability = &problem.capabilities[c];
        mixed.capabilities.push(Capability { step: step_at[capability.step], line: line_at[capability.line], ..capability.clone() });
    }
    mixed.demand = demand.iter().map(|d| Demand { model: model_at[problem.demand[*d].model], ..problem.demand[*d].clone() }).collect();
    mixed.changeovers = problem.changeovers.clone();
    mixed
}

fn inverse(order: &[usize]) -> Vec<usize> {
    let mut places = vec![0; order.len()];
    for (place, &i) in order.iter().enumerate() {
        places[i] = place;
    }
    places
}

/// A small plant written out by hand, for answers that can be checked with a pencil: one area or more, every line 100 hours
/// a period, every cycle time given in hours.
pub struct Plant {
    pub problem: Problem,
}

impl Plant {
    /// Areas by name, each with its lines: `[("SMT", &["S1", "S2"])]`.
    pub fn new(areas: &[(&str, &[&str])], periods: usize) -> Plant {
        let mut problem = Problem::default();
        for t in 0..periods {
            problem.periods.push(Period { name: format!("{}", 2026 + t), operating_days: 10.0 });
        }
        for (a, (name, lines)) in areas.iter().enumerate() {
            problem.areas.push(Area { name: (*name).to_owned(), order: a as u32, predecessors: vec![] });
            for line in *lines {
                problem.lines.push(Line {
                    name: (*line).to_owned(),
                    plant: "Querétaro".to_owned(),
                    area: a,
                    hours_per_day: 10.0,
                    overtime_hours_per_day: 0.0,
                    operating_days: vec![10.0; periods],
                    maintenance_hours: vec![],
                    opening_cost: 0.0,
                });
            }
        }
        Plant { problem }
    }

    /// Adds a model, wanted so often in each period.
    pub fn model(mut self, name: &str, wanted: &[f64]) -> Plant {
        let model = self.problem.models.len();
        self.problem.models.push(Model {
            name: name.to_owned(),
            customer: String::new(),
            program: String::new(),
            family: String::new(),
            weight: 1.0,
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        });
        for (period, &units) in wanted.iter().enumerate() {
            self.problem.demand.push(Demand { model, period, units });
        }
        self
    }

    /// Lets the model be made on lines of an area: (line, hours per unit, priority).
    pub fn made_on(mut self, model: &str, lines: &[(&str, f64, u32)]) -> Plant {
        let p = &mut self.problem;
        let model = p.models.iter().position(|m| m.name == model).expect("a model of the plant");
        for (name, hours, priority) in lines {
            let line = p.lines.iter().position(|l| l.name == *name).expect("a line of the plant");
            let area = p.lines[line].area;
            let step = p.steps.iter().position(|s| s.model == model && s.area == area).unwrap_or_else(|| {
                p.steps.push(Step { model, area, name: String::new(), passes: 1.0 });
                p.steps.len() - 1
            });
            p.capabilities.push(Capability {
                step,
                line,
                cycle_time_s: hours * 3600.0,
                efficiency: 1.0,
                first_pass_yield: 1.0,
                pieces_per_panel: 1.0,
                priority: *priority,
                minimum_lot: 0.0,
                approved: Window::ALWAYS,
            });
        }
        self
    }
}

/// Repeatable chance (the splitmix64 sequence of Steele, Lea and Flood, 2014).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.between(0.0, 1.0) < probability
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}
