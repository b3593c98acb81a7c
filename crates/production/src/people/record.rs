//! Crews, operators, skills and calendars in detail as declared records.

use factory::items::{ItemId, ordered};
use factory::places::{AreaId, EquipmentId, LineId};
use factory::time::{ShiftId, ShiftPatternId};
use jiff::Timestamp;
use jiff::civil::Date;
use platform::ids::{PlantId, UserId};
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// People who work together in one shift.
    CrewId,
    /// Somebody who works at lines.
    OperatorId,
    /// Something one has to be able to do.
    SkillId,
    /// That somebody has a skill, and until when that counts.
    QualificationId,
    /// Where a skill is needed.
    SkillRequirementId,
    /// That jobs need a tool.
    ToolRequirementId,
    /// Days on which somebody is not there.
    AbsenceId,
    /// What one shift tells the next.
    HandoverNoteId,
    /// When a shift rests.
    ShiftBreakId,
    /// Hours that differ from the calendar.
    CalendarExceptionId,
}

/// People who work together in one shift.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "crews", within = Plant, permission = "production.crew", unique(plant_id, code))]
pub struct Crew {
    /// The record.
    pub id: CrewId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name; unique in the plant.
    #[record(search, max_length = 100, example = "A")]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200, example = "Crew A")]
    pub name: String,
    /// The shifts it works.
    pub shift_pattern_id: Option<ShiftPatternId>,
}

impl Rules for Crew {}

/// Somebody who works at lines; on a shared terminal without an account of their own.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "operators", within = Plant, permission = "production.operator", unique(plant_id, code))]
pub struct Operator {
    /// The record.
    pub id: OperatorId,
    /// The plant they work at.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// The badge; unique in the plant.
    #[record(search, max_length = 100, example = "B-1047", title = "Badge")]
    pub code: String,
    /// As people call them.
    #[record(search, max_length = 200, example = "Inês Duarte")]
    pub name: String,
    /// Their account, if they have one.
    pub user_id: Option<UserId>,
    /// Their crew.
    pub crew_id: Option<CrewId>,
    /// Whether they work here.
    #[record(default = true)]
    pub active: bool,
}

impl Rules for Operator {}

/// Something one has to be able to do: solder to IPC-A-610, drive a forklift.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "skills", within = Plant, permission = "production.skill", unique(plant_id, code))]
pub struct Skill {
    /// The record.
    pub id: SkillId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name; unique in the plant.
    #[record(search, max_length = 100, example = "IPC-610")]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200, example = "Solder joints to IPC-A-610")]
    pub name: String,
    /// What else there is to say.
    #[record(max_length = 2000)]
    pub description: Option<String>,
}

impl Rules for Skill {}

/// That somebody has a skill, and until when that counts.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "qualifications", within = Operator, permission = "production.qualification", unique(operator_id, skill_id))]
pub struct Qualification {
    /// The record.
    pub id: QualificationId,
    /// Who.
    #[record(immutable)]
    pub operator_id: OperatorId,
    /// Which skill.
    pub skill_id: SkillId,
    /// First day it counts.
    #[record(example = "2026-03-01")]
    pub valid_from: Date,
    /// Last day it counts; none where it does not end.
    pub valid_until: Option<Date>,
    /// Where the proof is: a certificate's number, a training.
    #[record(max_length = 500)]
    pub evidence: Option<String>,
}

impl Rules for Qualification {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        Ok(ordered("/valid_until", Some(self.valid_from), self.valid_until))
    }
}

/// Where a skill is needed: every place and item named must fit; none named means everywhere in the plant.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "skill_requirements", within = Plant, permission = "production.skill_requirement", label = "skill_id")]
pub struct SkillRequirement {
    /// The record.
    pub id: SkillRequirementId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Which skill.
    pub skill_id: SkillId,
    /// At this line.
    pub line_id: Option<LineId>,
    /// In this area.
    pub area_id: Option<AreaId>,
    /// For this item.
    pub item_id: Option<ItemId>,
}

impl Rules for SkillRequirement {}

/// That jobs need a tool, of which there is one: a stencil, a mould.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "tool_requirements", within = Plant, permission = "production.tool_requirement", label = "equipment_id")]
pub struct ToolRequirement {
    /// The record.
    pub id: ToolRequirementId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// The tool.
    pub equipment_id: EquipmentId,
    /// Only for steps in this area.
    pub area_id: Option<AreaId>,
    /// Only for this item.
    pub item_id: Option<ItemId>,
}

