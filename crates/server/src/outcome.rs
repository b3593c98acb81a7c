//! How a command ends.

use std::process::ExitCode;

/// The exit codes of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Done (0).
    Done,
    /// The input or an output was refused (1).
    Refused,
    /// The command was used wrongly (2).
    Usage,
    /// A limit was reached; there is an answer, without proof that it is the best (3).
    LimitReached,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(match outcome {
            Outcome::Done => 0,
            Outcome::Refused => 1,
            Outcome::Usage => 2,
            Outcome::LimitReached => 3,
        })
    }
}

/// Why a command gave up, in words for the person at the keyboard.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub outcome: Outcome,
    /// What happened and what to do; empty when it was said already.
    pub message: String,
}

impl Failure {
    /// The input or an output cannot be used.
    pub fn refused(message: impl Into<String>) -> Failure {
        Failure { outcome: Outcome::Refused, message: message.into() }
    }

    /// The command line asks for what does not exist.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { outcome: Outcome::Usage, message: message.into() }
    }
}
