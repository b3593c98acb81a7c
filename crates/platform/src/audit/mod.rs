//! Who did what: the trail that every change leaves, sealed so that nobody can rewrite it unnoticed.
//!
//! The database writes the entries (`gemba.audit_row`, `gemba.audit`), in the transaction they are about. A background task ([`Custody`])
//! seals what has been committed, organization by organization, into a chain of signed links ([`chain`]), and removes what nothing keeps.
//!
//! **Invariant:** nothing in the request path waits for the chain, and nothing in the chain waits for a request.
//! **Invariant:** an entry is never changed; it is removed only by retention, which leaves a signed statement.

pub mod chain;
mod custody;
pub mod events;
pub mod evidence;
pub mod export;
pub mod http;
pub mod keeping;
pub mod keys;
pub mod retention;
mod rows;
pub mod sealer;
pub mod verification;
pub mod witness;

use serde_json::Value;
use uuid::Uuid;

use crate::caller::Scope;
use crate::database::Tx;
use crate::error::Result;
use crate::permission::{Permission, PermissionInfo};

pub use custody::Custody;
pub use events::{Event, history};
pub use http::routes;

/// Read the trail, of the organization or of plants.
pub const EVENT_READ: Permission = Permission("audit.event.read");
/// Read personal values in the trail.
pub const EVENT_REVEAL: Permission = Permission("audit.event.reveal");
/// Take the trail away in a file.
pub const EVENT_EXPORT: Permission = Permission("audit.event.export");
/// Erase a person from the trail.
pub const SUBJECT_ERASE: Permission = Permission("audit.subject.erase");

/// Read how long entries stay.
pub const RETENTION_READ: Permission = Permission("audit.retention.read");
/// Decide how long entries stay.
pub const RETENTION_UPDATE: Permission = Permission("audit.retention.update");
/// Read legal holds.
pub const HOLD_READ: Permission = Permission("audit.hold.read");
/// Place legal holds.
pub const HOLD_PLACE: Permission = Permission("audit.hold.place");
/// Release legal holds.
pub const HOLD_RELEASE: Permission = Permission("audit.hold.release");

/// What roles can grant here.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::plant("audit.event.read", "Read the audit trail"),
    PermissionInfo::organization("audit.event.reveal", "Read personal data in the audit trail").sensitive(),
    PermissionInfo::organization("audit.event.export", "Export the audit trail").sensitive(),
    PermissionInfo::organization("audit.subject.erase", "Erase a person from the audit trail").sensitive(),
    PermissionInfo::organization("audit.retention.read", "Read how long audit entries stay"),
    PermissionInfo::organization("audit.retention.update", "Decide how long audit entries stay").sensitive(),
    PermissionInfo::organization("audit.hold.read", "Read legal holds"),
    PermissionInfo::organization("audit.hold.place", "Place legal holds").sensitive(),
    PermissionInfo::organization("audit.hold.release", "Release legal holds").sensitive(),
];

/// Writes into the trail what an action did that is no change of a row, about the trail itself.
pub(crate) async fn record(tx: &mut Tx, action: &str, detail: Value) -> Result<()> {
    let append = "select gemba.audit($1, 'audit', null, null, 'success', $2)";
    tx.query(append, &[&action, &detail]).await?;
    Ok(())
}

/// Erases a person from the trail: their key goes, and with it every personal value that it concealed. Entries and seals stay as they are.
/// Whether there was something to erase is the answer.
///
/// # Errors
/// 403 `permission_missing`.
pub async fn erase_subject(tx: &mut Tx, subject: Uuid) -> Result<bool> {
    tx.require(SUBJECT_ERASE, Scope::Organization)?;
    let erased = tx.query_one("select gemba.erase_subject($1)", &[&subject]).await?.get(0);
    let append = "select gemba.audit('subject.erased', 'subject', $1, null, 'success', null)";
    tx.query(append, &[&subject]).await?;
    Ok(erased)
}
