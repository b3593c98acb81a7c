//! What a provider says of itself (OpenID Connect Discovery 1.0), and its keys, kept for an hour.
//!
//! **Invariant:** what a provider says counts for its own issuer only.
//! **Invariant:** an unknown key makes Gemba ask again, but not more often than every half minute: whoever makes keys up does not make it flood the
//! provider.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::Request;
use jiff::Timestamp;
use platform::error::Kind;
use platform::outbound::Outbound;
use platform::{Error, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::jwt::{Doubt, KeySet, Statement};
use crate::Identity;

/// How long what a provider says is believed (s).
const LIFE_S: i64 = 3600;
/// How soon it is asked again at the earliest (s).
const AGAIN_S: i64 = 30;
/// How long one that did not answer is left alone (s): nobody who starts a sign-in waits for it meanwhile.
const DOWN_S: i64 = 5;
/// Providers remembered.
const MOST_KEPT: usize = 1000;

/// What a provider says of itself.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    pub userinfo_endpoint: Option<String>,
    pub end_session_endpoint: Option<String>,
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    pub backchannel_logout_supported: bool,
}

/// A provider as it was last asked.
#[derive(Debug)]
pub(crate) struct Known {
    pub metadata: Metadata,
    pub keys: KeySet,
    asked_at: Timestamp,
}

/// Providers, kept in the process.
#[derive(Default)]
pub(crate) struct Cache {
    known: Mutex<HashMap<String, Arc<Known>>>,
    down: Mutex<HashMap<String, (Timestamp, String)>>,
}

impl Cache {
    /// The provider of this issuer.
    ///
    /// # Errors
    /// 503 `provider_unreachable`, which says why.
    pub(crate) async fn find(&self, identity: &Identity, outbound: &Outbound, issuer: &str) -> Result<Arc<Known>> {
        let now = identity.database().context().now();
        match self.kept(issuer) {
            Some(known) if now.as_second() - known.asked_at.as_second() < LIFE_S => Ok(known),
            _ => self.ask_unless_down(outbound, issuer, now).await,
        }
    }

    async fn ask_unless_down(&self, outbound: &Outbound, issuer: &str, now: Timestamp) -> Result<Arc<Known>> {
        let down = self.down.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        if let Some((at, detail)) = down.filter(|(at, _)| now.as_second() - at.as_second() < DOWN_S) {
            return Err(
                Error::unavailable("provider_unreachable", detail, DOWN_S.unsigned_abs()).because(format!("not asked again since {at}"))
            );
        }
        let asked = self.ask(outbound, issuer, now).await;
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        match &asked {
            Ok(_) => drop(down.remove(issuer)),
            Err(error) => {
                if down.len() >= MOST_KEPT {
                    down.clear();
                }
                down.insert(issuer.into(), (now, error.detail.clone()));
            }
        }
        asked
    }

    /// Checks a statement of this issuer; asks for its keys again where none fits.
    ///
    /// # Errors
    /// 503 `provider_unreachable`; 401 `statement_refused`.
    pub(crate) async fn verify(&self, identity: &Identity, outbound: &Outbound, issuer: &str, statement: &str) -> Result<Statement> {
        let mut known = self.find(identity, outbound, issuer).await?;
        let now = identity.database().context().now();
        let mut verdict = known.keys.verify(statement);
        if matches!(verdict, Err(Doubt::UnknownKey | Doubt::Signature)) && now.as_second() - known.asked_at.as_second() >= AGAIN_S {
            known = self.ask(outbound, issuer, now).await?;
            verdict = known.keys.verify(statement);
        }
        verdict.map_err(|doubt| {
            let detail = match doubt {
                Doubt::Malformed => "it cannot be read",
                Doubt::Algorithm => "it is not signed in a way that is taken",
                Doubt::UnknownKey => "it is signed with a key that the provider does not publish",
                Doubt::Signature => "its signature is not right",
            };
            Error::new(Kind::Unauthenticated, "statement_refused", format!("the provider's statement was refused: {detail}"))
        })
    }

    /// Asks the provider, whatever is remembered.
    ///
    /// # Errors
    /// 503 `provider_unreachable`.
    pub(crate) async fn ask(&self, outbound: &Outbound, issuer: &str, now: Timestamp) -> Result<Arc<Known>> {
        let metadata: Metadata = fetch(outbound, &format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).await?;
        if metadata.issuer != issuer {
            return Err(unreachable(format!("it calls itself {}, not {issuer}", metadata.issuer)));
        }
        let keys: KeySet = fetch(outbound, &metadata.jwks_uri).await?;
        let known = Arc::new(Known { metadata, keys, asked_at: now });
        let mut kept = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(issuer.into(), known.clone());
        Ok(known)
    }

    fn kept(&self, issuer: &str) -> Option<Arc<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }
}

async fn fetch<T: DeserializeOwned>(outbound: &Outbound, address: &str) -> Result<T> {
    let request = Request::get(address).header(http::header::ACCEPT, "application/json").body(Bytes::new());
    let request = request.map_err(|_| unreachable(format!("{address} is no address")))?;
    let answer = outbound.send(request).await.map_err(|failure| unreachable(format!("{address} {failure}")))?;
    if !answer.status().is_success() {
        return Err(unreachable(format!("{address} answered {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(|cause| unreachable(format!("{address} answered what cannot be read: {cause}")))
}

pub(super) fn unreachable(why: String) -> Error {
    Error::unavailable("provider_unreachable", format!("the identity provider cannot be used at the moment: {why}"), 10)
}
