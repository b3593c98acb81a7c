//! What a shift was like: figures, losses, scrap, orders, calls for help, what it tells the next.
//!
//! **Invariant:** a shift is named by its day and its name; lines whose pattern has none of that name are not in its report.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kpis::cuts::{self, Cut, Grain, Parts};
use crate::kpis::downtime::{self, Loss, LossBy};
use crate::kpis::facts::{Fact, Origin, facts};
use crate::kpis::question;
use crate::kpis::shown::{KpiRow, number};
use crate::people::calendar::{Calendar, Occurrence};
use crate::people::working_time;

/// Entries of each list.
const TOP: usize = 10;

/// What a shift was like.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShiftReport {
    /// The plant.
    pub plant_id: Uuid,
    /// Its name.
    #[schema(example = "Hermosillo")]
    pub plant: String,
    /// The zone of its clock.
    #[schema(example = "America/Hermosillo")]
    pub time_zone: String,
    /// The shift.
    #[schema(example = "Early")]
    pub shift: String,
    /// The day it belongs to.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Whether it has ended; what goes on changes until then.
    pub ended: bool,
    /// All lines.
    pub total: KpiRow,
    /// Line by line, those that had nothing to do and made nothing left out.
    pub lines: Vec<KpiRow>,
    /// Where time was lost, the greatest loss first.
    pub losses: Vec<Loss>,
    /// Why units were not good, the most first.
    pub scrap: Vec<ScrapRow>,
    /// Orders that were worked on.
    pub orders: Vec<ShiftOrder>,
    /// Calls for help.
    pub calls: Vec<ShiftCall>,
    /// What it tells the next.
    pub notes: Vec<ShiftNote>,
}

/// Why units were not good.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScrapRow {
    /// The reason; none where none was told.
    pub reason: Option<String>,
    /// The item.
    pub item: String,
    /// Units scrapped.
    pub scrapped: f64,
    /// Units to be made again.
    pub reworked: f64,
}

/// An order in a shift.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShiftOrder {
    /// Its number.
    pub code: String,
    /// The item.
    pub item: String,
    /// Good pieces in the shift, every step.
    pub good: f64,
    /// Scrapped in the shift.
    pub scrapped: f64,
    /// Good units of its last steps so far.
    pub finished: f64,
    /// Units to make.
    pub quantity: f64,
    /// When it is wanted.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// Where it stands.
    pub status: String,
}

/// A call for help in a shift.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShiftCall {
    /// The line.
    pub line: String,
    /// What was needed.
    pub kind: String,
    /// What there was to say.
    pub text: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub called_at: Timestamp,
    /// Until somebody said that they come (s).
    pub answered_after_s: Option<f64>,
    /// Until it was settled (s).
    pub settled_after_s: Option<f64>,
}

/// A note for the next shift.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ShiftNote {
    /// What it is about.
    pub category: String,
    /// What there is to say.
    pub text: String,
    /// Whether it is settled.
    pub done: bool,
}

/// Which shift.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Its day; that of the shift that ended last where none is said.
    pub day: Option<Date>,
    /// Its name; the one that ended last on the day where none is said.
    pub shift: Option<String>,
}

/// A shift of a plant: when it was at which lines.
struct Found {
    name: String,
    day: Date,
    from: Timestamp,
    to: Timestamp,
    spans: BTreeMap<Uuid, (Timestamp, Timestamp)>,
}

