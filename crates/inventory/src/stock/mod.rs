//! Stock: what people and programs do with it, and what they see of it.
//!
//! A verb says what happened in the unit in which people counted; the ledger keeps it in the unit of the item, and beside it what was said.
//!
//! **Invariant:** every verb asks for its permission at the plant of the place, and is one document of the ledger.
//! **Invariant:** what is reserved for an order is given to nobody else before it is freed.

mod approving;
pub(crate) mod blocked;
mod counting;
pub(crate) mod http;
pub(crate) mod known;
pub(crate) mod listing;
pub mod moving;
pub mod reconcile;
pub(crate) mod reserving;
mod said;
mod status;

pub use listing::Named;
