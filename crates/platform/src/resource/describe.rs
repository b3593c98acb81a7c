//! What the web app reads to show lists, forms and details of any kind of record.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::database::Tx;
use crate::error::Result;
use crate::resource::custom::{Definition, Definitions};
use crate::resource::definitions::ListEntry;
use crate::resource::kind::{Field, Kind, Type, Within};

/// A kind of record.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Described {
    /// One of them, as audit and API name it.
    #[schema(example = "plant")]
    pub name: &'static str,
    /// Its place in the API.
    #[schema(example = "plants")]
    pub path: &'static str,
    /// The context that owns it.
    #[schema(example = "identity")]
    pub context: &'static str,
    /// One of them, as people call it.
    #[schema(example = "Plant")]
    pub title: &'static str,
    /// Several of them.
    #[schema(example = "Plants")]
    pub plural: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The field by which people tell records apart.
    #[schema(example = "name")]
    pub label: &'static str,
    /// To what records belong: `organization`, `plant`, `either`, `parent`, `itself`.
    #[schema(example = "itself")]
    pub within: &'static str,
    /// The field whose record gives the plant, where `within` is `parent`.
    pub parent: Option<&'static str>,
    /// Its own fields, in the order of forms.
    pub fields: Vec<DescribedField>,
    /// Fields, alone or together, that are one of a kind; the first is the natural key.
    pub unique: Vec<Vec<&'static str>>,
    /// What may be done, and whether the caller may do it anywhere.
    pub verbs: Vec<DescribedVerb>,
    /// The organization's own fields that the caller sees, in the order of forms.
    pub custom: Vec<DescribedCustom>,
}

/// A field of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DescribedField {
    /// Its name in JSON.
    #[schema(example = "code")]
    pub name: &'static str,
    /// As people call it.
    #[schema(example = "Code")]
    pub title: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// `text`, `integer`, `decimal`, `boolean`, `date`, `instant`, `choice`, `reference`, `list`, `object`.
    #[schema(example = "text")]
    pub r#type: &'static str,
    /// The kind of record it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'static str>,
    /// The values of a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<DescribedChoice>,
    /// What an entry of a list is, or the members of a group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub members: Vec<DescribedField>,
    /// Whether it must have a value.
    pub required: bool,
    /// Whether it is set once, at the beginning.
    pub immutable: bool,
    /// Whether only verbs change it.
    pub read_only: bool,
    /// Whether search looks into it first.
    pub search: bool,
    /// The unit of its number.
    pub unit: Option<&'static str>,
    /// The key of the type list its values come from.
    pub type_list: Option<&'static str>,
    /// The least number.
    #[schema(value_type = Value)]
    pub min: Option<Value>,
    /// The greatest number.
    #[schema(value_type = Value)]
    pub max: Option<Value>,
    /// The longest text (characters), or the longest list (entries).
    pub max_length: Option<usize>,
    /// Decimal places.
    pub decimals: Option<u32>,
    /// The form of its text.
    pub pattern: Option<&'static str>,
    /// What it is where nothing is said.
    #[schema(value_type = Value)]
    pub default: Option<Value>,
}

/// A value of a choice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DescribedChoice {
    /// In JSON.
    pub value: String,
    /// As people call it.
    pub title: String,
}

/// Something that may be done with records of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DescribedVerb {
    /// `read`, `create`, `update`, `archive`, `export`, `import`, `comment`.
    #[schema(example = "read")]
    pub name: &'static str,
    /// The permission it needs.
    #[schema(example = "identity.plant.read")]
    pub permission: &'static str,
    /// Whether the caller holds it in at least one place.
    pub held: bool,
}

