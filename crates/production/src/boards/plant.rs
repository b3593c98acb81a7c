//! All lines of a plant at once: what each does, on what, how well, and who calls for help.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kpis::cuts::{self, Cut, Grain, Parts, hours_before};
use crate::kpis::facts::{Fact, Origin, facts};
use crate::kpis::shown::{KpiFigures, KpiQuantities, KpiRow, KpiTimes, number};
use crate::people::calendar::Calendar;
use crate::people::working_time;

/// How long a line without a shift is looked back at (h).
const WITHOUT_SHIFT_H: i64 = 8;

/// A plant's board.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlantBoard {
    /// The plant.
    pub plant_id: Uuid,
    /// Its name.
    #[schema(example = "Hermosillo")]
    pub plant: String,
    /// When this was so.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// All lines in their shifts together.
    pub total: KpiRow,
    /// How many lines are in each state.
    pub states: BTreeMap<String, usize>,
    /// Calls for help that nobody has answered.
    pub calls_waiting: usize,
    /// The lines, by area along the flow and name.
    pub lines: Vec<LineCard>,
}

/// A line at a glance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineCard {
    /// The line.
    pub line_id: Uuid,
    /// Its name.
    #[schema(example = "SMT-03")]
    pub line: String,
    /// Its area.
    pub area_id: Uuid,
    /// The area's name.
    #[schema(example = "SMT")]
    pub area: String,
    /// What it does: running, stopped, setup, idle, offline; none where nothing was ever told.
    #[schema(example = "running")]
    pub state: Option<String>,
    /// The interval, to say why it stands.
    pub state_id: Option<Uuid>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub state_since: Option<Timestamp>,
    /// Element of the time model it counts as.
    #[schema(example = "production")]
    pub time_class: Option<String>,
    /// Why it stands.
    pub reason_id: Option<Uuid>,
    /// As people call that.
    pub reason: Option<String>,
    /// The shift it is in.
    pub shift: Option<BoardShift>,
    /// The job it is busy with, or that runs at it.
    pub job: Option<BoardJob>,
    /// Key figures since the shift began, or of the last eight hours where there is no shift.
    pub figures: KpiFigures,
    /// Where that time went.
    pub times: KpiTimes,
    /// What was made in it.
    pub quantities: KpiQuantities,
    /// When a counter was read last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub counted_at: Option<Timestamp>,
    /// Calls for help that are not settled, the oldest first.
    pub calls: Vec<BoardCall>,
}

/// The shift a line is in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardShift {
    /// The shift.
    pub id: Option<Uuid>,
    /// As people call it.
    #[schema(example = "Early")]
    pub name: String,
    /// The day it belongs to.
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
}

/// A job at a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardJob {
    /// The job.
    pub id: Uuid,
    /// Its order.
    pub manufacturing_order_id: Uuid,
    /// The order's number.
    #[schema(example = "MO-1042")]
    pub order_code: String,
    /// The item's number.
    pub item_code: String,
    /// The item.
    #[schema(example = "Zonal Controller")]
    pub item: String,
    /// The step.
    #[schema(example = "Top")]
    pub name: String,
    /// Where it stands.
    #[schema(example = "running")]
    pub status: String,
    /// Units to make.
    pub quantity: f64,
    /// Good units.
    pub good: f64,
    /// Scrapped units.
    pub scrapped: f64,
    /// Units to be made again.
    pub reworked: f64,
    /// Good ÷ to make (%).
    pub progress_pct: Option<f64>,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ends by the schedule.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub planned_end: Option<Timestamp>,
    /// When the order is wanted.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// Whether it is planned to end after that, or is due already.
    pub late: bool,
}

impl BoardJob {
    /// From the columns of a job as the statements of boards name them, beginning at one; none where there is no job.
    pub(super) fn of(row: &Row, first: usize, now: Timestamp) -> Option<BoardJob> {
        let id: Option<Uuid> = row.get(first);
        let (quantity, good): (Decimal, Decimal) = (row.get::<_, Option<_>>(first + 7)?, row.get::<_, Option<_>>(first + 8)?);
        let (planned_end, due_at): (Option<Timestamp>, Option<Timestamp>) = (row.get(first + 12), row.get(first + 13));
        let due_at = due_at?;
        Some(BoardJob {
            id: id?,
            manufacturing_order_id: row.get(first + 1),
            order_code: row.get(first + 2),
            item_code: row.get(first + 3),
            item: row.get(first + 4),
            name: row.get(first + 5),
            status: row.get(first + 6),
            quantity: number(quantity),
            good: number(good),
            scrapped: number(row.get(first + 9)),
            reworked: number(row.get(first + 10)),
            progress_pct: kpi::figures::ratio(number(good), number(quantity)).map(|share| share * 100.0),
            started_at: row.get(first + 11),
            planned_end,
            due_at,
            late: due_at < planned_end.unwrap_or(now).max(now),
        })
    }
}

/// A call for help.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BoardCall {
    /// The call.
    pub id: Uuid,
    /// What is needed.
    #[schema(example = "material")]
    pub kind: String,
    /// What there is to say.
    pub text: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub called_at: Timestamp,
    /// When somebody said that they come.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// How far it was escalated.
    pub level: i16,
}

