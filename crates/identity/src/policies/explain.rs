//! Why somebody may do something, or may not.
//!
//! **Invariant:** whoever asks learns of records, plants and people only what they may see; the words of policies are for who may explain.

use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use platform::caller::Grants;
use platform::error::Kind as Family;
use platform::http::App;
use platform::ids::{PlantId, SessionId, UserId};
use platform::policy::{Asked, Circumstances, Forbidden, is_exempt};
use platform::resource::{self, Kind};
use platform::{Caller, Error, Permission, Principal, Result, Scope};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::rights::Held;
use crate::{Identity, permissions};

/// What is to be explained.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Question {
    /// The permission that it takes.
    #[param(example = "factory.line.update")]
    pub action: String,
    /// The kind of the record, where it is about one.
    #[param(example = "line")]
    pub kind: Option<String>,
    /// The record.
    pub id: Option<Uuid>,
    /// The plant, where it is about no record.
    pub plant_id: Option<Uuid>,
    /// Somebody else.
    pub user_id: Option<Uuid>,
    /// As if at this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// As if from this address.
    #[param(value_type = Option<String>, example = "192.0.2.7")]
    pub ip: Option<IpAddr>,
    /// As if it were about so much.
    #[param(value_type = Option<String>, example = "12000")]
    pub amount: Option<Decimal>,
}

/// Why somebody may do something, or may not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Explanation {
    /// Whether they may.
    pub allowed: bool,
    /// The reason in a sentence.
    #[schema(example = "the policy night-shift-lines forbids it")]
    pub because: String,
    /// The permission that it takes.
    pub permission: String,
    /// Who.
    pub who: String,
    /// The plant where it is asked; null for the organization as a whole.
    pub plant_id: Option<Uuid>,
    /// Whether a role grants it there.
    pub granted: bool,
    /// The roles they hold.
    pub roles: Vec<ExplainedRole>,
    /// Policies about it.
    pub policies: Vec<ExplainedPolicy>,
    /// What policies know of them.
    pub circumstances: Option<ExplainedCircumstances>,
}

/// A role somebody holds.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ExplainedRole {
    /// The key of a built-in role, or the identifier of an own one.
    #[schema(example = "planner")]
    pub role: String,
    /// The plant; null for the whole organization.
    pub plant_id: Option<Uuid>,
    /// Whether it holds the permission.
    pub holds: bool,
}

/// A policy about what is asked.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ExplainedPolicy {
    /// Its name.
    #[schema(example = "night-shift-lines")]
    pub policy: String,
    /// Whether it forbids it.
    pub forbids: bool,
    /// What it says to whom it refuses something.
    pub refusal: Option<String>,
    /// Why it cannot be evaluated, where that is why it forbids.
    pub error: Option<String>,
    /// The policy, for whoever may explain.
    pub text: Option<String>,
    /// The line where it begins.
    pub line: Option<usize>,
}

/// What policies know of somebody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ExplainedCircumstances {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// From where.
    #[schema(value_type = Option<String>, example = "192.0.2.7")]
    pub ip: Option<IpAddr>,
    /// The keys of their roles.
    pub roles: Vec<String>,
    /// What they are certified for.
    #[schema(example = json!(["capacity approval"]))]
    pub certifications: Vec<String>,
    /// The domain of their address.
    pub email_domain: String,
    /// The second factor they showed.
    pub factor: String,
}

