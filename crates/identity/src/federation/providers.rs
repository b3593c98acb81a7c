//! The providers of an organization and which groups have which roles: the verbs.

use bytes::Bytes;
use jiff::Timestamp;
use platform::http::IfMatch;
use platform::outbound::Outbound;
use platform::secrets::Secrets;
use platform::{Caller, Error, FieldError, Result, Scope, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store;
use crate::grants::store::Role;
use crate::grants::{self, NewGrant};
use crate::sealed::CLIENT_SECRET;
use crate::{Identity, permissions};

/// An identity provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Provider {
    /// The provider.
    pub id: Uuid,
    /// As people choose it at sign-in.
    #[schema(example = "Acme Login")]
    pub name: String,
    /// Its issuer identifier.
    #[schema(example = "https://login.acme.example")]
    pub issuer: String,
    /// What Gemba is called there.
    #[schema(example = "gemba")]
    pub client_id: String,
    /// Whether a client secret is kept; it is never shown.
    pub has_client_secret: bool,
    /// What is asked for beside `openid`.
    #[schema(example = json!(["profile", "email", "groups"]))]
    pub scopes: Vec<String>,
    /// The claim that holds the groups.
    #[schema(example = "groups")]
    pub groups_claim: String,
    /// Whether somebody who comes for the first time gets an account.
    pub just_in_time: bool,
    /// Values of the claim `amr` that count as a second factor.
    #[schema(example = json!(["mfa"]))]
    pub factor_methods: Vec<String>,
    /// When it was archived; nobody signs in there then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Counts changes; the ETag.
    #[schema(example = 1)]
    pub version: i64,
}

/// An identity provider to connect.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewProvider {
    /// As people choose it at sign-in.
    #[schema(min_length = 1, max_length = 100, example = "Acme Login")]
    pub name: String,
    /// Its issuer identifier, exactly as it calls itself.
    #[schema(max_length = 1000, example = "https://login.acme.example")]
    pub issuer: String,
    /// What Gemba is called there.
    #[schema(min_length = 1, max_length = 255, example = "gemba")]
    pub client_id: String,
    /// What Gemba proves itself with; absent for a public client.
    #[schema(max_length = 1000)]
    pub client_secret: Option<String>,
    /// What is asked for beside `openid`; `profile` and `email` unless given.
    #[schema(max_items = 20, example = json!(["profile", "email", "groups"]))]
    pub scopes: Option<Vec<String>>,
    /// The claim that holds the groups; `groups` unless given.
    #[schema(max_length = 200, example = "groups")]
    pub groups_claim: Option<String>,
    /// Whether somebody who comes for the first time gets an account; yes unless given.
    pub just_in_time: Option<bool>,
    /// Values of the claim `amr` that count as a second factor (RFC 8176); none unless given.
    #[schema(max_items = 20, example = json!(["mfa"]))]
    pub factor_methods: Option<Vec<String>>,
}

/// What changes of a provider; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderChange {
    /// As people choose it at sign-in.
    #[schema(min_length = 1, max_length = 100, example = "Acme Login")]
    pub name: Option<String>,
    /// What Gemba is called there.
    #[schema(min_length = 1, max_length = 255, example = "gemba")]
    pub client_id: Option<String>,
    /// A new client secret.
    #[schema(max_length = 1000)]
    pub client_secret: Option<String>,
    /// What is asked for beside `openid`.
    #[schema(max_items = 20, example = json!(["profile", "email", "groups"]))]
    pub scopes: Option<Vec<String>>,
    /// The claim that holds the groups.
    #[schema(max_length = 200, example = "groups")]
    pub groups_claim: Option<String>,
    /// Whether somebody who comes for the first time gets an account.
    pub just_in_time: Option<bool>,
    /// Values of the claim `amr` that count as a second factor (RFC 8176).
    #[schema(max_items = 20, example = json!(["mfa"]))]
    pub factor_methods: Option<Vec<String>>,
}

