//! Tools that wear out.

use platform::error::{FieldError, Result};
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// A tool.
    ToolId,
}

/// A tool that wears out: a stencil, a mould, a drill.
#[derive(Record, Serialize, Deserialize)]
#[record(table = "tools", within = Plant, permission = "factory.tool")]
pub struct Tool {
    /// The tool.
    pub id: ToolId,
    /// The plant it belongs to.
    pub plant_id: PlantId,
    /// As people call it; unique in the plant.
    #[record(search, unique, example = "Stencil 114")]
    pub name: String,
    /// What it is.
    pub category: Category,
    /// Cycles it lasts.
    #[record(unit = "cycles", min = 1, example = 50_000)]
    pub life: u32,
    /// Cycles it has done.
    #[record(unit = "cycles", default = 0)]
    pub used: u32,
}

/// What a tool is.
#[derive(Clone, Copy, Choice, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Paste is printed through it.
    Stencil,
    /// Plastic is shaped in it.
    Mould,
}

impl Rules for Tool {
    async fn check(&self, _: Option<&Self>, _: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let worn = self.used > self.life;
        Ok(worn.then(|| FieldError::new("/used", "worn_out", "more cycles than it lasts")).into_iter().collect())
    }
}
