//! Whole decisions where units may wait in stock: pencil cases, everything tried on tiny plants, and the whole program given to HiGHS.

use line_plan::highs::{Highs, Outcome, Program};
use line_plan::*;
use proptest::prelude::*;

use crate::cells::cells;
use crate::instances::{Dice, Plant, Recipe, cases, recipes, shuffled};

fn options(integers: Integers) -> Options {
    Options { model: PlanModel::Prebuild, prebuild_cover: 1.0, integers, ..Options::default() }
}

fn solved(problem: &Problem, options: &Options) -> Plan {
    let plan = solve(problem, options, &NoClock).unwrap();
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    assert_eq!(plan.status, Status::Optimal, "{:?}", plan.stages);
    plan
}

fn stage(plan: &Plan, name: &str) -> f64 {
    plan.stages.iter().find(|s| s.name == name).map_or_else(|| panic!("no stage {name:?} in {:?}", plan.stages), |s| s.value)
}

fn radio(wanted: &[f64], lines: &[&str]) -> Problem {
    let on: Vec<(&str, f64, u32)> = lines.iter().map(|line| (*line, 1.0, 1)).collect();
    Plant::new(&[("SMT", lines)], wanted.len()).model("Radio", wanted).made_on("Radio", &on).problem
}

#[test]
fn a_minimum_lot_of_two_periods_is_made_in_the_first() {
    let mut problem = radio(&[10.0, 10.0], &["S1"]);
    problem.capabilities[0].minimum_lot = 20.0;
    let lots = Integers { minimum_lots: true, ..Integers::default() };
    let plan = solved(&problem, &options(lots));
    assert!(plan.unmet.is_empty(), "{:?}", plan.unmet);
    assert_eq!(plan.allocations.iter().map(|a| (a.period, a.units.round())).collect::<Vec<_>>(), [(0, 20.0)]);
    assert!((plan.finished[0].stock - 10.0).abs() < 1e-6, "{:?}", plan.finished);
    assert!((stage(&plan, "stock at the ends of periods (h of work)") - 10.0).abs() < 1e-6);
    // Half of the next period's demand may wait, so 20 are too many.
    let plan = solved(&problem, &Options { prebuild_cover: 0.5, ..options(lots) });
    assert!((plan.unmet.iter().map(|u| u.units).sum::<f64>() - 20.0).abs() < 1e-6);
    assert!(plan.unmet.iter().all(|u| u.reason == Reason::IntegerRules), "{:?}", plan.unmet);
}

#[test]
fn a_line_pauses_while_stock_serves() {
    let mut problem = radio(&[40.0, 40.0, 40.0], &["S1"]);
    problem.lines[0].opening_cost = 7.0;
    let plan = solved(&problem, &options(Integers { openings: true, ..Integers::default() }));
    assert!(plan.unmet.is_empty());
    // Two periods' demand is made in the first or in the second.
    assert!((stage(&plan, "opening cost") - 14.0).abs() < 1e-6, "{:?}", plan.stages);
    let open: Vec<bool> = plan.lines.iter().map(|l| l.open).collect();
    assert_eq!(open.iter().filter(|open| **open).count(), 2);
    assert!(open[0], "nothing was in stock before");
    // Who must stay open cannot pause; making two periods' demand at once still saves an assignment.
    let staying = solved(&problem, &options(Integers { openings: true, openings_stay: true, ..Integers::default() }));
    assert!((stage(&staying, "opening cost") - 21.0).abs() < 1e-6);
    assert_eq!((stage(&staying, "models assigned to lines").round(), staying.allocations.len()), (2.0, 2));
    assert!((stage(&staying, "stock at the ends of periods (h of work)") - 40.0).abs() < 1e-6);
}

#[test]
fn a_campaign_is_saved_by_making_two_periods_at_once() {
    // Nobody wants the dimmer, but the line can make it, so that there is something to change over from.
    let plant = Plant::new(&[("SMT", &["S1"])], 2).model("Radio", &[45.0, 45.0]).model("Dimmer", &[0.0, 0.0]);
    let mut problem = plant.made_on("Radio", &[("S1", 1.0, 1)]).made_on("Dimmer", &[("S1", 1.0, 1)]).problem;
    problem.changeovers = vec![Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Any, minutes: 60.0, line: None }];
    let asked = Options { changeovers: ChangeoverCharging::Campaign, campaigns_per_period: 10.0, ..options(Integers::default()) };
    let plan = solved(&problem, &asked);
    assert!(plan.unmet.is_empty());
    assert!((stage(&plan, "changeover hours") - 10.0).abs() < 1e-6, "{:?}", plan.stages);
    assert_eq!(plan.allocations.len(), 1);
}

