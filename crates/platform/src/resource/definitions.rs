//! Type lists and definitions of custom fields: records as any other, so that they are kept, exported and audited as any other.
//!
//! **Invariant:** what is in use is never dropped: an entry of a list and a definition are retired, their values stay.

use std::collections::BTreeSet;

use record_derive::{Choice, Part, Record};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::database::Sql;
use crate::error::{FieldError, Result};
use crate::resource::condition;
use crate::resource::custom::Definition;
use crate::resource::kind::{Kind, Record};
use crate::resource::rules::{Rules, Sight};
use crate::resource::statements;

crate::id_type! {
    /// A list of values that an organization keeps itself.
    TypeListId,
    /// A field that an organization adds to a kind of record.
    FieldDefinitionId,
}

/// A list of values that an organization keeps itself: defect codes, kinds of lines.
#[derive(Debug, Record, Serialize, Deserialize)]
#[record(table = "type_lists", within = Organization, permission = "records.type_list")]
pub struct TypeList {
    /// The list.
    pub id: TypeListId,
    /// For programs: small letters, digits and underscores; never changed.
    #[record(search, unique, immutable, max_length = 63, example = "line_type", pattern = "^[a-z][a-z0-9_]*$")]
    pub key: String,
    /// As people call it.
    #[record(search, example = "Kinds of lines")]
    pub name: String,
    /// What else there is to say.
    #[record(max_length = 4000)]
    pub description: Option<String>,
    /// Its values, in the order in which forms offer them.
    pub entries: Vec<ListEntry>,
}

/// One value of a list.
#[derive(Debug, Clone, PartialEq, Part, Serialize, Deserialize)]
pub struct ListEntry {
    /// As it is stored.
    #[record(max_length = 63, example = "smt")]
    pub value: String,
    /// As people call it.
    #[record(example = "Surface mount")]
    pub label: String,
    /// Whether it is kept for old records only.
    #[record(default = false)]
    #[serde(default)]
    pub retired: bool,
}

impl Rules for TypeList {
    async fn check(&self, before: Option<&Self>, _: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut errors = Vec::new();
        if !is_key(&self.key) {
            errors.push(FieldError::new("/key", "bad_key", "expected small letters, digits and underscores, a letter first"));
        }
        let mut seen = BTreeSet::new();
        for (index, entry) in self.entries.iter().enumerate() {
            if !seen.insert(entry.value.as_str()) {
                errors.push(FieldError::new(format!("/entries/{index}/value"), "taken", format!("“{}” is there twice", entry.value)));
            }
        }
        for dropped in before.into_iter().flat_map(|before| &before.entries).filter(|entry| !seen.contains(entry.value.as_str())) {
            let detail = format!("“{}” may be in use: keep it and mark it as retired", dropped.value);
            errors.push(FieldError::new("/entries", "dropped", detail));
        }
        Ok(errors)
    }
}

