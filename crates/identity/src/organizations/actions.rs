//! The verbs: make an organization, close and reopen one, change one's own.

use platform::http::IfMatch;
use platform::ids::OrganizationId;
use platform::{Caller, Error, FieldError, Permission, Permissions, Principal, Result, Scope, Tx};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Branding, Organization, OrganizationChange, OwnOrganization, PlanningRules, RateRules};
use crate::grants::NewGrant;
use crate::roles::built_in::BuiltIn;
use crate::second_factors::FactorRules;
use crate::sessions::SessionRules;
use crate::sign_in::links::PasswordLink;
use crate::users::{self, Invitation, User};
use crate::{Identity, permissions, roles};

/// An organization to make, and who runs it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrganization {
    /// As people call it.
    #[schema(min_length = 1, max_length = 200, example = "Acme Drives")]
    pub name: String,
    /// Its short name, for signing in: small letters, digits, hyphens.
    #[schema(pattern = "^[a-z0-9][a-z0-9-]{0,62}$", example = "acme")]
    pub slug: String,
    /// The address of its first Tenant Admin.
    #[schema(example = "ada@acme.example")]
    pub admin_email: String,
    /// The name of its first Tenant Admin.
    #[schema(min_length = 1, max_length = 200, example = "Ada Brandt")]
    pub admin_name: String,
}

/// Makes an organization with its first administrator, for the operating organization.
///
/// # Errors
/// 403 `not_operating`; 409 `slug_taken`; 422.
pub(super) async fn create_organization(
    identity: &Identity,
    caller: &Caller,
    wanted: &NewOrganization,
) -> Result<(Organization, PasswordLink)> {
    operating(identity, caller, permissions::ORGANIZATION_CREATE).await?;
    let id = identity.database().context().new_id();
    let mut tx = identity.database().begin(&inside(identity, caller, id)).await?;
    let (_, link) = create(&mut tx, identity, wanted, Operates::No, "tenant_admin").await?;
    operated(&mut tx, caller, "organization.created", id).await?;
    tx.commit().await?;
    Ok((found(identity, caller, id).await?, link))
}

/// Whether an organization operates its installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operates {
    Yes,
    No,
}

/// Makes the organization of `tx`'s caller, and invites who runs it.
pub(crate) async fn create(
    tx: &mut Tx,
    identity: &Identity,
    wanted: &NewOrganization,
    operates: Operates,
    role: &str,
) -> Result<(User, PasswordLink)> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    let name = wanted.name.trim();
    let mut wrong = Vec::new();
    if name.is_empty() || name.chars().count() > 200 {
        wrong.push(FieldError::new("/name", "bad_length", "a name has 1 to 200 characters"));
    }
    let of_slug = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    if wanted.slug.is_empty() || wanted.slug.len() > 63 || wanted.slug.starts_with('-') || !wanted.slug.bytes().all(of_slug) {
        wrong.push(FieldError::new(
            "/slug",
            "bad_slug",
            "a short name has 1 to 63 small letters, digits and hyphens, and no hyphen in front",
        ));
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    tx.execute(
        "insert into organizations (organization_id, name, slug, operates, created_at, created_by, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6, $5, $6)",
        &[&organization, &name, &wanted.slug, &(operates == Operates::Yes), &now, &by],
    )
    .await
    .map_err(|error| {
        error.on_constraint("organizations_slug_key", || {
            Error::conflict("slug_taken", "there is already an organization of this short name")
        })
    })?;
    let grant = NewGrant { role: role.into(), ..NewGrant::default() };
    let admin = Invitation { email: wanted.admin_email.clone(), name: wanted.admin_name.clone(), locale: None, grants: vec![grant] };
    users::invite(tx, identity, &admin).await
}

