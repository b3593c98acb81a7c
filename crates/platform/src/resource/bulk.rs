//! Many records at once: each is changed where it is there already, by identifier or by its natural key, and made where it is not.
//!
//! **Invariant:** doing the same twice changes nothing the second time.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Scope;
use crate::database::Tx;
use crate::error::{Error, FieldError, Result};
use crate::http::IfMatch;
use crate::resource::incoming;
use crate::resource::kind::{Kind, Kinds, Type, Within};
use crate::resource::statements::Statements;
use crate::resource::write::{Asked, Change, How, Saved, Whole, plants_of, save};

/// Records in a request at most.
pub(super) const MOST: usize = 5_000;

/// Many records to be made or changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Bulk {
    /// What one wrong record means for the others.
    #[serde(default)]
    pub mode: Mode,
    /// The records; one with `id` is that one, one without is found by its natural key or made.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Map<String, Value>>,
}

/// What one wrong record means for the others.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mode {
    /// All or none.
    #[default]
    AllOrNothing,
    /// Those that are right.
    Partial,
}

/// What became of many records.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = BulkOutcome)]
pub(super) struct Outcome {
    /// New ones.
    pub created: usize,
    /// Changed ones.
    pub updated: usize,
    /// Those that were so already.
    pub unchanged: usize,
    /// Those that are wrong, and were not written.
    pub failed: usize,
    /// What became of each, in order.
    pub rows: Vec<RowOutcome>,
    /// Everything that is wrong, with pointers into the request.
    pub errors: Vec<FieldError>,
}

/// What became of one record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RowOutcome {
    /// The record; null where it is wrong.
    pub id: Option<Uuid>,
    /// What happened; null where it is wrong.
    pub change: Option<Change>,
    /// Its version now.
    pub version: Option<i64>,
}

/// Writes many records.
///
/// # Errors
/// 422 with everything that is wrong, where all or none was asked for.
pub(super) async fn upsert(
    tx: &mut Tx,
    kinds: &Kinds,
    kind: &'static Kind,
    mut rows: Vec<Map<String, Value>>,
    mode: Mode,
) -> Result<Outcome> {
    if rows.len() > MOST {
        let detail = format!("found {} records, expected at most {MOST} at once", rows.len());
        return Err(Error::invalid(vec![FieldError::new("/rows", "too_long", detail)]));
    }
    if !tx.caller().may_somewhere(kind.verbs.import) {
        return Err(tx.caller().refusal(kind.verbs.import, Scope::Organization));
    }
    let known = find(tx, kinds, kind, &mut rows).await?;
    let asked = rows.into_iter().enumerate().map(|(index, body)| {
        let meant = body.get("version").and_then(Value::as_i64).map_or(IfMatch::Any, IfMatch::Version);
        let how = known.get(&index).map_or(How::Create, |id| How::Merge(*id));
        Asked { at: format!("/rows/{index}"), body, how, meant }
    });
    let asked = asked.collect();
    let whole = if mode == Mode::Partial { Whole::Each } else { Whole::All };
    let saved = save(tx, kinds, kind, asked, whole, Some(kind.verbs.import)).await?;
    let outcome = outcome(saved);
    if mode == Mode::AllOrNothing && outcome.failed > 0 {
        return Err(Error::invalid(outcome.errors));
    }
    Ok(outcome)
}

fn outcome(saved: Vec<Result<Saved, Vec<FieldError>>>) -> Outcome {
    let mut outcome = Outcome::default();
    for one in saved {
        let row = match one {
            Ok(saved) => {
                match saved.change {
                    Change::Created => outcome.created += 1,
                    Change::Updated => outcome.updated += 1,
                    Change::Unchanged => outcome.unchanged += 1,
                }
                RowOutcome { id: Some(saved.id), change: Some(saved.change), version: Some(saved.version()) }
            }
            Err(errors) => {
                outcome.failed += 1;
                outcome.errors.extend(errors);
                RowOutcome { id: None, change: None, version: None }
            }
        };
        outcome.rows.push(row);
    }
    outcome
}

