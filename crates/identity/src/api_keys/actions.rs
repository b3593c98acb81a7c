//! The verbs: make a key, rotate it, revoke it.

use jiff::{SignedDuration, Timestamp};
use platform::ids::ApiKeyId;
use platform::{Caller, Error, FieldError, Permission, Result, Scope, Tx};

use super::store;
use super::{ApiKey, NewApiKey, SecretKey};
use crate::grants::{self, Holder};
use crate::tokens::Token;
use crate::{Identity, permissions, second_factors, sessions, users};

/// How long a key may live at most (s): two years.
const LONGEST_LIFE_S: i64 = 2 * 366 * 86_400;
/// How long the old secret may still open after a rotation (s): 30 days.
const LONGEST_OVERLAP_S: i64 = 30 * 86_400;

/// Makes a key: one's own without further rights, a service's with `identity.api_key.create` and within one's own rights.
///
/// # Errors
/// 403, 422.
pub(super) async fn create_key(tx: &mut Tx, identity: &Identity, wanted: &NewApiKey) -> Result<SecretKey> {
    let (owner, _) = sessions::person(tx.caller())?;
    second_factors::fresh(tx.caller())?;
    valid(identity, wanted, tx.now())?;
    let is_service = !wanted.grants.is_empty();
    if is_service {
        tx.require(permissions::API_KEY_CREATE, Scope::Organization)?;
    }
    let id = store::insert(tx, wanted.name.trim(), (!is_service).then_some(owner), &wanted.scopes, wanted.expires_at).await?;
    for (at, grant) in wanted.grants.iter().enumerate() {
        grants::give(tx, identity, Holder::ApiKey(id), grant, &format!("/grants/{at}")).await?;
    }
    with_secret(tx, id).await
}

/// Makes a new secret; the old one opens for `overlap_s` more seconds.
///
/// # Errors
/// 403, 404, 409 `key_revoked`, 422.
pub(super) async fn rotate_key(tx: &mut Tx, identity: &Identity, id: ApiKeyId, overlap_s: i64) -> Result<SecretKey> {
    sessions::person(tx.caller())?;
    second_factors::fresh(tx.caller())?;
    if !(0..=LONGEST_OVERLAP_S).contains(&overlap_s) {
        let detail = format!("found {overlap_s} s, expected 0 to {LONGEST_OVERLAP_S} s");
        return Err(Error::invalid(vec![FieldError::new("/overlap_s", "out_of_range", detail)]));
    }
    let key = store::lock(tx, id).await?;
    allowed(tx.caller(), &key, permissions::API_KEY_ROTATE)?;
    // Whoever sees the new secret acts with its rights: somebody else's key is revoked, not taken over.
    if key.owner_id.is_some() && key.owner_id != tx.caller().user() {
        return Err(Error::new(
            platform::error::Kind::Forbidden,
            "not_your_key",
            "this key acts for somebody else; only they can have a new secret for it, but you may be able to revoke it",
        ));
    }
    if key.owner_id.is_none() {
        users::dominate(tx, identity, Holder::ApiKey(id)).await?;
    }
    if key.revoked_at.is_some() {
        return Err(Error::conflict("key_revoked", "the key was revoked; make a new one"));
    }
    let until = tx.now() + SignedDuration::from_secs(overlap_s);
    store::end_secrets(tx, id, until).await?;
    with_secret(tx, id).await
}

/// Ends a key at once.
///
/// # Errors
/// 403, 404.
pub(super) async fn revoke_key(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey> {
    let key = store::lock(tx, id).await?;
    allowed(tx.caller(), &key, permissions::API_KEY_REVOKE)?;
    store::revoke(tx, id).await?;
    store::find(tx, id).await
}

/// One's own key, or the right to everybody's; without either, there is no such key.
pub(super) fn allowed(caller: &Caller, key: &ApiKey, permission: Permission) -> Result<()> {
    if key.owner_id.is_some() && key.owner_id == caller.user() {
        return Ok(());
    }
    if !caller.may(permissions::API_KEY_READ, Scope::Organization) {
        return Err(Error::not_found("key"));
    }
    caller.require(permission, Scope::Organization)
}

async fn with_secret(tx: &mut Tx, id: ApiKeyId) -> Result<SecretKey> {
    let token = Token::new()?;
    store::insert_secret(tx, id, &token.hash()).await?;
    Ok(SecretKey { api_key: store::find(tx, id).await?, secret: token.key_text() })
}

fn valid(identity: &Identity, wanted: &NewApiKey, now: Timestamp) -> Result<()> {
    let mut wrong = Vec::new();
    let name = wanted.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        wrong.push(FieldError::new("/name", "bad_length", "a name has 1 to 100 characters"));
    }
    if wanted.scopes.is_empty() || wanted.scopes.len() > 100 {
        wrong.push(FieldError::new("/scopes", "bad_length", "a key has 1 to 100 scopes"));
    }
    for (at, scope) in wanted.scopes.iter().enumerate() {
        if identity.catalogue().select(&[scope.as_str()], &[]).is_empty() {
            wrong.push(FieldError::new(format!("/scopes/{at}"), "matches_nothing", format!("no permission is of the pattern {scope}")));
        }
    }
    if let Some(at) = wanted.expires_at
        && (at <= now || at > now + SignedDuration::from_secs(LONGEST_LIFE_S))
    {
        wrong.push(FieldError::new("/expires_at", "out_of_range", "a key ends in the future, at most two years from now"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}