/// A provider as it shall be stored.
pub(super) struct Wanted {
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub groups_claim: String,
    pub just_in_time: bool,
    pub factor_methods: Vec<String>,
}

/// The role that members of a group have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct GroupGrant {
    /// The mapping.
    pub id: Uuid,
    /// The group, as the provider's claim spells it.
    #[schema(example = "plant-1-planning")]
    pub group: String,
    /// A built-in role or the identifier of an own one.
    #[schema(example = "planner")]
    pub role: String,
    /// The region it is for, if for one.
    pub region_id: Option<Uuid>,
    /// The plant it is for, if for one.
    pub plant_id: Option<Uuid>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A group and the role its members shall have.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroupGrant {
    /// The group, as the provider's claim spells it.
    #[schema(min_length = 1, max_length = 256, example = "plant-1-planning")]
    pub group: String,
    /// A built-in role (`planner`) or the identifier of an own one.
    #[schema(example = "planner")]
    pub role: String,
    /// For all plants of this region; not together with `plant_id`.
    pub region_id: Option<Uuid>,
    /// For this plant; with neither, for the whole organization.
    pub plant_id: Option<Uuid>,
}

/// What a test of a provider found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Tested {
    /// Whether people can be sent there.
    pub usable: bool,
    /// What was looked at, and what came of it, in order.
    pub findings: Vec<ProviderFinding>,
    /// The address that the provider has to allow for Gemba's answers (redirect URI).
    #[schema(example = "https://gemba.example.com/api/v1/auth/oidc/0199d1a0-0000-7000-8000-000000000001/callback")]
    pub redirect_uri: String,
    /// The address for the provider's word that a session ended (back-channel logout URI).
    #[schema(example = "https://gemba.example.com/api/v1/auth/oidc/0199d1a0-0000-7000-8000-000000000001/back-channel-logout")]
    pub back_channel_logout_uri: String,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ProviderFinding {
    /// Whether it is as it should be.
    pub fine: bool,
    /// What was found.
    #[schema(example = "the provider publishes its keys")]
    pub detail: String,
}

/// Connects a provider. Nothing is asked of it yet: see the test.
///
/// # Errors
/// 403; 409 `name_taken`; 422.
pub(super) async fn create_provider(tx: &mut Tx, secrets: &Secrets, new: &NewProvider) -> Result<Provider> {
    tx.require(permissions::PROVIDER_CREATE, Scope::Organization)?;
    let wanted = Wanted {
        name: new.name.trim().into(),
        issuer: new.issuer.trim().into(),
        client_id: new.client_id.trim().into(),
        scopes: new.scopes.clone().unwrap_or_else(|| vec!["profile".into(), "email".into()]),
        groups_claim: new.groups_claim.clone().unwrap_or_else(|| "groups".into()),
        just_in_time: new.just_in_time.unwrap_or(true),
        factor_methods: new.factor_methods.clone().unwrap_or_default(),
    };
    valid(&wanted, new.client_secret.as_deref())?;
    let id = tx.new_id::<Uuid>();
    let secret = seal(tx, secrets, id, new.client_secret.as_deref())?;
    store::insert(tx, id, &wanted, secret.as_deref()).await?;
    Ok(store::find(tx, id).await?.provider)
}

/// Changes a provider. Its issuer stays: another one is another provider, whose subjects are other people.
///
/// # Errors
/// 403; 404; 409 `name_taken`; 412; 422.
pub(super) async fn update_provider(
    tx: &mut Tx,
    secrets: &Secrets,
    id: Uuid,
    version: IfMatch,
    change: &ProviderChange,
) -> Result<Provider> {
    tx.require(permissions::PROVIDER_UPDATE, Scope::Organization)?;
    let before = store::lock(tx, id).await?;
    version.check(before.provider.version)?;
    let Provider { name, issuer, client_id, scopes, groups_claim, just_in_time, factor_methods, .. } = before.provider;
    let wanted = Wanted {
        name: change.name.as_deref().map_or(name, |name| name.trim().into()),
        issuer,
        client_id: change.client_id.as_deref().map_or(client_id, |id| id.trim().into()),
        scopes: change.scopes.clone().unwrap_or(scopes),
        groups_claim: change.groups_claim.clone().unwrap_or(groups_claim),
        just_in_time: change.just_in_time.unwrap_or(just_in_time),
        factor_methods: change.factor_methods.clone().unwrap_or(factor_methods),
    };
    valid(&wanted, change.client_secret.as_deref())?;
    let secret = match &change.client_secret {
        Some(clear) => seal(tx, secrets, id, Some(clear))?,
        None => before.secret,
    };
    store::save(tx, id, &wanted, secret.as_deref()).await?;
    Ok(store::find(tx, id).await?.provider)
}

