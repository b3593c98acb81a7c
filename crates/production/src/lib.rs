//! The shop floor: what was planned is made, counted and explained.
//!
//! **Invariant:** what an operator reported is kept, whatever becomes of it.

pub mod boards;
pub mod dispatch;
pub mod documents;
pub mod jobs;
pub mod kpis;
mod notices;
pub mod orders;
pub mod people;
pub mod states;
pub mod terminal;

use platform::events::EventKind;
use platform::feed::{Of, Set};
use platform::http::{App, OpenApiRouter};
use platform::permission::{Permission, PermissionInfo};
use platform::resource::{Kind, Kinds, Record};

pub use notices::{NOTICES, TOPICS};

/// What roles can grant here beside the rights of the declared kinds.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::plant("production.production_order.plan", "Make orders of approved plans and of production orders"),
    PermissionInfo::plant("production.manufacturing_order.release", "Release manufacturing orders"),
    PermissionInfo::plant("production.manufacturing_order.hold", "Hold manufacturing orders, and let them go on"),
    PermissionInfo::plant("production.manufacturing_order.close", "Close manufacturing orders"),
    PermissionInfo::plant("production.manufacturing_order.cancel", "Cancel manufacturing orders"),
    PermissionInfo::plant("production.manufacturing_order.split", "Split and merge manufacturing orders, and make units again"),
    PermissionInfo::plant("production.job.read", "See jobs, dispatch lists and the schedule"),
    PermissionInfo::plant("production.job.report", "Begin, interrupt and end jobs, and report on them"),
    PermissionInfo::plant("production.job.assign", "Schedule, move, split and batch jobs"),
    PermissionInfo::plant("production.job.correct", "Take back what was reported"),
    PermissionInfo::plant("production.labour.read", "See who worked on what"),
    PermissionInfo::plant("production.labour.report", "Say what people work on"),
    PermissionInfo::plant("production.terminal.report", "Sign operators in at terminals, and send what was done there"),
    PermissionInfo::plant("production.terminal.resolve", "Decide about what terminals sent and was refused"),
    PermissionInfo::plant("production.andon.read", "See calls for help"),
    PermissionInfo::plant("production.andon.report", "Call for help, and clear calls"),
    PermissionInfo::plant("production.andon.acknowledge", "Acknowledge calls for help, and be told of them"),
    PermissionInfo::plant("production.andon.escalated", "Be told of calls for help that nobody acknowledges"),
    PermissionInfo::plant("production.operator.set_pin", "Set the PINs of operators").sensitive(),
    PermissionInfo::plant("production.line_state.read", "See what lines did and why they stood"),
    PermissionInfo::plant("production.line_state.report", "Say what a line does, and why it stood"),
    PermissionInfo::plant("production.line_count.report", "Send readings of counters"),
    PermissionInfo::plant("production.kpi.read", "See key figures, boards and reports of shifts"),
];

