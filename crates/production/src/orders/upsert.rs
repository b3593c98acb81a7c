//! Production orders from an ERP, by what that calls them; and the manufacturing orders that serve production orders.
//!
//! **Invariant:** an order that comes again is the same order; one that comes as it was changes nothing.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use platform::caller::Scope;
use platform::http::IfMatch;
use platform::ids::PlantId;
use platform::resource::{self, Asked, Change, How, Kinds, Record as _, Whole};
use platform::{Error, FieldError, Permission, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{self, Order, OrderStanding};
use super::freeze;
use super::parts::free_code;
use super::record::{ManufacturingOrder, ProductionOrder};

/// Make manufacturing orders of production orders, and production orders of approved plans.
pub const ORDER_PLAN: Permission = Permission("production.production_order.plan");

/// Orders at once at most.
const MOST: usize = 1_000;

/// Production orders of an ERP.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductionOrderUpsert, example = json!({ "plant_id": "0199d1a0-4242-7000-8000-000000000001", "orders": [
    { "external_id": "4500017832/10", "item_code": "INV-48", "quantity": "480", "due_at": "2026-12-04T14:00:00Z" }] }))]
pub struct Upsert {
    /// The plant that is to make them.
    pub plant_id: Uuid,
    /// The orders.
    #[schema(max_items = 1000)]
    pub orders: Vec<ErpOrder>,
}

/// A production order, as an ERP says it. What is left open of an order that is known stays as it is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErpOrder {
    /// What the ERP calls it; by this it is known again.
    #[schema(min_length = 1, max_length = 200, example = "4500017832/10")]
    pub external_id: String,
    /// Its number here; the ERP's unless said.
    #[schema(max_length = 100)]
    pub code: Option<String>,
    /// What is wanted; or its part number.
    pub item_id: Option<Uuid>,
    /// The part number of what is wanted.
    #[schema(example = "INV-48")]
    pub item_code: Option<String>,
    /// How much, in the item's unit.
    #[schema(value_type = Option<String>, example = "480")]
    pub quantity: Option<Decimal>,
    /// When it has to be ready.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// 1 comes first.
    #[schema(minimum = 1, maximum = 99)]
    pub priority: Option<i16>,
    /// For whom; or their short name.
    pub customer_id: Option<Uuid>,
    /// The short name of the customer.
    pub customer_code: Option<String>,
    /// What else there is to say.
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// open, closed or cancelled.
    #[schema(example = "open")]
    pub status: Option<String>,
}

/// What became of production orders.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ProductionOrdersUpserted)]
pub struct Upserted {
    /// How many are new.
    #[schema(example = 1)]
    pub created: usize,
    /// How many differ.
    #[schema(example = 0)]
    pub updated: usize,
    /// How many were so already.
    #[schema(example = 0)]
    pub unchanged: usize,
    /// How many were refused.
    #[schema(example = 0)]
    pub refused: usize,
    /// Each of them, in the order in which they came.
    pub orders: Vec<UpsertedOrder>,
}

/// What became of a production order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UpsertedOrder {
    /// What the ERP calls it.
    #[schema(example = "4500017832/10")]
    pub external_id: String,
    /// The order; none where it was refused.
    pub id: Option<Uuid>,
    /// What happened; none where it was refused.
    pub change: Option<Change>,
    /// What is wrong with it.
    pub errors: Vec<FieldError>,
}

