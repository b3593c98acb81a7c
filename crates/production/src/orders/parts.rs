//! Dividing and joining manufacturing orders, and orders that make units again.
//!
//! **Invariant:** the units of the parts are the units of the whole; units that were reported stay where they were reported.
//! **Invariant:** what is joined was made the same way: the same item, bill of material and routing.

use jiff::Timestamp;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{self, ORDER_SPLIT, Order};
use super::model::Status;
use crate::jobs::model::open;
use crate::jobs::progress;
use crate::jobs::store::{self, Job};

/// How much goes into an order of its own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderSplit, example = json!({ "quantity": "120" }))]
pub struct Split {
    /// How much.
    #[schema(value_type = String, example = "120")]
    pub quantity: Decimal,
    /// When that has to be ready; as the whole unless said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
}

/// Orders that become part of another.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderMerge, example = json!({ "order_ids": ["0199d1a0-4242-7000-8000-0000000000c2"] }))]
pub struct Merge {
    /// The others.
    #[schema(min_items = 1, max_items = 50)]
    pub order_ids: Vec<Uuid>,
}

/// Units that are made again.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderRework, example = json!({ "quantity": "3" }))]
pub struct Rework {
    /// How many.
    #[schema(value_type = String, example = "3")]
    pub quantity: Decimal,
    /// By these steps; one step in the last area of the item unless said.
    pub routing_id: Option<Uuid>,
    /// When they have to be ready; as the order unless said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
}

fn invalid(pointer: &str, code: &'static str, detail: impl Into<String>) -> Error {
    Error::invalid(vec![FieldError::new(pointer, code, detail)])
}

/// Takes units that nobody has reported yet out of an order into a new one; returns both.
///
/// # Errors
/// 404, 403; 409 `order_over`; 422 where so many cannot be taken.
pub async fn split(tx: &mut Tx, id: Uuid, asked: &Split) -> Result<(Order, Order)> {
    let order = actions::changing(tx, id, ORDER_SPLIT).await?;
    if matches!(order.status, Status::Completed | Status::Closed | Status::Cancelled) {
        return Err(Error::conflict("order_over", format!("the order is {}", order.status.text())));
    }
    let jobs = store::of_order(tx, id).await?;
    let untouched = untouched(&jobs).unwrap_or(order.quantity).min(order.quantity);
    if asked.quantity <= Decimal::ZERO {
        return Err(invalid("/quantity", "too_small", "expected more than 0"));
    }
    if asked.quantity > untouched || asked.quantity >= order.quantity {
        let detail =
            format!("expected less than {} and at most {}, which no step has reported", order.quantity.normalize(), untouched.normalize());
        return Err(invalid("/quantity", "too_large", detail));
    }
    let new = copy(tx, &order, asked.quantity, None, asked.due_at).await?;
    let organization = tx.caller().organization;
    if order.status != Status::Planned {
        let components = "insert into order_components (organization_id, plant_id, id, manufacturing_order_id, position, kind, item_id, number, quantity_per,
                quantity, reference_designators)
            select organization_id, plant_id, gen_random_uuid(), $3, position, kind, item_id, number, quantity_per, round(quantity_per * $4, 12),
                reference_designators
            from order_components where organization_id = $1 and manufacturing_order_id = $2";
        tx.execute(components, &[&organization, &id, &new, &asked.quantity]).await?;
        let links = "insert into job_links (organization_id, plant_id, manufacturing_order_id, from_number, to_number)
            select organization_id, plant_id, $3, from_number, to_number from job_links where organization_id = $1 and manufacturing_order_id = $2";
        tx.execute(links, &[&organization, &id, &new]).await?;
        let programs = "insert into order_programs (organization_id, plant_id, id, manufacturing_order_id, step, line_id, equipment_id, name, revision)
            select organization_id, plant_id, gen_random_uuid(), $3, step, line_id, equipment_id, name, revision
            from order_programs where organization_id = $1 and manufacturing_order_id = $2";
        tx.execute(programs, &[&organization, &id, &new]).await?;
        take(tx, &jobs, new, asked.quantity).await?;
        progress::open_next(tx, new).await?;
    }
    shrink(tx, id, asked.quantity).await?;
    if order.status != Status::Planned {
        // What was promised to the whole is promised to its parts.
        inventory::actions::release_reservations(tx, id).await?;
        let part = actions::find(tx, new, false).await?;
        promise(tx, &order).await?;
        promise(tx, &part).await?;
    }
    actions::noted(tx, &order, "manufacturing_order.split", json!({ "into": new, "quantity": asked.quantity })).await?;
    Ok((actions::find(tx, id, false).await?, actions::find(tx, new, false).await?))
}

