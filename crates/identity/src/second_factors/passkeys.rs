//! The verbs with passkeys: set one up, show one, sign in with one alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::http::Client;
use platform::ids::{OrganizationId, SessionId, UserId};
use platform::{Caller, Error, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::webauthn::{self, ALGORITHMS, Doubt, Party};
use super::{actions, ceremonies, fresh, store};
use crate::Identity;
use crate::tokens::Token;

/// What an authenticator made, as `PublicKeyCredential.toJSON()` gives it.
#[derive(Deserialize, ToSchema)]
pub(super) struct MadeCredential {
    /// What the browser got from the authenticator.
    pub response: MadeResponse,
}

/// The answer of `navigator.credentials.create`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MadeResponse {
    /// What the browser says about the ceremony, base64url.
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    /// The new key, base64url.
    pub attestation_object: String,
    /// How the authenticator is reached.
    #[serde(default)]
    pub transports: Vec<String>,
}

/// What an authenticator signed, as `PublicKeyCredential.toJSON()` gives it.
#[derive(Deserialize, ToSchema)]
pub(super) struct UsedCredential {
    /// Which passkey, base64url.
    pub id: String,
    /// What the browser got from the authenticator.
    pub response: UsedResponse,
}

/// The answer of `navigator.credentials.get`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct UsedResponse {
    /// What the browser says about the ceremony, base64url.
    #[serde(rename = "clientDataJSON")]
    pub client_data: String,
    /// What the authenticator says, base64url.
    pub authenticator_data: String,
    /// Its signature, base64url.
    pub signature: String,
    /// Whose passkey it is, where the authenticator tells.
    pub user_handle: Option<String>,
}

/// What `navigator.credentials` is asked for, as `PublicKeyCredential.parse…OptionsFromJSON` takes it.
#[derive(Serialize, ToSchema)]
pub(super) struct PasskeyOptions {
    /// The options.
    #[serde(rename = "publicKey")]
    #[schema(value_type = Object)]
    pub public_key: Value,
}

/// Begins to set a passkey up.
///
/// # Errors
/// 401 `step_up_required`; 409 `too_many_factors`.
pub(super) async fn begin_making(tx: &mut Tx, party: &Party) -> Result<PasskeyOptions> {
    fresh(tx.caller())?;
    let (user, session) = actions::own(tx)?;
    actions::room(tx, user).await?;
    let organization = tx.caller().organization;
    let sql =
        "select u.email, u.name, o.name from users u join organizations o using (organization_id) where organization_id = $1 and u.id = $2";
    let row = tx.query_one(sql, &[&organization, &user]).await?;
    let (email, name, company): (String, String, String) = (row.get(0), row.get(1), row.get(2));
    let challenge = begin(tx, "passkey made", &json!({ "session": session })).await?;
    let known = descriptors(tx, user).await?;
    Ok(PasskeyOptions {
        public_key: json!({
            "challenge": challenge,
            "rp": { "id": party.id, "name": format!("Gemba {company}") },
            "user": { "id": URL_SAFE_NO_PAD.encode(handle(organization, user)), "name": email, "displayName": name },
            "pubKeyCredParams": ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg })),
            "excludeCredentials": known,
            "authenticatorSelection": { "residentKey": "preferred", "userVerification": "required" },
            "attestation": "none",
            "timeout": 300_000,
        }),
    })
}

/// Keeps a passkey that was made; recovery codes come with the first factor.
///
/// # Errors
/// 409 `passkey_known`; 410 `challenge_gone`; 422 `bad_passkey`.
pub(super) async fn finish_making(
    tx: &mut Tx,
    identity: &Identity,
    party: &Party,
    name: &str,
    made: &MadeResponse,
) -> Result<(Uuid, Vec<String>)> {
    fresh(tx.caller())?;
    let (user, session) = actions::own(tx)?;
    let name = actions::named(name)?;
    let client_data = decoded(&made.client_data)?;
    let (challenge, _) = take(tx, "passkey made", &client_data, session).await?;
    let key = webauthn::check_made(party, &challenge, &client_data, &decoded(&made.attestation_object)?).map_err(refused)?;
    let before = store::lock(tx, user).await?;
    actions::room(tx, user).await?;
    let transports: Vec<String> = made.transports.iter().take(8).map(|each| each.chars().take(20).collect()).collect();
    let id = tx.new_id::<Uuid>();
    store::insert_passkey(tx, user, id, &name, &key, &transports).await?;
    let codes = actions::set_up(tx, identity, user, session, "passkey", &before).await?;
    Ok((id, codes))
}

