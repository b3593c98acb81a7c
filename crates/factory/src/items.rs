//! What is made, bought and used, in which units.

use jiff::civil::Date;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::partners::CustomerId;

platform::id_type! {
    /// A unit of measure.
    UnitId,
    /// How many of one unit are one of another, in general or for one item.
    UnitConversionId,
    /// Items that change over and are planned alike.
    FamilyId,
    /// What is made, bought or used: a product model, a part, a raw material.
    ItemId,
}

/// A unit of measure.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "units", within = Organization, permission = "factory.unit")]
pub struct Unit {
    /// The record.
    pub id: UnitId,
    /// UN/ECE Recommendation 20 where there is one: C62 piece, KGM kilogram, MTR metre.
    #[record(unique, search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// As labels and reports print it: kg.
    #[record(max_length = 200)]
    pub symbol: String,
    /// What it measures; only units of one dimension convert without an item.
    pub dimension: Dimension,
    /// Decimal places that make sense.
    #[record(min = 0, max = 9, default = 0)]
    pub decimals: i16,
}

/// What it measures; only units of one dimension convert without an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Count.
    Count,
    /// Mass.
    Mass,
    /// Length.
    Length,
    /// Area.
    Area,
    /// Volume.
    Volume,
    /// Time.
    Time,
    /// Energy.
    Energy,
    /// Temperature.
    Temperature,
    /// Other.
    Other,
}

impl Rules for Unit {}

/// How many of one unit are one of another, in general or for one item.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "unit_conversions", within = Organization, permission = "factory.unit_conversion")]
pub struct UnitConversion {
    /// The record.
    pub id: UnitConversionId,
    /// The unit converted from.
    pub from_unit_id: UnitId,
    /// The unit converted to.
    pub to_unit_id: UnitId,
    /// Only for this item; none for all.
    pub item_id: Option<ItemId>,
    /// One of the first is so many of the second.
    #[record(decimals = 12, min = 0)]
    pub factor: Decimal,
}

impl Rules for UnitConversion {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        if self.from_unit_id == self.to_unit_id {
            return Ok(vec![FieldError::new("/to_unit_id", "same", "a unit converts to another one")]);
        }
        if self.item_id.is_some() {
            return Ok(Vec::new());
        }
        let organization = sight.tx.caller().organization;
        let sql = "select count(distinct dimension) from units where organization_id = $1 and id in ($2, $3)";
        let row = sight.tx.query_one(sql, &[&organization, &self.from_unit_id, &self.to_unit_id]).await?;
        let dimensions: i64 = row.get(0);
        if dimensions > 1 {
            let detail = "units of different dimensions convert only for an item: name it in item_id";
            return Ok(vec![FieldError::new("/to_unit_id", "different_dimension", detail)]);
        }
        Ok(Vec::new())
    }
}

/// Items that change over and are planned alike.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "families", within = Organization, permission = "factory.family")]
pub struct Family {
    /// The record.
    pub id: FamilyId,
    /// Short name; unique in the organization.
    #[record(unique, search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// What else there is to say.
    #[record(max_length = 2000)]
    pub description: Option<String>,
}

impl Rules for Family {}

/// What is made, bought or used: a product model, a part, a raw material.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "items", within = Organization, permission = "factory.item")]
pub struct Item {
    /// The record.
    pub id: ItemId,
    /// Part or model number; unique in the organization.
    #[record(unique, search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// What role it plays.
    pub category: ItemCategory,
    /// Its family.
    pub family_id: Option<FamilyId>,
    /// For whom it is made, if for one.
    pub customer_id: Option<CustomerId>,
    /// The customer's program it belongs to.
    #[record(search, max_length = 200)]
    pub program: Option<String>,
    /// The unit it is counted in.
    pub unit_id: UnitId,
    /// Engineering revision.
    #[record(max_length = 200)]
    pub revision: Option<String>,
    /// GS1 Global Trade Item Number, 14 digits.
    #[record(pattern = r"^[0-9]{14}$", example = "04012345678901")]
    pub gtin: Option<String>,
    /// Whether lots or serials are traced.
    #[record(default = "none")]
    pub tracking: Tracking,
    /// Weight of its demand when not all can be met; none for the standard hours.
    #[record(decimals = 4, min = 0)]
    pub weight: Option<Decimal>,
    /// Strict priority of its demand: tier 1 before tier 2.
    #[record(min = 1, max = 99, default = 1)]
    pub tier: i16,
    /// Value of one unit.
    #[record(decimals = 6, min = 0, example = "12.5")]
    pub unit_value: Option<Decimal>,
    /// ISO 4217 of the value.
    #[record(pattern = r"^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<String>,
    /// First day it is made.
    pub program_starts_on: Option<Date>,
    /// Last day it is made.
    pub program_ends_on: Option<Date>,
    /// Whether it is planned.
    #[record(default = true)]
    pub active: bool,
}

/// What role it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum ItemCategory {
    /// Product.
    Product,
    /// Assembly.
    Assembly,
    /// Component.
    Component,
    /// Raw material.
    RawMaterial,
    /// Consumable.
    Consumable,
    /// Packaging.
    Packaging,
}

/// Whether lots or serials are traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum Tracking {
    /// None.
    None,
    /// Lot.
    Lot,
    /// Serial.
    Serial,
}

impl Rules for Item {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = ordered("/program_ends_on", self.program_starts_on, self.program_ends_on);
        match (&self.unit_value, &self.currency) {
            (Some(_), None) => wrong.push(FieldError::new("/currency", "required", "a value needs its currency, such as EUR")),
            (None, Some(_)) => wrong.push(FieldError::new("/unit_value", "required", "a currency needs the value it is of")),
            _ => {}
        }
        if let Some(gtin) = &self.gtin
            && !check_digit_is_right(gtin)
        {
            wrong.push(FieldError::new("/gtin", "check_digit", "the last digit does not fit the others (GS1 check digit)"));
        }
        Ok(wrong)
    }
}

/// Whether the last digit of a GS1 key is its check digit: weights 3 and 1 from the right, up to the next ten (GS1 General Specifications 7.9).
pub fn check_digit_is_right(key: &str) -> bool {
    let digits: Option<Vec<u32>> = key.chars().map(|letter| letter.to_digit(10)).collect();
    let Some((last, before)) = digits.as_deref().and_then(<[u32]>::split_last) else { return false };
    let sum: u32 = before.iter().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    (sum + last).is_multiple_of(10)
}

/// What is wrong with a window whose last day lies before its first.
pub fn ordered(pointer: &str, first: Option<Date>, last: Option<Date>) -> Vec<FieldError> {
    match (first, last) {
        (Some(first), Some(last)) if last < first => {
            vec![FieldError::new(pointer, "too_early", format!("{last} lies before the first day, {first}"))]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_digit_is_told_from_a_wrong_one() {
        for (key, right) in [("04012345000009", true), ("04012345000008", false), ("4012345000009", true), ("", false), ("12a", false)] {
            assert_eq!(check_digit_is_right(key), right, "{key}");
        }
    }
}
