//! Records out of and into files: CSV, xlsx, JSON.
//!
//! What was exported can be changed and brought in again: a row with an identifier is that record, one without is found by its natural key or
//! new. Columns that are not in the file stay as they are; empty cells are no value.
//!
//! **Invariant:** a file that was exported and not changed changes nothing.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::http::Page;
use crate::resource::bulk::{Mode, Outcome, upsert};
use crate::resource::custom::Definitions;
use crate::resource::definitions::ValueType;
use crate::resource::kind::{Kind, Kinds, Type};
use crate::resource::list::{self, Wanted};
use crate::resource::sheet::Sheet;

/// Records in an export at most.
const MOST: usize = 100_000;

/// The forms of a file.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// A table in UTF-8, cells between commas.
    #[default]
    Csv,
    /// A workbook with one sheet.
    Xlsx,
    /// A list of records.
    Json,
}

impl Format {
    fn media(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Json => "application/json",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Json => "json",
        }
    }
}

/// All records that are wanted, as a file; the trail tells who took how many.
pub(super) async fn export(tx: &mut Tx, kind: &'static Kind, parameters: &[(String, String)], format: Format) -> Result<Response> {
    let definitions = Definitions::load(tx, kind).await?;
    let wanted = Wanted::read(kind, &definitions, tx, parameters)?.where_also(kind.verbs.export);
    let mut records = Vec::new();
    let mut page = Page { limit: 500, after: None };
    loop {
        let part = list::list(tx, kind, &wanted, &page).await?;
        records.extend(part.items);
        match part.next_cursor {
            Some(_) if records.len() >= MOST => {
                return Err(Error::new(Family::Invalid, "too_many", format!("an export holds at most {MOST} records; filter them")));
            }
            Some(next) => page.after = Some(crate::http::Cursor::read(&next)?),
            None => break,
        }
    }
    // A search may hold what the trail cannot keep (U+0000), and looks for the rest of it.
    let filters: Vec<(&str, String)> = parameters.iter().map(|(name, value)| (name.as_str(), value.replace('\0', ""))).collect();
    let detail = json!({ "records": records.len(), "format": format, "filters": filters });
    let action = format!("{}.exported", kind.name);
    tx.query("select gemba.audit($1, $2, null, null, 'success', $3)", &[&action, &kind.name, &detail]).await?;
    let bytes = match format {
        Format::Json => serde_json::to_vec(&records).map_err(Error::internal)?,
        Format::Csv => sheet(kind, &definitions, tx, &records).to_csv().map_err(Error::internal)?,
        Format::Xlsx => sheet(kind, &definitions, tx, &records).to_xlsx().map_err(Error::internal)?,
    };
    let name = format!("attachment; filename=\"{}.{}\"", kind.path, format.extension());
    Ok(([(CONTENT_TYPE, format.media().to_string()), (CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// The columns of a kind in files: what identifies a record, its own fields, its custom values.
fn columns(kind: &Kind, definitions: &Definitions, tx: &Tx) -> Vec<String> {
    let own = kind.fields.iter().map(|field| field.name.to_string());
    let custom = definitions.seen(tx.caller()).map(|definition| format!("fields.{}", definition.of.key));
    ["id".to_string(), "version".to_string()].into_iter().chain(own).chain(custom).collect()
}

fn sheet(kind: &Kind, definitions: &Definitions, tx: &Tx, records: &[Value]) -> Sheet {
    let columns = columns(kind, definitions, tx);
    let value = |record: &Value, column: &str| match column.strip_prefix("fields.") {
        Some(key) => cell(record.get("fields").and_then(|values| values.get(key))),
        None => cell(record.get(column)),
    };
    let rows = records.iter().map(|record| columns.iter().map(|column| value(record, column)).collect()).collect();
    Sheet { columns, rows }
}

/// A value as a cell: lists and groups as JSON.
fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// A cell as the JSON of a field; what it cannot be stays a text, which is then refused with its place.
fn value(ty: &Type, cell: &str) -> Value {
    if cell.is_empty() {
        return Value::Null;
    }
    let read = match ty {
        Type::Integer(..) => cell.trim().parse::<i64>().ok().map(Value::from),
        Type::Boolean => truth(cell),
        Type::List(_) | Type::Object(_) => serde_json::from_str(cell).ok(),
        Type::Decimal | Type::Date | Type::Instant | Type::Reference(_) => Some(Value::String(cell.trim().into())),
        Type::Text | Type::Choice(_) => None,
    };
    read.unwrap_or_else(|| Value::String(cell.into()))
}

fn truth(cell: &str) -> Option<Value> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(Value::Bool(true)),
        "false" | "no" | "0" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// Brings the records of a file in.
///
/// # Errors
/// 422 with every row's errors, where all or none was asked for.
pub(super) async fn import(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, bytes: &[u8], format: Format, mode: Mode) -> Result<Outcome> {
    let unreadable = |why: String| Error::new(Family::Malformed, "file_unreadable", why);
    let sheet = match format {
        Format::Csv => Sheet::from_csv(bytes).map_err(unreadable)?,
        Format::Xlsx => Sheet::from_xlsx(bytes).map_err(unreadable)?,
        Format::Json => {
            let rows: Vec<Map<String, Value>> =
                serde_json::from_slice(bytes).map_err(|why| unreadable(format!("the file is no list of records: {why}")))?;
            return upsert(tx, kinds, kind, rows, mode).await;
        }
    };
    let definitions = Definitions::load(tx, kind).await?;
    let rows = rows(tx, kind, &definitions, &sheet)?;
    let placed = |error: FieldError| in_sheet(error, &sheet);
    match upsert(tx, kinds, kind, rows, mode).await {
        Ok(outcome) => Ok(Outcome { errors: outcome.errors.into_iter().map(placed).collect(), ..outcome }),
        Err(mut refused) => {
            refused.fields = std::mem::take(&mut refused.fields).into_iter().map(placed).collect();
            Err(refused)
        }
    }
}

fn rows(tx: &Tx, kind: &Kind, definitions: &Definitions, sheet: &Sheet) -> Result<Vec<Map<String, Value>>> {
    let known = columns(kind, definitions, tx);
    let meta = list::members(kind);
    let strange = sheet.columns.iter().filter(|name| !name.is_empty() && !known.contains(name) && !meta.contains(&name.as_str()));
    let wrong: Vec<_> = strange
        .map(|name| FieldError::new("", "unknown_column", format!("there is no column {name}; there are {}", known.join(", "))))
        .chain((sheet.columns.is_empty()).then(|| FieldError::new("", "no_columns", "the first row names the columns, and there is none")))
        .collect();
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let mut rows = Vec::with_capacity(sheet.rows.len());
    for cells in &sheet.rows {
        let (mut row, mut values) = (Map::new(), Map::new());
        for (name, cell) in sheet.columns.iter().zip(cells).filter(|(name, _)| !name.is_empty()) {
            if let Some(key) = name.strip_prefix("fields.") {
                let is_truth = definitions.find(tx.caller(), key).is_some_and(|definition| definition.of.value_type == ValueType::Boolean);
                let ty = if is_truth { Type::Boolean } else { Type::Text };
                values.insert(key.into(), value(&ty, cell));
            } else if name == "version" {
                row.insert(name.clone(), value(&Type::Integer(0, i64::MAX), cell));
            } else {
                row.insert(name.clone(), kind.field(name).map_or_else(|| value(&Type::Text, cell), |field| value(&field.ty, cell)));
            }
        }
        if !values.is_empty() {
            row.insert("fields".into(), Value::Object(values));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// An error says row and column as the person sees them.
fn in_sheet(error: FieldError, sheet: &Sheet) -> FieldError {
    let mut parts = error.pointer.splitn(4, '/').skip(2);
    let Some(row) = parts.next().and_then(|row| row.parse::<usize>().ok()) else { return error };
    let member = parts.next().unwrap_or_default().replace("fields/", "fields.");
    let column = sheet.columns.iter().position(|name| *name == member).map(|index| format!(", column {} ({member})", letters(index)));
    let detail = format!("row {}{}: {}", row + 2, column.unwrap_or_default(), error.detail);
    FieldError { detail, ..error }
}

/// A, B, …, Z, AA, …
fn letters(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    if index < 26 { last.to_string() } else { format!("{}{last}", letters(index / 26 - 1)) }
}
