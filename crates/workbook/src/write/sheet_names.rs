//! Sheet names that Excel accepts, made from names that users chose.
//!
//! **Invariant:** every name handed out is legal (1 to 31 UTF-16 units, none of `[ ] : * ? / \`, no apostrophe at either end,
//! not `History`) and differs from all earlier ones in more than case.

use std::collections::BTreeSet;

const LONGEST: usize = 31;

/// Hands out sheet names for one workbook.
#[derive(Default)]
pub(super) struct SheetNames {
    taken: BTreeSet<String>,
}

impl SheetNames {
    /// The nearest legal name to the wanted one that is still free.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let legal = legal(wanted);
        let mut name = legal.clone();
        let mut number = 2;
        while !self.taken.insert(name.to_lowercase()) {
            let suffix = format!(" ({number})");
            name = clip(&legal, LONGEST - suffix.len()).trim_end().to_owned() + &suffix;
            number += 1;
        }
        name
    }
}

fn legal(wanted: &str) -> String {
    let replaced: String = wanted
        .chars()
        .map(|c| match c {
            '[' => '(',
            ']' => ')',
            ':' | '*' | '?' | '/' | '\\' => '-',
            c if c.is_control() => ' ',
            '\u{FFFE}' | '\u{FFFF}' => '-',
            c => c,
        })
        .collect();
    let words = replaced.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = clip(&words, LONGEST).trim_matches(|c: char| c == '\'' || c == ' ').to_owned();
    match name.to_lowercase().as_str() {
        "" => "Sheet".to_owned(),
        "history" => name + "-",
        _ => name,
    }
}

/// The longest beginning of at most so many UTF-16 units.
fn clip(text: &str, longest: usize) -> &str {
    let mut length = 0;
    for (at, c) in text.char_indices() {
        length += c.len_utf16();
        if length > longest {
            return &text[..at];
        }
    }
    text
}

/// The name as formulas quote it.
pub(super) fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_legal_and_stay_distinct() {
        let mut names = SheetNames::default();
        assert_eq!(names.take("SMT"), "SMT");
        assert_eq!(names.take("smt"), "smt (2)");
        assert_eq!(names.take("Final\r\nAssembly / Test: [A]"), "Final Assembly - Test- (A)");
        assert_eq!(names.take("'O'Brien'"), "O'Brien");
        assert_eq!(names.take("History"), "History-");
        assert_eq!(names.take("  "), "Sheet");
        let long = "An area whose name is far longer than Excel allows";
        let first = names.take(long);
        let second = names.take(long);
        assert_eq!(first.encode_utf16().count(), 31);
        assert!(second.ends_with(" (2)") && second.encode_utf16().count() <= 31, "{second}");
        assert!(names.take(&"\u{1F3ED}".repeat(40)).encode_utf16().count() <= 31);
    }

    #[test]
    fn quoting_doubles_apostrophes() {
        assert_eq!(quoted("O'Brien"), "'O''Brien'");
    }
}
