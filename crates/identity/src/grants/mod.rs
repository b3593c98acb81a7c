//! Grants: a role, given to a person or a service, for the whole organization, a region or a plant.
//!
//! **Invariant:** nobody gives a role whose permissions they do not all hold at the same place; a region's only from the whole organization,
//! because plants may join it tomorrow.
//! **Invariant:** a grant is given or taken, never changed; both are in the trail.
//! **Invariant:** with more rights, the tokens of a person's sessions change.

mod actions;
mod http;
pub(crate) mod store;

use jiff::Timestamp;
use platform::ids::{ApiKeyId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use actions::{first_missing, give, may_give};
pub(crate) use http::routes;

/// Who holds a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    User(UserId),
    ApiKey(ApiKeyId),
}

/// A role and where it counts.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGrant {
    /// A built-in role (`planner`) or the identifier of an own one.
    #[schema(example = "planner")]
    pub role: String,
    /// For all plants of this region; not together with `plant_id`.
    pub region_id: Option<Uuid>,
    /// For this plant; with neither, for the whole organization.
    pub plant_id: Option<Uuid>,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// A role somebody has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Grant {
    /// The grant.
    pub id: Uuid,
    /// The person, if to one.
    pub user_id: Option<Uuid>,
    /// The service's key, if to one.
    pub api_key_id: Option<Uuid>,
    /// A built-in role or the identifier of an own one.
    #[schema(example = "planner")]
    pub role: String,
    /// The region it is for, if for one.
    pub region_id: Option<Uuid>,
    /// The plant it is for, if for one.
    pub plant_id: Option<Uuid>,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was given.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who gave it.
    #[schema(example = "user:0199d1a0-0000-7000-8000-000000000001")]
    pub created_by: String,
}
