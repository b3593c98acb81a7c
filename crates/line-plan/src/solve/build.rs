//! Blocks from the network: which items, steps, arcs and lines take part in a period, renumbered and scaled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::areas::Part;
use super::block::Block;
use super::network::Network;

/// What is asked of a block: an item is a model with the pairs (model, area) that its units must pass.
pub(crate) struct ItemRequest<'a> {
    pub model: u32,
    pub pairs: &'a [u32],
    /// Units wanted, more than 0.
    pub units: f64,
}

/// A block and where its parts come from.
#[derive(Debug, Default)]
pub(crate) struct Built {
    pub block: Block,
    /// Network model and first pair of each item.
    pub item_model: Vec<u32>,
    pub item_pair: Vec<u32>,
    /// Units asked of each item.
    pub item_units: Vec<f64>,
    /// Network step of each step, arc of each arc, line of each line.
    pub step: Vec<u32>,
    pub arc: Vec<u32>,
    pub line: Vec<u32>,
    /// Released units of each arc (scaled); empty where nothing is released.
    pub released: Vec<f64>,
    /// Fewest and most units of each arc (scaled); empty outside the frozen window.
    pub bounds: Vec<(f64, f64)>,
}

/// Blocks of components in a period, kept until they are asked for again: later in the same solve, or in the next of the same network.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    kept: Mutex<(usize, HashMap<Place, Built>)>,
    known: Mutex<HashMap<Place, Trial>>,
}

/// Component and period.
type Place = (usize, usize);

/// What is known of a component in a period.
#[derive(Debug, Default)]
struct Trial {
    /// What it made last.
    made: Option<Arc<Part>>,
    /// Units of each of its pairs that it could not make.
    too_much: Option<Vec<f64>>,
}

/// Arcs in all blocks kept; blocks beyond them are built again.
const MOST_KEPT: usize = 400_000;

impl Ready {
    /// Keeps the block of a component in a period.
    pub fn keep(&self, component: usize, period: usize, built: Built) {
        if let Ok(mut kept) = self.kept.lock()
            && kept.0 + built.arc.len() <= MOST_KEPT
        {
            kept.0 += built.arc.len();
            kept.1.insert((component, period), built);
        }
    }

    /// Takes note of what a component makes in a period.
    pub fn made(&self, component: usize, period: usize, part: &Arc<Part>) {
        if let Ok(mut known) = self.known.lock() {
            known.entry((component, period)).or_default().made = Some(Arc::clone(part));
        }
    }

    /// What it made last.
    pub fn last_made(&self, component: usize, period: usize) -> Option<Arc<Part>> {
        self.known.lock().ok()?.get(&(component, period))?.made.clone()
    }

    /// Takes note of units of each pair that a component cannot make in a period.
    pub fn too_much(&self, component: usize, period: usize, units: impl Iterator<Item = f64>) {
        if let Ok(mut known) = self.known.lock() {
            known.entry((component, period)).or_default().too_much = Some(units.collect());
        }
    }

    /// Whether units are no less than others that it could not make.
    pub fn is_too_much(&self, component: usize, period: usize, mut units: impl Iterator<Item = f64>) -> bool {
        let Ok(known) = self.known.lock() else { return false };
        let too_much = known.get(&(component, period)).and_then(|trial| trial.too_much.as_ref());
        too_much.is_some_and(|known| known.iter().all(|known| units.next().is_some_and(|units| units >= *known)))
    }

    /// The block, where it is kept and the same items are asked of it as then, with the units that are asked now.
    pub fn take<'a>(&self, component: usize, period: usize, items: impl Iterator<Item = ItemRequest<'a>>) -> Option<Built> {
        let mut built = {
            let mut kept = self.kept.lock().ok()?;
            let built = kept.1.remove(&(component, period))?;
            kept.0 -= built.arc.len();
            built
        };
        let mut count = 0;
        for (i, item) in items.enumerate() {
            if built.item_pair.get(i) != Some(&item.pairs[0]) {
                return None;
            }
            built.item_units[i] = item.units;
            // As scaling makes it, to the last bit.
            built.block.demand[i] = item.units / built.block.unit[i];
            count = i + 1;
        }
        (count == built.item_pair.len()).then_some(built)
    }
}

/// Renumbers lines; reused so that nothing is allocated per block.
pub(crate) struct Builder<'n> {
    network: &'n Network,
    local_line: Vec<u32>,
}

impl<'n> Builder<'n> {
    pub fn new(network: &'n Network) -> Self {
        Builder { network, local_line: vec![u32::MAX; network.line_id.len()] }
    }

    /// The block of the given items in a period. The caller has left out items with a step that no line can do.
    pub fn build<'a>(&mut self, period: usize, items: impl Iterator<Item = ItemRequest<'a>>) -> Built {
        let n = self.network;
        let items: Vec<ItemRequest<'a>> = items.collect();
        let mut built = Built::default();
        let block = &mut built.block;
        let arcs = items.iter().flat_map(|item| item.pairs).flat_map(|p| n.steps_of(*p as usize)).map(|k| n.arcs_of(k).len()).sum();
        block.arc_step.reserve(arcs);
        block.arc_line.reserve(arcs);
        block.arc_hours.reserve(arcs);
        built.arc.reserve(arcs);
        block.item_start.push(0);
        block.arc_start.push(0);
        for (i, item) in items.into_iter().enumerate() {
            for &p in item.pairs {
                for k in n.steps_of(p as usize) {
                    for j in n.arcs_of(k) {
                        if !n.usable(j, period) {
                            continue;
                        }
                        let line = n.arc_line[j] as usize;
                        if self.local_line[line] == u32::MAX {
                            self.local_line[line] = built.line.len() as u32;
                            built.line.push(line as u32);
                        }
                        block.arc_step.push(block.step_item.len() as u32);
                        block.arc_line.push(self.local_line[line]);
                        block.arc_hours.push(n.arc_hours[j]);
                        built.arc.push(j as u32);
                    }
                    block.arc_start.push(block.arc_line.len() as u32);
                    block.step_item.push(i as u32);
                    built.step.push(k as u32);
                }
            }
            block.item_start.push(block.step_item.len() as u32);
            block.demand.push(item.units);
            built.item_model.push(item.model);
            built.item_pair.push(item.pairs[0]);
            built.item_units.push(item.units);
        }
        for &line in &built.line {
            block.hours.push(n.hours[line as usize * n.periods + period]);
            block.overtime.push(n.overtime[line as usize * n.periods + period]);
            self.local_line[line as usize] = u32::MAX;
        }
        block.scale();
        if n.has_released(period) {
            let arcs = built.arc.iter().zip(&built.block.arc_step);
            let unit = |step: u32| built.block.unit[built.block.step_item[step as usize] as usize];
            built.released = arcs.map(|(&j, &k)| n.released(j as usize, period) / unit(k)).collect();
        }
        if let Some(frozen) = n.frozen(period) {
            built.bounds = built.released.iter().map(|units| frozen.bounds(*units)).collect();
        }
        built
    }
}
