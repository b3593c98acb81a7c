//! The verbs: set a second factor up, show one, remove one.

use jiff::SignedDuration;
use platform::ids::{SessionId, UserId};
use platform::secrets::Secrets;
use platform::{Error, FieldError, Result, Scope, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::totp;
use super::{fresh, store};
use crate::grants::Holder;
use crate::sealed::TOTP_SEED;
use crate::sign_in::delays::Counted;
use crate::tokens::Token;
use crate::users::dominate;
use crate::{Identity, permissions, sessions};

/// Recovery codes that somebody gets at once.
const RECOVERY_CODES: usize = 10;
/// Second factors that somebody may have.
const MOST: usize = 20;

/// What an authenticator app is told. Shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct AppSeed {
    /// The factor, which counts once it is confirmed.
    pub id: Uuid,
    /// The seed, for typing.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// The same as an address, for a QR code.
    #[schema(example = "otpauth://totp/Gemba%20Tavira:ines@tavira.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub address: String,
}

/// The person behind the call, and their session.
pub(super) fn own(tx: &Tx) -> Result<(UserId, SessionId)> {
    crate::sessions::person(tx.caller())
}

/// Begins to set an authenticator app up.
///
/// # Errors
/// 401 `step_up_required`; 409 `too_many_factors`; 422.
pub(super) async fn begin_app(tx: &mut Tx, secrets: &Secrets, name: &str) -> Result<AppSeed> {
    fresh(tx.caller())?;
    let (user, _) = own(tx)?;
    let name = named(name)?;
    room(tx, user).await?;
    let (id, seed) = (tx.new_id::<Uuid>(), totp::new_seed()?);
    let organization = tx.caller().organization;
    let sealed = secrets.seal(&TOTP_SEED.of(organization, id), &seed)?;
    store::insert_app(tx, user, id, &name, &sealed).await?;
    let sql = "select u.email, o.name from users u join organizations o using (organization_id) where organization_id = $1 and u.id = $2";
    let row = tx.query_one(sql, &[&organization, &user]).await?;
    let address = totp::address(&seed, row.get(0), row.get(1));
    Ok(AppSeed { id, secret: totp::base32(&seed), address })
}

/// Confirms an app with a code of it; recovery codes come with the first factor.
///
/// # Errors
/// 404; 422 `wrong_code`; 429.
pub(super) async fn confirm_app(tx: &mut Tx, identity: &Identity, secrets: &Secrets, id: Uuid, code: &str) -> Result<Vec<String>> {
    fresh(tx.caller())?;
    let (user, session) = own(tx)?;
    let before = store::lock(tx, user).await?;
    let app = store::apps(tx, user, Some(id)).await?.pop().ok_or_else(|| Error::not_found("second factor"))?;
    let seed = secrets.open(&TOTP_SEED.of(tx.caller().organization, id), &app.sealed).await?;
    let step = totp::step_of(seed.expose(), code, tx.now(), None);
    let step =
        step.ok_or_else(|| Error::invalid(vec![FieldError::new("/code", "wrong_code", "that is not the code the app shows now")]))?;
    store::took_step(tx, id, step).await?;
    set_up(tx, identity, user, session, "totp", &before).await
}

/// What follows every new factor: it counts as shown here, and the first one brings recovery codes.
pub(super) async fn set_up(
    tx: &mut Tx,
    identity: &Identity,
    user: UserId,
    session: SessionId,
    kind: &str,
    before: &[String],
) -> Result<Vec<String>> {
    store::count_kinds(tx, user).await?;
    store::shown(tx, session, kind).await?;
    event(tx, "user.second_factor_added", user, "success").await?;
    if before.is_empty() { new_codes(tx, identity, user).await } else { Ok(Vec::new()) }
}

/// Makes recovery codes in place of those there are.
///
/// # Errors
/// 401 `step_up_required`; 409 without a second factor.
pub(super) async fn renew_codes(tx: &mut Tx, identity: &Identity) -> Result<Vec<String>> {
    fresh(tx.caller())?;
    let (user, _) = own(tx)?;
    if store::lock(tx, user).await?.is_empty() {
        return Err(Error::conflict("no_second_factor", "recovery codes stand in for a second factor; set one up first"));
    }
    new_codes(tx, identity, user).await
}

async fn new_codes(tx: &mut Tx, identity: &Identity, user: UserId) -> Result<Vec<String>> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        // 80 of the token's 256 bits: four groups of four that a person can copy from paper.
        let text = totp::base32(&Token::new()?.hash()[..10]);
        codes.push(format!("{}-{}-{}-{}", &text[..4], &text[4..8], &text[8..12], &text[12..]));
    }
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| code_hash(identity, user, code)).collect();
    store::replace_codes(tx, user, &hashes).await?;
    Ok(codes)
}

