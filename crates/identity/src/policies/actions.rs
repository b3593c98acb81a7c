//! What is done with policies.

use platform::http::IfMatch;
use platform::policy::{Compiled, Language};
use platform::{Caller, Error, FieldError, Permission, Result, Scope, Tx};
use serde_json::json;
use uuid::Uuid;

use super::{NewPolicies, PolicyState, PolicyVersion, store};
use crate::{Identity, permissions};

/// How long a trial speaks for what it tried (s).
const TRIAL_LIFE_S: i64 = 86_400;

pub(super) fn require(caller: &Caller, permission: Permission) -> Result<()> {
    caller.require(permission, Scope::Organization)
}

/// Understands a text, away from the threads that serve requests.
pub(super) async fn check(language: Language, text: String) -> Result<Compiled> {
    let checked = tokio::task::spawn_blocking(move || Compiled::check(&text, &language)).await.map_err(Error::internal)?;
    checked.map_err(Error::invalid)
}

/// Keeps a version as a draft.
///
/// # Errors
/// 403; 422 with everything that is wrong, with line and column.
pub(super) async fn create(tx: &mut Tx, identity: &Identity, new: &NewPolicies) -> Result<PolicyVersion> {
    require(tx.caller(), permissions::POLICY_CREATE)?;
    if new.note.as_ref().is_some_and(|note| note.chars().count() > 1000 || note.contains('\0')) {
        return Err(Error::invalid(vec![FieldError::new("/note", "too_long", "expected at most 1,000 characters of text")]));
    }
    if new.text.contains('\0') {
        return Err(Error::invalid(vec![FieldError::new("/text", "bad_characters", "the text holds U+0000, which cannot be stored")]));
    }
    check(identity.language()?, new.text.clone()).await?;
    store::lock(tx).await?;
    let id = store::insert(tx, new).await?;
    store::find(tx, id).await
}

/// Lets a version count, in the place of the one that did.
///
/// # Errors
/// 403, 404, 401 `step_up_required`, 412 `stale`, 409 `policy_not_tried`, 422 where it does not fit the schema any more.
pub(super) async fn activate(tx: &mut Tx, identity: &Identity, id: Uuid, meant: IfMatch) -> Result<PolicyVersion> {
    require(tx.caller(), permissions::POLICY_ACTIVATE)?;
    store::lock(tx).await?;
    let version = store::find(tx, id).await?;
    meant.check(version.version)?;
    if version.state == PolicyState::Active {
        return Ok(version);
    }
    let language = identity.language()?;
    check(language.clone(), version.text.clone()).await?;
    let is_fresh = version.tried_at.is_some_and(|tried| tx.now().as_second() - tried.as_second() <= TRIAL_LIFE_S);
    if !is_fresh || version.tried_with.as_deref() != Some(language.hash()) {
        let detail = "try this version first (POST /policies/{id}/try), within the last 24 h: it tells who could do what not any more";
        return Err(Error::conflict("policy_not_tried", detail));
    }
    store::retire(tx).await?;
    store::activate(tx, id).await?;
    store::count_on(tx, Some(version.number)).await?;
    let detail = json!({ "number": version.number });
    tx.query("select gemba.audit('policy.activated', 'policy', $1, null, 'success', $2)", &[&id, &detail]).await?;
    store::find(tx, id).await
}

/// Ends the version that counts: what roles grant is all that counts then.
///
/// # Errors
/// 403, 404, 401 `step_up_required`, 412 `stale`, 409 `policy_not_active`.
pub(super) async fn retire(tx: &mut Tx, id: Uuid, meant: IfMatch) -> Result<PolicyVersion> {
    require(tx.caller(), permissions::POLICY_ACTIVATE)?;
    store::lock(tx).await?;
    let version = store::find(tx, id).await?;
    meant.check(version.version)?;
    if version.state != PolicyState::Active {
        return Err(Error::conflict("policy_not_active", "this version does not count"));
    }
    ended(tx, &version).await?;
    store::find(tx, id).await
}

/// Ends whatever version counts; returns its number. For the machine's command line.
///
/// # Errors
/// What the database refused.
pub(crate) async fn take_back(tx: &mut Tx) -> Result<Option<i64>> {
    store::lock(tx).await?;
    let Some(version) = store::active(tx).await? else {
        // Whatever is wrong there, after this nothing counts.
        store::count_on(tx, None).await?;
        return Ok(None);
    };
    ended(tx, &version).await?;
    Ok(Some(version.number))
}

async fn ended(tx: &mut Tx, version: &PolicyVersion) -> Result<()> {
    store::retire(tx).await?;
    store::count_on(tx, None).await?;
    let detail = json!({ "number": version.number });
    tx.query("select gemba.audit('policy.retired', 'policy', $1, null, 'success', $2)", &[&version.id, &detail]).await?;
    Ok(())
}
