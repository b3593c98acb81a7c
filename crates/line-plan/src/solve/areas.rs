//! Every component in every period makes what is wanted of it: serve or lose, even out, spare overtime, prefer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::block::Block;
use super::bounded;
use super::build::{Builder, Built, ItemRequest};
use super::course::Course;
use super::memory::Memory;
use super::network::Sets;
use super::simplex::Stuck;
use super::stages::Stages;
use super::stay;
use crate::assemble::{Answer, Made, OnLine, Sums};
use crate::options::Balance;
use crate::plan::PlanError;

/// Fewer arcs than this over all periods are not worth a thread.
const ARCS_PER_THREAD: usize = 20_000;

/// Pivots between inversions, at first and where rounding got the better of the first attempt.
const QUICK: usize = 100;
const EXACTING: usize = 5;
/// The second where lines are very many and an inversion takes as long as many pivots.
const EXACTING_SPARSE: usize = 25;

/// What a block answered: scaled units of its arcs, prices of its lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Solved {
    pub arc_units: Vec<f64>,
    pub hour_price: Vec<f64>,
    /// Lines whose level was left where it came out, because there are too many for every level.
    pub uneven: usize,
}

/// Makes the wanted units (`[model * periods + period]`, ranked models) or, without any, as much of the demand as possible per area. `sizes` are
/// the numbers of lines and steps of the problem.
pub(crate) fn make(
    course: &Course,
    memory: &Memory,
    wanted: Option<&[f64]>,
    sizes: [usize; 2],
    answer: &mut Answer,
) -> Result<(), PlanError> {
    let n = course.network;
    let groups = groups(course);
    let tasks = groups.len() * n.periods;
    let threads = course.options.threads.min(1 + n.arc_id.len() * n.periods / ARCS_PER_THREAD).clamp(1, tasks.max(1));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut builder = Builder::new(n);
        let mut parts: Vec<(usize, Arc<Part>)> = Vec::new();
        loop {
            let task = next.fetch_add(1, Ordering::Relaxed);
            if task >= tasks {
                return Ok(parts);
            }
            let (group, period) = (&groups[task % groups.len()], task / groups.len());
            parts.push((task, solve_group(course, memory, &mut builder, group, period, wanted)?));
        }
    };
    let results: Vec<Result<Vec<(usize, Arc<Part>)>, PlanError>> = if threads == 1 {
        vec![work()]
    } else {
        std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let lost = || Err(PlanError::Numerical { detail: "a solver thread stopped".to_owned() });
            handles.into_iter().map(|h| h.join().unwrap_or_else(|_| lost())).collect()
        })
    };
    let mut parts = Vec::with_capacity(tasks);
    for result in results {
        parts.extend(result?);
    }
    parts.sort_unstable_by_key(|(task, _)| *task);
    answer.made.reserve(parts.iter().map(|(_, part)| part.made.len()).sum());
    let [lines, steps] = sizes.map(|size| vec![0.0; size * n.periods]);
    let mut sums = Sums { hours: lines, units: steps, off_preferred: 0.0 };
    for (task, part) in parts {
        let period = task / groups.len();
        part.hours.iter().for_each(|(l, hours)| sums.hours[n.line_id[*l as usize] as usize * n.periods + period] = *hours);
        part.units.iter().for_each(|(k, units)| sums.units[n.step_id[*k as usize] as usize * n.periods + period] = *units);
        sums.off_preferred += part.off_preferred;
        answer.made.extend_from_slice(&part.made);
        answer.uneven += part.uneven;
        if wanted.is_none() {
            answer.prices.extend_from_slice(&part.prices);
        }
    }
    answer.sums = Some(sums);
    Ok(())
}

/// A task's part of the answer.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub made: Vec<Made>,
    pub prices: Vec<OnLine>,
    /// Hours of each line and units of each step that take part, in the network's numbers.
    pub hours: Vec<(u32, f64)>,
    pub units: Vec<(u32, f64)>,
    /// Hours off the preferred line, each times its priority steps.
    pub off_preferred: f64,
    pub uneven: usize,
}

/// Components that are solved together: each alone, or, where only the highest level of a plant's area counts, all that share one.
fn groups(course: &Course) -> Vec<Vec<usize>> {
    let n = course.network;
    let mut sets = Sets::new(n.components.len());
    if course.options.balance == Balance::Max {
        let mut first = std::collections::BTreeMap::new();
        for (c, component) in n.components.iter().enumerate() {
            for &l in &component.lines {
                let other = *first.entry(n.line_place[l as usize]).or_insert(c);
                sets.join(other, c);
            }
        }
    }
    let mut groups: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for c in 0..n.components.len() {
        groups.entry(sets.root(c)).or_default().push(c);
    }
    groups.into_values().collect()
}

/// The items of a component in a period: pairs of which something is wanted and every step can be done.
pub(crate) fn requests<'c>(
    course: &'c Course,
    component: usize,
    period: usize,
    wanted: Option<&'c [f64]>,
) -> impl Iterator<Item = ItemRequest<'c>> {
    let n = course.network;
    let wanted = wanted.unwrap_or(&n.demand);
    n.components[component].pairs.iter().filter_map(move |pair| {
        let model = n.pair_model[*pair as usize];
        let units = wanted[model as usize * n.periods + period];
        (units > 0.0 && n.can_do(*pair as usize, period)).then_some(ItemRequest { model, pairs: std::slice::from_ref(pair), units })
    })
}

