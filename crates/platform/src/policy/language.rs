//! What policies can speak of: people and services, every kind of record with its members, every permission as an action; as a schema of Cedar, against
//! which every text is checked strictly.
//!
//! **Invariant:** the schema says of each action what is at hand where it is decided, so that a policy which speaks of more is refused when it is
//! saved instead of being passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{Schema, SchemaFragment};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::permission::{Permission, PermissionInfo};
use crate::policy::is_exempt;
use crate::resource::{Kind, Kinds, Type, Within};

/// Something that is done with a record in hand, beyond what every kind has: approving a scenario.
#[derive(Clone, Copy, Debug)]
pub struct RecordVerb {
    /// The right to do it.
    pub permission: Permission,
    /// The kind of record.
    pub kind: &'static str,
    /// How the trail names that it was done: `scenario.approved`.
    pub told: &'static str,
    /// What `context.amount` is, where it has one: `demand of its last plan (units)`.
    pub amount: Option<&'static str>,
}

/// What policies can speak of. Cheap to clone.
#[derive(Clone)]
pub struct Language(Arc<Inner>);

struct Inner {
    schema: Schema,
    text: String,
    hash: String,
    actions: BTreeMap<&'static str, Action>,
    verbs: Vec<RecordVerb>,
    kinds: Kinds,
}

/// An action, and upon what it is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Action {
    pub permission: Permission,
    /// The kind of record that is at hand; nothing where only the place is.
    pub kind: Option<&'static Kind>,
    /// Whether many records are decided at once, by SQL.
    pub is_listed: bool,
    amount: Option<&'static str>,
}

impl Action {
    /// The type of its resource.
    pub fn resource(&self) -> String {
        self.kind.map_or_else(|| PLACE.to_owned(), entity_type)
    }
}

/// The resource of what is done without a record in hand: the plant, or the organization where it has none.
pub(super) const PLACE: &str = "Place";
/// A person.
pub(super) const USER: &str = "User";
/// A program with rights of its own.
pub(super) const SERVICE: &str = "Service";

/// The type of a kind's records: `ShiftPattern`.
pub(super) fn entity_type(kind: &'static Kind) -> String {
    kind.name
        .split('_')
        .flat_map(|word| word.chars().enumerate().map(|(at, letter)| if at == 0 { letter.to_ascii_uppercase() } else { letter }))
        .collect()
}

/// The groups an action is in: `factory.line.update` in `*.update`, `factory.*` and `factory.line.*`.
pub(super) fn groups(permission: &str) -> Vec<String> {
    let words: Vec<&str> = permission.split('.').collect();
    let mut groups: Vec<String> = (1..words.len()).map(|count| format!("{}.*", words[..count].join("."))).collect();
    groups.extend(words.last().map(|verb| format!("*.{verb}")));
    groups
}

impl Language {
    /// That of these kinds of record, permissions and verbs.
    ///
    /// # Errors
    /// `internal` where they make no schema, which a test would notice.
    pub fn new(kinds: &Kinds, permissions: impl IntoIterator<Item = PermissionInfo>, verbs: &[RecordVerb]) -> Result<Language> {
        let mut actions = BTreeMap::new();
        for permission in permissions.into_iter().map(|info| info.permission).filter(|permission| !is_exempt(*permission)) {
            actions.insert(permission.0, action(kinds, permission, verbs));
        }
        let described = describe(kinds, &actions);
        let fragment = SchemaFragment::from_json_value(described.clone()).map_err(Error::internal)?;
        let text = fragment.to_cedarschema().map_err(Error::internal)?;
        let schema = Schema::from_json_value(described).map_err(Error::internal)?;
        let hash = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Language(Arc::new(Inner { schema, text, hash, actions, verbs: verbs.to_vec(), kinds: kinds.clone() })))
    }

    /// The schema in Cedar's own form, for people.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What tells this schema from another program's.
    pub fn hash(&self) -> &str {
        &self.0.hash
    }

    /// Every kind of record.
    pub fn kinds(&self) -> &Kinds {
        &self.0.kinds
    }

    /// What is done with records in hand beyond what every kind has.
    pub fn verbs(&self) -> &[RecordVerb] {
        &self.0.verbs
    }

    /// Whether this is something policies can speak of.
    pub fn knows(&self, permission: &str) -> bool {
        self.0.actions.contains_key(permission)
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.0.schema
    }

    pub(super) fn actions(&self) -> impl Iterator<Item = &Action> {
        self.0.actions.values()
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Language({} actions)", self.0.actions.len())
    }
}

fn action(kinds: &Kinds, permission: Permission, verbs: &[RecordVerb]) -> Action {
    let of_all = kinds.iter().find(|kind| {
        let verbs = kind.verbs;
        [verbs.read, verbs.create, verbs.update, verbs.archive, verbs.export, verbs.import, verbs.comment].contains(&permission)
    });
    if let Some(kind) = of_all {
        let is_listed = permission == kind.verbs.read || permission == kind.verbs.export;
        return Action { permission, kind: Some(kind), is_listed, amount: None };
    }
    let verb = verbs.iter().find(|verb| verb.permission == permission);
    let kind = verb.and_then(|verb| kinds.find(verb.kind));
    Action { permission, kind, is_listed: false, amount: verb.and_then(|verb| verb.amount) }
}

