//! Laws of every schedule, tried on floors that were made up.

use jiff::civil::time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::changeovers::{Rule as Changeover, Setup};
use super::schedule::{After, ByRule, Candidate, Floor, LineOf, Planned, Rule, Schedule, Scheduler, Why, Work};
use crate::people::calendar::{Break, Calendar, Shift, Weekdays};

fn now() -> Timestamp {
    "2026-11-20T07:10:00Z".parse().unwrap()
}

fn line(number: usize) -> LineOf {
    let shift = Shift {
        id: None,
        name: "Early".into(),
        starts_at: time(6, 0, 0, 0),
        duration_min: 480,
        breaks: vec![Break { after_min: 210, duration_min: 30 }],
        weekdays: Weekdays::read("12345"),
    };
    let calendar = Calendar {
        zone: TimeZone::get("Europe/Lisbon").unwrap(),
        weekdays: Weekdays::read("12345"),
        days: [].into(),
        shifts: vec![shift],
        exceptions: Vec::new(),
    };
    let until = now() + SignedDuration::from_hours(24 * 200);
    LineOf {
        id: Uuid::from_u128(100 + number as u128),
        area: Uuid::from_u128(50),
        name: format!("L{number}"),
        hours: calendar.working(now(), until),
        setup: None,
    }
}

/// What is made up of a work: lines it can be done at, minutes, what comes before it, due, priority, family, place by hand.
type Drawn = (Vec<bool>, i64, Option<prop::sample::Index>, i64, i16, u8, Option<i32>, bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let work = (
        prop::collection::vec(any::<bool>(), 3),
        0_i64..900,
        prop::option::of(any::<prop::sample::Index>()),
        0_i64..20_000,
        1_i16..99,
        0_u8..4,
        prop::option::of(0_i32..10),
        any::<bool>(),
    );
    prop::collection::vec(work, 1..25)
}

fn floor(drawn: &[Drawn]) -> Floor {
    let works = drawn.iter().enumerate().map(|(index, (lines, minutes, before, due, priority, family, sequence, overlap))| {
        let on = lines.iter().enumerate().filter(|(_, can)| **can).map(|(line, _)| {
            let millis = minutes * 60_000 * (1 + line as i64);
            Candidate { line, millis, first_millis: millis.min(60_000) }
        });
        let before = before.filter(|_| index > 0).map(|before| After { work: before.index(index), overlap: *overlap });
        Work {
            jobs: vec![Uuid::from_u128(1_000 + index as u128)],
            order: Uuid::from_u128(2_000 + index as u128),
            label: format!("W{index:03}"),
            on: on.collect(),
            after: before.into_iter().collect(),
            setup: Setup { item: Uuid::from_u128(u128::from(*family)), family: Some(Uuid::from_u128(10 + u128::from(*family))) },
            due: now() + SignedDuration::from_mins(*due),
            priority: *priority,
            sequence: *sequence,
            pinned: (due % 7 == 0).then(|| now() + SignedDuration::from_mins(due / 2)),
            is_running: false,
        }
    });
    let changeovers = vec![Changeover { millis: 25 * 60_000, ..Changeover::default() }];
    Floor { now: now(), lines: (0..3).map(line).collect(), works: works.collect(), changeovers }
}

fn needed(floor: &Floor, planned: &Planned) -> i64 {
    let on = &floor.works[planned.work].on;
    planned.setup_millis + on.iter().find(|candidate| candidate.line == planned.line).map_or(0, |candidate| candidate.millis)
}

