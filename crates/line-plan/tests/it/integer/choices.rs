//! Openings that may change only so often, and longer shift patterns: pencil cases, and small ones by trying every choice.

use line_plan::highs::{Highs, Outcome, Program};
use line_plan::integer::{Block, Costs, Limits, Slot, solve_block};
use line_plan::*;
use proptest::prelude::*;

use crate::instances::{Dice, Plant, Recipe, cases, recipes};

fn solved(problem: &Problem, integers: Integers) -> Plan {
    let plan = solve(problem, &Options { integers, ..Options::default() }, &NoClock).expect("a plan");
    assert!(plan.verification.holds(), "{:?}", plan.verification);
    assert_eq!(plan.status, Status::Optimal, "{:?}", plan.stages);
    plan
}

fn open(plan: &Plan, line: usize) -> Vec<bool> {
    plan.lines.iter().filter(|l| l.line == line).map(|l| l.open).collect()
}

/// Two lines of 100 hours in the demand of one model; the second line costs more.
fn two_lines(demand: &[f64]) -> Problem {
    let lines: &[(&str, f64, u32)] = &[("S1", 1.0, 1), ("S2", 1.0, 1)];
    let mut problem = Plant::new(&[("SMT", &["S1", "S2"])], demand.len()).model("Radio", demand).made_on("Radio", lines).problem;
    problem.lines[0].opening_cost = 10.0;
    problem.lines[1].opening_cost = 11.0;
    problem
}

#[test]
fn a_line_changes_between_open_and_closed_only_so_often() {
    let problem = two_lines(&[150.0, 60.0, 150.0, 60.0]);
    let integers = |most| Integers { openings: true, max_opening_changes: most, ..Integers::default() };
    // Both lines are needed in the first and the third period. Twice for each line, they take turns in pausing; once, one may end earlier.
    for (most, cost) in [(None, 62.0), (Some(3), 62.0), (Some(2), 63.0), (Some(1), 73.0), (Some(0), 84.0)] {
        let plan = solved(&problem, integers(most));
        assert!(plan.unmet.is_empty());
        let stage = plan.stages.iter().find(|s| s.name == "opening cost").expect("a stage");
        assert!((stage.value - cost).abs() < 1e-6, "{most:?}: {stage:?}");
        for line in 0..2 {
            let changes = open(&plan, line).windows(2).filter(|pair| pair[0] != pair[1]).count();
            assert!(most.is_none_or(|most| changes <= most as usize), "{most:?}: {changes}");
        }
    }
}

#[test]
fn a_longer_shift_pattern_is_run_only_where_it_is_needed() {
    let mut problem =
        Plant::new(&[("SMT", &["S1"])], 4).model("Radio", &[90.0, 140.0, 190.0, 400.0]).made_on("Radio", &[("S1", 1.0, 1)]).problem;
    let usual = problem.lines[0].hours_per_day;
    let offer =
        |name: &str, factor: f64, cost: Option<f64>| ShiftPattern { line: 0, name: name.to_owned(), hours_per_day: usual * factor, cost };
    // Hours by the period: usual 100, two shifts 150, three shifts 200; nobody would run the dear one.
    problem.shift_patterns = vec![offer("three", 2.0, Some(9.0)), offer("dear", 1.4, Some(12.0)), offer("two", 1.5, Some(4.0))];
    let plan = solved(&problem, Integers { shift_patterns: true, ..Integers::default() });
    let names: Vec<Option<&str>> = plan.lines.iter().map(|l| l.shift_pattern.map(|p| problem.shift_patterns[p].name.as_str())).collect();
    assert_eq!(names, [None, Some("two"), Some("three"), Some("three")]);
    assert_eq!(plan.lines.iter().map(|l| l.hours_available.round()).collect::<Vec<_>>(), [100.0, 150.0, 200.0, 200.0]);
    let cost = plan.stages.iter().find(|s| s.name == "cost of longer shifts").expect("a stage");
    assert!((cost.value - 22.0).abs() < 1e-6, "{cost:?}");
    assert!((plan.unmet.iter().map(|u| u.units).sum::<f64>() - 200.0).abs() < 1e-6);
    // Without costs their order counts: 1 for two shifts, 2 for three.
    problem.shift_patterns = vec![offer("three", 2.0, None), offer("two", 1.5, None)];
    let plan = solved(&problem, Integers { shift_patterns: true, ..Integers::default() });
    let cost = plan.stages.iter().find(|s| s.name == "cost of longer shifts").expect("a stage");
    assert!((cost.value - 5.0).abs() < 1e-6, "{cost:?}");
}

