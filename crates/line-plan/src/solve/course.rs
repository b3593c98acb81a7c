//! What the options mean for the blocks: costs of unmet units tier by tier, preferences, tie-breaks, and the stages' values at the end.

use super::build::{Built, Ready};
use super::memory::Structures;
use super::network::Network;
use super::stages::Tier;
use crate::assemble::{Answer, ROUNDING, Sums};
use crate::options::{Balance, Options, PlanModel};
use crate::order::Order;
use crate::plan::Stage;
use crate::problem::{PriorityReading, Problem};
use crate::worth::Worth;

/// Name of the last stage.
pub(crate) const CHANGED: &str = "hours changed against the released plan";

/// The course of a solve.
pub(crate) struct Course<'n> {
    pub network: &'n Network,
    pub options: &'n Options,
    pub reading: PriorityReading,
    /// Cost of an unmet unit of each pair (area reading).
    pair_cost: Vec<f64>,
    /// Cost of an unfinished unit of each model.
    pub model_cost: Vec<f64>,
    /// Tier of each model, and all tiers in order.
    pub tier: Vec<u32>,
    pub tiers: Vec<u32>,
    /// Digests of the components, for remembering.
    pub structures: Structures,
    /// Blocks kept from finding what fits.
    pub ready: Ready,
}

impl<'n> Course<'n> {
    pub fn new(network: &'n Network, problem: &Problem, options: &'n Options, order: &Order) -> Self {
        let worth = Worth::of(problem, options.weight, order);
        let pair_cost = network.pair_stop.iter().map(|stop| worth.at_stop(order, *stop)).collect();
        let model_cost = network.model_id.iter().map(|&m| worth.finished(order, m as usize)).collect();
        let tier: Vec<u32> = network.model_id.iter().map(|&m| problem.models[m as usize].tier).collect();
        let mut tiers = tier.clone();
        tiers.sort_unstable();
        tiers.dedup();
        let reading = options.priority_reading.unwrap_or_else(|| problem.priority_reading());
        let (structures, ready) = (Structures::default(), Ready::default());
        Course { network, options, reading, pair_cost, model_cost, tier, tiers, structures, ready }
    }

    /// Whether lines are preferred at all.
    pub fn prefers(&self) -> bool {
        self.options.preference && self.reading == PriorityReading::Preference
    }

    /// Tier of a pair's model, and what an unmet unit of the pair costs.
    pub fn worth_of_pair(&self, pair: usize) -> (u32, f64) {
        (self.tier[self.network.pair_model[pair] as usize], self.pair_cost[pair])
    }

    /// The tiers of a block whose items are pairs (`finished` false) or models.
    pub fn tiers_of(&self, built: &Built, finished: bool) -> Vec<Tier> {
        let block = &built.block;
        let cost: Vec<f64> = (0..block.items())
            .map(|i| {
                let unit_cost =
                    if finished { self.model_cost[built.item_model[i] as usize] } else { self.pair_cost[built.item_pair[i] as usize] };
                unit_cost * block.unit[i]
            })
            .collect();
        let mut tiers: Vec<Tier> = Vec::new();
        for &tier in &self.tiers {
            let of_tier = |i: usize| if self.tier[built.item_model[i] as usize] == tier { cost[i] } else { 0.0 };
            let cost: Vec<f64> = (0..block.items()).map(of_tier).collect();
            if cost.iter().any(|c| *c > 0.0) {
                tiers.push(Tier { cost, priced: true });
            }
        }
        // Demand worth nothing is still wanted: it comes last, by its work.
        let free: Vec<f64> = cost.iter().map(|c| if *c > 0.0 { 0.0 } else { 1.0 }).collect();
        if free.contains(&1.0) {
            tiers.push(Tier { cost: free, priced: false });
        }
        if self.options.preference && self.reading == PriorityReading::Rank {
            tiers.extend(self.ranks_of(built));
        }
        tiers
    }

    /// Where priorities rank models, equally good ways to lose demand lose the last rank first.
    fn ranks_of(&self, built: &Built) -> Option<Tier> {
        let n = self.network;
        let rank = |pair: u32| n.steps_of(pair as usize).flat_map(|k| n.arcs_of(k)).map(|j| n.arc_priority[j]).min().unwrap_or(1).max(1);
        let cost: Vec<f64> = built.item_pair.iter().map(|&p| 1.0 / f64::from(rank(p))).collect();
        cost.iter().any(|c| *c != cost[0]).then_some(Tier { cost, priced: false })
    }

