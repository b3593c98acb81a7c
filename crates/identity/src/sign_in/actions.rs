//! The verbs: sign in, change the password, set it by a link.

use platform::error::Kind;
use platform::http::Client;
use platform::ids::{OrganizationId, SessionId, UserId};
use platform::{Caller, Error, FieldError, Principal, Result, Tx};
use serde_json::{Value, json};

use super::delays::{Counted, device_mark};
use super::links;
use crate::Identity;
use crate::passwords::{About, check};
use crate::sessions::{self, Opened, SessionRules, proven};
use crate::tokens::Token;

/// Bytes of a password that are looked at at all.
const LONGEST_ATTEMPT: usize = 1024;

/// What somebody brings who signs in.
pub(super) struct Attempt<'a> {
    pub email: &'a str,
    pub password: &'a str,
    pub organization: Option<&'a str>,
    /// The mark of a known device.
    pub mark: Option<&'a str>,
    /// The session the browser had, which ends.
    pub before: Option<Token>,
    pub device: &'a str,
}

/// Somebody who has just signed in.
pub(super) struct SignedIn {
    pub session: SessionId,
    pub token: Token,
    pub mark: String,
}

struct Account {
    organization: OrganizationId,
    user: UserId,
    hash: Option<String>,
    settings: Value,
}

/// Signs somebody in with address and password.
///
/// # Errors
/// 401 `sign_in_failed` whatever was wrong; 429 `sign_in_delayed`; 503 `sign_in_busy`.
pub(super) async fn sign_in(identity: &Identity, client: &Client, attempt: Attempt<'_>) -> Result<SignedIn> {
    let email = attempt.email.trim().to_lowercase();
    bounded(attempt.password, "/password")?;
    let counted = Counted::of(identity.key(), &email, client, attempt.mark);
    let mut tx = identity.database().signing_in(client.ip).await?;
    let delayed = counted.count(&mut tx).await;
    let account = account(&mut tx, &email, attempt.organization).await?;
    tx.commit().await?;
    if let Err(delayed) = delayed {
        audit(identity, client, "session.delayed", account.as_ref(), &email, "refused").await?;
        return Err(delayed);
    }
    let verified = identity.hasher().verify(attempt.password, account.as_ref().and_then(|account| account.hash.as_deref())).await;
    if verified.is_err() {
        let mut tx = identity.database().signing_in(client.ip).await?;
        counted.not_made(&mut tx).await?;
        tx.commit().await?;
    }
    let Some(account) = account.as_ref().filter(|_| matches!(verified, Ok(true))) else {
        verified?;
        audit(identity, client, "session.refused", account.as_ref(), &email, "failed").await?;
        return Err(failed());
    };
    welcome(identity, client, account, &email, &attempt, &counted).await
}

/// Opens the session of somebody who has shown the right password.
async fn welcome(
    identity: &Identity,
    client: &Client,
    account: &Account,
    email: &str,
    attempt: &Attempt<'_>,
    counted: &Counted,
) -> Result<SignedIn> {
    if let Some(before) = &attempt.before
        && let Ok(before) = identity.caller_of_session(before, client).await
    {
        end_own(identity, &before, "replaced").await?;
    }
    let newer_hash = match &account.hash {
        Some(hash) if identity.hasher().is_outdated(hash) => Some(identity.hasher().hash(attempt.password).await?),
        _ => None,
    };
    let session = identity.database().context().new_id();
    let caller = proven(account.organization, account.user, session, client);
    let mut tx = identity.database().begin(&caller).await?;
    counted.succeeded(&mut tx).await?;
    let rules = SessionRules::of(&account.settings, identity.settings().sessions);
    let Opened { id, token } = sessions::open(&mut tx, rules, attempt.device, &sessions::Proof::default()).await?;
    let now = tx.now();
    // The server's role may write hashes, and read none.
    if let Some(hash) = newer_hash {
        let sql = "update credentials set password_hash = $3 where organization_id = $1 and user_id = $2";
        tx.execute(sql, &[&account.organization, &account.user, &hash]).await?;
    }
    let sql = "update credentials set signed_in_at = $3 where organization_id = $1 and user_id = $2";
    tx.execute(sql, &[&account.organization, &account.user, &now]).await?;
    tx.commit().await?;
    Ok(SignedIn { session: id, token, mark: device_mark(identity.key(), email)? })
}

