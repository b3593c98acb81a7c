//! How much is wanted, when.

use jiff::civil::{Date, ISOWeekDate, Weekday};
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::items::ItemId;

platform::id_type! {
    /// How many units of an item are wanted of a plant in a period.
    DemandId,
}

/// How many units of an item are wanted of a plant in a period.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "demand", within = Plant, permission = "factory.demand", label = "period", unique(plant_id, item_id, period, source))]
pub struct Demand {
    /// The record.
    pub id: DemandId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// The item.
    pub item_id: ItemId,
    /// Year, month, ISO week or day: 2027, 2027-03, 2027-W14, 2027-03-31.
    #[record(pattern = r"^[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?|-W[0-5][0-9])?$", example = "2027-03")]
    pub period: String,
    /// Units wanted.
    #[record(decimals = 6, min = 0)]
    pub units: Decimal,
    /// Days over which they are spread; none for the calendar's.
    #[record(min = 1, max = 366)]
    pub operating_days: Option<i16>,
    /// Where it comes from.
    #[record(default = "manual")]
    pub source: DemandSource,
}

/// Where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum DemandSource {
    /// Manual.
    Manual,
    /// Workbook.
    Workbook,
    /// Erp.
    Erp,
    /// Edi.
    Edi,
    /// Forecast.
    Forecast,
}

impl Rules for Demand {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        if period_exists(&self.period) {
            return Ok(Vec::new());
        }
        let detail = format!("there is no period {}; write 2027, 2027-03, 2027-W14 or 2027-03-31", self.period);
        Ok(vec![FieldError::new("/period", "no_such_period", detail)])
    }
}

/// Whether the calendar has this year, month, ISO week (ISO 8601) or day.
fn period_exists(period: &str) -> bool {
    if let Some((year, week)) = period.split_once("-W") {
        let (Ok(year), Ok(week)) = (year.parse(), week.parse()) else { return false };
        return ISOWeekDate::new(year, week, Weekday::Monday).is_ok();
    }
    match period.len() {
        4 => period.parse::<i16>().is_ok_and(|year| Date::new(year, 1, 1).is_ok()),
        7 => format!("{period}-01").parse::<Date>().is_ok(),
        _ => period.parse::<Date>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_of_the_calendar() {
        for there in ["2027", "2027-03", "2026-W53", "2028-02-29"] {
            assert!(period_exists(there), "{there}");
        }
        for absent in ["2027-13", "2027-W53", "2027-02-29", "2027-W00", ""] {
            assert!(!period_exists(absent), "{absent}");
        }
    }
}
