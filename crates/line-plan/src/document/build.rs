//! Puts names to a plan: every list of the document, in the plan's order, and the totals.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::options::{Options, PlanModel};
use crate::order::Order;
use crate::plan::{Gain, Plan, Reason, Status};
use crate::problem::Problem;
use crate::worth::Worth;

impl PlanDocument {
    /// The document of a plan of this problem.
    pub fn new(problem: &Problem, plan: &Plan, context: &DocumentContext) -> PlanDocument {
        let namer = Namer::new(problem, &plan.options, context.language);
        let summary = summary(plan);
        let unmet = namer.unmet(plan);
        let mut constraints = namer.constraints(plan);
        sentences::explain_constraints(&mut constraints, &unmet, context.language);
        let mut document = PlanDocument {
            schema: SCHEMA.to_owned(),
            engine: concat!("line-plan ", env!("CARGO_PKG_VERSION")).to_owned(),
            status: match plan.status {
                Status::Optimal => "optimal",
                Status::Heuristic => "heuristic",
                Status::LimitReached { .. } => "limit_reached",
            }
            .to_owned(),
            gap: match plan.status {
                Status::Optimal => Some(0.0),
                Status::Heuristic => None,
                Status::LimitReached { gap } => Some(gap),
            },
            language: context.language,
            model: plan.options.model,
            weight: plan.options.weight,
            weight_unit: namer.weight_unit.clone(),
            balance: plan.options.balance,
            changeovers: plan.options.changeovers,
            priority_reading: plan.priority_reading,
            source: context.source.clone(),
            plants: problem.plants(),
            areas: namer.areas_in_scope(),
            periods: problem
                .periods
                .iter()
                .map(|period| PeriodEntry { name: period.name.clone(), operating_days: period.operating_days })
                .collect(),
            summary,
            area_loads: namer.area_loads(plan, &unmet),
            allocations: namer.allocations(plan),
            unmet,
            finished: namer.finished(plan),
            lines: namer.lines(plan),
            constraints,
            gains: namer.gains(plan),
            stages: plan.stages.iter().map(|s| StageEntry { name: s.name.clone(), value: s.value, bound: s.bound }).collect(),
            explanations: Vec::new(),
            comparison: context.baseline.map(|baseline| comparison(problem, plan, &summary, baseline, context.language)),
            released: released::changes(problem, plan, context.language),
            issues: context.issues.clone(),
            verification: VerificationEntry {
                holds: plan.verification.holds(),
                demand_error: plan.verification.demand_error,
                capacity_error: plan.verification.capacity_error,
                route_error: plan.verification.route_error,
                objective_error: plan.verification.objective_error,
            },
            timing_ms: timing(plan, context.timing),
        };
        document.explanations = sentences::explanations(&document);
        document
    }
}

/// Totals of a plan.
fn summary(plan: &Plan) -> Summary {
    let total = |value: fn(&crate::plan::LineLoad) -> f64| plan.lines.iter().map(value).sum::<f64>();
    Summary {
        demand_units: plan.finished.iter().map(|f| f.demand).sum(),
        finished_units: plan.finished.iter().map(|f| f.delivered).sum(),
        unmet_units: plan.unmet.iter().map(|u| u.units).sum(),
        unmet_weight: plan.unmet.iter().map(|u| u.weight).sum(),
        max_utilization_pct: plan.lines.iter().map(|l| utilization_pct(l.hours_used, l.hours_available)).fold(0.0, f64::max),
        overtime_hours: total(|l| l.overtime_hours),
        changeover_hours: total(|l| l.changeover_hours),
        hours_available: total(|l| l.hours_available),
        hours_used: total(|l| l.hours_used),
    }
}