/// A field that an organization adds to a kind of record. Archived, it is retired: its values stay, and nobody enters new ones.
#[derive(Debug, Clone, Record, Serialize, Deserialize)]
#[record(table = "field_definitions", within = Organization, permission = "records.field_definition", label = "key", unique(kind, key))]
pub struct FieldDefinition {
    /// The definition.
    pub id: FieldDefinitionId,
    /// The kind of record that gets the field.
    #[record(search, immutable, example = "line")]
    pub kind: String,
    /// Its name in `fields`, for programs: small letters, digits and underscores; never changed.
    #[record(search, immutable, max_length = 63, example = "floor", pattern = "^[a-z][a-z0-9_]*$")]
    pub key: String,
    /// As people call it.
    #[record(search, example = "Floor")]
    pub label: String,
    /// What it means.
    #[record(max_length = 4000)]
    pub description: Option<String>,
    /// What its values are; never changed.
    #[record(immutable, example = "number")]
    pub value_type: ValueType,
    /// The unit of a number.
    #[record(max_length = 20, example = "m")]
    pub unit: Option<String>,
    /// Where the values of a choice come from.
    pub type_list_id: Option<TypeListId>,
    /// The kind of record that a reference points to; never changed.
    #[record(immutable)]
    pub reference_kind: Option<String>,
    /// Whether every record must have a value.
    #[record(default = false)]
    pub required: bool,
    /// The value of new records where nothing is said, as text.
    #[record(max_length = 500)]
    pub default_value: Option<String>,
    /// The least number, or the fewest characters of a text.
    pub minimum: Option<Decimal>,
    /// The greatest number, or the most characters of a text.
    pub maximum: Option<Decimal>,
    /// A condition in CEL that every value must fulfil, over `value` and `record`.
    #[record(max_length = 500, example = "value <= 3.0")]
    pub expression: Option<String>,
    /// What a person reads where the condition does not hold.
    #[record(max_length = 500, example = "the building has three floors")]
    pub message: Option<String>,
    /// Keys of the roles that see the field; empty for everybody.
    pub visible_to: Vec<String>,
    /// Order in forms.
    #[record(default = 0)]
    pub position: u16,
}

/// What the values of a custom field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// A line of text, up to 500 characters.
    Text,
    /// A decimal number, with its unit.
    Number,
    /// A day.
    Date,
    /// One entry of a type list.
    Choice,
    /// Another record.
    Reference,
    /// Yes or no.
    Boolean,
    /// A file, by its identifier; sent with `POST /api/v1/files` before.
    File,
}

impl Rules for FieldDefinition {
    async fn check(&self, before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut errors = self.form(sight);
        let entries = self.entries(sight).await?;
        let definition = Definition::new(self.clone(), entries);
        if let Some(default) = &self.default_value
            && errors.is_empty()
            && definition.stored_form(default).is_none()
        {
            errors.push(FieldError::new("/default_value", "bad_default", "the definition itself refuses this value"));
        }
        if errors.is_empty()
            && let Some(kind) = sight.kinds.find(&self.kind)
            && before.is_none_or(|before| self.is_narrower(before))
        {
            errors.extend(contradicted(&definition, kind, sight).await?);
        }
        Ok(errors)
    }
}

impl FieldDefinition {
    /// What can be told from the definition alone.
    fn form(&self, sight: &Sight<'_>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, code, detail: &str| errors.push(FieldError::new(pointer, code, detail));
        if !is_key(&self.key) {
            wrong("/key", "bad_key", "expected small letters, digits and underscores, a letter first");
        }
        if sight.kinds.find(&self.kind).is_none() {
            wrong("/kind", "unknown_kind", "there is no such kind of record; GET /api/v1/kinds lists them");
        }
        let is = |ty| self.value_type == ty;
        if is(ValueType::Choice) != self.type_list_id.is_some() {
            wrong("/type_list_id", "choice_list", "a choice needs a type list, and nothing else has one");
        }
        if is(ValueType::Reference) != self.reference_kind.is_some() {
            wrong("/reference_kind", "reference_kind", "a reference needs the kind it points to, and nothing else has one");
        }
        if self.reference_kind.as_ref().is_some_and(|kind| sight.kinds.find(kind).is_none()) {
            wrong("/reference_kind", "unknown_kind", "there is no such kind of record; GET /api/v1/kinds lists them");
        }
        if self.unit.is_some() && !is(ValueType::Number) {
            wrong("/unit", "no_unit", "only a number has a unit");
        }
        let bounded = is(ValueType::Number) || is(ValueType::Text);
        for (pointer, bound) in [("/minimum", self.minimum), ("/maximum", self.maximum)] {
            if bound.is_some() && !bounded {
                wrong(pointer, "no_bound", "only numbers and texts have bounds");
            }
        }
        if self.minimum.zip(self.maximum).is_some_and(|(least, most)| least > most) {
            wrong("/maximum", "bounds", "the greatest is less than the least");
        }
        if is(ValueType::File) && (self.default_value.is_some() || self.expression.is_some()) {
            wrong("", "no_rule", "a file has no default and no condition: each is one record's own");
        }
        if let Some(Err(why)) = self.expression.as_deref().map(condition::understood) {
            errors.push(FieldError::new("/expression", "bad_expression", format!("cannot be understood as CEL: {why}")));
        }
        errors
    }