    /// Hours off the preferred line for each arc, the largest about 1; none where nothing is preferred.
    pub fn preference_of(&self, built: &Built) -> Option<Vec<f64>> {
        if !self.prefers() {
            return None;
        }
        let levels = built.arc.iter().map(|&j| f64::from(self.network.arc_priority[j as usize].max(1) - 1));
        let mut cost: Vec<f64> = levels.zip(&built.block.arc_hours).map(|(level, h)| level * h).collect();
        let largest = cost.iter().copied().fold(0.0, f64::max);
        (largest > 0.0).then(|| {
            cost.iter_mut().for_each(|c| *c /= largest);
            cost
        })
    }

    /// The stages' values, recomputed from the answer.
    pub fn stages(&self, problem: &Problem, answer: &Answer) -> Vec<Stage> {
        let n = self.network;
        let Some(Sums { hours: loads, units: made, off_preferred }) = &answer.sums else { return Vec::new() };
        let mut stages = self.unmet_stages(answer, made);
        let (mut highest, mut overtime) = (0.0f64, 0.0);
        for (l, line) in n.line_id.iter().map(|&l| (l as usize, &problem.lines[l as usize])) {
            for t in 0..n.periods {
                let (load, hours) = (loads[l * n.periods + t], line.hours(t));
                if load > 0.0 && hours > 0.0 {
                    highest = highest.max(load / hours);
                }
                let over: f64 = load - hours;
                overtime += if over > 1e-9 * hours { over } else { 0.0 };
            }
        }
        let mut push = |name: &str, value: f64| stages.push(Stage { name: name.to_owned(), value, bound: value });
        if self.options.balance != Balance::Off {
            push("highest utilisation (%)", 100.0 * highest);
        }
        if n.overtime.iter().any(|o| *o > 0.0) {
            push("overtime (h)", overtime);
        }
        if self.prefers() {
            push("hours off the preferred line (h × priority steps)", *off_preferred);
        }
        if !problem.released.is_empty() {
            let changed = self.changed_hours(problem, answer);
            stages.push(Stage { name: CHANGED.to_owned(), value: changed, bound: changed });
        }
        stages
    }

    /// Hours by which the answer differs from the released plan, capability by capability.
    fn changed_hours(&self, problem: &Problem, answer: &Answer) -> f64 {
        let n = self.network;
        let mut made = vec![0.0; problem.capabilities.len() * n.periods];
        for m in &answer.made {
            made[m.capability as usize * n.periods + m.period as usize] += m.units;
        }
        let changed = |j: usize, t: usize| (made[n.arc_id[j] as usize * n.periods + t] - n.released(j, t)).abs() * n.arc_hours[j];
        let told: Vec<usize> = (0..n.periods).filter(|t| n.has_released(*t)).collect();
        (0..n.arc_id.len()).map(|j| told.iter().map(|t| changed(j, *t)).sum::<f64>()).sum()
    }

    fn unmet_stages(&self, answer: &Answer, made: &[f64]) -> Vec<Stage> {
        let n = self.network;
        let mut value = vec![0.0; self.tiers.len()];
        let mut delivered = vec![0.0; n.model_id.len() * n.periods];
        for d in &answer.deliveries {
            delivered[d.model as usize * n.periods + d.period as usize] = d.delivered;
        }
        let least = |p: usize, t: usize| {
            let made = n.steps_of(p).map(|k| made[n.step_id[k] as usize * n.periods + t]);
            made.fold(f64::INFINITY, f64::min)
        };
        for m in 0..n.model_id.len() {
            let at = self.tiers.partition_point(|tier| *tier < self.tier[m]);
            for t in 0..n.periods {
                let wanted = n.demand[m * n.periods + t];
                if wanted == 0.0 {
                    continue;
                }
                value[at] += match self.options.model {
                    PlanModel::Area | PlanModel::Baseline => {
                        n.pairs_of(m).map(|p| lost(wanted, least(p, t)) * self.pair_cost[p]).sum::<f64>()
                    }
                    PlanModel::Finished => {
                        let finished = n.pairs_of(m).map(|p| least(p, t)).fold(f64::INFINITY, f64::min);
                        let finished = if finished.is_finite() { finished } else { 0.0 };
                        lost(wanted, finished) * self.model_cost[m]
                    }
                    PlanModel::Prebuild => lost(wanted, delivered[n.model_id[m] as usize * n.periods + t]) * self.model_cost[m],
                };
            }
        }
        let several = self.tiers.len() > 1;
        let name = |tier: u32| if several { format!("unmet weight, tier {tier}") } else { "unmet weight".to_owned() };
        self.tiers.iter().zip(value).map(|(tier, value)| Stage { name: name(*tier), value, bound: value }).collect()
    }
}

/// What is missing of a demand, but for rounding; the plan's list of unmet demand leaves the same out.
fn lost(wanted: f64, met: f64) -> f64 {
    let lost = wanted - met;
    if lost > ROUNDING * wanted { lost } else { 0.0 }
}
