//! When a line works: shifts on the days of a calendar, without breaks, with holidays and exceptions.
//!
//! Times of day are those on the wall of the plant: a night shift from 22:00 to 06:00 has seven hours when the clock skips one.
//!
//! **Invariant:** spans of [`Hours`] are in order, never empty, and never touch or overlap.
//! **Invariant:** nothing here knows a database or what time it is.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span as Days, Timestamp};
use uuid::Uuid;

/// When a line works, as its plant, area and shifts say.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The plant's zone.
    pub zone: TimeZone,
    /// ISO weekdays it works.
    pub weekdays: Weekdays,
    /// Days that differ from that: whether they are worked.
    pub days: BTreeMap<Date, bool>,
    /// The shifts of a working day.
    pub shifts: Vec<Shift>,
    /// Hours that differ from all of it; a later one counts before an earlier one.
    pub exceptions: Vec<Exception>,
}

/// ISO weekdays, Monday first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays([bool; 7]);

impl Weekdays {
    /// As records spell them: `12345` is Monday to Friday.
    pub fn read(text: &str) -> Weekdays {
        let mut days = [false; 7];
        for digit in text.bytes().filter(|digit| (b'1'..=b'7').contains(digit)) {
            days[usize::from(digit - b'1')] = true;
        }
        Weekdays(days)
    }

    fn hold(self, date: Date) -> bool {
        let number = date.weekday().to_monday_zero_offset();
        usize::try_from(number).ok().and_then(|number| self.0.get(number)).copied().unwrap_or(false)
    }
}

/// A shift of a working day.
#[derive(Clone, Debug)]
pub struct Shift {
    /// Its record; none for a line that has hours and no shifts.
    pub id: Option<Uuid>,
    /// As people call it.
    pub name: String,
    /// On the wall of the plant.
    pub starts_at: Time,
    /// From start to end, breaks included (min).
    pub duration_min: i64,
    /// When it rests.
    pub breaks: Vec<Break>,
    /// The weekdays it is worked.
    pub weekdays: Weekdays,
}

/// When a shift rests.
#[derive(Clone, Copy, Debug)]
pub struct Break {
    /// From the start of the shift (min).
    pub after_min: i64,
    /// How long (min).
    pub duration_min: i64,
}

/// Hours that differ.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// From then until then.
    pub span: Span,
    /// Whether they are worked.
    pub works: bool,
}

/// From one instant until another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first instant within.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl Span {
    /// How long (ms).
    pub fn millis(self) -> i64 {
        self.end.as_millisecond() - self.start.as_millisecond()
    }

    /// What of it lies within another.
    pub fn within(self, other: Span) -> Option<Span> {
        let both = Span { start: self.start.max(other.start), end: self.end.min(other.end) };
        (both.start < both.end).then_some(both)
    }
}

/// A shift on its day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The shift's record.
    pub id: Option<Uuid>,
    /// The shift, as people call it.
    pub name: String,
    /// The day on which it starts.
    pub on: Date,
    /// From start to end, breaks included.
    pub span: Span,
}

impl Calendar {
    /// Shifts that lie at least partly between two instants, in their order.
    pub fn occurrences(&self, from: Timestamp, until: Timestamp) -> Vec<Occurrence> {
        let mut found: Vec<Occurrence> = self.each(from, until).map(|(occurrence, _)| occurrence).collect();
        found.sort_by(|a, b| (a.span, &a.name).cmp(&(b.span, &b.name)));
        found
    }

    /// The shift that is on at an instant: of several, the one that began last.
    pub fn shift_at(&self, at: Timestamp) -> Option<Occurrence> {
        let soon = at.checked_add(SignedDuration::from_millis(1)).ok()?;
        self.occurrences(at, soon).into_iter().rfind(|shift| shift.span.start <= at && at < shift.span.end)
    }

    /// What is worked between two instants.
    pub fn working(&self, from: Timestamp, until: Timestamp) -> Hours {
        let all = Span { start: from, end: until };
        let mut spans = Vec::new();
        for (occurrence, breaks) in self.each(from, until) {
            let mut rest = Hours::of(vec![occurrence.span]);
            for pause in breaks {
                rest = rest.without(pause);
            }
            spans.extend(rest.spans);
        }
        let mut hours = Hours::of(spans);
        for exception in &self.exceptions {
            hours = match exception.works {
                true => Hours::of(hours.spans.into_iter().chain([exception.span]).collect()),
                false => hours.without(exception.span),
            };
        }
        Hours::of(hours.spans.into_iter().filter_map(|span| span.within(all)).collect())
    }