#[test]
fn a_line_that_is_not_opened_runs_no_pattern() {
    let mut problem = two_lines(&[120.0, 220.0]);
    for line in 0..2 {
        let hours_per_day = 1.5 * problem.lines[line].hours_per_day;
        problem.shift_patterns.push(ShiftPattern { line, name: "two".to_owned(), hours_per_day, cost: Some(3.0) });
    }
    let plan = solved(&problem, Integers { openings: true, shift_patterns: true, ..Integers::default() });
    assert!(plan.unmet.is_empty());
    // 120 hours: one line with two shifts for 13 is cheaper than two lines for 21. 220 hours: both, one of them with two shifts.
    let cost = plan.stages.iter().find(|s| s.name == "cost of openings and longer shifts").expect("a stage");
    assert!((cost.value - 37.0).abs() < 1e-6, "{cost:?}");
    assert!(plan.lines.iter().all(|l| l.open || l.shift_pattern.is_none()), "{:?}", plan.lines);
}

#[test]
fn shift_patterns_that_make_no_sense_are_defects() {
    let mut problem = two_lines(&[10.0]);
    let offer = |line: usize, hours_per_day: f64, cost: Option<f64>| ShiftPattern { line, name: "two".to_owned(), hours_per_day, cost };
    problem.shift_patterns = vec![offer(0, 16.0, None), offer(0, 20.0, None), offer(7, 16.0, None), offer(1, f64::NAN, Some(-1.0))];
    assert_eq!(problem.defects().len(), 4, "{:?}", problem.defects());
}

/// A block in which only openings, their changes and added hours are decided.
fn block(seed: u64) -> (Block, Costs) {
    let mut dice = Dice(seed);
    let (periods, lines) = (1 + dice.below(4), 1 + dice.below(2));
    let mut block = Block { most_changes: dice.chance(0.6).then(|| dice.below(3) as u32), ..Block::default() };
    let mut costs = Costs { unmet: vec![], opening: vec![], overtime: vec![], assignment: vec![], change: vec![] };
    let (decided, tied) = (dice.chance(0.8), dice.chance(0.8));
    let mut hosts: Vec<Vec<usize>> = Vec::new();
    for period in 0..periods {
        let mut here = Vec::new();
        for line in 0..lines {
            let after = hosts.last().filter(|_| tied).map(|before: &Vec<usize>| before[line]);
            let overtime = if dice.chance(0.3) { dice.between(1.0, 4.0) } else { 0.0 };
            let host = block.add_slot(Slot { period, hours: dice.between(5.0, 15.0), overtime, decided, after, ..Slot::default() });
            here.push(host);
            let mut needs = host;
            for _ in 0..if periods * lines <= 4 { dice.below(3) } else { 0 } {
                let hours = dice.between(3.0, 8.0);
                needs = block.add_slot(Slot { period, hours, decided: true, adds_to: Some(host), needs: Some(needs), ..Slot::default() });
            }
        }
        hosts.push(here);
    }
    for _ in 0..block.slots.len() {
        costs.opening.push(dice.between(0.0, 20.0));
        costs.overtime.push(dice.between(0.0, 3.0));
    }
    for here in &hosts {
        for _ in 0..1 + dice.below(2) {
            block.add_item(dice.between(1.0, 30.0));
            costs.unmet.push(dice.between(0.1, 5.0));
            block.add_step(None);
            for &slot in here {
                if dice.chance(0.9) {
                    block.add_arc(slot, dice.between(0.4, 1.5), 0.0, 0.0);
                    costs.assignment.push(0.0);
                    costs.change.push(0.0);
                }
            }
        }
    }
    (block, costs)
}

/// The least cost over every set of open slots, by one linear program for each.
fn by_trying(block: &Block, costs: &Costs) -> f64 {
    (0..1u32 << block.slots.len()).filter_map(|set| with_open(block, costs, set)).fold(f64::INFINITY, f64::min)
}

