//! What a file brings into a plant, on the terminal: counts by kind, issues, the verdict; and how far it is.

use std::io::IsTerminal;

use comfy_table::Cell;
use indicatif::{ProgressBar, ProgressStyle};
use line_plan::figures::counted;
use line_plan::{Issue, Severity};
use serde_json::Value;
use uuid::Uuid;

use super::{Look, heading, number, number_heading, tame};

/// A bar on standard error, where somebody is watching; gone when it is dropped.
pub struct Shares(Option<ProgressBar>);

impl Shares {
    /// Begins at nothing done.
    pub fn start() -> Shares {
        if !std::io::stderr().is_terminal() {
            return Shares(None);
        }
        let bar = ProgressBar::new(1_000);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent} % {msg} {elapsed}") {
            bar.set_style(style);
        }
        Shares(Some(bar))
    }

    /// How much is done, 0 to 1, and what is being done.
    pub fn say(&self, share: f64, doing: &str) {
        if let Some(bar) = &self.0 {
            bar.set_position((share.clamp(0.0, 1.0) * 1_000.0) as u64);
            bar.set_message(doing.to_owned());
        }
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Issues of a severity that are shown; the JSON has them all.
const MOST_SHOWN: usize = 50;
const COLUMNS: [(&str, &str); 5] =
    [("created", "New"), ("updated", "Changed"), ("restored", "Back in use"), ("unchanged", "As they were"), ("left", "Left")];

/// What came of an import.
#[allow(clippy::too_many_arguments, reason = "each is a part of the sentence or the table")]
pub fn import_outcome(look: Look, state: &str, file: &str, plant: &str, counts: &Value, issues: &[Issue], import: Uuid) -> String {
    let mut text = String::new();
    if let Some(kinds) = counts["changes"].as_object().filter(|kinds| !kinds.is_empty()) {
        let headings = COLUMNS.map(|(_, title)| number_heading(title));
        let mut table = look.table(std::iter::once(heading("Records")).chain(headings).collect());
        for (kind, of) in kinds {
            let count = |what: &str| of[what].as_u64().map_or_else(String::new, |count| count.to_string());
            let cells = COLUMNS.map(|(what, _)| number(count(what)));
            table.add_row(std::iter::once(Cell::new(kind.replace('_', " "))).chain(cells).collect::<Vec<_>>());
        }
        text.push_str(&table.trim_fmt());
        text.push_str("\n\n");
    }
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings")] {
        let found: Vec<&Issue> = issues.iter().filter(|issue| issue.severity == severity).collect();
        if found.is_empty() {
            continue;
        }
        text.push_str(look.title(title).trim_start_matches('\n'));
        for issue in found.iter().take(MOST_SHOWN) {
            text.push_str(&look.paragraph(&format!("{}{}", place(issue), tame(&issue.message)), "  ", "    "));
        }
        if found.len() > MOST_SHOWN {
            text.push_str(&format!("  and {} more; --json lists them all\n", found.len() - MOST_SHOWN));
        }
        text.push('\n');
    }
    let errors = issues.iter().filter(|issue| issue.severity == Severity::Error).count();
    let verdict = match state {
        "committed" => format!("{} is imported into {plant}; undo it as import {import}", tame(file)),
        "dry_run" => format!("{} can be imported into {plant}; nothing was changed", tame(file)),
        _ => format!("{} has {} and nothing was changed", tame(file), counted(errors, "error")),
    };
    text.push_str(&verdict);
    text.push('\n');
    text
}

fn place(issue: &Issue) -> String {
    let sheet = if issue.sheet.is_empty() { String::new() } else { tame(&issue.sheet).to_string() };
    let parts = [
        Some(sheet).filter(|sheet| !sheet.is_empty()),
        issue.row.map(|row| format!("row {row}")),
        issue.column.as_ref().map(|column| tame(column).to_string()),
    ];
    let place = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if place.is_empty() { place } else { format!("{place}: ") }
}