/// What every schedule keeps, whoever made it.
fn holds(floor: &Floor, schedule: &Schedule) -> Result<(), TestCaseError> {
    prop_assert_eq!(schedule.planned.len() + schedule.left_out.len(), floor.works.len(), "nothing is forgotten");
    let of = |work: usize| schedule.planned.iter().find(|planned| planned.work == work);
    for planned in &schedule.planned {
        let work = &floor.works[planned.work];
        let span = crate::people::calendar::Span { start: planned.start, end: planned.end };
        let hours = &floor.lines[planned.line].hours;
        prop_assert_eq!(hours.millis_within(span), needed(floor, planned), "it takes what it takes, in working time");
        prop_assert_eq!(hours.opens(planned.start), Some(planned.start), "it begins while the line works");
        prop_assert!(planned.start >= floor.now && work.pinned.is_none_or(|pinned| planned.start >= pinned));
        prop_assert!(work.on.iter().any(|candidate| candidate.line == planned.line), "the line can make it");
        for after in &work.after {
            let Some(before) = of(after.work) else { return Err(TestCaseError::fail("it is scheduled and what comes before it is not")) };
            match after.overlap {
                true => prop_assert!(planned.start >= before.start),
                false => prop_assert!(planned.start >= before.end),
            }
        }
    }
    for (index, one) in schedule.planned.iter().enumerate() {
        for other in schedule.planned[index + 1..].iter().filter(|other| other.line == one.line) {
            prop_assert!(one.end <= other.start || other.end <= one.start, "a line does one thing at a time: {one:?} {other:?}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_schedule_overlaps_and_all_respect_calendars(drawn in drawn(), rule in 0_usize..4) {
        let floor = floor(&drawn);
        let rule = [Rule::Due, Rule::Priority, Rule::Family, Rule::Hand][rule];
        let schedule = ByRule(rule).schedule(&floor);
        holds(&floor, &schedule)?;
        for (work, why) in &schedule.left_out {
            // A work that no line can do waits first for what comes before it.
            prop_assert!(*why == Why::Waits || (*why == Why::NoLine && floor.works[*work].on.is_empty()));
        }
    }

    #[test]
    fn the_order_of_the_list_does_not_count(drawn in drawn(), rule in 0_usize..4) {
        let floor = floor(&drawn);
        let rule = [Rule::Due, Rule::Priority, Rule::Family, Rule::Hand][rule];
        let told = |floor: &Floor| {
            let mut told: Vec<_> = ByRule(rule).schedule(floor).planned.iter()
                .map(|planned| (floor.works[planned.work].label.clone(), planned.line, planned.start, planned.end)).collect();
            told.sort();
            told
        };
        let last = floor.works.len() - 1;
        let mut turned = floor.clone();
        turned.works.reverse();
        for work in &mut turned.works {
            for after in &mut work.after {
                after.work = last - after.work;
            }
        }
        prop_assert_eq!(told(&floor), told(&turned));
    }
}

fn simple(label: &str, minutes: i64, due_min: i64) -> Work {
    Work {
        jobs: vec![Uuid::nil()],
        order: Uuid::nil(),
        label: label.into(),
        on: vec![Candidate { line: 0, millis: minutes * 60_000, first_millis: 60_000 }],
        after: Vec::new(),
        setup: Setup { item: Uuid::nil(), family: None },
        due: now() + SignedDuration::from_mins(due_min),
        priority: 50,
        sequence: None,
        pinned: None,
        is_running: false,
    }
}

fn order_of(floor: &Floor, rule: Rule) -> Vec<String> {
    ByRule(rule).schedule(floor).planned.iter().map(|planned| floor.works[planned.work].label.clone()).collect()
}

#[test]
fn each_rule_takes_what_it_says_first() {
    let works = vec![
        Work { priority: 90, sequence: Some(2), setup: Setup { item: Uuid::from_u128(1), family: None }, ..simple("A", 60, 100) },
        Work { priority: 1, sequence: Some(3), setup: Setup { item: Uuid::from_u128(2), family: None }, ..simple("B", 60, 300) },
        Work { priority: 50, sequence: Some(1), setup: Setup { item: Uuid::from_u128(1), family: None }, ..simple("C", 60, 200) },
    ];
    let mut first = line(0);
    first.setup = Some(Setup { item: Uuid::from_u128(2), family: None });
    let changeovers = vec![Changeover { millis: 60_000, ..Changeover::default() }];
    let floor = Floor { now: now(), lines: vec![first], works, changeovers };
    assert_eq!(order_of(&floor, Rule::Due), ["A", "C", "B"]);
    assert_eq!(order_of(&floor, Rule::Priority), ["B", "C", "A"]);
    assert_eq!(order_of(&floor, Rule::Family), ["B", "A", "C"]);
    assert_eq!(order_of(&floor, Rule::Hand), ["C", "A", "B"]);
}

#[test]
fn what_runs_goes_on_and_nothing_is_changed_over_for_it() {
    let mut floor = Floor {
        now: now(),
        lines: vec![line(0)],
        works: vec![
            simple("A", 30, 10),
            Work { is_running: true, setup: Setup { item: Uuid::from_u128(7), family: None }, ..simple("B", 30, 900) },
        ],
        changeovers: vec![Changeover { millis: 10 * 60_000, ..Changeover::default() }],
    };
    let schedule = ByRule(Rule::Due).schedule(&floor);
    let told: Vec<_> = schedule.planned.iter().map(|planned| (planned.work, planned.setup_millis / 60_000)).collect();
    assert_eq!(told, [(1, 0), (0, 10)]);
    assert_eq!(schedule.planned[0].start, now());
    floor.works[1].on.clear();
    assert_eq!(ByRule(Rule::Due).schedule(&floor).left_out, [(1, Why::NoLine)]);
}

#[test]
fn a_step_that_may_overlap_begins_with_the_first_unit_and_never_runs_dry() {
    let mut next = simple("B", 30, 100);
    next.on = vec![Candidate { line: 1, millis: 30 * 60_000, first_millis: 60_000 }];
    next.after = vec![After { work: 0, overlap: true }];
    let slow =
        Floor { now: now(), lines: vec![line(0), line(1)], works: vec![simple("A", 60, 100), next.clone()], changeovers: Vec::new() };
    let schedule = ByRule(Rule::Due).schedule(&slow);
    // Half as long as the step before it: it ends when that ends, and one unit later.
    assert_eq!(schedule.planned[1].start, now() + SignedDuration::from_mins(31));
    next.on = vec![Candidate { line: 1, millis: 90 * 60_000, first_millis: 60_000 }];
    let quick = Floor { works: vec![simple("A", 60, 100), next], ..slow };
    assert_eq!(ByRule(Rule::Due).schedule(&quick).planned[1].start, now() + SignedDuration::from_mins(1));
}
