//! Declared records: a kind of record is a typed struct with its rules, and everything that its kind has in common with all others is here.
//!
//! ```ignore
//! /// A production line: the ISA-95 work center, capacity constrained.
//! #[derive(Record, Serialize, Deserialize)]
//! #[record(table = "lines", within = Area, permission = "factory.line")]
//! pub struct Line {
//!     /// The line.
//!     pub id: LineId,
//!     /// The area it works for.
//!     pub area_id: AreaId,
//!     /// As people call it; unique in the plant.
//!     #[record(search, unique)] pub name: String,
//!     /// Time it can work on an operating day.
//!     #[record(unit = "s/d", min = 0, max = 86_400, default = 0)] pub available_s_per_day: u32,
//! }
//! impl Rules for Line {}
//! ```
//! `within` is `Organization`, `Plant` (the struct has `plant_id: PlantId`, or `Option<PlantId>` where it may be the whole organization's), or
//! a kind within a plant (the struct has `area_id`, and the plant follows). The doc comments are what API and forms show. Enumerations derive
//! `Choice`, structs stored within a record `Part`.
//!
//! Attributes of the struct: `table`, `within`, `permission`, and where the usual does not fit `name`, `path`, `title`, `plural`, `label`,
//! `unique(a, b)`. Of a field: `search`, `unique`, `immutable`, `read_only`, `unit`, `min`, `max`, `max_length`, `decimals`, `pattern`,
//! `type_list`, `default`, `example`, `title`.
//!
//! **Invariant:** the engine is not generic: it works on [`Kind`] and JSON; the typed struct is made for [`Rules`] only.
//! **Invariant:** nothing here knows a kind, except type lists and definitions of custom fields, which every kind uses.

mod agreement;
mod archive;
mod attachments;
pub mod batch;
mod bulk;
mod comments;
mod condition;
mod custom;
mod definitions;
mod describe;
mod desk;
mod history;
mod incoming;
mod kind;
mod label;
mod list;
mod narrowing;
mod openapi;
mod routes;
mod rules;
mod sheet;
mod statements;
mod transfer;
mod views;
mod write;

pub use agreement::contradictions;
pub(crate) use attachments::{changeable, sees};
pub use definitions::{FieldDefinition, FieldDefinitionId, ListEntry, TypeList, TypeListId, ValueType};
pub(crate) use history::shows;
pub use kind::{Choice, Field, Kind, Kinds, Record, Shape, Type, Verbs, Within};
pub(crate) use label::{Labelled, labelled};
pub(crate) use narrowing::bound as narrowing_value;
pub use narrowing::{count_visible, find, permitted, require, visible};
pub use record_derive::{Choice, Part, Record};
pub(crate) use routes::{Members, seen};
pub use routes::{On, routes};
pub use rules::{Hooks, Rules, Sight};
pub use sheet::Sheet;
pub use statements::Statements;
pub use write::{Asked, Change, How, Saved, Whole, save, save_meant, save_one};

/// The kinds of this module: type lists and definitions of custom fields.
pub fn kinds() -> [&'static Kind; 2] {
    definitions::kinds()
}