/// The board of a plant, of the lines named or of all.
///
/// # Errors
/// 404 for a plant that is not there.
pub async fn board(tx: &mut Tx, plant: PlantId, only: &[Uuid]) -> Result<PlantBoard> {
    let (organization, now) = (tx.caller().organization, cuts::whole_us(tx.now()));
    let named = tx.query_opt("select name from plants where organization_id = $1 and id = $2", &[&organization, &plant]).await?;
    let name: String = named.ok_or_else(|| Error::not_found("plant"))?.get(0);
    let calendars = working_time::of_plant(tx, plant).await?;
    let rows = tx.query(LINES, &[&organization, &plant, &only]).await?;
    let mut calls = calls(tx, plant).await?;
    let (mut all, mut parts, mut shifts) = (Vec::<Cut>::new(), Parts::default(), BTreeMap::new());
    for row in &rows {
        let line: Uuid = row.get(0);
        let Some(calendar) = calendars.get(&line) else { continue };
        let (shift, from) = since(calendar, now);
        all.extend(cuts::cut(line, calendar, from, now, Grain::Whole, &mut parts));
        shifts.insert(line, shift);
    }
    let mut done: BTreeMap<Uuid, Fact> = BTreeMap::new();
    let mut total = Fact::default();
    for (of, fact) in facts(tx, plant, &all, Origin::Sums).await? {
        for sum in [done.entry(of.line).or_default(), &mut total] {
            sum.blocks += fact.blocks;
            sum.counted += fact.counted;
        }
    }
    let mut lines = Vec::new();
    for row in &rows {
        let line: Uuid = row.get(0);
        let fact = done.remove(&line).unwrap_or_default();
        lines.push(card(row, &fact, shifts.remove(&line).flatten(), calls.remove(&line).unwrap_or_default(), now));
    }
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for card in &lines {
        *states.entry(card.state.clone().unwrap_or_else(|| "unknown".into())).or_default() += 1;
    }
    let waiting = |card: &LineCard| card.calls.iter().filter(|call| call.acknowledged_at.is_none()).count();
    Ok(PlantBoard {
        plant_id: plant.0,
        plant: name,
        at: now,
        total: KpiRow::of(None, "", &total),
        states,
        calls_waiting: lines.iter().map(waiting).sum(),
        lines,
    })
}

/// The shift a line is in, and since when its figures count.
pub(super) fn since(calendar: &Calendar, now: Timestamp) -> (Option<BoardShift>, Timestamp) {
    match calendar.shift_at(now) {
        Some(shift) => {
            let from = shift.span.start;
            (Some(BoardShift { id: shift.id, name: shift.name, day: shift.on, from, to: shift.span.end }), from)
        }
        None => (None, hours_before(now, WITHOUT_SHIFT_H)),
    }
}

fn card(row: &Row, fact: &Fact, shift: Option<BoardShift>, calls: Vec<BoardCall>, now: Timestamp) -> LineCard {
    let figures = KpiRow::of(None, "", fact);
    LineCard {
        line_id: row.get(0),
        line: row.get(1),
        area_id: row.get(2),
        area: row.get(3),
        state_id: row.get(4),
        state: row.get(5),
        state_since: row.get(6),
        time_class: row.get(7),
        reason_id: row.get(8),
        reason: row.get(9),
        counted_at: row.get(10),
        job: BoardJob::of(row, 11, now),
        shift,
        figures: figures.figures,
        times: figures.times,
        quantities: figures.quantities,
        calls,
    }
}

const LINES: &str = "select l.id, l.name, a.id, a.name, s.id, s.state, s.started_at, s.time_class, s.reason_id, r.name, n.read_at,
        j.id, m.id, m.code, i.code, i.name, j.name, j.status, j.quantity, j.good, j.scrapped, j.reworked, j.started_at, j.planned_end, m.due_at
    from lines l
    join areas a on a.organization_id = $1 and a.id = l.area_id
    left join line_states s on s.organization_id = $1 and s.plant_id = $2 and s.line_id = l.id and s.ended_at is null
    left join reasons r on r.organization_id = $1 and r.id = s.reason_id
    left join lateral (select max(c.read_at) as read_at from line_counters c
        where c.organization_id = $1 and c.plant_id = $2 and c.line_id = l.id) n on true
    left join lateral (select j.* from jobs j
        where j.organization_id = $1 and j.plant_id = $2 and (j.id = s.job_id and j.status not in ('completed', 'cancelled')
            or j.line_id = l.id and j.status in ('running', 'setup', 'paused'))
        order by j.id = s.job_id desc, j.status = 'running' desc, j.status = 'setup' desc, j.started_at desc nulls last limit 1) j on true
    left join manufacturing_orders m on m.organization_id = $1 and m.id = j.manufacturing_order_id
    left join items i on i.organization_id = $1 and i.id = m.item_id
    where l.organization_id = $1 and l.plant_id = $2 and l.archived_at is null and l.active and (cardinality($3::uuid[]) = 0 or l.id = any ($3))
    order by a.sequence, a.name, l.name, l.id";

async fn calls(tx: &mut Tx, plant: PlantId) -> Result<BTreeMap<Uuid, Vec<BoardCall>>> {
    let organization = tx.caller().organization;
    let sql = "select line_id, id, kind, text, called_at, acknowledged_at, level from andon_calls
        where organization_id = $1 and plant_id = $2 and cleared_at is null order by called_at, id";
    let mut calls: BTreeMap<Uuid, Vec<BoardCall>> = BTreeMap::new();
    for row in tx.query(sql, &[&organization, &plant]).await? {
        calls.entry(row.get(0)).or_default().push(BoardCall {
            id: row.get(1),
            kind: row.get(2),
            text: row.get(3),
            called_at: row.get(4),
            acknowledged_at: row.get(5),
            level: row.get(6),
        });
    }
    Ok(calls)
}
