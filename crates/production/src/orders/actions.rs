//! What is done with manufacturing orders: hold, resume, close, cancel. Releasing is in `freeze`, dividing and joining in `parts`.
//!
//! **Invariant:** every verb asks for its right at the order's plant first, whoever calls it.

use jiff::Timestamp;
use platform::caller::Scope;
use platform::ids::PlantId;
use platform::resource::Record as _;
use platform::{Error, FieldError, Permission, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Known, Next, Status, Verb, next};
use super::record::ManufacturingOrder;

/// Release manufacturing orders.
pub const ORDER_RELEASE: Permission = Permission("production.manufacturing_order.release");
/// Hold manufacturing orders, and let them go on.
pub const ORDER_HOLD: Permission = Permission("production.manufacturing_order.hold");
/// Close manufacturing orders.
pub const ORDER_CLOSE: Permission = Permission("production.manufacturing_order.close");
/// Cancel manufacturing orders.
pub const ORDER_CANCEL: Permission = Permission("production.manufacturing_order.cancel");
/// Split and merge manufacturing orders, and make their units again.
pub const ORDER_SPLIT: Permission = Permission("production.manufacturing_order.split");

/// A manufacturing order, as verbs see it.
#[derive(Clone, Debug)]
pub struct Order {
    /// The order.
    pub id: Uuid,
    /// Its plant.
    pub plant: PlantId,
    /// Its number.
    pub code: String,
    /// Where it stands.
    pub status: Status,
    /// Its version.
    pub version: i64,
    /// What is made.
    pub item: Uuid,
    /// How much.
    pub quantity: Decimal,
    /// make, rework or scrap.
    pub kind: String,
    /// The bill of material.
    pub bom: Option<Uuid>,
    /// The routing.
    pub routing: Option<Uuid>,
    /// Co- and by-products.
    pub outputs: Value,
    /// The production order it serves.
    pub production_order: Option<Uuid>,
    /// When it was archived, if it is.
    pub archived_at: Option<Timestamp>,
    /// Good units.
    pub good: Decimal,
}

/// Where a manufacturing order stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderStanding {
    /// The order.
    pub id: Uuid,
    /// Its plant.
    #[schema(value_type = Uuid)]
    pub plant_id: PlantId,
    /// Its number.
    #[schema(example = "MO-2026-1180")]
    pub code: String,
    /// Where it stands.
    pub status: Status,
    /// How much is wanted.
    #[schema(value_type = String, example = "480")]
    pub quantity: Decimal,
    /// Good units.
    #[schema(value_type = String, example = "0")]
    pub good: Decimal,
    /// Counts changes; the ETag.
    #[schema(example = 4)]
    pub version: i64,
}

impl From<Order> for OrderStanding {
    fn from(order: Order) -> Self {
        OrderStanding {
            id: order.id,
            plant_id: order.plant,
            code: order.code,
            status: order.status,
            quantity: order.quantity,
            good: order.good,
            version: order.version,
        }
    }
}