    fn each(&self, from: Timestamp, until: Timestamp) -> impl Iterator<Item = (Occurrence, Vec<Span>)> + '_ {
        // A shift of the evening before reaches into the first day.
        let first = from.to_zoned(self.zone.clone()).date().checked_sub(Days::new().days(1)).unwrap_or(Date::MIN);
        let last = until.to_zoned(self.zone.clone()).date();
        first
            .series(Days::new().days(1))
            .take_while(move |date| *date <= last)
            .filter(|date| self.days.get(date).copied().unwrap_or_else(|| self.weekdays.hold(*date)))
            .flat_map(move |date| self.shifts.iter().filter_map(move |shift| self.occurrence(shift, date)))
            .filter(move |(occurrence, _)| occurrence.span.start < until && from < occurrence.span.end)
    }

    fn occurrence(&self, shift: &Shift, on: Date) -> Option<(Occurrence, Vec<Span>)> {
        // A day that is worked although the rule says no is worked by all shifts.
        if !shift.weekdays.hold(on) && self.days.get(&on) != Some(&true) {
            return None;
        }
        let span = self.wall(shift, on, 0, shift.duration_min)?;
        let breaks = shift.breaks.iter().filter_map(|pause| self.wall(shift, on, pause.after_min, pause.duration_min)).collect();
        Some((Occurrence { id: shift.id, name: shift.name.clone(), on, span }, breaks))
    }

    fn wall(&self, shift: &Shift, on: Date, after_min: i64, duration_min: i64) -> Option<Span> {
        let at = |minutes: i64| {
            let local = on.to_datetime(shift.starts_at).checked_add(SignedDuration::from_mins(minutes)).ok()?;
            Some(local.to_zoned(self.zone.clone()).ok()?.timestamp())
        };
        let span = Span { start: at(after_min)?, end: at(after_min + duration_min)? };
        (span.start < span.end).then_some(span)
    }
}

/// Working hours: spans of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hours {
    spans: Vec<Span>,
}

