//! What happened to a record: the entries of the audit trail about it, with what each changed.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::Tx;
use crate::error::Result;
use crate::http::{Cursor, Page, Paged};
use crate::resource::custom::Definitions;
use crate::resource::kind::Kind;
use crate::resource::narrowing::visible;

/// What somebody did to a record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Entry {
    /// The entry of the audit trail.
    pub id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who: `user:…`, `key:…`, `system:…`.
    #[schema(example = "user:0199d1a0-0000-7000-8000-000000000001")]
    pub by: String,
    /// What: `line.updated`.
    #[schema(example = "line.updated")]
    pub action: String,
    /// The request, as the client was told it.
    pub request_id: Option<Uuid>,
    /// What changed, member by member; custom values as `fields.key`.
    pub changes: Vec<Difference>,
}

/// A member that changed.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(super) struct Difference {
    /// The member.
    pub member: String,
    /// Its value before; null where there was none.
    pub before: Value,
    /// Its value after; null where there is none.
    pub after: Value,
}

/// Members that change with every change.
const ALWAYS: [&str; 6] = ["version", "updated_at", "updated_by", "organization_id", "created_at", "created_by"];

/// A page of what happened to a record, the newest first.
pub(super) async fn of(tx: &mut Tx, kind: &'static Kind, id: Uuid, page: &Page) -> Result<Paged<Entry>> {
    let definitions = Definitions::load(tx, kind).await?;
    let (organization, limit) = (tx.caller().organization, i64::from(page.limit) + 1);
    let after = match &page.after {
        None => None,
        Some(cursor) => {
            cursor.of_sort("-at")?;
            cursor.values.first().and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok()).map(|at| (at, cursor.id))
        }
    };
    let rows = tx
        .query(
            "select id, occurred_at, actor, action, request_id, before, after from audit_events
             where organization_id = $1 and kind = $2 and record_id = $3
                 and ($4::timestamptz is null or occurred_at < $4 or (occurred_at = $4 and id < $5))
             order by occurred_at desc, id desc limit $6",
            &[&organization, &kind.name, &id, &after.map(|(at, _)| at), &after.map(|(_, id)| id), &limit],
        )
        .await?;
    let read = Paged::of(rows.iter().map(|row| (row.get::<_, Uuid>(0), row.get::<_, Timestamp>(1))).collect(), page, |(id, at)| Cursor {
        sort: "-at".into(),
        values: vec![at.to_string().into()],
        id: *id,
    });
    // What the record was while a policy hid it stays hidden.
    let is_shown = |row: &&Row| [5, 6].into_iter().all(|at| shows(tx.caller(), kind, row.get::<_, Option<Value>>(at).as_ref()));
    let entries = rows.iter().take(read.items.len()).filter(is_shown).map(|row| Entry {
        id: row.get(0),
        at: row.get(1),
        by: row.get(2),
        action: row.get(3),
        request_id: row.get(4),
        changes: differences(&shown(&definitions, tx, row.get(5)), &shown(&definitions, tx, row.get(6))),
    });
    Ok(Paged { items: entries.collect(), next_cursor: read.next_cursor })
}

/// Whether the caller may see a state of a record, as the trail keeps it.
pub(crate) fn shows(caller: &Caller, kind: &'static Kind, state: Option<&Value>) -> bool {
    state.and_then(Value::as_object).is_none_or(|state| visible(caller, kind, state))
}

/// The members of an audited row that the caller may see, custom values among them.
fn shown(definitions: &Definitions, tx: &Tx, row: Option<Value>) -> Map<String, Value> {
    let Some(Value::Object(mut row)) = row else { return Map::new() };
    definitions.hide(tx.caller(), &mut row);
    if let Some(Value::Object(values)) = row.remove("fields") {
        row.extend(values.into_iter().map(|(key, value)| (format!("fields.{key}"), value)));
    }
    row
}

fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Difference> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).filter(|name| !ALWAYS.contains(&name.as_str())).collect();
    names.sort();
    names.dedup();
    let value = |row: &Map<String, Value>, name: &String| row.get(name).cloned().unwrap_or(Value::Null);
    names
        .into_iter()
        .map(|name| Difference { member: name.clone(), before: value(before, name), after: value(after, name) })
        .filter(|difference| difference.before != difference.after)
        .collect()
}
