//! Keys that only one record may have.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::draft::Draft;
use crate::database::Tx;
use crate::error::Result;
use crate::resource::kind::{Field, Kind};
use crate::resource::statements::Statements;

/// Whether a unique key is another record's already, stored or in the same request.
pub(super) async fn taken(tx: &mut Tx, kind: &'static Kind, drafts: &mut [Draft]) -> Result<()> {
    let organization = tx.caller().organization;
    for (key, statement) in kind.unique.iter().zip(&Statements::of(kind).by_key) {
        let Some(last) = key.last() else { continue };
        let title = kind.field(last).map_or_else(|| (*last).into(), |field: &Field| field.title.to_lowercase());
        let asked = keys(key, drafts);
        let mut seen: HashMap<String, usize> = HashMap::new();
        for entry in &asked {
            let position = entry.get("at_row").and_then(Value::as_u64).unwrap_or_default() as usize;
            let mut values = entry.clone();
            values.as_object_mut().map(|values| values.remove("at_row"));
            if let Some(first) = seen.insert(values.to_string(), position) {
                let at = drafts[first].at.clone();
                drafts[position].wrong(last, "taken", format!("{at} has the same {title}"));
            }
        }
        if asked.is_empty() {
            continue;
        }
        for row in tx.query(statement.clone(), &[&organization, &Value::Array(asked)]).await? {
            let draft = &mut drafts[row.get::<_, i64>(0) as usize];
            if draft.id != row.get::<_, Uuid>(1) {
                let value = draft.after.get(*last).map(plain).unwrap_or_default();
                draft.wrong(last, "taken", format!("there is already {} with {title} {value}; it may be archived", kind.a_noun()));
            }
        }
    }
    Ok(())
}

/// The values of a key of each draft that is right so far, with its position.
fn keys(key: &[&str], drafts: &[Draft]) -> Vec<Value> {
    let right = drafts.iter().enumerate().filter(|(_, draft)| draft.errors.is_empty());
    right
        .filter_map(|(position, draft)| {
            let mut entry = Map::from_iter([("at_row".to_string(), json!(position))]);
            let same = |name: &&str| draft.before.as_ref().is_some_and(|before| before.get(*name) == draft.after.get(*name));
            if key.iter().all(same) {
                return None;
            }
            for name in key {
                let value = draft.after.get(*name).filter(|value| !value.is_null())?;
                entry.insert((*name).into(), value.clone());
            }
            entry.insert("plant_id".into(), draft.after.get("plant_id").cloned().unwrap_or(Value::Null));
            Some(Value::Object(entry))
        })
        .collect()
}

/// A value as a sentence quotes it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{text}”"),
        value => value.to_string(),
    }
}
