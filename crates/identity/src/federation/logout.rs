//! Signing out, both ways: where a browser goes to end the provider's session as well, and what is done when the provider ended one.

use jiff::SignedDuration;
use platform::error::Kind;
use platform::http::Client;
use platform::ids::SessionId;
use platform::outbound::Outbound;
use platform::secrets::Secrets;
use platform::{Caller, Error, Result};
use serde_json::Value;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::{claims, steward, store};
use crate::Identity;
use crate::sealed::ID_TOKEN;
use crate::second_factors::ceremonies;

/// The event that a logout token is about.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old a logout token may be (s).
const OLDEST_S: i64 = 300;

/// Where the browser of this session goes to end the provider's session as well; none for one that began otherwise, or where the provider does not
/// take people for that.
pub(crate) async fn end_session_address(
    identity: &Identity,
    (secrets, outbound): (&Secrets, &Outbound),
    caller: &Caller,
    session: SessionId,
) -> Option<String> {
    match address(identity, secrets, outbound, caller, session).await {
        Ok(address) => address,
        Err(error) => {
            tracing::warn!(%error, "somebody is signed out here only: the provider cannot be asked");
            None
        }
    }
}

async fn address(
    identity: &Identity,
    secrets: &Secrets,
    outbound: &Outbound,
    caller: &Caller,
    session: SessionId,
) -> Result<Option<String>> {
    let mut tx = identity.database().read(caller).await?;
    let Some(origin) = store::origin_of(&mut tx, session).await? else { return Ok(None) };
    let provider = store::find(&mut tx, origin.provider).await?.provider;
    tx.commit().await?;
    let known = identity.providers().find(identity, outbound, &provider.issuer).await?;
    let Some(endpoint) = &known.metadata.end_session_endpoint else { return Ok(None) };
    let hint = match &origin.id_token {
        Some(sealed) => Some(secrets.open(&ID_TOKEN.of(caller.organization, session.0), sealed).await?),
        None => None,
    };
    let mut query = Serializer::new(String::new());
    query.append_pair("client_id", &provider.client_id).append_pair("post_logout_redirect_uri", &identity.settings().public_url);
    if let Some(hint) = &hint {
        query.append_pair("id_token_hint", hint.expose_text()?);
    }
    let sign = if endpoint.contains('?') { '&' } else { '?' };
    Ok(Some(format!("{endpoint}{sign}{}", query.finish())))
}

/// Takes a provider's word that a session, or all of somebody's, ended there (Back-Channel Logout 1.0, section 2.6).
///
/// # Errors
/// 400 `bad_logout_token`; 404; 503.
pub(super) async fn take_word(identity: &Identity, outbound: &Outbound, client: &Client, provider: Uuid, token: &str) -> Result<()> {
    let mut tx = identity.database().before_sign_in().await?;
    let organization = store::organization_of(&mut tx, provider).await?;
    tx.commit().await?;
    let steward = steward(organization, client.request);
    let mut tx = identity.database().read(&steward).await?;
    let stored = store::find(&mut tx, provider).await?.provider;
    tx.commit().await?;
    let statement = identity.providers().verify(identity, outbound, &stored.issuer, token).await.map_err(bad)?;
    let said = &statement.claims;
    let mut tx = identity.database().begin(&steward).await?;
    let now = tx.now();
    claims::common(said, &stored.issuer, &stored.client_id, now).map_err(bad)?;
    let kind = statement.kind.as_deref().map(str::to_ascii_lowercase);
    // A provider that says nothing of the kind is taken at its word about the event; one that says another kind is not.
    let is_kind = kind.as_deref().is_none_or(|kind| matches!(kind, "logout+jwt" | "application/logout+jwt" | "jwt"));
    let is_event = said.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object);
    let is_now = claims::number(said, "iat").is_some_and(|at| now.as_second() - at <= OLDEST_S)
        && claims::number(said, "exp").is_none_or(|exp| now.as_second() < exp.saturating_add(claims::SKEW_S));
    let (subject, sid) = (claims::text(said, "sub"), claims::text(said, "sid"));
    if !is_kind || !is_event || !is_now || said.contains_key("nonce") || (subject.is_none() && sid.is_none()) {
        return Err(bad(claims::refused("it is no word about a session that ended a moment ago")));
    }
    let number = claims::text(said, "jti").ok_or_else(|| bad(claims::refused("it has no number of its own")))?;
    let until = now + SignedDuration::from_secs(2 * OLDEST_S);
    let number = format!("{provider} {number}");
    if !ceremonies::begin(&mut tx, number.as_bytes(), "logout", &Value::Null, until).await? {
        return Err(bad(claims::refused("it was said before")));
    }
    let ended = store::end_from(&mut tx, provider, subject, sid, now).await?;
    tracing::info!(ended, %provider, "a provider ended sessions");
    tx.commit().await
}

fn bad(error: Error) -> Error {
    if error.kind == Kind::Unauthenticated { Error::new(Kind::Malformed, "bad_logout_token", error.detail) } else { error }
}