/// Begins to show a passkey in a session.
pub(super) async fn begin_showing(tx: &mut Tx, party: &Party) -> Result<PasskeyOptions> {
    let (user, session) = actions::own(tx)?;
    let challenge = begin(tx, "passkey shown", &json!({ "session": session })).await?;
    let known = descriptors(tx, user).await?;
    Ok(options(party, &challenge, known))
}

/// Takes a passkey that is shown in a session.
///
/// # Errors
/// 403 `wrong_passkey`; 410 `challenge_gone`.
pub(super) async fn finish_showing(identity: &Identity, caller: &Caller, party: &Party, used: &UsedCredential) -> Result<Token> {
    let client_data = decoded(&used.response.client_data)?;
    // The question counts as put, whatever the answer is worth.
    let mut tx = identity.database().begin(caller).await?;
    let (user, session) = actions::own(&tx)?;
    let begun = take(&mut tx, "passkey shown", &client_data, session).await;
    tx.commit().await?;
    let (challenge, _) = begun?;
    let mut tx = identity.database().begin(caller).await?;
    if let Err(refused) = check(&mut tx, party, user, &challenge, &client_data, used).await {
        tx.rollback().await?;
        let mut tx = identity.database().begin(caller).await?;
        actions::event(&mut tx, "user.second_factor_refused", user, "failed").await?;
        tx.commit().await?;
        return Err(refused);
    }
    let token = actions::accept(&mut tx, user, session, "passkey").await?;
    tx.commit().await?;
    Ok(token)
}

/// Begins to sign in with a passkey alone.
pub(super) async fn begin_sign_in(tx: &mut Tx, party: &Party) -> Result<PasskeyOptions> {
    let challenge = begin(tx, "passkey sign-in", &Value::Null).await?;
    Ok(options(party, &challenge, Vec::new()))
}

/// Somebody who has signed in with a passkey.
pub(crate) struct Proven {
    pub organization: OrganizationId,
    pub user: UserId,
}

/// Checks a passkey with which somebody signs in: it says itself whose it is.
///
/// # Errors
/// 403 `wrong_passkey`, whatever was wrong; 410 `challenge_gone`.
pub(super) async fn finish_sign_in(identity: &Identity, client: &Client, party: &Party, used: &UsedCredential) -> Result<Proven> {
    let client_data = decoded(&used.response.client_data)?;
    let number = webauthn::challenge_of(&client_data).ok_or_else(|| refused(Doubt::Malformed))?;
    let mut tx = identity.database().before_sign_in().await?;
    let begun = ceremonies::take(&mut tx, &number, "passkey sign-in").await?;
    tx.commit().await?;
    begun.ok_or_else(gone)?;
    let handle = decoded(used.response.user_handle.as_deref().unwrap_or_default())?;
    let (organization, user) = owner(&handle).ok_or_else(wrong)?;
    let caller = crate::sessions::proven(organization, user, SessionId(Uuid::nil()), client);
    let mut tx = identity.database().begin(&caller).await?;
    let open = "select 1 from users u join organizations o using (organization_id)
                where organization_id = $1 and u.id = $2 and u.archived_at is null and o.archived_at is null";
    tx.query_opt(open, &[&organization, &user]).await?.ok_or_else(wrong)?;
    check(&mut tx, party, user, &number, &client_data, used).await?;
    tx.commit().await?;
    Ok(Proven { organization, user })
}

