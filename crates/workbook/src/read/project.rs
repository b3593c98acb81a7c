//! The project file of the desktop tool: a SQLite database, whose tables become sheets.
//!
//! Its tables are discovered, not known by name: each is a sheet whose headings are the names of its columns, and a column of numbers that
//! refers to another table shows that table's names instead. What a table or column means is then told as in a workbook.
//!
//! **Invariant:** the file is only read, and no SQL in it is ever run. **Invariant:** every table is read or named with the reason.

use std::collections::HashMap;

use super::Limits;
use super::cells::{Book, Cell, Sheet, Texts, Value, text_value, too_many_cells};
use super::findings::{Findings, Place};
use super::fold::words;
use super::mapping::Wishes;
use super::sqlite::{self, Column, Failure, Stored, StoredTable};

/// Whether the bytes are such a file.
pub(super) fn is_project(bytes: &[u8]) -> bool {
    bytes.starts_with(sqlite::SIGNATURE)
}

/// Reads every table as a sheet.
pub(super) fn read(bytes: &[u8], limits: &Limits, wishes: &Wishes, findings: &mut Findings) -> Option<Book> {
    const EXPECTED: &str = "a project as the desktop tool saves it";
    if bytes.len() as u64 > limits.file_bytes {
        let (found, expected) = (format!("{} bytes", bytes.len()), format!("at most {} bytes", limits.file_bytes));
        findings.error("too_large", Place::file(), found, expected, "the file is larger than the limit");
        return None;
    }
    let database = match sqlite::read(bytes, limits.cells) {
        Ok(database) => database,
        Err(Failure::TooMany) => {
            too_many_cells("project", limits, findings);
            return None;
        }
        Err(Failure::Damaged(why)) => {
            let message = "the project is damaged; open it in the desktop tool, save it under another name, and try again";
            findings.error("damaged_file", Place::file(), why, EXPECTED, message);
            return None;
        }
    };
    for (table, why) in &database.left {
        findings.warning("table_left", Place::file(), table, "", format_args!("the table '{table}' is not read: {why}"));
    }
    // A project that another program has open keeps its last changes in a second file.
    if bytes.get(19) == Some(&2) {
        let message = "changes that were not saved before the file was copied may be missing; close the project in the desktop tool first";
        findings.note("unsaved_changes", Place::file(), "a journal beside the file", "", message);
    }
    let names = Names::of(&database.tables);
    let mut texts = Texts::default();
    let sheets = database.tables.iter().map(|table| sheet(table, &names, &mut texts, wishes)).collect();
    Some(Book { sheets, texts })
}

/// What rows of tables are called.
struct Names<'a> {
    tables: &'a [StoredTable],
    /// Of each table: its names by the number that others refer to.
    names: Vec<HashMap<i64, &'a str>>,
}

impl<'a> Names<'a> {
    fn of(tables: &'a [StoredTable]) -> Names<'a> {
        Names { tables, names: tables.iter().map(names_of).collect() }
    }

    /// The table that a column refers to: by the schema, else by its name, `line_id` → `lines`.
    fn referred(&self, column: &Column) -> Option<usize> {
        let by_name = |name: &str| self.tables.iter().position(|table| table.name.eq_ignore_ascii_case(name));
        if let Some(table) = column.refers_to.as_deref().and_then(by_name) {
            return Some(table);
        }
        let stems: Vec<String> = words(&column.name).into_iter().map(|word| word.stem).collect();
        let [.., wanted, id] = stems.as_slice() else { return None };
        if id != "id" {
            return None;
        }
        let fitting = |table: &StoredTable| {
            let stems: Vec<String> = words(&table.name).into_iter().map(|word| word.stem).collect();
            stems.contains(wanted).then_some(stems.len())
        };
        // The shortest name is the table itself; longer ones are about several things.
        let tables = self.tables.iter().enumerate().filter(|(at, _)| !self.names[*at].is_empty());
        tables.filter_map(|(at, table)| Some((fitting(table)?, at))).min().map(|(_, at)| at)
    }
}

fn names_of(table: &StoredTable) -> HashMap<i64, &str> {
    let Some(number) = table.columns.iter().position(|column| column.is_row_number) else { return HashMap::new() };
    let is_text = |at: usize| table.rows.iter().any(|row| matches!(row.get(at), Some(Stored::Text(text)) if !text.trim().is_empty()));
    let told_by = |stem: &str| {
        (0..table.columns.len()).find(|at| words(&table.columns[*at].name).iter().any(|word| word.stem == stem) && is_text(*at))
    };
    let name = ["name", "nombre", "bezeichnung", "label", "title", "code"].into_iter().find_map(told_by);
    let Some(name) = name.or_else(|| (0..table.columns.len()).find(|at| is_text(*at))) else { return HashMap::new() };
    let named = table.rows.iter().filter_map(|row| match (row.get(number)?, row.get(name)?) {
        (Stored::Integer(number), Stored::Text(name)) => Some((*number, name.as_str())),
        _ => None,
    });
    named.collect()
}

fn sheet(table: &StoredTable, names: &Names<'_>, texts: &mut Texts, wishes: &Wishes) -> Sheet {
    // The row's own number is for the database; people know the name.
    let columns: Vec<(usize, Option<usize>)> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !column.is_row_number)
        .map(|(at, column)| (at, names.referred(column)))
        .collect();
    let mut cells = Vec::new();
    for (place, (at, referred)) in (0_u32..).zip(&columns) {
        let value = text_value(&heading(&table.columns[*at].name, referred.is_some()), texts);
        cells.push(Cell { row: 0, column: place, value });
    }
    for (number, row) in (1_u32..).zip(&table.rows) {
        for (place, (at, referred)) in (0_u32..).zip(&columns) {
            let value = match (&row[*at], referred) {
                (Stored::Integer(id), Some(target)) => {
                    names.names[*target].get(id).map_or(Value::Number(*id as f64), |name| text_value(name, texts))
                }
                (Stored::Integer(number), None) => Value::Number(*number as f64),
                (Stored::Real(number), _) => Value::Number(*number),
                (Stored::Text(text), _) => text_value(text, texts),
                (Stored::Null | Stored::Blob, _) => Value::Empty,
            };
            if value != Value::Empty {
                cells.push(Cell { row: number, column: place, value });
            }
        }
    }
    Sheet::of_cells(table.name.clone(), cells, texts, wishes)
}

/// `line_id` → `line`, `cycle_time` → `cycle time`.
fn heading(name: &str, refers: bool) -> String {
    let spaced = name.replace(['_', '-'], " ");
    let lower = spaced.to_ascii_lowercase();
    let cut = lower.strip_suffix(" id").or_else(|| name.strip_suffix("Id").map(|_| &lower[..lower.len() - 2]));
    match cut.filter(|_| refers) {
        Some(cut) => spaced[..cut.len()].trim().to_owned(),
        None => spaced,
    }
}
