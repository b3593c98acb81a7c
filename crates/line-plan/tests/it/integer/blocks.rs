//! Blocks: the least cost of tiny ones is found by trying every combination; larger ones keep the rules.

use line_plan::NoClock;
use line_plan::highs::{Highs, Outcome, Program};
use line_plan::integer::{Block, Ceiling, Costs, Limits, Slot, solve_block, solve_stages};
use proptest::prelude::*;

use crate::instances::{Dice, cases};

/// A block by chance. `scale` 1 has at most eight arcs, so that everything can be tried.
fn block(seed: u64, scale: usize) -> (Block, Costs) {
    let mut dice = Dice(seed);
    let mut block = Block::default();
    let mut costs = Costs { unmet: vec![], opening: vec![], overtime: vec![], assignment: vec![], change: vec![] };
    let (periods, lines) = (1 + dice.below(2), 1 + dice.below(2 * scale));
    let (decided, stay) = (dice.chance(0.7), dice.chance(0.5));
    for period in 0..periods {
        for line in 0..lines {
            let overtime = if dice.chance(0.3) { dice.between(1.0, 4.0) } else { 0.0 };
            let after = (stay && period > 0).then(|| (period - 1) * lines + line);
            block.add_slot(Slot { period, hours: dice.between(0.0, 20.0), overtime, decided, after, ..Slot::default() });
            costs.opening.push(dice.between(0.0, 30.0));
            costs.overtime.push(dice.between(0.0, 3.0));
        }
    }
    let most_arcs = if scale == 1 { 8 } else { usize::MAX };
    for _ in 0..1 + dice.below(3 * scale * scale) {
        let (period, demand) = (dice.below(periods), dice.between(1.0, 30.0));
        block.add_item(demand);
        costs.unmet.push(dice.between(0.1, 5.0));
        for _ in 0..1 + dice.below(2) {
            block.add_step(if dice.chance(0.5) { Some(1 + dice.below(2) as u32) } else { None });
            for line in 0..lines {
                if dice.chance(0.7) && block.arcs.len() < most_arcs {
                    let lot = if dice.chance(0.4) { dice.between(0.0, demand) } else { 0.0 };
                    let setup = if dice.chance(0.5) { dice.between(0.0, 3.0) } else { 0.0 };
                    block.add_arc(period * lines + line, dice.between(0.2, 1.5), lot, setup);
                    costs.assignment.push(if dice.chance(0.5) { dice.between(0.0, 3.0) } else { 0.0 });
                }
            }
        }
    }
    costs.change = vec![0.0; block.arcs.len()];
    (block, costs)
}

/// The same with a released plan for some arcs, which it costs to leave, and amounts held near it on some of them.
fn with_released(seed: u64, (mut block, mut costs): (Block, Costs)) -> (Block, Costs) {
    let mut dice = Dice(seed ^ 2);
    // A plan that keeps the rules is one that can be released.
    let before = solve_block(&block, &costs, &[], None, &limits()).unwrap().amounts;
    let frozen = dice.chance(0.5);
    for item in block.items.clone() {
        let held = frozen && dice.chance(0.5);
        for arc in block.steps[item.steps].iter().flat_map(|step| step.arcs.clone()) {
            let units = before.units[arc];
            let arc = &mut block.arcs[arc];
            arc.released = if held || dice.chance(0.7) { units } else { dice.between(0.0, 10.0) };
            if held {
                arc.bounds = (0.8 * units, 1.2 * units);
            }
        }
    }
    costs.change = block.arcs.iter().map(|_| dice.between(0.0, 2.0)).collect();
    costs.unmet.iter_mut().for_each(|cost| *cost = dice.between(0.1, 5.0));
    (block, costs)
}

/// The least cost over every set of used arcs, by one linear program for each.
fn by_trying(block: &Block, costs: &Costs) -> f64 {
    (0..1u32 << block.arcs.len()).filter_map(|set| with_arcs(block, costs, set)).fold(f64::INFINITY, f64::min)
}

