//! Periods of demand: years, months, ISO weeks, days; their first and last day, and how many days of them are worked.

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};

use crate::plant::Calendar;

/// How long the periods of a plan are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Length {
    /// `2027`.
    Year,
    /// `2027-03`.
    Month,
    /// `2027-W14`.
    Week,
    /// `2027-03-31`.
    Day,
}

/// A period: its name and its days, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// `2027-03`.
    pub name: String,
    /// How long it is.
    pub length: Length,
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
}

impl Span {
    /// The period of this name, if it is one.
    pub fn named(name: &str) -> Option<Span> {
        let (length, first, last) = if let Some((year, week)) = name.split_once("-W") {
            let monday = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?.date();
            (Length::Week, monday, monday.checked_add(6.days()).ok()?)
        } else {
            match name.len() {
                4 => {
                    let year = name.parse().ok()?;
                    (Length::Year, Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?)
                }
                7 => {
                    let first: Date = format!("{name}-01").parse().ok()?;
                    (Length::Month, first, first.last_of_month())
                }
                _ => {
                    let day = name.parse().ok()?;
                    (Length::Day, day, day)
                }
            }
        };
        Some(Span { name: name.to_owned(), length, first, last })
    }

    /// Days worked in it by a calendar. A year has the calendar's own number of days, which plants state and keep to.
    pub fn operating_days(&self, calendar: &Calendar) -> f64 {
        if self.length == Length::Year {
            return calendar.days_per_year;
        }
        let mut day = self.first;
        let mut days = 0u32;
        loop {
            let by_rule = calendar.weekdays[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())];
            days += u32::from(calendar.exceptions.get(&day).copied().unwrap_or(by_rule));
            match day.tomorrow() {
                Ok(next) if next <= self.last => day = next,
                _ => return f64::from(days),
            }
        }
    }

    /// Its share of a year, for numbers that are given by the year.
    pub fn share_of_year(&self) -> f64 {
        let days = self.first.until(self.last).map_or(0, |span| span.get_days()) + 1;
        if self.length == Length::Year { 1.0 } else { f64::from(days) / f64::from(self.first.days_in_year()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> (String, String) {
        let span = Span::named(name).expect("a period");
        (span.first.to_string(), span.last.to_string())
    }

    #[test]
    fn periods_know_their_days() {
        assert_eq!(of("2027"), ("2027-01-01".into(), "2027-12-31".into()));
        assert_eq!(of("2028-02"), ("2028-02-01".into(), "2028-02-29".into()));
        assert_eq!(of("2026-W53"), ("2026-12-28".into(), "2027-01-03".into()));
        assert_eq!(of("2027-03-31"), ("2027-03-31".into(), "2027-03-31".into()));
        for absent in ["2027-13", "2027-W53", "next year", "2027-02-30"] {
            assert_eq!(Span::named(absent), None, "{absent}");
        }
    }

    #[test]
    fn holidays_and_worked_sundays_count() {
        let day = |text: &str| text.parse::<Date>().expect("a day");
        let mut calendar = Calendar { days_per_year: 240.0, ..Calendar::default() };
        calendar.weekdays[..5].fill(true);
        // May 2027 has 21 weekdays; the 17th (a Monday) is free, the 30th (a Sunday) is worked.
        calendar.exceptions = [(day("2027-05-17"), false), (day("2027-05-30"), true)].into();
        let days = |name: &str| Span::named(name).expect("a period").operating_days(&calendar);
        assert_eq!(days("2027-05"), 21.0);
        assert_eq!((days("2027-W20"), days("2027-W21"), days("2027-05-30"), days("2027-05-29")), (4.0, 6.0, 1.0, 0.0));
        assert_eq!(days("2027"), 240.0);
    }
}
