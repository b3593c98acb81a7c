//! What people are certified for, and how long: a declared kind of record, which policies ask of.

use jiff::civil::Date;
use platform::ids::UserId;
use platform::resource::{Kind, Record, Rules, Sight};
use platform::{FieldError, Result};
use serde::{Deserialize, Serialize};

platform::id_type! {
    /// What somebody is certified for.
    CertificationId,
}

/// What somebody is certified for, and how long. Policies ask for it by name.
#[derive(Debug, Record, Serialize, Deserialize)]
#[record(table = "certifications", within = Organization, permission = "identity.certification", unique(user_id, name))]
pub struct Certification {
    /// The certification.
    pub id: CertificationId,
    /// Who is certified.
    #[record(immutable)]
    pub user_id: UserId,
    /// For what, as policies name it.
    #[record(search, max_length = 100, example = "capacity approval")]
    pub name: String,
    /// The first day it counts (UTC).
    #[record(example = "2026-11-01")]
    pub valid_from: Date,
    /// The last day it counts (UTC); none where it does not end.
    #[record(example = "2028-10-31")]
    pub valid_until: Option<Date>,
    /// Where the proof is: a certificate's number, a training.
    #[record(max_length = 500, example = "Training 2026-114")]
    pub evidence: Option<String>,
}

impl Rules for Certification {
    async fn check(&self, before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if self.valid_until.is_some_and(|until| until < self.valid_from) {
            wrong.push(FieldError::new("/valid_until", "ends_before_it_begins", "the last day lies before the first"));
        }
        if before.is_none() {
            let organization = sight.tx.caller().organization;
            let found =
                sight.tx.query_opt("select 1 from users where organization_id = $1 and id = $2", &[&organization, &self.user_id]).await?;
            if found.is_none() {
                wrong.push(FieldError::new("/user_id", "unknown_reference", "there is no such user, or they are not visible to you"));
            }
        }
        Ok(wrong)
    }
}

/// The kinds of record of this context.
pub fn kinds() -> [&'static Kind; 1] {
    [Certification::kind()]
}