/// Explains.
///
/// # Errors
/// 403 without `identity.authorization.explain` for others; 404 for what the asker may not see; 400 for what does not exist.
pub(super) async fn explain(app: &App, asker: &Caller, question: &Question) -> Result<Explanation> {
    let identity: Identity = app.part()?;
    let bad = |what: &str, why: &str| Error::new(Family::Malformed, "bad_parameter", format!("{what}: {why}"));
    let known = identity.catalogue().find(&question.action).map(|info| info.permission);
    let permission = known.ok_or_else(|| bad("action", "there is no such permission; GET /permissions lists them"))?;
    let may_explain = asker.may(permissions::AUTHORIZATION_EXPLAIN, Scope::Organization);
    let is_other = question.user_id.is_some_and(|user| Some(user) != asker.user());
    if is_other {
        asker.require(permissions::AUTHORIZATION_EXPLAIN, Scope::Organization)?;
    }
    let subject = subject(app, &identity, asker, question, is_other).await?;
    let found = match (&question.kind, question.id) {
        (None, None) => None,
        (Some(kind), Some(id)) => {
            let kind = identity.language()?.kinds().find(kind).ok_or_else(|| bad("kind", "there is no such kind of record"))?;
            Some((kind, record(app, asker, kind, id, may_explain).await?))
        }
        _ => return Err(bad("id", "a record is named by kind and id together")),
    };
    let plant = match &found {
        Some((kind, record)) => plant_of(kind, record),
        None => question.plant_id.map(PlantId),
    };
    if plant.is_some_and(|plant| !asker.reach().holds(plant) || subject_plants(&subject).is_some_and(|plants| !plants.contains(&plant))) {
        return Err(Error::not_found("plant"));
    }
    let scope = plant.map_or(Scope::Organization, Scope::Plant);
    let granted = subject.is_granted(permission, scope);
    let forbidden = forbidden(&subject, permission, scope, found.as_ref(), question.amount);
    let roles = roles(app, &identity, asker, &subject, permission).await?;
    let because = because(permission, granted, &forbidden, &subject, scope);
    Ok(Explanation {
        allowed: granted && forbidden.is_empty(),
        because,
        permission: permission.0.into(),
        who: subject.principal.label(),
        plant_id: plant.map(|plant| plant.0),
        granted,
        roles,
        policies: policies(&subject, permission, forbidden, may_explain),
        circumstances: subject.grants.policies.as_deref().map(|policies| circumstances(&subject, policies)),
    })
}

fn subject_plants(subject: &Caller) -> Option<Vec<PlantId>> {
    subject.grants.policies.as_deref().map(|policies| policies.plants().collect())
}

/// Who is asked about, in the circumstances that are asked about.
async fn subject(app: &App, identity: &Identity, asker: &Caller, question: &Question, is_other: bool) -> Result<Caller> {
    let mut subject = match question.user_id.filter(|_| is_other) {
        None => asker.clone(),
        Some(user) => {
            let principal = Principal::User { id: UserId(user), session: SessionId(Uuid::nil()) };
            let request = app.database.context().new_id();
            let found = identity.caller_now(asker.organization, &principal, request).await;
            found.map_err(|error| if error.kind == Family::Unauthenticated { Error::not_found("user") } else { error })?
        }
    };
    subject.ip = question.ip.or(subject.ip);
    if let (Some(at), Some(policies)) = (question.at, &subject.grants.policies) {
        let policies = Some(Arc::new(policies.at_instant(at)));
        subject.grants = Arc::new(Grants { policies, ..Grants::clone(&subject.grants) });
    }
    Ok(subject)
}

/// The record, as far as whoever asks may see it; a policy hides it from those who may not explain.
async fn record(app: &App, asker: &Caller, kind: &'static Kind, id: Uuid, may_explain: bool) -> Result<Map<String, Value>> {
    let mut tx = app.read(asker).await?;
    let found = resource::find(&mut tx, kind, id).await?;
    tx.commit().await?;
    let missing = || Error::not_found(&kind.noun());
    let record = found.ok_or_else(missing)?;
    let scope = plant_of(kind, &record).map_or(Scope::Organization, Scope::Plant);
    let is_granted = asker.is_granted(kind.verbs.read, scope) || (scope == Scope::Organization && asker.may_somewhere(kind.verbs.read));
    if !is_granted || !(may_explain || (resource::visible(asker, kind, &record) && asker.may(kind.verbs.read, scope))) {
        return Err(missing());
    }
    Ok(record)
}

fn plant_of(kind: &Kind, record: &Map<String, Value>) -> Option<PlantId> {
    let member = match kind.within {
        resource::Within::Organization => return None,
        resource::Within::Itself => "id",
        _ => "plant_id",
    };
    record.get(member)?.as_str()?.parse().ok()
}

