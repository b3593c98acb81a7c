//! An event as it is told: CloudEvents 1.0, JSON format.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Caller;
use crate::events::Catalogue;
use crate::ids::{OrganizationId, PlantId};
use crate::resource::{Kind, shows};

/// An event: CloudEvents 1.0.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CloudEvent {
    /// `1.0`.
    #[schema(value_type = String, example = "1.0")]
    pub specversion: &'static str,
    /// The event; the same when it is told again.
    pub id: Uuid,
    /// The organization: `/organizations/{id}`.
    #[schema(example = "/organizations/0199d1a0-0000-7000-8000-000000000000")]
    pub source: String,
    /// What happened; docs/events.md lists all.
    #[schema(example = "gemba.line.updated")]
    pub r#type: String,
    /// To what: the kind and the identifier. Events of one subject come in order.
    #[schema(example = "line/0199d1a0-0000-7000-8000-000000000042")]
    pub subject: String,
    /// When its transaction began.
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    /// `application/json`.
    #[schema(value_type = String, example = "application/json")]
    pub datacontenttype: &'static str,
    /// Where it stands among all events; only grows. Also the cursor to read on behind it.
    #[schema(example = "00000000000000001234")]
    pub sequence: String,
    /// The plant it belongs to, if to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    pub plantid: Option<PlantId>,
    /// Who did it: `user:…`, `key:…`, `system:…`.
    #[schema(example = "system:demo")]
    pub actor: String,
    /// The request that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requestid: Option<Uuid>,
    /// The trace it happened in, as W3C Trace Context writes it, where traces are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    pub traceparent: Option<String>,
    /// `id`, `version`, `changed`, `before` and `record` of a changed record; what a verb says of itself.
    pub data: Value,
    #[serde(skip)]
    pub(crate) organization: OrganizationId,
    #[serde(skip)]
    pub(crate) number: i64,
    #[serde(skip)]
    pub(crate) kind: String,
    /// A declared record before and after, whole: policies are asked of it.
    #[serde(skip)]
    states: Option<Box<States>>,
}

#[derive(Clone, Debug)]
struct States {
    kind: &'static Kind,
    before: Option<Value>,
    after: Option<Value>,
}

/// A number as cursors and `sequence` write it: digits that sort as the numbers do.
pub(crate) fn sequence(number: i64) -> String {
    format!("{number:020}")
}

/// The number of a cursor.
pub(crate) fn number(sequence: &str) -> Option<i64> {
    sequence.parse().ok().filter(|number| (0..i64::MAX).contains(number) && sequence.bytes().all(|byte| byte.is_ascii_digit()))
}

impl CloudEvent {
    /// From a row of `gemba.traced_events_behind`, or of the same shape; nothing for what is not in the catalogue.
    pub(crate) fn of(catalogue: &Catalogue, row: &Row) -> Option<CloudEvent> {
        let kind: String = row.get::<_, Option<String>>(5)?;
        let action: String = row.get(6);
        let entry = catalogue.find(&kind, &action)?;
        let (organization, number): (OrganizationId, i64) = (row.get(0), row.get(1));
        let record_id: Option<Uuid> = row.get(7);
        let (before, after, detail): (Option<Value>, Option<Value>, Option<Value>) = (row.get(10), row.get(11), row.get(12));
        let allowed: Option<Vec<&str>> = entry
            .declared
            .map(|kind| kind.fields.iter().map(|field| field.name).chain(["id", "plant_id", "version", "archived_at"]).collect());
        let data = if before.is_some() || after.is_some() {
            change(allowed.as_deref(), before.as_ref(), after.as_ref())
        } else {
            Value::Object(shown(None, detail.as_ref()))
        };
        Some(CloudEvent {
            specversion: "1.0",
            id: row.get(2),
            source: format!("/organizations/{organization}"),
            r#type: format!("gemba.{action}"),
            subject: record_id.map_or_else(|| kind.clone(), |id| format!("{kind}/{id}")),
            time: row.get(3),
            datacontenttype: "application/json",
            sequence: sequence(number),
            plantid: row.get(4),
            actor: row.get(8),
            requestid: row.get(9),
            traceparent: row.get(13),
            data,
            organization,
            number,
            kind,
            states: entry.declared.map(|kind| Box::new(States { kind, before, after })),
        })
    }