#[test]
fn what_a_split_limit_forbids_now_was_made_before() {
    let problem = radio(&[50.0, 150.0], &["S1", "S2"]);
    let plan = solved(&problem, &options(Integers { max_lines_per_step: Some(1), ..Integers::default() }));
    assert!(plan.unmet.is_empty(), "{:?}", plan.unmet);
    assert!((plan.finished[0].stock - 50.0).abs() < 1e-6, "{:?}", plan.finished);
}

#[test]
fn a_longer_shift_before_serves_the_peak_after() {
    let mut problem = radio(&[100.0, 150.0], &["S1"]);
    let hours_per_day = 1.5 * problem.lines[0].hours_per_day;
    problem.shift_patterns = vec![ShiftPattern { line: 0, name: "two".to_owned(), hours_per_day, cost: Some(4.0) }];
    let plan = solved(&problem, &options(Integers { shift_patterns: true, ..Integers::default() }));
    assert!(plan.unmet.is_empty());
    assert!((stage(&plan, "cost of longer shifts") - 4.0).abs() < 1e-6);
    // The longer shift of the second period needs no stock.
    assert_eq!(plan.lines.iter().map(|l| l.shift_pattern.is_some()).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn frozen_amounts_stay_and_the_rest_is_planned_around_them() {
    let mut problem = radio(&[40.0, 40.0, 40.0], &["S1"]);
    problem.lines[0].opening_cost = 7.0;
    problem.released = vec![Released { capability: 0, period: 0, units: 40.0 }];
    let asked =
        Options { frozen: Some(Frozen { periods: 1, tolerance: 0.0 }), ..options(Integers { openings: true, ..Integers::default() }) };
    let plan = solved(&problem, &asked);
    assert!((plan.allocations[0].units - 40.0).abs() < 1e-5, "{:?}", plan.allocations);
    assert!(plan.unmet.is_empty() && (stage(&plan, "opening cost") - 14.0).abs() < 1e-6);
    // More is released than customers and stock take.
    problem.released[0].units = 90.0;
    assert!(matches!(solve(&problem, &asked, &NoClock), Err(PlanError::Infeasible { .. })));
}

#[test]
fn a_limit_that_leaves_no_time_is_told_with_a_bound_that_holds() {
    struct Late;
    impl Clock for Late {
        fn seconds(&self) -> f64 {
            static NOW: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
            NOW.fetch_add(1, std::sync::atomic::Ordering::Relaxed) as f64
        }
    }
    let recipe = Recipe { load: 1.8, ..Recipe::plain(3, 2, 3, 8, 3) };
    let problem = with_wishes(&recipe);
    let integers = Integers { minimum_lots: true, openings: true, max_lines_per_step: Some(1), ..Integers::default() };
    let plan = solve(&problem, &Options { time_limit_s: Some(1.0), ..options(integers) }, &Late).unwrap();
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    let Status::LimitReached { gap } = plan.status else { panic!("a second of a clock that leaps cannot be enough: {:?}", plan.stages) };
    assert!(gap > 0.0);
    let proven = solve(&problem, &options(integers), &NoClock).unwrap();
    assert!(plan.stages[0].bound <= proven.stages[0].value + 1e-6, "{:?} {:?}", plan.stages[0], proven.stages[0]);
    assert!(plan.stages[0].bound > 0.0, "what the linear plan loses is a bound: {:?}", plan.stages[0]);
}

/// Time stands still, so that a limit too short for the exact solver is never over: what is known without it is the answer.
struct Standing;

impl Clock for Standing {
    fn seconds(&self) -> f64 {
        0.0
    }
}

fn hurried(problem: &Problem, options: &Options) -> Plan {
    let plan = solve(problem, &Options { time_limit_s: Some(1e-6), ..options.clone() }, &Standing).unwrap();
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    plan
}

#[test]
fn periods_apart_bound_what_campaigns_lose() {
    // Every period asks for more than the hours that two campaigns leave; stock cannot help, but the linear plan knows no campaigns.
    let plant = Plant::new(&[("SMT", &["S1"])], 2).model("Radio", &[60.0, 70.0]).model("Dimmer", &[60.0, 70.0]);
    let mut problem = plant.made_on("Radio", &[("S1", 1.0, 1)]).made_on("Dimmer", &[("S1", 1.0, 1)]).problem;
    problem.changeovers = vec![Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Any, minutes: 60.0, line: None }];
    let asked = Options { changeovers: ChangeoverCharging::Campaign, campaigns_per_period: 10.0, ..options(Integers::default()) };
    let linear = solved(&problem, &Options { changeovers: ChangeoverCharging::None, ..asked.clone() });
    let (best, found) = (solved(&problem, &asked), hurried(&problem, &asked));
    let (lost, bound) = (best.stages[0].value, found.stages[0].bound);
    assert!(
        bound <= lost + 1e-6 && bound > linear.stages[0].value + 0.5 * (lost - linear.stages[0].value),
        "{bound} of {lost}, {linear:?}"
    );
}

#[test]
fn thousands_of_lines_with_stock_and_whole_decisions_end_when_time_is_up() {
    /// Every look takes a hundredth of a second.
    struct Slow(std::sync::atomic::AtomicU64);
    impl Clock for Slow {
        fn seconds(&self) -> f64 {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) as f64 / 100.0
        }
    }
    let problem = cells(100, 2);
    let asked = Options { time_limit_s: Some(1.0), gains: 0, ..options(Integers { max_lines_per_step: Some(2), ..Integers::default() }) };
    let plan = solve(&problem, &asked, &Slow(0.into())).unwrap();
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    assert!(matches!(plan.status, Status::LimitReached { .. }) && !plan.unmet.is_empty(), "{:?}", plan.stages);
    assert!(plan.stages[0].bound > 0.0, "{:?}", plan.stages[0]);
}

