//! All reading of jobs, and the writing that several verbs share.

use jiff::Timestamp;
use platform::caller::{Reach, Scope};
use platform::http::{Cursor, Page, Paged};
use platform::ids::PlantId;
use platform::{Error, Permission, Result, Tx};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Counts, Status};
use crate::orders::model::Status as OrderStatus;

/// See jobs, dispatch lists and the schedule.
pub const JOB_READ: Permission = Permission("production.job.read");

/// One step of an order at a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// The job.
    pub id: Uuid,
    /// Its plant.
    #[schema(value_type = Uuid)]
    pub plant_id: PlantId,
    /// Its order.
    pub manufacturing_order_id: Uuid,
    /// The order's number.
    #[schema(example = "MO-2026-1180")]
    pub order_code: String,
    /// Where the order stands.
    pub order_status: OrderStatus,
    /// What is made.
    pub item: JobItem,
    /// The step's number in the routing, as it was at release.
    #[schema(example = 10)]
    pub number: i32,
    /// Which part of the step: 1 unless it was split.
    #[schema(example = 1)]
    pub part: i32,
    /// What is done.
    #[schema(example = "Place")]
    pub name: String,
    /// Where it is done.
    pub area_id: Uuid,
    /// The line; none while none is chosen.
    pub line_id: Option<Uuid>,
    /// Whether somebody chose the line; else the schedule may choose another one.
    pub line_fixed: bool,
    /// The machine it runs on; none where the line has several and nobody said which.
    pub equipment_id: Option<Uuid>,
    /// That machine's asset number.
    #[schema(example = "NXT-3-1")]
    pub equipment: Option<String>,
    /// The program it runs with, and its revision, as released when the order was.
    #[schema(example = "INV48-TOP C")]
    pub program: Option<String>,
    /// Order at the line, by hand.
    pub sequence: Option<i32>,
    /// Where it stands.
    pub status: Status,
    /// Units to make.
    #[schema(value_type = String, example = "480")]
    pub quantity: Decimal,
    /// Good units reported.
    #[schema(value_type = String, example = "120")]
    pub good: Decimal,
    /// Units reported as scrap.
    #[schema(value_type = String, example = "2")]
    pub scrapped: Decimal,
    /// Units reported to be made again.
    #[schema(value_type = String, example = "1")]
    pub reworked: Decimal,
    /// Time of the line for one good unit, passes, yield and efficiency included (s); none where no line can make it.
    #[schema(example = 42.5)]
    pub cycle_time_s: Option<f64>,
    /// Changeover before it, as it was scheduled (min).
    #[schema(example = 25.0)]
    pub setup_min: f64,
    /// Not before then, said by hand.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub pinned_start: Option<Timestamp>,
    /// When it begins by the schedule, changeover first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub planned_start: Option<Timestamp>,
    /// When it ends by the schedule.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub planned_end: Option<Timestamp>,
    /// When its changeover began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub setup_started_at: Option<Timestamp>,
    /// When it began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// When the order has to be ready.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// The order's priority: 1 comes first.
    #[schema(example = 50)]
    pub priority: i16,
    /// The item's family, by which lines change over.
    pub family: Option<String>,
    /// The lot that its units become.
    pub lot_code: Option<String>,
    /// Jobs that run together have the same.
    pub batch_id: Option<Uuid>,
    /// Counts changes of all but the counts.
    #[schema(example = 3)]
    pub version: i64,
}

/// An item, as jobs name it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobItem {
    /// The item.
    pub id: Uuid,
    /// Its part number.
    #[schema(example = "INV-48")]
    pub code: String,
    /// Its name.
    #[schema(example = "Inverter 48 V")]
    pub name: String,
    /// The unit it is counted in, as labels print it.
    #[schema(example = "pcs")]
    pub unit: String,
    /// none, lot or serial.
    #[schema(example = "serial")]
    pub tracking: String,
}

impl Job {
    /// What was reported on it.
    pub fn counted(&self) -> Counts {
        Counts { good: self.good, scrapped: self.scrapped, reworked: self.reworked }
    }

    /// As the trail names it: `MO-2026-1180 / 10`.
    pub fn label(&self) -> String {
        match self.part {
            1 => format!("{} / {}", self.order_code, self.number),
            part => format!("{} / {}.{part}", self.order_code, self.number),
        }
    }
}