/// Closes an organization, or opens it again, for the operating one.
///
/// # Errors
/// 403 `not_operating`; 404; 409 `own_organization`.
pub(super) async fn set_closed(identity: &Identity, caller: &Caller, id: OrganizationId, closed: bool) -> Result<Organization> {
    operating(identity, caller, permissions::ORGANIZATION_CLOSE).await?;
    if id == caller.organization {
        return Err(Error::conflict("own_organization", "the operating organization cannot close itself"));
    }
    found(identity, caller, id).await?;
    let mut tx = identity.database().begin(&inside(identity, caller, id)).await?;
    let (now, by) = (tx.now(), tx.caller().principal.label());
    tx.execute(
        "update organizations set archived_at = case when $2 then coalesce(archived_at, $3) end, version = version + 1, updated_at = $3, updated_by = $4
         where organization_id = $1 and (archived_at is not null) is distinct from $2",
        &[&id, &closed, &now, &by],
    )
    .await?;
    if closed {
        let sql = "update sessions set ended_at = $2, ended_why = 'revoked' where organization_id = $1 and ended_at is null";
        tx.execute(sql, &[&id, &now]).await?;
    }
    operated(&mut tx, caller, if closed { "organization.closed" } else { "organization.reopened" }, id).await?;
    tx.commit().await?;
    found(identity, caller, id).await
}

/// All organizations of the installation, for the operating one.
pub(super) async fn list(identity: &Identity, caller: &Caller) -> Result<Vec<Organization>> {
    operating(identity, caller, permissions::ORGANIZATION_LIST).await?;
    all(identity, caller).await
}

/// One's own organization.
pub(super) async fn own(tx: &mut Tx, identity: &Identity) -> Result<OwnOrganization> {
    let organization = tx.caller().organization;
    let row = tx.query_one("select name, slug, settings, version from organizations where organization_id = $1", &[&organization]).await?;
    let settings: Value = row.get(2);
    Ok(OwnOrganization {
        id: organization.0,
        name: row.get(0),
        slug: row.get(1),
        sessions: SessionRules::of(&settings, identity.settings().sessions),
        second_factor: FactorRules::of(Some(&settings)),
        rate_limits: RateRules::of(&settings),
        planning: PlanningRules::of(&settings),
        branding: Branding::of(&settings),
        version: row.get(3),
    })
}

/// Changes one's own organization.
///
/// # Errors
/// 403, 412, 422.
pub(super) async fn update_own(tx: &mut Tx, identity: &Identity, version: IfMatch, change: &OrganizationChange) -> Result<OwnOrganization> {
    tx.require(permissions::ORGANIZATION_UPDATE, Scope::Organization)?;
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.query("select 1 from organizations where organization_id = $1 for update", &[&organization]).await?;
    let before = own(tx, identity).await?;
    version.check(before.version)?;
    let name = change.name.as_deref().map_or(before.name.as_str(), str::trim);
    let rules = change.sessions.unwrap_or(before.sessions);
    let mut wrong = Vec::new();
    if name.is_empty() || name.chars().count() > 200 {
        wrong.push(FieldError::new("/name", "bad_length", "a name has 1 to 200 characters"));
    }
    for (pointer, found, most) in
        [("/sessions/idle_s", i64::from(rules.idle_s), 30 * 86_400), ("/sessions/absolute_s", i64::from(rules.absolute_s), 90 * 86_400)]
    {
        if !(60..=most).contains(&found) {
            wrong.push(FieldError::new(pointer, "out_of_range", format!("found {found} s, expected 60 to {most} s")));
        }
    }
    if !(1..=100).contains(&rules.concurrent) {
        wrong.push(FieldError::new("/sessions/concurrent", "out_of_range", format!("found {}, expected 1 to 100", rules.concurrent)));
    }
    let factors = change.second_factor.clone().unwrap_or(before.second_factor);
    factor_rules(tx, &factors, &mut wrong).await?;
    let rates = change.rate_limits.clone().unwrap_or(before.rate_limits);
    wrong.extend(rates.wrong());
    let branding = change.branding.clone().unwrap_or(before.branding);
    wrong.extend(branding.wrong());
    known_roles(tx, "/rate_limits/roles", rates.roles.keys(), &mut wrong).await?;
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let planning = change.planning.unwrap_or(before.planning);
    let settings = json!({ "sessions": rules, "second_factor": factors, "rate_limits": rates, "planning": planning, "branding": branding });
    tx.execute(
        "update organizations set name = $2, settings = settings || $3, version = version + 1, updated_at = $4, updated_by = $5
         where organization_id = $1",
        &[&organization, &name, &settings, &now, &by],
    )
    .await?;
    own(tx, identity).await
}

