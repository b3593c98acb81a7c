//! A plan beside the one that was released: reading the released one from its document, and what changes against it.
//!
//! Amounts are matched by the names of plant, line, model, step and period, without regard to case: between two plans rows come and go.
//!
//! **Invariant:** every entry of the released document is either matched or told as unknown.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::problem::{Problem, Released};

/// The part of a document that a later plan is held against; other fields of the document are not needed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ReleasedDocument {
    /// Must be [`SCHEMA`].
    pub schema: String,
    /// What is made where.
    pub allocations: Vec<AllocationEntry>,
}

/// What the released document knows and the problem does not: every entry of one plant and period that has one name too many.
#[derive(Debug, Clone, PartialEq)]
pub struct UnknownReleased {
    /// Plant of the entries.
    pub plant: String,
    /// Period of the entries.
    pub period: String,
    /// What is not there, in words, e.g. `line SMT 4 of plant Puebla`.
    pub what: String,
    /// Units released there.
    pub units: f64,
}

impl ReleasedDocument {
    /// What is wrong with the document itself, if anything.
    pub fn defect(&self) -> Option<String> {
        if self.schema != SCHEMA {
            return Some(format!("its schema is {:?}, expected {SCHEMA:?}", self.schema));
        }
        let wrong = self.allocations.iter().find(|a| !a.units.is_finite() || a.units < 0.0)?;
        Some(format!("{} of {} on {} in {} are {} units", wrong.step, wrong.model, wrong.line, wrong.period, wrong.units))
    }

    /// The released amounts of a problem, and what it does not know, ordered by period, plant and name.
    pub fn matched(&self, problem: &Problem) -> (Vec<Released>, Vec<UnknownReleased>) {
        let names = Names::of(problem);
        let mut released = Vec::with_capacity(self.allocations.len());
        let mut unknown: BTreeMap<(&str, &str, String), f64> = BTreeMap::new();
        for entry in self.allocations.iter().filter(|entry| entry.units > 0.0) {
            match names.find(entry) {
                Ok((capability, period)) => released.push(Released { capability, period, units: entry.units }),
                Err(what) => *unknown.entry((&entry.period, &entry.plant, what)).or_default() += entry.units,
            }
        }
        let unknown = unknown.into_iter().map(|((period, plant, what), units)| UnknownReleased {
            plant: plant.to_owned(),
            period: period.to_owned(),
            what,
            units,
        });
        (released, unknown.collect())
    }
}

/// The problem's names, folded.
struct Names {
    plants: BTreeSet<String>,
    lines: BTreeSet<[String; 2]>,
    models: BTreeSet<String>,
    periods: BTreeMap<String, usize>,
    /// By plant, line, model and step.
    capabilities: BTreeMap<[String; 4], usize>,
}

impl Names {
    fn of(problem: &Problem) -> Names {
        let capability = |(c, capability): (usize, &crate::problem::Capability)| {
            let (line, step) = (&problem.lines[capability.line], &problem.steps[capability.step]);
            ([folded(&line.plant), folded(&line.name), folded(&problem.models[step.model].name), folded(&step.name)], c)
        };
        Names {
            plants: problem.lines.iter().map(|line| folded(&line.plant)).collect(),
            lines: problem.lines.iter().map(|line| [folded(&line.plant), folded(&line.name)]).collect(),
            models: problem.models.iter().map(|model| folded(&model.name)).collect(),
            periods: problem.periods.iter().enumerate().map(|(t, period)| (folded(&period.name), t)).collect(),
            capabilities: problem.capabilities.iter().enumerate().map(capability).collect(),
        }
    }

    /// Capability and period of an entry.
    ///
    /// # Errors
    /// What the problem does not know, in words.
    fn find(&self, entry: &AllocationEntry) -> Result<(usize, usize), String> {
        let AllocationEntry { plant, line, model, step, period, .. } = entry;
        let Some(&t) = self.periods.get(&folded(period)) else { return Err(format!("period {period}")) };
        let key = [folded(plant), folded(line), folded(model), folded(step)];
        if let Some(&c) = self.capabilities.get(&key) {
            return Ok((c, t));
        }
        Err(if !self.plants.contains(&key[0]) {
            format!("plant {plant}")
        } else if !self.lines.contains(&[key[0].clone(), key[1].clone()]) {
            format!("line {line} of plant {plant}")
        } else if !self.models.contains(&key[2]) {
            format!("model {model}")
        } else if step.is_empty() {
            format!("{model} on line {line} of plant {plant}")
        } else {
            format!("{model} ({step}) on line {line} of plant {plant}")
        })
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What the plan changes against the problem's released plan; none where nothing is released.
pub(super) fn changes(problem: &Problem, plan: &Plan, language: Language) -> Option<Changes> {
    if problem.released.is_empty() {
        return None;
    }
    let told: Vec<bool> = (0..problem.periods.len()).map(|t| problem.is_released(t)).collect();
    let mut amounts: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for r in &problem.released {
        amounts.entry((r.capability, r.period)).or_default().0 += r.units;
    }
    for a in plan.allocations.iter().filter(|a| told[a.period]) {
        amounts.entry((a.capability, a.period)).or_default().1 += a.units;
    }
    let (mut hours_released, mut hours_changed) = (0.0, 0.0);
    let mut moves = Vec::new();
    for ((capability, period), (before, now)) in amounts {
        let per_unit = problem.hours_per_unit(capability);
        hours_released += before * per_unit;
        // What differs by rounding has not moved.
        if (now - before).abs() > ROUNDING * now.max(before) {
            hours_changed += (now - before).abs() * per_unit;
            moves.push(entry(problem, capability, period, before, now));
        }
    }
    moves.sort_by(|a, b| b.hours.abs().total_cmp(&a.hours.abs()).then_with(|| names(a).cmp(&names(b))));
    let frozen = plan.options.frozen.map(|frozen| FrozenEntry {
        periods: problem.periods.iter().take(frozen.periods).map(|period| period.name.clone()).collect(),
        tolerance_pct: 100.0 * frozen.tolerance,
    });
    let changed_pct = if hours_released > 0.0 { 100.0 * hours_changed / hours_released } else { 0.0 };
    let mut changes = Changes { hours_released, hours_changed, changed_pct, frozen, moves, explanation: String::new() };
    changes.explanation = sentences::changes(&changes, language);
    Some(changes)
}

/// Relative difference of two amounts up to which they are the same.
const ROUNDING: f64 = 1e-7;

fn entry(problem: &Problem, capability: usize, period: usize, before: f64, now: f64) -> MoveEntry {
    let c = &problem.capabilities[capability];
    let (line, step) = (&problem.lines[c.line], &problem.steps[c.step]);
    MoveEntry {
        plant: line.plant.clone(),
        area: problem.areas[step.area].name.clone(),
        line: line.name.clone(),
        model: problem.models[step.model].name.clone(),
        step: step.name.clone(),
        period: problem.periods[period].name.clone(),
        released_units: before,
        units: now,
        hours: (now - before) * problem.hours_per_unit(capability),
    }
}

fn names(entry: &MoveEntry) -> [&str; 5] {
    [&entry.period, &entry.plant, &entry.line, &entry.model, &entry.step]
}
