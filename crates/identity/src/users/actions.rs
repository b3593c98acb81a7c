//! The verbs on accounts: invite, change, reset, deactivate.

use platform::http::IfMatch;
use platform::ids::{PlantId, UserId};
use platform::{Error, FieldError, Principal, Result, Scope, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{User, store};
use crate::Identity;
use crate::grants::{self, Holder, NewGrant};
use crate::permissions;
use crate::rights::Held;
use crate::sessions;
use crate::sign_in::links::{self, PasswordLink, Purpose};

/// Somebody to invite.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Invitation {
    /// The address they will sign in with.
    #[schema(example = "ines.kowalski@acme.example")]
    pub email: String,
    /// As colleagues call them.
    #[schema(min_length = 1, max_length = 200, example = "Ines Kowalski")]
    pub name: String,
    /// The language the product speaks to them: `en`, `en-GB`.
    #[schema(pattern = "^[a-z]{2}(-[A-Z]{2})?$", example = "en")]
    pub locale: Option<String>,
    /// The roles they begin with.
    #[serde(default)]
    pub grants: Vec<NewGrant>,
}

/// What changes of an account; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    /// The address they sign in with.
    #[schema(example = "ines.kowalski@acme.example")]
    pub email: Option<String>,
    /// As colleagues call them.
    #[schema(min_length = 1, max_length = 200, example = "Ines Kowalski")]
    pub name: Option<String>,
    /// The language the product speaks to them: `en`, `en-GB`.
    #[schema(pattern = "^[a-z]{2}(-[A-Z]{2})?$", example = "en")]
    pub locale: Option<String>,
}

/// Invites somebody: an account, its first roles, and the link for the first password.
///
/// # Errors
/// 403 without `identity.user.invite` anywhere, or for roles beyond one's own; 409 `email_taken`; 422.
pub(crate) async fn invite(tx: &mut Tx, identity: &Identity, invitation: &Invitation) -> Result<(User, PasswordLink)> {
    tx.caller().require_somewhere(permissions::USER_INVITE)?;
    let email = invitation.email.trim().to_lowercase();
    let locale = invitation.locale.as_deref().unwrap_or("en");
    valid(&email, invitation.name.trim(), locale)?;
    let id = store::insert(tx, &email, invitation.name.trim(), locale).await?;
    for (at, grant) in invitation.grants.iter().enumerate() {
        grants::give(tx, identity, Holder::User(id), grant, &format!("/grants/{at}")).await?;
    }
    let link = links::make(tx, identity, id, Purpose::Invitation).await?;
    Ok((store::find(tx, id).await?, link))
}

/// Changes name, address or language: one's own name and language without asking, everything of others with the right to.
///
/// # Errors
/// 403, 409 `email_taken`, 412 `stale`, 422.
pub(super) async fn update_user(tx: &mut Tx, identity: &Identity, id: UserId, version: IfMatch, change: &UserChange) -> Result<User> {
    let own = is_oneself(tx, id) && change.email.is_none();
    if !own {
        tx.require(permissions::USER_UPDATE, Scope::Organization)?;
    }
    let mut user = store::lock(tx, id).await?;
    version.check(user.version)?;
    if let Some(email) = &change.email {
        dominate(tx, identity, Holder::User(id)).await?;
        user.email = email.trim().to_lowercase();
    }
    if let Some(name) = &change.name {
        user.name = name.trim().into();
    }
    if let Some(locale) = &change.locale {
        user.locale.clone_from(locale);
    }
    valid(&user.email, &user.name, &user.locale)?;
    store::save(tx, &user).await?;
    store::find(tx, id).await
}

/// Makes a link with which somebody sets a new password; until then the old one counts, and sessions go on.
///
/// # Errors
/// 403 without the right to, or for somebody with more rights; 409 `deactivated`.
pub(super) async fn reset_password(tx: &mut Tx, identity: &Identity, id: UserId) -> Result<(PasswordLink, Purpose)> {
    tx.require(permissions::USER_RESET_PASSWORD, Scope::Organization)?;
    let user = store::lock(tx, id).await?;
    dominate(tx, identity, Holder::User(id)).await?;
    let purpose = match user.status.as_str() {
        "deactivated" => return Err(Error::conflict("deactivated", "the account is deactivated; activate it first")),
        "invited" => Purpose::Invitation,
        _ => Purpose::Reset,
    };
    Ok((links::make(tx, identity, id, purpose).await?, purpose))
}

/// Has somebody choose another password before anything else, also in the sessions that are open.
///
/// # Errors
/// 403 without the right to, or for somebody with more rights; 404; 409 `no_password`.
pub(super) async fn require_password_change(tx: &mut Tx, identity: &Identity, id: UserId) -> Result<()> {
    tx.require(permissions::USER_RESET_PASSWORD, Scope::Organization)?;
    store::lock(tx, id).await?;
    dominate(tx, identity, Holder::User(id)).await?;
    let organization = tx.caller().organization;
    let sql = "update credentials set password_must_change = true
               where organization_id = $1 and user_id = $2 and password_changed_at is not null";
    if tx.execute(sql, &[&organization, &id]).await? == 0 {
        return Err(Error::conflict("no_password", "they have no password; they sign in another way, or have not used their invitation"));
    }
    Ok(())
}

