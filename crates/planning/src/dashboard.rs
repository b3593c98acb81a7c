//! A plant's plan on one page, and the matrix of utilisation.

use std::collections::BTreeMap;

use line_plan::{ConstraintEntry, GainEntry, Language, PlanDocument, UnmetEntry};
use platform::{Error, Result};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::results::Found;
use crate::scenarios::actions::Standing;

/// Entries of a list on one page.
const TOP: usize = 10;

/// Which result is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shown {
    /// The plant.
    pub plant_id: Uuid,
    /// The scenario.
    pub scenario_id: Uuid,
    /// Its name.
    #[schema(example = "Plan 2027 to 2030")]
    pub scenario: String,
    /// draft, submitted or approved.
    #[schema(example = "approved")]
    pub scenario_status: String,
    /// Its version whose result this is.
    pub scenario_version: i64,
    /// When it was optimized.
    #[schema(value_type = String, format = DateTime)]
    pub optimized_at: jiff::Timestamp,
}

impl Shown {
    fn of(scenario: &Standing, found: &Found) -> Shown {
        Shown {
            plant_id: scenario.plant.0,
            scenario_id: scenario.id.0,
            scenario: scenario.name.clone(),
            scenario_status: scenario.status.clone(),
            scenario_version: found.version,
            optimized_at: found.created_at,
        }
    }
}

/// Utilisation: lines by area, periods side by side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Utilization {
    /// Which result is shown.
    #[serde(flatten)]
    pub shown: Shown,
    /// The periods, in time order.
    pub periods: Vec<String>,
    /// The areas, in routing order.
    pub areas: Vec<AreaRow>,
    /// The lines, by area and name.
    pub lines: Vec<LineRow>,
}

/// An area in each period.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct AreaRow {
    #[schema(example = "Conformal")]
    pub area: String,
    pub area_id: Option<Uuid>,
    /// Hours used over hours available (%).
    pub utilization_pct: Vec<f64>,
    /// The same of its fullest line (%).
    pub max_utilization_pct: Vec<f64>,
    pub hours_available: Vec<f64>,
    pub hours_used: Vec<f64>,
    /// Units not met for which the area is the limit.
    pub unmet_units: Vec<f64>,
}

/// A line in each period.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct LineRow {
    pub area: String,
    #[schema(example = "CC-01")]
    pub line: String,
    /// None for a new line.
    pub line_id: Option<Uuid>,
    /// Hours used over hours available (%).
    pub utilization_pct: Vec<f64>,
    pub hours_available: Vec<f64>,
    pub hours_used: Vec<f64>,
    /// What one more hour would save in unmet weight.
    pub hour_price: Vec<f64>,
    /// Whether it belongs to a constraint.
    pub constraint: Vec<bool>,
}

/// The matrix of a result.
pub fn utilization(scenario: &Standing, found: &Found) -> Utilization {
    matrix(scenario, found, &found.document(Language::English))
}

fn matrix(scenario: &Standing, found: &Found, document: &PlanDocument) -> Utilization {
    let periods: Vec<String> = document.periods.iter().map(|period| period.name.clone()).collect();
    let at: BTreeMap<&str, usize> = periods.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
    let count = periods.len();
    let mut areas: Vec<AreaRow> = Vec::new();
    for name in &document.areas {
        areas.push(AreaRow {
            area: name.clone(),
            area_id: found.records.areas.get(name).copied(),
            utilization_pct: vec![0.0; count],
            max_utilization_pct: vec![0.0; count],
            hours_available: vec![0.0; count],
            hours_used: vec![0.0; count],
            unmet_units: vec![0.0; count],
        });
    }
    for load in &document.area_loads {
        let (Some(row), Some(&period)) = (areas.iter_mut().find(|row| row.area == load.area), at.get(load.period.as_str())) else {
            continue;
        };
        row.hours_available[period] += load.hours_available;
        row.hours_used[period] += load.hours_used;
        row.unmet_units[period] += load.unmet_units;
        row.max_utilization_pct[period] = row.max_utilization_pct[period].max(load.max_utilization_pct);
    }
    for row in &mut areas {
        for period in 0..count {
            let available = row.hours_available[period];
            row.utilization_pct[period] = if available > 0.0 { 100.0 * row.hours_used[period] / available } else { 0.0 };
        }
    }
    let mut lines: BTreeMap<(usize, &str), LineRow> = BTreeMap::new();
    for load in &document.lines {
        let Some(&period) = at.get(load.period.as_str()) else { continue };
        let area = document.areas.iter().position(|area| *area == load.area).unwrap_or(usize::MAX);
        let row = lines.entry((area, load.line.as_str())).or_insert_with(|| LineRow {
            area: load.area.clone(),
            line: load.line.clone(),
            line_id: found.records.lines.get(&load.line).copied(),
            utilization_pct: vec![0.0; count],
            hours_available: vec![0.0; count],
            hours_used: vec![0.0; count],
            hour_price: vec![0.0; count],
            constraint: vec![false; count],
        });
        row.utilization_pct[period] = load.utilization_pct;
        row.hours_available[period] = load.hours_available;
        row.hours_used[period] = load.hours_used;
        row.hour_price[period] = load.hour_price;
        row.constraint[period] = load.constraint;
    }
    Utilization { shown: Shown::of(scenario, found), periods, areas, lines: lines.into_values().collect() }
}

/// A plant on one page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// Areas and lines in each period.
    #[serde(flatten)]
    pub utilization: Utilization,
    /// optimal, heuristic or limit_reached.
    #[schema(example = "optimal")]
    pub status: String,
    /// Totals.
    #[schema(value_type = Object)]
    pub summary: Value,
    /// The worst constraints.
    #[schema(value_type = Vec<Object>)]
    pub constraints: Vec<ConstraintEntry>,
    /// The most important demand not met.
    #[schema(value_type = Vec<Object>)]
    pub unmet: Vec<UnmetEntry>,
    /// What would help most.
    #[schema(value_type = Vec<Object>)]
    pub gains: Vec<GainEntry>,
    /// Sentences, the most important first.
    pub explanations: Vec<String>,
    /// What was noticed about the data.
    #[schema(value_type = Vec<Object>)]
    pub findings: Value,
}

/// A result on one page, in a language.
///
/// # Errors
/// None in practice: a summary is a value of JSON.
pub fn dashboard(scenario: &Standing, found: &Found, language: Language) -> Result<Dashboard> {
    let document = found.document(language);
    Ok(Dashboard {
        utilization: matrix(scenario, found, &document),
        status: document.status,
        summary: serde_json::to_value(document.summary).map_err(Error::internal)?,
        constraints: document.constraints.into_iter().take(TOP).collect(),
        unmet: document.unmet.into_iter().take(TOP).collect(),
        gains: document.gains.into_iter().take(TOP).collect(),
        explanations: document.explanations,
        findings: found.findings.clone(),
    })
}
