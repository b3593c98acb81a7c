//! The verbs: send somebody to a provider, and take them back.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use jiff::SignedDuration;
use platform::error::Kind;
use platform::http::Client;
use platform::ids::{OrganizationId, UserId};
use platform::outbound::Outbound;
use platform::secrets::Secrets;
use platform::{Error, Result, Tx};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use super::claims::{self, Asked};
use super::discovery::{Known, unreachable};
use super::providers::{Provider, redirect_uri};
use super::{steward, store};
use crate::Identity;
use crate::sealed::{CLIENT_SECRET, ID_TOKEN};
use crate::second_factors::ceremonies;
use crate::sessions::{Opened, Proof, proven};
use crate::sign_in::open_proven;
use crate::tokens::{Token, same};

/// What is begun here, as it is noted.
const CEREMONY: &str = "oidc";
/// How long somebody may take at the provider (min).
const MINUTES: i64 = 10;
/// Groups that are looked at.
const MOST_GROUPS: usize = 1000;

/// Somebody on their way to a provider.
pub(super) struct Sent {
    /// Where the browser goes.
    pub location: String,
    /// What the browser keeps until it comes back.
    pub keepsake: Token,
}

/// Sends somebody to a provider.
///
/// # Errors
/// 404; 503 `provider_unreachable`.
pub(super) async fn send(
    identity: &Identity,
    outbound: &Outbound,
    client: &Client,
    provider: Uuid,
    return_to: &str,
    hint: Option<&str>,
) -> Result<Sent> {
    let mut tx = identity.database().before_sign_in().await?;
    let organization = store::organization_of(&mut tx, provider).await?;
    tx.commit().await?;
    let steward = steward(organization, client.request);
    let mut tx = identity.database().read(&steward).await?;
    let stored = store::find(&mut tx, provider).await?.provider;
    tx.commit().await?;
    // While the provider is asked, no connection to the database waits with it.
    let known = identity.providers().find(identity, outbound, &stored.issuer).await?;
    let mut tx = identity.database().begin(&steward).await?;
    let (state, keepsake) = (Token::new()?, Token::new()?);
    let until = tx.now() + SignedDuration::from_mins(MINUTES);
    let detail = json!({ "provider": provider, "keepsake": URL_SAFE_NO_PAD.encode(keepsake.hash()), "return_to": local(return_to) });
    ceremonies::begin(&mut tx, state.text().as_bytes(), CEREMONY, &detail, until).await?;
    tx.commit().await?;
    let (nonce, verifier) = (nonce(identity, &state), verifier(identity, &state));
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
    let scope = std::iter::once("openid").chain(stored.scopes.iter().map(String::as_str)).collect::<Vec<_>>().join(" ");
    let mut query = Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &stored.client_id)
        .append_pair("redirect_uri", &redirect_uri(identity, provider))
        .append_pair("scope", &scope)
        .append_pair("state", &state.text())
        .append_pair("nonce", &nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    if let Some(hint) = hint {
        query.append_pair("login_hint", hint);
    }
    let sign = if known.metadata.authorization_endpoint.contains('?') { '&' } else { '?' };
    Ok(Sent { location: format!("{}{sign}{}", known.metadata.authorization_endpoint, query.finish()), keepsake })
}

/// What a provider sends back with somebody.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Answer {
    pub code: Option<String>,
    pub state: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
    pub error_description: Option<String>,
}

/// Somebody who came back, signed in.
pub(super) struct Arrived {
    pub opened: Opened,
    pub return_to: String,
}

/// What a browser brings that comes back.
pub(super) struct Browser<'a> {
    pub keepsake: Option<Token>,
    pub before: Option<Token>,
    pub device: &'a str,
}

