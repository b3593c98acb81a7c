//! Every mistake, warning and note, with its place, capped so that a million bad rows stay readable.
//!
//! **Invariant:** the issues come out in one order whatever order they were found in: by severity, sheet, row, column, code.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;

use line_plan::{Issue, Severity};

/// Where something was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Index of the sheet in the workbook; nothing for the file as a whole.
    pub sheet: Option<usize>,
    /// Row as Excel counts.
    pub row: Option<u32>,
    /// Index of the column, from 0, and its heading.
    pub column: Option<(u32, String)>,
}

impl Place {
    pub(super) fn file() -> Place {
        Place { sheet: None, row: None, column: None }
    }

    pub(super) fn sheet(sheet: usize) -> Place {
        Place { sheet: Some(sheet), row: None, column: None }
    }

    pub(super) fn row(sheet: usize, row: u32) -> Place {
        Place { sheet: Some(sheet), row: Some(row), column: None }
    }
}

struct Found {
    severity: Severity,
    place: Place,
    code: &'static str,
    found: String,
    expected: String,
    message: String,
}

/// Something that happens in many rows of a column and is said once.
struct Tally {
    first: Place,
    found: String,
    expected: String,
    message: String,
    count: usize,
}

/// The collector.
pub(super) struct Findings {
    cap: usize,
    counts: HashMap<(SeverityRank, &'static str), usize>,
    found: Vec<Found>,
    tallies: BTreeMap<(SeverityRank, &'static str, Option<usize>, Option<u32>), Tally>,
    any_error: bool,
    sheets: Vec<String>,
}

/// Severity as a number: it is no map key itself.
type SeverityRank = u8;

fn rank(severity: Severity) -> SeverityRank {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    }
}

fn severity_of(rank: SeverityRank) -> Severity {
    match rank {
        0 => Severity::Error,
        1 => Severity::Warning,
        _ => Severity::Note,
    }
}

impl Findings {
    pub(super) fn new(cap: usize) -> Findings {
        Findings { cap, counts: HashMap::new(), found: Vec::new(), tallies: BTreeMap::new(), any_error: false, sheets: Vec::new() }
    }

    /// Tells the sheets' names, once they are known.
    pub(super) fn name_sheets(&mut self, sheets: Vec<String>) {
        self.sheets = sheets;
    }

    pub(super) fn any_error(&self) -> bool {
        self.any_error
    }

    pub(super) fn error(&mut self, code: &'static str, place: Place, found: impl Display, expected: impl Display, message: impl Display) {
        self.any_error = true;
        self.push(Severity::Error, code, place, &found, &expected, &message);
    }

    pub(super) fn warning(&mut self, code: &'static str, place: Place, found: impl Display, expected: impl Display, message: impl Display) {
        self.push(Severity::Warning, code, place, &found, &expected, &message);
    }

    pub(super) fn note(&mut self, code: &'static str, place: Place, found: impl Display, expected: impl Display, message: impl Display) {
        self.push(Severity::Note, code, place, &found, &expected, &message);
    }

    /// Counts something that may happen in every row of a column; it is said once, at the first row, with the count.
    pub(super) fn tally(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: Place,
        found: impl Display,
        expected: impl Display,
        message: impl Display,
    ) {
        let key = (rank(severity), code, place.sheet, place.column.as_ref().map(|column| column.0));
        match self.tallies.get_mut(&key) {
            Some(tally) => {
                tally.count += 1;
                if place.row < tally.first.row {
                    tally.first = place;
                    tally.found = clip(&found);
                    tally.message = message.to_string();
                }
            }
            None => {
                let tally =
                    Tally { first: place, found: clip(&found), expected: expected.to_string(), message: message.to_string(), count: 1 };
                self.tallies.insert(key, tally);
            }
        }
    }

    fn push(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: Place,
        found: &dyn Display,
        expected: &dyn Display,
        message: &dyn Display,
    ) {
        let count = self.counts.entry((rank(severity), code)).or_default();
        *count += 1;
        if *count <= self.cap {
            self.found.push(Found {
                severity,
                place,
                code,
                found: clip(found),
                expected: expected.to_string(),
                message: message.to_string(),
            });
        }
    }

    pub(super) fn into_issues(mut self) -> Vec<Issue> {
        for ((severity, code, ..), tally) in std::mem::take(&mut self.tallies) {
            let message =
                if tally.count == 1 { tally.message } else { format!("{} ({} such cells, this is the first)", tally.message, tally.count) };
            let found =
                Found { severity: severity_of(severity), place: tally.first, code, found: tally.found, expected: tally.expected, message };
            self.found.push(found);
        }
        let mut rests: Vec<_> = self.counts.iter().filter(|(_, count)| **count > self.cap).collect();
        rests.sort();
        let rests: Vec<Found> = rests
            .into_iter()
            .map(|((severity, code), count)| Found {
                severity: severity_of(*severity),
                place: Place { sheet: Some(usize::MAX), row: None, column: None },
                code,
                found: format!("{} more", count - self.cap),
                expected: String::new(),
                message: format!("{} more issues of this kind are not listed", count - self.cap),
            })
            .collect();
        self.found.extend(rests);
        self.found.sort_by(|a, b| {
            (rank(a.severity), &a.place, a.code, &a.found, &a.message).cmp(&(rank(b.severity), &b.place, b.code, &b.found, &b.message))
        });
        let sheets = self.sheets;
        self.found.into_iter().map(|found| issue(found, &sheets)).collect()
    }
}

fn issue(found: Found, sheets: &[String]) -> Issue {
    Issue {
        severity: found.severity,
        code: found.code.to_owned(),
        sheet: found.place.sheet.and_then(|sheet| sheets.get(sheet)).cloned().unwrap_or_default(),
        row: found.place.row,
        column: found.place.column.map(|(column, heading)| match heading.as_str() {
            "" => letter(column),
            heading => format!("{} ({heading})", letter(column)),
        }),
        found: found.found,
        expected: found.expected,
        message: found.message,
    }
}

/// A column's letter: 0 is A, 26 is AA.
pub(super) fn letter(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + (rest % 26) as u8);
        rest /= 26;
    }
    letters.reverse();
    letters.into_iter().map(char::from).collect()
}

/// What is shown of a cell: its beginning, on one line.
pub(super) fn clip(shown: &dyn Display) -> String {
    const MOST: usize = 120;
    let text = shown.to_string();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count_like_excel() {
        for (column, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letter(column), expected);
        }
    }

    #[test]
    fn the_cap_keeps_the_first_of_a_code_and_counts_the_rest() {
        let mut findings = Findings::new(2);
        findings.name_sheets(vec!["Lines".to_owned()]);
        for row in [5, 3, 9, 7] {
            findings.error("negative", Place::row(0, row), row, "0 or more", "message");
        }
        findings.note("other", Place::file(), "", "", "a note");
        let issues = findings.into_issues();
        let seen: Vec<_> = issues.iter().map(|issue| (issue.code.as_str(), issue.row, issue.found.as_str())).collect();
        assert_eq!(seen, [("negative", Some(3), "3"), ("negative", Some(5), "5"), ("negative", None, "2 more"), ("other", None, "")]);
    }
}