/// A field that the organization added.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DescribedCustom {
    /// Its name in `fields`.
    #[schema(example = "floor")]
    pub key: String,
    /// As people call it.
    #[schema(example = "Floor")]
    pub label: String,
    /// What it means.
    pub description: Option<String>,
    /// `text`, `number`, `date`, `choice`, `reference`, `boolean`, `file`.
    #[schema(example = "number")]
    pub r#type: String,
    /// The unit of a number.
    pub unit: Option<String>,
    /// The kind of record it refers to.
    pub reference: Option<String>,
    /// The values of a choice.
    pub choices: Vec<DescribedChoice>,
    /// Whether it must have a value.
    pub required: bool,
    /// Whether it takes no new values.
    pub retired: bool,
    /// What it is where nothing is said, as text.
    pub default: Option<String>,
    /// The least number, or the fewest characters.
    pub min: Option<String>,
    /// The greatest number, or the most characters.
    pub max: Option<String>,
    /// A condition in CEL.
    pub expression: Option<String>,
}

/// A kind as the caller sees it.
pub(super) async fn describe(tx: &mut Tx, kind: &'static Kind) -> Result<Described> {
    let definitions = Definitions::load(tx, kind).await?;
    let custom = definitions.seen(tx.caller()).map(custom).collect();
    let (within, parent) = match kind.within {
        Within::Organization => ("organization", None),
        Within::Plant => ("plant", None),
        Within::Either => ("either", None),
        Within::Itself => ("itself", None),
        Within::Parent(field) => ("parent", Some(field)),
    };
    Ok(Described {
        name: kind.name,
        path: kind.path,
        context: kind.context(),
        title: kind.title,
        plural: kind.plural,
        doc: kind.doc,
        label: kind.label,
        within,
        parent,
        fields: kind.fields.iter().map(field).collect(),
        unique: kind.unique.iter().map(|key| key.to_vec()).collect(),
        verbs: verbs(tx.caller(), kind),
        custom,
    })
}

fn verbs(caller: &Caller, kind: &Kind) -> Vec<DescribedVerb> {
    let verbs = kind.verbs;
    let all = [verbs.read, verbs.create, verbs.update, verbs.archive, verbs.export, verbs.import, verbs.comment];
    all.into_iter()
        .map(|permission| DescribedVerb {
            name: permission.0.rsplit('.').next().unwrap_or_default(),
            permission: permission.0,
            held: caller.may_somewhere(permission),
        })
        .collect()
}

fn field(field: &Field) -> DescribedField {
    let json = |text: &str| serde_json::from_str(text).ok();
    let inner = match field.ty {
        Type::List(of) => *of,
        of => of,
    };
    DescribedField {
        name: field.name,
        title: field.title,
        doc: field.doc,
        r#type: field.ty.name(),
        reference: if let Type::Reference(kind) = inner { Some(kind) } else { None },
        choices: match inner {
            Type::Choice(choices) => {
                choices.iter().map(|choice| DescribedChoice { value: choice.value.into(), title: choice.title.into() }).collect()
            }
            _ => Vec::new(),
        },
        members: if let Type::Object(members) = inner { members.iter().map(self::field).collect() } else { Vec::new() },
        required: field.required,
        immutable: field.immutable,
        read_only: field.read_only,
        search: field.search,
        unit: field.unit,
        type_list: field.type_list,
        min: field.min.and_then(json),
        max: field.max.and_then(json),
        max_length: matches!(field.ty, Type::Text | Type::List(_)).then(|| field.length()),
        decimals: matches!(field.ty, Type::Decimal).then(|| field.decimals.unwrap_or(super::kind::DECIMALS)),
        pattern: field.pattern,
        default: field.default.and_then(json),
    }
}

fn custom(definition: &Definition) -> DescribedCustom {
    let of = &definition.of;
    let choice = |entry: &ListEntry| DescribedChoice { value: entry.value.clone(), title: entry.label.clone() };
    DescribedCustom {
        key: of.key.clone(),
        label: of.label.clone(),
        description: of.description.clone(),
        r#type: json!(of.value_type).as_str().unwrap_or_default().into(),
        unit: of.unit.clone(),
        reference: of.reference_kind.clone(),
        choices: definition.entries.iter().flatten().filter(|entry| !entry.retired).map(choice).collect(),
        required: of.required,
        retired: definition.retired,
        default: of.default_value.clone(),
        min: of.minimum.map(|least| least.to_string()),
        max: of.maximum.map(|most| most.to_string()),
        expression: of.expression.clone(),
    }
}