/// Takes somebody back from a provider and signs them in.
///
/// # Errors
/// 401 `sign_in_expired`, `statement_refused`, `provider_refused`; 403 `no_account`, `account_exists`, `account_deactivated`; 503.
pub(super) async fn take_back(
    identity: &Identity,
    (secrets, outbound): (&Secrets, &Outbound),
    client: &Client,
    provider: Uuid,
    answer: &Answer,
    browser: Browser<'_>,
) -> Result<Arrived> {
    let state = answer.state.as_deref().and_then(Token::read).ok_or_else(expired)?;
    let mut tx = identity.database().before_sign_in().await?;
    let begun = ceremonies::take(&mut tx, state.text().as_bytes(), CEREMONY).await?;
    tx.commit().await?;
    let begun = begun.filter(|begun| begun["provider"] == json!(provider)).ok_or_else(expired)?;
    // In another browser the answer would sign somebody in to an account that is not theirs.
    let kept = browser.keepsake.map(|kept| URL_SAFE_NO_PAD.encode(kept.hash())).unwrap_or_default();
    if !same(&kept, begun["keepsake"].as_str().unwrap_or_default()) {
        return Err(expired());
    }
    let mut tx = identity.database().before_sign_in().await?;
    let organization = store::organization_of(&mut tx, provider).await?;
    tx.commit().await?;
    let person = Person { identity, secrets, outbound, client, organization };
    let arrived = person.sign_in(provider, answer, &state, browser.before, browser.device).await;
    if let Err(refused) = &arrived {
        person.note_refusal(provider, refused).await?;
    }
    Ok(Arrived { opened: arrived?, return_to: begun["return_to"].as_str().unwrap_or("/").into() })
}

/// Somebody who comes back, before they are known.
struct Person<'a> {
    identity: &'a Identity,
    secrets: &'a Secrets,
    outbound: &'a Outbound,
    client: &'a Client,
    organization: OrganizationId,
}

/// What a provider said of somebody, believed.
struct Told {
    subject: String,
    claims: Map<String, Value>,
    id_token: String,
}