/// Whom a second factor is demanded of: roles that there are, and a time that makes sense.
async fn factor_rules(tx: &mut Tx, rules: &FactorRules, wrong: &mut Vec<FieldError>) -> Result<()> {
    known_roles(tx, "/second_factor/roles", &rules.roles, wrong).await?;
    known_roles(tx, "/second_factor/passkey_roles", &rules.passkey_roles, wrong).await?;
    if !(60..=86_400).contains(&rules.step_up_s) {
        let detail = format!("found {} s, expected 60 to 86400 s", rules.step_up_s);
        wrong.push(FieldError::new("/second_factor/step_up_s", "out_of_range", detail));
    }
    Ok(())
}

/// Roles that there are not.
async fn known_roles(tx: &mut Tx, pointer: &str, roles: impl IntoIterator<Item = &String>, wrong: &mut Vec<FieldError>) -> Result<()> {
    for role in roles {
        if BuiltIn::find(role).is_none() && roles::own(tx, role).await.is_err() {
            wrong.push(FieldError::new(pointer, "unknown_role", format!("there is no role {role}")));
        }
    }
    Ok(())
}

/// Refuses unless the caller may do this and belongs to the operating organization.
async fn operating(identity: &Identity, caller: &Caller, permission: Permission) -> Result<()> {
    caller.require(permission, Scope::Organization)?;
    let sql = "select 1 from organizations where organization_id = $1 and operates";
    let rows = identity.database().read(caller).await?.query_once(sql, &[&caller.organization]).await?;
    if rows.is_empty() {
        return Err(Error::new(
            platform::error::Kind::Forbidden,
            "not_operating",
            "only the organization that operates this installation makes and closes organizations; ask its Global Admin",
        ));
    }
    Ok(())
}

/// The caller, as the one who acts inside another organization, with every right there.
fn inside(identity: &Identity, caller: &Caller, organization: OrganizationId) -> Caller {
    let everything: Permissions = identity.catalogue().all().map(|info| info.permission.0).collect();
    let grants = platform::caller::Grants { organization: everything, everywhere: true, ..Default::default() };
    Caller { organization, grants: grants.into(), ..caller.clone() }
}

async fn operated(tx: &mut Tx, caller: &Caller, action: &str, about: OrganizationId) -> Result<()> {
    if !matches!(caller.principal, Principal::System(_)) {
        tx.query("select gemba.audit_operated($1, $2, $3)", &[&caller.organization, &action, &about]).await?;
    }
    Ok(())
}

async fn found(identity: &Identity, caller: &Caller, id: OrganizationId) -> Result<Organization> {
    let all = all(identity, caller).await?;
    all.into_iter().find(|organization| organization.id == id.0).ok_or_else(|| Error::not_found("organization"))
}

async fn all(identity: &Identity, caller: &Caller) -> Result<Vec<Organization>> {
    let sql = "select organization_id, name, slug, operates, created_at, archived_at from gemba.organizations_operated()";
    let rows = identity.database().begin(caller).await?.query_once(sql, &[]).await?;
    let read = |row: &tokio_postgres::Row| Organization {
        id: row.get(0),
        name: row.get(1),
        slug: row.get(2),
        operates: row.get(3),
        created_at: row.get(4),
        closed_at: row.get(5),
    };
    Ok(rows.iter().map(read).collect())
}
