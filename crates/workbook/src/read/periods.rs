//! Periods: years, months, weeks and days as planners write them, as text, as numbers and as real dates.
//!
//! A real date may stand for a day, for a month (`1 March 2026` shown as `Mar-26`) or for a year; only all of a workbook's
//! periods together tell, so dates stay [`Written::Date`] until [`settle`].
//!
//! **Invariant:** all periods of a workbook are of one kind, and a label names one period only.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::cells::{Texts, Value};
use super::fold::words;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Grain {
    Year,
    Month,
    Week,
    Day,
}

impl Grain {
    pub(super) fn name(self) -> &'static str {
        match self {
            Grain::Year => "years",
            Grain::Month => "months",
            Grain::Week => "weeks",
            Grain::Day => "days",
        }
    }

    /// Most operating days such a period can have (d).
    pub(super) fn most_days(self) -> f64 {
        match self {
            Grain::Year => 366.0,
            Grain::Month => 31.0,
            Grain::Week => 7.0,
            Grain::Day => 1.0,
        }
    }

    /// How many of them make a year.
    pub(super) fn per_year(self) -> f64 {
        match self {
            Grain::Year => 1.0,
            Grain::Month => 12.0,
            Grain::Week => 52.0,
            Grain::Day => 365.0,
        }
    }
}

/// A period, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Period {
    pub first: Date,
    pub grain: Grain,
}

impl Period {
    /// Its label: `2026`, `2026-03`, `2026-W14` or `2026-03-02`.
    pub(super) fn label(self) -> String {
        match self.grain {
            Grain::Year => format!("{:04}", self.first.year()),
            Grain::Month => format!("{:04}-{:02}", self.first.year(), self.first.month()),
            Grain::Week => {
                let week = self.first.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Grain::Day => self.first.to_string(),
        }
    }

    /// Its last day.
    pub(super) fn last(self) -> Date {
        let span: Span = match self.grain {
            Grain::Year => 1.year(),
            Grain::Month => 1.month(),
            Grain::Week => 1.week(),
            Grain::Day => return self.first,
        };
        // Years end at 2199 here, so the next period exists.
        self.first.saturating_add(span).saturating_sub(1.day())
    }

    /// Share of its days that lie between two days, both included.
    pub(super) fn share_within(self, from: Option<Date>, to: Option<Date>) -> f64 {
        let first = from.map_or(self.first, |from| from.max(self.first));
        let last = to.map_or(self.last(), |to| to.min(self.last()));
        (days_between(first, last) + 1).max(0) as f64 / (days_between(self.first, self.last()) + 1) as f64
    }
}

fn days_between(first: Date, last: Date) -> i64 {
    i64::from(first.until(last).map_or(0, |span| span.get_days()))
}

/// A period as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Written {
    Period(Period),
    /// A full date, whose grain the other periods decide.
    Date(Date),
}

impl Written {
    /// As an approval window's beginning.
    pub(super) fn first(self) -> Date {
        match self {
            Written::Period(period) => period.first,
            Written::Date(date) => date,
        }
    }

    /// As an approval window's end.
    pub(super) fn last(self) -> Date {
        match self {
            Written::Period(period) => period.last(),
            Written::Date(date) => date,
        }
    }

    /// As a period, once the workbook's grain is known; nothing if it is of another kind.
    pub(super) fn at(self, grain: Grain) -> Option<Period> {
        match self {
            Written::Period(period) => (period.grain == grain).then_some(period),
            Written::Date(date) => period_of(date, grain),
        }
    }
}

fn period_of(date: Date, grain: Grain) -> Option<Period> {
    match grain {
        Grain::Year if date.day_of_year() == 1 => year(i64::from(date.year())),
        Grain::Month if date.day() == 1 => month(i64::from(date.year()), i64::from(date.month())),
        Grain::Week if date.weekday() == Weekday::Monday => Some(Period { first: date, grain }),
        Grain::Day => Some(Period { first: date, grain }),
        _ => None,
    }
}

/// The grain that most of the periods have. Dates alone are years if all are the first of a year, months if all are the first
/// of a month, else days.
pub(super) fn settle(written: impl Iterator<Item = Written> + Clone) -> Option<Grain> {
    let mut counts = [(0_usize, Grain::Year), (0, Grain::Month), (0, Grain::Week), (0, Grain::Day)];
    let mut dates = written.clone().filter_map(|written| match written {
        Written::Date(date) => Some(date),
        Written::Period(_) => None,
    });
    for written in written {
        if let Written::Period(period) = written {
            counts[period.grain as usize].0 += 1;
        }
    }
    // On a tie the coarser grain wins, so that the answer does not depend on the order of rows.
    let most = counts.iter().rev().max_by_key(|(count, _)| *count).filter(|(count, _)| *count > 0);
    if let Some((_, grain)) = most {
        return Some(*grain);
    }
    let first = dates.next()?;
    let (mut all_years, mut all_months, mut several_years) = (first.day_of_year() == 1, first.day() == 1, false);
    for date in dates {
        all_years &= date.day_of_year() == 1;
        all_months &= date.day() == 1;
        several_years |= date.year() != first.year();
    }
    Some(if all_years && several_years {
        Grain::Year
    } else if all_months {
        Grain::Month
    } else {
        Grain::Day
    })
}

