//! Archiving, which is how a record ends: it stays, and nothing new may refer to it.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::{Sql, Tx};
use crate::error::{Error, Result};
use crate::http::IfMatch;
use crate::resource::custom::Definitions;
use crate::resource::kind::{Kind, Kinds};
use crate::resource::narrowing::{require, visible};
use crate::resource::rules::Sight;
use crate::resource::statements::Statements;
use crate::resource::write::{Change, Saved, lock, refused, scope, version};

/// Archives a record, or takes it back into use.
///
/// # Errors
/// 404, 403, 412; 409 `in_use` with the names of what still refers to it.
pub(super) async fn set(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, id: Uuid, meant: IfMatch, archived: bool) -> Result<Saved> {
    let definitions = Definitions::load(tx, kind).await?;
    let before = lock(tx, kind, &[id]).await?.remove(&id).ok_or_else(|| Error::not_found(&kind.noun()))?;
    if !readable(tx, kind, &before) {
        return Err(Error::not_found(&kind.noun()));
    }
    require(tx.caller(), kind, kind.verbs.archive, &before, None)?;
    meant.check(version(&before))?;
    let is_archived = before.get("archived_at").is_some_and(|at| !at.is_null());
    let mut record = before;
    let mut change = Change::Unchanged;
    if is_archived != archived {
        if archived {
            unused(tx, kinds, kind, id, &record).await?;
            (kind.hooks.archive)(&record, Sight { tx, kinds }).await?;
        }
        let (organization, now) = (tx.caller().organization, tx.now());
        let at = archived.then_some(now);
        let row = tx.query_one(Statements::of(kind).archive.clone(), &[&organization, &id, &at, &now]).await;
        if let Value::Object(after) = row.map_err(|error| refused(kind, error))?.get::<_, Value>(1) {
            record = after;
        }
        if !archived {
            (kind.hooks.restore)(&record, Sight { tx, kinds }).await?;
        }
        change = Change::Updated;
    }
    definitions.hide(tx.caller(), &mut record);
    Ok(Saved { id, record, change })
}

/// Whether the caller may see a record that the walls let through.
pub(super) fn readable(tx: &Tx, kind: &'static Kind, record: &Map<String, Value>) -> bool {
    if !visible(tx.caller(), kind, record) {
        return false;
    }
    if kind.within.has_plant() && scope(kind, record) != crate::caller::Scope::Organization {
        return tx.caller().may(kind.verbs.read, scope(kind, record));
    }
    tx.caller().may_somewhere(kind.verbs.read)
}

/// Refuses while records that are not archived refer to it.
async fn unused(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, id: Uuid, record: &Map<String, Value>) -> Result<()> {
    let organization = tx.caller().organization;
    let mut users = Vec::new();
    for (user, field) in kinds.referring_to(kind.name) {
        let rows = tx
            .query(
                Sql::composed(format!(
                    "select t.{}::text from {} t where t.organization_id = $1 and t.{} = $2 and t.archived_at is null order by t.id limit 3",
                    user.label, user.table, field.name
                )),
                &[&organization, &id],
            )
            .await?;
        users.extend(rows.iter().map(|row| format!("{} “{}”", user.noun(), row.get::<_, Option<String>>(0).unwrap_or_default())));
    }
    let rows = tx
        .query(
            "select e.kind, e.record_id, e.key from field_entries e join field_definitions d on d.organization_id = $1 and d.kind = e.kind and d.key = e.key
             where e.organization_id = $1 and d.reference_kind = $2 and e.text_value = $3 limit 3",
            &[&organization, &kind.name, &id.to_string()],
        )
        .await?;
    users.extend(
        rows.iter().map(|row| format!("{} {} by its field {}", row.get::<_, String>(0), row.get::<_, Uuid>(1), row.get::<_, String>(2))),
    );
    if users.is_empty() {
        return Ok(());
    }
    let name = record.get(kind.label).and_then(Value::as_str).unwrap_or_default();
    Err(Error::conflict("in_use", format!("{} “{name}” is still used by {}; archive or change them first", kind.noun(), users.join(", "))))
}