fn describe(kinds: &Kinds, actions: &BTreeMap<&'static str, Action>) -> Value {
    let mut types = Map::new();
    for person in [USER, SERVICE] {
        types.insert(person.into(), json!({ "shape": record(principal()) }));
    }
    types.insert(PLACE.into(), json!({ "shape": record([("plant".to_string(), optional(plant()))].into()) }));
    for kind in kinds.iter() {
        types.insert(entity_type(kind), json!({ "shape": record(members(kind)) }));
    }
    let named: BTreeSet<String> = actions.keys().flat_map(|name| groups(name)).collect();
    let mut all: Map<String, Value> = named.into_iter().map(|group| (group, json!({}))).collect();
    for (name, action) in actions {
        let member_of: Vec<Value> = groups(name).into_iter().map(|group| json!({ "id": group })).collect();
        let applies =
            json!({ "principalTypes": [USER, SERVICE], "resourceTypes": [action.resource()], "context": record(context(action)) });
        all.insert((*name).into(), json!({ "memberOf": member_of, "appliesTo": applies }));
    }
    json!({ "": { "entityTypes": types, "actions": all } })
}

type Attributes = BTreeMap<String, Value>;

fn record(attributes: Attributes) -> Value {
    json!({ "type": "Record", "attributes": attributes })
}

fn optional(mut ty: Value) -> Value {
    ty["required"] = Value::Bool(false);
    ty
}

fn text() -> Value {
    json!({ "type": "String" })
}

fn texts() -> Value {
    json!({ "type": "Set", "element": text() })
}

fn extension(name: &str) -> Value {
    json!({ "type": "Extension", "name": name })
}

/// What is known of who asks; the same of services, so that one policy speaks of both.
fn principal() -> Attributes {
    [
        ("label", text()),
        ("email_domain", text()),
        ("roles", texts()),
        ("certifications", texts()),
        ("factor", text()),
        ("by_key", json!({ "type": "Boolean" })),
    ]
    .map(|(name, ty)| (name.to_string(), ty))
    .into()
}

fn plant() -> Value {
    record([("id", text()), ("code", text()), ("zone", text())].map(|(name, ty)| (name.to_string(), ty)).into())
}

fn context(action: &Action) -> Attributes {
    let long = || json!({ "type": "Long" });
    let mut context: Attributes =
        [("at", extension("datetime")), ("minute_of_day", long()), ("weekday", long()), ("ip", optional(extension("ipaddr")))]
            .map(|(name, ty)| (name.to_string(), ty))
            .into();
    if action.amount.is_some() {
        context.insert("amount".into(), optional(extension("decimal")));
    }
    context
}

/// The members of a kind's records that policies can speak of.
fn members(kind: &'static Kind) -> Attributes {
    let mut members: Attributes = kind
        .fields
        .iter()
        .filter(|field| field.name != "plant_id" && field.name != "id")
        .filter_map(|field| {
            let ty = of_type(&field.ty)?;
            Some((field.name.to_string(), if field.required { ty } else { optional(ty) }))
        })
        .collect();
    members.insert("id".into(), text());
    members.insert("created_by".into(), text());
    members.insert("is_archived".into(), json!({ "type": "Boolean" }));
    match kind.within {
        Within::Organization => None,
        Within::Either => members.insert("plant".into(), optional(plant())),
        Within::Plant | Within::Parent(_) | Within::Itself => members.insert("plant".into(), plant()),
    };
    members
}

/// How policies see a field; nothing for groups of values.
fn of_type(ty: &Type) -> Option<Value> {
    Some(match ty {
        Type::Text | Type::Choice(_) | Type::Reference(_) => text(),
        Type::Integer(..) => json!({ "type": "Long" }),
        Type::Decimal => extension("decimal"),
        Type::Boolean => json!({ "type": "Boolean" }),
        Type::Date | Type::Instant => extension("datetime"),
        Type::List(Type::Text | Type::Choice(_) | Type::Reference(_)) => texts(),
        Type::List(_) | Type::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places;

    #[test]
    fn actions_are_in_the_groups_that_roles_name_too() {
        assert_eq!(groups("factory.line.update"), ["factory.*", "factory.line.*", "*.update"]);
    }

    #[test]
    fn the_schema_says_what_is_at_hand_and_leaves_out_what_policies_may_not_take() {
        let kinds = Kinds::new(places::kinds());
        let own =
            [PermissionInfo::organization("identity.policy.activate", "Activate"), PermissionInfo::organization("audit.event.read", "See")];
        let permissions = kinds.iter().flat_map(Kind::permissions).chain(own).collect::<Vec<_>>();
        let language = Language::new(&kinds, permissions, &[]).unwrap();
        assert!(language.knows("identity.plant.read") && language.knows("audit.event.read") && !language.knows("identity.policy.activate"));
        assert!(language.text().contains("entity Plant"), "{}", language.text());
        assert!(!language.text().contains("identity.policy"));
    }
}
