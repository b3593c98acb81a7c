//! The plan that the plant works by, read from the JSON that an earlier run wrote.
//!
//! **Invariant:** nothing of it is dropped silently: what the workbook does not know is a warning, and in a frozen period an error.

use std::path::Path;

use line_plan::{Issue, Problem, ReleasedDocument, Severity, UnknownReleased, figures};

use crate::files;
use crate::outcome::Failure;

/// Largest file that is read (bytes).
const MOST_BYTES: u64 = 1 << 30;

/// Puts the released amounts into the problem; answers what the problem does not know of them.
pub fn put(path: &Path, problem: &mut Problem) -> Result<Vec<UnknownReleased>, Failure> {
    let bytes = files::read_input(path, MOST_BYTES)?;
    let refuse = |reason: String| Failure::refused(format!("{} is no released plan: {reason}", path.display()));
    let document: ReleasedDocument = serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
    if let Some(defect) = document.defect() {
        return Err(refuse(defect));
    }
    let (released, unknown) = document.matched(problem);
    if released.is_empty() {
        return Err(refuse("the workbook knows nothing of what it makes".to_owned()));
    }
    problem.released = released;
    Ok(unknown)
}

/// What is unknown outside the frozen periods counts for nothing, and is said.
///
/// # Errors
/// All that is unknown inside them: it could not be kept.
pub fn judge(path: &Path, unknown: Vec<UnknownReleased>, problem: &Problem, frozen: usize) -> Result<Vec<Issue>, Failure> {
    let in_scope = |u: &UnknownReleased| {
        let plant = problem.plants().iter().any(|plant| plant.trim().eq_ignore_ascii_case(u.plant.trim()));
        plant && problem.periods.iter().take(frozen).any(|period| period.name.eq_ignore_ascii_case(u.period.trim()))
    };
    let lost: Vec<String> = unknown.iter().filter(|u| in_scope(u)).map(sentence).collect();
    if !lost.is_empty() {
        let reasons = lost.join("\n  ");
        return Err(Failure::refused(format!("{}: frozen periods cannot be kept:\n  {reasons}", path.display())));
    }
    Ok(by_name(unknown).iter().map(issue).collect())
}

/// The same thing in several periods is one finding.
fn by_name(unknown: Vec<UnknownReleased>) -> Vec<UnknownReleased> {
    let mut told: Vec<UnknownReleased> = Vec::new();
    for entry in unknown {
        match told.iter_mut().find(|other| other.what == entry.what) {
            Some(other) => {
                other.units += entry.units;
                if !other.period.split(", ").any(|period| period == entry.period) {
                    other.period = format!("{}, {}", other.period, entry.period);
                }
            }
            None => told.push(entry),
        }
    }
    told
}

fn sentence(unknown: &UnknownReleased) -> String {
    let UnknownReleased { what, period, units, .. } = unknown;
    format!("the workbook has no {what}, for which {} units are released in {period}", figures::units(*units))
}

fn issue(unknown: &UnknownReleased) -> Issue {
    Issue {
        severity: Severity::Warning,
        code: "released_unknown".to_owned(),
        sheet: String::new(),
        row: None,
        column: None,
        found: unknown.what.clone(),
        expected: "a name of the workbook".to_owned(),
        message: format!("Released plan: {}; they count for nothing.", sentence(unknown)),
    }
}
