//! What lines did: states from when to when, why they stood, and what their counters showed.
//!
//! A line's intervals follow each other without a gap: each ends where the next begins, and the last goes on. Whoever tells of something late (a terminal
//! that was offline, a counter that was read by the hour) cuts the interval that was there. Sums by quarter of an hour are kept by the database as
//! intervals end (`migrations/V240__states.sql`), so that key figures never look at all of them.
//!
//! **Invariant:** at any instant since its first state a line has exactly one.
//! **Invariant:** no interval is ever removed; that one was cut or explained is in the trail.
//! **Invariant:** as what an interval counts is decided by the reason as it was when it was told; a reason that is changed later rewrites no history.

pub mod actions;
pub mod counts;
pub(crate) mod http;
pub mod record;
mod setting;
pub mod store;

use platform::permission::Permission;

pub use kpi::{State, TimeClass};
pub use setting::{NewState, Source, set_reason, set_state};

/// See what lines did.
pub const STATE_READ: Permission = Permission("production.line_state.read");
/// Say what a line does, and why it stood.
pub const STATE_REPORT: Permission = Permission("production.line_state.report");
/// Send readings of counters.
pub const COUNT_REPORT: Permission = Permission("production.line_count.report");
