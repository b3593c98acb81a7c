//! Material is blocked, put into quarantine, released: a lot, a piece, or some of what lies at a place.

use std::collections::HashSet;

use platform::caller::Scope;
use platform::database::Params;
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::Deserialize;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::listing::{self, Done};
use super::{known, reserving, said};
use crate::ledger::{self, Key, Line, Movement, Posting, Status};
use crate::{STOCK_SET_STATUS, units};

/// What is blocked, put into quarantine or released: a whole lot (`lot_id` alone), a piece (`serial_id` alone), or some stock at a place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "lot_id": "0199d1a0-0000-7000-8000-000000000004", "status": "blocked", "reason": "Supplier's notice 2026-114" }))]
pub struct SetStatus {
    /// What it is from now on.
    pub status: Status,
    /// The lot.
    pub lot_id: Option<Uuid>,
    /// The piece.
    pub serial_id: Option<Uuid>,
    /// Where it lies, for some stock only.
    pub location_id: Option<Uuid>,
    /// What it is, for some stock only.
    pub item_id: Option<Uuid>,
    /// The license plate it is on.
    pub license_plate_id: Option<Uuid>,
    /// How much of it; all of it where nothing is said.
    #[schema(value_type = Option<String>, example = "200")]
    pub quantity: Option<Decimal>,
    /// The unit; that of the item where nothing is said.
    pub unit_id: Option<Uuid>,
    /// What it was until now, for some stock only; available where nothing is said.
    pub from_status: Option<Status>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Says whether material may be used. What of it was promised to orders is freed where it may not.
///
/// # Errors
/// 403; 422; 409 `stock_short`, `material_blocked`.
pub async fn set_status(tx: &mut Tx, body: &SetStatus) -> Result<Done> {
    let reason = said::short_text("/reason", Some(&body.reason), 500)?;
    if reason.is_none() {
        return Err(Error::invalid(vec![FieldError::new("/reason", "required", "say why: the ledger keeps it")]));
    }
    let (plant, lines) = match (body.location_id, body.lot_id, body.serial_id) {
        (Some(location), _, _) => part(tx, body, location).await?,
        (None, _, Some(serial)) => piece(tx, serial, body.status).await?,
        (None, Some(lot), None) => whole_lot(tx, lot, body.status).await?,
        (None, None, None) => {
            let detail = "say which lot or serial; or place and item for some of what lies there";
            return Err(Error::invalid(vec![FieldError::new("/lot_id", "required", detail)]));
        }
    };
    let posting = Posting { reason, ..Posting::new(tx, plant, Movement::Status) };
    let document = ledger::post(tx, &posting, &lines).await?;
    listing::done(tx, document).await
}

/// Both sides of stock that changes its status.
fn sides(key: Key, quantity: Decimal, to: Status) -> [Line; 2] {
    [Line { key, quantity: -quantity, entered: None }, Line { key: Key { status: to, ..key }, quantity, entered: None }]
}

async fn whole_lot(tx: &mut Tx, lot: Uuid, to: Status) -> Result<(PlantId, Vec<Line>)> {
    let organization = tx.caller().organization;
    let found = "select plant_id from lots where organization_id = $1 and id = $2 for no key update";
    let plant = plant_of(tx, found, lot, "/lot_id", "there is no such lot").await?;
    let change = "update lots set status = $3, version = version + 1, updated_at = now(), updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2 and status <> $3";
    let text = to.text();
    tx.execute(change, &[&organization, &lot, &text]).await?;
    let serials = "update serials set status = $3, version = version + 1, updated_at = now(), updated_by = current_setting('gemba.actor')
        where organization_id = $1 and plant_id = $4 and lot_id = $2 and status in ('available', 'blocked', 'quarantine') and status <> $3";
    tx.execute(serials, &[&organization, &lot, &text, &plant]).await?;
    let stock = "select id, item_id, location_id, lot_id, serial_id, license_plate_id, status, quantity from stock
        where organization_id = $1 and plant_id = $2 and lot_id = $3 and status <> $4 and quantity > 0 order by id for update";
    let rows = settled(tx, stock, &[&organization, &plant, &lot, &text]).await?;
    Ok((plant, all_of(tx, &rows, to).await?))
}

async fn piece(tx: &mut Tx, serial: Uuid, to: Status) -> Result<(PlantId, Vec<Line>)> {
    let organization = tx.caller().organization;
    let found = "select plant_id from serials where organization_id = $1 and id = $2 for no key update";
    let plant = plant_of(tx, found, serial, "/serial_id", "there is no such serial").await?;
    known::mark_serials(tx, &[serial], to.text()).await?;
    let text = to.text();
    let stock = "select id, item_id, location_id, lot_id, serial_id, license_plate_id, status, quantity from stock
        where organization_id = $1 and plant_id = $2 and serial_id = $3 and status <> $4 and quantity > 0 for update";
    let rows = settled(tx, stock, &[&organization, &plant, &serial, &text]).await?;
    Ok((plant, all_of(tx, &rows, to).await?))
}

/// The stock that a statement finds and locks, when nobody is moving any of it any more. Whoever had it in hand may have put it where there was
/// nothing when the statement began to look; so it looks again until it finds no more than it has.
async fn settled(tx: &mut Tx, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>> {
    let mut known: HashSet<Uuid> = HashSet::new();
    loop {
        let rows = tx.query(sql, params).await?;
        let found: HashSet<Uuid> = rows.iter().map(|row| row.get(0)).collect();
        if found.is_subset(&known) {
            return Ok(rows);
        }
        known = found;
    }
}

async fn plant_of(tx: &mut Tx, sql: &'static str, id: Uuid, pointer: &str, unknown: &str) -> Result<PlantId> {
    let organization = tx.caller().organization;
    let row = tx.query_opt(sql, &[&organization, &id]).await?;
    let row = row.ok_or_else(|| Error::invalid(vec![FieldError::new(pointer, "unknown_reference", unknown)]))?;
    let plant: PlantId = row.get(0);
    tx.require(STOCK_SET_STATUS, Scope::Plant(plant))?;
    Ok(plant)
}

async fn all_of(tx: &mut Tx, rows: &[Row], to: Status) -> Result<Vec<Line>> {
    // Its other status is other stock: no promise of this one can stay.
    reserving::free(tx, &rows.iter().map(|row| row.get(0)).collect::<Vec<Uuid>>()).await?;
    Ok(rows.iter().flat_map(|row| sides(listing::key(row, 1), row.get(7), to)).collect())
}

async fn part(tx: &mut Tx, body: &SetStatus, location: Uuid) -> Result<(PlantId, Vec<Line>)> {
    let place = said::place(tx, STOCK_SET_STATUS, location, "/location_id").await?;
    let required = || Error::invalid(vec![FieldError::new("/item_id", "required", "say what of all that lies there")]);
    let item = units::item(tx, body.item_id.ok_or_else(required)?, "/item_id").await?;
    said::belongs(tx, place.plant, item.id, body.lot_id, body.serial_id, body.license_plate_id).await?;
    let from = body.from_status.unwrap_or_default();
    if from == body.status {
        return Err(Error::invalid(vec![FieldError::new(
            "/status",
            "same",
            "that is what it is already; say from_status for what it was",
        )]));
    }
    // Of a lot that may not be used none may: it is released as a whole first.
    said::status(tx, Some(body.status), body.lot_id).await?;
    let key = Key { item: item.id, location, lot: body.lot_id, serial: body.serial_id, license_plate: body.license_plate_id, status: from };
    let found = listing::stock_of(tx, place.plant, &key).await?;
    let found = found.ok_or_else(|| Error::conflict("stock_short", "there is no such stock in that status"))?;
    let quantity = match body.quantity {
        Some(quantity) => said::amount(tx, &item, quantity, body.unit_id).await?.quantity,
        None => found.quantity,
    };
    let rest = found.quantity - quantity;
    if rest < Decimal::ZERO {
        let detail = format!("{} are said and {} are there", quantity.normalize(), found.quantity.normalize());
        return Err(Error::conflict("stock_short", detail));
    }
    if found.reserved > rest {
        reserving::shrink(tx, found.id, rest).await?;
    }
    if let Some(serial) = body.serial_id {
        known::mark_serials(tx, &[serial], body.status.text()).await?;
    }
    Ok((place.plant, sides(key, quantity, body.status).to_vec()))
}
