//! What lies there is counted, and stock follows; or it is corrected with a reason.

use std::collections::BTreeSet;

use jiff::Timestamp;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::approving::{self, Kept};
use super::listing::{self, Done};
use super::{known, reserving, said};
use crate::ledger::{self, Key, Line, Movement, Posting, Status};
use crate::{STOCK_ADJUST, STOCK_COUNT, units};

/// What was counted at a place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "location_id": "0199d1a0-0000-7000-8000-000000000002", "reason": "Monthly count",
    "lines": [{ "item_id": "0199d1a0-0000-7000-8000-000000000003", "counted": "4870" }] }))]
pub struct Count {
    /// Where.
    pub location_id: Uuid,
    /// What was found, each stock once. What is not named was not counted.
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<Counted>,
    /// Why, or which list.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// A paper beside it.
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// When; now where nothing is said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// What was found of some stock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// What it is.
    pub item_id: Uuid,
    /// How much there is.
    #[schema(value_type = String, example = "4870")]
    pub counted: Decimal,
    /// The unit; that of the item where nothing is said.
    pub unit_id: Option<Uuid>,
    /// Its lot.
    pub lot_id: Option<Uuid>,
    /// The piece.
    pub serial_id: Option<Uuid>,
    /// The license plate it is on.
    pub license_plate_id: Option<Uuid>,
    /// Its status; that of its lot where nothing is said, available where it has none.
    pub status: Option<Status>,
}

/// What a count came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountDone {
    /// What was written into the ledger; none where everything was right, or where it waits.
    pub document_id: Option<Uuid>,
    /// The count that waits for somebody else to approve it, because something differs more than the place lets pass: nothing is booked yet.
    pub waiting_id: Option<Uuid>,
    /// The lines in the order in which they were said.
    pub lines: Vec<CountDifference>,
}

/// What a line of a count came to, in the unit of the item.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountDifference {
    /// The item.
    pub item_id: Uuid,
    /// The lot.
    pub lot_id: Option<Uuid>,
    /// The piece.
    pub serial_id: Option<Uuid>,
    /// What stock said.
    #[schema(value_type = String, example = "4900")]
    pub before: Decimal,
    /// What was counted.
    #[schema(value_type = String, example = "4870")]
    pub counted: Decimal,
    /// Counted less before.
    #[schema(value_type = String, example = "-30")]
    pub difference: Decimal,
}

/// Lines of a count at most.
const LINES: usize = 500;

/// Writes down what was counted: stock is that now. What was promised of what is not there is freed, the youngest promise first. Where something
/// differs more than the tolerance of the place, all of it waits for somebody else; whoever may correct stock anyway is not exempt.
///
/// # Errors
/// 403; 422; 409 `serial_elsewhere`, `material_blocked`.
pub async fn count(tx: &mut Tx, body: &Count) -> Result<CountDone> {
    let place = said::place(tx, STOCK_COUNT, body.location_id, "/location_id").await?;
    let at = said::instant(tx, body.at)?;
    if body.lines.is_empty() || body.lines.len() > LINES {
        let detail = format!("found {}, expected 1 to {LINES}", body.lines.len());
        return Err(Error::invalid(vec![FieldError::new("/lines", "bad_length", detail)]));
    }
    let tolerance = approving::tolerance(tx, place.id).await?;
    let (mut lines, mut differences, mut kept, mut shrinking) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
    for (number, counted) in body.lines.iter().enumerate() {
        let item = units::item(tx, counted.item_id, &format!("/lines/{number}/item_id")).await?;
        let here = |error| said::within(&format!("/lines/{number}"), "/counted", error);
        let amount = said::any_amount(tx, &item, counted.counted, counted.unit_id).await.map_err(here)?;
        if amount.quantity < Decimal::ZERO {
            let pointer = format!("/lines/{number}/counted");
            return Err(Error::invalid(vec![FieldError::new(pointer, "too_small", "nobody counts less than nothing")]));
        }
        said::belongs(tx, place.plant, item.id, counted.lot_id, counted.serial_id, counted.license_plate_id).await.map_err(here)?;
        let key = Key {
            item: item.id,
            location: place.id,
            lot: counted.lot_id,
            serial: counted.serial_id,
            license_plate: counted.license_plate_id,
            status: said::status(tx, counted.status, counted.lot_id).await?,
        };
        if !seen.insert(key) {
            let detail = "the same stock is counted in an earlier line";
            return Err(Error::invalid(vec![FieldError::new(format!("/lines/{number}"), "twice", detail)]));
        }
        let found = listing::stock_of(tx, place.plant, &key).await?;
        let before = found.as_ref().map(|found| found.quantity).unwrap_or_default();
        let difference = amount.quantity - before;
        if let Some(plate) = counted.license_plate_id.filter(|_| difference > Decimal::ZERO) {
            said::stands_at(tx, plate, &place, &format!("/lines/{number}/license_plate_id")).await?;
        }
        shrinking.extend(found.filter(|found| found.reserved > amount.quantity).map(|found| (found.id, amount.quantity)));
        kept.push(Kept::of(&key, before, amount.quantity));
        lines.push(Line { key, quantity: difference, entered: amount.entered });
        let (lot_id, serial_id) = (counted.lot_id, counted.serial_id);
        let [before, counted, difference] = [before, amount.quantity, difference].map(|quantity| quantity.normalize());
        differences.push(CountDifference { item_id: item.id, lot_id, serial_id, before, counted, difference });
    }
    let posting = Posting {
        at,
        reason: said::short_text("/reason", body.reason.as_deref(), 500)?,
        reference: said::short_text("/reference", body.reference.as_deref(), 200)?,
        ..Posting::new(tx, place.plant, Movement::Count)
    };
    if let Some(tolerance) = tolerance.filter(|tolerance| kept.iter().any(|line| line.is_beyond(*tolerance))) {
        let waiting_id = Some(approving::hold(tx, &posting, place.id, tolerance, &kept).await?);
        return Ok(CountDone { document_id: None, waiting_id, lines: differences });
    }
    for (stock, left) in shrinking {
        reserving::shrink(tx, stock, left).await?;
    }
    let document_id = ledger::post(tx, &posting, &lines).await?;
    found_again(tx, &lines).await?;
    Ok(CountDone { document_id, waiting_id: None, lines: differences })
}

