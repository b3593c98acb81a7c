//! Workbooks written cell by cell, as the tests of reading need them.

#![allow(dead_code)] // each test needs a part of it

use line_plan::{Issue, Problem};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use workbook::{ReadOptions, Reading, read};

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Blank,
    Text(String),
    Number(f64),
    Flag(bool),
    /// Year, month, day.
    Date(u16, u8, u8),
    /// A formula with the value that Excel keeps beside it.
    Formula(&'static str, &'static str),
    /// Text over several columns.
    Merged(&'static str, u16),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Cell::Blank } else { Cell::Text(text.to_owned()) }
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Cell::Number(number)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Cell::Number(f64::from(number))
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Cell::Flag(flag)
    }
}

/// A row of cells.
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($crate::sheets::Cell::from($cell)),*] };
}
pub(crate) use row;

/// A workbook in the making.
#[derive(Debug, Clone, Default)]
pub struct Sheets {
    sheets: Vec<(String, Vec<Vec<Cell>>)>,
}

impl Sheets {
    pub fn new() -> Sheets {
        Sheets::default()
    }

    /// Adds a sheet, or replaces the one of that name.
    pub fn with(mut self, name: &str, rows: Vec<Vec<Cell>>) -> Sheets {
        match self.sheets.iter_mut().find(|(of, _)| of == name) {
            Some((_, known)) => *known = rows,
            None => self.sheets.push((name.to_owned(), rows)),
        }
        self
    }

    pub fn without(mut self, name: &str) -> Sheets {
        self.sheets.retain(|(of, _)| of != name);
        self
    }

    /// Adds a row at the end of a sheet.
    pub fn and(mut self, name: &str, row: Vec<Cell>) -> Sheets {
        let (_, rows) = self.sheets.iter_mut().find(|(of, _)| of == name).expect("a sheet of that name");
        rows.push(row);
        self
    }

    /// Sets a cell, row and column counted from 0.
    pub fn set(mut self, name: &str, row: usize, column: usize, cell: impl Into<Cell>) -> Sheets {
        let (_, rows) = self.sheets.iter_mut().find(|(of, _)| of == name).expect("a sheet of that name");
        if rows[row].len() <= column {
            rows[row].resize(column + 1, Cell::Blank);
        }
        rows[row][column] = cell.into();
        self
    }

    /// Changes the rows of every sheet below its first row.
    pub fn map_rows(mut self, mut change: impl FnMut(&str, &mut [Vec<Cell>])) -> Sheets {
        for (name, rows) in &mut self.sheets {
            change(name, &mut rows[1..]);
        }
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        let date = Format::new().set_num_format("yyyy-mm-dd");
        for (name, rows) in &self.sheets {
            let sheet = workbook.add_worksheet().set_name(name).expect("a valid name");
            for (at, cells) in rows.iter().enumerate() {
                for (column, cell) in cells.iter().enumerate() {
                    let (row, column) = (at as u32, column as u16);
                    match cell {
                        Cell::Blank => continue,
                        Cell::Text(text) => sheet.write_string(row, column, text),
                        Cell::Number(number) => sheet.write_number(row, column, *number),
                        Cell::Flag(flag) => sheet.write_boolean(row, column, *flag),
                        Cell::Date(year, month, day) => {
                            let value = ExcelDateTime::from_ymd(*year, *month, *day).expect("a date");
                            sheet.write_datetime_with_format(row, column, &value, &date)
                        }
                        Cell::Formula(formula, value) => sheet.write_formula(row, column, Formula::new(*formula).set_result(*value)),
                        Cell::Merged(text, columns) => sheet.merge_range(row, column, row, column + columns - 1, text, &Format::new()),
                    }
                    .expect("a cell that Excel allows");
                }
            }
        }
        workbook.save_to_buffer().expect("a workbook")
    }

    pub fn read(&self) -> Reading {
        read(&self.bytes(), &ReadOptions::default())
    }

    /// The problem of a workbook without errors.
    pub fn problem(&self) -> Problem {
        let reading = self.read();
        let errors: Vec<&Issue> = reading.errors().collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let problem = reading.problem.expect("a problem where there is no error");
        let defects = problem.defects();
        assert!(defects.is_empty(), "{defects:?}");
        problem
    }
}

/// A small plant in shape A: two areas, three lines, two models, two years, nothing odd.
pub fn small_plant() -> Sheets {
    Sheets::new()
        .with(
            "Lines",
            vec![
                row!["Line", "Area", "Available seconds per day"],
                row!["SMT-L1", "SMT", 72_000],
                row!["SMT-L2", "SMT", 36_000],
                row!["FA-1", "Final Assembly", 54_000],
            ],
        )
        .with("Models", vec![row!["Model", "Family"], row!["ECU 100", "ECU"], row!["ABS 7", "ABS"]])
        .with(
            "Compatibilities",
            vec![
                row!["Line", "Model", "Cycle time (s)", "Efficiency %", "Priority"],
                row!["SMT-L1", "ECU 100", 30, 85, 1],
                row!["SMT-L2", "ECU 100", 36, 80, 2],
                row!["SMT-L1", "ABS 7", 20, 90, 1],
                row!["FA-1", "ECU 100", 45, 85, 1],
                row!["FA-1", "ABS 7", 60, 85, 1],
            ],
        )
        .with(
            "Volumes",
            vec![
                row!["Model", "Period", "Volume", "Operating days"],
                row!["ECU 100", 2026, 120_000, 240],
                row!["ECU 100", 2027, 130_000, 240],
                row!["ABS 7", 2026, 50_000, 240],
                row!["ABS 7", 2027, 60_000, 240],
            ],
        )
}