/// Why an order is held or cancelled.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OrderNote, example = json!({ "note": "Stencil is at the supplier" }))]
pub struct Note {
    /// What there is to say.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// A manufacturing order that the caller may see; `locked` for whoever is about to change it.
///
/// # Errors
/// 404 where there is none or it is not visible.
pub async fn find(tx: &mut Tx, id: Uuid, locked: bool) -> Result<Order> {
    const PLAIN: &str = "select plant_id, code, status, version, item_id, quantity, type, bom_id, routing_id, outputs, production_order_id, archived_at, good
        from manufacturing_orders where organization_id = $1 and id = $2";
    const LOCKED: &str = "select plant_id, code, status, version, item_id, quantity, type, bom_id, routing_id, outputs, production_order_id, archived_at, good
        from manufacturing_orders where organization_id = $1 and id = $2 for update";
    let organization = tx.caller().organization;
    let row = tx.query_opt(if locked { LOCKED } else { PLAIN }, &[&organization, &id]).await?;
    let missing = || Error::not_found("manufacturing order");
    let row = row.ok_or_else(missing)?;
    let order = Order {
        id,
        plant: row.get(0),
        code: row.get(1),
        status: Status::read(row.get(2)),
        version: row.get(3),
        item: row.get(4),
        quantity: row.get(5),
        kind: row.get(6),
        bom: row.get(7),
        routing: row.get(8),
        outputs: row.get(9),
        production_order: row.get(10),
        archived_at: row.get(11),
        good: row.get(12),
    };
    match tx.caller().may(ManufacturingOrder::kind().verbs.read, Scope::Plant(order.plant)) {
        true => Ok(order),
        false => Err(missing()),
    }
}

/// An order to change: locked, the right asked for, not archived.
///
/// # Errors
/// 404, 403, 409 `archived`.
pub async fn changing(tx: &mut Tx, id: Uuid, permission: Permission) -> Result<Order> {
    let order = find(tx, id, true).await?;
    tx.require(permission, Scope::Plant(order.plant))?;
    match order.archived_at {
        Some(_) => Err(Error::conflict("archived", "the order is archived: restore it first")),
        None => Ok(order),
    }
}

/// Holds an order: none of its jobs begins; those at work are told to pause by whoever is there.
///
/// # Errors
/// 404, 403; 409 `order_not_released`, `order_completed`, `order_closed`, `order_cancelled`.
pub async fn hold(tx: &mut Tx, id: Uuid, note: Note) -> Result<Order> {
    said(&note)?;
    verb(tx, id, ORDER_HOLD, Verb::Hold, note).await
}

/// Lets a held order go on.
///
/// # Errors
/// As [`hold`].
pub async fn resume(tx: &mut Tx, id: Uuid) -> Result<Order> {
    verb(tx, id, ORDER_HOLD, Verb::Resume, Note::default()).await
}

/// Closes an order, also where fewer were made than wanted: nothing is reported on it any more, and what it had reserved is free.
///
/// # Errors
/// 404, 403; 409 `job_running`, `order_not_released`, `order_cancelled`.
pub async fn close(tx: &mut Tx, id: Uuid) -> Result<Order> {
    let order = verb(tx, id, ORDER_CLOSE, Verb::Close, Note::default()).await?;
    serve(tx, &order).await?;
    Ok(order)
}

/// Gives an order up on which nothing was reported.
///
/// # Errors
/// 404, 403; 409 `order_has_reports`, `job_running`, `order_closed`.
pub async fn cancel(tx: &mut Tx, id: Uuid, note: Note) -> Result<Order> {
    said(&note)?;
    verb(tx, id, ORDER_CANCEL, Verb::Cancel, note).await
}

fn said(note: &Note) -> Result<()> {
    let is_long = note.note.as_ref().is_some_and(|note| note.chars().count() > 1000 || note.contains('\0'));
    let wrong = || Error::invalid(vec![FieldError::new("/note", "too_long", "expected at most 1,000 characters of text")]);
    if is_long { Err(wrong()) } else { Ok(()) }
}

async fn verb(tx: &mut Tx, id: Uuid, permission: Permission, verb: Verb, note: Note) -> Result<Order> {
    let order = changing(tx, id, permission).await?;
    let known = known(tx, id).await?;
    let status = match next(order.status, verb, known) {
        Next::Stays => return Ok(order),
        Next::Refused(code, says) => return Err(Error::conflict(code, says)),
        Next::Becomes(status) => status,
    };
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql =
        "update manufacturing_orders set status = $3, status_note = $4, closed_at = case when $3 = 'closed' then $5 else closed_at end,
            version = version + 1, updated_at = $5, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &status.text(), &note.note, &now]).await?;
    if status.is_over() {
        let sql = "update jobs set status = 'cancelled', ended_at = $3, version = version + 1, updated_at = $3, updated_by = current_setting('gemba.actor')
            where organization_id = $1 and manufacturing_order_id = $2 and status not in ('completed', 'cancelled')";
        tx.execute(sql, &[&organization, &id, &now]).await?;
        inventory::actions::release_reservations(tx, id).await?;
    }
    let event = match verb {
        Verb::Hold => "manufacturing_order.held",
        Verb::Resume => "manufacturing_order.resumed",
        Verb::Close => "manufacturing_order.closed",
        Verb::Cancel => "manufacturing_order.cancelled",
        Verb::Release | Verb::Begin | Verb::Complete => "manufacturing_order.released",
    };
    noted(tx, &order, event, json!({ "note": note.note })).await?;
    find(tx, id, false).await
}

/// What is known of an order beside its status.
///
/// # Errors
/// What the database refused.
pub async fn known(tx: &mut Tx, id: Uuid) -> Result<Known> {
    let organization = tx.caller().organization;
    let sql = "select coalesce(bool_or(started_at is not null), false), coalesce(bool_or(status in ('running', 'setup')), false),
            coalesce(bool_or(good + scrapped + reworked > 0), false)
        from jobs where organization_id = $1 and manufacturing_order_id = $2";
    let row = tx.query_one(sql, &[&organization, &id]).await?;
    Ok(Known { has_begun: row.get(0), is_at_work: row.get(1), has_reports: row.get(2) })
}

/// Closes the production orders that an order serves, by itself or with orders that became part of it: where nothing more is made for one and all of it is
/// there. What an order made is for those that became part of it first, the soonest due before the others, and what is left is its own: no unit serves two.
async fn serve(tx: &mut Tx, order: &Order) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "with served as (
            select distinct o.production_order_id as id from manufacturing_orders o
            where o.organization_id = $1 and (o.id = $2 or o.merged_into_id = $2) and o.production_order_id is not null
        ), makes as (
            select o.production_order_id as id, o.item_id, coalesce(m.status, o.status) as status,
                case when m.id is not null then least(o.quantity, greatest(m.good - (select coalesce(sum(p.quantity), 0) from manufacturing_orders p
                        where p.organization_id = $1 and p.merged_into_id = m.id and (p.due_at, p.id) < (o.due_at, o.id)), 0))
                    else greatest(o.good - (select coalesce(sum(p.quantity), 0) from manufacturing_orders p
                        where p.organization_id = $1 and p.merged_into_id = o.id), 0) end as good
            from manufacturing_orders o
            left join manufacturing_orders m on m.organization_id = $1 and m.id = o.merged_into_id
            where o.organization_id = $1 and o.production_order_id in (select id from served) and o.archived_at is null and o.type <> 'scrap'
        )
        update production_orders p set status = 'closed', version = p.version + 1, updated_at = $3, updated_by = current_setting('gemba.actor')
        where p.organization_id = $1 and p.id in (select id from served) and p.status = 'open'
            and not exists (select from makes where makes.id = p.id and makes.status not in ('closed', 'cancelled'))
            and p.quantity <= (select coalesce(sum(makes.good), 0) from makes where makes.id = p.id and makes.item_id = p.item_id)";
    tx.execute(sql, &[&organization, &order.id, &now]).await?;
    Ok(())
}

/// A verb in the trail, beside the change of the row.
///
/// # Errors
/// What the database refused.
pub async fn noted(tx: &mut Tx, order: &Order, event: &str, mut detail: Value) -> Result<()> {
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("name".into(), order.code.clone().into());
    }
    tx.query("select gemba.audit($1, 'manufacturing_order', $2, $3, 'success', $4)", &[&event, &order.id, &order.plant, &detail]).await?;
    Ok(())
}
