//! What somebody wants written, read and laid beside what is stored, which is locked first.

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Asked, How, Stored, version};
use crate::database::Tx;
use crate::error::{FieldError, Result};
use crate::resource::custom::Definitions;
use crate::resource::incoming;
use crate::resource::kind::{Kind, Type};
use crate::resource::statements::Statements;

/// A record on its way.
pub(super) struct Draft {
    /// Where it is in the body, as a JSON pointer.
    pub at: String,
    pub id: Uuid,
    /// As it is stored; nothing for a new one.
    pub before: Option<Map<String, Value>>,
    /// As it would be.
    pub after: Map<String, Value>,
    /// Everything that is wrong with it so far.
    pub errors: Vec<FieldError>,
}

impl Draft {
    /// Notes what is wrong with a member, or with the whole where that is empty.
    pub fn wrong(&mut self, member: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = if member.is_empty() { self.at.clone() } else { format!("{}/{member}", self.at) };
        self.errors.push(FieldError::new(pointer, code, detail));
    }

    pub fn plant(&self) -> Option<Uuid> {
        id_of(self.after.get("plant_id"))
    }

    pub fn is_changed(&self) -> bool {
        self.before.as_ref().is_none_or(|before| *before != self.after)
    }
}

pub(super) fn id_of(value: Option<&Value>) -> Option<Uuid> {
    value?.as_str()?.parse().ok()
}

/// Locks what is changed, and reads what is said.
pub(super) async fn drafts(tx: &mut Tx, kind: &'static Kind, definitions: &Definitions, asked: Vec<Asked>) -> Result<Vec<Draft>> {
    let ids: Vec<Uuid> = asked
        .iter()
        .filter_map(|asked| match asked.how {
            How::Create | How::CreateAs(_) => None,
            How::Merge(id) | How::Replace(id) => Some(id),
        })
        .collect();
    let mut before = lock(tx, kind, &ids).await?;
    Ok(asked.into_iter().map(|asked| draft(tx, kind, definitions, asked, &mut before)).collect())
}

/// Records by identifier, locked.
pub(in crate::resource) async fn lock(tx: &mut Tx, kind: &Kind, ids: &[Uuid]) -> Result<Stored> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let organization = tx.caller().organization;
    let rows = tx.query(Statements::of(kind).lock.clone(), &[&organization, &ids]).await?;
    Ok(rows.iter().filter_map(|row| Some((row.get(0), members(row.get(1))?))).collect())
}

pub(super) fn members(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

fn draft(tx: &Tx, kind: &'static Kind, definitions: &Definitions, asked: Asked, before: &mut HashMap<Uuid, Map<String, Value>>) -> Draft {
    let Asked { at, mut body, how, meant } = asked;
    let mut draft = match how {
        How::Create => Draft { at, id: tx.new_id(), before: None, after: Map::new(), errors: Vec::new() },
        How::CreateAs(id) => Draft { at, id, before: None, after: Map::new(), errors: Vec::new() },
        How::Merge(id) | How::Replace(id) => match before.remove(&id) {
            Some(record) => Draft { at, id, after: record.clone(), before: Some(record), errors: Vec::new() },
            None => {
                let mut draft = Draft { at, id, before: None, after: Map::new(), errors: Vec::new() };
                draft.wrong(
                    "",
                    "not_found",
                    format!("there is no such {}, or it is not visible to you, or it is there twice", kind.noun()),
                );
                return draft;
            }
        },
    };
    if let Some(before) = &draft.before
        && let Err(stale) = meant.check(version(before))
    {
        draft.wrong("", "stale", stale.detail);
    }
    if draft.after.get("archived_at").is_some_and(|at| !at.is_null()) {
        draft.wrong("", "archived", format!("the {} is archived; restore it, then change it", kind.noun()));
    }
    match how {
        How::Replace(_) => {
            for field in kind.fields.iter().filter(|field| !field.immutable && !field.read_only) {
                body.entry(field.name).or_insert(Value::Null);
            }
            definitions.complete_replacement(tx.caller(), &draft.after, &mut body);
        }
        How::Merge(_) => merge_groups(kind, &draft.after, &mut body),
        How::Create | How::CreateAs(_) => {}
    }
    incoming::read(kind, &body, &mut draft.after, &draft.at, &mut draft.errors);
    incoming::fill(kind, &mut draft.after, &draft.at, &mut draft.errors);
    definitions.read(tx.caller(), &body, draft.before.is_none(), &mut draft.after, &draft.at, &mut draft.errors);
    draft.after.insert("id".into(), Value::String(draft.id.to_string()));
    draft
}

/// RFC 7396 goes into groups of values, and replaces lists.
fn merge_groups(kind: &Kind, before: &Map<String, Value>, body: &mut Map<String, Value>) {
    for field in kind.fields.iter().filter(|field| matches!(field.ty, Type::Object(_))) {
        if let (Some(Value::Object(was)), Some(Value::Object(now))) = (before.get(field.name), body.get_mut(field.name)) {
            for (name, value) in was {
                now.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}