/// The report of a shift, so far as it has gone.
///
/// # Errors
/// 404 `no_shift` for a shift that is not there or has not begun.
pub async fn report(tx: &mut Tx, plant: PlantId, which: &Which) -> Result<ShiftReport> {
    let (organization, now) = (tx.caller().organization, cuts::whole_us(tx.now()));
    let calendars = working_time::of_plant(tx, plant).await?;
    let found = find(&calendars, which, now)?;
    let row = tx.query_one("select name, time_zone from plants where organization_id = $1 and id = $2", &[&organization, &plant]).await?;
    let (name, time_zone): (String, String) = (row.get(0), row.get(1));
    let (mut all, mut parts) = (Vec::<Cut>::new(), Parts::default());
    for (line, (from, to)) in &found.spans {
        let Some(calendar) = calendars.get(line) else { continue };
        all.extend(cuts::cut(*line, calendar, *from, (*to).min(now), Grain::Whole, &mut parts));
    }
    let mut by_line: BTreeMap<Uuid, Fact> = BTreeMap::new();
    let mut total = Fact::default();
    for (of, fact) in facts(tx, plant, &all, Origin::Sums).await? {
        for sum in [by_line.entry(of.line).or_default(), &mut total] {
            sum.blocks += fact.blocks;
            sum.counted += fact.counted;
        }
    }
    let lines = question::lines(tx, plant, &[], None).await?;
    let told = |fact: &Fact| fact.blocks.unreported_us < fact.blocks.pbt_us() || !fact.blocks.produced().is_zero();
    let mut rows: Vec<KpiRow> = by_line
        .iter()
        .filter(|(_, fact)| told(fact))
        .filter_map(|(line, fact)| Some(KpiRow::of(Some(*line), lines.get(line)?.name.clone(), fact)))
        .collect();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let end = found.to.min(now);
    let lost = downtime::Wanted { plant, line: None, area: None, from: found.from, to: end, by: LossBy::Reason, planned: false };
    let mut losses = downtime::downtime(tx, &lost).await?.items;
    losses.retain(|loss| loss.stops > 0 || loss.id.is_some());
    losses.truncate(TOP);
    let (scrap, orders) = (scrap(tx, plant, found.from, end).await?, orders(tx, plant, found.from, end).await?);
    let (calls, notes) = (calls(tx, plant, found.from, end).await?, notes(tx, plant, &found).await?);
    Ok(ShiftReport {
        plant_id: plant.0,
        plant: name,
        time_zone,
        shift: found.name,
        day: found.day,
        from: found.from,
        to: found.to,
        ended: found.to <= now,
        total: KpiRow::of(None, "", &total),
        lines: rows,
        losses,
        scrap,
        orders,
        calls,
        notes,
    })
}

fn find(calendars: &BTreeMap<Uuid, Calendar>, which: &Which, now: Timestamp) -> Result<Found> {
    let missing = |detail: String| Error::new(platform::error::Kind::NotFound, "no_shift", detail);
    let mut shifts: BTreeMap<(Timestamp, Date, String), Found> = BTreeMap::new();
    for (line, calendar) in calendars {
        let (from, to) = match which.day {
            Some(day) => {
                let at = |day: Date| day.to_zoned(calendar.zone.clone()).map(|zoned| zoned.timestamp()).ok();
                let next = day.tomorrow().ok().and_then(at);
                let Some((from, to)) = at(day).zip(next) else { continue };
                (from, to)
            }
            // A weekend lies between the last shift and now, or a week in which nobody works.
            None => (cuts::hours_before(now, 24 * 14), now),
        };
        let fits = |shift: &Occurrence| {
            which.day.is_none_or(|day| shift.on == day)
                && which.shift.as_ref().is_none_or(|name| *name == shift.name || shift.id.is_some_and(|id| id.to_string() == *name))
                && shift.span.start < now
                && (which.day.is_some() || shift.span.end <= now)
        };
        for shift in calendar.occurrences(from, to).into_iter().filter(fits) {
            // Lines of one shift may begin some minutes apart; it is one shift all the same.
            let key = (Timestamp::MIN, shift.on, shift.name.clone());
            let found = shifts.entry(key).or_insert_with(|| Found {
                name: shift.name.clone(),
                day: shift.on,
                from: shift.span.start,
                to: shift.span.end,
                spans: BTreeMap::new(),
            });
            found.from = found.from.min(shift.span.start);
            found.to = found.to.max(shift.span.end);
            found.spans.insert(*line, (shift.span.start, shift.span.end));
        }
    }
    // Of several the one that ended last; one that goes on only where it was asked for by its day.
    let best = shifts.into_values().max_by_key(|found| (found.to <= now, found.to));
    best.ok_or_else(|| match (&which.day, &which.shift) {
        (Some(day), Some(shift)) => missing(format!("there was no shift {shift} on {day}, or it has not begun")),
        (Some(day), None) => missing(format!("there was no shift on {day}, or none has begun")),
        _ => missing("no shift has ended within the last two weeks".into()),
    })
}

