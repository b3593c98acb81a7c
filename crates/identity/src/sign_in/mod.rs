//! Signing in with a password, signing out, and setting passwords.
//!
//! **Invariant:** an attempt costs one password hash whatever the reason of its failure, and gets one answer: who guesses learns nothing about
//! which accounts exist.
//! **Invariant:** guessing is slowed down by growing delays, per account and address, never by locking an account for good; whoever signed in on
//! a device before is not delayed by strangers who guess elsewhere.
//! **Invariant:** a link works once.

mod actions;
pub(crate) mod delays;
mod forgotten;
mod http;
pub(crate) mod links;

use platform::{Caller, Result};

use crate::Identity;

pub(crate) use actions::{open_proven, set_password};
pub(crate) use http::{LoggedIn, began, device, routes, signed_in_with_passkey};

/// Counts a try of a one-time code, whatever becomes of it.
///
/// # Errors
/// 429 `sign_in_delayed`.
pub(crate) async fn count_tries(identity: &Identity, caller: &Caller) -> Result<()> {
    let counted = delays::Counted::of_person(identity.key(), caller.user().unwrap_or_default().as_bytes());
    let mut tx = identity.database().begin(caller).await?;
    let delayed = counted.count(&mut tx).await;
    tx.commit().await?;
    delayed
}
