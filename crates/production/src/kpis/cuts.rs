//! Time cut where what it counts as changes.
//!
//! **Invariant:** the cuts of a line follow each other without a gap and make up what was asked for.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::people::calendar::{Calendar, Occurrence};

/// What time counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// Work is planned.
    Worked,
    /// A break of a shift, or hours taken out of the calendar.
    Rest,
    /// No shift.
    Outside,
}

/// A stretch of time at a line that counts alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The line.
    pub line: Uuid,
    /// From then.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
    /// What it counts as.
    pub how: How,
    /// Which part of the whole it belongs to: an entry of [`Parts`].
    pub part: usize,
}

/// Into what parts time is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Not at all.
    Whole,
    /// Hours of the clock.
    Hour,
    /// Days of the plant.
    Day,
    /// Shifts.
    Shift,
}

/// A part of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// From then.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
    /// The shift, where it is one.
    pub shift: Option<Shift>,
}

/// A shift of a plant on a day: lines with other patterns may have one of the same name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shift {
    /// The day it belongs to.
    pub on: Date,
    /// As people call it.
    pub name: String,
    /// Its record.
    pub id: Option<Uuid>,
}

/// The parts that time was cut into, in the order in which they were met.
#[derive(Debug, Default)]
pub struct Parts {
    all: Vec<Part>,
    by_start: BTreeMap<(Timestamp, Option<Shift>), usize>,
}

impl Parts {
    /// The parts.
    pub fn all(&self) -> &[Part] {
        &self.all
    }

    fn of(&mut self, from: Timestamp, to: Timestamp, shift: Option<Shift>) -> usize {
        // A shift is the same one at lines where it begins a little later.
        let key = (if shift.is_some() { Timestamp::MIN } else { from }, shift.clone());
        if let Some(index) = self.by_start.get(&key) {
            let part = &mut self.all[*index];
            part.from = part.from.min(from);
            part.to = part.to.max(to);
            return *index;
        }
        self.all.push(Part { from, to, shift });
        self.by_start.insert(key, self.all.len() - 1);
        self.all.len() - 1
    }
}

/// An instant without what a database does not keep.
pub fn whole_us(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// Cuts the time of a line.
pub fn cut(line: Uuid, calendar: &Calendar, from: Timestamp, to: Timestamp, grain: Grain, parts: &mut Parts) -> Vec<Cut> {
    if from >= to {
        return Vec::new();
    }
    let occurrences = calendar.occurrences(from, to);
    let working = calendar.working(from, to);
    let mut points = vec![from, to];
    points.extend(occurrences.iter().flat_map(|shift| [shift.span.start, shift.span.end]));
    points.extend(working.spans().iter().flat_map(|span| [span.start, span.end]));
    points.extend(grid(calendar, from, to, grain));
    points.retain(|point| from <= *point && *point <= to);
    points.sort();
    points.dedup();
    let mut cuts: Vec<Cut> = Vec::new();
    let mut grid_start = from;
    let marks = grid(calendar, from, to, grain);
    for pair in points.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        if marks.binary_search(&start).is_ok() {
            grid_start = start;
        }
        let shift: Option<&Occurrence> = occurrences.iter().rfind(|shift| shift.span.start <= start && start < shift.span.end);
        let is_worked = working.opens(start) == Some(start);
        let how = match (is_worked, shift) {
            (true, _) => How::Worked,
            (false, Some(_)) => How::Rest,
            (false, None) => How::Outside,
        };
        let part = match (grain, shift) {
            (Grain::Whole, _) => parts.of(from, to, None),
            (Grain::Shift, Some(shift)) => {
                let named = Shift { on: shift.on, name: shift.name.clone(), id: shift.id };
                parts.of(shift.span.start.max(from), shift.span.end.min(to), Some(named))
            }
            // What lies between shifts belongs together, whenever it is.
            (Grain::Shift, None) => parts.of(from, to, None),
            (Grain::Hour | Grain::Day, _) => {
                let next = marks.partition_point(|mark| *mark <= start);
                parts.of(grid_start, marks.get(next).copied().unwrap_or(to), None)
            }
        };
        match cuts.last_mut() {
            Some(last) if last.how == how && last.part == part && last.to == start => last.to = end,
            _ => cuts.push(Cut { line, from: start, to: end, how, part }),
        }
    }
    cuts
}