/// Opens the session of somebody who has proven who they are in another way than by a password; the one the browser had ends.
pub(crate) async fn open_proven(
    identity: &Identity,
    client: &Client,
    (organization, user): (OrganizationId, UserId),
    before: Option<Token>,
    device: &str,
    proof: &sessions::Proof,
) -> Result<Opened> {
    if let Some(before) = before
        && let Ok(before) = identity.caller_of_session(&before, client).await
    {
        end_own(identity, &before, "replaced").await?;
    }
    let caller = proven(organization, user, identity.database().context().new_id(), client);
    let mut tx = identity.database().begin(&caller).await?;
    let settings: Value = tx.query_one("select settings from organizations where organization_id = $1", &[&organization]).await?.get(0);
    let opened = sessions::open(&mut tx, SessionRules::of(&settings, identity.settings().sessions), device, proof).await?;
    let now = tx.now();
    let sql = "update credentials set signed_in_at = $3 where organization_id = $1 and user_id = $2";
    tx.execute(sql, &[&organization, &user, &now]).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Ends the session of the call.
pub(super) async fn end_own(identity: &Identity, caller: &Caller, why: &str) -> Result<()> {
    let Principal::User { id, session } = caller.principal else { return Ok(()) };
    let mut tx = identity.database().begin(caller).await?;
    sessions::store::end(&mut tx, id, Some(session), None, why).await?;
    tx.commit().await
}

/// Changes one's own password; every session ends, and a new one begins here.
///
/// # Errors
/// 403 `wrong_password`, 422 for a bad new one, 429 after too many wrong ones.
pub(super) async fn change_password(
    identity: &Identity,
    client: &Client,
    caller: &Caller,
    current: &str,
    new: &str,
    device: &str,
) -> Result<Opened> {
    let (user, session) = crate::sessions::person(caller)?;
    crate::second_factors::fresh(caller)?;
    bounded(current, "/current_password")?;
    let counted = Counted::of_session(identity.key(), session.0.as_bytes());
    let mut tx = identity.database().begin(caller).await?;
    let delayed = counted.count(&mut tx).await;
    let hash: Option<String> = tx.query_one("select gemba.password_hash_of($1)", &[&user]).await?.get(0);
    let settings: Value =
        tx.query_one("select settings from organizations where organization_id = $1", &[&caller.organization]).await?.get(0);
    // What was shown in the session that ends was shown by the same person a moment ago.
    let factor = sessions::store::factor(&mut tx, session).await?;
    tx.commit().await?;
    delayed?;
    if !identity.hasher().verify(current, hash.as_deref()).await? {
        let mut tx = identity.database().begin(caller).await?;
        event(&mut tx, "user.password_refused", user, "failed").await?;
        tx.commit().await?;
        return Err(Error::new(Kind::Forbidden, "wrong_password", "the current password is not right"));
    }
    if current == new {
        return Err(Error::invalid(vec![FieldError::new("/new_password", "unchanged", "the new password is the old one")]));
    }
    let caller = proven(caller.organization, user, identity.database().context().new_id(), client);
    let new_hash = acceptable(identity, &caller, user, new, "/new_password").await?;
    let mut tx = identity.database().begin(&caller).await?;
    counted.succeeded(&mut tx).await?;
    set_password(&mut tx, user, &new_hash, false).await?;
    let proof = sessions::Proof { factor, ..Default::default() };
    let opened = sessions::open(&mut tx, SessionRules::of(&settings, identity.settings().sessions), device, &proof).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Sets the password of whom the link was made for.
///
/// # Errors
/// 410 `link_gone`; 422 for a bad password, with which the link still works.
pub(super) async fn set_by_link(identity: &Identity, client: &Client, token: &str, password: &str) -> Result<()> {
    let link = links::find(identity, token).await?;
    let session = identity.database().context().new_id();
    let caller = proven(link.organization, link.user, session, client);
    let hash = acceptable(identity, &caller, link.user, password, "/password").await?;
    let mut tx = identity.database().begin(&caller).await?;
    links::use_up(&mut tx, link.id).await?;
    set_password(&mut tx, link.user, &hash, false).await?;
    tx.commit().await
}

/// Checks a new password for somebody, and hashes it.
async fn acceptable(identity: &Identity, caller: &Caller, user: UserId, password: &str, pointer: &str) -> Result<String> {
    let tx = identity.database().read(caller).await?;
    let sql =
        "select u.email, u.name, o.name from users u join organizations o using (organization_id) where organization_id = $1 and u.id = $2";
    let rows = tx.query_once(sql, &[&caller.organization, &user]).await?;
    let row = rows.first().ok_or_else(|| Error::not_found("user"))?;
    let about = About { email: row.get(0), name: row.get(1), organization: row.get(2), forbidden: Some(&identity.settings().forbidden) };
    check(password, about, pointer).map_err(|wrong| Error::invalid(vec![wrong]))?;
    identity.hasher().hash(password).await
}

/// Puts a new password's hash in place; all sessions and links of the person end.
pub(crate) async fn set_password(tx: &mut Tx, user: UserId, hash: &str, must_change: bool) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let query = "select password_changed_at is not null from credentials where organization_id = $1 and user_id = $2";
    let had_one = tx.query_opt(query, &[&organization, &user]).await?.is_some_and(|row| row.get(0));
    tx.execute(
        "update credentials set password_hash = $3, password_changed_at = $4, password_must_change = $5
         where organization_id = $1 and user_id = $2",
        &[&organization, &user, &hash, &now, &must_change],
    )
    .await?;
    sessions::store::end(tx, user, None, None, "password_changed").await?;
    links::withdraw(tx, user).await?;
    // The first one is no news to whom it belongs; of any other they are told.
    let detail = had_one.then(|| json!({ "owner": user }));
    tx.query("select gemba.audit('user.password_changed', 'user', $1, null, 'success', $2)", &[&user, &detail]).await?;
    Ok(())
}

async fn event(tx: &mut Tx, action: &str, user: UserId, outcome: &str) -> Result<()> {
    tx.query("select gemba.audit($1, 'user', $2, null, $3, null)", &[&action, &user, &outcome]).await?;
    Ok(())
}

async fn account(tx: &mut Tx, email: &str, organization: Option<&str>) -> Result<Option<Account>> {
    let sql = "select organization_id, user_id, password_hash, must_change, settings from gemba.account_of($1, $2)";
    let rows = tx.query(sql, &[&email, &organization]).await?;
    // An address in several organizations, and none named: the answer is the same as for a wrong password, and says what may help.
    let [row] = rows.as_slice() else { return Ok(None) };
    Ok(Some(Account { organization: row.get(0), user: row.get(1), hash: row.get(2), settings: row.get(4) }))
}

/// A failed attempt in the trail of the organization it was meant for, else of the operating one; the address only as a keyed hash.
async fn audit(identity: &Identity, client: &Client, action: &str, account: Option<&Account>, email: &str, outcome: &str) -> Result<()> {
    let address = identity.key().hash_text("attempted address", &[email.as_bytes()]);
    let from = identity.key().hash_text("attempted from", &[client.ip.map(|ip| ip.to_string()).unwrap_or_default().as_bytes()]);
    let detail = json!({ "address_hash": address, "from_hash": from, "user_id": account.map(|account| account.user) });
    let tx = identity.database().signing_in(client.ip).await?;
    let (ip, request) = (client.ip.map(|ip| ip.to_string()).unwrap_or_default(), client.request.to_string());
    let organization = account.map(|account| account.organization);
    tx.query_once("select gemba.audit_sign_in($1, $2, $3, $4, $5, $6)", &[&action, &outcome, &organization, &detail, &ip, &request])
        .await?;
    Ok(())
}

fn bounded(password: &str, pointer: &str) -> Result<()> {
    if password.len() <= LONGEST_ATTEMPT {
        return Ok(());
    }
    Err(Error::invalid(vec![FieldError::new(pointer, "too_long", format!("more than {LONGEST_ATTEMPT} bytes; no password is that long"))]))
}

fn failed() -> Error {
    Error::new(
        Kind::Unauthenticated,
        "sign_in_failed",
        "address or password is not right; where the address is used in several organizations, name the organization as well",
    )
}
