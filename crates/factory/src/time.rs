//! When work is done: shift patterns, shifts, calendars, holidays.

use jiff::civil::Date;
use platform::ids::PlantId;
use platform::resource::{Record, Rules, Sight};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// Which shifts are worked on an operating day.
    ShiftPatternId,
    /// One shift of a pattern.
    ShiftId,
    /// Which days a plant, an area or a line works.
    CalendarId,
    /// A day that differs from the calendar's rule.
    HolidayId,
}

/// Which shifts are worked on an operating day.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "shift_patterns", within = Plant, permission = "factory.shift_pattern", unique(plant_id, code))]
pub struct ShiftPattern {
    /// The record.
    pub id: ShiftPatternId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name; unique in the plant.
    #[record(search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// What else there is to say.
    #[record(max_length = 2000)]
    pub description: Option<String>,
}

impl Rules for ShiftPattern {}

/// One shift of a pattern.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "shifts", within = ShiftPattern, permission = "factory.shift", unique(shift_pattern_id, name))]
pub struct Shift {
    /// The record.
    pub id: ShiftId,
    /// The pattern it belongs to.
    #[record(immutable)]
    pub shift_pattern_id: ShiftPatternId,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// Local time of the plant, 24 h: 06:00.
    #[record(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "06:00")]
    pub starts_at: String,
    /// From start to end, breaks included (min).
    #[record(min = 1, max = 1440, unit = "min", example = 480)]
    pub duration_min: i32,
    /// Breaks in it (min).
    #[record(min = 0, unit = "min", default = 0)]
    pub break_min: i32,
    /// ISO weekdays it is worked: 12345 is Monday to Friday.
    #[record(pattern = r"^1?2?3?4?5?6?7?$", example = "12345", default = "1234567")]
    pub weekdays: String,
}

impl Rules for Shift {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if self.break_min >= self.duration_min {
            wrong.push(FieldError::new(
                "/break_min",
                "too_large",
                format!("breaks must be shorter than the shift's {} min", self.duration_min),
            ));
        }
        if self.weekdays.is_empty() {
            wrong.push(FieldError::new("/weekdays", "required", "name at least one weekday: 1 is Monday, 7 is Sunday"));
        }
        Ok(wrong)
    }
}

/// Which days a plant, an area or a line works.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "calendars", within = Plant, permission = "factory.calendar", unique(plant_id, code))]
pub struct Calendar {
    /// The record.
    pub id: CalendarId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name; unique in the plant.
    #[record(search, max_length = 100)]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200)]
    pub name: String,
    /// The pattern worked on its days.
    pub shift_pattern_id: Option<ShiftPatternId>,
    /// Operating days of a year, for yearly plans.
    #[record(min = 0, max = 366, default = 240)]
    pub operating_days_per_year: i16,
    /// ISO weekdays it works: 12345 is Monday to Friday.
    #[record(pattern = r"^1?2?3?4?5?6?7?$", example = "12345", default = "12345")]
    pub weekdays: String,
}

impl Rules for Calendar {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        if self.weekdays.is_empty() {
            return Ok(vec![FieldError::new("/weekdays", "required", "name at least one weekday: 1 is Monday, 7 is Sunday")]);
        }
        Ok(Vec::new())
    }
}

/// A day that differs from the calendar's rule.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "holidays", within = Calendar, permission = "factory.holiday", unique(calendar_id, on_date))]
pub struct Holiday {
    /// The record.
    pub id: HolidayId,
    /// The calendar.
    #[record(immutable)]
    pub calendar_id: CalendarId,
    /// The day.
    pub on_date: Date,
    /// Why.
    #[record(search, max_length = 200)]
    pub name: String,
    /// Whether it is worked although the rule says no; else it is not although the rule says yes.
    #[record(default = false)]
    pub works: bool,
}

impl Rules for Holiday {}
