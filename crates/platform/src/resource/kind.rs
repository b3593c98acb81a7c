//! What a kind of record is: its description as data, from which statements, checks, documents and screens are made.
//!
//! **Invariant:** a description is static and never changes while the program runs; names of tables and columns come from here and from
//! nowhere else.

use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ids::UserId;
use crate::permission::{Permission, PermissionInfo};
use crate::resource::rules::{Hooks, Rules};
use crate::resource::statements::Statements;

/// A declared kind of record; derived.
pub trait Record: Rules + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its description.
    fn kind() -> &'static Kind;
}

/// The description of a kind of record.
#[derive(Debug)]
pub struct Kind {
    /// One of them, as audit and API name it: `shift_pattern`.
    pub name: &'static str,
    /// Its place in the API: `shift-patterns`.
    pub path: &'static str,
    /// Its table: `shift_patterns`.
    pub table: &'static str,
    /// One of them, as people call it: `Shift pattern`.
    pub title: &'static str,
    /// Several of them: `Shift patterns`.
    pub plural: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The field by which people tell records apart: `name`.
    pub label: &'static str,
    /// To what it belongs.
    pub within: Within,
    /// What may be done with it, and the right for each.
    pub verbs: Verbs,
    /// Its own fields, in the order in which forms show them.
    pub fields: &'static [Field],
    /// Fields, alone or together, by which a record is one of a kind within its organization or plant. The first is its natural key.
    pub unique: &'static [&'static [&'static str]],
    /// Its rules.
    pub hooks: Hooks,
    /// Its statements, composed when first needed.
    pub statements: Statements,
}

/// To what records of a kind belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// To the whole organization.
    Organization,
    /// To the plant in its field `plant_id`.
    Plant,
    /// To the plant in its field `plant_id`, or to the whole organization where that is null.
    Either,
    /// To the plant of the record that this field refers to.
    Parent(&'static str),
    /// To itself: it is a plant.
    Itself,
}

impl Within {
    /// [`Either`](Self::Either) where the plant may be left open, else [`Plant`](Self::Plant).
    pub const fn plant(optional: bool) -> Self {
        if optional { Within::Either } else { Within::Plant }
    }

    /// Whether rows carry a plant.
    pub const fn has_plant(self) -> bool {
        !matches!(self, Within::Organization)
    }
}

/// The right for each thing that may be done with records of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Verbs {
    /// See it, and its history.
    pub read: Permission,
    /// Make one.
    pub create: Permission,
    /// Change it.
    pub update: Permission,
    /// Archive and restore it.
    pub archive: Permission,
    /// Take many away in a file.
    pub export: Permission,
    /// Bring many in, from a file or in bulk.
    pub import: Permission,
    /// Say something about it.
    pub comment: Permission,
}

/// A field of a record.
#[derive(Debug)]
pub struct Field {
    /// Its name in JSON, and its column: `available_s_per_day`.
    pub name: &'static str,
    /// As people call it.
    pub title: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its type.
    pub ty: Type,
    /// Whether it must have a value.
    pub required: bool,
    /// Whether full-text search looks into it.
    pub search: bool,
    /// Whether it is set once, at the beginning.
    pub immutable: bool,
    /// Whether only verbs change it, never a form.
    pub read_only: bool,
    /// The unit of its number: `s/d`.
    pub unit: Option<&'static str>,
    /// The form of its text, as a regular expression of OpenAPI; the rules check it.
    pub pattern: Option<&'static str>,
    /// The key of the organization's type list that its text is chosen from.
    pub type_list: Option<&'static str>,
    /// The least number, as JSON.
    pub min: Option<&'static str>,
    /// The greatest number, as JSON.
    pub max: Option<&'static str>,
    /// The longest text (characters), or the longest list (entries).
    pub max_length: Option<usize>,
    /// Decimal places of its number.
    pub decimals: Option<u32>,
    /// What it is where nothing is said, as JSON.
    pub default: Option<&'static str>,
    /// An example, as JSON.
    pub example: Option<&'static str>,
}

/// Characters of a text where its field says nothing.
pub const TEXT_LENGTH: usize = 200;
/// Entries of a list where its field says nothing.
pub const LIST_LENGTH: usize = 1_000;
/// Decimal places of a number where its field says nothing.
pub const DECIMALS: u32 = 6;
/// Digits before the decimal point.
pub const WHOLE_DIGITS: u32 = 12;

impl Field {
    /// The longest text (characters), or the longest list (entries).
    pub fn length(&self) -> usize {
        self.max_length.unwrap_or(match self.ty {
            Type::List(_) => LIST_LENGTH,
            _ => TEXT_LENGTH,
        })
    }

