//! What follows for the rest of an order when one of its jobs changes: steps that may begin now, what the order has made, where it stands.
//!
//! **Invariant:** an order's good units are those of its last steps; of several last steps, of the one that has fewest.

use jiff::Timestamp;
use platform::{Result, Tx};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use crate::orders::model::{Known, Next, Status, Verb, next};

/// Lets steps begin whose earlier steps are done; with overlap, have delivered.
///
/// # Errors
/// What the database refused.
pub async fn open_next(tx: &mut Tx, order: Uuid) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update jobs j set status = 'ready', version = j.version + 1, updated_at = $3, updated_by = current_setting('gemba.actor')
        from manufacturing_orders o
        where j.organization_id = $1 and j.manufacturing_order_id = $2 and o.organization_id = $1 and o.id = $2 and j.status = 'waiting'
            and not exists (
                select from job_links l
                join jobs p on p.organization_id = $1 and p.manufacturing_order_id = $2 and p.number = l.from_number
                where l.organization_id = $1 and l.manufacturing_order_id = $2 and l.to_number = j.number
                group by l.from_number
                having bool_or(p.status not in ('completed', 'cancelled')) and not (o.overlap and sum(p.good) > 0))";
    tx.execute(sql, &[&organization, &order, &now]).await?;
    Ok(())
}

/// Counts what an order has made, and answers its good units.
///
/// # Errors
/// What the database refused.
pub async fn count(tx: &mut Tx, order: Uuid) -> Result<Decimal> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "with c as (
            select coalesce(min(good) filter (where is_last), 0) as good, coalesce(sum(scrapped), 0) as scrapped, coalesce(sum(reworked), 0) as reworked
            from (
                select j.number, sum(j.good) as good, sum(j.scrapped) as scrapped, sum(j.reworked) as reworked,
                    not exists (select from job_links l where l.organization_id = $1 and l.manufacturing_order_id = $2 and l.from_number = j.number) as is_last
                from jobs j where j.organization_id = $1 and j.manufacturing_order_id = $2 group by j.number
            ) steps
        ), put as (
            update manufacturing_orders o set good = c.good, scrapped = c.scrapped, reworked = c.reworked, updated_at = $3,
                updated_by = current_setting('gemba.actor')
            from c
            where o.organization_id = $1 and o.id = $2 and (o.good, o.scrapped, o.reworked) is distinct from (c.good, c.scrapped, c.reworked)
        )
        select good from c";
    Ok(tx.query_one(sql, &[&organization, &order, &now]).await?.get(0))
}

/// One of an order's jobs began.
///
/// # Errors
/// What the database refused.
pub async fn begun(tx: &mut Tx, order: Uuid, from: Status, at: Timestamp) -> Result<()> {
    match next(from, Verb::Begin, Known::default()) {
        Next::Becomes(status) => put(tx, order, status, at, "manufacturing_order.started").await,
        Next::Stays | Next::Refused(..) => Ok(()),
    }
}

/// Completes an order all of whose jobs are over; it stays what it is while one is not.
///
/// # Errors
/// What the database refused.
pub async fn ended(tx: &mut Tx, order: Uuid, at: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select o.status, exists (select from jobs j where j.organization_id = $1 and j.manufacturing_order_id = $2
            and j.status not in ('completed', 'cancelled'))
        from manufacturing_orders o where o.organization_id = $1 and o.id = $2";
    let row = tx.query_one(sql, &[&organization, &order]).await?;
    if row.get(1) {
        return Ok(());
    }
    match next(Status::read(row.get(0)), Verb::Complete, Known::default()) {
        Next::Becomes(status) => put(tx, order, status, at, "manufacturing_order.completed").await,
        Next::Stays | Next::Refused(..) => Ok(()),
    }
}

async fn put(tx: &mut Tx, order: Uuid, status: Status, at: Timestamp, event: &str) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update manufacturing_orders set status = $3,
            started_at = case when $3 = 'running' then coalesce(started_at, $4) else started_at end,
            completed_at = case when $3 = 'completed' then coalesce(completed_at, $4) else completed_at end,
            version = version + 1, updated_at = $5, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2 returning plant_id, code";
    let row = tx.query_one(sql, &[&organization, &order, &status.text(), &at, &now]).await?;
    let (plant, code): (Uuid, String) = (row.get(0), row.get(1));
    let detail = json!({ "name": code, "at": at });
    tx.query("select gemba.audit($1, 'manufacturing_order', $2, $3, 'success', $4)", &[&event, &order, &plant, &detail]).await?;
    Ok(())
}
