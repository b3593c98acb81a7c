//! Which lines can do a job, and how long a unit takes there.
//!
//! Time of the line for one good unit (s): passes × cycle time ÷ (efficiency × yield × pieces per panel), as in planning.
//!
//! **Invariant:** a capability is one that is active, of a line in the job's area, and approved on the day it is asked for.

use std::collections::BTreeMap;

use platform::ids::PlantId;
use platform::{Result, Tx};
use uuid::Uuid;

use crate::jobs::store::Job;
use crate::people::working_time::day_at;

macro_rules! capable {
    ($which:literal) => {
        concat!(
            "select distinct on (j.id, l.id) j.id, l.id,
                (j.passes * c.cycle_time_s * 10000
                    / (coalesce(c.efficiency_pct, l.efficiency_pct) * c.first_pass_yield_pct * c.pieces_per_panel))::float8, c.priority
            from jobs j
            join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
            join lines l on l.organization_id = $1 and l.area_id = j.area_id and l.active and l.archived_at is null
            join capabilities c on c.organization_id = $1 and c.line_id = l.id and c.item_id = o.item_id and c.active and c.archived_at is null
                and (c.step is null or lower(c.step) = lower(j.name))
                and (c.approved_from is null or c.approved_from <= $2) and (c.approved_to is null or c.approved_to >= $2)
            where j.organization_id = $1 and ",
            $which,
            " order by j.id, l.id, c.step is null"
        )
    };
}

/// Time of a line for one good unit of a job (s); nothing where it cannot make it.
///
/// # Errors
/// What the database refused.
pub async fn cycle_time(tx: &mut Tx, job: &Job, line: Uuid) -> Result<Option<f64>> {
    let now = tx.now();
    let (organization, today) = (tx.caller().organization, day_at(tx, job.plant_id, now).await?);
    let row = tx.query_opt(capable!("j.id = $3 and l.id = $4"), &[&organization, &today, &job.id, &line]).await?;
    Ok(row.map(|row| row.get(2)))
}

/// A line that can do a job.
#[derive(Clone, Copy, Debug)]
pub struct Capable {
    /// The line.
    pub line: Uuid,
    /// Time for one good unit (s).
    pub cycle_time_s: f64,
    /// 1 is preferred.
    pub priority: i16,
}

/// Lines that can do the jobs of a plant that are not over.
///
/// # Errors
/// What the database refused.
pub async fn of_plant(tx: &mut Tx, plant: PlantId) -> Result<BTreeMap<Uuid, Vec<Capable>>> {
    let now = tx.now();
    let (organization, today) = (tx.caller().organization, day_at(tx, plant, now).await?);
    let sql = capable!("j.plant_id = $3 and j.status not in ('completed', 'cancelled')");
    let rows = tx.query(sql, &[&organization, &today, &plant]).await?;
    Ok(by_job(&rows))
}

/// Lines that can do the jobs of an order.
///
/// # Errors
/// What the database refused.
pub async fn of_order(tx: &mut Tx, plant: PlantId, order: Uuid) -> Result<BTreeMap<Uuid, Vec<Capable>>> {
    let now = tx.now();
    let (organization, today) = (tx.caller().organization, day_at(tx, plant, now).await?);
    let rows = tx.query(capable!("j.manufacturing_order_id = $3"), &[&organization, &today, &order]).await?;
    Ok(by_job(&rows))
}

fn by_job(rows: &[tokio_postgres::Row]) -> BTreeMap<Uuid, Vec<Capable>> {
    let mut found: BTreeMap<Uuid, Vec<Capable>> = BTreeMap::new();
    for row in rows {
        let capable = Capable { line: row.get(1), cycle_time_s: row.get(2), priority: row.get(3) };
        found.entry(row.get(0)).or_default().push(capable);
    }
    found
}
