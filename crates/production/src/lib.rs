//! The shop floor: what was planned is made, counted and explained.
//!
//! **Invariant:** what an operator reported is kept, whatever becomes of it.

pub mod states;

use platform::events::EventKind;
use platform::feed::Set;
use platform::http::{App, OpenApiRouter};
use platform::permission::PermissionInfo;
use platform::resource::{Kind, Kinds, Record};

/// What roles can grant here beside the rights of the declared kinds.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::plant("production.line_state.read", "See what lines did and why they stood"),
    PermissionInfo::plant("production.line_state.report", "Say what a line does, and why it stood"),
    PermissionInfo::plant("production.line_count.report", "Send readings of counters"),
];

/// Events of this context, beside those of its declared kinds.
pub const EVENTS: &[EventKind] = &[
    EventKind {
        kind: "line_state",
        title: "States of lines",
        read: states::STATE_READ,
        verbs: &[("created", "A line changed its state."), ("updated", "A state ended, was cut, or was explained.")],
    },
    EventKind {
        kind: "line_count",
        title: "Counters of lines",
        read: states::STATE_READ,
        verbs: &[("taken", "Readings of a counter came in; `record` is the line.")],
    },
];

/// What programs read in bulk.
pub const SETS: &[Set] = &[];

/// The kinds of record, in an order in which each refers only to earlier ones.
pub fn kinds() -> Vec<&'static Kind> {
    vec![states::record::LineMonitor::kind()]
}

/// The operations; `kinds` are all kinds of the program.
pub fn routes(_kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(states::http::routes())
}
