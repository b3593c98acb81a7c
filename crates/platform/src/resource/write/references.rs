//! What records refer to: whether it is there, in use and in their plant. What is referred to is locked, so that it stays so.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::draft::{Draft, id_of};
use crate::database::Tx;
use crate::error::Result;
use crate::resource::custom::Definitions;
use crate::resource::kind::{Kind, Kinds, Type, Within};
use crate::resource::statements::Statements;

/// A reference within a record.
struct Refers {
    draft: usize,
    member: String,
    id: Uuid,
    /// It was so before, so that it may point to something archived meanwhile.
    old: bool,
}

/// A record that is referred to.
struct Target {
    plant: Option<Uuid>,
    archived: bool,
}

/// Whether what records refer to is there, in use, and in their plant; and which plant they belong to.
pub(super) async fn references(
    tx: &mut Tx,
    kinds: &Kinds,
    kind: &'static Kind,
    definitions: &Definitions,
    drafts: &mut [Draft],
) -> Result<()> {
    let mut wanted: BTreeMap<String, Vec<Refers>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let mut note = |target: &str, member: String, id| {
            let old = draft.before.as_ref().is_some_and(|before| {
                Value::Object(before.clone()).pointer(&format!("/{member}")).and_then(|value| id_of(Some(value))) == Some(id)
            });
            wanted.entry(target.into()).or_default().push(Refers { draft: index, member, id, old });
        };
        for field in kind.fields {
            if let Some(value) = draft.after.get(field.name) {
                referred(&field.ty, value, field.name, &mut note);
            }
        }
        for (target, key, id) in definitions.references(&draft.after) {
            note(target, format!("fields/{key}"), id);
        }
    }
    // By kind and then by identifier: everybody locks in the same order.
    for (name, refers) in wanted {
        let Some(target) = kinds.find(&name) else { continue };
        let targets = refer(tx, target, refers.iter().map(|refers| refers.id).collect()).await?;
        for refers in refers {
            let draft = &mut drafts[refers.draft];
            match targets.get(&refers.id) {
                None => draft.wrong(
                    &refers.member,
                    "unknown_reference",
                    format!("there is no such {}, or it is not visible to you", target.noun()),
                ),
                Some(found) if found.archived && !refers.old => {
                    draft.wrong(&refers.member, "archived_reference", format!("the {} is archived", target.noun()));
                }
                Some(found) => placed(kind, target, draft, &refers.member, found),
            }
        }
    }
    Ok(())
}

/// The plant of a record that refers to `found`.
fn placed(kind: &Kind, target: &Kind, draft: &mut Draft, member: &str, found: &Target) {
    if target.within == Within::Itself || !kind.within.has_plant() {
        return;
    }
    let own = match kind.within {
        Within::Parent(field) if field == member => {
            let before = draft.before.as_ref().and_then(|before| id_of(before.get("plant_id")));
            draft.after.insert("plant_id".into(), found.plant.map_or(Value::Null, |plant| Value::String(plant.to_string())));
            before
        }
        _ => draft.plant(),
    };
    if let (Some(own), Some(other)) = (own, found.plant)
        && own != other
    {
        draft.wrong(member, "other_plant", format!("the {} belongs to another plant", target.noun()));
    }
}

/// Every reference within a value.
fn referred(ty: &Type, value: &Value, at: &str, note: &mut impl FnMut(&str, String, Uuid)) {
    match (ty, value) {
        (Type::Reference(kind), value) => {
            if let Some(id) = id_of(Some(value)) {
                note(kind, at.into(), id);
            }
        }
        (Type::List(of), Value::Array(entries)) => {
            for (index, entry) in entries.iter().enumerate() {
                referred(of, entry, &format!("{at}/{index}"), note);
            }
        }
        (Type::Object(fields), Value::Object(members)) => {
            for field in fields.iter() {
                if let Some(value) = members.get(field.name) {
                    referred(&field.ty, value, &format!("{at}/{}", field.name), note);
                }
            }
        }
        _ => {}
    }
}

async fn refer(tx: &mut Tx, target: &Kind, mut ids: Vec<Uuid>) -> Result<HashMap<Uuid, Target>> {
    ids.sort_unstable();
    ids.dedup();
    let organization = tx.caller().organization;
    let rows = tx.query(Statements::of(target).refer.clone(), &[&organization, &ids]).await?;
    Ok(rows.iter().map(|row| (row.get(0), Target { plant: row.get(1), archived: row.get(3) })).collect())
}

/// The plant of each of these records.
pub(in crate::resource) async fn plants_of(tx: &mut Tx, kind: &Kind, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Uuid>> {
    Ok(refer(tx, kind, ids).await?.into_iter().filter_map(|(id, target)| Some((id, target.plant?))).collect())
}