/// Closes an account: all its sessions end at once, and its keys open nothing.
///
/// # Errors
/// 403; 409 `last_admin`.
pub(super) async fn deactivate(tx: &mut Tx, identity: &Identity, id: UserId) -> Result<User> {
    tx.require(permissions::USER_DEACTIVATE, Scope::Organization)?;
    store::lock(tx, id).await?;
    dominate(tx, identity, Holder::User(id)).await?;
    let administered = store::administers(tx, id).await?;
    store::set_active(tx, id.0, false).await?;
    sessions::store::end(tx, id, None, None, "deactivated").await?;
    links::withdraw(tx, id).await?;
    if administered {
        still_administered(tx).await?;
    }
    store::find(tx, id).await
}

/// Opens a deactivated account again, with the roles it had.
///
/// # Errors
/// 403.
pub(super) async fn activate(tx: &mut Tx, identity: &Identity, id: UserId) -> Result<User> {
    tx.require(permissions::USER_DEACTIVATE, Scope::Organization)?;
    store::lock(tx, id).await?;
    dominate(tx, identity, Holder::User(id)).await?;
    store::set_active(tx, id.0, true).await?;
    store::find(tx, id).await
}

/// Whether the caller is this person, signed in. A person's key is not: its scopes would be worth nothing if it could reset the password.
fn is_oneself(tx: &Tx, person: UserId) -> bool {
    matches!(tx.caller().principal, Principal::User { id, .. } if id == person)
}

/// Refuses unless the caller holds, wherever the person does, everything sensitive that the person holds; of somebody who can give roles,
/// everything, because that is what they could give.
pub(crate) async fn dominate(tx: &mut Tx, identity: &Identity, holder: Holder) -> Result<()> {
    let caller = tx.caller().clone();
    let (person, service) = match holder {
        Holder::User(id) if is_oneself(tx, id) => return Ok(()),
        Holder::User(id) => (Some(id), None),
        Holder::ApiKey(id) => (None, Some(id)),
    };
    let now = tx.now();
    let rows = tx.query("select role, version, plant_id from gemba.roles_held($1, $2, $3)", &[&person, &service, &now]).await?;
    for row in rows {
        let held = Held { role: row.get(0), version: row.get(1), plant: row.get::<_, Option<PlantId>>(2) };
        let allowed = identity.permissions_of(caller.organization, &held.role, held.version).await?;
        let gives = service.is_some() || allowed.contains(permissions::GRANT_CREATE.0);
        let counts = allowed.iter().map(String::as_str).filter(|name| gives || identity.catalogue().is_sensitive(name));
        let scope = held.plant.map_or(Scope::Organization, Scope::Plant);
        if let Some(missing) = grants::first_missing(identity, &caller, counts, scope) {
            return Err(above(missing));
        }
    }
    Ok(())
}

/// Refuses when nobody would be left who can give roles for the whole organization. Two who take them from each other at once wait for each
/// other here.
pub(crate) async fn still_administered(tx: &mut Tx) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    tx.query("select 1 from organizations where organization_id = $1 for update", &[&organization]).await?;
    let left = tx
        .query_opt(
            "select 1 from grants g join users u on u.organization_id = g.organization_id and u.id = g.user_id and u.archived_at is null
             where g.organization_id = $1 and g.built_in in ('global_admin', 'tenant_admin') and g.region_id is null and g.plant_id is null
                 and g.expires_at is null and g.created_at <= $2 limit 1",
            &[&organization, &now],
        )
        .await?;
    match left {
        Some(_) => Ok(()),
        None => Err(Error::conflict("last_admin", "nobody would be left who can give roles: make somebody else Tenant Admin first")),
    }
}

fn above(missing: &str) -> Error {
    Error::new(
        platform::error::Kind::Forbidden,
        "more_rights",
        format!("this account is allowed what you are not ({missing}); somebody with at least its rights can do this"),
    )
}

fn valid(email: &str, name: &str, locale: &str) -> Result<()> {
    let mut wrong = Vec::new();
    let parts = email.split_once('@');
    let plausible =
        parts.is_some_and(|(local, domain)| !local.is_empty() && domain.len() >= 3 && !domain.contains('@') && domain.contains('.'));
    if !plausible || email.len() > 254 || email.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        wrong.push(FieldError::new("/email", "bad_email", format!("{email} is no address of the form name@example.com")));
    }
    if name.is_empty() || name.chars().count() > 200 {
        wrong.push(FieldError::new("/name", "bad_length", "a name has 1 to 200 characters"));
    }
    let language = locale.split_once('-');
    let (language, country) = language.map_or((locale, None), |(language, country)| (language, Some(country)));
    let small = language.len() == 2 && language.bytes().all(|letter| letter.is_ascii_lowercase());
    let large = country.is_none_or(|country| country.len() == 2 && country.bytes().all(|letter| letter.is_ascii_uppercase()));
    if !small || !large {
        wrong.push(FieldError::new("/locale", "bad_locale", format!("{locale} is no language like en or en-GB")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}
