//! The planner's workbook, read by meaning: any xlsx of either shape in the field becomes a [`Problem`] or every mistake at once.
//!
//! Reading goes through five steps, one module each: [`archive`] refuses what is no workbook or would not fit the limits,
//! [`cells`] streams the sheets, [`recognise`] finds which sheet and which column means what, the row modules turn cells
//! into rows and note every mistake, and [`assemble`] joins the rows into a problem. Writing workbooks is not here.
//!
//! **Invariant:** there is a problem exactly when no issue is an error. **Invariant:** no bytes make this module panic,
//! and memory stays within [`Limits`]. **Invariant:** the same bytes give the same reading, issues in the same order.

mod archive;
mod areas;
mod assemble;
mod build;
mod calendar;
mod capabilities;
mod cells;
mod changeovers;
mod delimited;
mod draft;
mod families;
mod findings;
mod fold;
mod language;
mod lines;
mod mapping;
mod models;
mod names;
mod numbers;
mod periods;
mod project;
mod recognise;
mod rows;
mod sheets;
mod shifts;
mod sqlite;
mod table;
mod vocabulary;
mod volumes;

use line_plan::{Issue, Language, PriorityReading, Problem, Severity};
use serde::{Deserialize, Serialize};

use self::findings::Findings;

pub use mapping::{
    ColumnMeaning, Corrected, Corrections, Mapping, Meaning, Remembered, SheetMapping, Wishes, column_of_letter, folded, meanings,
    mistakes, signature,
};
pub use rows::{
    AreaRow, At, CalendarRow, CapabilityRow, ChangeoverKeyRow, ChangeoverRow, Contents, Known, LineRow, ModelRow, RouteRow, RowOptions,
    RowScope, Source, StepRow, VolumeRow, cells_of, read_rows,
};

/// What may be read at most; everything beyond is refused with a clear error before it costs memory or time.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Largest file (bytes).
    pub file_bytes: u64,
    /// Largest content once unpacked, all parts together (bytes); measured, not believed.
    pub unpacked_bytes: u64,
    /// Largest table of texts or styles once unpacked (bytes): these parts are held in memory as a whole.
    pub held_bytes: u64,
    /// Largest unpacked size of a part as a multiple of its packed size …
    pub ratio: u64,
    /// … for parts that unpack to more than this (bytes); small parts of repeated text compress very well.
    pub ratio_floor_bytes: u64,
    /// Most filled cells in the sheets that are used.
    pub cells: usize,
    /// Most issues that are listed of one code; the rest is counted.
    pub issues_per_code: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            file_bytes: 100 << 20,
            unpacked_bytes: 1 << 30,
            held_bytes: 64 << 20,
            ratio: 200,
            ratio_floor_bytes: 32 << 20,
            cells: 5_000_000,
            issues_per_code: 1_000,
        }
    }
}

/// How a workbook is to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadOptions {
    /// What may be read at most.
    pub limits: Limits,
    /// Name of the plant of lines for which the workbook names none.
    pub default_plant: String,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions { limits: Limits::default(), default_plant: "Plant".to_owned() }
    }
}

/// Which of the two layouts of the field the workbook follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Layout {
    /// One sheet per kind: lines, models, compatibilities, volumes.
    A,
    /// Demand by family; each family is made of boards and sides that list their lines.
    B,
}

/// What was understood of a workbook.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// The question, absent if any issue is an error.
    pub problem: Option<Problem>,
    /// The layout, when it could be told.
    pub layout: Option<Layout>,
    /// How the priorities read, when there is a problem.
    pub priority_reading: Option<PriorityReading>,
    /// Every sheet in workbook order, with what it was taken for.
    pub recognised: Vec<RecognisedSheet>,
    /// The language that most of the headings are written in.
    pub language: Language,
    /// What was found: errors first, then warnings, then notes, each by sheet, row and column.
    pub issues: Vec<Issue>,
}

impl Reading {
    /// The issues that keep the workbook from being planned.
    pub fn errors(&self) -> impl Iterator<Item = &Issue> {
        self.issues.iter().filter(|issue| issue.severity == Severity::Error)
    }

    /// The issues that deserve a look.
    pub fn warnings(&self) -> impl Iterator<Item = &Issue> {
        self.issues.iter().filter(|issue| issue.severity == Severity::Warning)
    }
}

/// What a sheet was taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecognisedSheet {
    /// Its name in the workbook.
    pub sheet: String,
    /// What it holds, e.g. `lines` or `volumes`; absent when it was not used.
    pub meaning: Option<String>,
    /// How sure that is, 0 to 1; absent when it was not used.
    pub confidence: Option<f64>,
    /// The row of its headings as Excel counts, when one was found.
    pub header_row: Option<u32>,
    /// Rows of data that were read.
    pub rows: usize,
    /// Its headed columns from left to right.
    pub columns: Vec<RecognisedColumn>,
    /// Why it was not used, when it was not.
    pub ignored: Option<String>,
}

/// What a column was taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecognisedColumn {
    /// Its letter, e.g. `C`.
    pub letter: String,
    /// Its heading as written.
    pub heading: String,
    /// What it holds, e.g. `cycle time` or `volume of 2026-03`; absent when it was not used.
    pub meaning: Option<String>,
    /// How sure that is, 0 to 1; absent when it was not used.
    pub confidence: Option<f64>,
}

/// Reads a workbook. Whatever the bytes are, the answer says what was understood and what is wrong.
pub fn read(bytes: &[u8], options: &ReadOptions) -> Reading {
    let mut findings = Findings::new(options.limits.issues_per_code);
    let mut reading = Reading {
        problem: None,
        layout: None,
        priority_reading: None,
        recognised: Vec::new(),
        language: Language::English,
        issues: Vec::new(),
    };
    if let Some(book) = archive::admit(bytes, &options.limits, &mut findings)
        .and_then(|()| cells::stream(bytes, &options.limits, &Wishes::default(), &mut findings))
    {
        findings.name_sheets(book.sheets.iter().map(|sheet| sheet.name.clone()).collect());
        assemble::assemble(&book, options, &mut reading, &mut findings);
    }
    if findings.any_error() {
        reading.problem = None;
    }
    reading.language = language::language(&reading.recognised);
    reading.priority_reading = reading.problem.as_ref().map(Problem::priority_reading);
    reading.issues = findings.into_issues();
    reading
}