/// Reads a period from a cell.
pub(super) fn of_value(value: Value, texts: &Texts) -> Option<Written> {
    match value {
        Value::Number(number) if number.fract() == 0.0 && (0.0..1e9).contains(&number) => of_number(number as i64),
        Value::Date(serial) => date_of_serial(serial).filter(|date| is_planned(i64::from(date.year()))).map(Written::Date),
        Value::Text(id) => of_text(texts.text(id)),
        _ => None,
    }
}

fn of_number(number: i64) -> Option<Written> {
    match number {
        1_000..=9_999 => year(number).map(Written::Period),
        100_000..=999_999 => month(number / 100, number % 100).map(Written::Period),
        10_000_000..=99_999_999 => day(number / 10_000, number / 100 % 100, number % 100),
        _ => None,
    }
}

/// Reads a period from a text such as `2026`, `FY 2026`, `Mar-26`, `03/2026`, `2026-W14`, `KW 14/2026`, `02.03.2026`.
pub(super) fn of_text(text: &str) -> Option<Written> {
    let words = words(text);
    of_words(&words.iter().map(|word| word.stem.as_str()).collect::<Vec<_>>())
}

enum Part {
    Number(i64, usize),
    Month(i64),
    Week,
    MonthMark,
}

/// Reads a period from the words of a heading or cell.
pub(super) fn of_words(words: &[&str]) -> Option<Written> {
    use Part::*;
    let mut parts = Vec::new();
    for word in words {
        match part_of(word)? {
            Some(part) if parts.len() < 4 => parts.push(part),
            Some(_) => return None,
            None => {}
        }
    }
    match parts.as_slice() {
        [Number(number, 4 | 6 | 8)] => of_number(*number),
        [Number(y, 4), Number(m, 1..=2)] | [Number(m, 1..=2), Number(y, 4)] => month(*y, *m).map(Written::Period),
        [Number(y, 4), Number(m, 1..=2), Number(d, 1..=2)] => day(*y, *m, *d),
        // A time of midnight behind an ISO date comes as more numbers and is refused above.
        [Number(d, 1..=2), Number(m, 1..=2), Number(y, 4)] => day_first(*d, *m, *y),
        [Month(m), Number(y, digits @ (2 | 4))] | [Number(y, digits @ (2 | 4)), Month(m)] => {
            month(full_year(*y, *digits), *m).map(Written::Period)
        }
        [Number(d, 1..=2), Month(m), Number(y, digits @ (2 | 4))] => day(full_year(*y, *digits), *m, *d),
        [Week, Number(w, 1..=2), Number(y, 4)] | [Number(y, 4), Week, Number(w, 1..=2)] => week(*y, *w).map(Written::Period),
        [Number(y, 4), MonthMark, Number(m, 1..=2)] => month(*y, *m).map(Written::Period),
        _ => None,
    }
}

/// Day first, as in Spanish and German, unless only month first makes a date; both possible and different is no period.
fn day_first(a: i64, b: i64, y: i64) -> Option<Written> {
    if a <= 12 && b <= 12 && a != b { None } else { day(y, b, a).or_else(|| day(y, a, b)) }
}

fn full_year(year: i64, digits: usize) -> i64 {
    if digits == 2 { 2000 + year } else { year }
}

/// What a word contributes: a part, nothing (a word like `year`), or the refusal of the whole text.
fn part_of(word: &str) -> Option<Option<Part>> {
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.parse().ok().filter(|_| word.len() <= 8).map(|number| Some(Part::Number(number, word.len())));
    }
    Some(match word {
        "year" | "yr" | "ano" | "anual" | "jahr" | "fy" | "cy" | "gj" | "y" | "annual" | "de" | "of" => None,
        "w" | "wk" | "week" | "cw" | "kw" | "sem" | "semana" | "woche" | "kalenderwoche" => Some(Part::Week),
        "m" | "month" | "mes" | "me" | "monat" => Some(Part::MonthMark),
        word => Some(Part::Month(month_number(word)?)),
    })
}

fn month_number(word: &str) -> Option<i64> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "january", "januar", "ene", "enero", "janner"],
        &["feb", "february", "februar", "febrero"],
        &["mar", "march", "marz", "marzo", "mrz"],
        &["apr", "april", "abr", "abril"],
        &["may", "mai", "mayo"],
        &["jun", "june", "juni", "junio"],
        &["jul", "july", "juli", "julio"],
        &["aug", "august", "ago", "agosto"],
        &["sep", "sept", "september", "septiembre", "setiembre"],
        &["oct", "october", "okt", "oktober", "octubre"],
        &["nov", "november", "noviembre"],
        &["dec", "december", "dez", "dezember", "dic", "diciembre"],
    ];
    MONTHS.iter().position(|names| names.contains(&word)).map(|at| at as i64 + 1)
}

