//! The approved plan beside what was made: figures of the plan that stands for a plant, shared out over time.
//!
//! They are read as the columns that programs for business intelligence read; nothing is asked of the optimizer.
//!
//! **Invariant:** a period's pieces and hours are shared out evenly over the hours its line works, so that a free Sunday is planned with nothing.

use std::collections::BTreeMap;

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::{Timestamp, ToSpan};
use platform::ids::PlantId;
use platform::{Result, Tx};
use uuid::Uuid;

use crate::people::calendar::{Calendar, Span};

/// What an approved plan says of a stretch of time.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    /// The scenario.
    pub scenario: Uuid,
    /// Its name.
    pub name: String,
    /// Pieces by line and item.
    pub pieces: BTreeMap<(Uuid, Uuid), f64>,
    /// Hours used by line (h).
    pub hours: BTreeMap<Uuid, f64>,
}

/// The plan of a plant that was approved last, for these lines, between two instants; none where none is approved and optimized.
///
/// # Errors
/// What the database refused.
pub async fn planned(
    tx: &mut Tx,
    plant: PlantId,
    calendars: &BTreeMap<Uuid, Calendar>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<Planned>> {
    let organization = tx.caller().organization;
    let sql =
        "select s.id, s.name, f.made_line_id, f.made_item_id, f.made_period, f.made_units, f.line_id, f.line_period, f.line_hours_used
        from scenarios s
        cross join lateral (select r.answer_id from scenario_results r
            where r.organization_id = $1 and r.plant_id = $2 and r.scenario_id = s.id order by r.created_at desc, r.id desc limit 1) r
        join plan_figures f on f.organization_id = $1 and f.plant_id = $2 and f.answer_id = r.answer_id
        where s.organization_id = $1 and s.plant_id = $2 and s.status = 'approved' and s.archived_at is null
        order by s.decided_at desc nulls last, s.id desc limit 1";
    let Some(row) = tx.query_opt(sql, &[&organization, &plant]).await? else { return Ok(None) };
    let mut shares = Shares { calendars, from, to, known: BTreeMap::new() };
    let mut planned = Planned { scenario: row.get(0), name: row.get(1), ..Planned::default() };
    let ids = |index: usize| row.get::<_, Vec<Option<Uuid>>>(index);
    let (texts, numbers) = (|index: usize| row.get::<_, Vec<String>>(index), |index: usize| row.get::<_, Vec<f64>>(index));
    for (((line, item), period), units) in ids(2).into_iter().zip(ids(3)).zip(texts(4)).zip(numbers(5)) {
        let (Some(line), Some(item)) = (line, item) else { continue };
        let share = shares.of(line, &period);
        if share > 0.0 {
            *planned.pieces.entry((line, item)).or_default() += units * share;
        }
    }
    for ((line, period), hours) in ids(6).into_iter().zip(texts(7)).zip(numbers(8)) {
        let Some(line) = line else { continue };
        let share = shares.of(line, &period);
        if share > 0.0 {
            *planned.hours.entry(line).or_default() += hours * share;
        }
    }
    Ok(Some(planned))
}

/// How much of a period's working hours lie between two instants, line by line; lines with the same hours are reckoned once.
struct Shares<'a> {
    calendars: &'a BTreeMap<Uuid, Calendar>,
    from: Timestamp,
    to: Timestamp,
    known: BTreeMap<(String, String), f64>,
}

impl Shares<'_> {
    fn of(&mut self, line: Uuid, period: &str) -> f64 {
        let Some(calendar) = self.calendars.get(&line) else { return 0.0 };
        let Some(whole) = span_of(period, calendar) else { return 0.0 };
        let asked = Span { start: self.from, end: self.to };
        if whole.within(asked).is_none() {
            return 0.0;
        }
        let rule = format!("{:?} {:?} {:?} {:?}", calendar.weekdays, calendar.days, calendar.shifts, calendar.exceptions);
        *self.known.entry((rule, period.to_owned())).or_insert_with(|| {
            let hours = calendar.working(whole.start, whole.end);
            let all = hours.millis_within(whole);
            if all > 0 { hours.millis_within(asked) as f64 / all as f64 } else { 0.0 }
        })
    }
}

/// A period of a plan, `2027`, `2027-03`, `2027-W14` or `2027-03-31`, as time at the plant.
fn span_of(period: &str, calendar: &Calendar) -> Option<Span> {
    let (first, last): (Date, Date) = if let Some((year, week)) = period.split_once("-W") {
        let monday = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?.date();
        (monday, monday.checked_add(6.days()).ok()?)
    } else {
        match period.len() {
            4 => (format!("{period}-01-01").parse().ok()?, format!("{period}-12-31").parse().ok()?),
            7 => {
                let first: Date = format!("{period}-01").parse().ok()?;
                (first, first.last_of_month())
            }
            _ => {
                let day = period.parse().ok()?;
                (day, day)
            }
        }
    };
    let at = |day: Date| Some(day.to_zoned(calendar.zone.clone()).ok()?.timestamp());
    Some(Span { start: at(first)?, end: at(last.tomorrow().ok()?)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::calendar::{Shift, Weekdays};
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    #[test]
    fn a_period_is_shared_out_over_the_hours_that_are_worked() {
        let calendar = Calendar {
            zone: TimeZone::UTC,
            weekdays: Weekdays::read("12345"),
            days: BTreeMap::new(),
            shifts: vec![Shift {
                id: None,
                name: "Early".into(),
                starts_at: time(6, 0, 0, 0),
                duration_min: 480,
                breaks: Vec::new(),
                weekdays: Weekdays::read("12345"),
            }],
            exceptions: Vec::new(),
        };
        let calendars = BTreeMap::from([(Uuid::nil(), calendar)]);
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let share = |from: &str, to: &str, period: &str| {
            Shares { calendars: &calendars, from: at(from), to: at(to), known: BTreeMap::new() }.of(Uuid::nil(), period)
        };
        // November 2026 has 21 weekdays.
        let day = share("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", "2026-11");
        assert!((day - 1.0 / 21.0).abs() < 1e-12, "{day}");
        assert_eq!(share("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11"), 0.0);
        assert_eq!(share("2026-11-23T08:00:00Z", "2026-11-23T10:00:00Z", "2026-11-23"), 0.25);
        assert_eq!(share("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", "2026-W48"), 1.0);
        assert_eq!(share("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", "2027"), 0.0);
        assert_eq!(share("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z", "soon"), 0.0);
    }
}