impl Hours {
    /// These, joined where they touch or overlap.
    pub fn of(mut spans: Vec<Span>) -> Hours {
        spans.retain(|span| span.start < span.end);
        spans.sort();
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => joined.push(span),
            }
        }
        Hours { spans: joined }
    }

    /// The spans, in order.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Without what lies within `other`.
    pub fn without(&self, other: Span) -> Hours {
        let around = |span: &Span| {
            let before = Span { start: span.start, end: span.end.min(other.start) };
            let after = Span { start: span.start.max(other.end), end: span.end };
            [before, after]
        };
        Hours::of(self.spans.iter().flat_map(around).collect())
    }

    /// The first working instant not before `at`.
    pub fn opens(&self, at: Timestamp) -> Option<Timestamp> {
        let next = self.spans.partition_point(|span| span.end <= at);
        self.spans.get(next).map(|span| span.start.max(at))
    }

    /// When `millis` of work are done that begin not before `at`: its first and last instant. Work rests while nothing is worked. Nothing where the
    /// hours known do not suffice.
    pub fn work(&self, at: Timestamp, millis: i64) -> Option<Span> {
        let start = self.opens(at)?;
        if millis <= 0 {
            return Some(Span { start, end: start });
        }
        let mut left = millis;
        let next = self.spans.partition_point(|span| span.end <= start);
        for span in &self.spans[next..] {
            let begin = span.start.max(start);
            let here = span.end.as_millisecond() - begin.as_millisecond();
            if left <= here {
                let end = begin.checked_add(SignedDuration::from_millis(left)).ok()?;
                return Some(Span { start, end });
            }
            left -= here;
        }
        None
    }

    /// How much is worked within `span` (ms).
    pub fn millis_within(&self, span: Span) -> i64 {
        self.spans.iter().filter_map(|own| own.within(span)).map(Span::millis).sum()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};
    use proptest::prelude::*;

    use super::*;

    fn two_shifts() -> Calendar {
        let shift = |name: &str, hour: i8| Shift {
            id: None,
            name: name.into(),
            starts_at: time(hour, 0, 0, 0),
            duration_min: 480,
            breaks: vec![Break { after_min: 240, duration_min: 30 }],
            weekdays: Weekdays::read("1234567"),
        };
        Calendar {
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            weekdays: Weekdays::read("12345"),
            days: BTreeMap::new(),
            shifts: vec![shift("Early", 6), shift("Night", 22)],
            exceptions: Vec::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn breaks_and_weekends_are_not_worked_and_a_night_belongs_to_the_day_it_began() {
        let calendar = two_shifts();
        // Friday 20 to Monday 23 November 2026; Berlin is at +01.
        let hours = calendar.working(at("2026-11-20T00:00:00Z"), at("2026-11-23T06:00:00Z"));
        let spans: Vec<String> = hours.spans().iter().map(|span| format!("{}/{}", span.start, span.end)).collect();
        let expected = [
            "2026-11-20T00:00:00Z/2026-11-20T01:00:00Z",
            "2026-11-20T01:30:00Z/2026-11-20T09:00:00Z",
            "2026-11-20T09:30:00Z/2026-11-20T13:00:00Z",
            "2026-11-20T21:00:00Z/2026-11-21T01:00:00Z",
            "2026-11-21T01:30:00Z/2026-11-21T05:00:00Z",
            "2026-11-23T05:00:00Z/2026-11-23T06:00:00Z",
        ];
        assert_eq!(spans, expected);
        let night = calendar.shift_at(at("2026-11-21T03:00:00Z")).unwrap();
        assert_eq!((night.name.as_str(), night.on), ("Night", date(2026, 11, 20)));
        assert_eq!(calendar.shift_at(at("2026-11-21T12:00:00Z")), None);
    }

    #[test]
    fn a_holiday_rests_and_a_day_that_is_worked_instead_is_worked() {
        let mut calendar = two_shifts();
        calendar.days = [(date(2026, 11, 20), false), (date(2026, 11, 21), true)].into();
        let day = |text: &str| calendar.working(at(&format!("{text}T05:00:00Z")), at(&format!("{text}T20:00:00Z"))).spans().len();
        assert_eq!((day("2026-11-20"), day("2026-11-21"), day("2026-11-22")), (0, 2, 0));
    }

    #[test]
    fn a_later_exception_counts_before_an_earlier_one() {
        let mut calendar = two_shifts();
        let span = |from: &str, until: &str| Span { start: at(from), end: at(until) };
        calendar.exceptions = vec![
            Exception { span: span("2026-11-20T06:00:00Z", "2026-11-20T12:00:00Z"), works: false },
            Exception { span: span("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"), works: true },
        ];
        let hours = calendar.working(at("2026-11-20T05:00:00Z"), at("2026-11-20T13:00:00Z"));
        let left = [
            span("2026-11-20T05:00:00Z", "2026-11-20T06:00:00Z"),
            span("2026-11-20T10:00:00Z", "2026-11-20T11:00:00Z"),
            span("2026-11-20T12:00:00Z", "2026-11-20T13:00:00Z"),
        ];
        assert_eq!(hours.spans(), left);
    }

    #[test]
    fn the_night_the_clock_skips_an_hour_has_one_less() {
        let mut calendar = two_shifts();
        calendar.weekdays = Weekdays::read("1234567");
        calendar.shifts.iter_mut().for_each(|shift| shift.breaks.clear());
        let hours = |from: &str, until: &str| calendar.working(at(from), at(until)).millis_within(Span { start: at(from), end: at(until) });
        assert_eq!(hours("2027-03-27T20:00:00Z", "2027-03-28T04:00:00Z"), 7 * 3_600_000);
        assert_eq!(hours("2027-03-20T20:00:00Z", "2027-03-21T05:00:00Z"), 8 * 3_600_000);
    }

    #[test]
    fn work_rests_while_nothing_is_worked() {
        let calendar = two_shifts();
        let hours = calendar.working(at("2026-11-20T00:00:00Z"), at("2026-12-20T00:00:00Z"));
        let done = hours.work(at("2026-11-20T12:30:00Z"), 3_600_000).unwrap();
        assert_eq!(done, Span { start: at("2026-11-20T12:30:00Z"), end: at("2026-11-20T21:30:00Z") });
        assert_eq!(hours.work(at("2026-12-19T23:00:00Z"), 3_600_000), None, "beyond what is known");
    }

    proptest! {
        #[test]
        fn work_takes_exactly_the_working_time_there_is(start in 0_i64..600, minutes in 1_i64..4_000) {
            let calendar = two_shifts();
            let from = at("2026-11-20T00:00:00Z");
            let hours = calendar.working(from, at("2027-02-20T00:00:00Z"));
            let begin = from + SignedDuration::from_mins(start * 7);
            let done = hours.work(begin, minutes * 60_000).unwrap();
            prop_assert!(done.start >= begin);
            prop_assert_eq!(hours.millis_within(done), minutes * 60_000);
            prop_assert_eq!(hours.opens(done.start), Some(done.start), "it begins while something is worked");
        }

        #[test]
        fn spans_stay_apart(cuts in prop::collection::vec((0_i64..500, 1_i64..60), 0..20)) {
            let from = at("2026-11-20T00:00:00Z");
            let minute = |minutes: i64| from + SignedDuration::from_mins(minutes);
            let spans = cuts.iter().map(|(start, length)| Span { start: minute(*start), end: minute(start + length) });
            let hours = Hours::of(spans.collect());
            prop_assert!(hours.spans().windows(2).all(|pair| pair[0].end < pair[1].start));
            let cut = Span { start: minute(100), end: minute(200) };
            prop_assert_eq!(hours.without(cut).millis_within(cut), 0);
            prop_assert_eq!(hours.without(cut).millis_within(Span { start: minute(0), end: minute(600) }),
                hours.millis_within(Span { start: minute(0), end: minute(600) }) - hours.millis_within(cut));
        }
    }
}
