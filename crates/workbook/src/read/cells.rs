//! The sheets as rows of filled cells, streamed so that nothing is held that the file only claims to have.
//!
//! The xlsx library's whole-sheet ranges are rectangles: one cell in A1 and one in the last corner would ask for 17 billion
//! cells. So cells are read one by one, empty ones dropped, texts kept once each. A sheet whose first rows are not recognised
//! is not read further, however long it is.
//!
//! **Invariant:** rows ascend, cells of a row ascend by column, no cell is empty.

use std::collections::HashMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use calamine::{DataRef, Reader, Xlsx};

use super::Limits;
use super::findings::{Findings, Place, clip};
use super::mapping::{Corrected, Wishes};
use super::recognise::{self, Candidate};

/// A text of the workbook; equal texts have equal ids.
pub(super) type TextId = u32;

/// What a filled cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    Empty,
    Text(TextId),
    Number(f64),
    Flag(bool),
    /// A date as Excel counts days.
    Date(f64),
    /// An error value like #N/A.
    Fault(&'static str),
}

/// A cell with a value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub row: u32,
    pub column: u32,
    pub value: Value,
}

/// A sheet, as far as it was read.
#[derive(Debug)]
pub(super) struct Sheet {
    pub name: String,
    /// What its first rows look like; the best first.
    pub candidates: Vec<Candidate>,
    cells: Vec<Cell>,
    /// Where each row begins in `cells`.
    starts: Vec<usize>,
}

impl Sheet {
    pub(super) fn rows(&self) -> usize {
        self.starts.len()
    }

    /// The cells of a row (from 0, blank rows not counted).
    pub(super) fn row(&self, row: usize) -> &[Cell] {
        let end = self.starts.get(row + 1).copied().unwrap_or(self.cells.len());
        &self.cells[self.starts[row]..end]
    }

    /// The row's number as Excel counts.
    pub(super) fn number(&self, row: usize) -> u32 {
        self.cells[self.starts[row]].row + 1
    }

    pub(super) fn value(&self, row: usize, column: u32) -> Value {
        let cells = self.row(row);
        // Most rows are filled from the first column on, so the cell is where its column says.
        match cells.get(column as usize) {
            Some(cell) if cell.column == column => cell.value,
            _ => cells.binary_search_by_key(&column, |cell| cell.column).map_or(Value::Empty, |at| cells[at].value),
        }
    }
}

/// The texts of the workbook, each once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    ids: HashMap<Rc<str>, TextId>,
    texts: Vec<Rc<str>>,
}

impl Texts {
    fn id(&mut self, text: &str) -> TextId {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.texts.len() as TextId;
        let text: Rc<str> = text.into();
        self.texts.push(Rc::clone(&text));
        self.ids.insert(text, id);
        id
    }

    pub(super) fn text(&self, id: TextId) -> &str {
        &self.texts[id as usize]
    }

    /// The value as a person would read it in the cell.
    pub(super) fn show(&self, value: Value) -> String {
        match value {
            Value::Empty => String::new(),
            Value::Text(id) => self.text(id).to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => if flag { "TRUE" } else { "FALSE" }.to_owned(),
            Value::Date(serial) => super::periods::date_of_serial(serial).map_or_else(|| serial.to_string(), |date| date.to_string()),
            Value::Fault(fault) => fault.to_owned(),
        }
    }
}

/// The workbook, as far as it was read.
#[derive(Debug)]
pub(super) struct Book {
    pub sheets: Vec<Sheet>,
    pub texts: Texts,
}

/// Streams every sheet.
pub(super) fn stream(bytes: &[u8], limits: &Limits, wishes: &Wishes, findings: &mut Findings) -> Option<Book> {
    // The library computes cell references with plain arithmetic: a reference like A99999999999 overflows, which panics in
    // builds with overflow checks. Nothing of ours runs inside that could be left half changed: the result is thrown away.
    let result = catch_unwind(AssertUnwindSafe(|| stream_sheets(bytes, limits, wishes)));
    match result.unwrap_or_else(|_| Err(Failure::Damaged("its contents contradict each other".to_owned()))) {
        Ok(book) => Some(book),
        Err(Failure::Damaged(detail)) => {
            findings.error(
                "damaged_file",
                Place::file(),
                detail,
                "a workbook as Excel writes it",
                "the workbook is damaged inside; open it in Excel, let Excel repair it, and save it again",
            );
            None
        }
        Err(Failure::TooManyCells(sheet)) => {
            too_many_cells(&sheet, limits, findings);
            None
        }
    }
}

