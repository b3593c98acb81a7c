//! A recognised sheet: cells by row and meaning, read as the type they should have, every misfit noted with its place.
//!
//! What only a whole column tells (how decimals are written, whether 0.85 or 85 is an efficiency, seconds or hours) is
//! decided once when the column is first used.
//!
//! **Invariant:** a reader either returns a value that obeys its rule, or nothing for an empty cell, or has noted an error.

use std::borrow::Cow;

use line_plan::Severity;

use super::cells::{Book, Sheet, Texts, Value};
use super::findings::{Findings, Place};
use super::fold::{collapse, fold};
use super::numbers::{self, Nature, Separators};
use super::periods::{self, Written};
use super::recognise::{Candidate, Role};
use super::vocabulary::{Field, Kind};

/// An error that was already noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Noted;

/// What is read: the value, nothing, or an error that was noted.
pub(super) type Cell<T> = Result<Option<T>, Noted>;

/// What a number must obey.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub nature: Nature,
    /// The code of a zero, where zero is a mistake.
    pub zero: Option<&'static str>,
    pub whole: bool,
    pub most: f64,
}

impl Rule {
    pub(super) const COUNT: Rule = Rule { nature: Nature::Count, zero: None, whole: false, most: 1e15 };
    pub(super) const MEASURE: Rule = Rule { nature: Nature::Measure, zero: None, whole: false, most: 1e9 };
    pub(super) const RANK: Rule = Rule { nature: Nature::Count, zero: Some("zero_number"), whole: true, most: 1e9 };

    pub(super) const fn not_zero(self, code: &'static str) -> Rule {
        Rule { zero: Some(code), ..self }
    }

    fn expected(self) -> String {
        let number = if self.whole { "a whole number" } else { "a number" };
        if self.zero.is_some() { format!("{number} above 0") } else { format!("{number}, 0 or more") }
    }
}

/// A sheet with a meaning.
pub(super) struct Table<'a> {
    pub index: usize,
    pub candidate: &'a Candidate,
    sheet: &'a Sheet,
    texts: &'a Texts,
    header: usize,
    columns: Vec<(Field, u32)>,
    separators: Vec<(u32, Separators)>,
}

