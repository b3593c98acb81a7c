//! Finished units (V2): how many units of each model every area of its routing can make in a period.
//!
//! A component that can make all that is wanted can make anything less, so it never limits what is finished. Only the short components
//! decide, and those that share a model decide together: one block whose items are models and whose steps lie in several areas. Which of
//! equally good answers it is follows from the order of names; afterwards every component makes exactly what is finished.

use std::collections::HashMap;

use super::areas::{Part, requests};
use super::bounded;
use super::build::{Builder, Built, ItemRequest};
use super::course::Course;
use super::general;
use super::memory::{Memory, Share};
use super::network::Sets;
use super::simplex::Stuck;
use super::stages::Stages;
use crate::assemble::{Answer, OnLine};
use crate::plan::PlanError;

/// Finished units, `[model * periods + period]` by ranked model; prices of the short lines go into the answer.
pub(crate) fn decide(course: &Course, memory: &Memory, answer: &mut Answer) -> Result<Vec<f64>, PlanError> {
    let n = course.network;
    let mut builder = Builder::new(n);
    let mut finished = possible(course);
    for t in 0..n.periods {
        let mut short = Vec::new();
        for c in 0..n.components.len() {
            // In a frozen period every component may hold the others.
            if n.frozen(t).is_some() || !fits(course, memory, &mut builder, c, t, &finished)? {
                short.push(c);
            }
        }
        for group in joined(course, &short, t, &finished) {
            let digest = course.structures.digest(course, &group, t, Some(&finished));
            let work = || share_group(course, &mut builder, &group, t, &finished);
            let (units, prices) = memory.shares.recall((group[0], t), digest, work)?;
            for (model, units) in units {
                finished[model as usize * n.periods + t] = units;
            }
            answer.prices.extend(prices.into_iter().map(|(line, value)| OnLine { line, period: t as u32, value }));
        }
    }
    Ok(finished)
}

/// Solves short components together: units of the models that lose some, prices of the lines.
fn share_group(course: &Course, builder: &mut Builder, group: &[usize], period: usize, finished: &[f64]) -> Result<Share, PlanError> {
    let n = course.network;
    let (models, pairs) = members(course, group, period, finished);
    let wanted = |model: u32| finished[model as usize * n.periods + period];
    let items = models.iter().zip(&pairs).map(|(&model, pairs)| ItemRequest { model, pairs, units: wanted(model) });
    let built = builder.build(period, items);
    let (units, prices) = share(course, &built)?;
    // A last bit less is rounding, and would only make the other areas solve again.
    let lost = models.into_iter().zip(units).filter(|&(model, units)| units < wanted(model) * (1.0 - 1e-12)).collect();
    let prices = prices.into_iter().enumerate().filter(|(_, price)| *price > 0.0);
    Ok((lost, prices.map(|(l, price)| (n.line_id[built.line[l] as usize], price)).collect()))
}

/// The demand of models whose every step can be done in the period; 0 for the others and for models without a routing.
pub(crate) fn possible(course: &Course) -> Vec<f64> {
    let n = course.network;
    let mut wanted = n.demand.clone();
    for m in 0..n.model_id.len() {
        let pairs = n.pairs_of(m);
        for t in 0..n.periods {
            let whole = !pairs.is_empty() && pairs.clone().all(|p| n.can_do(p, t));
            if !whole {
                wanted[m * n.periods + t] = 0.0;
            }
        }
    }
    wanted
}

/// Whether a component can make all that is wanted of it in a period.
pub(crate) fn fits(
    course: &Course,
    memory: &Memory,
    builder: &mut Builder,
    component: usize,
    period: usize,
    wanted: &[f64],
) -> Result<bool, PlanError> {
    let digest = course.structures.digest(course, &[component], period, Some(wanted));
    memory.fits.recall((component, period), digest, || {
        let n = course.network;
        let asked = || n.components[component].pairs.iter().map(|p| wanted[n.pair_model[*p as usize] as usize * n.periods + period]);
        if digest.is_some() && n.frozen(period).is_none() {
            if course.ready.is_too_much(component, period, asked()) {
                return Ok(false);
            }
            let last = course.ready.last_made(component, period);
            if last.is_some_and(|part| stretches(course, &part, component, period, wanted)) {
                return Ok(true);
            }
        }
        let ready = course.ready.take(component, period, requests(course, component, period, Some(wanted)));
        let built = ready.unwrap_or_else(|| builder.build(period, requests(course, component, period, Some(wanted))));
        if built.block.items() == 0 {
            return Ok(true);
        }
        let by_simplex = Stages::serving(&built.block).fits(false);
        let fits = by_simplex.or_else(|_| general::level(&built).map(|level| level <= 1.0 + 1e-9))?;
        course.ready.keep(component, period, built);
        if digest.is_some() && !fits {
            course.ready.too_much(component, period, asked());
        }
        Ok(fits)
    })
}