/// Units that no step of an order has reported; nothing where it has no jobs yet.
fn untouched(jobs: &[Job]) -> Option<Decimal> {
    let mut numbers: Vec<i32> = jobs.iter().map(|job| job.number).collect();
    numbers.dedup();
    let of_step = |number: i32| -> Decimal {
        let parts = jobs.iter().filter(|job| job.number == number && !job.status.is_over());
        parts.map(|job| open(job.quantity, job.counted())).sum()
    };
    numbers.into_iter().map(of_step).min()
}

/// Takes `quantity` units out of each step, from its parts one after the other, into a job of the new order.
async fn take(tx: &mut Tx, jobs: &[Job], new: Uuid, quantity: Decimal) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let mut left = Decimal::ZERO;
    let mut number = None;
    for job in jobs.iter().filter(|job| !job.status.is_over()) {
        if number != Some(job.number) {
            (number, left) = (Some(job.number), quantity);
            let sql = "insert into jobs (organization_id, plant_id, id, manufacturing_order_id, number, name, area_id, line_id, line_fixed, equipment_id, passes,
                    status, quantity, cycle_time_s, created_at, updated_at)
                select organization_id, plant_id, $3, $4, number, name, area_id, line_id, line_fixed, equipment_id, passes, 'waiting', $5, cycle_time_s, $6, $6
                from jobs where organization_id = $1 and id = $2";
            tx.execute(sql, &[&organization, &job.id, &tx.new_id::<Uuid>(), &new, &quantity, &now]).await?;
        }
        let part = left.min(open(job.quantity, job.counted()));
        if part > Decimal::ZERO {
            left -= part;
            let sql = "update jobs set quantity = quantity - $3, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor'),
                    status = case when quantity = $3 and status in ('waiting', 'ready') then 'cancelled' else status end
                where organization_id = $1 and id = $2";
            tx.execute(sql, &[&organization, &job.id, &part, &now]).await?;
        }
    }
    Ok(())
}

async fn shrink(tx: &mut Tx, id: Uuid, by: Decimal) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update manufacturing_orders set quantity = quantity - $3, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &by, &now]).await?;
    let sql = "update order_components set quantity = round(quantity - quantity_per * $3, 12) where organization_id = $1 and manufacturing_order_id = $2";
    tx.execute(sql, &[&organization, &id, &by]).await?;
    Ok(())
}

/// An order like another one, of so many units.
async fn copy(tx: &mut Tx, order: &Order, quantity: Decimal, rework: Option<&Rework>, due: Option<Timestamp>) -> Result<Uuid> {
    let code = free_code(tx, order.plant.0, &order.code).await?;
    let (organization, now, id) = (tx.caller().organization, tx.now(), tx.new_id::<Uuid>());
    let (is_rework, routing) = (rework.is_some(), rework.and_then(|rework| rework.routing_id));
    let sql = "insert into manufacturing_orders (organization_id, plant_id, id, code, production_order_id, item_id, quantity, due_at, priority, type, status,
            bom_id, routing_id, issue_mode, overlap, outputs, origin_id, lot_code, released_at, created_at, updated_at)
        select organization_id, plant_id, $3, $4, case when $7 then null else production_order_id end, item_id, $5, coalesce($6, due_at), priority,
            case when $7 then 'rework' else type end, case when $7 then 'planned' when status = 'running' then 'released' else status end,
            case when $7 then null else bom_id end, case when $7 then $8 else routing_id end, issue_mode, overlap,
            case when $7 then '[]'::jsonb else outputs end, id, lot_code, case when $7 then null else released_at end, $9, $9
        from manufacturing_orders where organization_id = $1 and id = $2";
    let params: platform::database::Params<'_> = &[&organization, &order.id, &id, &code, &quantity, &due, &is_rework, &routing, &now];
    tx.execute(sql, params).await?;
    Ok(id)
}

/// A number that no order of the plant has yet: `MO-1180-2`.
///
/// # Errors
/// What the database refused.
pub async fn free_code(tx: &mut Tx, plant: Uuid, base: &str) -> Result<String> {
    let base: String = base.chars().take(90).collect();
    let organization = tx.caller().organization;
    let sql = "select code from manufacturing_orders where organization_id = $1 and plant_id = $2 and starts_with(code, $3)";
    let taken: Vec<String> = tx.query(sql, &[&organization, &plant, &base]).await?.iter().map(|row| row.get(0)).collect();
    let free = (1..).map(|number: u32| format!("{base}-{number}")).find(|code| !taken.contains(code));
    free.ok_or_else(|| Error::internal("no number is free"))
}

