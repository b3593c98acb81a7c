//! Terminals and work instructions as declared records.

use factory::items::ItemId;
use factory::places::{AreaId, LineId};
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// A shared device on the shop floor.
    TerminalId,
    /// That a terminal stands at a line.
    TerminalLineId,
    /// How something is done, step by step.
    WorkInstructionId,
    /// One step of an instruction.
    InstructionStepId,
}

/// A shared device on the shop floor.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "terminals", within = Plant, permission = "production.terminal", unique(plant_id, code))]
pub struct Terminal {
    /// The record.
    pub id: TerminalId,
    /// The plant it stands in.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name; unique in the plant.
    #[record(search, max_length = 100, example = "T-SMT-1")]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200, example = "Terminal at SMT 1")]
    pub name: String,
    /// Whether it is in use.
    #[record(default = true)]
    pub active: bool,
}

impl Rules for Terminal {}

/// That a terminal stands at a line.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "terminal_lines", within = Terminal, permission = "production.terminal_line", label = "line_id", unique(terminal_id, line_id))]
pub struct TerminalLine {
    /// The record.
    pub id: TerminalLineId,
    /// The terminal.
    #[record(immutable)]
    pub terminal_id: TerminalId,
    /// The line.
    #[record(immutable)]
    pub line_id: LineId,
}

impl Rules for TerminalLine {}

/// How something is done, step by step. Every item and place named must fit.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "work_instructions", within = Plant, permission = "production.work_instruction", unique(plant_id, code))]
pub struct WorkInstruction {
    /// The record.
    pub id: WorkInstructionId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// Short name with its revision; unique in the plant.
    #[record(search, max_length = 100, example = "WI-INV-48-B")]
    pub code: String,
    /// As people call it.
    #[record(search, max_length = 200, example = "Fit the heat sink")]
    pub name: String,
    /// For this item.
    pub item_id: Option<ItemId>,
    /// For steps in this area.
    pub area_id: Option<AreaId>,
    /// At this line.
    pub line_id: Option<LineId>,
    /// Whether it is shown.
    #[record(default = true)]
    pub active: bool,
}

impl Rules for WorkInstruction {}

/// One step of an instruction.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "instruction_steps", within = WorkInstruction, permission = "production.instruction_step", label = "text",
    unique(work_instruction_id, position))]
pub struct InstructionStep {
    /// The record.
    pub id: InstructionStepId,
    /// The instruction.
    #[record(immutable)]
    pub work_instruction_id: WorkInstructionId,
    /// Its place.
    #[record(min = 1, example = 10)]
    pub position: i32,
    /// What is to be done.
    #[record(search, max_length = 4000, example = "Tighten the four screws crosswise")]
    pub text: String,
    /// A picture of it: a file.
    #[record(max_length = 36, pattern = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub file_id: Option<String>,
    /// What is asked back.
    #[record(default = "text")]
    pub kind: StepKind,
    /// Whether the job is not finished without it.
    #[record(default = false)]
    pub required: bool,
    /// The least value that is right.
    #[record(decimals = 6)]
    pub min: Option<Decimal>,
    /// The greatest value that is right.
    #[record(decimals = 6)]
    pub max: Option<Decimal>,
    /// The value's unit.
    #[record(max_length = 20, example = "N·m")]
    pub unit: Option<String>,
}

/// What a step asks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Nothing.
    Text,
    /// A value.
    Value,
    /// A photo.
    Photo,
    /// A sign-off.
    Signoff,
}

impl Rules for InstructionStep {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if let (Some(min), Some(max)) = (self.min, self.max)
            && max < min
        {
            wrong.push(FieldError::new("/max", "too_small", format!("expected {} or more, which is the least", min.normalize())));
        }
        if self.kind != StepKind::Value && (self.min.is_some() || self.max.is_some()) {
            wrong.push(FieldError::new("/kind", "not_a_value", "only a value has limits"));
        }
        Ok(wrong)
    }
}