fn with_wishes(recipe: &Recipe) -> Problem {
    let mut dice = Dice(recipe.seed ^ 1);
    let mut problem = recipe.problem();
    for line in &mut problem.lines {
        line.opening_cost = dice.between(1.0, 20.0);
    }
    for capability in &mut problem.capabilities {
        capability.minimum_lot = if dice.chance(0.4) { dice.between(5.0, 60.0) } else { 0.0 };
    }
    problem.changeovers =
        vec![Changeover { from: ChangeoverKey::Any, to: ChangeoverKey::Any, minutes: dice.between(30.0, 600.0), line: None }];
    problem
}

/// Any wishes that can be written down in a line each; lots and splits or openings, campaigns or none.
fn wishes(seed: u64) -> Options {
    let mut dice = Dice(seed);
    let integers = Integers {
        minimum_lots: dice.chance(0.6),
        max_lines_per_step: dice.chance(0.4).then_some(1),
        openings: dice.chance(0.5),
        ..Integers::default()
    };
    let campaign = !integers.any() || dice.chance(0.4);
    Options {
        changeovers: if campaign { ChangeoverCharging::Campaign } else { ChangeoverCharging::None },
        prebuild_cover: dice.between(0.2, 1.0),
        ..options(integers)
    }
}

/// The whole plan as one program, written down from the definition: units, use and opening of every line in every period.
struct Whole {
    program: Program,
    /// Capability, period, units and use.
    made: Vec<(usize, usize, usize, usize)>,
    lost: Vec<(usize, f64)>,
    opening: Vec<(usize, f64)>,
}