fn comparison(problem: &Problem, plan: &Plan, summary: &Summary, baseline: &Plan, language: Language) -> Comparison {
    let mut rule = self::summary(baseline);
    if !matches!(plan.options.model, PlanModel::Area | PlanModel::Baseline) {
        // Beside finished units the rule's loss is counted in them too: what is unmet in two areas is one unit that is not finished.
        let order = Order::of(problem);
        let worth = Worth::of(problem, plan.options.weight, &order);
        let lost = |f: &crate::plan::Finished| (f.demand - f.delivered).max(0.0);
        rule.unmet_units = baseline.finished.iter().map(lost).sum();
        rule.unmet_weight = baseline.finished.iter().map(|f| lost(f) * worth.finished(&order, f.model)).sum();
    }
    Comparison {
        baseline: rule,
        finished_units_gained: summary.finished_units - rule.finished_units,
        explanation: sentences::comparison(summary, &rule, language),
    }
}

fn timing(plan: &Plan, outside: TimingMs) -> TimingMs {
    let or = |outside: f64, engine_s: f64| if outside > 0.0 { outside } else { engine_s * 1e3 };
    TimingMs {
        read: outside.read,
        build: or(outside.build, plan.timing.prepare_s),
        solve: or(outside.solve, plan.timing.solve_s),
        explain: or(outside.explain, plan.timing.explain_s),
        verify: or(outside.verify, plan.timing.verify_s),
        write: outside.write,
    }
}

/// Used over available hours (%); a line without hours that works overtime is full.
fn utilization_pct(used: f64, available: f64) -> f64 {
    match (used > 1e-9, available > 1e-9) {
        (false, _) => 0.0,
        (true, true) => 100.0 * used / available,
        (true, false) => 100.0,
    }
}

/// The problem with what is looked up again and again.
struct Namer<'a> {
    problem: &'a Problem,
    plants: Vec<String>,
    /// Plants (indices into `plants`) that could make the model in the area, in order.
    plants_of: BTreeMap<(usize, usize), BTreeSet<usize>>,
    plant_of_line: Vec<usize>,
    weight_unit: String,
    language: Language,
}

