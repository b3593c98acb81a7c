//! The exact solver for continuous plans: components, then the structured simplex, stage by stage.
//!
//! Per area (V1) every component of every period stands alone. Finished units (V2) and prebuild (V3) first decide what is finished
//! where, looking only at components that are short, and then every component makes exactly that; see [`finish`] and [`prebuild`].
//!
//! **Invariant:** a block's answer depends on nothing but its numbers and the names' order: not on threads, other periods or earlier solves.

mod areas;
mod block;
mod bounded;
mod build;
mod course;
mod factors;
mod finish;
mod frozen;
mod general;
mod inverse;
mod memory;
mod network;
mod prebuild;

mod simplex;
mod stages;
mod stay;

use crate::Clock;
use crate::assemble::Answer;
use crate::options::{Options, PlanModel};
use crate::order::Order;
use crate::plan::{PlanError, Status};
use crate::problem::Problem;

use course::Course;
pub(crate) use memory::Memory;
use network::Network;

/// Solves the area, finished-units or prebuild reading without integer decisions. `memory` keeps blocks from solve to solve.
pub(crate) fn solve(problem: &Problem, options: &Options, order: &Order, memory: &Memory, _clock: &dyn Clock) -> Result<Answer, PlanError> {
    let network = Network::new(problem, order, options.frozen);
    let course = Course::new(&network, problem, options, order, memory);
    let mut answer = Answer::new(Status::Optimal);
    answer.priority_reading = Some(course.reading);
    frozen::check(&course, problem)?;
    let wanted = match options.model {
        PlanModel::Area | PlanModel::Baseline => None,
        PlanModel::Finished => Some(finish::decide(&course, memory, &mut answer)?),
        PlanModel::Prebuild => Some(prebuild::decide(&course, memory, &mut answer)?),
    };
    areas::make(&course, memory, wanted.as_deref(), &mut answer)?;
    answer.stages = course.stages(problem, order, &answer);
    Ok(answer)
}
