//! The statements of the feed: pages of a set, one row of it, how many there are.

use std::fmt::Write;

use serde_json::Value;
use tokio_postgres::types::{ToSql, Type as Pg};
use uuid::Uuid;

use super::apply::Apply;
use super::filter::{self, Values};
use super::options::{Annotations, MOST, Options, bad};
use super::schema::{Column, Table, Type};
use super::{FEED_EXPORT, Of};
use crate::caller::{Reach, Scope};
use crate::database::{Sql, Tx};
use crate::error::{Error, Kind, Result};
use crate::http::Cursor;
use crate::permission::Permission;
use crate::resource::narrowing_value;

/// How long a statement of the feed may take.
const TIME_LIMIT: &str = "20s";

/// Part of a set.
pub(super) struct Part {
    /// The rows as JSON, each an object.
    pub rows: Vec<String>,
    /// Where the next part begins, if there is one.
    pub next: Option<Cursor>,
}

/// The condition of a statement over the rows of `table` that its reader may see, which the statement calls `v`.
struct Statement<'a> {
    table: &'a Table,
    values: Values,
    condition: String,
}

impl<'a> Statement<'a> {
    /// Refuses whoever may read it nowhere.
    fn new(tx: &Tx, table: &'a Table) -> Result<Statement<'a>> {
        let mut statement = Statement { table, values: Values::default(), condition: "true".into() };
        statement.within_reach(tx, FEED_EXPORT)?;
        match table.set.of {
            Of::Anybody => {}
            Of::Right(permission) => statement.within_reach(tx, permission)?,
            Of::Record(kind, column) => {
                let kind = kind();
                statement.within_reach(tx, kind.verbs.read)?;
                if let Some(policies) = tx.caller().policies_on(kind.verbs.read) {
                    let mut narrowed = String::new();
                    let values = &mut statement.values;
                    policies.narrow(tx.caller(), kind, kind.verbs.read, &mut narrowed, &mut |parameter| {
                        values.0.push(narrowing_value(parameter));
                        format!("${}", values.0.len())
                    });
                    let organization = statement.values.give(tx.caller().organization.0, Pg::UUID);
                    _ = write!(
                        statement.condition,
                        " and exists (select from {} t where t.organization_id = {organization} and t.id = v.\"{column}\"{narrowed})",
                        kind.table
                    );
                }
            }
        }
        Ok(statement)
    }

    /// Only plants where the reader holds `permission`; rows of no plant where that is all of them.
    fn within_reach(&mut self, tx: &Tx, permission: Permission) -> Result<()> {
        tx.caller().require_somewhere(permission)?;
        let Reach::Plants(plants) = tx.caller().reach_of(permission) else { return Ok(()) };
        if plants.is_empty() && !tx.caller().may_somewhere(permission) {
            return Err(tx.caller().refusal(permission, Scope::Organization));
        }
        if self.table.column("plant_id").is_some() {
            let plants = self.values.give(plants.into_iter().map(|plant| plant.0).collect::<Vec<Uuid>>(), Pg::UUID_ARRAY);
            _ = write!(self.condition, " and v.plant_id = any ({plants})");
        }
        Ok(())
    }

    fn filtered(&mut self, filter: Option<&str>) -> Result<()> {
        let Some(text) = filter else { return Ok(()) };
        let predicate = filter::predicate(text, self.table, &mut self.values).map_err(|wrong| bad("$filter", wrong))?;
        _ = write!(self.condition, " and {predicate}");
        Ok(())
    }

    /// Behind the row where the part before ended.
    fn behind(&mut self, order: &[(&Column, bool)], cursor: &Cursor) -> Result<()> {
        let mut earlier: Vec<String> = Vec::new();
        let mut cases: Vec<String> = Vec::new();
        for ((column, down), value) in order.iter().zip(&cursor.values) {
            let name = format!("v.\"{}\"", column.name);
            let given = match value {
                Value::Null => None,
                Value::String(text) if is_value(column.ty, text) => {
                    let given = self.values.give(text.clone(), Pg::TEXT);
                    Some(format!("{given}::{}", column.ty.sql()))
                }
                _ => return Err(bad("$skiptoken", "not one that this feed gave out")),
            };
            // Nulls come first where values rise, last where they fall.
            let beyond = match (&given, down) {
                (Some(given), false) => format!("{name} > {given}"),
                (Some(given), true) => format!("({name} < {given} or {name} is null)"),
                (None, false) => format!("{name} is not null"),
                (None, true) => "false".into(),
            };
            cases.push(earlier.iter().cloned().chain([beyond]).collect::<Vec<_>>().join(" and "));
            earlier.push(match given {
                Some(given) => format!("{name} = {given}"),
                None => format!("{name} is null"),
            });
        }
        // What holds in every case is said apart: an index can begin there.
        if let (Some((column, false)), Some(Value::String(text))) = (order.first(), cursor.values.first()) {
            // Read above.
            let given = self.values.give(text.clone(), Pg::TEXT);
            let or_null = if column.is_key { String::new() } else { format!(" or v.\"{}\" is null", column.name) };
            _ = write!(self.condition, " and (v.\"{}\" >= {given}::{}{or_null})", column.name, column.ty.sql());
        }
        _ = write!(self.condition, " and ({})", cases.iter().map(|case| format!("({case})")).collect::<Vec<_>>().join(" or "));
        Ok(())
    }

    async fn run(self, tx: &mut Tx, text: String) -> Result<Vec<tokio_postgres::Row>> {
        tx.query("select set_config('statement_timeout', $1, true)", &[&TIME_LIMIT]).await?;
        let values: Vec<(&(dyn ToSql + Sync), Pg)> =
            self.values.0.iter().map(|(value, ty)| (&**value as &(dyn ToSql + Sync), ty.clone())).collect();
        tx.query_typed(Sql::composed(text), &values).await.map_err(|failed| match failed.kind {
            // Numbers beyond what a column holds, a root of nothing: the condition's fault.
            Kind::Invalid => bad("$filter", "a value lies outside what can be compared"),
            _ => failed,
        })
    }
}

/// A row as JSON: what is selected of it, with what it says of itself.
fn object(table: &Table, selected: &[&Column], annotations: Annotations) -> String {
    let mut parts: Vec<String> = Vec::new();
    if annotations == Annotations::Full {
        parts.push(format!("'#{}.{}'::text as \"@odata.type\"", super::metadata::NAMESPACE, table.set.name));
        parts.push(format!("{} as \"@odata.id\"", identity(table)));
    }
    for column in selected {
        let is_plain = matches!(column.ty, Type::Text | Type::Boolean | Type::Double);
        if annotations == Annotations::Full && !is_plain {
            parts.push(format!("'#{}'::text as \"{}@odata.type\"", column.ty.edm(), column.name));
        }
        parts.push(format!("v.\"{}\"", column.name));
    }
    format!("(select row_to_json(o)::text from (select {}) o)", parts.join(", "))
}

/// The address of a row, seen from the feed's.
fn identity(table: &Table) -> String {
    let is_single = table.set.key.len() == 1;
    let parts: Vec<String> = table
        .key()
        .map(|column| {
            let value = match column.ty {
                Type::Text => format!("'''' || replace(v.\"{}\", '''', '''''') || ''''", column.name),
                _ => format!("v.\"{}\"::text", column.name),
            };
            if is_single { value } else { format!("'{}=' || {value}", column.name) }
        })
        .collect();
    format!("'{}(' || {} || ')'", table.set.name, parts.join(" || ',' || "))
}

/// A value as cursors keep it.
fn place(column: &Column) -> String {
    match column.ty {
        // As ISO 8601 has it, whatever the database's own way is.
        Type::Date | Type::Instant => format!("to_json(v.\"{}\") #>> '{{}}'", column.name),
        _ => format!("v.\"{}\"::text", column.name),
    }
}

/// Whether the database can read this as a value: a cursor comes from whoever likes to send one.
fn is_value(ty: Type, text: &str) -> bool {
    match ty {
        Type::Guid => text.parse::<Uuid>().is_ok(),
        Type::Text => !text.contains('\0'),
        Type::Int16 => text.parse::<i16>().is_ok(),
        Type::Int32 => text.parse::<i32>().is_ok(),
        Type::Int64 => text.parse::<i64>().is_ok(),
        Type::Decimal => text.parse::<rust_decimal::Decimal>().is_ok(),
        Type::Double => text.parse::<f64>().is_ok(),
        Type::Boolean => text.parse::<bool>().is_ok(),
        Type::Date => text.parse::<jiff::civil::Date>().is_ok(),
        Type::Instant => text.parse::<jiff::Timestamp>().is_ok(),
    }
}

/// A page of a set.
pub(super) async fn page(tx: &mut Tx, table: &Table, options: &Options<'_>, size: i64, annotations: Annotations) -> Result<Part> {
    let mut statement = Statement::new(tx, table)?;
    statement.filtered(options.filter)?;
    let mut order = options.order.clone();
    for column in table.key() {
        if !order.iter().any(|(known, _)| known.name == column.name) {
            order.push((column, false));
        }
    }
    let sort = format!("{}:{}", table.set.name, options.order_text());
    if let Some(after) = options.after {
        let cursor = Cursor::read(after).and_then(|cursor| cursor.of_sort(&sort).map(|()| cursor));
        let cursor = cursor.ok().filter(|cursor| cursor.values.len() == order.len());
        statement.behind(&order, &cursor.ok_or_else(|| bad("$skiptoken", "not one that this feed gave out"))?)?;
    }
    let wanted = options.top.map_or(size, |top| top.min(size));
    let all: Vec<&Column> = table.columns.iter().collect();
    let selected = options.select.as_deref().unwrap_or(&all);
    let place: Vec<String> = order.iter().map(|(column, _)| place(column)).collect();
    let sorted: Vec<String> = order
        .iter()
        .map(|(column, down)| {
            let direction = match (column.is_key, down) {
                (true, false) => "",
                (true, true) => " desc",
                (false, false) => " nulls first",
                (false, true) => " desc nulls last",
            };
            format!("v.\"{}\"{direction}", column.name)
        })
        .collect();
    let text = format!(
        "select {}, array[{}] from bi.\"{}\" v where {} order by {} limit {} offset {}",
        object(table, selected, annotations),
        place.join(", "),
        table.set.name,
        statement.condition,
        sorted.join(", "),
        wanted + 1,
        options.skip
    );
    let rows = statement.run(tx, text).await?;
    let has_more = rows.len() as i64 > wanted && options.top.is_none_or(|top| top > wanted);
    let kept = &rows[..rows.len().min(usize::try_from(wanted).unwrap_or_default())];
    let next = kept.last().filter(|_| has_more).map(|last| {
        let values = last.get::<_, Vec<Option<String>>>(1).into_iter().map(|value| value.map_or(Value::Null, Value::String)).collect();
        Cursor { sort, values, id: Uuid::nil() }
    });
    Ok(Part { rows: kept.iter().map(|row| row.get(0)).collect(), next })
}

/// What `$apply` makes of the rows, each as JSON; all at once, as there is no place among them that a next page could begin behind. And how many there are
/// without `$top` and `$skip`.
pub(super) async fn applied(
    tx: &mut Tx,
    table: &Table,
    apply: &Apply<'_>,
    order: &[(String, bool)],
    options: &Options<'_>,
) -> Result<(Vec<String>, i64)> {
    let mut statement = Statement::new(tx, table)?;
    statement.filtered(apply.filter)?;
    let groups: Vec<String> = apply.by.iter().map(|column| format!("v.\"{}\"", column.name)).collect();
    let sums = apply.made.iter().map(|(name, expression)| format!("{expression} as \"{name}\""));
    let selected: Vec<String> = groups.iter().cloned().chain(sums).collect();
    let grouped = if groups.is_empty() { String::new() } else { format!(" group by {}", groups.join(", ")) };
    // What is not said is decided by the values themselves, so that the same question has the same answer.
    let said = order.iter().map(|(name, down)| format!("a.\"{name}\"{}", if *down { " desc nulls last" } else { " nulls first" }));
    let rest = apply
        .by
        .iter()
        .filter(|column| order.iter().all(|(name, _)| *name != column.name))
        .map(|column| format!("a.\"{}\" nulls first", column.name));
    let sorted: Vec<String> = said.chain(rest).chain(["1".to_owned()]).collect();
    let wanted = options.top.unwrap_or(i64::MAX).min(MOST + 1);
    let made = |condition: &str| format!("select {} from bi.\"{}\" v where {condition}{grouped}", selected.join(", "), table.set.name);
    let text = format!(
        "select row_to_json(a)::text, count(*) over () from ({}) a order by {} limit {wanted} offset {}",
        made(&statement.condition),
        sorted.join(", "),
        options.skip
    );
    let rows = statement.run(tx, text).await?;
    if rows.len() as i64 > MOST {
        return Err(bad("$apply", format!("more than {MOST} groups: group by less, or take some of them with filter(…)")));
    }
    let all = match rows.first() {
        Some(row) => row.get(1),
        // None of them was wanted, or those that were lie behind the last: there may be some all the same.
        None if options.count => {
            let mut statement = Statement::new(tx, table)?;
            statement.filtered(apply.filter)?;
            let text = format!("select count(*) from ({}) a", made(&statement.condition));
            statement.run(tx, text).await?.first().map_or(0, |row| row.get(0))
        }
        None => 0,
    };
    Ok((rows.iter().map(|row| row.get(0)).collect(), all))
}

/// How many rows there are.
pub(super) async fn count(tx: &mut Tx, table: &Table, filter: Option<&str>) -> Result<i64> {
    let mut statement = Statement::new(tx, table)?;
    statement.filtered(filter)?;
    let text = format!("select count(*) from bi.\"{}\" v where {}", table.set.name, statement.condition);
    let rows = statement.run(tx, text).await?;
    rows.first().map(|row| row.get(0)).ok_or_else(|| Error::internal("a count without a row"))
}

/// The row of this key as JSON.
pub(super) async fn one(tx: &mut Tx, table: &Table, key: &str, options: &Options<'_>, annotations: Annotations) -> Result<String> {
    let mut statement = Statement::new(tx, table)?;
    let predicate = filter::key(key, table, &mut statement.values).map_err(|wrong| bad("key", wrong))?;
    _ = write!(statement.condition, " and {predicate}");
    let all: Vec<&Column> = table.columns.iter().collect();
    let selected = options.select.as_deref().unwrap_or(&all);
    let text =
        format!("select {} from bi.\"{}\" v where {} limit 1", object(table, selected, annotations), table.set.name, statement.condition);
    let rows = statement.run(tx, text).await?;
    rows.first().map(|row| row.get(0)).ok_or_else(|| Error::not_found("row"))
}