fn forbidden(
    subject: &Caller,
    permission: Permission,
    scope: Scope,
    found: Option<&(&'static Kind, Map<String, Value>)>,
    amount: Option<Decimal>,
) -> Vec<Forbidden> {
    let Some(policies) = subject.policies_on(permission) else { return Vec::new() };
    let mut all = policies.forbidden_at(subject, permission, scope).to_vec();
    if let Some((kind, record)) = found
        && policies.is_about(permission, kind)
    {
        let more = policies.forbidden_with(subject, kind, Asked { permission, record, amount });
        all.extend(more.into_iter().filter(|one| !all.iter().any(|other| other.policy == one.policy)).collect::<Vec<_>>());
    }
    all
}

fn because(permission: Permission, granted: bool, forbidden: &[Forbidden], subject: &Caller, scope: Scope) -> String {
    if !granted {
        return subject.missing(permission, scope);
    }
    match forbidden.first() {
        None if is_exempt(permission) => format!("a role grants {permission}, and policies have no say in it"),
        None => format!("a role grants {permission}, and no policy forbids it"),
        Some(Forbidden { policy, error: Some(why), .. }) => format!("the policy {policy} could not be evaluated, so it forbids it: {why}"),
        Some(Forbidden { policy, sentence: Some(sentence), .. }) => format!("the policy {policy} forbids it: {sentence}"),
        Some(Forbidden { policy, .. }) => format!("the policy {policy} forbids it"),
    }
}

async fn roles(app: &App, identity: &Identity, asker: &Caller, subject: &Caller, permission: Permission) -> Result<Vec<ExplainedRole>> {
    let service = match &subject.principal {
        Principal::ApiKey { id, owner: None } => Some(*id),
        _ => None,
    };
    let mut tx = app.read(asker).await?;
    let (person, now) = (subject.user(), tx.now());
    let rows = tx.query("select role, version, plant_id from gemba.roles_held($1, $2, $3)", &[&person, &service, &now]).await?;
    tx.commit().await?;
    let mut roles = Vec::new();
    for row in &rows {
        let held = Held { role: row.get(0), version: row.get(1), plant: row.get(2) };
        if held.plant.is_some_and(|plant| !asker.reach().holds(plant)) {
            continue;
        }
        let holds = identity.permissions_of(asker.organization, &held.role, held.version).await?.contains(permission.0);
        roles.push(ExplainedRole { role: held.role, plant_id: held.plant.map(|plant| plant.0), holds });
    }
    Ok(roles)
}

fn policies(subject: &Caller, permission: Permission, forbidden: Vec<Forbidden>, may_explain: bool) -> Vec<ExplainedPolicy> {
    let rules = subject.policies_on(permission).map(|policies| policies.compiled().about(permission)).unwrap_or_default();
    let mut told: Vec<ExplainedPolicy> = forbidden
        .into_iter()
        .map(|forbidden| ExplainedPolicy {
            policy: forbidden.policy,
            forbids: true,
            refusal: forbidden.sentence,
            error: forbidden.error,
            text: None,
            line: None,
        })
        .collect();
    if may_explain {
        for rule in rules {
            match told.iter_mut().find(|one| one.policy == rule.id) {
                Some(one) => (one.text, one.line) = (Some(rule.text.clone()), Some(rule.line)),
                None => told.push(ExplainedPolicy {
                    policy: rule.id.clone(),
                    forbids: false,
                    refusal: rule.sentence.clone(),
                    error: None,
                    text: Some(rule.text.clone()),
                    line: Some(rule.line),
                }),
            }
        }
    }
    told
}

fn circumstances(subject: &Caller, policies: &Circumstances) -> ExplainedCircumstances {
    let facts = policies.facts();
    ExplainedCircumstances {
        at: policies.at(),
        ip: subject.ip,
        roles: subject.grants.roles.iter().cloned().collect(),
        certifications: facts.certifications.clone(),
        email_domain: facts.email_domain.clone(),
        factor: facts.factor.clone(),
    }
}