fn with_open(block: &Block, costs: &Costs, set: u32) -> Option<f64> {
    let open = |s: usize| set >> s & 1 == 1;
    let mut changes = std::collections::BTreeMap::new();
    let mut first: Vec<usize> = (0..block.slots.len()).collect();
    for (s, slot) in block.slots.iter().enumerate() {
        if !slot.decided && !open(s) || slot.needs.is_some_and(|needed| open(s) && !open(needed)) {
            return None;
        }
        if let Some(before) = slot.after {
            first[s] = first[before];
            match block.most_changes {
                None if open(before) && !open(s) && slot.decided => return None,
                _ => *changes.entry(first[s]).or_insert(0) += u32::from(open(before) != open(s)),
            }
        }
    }
    if block.most_changes.is_some_and(|most| changes.values().any(|count| *count > most)) {
        return None;
    }
    let mut p = Program::default();
    let fixed: f64 = (0..block.slots.len()).filter(|s| open(*s) && block.slots[*s].decided).map(|s| costs.opening[s]).sum();
    let units: Vec<usize> = block.arcs.iter().map(|_| p.column(0.0, 0.0, f64::INFINITY)).collect();
    let unmet: Vec<usize> = block.items.iter().zip(&costs.unmet).map(|(i, cost)| p.column(*cost, 0.0, i.demand)).collect();
    for step in &block.steps {
        let demand = block.items[step.item].demand;
        p.row(demand, demand, step.arcs.clone().map(|a| (units[a], 1.0)).chain([(unmet[step.item], 1.0)]));
    }
    for (s, slot) in block.slots.iter().enumerate().filter(|(_, slot)| slot.adds_to.is_none()) {
        let added: f64 =
            (0..block.slots.len()).filter(|a| block.slots[*a].adds_to == Some(s) && open(*a)).map(|a| block.slots[a].hours).sum();
        let (hours, overtime) = if open(s) { (slot.hours + added, slot.overtime) } else { (0.0, 0.0) };
        let over = p.column(costs.overtime[s], 0.0, overtime);
        let load = (0..block.arcs.len()).filter(|a| block.arcs[*a].slot == s).map(|a| (units[a], block.arcs[a].hours_per_unit));
        p.row(f64::NEG_INFINITY, hours, load.chain([(over, -1.0)]));
    }
    let mut highs = Highs::new(&p).expect("a sound program");
    (highs.run().expect("a run") == Outcome::Optimal).then(|| highs.objective() + fixed)
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn openings_and_added_hours_cost_the_least_of_everything_tried(seed in any::<u64>()) {
        let (block, costs) = block(seed);
        let least = by_trying(&block, &costs);
        let limits = Limits { iterations: 2_000, rounds: 1, ..Limits::new(&NoClock) };
        let solved = solve_block(&block, &costs, &[], None, &limits).unwrap();
        prop_assert!(block.keeps_rules(&solved.amounts));
        prop_assert!((solved.cost - least).abs() <= 1e-6 * least.max(1.0), "found {}, least {least}\n{block:?}\n{costs:?}\n{solved:?}", solved.cost);
        prop_assert!(solved.bound <= least + 1e-6 * least.max(1.0), "bound {} over {least}", solved.bound);
        prop_assert!((solved.cost - block.cost(&costs, &solved.amounts)).abs() < 1e-9);
    }

    #[test]
    fn patterns_are_the_best_of_all_choices(recipe in recipes(), seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let recipe = Recipe { plants: 1, areas: 1, lines: 2, models: recipe.models.min(3), periods: 1, tiers: false, overtime: false, load: recipe.load.max(0.9), ..recipe };
        let mut problem = recipe.problem();
        for line in 0..problem.lines.len() {
            for factor in [1.2, 1.6] {
                let hours_per_day = factor * problem.lines[line].hours_per_day;
                let pattern = ShiftPattern { line, name: format!("{factor}"), hours_per_day, cost: Some(dice.between(1.0, 9.0)) };
                problem.shift_patterns.extend(dice.chance(0.8).then_some(pattern));
            }
        }
        let mut best = (f64::INFINITY, f64::INFINITY);
        let choices: Vec<Vec<Option<usize>>> = (0..problem.lines.len())
            .map(|l| std::iter::once(None).chain((0..problem.shift_patterns.len()).filter(|p| problem.shift_patterns[*p].line == l).map(Some)).collect())
            .collect();
        for first in &choices[0] {
            for second in &choices[1] {
                let mut tried = Problem { shift_patterns: Vec::new(), ..problem.clone() };
                let mut cost = 0.0;
                for pattern in [first, second].into_iter().flatten().map(|p| &problem.shift_patterns[*p]) {
                    tried.lines[pattern.line].hours_per_day = pattern.hours_per_day;
                    cost += pattern.cost.unwrap_or(0.0);
                }
                let plan = solve(&tried, &Options { gains: 0, ..Options::default() }, &NoClock).unwrap();
                let lost: f64 = plan.unmet.iter().map(|u| u.weight).sum();
                if lost < best.0 - 1e-6 || lost < best.0 + 1e-6 && cost < best.1 {
                    best = (lost, cost);
                }
            }
        }
        let plan = solve(&problem, &Options { integers: Integers { shift_patterns: true, ..Integers::default() }, ..Options::default() }, &NoClock).unwrap();
        prop_assert!(plan.verification.holds(), "{:?}", plan.verification);
        let lost: f64 = plan.unmet.iter().map(|u| u.weight).sum();
        let cost = plan.stages.iter().find(|s| s.name == "cost of longer shifts").map_or(0.0, |s| s.value);
        prop_assert!((lost - best.0).abs() <= 1e-5 * best.0.max(1.0), "lost {lost}, best {best:?}");
        prop_assert!((cost - best.1).abs() <= 1e-5 * best.1.max(1.0), "cost {cost}, best {best:?}");
    }
}
