//! Many records at once for verbs of contexts that plan what they write before they write it: all records of a kind, judged without being
//! stored, archived and taken back into use together.
//!
//! **Invariant:** what is judged here is judged again when it is stored.

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::{Sql, Tx};
use crate::error::{Error, FieldError, Result};
use crate::ids::PlantId;
use crate::resource::incoming;
use crate::resource::kind::{Kind, Kinds};
use crate::resource::rules::Sight;
use crate::resource::statements::members;
use crate::resource::write::{lock, refused, scope};

/// Every record of a kind as it is stored, archived ones too, in the order of their identifiers; of one plant where one is named and records
/// of the kind belong to plants.
///
/// # Errors
/// What the database refused.
pub async fn all(tx: &mut Tx, kind: &Kind, plant: Option<PlantId>) -> Result<Vec<Map<String, Value>>> {
    let organization = tx.caller().organization;
    let whole = members(kind, "t", "t.fields");
    let of_plant = if kind.within.has_plant() { "($2::uuid is null or t.plant_id = $2)" } else { "($2::uuid is null or true)" };
    let sql = Sql::composed(format!(
        "select row_to_json(r) from (select {whole} from {} t where t.organization_id = $1 and {of_plant} order by t.id) r",
        kind.table
    ));
    let rows = tx.query(sql, &[&organization, &plant]).await?;
    Ok(rows.iter().filter_map(|row| if let Value::Object(record) = row.get(0) { Some(record) } else { None }).collect())
}

/// What a record would be with these members, in the form in which it would be stored, or everything that is wrong with it; references,
/// custom values and keys are looked at when it is stored. Pointers begin at the record: `/name`.
///
/// # Errors
/// When a rule could not look something up.
pub async fn judge(
    tx: &mut Tx,
    kinds: &Kinds,
    kind: &'static Kind,
    body: &Map<String, Value>,
    before: Option<&Map<String, Value>>,
) -> Result<Result<Map<String, Value>, Vec<FieldError>>> {
    let mut after = before.cloned().unwrap_or_default();
    let mut errors = Vec::new();
    incoming::read(kind, body, &mut after, "", &mut errors);
    incoming::fill(kind, &mut after, "", &mut errors);
    if errors.is_empty() {
        after.entry("id").or_insert_with(|| Value::String(Uuid::nil().to_string()));
        (kind.hooks.complete)(&mut after)?;
        errors = (kind.hooks.check)(&after, before, Sight { tx, kinds }).await?;
    }
    Ok(if errors.is_empty() { Ok(after) } else { Err(errors) })
}

/// Archives records of a kind, or takes them back into use; the version of each afterwards. Whoever archives has looked whether they are
/// still used ([`users`]).
///
/// # Errors
/// 403 where the caller may not archive one of them.
pub async fn set_archived(tx: &mut Tx, kind: &'static Kind, ids: &[Uuid], archived: bool) -> Result<HashMap<Uuid, i64>> {
    let before = lock(tx, kind, ids).await?;
    let mut places: Vec<_> = before.values().map(|record| scope(kind, record)).collect();
    places.dedup();
    for place in places {
        tx.require(kind.verbs.archive, place)?;
    }
    let (organization, now) = (tx.caller().organization, tx.now());
    let at = archived.then_some(now);
    let sql = Sql::composed(format!(
        "update {} t set archived_at = $3, version = t.version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
         where t.organization_id = $1 and t.id = any ($2) and (t.archived_at is null) = $5 returning t.id, t.version",
        kind.table
    ));
    let rows = tx.query(sql, &[&organization, &ids, &at, &now, &archived]).await.map_err(|error| refused(kind, error))?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Records in use that refer to one of these and are not among `except`, by kind; their kind and label, `most` at most.
///
/// # Errors
/// What the database refused.
pub async fn users(
    tx: &mut Tx,
    kinds: &Kinds,
    kind: &'static Kind,
    ids: &[Uuid],
    except: &HashMap<&'static str, Vec<Uuid>>,
    most: usize,
) -> Result<Vec<(&'static Kind, String)>> {
    let organization = tx.caller().organization;
    let mut found = Vec::new();
    for (user, field) in kinds.referring_to(kind.name) {
        let own = except.get(user.name).map_or(&[][..], Vec::as_slice);
        let left = most.saturating_sub(found.len()) as i64;
        let sql = Sql::composed(format!(
            "select t.{}::text from {} t where t.organization_id = $1 and t.{} = any ($2) and t.archived_at is null and not t.id = any ($3)
             order by t.id limit $4",
            user.label, user.table, field.name
        ));
        let rows = tx.query(sql, &[&organization, &ids, &own, &left]).await?;
        found.extend(rows.iter().map(|row| (user, row.get::<_, Option<String>>(0).unwrap_or_default())));
    }
    Ok(found)
}

/// The versions of records that are there, and whether they are archived.
///
/// # Errors
/// What the database refused.
pub async fn versions(tx: &mut Tx, kind: &Kind, ids: &[Uuid]) -> Result<HashMap<Uuid, (i64, bool)>> {
    let organization = tx.caller().organization;
    let sql = Sql::composed(format!(
        "select t.id, t.version, t.archived_at is not null from {} t where t.organization_id = $1 and t.id = any ($2)",
        kind.table
    ));
    let rows = tx.query(sql, &[&organization, &ids]).await?;
    Ok(rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect())
}

/// The kind of this name, which the program has.
///
/// # Errors
/// `internal` where it has not.
pub fn known(kinds: &Kinds, name: &str) -> Result<&'static Kind> {
    kinds.find(name).ok_or_else(|| Error::internal(format!("there is no kind {name}")))
}