impl Rules for ToolRequirement {}

/// Days on which somebody is not there.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "absences", within = Operator, permission = "production.absence", label = "starts_on")]
pub struct Absence {
    /// The record.
    pub id: AbsenceId,
    /// Who.
    #[record(immutable)]
    pub operator_id: OperatorId,
    /// First day.
    #[record(example = "2026-12-21")]
    pub starts_on: Date,
    /// Last day.
    #[record(example = "2026-12-31")]
    pub ends_on: Date,
    /// Of what kind; never of what illness.
    #[record(default = "leave")]
    pub category: AbsenceCategory,
}

/// Of what kind an absence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceCategory {
    /// Holidays and free days.
    Leave,
    /// Illness.
    Sick,
    /// Training.
    Training,
    /// Other.
    Other,
}

impl Rules for Absence {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        Ok(ordered("/ends_on", Some(self.starts_on), Some(self.ends_on)))
    }
}

/// What one shift tells the next.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "handover_notes", within = Plant, permission = "production.handover_note", label = "text")]
pub struct HandoverNote {
    /// The record.
    pub id: HandoverNoteId,
    /// The plant it is about.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// What there is to say.
    #[record(search, max_length = 4000, example = "Feeder 12 jams with reels of lot 4711; use the spare one.")]
    pub text: String,
    /// What it is about.
    #[record(default = "note")]
    pub category: HandoverCategory,
    /// The day of the shift that says it.
    #[record(example = "2026-11-21")]
    pub on_date: Date,
    /// The area it is about.
    pub area_id: Option<AreaId>,
    /// The line it is about.
    pub line_id: Option<LineId>,
    /// The shift that says it.
    pub shift_id: Option<ShiftId>,
    /// Whether it is settled.
    #[record(default = false)]
    pub done: bool,
}

/// What a hand-over note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum HandoverCategory {
    /// Anything.
    Note,
    /// Safety.
    Safety,
    /// Quality.
    Quality,
    /// A machine.
    Machine,
    /// Material.
    Material,
}

impl Rules for HandoverNote {}

/// When a shift rests. Where none is said, the minutes that the shift rests are in its middle.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "shift_breaks", within = Shift, permission = "production.shift_break", unique(shift_id, after_min))]
pub struct ShiftBreak {
    /// The record.
    pub id: ShiftBreakId,
    /// The shift.
    #[record(immutable)]
    pub shift_id: ShiftId,
    /// As people call it.
    #[record(max_length = 200, example = "Lunch")]
    pub name: String,
    /// From the start of the shift (min).
    #[record(min = 0, max = 1439, unit = "min", example = 240)]
    pub after_min: i32,
    /// How long (min).
    #[record(min = 1, max = 480, unit = "min", example = 30)]
    pub duration_min: i32,
}

impl Rules for ShiftBreak {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let organization = sight.tx.caller().organization;
        let sql = "select duration_min from shifts where organization_id = $1 and id = $2";
        let Some(row) = sight.tx.query_opt(sql, &[&organization, &self.shift_id]).await? else { return Ok(Vec::new()) };
        let shift: i32 = row.get(0);
        if self.after_min + self.duration_min <= shift {
            return Ok(Vec::new());
        }
        let detail = format!("the break would end after the shift, which has {shift} min");
        Ok(vec![FieldError::new("/duration_min", "too_large", detail)])
    }
}

/// Hours that differ from the calendar: planned maintenance, a works meeting, overtime.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "calendar_exceptions", within = Plant, permission = "production.calendar_exception")]
pub struct CalendarException {
    /// The record.
    pub id: CalendarExceptionId,
    /// The plant it is about.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Why.
    #[record(search, max_length = 200, example = "Oven maintenance")]
    pub name: String,
    /// Only this line.
    pub line_id: Option<LineId>,
    /// Only lines of this area.
    pub area_id: Option<AreaId>,
    /// From then.
    #[record(example = "2026-11-24T06:00:00Z")]
    pub starts_at: Timestamp,
    /// Until then.
    #[record(example = "2026-11-24T14:00:00Z")]
    pub ends_at: Timestamp,
    /// Whether it is worked although the calendar says no; else it is not although the calendar says yes.
    #[record(default = false)]
    pub works: bool,
}

impl Rules for CalendarException {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let is_backwards = self.ends_at <= self.starts_at;
        let wrong = || FieldError::new("/ends_at", "too_early", format!("expected a time after {}", self.starts_at));
        Ok(is_backwards.then(wrong).into_iter().collect())
    }
}
