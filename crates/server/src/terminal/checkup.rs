//! What the doctor found, as a person reads it.

use std::fmt::Write;

use super::Look;
use crate::commands::doctor::{Finding, Level};

/// A line for each finding, what to do beneath it, and the sum of it all.
pub fn checkup(findings: &[Finding], look: Look) -> String {
    let mut text = String::new();
    let width = findings.iter().map(|finding| finding.check.len()).max().unwrap_or(0);
    for finding in findings {
        let (word, colour) = match finding.level {
            Level::Ok => ("ok     ", "32"),
            Level::Skipped => ("skipped", "2"),
            Level::Warning => ("warning", "33"),
            Level::Failure => ("FAILURE", "31"),
        };
        let word = if look.colour { format!("\u{1b}[{colour}m{word}\u{1b}[0m") } else { word.to_owned() };
        let indent = 9 + width + 2;
        let _ = writeln!(text, "{word}  {:<width$}  {}", finding.check, wrapped(&finding.found, look, indent));
        if let Some(advice) = &finding.advice {
            let _ = writeln!(text, "{:indent$}→ {}", "", wrapped(advice, look, indent + 2));
        }
    }
    let count = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let (failures, warnings, skipped) = (count(Level::Failure), count(Level::Warning), count(Level::Skipped));
    let sum = format!("{failures} failures, {warnings} warnings, {skipped} skipped, {} in order", count(Level::Ok));
    let _ = writeln!(text, "\n{}", look.bold(&sum));
    text
}

/// Broken at spaces to fit, further lines indented.
fn wrapped(text: &str, look: Look, indent: usize) -> String {
    let room = usize::from(look.width).saturating_sub(indent).max(30);
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join(&format!("\n{:indent$}", ""))
}
