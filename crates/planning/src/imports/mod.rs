//! Import sessions: a file becomes records of a plant, seen before it is done and undone as one.
//!
//! A file is read ([`work::READ`]) into what it would change, record by record ([`lay_out`], [`plan`]), and that is kept beside the session: what
//! is looked at is what will be done. Committing ([`work::COMMIT`]) does exactly that in one transaction, or nothing where a record was changed
//! meanwhile; undoing ([`work::UNDO`]) puts back what was before, or nothing where one was changed since.
//!
//! **Invariant:** nothing is written that was not shown: a commit writes the stored changes, each for the version it was shown against.
//! **Invariant:** records are written by the record engine with the caller's rights; nothing here writes one by itself.

pub mod commit;
mod http;
pub mod lay_out;
pub mod plan;
pub mod present;
mod read;
pub mod session;
pub mod undo;
mod upload;
pub mod work;

pub use http::routes;
pub use read::{Ready, read};

use platform::permission::Permission;

/// See import sessions.
pub const IMPORT_READ: Permission = Permission("planning.import.read");
/// Bring files in and mend them.
pub const IMPORT_CREATE: Permission = Permission("planning.import.create");
/// Make the changes of a file, and take them back.
pub const IMPORT_COMMIT: Permission = Permission("planning.import.commit");

/// Tells how far something is: a share, and what is being done.
pub type Progress<'a> = dyn Fn(f64, &str) + Send + Sync + 'a;
