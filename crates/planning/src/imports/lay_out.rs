//! The rows of a file laid out as what is to be said of records: new ones with identifiers of their own, those that are there by theirs.
//!
//! What a sheet has no column for is not said, so that a file changes nothing it does not speak of; an empty cell erases nothing either.
//!
//! **Invariant:** laying out is pure: contents, what is there and identifiers in, intentions out.
//! **Invariant:** an intention refers to records that are there or to earlier intentions only.

mod make;
mod places;
mod products;

use std::collections::HashMap;

use line_plan::{Issue, Severity};
use serde_json::{Map, Value};
use uuid::Uuid;
use workbook::{At, Contents};

use super::present::{Present, Stored, id};

/// What is to be said of a record.
#[derive(Debug, Clone)]
pub struct Intended {
    /// The kind: `line`.
    pub kind: &'static str,
    /// The record.
    pub id: Uuid,
    /// It is not there yet.
    pub is_new: bool,
    /// What people call it.
    pub label: String,
    /// Its members, as far as they are said.
    pub body: Map<String, Value>,
    /// The row that speaks of it; nothing for what follows from several.
    pub at: Option<At>,
}

/// What a file is laid out as.
#[derive(Debug, Default)]
pub struct LaidOut {
    /// In an order in which each refers to earlier ones.
    pub intended: Vec<Intended>,
    /// What was noticed on the way: what is left, and why.
    pub issues: Vec<Issue>,
}

/// Lays the rows out.
pub fn lay_out(contents: &Contents, present: &Present, new_id: &mut dyn FnMut() -> Uuid) -> LaidOut {
    let mut table = Table::new(contents, present, new_id);
    table.products();
    table.areas();
    table.lines();
    table.calendars();
    table.routings();
    table.capabilities();
    table.changeovers();
    table.demand();
    let Table { mut intended, issues, .. } = table;
    // Areas were laid out before the calendars that they may refer to.
    let order: HashMap<&str, usize> = super::present::kinds().iter().enumerate().map(|(place, kind)| (kind.name, place)).collect();
    intended.sort_by_key(|intended| order.get(intended.kind).copied());
    LaidOut { intended, issues }
}

/// The work in progress.
struct Table<'a> {
    contents: &'a Contents,
    present: &'a Present,
    new_id: &'a mut dyn FnMut() -> Uuid,
    intended: Vec<Intended>,
    issues: Vec<Issue>,
    /// Where each record that was spoken of stands in `intended`.
    spoken: HashMap<Uuid, usize>,
    /// The record of each row of the contents, where there is one.
    areas: Vec<Option<Uuid>>,
    lines: Vec<Option<Uuid>>,
    items: Vec<Option<Uuid>>,
    families: HashMap<String, Uuid>,
    codes: HashMap<&'static str, std::collections::HashSet<String>>,
}

impl<'a> Table<'a> {
    fn new(contents: &'a Contents, present: &'a Present, new_id: &'a mut dyn FnMut() -> Uuid) -> Self {
        Table {
            contents,
            present,
            new_id,
            intended: Vec::new(),
            issues: Vec::new(),
            spoken: HashMap::new(),
            areas: vec![None; contents.areas.len()],
            lines: vec![None; contents.lines.len()],
            items: vec![None; contents.models.len()],
            families: HashMap::new(),
            codes: HashMap::new(),
        }
    }

    /// Says something of a record: of one that is there, or of a new one. Two rows that speak of one record are a mistake.
    fn say(&mut self, kind: &'static str, there: Option<&Stored>, label: &str, at: Option<At>, body: Map<String, Value>) -> Uuid {
        let (record, is_new) = match there.and_then(|record| id(record, "id")) {
            Some(record) => (record, false),
            None => ((self.new_id)(), true),
        };
        if let Some(first) = self.spoken.get(&record) {
            let first = self.intended[*first].at;
            let also = first.map_or_else(String::new, |first| format!(", as row {} of '{}' does", first.row, self.sheet(Some(first))));
            let message = format!("this row speaks of the {} '{label}'{also}; keep one of them", kind.replace('_', " "));
            self.issue(Severity::Error, "spoken_of_twice", at, label, "each record once", message);
            return record;
        }
        self.spoken.insert(record, self.intended.len());
        self.intended.push(Intended { kind, id: record, is_new, label: label.to_owned(), body, at });
        record
    }

    fn sheet(&self, at: Option<At>) -> String {
        at.and_then(|at| self.contents.recognised.get(at.sheet)).map_or_else(String::new, |sheet| sheet.sheet.clone())
    }

    fn issue(&mut self, severity: Severity, code: &str, at: Option<At>, found: impl ToString, expected: &str, message: String) {
        let sheet = self.sheet(at);
        self.issues.push(Issue {
            severity,
            code: code.to_owned(),
            sheet,
            row: at.map(|at| at.row).filter(|row| *row > 0),
            column: None,
            found: found.to_string(),
            expected: expected.to_owned(),
            message,
        });
    }

    /// What has no place in records is named, once for each kind of thing.
    fn left(&mut self, at: Option<At>, found: impl ToString, message: String) {
        self.issue(Severity::Warning, "left_out", at, found, "", message);
    }

    fn says(&self, at: Option<At>, meaning: &str) -> bool {
        at.is_some_and(|at| self.contents.says(at, meaning))
    }

    /// A short name that no record of the kind has: `COOLING-VALVE-DRIVE`, else with a number.
    fn code(&mut self, kind: &'static str, name: &str) -> String {
        let present = self.present;
        let taken = self
            .codes
            .entry(kind)
            .or_insert_with(|| present.of(kind).iter().map(|record| super::present::text(record, "code").to_lowercase()).collect());
        let letters: String = name.chars().map(|letter| if letter.is_alphanumeric() { letter.to_ascii_uppercase() } else { '-' }).collect();
        let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
        let whole: String = words.join("-").chars().take(90).collect();
        let whole = if whole.is_empty() { "X".to_owned() } else { whole };
        let mut code = whole.clone();
        let mut number = 2;
        while !taken.insert(code.to_lowercase()) {
            code = format!("{whole}-{number}");
            number += 1;
        }
        code
    }
}

/// Members of a record; null ones are not said.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(mut members) => {
            members.retain(|_, value| !value.is_null());
            members
        }
        _ => Map::new(),
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// A number as the API writes decimals: text, without superfluous zeros.
fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    if text == "-0" { "0".to_owned() } else { text }
}

/// A share as percent.
fn percent(share: f64) -> String {
    decimal(share * 100.0, 3)
}
