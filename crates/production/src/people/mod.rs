//! People and their time: crews, operators, what they are qualified for, when lines work, who worked on what.
//!
//! **Invariant:** nobody starts a job they are not qualified for, whoever asks for them.
//! **Invariant:** a shift's working time is what its breaks, its calendar's days and the exceptions leave, in the plant's own clock.

pub mod calendar;
pub(crate) mod http;
pub mod labour;
pub mod pins;
pub mod qualified;
pub mod record;
pub mod working_time;

use platform::resource::{Kind, Record};

/// The kinds of record of people and their time.
pub fn kinds() -> Vec<&'static Kind> {
    vec![
        record::Crew::kind(),
        record::Operator::kind(),
        record::Skill::kind(),
        record::Qualification::kind(),
        record::SkillRequirement::kind(),
        record::ToolRequirement::kind(),
        record::Absence::kind(),
        record::HandoverNote::kind(),
        record::ShiftBreak::kind(),
        record::CalendarException::kind(),
    ]
}