/// Refuses a file for the number of its cells.
pub(super) fn too_many_cells(sheet: &str, limits: &Limits, findings: &mut Findings) {
    findings.error(
        "too_many_cells",
        Place::file(),
        format_args!("more cells by the sheet '{sheet}'"),
        format_args!("at most {} filled cells", limits.cells),
        format_args!("the sheets hold more than {} filled cells; delete what is no data", limits.cells),
    );
}

enum Failure {
    Damaged(String),
    TooManyCells(String),
}

impl From<calamine::XlsxError> for Failure {
    fn from(error: calamine::XlsxError) -> Self {
        Failure::Damaged(clip(&error))
    }
}

/// Rows that are read before a sheet must have been recognised.
pub(super) const PREFACE_ROWS: usize = 40;
const MOST_SHEETS: usize = 1_000;
const LAST_ROW: u32 = 1_048_575;
const LAST_COLUMN: u32 = 16_383;

fn stream_sheets(bytes: &[u8], limits: &Limits, wishes: &Wishes) -> Result<Book, Failure> {
    let mut xlsx = Xlsx::new(Cursor::new(bytes))?;
    let names = xlsx.sheet_names();
    if names.len() > MOST_SHEETS {
        return Err(Failure::Damaged(format!("{} sheets", names.len())));
    }
    let mut book = Book { sheets: Vec::new(), texts: Texts::default() };
    let mut room = limits.cells;
    for name in names {
        let sheet = match xlsx.worksheet_cells_reader(&name) {
            Ok(reader) => stream_sheet(reader, &name, &mut book.texts, room, wishes)?,
            // A sheet of charts holds no cells.
            Err(calamine::XlsxError::NotAWorksheet(_)) => Sheet { name, candidates: Vec::new(), cells: Vec::new(), starts: Vec::new() },
            Err(error) => return Err(error.into()),
        };
        room = room.saturating_sub(sheet.cells.len());
        book.sheets.push(sheet);
    }
    Ok(book)
}

fn stream_sheet(
    mut reader: calamine::XlsxCellReader<'_, Cursor<&[u8]>>,
    name: &str,
    texts: &mut Texts,
    room: usize,
    wishes: &Wishes,
) -> Result<Sheet, Failure> {
    // What a person spoke about is read whole before it is judged.
    let is_whole = wishes.corrections.contains_key(name) || wishes.mapping.sheets.contains_key(name);
    let mut sheet = Sheet { name: name.to_owned(), candidates: Vec::new(), cells: Vec::new(), starts: Vec::new() };
    let mut is_recognised = false;
    let mut preface_rows = 0;
    let mut last_row = None;
    let mut ascends = true;
    while let Some(cell) = reader.next_cell()? {
        let (row, column) = cell.get_position();
        if row > LAST_ROW || column > LAST_COLUMN {
            continue;
        }
        let value = value_of(cell.get_value(), texts);
        if value == Value::Empty {
            continue;
        }
        if last_row != Some(row) {
            preface_rows += 1;
            if !is_recognised && !is_whole && preface_rows > PREFACE_ROWS {
                sheet.index(ascends);
                sheet.candidates = recognise::candidates(&sheet, texts, wishes);
                if sheet.candidates.is_empty() {
                    return Ok(sheet);
                }
                is_recognised = true;
            }
        }
        if let Some(last) = sheet.cells.last() {
            ascends &= (last.row, last.column) < (row, column);
        }
        last_row = Some(row);
        if sheet.cells.len() >= room {
            return Err(Failure::TooManyCells(clip(&name)));
        }
        sheet.cells.push(Cell { row, column, value });
    }
    sheet.index(ascends);
    if !is_recognised {
        sheet.correct(texts, wishes);
        sheet.candidates = recognise::candidates(&sheet, texts, wishes);
    }
    Ok(sheet)
}

