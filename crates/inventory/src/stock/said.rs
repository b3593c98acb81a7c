//! What the bodies of verbs have in common: the place and with it the plant, the item and its unit, the instant.

use jiff::{SignedDuration, Timestamp};
use platform::caller::Scope;
use platform::error::Kind;
use platform::ids::PlantId;
use platform::{Error, FieldError, Permission, Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::ledger::{Key, Status};
use crate::units::{self, Known};

/// A place where something happens.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub id: Uuid,
    pub plant: PlantId,
    pub r#type: String,
    pub is_open: bool,
    pub code: String,
}

impl Place {
    /// What comes here is at first, where nobody says otherwise.
    pub fn arriving(&self) -> Status {
        if self.is_quarantine() { Status::Quarantine } else { Status::Available }
    }

    /// Whether what lies here waits for somebody to decide.
    pub fn is_quarantine(&self) -> bool {
        self.r#type == "quarantine"
    }

    /// What stock becomes where it is put here: in quarantine, what might be used may not any more.
    pub fn arrived(&self, key: Key) -> Key {
        let status = if self.is_quarantine() && key.status == Status::Available { Status::Quarantine } else { key.status };
        Key { location: self.id, status, ..key }
    }

    /// Refuses to put anything where nothing may be put.
    pub fn open(&self, pointer: &str) -> Result<()> {
        if self.is_open {
            return Ok(());
        }
        let detail = format!("nothing is put at {}: the place is out of use", self.code);
        Err(Error::invalid(vec![FieldError::new(pointer, "closed", detail)]))
    }
}

/// The place of this identifier, where the caller may do this.
///
/// # Errors
/// 422 `unknown_reference`; 403.
pub(super) async fn place(tx: &mut Tx, permission: Permission, id: Uuid, pointer: &str) -> Result<Place> {
    let organization = tx.caller().organization;
    let sql = "select plant_id, type, active and archived_at is null, code from locations where organization_id = $1 and id = $2";
    let row = tx.query_opt(sql, &[&organization, &id]).await?;
    let row = row.ok_or_else(|| Error::invalid(vec![FieldError::new(pointer, "unknown_reference", "there is no such place")]))?;
    let place = Place { id, plant: row.get(0), r#type: row.get(1), is_open: row.get(2), code: row.get(3) };
    tx.require(permission, Scope::Plant(place.plant))?;
    Ok(place)
}

/// Refuses a license plate that does not stand at the place, or on which nothing more is put. It stays as it is until the end of the transaction.
///
/// # Errors
/// 422 `other_place`, `closed`.
pub(super) async fn stands_at(tx: &mut Tx, plate: Uuid, place: &Place, pointer: &str) -> Result<()> {
    let organization = tx.caller().organization;
    let sql =
        "select location_id = $3, closed or archived_at is not null from license_plates where organization_id = $1 and id = $2 for share";
    let row = tx.query_one(sql, &[&organization, &plate, &place.id]).await?;
    let wrong = |code, detail: String| Err(Error::invalid(vec![FieldError::new(pointer, code, detail)]));
    match (row.get::<_, bool>(0), row.get::<_, bool>(1)) {
        (false, _) => wrong("other_place", format!("the license plate does not stand at {}", place.code)),
        (_, true) => wrong("closed", "nothing more is put on this license plate".into()),
        _ => Ok(()),
    }
}

/// The status that is said of some stock of a lot, where there is more of it than before; that of the lot where nothing is said.
///
/// # Errors
/// 409 `material_blocked` for what is said to be usable of a lot that is not.
pub(super) async fn status(tx: &mut Tx, said: Option<Status>, lot: Option<Uuid>) -> Result<Status> {
    let Some(lot) = lot else { return Ok(said.unwrap_or_default()) };
    let organization = tx.caller().organization;
    let row =
        tx.query_one("select status, code from lots where organization_id = $1 and id = $2 for share", &[&organization, &lot]).await?;
    let of_lot = Status::of(row.get(0));
    if said == Some(Status::Available) && of_lot != Status::Available {
        let detail = format!("the lot {} is {}: release the lot first", row.get::<_, &str>(1), of_lot.text());
        return Err(Error::conflict("material_blocked", detail));
    }
    Ok(said.unwrap_or(of_lot))
}

/// A quantity that was said, and what it is in the unit of the item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    pub quantity: Decimal,
    pub entered: Option<(Decimal, Uuid)>,
}

