//! Why something was scrapped, made again, or stood still: a tree.

use factory::places::LineId;
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// Why something was scrapped, made again, or stood still.
    ReasonId,
}

/// Why something was scrapped, made again, or stood still.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "reasons", within = Plant, permission = "production.reason", unique(plant_id, code))]
pub struct Reason {
    /// The record.
    pub id: ReasonId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name; unique in the plant.
    #[record(search, max_length = 100, example = "S-BRIDGE")]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200, example = "Solder bridge")]
    pub name: String,
    /// Of what it is a reason.
    #[record(immutable)]
    pub category: ReasonCategory,
    /// The more general reason.
    pub parent_id: Option<ReasonId>,
    /// Whether the stop is part of the plan.
    #[record(default = false)]
    pub planned: bool,
    /// Of a stop, where its time counts (ISO 22400-2).
    pub time_class: Option<TimeClass>,
    /// Only at this line.
    pub line_id: Option<LineId>,
}

/// Of what something is a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCategory {
    /// Units that cannot be used.
    Scrap,
    /// Units that are made again.
    Rework,
    /// A line that stands.
    Stop,
}

/// Where the time of a stop counts (ISO 22400-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum TimeClass {
    /// Planned down time (PDOT): outside planned busy time.
    PlannedDown,
    /// Maintenance that prevents failures.
    Preventive,
    /// Actual unit setup time (AUST).
    Setup,
    /// Actual unit delay time (ADET): waiting, minor stoppages.
    Delay,
    /// Actual unit down time (ADOT): it could not work.
    Down,
    /// Down time by a failure: between two of these MTBF is measured.
    Failure,
}

impl Rules for Reason {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if self.category != ReasonCategory::Stop {
            let only = "only a stop has a place in the plan's time";
            if self.planned {
                wrong.push(FieldError::new("/planned", "not_a_stop", only));
            }
            if self.time_class.is_some() {
                wrong.push(FieldError::new("/time_class", "not_a_stop", only));
            }
        }
        let Some(parent) = self.parent_id else { return Ok(wrong) };
        let organization = sight.tx.caller().organization;
        let sql = "with recursive above (id, parent_id, category) as (
                select id, parent_id, category from reasons where organization_id = $1 and id = $2
              union
                select r.id, r.parent_id, r.category from above join reasons r on r.organization_id = $1 and r.id = above.parent_id
            )
            select coalesce(bool_or(id = $3), false), coalesce(bool_or(id = $2 and category <> $4), false) from above";
        let category = match self.category {
            ReasonCategory::Scrap => "scrap",
            ReasonCategory::Rework => "rework",
            ReasonCategory::Stop => "stop",
        };
        let row = sight.tx.query_one(sql, &[&organization, &parent, &self.id, &category]).await?;
        if row.get(0) {
            wrong.push(FieldError::new("/parent_id", "loop", "a reason does not come below itself"));
        } else if row.get(1) {
            wrong.push(FieldError::new("/parent_id", "other_category", "it is a reason of something else"));
        }
        Ok(wrong)
    }
}
