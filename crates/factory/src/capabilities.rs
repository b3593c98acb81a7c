//! Which line can make which item and how fast, and what changing over takes.

use jiff::civil::Date;
use platform::ids::PlantId;
use platform::resource::{Record, Rules, Sight};
use platform::{FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::items::{FamilyId, ItemId, ordered};
use crate::places::{AreaId, LineId};

platform::id_type! {
    /// That a line can make an item, and how fast.
    CapabilityId,
    /// Minutes from one family or item to another: at one line, in one area, or anywhere in the plant.
    ChangeoverId,
}

/// That a line can make an item, and how fast.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "capabilities", within = Line, permission = "factory.capability", unique(line_id, item_id, step))]
pub struct Capability {
    /// The record.
    pub id: CapabilityId,
    /// The line.
    #[record(immutable)]
    pub line_id: LineId,
    /// The item.
    pub item_id: ItemId,
    /// Which step of the item, where the line can do several: Top, Bottom; none where there is one.
    #[record(max_length = 200)]
    pub step: Option<String>,
    /// Time for one panel or piece (s).
    #[record(decimals = 6, min = 0, unit = "s")]
    pub cycle_time_s: Decimal,
    /// Efficiency of the pair (%); none for the line's.
    #[record(decimals = 3, min = 0, max = 100, unit = "%")]
    pub efficiency_pct: Option<Decimal>,
    /// Units good at the first try (%).
    #[record(decimals = 3, min = 0, max = 100, unit = "%", default = 100)]
    pub first_pass_yield_pct: Decimal,
    /// Units made in one cycle.
    #[record(min = 1, default = 1)]
    pub pieces_per_panel: i32,
    /// 1 is preferred.
    #[record(min = 1, max = 99, default = 1)]
    pub priority: i16,
    /// Least units worth a set-up.
    #[record(decimals = 6, min = 0, default = 0)]
    pub minimum_lot: Decimal,
    /// First day the customer approves; none for always.
    pub approved_from: Option<Date>,
    /// Last day the customer approves; none for ever.
    pub approved_to: Option<Date>,
    /// Whether it is planned.
    #[record(default = true)]
    pub active: bool,
}

impl Rules for Capability {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = ordered("/approved_to", self.approved_from, self.approved_to);
        let positive = [
            ("/cycle_time_s", Some(self.cycle_time_s)),
            ("/efficiency_pct", self.efficiency_pct),
            ("/first_pass_yield_pct", Some(self.first_pass_yield_pct)),
        ];
        wrong.extend(
            positive
                .into_iter()
                .filter(|(_, value)| value.is_some_and(|value| value.is_zero()))
                .map(|(pointer, _)| FieldError::new(pointer, "too_small", "must be more than 0")),
        );
        Ok(wrong)
    }
}

/// Minutes from one family or item to another: at one line, in one area, or anywhere in the plant.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "changeovers", within = Plant, permission = "factory.changeover")]
pub struct Changeover {
    /// The record.
    pub id: ChangeoverId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Only at this line.
    pub line_id: Option<LineId>,
    /// Only in this area.
    pub area_id: Option<AreaId>,
    /// From this family.
    pub from_family_id: Option<FamilyId>,
    /// To this family.
    pub to_family_id: Option<FamilyId>,
    /// From this item.
    pub from_item_id: Option<ItemId>,
    /// To this item.
    pub to_item_id: Option<ItemId>,
    /// Time it takes (min).
    #[record(decimals = 2, min = 0, unit = "min")]
    pub minutes: Decimal,
}

impl Rules for Changeover {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let both = [
            ("/area_id", self.line_id.is_some() && self.area_id.is_some(), "name a line or an area: the line belongs to its area anyway"),
            ("/from_item_id", self.from_family_id.is_some() && self.from_item_id.is_some(), "name the family or the item, not both"),
            ("/to_item_id", self.to_family_id.is_some() && self.to_item_id.is_some(), "name the family or the item, not both"),
        ];
        Ok(both
            .into_iter()
            .filter(|(_, wrong, _)| *wrong)
            .map(|(pointer, _, detail)| FieldError::new(pointer, "ambiguous", detail))
            .collect())
    }
}