    /// Whether no policy hides the record, as it was or as it became, from the caller. Of a verb that tells no state of its record nothing can be
    /// said where policies speak of records, so it is not told.
    pub(crate) fn is_open_to(&self, caller: &Caller) -> bool {
        let Some(states) = self.states.as_deref() else { return true };
        let read = states.kind.verbs.read;
        match (&states.before, &states.after) {
            (None, None) => caller.policies_on(read).is_none_or(|policies| !policies.speak_of_record(read)),
            (before, after) => [before, after].into_iter().all(|state| shows(caller, states.kind, state.as_ref())),
        }
    }
}

/// What changes with every change, and says nothing.
const ALWAYS: [&str; 4] = ["version", "updated_at", "updated_by", "created_by"];
/// What the outside never learns from an event: the wall itself, custom values (which may be for some roles only), whose rights something uses.
const NEVER: [&str; 3] = ["organization_id", "fields", "acting"];

fn change(allowed: Option<&[&str]>, before: Option<&Value>, after: Option<&Value>) -> Value {
    let custom = |row: Option<&Value>| row.and_then(|row| row.get("fields")).cloned().unwrap_or(Value::Null);
    let has_custom_change = before.is_some() && after.is_some() && custom(before) != custom(after);
    let (mut old, new) = (shown(allowed, before), shown(allowed, after));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changed: Vec<String> = names
        .into_iter()
        .filter(|name| !ALWAYS.contains(&name.as_str()) && old.get(*name) != new.get(*name))
        .cloned()
        .chain(personal_changes(before, after))
        .collect();
    if has_custom_change {
        changed.push("fields".into());
    }
    let of_row = |name: &str| new.get(name).or_else(|| old.get(name)).cloned().unwrap_or(Value::Null);
    let mut data = json!({ "id": of_row("id"), "version": of_row("version") });
    if after.is_none() {
        data["record"] = Value::Object(old);
        return data;
    }
    if before.is_some() {
        old.retain(|name, _| changed.contains(name));
        data["changed"] = json!(changed);
        data["before"] = Value::Object(old);
    }
    data["record"] = Value::Object(new);
    data
}

/// Names of personal values that changed: that they did is told, what they are is not.
fn personal_changes(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) else { return Vec::new() };
    after.iter().filter(|(name, value)| is_personal(value) && before.get(*name) != Some(*value)).map(|(name, _)| name.clone()).collect()
}

fn shown(allowed: Option<&[&str]>, row: Option<&Value>) -> Map<String, Value> {
    let Some(Value::Object(row)) = row else { return Map::new() };
    let is_shown =
        |name: &str, value: &Value| !NEVER.contains(&name) && !is_personal(value) && allowed.is_none_or(|allowed| allowed.contains(&name));
    row.iter().filter(|(name, value)| is_shown(name, value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn is_personal(value: &Value) -> bool {
    value.get("$personal").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_tells_what_changed_and_nothing_personal_or_custom() {
        let before = json!({ "id": "1", "organization_id": "o", "version": 1, "name": "A", "hours": 2, "fields": { "price": 1 },
            "email": { "$personal": "p", "data": "x" } });
        let after = json!({ "id": "1", "organization_id": "o", "version": 2, "name": "A", "hours": 3, "fields": { "price": 2 },
            "email": { "$personal": "p", "data": "y" } });
        let told = change(None, Some(&before), Some(&after));
        let expected = json!({ "id": "1", "version": 2, "changed": ["hours", "email", "fields"], "before": { "hours": 2 },
            "record": { "id": "1", "version": 2, "name": "A", "hours": 3 } });
        assert_eq!(told, expected);
        let declared = change(Some(&["id", "version", "name"]), None, Some(&after));
        assert_eq!(declared, json!({ "id": "1", "version": 2, "record": { "id": "1", "version": 2, "name": "A" } }));
    }

    #[test]
    fn cursors_sort_as_their_numbers_and_nothing_else_is_one() {
        assert!(sequence(9) < sequence(10));
        assert_eq!(number(&sequence(1234)), Some(1234));
        for foreign in ["", "-1", "+1", "x", "9223372036854775807", " 1"] {
            assert_eq!(number(foreign), None, "{foreign}");
        }
    }
}
