//! An organization's policies: kept in versions, tried on what was done before they count, activated, taken back, explained.
//!
//! **Invariant:** one version counts at most; what counts was checked against the schema and tried on past decisions within the last day.
//! **Invariant:** a version is never changed: what was tried is what counts.
//! **Invariant:** an organization without policies is asked for nothing more than whether it has some, by the statement that says who calls.

mod actions;
mod explain;
mod http;
mod replay;
mod store;
mod trial;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use platform::ids::{OrganizationId, RequestId};
use platform::policy::{Circumstances, Compiled, Facts, Language, PlantFacts, RecordVerb};
use platform::resource::Kinds;
use platform::{Caller, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Identity;

pub(crate) use actions::take_back;
pub(crate) use http::routes;

/// A version of an organization's policies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyVersion {
    /// The version.
    pub id: Uuid,
    /// Counts the versions of the organization from 1.
    #[schema(example = 3)]
    pub number: i64,
    /// The policies, in Cedar.
    #[schema(
        example = "@id(\"night-shift-lines\")\nforbid (principal, action in Action::\"factory.line.*\", resource)\nwhen { context.minute_of_day >= 1320 };"
    )]
    pub text: String,
    /// Whether it counts.
    pub state: PolicyState,
    /// What it is for.
    pub note: Option<String>,
    /// When it was last tried on past decisions.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub tried_at: Option<Timestamp>,
    /// When it was last activated.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activated_at: Option<Timestamp>,
    /// When it last ceased to count.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retired_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// Counts changes; the ETag.
    pub version: i64,
    #[serde(skip)]
    pub(crate) tried_with: Option<String>,
}

/// Whether a version of policies counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    /// It never did.
    Draft,
    /// It does.
    Active,
    /// It did.
    Retired,
}

/// A version to keep.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicies {
    /// The policies, in Cedar: `forbid` alone, each with an `@id`.
    #[schema(
        max_length = 65536,
        example = "@id(\"night-shift-lines\")\nforbid (principal, action == Action::\"factory.line.update\", resource)\nwhen { context.minute_of_day >= 1320 };"
    )]
    pub text: String,
    /// What it is for.
    #[schema(max_length = 1000, example = "Lines stay as they are at night")]
    #[serde(default)]
    pub note: Option<String>,
}

/// What policies can speak of, and those that count, as this process knows them.
#[derive(Default)]
pub(crate) struct Known {
    language: OnceLock<Language>,
    compiled: Mutex<HashMap<OrganizationId, (i64, Arc<Compiled>)>>,
}

/// Organizations whose policies are kept understood at most; then it begins anew.
const MOST_KEPT: usize = 1024;

/// What the database says of whoever asks, where their organization has policies.
#[derive(Deserialize)]
struct Told {
    number: i64,
    #[serde(flatten)]
    facts: Facts,
    plants: Vec<PlantFacts>,
}

impl Identity {
    /// Lets policies speak of these kinds of record and verbs beside the permissions: before anything is served; what is said first counts.
    ///
    /// # Errors
    /// `internal` where they make no schema.
    pub fn speak_of(&self, kinds: &Kinds, verbs: &[RecordVerb]) -> Result<()> {
        let language = Language::new(kinds, self.catalogue().all().copied(), verbs)?;
        self.policies().language.get_or_init(|| language);
        Ok(())
    }

    /// What policies can speak of.
    pub(crate) fn language(&self) -> Result<Language> {
        if let Some(language) = self.policies().language.get() {
            return Ok(language.clone());
        }
        let language = Language::new(&Kinds::default(), self.catalogue().all().copied(), &[])?;
        Ok(self.policies().language.get_or_init(|| language).clone())
    }

    /// The policies and circumstances of a caller, from what the database said of them.
    pub(crate) async fn circumstances(
        &self,
        organization: OrganizationId,
        told: Option<Value>,
        factor: Option<String>,
        at: Timestamp,
    ) -> Result<Option<Arc<Circumstances>>> {
        let Some(told) = told else { return Ok(None) };
        let told: Told = serde_json::from_value(told).map_err(Error::internal)?;
        let compiled = self.compiled(organization, told.number).await?;
        let facts = Facts { factor: factor.unwrap_or_default(), ..told.facts };
        Ok(Some(Arc::new(Circumstances::new(compiled, facts, &told.plants, at))))
    }

    async fn compiled(&self, organization: OrganizationId, number: i64) -> Result<Arc<Compiled>> {
        let kept = self.policies().compiled.lock().unwrap_or_else(PoisonError::into_inner).get(&organization).cloned();
        if let Some((_, compiled)) = kept.filter(|(kept, _)| *kept == number) {
            return Ok(compiled);
        }
        let caller = Caller::system("identity", organization, RequestId(self.database().context().new_id::<Uuid>()));
        let text = store::text(&mut self.database().read(&caller).await?, number).await?;
        let language = self.language()?;
        let compiled = tokio::task::spawn_blocking(move || Compiled::load(&text, &language)).await.map_err(Error::internal)?;
        if let Some(why) = compiled.broken() {
            tracing::error!(%organization, number, why, "policies that were kept are not understood; they forbid everything");
        }
        let compiled = Arc::new(compiled);
        let mut kept = self.policies().compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(organization, (number, compiled.clone()));
        Ok(compiled)
    }
}