/// What somebody said in the unit of the item, which must be more than nothing.
pub(super) async fn amount(tx: &mut Tx, item: &Known, quantity: Decimal, unit: Option<Uuid>) -> Result<Amount> {
    let amount = any_amount(tx, item, quantity, unit).await?;
    if amount.quantity <= Decimal::ZERO {
        let detail = format!("found {}, expected more than 0", quantity.normalize());
        return Err(Error::invalid(vec![FieldError::new("/quantity", "too_small", detail)]));
    }
    Ok(amount)
}

/// The most that a quantity may be (units of the item); the ledger has twelve digits before the point.
const MOST: i64 = 999_999_999_999;

/// The same, of what may also be nothing or less.
pub(super) async fn any_amount(tx: &mut Tx, item: &Known, quantity: Decimal, unit: Option<Uuid>) -> Result<Amount> {
    let converted = units::to_item_unit(tx, item, quantity, unit).await?;
    if converted.abs() > Decimal::from(MOST) {
        return Err(Error::invalid(vec![FieldError::new("/quantity", "too_large", "the quantity is too large to be counted")]));
    }
    Ok(Amount { quantity: converted, entered: Some((quantity, unit.unwrap_or(item.unit))) })
}

/// What is wrong with one entry of a list, told where in the body that is; `quantity` is what the list calls its quantity.
pub(super) fn within(entry: &str, quantity: &str, error: Error) -> Error {
    if error.kind != Kind::Invalid {
        return error;
    }
    let place = |pointer: &str| format!("{entry}{}", if pointer == "/quantity" { quantity } else { pointer });
    Error::invalid(error.fields.into_iter().map(|field| FieldError { pointer: place(&field.pointer), ..field }).collect())
}

/// When it happened: now, or an instant before. A clock that is a few minutes ahead is forgiven.
///
/// # Errors
/// 422 `in_the_future`.
pub(super) fn instant(tx: &Tx, said: Option<Timestamp>) -> Result<Timestamp> {
    let now = tx.now();
    match said {
        None => Ok(now),
        Some(at) if at <= now => Ok(at),
        Some(at) if at.duration_since(now) <= SignedDuration::from_mins(5) => Ok(now),
        Some(_) => Err(Error::invalid(vec![FieldError::new("/at", "in_the_future", "what is written down has happened already")])),
    }
}

/// A reason or reference of at most so many characters.
///
/// # Errors
/// 422 `too_long`.
pub(super) fn short_text<'a>(pointer: &str, said: Option<&'a str>, most: usize) -> Result<Option<&'a str>> {
    let said = said.map(str::trim).filter(|text| !text.is_empty());
    if said.is_some_and(|text| text.chars().count() > most || text.contains('\0')) {
        let detail = format!("expected at most {most} characters of text");
        return Err(Error::invalid(vec![FieldError::new(pointer, "too_long", detail)]));
    }
    Ok(said)
}

/// Checks that a lot, serial or license plate belongs to the plant, and to the item where one is named.
///
/// # Errors
/// 422 with everything that does not.
pub(super) async fn belongs(
    tx: &mut Tx,
    plant: PlantId,
    item: Uuid,
    lot: Option<Uuid>,
    serial: Option<Uuid>,
    license_plate: Option<Uuid>,
) -> Result<()> {
    if lot.is_none() && serial.is_none() && license_plate.is_none() {
        return Ok(());
    }
    let organization = tx.caller().organization;
    let sql = "select
            $4::uuid is null or exists (select 1 from lots where organization_id = $1 and plant_id = $2 and id = $4 and item_id = $3),
            $5::uuid is null or exists (select 1 from serials where organization_id = $1 and plant_id = $2 and id = $5 and item_id = $3),
            $6::uuid is null or exists (select 1 from license_plates where organization_id = $1 and plant_id = $2 and id = $6)";
    let row = tx.query_one(sql, &[&organization, &plant, &item, &lot, &serial, &license_plate]).await?;
    let told = [
        ("/lot_id", "there is no such lot of this item"),
        ("/serial_id", "there is no such serial of this item"),
        ("/license_plate_id", "there is no such license plate"),
    ];
    let wrong = told.into_iter().enumerate().filter(|(index, _)| !row.get::<_, bool>(*index));
    let wrong: Vec<FieldError> = wrong.map(|(_, (pointer, detail))| FieldError::new(pointer, "unknown_reference", detail)).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}
