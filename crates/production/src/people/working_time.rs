//! Reads when the lines of a plant work, from its master data.
//!
//! **Invariant:** a line's calendar is its own, else its area's, else the plant's; its shifts are its own, else the calendar's. A line without shifts
//! works the seconds it has a day from 06:00 on, or around the clock where it has none.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::{Date, Time, time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use uuid::Uuid;

use super::calendar::{Break, Calendar, Exception, Shift, Span, Weekdays};

const DAY_S: i32 = 86_400;

/// The calendars of a plant's lines.
///
/// # Errors
/// 404 for a plant that is not there; what the database refused.
pub async fn of_plant(tx: &mut Tx, plant: PlantId) -> Result<BTreeMap<Uuid, Calendar>> {
    let organization = tx.caller().organization;
    let zone = zone_of(tx, plant).await?;
    let sql = "select l.id, l.area_id, l.available_s_per_day, c.id, c.weekdays, coalesce(l.shift_pattern_id, c.shift_pattern_id)
        from lines l
        join areas a on a.organization_id = $1 and a.id = l.area_id
        left join plant_settings s on s.organization_id = $1 and s.plant_id = $2 and s.archived_at is null
        left join calendars c on c.organization_id = $1 and c.id = coalesce(l.calendar_id, a.calendar_id, s.calendar_id)
        where l.organization_id = $1 and l.plant_id = $2 and l.archived_at is null";
    let lines = tx.query(sql, &[&organization, &plant]).await?;
    let days = days(tx, plant).await?;
    let shifts = shifts(tx, plant).await?;
    let exceptions = exceptions(tx, plant).await?;
    let mut calendars = BTreeMap::new();
    for row in &lines {
        let (line, area, available_s): (Uuid, Uuid, i32) = (row.get(0), row.get(1), row.get(2));
        let (calendar, weekdays, pattern): (Option<Uuid>, Option<String>, Option<Uuid>) = (row.get(3), row.get(4), row.get(5));
        let own = pattern.and_then(|pattern| shifts.get(&pattern)).cloned().unwrap_or_default();
        let concerns = |place: &Place| place.line.is_none_or(|own| own == line) && place.area.is_none_or(|own| own == area);
        calendars.insert(
            line,
            Calendar {
                zone: zone.clone(),
                weekdays: Weekdays::read(weekdays.as_deref().unwrap_or("1234567")),
                days: calendar.and_then(|calendar| days.get(&calendar)).cloned().unwrap_or_default(),
                shifts: if own.is_empty() { vec![without_shifts(available_s)] } else { own },
                exceptions: exceptions.iter().filter(|(place, _)| concerns(place)).map(|(_, exception)| *exception).collect(),
            },
        );
    }
    Ok(calendars)
}

/// The zone of a plant's clock.
///
/// # Errors
/// 404 for a plant that is not there.
pub async fn zone_of(tx: &mut Tx, plant: PlantId) -> Result<TimeZone> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select time_zone from plants where organization_id = $1 and id = $2", &[&organization, &plant]).await?;
    let row = row.ok_or_else(|| Error::not_found("plant"))?;
    Ok(TimeZone::get(row.get(0)).unwrap_or(TimeZone::UTC))
}

/// The day it is at a plant.
///
/// # Errors
/// As [`zone_of`].
pub async fn day_at(tx: &mut Tx, plant: PlantId, at: Timestamp) -> Result<civil::Date> {
    Ok(at.to_zoned(zone_of(tx, plant).await?).date())
}

fn without_shifts(available_s: i32) -> Shift {
    let is_all_day = available_s <= 0 || available_s >= DAY_S;
    Shift {
        id: None,
        name: "Day".into(),
        starts_at: if is_all_day { Time::midnight() } else { time(6, 0, 0, 0) },
        duration_min: if is_all_day { 1440 } else { i64::from(available_s) / 60 },
        breaks: Vec::new(),
        weekdays: Weekdays::read("1234567"),
    }
}

async fn days(tx: &mut Tx, plant: PlantId) -> Result<HashMap<Uuid, BTreeMap<Date, bool>>> {
    let organization = tx.caller().organization;
    let sql = "select calendar_id, on_date, works from holidays where organization_id = $1 and plant_id = $2 and archived_at is null";
    let mut days: HashMap<Uuid, BTreeMap<Date, bool>> = HashMap::new();
    for row in tx.query(sql, &[&organization, &plant]).await? {
        days.entry(row.get(0)).or_default().insert(row.get(1), row.get(2));
    }
    Ok(days)
}

async fn shifts(tx: &mut Tx, plant: PlantId) -> Result<HashMap<Uuid, Vec<Shift>>> {
    let organization = tx.caller().organization;
    let sql = "select s.shift_pattern_id, s.id, s.name, s.starts_at, s.duration_min, s.break_min, s.weekdays, b.after_min, b.duration_min
        from shifts s
        left join shift_breaks b on b.organization_id = $1 and b.shift_id = s.id and b.archived_at is null
        where s.organization_id = $1 and s.plant_id = $2 and s.archived_at is null
        order by s.shift_pattern_id, s.starts_at, s.name, s.id, b.after_min";
    let mut shifts: HashMap<Uuid, Vec<Shift>> = HashMap::new();
    let mut rests = HashMap::new();
    for row in tx.query(sql, &[&organization, &plant]).await? {
        let (pattern, id, starts_at, duration_min): (Uuid, Uuid, String, i32) = (row.get(0), row.get(1), row.get(3), row.get(4));
        let own = shifts.entry(pattern).or_default();
        if own.last().is_none_or(|last| last.id != Some(id)) {
            rests.insert(id, row.get::<_, i32>(5));
            let weekdays: String = row.get(6);
            own.push(Shift {
                id: Some(id),
                name: row.get(2),
                starts_at: starts_at.parse().unwrap_or(Time::midnight()),
                duration_min: i64::from(duration_min),
                breaks: Vec::new(),
                weekdays: Weekdays::read(&weekdays),
            });
        }
        if let (Some(shift), Some(after_min), Some(minutes)) = (own.last_mut(), row.get::<_, Option<i32>>(7), row.get::<_, Option<i32>>(8))
        {
            shift.breaks.push(Break { after_min: i64::from(after_min), duration_min: i64::from(minutes) });
        }
    }
    for shift in shifts.values_mut().flatten() {
        let rest = shift.id.and_then(|id| rests.get(&id)).copied().map_or(0, i64::from);
        if shift.breaks.is_empty() && rest > 0 {
            shift.breaks.push(Break { after_min: (shift.duration_min - rest) / 2, duration_min: rest });
        }
    }
    Ok(shifts)
}

struct Place {
    line: Option<Uuid>,
    area: Option<Uuid>,
}

async fn exceptions(tx: &mut Tx, plant: PlantId) -> Result<Vec<(Place, Exception)>> {
    let organization = tx.caller().organization;
    let sql = "select line_id, area_id, starts_at, ends_at, works from calendar_exceptions
        where organization_id = $1 and plant_id = $2 and archived_at is null order by created_at, id";
    let rows = tx.query(sql, &[&organization, &plant]).await?;
    let one = |row: &tokio_postgres::Row| {
        let span = Span { start: row.get(2), end: row.get(3) };
        (Place { line: row.get(0), area: row.get(1) }, Exception { span, works: row.get(4) })
    };
    Ok(rows.iter().map(one).collect())
}