impl Whole {
    fn of(problem: &Problem, options: &Options) -> Whole {
        let periods = problem.periods.len();
        let mut p = Program::default();
        let demand =
            |model: usize, t: usize| -> f64 { problem.demand.iter().filter(|d| d.model == model && d.period == t).map(|d| d.units).sum() };
        let open: Vec<usize> =
            (0..problem.lines.len() * periods).map(|_| p.integer_column(0.0, f64::from(!options.integers.openings), 1.0)).collect();
        let mut made = Vec::new();
        for (c, capability) in problem.capabilities.iter().enumerate() {
            let model = problem.steps[capability.step].model;
            let life = problem.models[model].life;
            for t in (0..periods).filter(|t| capability.approved.contains(*t) && life.contains(*t)) {
                let line = &problem.lines[capability.line];
                let next = if t + 1 < periods { demand(model, t + 1) } else { 0.0 };
                let hours = line.hours(t) + line.overtime_hours(t);
                let most = (demand(model, t) + options.prebuild_cover * next).min(hours / problem.hours_per_unit(c));
                let (x, y) = (p.column(0.0, 0.0, most), p.integer_column(0.0, 0.0, 1.0));
                p.row(f64::NEG_INFINITY, 0.0, [(x, 1.0), (y, -most)]);
                p.row(f64::NEG_INFINITY, 0.0, [(y, 1.0), (open[capability.line * periods + t], -1.0)]);
                if options.integers.minimum_lots {
                    p.row(0.0, f64::INFINITY, [(x, 1.0), (y, -capability.minimum_lot)]);
                }
                made.push((c, t, x, y));
            }
        }
        let campaign = options.changeovers == ChangeoverCharging::Campaign;
        // A line changes over to a model from the others that it can make.
        let others = |c: usize| {
            let model_of = |c: &Capability| problem.steps[c.step].model;
            let own = &problem.capabilities[c];
            problem.capabilities.iter().any(|other| other.line == own.line && model_of(other) != model_of(own))
        };
        let hours = problem.changeovers[0].minutes / 60.0 * options.campaigns_per_period;
        let setup = |c: usize| if campaign && others(c) { hours } else { 0.0 };
        for (l, line) in problem.lines.iter().enumerate() {
            for t in 0..periods {
                let here = made.iter().filter(|(c, at, ..)| *at == t && problem.capabilities[*c].line == l);
                let terms = here.flat_map(|(c, _, x, y)| [(*x, problem.hours_per_unit(*c)), (*y, setup(*c))]);
                p.row(f64::NEG_INFINITY, line.hours(t) + line.overtime_hours(t), terms.collect::<Vec<_>>());
            }
        }
        let mut lost = Vec::new();
        for model in 0..problem.models.len() {
            let steps: Vec<usize> = (0..problem.steps.len()).filter(|s| problem.steps[*s].model == model).collect();
            let mut before: Option<usize> = None;
            for t in 0..periods {
                let wanted = demand(model, t);
                let next = if t + 1 < periods { demand(model, t + 1) } else { 0.0 };
                let missing = p.column(0.0, 0.0, wanted);
                let finished = p.column(0.0, 0.0, if steps.is_empty() { 0.0 } else { f64::INFINITY });
                let stock = p.column(0.0, 0.0, options.prebuild_cover * next);
                lost.push((missing, problem.models[model].weight));
                let terms = [(finished, 1.0), (stock, -1.0), (missing, 1.0)].into_iter().chain(before.map(|b| (b, 1.0)));
                p.row(wanted, wanted, terms);
                for &s in &steps {
                    let here = || made.iter().filter(|(c, at, ..)| *at == t && problem.capabilities[*c].step == s);
                    p.row(0.0, 0.0, here().map(|m| (m.2, 1.0)).chain([(finished, -1.0)]));
                    if let Some(most) = options.integers.max_lines_per_step {
                        p.row(f64::NEG_INFINITY, f64::from(most), here().map(|m| (m.3, 1.0)));
                    }
                }
                before = Some(stock);
            }
        }
        let opening =
            (0..open.len()).filter(|_| options.integers.openings).map(|at| (open[at], problem.lines[at / periods].opening_cost)).collect();
        Whole { program: p, made, lost, opening }
    }

    fn least(&self, cost: &[(usize, f64)]) -> Option<f64> {
        let mut program = self.program.clone();
        cost.iter().for_each(|(column, value)| program.cost[*column] = *value);
        let mut highs = Highs::new(&program).expect("a program");
        highs.set_gap(1e-9, 1e-9).expect("an option");
        highs.set_double(c"mip_feasibility_tolerance", 1e-9).expect("an option");
        highs.set_double(c"primal_feasibility_tolerance", 1e-9).expect("an option");
        (highs.run().expect("a run") == Outcome::Optimal).then(|| highs.objective())
    }

    /// The least weight lost, and the least cost of openings with which no more is lost.
    fn stages(mut self) -> (f64, f64) {
        let lost = self.least(&self.lost).expect("nothing made is an answer");
        if self.opening.is_empty() {
            return (lost, 0.0);
        }
        self.program.row(f64::NEG_INFINITY, lost + 1e-7 * lost.max(1.0), self.lost.iter().copied());
        (lost, self.least(&self.opening).expect("an answer"))
    }

    /// The same by trying which capabilities are used: a linear program for each choice, lines being open where something is made.
    fn by_trying(&self, problem: &Problem) -> (f64, f64) {
        let periods = problem.periods.len();
        let mut best = (f64::INFINITY, f64::INFINITY);
        for uses in 0..1u32 << self.made.len() {
            let is_used = |i: usize| uses >> i & 1 == 1;
            let mut tried = Whole { program: self.program.relaxed(), made: Vec::new(), lost: Vec::new(), opening: Vec::new() };
            for (i, (_, _, _, y)) in self.made.iter().enumerate() {
                let used = f64::from(is_used(i));
                (tried.program.lower[*y], tried.program.upper[*y]) = (used, used);
            }
            let Some(lost) = tried.least(&self.lost) else { continue };
            let slot = |i: usize| problem.capabilities[self.made[i].0].line * periods + self.made[i].1;
            let slots: std::collections::BTreeSet<usize> = (0..self.made.len()).filter(|i| is_used(*i)).map(slot).collect();
            let paid = slots.into_iter().filter(|_| !self.opening.is_empty());
            let cost = paid.map(|s| problem.lines[s / periods].opening_cost).sum();
            if lost < best.0 - 1e-6 || lost < best.0 + 1e-6 && cost < best.1 {
                best = (lost, cost);
            }
        }
        best
    }
}