macro_rules! selected {
    ($rest:literal) => {
        concat!(
            "select j.id, j.plant_id, j.manufacturing_order_id, o.code, o.status, i.id, i.code, i.name, u.symbol, i.tracking, j.number, j.part, j.name,
                j.area_id, j.line_id, j.sequence, j.status, j.quantity, j.good, j.scrapped, j.reworked, j.cycle_time_s::float8, j.setup_min::float8,
                j.pinned_start, j.planned_start, j.planned_end, j.setup_started_at, j.started_at, j.ended_at, o.due_at, o.priority, f.code,
                coalesce(o.lot_code, case when i.tracking <> 'none' then o.code end), j.batch_id, j.version, j.line_fixed,
                j.equipment_id, q.code, j.program
            from jobs j
            join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
            join items i on i.organization_id = $1 and i.id = o.item_id
            join units u on u.organization_id = $1 and u.id = i.unit_id
            left join families f on f.organization_id = $1 and f.id = i.family_id
            left join equipment q on q.organization_id = $1 and q.id = j.equipment_id
            where j.organization_id = $1 and ",
            $rest
        )
    };
}

fn job(row: &Row) -> Job {
    Job {
        id: row.get(0),
        plant_id: row.get(1),
        manufacturing_order_id: row.get(2),
        order_code: row.get(3),
        order_status: OrderStatus::read(row.get(4)),
        item: JobItem { id: row.get(5), code: row.get(6), name: row.get(7), unit: row.get(8), tracking: row.get(9) },
        number: row.get(10),
        part: row.get(11),
        name: row.get(12),
        area_id: row.get(13),
        line_id: row.get(14),
        sequence: row.get(15),
        status: Status::read(row.get(16)),
        quantity: row.get(17),
        good: row.get(18),
        scrapped: row.get(19),
        reworked: row.get(20),
        cycle_time_s: row.get(21),
        setup_min: row.get(22),
        pinned_start: row.get(23),
        planned_start: row.get(24),
        planned_end: row.get(25),
        setup_started_at: row.get(26),
        started_at: row.get(27),
        ended_at: row.get(28),
        due_at: row.get(29),
        priority: row.get(30),
        family: row.get(31),
        lot_code: row.get(32),
        batch_id: row.get(33),
        version: row.get(34),
        line_fixed: row.get(35),
        equipment_id: row.get(36),
        equipment: row.get(37),
        program: row.get(38),
    }
}

/// A job that the caller may see.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Job> {
    let organization = tx.caller().organization;
    let row = tx.query_opt(selected!("j.id = $2"), &[&organization, &id]).await?;
    let found = row.map(|row| job(&row)).filter(|job| tx.caller().may(JOB_READ, Scope::Plant(job.plant_id)));
    found.ok_or_else(|| Error::not_found("job"))
}

/// The same, locked with its order: the order first, as everything that changes both does. The database locks in the order in which they are named, and
/// answers both as they are once it has them.
///
/// # Errors
/// As [`find`].
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Job> {
    let organization = tx.caller().organization;
    let row = tx.query_opt(selected!("j.id = $2 for update of o, j"), &[&organization, &id]).await?;
    let found = row.map(|row| job(&row)).filter(|job| tx.caller().may(JOB_READ, Scope::Plant(job.plant_id)));
    found.ok_or_else(|| Error::not_found("job"))
}

/// Locks the orders of jobs, and of all that run together with them: before the first of them is changed, so that two who do this wait for each other.
///
/// # Errors
/// What the database refused.
pub async fn lock_orders(tx: &mut Tx, jobs: &[Uuid]) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select id from manufacturing_orders where organization_id = $1 and id in (
            select j.manufacturing_order_id from jobs j where j.organization_id = $1 and (j.id = any ($2) or j.batch_id in (
                select b.batch_id from jobs b where b.organization_id = $1 and b.id = any ($2) and b.batch_id is not null)))
        order by id for update";
    tx.query(sql, &[&organization, &jobs]).await?;
    Ok(())
}

/// Which jobs are wanted. What is left open narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this plant.
    pub plant: Option<Uuid>,
    /// At this line.
    pub line: Option<Uuid>,
    /// Of this order.
    pub order: Option<Uuid>,
    /// That stand there.
    pub status: Vec<Status>,
}

