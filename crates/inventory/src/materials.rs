//! What material is told apart by: lots, serials, and the license plates it stands on.

use factory::items::ItemId;
use factory::partners::SupplierId;
use gs1::check_digit;
use jiff::civil::Date;
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{Error, FieldError, Result};
use serde::{Deserialize, Serialize};

use crate::ledger::Status;
use crate::places::LocationId;

platform::id_type! {
    /// Material of one item with a common origin.
    LotId,
    /// One piece of an item, with a number of its own.
    SerialId,
    /// Numbers from which new license plates get their SSCC.
    SsccRangeId,
    /// A container with a number of its own.
    LicensePlateId,
}

/// Material of one item with a common origin.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "lots", within = Plant, permission = "inventory.lot", label = "code", unique(plant_id, item_id, code))]
pub struct Lot {
    /// The record.
    pub id: LotId,
    /// The plant it lies in.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As its labels say it; unique for the item in the plant.
    #[record(search, immutable, max_length = 50, example = "L26-04711")]
    pub code: String,
    /// What it is.
    #[record(immutable)]
    pub item_id: ItemId,
    /// Last day it may be used; none where it does not expire.
    pub expires_on: Option<Date>,
    /// The day it was made.
    pub produced_on: Option<Date>,
    /// Who delivered it.
    pub supplier_id: Option<SupplierId>,
    /// What the supplier calls it.
    #[record(search, max_length = 50)]
    pub supplier_lot: Option<String>,
    /// Whether it may be used. The verb set-status changes it, with the stock of it.
    #[record(read_only, default = "available")]
    pub status: Status,
    /// What else there is to say.
    #[record(max_length = 2000)]
    pub note: Option<String>,
}

impl Rules for Lot {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = factory::items::ordered("/expires_on", self.produced_on, self.expires_on);
        wrong.extend(printable("/code", &self.code));
        Ok(wrong)
    }

    async fn archive(&self, sight: &mut Sight<'_>) -> Result<()> {
        let sql = "select count(*) from stock where organization_id = $1 and plant_id = $2 and lot_id = $3 and quantity > 0";
        still_there(sight, sql, self.plant_id, self.id.0, "lot").await
    }
}

/// One piece of an item, with a number of its own.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "serials", within = Plant, permission = "inventory.serial", label = "code", unique(plant_id, item_id, code))]
pub struct Serial {
    /// The record.
    pub id: SerialId,
    /// The plant it lies in.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Its serial number; unique for the item in the plant.
    #[record(search, immutable, max_length = 50, example = "ULM26100042")]
    pub code: String,
    /// What it is.
    #[record(immutable)]
    pub item_id: ItemId,
    /// The lot it is part of, if of one.
    #[record(immutable)]
    pub lot_id: Option<LotId>,
    /// Whether it may be used, or what became of it.
    #[record(read_only, default = "available")]
    pub status: SerialStatus,
    /// What else there is to say.
    #[record(max_length = 2000)]
    pub note: Option<String>,
}

/// Whether a piece may be used, or what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum SerialStatus {
    /// May be used.
    Available,
    /// May not be used.
    Blocked,
    /// Waits for somebody to decide.
    Quarantine,
    /// Went into something else, or out of the plant.
    Consumed,
    /// Was thrown away.
    Scrapped,
    /// Was reported by mistake.
    Withdrawn,
}

impl Rules for Serial {
    async fn check(&self, before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = printable("/code", &self.code);
        if let Some(lot) = self.lot_id.filter(|_| before.is_none()) {
            let organization = sight.tx.caller().organization;
            let sql = "select 1 from lots where organization_id = $1 and id = $2 and item_id = $3 and plant_id = $4";
            if sight.tx.query_opt(sql, &[&organization, &lot, &self.item_id, &self.plant_id]).await?.is_none() {
                wrong.push(FieldError::new("/lot_id", "other_item", "the lot is of another item or plant"));
            }
        }
        Ok(wrong)
    }

    async fn archive(&self, sight: &mut Sight<'_>) -> Result<()> {
        let sql = "select count(*) from stock where organization_id = $1 and plant_id = $2 and serial_id = $3 and quantity > 0";
        still_there(sight, sql, self.plant_id, self.id.0, "serial").await
    }
}

