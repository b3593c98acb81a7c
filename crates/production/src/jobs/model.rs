//! Where a job may go from where it stands, and what becomes of a report.
//!
//! **Invariant:** what was reported counts unless the order is settled; that it came late, or on a job that nobody had started, is noted and no reason to
//! lose it.
//! **Invariant:** whoever begins a job that runs already joins it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::orders::model::Status as OrderStatus;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JobStatus)]
pub enum Status {
    /// A step before it is not done.
    Waiting,
    /// It may begin.
    Ready,
    /// The line is changed over for it.
    Setup,
    /// At work.
    Running,
    /// Interrupted.
    Paused,
    /// Done.
    Completed,
    /// Given up.
    Cancelled,
}

impl Status {
    /// All of them.
    pub const ALL: [Status; 7] =
        [Status::Waiting, Status::Ready, Status::Setup, Status::Running, Status::Paused, Status::Completed, Status::Cancelled];

    /// As tables and the API spell it.
    pub const fn text(self) -> &'static str {
        match self {
            Status::Waiting => "waiting",
            Status::Ready => "ready",
            Status::Setup => "setup",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Completed => "completed",
            Status::Cancelled => "cancelled",
        }
    }

    /// As tables spell it.
    pub fn read(text: &str) -> Status {
        Status::ALL.into_iter().find(|status| status.text() == text).unwrap_or(Status::Waiting)
    }

    /// Whether nothing more is done on it.
    pub const fn is_over(self) -> bool {
        matches!(self, Status::Completed | Status::Cancelled)
    }
}

/// What is done with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Begin, or go on.
    Start,
    /// Interrupt.
    Pause,
    /// Go on.
    Resume,
    /// End.
    Finish,
    /// Begin to change the line over.
    SetupStart,
    /// The line is changed over.
    SetupEnd,
}

impl Verb {
    /// What the trail calls it: `job.started`.
    pub const fn event(self) -> &'static str {
        match self {
            Verb::Start => "job.started",
            Verb::Pause => "job.paused",
            Verb::Resume => "job.resumed",
            Verb::Finish => "job.finished",
            Verb::SetupStart => "job.setup_started",
            Verb::SetupEnd => "job.setup_ended",
        }
    }

    /// Whether it puts the job to work, which a held order and a missing skill forbid.
    pub const fn begins(self) -> bool {
        matches!(self, Verb::Start | Verb::Resume | Verb::SetupStart)
    }
}

/// Where somebody says something: at a desk it can be corrected at once; on the floor it has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Somebody decides now.
    Desk,
    /// A terminal tells what was done.
    Floor,
}

/// A rule that decided something, and what the person reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// For programs.
    pub code: &'static str,
    /// For people.
    pub says: String,
}

impl Rule {
    /// A rule that decided.
    pub fn new(code: &'static str, says: impl Into<String>) -> Rule {
        Rule { code, says: says.into() }
    }
}

/// What comes of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// As said.
    Applied,
    /// It counts, not quite as said.
    Adjusted(Rule),
    /// It does not count.
    Refused(Rule),
}

/// What comes of a verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It stands there now.
    Becomes(Status, Option<Rule>),
    /// It stood there already.
    Stays(Option<Rule>),
    /// It cannot be done.
    Refused(Rule),
}

/// What comes of doing this with a job that stands there, of an order that stands there.
pub fn next(from: Status, order: OrderStatus, verb: Verb, said: From) -> Next {
    use Next::{Becomes, Refused, Stays};
    use Status::{Cancelled, Completed, Paused, Ready, Running, Setup, Waiting};
    if order.is_over() {
        return Refused(Rule::new("order_closed", format!("the order is {}", order.text())));
    }
    if order == OrderStatus::Paused && verb.begins() && from != Running {
        return Refused(Rule::new("order_held", "the order is held: none of its jobs begins"));
    }
    let early = || Rule::new("started_early", "it was begun before the step before it was done");
    match (verb, from) {
        (_, Cancelled) => Refused(Rule::new("job_cancelled", "the job is cancelled")),
        (Verb::Start | Verb::SetupStart, Waiting) if said == From::Desk => Refused(Rule::new("not_ready", "a step before it is not done")),
        (Verb::Start, Waiting) => Becomes(Running, Some(early())),
        (Verb::SetupStart, Waiting) => Becomes(Setup, Some(early())),
        (Verb::Start, Ready | Setup | Paused) | (Verb::Resume, Paused) => Becomes(Running, None),
        (Verb::Start | Verb::Resume, Running) => Stays(None),
        (Verb::Resume, Waiting | Ready | Setup) => Refused(Rule::new("not_started", "the job was not begun")),
        (Verb::SetupStart, Ready | Paused) => Becomes(Setup, None),
        (Verb::SetupStart, Setup) => Stays(None),
        (Verb::SetupStart, Running) => Refused(Rule::new("job_running", "the job is at work: pause it first")),
        (Verb::SetupEnd, Setup) => Becomes(Ready, None),
        (Verb::Pause, Running | Setup) => Becomes(Paused, None),
        (Verb::Pause, Paused) => Stays(None),
        (Verb::Pause, Waiting | Ready) => Refused(Rule::new("not_started", "the job was not begun")),
        (Verb::Finish, Completed) => Stays(None),
        (Verb::Finish, Running | Paused | Setup) => Becomes(Completed, None),
        (Verb::Finish, Ready | Waiting) if said == From::Desk => Refused(Rule::new("not_started", "the job was not begun")),
        (Verb::Finish, Ready | Waiting) => Becomes(Completed, Some(Rule::new("finished_unstarted", "nobody had begun it"))),
        // Somebody else ended it meanwhile: what was meant to end or rest is at rest.
        (Verb::Pause | Verb::SetupEnd, Completed) => Stays(Some(Rule::new("job_completed", "the job was finished meanwhile"))),
        (_, Completed) => Refused(Rule::new("job_completed", "the job is finished")),
        (Verb::SetupEnd, _) => Stays(None),
    }
}