impl Person<'_> {
    async fn sign_in(&self, provider: Uuid, answer: &Answer, state: &Token, before: Option<Token>, device: &str) -> Result<Opened> {
        let mut tx = self.identity.database().read(&steward(self.organization, self.client.request)).await?;
        let stored = store::find(&mut tx, provider).await?;
        tx.commit().await?;
        let known = self.identity.providers().find(self.identity, self.outbound, &stored.provider.issuer).await?;
        // RFC 9207: an answer of another provider, mixed up on the way, says so.
        let demanded = known.metadata.authorization_response_iss_parameter_supported;
        if answer.iss.as_deref().map_or(demanded, |issuer| issuer != stored.provider.issuer) {
            return Err(claims::refused("the answer came from another provider"));
        }
        if let Some(error) = &answer.error {
            let why: String =
                answer.error_description.as_deref().unwrap_or(error).chars().filter(|letter| !letter.is_control()).take(200).collect();
            return Err(Error::new(Kind::Unauthenticated, "provider_refused", format!("the identity provider did not sign you in: {why}")));
        }
        let code = answer.code.as_deref().ok_or_else(|| claims::refused("no code came with the answer"))?;
        let secret = match &stored.secret {
            Some(sealed) => Some(self.secrets.open(&CLIENT_SECRET.of(self.organization, provider), sealed).await?),
            None => None,
        };
        let secret = secret.as_ref().map(platform::secrets::Clear::expose_text).transpose()?;
        let tokens = self.redeem(&known, &stored.provider, secret, code, state).await?;
        let told = self.believe(&known, &stored.provider, tokens, state).await?;
        let user = self.account(&stored.provider, &told).await?;
        let factor =
            claims::texts(told.claims.get("amr")).iter().any(|method| stored.provider.factor_methods.iter().any(|each| each == method));
        let now = self.identity.database().context().now();
        let proof = Proof { method: Some("provider"), factor: factor.then(|| ("provider".into(), now)) };
        let opened = open_proven(self.identity, self.client, (self.organization, user), before, device, &proof).await?;
        let sealed = self.secrets.seal(&ID_TOKEN.of(self.organization, opened.id.0), told.id_token.as_bytes())?;
        let mut tx = self.identity.database().begin(&proven(self.organization, user, opened.id, self.client)).await?;
        store::note_origin(&mut tx, opened.id, provider, &told.subject, claims::text(&told.claims, "sid"), &sealed).await?;
        tx.commit().await?;
        Ok(opened)
    }

    /// Redeems the code at the provider: there it works once, with the verifier that only this server can compute.
    async fn redeem(&self, known: &Known, provider: &Provider, secret: Option<&str>, code: &str, state: &Token) -> Result<Tokens> {
        let request = self.redemption(known, provider, secret, code, state)?;
        let answer = self.outbound.send(request).await.map_err(|failure| unreachable(format!("its address for tokens {failure}")))?;
        if !answer.status().is_success() {
            let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
            // What a provider says of Gemba's own secret is for whoever runs it, not for the person at the browser.
            tracing::warn!(status = %answer.status(), error = %said["error"], provider = %provider.id, "a provider did not redeem a code");
            return Err(claims::refused(
                "the provider does not redeem the code: it was used already, has expired, or the client secret is wrong",
            ));
        }
        serde_json::from_slice(answer.body()).map_err(|_| claims::refused("no identity token came for the code"))
    }

    fn redemption(&self, known: &Known, provider: &Provider, secret: Option<&str>, code: &str, state: &Token) -> Result<Request<Bytes>> {
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &redirect_uri(self.identity, provider.id))
            .append_pair("code_verifier", &verifier(self.identity, state));
        let mut request = Request::post(&known.metadata.token_endpoint)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        let methods = &known.metadata.token_endpoint_auth_methods_supported;
        let by_header = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
        match secret {
            Some(secret) if by_header => {
                let proof = STANDARD.encode(format!("{}:{}", encoded(&provider.client_id), encoded(secret)));
                request = request.header(AUTHORIZATION, format!("Basic {proof}"));
            }
            Some(secret) => {
                form.append_pair("client_id", &provider.client_id).append_pair("client_secret", secret);
            }
            None => {
                form.append_pair("client_id", &provider.client_id);
            }
        }
        request.body(Bytes::from(form.finish())).map_err(|_| unreachable("its address for tokens is none".into()))
    }

    async fn believe(&self, known: &Known, provider: &Provider, tokens: Tokens, state: &Token) -> Result<Told> {
        let statement = self.identity.providers().verify(self.identity, self.outbound, &provider.issuer, &tokens.id_token).await?;
        let now = self.identity.database().context().now();
        let nonce = nonce(self.identity, state);
        claims::check(&statement.claims, &Asked { issuer: &provider.issuer, client_id: &provider.client_id, nonce: &nonce, now })?;
        claims::check_access_token(&statement.claims, &statement.algorithm, tokens.access_token.as_deref())?;
        let subject = claims::text(&statement.claims, "sub").unwrap_or_default().to_owned();
        let mut all = statement.claims;
        let complete = all.contains_key("email") && all.contains_key(&provider.groups_claim);
        if let (false, Some(address), Some(token)) = (complete, &known.metadata.userinfo_endpoint, &tokens.access_token) {
            for (name, value) in self.more(address, token, &subject).await? {
                // What was signed goes before what was only asked for.
                all.entry(name).or_insert(value);
            }
        }
        Ok(Told { subject, claims: all, id_token: tokens.id_token })
    }

    /// What the provider tells beside the statement, of the same subject.
    async fn more(&self, address: &str, token: &str, subject: &str) -> Result<Map<String, Value>> {
        let request =
            Request::get(address).header(AUTHORIZATION, format!("Bearer {token}")).header(ACCEPT, "application/json").body(Bytes::new());
        let request = request.map_err(|_| unreachable("its address for more about people is none".into()))?;
        let answer =
            self.outbound.send(request).await.map_err(|failure| unreachable(format!("its address for more about people {failure}")))?;
        let claims: Map<String, Value> = match answer.status().is_success() {
            true => serde_json::from_slice(answer.body()).map_err(|_| claims::refused("what it tells of people cannot be read"))?,
            false => return Err(unreachable(format!("its address for more about people answered {}", answer.status()))),
        };
        if claims::text(&claims, "sub") == Some(subject) { Ok(claims) } else { Err(claims::refused("it tells of somebody else")) }
    }

    /// The account of who came: known, found by a verified address, or made; with the roles of their groups.
    async fn account(&self, provider: &Provider, told: &Told) -> Result<UserId> {
        let mut tx = self.identity.database().begin(&steward(self.organization, self.client.request)).await?;
        let user = match store::account_of(&mut tx, provider.id, &told.subject).await? {
            Some((user, true)) => user,
            Some((_, false)) => return Err(deactivated()),
            None => self.first_time(&mut tx, provider, told).await?,
        };
        let groups: Vec<String> =
            claims::texts(told.claims.get(&provider.groups_claim)).into_iter().take(MOST_GROUPS).map(String::from).collect();
        tx.savepoint().await?;
        if store::follow_groups(&mut tx, provider.id, user, &groups).await? && crate::users::still_administered(&mut tx).await.is_err() {
            tracing::warn!(%user, "the last administrator's group is gone at the provider; the role is kept until somebody else has it");
            tx.back_to_savepoint().await?;
        }
        tx.commit().await?;
        Ok(user)
    }

    async fn first_time(&self, tx: &mut Tx, provider: &Provider, told: &Told) -> Result<UserId> {
        let email = claims::text(&told.claims, "email").unwrap_or_default().trim().to_lowercase();
        let verified = told.claims.get("email_verified");
        let domain = email.split_once('@').map(|(_, domain)| domain).unwrap_or_default();
        if domain.is_empty() || email.len() > 254 || verified == Some(&json!(false)) {
            return Err(Error::new(Kind::Forbidden, "address_missing", "the identity provider tells no verified mail address of yours"));
        }
        let user = match store::account_by_address(tx, &email).await? {
            Some((_, false)) => return Err(deactivated()),
            Some((user, true)) => {
                let sure = verified == Some(&json!(true)) && store::owns_domain(tx, domain, provider.id).await?;
                if !sure {
                    let detail = "there is an account with your address already, and nobody has confirmed that this identity provider may speak for it; \
                                  ask whoever runs Gemba to confirm your mail domain";
                    return Err(Error::new(Kind::Forbidden, "account_exists", detail));
                }
                user
            }
            None if provider.just_in_time => {
                let name = claims::text(&told.claims, "name").map(str::trim).filter(|name| !name.is_empty()).unwrap_or(&email);
                let name: String = name.chars().filter(|letter| !letter.is_control()).take(200).collect();
                crate::users::store::insert(tx, &email, &name, "en").await?
            }
            None => {
                let detail = "you have no account here; ask your administrator for an invitation";
                return Err(Error::new(Kind::Forbidden, "no_account", detail));
            }
        };
        store::link(tx, provider.id, &told.subject, user).await?;
        Ok(user)
    }

    async fn note_refusal(&self, provider: Uuid, refused: &Error) -> Result<()> {
        let mut tx = self.identity.database().begin(&steward(self.organization, self.client.request)).await?;
        let detail = json!({ "provider_id": provider, "reason": refused.code });
        tx.query("select gemba.audit('session.refused', 'session', null, null, 'failed', $1)", &[&detail]).await?;
        tx.commit().await
    }
}

/// What comes for a code.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

/// Both are computed from the number that comes back, so that nothing of them is stored.
fn nonce(identity: &Identity, state: &Token) -> String {
    identity.key().hash_text("oidc nonce", &[state.text().as_bytes()])
}

fn verifier(identity: &Identity, state: &Token) -> String {
    identity.key().hash_text("oidc verifier", &[state.text().as_bytes()])
}

/// A path of this site; what could lead elsewhere is none.
fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t'])
        && path.len() <= 1000
        && path.is_ascii();
    if is_local { path } else { "/" }
}

fn expired() -> Error {
    let detail = "this sign-in was finished already, took too long, or was begun in another browser; begin again";
    Error::new(Kind::Unauthenticated, "sign_in_expired", detail)
}

fn deactivated() -> Error {
    Error::new(Kind::Forbidden, "account_deactivated", "the account was deactivated")
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn people_return_to_this_site_only() {
        for (path, expected) in [
            ("/lines?q=a", "/lines?q=a"),
            ("", "/"),
            ("lines", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: b", "/"),
        ] {
            assert_eq!(local(path), expected, "{path:?}");
        }
    }
}
