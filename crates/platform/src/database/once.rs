//! Carrying a request out once: the transaction that does what was asked also notes the client's key, so that a repetition finds it.
//!
//! The key travels with the task that answers the request, not through every signature: a verb cannot forget it, and one that changes
//! nothing leaves no note.
//!
//! **Invariant:** the note and the effect are committed together, or neither is; of two that run at once, the second is undone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;

use crate::ids::OrganizationId;

/// A request that must not be carried out twice.
#[derive(Debug)]
pub(crate) struct Once {
    /// Whose.
    pub organization: OrganizationId,
    /// Who sent it, as audit names them.
    pub principal: String,
    /// The client's key.
    pub key: String,
    /// SHA-256 of method, address and body.
    pub request_hash: Vec<u8>,
    /// When it is forgotten.
    pub expires_at: Timestamp,
    noted: AtomicBool,
}

tokio::task_local! {
    static CURRENT: Arc<Once>;
}

pub(super) const NOTE: &str = "insert into idempotency_keys (organization_id, principal, key, request_hash, expires_at) \
     values ($1, $2, $3, $4, $5)";

impl Once {
    pub(crate) fn new(organization: OrganizationId, principal: String, key: String, request_hash: Vec<u8>, expires_at: Timestamp) -> Self {
        Once { organization, principal, key, request_hash, expires_at, noted: AtomicBool::new(false) }
    }

    /// Runs what answers the request.
    pub(crate) async fn scope<F: Future>(self: Arc<Self>, answering: F) -> F::Output {
        CURRENT.scope(self, answering).await
    }

    /// Runs what belongs to a request but is not what it asked for, so that it is not taken for that: room that is reserved before.
    pub(crate) async fn apart<F: Future>(beside: F) -> F::Output {
        let Ok(current) = CURRENT.try_with(Arc::clone) else { return beside.await };
        let none = Once::new(current.organization, String::new(), String::new(), Vec::new(), current.expires_at);
        none.noted();
        CURRENT.scope(Arc::new(none), beside).await
    }

    /// Whether some transaction of the request was committed.
    pub(crate) fn was_noted(&self) -> bool {
        self.noted.load(Ordering::Acquire)
    }

    /// What the transaction about to be committed has to note, if anything.
    pub(super) fn due(organization: OrganizationId) -> Option<Arc<Once>> {
        CURRENT.try_with(Arc::clone).ok().filter(|once| once.organization == organization && !once.was_noted())
    }

    pub(super) fn noted(&self) {
        self.noted.store(true, Ordering::Release);
    }
}