fn with_arcs(block: &Block, costs: &Costs, set: u32) -> Option<f64> {
    let used = |a: usize| set >> a & 1 == 1;
    for step in &block.steps {
        let count = step.arcs.clone().filter(|a| used(*a)).count();
        if step.most_lines.is_some_and(|most| count > most as usize) {
            return None;
        }
    }
    let mut open: Vec<bool> = block.slots.iter().map(|s| !s.decided).collect();
    (0..block.arcs.len()).filter(|a| used(*a)).for_each(|a| open[block.arcs[a].slot] = true);
    for s in 0..open.len() {
        open[s] |= block.slots[s].after.is_some_and(|before| block.slots[before].decided && open[before]);
    }
    let mut p = Program::default();
    let mut fixed: f64 = (0..open.len()).filter(|s| open[*s] && block.slots[*s].decided).map(|s| costs.opening[s]).sum();
    fixed += (0..block.arcs.len()).filter(|a| used(*a)).map(|a| costs.assignment[a]).sum::<f64>();
    let demand = |a: usize| block.items[block.steps[block.arcs[a].step].item].demand;
    let bounds = |a: usize| block.arcs[a].bounds;
    let limits = |a: usize| if used(a) { (block.arcs[a].minimum_lot.max(bounds(a).0), demand(a).min(bounds(a).1)) } else { (0.0, 0.0) };
    if (0..block.arcs.len()).any(|a| limits(a).0 > limits(a).1 || (!used(a) && bounds(a).0 > 0.0)) {
        return None;
    }
    let units: Vec<usize> = (0..block.arcs.len()).map(|a| p.column(0.0, limits(a).0, limits(a).1)).collect();
    let unmet: Vec<usize> = block.items.iter().zip(&costs.unmet).map(|(i, cost)| p.column(*cost, 0.0, i.demand)).collect();
    let over: Vec<usize> = block.slots.iter().zip(&costs.overtime).map(|(s, cost)| p.column(*cost, 0.0, s.overtime)).collect();
    for (a, arc) in block.arcs.iter().enumerate() {
        let (more, less) = (p.column(costs.change[a], 0.0, f64::INFINITY), p.column(costs.change[a], 0.0, f64::INFINITY));
        p.row(arc.released, arc.released, [(units[a], 1.0), (more, -1.0), (less, 1.0)]);
    }
    for step in &block.steps {
        let demand = block.items[step.item].demand;
        p.row(demand, demand, step.arcs.clone().map(|a| (units[a], 1.0)).chain([(unmet[step.item], 1.0)]));
    }
    for (s, slot) in block.slots.iter().enumerate() {
        let here = || (0..block.arcs.len()).filter(|a| block.arcs[*a].slot == s);
        let setups: f64 = here().filter(|a| used(*a)).map(|a| block.arcs[a].setup_hours).sum();
        let hours = if open[s] { slot.hours - setups } else { 0.0 };
        p.row(f64::NEG_INFINITY, hours, here().map(|a| (units[a], block.arcs[a].hours_per_unit)).chain([(over[s], -1.0)]));
    }
    let mut highs = Highs::new(&p).expect("a sound program");
    (highs.run().expect("a run") == Outcome::Optimal).then(|| highs.objective() + fixed)
}

fn limits() -> Limits<'static> {
    Limits { iterations: 2_000, rounds: 1, ..Limits::new(&NoClock) }
}

