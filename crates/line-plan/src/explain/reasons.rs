//! Why demand is not met: the first thing, in this order, that keeps a step from being done once more.
//!
//! The program does not live; no line has the capability; none is approved; none has hours; all that could are full. In the
//! finished and prebuild readings every area passes the same number of units, so the limiting area is the one that has such
//! an obstacle; among areas whose lines are all full it is the one whose hours cost most by their prices.

use super::Scene;
use crate::order::Stop;
use crate::plan::Reason;

/// A reason, the area it lies in and the lines whose hours limit it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Why {
    pub area: usize,
    pub reason: Reason,
    pub lines: Vec<usize>,
}

/// What stands in the way of one more unit at a step; the worst first.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Obstacle {
    Forbidden(Reason),
    /// All lines are full; the cheapest way to make one more costs this much (weight/unit).
    Full(f64),
    /// Some line has hours left; the fullest share of them all is used.
    Slack(f64),
}

/// Why a stop makes less than the demand (area reading and baseline).
pub(crate) fn reason_at_stop(scene: &Scene, stop: Stop, period: usize) -> Why {
    let made = |step: usize| scene.made[step * scene.periods() + period];
    let steps = scene.order.steps_at(stop).iter().map(|s| *s as usize);
    let least = steps.clone().map(made).fold(f64::INFINITY, f64::min);
    let candidates = steps.filter(|s| made(*s) <= least * (1.0 + 1e-9));
    worst(scene, candidates.map(|s| (stop.area as usize, s)), period)
}

/// Why a model is delivered less than its demand.
pub(crate) fn reason_of_model(scene: &Scene, model: usize, period: usize) -> Why {
    let stops = scene.order.stops_of(model);
    let steps = stops.iter().flat_map(|stop| scene.order.steps_at(*stop).iter().map(|s| (stop.area as usize, *s as usize)));
    let mut steps: Vec<(usize, usize)> = steps.collect();
    // The sort is stable: within an area, steps stay ordered by name.
    steps.sort_by_key(|(area, _)| (scene.problem.areas[*area].order, scene.order.area_rank[*area]));
    worst(scene, steps.into_iter(), period)
}

/// The first of the worst obstacles among the steps.
fn worst(scene: &Scene, steps: impl Iterator<Item = (usize, usize)>, period: usize) -> Why {
    let mut worst: Option<(usize, usize, Obstacle)> = None;
    for (area, step) in steps {
        let obstacle = obstacle(scene, step, period);
        if worst.is_none_or(|(_, _, known)| heavier(obstacle, known)) {
            worst = Some((area, step, obstacle));
        }
    }
    match worst {
        None => Why { area: first_area(scene), reason: Reason::NoCapability, lines: Vec::new() },
        Some((area, _, Obstacle::Forbidden(reason))) => Why { area, reason, lines: Vec::new() },
        Some((area, step, Obstacle::Full(_))) => Why { area, reason: Reason::Capacity, lines: usable_lines(scene, step, period) },
        Some((area, _, Obstacle::Slack(_))) if scene.is_frozen(period) => Why { area, reason: Reason::Frozen, lines: Vec::new() },
        Some((area, _, Obstacle::Slack(_))) if scene.options.integers.any() => {
            Why { area, reason: Reason::IntegerRules, lines: Vec::new() }
        }
        // Hours are left, but not enough for a whole answer: changeover charges or a later period's stock claim them.
        Some((area, step, Obstacle::Slack(_))) => Why { area, reason: Reason::Capacity, lines: usable_lines(scene, step, period) },
    }
}

fn heavier(a: Obstacle, b: Obstacle) -> bool {
    let class = |o: Obstacle| match o {
        Obstacle::Forbidden(Reason::OutsideProgramLife) => 0,
        Obstacle::Forbidden(Reason::NoCapability) => 1,
        Obstacle::Forbidden(Reason::NotApproved) => 2,
        Obstacle::Forbidden(_) => 3,
        Obstacle::Full(_) => 4,
        Obstacle::Slack(_) => 5,
    };
    let size = |o: Obstacle| match o {
        Obstacle::Forbidden(_) => 0.0,
        Obstacle::Full(size) | Obstacle::Slack(size) => size,
    };
    // Prices that differ by rounding only are equal: the earlier area stays.
    class(a) < class(b) || (class(a) == class(b) && size(a) > size(b) * (1.0 + 1e-6) + 1e-12)
}

fn obstacle(scene: &Scene, step: usize, period: usize) -> Obstacle {
    let model = scene.problem.steps[step].model;
    if !scene.problem.models[model].life.contains(period) {
        return Obstacle::Forbidden(Reason::OutsideProgramLife);
    }
    let capabilities = scene.order.capabilities_of(step);
    if capabilities.is_empty() {
        return Obstacle::Forbidden(Reason::NoCapability);
    }
    let (mut approved, mut hours, mut all_full) = (false, false, true);
    let (mut cheapest, mut fullest) = (f64::INFINITY, 0.0_f64);
    for &c in capabilities {
        let c = c as usize;
        let line = scene.problem.capabilities[c].line;
        if !scene.allowed(c, period) {
            continue;
        }
        approved = true;
        let limit = scene.limit(line, period);
        if limit <= 0.0 {
            continue;
        }
        hours = true;
        all_full &= scene.full(line, period);
        let load = scene.load(line, period);
        cheapest = cheapest.min(load.hour_price * scene.problem.hours_per_unit(c));
        fullest = fullest.max(load.hours_used / limit);
    }
    match (approved, hours, all_full) {
        (false, _, _) => Obstacle::Forbidden(Reason::NotApproved),
        (true, false, _) => Obstacle::Forbidden(Reason::NoHours),
        (true, true, true) => Obstacle::Full(cheapest),
        (true, true, false) => Obstacle::Slack(fullest),
    }
}

/// Lines that may do the step in the period and have hours, by plant and name.
fn usable_lines(scene: &Scene, step: usize, period: usize) -> Vec<usize> {
    let capabilities = scene.order.capabilities_of(step).iter().map(|c| *c as usize);
    let usable = capabilities.filter(|c| scene.allowed(*c, period)).map(|c| scene.problem.capabilities[c].line);
    usable.filter(|line| scene.limit(*line, period) > 0.0).collect()
}

/// The first area of the plant, for models that have no routing at all.
fn first_area(scene: &Scene) -> usize {
    let areas = &scene.problem.areas;
    (0..areas.len()).min_by_key(|a| (areas[*a].order, scene.order.area_rank[*a])).unwrap_or(0)
}
