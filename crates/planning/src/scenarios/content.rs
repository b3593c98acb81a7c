//! What a scenario changes, and how it is planned, without what surrounds it.

use platform::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scenarios::record::{
    CapabilityChange, ChangeoverChange, DemandChange, LineChange, NewCapability, NewLine, OperatingDays, Parameters, Scenario,
};

/// The lists of changes of a scenario, by the names of its members.
pub const LISTS: [&str; 7] =
    ["operating_days", "line_changes", "new_lines", "capability_changes", "new_capabilities", "demand_changes", "changeover_changes"];

/// What a version of a scenario says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// Operating days that differ.
    pub operating_days: Vec<OperatingDays>,
    /// Lines that differ.
    pub line_changes: Vec<LineChange>,
    /// Lines that there would be.
    pub new_lines: Vec<NewLine>,
    /// Capabilities that differ.
    pub capability_changes: Vec<CapabilityChange>,
    /// Capabilities that there would be.
    pub new_capabilities: Vec<NewCapability>,
    /// Demand that differs.
    pub demand_changes: Vec<DemandChange>,
    /// Changeover times that come before the plant's.
    pub changeover_changes: Vec<ChangeoverChange>,
    /// How it is planned.
    pub parameters: Option<Parameters>,
}

impl Content {
    /// Of a scenario as it is.
    pub fn of(scenario: Scenario) -> Content {
        Content {
            operating_days: scenario.operating_days,
            line_changes: scenario.line_changes,
            new_lines: scenario.new_lines,
            capability_changes: scenario.capability_changes,
            new_capabilities: scenario.new_capabilities,
            demand_changes: scenario.demand_changes,
            changeover_changes: scenario.changeover_changes,
            parameters: scenario.parameters,
        }
    }

    /// How many changes there are.
    pub fn changes(&self) -> usize {
        self.operating_days.len()
            + self.line_changes.len()
            + self.new_lines.len()
            + self.capability_changes.len()
            + self.new_capabilities.len()
            + self.demand_changes.len()
            + self.changeover_changes.len()
    }
}

/// What a scenario amounts to: the contents of all it is cloned from, the first one first, its own last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain(pub Vec<Content>);

impl Chain {
    /// The parameters: of each the last one that says something.
    ///
    /// # Errors
    /// None in practice: parameters are values of JSON.
    pub fn parameters(&self) -> Result<Parameters> {
        let mut merged = serde_json::Map::new();
        for parameters in self.0.iter().filter_map(|content| content.parameters.as_ref()) {
            let Value::Object(said) = serde_json::to_value(parameters).map_err(Error::internal)? else { continue };
            merged.extend(said.into_iter().filter(|(_, value)| !value.is_null()));
        }
        serde_json::from_value(Value::Object(merged)).map_err(Error::internal)
    }
}