/// Which rows are there already, by position.
async fn find(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, rows: &mut [Map<String, Value>]) -> Result<HashMap<usize, Uuid>> {
    named(tx, kinds, kind, rows).await?;
    let mut known = HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        if let Some(id) = row.get("id").filter(|id| !id.is_null()) {
            // What is no identifier is nobody's: it will not be found.
            known.insert(index, id.as_str().and_then(|id| id.parse().ok()).unwrap_or_default());
        }
    }
    let (Some(key), Some(statement)) = (kind.unique.first(), Statements::of(kind).by_key.first()) else { return Ok(known) };
    let plants = plants(tx, kinds, kind, rows).await?;
    let asked: Vec<Value> = rows
        .iter()
        .enumerate()
        .filter(|(index, _)| !known.contains_key(index))
        .filter_map(|(index, row)| {
            let mut entry = Map::from_iter([("at_row".to_string(), json!(index)), ("plant_id".to_string(), json!(plants.get(&index)))]);
            for name in *key {
                entry.insert((*name).into(), incoming::form(kind.field(name)?, row.get(*name)?)?);
            }
            Some(Value::Object(entry))
        })
        .collect();
    if !asked.is_empty() {
        let organization = tx.caller().organization;
        let rows = tx.query(statement.clone(), &[&organization, &Value::Array(asked)]).await?;
        known.extend(rows.iter().map(|row| (row.get::<_, i64>(0) as usize, row.get::<_, Uuid>(1))));
    }
    Ok(known)
}

/// The plant of each row, as far as it says.
async fn plants(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, rows: &[Map<String, Value>]) -> Result<HashMap<usize, Uuid>> {
    let member = match kind.within {
        Within::Organization | Within::Itself => return Ok(HashMap::new()),
        Within::Plant | Within::Either => "plant_id",
        Within::Parent(field) => field,
    };
    let said = rows.iter().enumerate().filter_map(|(index, row)| Some((index, row.get(member)?.as_str()?.parse::<Uuid>().ok()?)));
    let said: HashMap<usize, Uuid> = said.collect();
    let parent = match kind.field(member).map(|field| field.ty) {
        Some(Type::Reference(parent)) if member != "plant_id" => kinds.find(parent),
        _ => return Ok(said),
    };
    let Some(parent) = parent else { return Ok(HashMap::new()) };
    let of_parents = plants_of(tx, parent, said.values().copied().collect()).await?;
    Ok(said.into_iter().filter_map(|(index, id)| Some((index, *of_parents.get(&id)?))).collect())
}

/// References may be given by the natural key of what they refer to, where that is one text: `"area_id": "SMT"` becomes the identifier.
async fn named(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, rows: &mut [Map<String, Value>]) -> Result<()> {
    for field in kind.fields {
        let Type::Reference(target) = field.ty else { continue };
        let Some(target) = kinds.find(target) else { continue };
        let Some([key]) = target.unique.first() else { continue };
        let names: Vec<&str> =
            rows.iter().filter_map(|row| row.get(field.name)?.as_str()).filter(|text| text.parse::<Uuid>().is_err()).collect();
        if names.is_empty() || !matches!(target.field(key).map(|field| field.ty), Some(Type::Text)) {
            continue;
        }
        let organization = tx.caller().organization;
        let found = tx.query(Statements::named(target, key), &[&organization, &names]).await?;
        // One name in two plants means neither.
        let mut ids: HashMap<String, Option<Uuid>> = HashMap::new();
        for row in &found {
            ids.entry(row.get(0)).and_modify(|id| *id = None).or_insert(Some(row.get(1)));
        }
        for row in rows.iter_mut() {
            if let Some(value) = row.get_mut(field.name)
                && let Some(Some(id)) = value.as_str().and_then(|name| ids.get(name))
            {
                *value = Value::String(id.to_string());
            }
        }
    }
    Ok(())
}
