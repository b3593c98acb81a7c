//! Shift patterns on offer, as they stand in a line's cell: `2x8 = 15.5; 3x8 = 21.17 @ 40`, name, hours per day and, if it has one, cost.
//!
//! **Invariant:** a cell without `=` is a remark, as planners write it, and offers nothing.

use super::findings::Findings;
use super::numbers::{Nature, Separators, parse};
use super::table::Table;
use super::vocabulary::Field;

/// A pattern before its line has an index.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PatternDraft {
    pub name: String,
    pub hours_per_day: f64,
    pub cost: Option<f64>,
}

/// The patterns that a row offers; every mistake in them is an error, and the pattern is left out.
pub(super) fn read_patterns(table: &Table<'_>, row: usize, findings: &mut Findings) -> Vec<PatternDraft> {
    let Ok(Some(text)) = table.text(row, Field::ShiftPattern, findings) else { return Vec::new() };
    let mut patterns: Vec<PatternDraft> = Vec::new();
    for entry in text.split([';', '\n', '|']).map(str::trim).filter(|entry| entry.contains('=')) {
        match pattern(entry) {
            Some(found) if patterns.iter().any(|other| other.name == found.name) => {
                let message = format_args!("the shift pattern '{}' is offered twice", found.name);
                findings.error("duplicate", table.place(row, Field::ShiftPattern), entry, "each pattern once", message);
            }
            Some(found) => patterns.push(found),
            None => {
                let message = format_args!("'{entry}' is no shift pattern");
                let expected = "name = hours per day, and @ cost if it has one, e.g. 3x8 = 21.17 @ 40";
                findings.error("shift_pattern", table.place(row, Field::ShiftPattern), entry, expected, message);
            }
        }
    }
    patterns
}

fn pattern(entry: &str) -> Option<PatternDraft> {
    let (name, rest) = entry.split_once('=')?;
    let (hours, cost) = rest.split_once('@').map_or((rest, None), |(hours, cost)| (hours, Some(cost)));
    let hours = hours.trim().trim_end_matches(['h', 'H']);
    let hours_per_day = number(hours).filter(|hours| *hours <= 24.0 + 1e-9)?;
    let cost = match cost {
        None => None,
        Some(cost) => Some(number(cost)?),
    };
    let name = name.trim();
    (!name.is_empty()).then(|| PatternDraft { name: name.to_owned(), hours_per_day, cost })
}

fn number(text: &str) -> Option<f64> {
    let read = parse(text.trim(), Separators::default(), Nature::Measure)?;
    (read.value.is_finite() && read.value >= 0.0 && !read.percent).then_some(read.value)
}
