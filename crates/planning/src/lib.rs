//! Planning as a service: scenarios over a plant's master data, optimizer runs, results, comparison.
//!
//! A [`Scenario`] says only what differs from the plant, or from the scenario it was cloned from. Optimizing one
//! reads the plant ([`plant`]), applies the changes ([`question`]), asks `line-plan`, and keeps the answer ([`results`]), once for
//! equal questions.
//!
//! **Invariant:** master data is never changed by a scenario.
//! **Invariant:** a result belongs to a version of a scenario and can be asked for again: question, options and engine are kept.

pub mod compare;
pub mod dashboard;
mod figures;
mod http;
pub mod imports;
pub mod layout;
pub mod moves;
mod notices;
pub mod overview;
pub mod periods;
pub mod plant;
pub mod question;
pub mod report;
pub mod results;
pub mod risk;
pub mod scenarios;
pub mod subscriptions;
pub mod work;

use platform::events::EventKind;
use platform::feed::{Of, Set};
use platform::permission::{Permission, PermissionInfo};
use platform::policy::RecordVerb;
use platform::resource::{Kind, Record};

use scenarios::record::Scenario;

pub use http::routes;
pub use notices::NOTICES;
pub use report::{Form, Print, Printer};

/// Optimize a scenario.
pub const RUN_CREATE: Permission = Permission("planning.run.create");
/// Hand a scenario in for a decision.
pub const SCENARIO_SUBMIT: Permission = Permission("planning.scenario.submit");
/// Approve a scenario, or send it back.
pub const SCENARIO_APPROVE: Permission = Permission("planning.scenario.approve");

/// What roles can grant here beside the rights of the declared kinds.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::plant("planning.run.create", "Optimize scenarios and study their risk"),
    PermissionInfo::plant("planning.scenario.submit", "Submit scenarios for a decision"),
    PermissionInfo::plant("planning.scenario.approve", "Approve scenarios or send them back"),
    PermissionInfo::plant("planning.import.read", "See import sessions"),
    PermissionInfo::plant("planning.import.create", "Bring files in and mend them"),
    PermissionInfo::plant("planning.import.commit", "Make the changes of a file, and take them back"),
];

/// What is done with scenarios in hand, for policies.
pub const RECORD_VERBS: &[RecordVerb] = &[
    RecordVerb { permission: SCENARIO_APPROVE, kind: "scenario", told: "scenario.approved", amount: Some(DEMAND) },
    RecordVerb { permission: SCENARIO_APPROVE, kind: "scenario", told: "scenario.sent_back", amount: Some(DEMAND) },
    RecordVerb { permission: SCENARIO_SUBMIT, kind: "scenario", told: "scenario.submitted", amount: None },
];

const DEMAND: &str = "demand of its newest plan (units)";

/// Events of this context, beside those of its declared kinds.
pub const EVENTS: &[EventKind] = &[
    EventKind {
        kind: "scenario",
        title: "Scenarios",
        read: SCENARIO_READ,
        verbs: &[
            ("submitted", "A scenario was handed in for a decision."),
            ("approved", "A scenario was approved."),
            ("sent_back", "A scenario was sent back to be mended."),
        ],
    },
    EventKind {
        kind: "scenario_result",
        title: "Results of scenarios",
        read: SCENARIO_READ,
        verbs: &[("created", "A scenario was optimized.")],
    },
    EventKind {
        kind: "report_subscription",
        title: "Report subscriptions",
        read: Permission("planning.report_subscription.read"),
        verbs: &[("sent", "A report went out by mail, or why somebody did not get it.")],
    },
    EventKind {
        kind: "scenario_risk",
        title: "Studies of risk",
        read: SCENARIO_READ,
        verbs: &[("created", "The risk of a scenario was studied.")],
    },
    EventKind {
        kind: "import",
        title: "Imports",
        read: imports::IMPORT_READ,
        verbs: &[
            ("created", "A file was brought in."),
            ("updated", "Another file was brought, or something was said about it."),
            ("deleted", "It was forgotten."),
            ("committed", "Its changes were made."),
            ("undone", "Its changes were taken back."),
        ],
    },
];

const SCENARIO_READ: Permission = Permission("planning.scenario.read");

/// What programs read in bulk of planning: plans show where their scenario shows.
pub const SETS: &[Set] = &[
    of_plan("allocations"),
    of_plan("area_loads"),
    of_plan("constraints"),
    of_plan("line_loads"),
    Set { name: "plant_plans", key: &["plant_id"], of: Of::Record(Scenario::kind, "scenario_id") },
    Set { name: "results", key: &["result_id"], of: Of::Record(Scenario::kind, "scenario_id") },
    Set { name: "runs", key: &["run_id"], of: Of::Right(platform::runs::RUN_READ) },
    Set { name: "scenario_versions", key: &["scenario_id", "version"], of: Of::Record(Scenario::kind, "scenario_id") },
    Set { name: "scenarios", key: &["scenario_id"], of: Of::Record(Scenario::kind, "scenario_id") },
    of_plan("supply"),
    of_plan("unmet"),
];

const fn of_plan(name: &'static str) -> Set {
    Set { name, key: &["result_id", "row_number"], of: Of::Record(Scenario::kind, "scenario_id") }
}

/// The kinds of record of planning.
pub fn kinds() -> Vec<&'static Kind> {
    vec![Scenario::kind(), subscriptions::ReportSubscription::kind()]
}