/// A page of jobs, by identifier: in the order in which they were made.
///
/// # Errors
/// 403 where the caller may see jobs nowhere.
pub async fn list(tx: &mut Tx, wanted: &Wanted, page: &Page) -> Result<Paged<Job>> {
    tx.caller().require_somewhere(JOB_READ)?;
    let organization = tx.caller().organization;
    let plants: Option<Vec<Uuid>> = match tx.caller().reach_of(JOB_READ) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    if let Some(cursor) = &page.after {
        cursor.of_sort("id")?;
    }
    let after = page.after.as_ref().map(|cursor| cursor.id);
    let statuses: Option<Vec<&str>> = (!wanted.status.is_empty()).then(|| wanted.status.iter().map(|status| status.text()).collect());
    let sql = selected!(
        "($2::uuid is null or j.plant_id = $2) and ($3::uuid is null or j.line_id = $3) and ($4::uuid is null or j.manufacturing_order_id = $4)
            and ($5::text[] is null or j.status = any ($5)) and ($6::uuid[] is null or j.plant_id = any ($6)) and ($7::uuid is null or j.id > $7)
        order by j.id limit $8"
    );
    let limit = i64::from(page.limit) + 1;
    let rows = tx.query(sql, &[&organization, &wanted.plant, &wanted.line, &wanted.order, &statuses, &plants, &after, &limit]).await?;
    let end = |last: &Job| Cursor { sort: "id".into(), values: Vec::new(), id: last.id };
    Ok(Paged::of(rows.iter().map(job).collect(), page, end))
}

/// Jobs of a plant that are not over, of orders that are released.
///
/// # Errors
/// What the database refused.
pub async fn open_of_plant(tx: &mut Tx, plant: PlantId) -> Result<Vec<Job>> {
    let organization = tx.caller().organization;
    let sql = selected!("j.plant_id = $2 and j.status not in ('completed', 'cancelled') order by o.code, j.number, j.part, j.id");
    Ok(tx.query(sql, &[&organization, &plant]).await?.iter().map(job).collect())
}

/// Jobs at these lines that are not over.
///
/// # Errors
/// What the database refused.
pub async fn open_at(tx: &mut Tx, lines: &[Uuid]) -> Result<Vec<Job>> {
    let organization = tx.caller().organization;
    let sql = selected!("j.line_id = any ($2) and j.status not in ('completed', 'cancelled') order by o.code, j.number, j.part, j.id");
    Ok(tx.query(sql, &[&organization, &lines]).await?.iter().map(job).collect())
}

/// Jobs of a plant that are at least partly between two instants: as they went, or as they are scheduled.
///
/// # Errors
/// What the database refused.
pub async fn between(tx: &mut Tx, plant: PlantId, from: Timestamp, to: Timestamp) -> Result<Vec<Job>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = selected!(
        "j.plant_id = $2 and j.status <> 'cancelled'
            and coalesce(j.setup_started_at, j.started_at, j.planned_start) < $4
            and coalesce(j.ended_at, greatest(j.planned_end, case when j.started_at is not null then $5::timestamptz end)) > $3
        order by j.line_id, coalesce(j.setup_started_at, j.started_at, j.planned_start), j.id limit 5000"
    );
    Ok(tx.query(sql, &[&organization, &plant, &from, &to, &now]).await?.iter().map(job).collect())
}

/// All jobs of an order, by step and part.
///
/// # Errors
/// What the database refused.
pub async fn of_order(tx: &mut Tx, order: Uuid) -> Result<Vec<Job>> {
    let organization = tx.caller().organization;
    let sql = selected!("j.manufacturing_order_id = $2 order by j.number, j.part");
    Ok(tx.query(sql, &[&organization, &order]).await?.iter().map(job).collect())
}

/// Puts a job where it stands now, with the times that go with it.
///
/// # Errors
/// What the database refused.
pub async fn put(tx: &mut Tx, id: Uuid, status: Status, at: Timestamp) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update jobs set status = $3,
            setup_started_at = case when $3 = 'setup' then coalesce(setup_started_at, $4) else setup_started_at end,
            started_at = case when $3 in ('running', 'completed') then coalesce(started_at, $4) else started_at end,
            ended_at = case when $3 in ('completed', 'cancelled') then greatest(coalesce(started_at, $4), $4) end,
            version = version + 1, updated_at = $5, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &status.text(), &at, &now]).await?;
    Ok(())
}

/// A verb in the trail, beside the change of the row.
///
/// # Errors
/// What the database refused.
pub async fn noted(tx: &mut Tx, job: &Job, action: &str, mut detail: Value) -> Result<()> {
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("name".into(), job.label().into());
        detail.insert("line_id".into(), serde_json::json!(job.line_id));
        detail.insert("manufacturing_order_id".into(), serde_json::json!(job.manufacturing_order_id));
    }
    tx.query("select gemba.audit($1, 'job', $2, $3, 'success', $4)", &[&action, &job.id, &job.plant_id, &detail]).await?;
    Ok(())
}
