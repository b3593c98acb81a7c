//! What somebody may do now, asked without a request of theirs: for work that goes on after it, and for streams that stay open.
//!
//! **Invariant:** nothing acts with rights that its principal no longer has: they are asked for when the work begins, not when it was ordered.

use futures_util::future::BoxFuture;

use crate::caller::{Caller, Principal};
use crate::error::Result;
use crate::ids::{OrganizationId, RequestId};

/// Knows what principals may do at this moment. `identity` gives it.
pub trait Standing: Send + Sync {
    /// `principal` as a caller with its rights of this moment; `request` names the cause in trail and log. Whether the device that a person
    /// asked from is still signed in does not matter.
    ///
    /// # Errors
    /// 401 when the account was deactivated, the key revoked or expired, or the organization closed.
    fn caller<'a>(&'a self, organization: OrganizationId, principal: &'a Principal, request: RequestId) -> BoxFuture<'a, Result<Caller>>;

    /// For each of them, whether it still stands: session and key neither ended nor expired, account active, organization open. One question
    /// for all.
    ///
    /// # Errors
    /// 503 when the database is gone.
    fn stand<'a>(&'a self, who: &'a [(OrganizationId, Principal)]) -> BoxFuture<'a, Result<Vec<bool>>>;
}