/// Archives a provider, so that nobody signs in there, or takes it back into use. Sessions that began there go on until they end.
///
/// # Errors
/// 403; 404.
pub(super) async fn set_archived(tx: &mut Tx, id: Uuid, archived: bool) -> Result<Provider> {
    tx.require(permissions::PROVIDER_ARCHIVE, Scope::Organization)?;
    store::lock(tx, id).await?;
    store::set_archived(tx, id, archived).await?;
    Ok(store::find(tx, id).await?.provider)
}

/// Gives the members of a group a role, from their next sign-in on.
///
/// # Errors
/// 403, also `beyond_own_rights`; 404; 409 `mapped_already`; 422.
pub(super) async fn map_group(tx: &mut Tx, identity: &Identity, id: Uuid, new: &NewGroupGrant) -> Result<GroupGrant> {
    tx.require(permissions::PROVIDER_UPDATE, Scope::Organization)?;
    store::lock(tx, id).await?;
    let group = new.group.trim();
    if group.is_empty() || group.chars().count() > 256 {
        return Err(Error::invalid(vec![FieldError::new("/group", "bad_length", "a group's name has 1 to 256 characters")]));
    }
    let grant = NewGrant { role: new.role.clone(), region_id: new.region_id, plant_id: new.plant_id, expires_at: None };
    let role = match grants::may_give(tx, identity, &grant, "").await? {
        Role::BuiltIn(key) => (Some(key), None),
        Role::Own(own) => (None, Some(own)),
    };
    let mapping = tx.new_id::<Uuid>();
    store::insert_mapping(tx, mapping, id, group, role, (new.region_id, new.plant_id)).await?;
    let made = store::mappings(tx, id).await?.into_iter().find(|made| made.id == mapping);
    made.ok_or_else(|| Error::not_found("mapping"))
}

/// Ends a mapping; the roles that came from it go at once.
///
/// # Errors
/// 403; 404; 409 `last_admin`.
pub(super) async fn unmap_group(tx: &mut Tx, id: Uuid, mapping: Uuid) -> Result<()> {
    tx.require(permissions::PROVIDER_UPDATE, Scope::Organization)?;
    store::lock(tx, id).await?;
    let known = store::mappings(tx, id).await?.into_iter().find(|known| known.id == mapping).ok_or_else(|| Error::not_found("mapping"))?;
    store::delete_mapping(tx, mapping).await?;
    let administered = matches!(known.role.as_str(), "global_admin" | "tenant_admin") && known.plant_id.or(known.region_id).is_none();
    if administered { crate::users::still_administered(tx).await } else { Ok(()) }
}