async fn check(tx: &mut Tx, party: &Party, user: UserId, challenge: &[u8], client_data: &[u8], used: &UsedCredential) -> Result<()> {
    store::lock(tx, user).await?;
    let id = decoded(&used.id)?;
    let known = store::passkeys(tx, user).await?.into_iter().find(|known| known.credential_id == id).ok_or_else(wrong)?;
    let (data, proof) = (decoded(&used.response.authenticator_data)?, decoded(&used.response.signature)?);
    let last = u32::try_from(known.sign_count).unwrap_or(u32::MAX);
    match webauthn::check_used(party, challenge, client_data, &data, &proof, &known.public_key, last) {
        Ok(count) => store::used_passkey(tx, known.id, count).await,
        Err(doubt) => {
            tracing::warn!(?doubt, passkey = %known.id, "a passkey was refused");
            Err(wrong())
        }
    }
}

async fn begin(tx: &mut Tx, kind: &str, detail: &Value) -> Result<String> {
    let challenge = Token::new()?.text();
    let number = URL_SAFE_NO_PAD.decode(&challenge).unwrap_or_default();
    let until = actions::soon(tx);
    ceremonies::begin(tx, &number, kind, detail, until).await?;
    Ok(challenge)
}

/// The challenge that a response answers, if it was given to this session and did not come back before.
async fn take(tx: &mut Tx, kind: &str, client_data: &[u8], session: SessionId) -> Result<(Vec<u8>, Value)> {
    let number = webauthn::challenge_of(client_data).ok_or_else(|| refused(Doubt::Malformed))?;
    let detail = ceremonies::take(tx, &number, kind).await?.ok_or_else(gone)?;
    if detail["session"] == json!(session) { Ok((number, detail)) } else { Err(gone()) }
}

fn options(party: &Party, challenge: &str, known: Vec<Value>) -> PasskeyOptions {
    PasskeyOptions {
        public_key: json!({
            "challenge": challenge, "rpId": party.id, "allowCredentials": known, "userVerification": "required", "timeout": 300_000,
        }),
    }
}

async fn descriptors(tx: &mut Tx, user: UserId) -> Result<Vec<Value>> {
    let known = store::passkeys(tx, user).await?;
    let descriptor = |known: &store::Passkey| json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(&known.credential_id), "transports": known.transports });
    Ok(known.iter().map(descriptor).collect())
}

/// What a passkey keeps of its owner: organization and person, which tell nobody who they are.
fn handle(organization: OrganizationId, user: UserId) -> Vec<u8> {
    [organization.0.as_bytes().as_slice(), user.0.as_bytes()].concat()
}

fn owner(handle: &[u8]) -> Option<(OrganizationId, UserId)> {
    let (organization, user) = handle.split_at_checked(16)?;
    Some((OrganizationId(Uuid::from_slice(organization).ok()?), UserId(Uuid::from_slice(user).ok()?)))
}

fn decoded(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| refused(Doubt::Malformed))
}

fn refused(doubt: Doubt) -> Error {
    let detail = match doubt {
        Doubt::Malformed => "the browser's answer cannot be read",
        Doubt::Elsewhere => "the answer was made for another page or question; begin again on Gemba's own page",
        Doubt::Unverified => "the device did not check who holds it; unlock it with finger, face or PIN",
        Doubt::Algorithm => "the device makes keys of a kind that is not taken",
        Doubt::Signature | Doubt::Copied => "the device's signature is not right",
    };
    Error::invalid(vec![platform::FieldError::new("/response", "bad_passkey", detail)])
}

fn wrong() -> Error {
    Error::new(platform::error::Kind::Forbidden, "wrong_passkey", "this passkey does not open this account")
}

fn gone() -> Error {
    let detail = "this question was answered already, has expired, or was put to somebody else; begin again";
    Error::new(platform::error::Kind::Gone, "challenge_gone", detail)
}

/// Caller of one's own session, for the handlers.
pub(super) fn is_person(caller: &Caller) -> Result<()> {
    crate::sessions::person(caller).map(drop)
}
