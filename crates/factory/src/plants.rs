//! What a plant decides for itself: its settings, and how it takes items that all plants share.
//!
//! **Invariant:** what a plant leaves open is the organization's; what the organization leaves open is built in.

use jiff::civil::Date;
use platform::ids::PlantId;
use platform::language::Language;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::items::ItemId;
use crate::time::CalendarId;

platform::id_type! {
    /// What a plant, or for all plants the organization, decides.
    PlantSettingId,
    /// Where a plant takes an item otherwise than the organization does.
    PlantItemId,
}

/// What a plant decides: language, currency, calendar, targets, thresholds. Without a plant, the organization's defaults for all of them.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "plant_settings", within = Plant, permission = "factory.plant_setting", unique(plant_id))]
pub struct PlantSetting {
    /// The record.
    pub id: PlantSettingId,
    /// The plant; none for the organization's defaults.
    #[record(immutable)]
    pub plant_id: Option<PlantId>,
    /// The language of what is sent and printed for it.
    pub language: Option<PlantLanguage>,
    /// ISO 4217 of its money.
    #[record(pattern = r"^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<String>,
    /// The calendar, with its shifts and holidays, of areas and lines that have none of their own.
    pub calendar_id: Option<CalendarId>,
    /// Utilisation that is aimed at (%).
    #[record(unit = "%", min = 1, max = 100, decimals = 3, example = "85")]
    pub target_utilization_pct: Option<Decimal>,
    /// Utilisation from which a line is called full (%).
    #[record(unit = "%", min = 1, max = 200, decimals = 3, example = "95")]
    pub full_utilization_pct: Option<Decimal>,
    /// Share of demand to be met (%).
    #[record(unit = "%", min = 1, max = 100, decimals = 3, example = "98")]
    pub target_met_pct: Option<Decimal>,
}

/// A language that plants work in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum PlantLanguage {
    /// English.
    En,
    /// Spanish.
    Es,
    /// German.
    De,
}

impl Rules for PlantSetting {
    async fn check(&self, _: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let Some(calendar) = self.calendar_id else { return Ok(Vec::new()) };
        let organization = sight.tx.caller().organization;
        let sql = "select 1 from calendars where organization_id = $1 and id = $2 and plant_id = $3";
        let is_own = match self.plant_id {
            Some(plant) => sight.tx.query_opt(sql, &[&organization, &calendar, &plant]).await?.is_some(),
            None => false,
        };
        let wrong = || FieldError::new("/calendar_id", "other_plant", "calendars are a plant's: name one of the plant that this is about");
        Ok((!is_own).then(wrong).into_iter().collect())
    }
}

/// Where a plant takes an item otherwise than the organization does; what is left open is as the item has it.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "plant_items", within = Plant, permission = "factory.plant_item", unique(plant_id, item_id))]
pub struct PlantItem {
    /// The record.
    pub id: PlantItemId,
    /// The plant.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// The item.
    #[record(immutable)]
    pub item_id: ItemId,
    /// Whether the plant plans it.
    #[record(default = true)]
    pub active: bool,
    /// What the plant calls it.
    #[record(search, max_length = 100, example = "INV-48")]
    pub local_code: Option<String>,
    /// Weight of its demand when not all can be met.
    #[record(decimals = 4, min = 0)]
    pub weight: Option<Decimal>,
    /// Strict priority of its demand: tier 1 before tier 2.
    #[record(min = 1, max = 99)]
    pub tier: Option<i16>,
    /// First day the plant makes it.
    pub program_starts_on: Option<Date>,
    /// Last day the plant makes it.
    pub program_ends_on: Option<Date>,
}

impl Rules for PlantItem {
    async fn check(&self, _: Option<&Self>, _: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if self.weight.is_some_and(|weight| weight <= Decimal::ZERO) {
            wrong.push(FieldError::new("/weight", "too_small", "a weight is above 0"));
        }
        if let (Some(first), Some(last)) = (self.program_starts_on, self.program_ends_on)
            && last < first
        {
            wrong.push(FieldError::new("/program_ends_on", "before_start", "the program ends before it starts"));
        }
        Ok(wrong)
    }
}

