//! What every context needs and no context owns: the one way to the database, who is calling and what they may do, errors, and what is
//! built on them.
//!
//! **Invariant:** a statement reaches the database only through a [`Tx`], and a [`Tx`] is opened only for a [`Caller`], whose organization
//! and plants the database then enforces on every row.
//! **Invariant:** nothing here knows a line, an order or any other notion of a context.

pub mod audit;
pub mod caller;
pub mod context;
pub mod database;
pub mod environments;
pub mod error;
pub mod events;
pub mod feed;
pub mod files;
pub mod http;
pub mod ids;
pub mod language;
pub mod mail;
pub mod notifications;
pub mod outbound;
pub mod permission;
pub mod places;
pub mod policy;
pub mod postgres;
pub mod resource;
pub mod runs;
pub mod secrets;
pub mod settings;
pub mod standing;
pub mod streams;
pub mod telemetry;
pub mod webhooks;

// The derive names this crate from outside, also where it is used inside.
extern crate self as platform;

pub use caller::{Caller, Principal, Reach, Scope};
pub use context::{Clock, Context};
pub use database::{Database, Tx};
pub use error::{Error, FieldError, Result};
pub use permission::{Permission, PermissionInfo, PermissionScope, Permissions};
pub use standing::Standing;
