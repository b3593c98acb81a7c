//! What `gemba admin` does, and what loads the demo organization: the same verbs, as Gemba itself, from the machine's command line.
//!
//! **Invariant:** everything done here is in the trail of the organization it was done in, as `system:admin` or under the name given.

use platform::ids::{OrganizationId, RequestId, UserId};
use platform::{Caller, Error, Result, Tx};
use uuid::Uuid;

use crate::grants::{self, Holder};
use crate::organizations::{self, NewOrganization, Operates};
use crate::passwords::{About, check};
use crate::sign_in::links::{self, Purpose};
use crate::users::{self, Invitation};
use crate::{Identity, sessions, sign_in};

pub use crate::grants::NewGrant;
pub use crate::sign_in::links::PasswordLink;

/// An organization to make, with who runs it.
#[derive(Clone, Debug)]
pub struct First<'a> {
    /// As people call it.
    pub name: &'a str,
    /// Its short name, for signing in.
    pub slug: &'a str,
    /// Whether it operates the installation: its administrator is Global Admin then, else Tenant Admin.
    pub operates: bool,
    /// Its administrator's address.
    pub admin_email: &'a str,
    /// Its administrator's name.
    pub admin_name: &'a str,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The organization.
    pub organization: OrganizationId,
    /// The person.
    pub user: UserId,
    /// The link with which they set their password.
    pub link: PasswordLink,
}

/// How a password set from the command line is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// As everybody's: long, uncommon, not about its owner.
    AsUsual,
    /// Not at all: whoever runs a demonstration chose it.
    NotAtAll,
}

/// The person acting from the command line, in `organization`.
pub fn caller(identity: &Identity, organization: OrganizationId) -> Caller {
    Caller::system("admin", organization, RequestId(identity.database().context().new_id::<Uuid>()))
}

/// The organization of a short name.
///
/// # Errors
/// 404.
pub async fn find_organization(identity: &Identity, slug: &str) -> Result<OrganizationId> {
    let tx = identity.database().before_sign_in().await?;
    let rows = tx.query_once("select gemba.organization_of($1)", &[&slug]).await?;
    rows.first().and_then(|row| row.get::<_, Option<OrganizationId>>(0)).ok_or_else(|| Error::not_found("organization"))
}

/// The account of an address in the caller's organization.
///
/// # Errors
/// 404.
pub async fn find_user(tx: &mut Tx, email: &str) -> Result<UserId> {
    let (organization, email) = (tx.caller().organization, email.trim().to_lowercase());
    let row = tx.query_opt("select id from users where organization_id = $1 and email = $2", &[&organization, &email]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::not_found("user"))
}

/// Makes an organization and invites its administrator.
///
/// # Errors
/// 409 `slug_taken`, 422.
pub async fn create_organization(identity: &Identity, first: &First<'_>) -> Result<Made> {
    let organization = identity.database().context().new_id();
    let mut tx = identity.database().begin(&caller(identity, organization)).await?;
    let wanted = NewOrganization {
        name: first.name.into(),
        slug: first.slug.into(),
        admin_email: first.admin_email.into(),
        admin_name: first.admin_name.into(),
    };
    let (operates, role) = if first.operates { (Operates::Yes, "global_admin") } else { (Operates::No, "tenant_admin") };
    let (user, link) = organizations::create(&mut tx, identity, &wanted, operates, role).await?;
    tx.commit().await?;
    Ok(Made { organization, user: UserId(user.id), link })
}

/// Invites somebody, with their first roles.
///
/// # Errors
/// 404 for unknown plants, 409 `email_taken`, 422.
pub async fn create_user(tx: &mut Tx, identity: &Identity, email: &str, name: &str, grants: Vec<NewGrant>) -> Result<Made> {
    let organization = tx.caller().organization;
    let invitation = Invitation { email: email.into(), name: name.into(), locale: None, grants };
    let (user, link) = users::invite(tx, identity, &invitation).await?;
    Ok(Made { organization, user: UserId(user.id), link })
}

/// A link with which somebody sets a new password.
///
/// # Errors
/// 404.
pub async fn reset_password(tx: &mut Tx, identity: &Identity, user: UserId) -> Result<PasswordLink> {
    users::store::find(tx, user).await?;
    links::make(tx, identity, user, Purpose::Reset).await
}

/// Sets somebody's password; all their sessions end.
///
/// # Errors
/// 404; 422 for a bad one.
pub async fn set_password(tx: &mut Tx, identity: &Identity, user: UserId, password: &str, judge: Judge) -> Result<()> {
    let person = users::store::find(tx, user).await?;
    if judge == Judge::AsUsual {
        let about = About { email: &person.email, name: &person.name, organization: "", forbidden: Some(&identity.settings().forbidden) };
        check(password, about, "/password").map_err(|wrong| Error::invalid(vec![wrong]))?;
    }
    let hash = identity.hasher().hash(password).await?;
    sign_in::set_password(tx, user, &hash, false).await
}

/// Gives somebody a role.
///
/// # Errors
/// 404, 409 `granted_already`, 422.
pub async fn grant_role(tx: &mut Tx, identity: &Identity, user: UserId, grant: &NewGrant) -> Result<()> {
    grants::give(tx, identity, Holder::User(user), grant, "").await.map(drop)
}

/// Signs somebody out everywhere; returns on how many devices they were signed in.
///
/// # Errors
/// 404.
pub async fn revoke_sessions(tx: &mut Tx, user: UserId) -> Result<u64> {
    users::store::find(tx, user).await?;
    sessions::store::end(tx, user, None, None, "revoked").await
}

/// Confirms that a mail domain is the organization's: people with such addresses are sent to its identity providers, and accounts with verified ones
/// are handed to them.
///
/// # Errors
/// 409 `domain_taken` where it is another organization's; 422.
pub async fn confirm_domain(tx: &mut Tx, domain: &str) -> Result<()> {
    crate::federation::confirm_domain(tx, domain).await
}

/// Takes the organization's policies back, so that only roles count; returns the number of the version that counted. The way back for whoever locked
/// everybody out.
///
/// # Errors
/// What the database refused.
pub async fn retire_policies(tx: &mut Tx) -> Result<Option<i64>> {
    crate::policies::take_back(tx).await
}
