//! Lists as people arranged them: filters, order, members.
//!
//! **Invariant:** a view holds parameters that its list understood when it was saved; whoever uses it sees what they themselves may see.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::http::IfMatch;
use crate::resource::custom::Definitions;
use crate::resource::kind::Kinds;
use crate::resource::list::Wanted;

/// A list as somebody arranged it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SavedView {
    /// The view; lists take it as `view`.
    pub id: Uuid,
    /// The kind of record it lists.
    pub kind: String,
    /// As its owner calls it.
    pub name: String,
    /// Whether everybody in the organization may use it.
    pub shared: bool,
    /// The parameters of the list, by name.
    #[schema(value_type = Object)]
    pub query: Value,
    /// Counts changes; the ETag.
    pub version: i64,
    /// Its owner.
    pub created_by: String,
}

/// A list to be remembered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewView {
    /// The kind of record it lists.
    #[schema(example = "plant")]
    pub kind: String,
    /// As its owner calls it; unique among the owner's.
    #[schema(min_length = 1, max_length = 200, example = "German plants")]
    pub name: String,
    /// Whether everybody in the organization may use it.
    #[serde(default)]
    pub shared: bool,
    /// The parameters of the list, by name.
    #[schema(example = json!({ "country": "DE", "sort": "name" }))]
    pub query: BTreeMap<String, String>,
}

fn of_row(row: &tokio_postgres::Row) -> SavedView {
    SavedView {
        id: row.get(0),
        kind: row.get(1),
        name: row.get(2),
        shared: row.get(3),
        query: row.get(4),
        version: row.get(5),
        created_by: row.get(6),
    }
}

/// The caller's views and those shared, of one kind or of all.
pub(super) async fn list(tx: &mut Tx, kind: Option<&str>) -> Result<Vec<SavedView>> {
    let (organization, by) = (tx.caller().organization, tx.caller().principal.label());
    let rows = tx
        .query(
            "select id, kind, name, shared, query, version, created_by from saved_views
             where organization_id = $1 and (shared or created_by = $2) and ($3::text is null or kind = $3)
             order by kind, name, id limit 1000",
            &[&organization, &by, &kind],
        )
        .await?;
    Ok(rows.iter().map(of_row).collect())
}

/// The parameters of a view that the caller may use.
pub(super) async fn parameters(tx: &mut Tx, kind: &str, id: &str) -> Result<Vec<(String, String)>> {
    let missing =
        || Error::new(Family::Malformed, "bad_parameter", "view: there is no such view of these records, or it is not shared with you");
    let id: Uuid = id.parse().map_err(|_| missing())?;
    let found = list(tx, Some(kind)).await?.into_iter().find(|view| view.id == id).ok_or_else(missing)?;
    let query: BTreeMap<String, String> = serde_json::from_value(found.query).map_err(Error::internal)?;
    Ok(query.into_iter().collect())
}

/// Remembers a list; `replaced` is the view it takes the place of.
///
/// # Errors
/// 422 for a list that nobody understands; 409 `taken`; 404, 403 `not_owner`, 412 for one to be replaced.
pub(super) async fn save(tx: &mut Tx, kinds: &Kinds, view: NewView, replaced: Option<(Uuid, IfMatch)>) -> Result<SavedView> {
    check(tx, kinds, &view).await?;
    let query = serde_json::to_value(&view.query).map_err(Error::internal)?;
    let (organization, by, now) = (tx.caller().organization, tx.caller().principal.label(), tx.now());
    let id = match replaced {
        None => tx.new_id(),
        Some((id, meant)) => {
            own(tx, id, meant).await?;
            id
        }
    };
    let row = tx
        .query_one(
            "insert into saved_views as v (organization_id, id, kind, name, shared, query, created_at, created_by, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $7)
             on conflict (organization_id, id) do update set kind = $3, name = $4, shared = $5, query = $6, version = v.version + 1, updated_at = $7
             returning id, kind, name, shared, query, version, created_by",
            &[&organization, &id, &view.kind, &view.name.trim(), &view.shared, &query, &now, &by],
        )
        .await
        .map_err(|error| error.on_constraint("saved_views_name_key", || Error::conflict("taken", "you have a view of this name already")))?;
    Ok(of_row(&row))
}

async fn check(tx: &mut Tx, kinds: &Kinds, view: &NewView) -> Result<()> {
    let mut errors = Vec::new();
    let name = view.name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.contains(char::is_control) {
        errors.push(FieldError::new("/name", "bad_name", "expected 1 to 200 characters"));
    }
    match kinds.find(&view.kind) {
        None => errors.push(FieldError::new("/kind", "unknown_kind", "there is no such kind of record; GET /api/v1/kinds lists them")),
        Some(kind) => {
            let definitions = Definitions::load(tx, kind).await?;
            for (name, value) in &view.query {
                let pointer = format!("/query/{}", crate::resource::incoming::escaped(name));
                let read = Wanted::read(kind, &definitions, tx, &[(name.clone(), value.clone())]);
                if let Err(wrong) = read {
                    errors.push(FieldError::new(pointer, wrong.code, wrong.detail));
                } else if matches!(name.as_str(), "cursor" | "view") {
                    errors.push(FieldError::new(pointer, "bad_parameter", "this is no part of a view"));
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

/// Forgets a view.
///
/// # Errors
/// 404, 403 `not_owner`, 412.
pub(super) async fn remove(tx: &mut Tx, id: Uuid, meant: IfMatch) -> Result<()> {
    own(tx, id, meant).await?;
    let organization = tx.caller().organization;
    tx.execute("delete from saved_views where organization_id = $1 and id = $2", &[&organization, &id]).await?;
    Ok(())
}

async fn own(tx: &mut Tx, id: Uuid, meant: IfMatch) -> Result<()> {
    let (organization, by) = (tx.caller().organization, tx.caller().principal.label());
    let row = tx
        .query_opt(
            "select version, created_by from saved_views where organization_id = $1 and id = $2 and (shared or created_by = $3) for update",
            &[&organization, &id, &by],
        )
        .await?
        .ok_or_else(|| Error::not_found("view"))?;
    if row.get::<_, String>(1) != by {
        return Err(Error::new(Family::Forbidden, "not_owner", "only its owner changes a view; save it under your own name"));
    }
    meant.check(row.get(0))
}
