//! What an organization decides for itself beside sessions and second factors: how much its clients may ask, how its plans are approved.

use std::collections::BTreeMap;

use platform::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What an organization may let a client ask in an hour at most: others live on the server too.
const MOST_REQUESTS: u32 = 1_000_000;

/// How much a client of the organization may ask in an hour, in its settings under `rate_limits`; `platform::http::requests_per_hour` reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateRules {
    /// Anybody; as the server says where null.
    #[schema(minimum = 1, maximum = 1_000_000, example = 2000)]
    pub requests_per_hour: Option<u32>,
    /// Whoever has a role, by its key or identifier; of several roles the most.
    #[schema(example = json!({ "it_admin": 20000 }))]
    pub roles: BTreeMap<String, u32>,
}

/// How the organization's plans are approved, in its settings under `planning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanningRules {
    /// Whether whoever submits a scenario may not approve it.
    pub four_eyes: bool,
}

impl RateRules {
    /// What an organization's settings say.
    pub(super) fn of(settings: &Value) -> RateRules {
        said(settings, "rate_limits")
    }

    /// What is out of range.
    pub(super) fn wrong(&self) -> Vec<FieldError> {
        let roles = self.roles.iter().map(|(role, most)| (format!("/rate_limits/roles/{role}"), *most));
        let all = self.requests_per_hour.map(|most| ("/rate_limits/requests_per_hour".to_owned(), most)).into_iter().chain(roles);
        let outside = all.filter(|(_, most)| !(1..=MOST_REQUESTS).contains(most));
        outside
            .map(|(pointer, most)| FieldError::new(pointer, "out_of_range", format!("found {most}, expected 1 to {MOST_REQUESTS}")))
            .collect()
    }
}

impl PlanningRules {
    /// What an organization's settings say.
    pub(super) fn of(settings: &Value) -> PlanningRules {
        said(settings, "planning")
    }
}

fn said<T: for<'a> Deserialize<'a> + Default>(settings: &Value, name: &str) -> T {
    settings.get(name).and_then(|rules| T::deserialize(rules).ok()).unwrap_or_default()
}