    /// Least and greatest number, where some are said.
    pub fn bounds(&self) -> (Option<Decimal>, Option<Decimal>) {
        let number = |text: &str| text.trim_matches('"').parse().ok();
        (self.min.and_then(number), self.max.and_then(number))
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// A line of text.
    Text,
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// A decimal number, written as text in JSON, so that no digit is lost.
    Decimal,
    /// Yes or no.
    Boolean,
    /// A day: `2027-03-31`.
    Date,
    /// An instant in UTC: `2027-03-31T06:00:00Z`.
    Instant,
    /// One of these.
    Choice(&'static [Choice]),
    /// The identifier of a record of this kind.
    Reference(&'static str),
    /// Several of a type, stored with the record.
    List(&'static Type),
    /// A group of values, stored with the record.
    Object(&'static [Field]),
}

/// One of the values of a choice.
#[derive(Debug)]
pub struct Choice {
    /// In JSON: `raw_material`.
    pub value: &'static str,
    /// As people call it: `Raw material`.
    pub title: &'static str,
    /// What it means.
    pub doc: &'static str,
}

impl Type {
    /// Its name in the description that the web app reads.
    pub const fn name(&self) -> &'static str {
        match self {
            Type::Text => "text",
            Type::Integer(..) => "integer",
            Type::Decimal => "decimal",
            Type::Boolean => "boolean",
            Type::Date => "date",
            Type::Instant => "instant",
            Type::Choice(_) => "choice",
            Type::Reference(_) => "reference",
            Type::List(_) => "list",
            Type::Object(_) => "object",
        }
    }

    /// Whether it is one value that can be compared, sorted by and put into a cell.
    pub const fn is_plain(&self) -> bool {
        !matches!(self, Type::List(_) | Type::Object(_))
    }
}

/// A Rust type that a field can have.
pub trait Shape {
    /// How it is described.
    const TYPE: Type;
    /// Whether it may be null.
    const OPTIONAL: bool = false;
}

macro_rules! shapes {
    ($($rust:ty => $shape:expr),+ $(,)?) => {$(
        impl Shape for $rust {
            const TYPE: Type = $shape;
        }
    )+};
}

shapes! {
    String => Type::Text,
    bool => Type::Boolean,
    Decimal => Type::Decimal,
    jiff::civil::Date => Type::Date,
    jiff::Timestamp => Type::Instant,
    u8 => Type::Integer(0, u8::MAX as i64),
    u16 => Type::Integer(0, u16::MAX as i64),
    u32 => Type::Integer(0, u32::MAX as i64),
    i16 => Type::Integer(i16::MIN as i64, i16::MAX as i64),
    i32 => Type::Integer(i32::MIN as i64, i32::MAX as i64),
    i64 => Type::Integer(-MOST_IN_JSON, MOST_IN_JSON),
    UserId => Type::Reference("user"),
}

/// Beyond this, readers that take numbers for floating point lose digits.
const MOST_IN_JSON: i64 = (1 << 53) - 1;

impl<T: Shape> Shape for Option<T> {
    const TYPE: Type = T::TYPE;
    const OPTIONAL: bool = true;
}

impl<T: Shape> Shape for Vec<T> {
    const TYPE: Type = Type::List(&T::TYPE);
}

impl Kind {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields whose text search looks into.
    pub fn searched(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().filter(|field| field.search).map(|field| field.name)
    }

    /// The context that owns it: `factory`.
    pub fn context(&self) -> &'static str {
        self.verbs.read.0.split('.').next().unwrap_or_default()
    }

    /// One of them within a sentence: `shift pattern`.
    pub fn noun(&self) -> String {
        self.name.replace('_', " ")
    }

    /// The same with its article: `an area`.
    pub fn a_noun(&self) -> String {
        let noun = self.noun();
        // None of u: a unit, a user.
        let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("{article} {noun}")
    }

    /// What its verbs need, for the catalogue of permissions.
    pub fn permissions(&self) -> Vec<PermissionInfo> {
        let verbs = self.verbs;
        let all = [
            (verbs.read, "See", false),
            (verbs.create, "Make", false),
            (verbs.update, "Change", false),
            (verbs.archive, "Archive and restore", false),
            (verbs.export, "Export", true),
            (verbs.import, "Bring in many", true),
            (verbs.comment, "Comment on", false),
        ];
        let plural = self.plural.to_lowercase();
        all.into_iter()
            .map(|(permission, verb, sensitive)| {
                let scope = match self.within {
                    Within::Organization => crate::permission::PermissionScope::Organization,
                    _ => crate::permission::PermissionScope::Plant,
                };
                // The catalogue lives as long as the program: one text for each permission, made once.
                let title = Box::leak(format!("{verb} {plural}").into_boxed_str());
                PermissionInfo { permission, title, scope, sensitive }
            })
            .collect()
    }
}

/// All kinds of the program.
#[derive(Clone, Debug, Default)]
pub struct Kinds(std::sync::Arc<Vec<&'static Kind>>);

impl Kinds {
    /// These.
    pub fn new(kinds: impl IntoIterator<Item = &'static Kind>) -> Self {
        Kinds(std::sync::Arc::new(kinds.into_iter().collect()))
    }

    /// The kind of this name.
    pub fn find(&self, name: &str) -> Option<&'static Kind> {
        self.iter().find(|kind| kind.name == name)
    }

    /// All of them, in the order of their declaration.
    pub fn iter(&self) -> impl Iterator<Item = &'static Kind> + '_ {
        self.0.iter().copied()
    }

    /// Kinds whose records refer to records of `target`, with the field.
    pub fn referring_to(&self, target: &'static str) -> impl Iterator<Item = (&'static Kind, &'static Field)> + '_ {
        self.iter().flat_map(move |kind| {
            kind.fields
                .iter()
                .filter(move |field| matches!(field.ty, Type::Reference(name) if name == target))
                .map(move |field| (kind, field))
        })
    }
}
