//! Who calls: a browser with a session's cookie, or a program with a key.
//!
//! **Invariant:** one round trip to the database for each request, and no answer is remembered, so that what is revoked is revoked.
//! **Invariant:** a browser's changing request counts only with the session's CSRF token; a program's key is never taken from a cookie.
//! **Invariant:** which organization a request is about follows from its proof alone; no header, host or parameter says so.

use base64::Engine as _;
use futures_util::future::BoxFuture;
use http::Method;
use http::header::AUTHORIZATION;
use http::request::Parts;
use platform::error::Kind;
use platform::http::{Authenticate, Client, requests_per_hour};
use platform::ids::{ApiKeyId, OrganizationId, PlantId, SessionId, UserId};
use platform::{Caller, Error, Principal, Result};

use crate::Identity;
use crate::rights::Held;
use crate::second_factors::{Due, FactorRules, Standing};
use crate::sessions::ask_for_rotation;
use crate::sessions::cookies::{self, Way};
use crate::tokens::{Token, same};

/// The header in which a browser's changing request repeats the token from signing in.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

enum Proof {
    Session(Token),
    Key(Token),
}

impl Authenticate for Identity {
    fn caller<'a>(&'a self, parts: &'a Parts) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let client = Client::of(parts);
            let way = cookies::way(&client, self.settings());
            let proof = proof(parts, way)?;
            let (caller, known) = self.identify(&proof, &client).await?;
            if let Principal::User { session, .. } = caller.principal {
                self.check_csrf(parts, session)?;
            }
            if known.due != Due::Nothing && !is_about_second_factors(parts, known.due) {
                return Err(known.standing.refusal(known.due));
            }
            if known.must_change && !is_about_signing_in(parts) {
                return Err(Error::new(
                    Kind::Forbidden,
                    "password_change_required",
                    "somebody else chose your password; choose your own first (POST /auth/password)",
                ));
            }
            if known.rotate {
                ask_for_rotation(parts, &caller);
            }
            Ok(caller)
        })
    }
}

/// What else is known of a caller.
pub(crate) struct Known {
    pub must_change: bool,
    rotate: bool,
    standing: Standing,
    /// What the session owes before it opens anything.
    pub due: Due,
}

impl Identity {
    /// The caller behind a session's token, without regard to what it may do there.
    pub(crate) async fn caller_of_session(&self, token: &Token, client: &Client) -> Result<Caller> {
        Ok(self.identify(&Proof::Session(token.clone()), client).await?.0)
    }

    /// What a session that has just begun owes.
    pub(crate) async fn known_of_session(&self, token: &Token, client: &Client) -> Result<Known> {
        Ok(self.identify(&Proof::Session(token.clone()), client).await?.1)
    }

    async fn identify(&self, proof: &Proof, client: &Client) -> Result<(Caller, Known)> {
        let (hash, is_key) = match proof {
            Proof::Session(token) => (token.hash(), false),
            Proof::Key(token) => (token.hash(), true),
        };
        let tx = self.database().knocked_at(client.ip).await?;
        let ip = client.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let now = tx.now();
        let sql = "select organization_id, user_id, session_id, api_key_id, refusal, must_change, rotate, scopes, settings, roles, versions, plants,
                       factors, factor, factor_at, circumstances
                   from gemba.caller_of($1, $2, $3, $4)";
        let rows = tx.ask_door(sql, &[&hash, &is_key, &now, &ip]).await?;
        let Some(row) = rows.first() else { return Err(if is_key { wrong_key() } else { nobody() }) };
        if let Some(refusal) = row.get::<_, Option<&str>>(4) {
            return Err(refused(refusal));
        }
        let organization: OrganizationId = row.get(0);
        let user: Option<UserId> = row.get(1);
        let session: Option<SessionId> = row.get(2);
        let key: Option<ApiKeyId> = row.get(3);
        let principal = match (user, session, key) {
            (Some(id), Some(session), None) => Principal::User { id, session },
            (owner, None, Some(id)) => Principal::ApiKey { id, owner },
            _ => return Err(Error::internal("neither a session nor a key")),
        };
        let (roles, versions, plants) = (
            row.get::<_, Option<Vec<String>>>(9).unwrap_or_default(),
            row.get::<_, Option<Vec<i64>>>(10).unwrap_or_default(),
            row.get::<_, Option<Vec<Option<PlantId>>>>(11).unwrap_or_default(),
        );
        let settings = row.get::<_, Option<serde_json::Value>>(8);
        let limit = settings.as_ref().and_then(|settings| requests_per_hour(settings, roles.iter().map(String::as_str)));
        let held = roles.into_iter().zip(versions).zip(plants).map(|((role, version), plant)| Held { role, version, plant }).collect();
        let mut grants = self.grants(organization, held, row.get(7)).await?;
        grants.requests_per_hour = limit;
        let standing =
            Standing { set_up: row.get::<_, Option<Vec<String>>>(12).unwrap_or_default(), shown: row.get(13), shown_at: row.get(14) };
        grants.policies = self.circumstances(organization, row.get(15), standing.shown.clone(), now).await?;
        let mut due = Due::Nothing;
        if session.is_some() {
            let rules = FactorRules::of(settings.as_ref());
            due = standing.due(&rules, &grants.roles);
            grants.step_up = standing.step_up(&rules, now, self.sensitive());
        }
        let caller = Caller { organization, principal, grants: grants.into(), ip: client.ip, request: client.request };
        Ok((caller, Known { must_change: row.get(5), rotate: row.get(6), standing, due }))
    }