    async fn entries(&self, sight: &mut Sight<'_>) -> Result<Option<Vec<ListEntry>>> {
        let Some(list) = self.type_list_id else { return Ok(None) };
        let organization = sight.tx.caller().organization;
        let row =
            sight.tx.query_opt("select entries from type_lists where organization_id = $1 and id = $2", &[&organization, &list]).await?;
        Ok(row.and_then(|row| serde_json::from_value(row.get(0)).ok()))
    }

    /// Whether values that `before` allowed may be refused now.
    fn is_narrower(&self, before: &Self) -> bool {
        (self.required && !before.required)
            || self.minimum != before.minimum
            || self.maximum != before.maximum
            || self.expression != before.expression
            || self.type_list_id != before.type_list_id
    }
}

/// The stored records that a definition would make wrong: the first few by name.
async fn contradicted(definition: &Definition, kind: &'static Kind, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
    let organization = sight.tx.caller().organization;
    let members = statements::members(kind, "t", "t.fields");
    let rows = sight
        .tx
        .query(
            Sql::composed(format!(
                "select t.{}::text, (select row_to_json(r) from (select {members}) r) from {} t
                 where t.organization_id = $1 and t.archived_at is null order by t.id limit 100001",
                kind.label, kind.table
            )),
            &[&organization],
        )
        .await?;
    let (mut wrong, mut missing) = (Vec::new(), Vec::new());
    for row in &rows {
        let label = row.get::<_, Option<String>>(0).unwrap_or_default();
        let Value::Object(record) = row.get::<_, Value>(1) else { continue };
        match record.get("fields").and_then(|values| values.get(&definition.of.key)) {
            None => missing.push(label),
            Some(value) if !fits(definition, value, &record) => wrong.push(label),
            Some(_) => {}
        }
    }
    let mut errors = Vec::new();
    if definition.of.required && definition.of.default_value.is_none() && !missing.is_empty() {
        let detail = format!("{} without a value ({}): give them one first, or a default", count(kind, missing.len()), few(&missing));
        errors.push(FieldError::new("/required", "missing_values", detail));
    }
    if !wrong.is_empty() {
        let detail = format!("{} with a value that this would refuse ({}): change them first", count(kind, wrong.len()), few(&wrong));
        errors.push(FieldError::new("", "contradicted", detail));
    }
    Ok(errors)
}

fn fits(definition: &Definition, value: &Value, record: &Map<String, Value>) -> bool {
    let holds = |expression: &String| condition::holds(expression, &definition.comparable(value), record).is_ok();
    definition.value(value, "").is_ok() && definition.of.expression.as_ref().is_none_or(holds)
}

fn count(kind: &Kind, number: usize) -> String {
    if number == 1 { format!("1 {}", kind.noun()) } else { format!("{number} {}", kind.plural.to_lowercase()) }
}

/// The first names of many.
pub(super) fn few(names: &[String]) -> String {
    let more = if names.len() > 3 { format!(" and {} more", names.len() - 3) } else { String::new() };
    format!("{}{more}", names.iter().take(3).map(|name| format!("“{name}”")).collect::<Vec<_>>().join(", "))
}

fn is_key(key: &str) -> bool {
    key.starts_with(|letter: char| letter.is_ascii_lowercase())
        && key.len() <= 63
        && key.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// The kinds of this module.
pub(super) fn kinds() -> [&'static Kind; 2] {
    [TypeList::kind(), FieldDefinition::kind()]
}
