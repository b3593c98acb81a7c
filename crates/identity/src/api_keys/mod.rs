//! API keys, for programs.
//!
//! A personal key acts for its owner: with the owner's rights at that moment, within its scopes. A service's key belongs to nobody and has roles of
//! its own. While a key is rotated, the old secret still opens for a while, so that nothing stands still.
//!
//! **Invariant:** a secret is shown once; the database has its hash.
//! **Invariant:** a key never makes, rotates or widens keys: only people who are signed in do.
//! **Invariant:** a personal key is never allowed more than its owner; it opens nothing once the owner is deactivated.

mod actions;
mod http;
mod store;

use jiff::Timestamp;
use platform::ids::ApiKeyId;
use platform::{Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::grants::NewGrant;

pub(crate) use http::routes;

/// A key, without its secret.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApiKey {
    /// The key.
    pub id: Uuid,
    /// What the program is.
    #[schema(example = "MES connector")]
    pub name: String,
    /// The person whose rights it has; null for a service.
    pub owner_id: Option<Uuid>,
    /// Patterns of permissions that bound its rights.
    #[schema(example = json!(["factory.*.read"]))]
    pub scopes: Vec<String>,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// When it was used last, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// The address it was used from last.
    #[schema(example = "192.0.2.7")]
    pub last_used_ip: Option<String>,
    /// How many secrets open it now: two while it is rotated.
    #[schema(example = 1)]
    pub secrets: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Counts changes; the ETag.
    pub version: i64,
}

/// A key to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewApiKey {
    /// What the program is.
    #[schema(min_length = 1, max_length = 100, example = "MES connector")]
    pub name: String,
    /// Patterns of permissions that bound its rights: `factory.*.read`.
    #[schema(min_items = 1, max_items = 100, example = json!(["factory.*.read"]))]
    pub scopes: Vec<String>,
    /// When it ends by itself; at most two years from now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Roles of its own: makes the key of a service, which belongs to nobody. Without, it acts for you.
    #[serde(default)]
    pub grants: Vec<NewGrant>,
}

/// A key with its secret, which is shown this once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SecretKey {
    /// The key.
    pub api_key: ApiKey,
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "gemba_Qm9…")]
    pub secret: String,
}

/// Refuses unless the key is a service's, which alone has roles of its own.
pub(crate) async fn require_service(tx: &mut Tx, id: ApiKeyId) -> Result<()> {
    match store::find(tx, id).await?.owner_id {
        None => Ok(()),
        Some(_) => Err(Error::invalid(vec![FieldError::new(
            "/api_key_id",
            "personal_key",
            "this key acts for a person and has that person's roles; give the role to the person, or make a service's key",
        )])),
    }
}
