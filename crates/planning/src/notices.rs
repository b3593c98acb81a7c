//! What people are told of scenarios.

use platform::language::Words;
use platform::notifications::Audience::{Holders, Named, Watchers};
use platform::notifications::Notice;

use crate::SCENARIO_APPROVE;

const SUBMITTED: Words = Words::new("{actor} submitted {record}", "{actor} ha enviado {record}", "{actor} hat {record} eingereicht");
const APPROVED: Words = Words::new("{actor} approved {record}", "{actor} ha aprobado {record}", "{actor} hat {record} freigegeben");
const SENT_BACK: Words =
    Words::new("{actor} sent back {record}: {note}", "{actor} ha devuelto {record}: {note}", "{actor} hat {record} zurückgegeben: {note}");

/// What people are told of scenarios: who may decide, who waits for the decision, and who watches.
pub const NOTICES: &[Notice] = &[
    Notice {
        on: "scenario.submitted",
        topic: "approvals",
        to: &[Holders(SCENARIO_APPROVE)],
        says: Words::new(
            "{actor} asks you to decide on {record}",
            "{actor} te pide que decidas sobre {record}",
            "{actor} bittet dich um eine Entscheidung über {record}",
        ),
    },
    Notice { on: "scenario.submitted", topic: "watching", to: &[Watchers], says: SUBMITTED },
    Notice { on: "scenario.approved", topic: "approvals", to: &[Named("submitted_by")], says: APPROVED },
    Notice { on: "scenario.approved", topic: "watching", to: &[Watchers], says: APPROVED },
    Notice { on: "scenario.sent_back", topic: "approvals", to: &[Named("submitted_by")], says: SENT_BACK },
    Notice { on: "scenario.sent_back", topic: "watching", to: &[Watchers], says: SENT_BACK },
];
