//! What hangs on the wall: the board of a line and of a plant, how far orders are, and the report of a shift.
//!
//! A board is read whole; that something changed is told by the live stream (`line_state.*`, `job.*`, `andon_call.*`), after which it is read again.
//!
//! **Invariant:** a board shows nothing that its figures' own addresses do not: it is a view, and keeps nothing.

mod html;
pub(crate) mod http;
pub mod letter;
pub mod line;
mod paper;
pub mod plant;
pub mod progress;
pub mod record;
pub mod report;
pub mod sending;

pub use letter::shift_letter;
pub use record::{ShiftReportSubscription, ShiftReportSubscriptionId};
pub use sending::{SEND, ShiftReporter};