async fn scrap(tx: &mut Tx, plant: PlantId, from: Timestamp, to: Timestamp) -> Result<Vec<ScrapRow>> {
    let organization = tx.caller().organization;
    let sql = "select s.name, i.name, sum(r.scrapped), sum(r.reworked) from job_reports r
        join manufacturing_orders m on m.organization_id = $1 and m.id = r.manufacturing_order_id
        join items i on i.organization_id = $1 and i.id = m.item_id
        left join reasons s on s.organization_id = $1 and s.id = r.reason_id
        where r.organization_id = $1 and r.plant_id = $2 and r.at >= $3 and r.at < $4 and (r.scrapped <> 0 or r.reworked <> 0)
        group by 1, 2 order by sum(r.scrapped) + sum(r.reworked) desc, 1, 2 limit $5";
    let rows = tx.query(sql, &[&organization, &plant, &from, &to, &(TOP as i64)]).await?;
    let one = |row: &tokio_postgres::Row| ScrapRow {
        reason: row.get(0),
        item: row.get(1),
        scrapped: number(row.get(2)),
        reworked: number(row.get(3)),
    };
    Ok(rows.iter().map(one).collect())
}

async fn orders(tx: &mut Tx, plant: PlantId, from: Timestamp, to: Timestamp) -> Result<Vec<ShiftOrder>> {
    let organization = tx.caller().organization;
    let sql = "select m.code, i.name, sum(r.good), sum(r.scrapped), m.good, m.quantity, m.due_at, m.status from job_reports r
        join manufacturing_orders m on m.organization_id = $1 and m.id = r.manufacturing_order_id
        join items i on i.organization_id = $1 and i.id = m.item_id
        where r.organization_id = $1 and r.plant_id = $2 and r.at >= $3 and r.at < $4
        group by m.code, i.name, m.good, m.quantity, m.due_at, m.status order by m.due_at, m.code";
    let rows = tx.query(sql, &[&organization, &plant, &from, &to]).await?;
    let one = |row: &tokio_postgres::Row| ShiftOrder {
        code: row.get(0),
        item: row.get(1),
        good: number(row.get(2)),
        scrapped: number(row.get(3)),
        finished: number(row.get(4)),
        quantity: number(row.get(5)),
        due_at: row.get(6),
        status: row.get(7),
    };
    Ok(rows.iter().map(one).collect())
}

async fn calls(tx: &mut Tx, plant: PlantId, from: Timestamp, to: Timestamp) -> Result<Vec<ShiftCall>> {
    let organization = tx.caller().organization;
    let sql = "select l.name, c.kind, c.text, c.called_at, date_part('epoch', c.acknowledged_at - c.called_at),
            date_part('epoch', c.cleared_at - c.called_at)
        from andon_calls c join lines l on l.organization_id = $1 and l.id = c.line_id
        where c.organization_id = $1 and c.plant_id = $2 and c.called_at >= $3 and c.called_at < $4 order by c.called_at, c.id";
    let rows = tx.query(sql, &[&organization, &plant, &from, &to]).await?;
    let one = |row: &tokio_postgres::Row| ShiftCall {
        line: row.get(0),
        kind: row.get(1),
        text: row.get(2),
        called_at: row.get(3),
        answered_after_s: row.get(4),
        settled_after_s: row.get(5),
    };
    Ok(rows.iter().map(one).collect())
}

async fn notes(tx: &mut Tx, plant: PlantId, found: &Found) -> Result<Vec<ShiftNote>> {
    let organization = tx.caller().organization;
    let sql = "select n.category, n.text, n.done from handover_notes n
        left join shifts s on s.organization_id = $1 and s.id = n.shift_id
        where n.organization_id = $1 and n.plant_id = $2 and n.on_date = $3 and (n.shift_id is null or s.name = $4) and n.archived_at is null
        order by n.category = 'safety' desc, n.created_at, n.id";
    let rows = tx.query(sql, &[&organization, &plant, &found.day, &found.name]).await?;
    let one = |row: &tokio_postgres::Row| ShiftNote { category: row.get(0), text: row.get(1), done: row.get(2) };
    Ok(rows.iter().map(one).collect())
}
