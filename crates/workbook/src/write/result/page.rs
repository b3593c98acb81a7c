//! Writing cells of a result sheet: text, numbers and formulas with their values.

use line_plan::{Language, say};
use rust_xlsxwriter::{Format, Formula, Worksheet, XlsxError};

use super::super::cell_text;
use super::super::formats::{Formats, print_setup};
use super::super::problem::Cell;

/// Most rows of a list; Excel has 1,048,576.
const MOST_ROWS: usize = 1_000_000;

/// What a column of a list holds, which decides its number format.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Show {
    Text,
    Sentence,
    Units,
    Hours,
    Decimal,
    Percent,
}

/// A sheet being written.
pub(super) struct Page<'a> {
    pub sheet: &'a mut Worksheet,
    pub formats: &'a Formats,
    pub language: Language,
}

impl Page<'_> {
    pub(super) fn title(&mut self, title: &str, subtitle: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(0, 0, cell_text(title), &self.formats.title)?;
        self.sheet.write_string_with_format(1, 0, cell_text(subtitle), &self.formats.subtitle)?;
        Ok(())
    }

    pub(super) fn text(&mut self, row: u32, column: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(row, column, cell_text(text), format)?;
        Ok(())
    }

    pub(super) fn number(&mut self, row: u32, column: u16, number: f64, format: &Format) -> Result<(), XlsxError> {
        self.sheet.write_number_with_format(row, column, finite(number), format)?;
        Ok(())
    }

    /// A formula with the value that it has, so that readers that do not calculate show the same.
    pub(super) fn formula(&mut self, row: u32, column: u16, formula: &str, value: f64, format: &Format) -> Result<(), XlsxError> {
        let formula = Formula::new(formula).set_result(finite(value).to_string());
        self.sheet.write_formula_with_format(row, column, formula, format)?;
        Ok(())
    }

    /// A formula whose value is a word of ours.
    pub(super) fn word_formula(&mut self, row: u32, column: u16, formula: &str, word: &str, format: &Format) -> Result<(), XlsxError> {
        self.sheet.write_formula_with_format(row, column, Formula::new(formula).set_result(word), format)?;
        Ok(())
    }

    /// A table with headings in the fourth row, filters, frozen headings and print setup; a sentence where there are no rows.
    pub(super) fn list(&mut self, columns: &[(&str, f64, Show)], rows: &[Vec<Cell>], when_empty: &str) -> Result<(), XlsxError> {
        const HEADING_ROW: u32 = 3;
        let formats = self.formats;
        for (at, (heading, width, _)) in columns.iter().enumerate() {
            self.text(HEADING_ROW, at as u16, heading, &formats.heading)?;
            self.sheet.set_column_width(at as u16, *width)?;
        }
        let lines = columns.iter().map(|(heading, width, _)| lines_of(heading, *width)).max().unwrap_or(1);
        self.sheet.set_row_height(HEADING_ROW, LINE_HEIGHT * f64::from(lines))?;
        for (row, cells) in rows.iter().take(MOST_ROWS).enumerate() {
            // Not every program fits rows to wrapped text by itself.
            let lines = cells.iter().zip(columns).map(|(cell, (_, width, show))| match cell {
                Cell::Text(text) if *show == Show::Sentence => lines_of(text, *width),
                _ => 1,
            });
            let lines = lines.max().unwrap_or(1);
            if lines > 1 {
                self.sheet.set_row_height(HEADING_ROW + 1 + row as u32, LINE_HEIGHT * f64::from(lines))?;
            }
            for (at, (cell, (_, _, show))) in cells.iter().zip(columns).enumerate() {
                self.cell(HEADING_ROW + 1 + row as u32, at as u16, cell, *show)?;
            }
        }
        if rows.is_empty() {
            self.text(HEADING_ROW + 1, 0, when_empty, &formats.text)?;
        } else {
            let last = HEADING_ROW + rows.len().min(MOST_ROWS) as u32;
            self.sheet.autofilter(HEADING_ROW, 0, last, columns.len() as u16 - 1)?;
            if rows.len() > MOST_ROWS {
                self.text(
                    last + 1,
                    0,
                    &say!(self.language, "… and {0} more rows", "… y {0} filas más", "… und {0} weitere Zeilen", rows.len() - MOST_ROWS),
                    &formats.text,
                )?;
            }
        }
        self.sheet.set_freeze_panes(HEADING_ROW + 1, 0)?;
        print_setup(self.sheet, Some((HEADING_ROW, HEADING_ROW)))
    }

    fn cell(&mut self, row: u32, column: u16, cell: &Cell, show: Show) -> Result<(), XlsxError> {
        let formats = self.formats;
        match cell {
            Cell::Blank => Ok(()),
            Cell::Text(text) => {
                let format = if show == Show::Sentence { &formats.paragraph } else { &formats.text };
                self.text(row, column, text, format)
            }
            Cell::Number(number) => {
                let format = match show {
                    Show::Text | Show::Sentence | Show::Units => &formats.units,
                    Show::Hours => &formats.hours,
                    Show::Decimal => &formats.decimal,
                    Show::Percent => &formats.percent,
                };
                self.number(row, column, *number, format)
            }
        }
    }
}

/// Height of a line of text in a row (points), and most lines that a row grows to.
const LINE_HEIGHT: f64 = 15.0;
const MOST_LINES: usize = 8;

/// About how many lines a text takes in a column of that many characters; words that move to the next line cost some room.
fn lines_of(text: &str, width: f64) -> u32 {
    let letters = text.chars().count() as f64;
    if letters <= width { 1 } else { (1.1 * letters / width).ceil().min(MOST_LINES as f64) as u32 }
}

/// Cells hold no infinities; a document that has passed its own verification has none either.
fn finite(number: f64) -> f64 {
    if number.is_finite() { number } else { 0.0 }
}
