//! Terminals: what a shared device on the shop floor needs to work without a connection, and what it sends when it has one again.
//!
//! **Invariant:** what a terminal sends is kept, with what became of it; nothing is dropped without a word.
//! **Invariant:** it is carried out once, in the order in which the device did it, each action by itself.

pub mod andon;
mod apply;
pub mod clock;
pub mod conflicts;
pub mod escalation;
pub(crate) mod http;
pub mod record;
pub mod sync;
pub mod work;

use platform::resource::{Kind, Record};

/// The kinds of record of terminals.
pub fn kinds() -> Vec<&'static Kind> {
    vec![
        record::Terminal::kind(),
        record::TerminalLine::kind(),
        record::WorkInstruction::kind(),
        record::InstructionStep::kind(),
        escalation::AndonStep::kind(),
    ]
}
