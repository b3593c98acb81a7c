//! How far orders are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Reach, Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kpis::KPI_READ;
use crate::kpis::shown::number;

/// Orders in one answer at most.
pub(super) const MOST: i64 = 500;

/// How far an order is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderProgress {
    /// The manufacturing order.
    pub id: Uuid,
    /// Its plant.
    pub plant_id: Uuid,
    /// Its number.
    #[schema(example = "MO-1042")]
    pub code: String,
    /// The production order it serves.
    pub production_order: Option<String>,
    /// The item's number.
    pub item_code: String,
    /// The item.
    #[schema(example = "Zonal Controller")]
    pub item: String,
    /// Where it stands.
    #[schema(example = "running")]
    pub status: String,
    /// 1 comes first.
    pub priority: i16,
    /// Units to make.
    pub quantity: f64,
    /// Good units of its last steps.
    pub good: f64,
    /// Units scrapped at any step.
    pub scrapped: f64,
    /// Units to be made again at any step.
    pub reworked: f64,
    /// Good ÷ to make (%).
    pub finished_pct: Option<f64>,
    /// Of the work of all its steps, how much is done: good pieces weighed by their cycle time (%).
    pub work_pct: Option<f64>,
    /// When its first job began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When its last job ends by the schedule, or ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expected_at: Option<Timestamp>,
    /// When it is wanted.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// Whether it is expected later than it is wanted, or is overdue.
    pub late: bool,
    /// Its steps.
    pub jobs: Vec<JobProgress>,
}

/// How far a step of an order is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobProgress {
    /// The job.
    pub id: Uuid,
    /// The step's number.
    pub number: i32,
    /// What is done.
    pub name: String,
    /// At which line.
    pub line: Option<String>,
    /// Where it stands.
    pub status: String,
    /// Units to make.
    pub quantity: f64,
    /// Good units.
    pub good: f64,
    /// Good ÷ to make (%).
    pub progress_pct: Option<f64>,
}

/// Orders on the floor, released and not closed, the most pressing first.
///
/// # Errors
/// 403 where the caller may read key figures nowhere.
pub async fn progress(tx: &mut Tx, plant: Option<PlantId>, limit: i64) -> Result<Vec<OrderProgress>> {
    tx.caller().require_somewhere(KPI_READ)?;
    let plants: Option<Vec<Uuid>> = match tx.caller().reach_of(KPI_READ) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "select m.id, m.plant_id, m.code, p.code, i.code, i.name, m.status, m.priority, m.quantity, m.good, m.scrapped, m.reworked, m.started_at,
            m.completed_at, m.due_at
        from manufacturing_orders m
        join items i on i.organization_id = $1 and i.id = m.item_id
        left join production_orders p on p.organization_id = $1 and p.id = m.production_order_id
        where m.organization_id = $1 and m.archived_at is null and m.status in ('released', 'running', 'paused', 'completed')
            and ($2::uuid is null or m.plant_id = $2) and ($3::uuid[] is null or m.plant_id = any ($3))
        order by m.status = 'completed', m.priority, m.due_at, m.code, m.id limit $4";
    let rows = tx.query(sql, &[&organization, &plant, &plants, &limit]).await?;
    let orders: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let mut jobs = jobs(tx, &orders).await?;
    let one = |row: &tokio_postgres::Row| {
        let (id, completed_at): (Uuid, Option<Timestamp>) = (row.get(0), row.get(13));
        let own = jobs.remove(&id).unwrap_or_default();
        let (quantity, good) = (number(row.get(8)), number(row.get(9)));
        let expected_at = completed_at.or(own.expected_at);
        let due_at: Timestamp = row.get(14);
        OrderProgress {
            id,
            plant_id: row.get(1),
            code: row.get(2),
            production_order: row.get(3),
            item_code: row.get(4),
            item: row.get(5),
            status: row.get(6),
            priority: row.get(7),
            quantity,
            good,
            scrapped: number(row.get(10)),
            reworked: number(row.get(11)),
            finished_pct: kpi::figures::ratio(good, quantity).map(|share| share * 100.0),
            work_pct: kpi::figures::ratio(own.done_s, own.wanted_s).map(|share| share * 100.0),
            started_at: row.get(12),
            expected_at,
            due_at,
            late: expected_at.is_some_and(|at| at > due_at) || completed_at.is_none() && due_at < now,
            jobs: own.jobs,
        }
    };
    Ok(rows.iter().map(one).collect())
}

/// The steps of an order, and how much work they are.
#[derive(Default)]
struct Steps {
    jobs: Vec<JobProgress>,
    expected_at: Option<Timestamp>,
    done_s: f64,
    wanted_s: f64,
}

async fn jobs(tx: &mut Tx, orders: &[Uuid]) -> Result<BTreeMap<Uuid, Steps>> {
    let organization = tx.caller().organization;
    let sql = "select j.manufacturing_order_id, j.id, j.number, j.name, l.name, j.status, j.quantity, j.good, coalesce(j.cycle_time_s, 1),
            coalesce(j.ended_at, j.planned_end)
        from jobs j left join lines l on l.organization_id = $1 and l.id = j.line_id
        where j.organization_id = $1 and j.manufacturing_order_id = any ($2) and j.status <> 'cancelled'
        order by j.manufacturing_order_id, j.number, j.part, j.id";
    let mut found: BTreeMap<Uuid, Steps> = BTreeMap::new();
    for row in tx.query(sql, &[&organization, &orders]).await? {
        let own = found.entry(row.get(0)).or_default();
        let (quantity, good, cycle_s) = (number(row.get(6)), number(row.get(7)), number(row.get(8)));
        own.done_s += good.min(quantity) * cycle_s;
        own.wanted_s += quantity * cycle_s;
        own.expected_at = own.expected_at.max(row.get(9));
        own.jobs.push(JobProgress {
            id: row.get(1),
            number: row.get(2),
            name: row.get(3),
            line: row.get(4),
            status: row.get(5),
            quantity,
            good,
            progress_pct: kpi::figures::ratio(good, quantity).map(|share| share * 100.0),
        });
    }
    Ok(found)
}