impl<'a> Table<'a> {
    /// The sheet by one of its candidates, which has a row of headings.
    pub(super) fn new(book: &'a Book, index: usize, candidate: &'a Candidate) -> Table<'a> {
        let fields = candidate.columns.iter().filter_map(|column| match column.role {
            Some(Role::Field(field)) if field != Field::Remark => Some((field, column.index)),
            _ => None,
        });
        let sheet = &book.sheets[index];
        let mut table = Table {
            index,
            candidate,
            sheet,
            texts: &book.texts,
            header: candidate.header.unwrap_or(0),
            columns: fields.collect(),
            separators: Vec::new(),
        };
        table.separators = table.learn_separators();
        table
    }

    fn learn_separators(&self) -> Vec<(u32, Separators)> {
        let mut learned: Vec<(u32, Separators)> = self
            .candidate
            .columns
            .iter()
            .filter(|column| column.role.is_some())
            .map(|column| (column.index, Separators::default()))
            .collect();
        for row in self.header + 1..self.sheet.rows() {
            for cell in self.sheet.row(row) {
                if let Value::Text(id) = cell.value
                    && let Ok(at) = learned.binary_search_by_key(&cell.column, |(column, _)| *column)
                {
                    let text = self.texts.text(id);
                    if text.contains([',', '.']) && text.bytes().any(|byte| byte.is_ascii_digit()) {
                        learned[at].1.see(text);
                    }
                }
            }
        }
        learned
    }

    pub(super) fn kind(&self) -> Kind {
        self.candidate.kind
    }

    pub(super) fn sheet_name(&self) -> &'a str {
        &self.sheet.name
    }

    /// The rows of data: not blank in the used columns, not a repeated heading, not a total.
    pub(super) fn rows(&self, key: Field, findings: &mut Findings) -> Vec<usize> {
        let columns: Vec<u32> = self.candidate.columns.iter().filter(|column| used(column.role)).map(|column| column.index).collect();
        let mut rows = Vec::with_capacity(self.sheet.rows());
        for row in self.header + 1..self.sheet.rows() {
            let key_value = self.value(row, key);
            let is_filled = self.sheet.row(row).iter().any(|cell| columns.binary_search(&cell.column).is_ok());
            if !is_filled {
                continue;
            }
            let is_repeated = key_value != Value::Empty && key_value == self.value_of_header(key);
            let is_sum = matches!(key_value, Value::Text(id) if is_total(self.texts.text(id)));
            if is_repeated || is_sum {
                let message = "headings repeated between the rows and rows of totals are not data";
                findings.tally(
                    Severity::Note,
                    "not_data",
                    self.place(row, key),
                    self.show(key_value),
                    format_args!("the {}", key.name()),
                    message,
                );
            } else {
                rows.push(row);
            }
        }
        rows
    }

    fn value_of_header(&self, field: Field) -> Value {
        self.column(field).map_or(Value::Empty, |column| self.sheet.value(self.header, column))
    }

    pub(super) fn has(&self, field: Field) -> bool {
        self.column(field).is_some()
    }

    pub(super) fn column(&self, field: Field) -> Option<u32> {
        self.columns.iter().find(|(of, _)| *of == field).map(|(_, column)| *column)
    }

    pub(super) fn heading(&self, column: u32) -> &'a str {
        self.candidate.columns.iter().find(|of| of.index == column).map_or("", |of| of.heading.as_str())
    }

    /// The row as Excel counts.
    pub(super) fn number_of(&self, row: usize) -> u32 {
        self.sheet.number(row)
    }

    pub(super) fn row_place(&self, row: usize) -> Place {
        Place::row(self.index, self.sheet.number(row))
    }

    pub(super) fn place(&self, row: usize, field: Field) -> Place {
        self.column(field).map_or_else(|| self.row_place(row), |column| self.cell_place(row, column))
    }

    pub(super) fn cell_place(&self, row: usize, column: u32) -> Place {
        Place { column: Some((column, self.heading(column).to_owned())), ..self.row_place(row) }
    }

    /// The place of a column as a whole.
    pub(super) fn column_place(&self, field: Field) -> Place {
        let column = self.column(field).map(|column| (column, self.heading(column).to_owned()));
        Place { sheet: Some(self.index), row: None, column }
    }

    pub(super) fn value(&self, row: usize, field: Field) -> Value {
        self.column(field).map_or(Value::Empty, |column| self.sheet.value(row, column))
    }

    pub(super) fn show(&self, value: Value) -> String {
        self.texts.show(value)
    }

    /// The values of a column from top to bottom.
    pub(super) fn values(&self, field: Field) -> impl Iterator<Item = Value> + use<'a> {
        let (sheet, column) = (self.sheet, self.column(field));
        (self.header + 1..sheet.rows()).filter_map(move |row| column.map(|column| sheet.value(row, column)))
    }

    /// A text as it stands, without stray white space; numbers as their digits. An error value is noted.
    pub(super) fn text(&self, row: usize, field: Field, findings: &mut Findings) -> Cell<Cow<'a, str>> {
        match self.value(row, field) {
            Value::Empty => Ok(None),
            Value::Text(id) => Ok(Some(collapse(self.texts.text(id))).filter(|text| !is_dash(text))),
            value @ Value::Fault(_) => {
                findings.error(
                    "cell_error",
                    self.place(row, field),
                    self.show(value),
                    format_args!("the {}", field.name()),
                    "the formula in this cell fails; mend it or write the value",
                );
                Err(Noted)
            }
            value => Ok(Some(Cow::Owned(self.show(value)))),
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(&self, row: usize, field: Field, findings: &mut Findings) -> Result<Cow<'a, str>, Noted> {
        match self.text(row, field, findings)? {
            Some(text) => Ok(text),
            None => Err(self.missing(row, field, findings)),
        }
    }

    /// An optional text; empty when absent or broken.
    pub(super) fn remark(&self, row: usize, field: Field) -> String {
        match self.value(row, field) {
            Value::Fault(_) => String::new(),
            value => collapse(&self.show(value)).into_owned(),
        }
    }

    /// Notes an empty cell; a column that is not there at all was noted once already.
    pub(super) fn missing(&self, row: usize, field: Field, findings: &mut Findings) -> Noted {
        if !self.has(field) && self.candidate.missing.contains(&field.name()) {
            return Noted;
        }
        findings.error(
            "missing_value",
            self.place(row, field),
            "an empty cell",
            format_args!("the {}", field.name()),
            format_args!("row {} has no {}", self.number_of(row), field.name()),
        );
        Noted
    }

    /// A number that obeys the rule.
    pub(super) fn number(&self, row: usize, field: Field, rule: Rule, findings: &mut Findings) -> Cell<f64> {
        match self.column(field) {
            Some(column) => self.number_at(row, column, field.name(), rule, findings),
            None => Ok(None),
        }
    }

    pub(super) fn required_number(&self, row: usize, field: Field, rule: Rule, findings: &mut Findings) -> Result<f64, Noted> {
        match self.number(row, field, rule, findings)? {
            Some(number) => Ok(number),
            None => Err(self.missing(row, field, findings)),
        }
    }

    /// The number in a column of its own, e.g. the volume of a period.
    pub(super) fn number_at(&self, row: usize, column: u32, what: &str, rule: Rule, findings: &mut Findings) -> Cell<f64> {
        let Some(read) = self.raw_number(row, column, rule.nature, &rule.expected(), what, findings)? else { return Ok(None) };
        self.obey(row, column, read.value, what, rule, findings).map(Some)
    }

    fn obey(&self, row: usize, column: u32, number: f64, what: &str, rule: Rule, findings: &mut Findings) -> Result<f64, Noted> {
        let (code, problem) = if number < 0.0 {
            ("negative_number", "is negative")
        } else if number == 0.0 && rule.zero.is_some() {
            (rule.zero.unwrap_or_default(), "is zero")
        } else if number > rule.most {
            ("number_too_large", "is larger than anything real")
        } else if rule.whole && number.fract() != 0.0 {
            ("not_a_whole_number", "is not a whole number")
        } else {
            return Ok(number);
        };
        findings.error(code, self.cell_place(row, column), number, rule.expected(), format_args!("the {what} {problem}"));
        Err(Noted)
    }

    fn raw_number(
        &self,
        row: usize,
        column: u32,
        nature: Nature,
        expected: &str,
        what: &str,
        findings: &mut Findings,
    ) -> Cell<numbers::TextNumber> {
        let value = self.sheet.value(row, column);
        let plain = |value| Ok(Some(numbers::TextNumber { value, percent: false, guessed: false }));
        match value {
            Value::Empty => Ok(None),
            Value::Number(number) => plain(number),
            Value::Date(serial) => {
                findings.tally(
                    Severity::Warning,
                    "date_as_number",
                    self.cell_place(row, column),
                    self.show(value),
                    expected,
                    format_args!("the {what} is formatted as a date; its number {serial} is used"),
                );
                plain(serial)
            }
            Value::Text(id) if is_dash(self.texts.text(id)) => Ok(None),
            Value::Text(id) => {
                let text = self.texts.text(id);
                let separators =
                    self.separators.iter().find(|(of, _)| *of == column).map(|(_, separators)| *separators).unwrap_or_default();
                let Some(read) = numbers::parse(text, separators, nature) else {
                    let message = format_args!("the {what} is not a number");
                    findings.error("not_a_number", self.cell_place(row, column), text, expected, message);
                    return Err(Noted);
                };
                let place = self.cell_place(row, column);
                if read.guessed {
                    let message = format_args!("the separator can be read in two ways; '{}' is read as {}", text.trim(), read.value);
                    findings.tally(Severity::Warning, "ambiguous_number", place, text, expected, message);
                } else {
                    let message = "numbers are written as text; they are read as numbers";
                    findings.tally(Severity::Note, "number_as_text", place, text, "a number", message);
                }
                Ok(Some(read))
            }
            Value::Flag(_) => {
                let message = format_args!("the {what} is not a number");
                findings.error("not_a_number", self.cell_place(row, column), self.show(value), expected, message);
                Err(Noted)
            }
            Value::Fault(fault) => {
                let message = format_args!("the formula of the {what} fails; mend it or write the number");
                findings.error("cell_error", self.cell_place(row, column), fault, expected, message);
                Err(Noted)
            }
        }
    }

    /// How a column writes shares: in percent or as fractions of 1, by what most of its plain numbers are.
    pub(super) fn share_reading(&self, field: Field) -> ShareReading {
        let (mut fractions, mut percents) = (0_usize, 0_usize);
        for value in self.values(field) {
            let number = match value {
                Value::Number(number) => Some(number),
                Value::Text(id) => {
                    numbers::parse(self.texts.text(id), Separators::default(), Nature::Measure).filter(|n| !n.percent).map(|n| n.value)
                }
                _ => None,
            };
            match number {
                Some(number) if number > 0.0 && number <= 1.5 => fractions += 1,
                Some(number) if number > 1.5 => percents += 1,
                _ => {}
            }
        }
        if fractions > percents { ShareReading::Fractions } else { ShareReading::Percent }
    }

    /// A share in (0, 1], by the column's reading; `85 %` is always percent.
    pub(super) fn share(&self, row: usize, field: Field, reading: ShareReading, findings: &mut Findings) -> Cell<f64> {
        let Some(column) = self.column(field) else { return Ok(None) };
        let what = field.name();
        let expected = "more than 0 % and at most 100 %";
        let Some(read) = self.raw_number(row, column, Nature::Measure, expected, what, findings)? else { return Ok(None) };
        let (share, is_odd) = match (read.percent, reading) {
            (true, _) => (read.value / 100.0, false),
            (false, ShareReading::Fractions) if read.value > 10.0 => (read.value / 100.0, true),
            (false, ShareReading::Fractions) => (read.value, false),
            (false, ShareReading::Percent) if read.value > 0.0 && read.value <= 1.0 => (read.value, true),
            (false, ShareReading::Percent) => (read.value / 100.0, false),
        };
        let shown = self.show(self.sheet.value(row, column));
        let (code, problem) = if share < 0.0 {
            ("negative_number", "is negative")
        } else if share == 0.0 {
            ("zero_number", "is zero")
        } else if share > 1.0 {
            (if field == Field::Yield { "yield_over_100" } else { "efficiency_over_100" }, "is over 100 %")
        } else {
            if is_odd {
                let message =
                    format_args!("the {what} is written in another way than the rest of its column; it is read as {} %", percent(share));
                findings.warning("mixed_percent", self.cell_place(row, column), shown, reading.expected(), message);
            }
            return Ok(Some(share));
        };
        findings.error(code, self.cell_place(row, column), shown, expected, format_args!("the {what} {problem}"));
        Err(Noted)
    }

    /// Says how the shares of a column were read.
    pub(super) fn note_share_reading(&self, field: Field, reading: ShareReading, findings: &mut Findings) {
        if self.values(field).any(|value| matches!(value, Value::Number(_))) {
            let message = format_args!("the {} is read {}", field.name(), reading.shown());
            findings.note("share_reading", self.column_place(field), reading.expected(), "", message);
        }
    }

    /// Yes or no.
    pub(super) fn flag(&self, row: usize, field: Field, findings: &mut Findings) -> Cell<bool> {
        let value = self.value(row, field);
        let read = match value {
            Value::Empty => return Ok(None),
            Value::Flag(flag) => return Ok(Some(flag)),
            Value::Number(number) if number == 0.0 || number == 1.0 => return Ok(Some(number == 1.0)),
            Value::Text(id) => numbers::parse_flag(self.texts.text(id)),
            _ => None,
        };
        match read {
            Some(flag) => {
                if matches!(fold(&self.show(value)).as_str(), "true" | "false" | "wahr" | "falsch" | "verdadero" | "falso") {
                    let message = "yes and no are written as text; they are read as meant";
                    findings.tally(Severity::Note, "flag_as_text", self.place(row, field), self.show(value), "yes or no", message);
                }
                Ok(Some(flag))
            }
            None => {
                let shown = self.show(value);
                let message = format_args!("'{}' does not say whether it is {}", shown.trim(), field.name());
                findings.error("not_a_flag", self.place(row, field), &shown, "yes or no", message);
                Err(Noted)
            }
        }
    }

    /// A date or period, e.g. of an approval.
    pub(super) fn moment(&self, row: usize, field: Field, findings: &mut Findings) -> Cell<Written> {
        let value = self.value(row, field);
        let read = match value {
            Value::Empty => return Ok(None),
            Value::Text(id) if is_dash(self.texts.text(id)) => return Ok(None),
            // A date that lost its format: days since 1900 between 1954 and 2119.
            Value::Number(serial) if (20_000.0..80_000.0).contains(&serial) => periods::of_value(Value::Date(serial), self.texts),
            value => periods::of_value(value, self.texts),
        };
        read.map(Some).ok_or_else(|| {
            let message = format_args!("the {} is neither a date nor a period", field.name());
            findings.error(
                "not_a_date",
                self.place(row, field),
                self.show(value),
                "a date like 2026-03-02, or a period like 2026 or 2026-03",
                message,
            );
            Noted
        })
    }

    /// A period.
    pub(super) fn period(&self, row: usize, field: Field, findings: &mut Findings) -> Result<Written, Noted> {
        let value = self.value(row, field);
        if value == Value::Empty {
            return Err(self.missing(row, field, findings));
        }
        periods::of_value(value, self.texts).ok_or_else(|| {
            let expected = "a year 2026, month 2026-03, week 2026-W14 or date 2026-03-02";
            findings.error("not_a_period", self.place(row, field), self.show(value), expected, "this is no period that could be planned");
            Noted
        })
    }
}

/// How a column writes shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShareReading {
    /// 0.85
    Fractions,
    /// 85
    Percent,
}

impl ShareReading {
    fn expected(self) -> &'static str {
        match self {
            ShareReading::Fractions => "shares like 0.85",
            ShareReading::Percent => "percentages like 85",
        }
    }

    fn shown(self) -> &'static str {
        match self {
            ShareReading::Fractions => "as a share of 1: 0.85 is 85 %",
            ShareReading::Percent => "in percent: 85 is 85 %",
        }
    }
}

/// A share in percent, without the digits that binary fractions add.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

fn used(role: Option<Role>) -> bool {
    !matches!(role, None | Some(Role::Field(Field::Remark)))
}

/// What people write into a cell to leave it empty.
fn is_dash(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "-" | "–" | "—" | "--" | "n/a" | "na" | "n.a." | "k.a." | "?")
}

fn is_total(text: &str) -> bool {
    matches!(
        fold(text).trim_end_matches(':'),
        "total" | "totals" | "totales" | "grand total" | "gran total" | "suma" | "sum" | "summe" | "gesamt" | "gesamtsumme"
    )
}
