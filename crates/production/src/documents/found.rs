//! What scanned codes of production are: orders by their numbers, jobs as travellers have them, operators by their badges.

use futures_util::future::BoxFuture;
use inventory::scan::{Found, seen};
use inventory::stock::Named;
use platform::caller::Reach;
use platform::ids::PlantId;
use platform::resource::{Kind, Record as _};
use platform::{Permission, Result, Tx};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::jobs::store::JOB_READ;
use crate::orders::record::{ManufacturingOrder, ProductionOrder};
use crate::people::record::Operator;

/// Orders, jobs and operators with this code, as far as the caller may see them.
pub fn find_scanned<'a>(tx: &'a mut Tx, plant: Option<PlantId>, code: &'a str) -> BoxFuture<'a, Result<Vec<Found>>> {
    Box::pin(async move {
        let mut found = of_jobs(tx, plant, code).await?;
        found.extend(of(tx, plant, code, ManufacturingOrder::kind(), ORDERS).await?);
        found.extend(of(tx, plant, code, ProductionOrder::kind(), WANTED).await?);
        found.extend(of(tx, plant, code, Operator::kind(), OPERATORS).await?);
        Ok(found)
    })
}

const ORDERS: &str = "select t.id, t.plant_id, t.code, i.name, i.id, i.code, t.status from manufacturing_orders t
    join items i on i.organization_id = $1 and i.id = t.item_id
    where t.organization_id = $1 and t.code = $2 and ($3::uuid is null or t.plant_id = $3) and ($4::uuid[] is null or t.plant_id = any ($4))
        and t.archived_at is null order by t.created_at desc limit 20";
const WANTED: &str = "select t.id, t.plant_id, t.code, i.name, i.id, i.code, t.status from production_orders t
    join items i on i.organization_id = $1 and i.id = t.item_id
    where t.organization_id = $1 and (t.code = $2 or t.external_id = $2) and ($3::uuid is null or t.plant_id = $3)
        and ($4::uuid[] is null or t.plant_id = any ($4)) and t.archived_at is null order by t.created_at desc limit 20";
const OPERATORS: &str = "select t.id, t.plant_id, t.code, t.name, null::uuid, null::text, null::text from operators t
    where t.organization_id = $1 and t.code = $2 and ($3::uuid is null or t.plant_id = $3) and ($4::uuid[] is null or t.plant_id = any ($4))
        and t.active and t.archived_at is null order by t.created_at desc limit 20";
const JOBS: &str = "select j.id, j.plant_id, j.name, i.id, i.code, j.status, j.number, j.part, o.code from jobs j
    join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
    join items i on i.organization_id = $1 and i.id = o.item_id
    where j.organization_id = $1 and o.code = $2 and j.number = $5 and j.part = $6 and ($3::uuid is null or j.plant_id = $3)
        and ($4::uuid[] is null or j.plant_id = any ($4)) order by o.created_at desc limit 20";

/// The plants where the caller may do this; nothing for all of them.
fn reach(tx: &Tx, permission: Permission) -> Option<Vec<Uuid>> {
    match tx.caller().reach_of(permission) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    }
}

async fn of(tx: &mut Tx, plant: Option<PlantId>, code: &str, kind: &'static Kind, sql: &'static str) -> Result<Vec<Found>> {
    let (organization, plants) = (tx.caller().organization, reach(tx, kind.verbs.read));
    let rows = tx.query(sql, &[&organization, &code, &plant, &plants]).await?;
    let rows = seen(tx, kind, rows).await?;
    let found = rows.iter().map(|row| Found {
        kind: kind.name.into(),
        id: row.get(0),
        plant_id: row.get(1),
        code: row.get(2),
        name: row.get(3),
        item: item(row, 4),
        status: row.get(6),
    });
    Ok(found.collect())
}

fn item(row: &Row, at: usize) -> Option<Named> {
    let (id, code): (Option<Uuid>, Option<String>) = (row.get(at), row.get(at + 1));
    Some(Named { id: id?, code: code? })
}

async fn of_jobs(tx: &mut Tx, plant: Option<PlantId>, code: &str) -> Result<Vec<Found>> {
    let Some((order, number, part)) = job_of(code) else { return Ok(Vec::new()) };
    let (organization, plants) = (tx.caller().organization, reach(tx, JOB_READ));
    let rows = tx.query(JOBS, &[&organization, &order, &plant, &plants, &number, &part]).await?;
    let found = rows.iter().map(|row| Found {
        kind: "job".into(),
        id: row.get(0),
        plant_id: row.get(1),
        code: super::job_code(row.get(8), row.get(6), row.get(7)),
        name: row.get(2),
        item: item(row, 3),
        status: row.get(5),
    });
    Ok(found.collect())
}

/// Order, step and part of a job's number.
fn job_of(code: &str) -> Option<(&str, i32, i32)> {
    let (order, step) = code.rsplit_once('/')?;
    let (number, part) = step.split_once('.').unwrap_or((step, "1"));
    let read = |digits: &str| digits.parse::<i32>().ok().filter(|number| *number > 0);
    (!order.is_empty()).then_some((order, read(number)?, read(part)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jobs_number_is_read_back() {
        for (order, number, part) in [("MO-1042", 20, 1), ("A/B", 10, 3)] {
            assert_eq!(job_of(&super::super::job_code(order, number, part)), Some((order, number, part)));
        }
        for code in ["MO-1042", "/20", "MO/x", "MO/0", "MO/20.0"] {
            assert_eq!(job_of(code), None, "{code}");
        }
    }
}