impl<'a> Namer<'a> {
    fn new(problem: &'a Problem, options: &Options, language: Language) -> Namer<'a> {
        let plants = problem.plants();
        let plant_of_line: Vec<usize> =
            problem.lines.iter().map(|line| plants.iter().position(|plant| *plant == line.plant).unwrap_or(0)).collect();
        let mut plants_of: BTreeMap<(usize, usize), BTreeSet<usize>> = BTreeMap::new();
        for capability in &problem.capabilities {
            let step = &problem.steps[capability.step];
            plants_of.entry((step.model, step.area)).or_default().insert(plant_of_line[capability.line]);
        }
        Namer { problem, plants, plants_of, plant_of_line, weight_unit: weight_unit(problem, options), language }
    }

    fn areas_in_scope(&self) -> Vec<String> {
        let problem = self.problem;
        let used: BTreeSet<usize> = problem.lines.iter().map(|line| line.area).chain(problem.steps.iter().map(|step| step.area)).collect();
        self.in_routing_order(used).into_iter().map(|area| problem.areas[area].name.clone()).collect()
    }

    fn in_routing_order(&self, areas: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut areas: Vec<usize> = areas.into_iter().collect();
        areas.sort_by_key(|area| (self.problem.areas[*area].order, &self.problem.areas[*area].name));
        areas
    }

    /// Lines by name, ordered; a line outside the plant carries its plant's name.
    fn line_names(&self, lines: &[usize], plant: &str) -> Vec<String> {
        let name = |line: &usize| {
            let line = &self.problem.lines[*line];
            if line.plant == plant { line.name.clone() } else { format!("{} / {}", line.plant, line.name) }
        };
        let mut names: Vec<String> = lines.iter().map(name).collect();
        names.sort();
        names
    }

    fn plant_of(&self, lines: &[usize], model: Option<(usize, usize)>) -> String {
        let by_line = lines.iter().map(|line| self.plant_of_line[*line]).min();
        let by_model = || model.and_then(|key| self.plants_of.get(&key)).and_then(|plants| plants.first().copied());
        by_line.or_else(by_model).map(|plant| self.plants[plant].clone()).unwrap_or_default()
    }

    fn allocations(&self, plan: &Plan) -> Vec<AllocationEntry> {
        let entry = |a: &crate::plan::Allocation| {
            let capability = &self.problem.capabilities[a.capability];
            let step = &self.problem.steps[capability.step];
            let line = &self.problem.lines[capability.line];
            AllocationEntry {
                plant: line.plant.clone(),
                area: self.problem.areas[step.area].name.clone(),
                line: line.name.clone(),
                model: self.problem.models[step.model].name.clone(),
                step: step.name.clone(),
                period: self.problem.periods[a.period].name.clone(),
                units: a.units,
                hours: a.hours,
            }
        };
        plan.allocations.iter().map(entry).collect()
    }

    fn unmet(&self, plan: &Plan) -> Vec<UnmetEntry> {
        let entry = |u: &crate::plan::Unmet| {
            let model = &self.problem.models[u.model];
            let plant = self.plant_of(&u.limiting_lines, Some((u.model, u.area)));
            let mut entry = UnmetEntry {
                limiting_lines: self.line_names(&u.limiting_lines, &plant),
                plant,
                area: self.problem.areas[u.area].name.clone(),
                model: model.name.clone(),
                customer: model.customer.clone(),
                family: model.family.clone(),
                period: self.problem.periods[u.period].name.clone(),
                units: u.units,
                weight: u.weight,
                reason: u.reason,
                explanation: String::new(),
            };
            entry.explanation = sentences::unmet(&entry, self.language);
            entry
        };
        plan.unmet.iter().map(entry).collect()
    }

    fn finished(&self, plan: &Plan) -> Vec<FinishedEntry> {
        let entry = |f: &crate::plan::Finished| {
            let model = &self.problem.models[f.model];
            FinishedEntry {
                model: model.name.clone(),
                customer: model.customer.clone(),
                family: model.family.clone(),
                period: self.problem.periods[f.period].name.clone(),
                demand_units: f.demand,
                finished_units: f.finished,
                delivered_units: f.delivered,
                stock_units: f.stock,
            }
        };
        plan.finished.iter().map(entry).collect()
    }

    fn lines(&self, plan: &Plan) -> Vec<LineEntry> {
        let constrained: BTreeSet<(usize, usize)> =
            plan.constraints.iter().flat_map(|c| c.lines.iter().map(|line| (*line, c.period))).collect();
        let entry = |l: &crate::plan::LineLoad| {
            let line = &self.problem.lines[l.line];
            LineEntry {
                plant: line.plant.clone(),
                area: self.problem.areas[line.area].name.clone(),
                line: line.name.clone(),
                period: self.problem.periods[l.period].name.clone(),
                hours_available: l.hours_available,
                hours_used: l.hours_used,
                changeover_hours: l.changeover_hours,
                overtime_hours: l.overtime_hours,
                utilization_pct: utilization_pct(l.hours_used, l.hours_available),
                shift_pattern: l.shift_pattern.map(|pattern| self.problem.shift_patterns[pattern].name.clone()),
                hour_price: l.hour_price,
                constraint: constrained.contains(&(l.line, l.period)),
            }
        };
        plan.lines.iter().map(entry).collect()
    }

    fn constraints(&self, plan: &Plan) -> Vec<ConstraintEntry> {
        let entry = |c: &crate::plan::Constraint| {
            let plant = self.plant_of(&c.lines, None);
            let mut models: Vec<String> = c.models.iter().map(|model| self.problem.models[*model].name.clone()).collect();
            models.sort();
            ConstraintEntry {
                lines: self.line_names(&c.lines, &plant),
                plant,
                area: self.problem.areas[c.area].name.clone(),
                period: self.problem.periods[c.period].name.clone(),
                models,
                hours_needed: c.hours_needed,
                hours_available: c.hours_available,
                utilization_pct: utilization_pct(c.hours_needed, c.hours_available),
                short: c.short,
                explanation: String::new(),
            }
        };
        plan.constraints.iter().map(entry).collect()
    }

    fn gains(&self, plan: &Plan) -> Vec<GainEntry> {
        let entry = |gain: &Gain| {
            let (line, period, units, weight) = match *gain {
                Gain::Approval { line, period, units, weight, .. } | Gain::Shift { line, period, units, weight, .. } => {
                    (&self.problem.lines[line], period, units, weight)
                }
            };
            let (kind, model, hours) = match *gain {
                Gain::Approval { step, .. } => ("approval", Some(self.problem.models[self.problem.steps[step].model].name.clone()), None),
                Gain::Shift { hours, .. } => ("shift", None, Some(hours)),
            };
            let mut entry = GainEntry {
                kind: kind.to_owned(),
                plant: line.plant.clone(),
                area: self.problem.areas[line.area].name.clone(),
                line: line.name.clone(),
                model,
                period: self.problem.periods[period].name.clone(),
                hours,
                units,
                weight,
                explanation: String::new(),
            };
            entry.explanation = sentences::gain(&entry, line.operating_days.get(period).copied().unwrap_or(0.0), self.language);
            entry
        };
        plan.gains.iter().map(entry).collect()
    }

    fn area_loads(&self, plan: &Plan, unmet: &[UnmetEntry]) -> Vec<AreaLoad> {
        let mut loads = Loads::default();
        for load in &plan.lines {
            let line = &self.problem.lines[load.line];
            let place = loads.at(line.area, Some(self.plant_of_line[load.line]), load.period);
            place.hours_available += load.hours_available;
            place.hours_used += load.hours_used;
            place.max_utilization_pct = place.max_utilization_pct.max(utilization_pct(load.hours_used, load.hours_available));
        }
        let home = (self.plants.len() == 1).then_some(0);
        self.add_demand(plan, home, &mut loads);
        self.add_made(plan, &mut loads);
        for (entry, named) in plan.unmet.iter().zip(unmet) {
            let plant = self.plants.iter().position(|plant| *plant == named.plant).or(home);
            loads.at(entry.area, plant, entry.period).unmet_units += entry.units;
        }
        self.named(loads)
    }

    fn add_demand(&self, plan: &Plan, home: Option<usize>, loads: &mut Loads) {
        let areas_of = self.areas_of_models();
        for finished in plan.finished.iter().filter(|finished| finished.demand > 0.0) {
            for area in &areas_of[finished.model] {
                match self.plants_of.get(&(finished.model, *area)) {
                    Some(plants) => {
                        plants.iter().for_each(|plant| loads.at(*area, Some(*plant), finished.period).demand_units += finished.demand);
                    }
                    None => loads.at(*area, home, finished.period).demand_units += finished.demand,
                }
            }
        }
    }

    fn areas_of_models(&self) -> Vec<BTreeSet<usize>> {
        let mut areas = vec![BTreeSet::new(); self.problem.models.len()];
        for step in &self.problem.steps {
            areas[step.model].insert(step.area);
        }
        areas
    }

    /// Units made in an area: the least over the model's steps there, shared among plants in proportion to what each made.
    fn add_made(&self, plan: &Plan, loads: &mut Loads) {
        let mut steps_of: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for step in &self.problem.steps {
            *steps_of.entry((step.model, step.area)).or_default() += 1;
        }
        /// What one model made of each step and in each plant.
        type Made = (BTreeMap<usize, f64>, BTreeMap<usize, f64>);
        let mut made: BTreeMap<(usize, usize, usize), Made> = BTreeMap::new();
        for a in &plan.allocations {
            let capability = &self.problem.capabilities[a.capability];
            let step = &self.problem.steps[capability.step];
            let (by_step, by_plant) = made.entry((step.model, step.area, a.period)).or_default();
            *by_step.entry(capability.step).or_default() += a.units;
            *by_plant.entry(self.plant_of_line[capability.line]).or_default() += a.units;
        }
        for ((model, area, period), (by_step, by_plant)) in made {
            if by_step.len() < steps_of[&(model, area)] {
                continue;
            }
            let whole: f64 = by_step.values().copied().fold(f64::INFINITY, f64::min);
            let total: f64 = by_plant.values().sum();
            for (plant, units) in by_plant.into_iter().filter(|(_, units)| *units > 0.0) {
                loads.at(area, Some(plant), period).made_units += whole * units / total;
            }
        }
    }

    fn named(&self, loads: Loads) -> Vec<AreaLoad> {
        let rank: BTreeMap<usize, usize> =
            self.in_routing_order(0..self.problem.areas.len()).into_iter().enumerate().map(|(rank, area)| (area, rank)).collect();
        let mut entries: Vec<_> = loads.0.into_iter().collect();
        entries.sort_by_key(|((area, plant, period), _)| (plant.is_none(), *plant, rank[area], *period));
        let name = |((area, plant, period), load): ((usize, Option<usize>, usize), AreaLoad)| AreaLoad {
            plant: plant.map(|plant| self.plants[plant].clone()).unwrap_or_default(),
            area: self.problem.areas[area].name.clone(),
            period: self.problem.periods[period].name.clone(),
            utilization_pct: utilization_pct(load.hours_used, load.hours_available),
            ..load
        };
        entries.into_iter().map(name).collect()
    }
}

/// Area loads under construction, by area, plant and period (indices).
#[derive(Default)]
struct Loads(BTreeMap<(usize, Option<usize>, usize), AreaLoad>);

impl Loads {
    fn at(&mut self, area: usize, plant: Option<usize>, period: usize) -> &mut AreaLoad {
        self.0.entry((area, plant, period)).or_insert_with(|| AreaLoad {
            plant: String::new(),
            area: String::new(),
            period: String::new(),
            hours_available: 0.0,
            hours_used: 0.0,
            utilization_pct: 0.0,
            max_utilization_pct: 0.0,
            demand_units: 0.0,
            made_units: 0.0,
            unmet_units: 0.0,
        })
    }
}

fn weight_unit(problem: &Problem, options: &Options) -> String {
    match options.weight {
        Weight::Hours => "standard hours".to_owned(),
        Weight::Units => "units".to_owned(),
        Weight::Money => {
            let currencies: BTreeSet<&str> =
                problem.models.iter().filter(|m| m.unit_value.is_some()).map(|m| m.currency.as_str()).filter(|c| !c.is_empty()).collect();
            match currencies.len() {
                1 => currencies.into_iter().collect(),
                _ => "money".to_owned(),
            }
        }
    }
}

impl Reason {
    /// The reason in a few words for tables, e.g. `lines are full`.
    pub fn words(self, language: Language) -> &'static str {
        language.of(match self {
            Reason::Capacity => &["lines are full", "las líneas están llenas", "die Linien sind voll"],
            Reason::NoCapability => &["no line can make it", "ninguna línea puede hacerlo", "keine Linie kann es fertigen"],
            Reason::NotApproved => &["no line is approved", "ninguna línea está aprobada", "keine Linie ist freigegeben"],
            Reason::OutsideProgramLife => {
                &["outside the program's life", "fuera de la vida del programa", "außerhalb der Programmlaufzeit"]
            }
            Reason::NoHours => &["its lines have no hours", "sus líneas no tienen horas", "seine Linien haben keine Stunden"],
            Reason::OtherArea => &["another area limits it", "otra área lo limita", "ein anderer Bereich begrenzt es"],
            Reason::IntegerRules => {
                &["minimum lots or split limits", "lotes mínimos o límites de reparto", "Mindestlose oder Grenzen der Aufteilung"]
            }
            Reason::Frozen => &["the period is frozen", "el periodo está congelado", "die Periode ist eingefroren"],
        })
    }
}
