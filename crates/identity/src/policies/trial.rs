//! Trying policies before they count: on the last decisions, and on what people see now.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use platform::caller::Grants;
use platform::http::App;
use platform::ids::{OrganizationId, RequestId, SessionId, UserId};
use platform::policy::{Circumstances, Compiled, Forbidden, Language, PlantFacts};
use platform::resource::count_visible;
use platform::{Caller, Error, Principal, Result};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::replay::{self, Actor, Past};
use super::{actions, store};
use crate::Identity;

/// What policies would change.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(super) struct Trial {
    /// Decisions that were looked at: the last 1,000 of people and programs on records.
    pub looked_at: usize,
    /// When the oldest of them was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Those of which too little is known to say anything.
    pub unclear: usize,
    /// Those that would be as they were.
    pub unchanged: usize,
    /// Those that were made and would be refused.
    pub would_refuse: usize,
    /// Those that a policy refused and that would be allowed.
    pub would_allow: usize,
    /// The newest of those that would change.
    pub changes: Vec<TrialChange>,
    /// Who could do what not any more, or again.
    pub people: Vec<TrialPerson>,
    /// Who would see less, or more, of what there is now.
    pub reading: Vec<TrialReading>,
}

/// What becomes of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TrialEffect {
    /// It was made, and would be refused.
    Refused,
    /// A policy refused it, and it would be allowed.
    Allowed,
}

/// A decision that would change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TrialChange {
    /// The entry of the audit trail.
    pub event_id: Uuid,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who: `user:…`, `key:…`.
    pub who: String,
    /// As colleagues call them.
    pub name: String,
    /// What it took.
    #[schema(example = "factory.line.update")]
    pub permission: String,
    /// The kind of record.
    #[schema(example = "line")]
    pub kind: String,
    /// The record.
    pub record_id: Option<Uuid>,
    /// Its plant.
    pub plant_id: Option<Uuid>,
    /// What becomes of it.
    pub effect: TrialEffect,
    /// The policies that would refuse it.
    pub policies: Vec<PolicyReason>,
}

/// A policy that forbids something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct PolicyReason {
    /// Its name.
    #[schema(example = "night-shift-lines")]
    pub policy: String,
    /// What it says to whom it refuses something.
    pub refusal: Option<String>,
    /// Why it cannot be evaluated, where that is why it forbids.
    pub error: Option<String>,
}

impl From<Forbidden> for PolicyReason {
    fn from(forbidden: Forbidden) -> Self {
        PolicyReason { policy: forbidden.policy, refusal: forbidden.sentence, error: forbidden.error }
    }
}

/// What changes for somebody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TrialPerson {
    /// Who: `user:…`, `key:…`.
    pub who: String,
    /// As colleagues call them.
    pub name: String,
    /// What it took.
    #[schema(example = "factory.line.update")]
    pub permission: String,
    /// How often it was done and would be refused.
    pub would_refuse: usize,
    /// How often a policy refused it and it would be allowed.
    pub would_allow: usize,
}

/// What somebody would see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct TrialReading {
    /// Who.
    pub who: String,
    /// As colleagues call them.
    pub name: String,
    /// The kind of record.
    #[schema(example = "line")]
    pub kind: String,
    /// Records that they see now.
    pub sees: i64,
    /// Records that they would see.
    pub would_see: i64,
}

/// Changes told one by one.
const TOLD: usize = 100;
/// People whose reading is looked at: those who did most.
const READERS: usize = 20;
/// Kinds of record whose reading is looked at.
const READ_KINDS: usize = 12;

/// Tries a version and notes that it was tried.
///
/// # Errors
/// 404; 422 where it does not fit the schema any more.
pub(super) async fn try_out(app: &App, caller: &Caller, id: Uuid) -> Result<Trial> {
    let identity: Identity = app.part()?;
    let language = identity.language()?;
    let mut tx = app.read(caller).await?;
    let version = store::find(&mut tx, id).await?;
    let present = store::active(&mut tx).await?;
    let (past, unclear) = replay::read(&mut tx, &language).await?;
    let actors = replay::actors(&mut tx, &past).await?;
    let plants = replay::plants(&mut tx).await?;
    tx.commit().await?;
    let candidate = Arc::new(actions::check(language.clone(), version.text.clone()).await?);
    let present = match present {
        None => None,
        Some(present) => Some(understood(&language, present.text).await?),
    };
    let trying = Trying { organization: caller.organization, candidate, present, actors, plants };
    let replayed = tokio::task::spawn_blocking(move || {
        let trial = trying.replay(&past, unclear);
        (trying, trial, readers(&past))
    });
    let (trying, mut trial, readers) = replayed.await.map_err(Error::internal)?;
    trial.reading = trying.reading(app, &identity, readers).await?;
    let mut tx = app.begin(caller).await?;
    let figures = json!({ "looked_at": trial.looked_at, "would_refuse": trial.would_refuse, "would_allow": trial.would_allow });
    store::tried(&mut tx, id, language.hash(), &figures).await?;
    tx.commit().await?;
    Ok(trial)
}

async fn understood(language: &Language, text: String) -> Result<Arc<Compiled>> {
    let language = language.clone();
    tokio::task::spawn_blocking(move || Arc::new(Compiled::load(&text, &language))).await.map_err(Error::internal)
}