/// Makes or changes production orders by what an ERP calls them. What is wrong with one keeps no other from being taken.
///
/// # Errors
/// 403; 422 for more than 1,000.
pub async fn upsert(tx: &mut Tx, kinds: &Kinds, asked: Upsert) -> Result<Upserted> {
    let plant = PlantId(asked.plant_id);
    tx.require(ProductionOrder::kind().verbs.create, Scope::Plant(plant))?;
    if asked.orders.len() > MOST {
        return Err(Error::invalid(vec![FieldError::new("/orders", "too_many", format!("expected at most {MOST}"))]));
    }
    let known = by_external(tx, plant, &asked.orders).await?;
    let items = by_code(tx, "items", asked.orders.iter().filter_map(|order| order.item_code.clone()).collect()).await?;
    let customers = by_code(tx, "customers", asked.orders.iter().filter_map(|order| order.customer_code.clone()).collect()).await?;
    let mut answers: Vec<UpsertedOrder> = Vec::new();
    let (mut wanted, mut places) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for (index, order) in asked.orders.into_iter().enumerate() {
        let at = format!("/orders/{index}");
        let mut errors = Vec::new();
        if !seen.insert(order.external_id.clone()) {
            errors.push(FieldError::new(format!("{at}/external_id"), "repeated", "named already in this request"));
        }
        let mut body = Map::from_iter([("source".to_string(), json!("erp")), ("external_id".to_string(), json!(order.external_id))]);
        let mut put = |name: &str, value: Option<Value>| value.map(|value| body.insert(name.into(), value));
        let mut found = |code: &Option<String>, known: &BTreeMap<String, Uuid>, member: &str| {
            let code = code.as_ref()?;
            let id = known.get(code).copied();
            if id.is_none() {
                errors.push(FieldError::new(format!("{at}/{member}"), "unknown_reference", format!("there is nothing called {code}")));
            }
            id
        };
        let item = order.item_id.or_else(|| found(&order.item_code, &items, "item_code"));
        let customer = order.customer_id.or_else(|| found(&order.customer_code, &customers, "customer_code"));
        put("item_id", item.map(|id| json!(id)));
        put("customer_id", customer.map(|id| json!(id)));
        put("code", order.code.map(Value::from));
        put("quantity", order.quantity.map(|quantity| json!(quantity)));
        put("due_at", order.due_at.map(|due| json!(due)));
        put("priority", order.priority.map(Value::from));
        put("note", order.note.map(Value::from));
        put("status", order.status.map(Value::from));
        let how = match known.get(&order.external_id) {
            Some(id) => How::Merge(*id),
            None => {
                body.insert("plant_id".into(), json!(plant));
                body.entry("code").or_insert_with(|| json!(order.external_id));
                How::Create
            }
        };
        if errors.is_empty() {
            places.push(answers.len());
            wanted.push(Asked { at, body, how, meant: IfMatch::Any });
        }
        answers.push(UpsertedOrder { external_id: order.external_id, id: None, change: None, errors });
    }
    let saved = resource::save(tx, kinds, ProductionOrder::kind(), wanted, Whole::Each, None).await?;
    for (place, saved) in places.into_iter().zip(saved) {
        match saved {
            Ok(saved) => (answers[place].id, answers[place].change) = (Some(saved.id), Some(saved.change)),
            Err(errors) => answers[place].errors = errors,
        }
    }
    let count = |change: Option<Change>| answers.iter().filter(|answer| answer.change == change).count();
    let (created, updated, unchanged) = (count(Some(Change::Created)), count(Some(Change::Updated)), count(Some(Change::Unchanged)));
    Ok(Upserted { created, updated, unchanged, refused: count(None), orders: answers })
}

