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
mod start;
mod stay;
mod window;

use crate::assemble::Answer;
use crate::options::{Options, PlanModel};
use crate::order::Order;
use crate::plan::{PlanError, Stage, Status};
use crate::problem::Problem;

use build::Ready;
pub(crate) use course::CHANGED;
use course::Course;
pub(crate) use frozen::wish as frozen_wish;
pub(crate) use memory::{Fingerprint, FrameNumber, Memory, Mix};
use memory::{Frame, Structures};
use network::Network;
pub(crate) use stay::add_deviation;

/// Name of what stands behind the stages where not every level was looked for.
const UNEVEN: &str = "lines not evened out, being too many (lines × periods)";

/// Solves the area, finished-units or prebuild reading without integer decisions. `memory` keeps blocks from solve to solve, and the network
/// where the frame has a number.
pub(crate) fn solve(problem: &Problem, options: &Options, order: &Order, memory: &Memory, frame: FrameNumber) -> Result<Answer, PlanError> {
    let (network, kept) = match memory.take_frame(frame) {
        Some(mut kept) => {
            kept.network.renew(problem, options.frozen);
            let same = kept.options == *options;
            (kept.network, same.then_some((kept.structures, kept.ready)))
        }
        None => (Network::new(problem, order, options.frozen), None),
    };
    let (answer, structures, ready) = on_network(&network, kept, problem, options, order, memory)?;
    memory.keep_frame(frame, || Frame { network, structures, ready, options: options.clone() });
    Ok(answer)
}

/// The network of a problem that is solved for many values of its demand, hours, cycle times and efficiencies.
pub(crate) struct Repeated(Network);

impl Repeated {
    pub fn new(problem: &Problem, options: &Options, order: &Order) -> Repeated {
        Repeated(Network::new(problem, order, options.frozen))
    }

    /// Solves the problem as it is now, in which only those numbers have changed.
    pub fn solve(&mut self, problem: &Problem, options: &Options, order: &Order, memory: &Memory) -> Result<Answer, PlanError> {
        self.0.renew_numbers(problem, order);
        Ok(on_network(&self.0, None, problem, options, order, memory)?.0)
    }
}

fn on_network(
    network: &Network,
    kept: Option<(Structures, Ready)>,
    problem: &Problem,
    options: &Options,
    order: &Order,
    memory: &Memory,
) -> Result<(Answer, Structures, Ready), PlanError> {
    let mut course = Course::new(network, problem, options, order);
    (course.structures, course.ready) = kept.unwrap_or_else(|| (Structures::of(&course, memory), Ready::default()));
    let mut answer = Answer::new(Status::Optimal);
    answer.priority_reading = Some(course.reading);
    frozen::check(&course, problem)?;
    let wanted = match options.model {
        PlanModel::Area | PlanModel::Baseline => None,
        PlanModel::Finished => Some(finish::decide(&course, memory, &mut answer)?),
        PlanModel::Prebuild => Some(prebuild::decide(&course, memory, &mut answer)?),
    };
    areas::make(&course, memory, wanted.as_deref(), [problem.lines.len(), problem.steps.len()], &mut answer)?;
    answer.stages = course.stages(problem, &answer);
    if answer.uneven > 0 {
        // Every stage has its optimum but the levels of these lines: that is said, as a stage that nothing was proven of.
        answer.status = Status::LimitReached { gap: 0.0 };
        answer.stages.push(Stage { name: UNEVEN.to_owned(), value: answer.uneven as f64, bound: 0.0 });
    }
    Ok((answer, course.structures, course.ready))
}

/// Whether the frozen window can be kept as far as amounts go.
///
/// # Errors
/// [`PlanError::Infeasible`] with the wishes that contradict each other.
pub(crate) fn check_frozen(problem: &Problem, options: &Options, order: &Order) -> Result<(), PlanError> {
    let network = Network::new(problem, order, options.frozen);
    frozen::check(&Course::new(&network, problem, options, order), problem)
}
