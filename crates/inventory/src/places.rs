//! Where material lies: a tree of warehouses, zones, bins, sides of lines, docks and quarantine.

use factory::places::LineId;
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{Error, FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// A place where material lies.
    LocationId,
}

/// A place where material lies: a warehouse, a zone of it, a bin, the side of a line.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "locations", within = Plant, permission = "inventory.location", unique(plant_id, code))]
pub struct Location {
    /// The record.
    pub id: LocationId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As the label at the place says it; unique in the plant.
    #[record(search, max_length = 50, example = "WH1-A-03-2")]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200, example = "Rack A, bay 3, level 2")]
    pub name: String,
    /// What kind of place it is.
    #[record(default = "bin")]
    pub r#type: LocationType,
    /// The place it is part of.
    pub parent_id: Option<LocationId>,
    /// The line whose material lies here.
    pub line_id: Option<LineId>,
    /// Whether material may be put here.
    #[record(default = true)]
    pub active: bool,
    /// Differences of counts beyond this share of what was there wait for somebody else to approve them (%); that of the place it is part of where
    /// none is said.
    #[record(unit = "%", min = 0, max = 100, decimals = 3, example = "2")]
    pub count_tolerance_pct: Option<Decimal>,
}

/// What kind of place it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum LocationType {
    /// A building or a part of it where material is stored.
    Warehouse,
    /// A part of a warehouse.
    Zone,
    /// A place on a rack or on the floor.
    Bin,
    /// Beside a line: what it uses is taken from here first, what it makes is put here.
    LineSide,
    /// For what nobody may use before somebody has decided.
    Quarantine,
    /// Where goods come in and go out.
    Dock,
}

impl Rules for Location {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if self.parent_id == Some(self.id) {
            wrong.push(FieldError::new("/parent_id", "loop", "a place is no part of itself"));
        }
        if matches!(self.r#type, LocationType::LineSide) && self.line_id.is_none() {
            wrong.push(FieldError::new("/line_id", "required", "say beside which line it is"));
        }
        Ok(wrong)
    }

    async fn confirm(&self, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        if self.parent_id.is_none() {
            return Ok(Vec::new());
        }
        let organization = sight.tx.caller().organization;
        // A union of identifiers ends also where there is a loop already.
        let sql = "with recursive above (id) as (
                select parent_id from locations where organization_id = $1 and id = $2
                union
                select l.parent_id from above a join locations l on l.organization_id = $1 and l.id = a.id
            ) select 1 from above where id = $2";
        let is_loop = sight.tx.query_opt(sql, &[&organization, &self.id]).await?.is_some();
        Ok(is_loop.then(|| FieldError::new("/parent_id", "loop", "the place would be part of itself")).into_iter().collect())
    }

    async fn archive(&self, sight: &mut Sight<'_>) -> Result<()> {
        let organization = sight.tx.caller().organization;
        let sql = "select count(*) from stock where organization_id = $1 and plant_id = $2 and location_id = $3 and quantity > 0";
        let rows: i64 = sight.tx.query_one(sql, &[&organization, &self.plant_id, &self.id]).await?.get(0);
        if rows > 0 {
            return Err(Error::conflict("not_empty", "material lies here: move it elsewhere first"));
        }
        Ok(())
    }
}