/// A piece that was found is there again, whatever was thought to have become of it.
pub(super) async fn found_again(tx: &mut Tx, lines: &[Line]) -> Result<()> {
    for line in lines.iter().filter(|line| line.quantity > Decimal::ZERO) {
        if let Some(serial) = line.key.serial {
            known::mark_serials(tx, &[serial], line.key.status.text()).await?;
        }
    }
    Ok(())
}

/// A correction of stock.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "location_id": "0199d1a0-0000-7000-8000-000000000002", "item_id": "0199d1a0-0000-7000-8000-000000000003",
    "quantity": "-12", "reason": "Fell off the reel at set-up" }))]
pub struct Adjust {
    /// Where.
    pub location_id: Uuid,
    /// What.
    pub item_id: Uuid,
    /// How much more there is; negative for less.
    #[schema(value_type = String, example = "-12")]
    pub quantity: Decimal,
    /// The unit; that of the item where nothing is said.
    pub unit_id: Option<Uuid>,
    /// Its lot.
    pub lot_id: Option<Uuid>,
    /// The piece.
    pub serial_id: Option<Uuid>,
    /// The license plate it is on.
    pub license_plate_id: Option<Uuid>,
    /// Its status; where nothing is said, available, and for more of a lot that of the lot.
    pub status: Option<Status>,
    /// Why.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// A paper beside it.
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// When; now where nothing is said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Corrects stock, with a reason.
///
/// # Errors
/// 403; 422, also without a reason; 409 `stock_short`, `stock_reserved`, `serial_elsewhere`, `material_blocked`.
pub async fn adjust(tx: &mut Tx, body: &Adjust) -> Result<Done> {
    let place = said::place(tx, STOCK_ADJUST, body.location_id, "/location_id").await?;
    let reason = said::short_text("/reason", Some(&body.reason), 500)?;
    if reason.is_none() {
        return Err(Error::invalid(vec![FieldError::new("/reason", "required", "say why: the ledger keeps it")]));
    }
    let item = units::item(tx, body.item_id, "/item_id").await?;
    let amount = said::any_amount(tx, &item, body.quantity, body.unit_id).await?;
    if amount.quantity.is_zero() {
        return Err(Error::invalid(vec![FieldError::new("/quantity", "zero", "a correction by nothing is none")]));
    }
    let at = said::instant(tx, body.at)?;
    said::belongs(tx, place.plant, item.id, body.lot_id, body.serial_id, body.license_plate_id).await?;
    let is_more = amount.quantity > Decimal::ZERO;
    if let Some(plate) = body.license_plate_id.filter(|_| is_more) {
        said::stands_at(tx, plate, &place, "/license_plate_id").await?;
    }
    let key = Key {
        item: item.id,
        location: place.id,
        lot: body.lot_id,
        serial: body.serial_id,
        license_plate: body.license_plate_id,
        // Taking away what should not be there is always right.
        status: if is_more { said::status(tx, body.status, body.lot_id).await? } else { body.status.unwrap_or_default() },
    };
    let posting = Posting {
        at,
        reason,
        reference: said::short_text("/reference", body.reference.as_deref(), 200)?,
        ..Posting::new(tx, place.plant, Movement::Adjustment)
    };
    let lines = [Line { key, quantity: amount.quantity, entered: amount.entered }];
    let document = ledger::post(tx, &posting, &lines).await?;
    found_again(tx, &lines).await?;
    listing::done(tx, document).await
}
