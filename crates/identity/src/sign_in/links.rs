//! Links that work once, with which a person sets a password: an invitation's, and one to start anew.

use jiff::{SignedDuration, Timestamp};
use platform::ids::{OrganizationId, UserId};
use platform::{Error, Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Identity;
use crate::tokens::Token;

/// Why a link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Invitation,
    Reset,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Purpose::Invitation => "invitation",
            Purpose::Reset => "reset",
        }
    }
}

/// A link for a person to set a password with. It is shown this once; hand it over on a way that only that person reads.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PasswordLink {
    /// The page of the web app, with the token behind `#`, where no server's log sees it.
    #[schema(example = "/set-password#token=6Tq5…")]
    pub link: String,
    /// The token by itself, for `POST /auth/password-link`.
    pub token: String,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// What a working link leads to.
pub(crate) struct Found {
    pub organization: OrganizationId,
    pub id: Uuid,
    pub user: UserId,
    pub purpose: String,
    pub email: String,
    pub organization_name: String,
}

/// Makes a link for somebody; those made before stop working.
pub(crate) async fn make(tx: &mut Tx, identity: &Identity, user: UserId, purpose: Purpose) -> Result<PasswordLink> {
    withdraw(tx, user).await?;
    make_beside(tx, identity, user, purpose).await
}

/// Makes a link beside those there are: for whoever asked without being known, who shall not end what somebody was handed.
pub(crate) async fn make_beside(tx: &mut Tx, identity: &Identity, user: UserId, purpose: Purpose) -> Result<PasswordLink> {
    let life_s = match purpose {
        Purpose::Invitation => identity.settings().invitation_life_s,
        Purpose::Reset => identity.settings().reset_life_s,
    };
    let (token, id, now) = (Token::new()?, tx.new_id::<Uuid>(), tx.now());
    let expires_at = now + SignedDuration::from_secs(life_s);
    let (organization, by) = (tx.caller().organization, tx.caller().principal.label());
    tx.execute(
        "insert into password_links (organization_id, id, user_id, purpose, token_hash, expires_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[&organization, &id, &user, &purpose.name(), &token.hash(), &expires_at, &now, &by],
    )
    .await?;
    let token = token.text();
    Ok(PasswordLink { link: format!("/set-password#token={token}"), token, expires_at })
}

/// Ends all links of somebody.
pub(crate) async fn withdraw(tx: &mut Tx, user: UserId) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update password_links set used_at = $3 where organization_id = $1 and user_id = $2 and used_at is null";
    tx.execute(sql, &[&organization, &user, &now]).await?;
    Ok(())
}

/// What a link leads to, while it works.
///
/// # Errors
/// 410 `link_gone` for one that does not, whatever the reason.
pub(crate) async fn find(identity: &Identity, token: &str) -> Result<Found> {
    let token = Token::read(token).ok_or_else(gone)?;
    let tx = identity.database().before_sign_in().await?;
    let now = tx.now();
    let sql = "select organization_id, link_id, user_id, purpose, email, organization from gemba.link_of($1, $2)";
    let rows = tx.query_once(sql, &[&token.hash(), &now]).await?;
    let row = rows.first().ok_or_else(gone)?;
    Ok(Found {
        organization: row.get(0),
        id: row.get(1),
        user: row.get(2),
        purpose: row.get(3),
        email: row.get(4),
        organization_name: row.get(5),
    })
}

/// Uses a link up. Of two that come at once, one succeeds.
///
/// # Errors
/// 410 `link_gone` for the other one.
pub(crate) async fn use_up(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update password_links set used_at = $3 where organization_id = $1 and id = $2 and used_at is null and expires_at > $3";
    if tx.execute(sql, &[&organization, &id, &now]).await? == 1 { Ok(()) } else { Err(gone()) }
}

fn gone() -> Error {
    Error::new(
        platform::error::Kind::Gone,
        "link_gone",
        "the link was used already, has expired, or a newer one took its place; ask for a new one",
    )
}
