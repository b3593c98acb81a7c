//! Organizations: one's own, its settings, and, for the operating organization of an installation, all of them.
//!
//! **Invariant:** only the operating organization's Global Admins make, close and reopen organizations; they see names of the others, and nothing
//! in them.
//! **Invariant:** a closed organization's sessions end at once, and its keys open nothing.

mod actions;
mod http;
mod rules;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::second_factors::FactorRules;
use crate::sessions::SessionRules;

pub(crate) use actions::{NewOrganization, Operates, create};
pub(crate) use http::routes;
pub use rules::{Branding, PlanningRules, RateRules};

/// An organization, as the operating one sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Organization {
    /// The organization.
    pub id: Uuid,
    /// As people call it.
    #[schema(example = "Acme Drives")]
    pub name: String,
    /// Its short name, for signing in.
    #[schema(example = "acme")]
    pub slug: String,
    /// Whether it operates the installation.
    pub operates: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was closed, if it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
}

/// One's own organization.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OwnOrganization {
    /// The organization.
    pub id: Uuid,
    /// As people call it.
    #[schema(example = "Acme Drives")]
    pub name: String,
    /// Its short name, for signing in.
    #[schema(example = "acme")]
    pub slug: String,
    /// How long sessions live, and how many a person may have.
    pub sessions: SessionRules,
    /// Who needs a second factor, and how fresh it must be for what is sensitive.
    pub second_factor: FactorRules,
    /// How much a client may ask.
    pub rate_limits: RateRules,
    /// How plans are approved.
    pub planning: PlanningRules,
    /// How it shows itself on reports.
    pub branding: Branding,
    /// Counts changes; the ETag.
    pub version: i64,
}

/// What changes of one's own organization; what is absent stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationChange {
    /// As people call it.
    #[schema(min_length = 1, max_length = 200, example = "Acme Drives")]
    pub name: Option<String>,
    /// How long sessions live, and how many a person may have; counts for new sessions.
    pub sessions: Option<SessionRules>,
    /// Who needs a second factor, and how fresh it must be for what is sensitive; counts at once.
    pub second_factor: Option<FactorRules>,
    /// How much a client may ask; counts at once.
    pub rate_limits: Option<RateRules>,
    /// How plans are approved; counts at once.
    pub planning: Option<PlanningRules>,
    /// How it shows itself on reports; all of it, where it is given.
    pub branding: Option<Branding>,
}