    fn check_csrf(&self, parts: &Parts, session: SessionId) -> Result<()> {
        if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let mut brought = parts.headers.get_all(CSRF_HEADER).iter();
        let token = brought.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
        if brought.next().is_none() && same(token, &self.csrf_token(session)) {
            return Ok(());
        }
        Err(Error::new(
            Kind::Forbidden,
            "csrf",
            "a changing request of a browser needs the header X-CSRF-Token with csrf_token from signing in (or GET /auth/me)",
        ))
    }
}

/// What a request proves itself with. A key goes before a cookie, and a wrong key is not made good by a cookie.
fn proof(parts: &Parts, way: Way) -> Result<Proof> {
    let headers = &parts.headers;
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    if let Some(value) = authorizations.next() {
        if authorizations.next().is_some() {
            return Err(wrong_key());
        }
        let text = value.to_str().map_err(|_| wrong_key())?;
        let (scheme, key) = text.split_once(' ').ok_or_else(wrong_key)?;
        if scheme.eq_ignore_ascii_case("basic") && is_for_spreadsheets(parts) {
            return basic(key.trim()).map(Proof::Key).ok_or_else(wrong_key);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(wrong_key());
        }
        return Token::read_key(key.trim()).map(Proof::Key).ok_or_else(wrong_key);
    }
    cookies::session(headers, way).map(Proof::Session).ok_or_else(nobody)
}

/// Whether this reads the feed, where Excel and Power BI know only names and passwords. Nowhere else: browsers remember those, and would send them
/// along with what another page asks for.
fn is_for_spreadsheets(parts: &Parts) -> bool {
    let is_feed = path(parts).strip_prefix("/odata").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    is_feed && matches!(parts.method, Method::GET | Method::HEAD)
}

/// The key in a password, whatever the name before it is.
fn basic(credentials: &str) -> Option<Token> {
    let decoded = base64::engine::general_purpose::STANDARD.decode(credentials).ok()?;
    let (_, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Token::read_key(password)
}

/// Whether this is one of the requests that somebody makes whose password another person chose.
fn is_about_signing_in(parts: &Parts) -> bool {
    path(parts).starts_with("/auth/")
}

/// Whether this is one of the requests with which somebody shows a second factor, or, who has none yet, sets one up.
fn is_about_second_factors(parts: &Parts, due: Due) -> bool {
    let path = path(parts);
    let is_under = |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    matches!(path, "/auth/me" | "/auth/logout") || is_under("/auth/second-factor") || (due == Due::SetUp && is_under("/me/second-factors"))
}

fn path(parts: &Parts) -> &str {
    let path = parts.extensions.get::<axum::extract::OriginalUri>().map_or(parts.uri.path(), |original| original.0.path());
    path.strip_prefix("/api/v1").unwrap_or(path)
}

pub(crate) fn nobody() -> Error {
    Error::new(Kind::Unauthenticated, "not_signed_in", "sign in first (POST /auth/login), or send a key (Authorization: Bearer gemba_…)")
}

fn wrong_key() -> Error {
    Error::new(Kind::Unauthenticated, "wrong_key", "the key is not one of Gemba's; it begins with gemba_ and has 55 characters")
}

fn refused(why: &str) -> Error {
    let (code, detail) = match why {
        "session_ended" => ("session_ended", "this device was signed out; sign in again"),
        "session_expired" => ("session_expired", "the session has ended; sign in again"),
        "key_revoked" => ("key_revoked", "the key was revoked"),
        "key_expired" => ("key_expired", "the key has expired; use the one that took its place, or make a new one"),
        "organization_closed" => ("organization_closed", "the organization was closed"),
        _ => ("account_deactivated", "the account was deactivated"),
    };
    Error::new(Kind::Unauthenticated, code, detail)
}