struct Trying {
    organization: OrganizationId,
    candidate: Arc<Compiled>,
    present: Option<Arc<Compiled>>,
    actors: BTreeMap<String, Actor>,
    plants: Vec<PlantFacts>,
}

impl Trying {
    fn replay(&self, past: &[Past], unclear: usize) -> Trial {
        let mut trial = Trial { looked_at: past.len() + unclear, since: past.last().map(|past| past.at), unclear, ..Trial::default() };
        let mut people: BTreeMap<(String, &'static str), (usize, usize)> = BTreeMap::new();
        for past in past {
            let Some(actor) = self.actors.get(&past.actor) else {
                trial.unclear += 1;
                continue;
            };
            let Some(forbidden) = replay::would_forbid(&self.candidate, self.organization, &self.plants, actor, past) else {
                trial.unclear += 1;
                continue;
            };
            let effect = match (past.was_refused, forbidden.is_empty()) {
                (false, false) => TrialEffect::Refused,
                (true, true) => TrialEffect::Allowed,
                _ => {
                    trial.unchanged += 1;
                    continue;
                }
            };
            let counts = people.entry((past.actor.clone(), past.permission.0)).or_default();
            match effect {
                TrialEffect::Refused => (trial.would_refuse, counts.0) = (trial.would_refuse + 1, counts.0 + 1),
                TrialEffect::Allowed => (trial.would_allow, counts.1) = (trial.would_allow + 1, counts.1 + 1),
            }
            if trial.changes.len() < TOLD {
                trial.changes.push(TrialChange {
                    event_id: past.event,
                    at: past.at,
                    who: past.actor.clone(),
                    name: actor.name.clone(),
                    permission: past.permission.0.into(),
                    kind: past.kind.name.into(),
                    record_id: past.record,
                    plant_id: past.plant,
                    effect,
                    policies: forbidden.into_iter().map(PolicyReason::from).collect(),
                });
            }
        }
        trial.people = people
            .into_iter()
            .map(|((who, permission), (would_refuse, would_allow))| {
                let name = self.actors.get(&who).map(|actor| actor.name.clone()).unwrap_or_default();
                TrialPerson { who, name, permission: permission.into(), would_refuse, would_allow }
            })
            .collect();
        trial
    }

    /// What people see now, and would see.
    async fn reading(&self, app: &App, identity: &Identity, readers: Vec<(String, Option<IpAddr>)>) -> Result<Vec<TrialReading>> {
        let narrowed = self.candidate.narrowed().chain(self.present.iter().flat_map(|present| present.narrowed()));
        let kinds: BTreeMap<&str, _> =
            narrowed.filter(|(permission, kind)| *permission == kind.verbs.read).map(|(_, kind)| (kind.name, kind)).collect();
        let mut found = Vec::new();
        for (who, ip) in readers.into_iter().filter(|_| !kinds.is_empty()) {
            let Some(user) = self.actors.get(&who).and_then(|actor| actor.user) else { continue };
            let Some((now, then)) = self.reader(app, identity, user, ip).await? else { continue };
            for kind in kinds.values().take(READ_KINDS) {
                let mut tx = app.read(&now).await?;
                let sees = count_visible(&mut tx, kind).await?.1;
                tx.commit().await?;
                let mut tx = app.read(&then).await?;
                let would_see = count_visible(&mut tx, kind).await?.1;
                tx.commit().await?;
                if sees != would_see {
                    let name = self.actors.get(&who).map(|actor| actor.name.clone()).unwrap_or_default();
                    found.push(TrialReading { who: who.clone(), name, kind: kind.name.into(), sees, would_see });
                }
            }
        }
        Ok(found)
    }

    /// Somebody as they are now, and as they would be; nothing where they are not any more.
    async fn reader(&self, app: &App, identity: &Identity, user: UserId, ip: Option<IpAddr>) -> Result<Option<(Caller, Caller)>> {
        let principal = Principal::User { id: user, session: SessionId(Uuid::nil()) };
        let request = app.database.context().new_id::<RequestId>();
        let caller = match identity.caller_now(self.organization, &principal, request).await {
            Ok(caller) => Caller { ip, ..caller },
            Err(gone) if gone.kind == platform::error::Kind::Unauthenticated => return Ok(None),
            Err(error) => return Err(error),
        };
        let at = app.database.context().now();
        let facts = self.actors.get(&caller.principal.label()).map(|actor| actor.facts(at)).unwrap_or_default();
        let mut then = caller.clone();
        let policies = Some(Arc::new(Circumstances::new(self.candidate.clone(), facts, &self.plants, at)));
        then.grants = Arc::new(Grants { policies, ..Grants::clone(&then.grants) });
        Ok(Some((caller, then)))
    }
}

/// Those who did most, with the address they came from last.
fn readers(past: &[Past]) -> Vec<(String, Option<IpAddr>)> {
    let mut counts: BTreeMap<&str, (usize, Option<IpAddr>)> = BTreeMap::new();
    for past in past {
        // The newest comes first.
        counts.entry(&past.actor).or_insert((0, past.ip)).0 += 1;
    }
    let mut readers: Vec<_> = counts.into_iter().map(|(who, (count, ip))| (count, who.to_owned(), ip)).collect();
    readers.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    readers.into_iter().take(READERS).map(|(_, who, ip)| (who, ip)).collect()
}
