//! Reservations: stock that is promised to an order.
//!
//! **Invariant:** what is promised is there; the database refuses anything else.

use platform::caller::Scope;
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::said;
use crate::actions::{self, Available};
use crate::ledger;
use crate::picking::Pick;
use crate::{STOCK_RESERVE, units};

/// Promises stock to an order.
///
/// # Errors
/// 409 `stock_reserved` where somebody was quicker.
pub async fn promise(tx: &mut Tx, plant: PlantId, order: Uuid, picks: &[Pick]) -> Result<()> {
    if picks.is_empty() {
        return Ok(());
    }
    let organization = tx.caller().organization;
    let ids: Vec<Uuid> = picks.iter().map(|_| tx.new_id()).collect();
    let stocks: Vec<Uuid> = picks.iter().map(|pick| pick.stock).collect();
    let items: Vec<Uuid> = picks.iter().map(|pick| pick.key.item).collect();
    let quantities: Vec<Decimal> = picks.iter().map(|pick| pick.quantity).collect();
    let sql = "insert into reservations as r (organization_id, plant_id, id, stock_id, item_id, order_id, quantity)
        select $1, $2, n.id, n.stock_id, n.item_id, $3, n.quantity
        from unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::numeric[]) as n (id, stock_id, item_id, quantity)
        on conflict (organization_id, stock_id, order_id) do update set quantity = r.quantity + excluded.quantity";
    let written = tx.execute(sql, &[&organization, &plant, &order, &ids, &stocks, &items, &quantities]).await;
    written.map(drop).map_err(ledger::refused)
}

/// Frees what is promised of some stock beyond what there will be of it: the youngest promise goes first.
///
/// # Errors
/// What the database refused.
pub async fn shrink(tx: &mut Tx, stock: Uuid, to: Decimal) -> Result<()> {
    let organization = tx.caller().organization;
    // The oldest promises are kept as far as they fit.
    let sql = "with promises as (
            select id, quantity, sum(quantity) over (order by created_at, id) - quantity as before
            from reservations where organization_id = $1 and stock_id = $2
        ), kept as (
            select id, quantity, greatest(0, least(quantity, $3::numeric - before)) as kept from promises
        ), gone as (
            delete from reservations r using kept k where r.organization_id = $1 and r.id = k.id and k.kept = 0
        )
        update reservations r set quantity = k.kept from kept k where r.organization_id = $1 and r.id = k.id and k.kept > 0 and k.kept < k.quantity";
    tx.execute(sql, &[&organization, &stock, &to]).await?;
    Ok(())
}

/// Frees everything that is promised of some stock.
///
/// # Errors
/// What the database refused.
pub async fn free(tx: &mut Tx, stocks: &[Uuid]) -> Result<()> {
    let organization = tx.caller().organization;
    tx.execute("delete from reservations where organization_id = $1 and stock_id = any ($2)", &[&organization, &stocks]).await?;
    Ok(())
}

/// What is promised to an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "plant_id": "0199d1a0-0000-7000-8000-000000000001", "order_id": "0199d1a0-0000-7000-8000-000000000020",
    "needs": [{ "item_id": "0199d1a0-0000-7000-8000-000000000003", "quantity": "1200" }] }))]
pub struct Reserve {
    /// The plant.
    pub plant_id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// What it needs.
    #[schema(min_items = 1, max_items = 500)]
    pub needs: Vec<Need>,
}

/// How much of an item is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The item.
    pub item_id: Uuid,
    /// How much altogether, what is promised already included.
    #[schema(value_type = String, example = "1200")]
    pub quantity: Decimal,
    /// The unit; that of the item where nothing is said.
    pub unit_id: Option<Uuid>,
}

/// What of an order is freed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "plant_id": "0199d1a0-0000-7000-8000-000000000001", "order_id": "0199d1a0-0000-7000-8000-000000000020" }))]
pub struct Unreserve {
    /// The plant.
    pub plant_id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// Only of this item.
    pub item_id: Option<Uuid>,
}

/// What was freed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Unreserved {
    /// How many reservations that were.
    #[schema(example = 3)]
    pub reservations: u64,
}

/// The most that an order needs at once.
const NEEDS: usize = 500;

/// Promises stock to an order; repeated, it promises nothing twice.
///
/// # Errors
/// 403, 422.
pub async fn reserve(tx: &mut Tx, body: &Reserve) -> Result<Vec<Available>> {
    let plant = PlantId(body.plant_id);
    tx.require(STOCK_RESERVE, Scope::Plant(plant))?;
    if body.needs.is_empty() || body.needs.len() > NEEDS {
        let detail = format!("found {}, expected 1 to {NEEDS}", body.needs.len());
        return Err(Error::invalid(vec![FieldError::new("/needs", "bad_length", detail)]));
    }
    let mut needs = Vec::new();
    for (number, need) in body.needs.iter().enumerate() {
        let item = units::item(tx, need.item_id, &format!("/needs/{number}/item_id")).await?;
        let here = |error| said::within(&format!("/needs/{number}"), "/quantity", error);
        let quantity = units::to_item_unit(tx, &item, need.quantity, need.unit_id).await.map_err(here)?;
        if quantity <= Decimal::ZERO {
            let pointer = format!("/needs/{number}/quantity");
            return Err(Error::invalid(vec![FieldError::new(pointer, "too_small", "expected more than 0")]));
        }
        needs.push((item.id, quantity));
    }
    let standing = actions::reserve_for_order(tx, plant, body.order_id, &needs).await?;
    noted(tx, "stock.reserved", plant, body.order_id, json!({ "needs": standing })).await?;
    Ok(standing)
}

/// Frees what is promised to an order; where nothing is, nothing happens.
///
/// # Errors
/// 403.
pub async fn unreserve(tx: &mut Tx, body: &Unreserve) -> Result<Unreserved> {
    let plant = PlantId(body.plant_id);
    tx.require(STOCK_RESERVE, Scope::Plant(plant))?;
    let organization = tx.caller().organization;
    let sql =
        "delete from reservations where organization_id = $1 and plant_id = $2 and order_id = $3 and ($4::uuid is null or item_id = $4)";
    let reservations = tx.execute(sql, &[&organization, &plant, &body.order_id, &body.item_id]).await?;
    if reservations > 0 {
        noted(tx, "stock.unreserved", plant, body.order_id, json!({ "item_id": body.item_id, "reservations": reservations })).await?;
    }
    Ok(Unreserved { reservations })
}

async fn noted(tx: &mut Tx, action: &str, plant: PlantId, order: Uuid, detail: serde_json::Value) -> Result<()> {
    tx.query("select gemba.audit($1, 'stock', $2, $3, 'success', $4)", &[&action, &order, &plant, &detail]).await?;
    Ok(())
}