/// Weight by units, so that the program can be written down in a line.
fn asked(seed: u64) -> Options {
    Options { weight: Weight::Units, ..wishes(seed) }
}

fn found(plan: &Plan) -> (f64, f64) {
    let opening = plan.stages.iter().find(|s| s.name == "opening cost").map_or(0.0, |s| s.value);
    (plan.unmet.iter().map(|u| u.weight).sum(), opening)
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-5 * expected.abs().max(1.0)
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn tiny_plants_with_stock_are_the_best_of_everything_tried(recipe in recipes(), seed in any::<u64>()) {
        let recipe = Recipe { plants: 1, areas: 1, lines: recipe.lines.min(2), models: recipe.models.min(2), periods: recipe.periods.min(2), steps: false, tiers: false, overtime: false, ..recipe };
        let (problem, options) = (with_wishes(&recipe), asked(seed));
        let whole = Whole::of(&problem, &options);
        prop_assume!(whole.made.len() <= 8);
        let plan = solve(&problem, &options, &NoClock).unwrap();
        prop_assert!(plan.verification.holds(), "{:?} {:?}", plan.verification, options);
        let (lost, cost) = whole.by_trying(&problem);
        prop_assert!(close(found(&plan).0, lost) && close(found(&plan).1, cost), "found {:?}, tried {:?}\n{:?}", found(&plan), (lost, cost), plan.stages);
        prop_assert_eq!(plan.status, Status::Optimal);
    }

    #[test]
    fn small_plants_with_stock_agree_with_the_whole_program(recipe in recipes(), seed in any::<u64>()) {
        let recipe = Recipe { steps: false, tiers: false, overtime: false, models: recipe.models.min(4), ..recipe };
        let (problem, options) = (with_wishes(&recipe), asked(seed));
        let plan = solve(&problem, &options, &NoClock).unwrap();
        prop_assert!(plan.verification.holds(), "{:?} {:?}", plan.verification, options);
        let (lost, cost) = Whole::of(&problem, &options).stages();
        for bound in [plan.stages[0].bound, hurried(&problem, &options).stages[0].bound] {
            prop_assert!(bound <= lost + 1e-5 * lost.max(1.0), "bound {bound} over {lost}");
        }
        if plan.status == Status::Optimal {
            prop_assert!(close(found(&plan).0, lost) && close(found(&plan).1, cost), "found {:?}, whole {:?}\n{:?}", found(&plan), (lost, cost), plan.stages);
        }
    }

    #[test]
    fn plans_with_stock_keep_rules_and_bounds_in_any_order_of_rows(recipe in recipes(), seed in any::<u64>()) {
        let (problem, options) = (with_wishes(&recipe), wishes(seed));
        let plan = solve(&problem, &options, &NoClock).unwrap();
        prop_assert!(plan.verification.holds(), "{:?} {:?}", plan.verification, options);
        for stage in &plan.stages {
            prop_assert!(stage.bound <= stage.value + 1e-9, "{stage:?}");
        }
        prop_assert_eq!(&plan.stages, &solve(&shuffled(&problem, seed), &options, &NoClock).unwrap().stages);
        // Whole decisions lose no less than none, and stock loses no more than none.
        let whole: f64 = plan.stages[0].value;
        let linear = solve(&problem, &Options { integers: Integers::default(), changeovers: ChangeoverCharging::None, ..options.clone() }, &NoClock).unwrap();
        prop_assert!(linear.stages[0].value <= whole + 1e-6 * whole.max(1.0), "{:?} {:?}", linear.stages[0], plan.stages[0]);
        let apart = solve(&problem, &Options { model: PlanModel::Finished, ..options }, &NoClock).unwrap();
        prop_assert!(whole <= apart.stages[0].value + 1e-5 * whole.max(1.0), "{:?} {:?}", apart.stages[0], plan.stages[0]);
    }
}
