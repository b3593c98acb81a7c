//! What was understood of a workbook and what is wrong with it, grouped by sheet, errors before warnings.

use std::collections::BTreeMap;
use std::path::Path;

use comfy_table::Cell;
use line_plan::figures::counted;
use line_plan::{Issue, Severity};
use workbook::Reading;

use super::{Look, heading, number, number_heading, tame};

/// The whole finding: sheets, then issues, then the verdict.
pub fn findings(path: &Path, reading: &Reading, look: Look) -> String {
    let mut text = look.title("Sheets");
    let mut table = look.table(vec![heading("Sheet"), heading("Taken for"), number_heading("Rows"), heading("Columns")]);
    for sheet in &reading.recognised {
        let taken_for = match (&sheet.meaning, &sheet.ignored) {
            (Some(meaning), _) => meaning.clone(),
            (None, Some(reason)) => format!("not used: {reason}"),
            (None, None) => "not used".to_owned(),
        };
        let columns: Vec<String> = sheet
            .columns
            .iter()
            .filter_map(|column| column.meaning.as_ref().map(|meaning| format!("{} {meaning}", column.letter)))
            .collect();
        let rows = if sheet.meaning.is_some() { sheet.rows.to_string() } else { String::new() };
        let columns = if columns.len() > 12 { format!("{}, …", columns[..12].join(", ")) } else { columns.join(", ") };
        table.add_row(vec![Cell::new(tame(&sheet.sheet)), Cell::new(tame(&taken_for)), number(rows), Cell::new(tame(&columns))]);
    }
    if !reading.recognised.is_empty() {
        text.push_str(&table.trim_fmt());
        text.push('\n');
    } else {
        text.clear();
    }
    text.push('\n');
    text.push_str(&issues(path, &reading.issues, look));
    text.push('\n');
    text
}

/// Every issue, and how many there are.
pub fn issues(path: &Path, issues: &[Issue], look: Look) -> String {
    let mut text = format!("{}: {}\n", path.display(), verdict(issues));
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings"), (Severity::Note, "Notes")] {
        let mut by_sheet: BTreeMap<&str, Vec<&Issue>> = BTreeMap::new();
        for issue in issues.iter().filter(|issue| issue.severity == severity) {
            by_sheet.entry(&issue.sheet).or_default().push(issue);
        }
        if by_sheet.is_empty() {
            continue;
        }
        text.push_str(&look.title(title));
        for (sheet, found) in by_sheet {
            let name = if sheet.is_empty() { "The file".to_owned() } else { format!("Sheet {}", tame(sheet)) };
            text.push_str(&format!("  {name}\n"));
            found.into_iter().for_each(|issue| text.push_str(&line(issue, look)));
        }
    }
    text.trim_end().to_owned()
}

fn line(issue: &Issue, look: Look) -> String {
    let place = match (issue.row, &issue.column) {
        (Some(row), Some(column)) => format!("row {row}, {}: ", tame(column)),
        (Some(row), None) => format!("row {row}: "),
        (None, Some(column)) => format!("{}: ", tame(column)),
        (None, None) => String::new(),
    };
    let (found, expected) = (tame(&issue.found), tame(&issue.expected));
    // A note wants nothing of anybody; what was found is said once, and a message that asks back has said what is expected.
    let told = match (issue.severity, issue.row, issue.message.contains(&issue.found)) {
        (Severity::Note, ..) | (_, None, _) => String::new(),
        (_, _, true) if issue.message.ends_with('?') => String::new(),
        (_, _, true) => format!("; expected {expected}"),
        (_, _, false) => format!("; found {found}, expected {expected}"),
    };
    look.paragraph(&format!("{place}{}{told}", tame(&issue.message)), "    ", "      ")
}

fn verdict(issues: &[Issue]) -> String {
    let count = |severity| issues.iter().filter(|issue| issue.severity == severity).count();
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "can be planned".to_owned(),
        (0, warnings) => format!("can be planned; {}", counted(warnings, "warning")),
        (errors, 0) => format!("cannot be planned; {}", counted(errors, "error")),
        (errors, warnings) => format!("cannot be planned; {}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}
