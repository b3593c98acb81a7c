//! Workbooks going out: the fillable template, a problem as a workbook, generated plants, the example plant, and the result.
//!
//! Everything is made in memory and handed over as the bytes of an xlsx file.
//!
//! **Invariant:** the same input gives the same bytes, on every machine: the creation date is fixed and nothing random is used.
//! **Invariant:** text that came from a user is written as text; it never becomes a formula or a link.

mod example;
mod formats;
mod generate;
mod problem;
mod result;

mod sheet_names;
mod tables;
mod template;

pub use example::{example_plant, example_workbooks};
pub use generate::{Shape, Size, generate, generate_workbook};
pub use problem::write_problem;
pub use result::write_result;
pub use template::template;

pub use line_plan::Language;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

/// Why a workbook cannot be written.
#[derive(Debug)]
pub enum WriteError {
    /// It would break a limit of the file format: rows, columns, lengths.
    Format {
        /// What the xlsx writer says.
        cause: XlsxError,
    },
    /// The shape has no place for something that the problem says.
    Inexpressible {
        /// What it is.
        what: String,
    },
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WriteError::Format { cause } => write!(f, "the workbook cannot be written: {cause}"),
            WriteError::Inexpressible { what } => write!(f, "this kind of workbook cannot express {what}"),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            WriteError::Format { cause } => Some(cause),
            WriteError::Inexpressible { .. } => None,
        }
    }
}

impl From<XlsxError> for WriteError {
    fn from(cause: XlsxError) -> Self {
        WriteError::Format { cause }
    }
}

/// A workbook with our properties and a fixed creation date, without which every file would differ from the last.
fn new_workbook(title: &str) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?.and_hms(0, 0, 0)?;
    workbook.set_properties(&DocProperties::new().set_title(title).set_author("Gemba").set_creation_datetime(&created));
    Ok(workbook)
}

/// Text as a cell can hold it: at most 32,767 UTF-16 units, without the two code points that XML forbids.
fn cell_text(text: &str) -> String {
    const LONGEST: usize = 32_767;
    let mut length = 0;
    text.chars()
        .map(|c| if matches!(c, '\u{FFFE}' | '\u{FFFF}') { '\u{FFFD}' } else { c })
        .take_while(|c| {
            length += c.len_utf16();
            length <= LONGEST
        })
        .collect()
}
