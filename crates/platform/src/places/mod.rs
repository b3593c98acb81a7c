//! Where an organization works: its plants, which are walls, and the regions that group them.

mod of_plant;

pub use of_plant::seen;

use record_derive::Record;
use serde::{Deserialize, Serialize};

use crate::error::{FieldError, Result};
use crate::ids::{PlantId, RegionId};
use crate::resource::{Kind, Record as _, Rules, Sight};

/// A group of plants, for roles and roll-ups.
#[derive(Debug, Record, Serialize, Deserialize)]
#[record(table = "regions", within = Organization, permission = "identity.region")]
pub struct Region {
    /// The region.
    pub id: RegionId,
    /// As people call it; unique in the organization.
    #[record(search, unique, example = "South")]
    pub name: String,
    /// What else there is to say.
    #[record(max_length = 4000)]
    pub description: Option<String>,
}

impl Rules for Region {}

/// A site: the inner wall.
#[derive(Debug, Record, Serialize, Deserialize)]
#[record(table = "plants", within = Itself, permission = "identity.plant")]
pub struct Plant {
    /// The plant.
    pub id: PlantId,
    /// The region it belongs to, if to one.
    pub region_id: Option<RegionId>,
    /// Short name, as on labels; unique in the organization.
    #[record(search, unique, max_length = 20, example = "ULM")]
    pub code: String,
    /// As people call it.
    #[record(search, example = "Ulm electronics")]
    pub name: String,
    /// IANA name of its time zone, for its days and shifts.
    #[record(max_length = 64, default = "UTC", example = "Europe/Berlin")]
    pub time_zone: String,
    /// ISO 3166-1 alpha-2.
    #[record(max_length = 2, example = "DE", pattern = "^[A-Z]{2}$")]
    pub country: Option<String>,
    /// What else there is to say.
    #[record(max_length = 4000)]
    pub description: Option<String>,
}

impl Rules for Plant {
    async fn check(&self, _: Option<&Self>, _: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut errors = Vec::new();
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            errors.push(FieldError::new(
                "/time_zone",
                "unknown_time_zone",
                format!("found {}, expected an IANA name such as Europe/Berlin", self.time_zone),
            ));
        }
        let is_country = |country: &String| country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        if !self.country.as_ref().is_none_or(is_country) {
            errors.push(FieldError::new("/country", "bad_country", "expected two capital letters of ISO 3166-1, such as DE"));
        }
        Ok(errors)
    }
}

/// The kinds of this module.
pub fn kinds() -> [&'static Kind; 2] {
    [Region::kind(), Plant::kind()]
}
