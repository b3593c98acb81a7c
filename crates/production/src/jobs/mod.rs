//! Jobs: one step of an order at a line, what is done with it and what is reported on it.
//!
//! **Invariant:** what a job counts is what its reports add up to.
//! **Invariant:** a report is kept whatever becomes of the job, as long as its order is not settled.

pub mod actions;
pub mod batch;
pub(crate) mod http;
pub mod machines;
pub mod material;
pub mod model;
mod photos;
pub mod progress;
pub mod reasons;
pub mod report;
pub mod store;

use platform::resource::{Kind, Record};

/// The kinds of record of jobs.
pub fn kinds() -> Vec<&'static Kind> {
    vec![reasons::Reason::kind(), machines::MachineProgram::kind()]
}