/// Looks at a provider from here: whether it answers, what it says of itself, whether its keys can be used.
///
/// # Errors
/// 403; 404.
pub(super) async fn test_provider(identity: &Identity, outbound: &Outbound, caller: &Caller, id: Uuid) -> Result<Tested> {
    caller.require(permissions::PROVIDER_TEST, Scope::Organization)?;
    let mut tx = identity.database().read(caller).await?;
    let provider = store::find(&mut tx, id).await?.provider;
    tx.commit().await?;
    let now = identity.database().context().now();
    let mut findings = Vec::new();
    let mut note = |fine, detail: String| findings.push(ProviderFinding { fine, detail });
    match identity.providers().ask(outbound, &provider.issuer, now).await {
        Err(error) => note(false, error.detail),
        Ok(known) => {
            note(true, format!("{} answers and calls itself so", known.metadata.issuer));
            let keys = known.keys.usable();
            note(keys > 0, format!("it publishes {keys} keys that can be used"));
            for (what, address) in [("sign-in", &known.metadata.authorization_endpoint), ("token", &known.metadata.token_endpoint)] {
                note(is_address(address), format!("its address for {what} is {address}"));
            }
            note(
                true,
                match known.metadata.backchannel_logout_supported {
                    true => "it tells when a session ends there".into(),
                    false => "it does not say that it tells when a session ends there: sessions here end by their own times".into(),
                },
            );
            let asked = http::Request::get(&known.metadata.token_endpoint).body(Bytes::new());
            if let Ok(asked) = asked {
                match outbound.send(asked).await {
                    Ok(_) => note(true, "its address for tokens is reached from here".into()),
                    Err(failure) => note(false, format!("its address for tokens {failure}")),
                }
            }
        }
    }
    let usable = findings.iter().all(|finding| finding.fine);
    Ok(Tested { usable, findings, redirect_uri: redirect_uri(identity, id), back_channel_logout_uri: back_channel_uri(identity, id) })
}

/// Where a provider sends people back to. Each has its own, so that no answer of one counts for another.
pub(super) fn redirect_uri(identity: &Identity, id: Uuid) -> String {
    format!("{}/api/v1/auth/oidc/{id}/callback", identity.settings().public_url.trim_end_matches('/'))
}

fn back_channel_uri(identity: &Identity, id: Uuid) -> String {
    format!("{}/api/v1/auth/oidc/{id}/back-channel-logout", identity.settings().public_url.trim_end_matches('/'))
}

fn seal(tx: &Tx, secrets: &Secrets, id: Uuid, clear: Option<&str>) -> Result<Option<Vec<u8>>> {
    let place = CLIENT_SECRET.of(tx.caller().organization, id);
    clear.filter(|clear| !clear.is_empty()).map(|clear| secrets.seal(&place, clear.as_bytes())).transpose()
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn valid(wanted: &Wanted, secret: Option<&str>) -> Result<()> {
    let mut wrong = Vec::new();
    let plain = |text: &str, most: usize| (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if !plain(&wanted.name, 100) {
        wrong.push(FieldError::new("/name", "bad_length", "a name has 1 to 100 characters"));
    }
    let uri = wanted.issuer.parse::<http::Uri>().ok();
    let fits = uri.is_some_and(|uri| uri.authority().is_some_and(|host| !host.as_str().contains('@')) && uri.query().is_none());
    if !is_address(&wanted.issuer) || !fits || !plain(&wanted.issuer, 1000) || wanted.issuer.contains('#') {
        let detail = "an issuer is an https address without ? and #, exactly as the provider calls itself";
        wrong.push(FieldError::new("/issuer", "bad_address", detail));
    }
    if !plain(&wanted.client_id, 255) {
        wrong.push(FieldError::new("/client_id", "bad_length", "a client's identifier has 1 to 255 characters"));
    }
    if secret.is_some_and(|secret| secret.len() > 1000 || secret.chars().any(char::is_control)) {
        wrong.push(FieldError::new(
            "/client_secret",
            "bad_length",
            "a client secret has at most 1000 characters, none of them a control character",
        ));
    }
    let word = |text: &String| plain(text, 200) && !text.contains(char::is_whitespace);
    for (pointer, words) in [("/scopes", &wanted.scopes), ("/factor_methods", &wanted.factor_methods)] {
        if words.len() > 20 || !words.iter().all(word) {
            wrong.push(FieldError::new(pointer, "bad_words", "at most 20 words without spaces"));
        }
    }
    if !plain(&wanted.groups_claim, 200) {
        wrong.push(FieldError::new("/groups_claim", "bad_length", "a claim's name has 1 to 200 characters"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}