/// Makes other orders part of this one, which is then as much as all of them.
///
/// # Errors
/// 404, 403; 409 `not_mergeable` with what differs.
pub async fn merge(tx: &mut Tx, id: Uuid, asked: &Merge) -> Result<Order> {
    let mut ids = asked.order_ids.clone();
    ids.push(id);
    ids.sort();
    ids.dedup();
    if ids.len() < 2 {
        return Err(invalid("/order_ids", "required", "name at least one other order"));
    }
    let mut orders = Vec::new();
    for one in &ids {
        orders.push(actions::changing(tx, *one, ORDER_SPLIT).await?);
    }
    let into = orders.iter().position(|order| order.id == id).map(|at| orders.remove(at));
    let into = into.ok_or_else(|| Error::not_found("manufacturing order"))?;
    let shape = shape(tx, &into).await?;
    for order in &orders {
        alike(&into, order)?;
        if self::shape(tx, order).await? != shape {
            return Err(Error::conflict("not_mergeable", format!("{} has other steps or material than {}", order.code, into.code)));
        }
    }
    let (organization, now) = (tx.caller().organization, tx.now());
    let others: Vec<Uuid> = orders.iter().map(|order| order.id).collect();
    let more: Decimal = orders.iter().map(|order| order.quantity).sum();
    if into.status != Status::Planned {
        let sql = "update jobs j set quantity = j.quantity + $3, version = j.version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
            where j.organization_id = $1 and j.manufacturing_order_id = $2 and j.status not in ('completed', 'cancelled')
                and j.part = (select min(o.part) from jobs o where o.organization_id = $1 and o.manufacturing_order_id = $2 and o.number = j.number
                    and o.status not in ('completed', 'cancelled'))";
        tx.execute(sql, &[&organization, &id, &more, &now]).await?;
        let sql = "update order_components set quantity = round(quantity + quantity_per * $3, 12) where organization_id = $1 and manufacturing_order_id = $2";
        tx.execute(sql, &[&organization, &id, &more]).await?;
        for other in &others {
            inventory::actions::release_reservations(tx, *other).await?;
        }
    }
    // What had become part of them becomes part of this one; they are what they were by themselves.
    let sql =
        "update manufacturing_orders o set quantity = o.quantity - p.quantity, updated_at = $3, updated_by = current_setting('gemba.actor')
        from (select merged_into_id, sum(quantity) as quantity from manufacturing_orders
            where organization_id = $1 and merged_into_id = any ($2) group by 1) p
        where o.organization_id = $1 and o.id = p.merged_into_id";
    tx.execute(sql, &[&organization, &others, &now]).await?;
    let sql = "update manufacturing_orders set merged_into_id = $3, updated_at = $4, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and merged_into_id = any ($2)";
    tx.execute(sql, &[&organization, &others, &id, &now]).await?;
    let sql = "update jobs set status = 'cancelled', ended_at = $3, version = version + 1, updated_at = $3, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and manufacturing_order_id = any ($2) and status not in ('completed', 'cancelled')";
    tx.execute(sql, &[&organization, &others, &now]).await?;
    let sql = "update manufacturing_orders set quantity = quantity + $3, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor'),
            due_at = (select min(o.due_at) from manufacturing_orders o where o.organization_id = $1 and (o.id = $2 or o.id = any ($5))),
            priority = (select min(o.priority) from manufacturing_orders o where o.organization_id = $1 and (o.id = $2 or o.id = any ($5)))
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &more, &now, &others]).await?;
    let sql = "update manufacturing_orders set status = 'cancelled', status_note = $3, merged_into_id = $5, version = version + 1, updated_at = $4,
            updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = any ($2)";
    tx.execute(sql, &[&organization, &others, &format!("Part of {}", into.code), &now, &id]).await?;
    if into.status != Status::Planned {
        promise(tx, &into).await?;
    }
    actions::noted(tx, &into, "manufacturing_order.merged", json!({ "orders": others, "quantity": more })).await?;
    actions::find(tx, id, false).await
}

fn alike(into: &Order, other: &Order) -> Result<()> {
    let refused = |what: &str| Err(Error::conflict("not_mergeable", format!("{}: {what}", other.code)));
    if other.plant != into.plant || other.item != into.item {
        return refused("it makes another item, or at another plant");
    }
    if other.kind != into.kind || other.bom != into.bom || other.routing != into.routing || other.outputs != into.outputs {
        return refused("it is made another way: bill of material, routing or outputs differ");
    }
    if other.status != into.status || !matches!(into.status, Status::Planned | Status::Released) {
        return refused("both have to be planned, or both released and not begun");
    }
    if !other.good.is_zero() {
        return refused("something was reported on it");
    }
    Ok(())
}