/// What counts at a plant, and who says so.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Effective {
    /// The plant.
    pub plant_id: uuid::Uuid,
    /// IANA name of its time zone, which the plant's own record says.
    #[schema(example = "Europe/Berlin")]
    pub time_zone: String,
    /// Each setting with its value and who decided it.
    pub settings: Vec<EffectiveSetting>,
}

/// A setting that counts at a plant.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct EffectiveSetting {
    /// Its name: `currency`.
    #[schema(example = "full_utilization_pct")]
    pub name: &'static str,
    /// Its value; none where nobody decided and nothing is built in.
    #[schema(example = "95")]
    pub value: Option<String>,
    /// `plant`, `organization` or `built_in`.
    #[schema(example = "organization")]
    pub from: &'static str,
}

impl Effective {
    /// The value of a setting as a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.settings.iter().find(|setting| setting.name == name)?.value.as_deref()?.parse().ok()
    }
}

/// Settings by name, with what is built in.
const SETTINGS: [(&str, Option<&str>); 6] = [
    ("language", Some("en")),
    ("currency", None),
    ("calendar_id", None),
    ("target_utilization_pct", Some("85")),
    ("full_utilization_pct", Some("95")),
    ("target_met_pct", Some("100")),
];

/// What counts at plants, in the order of their names.
///
/// # Errors
/// What the database refused.
pub async fn effective(tx: &mut Tx, plants: &[PlantId]) -> Result<Vec<Effective>> {
    let organization = tx.caller().organization;
    let plants: Vec<uuid::Uuid> = plants.iter().map(|plant| plant.0).collect();
    let sql = "select p.id, p.time_zone, to_jsonb(own), to_jsonb(everywhere)
        from plants p
        left join plant_settings own on own.organization_id = $1 and own.plant_id = p.id and own.archived_at is null
        left join plant_settings everywhere on everywhere.organization_id = $1 and everywhere.plant_id is null and everywhere.archived_at is null
        where p.organization_id = $1 and p.id = any ($2) order by p.name, p.code";
    let rows = tx.query(sql, &[&organization, &plants]).await?;
    let said = |record: &Option<serde_json::Value>, name: &str| match record.as_ref().and_then(|record| record.get(name)) {
        None | Some(serde_json::Value::Null) => None,
        Some(serde_json::Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.as_f64().map_or_else(|| other.to_string(), |number| number.to_string())),
    };
    let effective = |row: &tokio_postgres::Row| {
        let (own, everywhere): (Option<serde_json::Value>, Option<serde_json::Value>) = (row.get(2), row.get(3));
        let settings = SETTINGS.map(|(name, built_in)| match (said(&own, name), said(&everywhere, name)) {
            (Some(value), _) => EffectiveSetting { name, value: Some(value), from: "plant" },
            (None, Some(value)) => EffectiveSetting { name, value: Some(value), from: "organization" },
            (None, None) => EffectiveSetting { name, value: built_in.map(String::from), from: "built_in" },
        });
        Effective { plant_id: row.get(0), time_zone: row.get(1), settings: settings.into() }
    };
    Ok(rows.iter().map(effective).collect())
}

/// The language of what is printed for a plant: the one that is wanted, else the one that the plant or the organization decided, else English.
///
/// # Errors
/// What the database refused.
pub async fn language(tx: &mut Tx, plant: PlantId, wanted: Option<Language>) -> Result<Language> {
    if let Some(wanted) = wanted {
        return Ok(wanted);
    }
    let found = effective(tx, &[plant]).await?;
    let settings = found.iter().flat_map(|one| &one.settings);
    let said = settings.filter(|setting| setting.name == "language").find_map(|setting| setting.value.as_deref());
    Ok(said.map(Language::of).unwrap_or_default())
}