fn is_planned(year: i64) -> bool {
    (1990..2200).contains(&year)
}

fn date(y: i64, m: i64, d: i64) -> Option<Date> {
    is_planned(y).then_some(())?;
    Date::new(i16::try_from(y).ok()?, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()
}

fn year(y: i64) -> Option<Period> {
    date(y, 1, 1).map(|first| Period { first, grain: Grain::Year })
}

fn month(y: i64, m: i64) -> Option<Period> {
    date(y, m, 1).map(|first| Period { first, grain: Grain::Month })
}

fn week(y: i64, w: i64) -> Option<Period> {
    is_planned(y).then_some(())?;
    let week = jiff::civil::ISOWeekDate::new(i16::try_from(y).ok()?, i8::try_from(w).ok()?, Weekday::Monday).ok()?;
    Some(Period { first: week.date(), grain: Grain::Week })
}

fn day(y: i64, m: i64, d: i64) -> Option<Written> {
    date(y, m, d).map(Written::Date)
}

/// Day 0 of Excel's count; it takes 1900 for a leap year, so the count fits from March 1900 on.
const EPOCH: Date = Date::constant(1899, 12, 30);

/// The date of a day count.
pub(super) fn date_of_serial(serial: f64) -> Option<Date> {
    // 2 958 465 is the last day that Excel knows.
    (0.0..2_958_466.0).contains(&serial).then(|| EPOCH.saturating_add((serial.floor() as i64).days()))
}

/// The day count of a date.
pub(super) fn serial_of(y: i32, m: i32, d: i32) -> Option<f64> {
    let date = Date::new(i16::try_from(y).ok()?, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()?;
    Some(f64::from(EPOCH.until(date).ok()?.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let read = match of_text(text) {
            Some(Written::Period(period)) => period.label(),
            Some(Written::Date(date)) => format!("date {date}"),
            None => "none".to_owned(),
        };
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn periods_as_planners_write_them() {
        for (text, expected) in [
            ("2026", "2026"),
            ("FY2026", "2026"),
            ("Año 2026", "2026"),
            ("2026-03", "2026-03"),
            ("202603", "2026-03"),
            ("03/2026", "2026-03"),
            ("2026M03", "2026-03"),
            ("Mar-26", "2026-03"),
            ("März 2026", "2026-03"),
            ("ene-26", "2026-01"),
            ("diciembre de 2026", "2026-12"),
            ("2026-W14", "2026-W14"),
            ("KW 14/2026", "2026-W14"),
            ("Semana 14 2026", "2026-W14"),
            ("2026-W54", "none"),
            ("2026-03-02", "date 2026-03-02"),
            ("02.13.2026", "date 2026-02-13"),
            ("13/02/2026", "date 2026-02-13"),
            ("02/03/2026", "none"),
            ("2026-13", "none"),
            ("1887", "none"),
            ("Revenue 2026", "none"),
            ("", "none"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn dates_settle_to_the_grain_they_show() {
        let settled = |texts: &[&str]| settle(texts.iter().filter_map(|text| of_text(text)));
        assert_eq!(settled(&["2026-01-01", "2027-01-01"]), Some(Grain::Year));
        assert_eq!(settled(&["2026-01-01"]), Some(Grain::Month));
        assert_eq!(settled(&["2026-01-01", "2026-02-01"]), Some(Grain::Month));
        assert_eq!(settled(&["2026-01-01", "2026-01-02"]), Some(Grain::Day));
        assert_eq!(settled(&["2026-01-01", "2026-02"]), Some(Grain::Month));
        assert_eq!(settled(&["2026", "2026-02"]), Some(Grain::Year));
        assert_eq!(settled(&[]), None);
    }

    #[test]
    fn shares_of_a_period() {
        let april = month(2026, 4).unwrap();
        let at = |d| date(2026, 4, d);
        assert_eq!(april.share_within(None, None), 1.0);
        assert_eq!(april.share_within(at(16), None), 0.5);
        assert_eq!(april.share_within(None, at(3)), 0.1);
        assert_eq!(april.share_within(at(20), at(10)), 0.0);
        assert_eq!(april.share_within(date(2026, 5, 1), None), 0.0);
    }

    #[test]
    fn excel_day_counts() {
        assert_eq!(serial_of(2026, 3, 1), Some(46082.0));
        assert_eq!(date_of_serial(46082.5), Date::new(2026, 3, 1).ok());
        assert_eq!(date_of_serial(-1.0), None);
        assert_eq!(date_of_serial(f64::NAN), None);
    }
}