fn code_hash(identity: &Identity, user: UserId, code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    identity.key().hash("recovery code", &[user.0.as_bytes(), plain.to_ascii_uppercase().as_bytes()])
}

/// What somebody shows.
pub(super) enum Shown<'a> {
    /// A code of an app.
    Code(&'a str),
    /// A recovery code.
    RecoveryCode(&'a str),
}

/// Takes a code, of an app or for recovery. The attempt is counted first, in a transaction of its own, whatever becomes of it.
///
/// # Errors
/// 403 `wrong_code`; 429 `sign_in_delayed`.
pub(super) async fn show(identity: &Identity, secrets: &Secrets, caller: &platform::Caller, shown: Shown<'_>) -> Result<Token> {
    let counted = Counted::of_person(identity.key(), caller.user().unwrap_or_default().as_bytes());
    let mut tx = identity.database().begin(caller).await?;
    let delayed = counted.count(&mut tx).await;
    tx.commit().await?;
    delayed?;
    let mut tx = identity.database().begin(caller).await?;
    let (user, session) = own(&tx)?;
    store::lock(&mut tx, user).await?;
    let kind = match shown {
        Shown::Code(code) => take_code(&mut tx, secrets, user, code).await?.then_some("totp"),
        Shown::RecoveryCode(code) => store::use_code(&mut tx, user, &code_hash(identity, user, code)).await?.then_some("recovery"),
    };
    let Some(kind) = kind else {
        event(&mut tx, "user.second_factor_refused", user, "failed").await?;
        tx.commit().await?;
        let detail = "the code is not right, was used already, or has expired; wait for the next one";
        return Err(Error::new(platform::error::Kind::Forbidden, "wrong_code", detail));
    };
    let token = accept(&mut tx, user, session, kind).await?;
    counted.succeeded(&mut tx).await?;
    tx.commit().await?;
    Ok(token)
}

/// Notes a factor as shown, and gives the session a new token.
pub(super) async fn accept(tx: &mut Tx, user: UserId, session: SessionId, kind: &str) -> Result<Token> {
    store::shown(tx, session, kind).await?;
    event(tx, "user.second_factor_shown", user, "success").await?;
    let token = Token::new()?;
    sessions::store::rotate(tx, session, &token.hash(), 0.0).await?;
    Ok(token)
}

async fn take_code(tx: &mut Tx, secrets: &Secrets, user: UserId, code: &str) -> Result<bool> {
    for app in store::apps(tx, user, None).await? {
        let seed = secrets.open(&TOTP_SEED.of(tx.caller().organization, app.id), &app.sealed).await?;
        if let Some(step) = totp::step_of(seed.expose(), code, tx.now(), app.last_step) {
            store::took_step(tx, app.id, step).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Removes one of one's own factors.
///
/// # Errors
/// 401 `step_up_required`; 404.
pub(super) async fn remove(tx: &mut Tx, id: Uuid) -> Result<()> {
    fresh(tx.caller())?;
    let (user, _) = own(tx)?;
    store::lock(tx, user).await?;
    if store::delete(tx, user, Some(id)).await? == 0 {
        return Err(Error::not_found("second factor"));
    }
    event(tx, "user.second_factor_removed", user, "success").await
}

/// Takes all factors and recovery codes from somebody who lost theirs, and signs them out.
///
/// # Errors
/// 403 without the right to, or for somebody with more rights; 404.
pub(super) async fn reset_second_factors(tx: &mut Tx, identity: &Identity, user: UserId) -> Result<()> {
    tx.require(permissions::USER_RESET_SECOND_FACTORS, Scope::Organization)?;
    crate::users::store::lock(tx, user).await?;
    dominate(tx, identity, Holder::User(user)).await?;
    store::delete(tx, user, None).await?;
    sessions::store::end(tx, user, None, None, "revoked").await?;
    event(tx, "user.second_factors_reset", user, "success").await
}

/// Refuses one factor too many.
pub(super) async fn room(tx: &mut Tx, user: UserId) -> Result<()> {
    if store::list(tx, user).await?.len() < MOST {
        return Ok(());
    }
    Err(Error::conflict("too_many_factors", format!("there are {MOST} second factors already; remove one first")))
}

/// A factor's name, or one that says when it was set up.
pub(super) fn named(name: &str) -> Result<String> {
    let name = name.trim();
    if (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        return Ok(name.into());
    }
    Err(Error::invalid(vec![FieldError::new("/name", "bad_length", "a name has 1 to 100 characters")]))
}

/// Until when what was begun may come back.
pub(super) fn soon(tx: &Tx) -> jiff::Timestamp {
    tx.now() + SignedDuration::from_mins(5)
}

pub(super) async fn event(tx: &mut Tx, action: &str, user: UserId, outcome: &str) -> Result<()> {
    tx.query("select gemba.audit($1, 'user', $2, null, $3, null)", &[&action, &user, &outcome]).await?;
    Ok(())
}