/// Share of a line's hours that a plan which is stretched leaves alone, so that no rounding can make it fit.
const LEFT_ALONE: f64 = 1e-6;

/// Whether what a component made last needs no more than the hours that its lines have left to become what is wanted now. Where it does not, that
/// says nothing.
fn stretches(course: &Course, last: &Part, component: usize, period: usize, wanted: &[f64]) -> bool {
    let n = course.network;
    let whole = |l: u32| {
        let place = l as usize * n.periods + period;
        (n.hours[place] + n.overtime[place]) * (1.0 - LEFT_ALONE)
    };
    let mut room: HashMap<u32, f64> = n.components[component].lines.iter().map(|l| (*l, whole(*l))).collect();
    last.hours.iter().for_each(|(l, hours)| _ = room.entry(*l).and_modify(|room| *room -= hours));
    let made: HashMap<u32, f64> = last.units.iter().copied().collect();
    requests(course, component, period, Some(wanted)).all(|item| {
        item.pairs.iter().flat_map(|p| n.steps_of(*p as usize)).all(|k| {
            let mut missing = item.units - made.get(&(k as u32)).copied().unwrap_or(0.0);
            for j in n.arcs_of(k).filter(|j| n.usable(*j, period)) {
                if missing <= 0.0 {
                    break;
                }
                let Some(left) = room.get_mut(&n.arc_line[j]) else { continue };
                let units = missing.min((*left / n.arc_hours[j]).max(0.0));
                *left -= units * n.arc_hours[j];
                missing -= units;
            }
            missing <= 0.0
        })
    })
}

/// Components in groups that share a model with something wanted.
pub(crate) fn joined(course: &Course, short: &[usize], period: usize, wanted: &[f64]) -> Vec<Vec<usize>> {
    let n = course.network;
    let mut sets = Sets::new(short.len());
    let mut first = vec![u32::MAX; n.model_id.len()];
    for (s, &c) in short.iter().enumerate() {
        for &p in &n.components[c].pairs {
            let m = n.pair_model[p as usize] as usize;
            if wanted[m * n.periods + period] > 0.0 {
                if first[m] == u32::MAX {
                    first[m] = s as u32;
                } else {
                    sets.join(first[m] as usize, s);
                }
            }
        }
    }
    let mut groups = vec![Vec::new(); short.len()];
    for (s, &c) in short.iter().enumerate() {
        groups[sets.root(s)].push(c);
    }
    groups.retain(|g| !g.is_empty());
    groups
}

/// The models of a group with the pairs that lie in it.
pub(crate) fn members(course: &Course, group: &[usize], period: usize, wanted: &[f64]) -> (Vec<u32>, Vec<Vec<u32>>) {
    let n = course.network;
    let mut pairs: Vec<u32> = group.iter().flat_map(|&c| n.components[c].pairs.iter().copied()).collect();
    pairs.retain(|&p| wanted[n.pair_model[p as usize] as usize * n.periods + period] > 0.0);
    // Pairs are numbered model by model.
    pairs.sort_unstable();
    let mut models: Vec<u32> = Vec::new();
    let mut of_model: Vec<Vec<u32>> = Vec::new();
    for p in pairs {
        let model = n.pair_model[p as usize];
        if models.last() != Some(&model) {
            models.push(model);
            of_model.push(Vec::new());
        }
        if let Some(last) = of_model.last_mut() {
            last.push(p);
        }
    }
    (models, of_model)
}

/// Shares the short lines: units of each item, price of an hour of each line.
fn share(course: &Course, built: &Built) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
    if !built.bounds.is_empty() {
        return bounded::share(course, built);
    }
    share_by_stages(course, built).or_else(|_| general::share(course, built))
}

fn share_by_stages(course: &Course, built: &Built) -> Result<(Vec<f64>, Vec<f64>), Stuck> {
    let block = &built.block;
    let mut stages = Stages::serving(block);
    if !stages.fits(false)? {
        stages.lose(&course.tiers_of(built, true))?;
    }
    stages.free_capacity()?;
    stages.simplex.finish()?;
    let units = (0..block.items()).map(|i| stages.simplex.item_units(i).max(0.0) * block.unit[i]).collect();
    Ok((units, stages.hour_price.iter().map(|p| p / block.hour).collect()))
}
