//! Where a manufacturing order may go from where it stands.
//!
//! **Invariant:** what is closed or cancelled stays so.
//! **Invariant:** repeating what was done already changes nothing and is no mistake.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a manufacturing order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ManufacturingOrderStatus)]
pub enum Status {
    /// Wanted; nothing of it is fixed.
    Planned,
    /// Its jobs may begin.
    Released,
    /// One of its jobs has begun.
    Running,
    /// Held: none of its jobs begins.
    Paused,
    /// All of its jobs have ended.
    Completed,
    /// Settled: nothing is reported on it any more.
    Closed,
    /// Given up before anything was made.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 7] =
        [Status::Planned, Status::Released, Status::Running, Status::Paused, Status::Completed, Status::Closed, Status::Cancelled];

    /// As tables and the API spell it.
    pub const fn text(self) -> &'static str {
        match self {
            Status::Planned => "planned",
            Status::Released => "released",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Completed => "completed",
            Status::Closed => "closed",
            Status::Cancelled => "cancelled",
        }
    }

    /// As tables spell it.
    pub fn read(text: &str) -> Status {
        Status::ALL.into_iter().find(|status| status.text() == text).unwrap_or(Status::Planned)
    }

    /// Whether nothing is reported on it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Status::Closed | Status::Cancelled)
    }
}

/// What is done with an order, or happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Fix bill and routing, and make its jobs.
    Release,
    /// Keep its jobs from beginning.
    Hold,
    /// Let them begin again.
    Resume,
    /// One of its jobs began.
    Begin,
    /// The last of its jobs ended.
    Complete,
    /// Settle it, also where fewer were made than wanted.
    Close,
    /// Give it up.
    Cancel,
}

/// What is known of an order beside its status.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    /// Whether one of its jobs has begun.
    pub has_begun: bool,
    /// Whether one of its jobs is at work now.
    pub is_at_work: bool,
    /// Whether anything was reported.
    pub has_reports: bool,
}

/// What comes of a verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It stands there now.
    Becomes(Status),
    /// It stood there already.
    Stays,
    /// It cannot be done: the code, and what the person reads.
    Refused(&'static str, &'static str),
}

/// What comes of doing this with an order that stands there.
pub fn next(from: Status, verb: Verb, known: Known) -> Next {
    use Next::{Becomes, Refused, Stays};
    use Status::{Cancelled, Closed, Completed, Paused, Planned, Released, Running};
    let over = || match from {
        Closed => Refused("order_closed", "the order is closed"),
        _ => Refused("order_cancelled", "the order is cancelled"),
    };
    match (verb, from) {
        (Verb::Release, Planned) => Becomes(Released),
        (Verb::Release, Released | Running | Paused | Completed) => Stays,
        (Verb::Hold, Released | Running) => Becomes(Paused),
        (Verb::Hold, Paused) => Stays,
        (Verb::Hold, Planned) => Refused("order_not_released", "the order is only planned: nothing of it can begin yet"),
        (Verb::Hold, Completed) => Refused("order_completed", "the order is completed: nothing of it is left to hold"),
        (Verb::Resume, Paused) if known.has_begun => Becomes(Running),
        (Verb::Resume, Paused) => Becomes(Released),
        (Verb::Resume, Released | Running) => Stays,
        (Verb::Resume, Planned) => Refused("order_not_released", "the order is only planned: release it"),
        (Verb::Resume, Completed) => Refused("order_completed", "the order is completed"),
        (Verb::Begin, Released) => Becomes(Running),
        (Verb::Begin, Running | Completed) => Stays,
        (Verb::Begin, Paused) => Refused("order_held", "the order is held: none of its jobs begins"),
        (Verb::Begin, Planned) => Refused("order_not_released", "the order is not released"),
        (Verb::Complete, Released | Running | Paused) => Becomes(Completed),
        (Verb::Complete, Completed) => Stays,
        (Verb::Complete, Planned) => Refused("order_not_released", "the order is not released"),
        (Verb::Close, Planned) => Refused("order_not_released", "nothing was made of the order: cancel it"),
        (Verb::Close, Released | Running | Paused | Completed) if known.is_at_work => {
            Refused("job_running", "one of its jobs is at work: finish or pause it first")
        }
        (Verb::Close, Released | Running | Paused | Completed) => Becomes(Closed),
        (Verb::Close, Closed) | (Verb::Cancel, Cancelled) => Stays,
        (Verb::Cancel, Planned | Released | Running | Paused | Completed) if known.has_reports => {
            Refused("order_has_reports", "something was reported on it: close it, which keeps what was made")
        }
        (Verb::Cancel, Released | Running | Paused) if known.is_at_work => {
            Refused("job_running", "one of its jobs is at work: finish or pause it first")
        }
        (Verb::Cancel, Planned | Released | Running | Paused | Completed) => Becomes(Cancelled),
        (_, Closed | Cancelled) => over(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERBS: [Verb; 7] = [Verb::Release, Verb::Hold, Verb::Resume, Verb::Begin, Verb::Complete, Verb::Close, Verb::Cancel];

    fn known(bits: u8) -> Known {
        Known { has_begun: bits & 1 > 0, is_at_work: bits & 2 > 0, has_reports: bits & 4 > 0 }
    }

    #[test]
    fn an_order_goes_the_way_it_should() {
        let begun = Known { has_begun: true, ..Known::default() };
        let way = [
            (Verb::Release, Known::default(), Status::Released),
            (Verb::Begin, Known::default(), Status::Running),
            (Verb::Hold, begun, Status::Paused),
            (Verb::Resume, begun, Status::Running),
            (Verb::Complete, begun, Status::Completed),
            (Verb::Close, begun, Status::Closed),
        ];
        let mut status = Status::Planned;
        for (verb, known, expected) in way {
            assert_eq!(next(status, verb, known), Next::Becomes(expected), "{verb:?} from {status:?}");
            status = expected;
        }
    }

    #[test]
    fn what_is_over_stays_so() {
        for (over, verb, bits) in [Status::Closed, Status::Cancelled]
            .into_iter()
            .flat_map(|over| VERBS.into_iter().flat_map(move |verb| (0..8).map(move |bits| (over, verb, bits))))
        {
            assert!(!matches!(next(over, verb, known(bits)), Next::Becomes(_)), "{verb:?} from {over:?}");
        }
    }

    #[test]
    fn nothing_that_was_made_is_given_up() {
        let made = Known { has_reports: true, ..Known::default() };
        for status in Status::ALL {
            assert!(!matches!(next(status, Verb::Cancel, made), Next::Becomes(_)), "{status:?}");
        }
    }

    proptest! {
        #[test]
        fn doing_it_again_changes_nothing(from in 0_usize..7, verb in 0_usize..7, bits in 0_u8..8) {
            let (verb, known) = (VERBS[verb], known(bits));
            if let Next::Becomes(there) = next(Status::ALL[from], verb, known) {
                prop_assert_eq!(next(there, verb, known), Next::Stays);
            }
        }

        #[test]
        fn spelling_goes_both_ways(at in 0_usize..7) {
            prop_assert_eq!(Status::read(Status::ALL[at].text()), Status::ALL[at]);
        }
    }
}
