//! Users: the people of an organization.
//!
//! A person comes by invitation, sets a password with its link, and leaves by being deactivated: their name stays beside what they did.
//!
//! **Invariant:** who is not allowed everything sensitive that a person is allowed, or everything that a person could give to others, cannot get
//! at that person's account: neither their address, nor a link for a new password, nor whether it is active.
//! **Invariant:** an organization always keeps somebody who can give roles.

mod actions;
mod http;
mod names;
pub(crate) mod store;

use jiff::Timestamp;
use platform::{Principal, Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use actions::{Invitation, dominate, invite, still_administered};
pub(crate) use http::routes;

/// A person's account.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    /// The account.
    pub id: Uuid,
    /// The address they sign in with.
    #[schema(example = "planner@demo.gemba.local")]
    pub email: String,
    /// As colleagues call them.
    #[schema(example = "Ines Kowalski")]
    pub name: String,
    /// The language the product speaks to them.
    #[schema(example = "en")]
    pub locale: String,
    /// `invited` before the first password, `active`, or `deactivated`.
    #[schema(example = "active")]
    pub status: String,
    /// When they signed in last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub signed_in_at: Option<Timestamp>,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Counts changes; the ETag.
    #[schema(example = 1)]
    pub version: i64,
}

/// The person or program that asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    /// `user` or `api_key`.
    #[schema(example = "user")]
    pub kind: String,
    /// The account or the key.
    pub id: Uuid,
    /// The person's or the key's name.
    #[schema(example = "Ines Kowalski")]
    pub name: String,
    /// The address of a person.
    #[schema(example = "planner@demo.gemba.local")]
    pub email: Option<String>,
    /// The language the product speaks.
    #[schema(example = "en")]
    pub locale: String,
    /// The organization this is about.
    pub organization: MyOrganization,
}

/// The organization of who asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MyOrganization {
    /// The organization.
    pub id: Uuid,
    /// As people call it.
    #[schema(example = "Demo Drives")]
    pub name: String,
    /// Its short name.
    #[schema(example = "demo")]
    pub slug: String,
    /// Whether its Global Admins may make and close other organizations.
    pub operates: bool,
}

/// Who the caller of `tx` is.
pub(crate) async fn me(tx: &mut Tx) -> Result<Me> {
    let organization = tx.caller().organization;
    let (kind, id) = match tx.caller().principal {
        Principal::User { id, .. } => ("user", id.0),
        Principal::ApiKey { id, .. } => ("api_key", id.0),
        Principal::System(_) => return Err(platform::Error::internal("no person and no program")),
    };
    let row = tx
        .query_one(
            "select o.name, o.slug, o.operates, coalesce(u.name, k.name), u.email, coalesce(u.locale, 'en')
             from organizations o
             left join users u on u.organization_id = o.organization_id and u.id = $2
             left join api_keys k on k.organization_id = o.organization_id and k.id = $2
             where o.organization_id = $1",
            &[&organization, &id],
        )
        .await?;
    Ok(Me {
        kind: kind.into(),
        id,
        name: row.get::<_, Option<String>>(3).unwrap_or_default(),
        email: row.get(4),
        locale: row.get(5),
        organization: MyOrganization { id: organization.0, name: row.get(0), slug: row.get(1), operates: row.get(2) },
    })
}