/// What is counted at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Good units.
    pub good: Decimal,
    /// Units that cannot be used.
    pub scrapped: Decimal,
    /// Units that are made again.
    pub reworked: Decimal,
}

impl Counts {
    /// All of them.
    pub fn total(self) -> Decimal {
        self.good + self.scrapped + self.reworked
    }

    /// Both together.
    pub fn and(self, more: Counts) -> Counts {
        Counts { good: self.good + more.good, scrapped: self.scrapped + more.scrapped, reworked: self.reworked + more.reworked }
    }

    fn any(self, is: impl Fn(Decimal) -> bool) -> bool {
        is(self.good) || is(self.scrapped) || is(self.reworked)
    }
}

/// What becomes of a report on a job that stands there, of an order that stands there. `before` is what was reported until now.
pub fn report(job: Status, order: OrderStatus, before: Counts, said: Counts) -> Ruling {
    if !said.any(|count| !count.is_zero()) {
        return Ruling::Refused(Rule::new("nothing_reported", "say how many were good, scrapped or sent to rework"));
    }
    if before.and(said).any(|count| count.is_sign_negative() && !count.is_zero()) {
        return Ruling::Refused(Rule::new("more_than_reported", "more is taken back than was reported"));
    }
    if order.is_over() {
        let says = format!("the order is {}: ask your supervisor", order.text());
        return Ruling::Refused(Rule::new("order_closed", says));
    }
    match job {
        Status::Completed | Status::Cancelled => {
            Ruling::Adjusted(Rule::new("late_report", "late report: the job had ended already; it counts"))
        }
        Status::Waiting | Status::Ready | Status::Setup => {
            Ruling::Adjusted(Rule::new("started_by_report", "nobody had begun the job: it counts as begun now"))
        }
        Status::Running | Status::Paused => Ruling::Applied,
    }
}

/// Units of a job that nobody has reported yet.
pub fn open(quantity: Decimal, counted: Counts) -> Decimal {
    (quantity - counted.total()).max(Decimal::ZERO)
}