/// Where hours or days begin, within the time.
fn grid(calendar: &Calendar, from: Timestamp, to: Timestamp, grain: Grain) -> Vec<Timestamp> {
    let mut marks = Vec::new();
    match grain {
        Grain::Whole | Grain::Shift => {}
        Grain::Hour => {
            let zoned = from.to_zoned(calendar.zone.clone());
            let offset_s = i64::from(zoned.offset().seconds());
            let mut second = (from.as_second() + offset_s).div_euclid(3600) * 3600 - offset_s;
            while second < to.as_second() {
                marks.extend(Timestamp::from_second(second).ok().filter(|mark| *mark > from));
                second += 3600;
            }
        }
        Grain::Day => {
            let mut day = from.to_zoned(calendar.zone.clone()).date();
            while let Ok(next) = day.tomorrow() {
                let Ok(start) = next.to_zoned(calendar.zone.clone()) else { break };
                if start.timestamp() >= to {
                    break;
                }
                marks.push(start.timestamp());
                day = next;
            }
        }
    }
    marks
}

/// How long a cut is (µs).
pub fn length_us(cut: &Cut) -> i64 {
    cut.to.as_microsecond() - cut.from.as_microsecond()
}

/// A stretch of time before an instant.
pub fn hours_before(at: Timestamp, hours: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::calendar::{Break, Exception, Shift as Pattern, Span, Weekdays};
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn calendar() -> Calendar {
        let shift = |name: &str, hour: i8| Pattern {
            id: None,
            name: name.into(),
            starts_at: time(hour, 0, 0, 0),
            duration_min: 480,
            breaks: vec![Break { after_min: 240, duration_min: 30 }],
            weekdays: Weekdays::read("12345"),
        };
        Calendar {
            zone: TimeZone::UTC,
            weekdays: Weekdays::read("12345"),
            days: BTreeMap::new(),
            shifts: vec![shift("Early", 6), shift("Late", 14)],
            exceptions: vec![Exception { span: Span { start: at("2026-11-23T08:00:00Z"), end: at("2026-11-23T08:20:00Z") }, works: false }],
        }
    }

    fn of(from: &str, to: &str, grain: Grain) -> (Vec<Cut>, Parts) {
        let mut parts = Parts::default();
        let cuts = cut(Uuid::nil(), &calendar(), at(from), at(to), grain, &mut parts);
        (cuts, parts)
    }

    /// Monday, 23 November 2026.
    #[test]
    fn shifts_breaks_and_meetings_cut_time() {
        let (cuts, parts) = of("2026-11-23T05:00:00Z", "2026-11-23T14:30:00Z", Grain::Shift);
        let shown: Vec<String> = cuts.iter().map(|cut| format!("{:?} {} {}", cut.how, length_us(cut) / 60_000_000, cut.part)).collect();
        assert_eq!(shown, ["Outside 60 0", "Worked 120 1", "Rest 20 1", "Worked 100 1", "Rest 30 1", "Worked 210 1", "Worked 30 2"]);
        let names: Vec<Option<&str>> = parts.all().iter().map(|part| part.shift.as_ref().map(|shift| shift.name.as_str())).collect();
        assert_eq!(names, [None, Some("Early"), Some("Late")]);
    }

    #[test]
    fn cuts_make_up_what_was_asked_for() {
        for grain in [Grain::Whole, Grain::Hour, Grain::Day, Grain::Shift] {
            let (from, to) = ("2026-11-19T07:13:00Z", "2026-11-26T19:41:00Z");
            let (cuts, parts) = of(from, to, grain);
            assert_eq!(cuts.first().map(|cut| cut.from), Some(at(from)));
            assert_eq!(cuts.last().map(|cut| cut.to), Some(at(to)));
            assert!(cuts.windows(2).all(|pair| pair[0].to == pair[1].from), "{grain:?}");
            assert!(cuts.iter().all(|cut| cut.part < parts.all().len()));
        }
        let (_, parts) = of("2026-11-23T06:30:00Z", "2026-11-23T09:00:00Z", Grain::Hour);
        let starts: Vec<String> = parts.all().iter().map(|part| part.from.to_string()).collect();
        assert_eq!(starts, ["2026-11-23T06:30:00Z", "2026-11-23T07:00:00Z", "2026-11-23T08:00:00Z"]);
        let (_, parts) = of("2026-11-23T06:30:00Z", "2026-11-25T09:00:00Z", Grain::Day);
        assert_eq!(parts.all().len(), 3);
    }
}