/// What an order was frozen to, without how much; nothing may have been done on it.
async fn shape(tx: &mut Tx, order: &Order) -> Result<Vec<String>> {
    let known = actions::known(tx, order.id).await?;
    if known.has_begun || known.has_reports || known.is_at_work {
        return Err(Error::conflict("not_mergeable", format!("{} has begun", order.code)));
    }
    let organization = tx.caller().organization;
    let sql = "select distinct 'step ' || number || ' ' || area_id || ' ' || passes from jobs
            where organization_id = $1 and manufacturing_order_id = $2 and status <> 'cancelled'
        union all select 'program ' || name || ' ' || revision || ' ' || coalesce(step, '') || ' ' || coalesce(line_id::text, '') || ' ' || coalesce(equipment_id::text, '')
            from order_programs where organization_id = $1 and manufacturing_order_id = $2
        union all select 'part ' || kind || ' ' || item_id || ' ' || quantity_per from order_components
            where organization_id = $1 and manufacturing_order_id = $2
        order by 1";
    Ok(tx.query(sql, &[&organization, &order.id]).await?.iter().map(|row| row.get(0)).collect())
}

async fn promise(tx: &mut Tx, order: &Order) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select item_id, quantity - moved from order_components
        where organization_id = $1 and manufacturing_order_id = $2 and kind = 'input' and quantity > moved order by item_id";
    let needs: Vec<(Uuid, Decimal)> =
        tx.query(sql, &[&organization, &order.id]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    inventory::actions::reserve_for_order(tx, order.plant, order.id, &needs).await?;
    Ok(())
}

/// Makes an order that makes units of another one again.
///
/// # Errors
/// 404, 403; 422 for more than were sent to rework and are in no order yet.
pub async fn rework(tx: &mut Tx, id: Uuid, asked: &Rework) -> Result<Order> {
    let order = actions::changing(tx, id, ORDER_SPLIT).await?;
    let organization = tx.caller().organization;
    let sql = "select o.reworked - coalesce((select sum(r.quantity) from manufacturing_orders r where r.organization_id = $1 and r.origin_id = o.id
            and r.type = 'rework' and r.status <> 'cancelled'), 0)
        from manufacturing_orders o where o.organization_id = $1 and o.id = $2";
    let most: Decimal = tx.query_one(sql, &[&organization, &id]).await?.get(0);
    if asked.quantity <= Decimal::ZERO || asked.quantity > most {
        let detail = format!("expected more than 0 and at most {}: so many were sent to rework and are in no order yet", most.normalize());
        return Err(invalid("/quantity", "out_of_bounds", detail));
    }
    let new = copy(tx, &order, asked.quantity, Some(asked), asked.due_at).await?;
    actions::noted(tx, &order, "manufacturing_order.reworked", json!({ "into": new, "quantity": asked.quantity })).await?;
    actions::find(tx, new, false).await
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use platform::ids::PlantId;
    use proptest::prelude::*;

    use super::*;
    use crate::jobs::model::Status as JobStatus;
    use crate::jobs::store::JobItem;

    fn job(number: i32, part: i32, quantity: i64, good: i64) -> Job {
        Job {
            id: Uuid::from_u128((number * 100 + part).unsigned_abs().into()),
            plant_id: PlantId(Uuid::nil()),
            manufacturing_order_id: Uuid::nil(),
            order_code: "MO-1".into(),
            order_status: Status::Running,
            item: JobItem { id: Uuid::nil(), code: "A".into(), name: "A".into(), unit: "pcs".into(), tracking: "none".into() },
            number,
            part,
            name: "Place".into(),
            area_id: Uuid::nil(),
            line_id: None,
            line_fixed: false,
            equipment_id: None,
            equipment: None,
            program: None,
            sequence: None,
            status: JobStatus::Ready,
            quantity: quantity.into(),
            good: good.into(),
            scrapped: Decimal::ZERO,
            reworked: Decimal::ZERO,
            cycle_time_s: None,
            setup_min: 0.0,
            pinned_start: None,
            planned_start: None,
            planned_end: None,
            setup_started_at: None,
            started_at: None,
            ended_at: None,
            due_at: Timestamp::UNIX_EPOCH,
            priority: 50,
            family: None,
            lot_code: None,
            batch_id: None,
            version: 1,
        }
    }

    #[test]
    fn what_one_step_has_reported_stays() {
        assert_eq!(untouched(&[]), None);
        assert_eq!(untouched(&[job(10, 1, 100, 30), job(20, 1, 100, 0)]), Some(Decimal::from(70)));
        assert_eq!(untouched(&[job(10, 1, 60, 60), job(10, 2, 40, 5), job(20, 1, 100, 0)]), Some(Decimal::from(35)));
    }

    proptest! {
        #[test]
        fn never_more_than_the_step_with_most_reports_has_left(parts in prop::collection::vec((1_i64..100, 0_i64..120), 1..6)) {
            let jobs: Vec<Job> = (1..).zip(&parts).map(|(part, (quantity, good))| job(10, part, *quantity, *good)).collect();
            let left: i64 = parts.iter().map(|(quantity, good)| (quantity - good).max(0)).sum();
            prop_assert_eq!(untouched(&jobs), Some(Decimal::from(left)));
        }
    }
}