async fn by_external(tx: &mut Tx, plant: PlantId, orders: &[ErpOrder]) -> Result<BTreeMap<String, Uuid>> {
    let organization = tx.caller().organization;
    // Two that bring the same order at once take turns.
    let lock = "select pg_advisory_xact_lock(hashtextextended('production orders', hashtextextended($1::uuid::text, 0)))";
    tx.query(lock, &[&plant]).await?;
    let wanted: Vec<&str> = orders.iter().map(|order| order.external_id.as_str()).collect();
    let sql = "select external_id, id from production_orders where organization_id = $1 and plant_id = $2 and external_id = any ($3)";
    Ok(tx.query(sql, &[&organization, &plant, &wanted]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn by_code(tx: &mut Tx, table: &str, codes: Vec<String>) -> Result<BTreeMap<String, Uuid>> {
    let organization = tx.caller().organization;
    const ITEMS: &str = "select code, id from items where organization_id = $1 and code = any ($2) and archived_at is null";
    const CUSTOMERS: &str = "select code, id from customers where organization_id = $1 and code = any ($2) and archived_at is null";
    let sql = if table == "items" { ITEMS } else { CUSTOMERS };
    Ok(tx.query(sql, &[&organization, &codes]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// How a production order is served.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductionOrderPlan, example = json!({ "lot_size": "240", "release": true }))]
pub struct Plan {
    /// Units of one manufacturing order at most; all in one unless said.
    #[schema(value_type = Option<String>, example = "240")]
    pub lot_size: Option<Decimal>,
    /// Whether they are released at once.
    #[serde(default)]
    pub release: bool,
}

/// Manufacturing orders that one production order gets at most.
const MOST_LOTS: u32 = 200;

/// Makes manufacturing orders for what of a production order none is made for yet. Where all of it is, it makes none.
///
/// # Errors
/// 404, 403; 409 `order_over`; 422 for a lot size of nothing or that makes too many orders; as [`freeze::release`].
pub async fn plan(tx: &mut Tx, kinds: &Kinds, id: Uuid, asked: &Plan) -> Result<Vec<OrderStanding>> {
    let organization = tx.caller().organization;
    let sql = "select plant_id, code, item_id, quantity, due_at, priority, status, archived_at from production_orders
        where organization_id = $1 and id = $2 for update";
    let missing = || Error::not_found("production order");
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(missing)?;
    let plant: PlantId = row.get(0);
    if !tx.caller().may(ProductionOrder::kind().verbs.read, Scope::Plant(plant)) {
        return Err(missing());
    }
    tx.require(ORDER_PLAN, Scope::Plant(plant))?;
    let (code, item, quantity): (String, Uuid, Decimal) = (row.get(1), row.get(2), row.get(3));
    let (due_at, priority, status): (Timestamp, i16, String) = (row.get(4), row.get(5), row.get(6));
    if status != "open" || row.get::<_, Option<Timestamp>>(7).is_some() {
        return Err(Error::conflict("order_over", "the production order is no longer open"));
    }
    let sql = "select coalesce(sum(quantity), 0) from manufacturing_orders
        where organization_id = $1 and production_order_id = $2 and (status <> 'cancelled' or merged_into_id is not null) and type = 'make'
            and archived_at is null";
    let served: Decimal = tx.query_one(sql, &[&organization, &id]).await?.get(0);
    let mut made = Vec::new();
    for lot in lots(quantity - served, asked.lot_size)? {
        let body = json!({ "plant_id": plant, "code": free_code(tx, plant.0, &code).await?, "production_order_id": id, "item_id": item,
            "quantity": lot, "due_at": due_at, "priority": priority });
        let body = body.as_object().cloned().unwrap_or_default();
        let saved = resource::save_one(tx, kinds, ManufacturingOrder::kind(), body, How::Create).await?;
        if asked.release {
            freeze::release(tx, saved.id).await?;
        }
        let order: Order = actions::find(tx, saved.id, false).await?;
        made.push(order.into());
    }
    let detail = json!({ "name": code, "orders": made.iter().map(|order: &OrderStanding| order.id).collect::<Vec<_>>() });
    tx.query("select gemba.audit('production_order.planned', 'production_order', $1, $2, 'success', $3)", &[&id, &plant, &detail]).await?;
    Ok(made)
}

/// Divides units into lots: whole lots, and what is left.
fn lots(units: Decimal, size: Option<Decimal>) -> Result<Vec<Decimal>> {
    if units <= Decimal::ZERO {
        return Ok(Vec::new());
    }
    let size = size.unwrap_or(units);
    let wrong = |detail: String| Err(Error::invalid(vec![FieldError::new("/lot_size", "out_of_bounds", detail)]));
    if size <= Decimal::ZERO {
        return wrong("expected more than 0".into());
    }
    if units > size * Decimal::from(MOST_LOTS) {
        return wrong(format!("expected a size that makes at most {MOST_LOTS} orders"));
    }
    let mut lots = Vec::new();
    let mut left = units;
    while left > Decimal::ZERO {
        let lot = left.min(size);
        lots.push(lot);
        left -= lot;
    }
    Ok(lots)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lots_are_all_of_it_and_none_is_larger_than_its_size(units in 1_i64..5_000, size in 26_i64..1_000) {
            let (units, size) = (Decimal::from(units), Decimal::from(size));
            let lots = lots(units, Some(size)).unwrap();
            prop_assert_eq!(lots.iter().sum::<Decimal>(), units);
            prop_assert!(lots.iter().all(|lot| *lot > Decimal::ZERO && *lot <= size));
            prop_assert!(lots.iter().rev().skip(1).all(|lot| *lot == size), "only the last is smaller");
        }
    }

    #[test]
    fn nothing_left_makes_nothing_and_a_size_of_nothing_is_refused() {
        assert!(lots(Decimal::ZERO, None).unwrap().is_empty());
        assert_eq!(lots(Decimal::from(7), None).unwrap(), [Decimal::from(7)]);
        assert!(lots(Decimal::from(7), Some(Decimal::ZERO)).is_err());
        assert!(lots(Decimal::from(1_000_000), Some(Decimal::ONE)).is_err());
    }
}