proptest! {
    #![proptest_config(cases(24))]

    #[test]
    fn tiny_blocks_cost_the_least_of_everything_tried(seed in any::<u64>()) {
        let (block, costs) = block(seed, 1);
        let least = by_trying(&block, &costs);
        let solved = solve_block(&block, &costs, &[], None, &limits()).unwrap();
        prop_assert!(block.keeps_rules(&solved.amounts));
        prop_assert!((solved.cost - least).abs() <= 1e-6 * least.max(1.0), "found {}, least {least}", solved.cost);
        prop_assert!(solved.bound <= least + 1e-6 * least.max(1.0), "bound {} over {least}", solved.bound);
        prop_assert!((solved.cost - block.cost(&costs, &solved.amounts)).abs() < 1e-9);
    }

    #[test]
    fn tiny_blocks_stay_near_what_is_released_and_within_their_bounds(seed in any::<u64>()) {
        let (block, costs) = with_released(seed, block(seed, 1));
        let least = by_trying(&block, &costs);
        // Everything at once and the changes as a stage of their own: both begin with a plan that holds what is bounded.
        let solved = solve_stages(&block, std::slice::from_ref(&costs), &limits()).unwrap();
        prop_assert!(block.keeps_rules(&solved.amounts));
        prop_assert!((solved.stages[0].0 - least).abs() <= 1e-6 * least.max(1.0), "found {:?}, least {least}", solved.stages);
        prop_assert!(solved.stages[0].1 <= least + 1e-6 * least.max(1.0), "bound {:?} over {least}", solved.stages);
        let first = Costs { change: vec![0.0; block.arcs.len()], ..costs.clone() };
        let last = Costs { change: costs.change.clone(), ..Costs::none(&block) };
        let staged = solve_stages(&block, &[first.clone(), last], &limits()).unwrap();
        let least = by_trying(&block, &first);
        prop_assert!((staged.stages[0].0 - least).abs() <= 1e-6 * least.max(1.0), "stage 1 {:?}, least {least}", staged.stages);
        // With the first stage dear enough, the sum of both is decided by it alone.
        let times = |v: &[f64]| v.iter().map(|c| c * 1e4).collect();
        let dear = Costs {
            unmet: times(&first.unmet),
            opening: times(&first.opening),
            overtime: times(&first.overtime),
            assignment: times(&first.assignment),
            change: costs.change.clone(),
        };
        let second = by_trying(&block, &dear) - 1e4 * least;
        prop_assert!((staged.stages[1].0 - second).abs() <= 1e-4 * second.max(1.0), "stage 2 {:?}, least {second}", staged.stages);
        prop_assert!(block.keeps_rules(&staged.amounts));
    }

    #[test]
    fn a_later_stage_gives_nothing_up(seed in any::<u64>()) {
        let (block, costs) = block(seed, 1);
        let unmet = Costs { unmet: costs.unmet.clone(), ..Costs::none(&block) };
        let rest = Costs { unmet: vec![0.0; costs.unmet.len()], ..costs.clone() };
        let least = by_trying(&block, &unmet);
        let staged = solve_stages(&block, &[unmet.clone(), rest.clone()], &limits()).unwrap();
        prop_assert!((staged.stages[0].0 - least).abs() <= 1e-6 * least.max(1.0), "stage 1 {:?}, least {least}", staged.stages);
        // With unmet demand dear enough, the sum of both is decided by it alone.
        let dear = Costs { unmet: costs.unmet.iter().map(|c| c * 1e4).collect(), ..rest.clone() };
        let second = by_trying(&block, &dear) - 1e4 * least;
        let found = staged.stages[1].0;
        prop_assert!((found - second).abs() <= 1e-4 * second.max(1.0), "stage 2 {found}, least {second}");
        let ceiling = Ceiling { costs: unmet, value: least + 1e-6 };
        let solved = solve_block(&block, &rest, &[ceiling], Some(staged.amounts), &limits()).unwrap();
        prop_assert!(solved.bound <= second + 1e-4 * second.max(1.0));
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn larger_blocks_keep_the_rules_and_repeat(seed in any::<u64>()) {
        let (block, costs) = block(seed, 3);
        let limits = Limits { nodes: 1, ..limits() };
        let solved = solve_block(&block, &costs, &[], None, &limits).unwrap();
        prop_assert!(block.keeps_rules(&solved.amounts));
        prop_assert!(solved.bound <= solved.cost + 1e-9);
        prop_assert!(solved.cost <= block.cost(&costs, &block.nothing()) + 1e-9);
        prop_assert_eq!(&solved, &solve_block(&block, &costs, &[], None, &limits).unwrap());
    }
}

/// Two lines of 100 h; opening the second costs more than the 5 hours that do not fit on the first.
#[test]
fn a_line_is_opened_only_if_that_pays() {
    let mut block = Block::default();
    for _ in 0..2 {
        block.add_slot(Slot { period: 0, hours: 100.0, overtime: 0.0, decided: true, ..Slot::default() });
    }
    block.add_item(105.0);
    block.add_step(None);
    block.add_arc(0, 1.0, 0.0, 0.0);
    block.add_arc(1, 1.0, 0.0, 0.0);
    let costs = |unmet: f64| Costs {
        unmet: vec![unmet],
        opening: vec![40.0, 41.0],
        overtime: vec![0.0; 2],
        assignment: vec![0.0; 2],
        change: vec![0.0; 2],
    };
    let solve = |unmet: f64| solve_block(&block, &costs(unmet), &[], None, &limits()).unwrap();
    let cheap = solve(8.0);
    assert_eq!(cheap.amounts.open, [true, false]);
    assert!((cheap.cost - 80.0).abs() < 1e-6 && cheap.gap() < 1e-6, "{cheap:?}");
    let dear = solve(9.0);
    assert_eq!(dear.amounts.open, [true, true]);
    assert!((dear.cost - 81.0).abs() < 1e-6 && dear.gap() < 1e-6, "{dear:?}");
}
