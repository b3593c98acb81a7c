//! The lines of each step side by side: what the search for constraints looks at once for every unit made and every line that is full.

use super::Scene;

/// A line that can do a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub line: u32,
    /// Periods in which it is approved and the program lives.
    first: u32,
    last: u32,
    /// Hours for one unit (h).
    pub hours: f64,
}

impl Way {
    /// Whether the way is approved in the period and the program lives.
    pub fn allowed(&self, period: usize) -> bool {
        self.first as usize <= period && period <= self.last as usize
    }
}

/// The ways of all steps, each step's by plant and line name.
#[derive(Debug)]
pub(crate) struct Ways {
    starts: Vec<u32>,
    ways: Vec<Way>,
}

impl Ways {
    pub fn of(scene: &Scene) -> Ways {
        let problem = scene.problem;
        let bounded = |period: usize| period.min(u32::MAX as usize) as u32;
        let mut ways = Vec::with_capacity(problem.capabilities.len());
        let mut starts = Vec::with_capacity(problem.steps.len() + 1);
        for (s, step) in problem.steps.iter().enumerate() {
            starts.push(ways.len() as u32);
            let life = problem.models[step.model].life;
            ways.extend(scene.order.capabilities_of(s).iter().map(|c| {
                let capability = &problem.capabilities[*c as usize];
                Way {
                    line: capability.line as u32,
                    first: bounded(capability.approved.first.max(life.first)),
                    last: bounded(capability.approved.last.min(life.last)),
                    hours: scene.order.hours_of[*c as usize],
                }
            }));
        }
        starts.push(ways.len() as u32);
        Ways { starts, ways }
    }

    /// Whether every way is allowed in every period.
    pub fn hold_always(&self, periods: usize) -> bool {
        self.ways.iter().all(|way| way.first == 0 && way.last as usize >= periods.saturating_sub(1))
    }

    /// The ways of a step.
    pub fn of_step(&self, step: usize) -> &[Way] {
        &self.ways[self.starts[step] as usize..self.starts[step + 1] as usize]
    }
}
