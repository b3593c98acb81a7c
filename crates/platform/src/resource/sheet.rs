//! Tables of texts in files: CSV (RFC 4180) and xlsx.
//!
//! **Invariant:** what is written is read back as it was, for every text; and no cell begins so that a spreadsheet takes it for a formula.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};

/// A table: names of columns, and rows of cells as texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Names of columns.
    pub columns: Vec<String>,
    /// Rows of cells.
    pub rows: Vec<Vec<String>>,
}

/// Bytes that a packed file may unpack to.
const UNPACKED: u64 = 256 << 20;

impl Sheet {
    /// As CSV.
    ///
    /// # Errors
    /// None in practice: memory takes whatever is written.
    pub fn to_csv(&self) -> Result<Vec<u8>, String> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        for row in std::iter::once(&self.columns).chain(&self.rows) {
            // A row of one empty cell would be an empty line, which readers skip: the writer quotes it.
            writer.write_record(row.iter().map(|cell| guarded(cell))).map_err(|why| why.to_string())?;
        }
        writer.into_inner().map_err(|why| why.to_string())
    }

    /// From CSV, with commas or semicolons, with or without a byte order mark.
    pub fn from_csv(bytes: &[u8]) -> Result<Sheet, String> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let first = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
        let delimiter = if count(b';') > count(b',') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).flexible(true).from_reader(bytes);
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|why| format!("the file is no CSV in UTF-8: {why}"))?;
            rows.push(record.iter().map(unguarded).collect());
        }
        Ok(Sheet::of(rows))
    }

    /// As xlsx, every cell a text.
    pub fn to_xlsx(&self) -> Result<Vec<u8>, String> {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        let bold = rust_xlsxwriter::Format::new().set_bold();
        for (row, cells) in std::iter::once(&self.columns).chain(&self.rows).enumerate() {
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let (row, column) = (u32::try_from(row).unwrap_or(u32::MAX), u16::try_from(column).unwrap_or(u16::MAX));
                let written =
                    if row == 0 { sheet.write_string_with_format(row, column, cell, &bold) } else { sheet.write_string(row, column, cell) };
                written.map_err(|why| why.to_string())?;
            }
        }
        _ = sheet.set_freeze_panes(1, 0);
        sheet.autofit();
        book.save_to_buffer().map_err(|why| why.to_string())
    }

    /// From the first sheet of an xlsx.
    pub fn from_xlsx(bytes: &[u8]) -> Result<Sheet, String> {
        bounded(bytes)?;
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|why| format!("the file is no xlsx workbook: {why}"))?;
        let range = book
            .worksheet_range_at(0)
            .ok_or("the workbook has no sheet")?
            .map_err(|why| format!("the first sheet cannot be read: {why}"))?;
        let (height, width) = range.end().map_or((0, 0), |(row, column)| (row + 1, column + 1));
        let cell = |row, column| range.get_value((row, column)).map(text).unwrap_or_default();
        let rows = (0..height).map(|row| (0..width).map(|column| cell(row, column)).collect()).collect();
        Ok(Sheet::of(rows))
    }

    /// Rows are as long as the first, which names the columns; what is empty at the end is left out.
    fn of(mut rows: Vec<Vec<String>>) -> Sheet {
        while rows.last().is_some_and(|row| row.iter().all(String::is_empty)) && rows.len() > 1 {
            rows.pop();
        }
        if rows.is_empty() {
            return Sheet::default();
        }
        let columns: Vec<String> = rows.remove(0).into_iter().map(|name| name.trim().to_string()).collect();
        for row in &mut rows {
            row.resize(columns.len().max(row.len()), String::new());
        }
        Sheet { columns, rows }
    }
}

/// A packed file is counted before anything trusts it.
fn bounded(bytes: &[u8]) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| "the file is no xlsx workbook".to_string())?;
    let mut left = UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| "the file is no xlsx workbook".to_string())?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|_| "the file is damaged".to_string())?;
        left = left.checked_sub(size).ok_or("the file unpacks to more than 256 MiB")?;
    }
    Ok(())
}

/// The text of a cell that a person may have typed.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty | Data::Error(_) => String::new(),
        Data::String(text) => text.clone(),
        Data::Bool(truth) => truth.to_string(),
        Data::DateTime(instant) => {
            let (year, month, day, ..) = instant.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    }
}

/// Spreadsheets take a cell that begins like a formula for one: an apostrophe keeps it a text, and is taken off again.
fn guarded(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell.into() }
}

fn unguarded(cell: &str) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) => rest.into(),
        _ => cell.into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z]{0,6}", "[-=+@']{0,3}[a-z0-9,;\" ]{0,8}", "\\PC{0,12}", "-?[0-9]{1,5}(\\.[0-9]{1,3})?", Just("a\nb".to_string())]
    }

    fn sheet() -> impl Strategy<Value = Sheet> {
        (1_usize..5).prop_flat_map(|width| {
            let columns = (0..width).map(|number| format!("c{number}")).collect::<Vec<_>>();
            let rows = proptest::collection::vec(proptest::collection::vec(cell(), width), 0..6);
            rows.prop_map(move |mut rows| {
                while rows.last().is_some_and(|row| row.iter().all(String::is_empty)) {
                    rows.pop();
                }
                Sheet { columns: columns.clone(), rows }
            })
        })
    }

    proptest! {
        #[test]
        fn csv_comes_back_as_it_was(sheet in sheet()) {
            prop_assert_eq!(Sheet::from_csv(&sheet.to_csv().unwrap()).unwrap(), sheet);
        }

        #[test]
        fn xlsx_comes_back_as_it_was(sheet in sheet()) {
            prop_assert_eq!(Sheet::from_xlsx(&sheet.to_xlsx().unwrap()).unwrap(), sheet);
        }

        #[test]
        fn no_cell_of_a_csv_is_a_formula(text in "[-=+@\t']{1,3}[a-z]{1,8}") {
            prop_assert!(!guarded(&text).starts_with(['=', '+', '-', '@', '\t']));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            _ = Sheet::from_csv(&bytes);
            prop_assert!(Sheet::from_xlsx(&bytes).is_err());
        }
    }
}