/// Divides a job: what stays and what goes. Only units that nobody has reported yet go.
///
/// # Errors
/// What is wrong with the quantity.
pub fn split(quantity: Decimal, counted: Counts, wanted: Decimal) -> Result<(Decimal, Decimal), Rule> {
    let open = open(quantity, counted);
    if wanted <= Decimal::ZERO {
        return Err(Rule::new("too_small", "expected more than 0"));
    }
    if wanted > open || wanted == quantity {
        let most = if open == quantity { "fewer than all of them".to_string() } else { format!("at most {}", open.normalize()) };
        return Err(Rule::new(
            "too_large",
            format!("found {}, expected {most}: the others are reported or have to stay", wanted.normalize()),
        ));
    }
    Ok((quantity - wanted, wanted))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VERBS: [Verb; 6] = [Verb::Start, Verb::Pause, Verb::Resume, Verb::Finish, Verb::SetupStart, Verb::SetupEnd];

    fn counts(good: i64, scrapped: i64, reworked: i64) -> Counts {
        Counts { good: good.into(), scrapped: scrapped.into(), reworked: reworked.into() }
    }

    #[test]
    fn a_job_goes_its_way() {
        let way = [
            (Verb::SetupStart, Status::Setup),
            (Verb::SetupEnd, Status::Ready),
            (Verb::Start, Status::Running),
            (Verb::Pause, Status::Paused),
            (Verb::Resume, Status::Running),
            (Verb::Finish, Status::Completed),
        ];
        let mut status = Status::Ready;
        for (verb, expected) in way {
            assert_eq!(next(status, OrderStatus::Running, verb, From::Desk), Next::Becomes(expected, None), "{verb:?} from {status:?}");
            status = expected;
        }
    }

    #[test]
    fn who_begins_what_runs_joins_it() {
        assert_eq!(next(Status::Running, OrderStatus::Running, Verb::Start, From::Floor), Next::Stays(None));
        // Also where the order was held meanwhile: what runs goes on until somebody pauses it.
        assert_eq!(next(Status::Running, OrderStatus::Paused, Verb::Start, From::Floor), Next::Stays(None));
    }

    #[test]
    fn what_happened_on_the_floor_counts_where_a_desk_would_be_asked_to_wait() {
        let refused = next(Status::Waiting, OrderStatus::Released, Verb::Start, From::Desk);
        assert!(matches!(refused, Next::Refused(rule) if rule.code == "not_ready"));
        let taken = next(Status::Waiting, OrderStatus::Released, Verb::Start, From::Floor);
        assert!(matches!(taken, Next::Becomes(Status::Running, Some(rule)) if rule.code == "started_early"));
    }

    #[test]
    fn a_held_order_begins_nothing_and_a_settled_one_takes_nothing() {
        for verb in VERBS {
            let held = next(Status::Ready, OrderStatus::Paused, verb, From::Floor);
            assert_eq!(matches!(held, Next::Refused(rule) if rule.code == "order_held"), verb.begins(), "{verb:?}");
            for over in [OrderStatus::Closed, OrderStatus::Cancelled] {
                assert!(matches!(next(Status::Running, over, verb, From::Floor), Next::Refused(_)), "{verb:?}");
            }
        }
    }

    #[test]
    fn a_report_is_lost_only_where_the_order_is_settled() {
        let one = counts(1, 0, 0);
        for job in Status::ALL {
            for order in OrderStatus::ALL {
                let ruling = report(job, order, Counts::default(), one);
                assert_eq!(matches!(ruling, Ruling::Refused(_)), order.is_over(), "{job:?} of {order:?}");
            }
        }
        assert!(matches!(report(Status::Running, OrderStatus::Running, one, counts(-2, 0, 0)), Ruling::Refused(_)));
        assert_eq!(report(Status::Running, OrderStatus::Running, one, counts(-1, 1, 0)), Ruling::Applied, "a correction");
        assert!(matches!(report(Status::Running, OrderStatus::Running, one, Counts::default()), Ruling::Refused(_)));
    }

    proptest! {
        #[test]
        fn doing_it_again_changes_nothing(from in 0_usize..7, order in 0_usize..7, verb in 0_usize..6, floor: bool) {
            let (order, verb) = (OrderStatus::ALL[order], VERBS[verb]);
            let said = if floor { From::Floor } else { From::Desk };
            if let Next::Becomes(there, _) = next(Status::ALL[from], order, verb, said) {
                prop_assert!(matches!(next(there, order, verb, said), Next::Stays(_)));
            }
        }

        #[test]
        fn splitting_neither_makes_nor_loses_a_unit(quantity in 1_i64..1_000, good in 0_i64..1_000, scrapped in 0_i64..100, wanted in -5_i64..1_005) {
            let (quantity, wanted, counted) = (Decimal::from(quantity), Decimal::from(wanted), counts(good, scrapped, 0));
            if let Ok((stays, goes)) = split(quantity, counted, wanted) {
                prop_assert_eq!(stays + goes, quantity);
                prop_assert!(goes > Decimal::ZERO && stays > Decimal::ZERO);
                prop_assert!(stays >= counted.total(), "what is reported stays where it was reported");
            }
        }

        #[test]
        fn whatever_the_order_of_reports_they_add_up(reports in prop::collection::vec((0_i64..50, 0_i64..5, 0_i64..5), 1..30)) {
            let mut forward = Counts::default();
            let mut backward = Counts::default();
            for (good, scrapped, reworked) in &reports {
                forward = forward.and(counts(*good, *scrapped, *reworked));
            }
            for (good, scrapped, reworked) in reports.iter().rev() {
                backward = backward.and(counts(*good, *scrapped, *reworked));
            }
            prop_assert_eq!(forward, backward);
            prop_assert_eq!(forward.total(), reports.iter().map(|(good, scrapped, reworked)| Decimal::from(good + scrapped + reworked)).sum::<Decimal>());
        }
    }
}
