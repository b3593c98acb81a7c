//! What an organization decides for itself beside sessions and second factors: how much its clients may ask, how its plans are approved.

use std::collections::BTreeMap;

use base64::Engine;
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

/// How the organization shows itself on reports, in its settings under `branding`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Branding {
    /// Its colour, dark enough to be read on white.
    #[schema(example = "#0b5c8a")]
    pub colour: Option<String>,
    /// Its logo: a PNG, JPEG or SVG of up to 200 KB, in base64.
    pub logo: Option<String>,
}

/// A logo may have so many letters of base64.
const MOST_LOGO: usize = 200_000 / 3 * 4;

impl Branding {
    /// What an organization's settings say.
    pub(super) fn of(settings: &Value) -> Branding {
        said(settings, "branding")
    }

    /// What cannot be shown.
    pub(super) fn wrong(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let is_colour = |text: &str| {
            text.strip_prefix('#').is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        };
        if self.colour.as_deref().is_some_and(|colour| !is_colour(colour)) {
            wrong.push(FieldError::new("/branding/colour", "bad_colour", "expected a colour such as #0b5c8a"));
        }
        if let Some(logo) = &self.logo {
            let bytes = base64::engine::general_purpose::STANDARD.decode(logo).unwrap_or_default();
            let is_picture = matches!(bytes.as_slice(), [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..])
                || std::str::from_utf8(&bytes).is_ok_and(|text| text.contains("<svg"));
            if logo.len() > MOST_LOGO || !is_picture {
                wrong.push(FieldError::new("/branding/logo", "bad_logo", "expected a PNG, JPEG or SVG of up to 200 KB, in base64"));
            }
        }
        wrong
    }
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
