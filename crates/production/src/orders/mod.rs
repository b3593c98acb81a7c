//! Orders: what is wanted (production orders) and what a plant makes for it (manufacturing orders).
//!
//! **Invariant:** what an order is made by is decided once: at release its bill of material and its routing are copied into tables of its own, and no
//! later change of theirs reaches it.
//! **Invariant:** splitting and merging neither make nor lose a unit.

pub mod actions;
pub mod freeze;
pub mod from_plan;
pub(crate) mod http;
pub mod model;
pub mod parts;
pub mod record;
pub mod upsert;

use platform::resource::{Kind, Record};

/// The kinds of record of orders.
pub fn kinds() -> Vec<&'static Kind> {
    vec![record::ProductionOrder::kind(), record::ManufacturingOrder::kind()]
}