impl Sheet {
    /// A sheet of cells that come in order, judged.
    pub(super) fn of_cells(name: String, cells: Vec<Cell>, texts: &mut Texts, wishes: &Wishes) -> Sheet {
        let mut sheet = Sheet { name, candidates: Vec::new(), cells, starts: Vec::new() };
        sheet.index(true);
        sheet.correct(texts, wishes);
        sheet.candidates = recognise::candidates(&sheet, texts, wishes);
        sheet
    }

    /// All filled cells, row by row.
    pub(super) fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Puts corrected cells in the place of those that the file has.
    fn correct(&mut self, texts: &mut Texts, wishes: &Wishes) {
        let Some(corrections) = wishes.corrections.get(&self.name) else { return };
        for ((row, column), corrected) in corrections {
            let value = match corrected {
                Corrected::Empty => Value::Empty,
                Corrected::Text(text) => text_value(text, texts),
                Corrected::Number(number) => Value::Number(*number),
                Corrected::Flag(flag) => Value::Flag(*flag),
            };
            self.cells.push(Cell { row: row.saturating_sub(1), column: *column, value });
        }
        // The last of a cell written twice stays.
        self.index(false);
        self.cells.retain(|cell| cell.value != Value::Empty);
        self.index(true);
    }

    /// Orders the cells if the file did not, keeps the last of a cell written twice, and finds the rows.
    fn index(&mut self, ascends: bool) {
        if !ascends {
            self.cells.sort_by_key(|cell| (cell.row, cell.column));
            self.cells.reverse();
            self.cells.dedup_by_key(|cell| (cell.row, cell.column));
            self.cells.reverse();
        }
        self.starts.clear();
        let mut row = None;
        for (at, cell) in self.cells.iter().enumerate() {
            if row != Some(cell.row) {
                self.starts.push(at);
                row = Some(cell.row);
            }
        }
    }
}

fn value_of(value: &DataRef<'_>, texts: &mut Texts) -> Value {
    match value {
        DataRef::Empty => Value::Empty,
        DataRef::Int(number) => Value::Number(*number as f64),
        DataRef::Float(number) if number.is_finite() => Value::Number(*number),
        DataRef::Float(_) => Value::Fault("#NUM!"),
        DataRef::SharedString(text) => text_value(text, texts),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text_value(text, texts),
        DataRef::Bool(flag) => Value::Flag(*flag),
        DataRef::DateTime(date) if !date.as_f64().is_finite() => Value::Fault("#NUM!"),
        DataRef::DateTime(date) if date.is_duration() => Value::Number(date.as_f64()),
        DataRef::DateTime(date) => date_value(date),
        DataRef::Error(error) => Value::Fault(fault_name(error)),
    }
}

pub(super) fn text_value(text: &str, texts: &mut Texts) -> Value {
    if text.trim().is_empty() { Value::Empty } else { Value::Text(texts.id(text)) }
}

/// The day count from the usual epoch; workbooks of old Macs count from 1904.
fn date_value(date: &calamine::ExcelDateTime) -> Value {
    const DAYS_TO_1904: f64 = 1462.0;
    let (year, month, day, ..) = date.to_ymd_hms_milli();
    let counted = super::periods::serial_of(i32::from(year), i32::from(month), i32::from(day));
    let is_1904 = counted.is_some_and(|counted| counted - date.as_f64() > DAYS_TO_1904 / 2.0);
    Value::Date(if is_1904 { date.as_f64() + DAYS_TO_1904 } else { date.as_f64() })
}

fn fault_name(error: &calamine::CellErrorType) -> &'static str {
    use calamine::CellErrorType::*;
    match error {
        Div0 => "#DIV/0!",
        NA => "#N/A",
        Name => "#NAME?",
        Null => "#NULL!",
        Num => "#NUM!",
        Ref => "#REF!",
        Value => "#VALUE!",
        GettingData => "#GETTING_DATA",
    }
}