fn solve_group(
    course: &Course,
    memory: &Memory,
    builder: &mut Builder,
    group: &[usize],
    period: usize,
    wanted: Option<&[f64]>,
) -> Result<Arc<Part>, PlanError> {
    let digest = course.structures.digest(course, group, period, wanted);
    memory.parts.recall((group[0], period), digest, || {
        let mut build = |&c: &usize| {
            let ready = course.ready.take(c, period, requests(course, c, period, wanted));
            ready.unwrap_or_else(|| builder.build(period, requests(course, c, period, wanted)))
        };
        let built: Vec<Built> = group.iter().map(&mut build).collect();
        let solved = solve_blocks(course, &built)?;
        let part = Arc::new(part_of(course, period, &built, &solved));
        if digest.is_some() {
            // Another solve may want other amounts of the same.
            group.iter().zip(built).for_each(|(c, built)| course.ready.keep(*c, period, built));
            course.ready.made(group[0], period, &part);
        }
        Ok(part)
    })
}

/// What the blocks make, in the problem's indices and units.
fn part_of(course: &Course, period: usize, built: &[Built], solved: &[Solved]) -> Part {
    let n = course.network;
    let mut part = Part::default();
    for (built, solved) in built.iter().zip(solved) {
        part.uneven += solved.uneven;
        let block = &built.block;
        let (lines, steps) = (part.hours.len(), part.units.len());
        part.hours.extend(built.line.iter().map(|l| (*l, 0.0)));
        part.units.extend(built.step.iter().map(|k| (*k, 0.0)));
        for (j, &units) in solved.arc_units.iter().enumerate() {
            if units > 0.0 {
                let (step, line, arc) = (block.arc_step[j] as usize, block.arc_line[j] as usize, built.arc[j] as usize);
                let units = units * block.unit[block.step_item[step] as usize];
                let hours = units * n.arc_hours[arc];
                part.hours[lines + line].1 += hours;
                part.units[steps + step].1 += units;
                part.off_preferred += f64::from(n.arc_priority[arc].max(1) - 1) * hours;
                part.made.push(Made { capability: n.arc_id[arc], period: period as u32, units });
            }
        }
        for (l, &price) in solved.hour_price.iter().enumerate() {
            if price > 0.0 {
                part.prices.push(OnLine { line: n.line_id[built.line[l] as usize], period: period as u32, value: price / block.hour });
            }
        }
    }
    part
}

fn solve_blocks(course: &Course, built: &[Built]) -> Result<Vec<Solved>, PlanError> {
    if built.iter().all(|b| b.bounds.is_empty())
        && let Ok(solved) = by_stages(course, built, QUICK).or_else(|_| by_stages(course, built, EXACTING))
    {
        return Ok(solved);
    }
    bounded::solve(course, built)
}

/// All stages on the blocks of a group.
fn by_stages(course: &Course, built: &[Built], rebuild_after: usize) -> Result<Vec<Solved>, Stuck> {
    let balance = course.options.balance;
    let start = if balance == Balance::Off { Stages::serving } else { Stages::new };
    let mut run: Vec<Stages> = built.iter().map(|b| start(&b.block)).collect();
    for stages in &mut run {
        let sparse = stages.simplex.is_sparse();
        stages.simplex.rebuild_after = if sparse { rebuild_after.max(EXACTING_SPARSE) } else { rebuild_after };
    }
    for (stages, built) in run.iter_mut().zip(built) {
        if !stages.fits(balance != Balance::Off)? {
            stages.lose(&course.tiers_of(built, false))?;
        }
    }
    match balance {
        Balance::Leximin => run.iter_mut().try_for_each(|s| s.balance())?,
        Balance::Max => {
            let levels = run.iter_mut().map(Stages::first_level).collect::<Result<Vec<f64>, Stuck>>()?;
            let level = levels.iter().copied().fold(0.0, f64::max);
            for ((stages, own), built) in run.iter_mut().zip(levels).zip(built) {
                if stages.short || stages.has_overtime() || own == level {
                    stages.cap_at(level);
                } else {
                    *stages = Stages::new(&built.block);
                    stages.serve_up_to(level)?;
                }
            }
        }
        Balance::Off => run.iter_mut().try_for_each(|s| s.free_capacity())?,
    }
    run.iter_mut().zip(built).map(|(stages, built)| finish(course, stages, built)).collect()
}

fn finish(course: &Course, stages: &mut Stages, built: &Built) -> Result<Solved, Stuck> {
    stages.spare_overtime()?;
    if let Some(cost) = course.preference_of(built) {
        stages.prefer(&cost)?;
    }
    stages.simplex.finish()?;
    let simplex = &stages.simplex;
    let mut arc_units = settled(simplex.block, |i| simplex.item_units(i), |j| simplex.arc_units(j));
    if let Some(closer) = stay::closer(simplex, &built.released, &arc_units).map_err(|_| Stuck)? {
        arc_units = closer;
    }
    Ok(Solved { arc_units, hour_price: stages.hour_price.clone(), uneven: 0 })
}

/// Units of the arcs without the solver's rounding: what is next to nothing beside its item is nothing, and every step adds up to its item.
pub(crate) fn settled(block: &Block, item_units: impl Fn(usize) -> f64, arc_units: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut units = vec![0.0; block.arcs()];
    for k in 0..block.steps() {
        let item = item_units(block.step_item[k] as usize);
        if item <= 0.0 {
            continue;
        }
        let mut total = 0.0;
        for j in block.arcs_of(k) {
            let made = arc_units(j);
            if made > 1e-9 * item {
                units[j] = made;
                total += made;
            }
        }
        for j in block.arcs_of(k) {
            units[j] *= item / total;
        }
    }
    units
}
