//! Scenarios: the record, its versions, its verbs.

pub mod actions;
pub mod content;
pub mod merge;
pub mod record;
pub mod versions;

pub use content::Content;
pub use record::{Scenario, ScenarioId, ScenarioStatus};
