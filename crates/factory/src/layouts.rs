//! Drawings of plants: where areas and lines stand on the canvas, and what flows between them.
//!
//! **Invariant:** a drawing changes nothing of what it shows: areas, lines and routings have their own records.

use std::collections::HashSet;

use platform::ids::PlantId;
use platform::resource::{Part, Record, Rules, Sight};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};

use crate::places::{AreaId, LineId};

platform::id_type! {
    /// A drawing of a plant.
    LayoutId,
}

/// A drawing of a plant: where its areas and lines stand.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "layouts", within = Plant, permission = "factory.layout", unique(plant_id, name))]
pub struct Layout {
    /// The record.
    pub id: LayoutId,
    /// The plant it shows.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// As people call it; unique in the plant.
    #[record(search, max_length = 200, example = "Main hall")]
    pub name: String,
    /// Where areas and lines stand; what is not named stands where there is room.
    #[record(max_length = 5000)]
    pub places: Vec<Place>,
    /// Flows between areas that were drawn by hand, beside those of the routings.
    #[record(max_length = 2000)]
    pub flows: Vec<Flow>,
    /// The picture beneath.
    pub picture: Option<Picture>,
}

/// Where an area or a line stands. Lengths are pixels at normal size; what lies left of or above the origin is negative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct Place {
    /// The area; or a line.
    pub area_id: Option<AreaId>,
    /// The line; or an area.
    pub line_id: Option<LineId>,
    /// Left edge.
    #[record(min = -100000, max = 100000, example = 240)]
    pub x: i32,
    /// Upper edge.
    #[record(min = -100000, max = 100000, example = 96)]
    pub y: i32,
    /// Width; as wide as it needs to be where nothing is said.
    #[record(min = 1, max = 20000)]
    pub width: Option<i32>,
    /// Height; as high as it needs to be where nothing is said.
    #[record(min = 1, max = 20000)]
    pub height: Option<i32>,
}

/// That material goes from one area to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct Flow {
    /// From here.
    pub from_area_id: AreaId,
    /// To here.
    pub to_area_id: AreaId,
}

/// A picture beneath a drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct Picture {
    /// The file.
    #[record(max_length = 36, pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", example = "0199d1a0-4242-7000-8000-0000000000c1")]
    pub file_id: String,
    /// Left edge.
    #[record(min = -100000, max = 100000)]
    pub x: i32,
    /// Upper edge.
    #[record(min = -100000, max = 100000)]
    pub y: i32,
    /// Width on the drawing; the height follows.
    #[record(min = 1, max = 100000, example = 1600)]
    pub width: i32,
    /// How strong it shows.
    #[record(min = 5, max = 100, default = 50, unit = "%")]
    #[serde(default = "half")]
    pub opacity_pct: i32,
    /// Cut off at the left, of the width.
    #[record(min = 0, max = 95, default = 0, unit = "%")]
    #[serde(default)]
    pub crop_left_pct: i32,
    /// Cut off at the top, of the height.
    #[record(min = 0, max = 95, default = 0, unit = "%")]
    #[serde(default)]
    pub crop_top_pct: i32,
    /// Cut off at the right, of the width.
    #[record(min = 0, max = 95, default = 0, unit = "%")]
    #[serde(default)]
    pub crop_right_pct: i32,
    /// Cut off at the bottom, of the height.
    #[record(min = 0, max = 95, default = 0, unit = "%")]
    #[serde(default)]
    pub crop_bottom_pct: i32,
}

fn half() -> i32 {
    50
}

impl Rules for Layout {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut placed = HashSet::new();
        for (index, place) in self.places.iter().enumerate() {
            let key = (place.area_id.map(|id| id.0), place.line_id.map(|id| id.0));
            if key.0.is_some() == key.1.is_some() {
                wrong.push(FieldError::new(format!("/places/{index}/area_id"), "ambiguous", "name an area or a line, one of them"));
            } else if !placed.insert(key) {
                wrong.push(FieldError::new(format!("/places/{index}"), "taken", "it stands somewhere else already"));
            }
        }
        for (index, flow) in self.flows.iter().enumerate() {
            if flow.from_area_id.0 == flow.to_area_id.0 {
                let detail = "material flows from one area to another one";
                wrong.push(FieldError::new(format!("/flows/{index}/to_area_id"), "ambiguous", detail));
            }
        }
        Ok(wrong)
    }
}
