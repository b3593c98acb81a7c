//! Where the simplex starts: one arc of each step, its key, that takes all units of the step.
//!
//! Lines get prices first: steps are shared out over their arcs by what each costs at those prices, less and less softly, and a line that is
//! too full becomes dearer (smoothing of the dual; Nesterov 2005). At prices close to the optimal ones nearly every step belongs wholly to its
//! cheapest arc, so the simplex has little more to do than to find the few that are split. A step then gives way to another arc that
//! costs about the same where its line is fuller than others, so that the first level is low too.
//!
//! **Invariant:** depends on nothing but the block's numbers; time is proportional to its arcs.

use super::block::Block;

/// Rounds of pricing, and how softly the first and the last share out: a cost that much above the least (relative) still gets a part.
const ROUNDS: usize = 6;
const SOFT: (f64, f64) = (0.1, 0.025);
/// How much faster prices follow the loads than steps change their lines.
const PACE: f64 = 1.5;
/// Rounds in which steps give way: how much dearer (in the exponent) a line at the highest level is than an idle one.
const PRICED: [f64; 2] = [2.0, 2.0];
const UNPRICED: [f64; 4] = [3.0, 6.0, 12.0, 24.0];

/// A key for each step, near the least highest level.
pub(crate) fn keys(block: &Block) -> Vec<u32> {
    let inverse = inverse(block);
    cheapest(block, &inverse, &prices(block, &inverse), &PRICED)
}

/// The same in less time and not as near: enough where most blocks have room to spare.
pub(crate) fn quick_keys(block: &Block) -> Vec<u32> {
    let inverse = inverse(block);
    cheapest(block, &inverse, &inverse, &UNPRICED)
}

fn inverse(block: &Block) -> Vec<f64> {
    block.hours.iter().zip(&block.overtime).map(|(h, o)| 1.0 / (h + o)).collect()
}

/// The cheapest arc of each step at the prices of lines, then giving way round by round.
fn cheapest(block: &Block, inverse: &[f64], price: &[f64], rounds: &[f64]) -> Vec<u32> {
    let mut key = vec![0; block.steps()];
    let mut load = vec![0.0; block.lines()];
    for k in 0..block.steps() {
        let mut best = (f64::INFINITY, block.arcs_of(k).start);
        for j in block.arcs_of(k) {
            let cost = price[block.arc_line[j] as usize] * block.arc_hours[j];
            if cost < best.0 {
                best = (cost, j);
            }
        }
        key[k] = best.1 as u32;
        load[block.arc_line[best.1] as usize] += block.arc_hours[best.1] * block.demand[block.step_item[k] as usize];
    }
    for &fullness in rounds {
        give_way(block, inverse, price, fullness, &mut key, &mut load);
    }
    key
}

/// A price for an hour of each line.
fn prices(block: &Block, inverse: &[f64]) -> Vec<f64> {
    let mut price = inverse.to_vec();
    let mut load = vec![0.0; block.lines()];
    let widest = (0..block.steps()).map(|k| block.arcs_of(k).len()).max().unwrap_or(0);
    let mut part = vec![0.0; widest];
    for round in 0..ROUNDS {
        let soft = SOFT.0 * (SOFT.1 / SOFT.0).powf(round as f64 / (ROUNDS - 1) as f64);
        let sharpness = 0.25 / soft;
        load.fill(0.0);
        for k in 0..block.steps() {
            let arcs = block.arcs_of(k);
            let units = block.demand[block.step_item[k] as usize];
            let (lines, hours) = (&block.arc_line[arcs.clone()], &block.arc_hours[arcs]);
            let part = &mut part[..lines.len()];
            for ((p, l), h) in part.iter_mut().zip(lines).zip(hours) {
                *p = price[*l as usize] * h;
            }
            let least = part.iter().copied().fold(f64::INFINITY, |a, b| if b < a { b } else { a });
            // About exp(−excess ÷ soft), at the cost of a division.
            let (own, factor) = (1.0 - sharpness, sharpness / least);
            for p in part.iter_mut() {
                let root = own + factor * *p;
                let square = root * root;
                *p = 1.0 / (square * square);
            }
            let each = units / part.iter().sum::<f64>();
            for ((p, l), h) in part.iter().zip(lines).zip(hours) {
                load[*l as usize] += each * p * h;
            }
        }
        let high = load.iter().zip(inverse).map(|(load, i)| load * i).fold(0.0, f64::max);
        if high <= 0.0 {
            break;
        }
        for ((price, load), i) in price.iter_mut().zip(&load).zip(inverse) {
            *price *= (load * i / high).clamp(0.3, 1.0).powf(soft * PACE);
        }
    }
    price
}

/// Each step once moves to the arc that is cheapest where fuller lines are dearer.
fn give_way(block: &Block, inverse: &[f64], price: &[f64], fullness: f64, key: &mut [u32], load: &mut [f64]) {
    let high = load.iter().zip(inverse).map(|(load, i)| load * i).fold(0.0, f64::max);
    if high <= 0.0 {
        return;
    }
    let steepness: Vec<f64> = inverse.iter().map(|i| fullness * i / high).collect();
    let at = |l: usize, load: f64| price[l] * (steepness[l] * load - fullness).exp();
    let mut now: Vec<f64> = (0..load.len()).map(|l| at(l, load[l])).collect();
    for k in 0..block.steps() {
        let arcs = block.arcs_of(k);
        if arcs.len() < 2 {
            continue;
        }
        let units = block.demand[block.step_item[k] as usize];
        let own = key[k] as usize;
        let from = block.arc_line[own] as usize;
        let with = now[from];
        let without = load[from] - units * block.arc_hours[own];
        now[from] = at(from, without);
        let mut best = (f64::INFINITY, own);
        for j in arcs {
            let (l, hours) = (block.arc_line[j] as usize, block.arc_hours[j]);
            // The average price while the line fills with the step.
            let cost = now[l] * hours * (1.0 + 0.5 * units * hours * steepness[l]);
            if cost < best.0 {
                best = (cost, j);
            }
        }
        if best.1 == own {
            now[from] = with;
            continue;
        }
        let to = block.arc_line[best.1] as usize;
        load[from] = without;
        load[to] += units * block.arc_hours[best.1];
        now[to] = at(to, load[to]);
        key[k] = best.1 as u32;
    }
}
