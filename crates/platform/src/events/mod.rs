//! What the outside learns: an event for every change of a record and every verb, as CloudEvents 1.0.
//!
//! The audit trail is the outbox. The database itself writes an entry in the transaction it is about, so nothing can forget to tell; a
//! [`Publisher`] gives entries their numbers once their transactions have ended. The [`Catalogue`] says which entries are events, and which
//! right it takes to see each.
//!
//! **Invariant:** numbers only grow, and an event with a lower number never appears after one with a higher: reading on from a number misses
//! nothing, however many transactions commit at once.
//! **Invariant:** events of one record come in the order in which it was changed.
//! **Invariant:** what is not in the catalogue is told to nobody; what is, only to whoever may read records of its kind where it happened.
//! **Invariant:** an event holds no personal value, no secret and no custom value: for those, read the record with the rights you have.

mod catalogue;
mod cloud_event;
mod http;
mod publisher;
mod read;

use crate::permission::{Permission, PermissionInfo};

pub use catalogue::{Catalogue, EventKind, Sight};
pub use cloud_event::CloudEvent;
pub(crate) use cloud_event::{number, sequence};
pub use http::routes;
pub use publisher::{Publisher, publish};
pub use read::{Beginning, EventFilter, EventPage, Wanted, read};
pub(crate) use read::{behind_number, numbered};

/// Read the organization's events, as far as one may read what they are about.
pub const EVENT_READ: Permission = Permission("integration.event.read");

/// What roles can grant here.
pub const PERMISSIONS: &[PermissionInfo] = &[PermissionInfo::plant("integration.event.read", "Read events, of what one may read")];

/// Events of this crate that are no changes of declared records.
pub const KINDS: &[EventKind] = &[
    EventKind {
        kind: "run",
        title: "Runs",
        read: crate::runs::RUN_READ,
        verbs: &[
            ("queued", "Somebody asked for a run."),
            ("succeeded", "A run is done."),
            ("failed", "A run has failed for good: a dead letter."),
            ("cancelled", "A run was stopped."),
            ("cancel_requested", "Somebody asked a run at work to stop."),
            ("redriven", "A dead letter was driven again."),
        ],
    },
    EventKind {
        kind: "schedule",
        title: "Schedules",
        read: crate::runs::SCHEDULE_READ,
        verbs: &[("created", "A schedule was made."), ("updated", "A schedule was changed."), ("deleted", "A schedule was ended.")],
    },
    EventKind {
        kind: "webhook",
        title: "Webhooks",
        read: crate::webhooks::WEBHOOK_READ,
        verbs: &[
            ("created", "A webhook was made."),
            ("updated", "A webhook was changed, paused, disabled or enabled."),
            ("deleted", "A webhook was ended."),
            ("disabled", "Gemba gave up on a webhook; `data.why` says why."),
            ("redelivered", "Events are told to a webhook again."),
        ],
    },
    EventKind {
        kind: "mail",
        title: "Mail",
        read: crate::mail::MAIL_READ,
        verbs: &[("failed", "A mail could not be delivered: a dead letter."), ("redriven", "A dead letter is sent again.")],
    },
    EventKind {
        kind: "audit_hold",
        title: "Legal holds",
        read: crate::audit::HOLD_READ,
        verbs: &[("created", "A legal hold was placed."), ("updated", "A legal hold was released.")],
    },
    EventKind {
        kind: "audit_retention",
        title: "Retention of the trail",
        read: crate::audit::RETENTION_READ,
        verbs: &[("created", "A rule of retention was set."), ("updated", "A rule of retention was changed.")],
    },
];