/// Events of this context, beside those of its declared kinds.
pub const EVENTS: &[EventKind] = &[
    EventKind {
        kind: "production_order",
        title: "Production orders",
        read: Permission("production.production_order.read"),
        verbs: &[("planned", "Manufacturing orders were made for it.")],
    },
    EventKind {
        kind: "scenario",
        title: "Scenarios",
        read: Permission("planning.scenario.read"),
        verbs: &[("orders_released", "Orders were made of what it plans.")],
    },
    EventKind {
        kind: "manufacturing_order",
        title: "Manufacturing orders",
        read: Permission("production.manufacturing_order.read"),
        verbs: &[
            ("released", "It was released: its bill and routing are fixed, its jobs are there."),
            ("started", "Its first job began."),
            ("held", "It was held."),
            ("resumed", "It goes on."),
            ("completed", "Its last job ended."),
            ("closed", "It was closed."),
            ("cancelled", "It was given up."),
            ("split", "Units became an order of their own."),
            ("merged", "Other orders became part of it."),
            ("reworked", "Units of it are made again."),
        ],
    },
    EventKind {
        kind: "job",
        title: "Jobs",
        read: jobs::store::JOB_READ,
        verbs: &[
            ("created", "A job was made."),
            ("updated", "A job changed; what is counted is told by `job.reported`."),
            ("started", "It began, or went on."),
            ("paused", "It was interrupted."),
            ("resumed", "It went on."),
            ("finished", "It ended."),
            ("setup_started", "The line is changed over for it."),
            ("setup_ended", "The line is changed over."),
            ("reported", "Units were reported."),
            ("material_issued", "Material was taken for it."),
            ("step_done", "A step of an instruction was done."),
            ("assigned", "It got another line."),
            ("machine_chosen", "It runs on another machine, or with another program."),
            ("moved", "It was moved."),
            ("split", "Units became a job of their own."),
            ("batched", "It runs together with others, or by itself again."),
        ],
    },
    EventKind {
        kind: "schedule",
        title: "Schedules of plants",
        read: jobs::store::JOB_READ,
        verbs: &[("kept", "The jobs of a plant were scheduled; `record` is the plant.")],
    },
    EventKind {
        kind: "operator",
        title: "Operators",
        read: Permission("production.operator.read"),
        verbs: &[
            ("pin_set", "A PIN was set or taken away."),
            ("signed_in", "Somebody signed in at a terminal."),
            ("sign_in_refused", "Somebody could not sign in at a terminal."),
        ],
    },
    EventKind {
        kind: "terminal",
        title: "Terminals",
        read: Permission("production.terminal.read"),
        verbs: &[
            ("action_refused", "Something that was done at a terminal was refused; `data` says what and why."),
            ("action_resolved", "A supervisor decided about it."),
        ],
    },
    EventKind {
        kind: "andon_call",
        title: "Calls for help",
        read: terminal::andon::ANDON_READ,
        verbs: &[
            ("created", "The record of a call was made."),
            ("updated", "The record of a call changed."),
            ("called", "Somebody at a line called for help."),
            ("acknowledged", "Somebody comes."),
            ("cleared", "It is over."),
            ("escalated", "Nobody acknowledged it, and it went up."),
        ],
    },
    EventKind {
        kind: "labour_booking",
        title: "Labour",
        read: people::http::LABOUR_READ,
        verbs: &[("created", "Somebody began something."), ("updated", "Somebody ended something.")],
    },
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
    EventKind {
        kind: "shift_report_subscription",
        title: "Shift report subscriptions",
        read: Permission("production.shift_report_subscription.read"),
        verbs: &[("sent", "The report of a shift went out by mail.")],
    },
];

/// What programs read in bulk.
pub const SETS: &[Set] = &[
    Set { name: "job_reports", key: &["report_id"], of: Of::Right(jobs::store::JOB_READ) },
    Set { name: "jobs", key: &["job_id"], of: Of::Right(jobs::store::JOB_READ) },
    Set { name: "line_quarters", key: &["line_id", "quarter_at", "job_id"], of: Of::Right(kpis::KPI_READ) },
    Set { name: "line_shifts", key: &["line_id", "day", "shift_id"], of: Of::Right(kpis::KPI_READ) },
    Set { name: "line_states", key: &["state_id"], of: Of::Right(states::STATE_READ) },
    Set {
        name: "manufacturing_orders",
        key: &["manufacturing_order_id"],
        of: Of::Record(orders::record::ManufacturingOrder::kind, "manufacturing_order_id"),
    },
    Set {
        name: "production_orders",
        key: &["production_order_id"],
        of: Of::Record(orders::record::ProductionOrder::kind, "production_order_id"),
    },
    Set { name: "reasons", key: &["reason_id"], of: Of::Record(jobs::reasons::Reason::kind, "reason_id") },
];

/// The kinds of record, in an order in which each refers only to earlier ones.
pub fn kinds() -> Vec<&'static Kind> {
    let own = [people::kinds(), jobs::kinds(), terminal::kinds(), orders::kinds()].concat();
    own.into_iter().chain([states::record::LineMonitor::kind(), boards::ShiftReportSubscription::kind()]).collect()
}

/// The operations; `kinds` are all kinds of the program.
pub fn routes(kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(orders::http::routes(kinds))
        .merge(jobs::http::routes())
        .merge(dispatch::http::routes())
        .merge(people::http::routes(kinds))
        .merge(terminal::http::routes())
        .merge(states::http::routes())
        .merge(kpis::http::routes())
        .merge(boards::http::routes())
        .merge(documents::http::routes())
}