/// Numbers from which new license plates get their SSCC.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "sscc_ranges", within = Plant, permission = "inventory.sscc_range", title = "SSCC range", plural = "SSCC ranges", unique(plant_id, code))]
pub struct SsccRange {
    /// The record.
    pub id: SsccRangeId,
    /// The plant whose license plates get them.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As people call it; unique in the plant.
    #[record(search, max_length = 50, example = "Shipping")]
    pub code: String,
    /// The GS1 company prefix, 4 to 12 digits.
    #[record(immutable, max_length = 12, pattern = r"^[0-9]{4,12}$", example = "4012345")]
    pub company_prefix: String,
    /// The first digit of the SSCC.
    #[record(immutable, min = 0, max = 9, default = 0)]
    pub extension: i16,
    /// The serial reference that the next license plate gets.
    #[record(read_only, min = 0, default = 0)]
    pub next_reference: i64,
}

impl Rules for SsccRange {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let is_prefix = (4..=12).contains(&self.company_prefix.len()) && self.company_prefix.bytes().all(|byte| byte.is_ascii_digit());
        let wrong = || FieldError::new("/company_prefix", "bad_prefix", "expected 4 to 12 digits, as GS1 gave them to the company");
        Ok((!is_prefix).then(wrong).into_iter().collect())
    }
}

/// A container with a number of its own: a pallet, a box, a reel rack.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "license_plates", within = Plant, permission = "inventory.license_plate", label = "code", unique(plant_id, code))]
pub struct LicensePlate {
    /// The record.
    pub id: LicensePlateId,
    /// The plant it stands in.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Its SSCC (18 digits) or what else its label says; unique in the plant.
    #[record(search, immutable, max_length = 50, example = "040123450000000016")]
    pub code: String,
    /// Where it stands. The verb move changes it, with what is on it.
    #[record(immutable)]
    pub location_id: LocationId,
    /// The license plate it stands on.
    #[record(immutable)]
    pub parent_id: Option<LicensePlateId>,
    /// What it is.
    #[record(max_length = 50, example = "Pallet")]
    pub packaging: Option<String>,
    /// Whether nothing more is put on it.
    #[record(default = false)]
    pub closed: bool,
}

impl Rules for LicensePlate {
    async fn check(&self, before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = printable("/code", &self.code);
        let looks_like_sscc = self.code.len() == 18 && self.code.bytes().all(|byte| byte.is_ascii_digit());
        if looks_like_sscc && !check_digit::is_right(&self.code) {
            wrong.push(FieldError::new("/code", "check_digit", "the last digit does not fit the others (GS1 check digit of an SSCC)"));
        }
        if let Some(parent) = self.parent_id.filter(|_| before.is_none()) {
            let organization = sight.tx.caller().organization;
            let sql = "select location_id from license_plates where organization_id = $1 and id = $2";
            let place = sight.tx.query_opt(sql, &[&organization, &parent]).await?.map(|row| row.get::<_, LocationId>(0));
            if place.is_some_and(|place| place != self.location_id) {
                wrong.push(FieldError::new("/location_id", "other_place", "it stands on a license plate that is elsewhere"));
            }
        }
        Ok(wrong)
    }

    async fn archive(&self, sight: &mut Sight<'_>) -> Result<()> {
        let sql = "select count(*) from stock where organization_id = $1 and plant_id = $2 and license_plate_id = $3 and quantity > 0";
        still_there(sight, sql, self.plant_id, self.id.0, "license plate").await
    }
}

/// What of a code cannot be printed into every bar code and read back: GS1 lets 82 characters into lots and serials; readers send everything
/// else of ASCII faithfully too, but no control characters.
fn printable(pointer: &str, code: &str) -> Vec<FieldError> {
    let bad = code.chars().find(|letter| !(' '..='~').contains(letter));
    let wrong = |letter: char| {
        FieldError::new(pointer, "bad_characters", format!("found {letter:?}, expected letters, digits and signs that bar codes hold"))
    };
    bad.map(wrong).into_iter().collect()
}

async fn still_there(sight: &mut Sight<'_>, sql: &'static str, plant: PlantId, id: uuid::Uuid, what: &str) -> Result<()> {
    let organization = sight.tx.caller().organization;
    let rows: i64 = sight.tx.query_one(sql, &[&organization, &plant, &id]).await?.get(0);
    if rows > 0 {
        return Err(Error::conflict("not_empty", format!("there is stock of this {what}: issue or move it first")));
    }
    Ok(())
}
