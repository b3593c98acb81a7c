//! Which job comes next at which line, and when: dispatch lists, a finite forward schedule, moves by hand.
//!
//! [`schedule::Scheduler`] is where another way to schedule comes in: it gets the same [`schedule::Floor`] and gives the same
//! [`schedule::Schedule`], and everything around it (reading, storing, Gantt, moves) stays.
//!
//! **Invariant:** a line does one thing at a time, and only while it works.
//! **Invariant:** nothing that has begun is moved.

pub mod capable;
pub mod changeovers;
pub mod floor;
pub mod gantt;
pub(crate) mod http;
pub mod lists;
pub mod moves;
pub mod schedule;

#[cfg(test)]
mod laws;
