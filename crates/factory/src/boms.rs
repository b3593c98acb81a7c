//! What one unit of an item is made of.

use jiff::civil::Date;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::items::{ItemId, UnitId, ordered};

platform::id_type! {
    /// A bill of material: what one unit of an item is made of, in one version.
    BomId,
    /// One component of a bill of material.
    BomComponentId,
}

/// A bill of material: what one unit of an item is made of, in one version.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "boms", within = Organization, permission = "factory.bom", label = "revision", unique(item_id, revision))]
pub struct Bom {
    /// The record.
    pub id: BomId,
    /// What is made.
    pub item_id: ItemId,
    /// The version's name; unique for the item.
    #[record(max_length = 200)]
    pub revision: String,
    /// First day it holds; none for always.
    pub effective_from: Option<Date>,
    /// Last day it holds; none for ever.
    pub effective_to: Option<Date>,
    /// Whether it may be used.
    #[record(default = "draft")]
    pub status: RevisionStatus,
    /// Units of the item that the components below make.
    #[record(decimals = 6, min = 0, default = 1)]
    pub yield_quantity: Decimal,
}

/// Whether it may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum RevisionStatus {
    /// Draft.
    Draft,
    /// Released.
    Released,
    /// Obsolete.
    Obsolete,
}

impl Rules for Bom {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        Ok(ordered("/effective_to", self.effective_from, self.effective_to))
    }

    async fn confirm(&self, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        refuse_loop(sight, self.id, "/item_id").await
    }
}

/// One component of a bill of material.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "bom_components", within = Organization, permission = "factory.bom_component", unique(bom_id, position))]
pub struct BomComponent {
    /// The record.
    pub id: BomComponentId,
    /// The bill.
    pub bom_id: BomId,
    /// Item number on the bill.
    #[record(min = 1)]
    pub position: i32,
    /// What goes in.
    pub item_id: ItemId,
    /// How much of it.
    #[record(decimals = 6, min = 0)]
    pub quantity: Decimal,
    /// The quantity's unit.
    pub unit_id: UnitId,
    /// Lost on the way (%).
    #[record(decimals = 3, min = 0, max = 100, unit = "%", default = 0)]
    pub scrap_pct: Decimal,
    /// Where it goes: R1, R2.
    #[record(max_length = 2000)]
    pub reference_designators: Option<String>,
}

impl Rules for BomComponent {
    async fn confirm(&self, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        refuse_loop(sight, self.bom_id, "/item_id").await
    }
}

/// An item must not go into itself, over any number of levels and whichever versions are chosen: of two versions that exclude each other in
/// time, one may still be chosen by hand.
async fn refuse_loop(sight: &mut Sight<'_>, bom: BomId, pointer: &str) -> Result<Vec<FieldError>> {
    let organization = sight.tx.caller().organization;
    // Two that each add one half of a loop at the same moment must not miss each other.
    let lock = "select pg_advisory_xact_lock(hashtextextended('boms', hashtextextended($1::uuid::text, 0)))";
    sight.tx.query(lock, &[&organization]).await?;
    let sql = "with recursive below (item_id) as (
            select c.item_id from bom_components c
            where c.organization_id = $1 and c.bom_id = $2 and c.archived_at is null
          union
            select c.item_id from below
            join boms b on b.organization_id = $1 and b.item_id = below.item_id and b.archived_at is null
            join bom_components c on c.organization_id = $1 and c.bom_id = b.id and c.archived_at is null
        )
        select i.code from boms b
        join below on below.item_id = b.item_id
        join items i on i.organization_id = $1 and i.id = b.item_id
        where b.organization_id = $1 and b.id = $2";
    let looped = sight.tx.query_opt(sql, &[&organization, &bom]).await?;
    Ok(looped
        .map(|row| FieldError::new(pointer, "loop", format!("item {} would go into itself", row.get::<_, String>(0))))
        .into_iter()
        .collect())
}
