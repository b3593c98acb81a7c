//! Where things are made: areas, lines, cells, equipment (ISA-95 names).

use jiff::civil::Date;
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::time::{CalendarId, ShiftPatternId};

platform::id_type! {
    /// A department that a routing passes: SMT, Final Assembly.
    AreaId,
    /// A production line: the ISA-95 work center, capacity constrained.
    LineId,
    /// A work unit of a line.
    CellId,
    /// A machine, tool or fixture.
    EquipmentId,
}

const SECONDS_OF_A_DAY: i32 = 86_400;

/// A department that a routing passes: SMT, Final Assembly.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "areas", within = Plant, permission = "factory.area", unique(plant_id, code))]
pub struct Area {
    /// The record.
    pub id: AreaId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name; unique in the plant.
    #[record(search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// Order along the flow; equal numbers are parallel branches.
    #[record(min = 0, default = 0)]
    pub sequence: i32,
    /// Colour on the canvas.
    #[record(pattern = r"^#[0-9A-Fa-f]{6}$", example = "#2f6fb2")]
    pub color: Option<String>,
    /// Its calendar, where it differs from the plant's.
    pub calendar_id: Option<CalendarId>,
}

impl Rules for Area {}

/// A production line: the ISA-95 work center, capacity constrained.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "lines", within = Area, permission = "factory.line", unique(plant_id, name))]
pub struct Line {
    /// The record.
    pub id: LineId,
    /// The area it works for.
    pub area_id: AreaId,
    /// As people call it; unique in the plant.
    #[record(search, max_length = 200)]
    pub name: String,
    /// What kind of line it is.
    #[record(max_length = 200)]
    pub line_type: Option<String>,
    /// Time it can work on an operating day (s).
    #[record(min = 0, max = 86400, unit = "s/d", default = 0)]
    pub available_s_per_day: i32,
    /// Time it can work beyond that (s).
    #[record(min = 0, max = 86400, unit = "s/d", default = 0)]
    pub overtime_s_per_day: i32,
    /// Efficiency of capabilities that state none (%).
    #[record(decimals = 3, min = 0, max = 100, unit = "%", default = 100)]
    pub efficiency_pct: Decimal,
    /// Its calendar, where it differs from the area's.
    pub calendar_id: Option<CalendarId>,
    /// Its shifts, where they differ from the calendar's.
    pub shift_pattern_id: Option<ShiftPatternId>,
    /// Cost of opening it, for plans that choose.
    #[record(decimals = 2, min = 0, example = "1200")]
    pub opening_cost: Option<Decimal>,
    /// ISO 4217 of the cost.
    #[record(pattern = r"^[A-Z]{3}$", example = "EUR")]
    pub currency: Option<String>,
    /// Whether it is planned.
    #[record(default = true)]
    pub active: bool,
}

impl Rules for Line {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if self.available_s_per_day + self.overtime_s_per_day > SECONDS_OF_A_DAY {
            let both = self.available_s_per_day + self.overtime_s_per_day;
            wrong.push(FieldError::new(
                "/overtime_s_per_day",
                "too_large",
                format!("available time and overtime are {both} s together; a day has {SECONDS_OF_A_DAY} s"),
            ));
        }
        if self.opening_cost.is_some() && self.currency.is_none() {
            wrong.push(FieldError::new("/currency", "required", "a cost needs its currency, such as EUR"));
        }
        Ok(wrong)
    }
}

/// A work unit of a line.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "cells", within = Line, permission = "factory.cell", unique(line_id, name))]
pub struct Cell {
    /// The record.
    pub id: CellId,
    /// The line.
    #[record(immutable)]
    pub line_id: LineId,
    /// As people call it; unique on the line.
    #[record(search, max_length = 200)]
    pub name: String,
    /// Order along the line.
    #[record(min = 0, default = 0)]
    pub position: i32,
}

impl Rules for Cell {}

/// A machine, tool or fixture.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "equipment", within = Plant, permission = "factory.equipment", unique(plant_id, code))]
pub struct Equipment {
    /// The record.
    pub id: EquipmentId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Asset number; unique in the plant.
    #[record(search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// What it is.
    #[record(default = "machine")]
    pub category: EquipmentCategory,
    /// The line it stands at.
    pub line_id: Option<LineId>,
    /// The cell it stands in.
    pub cell_id: Option<CellId>,
    /// Who made it.
    #[record(max_length = 200)]
    pub manufacturer: Option<String>,
    /// The manufacturer's model.
    #[record(max_length = 200)]
    pub model: Option<String>,
    /// The manufacturer's serial number.
    #[record(search, max_length = 200)]
    pub serial_number: Option<String>,
    /// First day in use.
    pub commissioned_on: Option<Date>,
    /// Whether it is in use.
    #[record(default = true)]
    pub active: bool,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum EquipmentCategory {
    /// Machine.
    Machine,
    /// Tool.
    Tool,
    /// Fixture.
    Fixture,
    /// Gauge.
    Gauge,
    /// Vehicle.
    Vehicle,
    /// Other.
    Other,
}

impl Rules for Equipment {}
