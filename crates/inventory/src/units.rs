//! Quantities in units: what is said in one unit is kept in the unit of the item.
//!
//! **Invariant:** a conversion is one that somebody declared, for the item before in general, forward or backward; nothing is guessed.

use std::collections::BTreeMap;

use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

/// Decimal places of quantities in the ledger.
pub const DECIMALS: u32 = 6;

/// What is known of an item where its stock changes.
#[derive(Clone, Debug)]
pub struct Known {
    /// The item.
    pub id: Uuid,
    /// Its part number.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The unit it is counted in.
    pub unit: Uuid,
    /// As labels print the unit: kg.
    pub symbol: String,
    /// none, lot or serial.
    pub tracking: String,
}

/// These items.
///
/// # Errors
/// What the database refused; items that are not there are not in the answer.
pub async fn items(tx: &mut Tx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Known>> {
    let organization = tx.caller().organization;
    let sql = "select i.id, i.code, i.name, i.unit_id, u.symbol, i.tracking from items i
        join units u on u.organization_id = $1 and u.id = i.unit_id where i.organization_id = $1 and i.id = any ($2)";
    let rows = tx.query(sql, &[&organization, &ids]).await?;
    let known = rows.iter().map(|row| {
        let id: Uuid = row.get(0);
        (id, Known { id, code: row.get(1), name: row.get(2), unit: row.get(3), symbol: row.get(4), tracking: row.get(5) })
    });
    Ok(known.collect())
}

/// An item by its identifier.
///
/// # Errors
/// 422 `unknown_reference` at `pointer`.
pub async fn item(tx: &mut Tx, id: Uuid, pointer: &str) -> Result<Known> {
    let found = items(tx, &[id]).await?.remove(&id);
    found.ok_or_else(|| Error::invalid(vec![FieldError::new(pointer, "unknown_reference", "there is no such item")]))
}

/// A quantity in the unit of the item, rounded to six places; `unit` is none for that of the item.
///
/// # Errors
/// 422 `no_conversion` where nobody declared how many of one are one of the other; 422 for what is too large to be counted.
pub async fn to_item_unit(tx: &mut Tx, item: &Known, quantity: Decimal, unit: Option<Uuid>) -> Result<Decimal> {
    let Some(unit) = unit.filter(|unit| *unit != item.unit) else { return Ok(quantity.round_dp(DECIMALS)) };
    let organization = tx.caller().organization;
    let sql = "select factor, from_unit_id = $3 from unit_conversions
        where organization_id = $1 and (item_id = $2 or item_id is null) and archived_at is null
            and ((from_unit_id = $3 and to_unit_id = $4) or (from_unit_id = $4 and to_unit_id = $3))
        order by item_id is null, from_unit_id <> $3 limit 1";
    let row = tx.query_opt(sql, &[&organization, &item.id, &unit, &item.unit]).await?;
    let Some(row) = row else {
        let detail = format!("nobody declared how many {} this unit is for {}: add a unit conversion", item.symbol, item.code);
        return Err(Error::invalid(vec![FieldError::new("/unit_id", "no_conversion", detail)]));
    };
    let (factor, is_forward): (Decimal, bool) = (row.get(0), row.get(1));
    let converted = if is_forward { quantity.checked_mul(factor) } else { quantity.checked_div(factor) };
    let converted = converted.map(|converted| converted.round_dp(DECIMALS));
    converted.ok_or_else(|| Error::invalid(vec![FieldError::new("/quantity", "too_large", "the quantity is too large to be counted")]))
}
