//! What a session knows of a problem while only its demand changes: its order, and the constraints of each period.
//!
//! **Invariant:** used only where everything that went into it is the same; so it saves time and never changes an answer.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use crate::assemble::demand;
use crate::explain::{Scene, Terrain, constraints, constraints_in, rank_constraints};
use crate::options::Weight;
use crate::order::Order;
use crate::plan::{Constraint, Plan, Reason};
use crate::problem::Problem;
use crate::solve::{Fingerprint, FrameNumber, Mix};
use crate::verify::Standards;

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Known {
    keeps: bool,
    /// Whether nothing but demand can have changed since the problem was ordered.
    is_current: AtomicBool,
    entry: Mutex<Option<Entry>>,
}

#[derive(Debug)]
struct Entry {
    number: NonZeroU64,
    /// The problem without its demand.
    frame: Problem,
    order: Arc<Order>,
    /// What constraints are searched on.
    terrain: Option<Terrain>,
    /// What the verifier takes for an hour and a unit's worth.
    standards: Option<Arc<Standards>>,
    /// Of each period, what its constraints were read off, and they.
    constraints: Vec<Option<(Fingerprint, Vec<Constraint>)>>,
}

impl Known {
    /// Knows nothing, for a single solve.
    pub fn nothing() -> Known {
        Known::default()
    }

    /// Keeps what it learns.
    pub fn lasting() -> Known {
        Known { keeps: true, ..Known::default() }
    }

    /// The order of a problem that is sound but for its demand: known where no more than that has changed, together with a number for all of
    /// them.
    pub fn of_frame(&self, problem: &Problem) -> Option<(Arc<Order>, FrameNumber)> {
        let entry = self.entry.lock().ok()?;
        let known = entry.as_ref().filter(|known| self.is_current.load(Relaxed) || differs_in_demand_only(&known.frame, problem))?;
        self.is_current.store(true, Relaxed);
        Some((Arc::clone(&known.order), Some(known.number)))
    }

    /// From here on anything may have changed.
    pub fn forget_frame(&mut self) {
        *self.is_current.get_mut() = false;
    }

    /// The order of a problem without defects.
    pub fn order(&self, problem: &Problem) -> (Arc<Order>, FrameNumber) {
        let order = Arc::new(Order::of(problem));
        let Some(mut entry) = self.entry.lock().ok().filter(|_| self.keeps) else { return (order, None) };
        let number = entry.as_ref().map_or(NonZeroU64::MIN, |last| last.number.saturating_add(1));
        let frame = Problem { demand: Vec::new(), ..problem.clone() };
        *entry = Some(Entry {
            number,
            frame,
            order: Arc::clone(&order),
            terrain: None,
            standards: None,
            constraints: vec![None; problem.periods.len()],
        });
        self.is_current.store(true, Relaxed);
        (order, Some(number))
    }

    /// What the verifier measures a plan of the problem by that was ordered last.
    pub fn standards(&self, problem: &Problem, weight: Weight) -> Arc<Standards> {
        let fresh = || Arc::new(Standards::of(problem, weight));
        let mut entry = self.entry.lock().ok();
        let Some(known) = entry.as_mut().and_then(|entry| entry.as_mut()).filter(|_| self.keeps) else { return fresh() };
        let standards = known.standards.take().filter(|standards| standards.weight == weight).unwrap_or_else(fresh);
        known.standards = Some(Arc::clone(&standards));
        standards
    }

    /// The constraints of a plan of the problem that was ordered last.
    pub fn constraints(&self, scene: &Scene, plan: &Plan) -> Vec<Constraint> {
        let mut entry = self.entry.lock().ok();
        let Some(known) = entry.as_mut().and_then(|entry| entry.as_mut()).filter(|_| self.keeps) else { return constraints(scene, plan) };
        let digests = digests(scene, plan);
        let changed =
            |(known, digest): (&Option<(Fingerprint, Vec<Constraint>)>, &Fingerprint)| known.as_ref().is_none_or(|k| k.0 != *digest);
        let wanted: Vec<bool> = known.constraints.iter().zip(&digests).map(changed).collect();
        let mut found: Vec<Vec<Constraint>> = vec![Vec::new(); wanted.len()];
        let terrain = known.terrain.get_or_insert_with(|| Terrain::of(scene));
        for constraint in constraints_in(scene, plan, terrain, &wanted) {
            found[constraint.period].push(constraint);
        }
        for (((kept, digest), found), _) in known.constraints.iter_mut().zip(digests).zip(found).zip(&wanted).filter(|(_, wanted)| **wanted)
        {
            *kept = Some((digest, found));
        }
        rank_constraints(scene, known.constraints.iter().flatten().flat_map(|(_, constraints)| constraints.iter().cloned()).collect())
    }
}

/// Whether two problems are the same but for their demand.
fn differs_in_demand_only(frame: &Problem, problem: &Problem) -> bool {
    let Problem { areas, lines, models, periods, steps, capabilities, demand: _, changeovers, shift_patterns, released } = problem;
    frame.areas == *areas
        && frame.lines == *lines
        && frame.models == *models
        && frame.periods == *periods
        && frame.steps == *steps
        && frame.capabilities == *capabilities
        && frame.changeovers == *changeovers
        && frame.shift_patterns == *shift_patterns
        && frame.released == *released
}

/// Of each period a digest of everything that its constraints are read off, the problem apart.
fn digests(scene: &Scene, plan: &Plan) -> Vec<Fingerprint> {
    let periods = scene.periods();
    let mut mixes: Vec<Mix> = (0..periods).map(|_| Mix::empty()).collect();
    for (period, mix) in mixes.iter_mut().enumerate() {
        mix.word(plan.options.model as u64 | u64::from(scene.is_frozen(period)) << 8);
    }
    for load in &scene.loads {
        let mix = &mut mixes[load.period];
        mix.word(load.line as u64);
        mix.word(load.hours_used.to_bits());
        mix.word(load.hours_available.to_bits());
    }
    for allocation in &plan.allocations {
        mixes[allocation.period].word(allocation.capability as u64);
    }
    for unmet in plan.unmet.iter().filter(|unmet| unmet.reason == Reason::Capacity) {
        let mix = &mut mixes[unmet.period];
        mix.word((unmet.area as u64) << 32 | unmet.limiting_lines.len() as u64);
        unmet.limiting_lines.iter().for_each(|line| mix.word(*line as u64));
    }
    for (place, units) in demand(scene.problem).into_iter().enumerate() {
        mixes[place % periods].word(units.to_bits());
    }
    mixes.into_iter().map(Mix::done).collect()
}
